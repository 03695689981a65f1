"""Loading what the clash rules look at, across agencies and whoever may see it.

It asks for no viewer, because a clash is looked for across agencies; what of one may be shown is asked when it is.
What is asked at every write is put together once, and asks for what is in an array: its text is the same however many
there are, so that PostgreSQL and the driver keep what they made of it. Measured: half the time of a look.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    DateTime,
    Select,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.cases.rules import Scheme
from hub.cases.tables import Case
from hub.clashes.records import OVER_WITH_ITS_DAY
from hub.clashes.tables import Clash, ClashIntervention, ClashNight
from hub.ids import new_id
from hub.interventions.rules import Status
from hub.interventions.tables import (
    Intervention,
    InterventionApart,
    InterventionPerson,
    InterventionPlace,
    InterventionTime,
)
from hub.people.tables import Involvement, Person, Residence, Tie
from hub.referrals.rules import Decision
from hub.referrals.tables import Referral
from hub.sharing.tables import CircleSeat

FACTS_LAST = timedelta(days=366)
LATELY = timedelta(days=7)
NOTICES_LAST = timedelta(days=120)
GIVEN_UP = timedelta(hours=1)
STILL = (Status.planned.value, Status.live.value)
KEPT_AS_FACTS = ("L.CP", "A.DASH", "A.DARA", "A.PAR", "A.DRUG", "I.ABE")

PEOPLE = bindparam("people", type_=ARRAY(Uuid()))
IDS = bindparam("ids", type_=ARRAY(Uuid()))
AT = bindparam("at", type_=DateTime(timezone=True))


def _among(column: Any, those: Any) -> ColumnElement[bool]:
    """Whether a column holds one of an array."""
    return column == any_(those if not isinstance(those, tuple) else literal(list(those), ARRAY(String)))


def _matters() -> ColumnElement[bool]:
    """Planned, live, or over so lately that a rule still asks for it."""
    ended = func.coalesce(Intervention.ends_at, Intervention.starts_at)
    group = func.split_part(Intervention.kind, ".", 1)
    return or_(
        and_(
            _among(Intervention.status, STILL),
            or_(Intervention.ends_at.is_(None), Intervention.ends_at >= AT - LATELY),
        ),
        and_(
            Intervention.status == Status.done.value,
            or_(
                and_(_among(group, ("V", "P")), ended >= AT - LATELY),
                and_(
                    or_(_among(Intervention.kind, KEPT_AS_FACTS), _among(group, ("G", "X", "C", "S"))),
                    ended >= AT - FACTS_LAST,
                ),
            ),
        ),
    )


# --- Whom it is about ---------------------------------------------------------------------------------------------


def _around(people: CTE, name: str) -> CTE:
    """Some people, those who live with any of them, and those with a recorded relationship to any of them."""
    here, there = aliased(Residence), aliased(Residence)
    living = (
        select(there.person_id)
        .join(here, here.address_id == there.address_id)
        .join(people, people.c.id == here.person_id)
        .where(here.until.is_(None), there.until.is_(None))
    )
    onward = select(Tie.to_id).join(people, people.c.id == Tie.from_id).where(Tie.until.is_(None))
    back = select(Tie.from_id).join(people, people.c.id == Tie.to_id).where(Tie.until.is_(None))
    return union(select(people.c.id), living, onward, back).cte(name)


def _with(people: CTE, name: str) -> CTE:
    """Some people, and everybody for whom something is done together with any of them."""
    here, there = aliased(InterventionPerson), aliased(InterventionPerson)
    together = (
        select(there.person_id)
        .join(here, here.intervention_id == there.intervention_id)
        .join(people, people.c.id == here.person_id)
        .where(here.removed_at.is_(None), there.removed_at.is_(None))
    )
    return union(select(people.c.id), together).cte(name)


ASKED = select(func.unnest(PEOPLE).label("id")).cte("asked")
NEAR = _around(ASKED, "near")
WIDER = _around(_with(NEAR, "with_them"), "wider")
ASK_NEAR = select(NEAR.c.id)
ASK_REACH = select(WIDER.c.id, WIDER.c.id.in_(select(NEAR.c.id)))


async def people_around(session: AsyncSession, person_ids: Collection[UUID]) -> set[UUID]:
    """These people, those who live with any of them, and those with a recorded relationship to any of them."""
    return set(await session.scalars(ASK_NEAR, {"people": list(person_ids)}))


async def reach(session: AsyncSession, person_ids: Collection[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Those around some people; and everybody around these and around whoever has something done together with them."""
    rows = (await session.execute(ASK_REACH, {"people": list(person_ids)})).all()
    return {person_id for person_id, near in rows if near}, {person_id for person_id, _ in rows}


# --- What the rules look at ---------------------------------------------------------------------------------------


