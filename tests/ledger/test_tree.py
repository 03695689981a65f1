"""The tree is RFC 6962's, and the walk sees every way of tampering that a checkpoint held outside can show."""

import hashlib
import random  # noqa: TID251 - seeded: which of many attacks is tried

import pytest

from hub.ledger.rules import EMPTY, Broken, Entry, Held, Tree, leaf_hash, node_hash, walk

# The roots of RFC 6962's own test tree, as certificate-transparency's reference implementations have them.
INPUTS = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    bytes(range(0x60, 0x70)),
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_roots_are_those_of_the_standard() -> None:
    tree = Tree()
    assert tree.root == EMPTY == hashlib.sha256(b"").digest()
    for data, root in zip(INPUTS, ROOTS, strict=True):
        tree.append(leaf_hash(data))
        assert tree.root.hex() == root


def slow_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(slow_root(leaves[:half]), slow_root(leaves[half:]))


def test_a_tree_that_grows_is_the_tree_that_is_built_at_once() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(130)]
    tree = Tree()
    for count, leaf in enumerate(leaves, start=1):
        tree.append(leaf)
        assert tree.root == slow_root(leaves[:count])
        assert len(tree.frontier) == count.bit_count()


# --- Tampering ----------------------------------------------------------------------------------------------------

Row = tuple[int, str]
"""An event as the database has it: its number and what it says."""


def sealed_hash(row: Row) -> str:
    return leaf_hash(f"{row[0]}|{row[1]}".encode()).hex()


class Ledger:
    """A ledger of some rows, sealed, with the checkpoints that were made on the way."""

    def __init__(self, rows: list[Row], sizes: list[int]) -> None:
        self.rows: dict[int, Row] = {row[0]: row for row in rows}
        self.leaves: list[tuple[int, int, str]] = [
            (place, row[0], sealed_hash(row)) for place, row in enumerate(rows, start=1)
        ]
        self.held = [Held(size, self.root(size), f"the partner’s {size}") for size in sizes]

    def root(self, size: int) -> bytes:
        tree = Tree()
        for _, _, leaf in self.leaves[:size]:
            tree.append(bytes.fromhex(leaf))
        return tree.root

    def entries(self) -> list[Entry]:
        return [
            Entry(place, number, leaf, sealed_hash(self.rows[number]) if number in self.rows else None)
            for place, number, leaf in self.leaves
        ]

    def seal_again(self) -> None:
        """What somebody with the whole database does after a change: every leaf and every place anew."""
        self.leaves = [
            (place, number, sealed_hash(self.rows[number]))
            for place, (_, number, _) in enumerate((one for one in self.leaves if one[1] in self.rows), start=1)
        ]


def edit(ledger: Ledger, place: int, dice: random.Random) -> None:
    number = ledger.leaves[place - 1][1]
    ledger.rows[number] = (number, f"something else {dice.random()}")


def delete_row(ledger: Ledger, place: int, dice: random.Random) -> None:
    del ledger.rows[ledger.leaves[place - 1][1]]


def delete_both(ledger: Ledger, place: int, dice: random.Random) -> None:
    delete_row(ledger, place, dice)
    del ledger.leaves[place - 1]


def insert(ledger: Ledger, place: int, dice: random.Random) -> None:
    row = (9000, "never happened")
    ledger.rows[9000] = row
    moved = [(number + 1, event, leaf) for number, event, leaf in ledger.leaves[place - 1 :]]
    ledger.leaves[place - 1 :] = [(place, 9000, sealed_hash(row)), *moved]


def swap(ledger: Ledger, place: int, dice: random.Random) -> None:
    other = place - 1 if place > 1 else place + 1
    one, two = ledger.leaves[place - 1], ledger.leaves[other - 1]
    ledger.leaves[place - 1], ledger.leaves[other - 1] = (place, *two[1:]), (other, *one[1:])


def swap_words(ledger: Ledger, place: int, dice: random.Random) -> None:
    other = place - 1 if place > 1 else place + 1
    one, two = ledger.leaves[place - 1][1], ledger.leaves[other - 1][1]
    ledger.rows[one], ledger.rows[two] = (one, ledger.rows[two][1]), (two, ledger.rows[one][1])


def truncate(ledger: Ledger, place: int, dice: random.Random) -> None:
    for _, number, _ in ledger.leaves[place - 1 :]:
        del ledger.rows[number]
    del ledger.leaves[place - 1 :]


def rewrite(ledger: Ledger, place: int, dice: random.Random) -> None:
    edit(ledger, place, dice)
    ledger.seal_again()


def rewrite_without(ledger: Ledger, place: int, dice: random.Random) -> None:
    delete_row(ledger, place, dice)
    ledger.seal_again()


ATTACKS = [edit, delete_row, delete_both, insert, swap, swap_words, truncate, rewrite, rewrite_without]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_the_walk_sees_it(attack: object) -> None:
    """Fifty ledgers each: of any size, with the tampering anywhere under the newest checkpoint held outside."""
    dice = random.Random(attack.__name__)  # noqa: S311
    for _ in range(50):
        count = dice.randint(2, 70)
        numbers = sorted(dice.sample(range(1, 500), count))
        sizes = sorted({dice.randint(1, count) for _ in range(dice.randint(0, 4))} | {count - dice.randint(0, 1)})
        ledger = Ledger([(number, f"words {dice.random()}") for number in numbers], sizes)
        assert walk(ledger.entries(), ledger.held).met == len(sizes)
        attack(ledger, dice.randint(1, sizes[-1]), dice)
        with pytest.raises(Broken):
            walk(ledger.entries(), ledger.held)


@pytest.mark.parametrize("attack", [truncate, rewrite, rewrite_without], ids=lambda attack: attack.__name__)
def test_without_a_checkpoint_outside_it_would_not_be_seen(attack: object) -> None:
    """Why the checkpoints leave the building: the tree alone is as whole as before."""
    ledger = Ledger([(number, f"words {number}") for number in range(1, 20)], [])
    attack(ledger, 7, random.Random(1))  # noqa: S311
    assert walk(ledger.entries(), [])


def test_the_first_broken_entry_is_named() -> None:
    ledger = Ledger([(number * 3, f"words {number}") for number in range(1, 10)], [9])
    edit(ledger, 4, random.Random(1))  # noqa: S311
    edit(ledger, 8, random.Random(1))  # noqa: S311
    with pytest.raises(Broken, match=r"entry 4: event 12 is not as it was"):
        walk(ledger.entries(), ledger.held)
