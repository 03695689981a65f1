"""Asking about people: who may be the one named, who lives with whom, whom this worker may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from hub.errors import NotFound
from hub.events.looks import note_opened
from hub.ids import from_ref
from hub.people.cleaning import Likeness, name_key
from hub.people.rules import PartialDate, Precision
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
from hub.sharing import scope
from hub.sharing.rules import Viewer

CANDIDATES = 50
SEARCH_LIMIT = 50


def visible_people(viewer: Viewer) -> ColumnElement[bool]:
    """A person is visible who is part of a case, or named in a referral, that the viewer may see."""
    return and_(
        not_(scope.person_kept(viewer, Person.id)),
        exists().where(
            Involvement.person_id == Person.id,
            or_(scope.case_opens(viewer, Involvement.case_id), scope.at_referral(viewer, Involvement.referral_id)),
        ),
    )


def visible_families(viewer: Viewer) -> ColumnElement[bool]:
    """A family is visible when one of its people is."""
    return exists().where(
        FamilyMember.family_id == Family.id,
        Involvement.person_id == FamilyMember.person_id,
        or_(scope.case_opens(viewer, Involvement.case_id), scope.at_referral(viewer, Involvement.referral_id)),
    )


async def access_person(session: AsyncSession, viewer: Viewer, ref: str) -> Person:
    """The person at an address, if this worker may see them. Raises NotFound, whether hidden or absent."""
    person = await session.scalar(select(Person).where(Person.id == from_ref(ref), visible_people(viewer)))
    if person is None:
        raise NotFound
    note_opened(session, person_id=person.id)
    return person


async def access_family(session: AsyncSession, viewer: Viewer, ref: str) -> Family:
    """The family at an address, if this worker may see it. Raises NotFound, whether hidden or absent."""
    family = await session.scalar(select(Family).where(Family.id == from_ref(ref), visible_families(viewer)))
    if family is None:
        raise NotFound
    return family


async def people_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Person]:
    if not ids:
        return {}
    return {person.id: person for person in await session.scalars(select(Person).where(Person.id.in_(ids)))}


async def seen_among(session: AsyncSession, viewer: Viewer, ids: Collection[UUID]) -> Sequence[Person]:
    """Those of some people whom this worker may see, eldest first."""
    return (
        await session.scalars(
            select(Person)
            .where(Person.id.in_(ids), visible_people(viewer))
            .order_by(Person.born_from, Person.given_key)
        )
    ).all()


async def people_of_case(session: AsyncSession, case_id: UUID) -> list[tuple[Person, Involvement]]:
    """The people of a case with their part in it, eldest first. The caller has asked for the case."""
    rows = await session.execute(
        select(Person, Involvement)
        .join(Involvement, Involvement.person_id == Person.id)
        .where(Involvement.case_id == case_id)
        .order_by(Person.born_from.nulls_last(), Person.given_key)
    )
    return [(person, involvement) for person, involvement in rows]


async def people_of_cases(session: AsyncSession, case_ids: Collection[UUID]) -> dict[UUID, list[Person]]:
    """The people of several cases, eldest first, in one query."""
    found: dict[UUID, list[Person]] = {case_id: [] for case_id in case_ids}
    rows = await session.execute(
        select(Involvement.case_id, Person)
        .join(Person, Person.id == Involvement.person_id)
        .where(Involvement.case_id.in_(case_ids))
        .order_by(Person.born_from.nulls_last())
    )
    for case_id, person in rows:
        found[case_id].append(person)
    return found


async def families_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Family]:
    if not ids:
        return {}
    return {family.id: family for family in await session.scalars(select(Family).where(Family.id.in_(ids)))}


async def members(session: AsyncSession, family_id: UUID) -> Sequence[Person]:
    """Everybody in a family now, eldest first."""
    return (
        await session.scalars(
            select(Person)
            .join(FamilyMember, FamilyMember.person_id == Person.id)
            .where(FamilyMember.family_id == family_id, FamilyMember.left_at.is_(None))
            .order_by(Person.born_from.nulls_last(), Person.given_key)
        )
    ).all()


async def families_of(session: AsyncSession, person_ids: Collection[UUID]) -> Sequence[Family]:
    """The families that any of these people belong to now."""
    return (
        await session.scalars(
            select(Family)
            .join(FamilyMember, FamilyMember.family_id == Family.id)
            .where(FamilyMember.person_id.in_(person_ids), FamilyMember.left_at.is_(None))
            .distinct()
            .order_by(Family.formed_at)
        )
    ).all()


async def households(session: AsyncSession, person_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """For each person, the addresses where they live now."""
    rows = await session.execute(
        select(Residence.person_id, Residence.address_id).where(
            Residence.person_id.in_(person_ids),
            Residence.until.is_(None),
        )
    )
    found: dict[UUID, set[UUID]] = {}
    for person_id, address_id in rows:
        found.setdefault(person_id, set()).add(address_id)
    return found


async def household_of(session: AsyncSession, person_ids: Collection[UUID]) -> set[UUID]:
    """These people and everybody who lives with any of them now."""
    addresses = select(Residence.address_id).where(
        Residence.person_id.in_(person_ids),
        Residence.until.is_(None),
    )
    rows = await session.scalars(
        select(Residence.person_id).where(Residence.address_id.in_(addresses), Residence.until.is_(None))
    )
    return set(rows) | set(person_ids)


class Home(NamedTuple):
    """An address and the time somebody has lived there."""

    address: Address
    residence: Residence


async def homes(session: AsyncSession, person_ids: Collection[UUID]) -> dict[UUID, list[Home]]:
    """Where people live and have lived, the present home first."""
    rows = await session.execute(
        select(Residence, Address)
        .join(Address, Address.id == Residence.address_id)
        .where(Residence.person_id.in_(person_ids))
        .order_by(Residence.until.is_not(None), Residence.since.desc().nulls_last())
    )
    found: dict[UUID, list[Home]] = {person_id: [] for person_id in person_ids}
    for residence, address in rows:
        found[residence.person_id].append(Home(address, residence))
    return found


async def address_at(session: AsyncSession, lines: Sequence[str], postcode: str) -> Address | None:
    """The address with exactly these lines, if we have it."""
    return await session.scalar(
        select(Address).where(Address.postcode == postcode, Address.lines == list(lines)).limit(1)
    )


async def ties(session: AsyncSession, person_ids: Collection[UUID]) -> Sequence[Tie]:
    """Every tie that has one of these people at either end."""
    return (
        await session.scalars(
            select(Tie).where(or_(Tie.from_id.in_(person_ids), Tie.to_id.in_(person_ids)), Tie.until.is_(None))
        )
    ).all()


async def identifiers(session: AsyncSession, person_ids: Collection[UUID]) -> dict[UUID, list[Identifier]]:
    found: dict[UUID, list[Identifier]] = {person_id: [] for person_id in person_ids}
    for identifier in await session.scalars(
        select(Identifier).where(Identifier.person_id.in_(person_ids)).order_by(Identifier.system)
    ):
        found[identifier.person_id].append(identifier)
    return found


async def other_names(session: AsyncSession, person_id: UUID) -> Sequence[OtherName]:
    return (await session.scalars(select(OtherName).where(OtherName.person_id == person_id))).all()


# --- Whether we know somebody -----------------------------------------------------------------------------------


async def candidates(session: AsyncSession, likeness: Likeness) -> list[UUID]:
    """Those who could be this person: a shared number, surname or given name with the birth date, or an alias.

    Blocking as in hmpps-person-match, by equality on indexed keys only.
    """
    found: list[UUID] = []
    if likeness.numbers:
        numbers = or_(
            *(and_(Identifier.system == system, Identifier.canonical == number) for system, number in likeness.numbers)
        )
        found += await session.scalars(select(Identifier.person_id).where(numbers, Identifier.valid))
    same_name = and_(Person.family_key == likeness.family, Person.given_key == likeness.given)
    ways: list[ColumnElement[bool]] = [same_name]
    if likeness.born.earliest is not None:
        born = and_(Person.born_from <= likeness.born.latest, Person.born_to >= likeness.born.earliest)
        ways += [
            and_(Person.family_key == likeness.family, born),
            and_(Person.given_key == likeness.given, born),
            and_(Person.family_key == likeness.given, Person.given_key == likeness.family),
        ]
    if likeness.family:
        for way in ways:
            found += await session.scalars(select(Person.id).where(way).limit(CANDIDATES))
        found += await session.scalars(
            select(OtherName.person_id)
            .where(OtherName.family_key == likeness.family, OtherName.given_key == likeness.given)
            .limit(CANDIDATES)
        )
    return list(dict.fromkeys(found))


@dataclass
class _Facts:
    person: Person
    numbers: set[tuple[str, str]]
    postcodes: set[str]
    names: set[tuple[str, str]]


async def likenesses(session: AsyncSession, person_ids: Collection[UUID]) -> dict[UUID, Likeness]:
    """What is compared of people we hold, in four queries whatever their number."""
    facts = {
        person_id: _Facts(person, set(), set(), set())
        for person_id, person in (await people_by_id(session, person_ids)).items()
    }
    for person_id, numbers in (await identifiers(session, list(facts))).items():
        facts[person_id].numbers = {(number.system, number.canonical) for number in numbers if number.valid}
    for person_id, kept in (await homes(session, list(facts))).items():
        facts[person_id].postcodes = {home.address.postcode for home in kept if home.address.postcode}
    for name in await session.scalars(select(OtherName).where(OtherName.person_id.in_(list(facts)))):
        facts[name.person_id].names.add((name.given_key, name.family_key))
    return {
        person_id: Likeness(
            given=known.person.given_key,
            family=known.person.family_key,
            born=PartialDate(known.person.born_from, known.person.born_to, _precision(known.person)),
            sex=known.person.sex,
            postcodes=frozenset(known.postcodes),
            numbers=frozenset(known.numbers),
            also_known_as=frozenset(known.names),
        )
        for person_id, known in facts.items()
    }


def _precision(person: Person) -> Precision:
    if person.born_from is None or person.born_to is None:
        return Precision.unknown
    days = (person.born_to - person.born_from).days
    return Precision.day if days == 0 else Precision.month if days < 31 else Precision.year


# --- Searching --------------------------------------------------------------------------------------------------


async def search_people(session: AsyncSession, viewer: Viewer, words: str) -> Sequence[Person]:
    """People this worker may see whose names begin with the words, in any order, or who bear the number or reference."""
    parts = name_key(words).split()
    packed = words.replace(" ", "").replace("-", "").upper()
    numbered = exists().where(Identifier.person_id == Person.id, Identifier.canonical == packed, Identifier.valid)
    ways: list[ColumnElement[bool]] = [numbered, col(Person.reference) == words.strip().upper()]
    if parts:
        ways.append(
            and_(
                *(
                    or_(
                        col(Person.family_key).startswith(part, autoescape=True),
                        col(Person.given_key).startswith(part, autoescape=True),
                        col(Person.given_key).contains(" " + part, autoescape=True),
                        exists().where(
                            OtherName.person_id == Person.id,
                            or_(
                                col(OtherName.family_key).startswith(part, autoescape=True),
                                col(OtherName.given_key).startswith(part, autoescape=True),
                            ),
                        ),
                    )
                    for part in parts
                )
            )
        )
    return (
        await session.scalars(
            select(Person)
            .where(or_(*ways), visible_people(viewer))
            .order_by(Person.family_key, Person.given_key)
            .limit(SEARCH_LIMIT)
        )
    ).all()


async def search_families(session: AsyncSession, viewer: Viewer, words: str) -> Sequence[Family]:
    """Families this worker may see whose name begins with the words, or that bear the reference."""
    key = name_key(words).removeprefix("the ").removesuffix(" family")
    ways: list[ColumnElement[bool]] = [col(Family.reference) == words.strip().upper()]
    if key:
        ways.append(col(Family.name_key).startswith(key, autoescape=True))
    return (
        await session.scalars(
            select(Family).where(or_(*ways), visible_families(viewer)).order_by(Family.name_key).limit(SEARCH_LIMIT)
        )
    ).all()
