"""Forgetting the files that agencies brought in: what was confirmed stands in the register, and nobody needs the rest."""

from datetime import timedelta

from hub import clock
from hub.database import SessionMaker, transaction
from hub.interventions.sent import forgetting_files

KEPT = timedelta(days=30)
"""As long as a draft."""


async def forget_files(maker: SessionMaker) -> int:
    """Empties the files that are thirty days old; that they were brought in, by whom and how many rows, stays."""
    async with transaction(maker) as session:
        at = clock.now()
        return len((await session.execute(forgetting_files(at - KEPT, at))).all())
