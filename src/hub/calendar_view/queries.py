"""Asking for what a calendar shows: a handful of queries, however much is found."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.agencies.tables import Agency, Worker
from hub.calendar_view.rules import Entry, entry_of
from hub.clashes.marks import marked, time_key
from hub.clashes.queries import open_clashes, parts
from hub.clashes.tables import Clash
from hub.interventions.queries import for_people, people_of, register
from hub.interventions.rules import OVER, Shape, Status, shape
from hub.interventions.tables import Intervention
from hub.people.queries import people_by_id
from hub.people.tables import Person
from hub.sharing import scope
from hub.sharing.rules import Viewer


@dataclass
class Shown:
    """What a calendar shows, with the names of everybody and everything in it."""

    entries: list[Entry]
    agencies: dict[UUID, Agency]
    workers: dict[UUID, Worker] = field(default_factory=dict)
    people: dict[UUID, Person] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    """Those in which something that is shown takes part, the gravest first."""
    clash_parts: dict[UUID, list[Intervention]] = field(default_factory=dict)
    """What makes each, whether it lies in the stretch or not."""

    @property
    def places(self) -> dict[UUID, int]:
        """The usual place of each agency."""
        return {agency_id: agency.place for agency_id, agency in self.agencies.items()}


def of_cases(case_ids: Collection[UUID]) -> ColumnElement[bool]:
    """It belongs to one of these cases."""
    return Intervention.case_id.in_(case_ids)


def of_person(person_id: UUID) -> ColumnElement[bool]:
    """It is for this person."""
    return Intervention.id.in_(for_people([person_id]))


async def between(
    session: AsyncSession,
    viewer: Viewer,
    *,
    about: ColumnElement[bool],
    case_ids: Collection[UUID],
    from_: datetime,
    until: datetime,
) -> Shown:
    """Every single time that touches a stretch, as far as the viewer may know of it. Cancelled ones are left out."""
    standing = and_(about, Intervention.status != Status.cancelled.value)
    found = await register(session, viewer, about=standing, from_=from_, until=until)
    times = [one for one in found.times if not one.cancelled]
    clashes, clashing, made = await _clashes(session, viewer, case_ids, found.interventions.keys())
    of_times = await marked(session, {one.id: one for one in clashes}, made, times, from_=from_, until=until)
    people = await people_of(session, found.interventions.keys())
    entries = []
    for time in times:
        of = found.interventions[time.intervention_id]
        mine = [one for one in clashing[of.id] if one not in of_times or time_key(of, time) in of_times[one]]
        entries.append(
            entry_of(of, time, own_agency=viewer.agency_id, people=people[time.intervention_id], clashes=mine)
        )
    here = {clash_id for entry in entries for clash_id in entry.clashes}
    return await _named(session, entries, [one for one in clashes if one.id in here], made)


LONG = "LRTGAEH"
"""The groups that stand in twelve months: plans, conditions, treatments, programmes, assessments, enforcement, housing."""


async def running(
    session: AsyncSession,
    viewer: Viewer,
    *,
    about: ColumnElement[bool],
    case_ids: Collection[UUID],
    from_: datetime,
    until: datetime,
) -> Shown:
    """What runs long or falls on a day in a stretch, each once with its whole length, as far as the viewer may know."""
    asked = select(Intervention).where(
        about,
        Intervention.status != Status.cancelled.value,
        func.left(Intervention.kind, 2).in_([f"{letter}." for letter in LONG]),
        Intervention.starts_at < until,
        or_(Intervention.ends_at.is_(None), Intervention.ends_at >= from_),
        scope.intervention_reaches(viewer, Intervention),
    )
    rows = (await session.scalars(asked.order_by(Intervention.starts_at, Intervention.id))).all()
    clashes, clashing, made = await _clashes(session, viewer, case_ids, [row.id for row in rows])
    people = await people_of(session, [row.id for row in rows])
    entries = [_whole(row, viewer, people[row.id], clashing[row.id]) for row in rows]
    return await _named(session, entries, clashes, made)


def _whole(row: Intervention, viewer: Viewer, people: Collection[UUID], clashes: Collection[UUID]) -> Entry:
    """An intervention from its first moment to its last. What is over without an end ended when that was said."""
    kept = row.confidential_address and row.agency_id != viewer.agency_id
    ends_at = row.ends_at
    if ends_at is None and row.status in OVER and row.changed_at is not None:
        ends_at = max(row.changed_at, row.starts_at)
    if ends_at is None and shape(row.kind) is Shape.day:
        ends_at = row.starts_at
    return Entry(
        id=row.id,
        of_at=row.starts_at,
        agency_id=row.agency_id,
        kind=row.kind,
        starts_at=row.starts_at,
        ends_at=ends_at,
        whole_days=row.whole_days,
        status=row.status,
        place="" if kept else row.place,
        worker_id=row.worker_id,
        people=frozenset(people),
        mandatory=row.mandatory,
        joint=row.joint,
        covert=row.covert,
        place_kept=kept,
        clashes=tuple(clashes),
    )


async def _clashes(
    session: AsyncSession, viewer: Viewer, case_ids: Collection[UUID], shown: Collection[UUID]
) -> tuple[list[Clash], dict[UUID, list[UUID]], dict[UUID, list[Intervention]]]:
    """The clashes in which something shown takes part, by which each thing is touched, and what makes each clash; an
    answered one is at rest."""
    by_case = await open_clashes(session, viewer, case_ids)
    every = {clash.id: clash for clashes in by_case.values() for clash in clashes if clash.answered_at is None}
    made = await parts(session, every)
    touched: dict[UUID, list[UUID]] = defaultdict(list)
    found: dict[UUID, Clash] = {}
    for clash_id, clash in every.items():
        for part in made[clash_id]:
            if part.id in shown:
                touched[part.id].append(clash_id)
                found[clash_id] = clash
    return list(found.values()), touched, made


async def _named(
    session: AsyncSession, entries: list[Entry], clashes: Sequence[Clash], made: dict[UUID, list[Intervention]]
) -> Shown:
    return Shown(
        entries,
        await agencies_by_id(session),
        await workers_by_id(session, {worker for one in entries for worker in (one.worker_id, one.with_worker_id)}),
        await people_by_id(session, {person for one in entries for person in one.people}),
        list(clashes),
        made,
    )
