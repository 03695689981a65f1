"""What is left to do when the history is told: nothing from the past may go out, or be looked at, as if it were new."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.changes import note_look
from hub.seeding.days import pick
from hub.seeding.tale import Tale

# No change stands for these: no worker ever does them.
PAST = (
    # Letters of the past count as sent.
    "UPDATE notice SET sent_at = written_at, attempts = 1 WHERE sent_at IS NULL AND written_at <= :now",
    # Reminders of the past count as done.
    "UPDATE reminder SET done_at = due_at, dropped_because = 'it was before this Hub was started' "
    "WHERE done_at IS NULL AND due_at <= :now",
    # What is over can clash with nothing. What is still to come is left for the clash rules to find.
    "UPDATE intervention SET checked_at = :now WHERE status IN ('done', 'cancelled', 'missed')",
)
UNSEEN_ONE_IN = 5
LOOKED_WITHIN_HOURS = 150
OFTEN_HERE = ("amina.yusuf", "sam.okafor", "grace.adeyemi", "marcus.bell", "helen.marsh", "rosa.lind")
"""Those who look through their agency's whole board."""


async def settle(session: AsyncSession, tales: Sequence[Tale], *, now: datetime) -> None:
    """Closes the past, and lets the people to ring have looked at most of their cases in the last days."""
    await session.flush()
    for statement in PAST:
        await session.execute(text(statement), {"now": now})
    for tale in tales:
        if tale.case is not None:
            await _look(session, tale, now)


async def _look(session: AsyncSession, tale: Tale, now: datetime) -> None:
    """Some have looked at the case and some have not, so that “new to you” means something."""
    told = tale.told["case"]
    often = [login for login in OFTEN_HERE if tale.worker(login).agency_id in tale.circle]
    for login in dict.fromkeys([told["accountable"], *told["circle"].values(), *often]):
        key = f"look {tale.key} {login}"
        if pick(key, UNSEEN_ONE_IN):
            at = now - timedelta(hours=1 + pick(f"{key} at", LOOKED_WITHIN_HOURS))
            await note_look(session, worker_id=tale.worker(login).id, case_id=tale.open_case.id, at=at)
