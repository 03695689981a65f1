"""Loading the demonstration: an invented partnership, its families and their history, told again from today.

Everything goes through the same changes as people make, in the order in which it happened, so that the ledger, the
clocks and the boards hold what they would hold if the work had been done here.
"""

from sqlalchemy.ext.asyncio import AsyncSession

import hub.deciding  # noqa: F401 - opens the room that keeps the register of what is decided between meetings
from hub import clock
from hub.seeding.families import tales
from hub.seeding.gatherings import gather
from hub.seeding.hands import hands
from hub.seeding.partnership import FOUNDED, Loaded, load_partnership, read
from hub.seeding.rooms import hold
from hub.seeding.scrutinising import scrutinise
from hub.seeding.settling import settle
from hub.seeding.telling import tell

__all__ = ["Loaded", "load", "load_partnership", "read"]


async def load(session: AsyncSession) -> Loaded:
    """Loads everything into an empty Hub."""
    now = clock.now()
    loaded = Loaded()
    await load_partnership(session, loaded, read("partnership.yaml"), at=now - FOUNDED)
    told = tales(session, loaded, now=now)
    await tell(session, told)
    await gather(session, loaded, told, now=now)
    await hold(session, told, now=now)
    await hands(session, loaded, now=now)
    await scrutinise(told, now=now)
    await settle(session, told, now=now)
    cases = sum(tale.case is not None for tale in told)
    loaded.words = (
        f"Loaded {len(loaded.agencies)} agencies, {len(loaded.workers)} workers and {len(told)} families "
        f"with {cases} cases."
    )
    return loaded
