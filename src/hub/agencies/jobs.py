"""Forgetting what is kept for a short time only."""

from datetime import timedelta

from sqlalchemy import literal

from hub import clock
from hub.agencies.queries import old_notes
from hub.database import SessionMaker, transaction

KEEP = timedelta(days=7)


async def forget_old(maker: SessionMaker) -> int:
    """Deletes form keys, tries to sign in and ended sessions that are a week old."""
    async with transaction(maker) as session:
        deleted = 0
        for statement in old_notes(clock.now() - KEEP):
            deleted += len((await session.execute(statement.returning(literal(1)))).all())
        return deleted