@dataclass
class Loaded:
    """Rows that the rules look at, for some people."""

    interventions: list[Intervention]
    people: dict[UUID, set[UUID]]
    homes: dict[UUID, set[UUID]]
    ties: list[tuple[UUID, UUID]]
    apart: dict[UUID, set[tuple[UUID, UUID]]]
    places: dict[UUID, list[tuple[str, str]]]
    times: dict[UUID, list[InterventionTime]]
    cases: dict[UUID, set[UUID]]
    """The open cases of each person."""
    marac: set[UUID]
    """The open cases that are worked under a MARAC."""
    births: dict[UUID, date]
    """The birthdays of people in open cases, where they are known to the day."""
    notices: list["Notice"]


@dataclass(frozen=True)
class Notice:
    """A referral that led to no further action, about one person, and the agencies that know of it."""

    referral_id: UUID
    person_id: UUID
    received_at: datetime
    agency_id: UUID
    known_to: frozenset[UUID]


def _theirs() -> Select[Any]:
    """What is done for some people, each with everybody for whom it is."""
    links = select(InterventionPerson.intervention_id).where(
        _among(InterventionPerson.person_id, PEOPLE), InterventionPerson.removed_at.is_(None)
    )
    people = select(func.array_agg(InterventionPerson.person_id)).where(
        InterventionPerson.intervention_id == Intervention.id, InterventionPerson.removed_at.is_(None)
    )
    chosen = select(Intervention, people.scalar_subquery()).where(_matters(), Intervention.id.in_(links))
    return chosen.order_by(Intervention.id)


def _closed_notices() -> Select[Any]:
    seats = select(func.array_agg(CircleSeat.agency_id)).where(
        CircleSeat.referral_id == Referral.id, CircleSeat.left_at.is_(None)
    )
    return (
        select(Referral.id, Involvement.person_id, Referral.received_at, Referral.agency_id, seats.scalar_subquery())
        .join(Involvement, Involvement.referral_id == Referral.id)
        .where(
            _among(Involvement.person_id, PEOPLE),
            Referral.decision == Decision.no_further_action.value,
            Referral.received_at >= AT - NOTICES_LAST,
        )
    )


ASK_INTERVENTIONS = _theirs()
ASK_NOTICES = _closed_notices()
ASK_HOMES = select(Residence.person_id, Residence.address_id).where(
    _among(Residence.person_id, PEOPLE), Residence.until.is_(None)
)
ASK_TIES = select(Tie.from_id, Tie.to_id).where(
    or_(_among(Tie.from_id, PEOPLE), _among(Tie.to_id, PEOPLE)), Tie.until.is_(None)
)
ASK_CASES = (
    select(Involvement.person_id, Case.id, Case.scheme, Person.born_from, Person.born_to)
    .join(Case, Case.id == Involvement.case_id)
    .join(Person, Person.id == Involvement.person_id)
    .where(_among(Involvement.person_id, PEOPLE), Case.closed_at.is_(None))
)
ASK_APART = select(InterventionApart.intervention_id, InterventionApart.one_id, InterventionApart.other_id).where(
    _among(InterventionApart.intervention_id, IDS), InterventionApart.removed_at.is_(None)
)
ASK_PLACES = select(InterventionPlace.intervention_id, InterventionPlace.place, InterventionPlace.uprn).where(
    _among(InterventionPlace.intervention_id, IDS), InterventionPlace.removed_at.is_(None)
)
ASK_TIMES = select(InterventionTime).where(_among(InterventionTime.intervention_id, IDS))


async def load(session: AsyncSession, person_ids: Collection[UUID], *, at: datetime) -> Loaded:
    """Everything about some people that the rules look at: eight queries at most, however many people."""
    theirs = {"people": list(person_ids)}
    found = Loaded([], {}, defaultdict(set), [], defaultdict(set), defaultdict(list), defaultdict(list),
                   defaultdict(set), set(), {}, [])  # fmt: skip
    for one, people in await session.execute(ASK_INTERVENTIONS, {**theirs, "at": at}):
        found.interventions.append(one)
        found.people[one.id] = set(people)
    conditions = [one.id for one in found.interventions if one.kind.startswith("R.")]
    if conditions:
        for intervention_id, one_id, other_id in await session.execute(ASK_APART, {"ids": conditions}):
            found.apart[intervention_id].add((one_id, other_id))
        for intervention_id, place, uprn in await session.execute(ASK_PLACES, {"ids": conditions}):
            found.places[intervention_id].append((place, uprn))
    series = [one.id for one in found.interventions if one.repeats]
    if series:
        for time in await session.scalars(ASK_TIMES, {"ids": series}):
            found.times[time.intervention_id].append(time)
    for person_id, address_id in await session.execute(ASK_HOMES, theirs):
        found.homes[person_id].add(address_id)
    found.ties = [(left, right) for left, right in await session.execute(ASK_TIES, theirs)]
    for person_id, case_id, scheme, born_from, born_to in await session.execute(ASK_CASES, theirs):
        found.cases[person_id].add(case_id)
        if scheme == Scheme.marac:
            found.marac.add(case_id)
        if born_from is not None and born_from == born_to:
            found.births[person_id] = born_from
    found.notices = [
        Notice(referral_id, person_id, received_at, agency_id, frozenset(seats or ()))
        for referral_id, person_id, received_at, agency_id, seats in await session.execute(
            ASK_NOTICES, {**theirs, "at": at}
        )
    ]
    return found


