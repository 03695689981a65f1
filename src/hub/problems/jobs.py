"""Showing framings whose time is over, or whose circle has nobody left to wait for."""

from hub import clock
from hub.database import SessionMaker, transaction
from hub.problems import changes, queries

BATCH = 100


async def reveal_due(maker: SessionMaker) -> int:
    """Shows the rounds that are due, one transaction each, and says how many: open pages then hear of it."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            due = await queries.claim_due_round(session, at)
            if due is None:
                return count
            await changes.reveal(session, due, at=at)
    return BATCH
