"""Reminding before and after the day of an action: what is due stands in a table, any number of processes may look."""

from hub import clock
from hub.actions.rules import Rung
from hub.chasing import changes
from hub.database import SessionMaker, transaction
from hub.notices.queries import claim_reminder_of

BATCH = 100
KINDS = tuple(rung.value for rung in Rung)


async def chase_actions(maker: SessionMaker) -> int:
    """Handles the reminders of actions that are due, one transaction each, and says how many."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            reminder = await claim_reminder_of(session, KINDS, at)
            if reminder is None:
                return count
            await changes.remind(session, reminder, at=at)
    return BATCH
