"""Asking the sealed ledger."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import exists, func, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.tables import Event
from hub.ledger.tables import LedgerCheckpoint, LedgerHead, LedgerLeaf

ONE_SEALER = 0x4C454447
"""The advisory lock of whoever seals."""


async def may_seal(session: AsyncSession) -> bool:
    """Whether this transaction is the one that seals now; at its end another may."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(ONE_SEALER))))


async def head(session: AsyncSession) -> LedgerHead:
    """Where the sealer stands, as the last sealer committed it."""
    found = await session.get(LedgerHead, 1, populate_existing=True)
    if found is None:
        found = LedgerHead()
        session.add(found)
        await session.flush()
    return found


async def oldest_running(session: AsyncSession) -> int:
    """The oldest transaction that could still commit: whatever is older has been decided."""
    return int(
        await session.scalar(select(literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))) or 0
    )


async def unsealed(session: AsyncSession, *, since_transaction: int, limit: int) -> Sequence[Event]:
    """Committed events that have no place yet, of this transaction or a later one, in their order."""
    return (
        await session.scalars(
            select(Event)
            .where(Event.transaction_id >= since_transaction)
            .where(~exists().where(LedgerLeaf.event_id == Event.id))
            .order_by(Event.id)
            .limit(limit)
        )
    ).all()


async def passed_over(session: AsyncSession) -> int | None:
    """An event that the sealer should have sealed and did not: somebody put it there behind the Hub's back."""
    return await session.scalar(
        select(func.min(Event.id))
        .where(Event.transaction_id < select(LedgerHead.sealed_before).scalar_subquery())
        .where(~exists().where(LedgerLeaf.event_id == Event.id))
    )


async def newest_checkpoint(session: AsyncSession) -> LedgerCheckpoint | None:
    return await session.scalar(select(LedgerCheckpoint).order_by(LedgerCheckpoint.size.desc()).limit(1))


async def checkpoints_after(session: AsyncSession, size: int, *, limit: int) -> list[tuple[int, str]]:
    """The sizes and notes of the checkpoints of more than `size` entries, the smallest first."""
    rows = await session.execute(
        select(LedgerCheckpoint.size, LedgerCheckpoint.note)
        .where(LedgerCheckpoint.size > size)
        .order_by(LedgerCheckpoint.size)
        .limit(limit)
    )
    return [(row.size, row.note) for row in rows]


class Sealed(NamedTuple):
    """A leaf with its event, which should be there."""

    leaf: LedgerLeaf
    event: Event | None


async def sealed_after(session: AsyncSession, sequence: int, *, limit: int) -> list[Sealed]:
    """Sealed entries after one, in their order, each with the event as it stands today."""
    rows = await session.execute(
        select(LedgerLeaf, Event)
        .outerjoin(Event, Event.id == LedgerLeaf.event_id)
        .where(LedgerLeaf.sequence > sequence)
        .order_by(LedgerLeaf.sequence)
        .limit(limit)
    )
    return [Sealed(*row) for row in rows]


async def read_as_one(session: AsyncSession) -> None:
    """Makes the rest of this transaction see one moment of the ledger, and lets it take its time."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    await session.execute(text("SET LOCAL statement_timeout = 0"))
