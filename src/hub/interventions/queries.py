"""Asking what is being done with whom, and when. What the viewer may not know of is left out by the database."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.contributions.queries import last_heard
from hub.errors import NotFound
from hub.events.rules import Kind
from hub.events.tables import Event
from hub.ids import from_ref
from hub.interventions.recurrence import HORIZON, Different, Occurrence, Series, expand
from hub.interventions.rules import Shape, Status, shape
from hub.interventions.tables import (
    Intervention,
    InterventionApart,
    InterventionPerson,
    InterventionPlace,
    InterventionTime,
)
from hub.sharing import scope
from hub.sharing.rules import Viewer


async def access_intervention(session: AsyncSession, viewer: Viewer, ref: str) -> Intervention:
    """The intervention at an address, if this worker may see its case. Raises NotFound."""
    found = await session.scalar(
        select(Intervention).where(Intervention.id == from_ref(ref), scope.intervention_reaches(viewer, Intervention))
    )
    if found is None:
        raise NotFound
    return found


# --- The single times ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Register:
    """What is recorded in a stretch of time: the interventions, and their single times by their start."""

    interventions: dict[UUID, Intervention]
    times: list[Occurrence]

    @property
    def shown(self) -> list["Intervention | Dated"]:
        """What a calendar shows: a plan or condition once, whatever else at each of its times."""
        found: dict[tuple[UUID, datetime | None], Intervention | Dated] = {}
        for time in self.times:
            of = self.interventions[time.intervention_id]
            once = of.hours_from is not None or (shape(of.kind) is Shape.period and not of.repeats)
            found.setdefault((of.id, None if once else time.of_at), of if once else Dated(of, time))
        return list(found.values())


@dataclass(frozen=True)
class Dated:
    """One time of an intervention with the intervention, as a calendar shows it."""

    of: Intervention
    time: Occurrence

    @property
    def id(self) -> UUID:
        return self.of.id

    @property
    def kind(self) -> str:
        return self.of.kind

    @property
    def agency_id(self) -> UUID:
        return self.of.agency_id

    @property
    def worker_id(self) -> UUID | None:
        return self.time.worker_id

    @property
    def starts_at(self) -> datetime:
        return self.time.starts_at

    @property
    def ends_at(self) -> datetime | None:
        return self.time.ends_at

    @property
    def whole_days(self) -> bool:
        return self.of.whole_days

    @property
    def status(self) -> str:
        return self.time.status

    @property
    def of_at(self) -> datetime:
        return self.time.of_at


def series_of(one: Intervention) -> Series:
    """An intervention as the expansion takes it."""
    hours = (one.hours_from, one.hours_to) if one.hours_from is not None and one.hours_to is not None else None
    return Series(
        one.id, one.starts_at, one.ends_at, one.whole_days, one.repeats, one.minutes, frozenset(one.left_out), hours,
        one.status, one.place, one.worker_id,
    )  # fmt: skip


async def register(
    session: AsyncSession, viewer: Viewer | None, *, about: ColumnElement[bool], from_: datetime, until: datetime
) -> Register:
    """What of these interventions the viewer may know touches a stretch, with its times: two queries, however many.

    No viewer is the Hub itself, which looks for clashes across agencies. The stretch is cut at HORIZON.
    """
    until = min(until, from_ + HORIZON)
    moved_in = select(InterventionTime.intervention_id).where(
        InterventionTime.starts_at < until, InterventionTime.ends_at >= from_
    )
    asked = select(Intervention).where(
        about,
        or_(
            and_(
                Intervention.starts_at < until,
                or_(Intervention.ends_at.is_(None), Intervention.ends_at >= from_),
            ),
            Intervention.id.in_(moved_in),
        ),
    )
    if viewer is not None:
        asked = asked.where(scope.intervention_reaches(viewer, Intervention))
    found = {one.id: one for one in await session.scalars(asked.order_by(Intervention.starts_at, Intervention.id))}
    told = await times_told(session, [one.id for one in found.values() if one.repeats])
    times = [
        time
        for one in found.values()
        for time in expand(series_of(one), [different(row) for row in told.get(one.id, ())], from_=from_, until=until)
    ]
    return Register(found, sorted(times, key=lambda time: (time.starts_at, time.intervention_id)))


def is_one(intervention_id: UUID) -> ColumnElement[bool]:
    """It is this one."""
    return and_(Intervention.id == intervention_id)


def different(row: InterventionTime) -> Different:
    return Different(row.of_at, row.status, row.starts_at, row.ends_at, row.place, row.worker_id)


async def times_told(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[InterventionTime]]:
    """What is different about single times of several series, by the time it is about."""
    found: dict[UUID, list[InterventionTime]] = defaultdict(list)
    if ids:
        asked = select(InterventionTime).where(InterventionTime.intervention_id.in_(ids))
        for row in await session.scalars(asked.order_by(InterventionTime.of_at)):
            found[row.intervention_id].append(row)
    return found


async def occurrences(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    case_ids: Collection[UUID] = (),
    person_ids: Collection[UUID] = (),
    from_: datetime,
    until: datetime,
) -> list[Occurrence]:
    """The single times, by their start, of what is recorded for any of these cases or people, cancelled ones included.

    No viewer is the Hub itself: only the clash rules ask so.
    """
    about = or_(Intervention.case_id.in_(case_ids), Intervention.id.in_(for_people(person_ids)))
    return (await register(session, viewer, about=about, from_=from_, until=until)).times


def for_people(person_ids: Collection[UUID]) -> Any:
    return select(InterventionPerson.intervention_id).where(
        InterventionPerson.person_id.in_(person_ids), InterventionPerson.removed_at.is_(None)
    )


async def all_people_of(session: AsyncSession, intervention_id: UUID) -> Sequence[InterventionPerson]:
    """Whom an intervention is or was for, held until the transaction ends."""
    asked = select(InterventionPerson).where(InterventionPerson.intervention_id == intervention_id)
    return (await session.scalars(asked.with_for_update())).all()


async def apart_rows(session: AsyncSession, intervention_id: UUID) -> Sequence[InterventionApart]:
    """The pairs that a condition keeps apart now, held until the transaction ends."""
    asked = select(InterventionApart).where(
        InterventionApart.intervention_id == intervention_id, InterventionApart.removed_at.is_(None)
    )
    return (await session.scalars(asked.with_for_update())).all()


async def apart_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[tuple[UUID, UUID]]]:
    """Who is kept apart from whom by each of several conditions."""
    found: dict[UUID, list[tuple[UUID, UUID]]] = defaultdict(list)
    if ids:
        for row in await session.scalars(
            select(InterventionApart).where(
                InterventionApart.intervention_id.in_(ids), InterventionApart.removed_at.is_(None)
            )
        ):
            found[row.intervention_id].append((row.one_id, row.other_id))
    return found


async def places_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[InterventionPlace]]:
    """The places that each of several conditions keeps somebody out of, the oldest first, then by name."""
    found: dict[UUID, list[InterventionPlace]] = defaultdict(list)
    if ids:
        for row in await session.scalars(
            select(InterventionPlace)
            .where(InterventionPlace.intervention_id.in_(ids), InterventionPlace.removed_at.is_(None))
            .order_by(InterventionPlace.added_at, InterventionPlace.place, InterventionPlace.id)
        ):
            found[row.intervention_id].append(row)
    return found


async def parts_of_series(session: AsyncSession, viewer: Viewer, one: Intervention) -> Sequence[Intervention]:
    """The parts into which a series was split, this one among them, by their start."""
    if one.series_id is None:
        return [one]
    return (
        await session.scalars(
            select(Intervention)
            .where(Intervention.series_id == one.series_id, scope.intervention_reaches(viewer, Intervention))
            .order_by(Intervention.starts_at)
        )
    ).all()


async def reachable(session: AsyncSession, viewer: Viewer, intervention_id: UUID | None) -> Intervention | None:
    """Another intervention, if the viewer may know of it."""
    if intervention_id is None:
        return None
    return await session.scalar(
        select(Intervention).where(Intervention.id == intervention_id, scope.intervention_reaches(viewer, Intervention))
    )


HISTORY = (
    Kind.intervention_recorded.value,
    Kind.intervention_changed.value,
    Kind.intervention_ended.value,
    Kind.intervention_restored.value,
    Kind.intervention_placed.value,
)


async def history(session: AsyncSession, viewer: Viewer, one: Intervention) -> Sequence[Event]:
    """What was done to an intervention, the newest first: the last hundred. The caller has asked for it."""
    return (
        await session.scalars(
            select(Event)
            .where(
                Event.case_id == one.case_id,
                Event.kind.in_(HISTORY),
                Event.subject_id == one.id,
                or_(Event.only_agencies.is_(None), Event.only_agencies.contains([viewer.agency_id])),
            )
            .order_by(Event.id.desc())
            .limit(100)
        )
    ).all()


async def time_told(session: AsyncSession, intervention_id: UUID, of_at: datetime) -> InterventionTime | None:
    """What is different about one time of a series, held until the transaction ends."""
    return await session.scalar(
        select(InterventionTime)
        .where(InterventionTime.intervention_id == intervention_id, InterventionTime.of_at == of_at)
        .with_for_update()
    )


async def last_told(
    session: AsyncSession, viewer: Viewer, case_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], datetime]:
    """When each agency last told each case something that this worker may know of: in words, or by what it does."""
    told = await last_heard(session, viewer, case_ids)
    if not case_ids:
        return told
    rows = await session.execute(
        select(Intervention.case_id, Intervention.agency_id, func.max(Intervention.recorded_at))
        .where(Intervention.case_id.in_(case_ids), scope.intervention_reaches(viewer, Intervention))
        .group_by(Intervention.case_id, Intervention.agency_id)
    )
    for case_id, agency_id, at in rows:
        told[case_id, agency_id] = max(at, told.get((case_id, agency_id), at))
    return told


# --- Whole interventions ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What a list shows. Empty answers want everything."""

    groups: Collection[str] = ()
    agency_id: UUID | None = None
    person_id: UUID | None = None
    status: str = ""
    newest_first: bool = False


