"""Clock work: telling guardians what waits for them, and disposing of what two people have confirmed."""

from hub import clock
from hub.cases.tables import Case
from hub.database import SessionMaker, transaction
from hub.errors import HubError
from hub.events.rules import HUB
from hub.retention import changes, queries

BATCH = 20


async def tell_guardians(maker: SessionMaker) -> int:
    """Tells the guardians of each agency that is due, one transaction each, and says how many letters were written."""
    async with transaction(maker) as session:
        await queries.set_rounds(session, clock.now())
    told = 0
    for _ in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            due = await queries.claim_round(session, at)
            if due is None:
                break
            told += await changes.tell_guardians(session, due, at=at)
    return told


async def dispose_confirmed(maker: SessionMaker) -> int:
    """Disposes of confirmed records, one transaction each, and says how many.

    One that something has come in the way of becomes a proposal again, so that the others do not wait for it.
    """
    done = 0
    for _ in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            disposal = await queries.claim_confirmed(session)
            if disposal is None:
                break
            case = await session.get_one(Case, disposal.case_id)
            try:
                async with session.begin_nested():
                    await changes.carry_out(session, disposal, case, by=HUB, at=at)
                done += 1
            except HubError as refusal:
                await session.refresh(disposal)
                await changes.set_back(session, disposal, because=refusal.sentence, at=at)
    return done
