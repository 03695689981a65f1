"""Telling agencies whose time has run out: once each, whoever runs the clock."""

from hub import clock
from hub.database import SessionMaker, transaction
from hub.requests import changes, queries

BATCH = 100


async def tell_overdue(maker: SessionMaker) -> int:
    """Tells each agency that is past its time, one transaction each, and says how many."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            found = await queries.claim_overdue(session, at)
            if found is None:
                return count
            await changes.tell_overdue(session, *found, at=at)
    return BATCH
