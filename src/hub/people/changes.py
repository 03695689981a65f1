"""Entering people, recognising them, tying them to one another, forming families."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.ids import new_id, spoken_reference
from hub.people import queries
from hub.people.cleaning import Likeness, name_key
from hub.people.identifiers import LINKING, Checked
from hub.people.rules import PartialDate, family_name_of
from hub.people.tables import (
    Address,
    Family,
    FamilyMember,
    Identifier,
    Involvement,
    OtherName,
    Person,
    Residence,
    Tie,
)

PERSON_PREFIX = "P"
FAMILY_PREFIX = "F"


@dataclass(frozen=True)
class PersonIn:
    """What somebody told us about a person, cleaned and checked, with what they actually wrote kept beside."""

    given_names: Sequence[str]
    family_name: str
    born: PartialDate = field(default_factory=PartialDate)
    sex: str = "0"
    ethnicity_scheme: str = ""
    ethnicity: str = ""
    languages: Sequence[str] = ()
    interpreter: bool = False
    phone: str = ""
    contact_note: str = ""
    school: str = ""
    alert: str = ""
    identifiers: Sequence[tuple[str, Checked]] = ()
    """(as written, as checked)"""
    also_known_as: Sequence[tuple[Sequence[str], str]] = ()
    postcodes: Sequence[str] = ()

    def likeness(self) -> Likeness:
        """What the matching compares."""
        return Likeness(
            given=name_key(" ".join(self.given_names)),
            family=name_key(self.family_name),
            born=self.born,
            sex=self.sex,
            postcodes=frozenset(code for code in self.postcodes if code),
            numbers=frozenset(
                (number.system, number.canonical)
                for _, number in self.identifiers
                if number.valid and number.system in LINKING
            ),
            also_known_as=frozenset((name_key(" ".join(given)), name_key(last)) for given, last in self.also_known_as),
        )


async def enter(
    session: AsyncSession,
    told: PersonIn,
    *,
    agency_id: UUID | None,
    referral_id: UUID | None = None,
    by: Actor,
    at: datetime,
) -> Person:
    """Enters somebody whom the partnership did not know."""
    person = Person(
        reference=spoken_reference(PERSON_PREFIX),
        given_names=list(told.given_names),
        family_name=told.family_name,
        given_key=name_key(" ".join(told.given_names)),
        family_key=name_key(told.family_name),
        born_from=told.born.earliest,
        born_to=told.born.latest,
        sex=told.sex,
        ethnicity_scheme=told.ethnicity_scheme,
        ethnicity=told.ethnicity,
        languages=list(told.languages),
        interpreter=told.interpreter,
        phone=told.phone,
        contact_note=told.contact_note,
        school=told.school,
        alert=told.alert,
        entered_at=at,
        entered_by_agency=agency_id,
    )
    session.add(person)
    await session.flush()
    await _add_facts(session, person.id, told, agency_id)
    await record(
        session, Kind.person_entered, by=by, at=at, person_id=person.id, referral_id=referral_id, subject=person
    )
    return person


async def recognise(
    session: AsyncSession,
    person: Person,
    told: PersonIn,
    *,
    agency_id: UUID | None,
    referral_id: UUID | None = None,
    by: Actor,
    at: datetime,
) -> Person:
    """Adds to somebody we know what this source adds: numbers, names, and what was blank. Nothing is overwritten."""
    if person.born_from is None:
        person.born_from, person.born_to = told.born.earliest, told.born.latest
    if person.sex == "0":
        person.sex = told.sex
    for name in ("ethnicity", "ethnicity_scheme", "phone", "contact_note", "school", "alert"):
        if not getattr(person, name):
            setattr(person, name, getattr(told, name))
    person.languages = person.languages or list(told.languages)
    person.interpreter = person.interpreter or told.interpreter
    likeness = told.likeness()
    if (likeness.given, likeness.family) != (person.given_key, person.family_key):
        told = _also_called(told)
    await _add_facts(session, person.id, told, agency_id)
    await record(
        session, Kind.person_recognised, by=by, at=at, person_id=person.id, referral_id=referral_id, subject=person
    )
    return person


def _also_called(told: PersonIn) -> PersonIn:
    """The same, with the name it came under among the other names."""
    return PersonIn(**{**told.__dict__, "also_known_as": [*told.also_known_as, (told.given_names, told.family_name)]})


async def _add_facts(session: AsyncSession, person_id: UUID, told: PersonIn, agency_id: UUID | None) -> None:
    for written, checked in told.identifiers:
        await session.execute(
            insert(Identifier)
            .values(
                id=new_id(),
                person_id=person_id,
                system=checked.system,
                value=written,
                canonical=checked.canonical,
                valid=checked.valid,
                agency_id=agency_id,
            )
            .on_conflict_do_nothing(constraint="identifier_once")
        )
    known = {(name.given_key, name.family_key) for name in await queries.other_names(session, person_id)}
    for given, family in told.also_known_as:
        keys = (name_key(" ".join(given)), name_key(family))
        if keys not in known:
            session.add(
                OtherName(
                    person_id=person_id,
                    given_names=list(given),
                    family_name=family,
                    given_key=keys[0],
                    family_key=keys[1],
                    agency_id=agency_id,
                )
            )
            known.add(keys)


async def settle(
    session: AsyncSession,
    *,
    person_ids: Collection[UUID],
    lines: Sequence[str],
    postcode: str,
    since: date | None,
    confidential_for: Collection[UUID] = (),
    agency_id: UUID | None,
) -> Address:
    """Notes that people live at an address. Part of entering them, which is what the ledger records.

    People already known to live at the same address are not given it twice.
    """
    address = await queries.address_at(session, lines, postcode)
    if address is None:
        address = Address(lines=list(lines), postcode=postcode)
        session.add(address)
        await session.flush()
    living = await queries.households(session, person_ids)
    for person_id in person_ids:
        if address.id not in living.get(person_id, set()):
            session.add(
                Residence(
                    person_id=person_id,
                    address_id=address.id,
                    since=since,
                    confidential=person_id in confidential_for,
                    agency_id=agency_id,
                )
            )
    await session.flush()
    return address


async def tie(
    session: AsyncSession,
    *,
    from_id: UUID,
    to_id: UUID,
    kind: str,
    parental_responsibility: bool = False,
    agency_id: UUID | None,
    by: Actor,
    at: datetime,
) -> None:
    """Notes what one person is to another; told twice, it is kept once."""
    await session.execute(
        insert(Tie)
        .values(
            id=new_id(),
            from_id=from_id,
            to_id=to_id,
            kind=kind,
            parental_responsibility=parental_responsibility,
            agency_id=agency_id,
        )
        .on_conflict_do_nothing(constraint="tie_once")
    )
    await record(session, Kind.people_tied, by=by, at=at, person_id=from_id, other=to_id, tie=kind)


async def form_family(
    session: AsyncSession, people: Sequence[Person], *, name: str = "", by: Actor, at: datetime
) -> Family:
    """Forms a family of these people, called after the surname that most of them bear."""
    name = name or family_name_of([person.family_name for person in people])
    family = Family(reference=spoken_reference(FAMILY_PREFIX), name=name, name_key=name_key(name), formed_at=at)
    session.add(family)
    await session.flush()
    session.add_all(FamilyMember(family_id=family.id, person_id=person.id, joined_at=at) for person in people)
    await session.flush()
    await record(session, Kind.family_formed, by=by, at=at, subject=family, people=[person.id for person in people])
    return family


async def join_family(
    session: AsyncSession, family: Family, people: Sequence[Person], *, by: Actor, at: datetime
) -> None:
    """Adds people to a family; those who belong to it already stay as they are."""
    there = {person.id for person in await queries.members(session, family.id)}
    new = [person for person in people if person.id not in there]
    session.add_all(FamilyMember(family_id=family.id, person_id=person.id, joined_at=at) for person in new)
    await session.flush()
    await record(session, Kind.family_joined, by=by, at=at, subject=family, people=[person.id for person in new])


async def involve(
    session: AsyncSession,
    *,
    person_id: UUID,
    roles: Collection[str],
    case_id: UUID | None = None,
    referral_id: UUID | None = None,
    at: datetime,
) -> None:
    """Makes somebody part of a case or referral. What makes them so (opening, receiving) is what the ledger records."""
    await session.execute(
        insert(Involvement)
        .values(
            id=new_id(), person_id=person_id, roles=sorted(roles), case_id=case_id, referral_id=referral_id, since=at
        )
        .on_conflict_do_nothing()
    )