LIVE = (Status.planned.value, Status.live.value)
HALF_A_DAY = timedelta(hours=12)


async def listed(
    session: AsyncSession, viewer: Viewer, case_id: UUID, wanted: Wanted, *, limit: int, offset: int
) -> tuple[Sequence[Intervention], int]:
    """A page of a case's interventions, and how many there are."""
    chosen = [Intervention.case_id == case_id, scope.intervention_reaches(viewer, Intervention)]
    if wanted.groups:
        chosen.append(func.split_part(Intervention.kind, ".", 1).in_(wanted.groups))
    if wanted.agency_id is not None:
        chosen.append(Intervention.agency_id == wanted.agency_id)
    if wanted.person_id is not None:
        chosen.append(Intervention.id.in_(for_people([wanted.person_id])))
    if wanted.status:
        chosen.append(Intervention.status.in_(LIVE) if wanted.status == "now" else Intervention.status == wanted.status)
    order = Intervention.starts_at.desc() if wanted.newest_first else Intervention.starts_at
    total = await session.scalar(select(func.count()).select_from(Intervention).where(*chosen))
    rows = await session.scalars(
        select(Intervention).where(*chosen).order_by(order, Intervention.id).limit(limit).offset(offset)
    )
    return rows.all(), total or 0


async def between(session: AsyncSession, viewer: Viewer, *, case_id: UUID, start: datetime, end: datetime) -> Register:
    """A case's interventions that touch a stretch of time, and their times. Cancelled ones are left out."""
    about = and_(Intervention.case_id == case_id, Intervention.status != Status.cancelled.value)
    found = await register(session, viewer, about=about, from_=start, until=end)
    return Register(found.interventions, [time for time in found.times if not time.cancelled])


