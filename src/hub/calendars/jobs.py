"""Reading the calendars that are due: the row is claimed first, the reading holds no transaction."""

import asyncio
from datetime import timedelta

from hub import clock
from hub.calendars import changes, queries
from hub.calendars.feeds import UnreadableFeed, busy_times
from hub.calendars.rules import SHOWN_FOR
from hub.database import SessionMaker, transaction
from hub.outside.fetching import CannotFetch, Fetched, fetch
from hub.sealing import BrokenSeal

BATCH = 20
CLAIMED_FOR = timedelta(minutes=5)
"""If this process dies while reading, another reads the calendar after this."""


async def read_feeds(maker: SessionMaker) -> int:
    """Reads the calendars that are due, and says how many."""
    for count in range(BATCH):
        at = clock.now()
        async with transaction(maker) as session:
            calendar = await queries.claim_feed(session, at)
            if calendar is None:
                return count
            calendar.read_at = at + CLAIMED_FOR
            worker_id, sealed, etag = calendar.worker_id, calendar.address, calendar.etag
            try:
                address = changes.address_of(calendar)
            except BrokenSeal:
                address = ""
        got: Fetched | None = None
        times, why = None, ""
        try:
            got = await fetch(address, etag=etag, accept="text/calendar")
            if got.text is not None:
                times = await asyncio.to_thread(busy_times, got.text, at - timedelta(days=1), at + SHOWN_FOR)
        except (CannotFetch, UnreadableFeed) as problem:
            got, why = None, str(problem)
        async with transaction(maker) as session:
            calendar = await queries.calendar_of(session, worker_id)
            if calendar is None or calendar.address != sealed:
                continue  # taken back or changed while it was being read
            if got is None:
                await changes.note_failure(session, calendar, why, at=clock.now())
            else:
                await changes.keep_busy(session, calendar, times, etag=got.etag, at=clock.now())
    return BATCH