# --- What is recorded of it ---------------------------------------------------------------------------------------


def _standing() -> Select[Any]:
    takes_part = select(ClashIntervention.clash_id).where(_among(ClashIntervention.intervention_id, IDS))
    with_one = exists().where(ClashIntervention.clash_id == Clash.id, ClashIntervention.intervention_id.is_not(None))
    about = and_(Clash.people.op("&&")(PEOPLE), not_(with_one))
    asked = select(Clash).where(Clash.closed_at.is_(None), or_(Clash.id.in_(takes_part), about))
    return asked.order_by(Clash.id).with_for_update()


ASK_STANDING = _standing()


async def standing(
    session: AsyncSession, intervention_ids: Collection[UUID], person_ids: Collection[UUID]
) -> Sequence[Clash]:
    """Open clashes in which any of these interventions takes part, or that are facts about any of these people.

    They are held until the transaction ends.
    """
    return (await session.scalars(ASK_STANDING, {"ids": list(intervention_ids), "people": list(person_ids)})).all()


async def over(session: AsyncSession, at: datetime, limit: int = 200) -> Sequence[Clash]:
    """Open clashes that are made of visits and appointments alone, all of them over."""
    parts = select(ClashIntervention.clash_id).where(ClashIntervention.clash_id == Clash.id)
    still = parts.outerjoin(Intervention, Intervention.id == ClashIntervention.intervention_id).where(
        or_(
            Intervention.id.is_(None),
            ClashIntervention.fact != "",
            func.split_part(Intervention.kind, ".", 1).not_in(OVER_WITH_ITS_DAY),
            func.coalesce(Intervention.ends_at, at) >= at,
        )
    )
    asked = select(Clash).where(Clash.closed_at.is_(None), parts.exists(), not_(still.exists())).limit(limit)
    return (await session.scalars(asked.with_for_update(skip_locked=True))).all()


async def any_kept_apart(session: AsyncSession, person_ids: Collection[UUID]) -> bool:
    """Whether any condition keeps two of these people apart."""
    if len(person_ids) < 2:
        return False
    two = (
        InterventionApart.one_id.in_(person_ids),
        InterventionApart.other_id.in_(person_ids),
        InterventionApart.removed_at.is_(None),
    )
    return bool(await session.scalar(select(exists().where(*two))))


async def cases_to_check(session: AsyncSession, *, after: UUID | None, limit: int, at: datetime) -> list[UUID]:
    """The next cases that are open, or in which something is still planned or live, by their identity."""
    still = select(Intervention.case_id).where(Intervention.status.in_(STILL), _matters())
    asked = select(Case.id).where(or_(Case.closed_at.is_(None), Case.id.in_(still)))
    if after is not None:
        asked = asked.where(Case.id > after)
    return list(await session.scalars(asked.order_by(Case.id).limit(limit), {"at": at}))


async def people_of_cases(session: AsyncSession, case_ids: Collection[UUID]) -> set[UUID]:
    """Who is in these cases, and for whom something is done in them."""
    involved = select(Involvement.person_id).where(Involvement.case_id.in_(case_ids))
    done_for = (
        select(InterventionPerson.person_id)
        .join(Intervention, Intervention.id == InterventionPerson.intervention_id)
        .where(Intervention.case_id.in_(case_ids), InterventionPerson.removed_at.is_(None))
    )
    return set(await session.scalars(involved.union(done_for)))


async def claim_night(session: AsyncSession, on: date, at: datetime) -> bool:
    """Whether this night is still to be looked at; whoever asks first has it, and again when they came to no end."""
    made = insert(ClashNight).values(id=new_id(), on_day=on, began_at=at)
    again = and_(ClashNight.ended_at.is_(None), ClashNight.began_at < at - GIVEN_UP)
    claimed = made.on_conflict_do_update(index_elements=["on_day"], set_={"began_at": at}, where=again)
    return (await session.execute(claimed.returning(ClashNight.id))).first() is not None


async def end_night(session: AsyncSession, on: date, at: datetime) -> None:
    """Notes that everything was looked at."""
    await session.execute(update(ClashNight).where(ClashNight.on_day == on).values(ended_at=at))
