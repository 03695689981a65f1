"""Asking the ledger. Who may see an answer is decided by the room that asks."""

from collections.abc import Collection, Sequence
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


async def last_event_id(session: AsyncSession) -> int:
    return await session.scalar(select(func.coalesce(func.max(Event.id), 0))) or 0
