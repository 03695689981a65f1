"""Forgetting drafts that nobody came back to."""

from sqlalchemy import literal

from hub import clock
from hub.database import SessionMaker, transaction
from hub.drafts.queries import old_drafts
from hub.drafts.rules import KEEP


async def forget_drafts(maker: SessionMaker) -> int:
    """Deletes drafts that are thirty days old, and what is left of those that were sent."""
    async with transaction(maker) as session:
        statement = old_drafts(clock.now() - KEEP).returning(literal(1))
        return len((await session.execute(statement)).all())
