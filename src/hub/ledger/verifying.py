"""Walking the whole ledger: every leaf from its event's row, every place, the tree, every checkpoint that is held."""

from collections.abc import AsyncIterator, Collection
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.leaves import leaf_of
from hub.ledger import held, notes, queries
from hub.ledger.changes import entry_hash
from hub.ledger.queries import Sealed
from hub.ledger.rules import Broken, Entry, Held, Walk

PAGE = 2000


def entry_of(sealed: Sealed) -> Entry:
    """A sealed leaf beside what its event says today."""
    leaf, event = sealed
    if event is None:
        return Entry(leaf.sequence, leaf.event_id, leaf.leaf, None)
    today = leaf_of(event)
    return Entry(leaf.sequence, leaf.event_id, leaf.leaf, entry_hash(event, today), event.leaf in ("", today))


class _Ahead:
    """The next checkpoint of a source, one at a time: the source's own order is checked as it is read."""

    def __init__(self, source: AsyncIterator[Held]) -> None:
        self._source = source
        self.next: Held | None = None

    async def step(self) -> None:
        before = self.next
        self.next = await anext(self._source, None)
        if before is not None and self.next is not None and self.next.size < before.size:
            raise Broken(f"{self.next.where} holds a checkpoint of {self.next.size} entries after one of {before.size}")


async def _kept(session: AsyncSession, keys: Collection[bytes]) -> AsyncIterator[Held]:
    size = -1
    while page := await queries.checkpoints_after(session, size, limit=PAGE):
        for size, note in page:
            yield _opened(note, keys, f"the Hub’s checkpoint {size}", size)


async def _outside(path: Path, keys: Collection[bytes]) -> AsyncIterator[Held]:
    for note, where in held.read(path):
        yield _opened(note, keys, where, None)


def _opened(note: str, keys: Collection[bytes], where: str, size: int | None) -> Held:
    try:
        said = notes.opened(note, keys)
    except notes.BadNote as problem:
        raise Broken(f"{where} {problem}") from None
    if size is not None and said.size != size:
        raise Broken(f"{where} says {said.size}")
    return Held(said.size, said.root, where)


async def verify(session: AsyncSession, *, file: Path | None, keys: Collection[bytes]) -> Walk:
    """Walks the ledger as it is at this moment, in constant memory. Raises Broken with the first broken entry.

    `file` holds checkpoints outside the database; `keys` are public keys that signed before HUB_SECRET_KEY was
    changed, beside today's.
    """
    await queries.read_as_one(session)
    known = [notes.public_key(), *keys]
    sources = [_Ahead(_kept(session, known))]
    if file is not None:
        sources.append(_Ahead(_outside(file, known)))
    for source in sources:
        await source.step()
    walk = Walk()
    while page := await queries.sealed_after(session, walk.tree.size, limit=PAGE):
        for sealed in page:
            walk.take(entry_of(sealed))
            for source in sources:
                while source.next is not None and source.next.size == walk.tree.size:
                    walk.meet(source.next)
                    await source.step()
        session.expunge_all()
    walk.end([source.next for source in reversed(sources) if source.next is not None])
    stray = await queries.passed_over(session)
    if stray is not None:
        raise Broken(f"event {stray} stands beside the ledger: it was put in without being sealed")
    return walk
