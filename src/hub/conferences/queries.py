"""Finding conferences and who is invited."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.queries import accountable_for
from hub.cases.tables import Case
from hub.conferences.rules import LONGEST, ConferenceState
from hub.conferences.tables import Conference, Invitee
from hub.errors import NotFound
from hub.ids import from_ref
from hub.sharing import scope
from hub.sharing.rules import Viewer

COMING = (ConferenceState.scheduled.value, ConferenceState.open.value)


async def access_conference(session: AsyncSession, viewer: Viewer, ref: str) -> Conference:
    """The conference at an address, if this worker may see its case. Raises NotFound."""
    conference = await session.scalar(
        select(Conference).where(Conference.id == from_ref(ref), scope.case_opens(viewer, Conference.case_id))
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


async def being_held(session: AsyncSession, case_id: UUID, at: datetime) -> Conference | None:
    """The conference of a case that is being held. One that nobody closed is over when the longest would be."""
    return await session.scalar(
        select(Conference)
        .where(
            Conference.case_id == case_id,
            Conference.state == ConferenceState.open.value,
            Conference.opened_at > at - LONGEST,
        )
        .order_by(Conference.opened_at.desc())
        .limit(1)
    )


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
    conditions = [scope.case_opens(viewer, Conference.case_id)]
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
            scope.case_opens(viewer, Conference.case_id),
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
                scope.case_opens(viewer, Conference.case_id),
                Conference.state.in_(COMING),
                Conference.starts_at >= start,
                Conference.starts_at < end,
            )
        )
    ) or 0


async def overseer_of(session: AsyncSession, case_id: UUID, at: datetime) -> UUID | None:
    """Who is told of what goes wrong between agencies: the chair of the next conference, else of the last one, else
    whoever answers for the case."""
    coming = (await next_of(session, [case_id], at)).get(case_id)
    if coming is not None:
        return coming.chair_id
    last = await session.scalar(
        select(Conference.chair_id)
        .where(Conference.case_id == case_id, Conference.state == ConferenceState.closed.value)
        .order_by(Conference.starts_at.desc())
        .limit(1)
    )
    if last is not None:
        return last
    named = await accountable_for(session, "case", case_id)
    return named.worker_id if named else None