async def busy_times(
    session: AsyncSession, worker_ids: Collection[UUID], *, from_: datetime, until: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """When each of these workers is with somebody, and nothing of whom or what.

    A treatment or a programme counts at each of its times. What runs for days, or is a condition's hours, fills nobody's.
    """
    moved = select(InterventionTime.intervention_id).where(InterventionTime.worker_id.in_(worker_ids))
    about = and_(
        or_(
            Intervention.worker_id.in_(worker_ids),
            Intervention.with_worker_id.in_(worker_ids),
            Intervention.id.in_(moved),
        ),
        Intervention.status.in_(LIVE),
        Intervention.whole_days.is_(False),
        Intervention.hours_from.is_(None),
    )
    found: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    taken = await register(session, None, about=about, from_=from_, until=until)
    for time in taken.times:
        if time.status not in LIVE or time.ends_at is None or time.ends_at - time.starts_at > HALF_A_DAY:
            continue
        for worker_id in {time.worker_id, taken.interventions[time.intervention_id].with_worker_id}:
            if worker_id is not None and worker_id in worker_ids:
                found[worker_id].append((time.starts_at, time.ends_at))
    return found


async def people_of(session: AsyncSession, intervention_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """For whom each of several interventions is."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    if intervention_ids:
        rows = await session.execute(
            select(InterventionPerson.intervention_id, InterventionPerson.person_id).where(
                InterventionPerson.intervention_id.in_(intervention_ids), InterventionPerson.removed_at.is_(None)
            )
        )
        for intervention_id, person_id in rows:
            found[intervention_id].add(person_id)
    return found


async def live_for(session: AsyncSession, person_ids: Collection[UUID], *, since: datetime) -> Sequence[Intervention]:
    """Everything planned or live since a moment for any of these people, in whatever case: for the clash rules only.

    It asks for no viewer, because a clash is looked for across agencies; what of it may be shown is asked when it is.
    """
    theirs = select(InterventionPerson.intervention_id).where(
        InterventionPerson.person_id.in_(person_ids), InterventionPerson.removed_at.is_(None)
    )
    return (
        await session.scalars(
            select(Intervention)
            .where(
                Intervention.id.in_(theirs),
                Intervention.status.in_([Status.planned.value, Status.live.value]),
                or_(Intervention.ends_at.is_(None), Intervention.ends_at >= since),
            )
            .order_by(Intervention.starts_at)
        )
    ).all()


async def claim_unchecked(session: AsyncSession) -> Intervention | None:
    """One intervention that the clash rules have not looked at since it changed, held until the transaction ends."""
    return await session.scalar(
        select(Intervention)
        .where(Intervention.checked_at.is_(None))
        .order_by(Intervention.recorded_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def by_ids(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Intervention]:
    if not ids:
        return {}
    return {row.id: row for row in await session.scalars(select(Intervention).where(Intervention.id.in_(ids)))}
