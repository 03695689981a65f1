"""Asking for the calendars of agencies that the Hub reads, and which is read next."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.calendars.rules import FeedState
from hub.calendars.tables import WorkerCalendar
from hub.ids import from_ref, ref
from hub.sealing import mark, mark_is_right

PURPOSE = "calendar-feed"


async def calendar_of(session: AsyncSession, worker_id: UUID) -> WorkerCalendar | None:
    return await session.get(WorkerCalendar, worker_id)


async def calendars_of(session: AsyncSession, worker_ids: Collection[UUID]) -> dict[UUID, WorkerCalendar]:
    if not worker_ids:
        return {}
    rows = await session.scalars(select(WorkerCalendar).where(WorkerCalendar.worker_id.in_(worker_ids)))
    return {row.worker_id: row for row in rows}


def state_of(calendar: WorkerCalendar | None) -> FeedState:
    """How current a worker's feed is."""
    if calendar is None:
        return FeedState(False, None, "")
    return FeedState(calendar.address is not None, calendar.fetched_at, calendar.failure)


def feed_times(calendar: WorkerCalendar | None) -> list[tuple[datetime, datetime]]:
    """The busy times that a worker's feed told of when it was last read."""
    times = calendar.busy.get("times", []) if calendar is not None and calendar.address is not None else []
    return [(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)) for start, end in times]


async def claim_feed(session: AsyncSession, at: datetime) -> WorkerCalendar | None:
    """One calendar that is due to be read, held until the transaction ends."""
    return await session.scalar(
        select(WorkerCalendar)
        .where(WorkerCalendar.address.is_not(None), WorkerCalendar.read_at <= at)
        .order_by(WorkerCalendar.read_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def token_of(worker_id: UUID, version: int) -> str:
    """What stands in the address that a worker subscribes to: whose it is, signed; nothing of it is kept."""
    return f"{ref(worker_id)}{mark(PURPOSE, ref(worker_id), str(version))}"


async def whose(session: AsyncSession, token: str) -> UUID | None:
    """Whose calendar a token opens; None for one that was never given or has been reset."""
    if len(token) != 58 or not token.isascii() or not token.isalnum():
        return None
    worker_id = from_ref(token[:26])
    calendar = await session.get(WorkerCalendar, worker_id)
    version = calendar.token_version if calendar else 1
    return worker_id if mark_is_right(token[26:], PURPOSE, token[:26], str(version)) else None
