"""When people are busy, which conferences are due, and whose invitation an answer is for."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.calendars import busy
from hub.calendars.rules import Busy
from hub.cases.queries import visible_cases
from hub.cases.tables import Case
from hub.conference_kinds.rules import ConferenceKind, Due, KindRules, Met, clocks_of_case
from hub.conferences.queries import COMING
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference, ConferenceNotNeeded, Invitee
from hub.database import beyond_the_wall
from hub.ids import NOWHERE
from hub.invitations.rules import STAYING_AWAY
from hub.sharing.rules import Viewer
from hub.sittings.rules import SittingState
from hub.sittings.tables import Sitting, SittingItem, SittingMember
from hub.vocabulary import lower_first

NOT_COMING = [one.value for one in STAYING_AWAY]


async def busy_of(
    session: AsyncSession,
    worker_ids: Collection[UUID],
    start: datetime,
    end: datetime,
    *,
    room: str = "",
    without: Collection[UUID] = (),
) -> dict[UUID, Busy]:
    """When workers, and a room under NOWHERE, are taken. `without` names the meetings that are being moved."""
    found = await busy.busy_of(session, worker_ids, start, end, without=without)
    if room:
        async with beyond_the_wall(session):
            found[NOWHERE] = await _room(session, room, start, end, without)
    return found


@busy.fills_days
async def _meetings(
    session: AsyncSession, worker_ids: Collection[UUID], start: datetime, end: datetime, without: Collection[UUID]
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    found: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    listed = select(SittingItem.conference_id).where(SittingItem.removed_at.is_(None))
    for row in await session.execute(
        select(Invitee.worker_id, Conference.id, Conference.starts_at, Conference.ends_at)
        .join(Conference, Conference.id == Invitee.conference_id)
        .where(
            Invitee.worker_id.in_(worker_ids),
            Invitee.answer.not_in(NOT_COMING),
            Conference.state.in_(COMING),
            Conference.starts_at < end,
            Conference.ends_at > start,
            Conference.id.not_in(listed),
        )
    ):
        if row[1] not in without:
            found[row[0]].append((row[2], row[3]))
    for row in await session.execute(
        select(SittingMember.worker_id, Sitting.id, Sitting.starts_at, Sitting.ends_at)
        .join(Sitting, Sitting.id == SittingMember.sitting_id)
        .where(
            SittingMember.worker_id.in_(worker_ids),
            SittingMember.answer.not_in(NOT_COMING),
            Sitting.state == SittingState.scheduled.value,
            Sitting.starts_at < end,
            Sitting.ends_at > start,
        )
    ):
        if row[1] not in without:
            found[row[0]].append((row[2], row[3]))
    return found


async def _room(
    session: AsyncSession, room: str, start: datetime, end: datetime, without: Collection[UUID]
) -> list[tuple[datetime, datetime]]:
    """When a room is taken, by its name as it is written. What stands on a list takes it with its meeting."""
    found = []
    listed = select(SittingItem.conference_id).where(SittingItem.removed_at.is_(None))
    for table in (Conference, Sitting):
        asked_for = select(table.id, table.starts_at, table.ends_at).where(
            table.place == room, table.state.in_(COMING), table.starts_at < end, table.ends_at > start
        )
        rows = await session.execute(asked_for.where(table.id.not_in(listed)))
        found += [(starts_at, ends_at) for identity, starts_at, ends_at in rows if identity not in without]
    return found


# --- What is due --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DueOnCase:
    """A conference that is due, and on which case; or that is not needed, as somebody has said."""

    case: Case
    due: Due
    waived: ConferenceNotNeeded | None = None
    """Who said that it is not needed, when, and why."""

    @property
    def until(self) -> str:
        """How long it is not needed: until the clock is set off anew."""
        return f"until the next {lower_first(ConferenceKind(self.due.after).label)} is held"


async def due_for(
    session: AsyncSession, viewer: Viewer, kinds: dict[str, KindRules], *, case_id: UUID | None = None
) -> list[DueOnCase]:
    """What is due on the open cases that the viewer may see, or on one of them; the soonest first."""
    found = await clocks_for(session, viewer, kinds, case_ids=None if case_id is None else [case_id])
    return [one for one in found if one.waived is None]


async def clocks_for(
    session: AsyncSession, viewer: Viewer, kinds: dict[str, KindRules], *, case_ids: Collection[UUID] | None = None
) -> list[DueOnCase]:
    """The same with what is not needed, and why: on the open cases that the viewer may see, or on some of them."""
    mine = [visible_cases(viewer), Case.closed_at.is_(None)]
    if case_ids is not None:
        mine.append(Case.id.in_(case_ids))
    rows = await session.execute(
        select(Case, Conference.kind, Conference.starts_at, Conference.state)
        .join(Conference, Conference.case_id == Case.id)
        .where(*mine, Conference.state != ConferenceState.cancelled.value)
    )
    cases: dict[UUID, Case] = {}
    met: dict[UUID, list[Met]] = defaultdict(list)
    for case, kind, starts_at, state in rows:
        cases[case.id] = case
        met[case.id].append(Met(kind, starts_at, state == ConferenceState.closed))
    waived: dict[UUID, dict[str, ConferenceNotNeeded]] = defaultdict(dict)
    if cases:
        for row in await session.scalars(
            select(ConferenceNotNeeded)
            .where(ConferenceNotNeeded.case_id.in_(cases))
            .order_by(ConferenceNotNeeded.since, ConferenceNotNeeded.said_at)
        ):
            waived[row.case_id][row.kind] = row
    found = [
        DueOnCase(case, due, waived[identity][due.kind.code] if due.not_needed else None)
        for identity, case in cases.items()
        for due in clocks_of_case(
            met[identity],
            list(kinds.values()),
            red=case.rating == "red",
            waived={kind: row.since for kind, row in waived[identity].items()},
        )
    ]
    return sorted(found, key=lambda one: (one.due.due_at, one.case.reference, one.due.kind.code))


# --- Whose invitation ---------------------------------------------------------------------------------------------


async def asked(
    session: AsyncSession, asked_id: UUID
) -> tuple[Conference, Invitee] | tuple[Sitting, SittingMember] | None:
    """The invitation by its identity, with the meeting that it is to."""
    found = (
        await session.execute(
            select(Conference, Invitee)
            .join(Invitee, Invitee.conference_id == Conference.id)
            .where(Invitee.id == asked_id)
        )
    ).first()
    if found is not None:
        return found[0], found[1]
    listed = (
        await session.execute(
            select(Sitting, SittingMember)
            .join(SittingMember, SittingMember.sitting_id == Sitting.id)
            .where(SittingMember.id == asked_id)
        )
    ).first()
    return (listed[0], listed[1]) if listed is not None else None


async def of_entry(session: AsyncSession, entry_id: UUID, slot_at: datetime | None) -> Sequence[Conference | Sitting]:
    """The meetings that a calendar's UID names: one, one of a series, or every one of a series."""
    tables: tuple[type[Conference], type[Sitting]] = (Conference, Sitting)
    for table in tables:
        asked_for = select(table).where((table.id == entry_id) | (table.series_id == entry_id))
        if slot_at is not None:
            asked_for = asked_for.where(table.slot_at == slot_at)
        rows = (await session.scalars(asked_for.order_by(table.starts_at))).all()
        if rows:
            return list(rows)
    return []
