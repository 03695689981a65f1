"""Sealing what happened, and signing where the ledger stands.

The leaf is made with the event, the tree later: a tree that grows inside each transaction would make every writer
wait for the slowest, and commits fell to a fifth of what they were when that was measured.
"""

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.leaves import leaf_of
from hub.events.tables import Event
from hub.ledger import notes, queries
from hub.ledger.rules import Tree, leaf_hash
from hub.ledger.tables import LedgerCheckpoint, LedgerLeaf

BATCH = 2000


def entry_hash(event: Event, leaf: str) -> str:
    """The hash under which an event is sealed: over its number, the moment it was written, and its leaf."""
    if event.recorded_at is None:
        raise ValueError("an event is sealed after it was written")
    return leaf_hash(f"{event.id}|{event.recorded_at.isoformat(timespec='microseconds')}|{leaf}".encode()).hex()


async def seal(session: AsyncSession) -> int:
    """Gives every committed event its place in the tree, up to a batch, and says how many; nothing if another seals.

    Numbers of events are given before commit, so "all after the last number" would pass over whoever commits late.
    Instead the head remembers the oldest transaction that could still commit: everything before it is sealed, and
    everything since is looked through again. A restored database counts its transactions anew; then all are looked
    through once.
    """
    if not await queries.may_seal(session):
        return 0
    head = await queries.head(session)
    oldest = await queries.oldest_running(session)
    since = head.sealed_before if head.sealed_before <= oldest else 0
    events = await queries.unsealed(session, since_transaction=since, limit=BATCH)
    tree = Tree(head.size, [bytes.fromhex(part) for part in head.frontier])
    places = []
    for event in events:
        sealed = entry_hash(event, leaf_of(event))
        tree.append(bytes.fromhex(sealed))
        places.append({"sequence": tree.size, "event_id": event.id, "leaf": sealed})
    if places:
        await session.execute(insert(LedgerLeaf), places)
        head.size, head.frontier = tree.size, [part.hex() for part in tree.frontier]
    if len(places) < BATCH:
        head.sealed_before = oldest
    return len(places)


async def sign(session: AsyncSession, *, at: datetime) -> LedgerCheckpoint | None:
    """Signs where the ledger stands, if it has grown since the last checkpoint; returns the newest checkpoint."""
    newest = await queries.newest_checkpoint(session)
    if not await queries.may_seal(session):
        return newest
    head = await queries.head(session)
    newest = await queries.newest_checkpoint(session)
    if head.size == 0 or (newest is not None and newest.size >= head.size):
        return newest
    root = Tree(head.size, [bytes.fromhex(part) for part in head.frontier]).root
    made = LedgerCheckpoint(size=head.size, note=notes.signed(head.size, root), made_at=at)
    session.add(made)
    await session.flush()
    return made
