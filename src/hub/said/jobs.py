"""Telling the chair of spoken words that stay unconfirmed: once each, whoever runs the clock."""

from hub import clock
from hub.database import SessionMaker, transaction
from hub.said import changes, queries

BATCH = 100


async def chase_unconfirmed(maker: SessionMaker) -> int:
    """Chases what is past its day, one transaction each, and says how many."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            spoken = await queries.claim_unconfirmed(session, at)
            if spoken is None:
                return count
            await changes.chase(session, spoken, at=at)
    return BATCH
