"""Giving the Hub one's agency's calendar, taking it back, and what was read from it."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.calendars import queries
from hub.calendars.rules import next_read
from hub.calendars.tables import WorkerCalendar
from hub.events.changes import record
from hub.events.rules import HUB, Actor, Kind
from hub.sealing import seal, unseal

BUSY: dict[str, list[list[int]]] = {"times": []}


def _seal_of(worker_id: UUID) -> str:
    return f"worker_calendar:{worker_id.hex}:address"


async def _own(session: AsyncSession, worker_id: UUID) -> WorkerCalendar:
    found = await queries.calendar_of(session, worker_id)
    if found is None:
        found = WorkerCalendar(worker_id=worker_id, busy=BUSY)
        session.add(found)
        await session.flush()
    return found


async def give_feed(session: AsyncSession, worker_id: UUID, address: str, *, by: Actor, at: datetime) -> WorkerCalendar:
    """Sets the address of a worker's own calendar; it is read within a minute. An empty one takes it back."""
    calendar = await _own(session, worker_id)
    calendar.address = seal(address.encode(), belongs_to=_seal_of(worker_id)) if address else None
    calendar.host = urlsplit(address).hostname or "" if address else ""
    calendar.busy, calendar.etag, calendar.fetched_at = BUSY, "", None
    calendar.failures, calendar.failure = 0, ""
    calendar.read_at = at if address else None
    await record(session, Kind.calendar_given if address else Kind.calendar_taken_back, by=by, at=at, worker=worker_id)
    return calendar


async def reset_token(session: AsyncSession, worker_id: UUID, *, by: Actor, at: datetime) -> None:
    """Makes a new address to subscribe to; the old one is dead at once."""
    calendar = await _own(session, worker_id)
    calendar.token_version += 1
    await record(session, Kind.calendar_address_reset, by=by, at=at, worker=worker_id)


def address_of(calendar: WorkerCalendar) -> str:
    """The address of the feed, unsealed."""
    sealed = calendar.address or b""
    return unseal(sealed, belongs_to=_seal_of(calendar.worker_id)).decode()


async def keep_busy(
    session: AsyncSession,
    calendar: WorkerCalendar,
    times: Sequence[tuple[datetime, datetime]] | None,
    *,
    etag: str,
    at: datetime,
) -> None:
    """Keeps what was read; None when it had not changed."""
    if times is not None:
        calendar.busy = {"times": [[int(start.timestamp()), int(end.timestamp())] for start, end in times]}
        calendar.etag = etag
    mended = calendar.failures > 0 or calendar.fetched_at is None
    calendar.fetched_at, calendar.failures, calendar.failure = at, 0, ""
    calendar.read_at = next_read(0, at)
    if mended:
        await record(session, Kind.calendar_fetched, by=HUB, at=at, worker=calendar.worker_id)


async def note_failure(session: AsyncSession, calendar: WorkerCalendar, why: str, *, at: datetime) -> None:
    """Notes that a feed could not be read; what was read before is kept, and shown as old."""
    calendar.failures += 1
    calendar.failure = why[:200]
    calendar.read_at = next_read(calendar.failures, at)
    if calendar.failures == 1:
        await record(session, Kind.calendar_failed, by=HUB, at=at, worker=calendar.worker_id)
