"""Sealing each second, and signing every few: so that within five seconds a checkpoint has left the database."""

import asyncio

from hub import clock
from hub.config import settings
from hub.database import SessionMaker, transaction
from hub.ledger import changes, held

BATCHES = 20


async def seal_new(maker: SessionMaker) -> int:
    """Seals what was committed since the last tick, one transaction for each batch."""
    sealed = 0
    for _ in range(BATCHES):
        async with transaction(maker) as session:
            count = await changes.seal(session)
        sealed += count
        if count < changes.BATCH:
            break
    return sealed


async def sign_and_hold(maker: SessionMaker) -> int:
    """Signs where the ledger stands and writes it to the file outside the database; says how many were written."""
    async with transaction(maker) as session:
        newest = await changes.sign(session, at=clock.now())
    if newest is None:
        return 0
    return int(
        await asyncio.to_thread(
            held.hold, settings().held_checkpoints, size=newest.size, note=newest.note, made_at=newest.made_at
        )
    )
