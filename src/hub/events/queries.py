"""Asking the ledger. Who may see an answer is decided by the room that asks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.rules import Kind
from hub.events.tables import Event


async def event_by_id(session: AsyncSession, event_id: int) -> Event | None:
    return await session.get(Event, event_id)


async def of_case(
    session: AsyncSession, case_id: UUID, *, agency_id: UUID, before: int | None, limit: int, looks: Collection[Kind]
) -> Sequence[Event]:
    """A case's events, newest first, that a member agency may know of; looks only of the kinds asked for."""
    asked = (
        select(Event)
        .where(Event.case_id == case_id)
        .where(or_(Event.only_agencies.is_(None), Event.only_agencies.contains([agency_id])))
        .where(Event.kind.in_([kind.value for kind in looks]))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(Event.id < before)
    return (await session.scalars(asked)).all()


async def newest_of_kinds(
    session: AsyncSession,
    case_id: UUID,
    kinds: Collection[Kind],
    *,
    worker_id: UUID | None = None,
    before: datetime | None = None,
) -> int:
    """The number of a case's newest event of some kinds, of one worker's or from before a moment if given; 0 for none."""
    asked = select(func.coalesce(func.max(Event.id), 0)).where(
        Event.case_id == case_id, Event.kind.in_([kind.value for kind in kinds])
    )
    if worker_id is not None:
        asked = asked.where(Event.worker_id == worker_id)
    if before is not None:
        asked = asked.where(Event.at < before)
    return await session.scalar(asked) or 0


async def count_after(
    session: AsyncSession, case_id: UUID, kinds: Collection[Kind], *, after: int, agency_id: UUID
) -> int:
    """How many events of some kinds a case has after a number, of those that a member agency may know of."""
    return (
        await session.scalar(
            select(func.count()).where(
                Event.case_id == case_id,
                Event.kind.in_([kind.value for kind in kinds]),
                Event.id > after,
                or_(Event.only_agencies.is_(None), Event.only_agencies.contains([agency_id])),
            )
        )
    ) or 0


async def of_kinds(
    session: AsyncSession, case_id: UUID, kinds: Collection[Kind], *, agency_id: UUID
) -> Sequence[Event]:
    """A case's events of some kinds, the oldest first, that a member agency may know of."""
    return (
        await session.scalars(
            select(Event)
            .where(
                Event.case_id == case_id,
                Event.kind.in_([kind.value for kind in kinds]),
                or_(Event.only_agencies.is_(None), Event.only_agencies.contains([agency_id])),
            )
            .order_by(Event.id)
        )
    ).all()


async def counted_since(
    session: AsyncSession, case_id: UUID, kinds: Collection[Kind], *, since: datetime, agency_id: UUID, but: UUID
) -> dict[tuple[str, UUID | None], int]:
    """How many events of each kind each agency has made on a case since a moment, leaving out one worker's own."""
    rows = await session.execute(
        select(Event.kind, Event.agency_id, func.count())
        .where(
            Event.case_id == case_id,
            Event.kind.in_([kind.value for kind in kinds]),
            Event.at > since,
            or_(Event.worker_id.is_(None), Event.worker_id != but),
            or_(Event.only_agencies.is_(None), Event.only_agencies.contains([agency_id])),
        )
        .group_by(Event.kind, Event.agency_id)
    )
    return {(kind, agency): count for kind, agency, count in rows}


async def last_event_id(session: AsyncSession) -> int:
    return await session.scalar(select(func.coalesce(func.max(Event.id), 0))) or 0
