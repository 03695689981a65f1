"""Giving back what was handed over for a time, on the day when whoever was away is back: once, whoever runs the clock."""

from hub import clock
from hub.database import SessionMaker, transaction
from hub.events.rules import HUB
from hub.handovers import changes, queries
from hub.london import london

BATCH = 50


async def return_due(maker: SessionMaker) -> int:
    """Gives back each handover whose day has come, one transaction each, and says how many."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            found = await queries.claim_to_return(session, london(at).date())
            if found is None:
                return count
            await changes.give_back(session, found, by=HUB, at=at)
    return BATCH
