"""The law of the sealed ledger: a Merkle tree as in RFC 6962, and what makes a ledger whole.

A chain of hashes alone sees an edit, but not a tail cut off nor a whole history written anew with fresh hashes; a
checkpoint that somebody else holds sees both. So the walk below compares every checkpoint that it is given.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf (RFC 6962, 2.1): its prefix keeps a leaf from being taken for a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Tree:
    """A Merkle tree that only grows. It keeps the roots of its whole subtrees, largest first: as many as bits are set."""

    size: int = 0
    frontier: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Adds the hash of one more leaf."""
        self.frontier.append(leaf)
        size = self.size
        while size & 1:
            right = self.frontier.pop()
            self.frontier.append(node_hash(self.frontier.pop(), right))
            size >>= 1
        self.size += 1

    @property
    def root(self) -> bytes:
        """The hash that stands for all leaves in their order."""
        if not self.frontier:
            return EMPTY
        root = self.frontier[-1]
        for left in reversed(self.frontier[:-1]):
            root = node_hash(left, root)
        return root


@dataclass(frozen=True)
class Entry:
    """One sealed entry: its place, the event it is about, the hash that was sealed, and the hash of the row today."""

    sequence: int
    event_id: int
    sealed: str
    today: str | None
    """None when the event is gone."""
    leaf_holds: bool = True
    """Whether the leaf that was written with the event is still the leaf of what it says."""


@dataclass(frozen=True)
class Held:
    """A checkpoint that somebody holds: so many entries, with this root."""

    size: int
    root: bytes
    where: str
    """Where it is held, in words: "the file, line 3"."""


class Broken(Exception):
    """The ledger is not whole; the message names the first broken entry."""


@dataclass
class Walk:
    """A walk through the ledger from its first entry, one entry at a time and in constant memory."""

    tree: Tree = field(default_factory=Tree)
    met: int = 0
    """How many checkpoints were met and agreed with."""

    def take(self, entry: Entry) -> None:
        """Looks at the next entry. Raises Broken at the first that is not as it was sealed."""
        place = self.tree.size + 1
        if entry.sequence != place:
            raise Broken(f"entry {place} is missing: after {place - 1} comes {entry.sequence}")
        if entry.today is None:
            raise Broken(f"entry {place}: event {entry.event_id} is gone")
        if entry.today != entry.sealed or not entry.leaf_holds:
            raise Broken(f"entry {place}: event {entry.event_id} is not as it was when it was sealed")
        self.tree.append(bytes.fromhex(entry.sealed))

    def meet(self, held: Held) -> None:
        """Compares a checkpoint that covers exactly the entries taken so far. Raises Broken when it does not agree."""
        if held.root != self.tree.root:
            raise Broken(
                f"entry {held.size} or one before it was exchanged: the first {held.size} entries do not have the root "
                f"that {held.where} holds"
            )
        self.met += 1

    def end(self, rest: Sequence[Held]) -> None:
        """The ledger ends here. Raises Broken when somebody holds a checkpoint of a longer one."""
        if rest:
            raise Broken(
                f"entry {self.tree.size + 1} is missing: the ledger ends after {self.tree.size}, and {rest[0].where} "
                f"holds a checkpoint of {rest[0].size}"
            )


def walk(entries: Iterable[Entry], held: Iterable[Held]) -> Walk:
    """Walks a ledger that is at hand as a whole. Raises Broken."""
    walked = Walk()
    waiting = sorted(held, key=lambda one: one.size, reverse=True)
    for entry in entries:
        walked.take(entry)
        while waiting and waiting[-1].size == walked.tree.size:
            walked.meet(waiting.pop())
    walked.end(waiting[::-1])
    return walked
