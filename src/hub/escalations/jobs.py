"""Climbing by itself when a step's time has run out: exactly once, however many processes look."""

from hub import clock
from hub.agencies.queries import partnership
from hub.database import SessionMaker, transaction
from hub.escalations import changes, queries
from hub.escalations.rules import Rung

BATCH = 100


async def climb_due(maker: SessionMaker) -> int:
    """Moves each disagreement whose time has run out one step up, one transaction each, and says how many."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            escalation = await queries.claim_due(session, at)
            if escalation is None:
                return count
            step = (await queries.steps(session, [escalation.id]))[escalation.id][-1]
            if Rung(step.step).next is None:
                await changes.tell_late(session, escalation, step, at=at)
            else:
                clocks = (await partnership(session)).clocks
                await changes.climb(session, escalation, step, clocks=clocks, at=at)
    return BATCH
