"""Loading what the clash rules look at, across agencies and whoever may see it.

It asks for no viewer, because a clash is looked for across agencies; what of one may be shown is asked when it is.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, update
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
GIVEN_UP = timedelta(hours=1)
STILL = (Status.planned.value, Status.live.value)
KEPT_AS_FACTS = ("L.CP", "A.DASH", "A.DARA", "A.PAR", "A.DRUG", "I.ABE")


def _matters(at: datetime) -> ColumnElement[bool]:
    """Planned, live, or over so lately that a rule still asks for it."""
    ended = func.coalesce(Intervention.ends_at, Intervention.starts_at)
    group = func.split_part(Intervention.kind, ".", 1)
    return or_(
        and_(
            Intervention.status.in_(STILL),
            or_(Intervention.ends_at.is_(None), Intervention.ends_at >= at - timedelta(days=7)),
        ),
        and_(
            Intervention.status == Status.done.value,
            or_(
                and_(group.in_(["V", "P"]), ended >= at - timedelta(days=7)),
                and_(
                    or_(Intervention.kind.in_(KEPT_AS_FACTS), group.in_(["G", "X", "C", "S"])),
                    ended >= at - FACTS_LAST,
                ),
            ),
        ),
    )


async def people_around(session: AsyncSession, person_ids: Collection[UUID]) -> set[UUID]:
    """These people, those who live with any of them, and those with a recorded relationship to any of them."""
    if not person_ids:
        return set()
    here, there = aliased(Residence), aliased(Residence)
    living = (
        select(there.person_id)
        .join(here, here.address_id == there.address_id)
        .where(here.person_id.in_(person_ids), here.until.is_(None), there.until.is_(None))
    )
    onward = select(Tie.to_id).where(Tie.from_id.in_(person_ids), Tie.until.is_(None))
    back = select(Tie.from_id).where(Tie.to_id.in_(person_ids), Tie.until.is_(None))
    return {*person_ids, *await session.scalars(living.union(onward, back))}


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
    """The open cases that are worked under a MARAC, and since when."""
    births: dict[UUID, date]
    notices: list["Notice"]


@dataclass(frozen=True)
class Notice:
    """A referral that led to no further action, about one person, and the agencies that know of it."""

    referral_id: UUID
    person_id: UUID
    received_at: datetime
    agency_id: UUID
    known_to: frozenset[UUID]


async def load(session: AsyncSession, person_ids: Collection[UUID], *, at: datetime) -> Loaded:
    """Everything about some people that the rules look at: a dozen queries, however many people."""

    def among(column: Any) -> ColumnElement[bool]:
        return column.in_(person_ids)

    links = select(InterventionPerson.intervention_id).where(
        among(InterventionPerson.person_id), InterventionPerson.removed_at.is_(None)
    )
    chosen = and_(_matters(at), Intervention.id.in_(links))
    interventions = list(await session.scalars(select(Intervention).where(chosen).order_by(Intervention.id)))
    ids = [one.id for one in interventions]

    def of(column: Any) -> ColumnElement[bool]:
        return column.in_(ids)

    people: dict[UUID, set[UUID]] = defaultdict(set)
    for intervention_id, person_id in await session.execute(
        select(InterventionPerson.intervention_id, InterventionPerson.person_id).where(
            of(InterventionPerson.intervention_id), InterventionPerson.removed_at.is_(None)
        )
    ):
        people[intervention_id].add(person_id)
    homes: dict[UUID, set[UUID]] = defaultdict(set)
    for person_id, address_id in await session.execute(
        select(Residence.person_id, Residence.address_id).where(among(Residence.person_id), Residence.until.is_(None))
    ):
        homes[person_id].add(address_id)
    ties = await session.execute(
        select(Tie.from_id, Tie.to_id).where(or_(among(Tie.from_id), among(Tie.to_id)), Tie.until.is_(None))
    )
    apart: dict[UUID, set[tuple[UUID, UUID]]] = defaultdict(set)
    for row in await session.scalars(
        select(InterventionApart).where(of(InterventionApart.intervention_id), InterventionApart.removed_at.is_(None))
    ):
        apart[row.intervention_id].add((row.one_id, row.other_id))
    places: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for place in await session.scalars(
        select(InterventionPlace).where(of(InterventionPlace.intervention_id), InterventionPlace.removed_at.is_(None))
    ):
        places[place.intervention_id].append((place.place, place.uprn))
    times: dict[UUID, list[InterventionTime]] = defaultdict(list)
    for time in await session.scalars(select(InterventionTime).where(of(InterventionTime.intervention_id))):
        times[time.intervention_id].append(time)
    cases, marac = await _open_cases(session, among(Involvement.person_id))
    return Loaded(
        interventions,
        people,
        homes,
        [(left, right) for left, right in ties],
        apart,
        places,
        times,
        cases,
        marac,
        await _births(session, among(Person.id), at),
        await _closed_notices(session, among(Involvement.person_id), at),
    )


async def _open_cases(session: AsyncSession, who: ColumnElement[bool]) -> tuple[dict[UUID, set[UUID]], set[UUID]]:
    cases: dict[UUID, set[UUID]] = defaultdict(set)
    marac = set()
    for person_id, case_id, scheme in await session.execute(
        select(Involvement.person_id, Case.id, Case.scheme)
        .join(Case, Case.id == Involvement.case_id)
        .where(who, Case.closed_at.is_(None))
    ):
        cases[person_id].add(case_id)
        if scheme == Scheme.marac:
            marac.add(case_id)
    return cases, marac


async def _births(session: AsyncSession, who: ColumnElement[bool], at: datetime) -> dict[UUID, date]:
    """The birthdays of those who are about seventeen."""
    oldest, youngest = at.date() - timedelta(days=6_580), at.date() - timedelta(days=6_440)
    rows = await session.execute(
        select(Person.id, Person.born_from).where(
            who, Person.born_from.between(oldest, youngest), Person.born_to == Person.born_from
        )
    )
    return {row[0]: row[1] for row in rows}


async def _closed_notices(session: AsyncSession, who: ColumnElement[bool], at: datetime) -> list[Notice]:
    rows = (
        await session.execute(
            select(Referral.id, Involvement.person_id, Referral.received_at, Referral.agency_id)
            .join(Involvement, Involvement.referral_id == Referral.id)
            .where(
                who,
                Referral.decision == Decision.no_further_action.value,
                Referral.received_at >= at - timedelta(days=120),
            )
        )
    ).all()
    seats: dict[UUID, set[UUID]] = defaultdict(set)
    for referral_id, agency_id in await session.execute(
        select(CircleSeat.referral_id, CircleSeat.agency_id).where(
            CircleSeat.referral_id.in_({row[0] for row in rows}), CircleSeat.left_at.is_(None)
        )
    ):
        seats[referral_id].add(agency_id)
    return [Notice(row[0], row[1], row[2], row[3], frozenset(seats[row[0]])) for row in rows]


async def standing(
    session: AsyncSession, intervention_ids: Collection[UUID], person_ids: Collection[UUID]
) -> Sequence[Clash]:
    """Open clashes in which any of these interventions takes part, or that are facts about any of these people.

    They are held until the transaction ends.
    """
    takes_part = select(ClashIntervention.clash_id).where(ClashIntervention.intervention_id.in_(intervention_ids))
    with_one = exists().where(ClashIntervention.clash_id == Clash.id, ClashIntervention.intervention_id.is_not(None))
    about = and_(Clash.people.op("&&")(list(person_ids)), not_(with_one))
    asked = select(Clash).where(Clash.closed_at.is_(None), or_(Clash.id.in_(takes_part), about))
    return (await session.scalars(asked.order_by(Clash.id).with_for_update())).all()


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


async def people_with(session: AsyncSession, person_ids: Collection[UUID]) -> set[UUID]:
    """Everybody for whom something is done together with any of these people."""
    here, there = aliased(InterventionPerson), aliased(InterventionPerson)
    return set(
        await session.scalars(
            select(there.person_id)
            .join(here, here.intervention_id == there.intervention_id)
            .where(here.person_id.in_(person_ids), here.removed_at.is_(None), there.removed_at.is_(None))
            .distinct()
        )
    )


async def cases_to_check(session: AsyncSession, *, after: UUID | None, limit: int, at: datetime) -> list[UUID]:
    """The next cases that are open, or in which something is still planned or live, by their identity."""
    still = select(Intervention.case_id).where(Intervention.status.in_(STILL), _matters(at))
    asked = select(Case.id).where(or_(Case.closed_at.is_(None), Case.id.in_(still)))
    if after is not None:
        asked = asked.where(Case.id > after)
    return list(await session.scalars(asked.order_by(Case.id).limit(limit)))


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
