"""Asking for conferences, decisions, positions and actions."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.tables import Accountability, Case
from hub.conferences.rules import ActionState, ConferenceState
from hub.conferences.tables import Action, Conference, Decision, Invitee, Position
from hub.errors import NotFound
from hub.ids import from_ref
from hub.sharing import scope
from hub.sharing.rules import Viewer

COMING = (ConferenceState.scheduled.value, ConferenceState.open.value)


async def access_conference(session: AsyncSession, viewer: Viewer, ref: str) -> Conference:
    """The conference at an address, if this worker may see its case. Raises NotFound."""
    conference = await session.scalar(
        select(Conference).where(Conference.id == from_ref(ref), scope.in_circle(viewer, Conference.case_id))
    )
    if conference is None:
        raise NotFound
    return conference


async def conference_by_id(session: AsyncSession, conference_id: UUID) -> Conference | None:
    return await session.get(Conference, conference_id)


async def invitees(session: AsyncSession, conference_ids: Collection[UUID]) -> dict[UUID, list[Invitee]]:
    found: dict[UUID, list[Invitee]] = defaultdict(list)
    if conference_ids:
        for row in await session.scalars(select(Invitee).where(Invitee.conference_id.in_(conference_ids))):
            found[row.conference_id].append(row)
    return found


async def invitee(session: AsyncSession, conference_id: UUID, worker_id: UUID) -> Invitee | None:
    return await session.scalar(
        select(Invitee).where(Invitee.conference_id == conference_id, Invitee.worker_id == worker_id)
    )


async def of_case(session: AsyncSession, case_id: UUID) -> Sequence[Conference]:
    """A case's conferences, the newest first. The caller has asked for the case."""
    return (
        await session.scalars(
            select(Conference).where(Conference.case_id == case_id).order_by(Conference.starts_at.desc())
        )
    ).all()


async def next_of(session: AsyncSession, case_ids: Collection[UUID], at: datetime) -> dict[UUID, Conference]:
    """The next conference of each of several cases: the one that is open, or the earliest that lies ahead."""
    if not case_ids:
        return {}
    rows = await session.scalars(
        select(Conference)
        .where(Conference.case_id.in_(case_ids), Conference.state.in_(COMING), Conference.ends_at >= at)
        .order_by(Conference.case_id, Conference.starts_at)
        .ext(distinct_on(Conference.case_id))
    )
    return {row.case_id: row for row in rows}


async def visible_conferences(
    session: AsyncSession, viewer: Viewer, *, show: str, mine: bool, at: datetime, limit: int, offset: int
) -> tuple[list[tuple[Conference, Case]], int]:
    """Conferences that this worker may see: coming (the next first) or past (the newest first)."""
    conditions = [scope.in_circle(viewer, Conference.case_id)]
    if show == "past":
        conditions.append(Conference.state.in_([ConferenceState.closed.value, ConferenceState.cancelled.value]))
    else:
        conditions.append(Conference.state.in_(COMING))
    if mine:
        conditions.append(Conference.id.in_(select(Invitee.conference_id).where(Invitee.worker_id == viewer.worker_id)))
    asked = select(Conference, Case).join(Case, Case.id == Conference.case_id).where(*conditions)
    total = await session.scalar(select(func.count()).select_from(asked.subquery()))
    order = Conference.starts_at.desc() if show == "past" else Conference.starts_at
    rows = await session.execute(asked.order_by(order, Conference.id).limit(limit).offset(offset))
    return [(conference, case) for conference, case in rows], total or 0


async def invited_to(session: AsyncSession, viewer: Viewer, at: datetime) -> list[tuple[Conference, Invitee]]:
    """The conferences ahead to which a worker is invited, the next first."""
    rows = await session.execute(
        select(Conference, Invitee)
        .join(Invitee, Invitee.conference_id == Conference.id)
        .where(
            Invitee.worker_id == viewer.worker_id,
            Conference.state.in_(COMING),
            Conference.ends_at >= at,
            scope.in_circle(viewer, Conference.case_id),
        )
        .order_by(Conference.starts_at)
    )
    return [(conference, row) for conference, row in rows]


async def count_between(session: AsyncSession, viewer: Viewer, start: datetime, end: datetime) -> int:
    return (
        await session.scalar(
            select(func.count())
            .select_from(Conference)
            .where(
                scope.in_circle(viewer, Conference.case_id),
                Conference.state.in_(COMING),
                Conference.starts_at >= start,
                Conference.starts_at < end,
            )
        )
    ) or 0


# --- Decisions and actions --------------------------------------------------------------------------------------


async def decisions_of_case(session: AsyncSession, case_id: UUID, limit: int = 100) -> Sequence[Decision]:
    """A case's decisions, the newest first. The caller has asked for the case."""
    return (
        await session.scalars(
            select(Decision).where(Decision.case_id == case_id).order_by(Decision.decided_at.desc()).limit(limit)
        )
    ).all()


async def decisions_of(session: AsyncSession, conference_id: UUID) -> Sequence[Decision]:
    return (
        await session.scalars(
            select(Decision).where(Decision.conference_id == conference_id).order_by(Decision.decided_at)
        )
    ).all()


async def access_decision(session: AsyncSession, viewer: Viewer, ref: str) -> Decision:
    decision = await session.scalar(
        select(Decision).where(Decision.id == from_ref(ref), scope.in_circle(viewer, Decision.case_id))
    )
    if decision is None:
        raise NotFound
    return decision


async def positions(session: AsyncSession, decision_ids: Collection[UUID]) -> dict[UUID, list[Position]]:
    """Every position on several decisions, in the order in which they were stated; superseded ones too."""
    found: dict[UUID, list[Position]] = defaultdict(list)
    if decision_ids:
        for row in await session.scalars(
            select(Position).where(Position.decision_id.in_(decision_ids)).order_by(Position.stated_at)
        ):
            found[row.decision_id].append(row)
    return found


async def access_action(session: AsyncSession, viewer: Viewer, ref: str) -> Action:
    action = await session.scalar(
        select(Action).where(Action.id == from_ref(ref), scope.in_circle(viewer, Action.case_id))
    )
    if action is None:
        raise NotFound
    return action


async def actions_of_case(session: AsyncSession, case_id: UUID) -> Sequence[Action]:
    """A case's actions: open ones by due day, then the finished, the newest first."""
    return (
        await session.scalars(
            select(Action)
            .where(Action.case_id == case_id)
            .order_by(Action.state != ActionState.open.value, Action.finished_at.desc().nulls_first(), Action.due_on)
        )
    ).all()


async def actions_of(session: AsyncSession, conference_id: UUID) -> Sequence[Action]:
    return (
        await session.scalars(select(Action).where(Action.conference_id == conference_id).order_by(Action.assigned_at))
    ).all()


async def actions_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Action]:
    if not ids:
        return {}
    return {row.id: row for row in await session.scalars(select(Action).where(Action.id.in_(ids)))}


async def owners(session: AsyncSession, action_ids: Collection[UUID]) -> dict[UUID, Accountability]:
    """Who answers, or answered last, for each of several actions: finished ones keep their owner."""
    if not action_ids:
        return {}
    rows = await session.scalars(
        select(Accountability)
        .where(Accountability.subject_type == "action", Accountability.subject_id.in_(action_ids))
        .order_by(Accountability.given_at)
    )
    return {row.subject_id: row for row in rows}
