"""The ledger in a real PostgreSQL: sealed whole, nothing passed over, and every tampering by a superuser seen."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from hub.clock import now
from hub.config import settings
from hub.events.changes import record
from hub.events.leaves import leaf_of
from hub.events.rules import HUB, Actor, Kind
from hub.events.tables import Event
from hub.ledger import changes, held, notes
from hub.ledger.jobs import seal_new, sign_and_hold
from hub.ledger.rules import Broken
from hub.ledger.tables import LedgerLeaf
from hub.ledger.verifying import verify
from tests.conftest import Maker, committed, plain


@pytest.fixture
async def maker(own_database: str) -> AsyncIterator[Maker]:
    async with committed(own_database) as maker:
        yield maker


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the checkpoints are held outside."""
    monkeypatch.setattr(settings(), "checkpoint_file", tmp_path / "checkpoints.jsonl")
    return tmp_path / "checkpoints.jsonl"


async def happen(maker: Maker, times: int = 1) -> None:
    async with maker() as session:
        for number in range(times):
            await record(
                session,
                Kind.search_made,
                by=Actor(worker_id=uuid4(), roles=frozenset({"leader", "frontline"})),
                at=now(),
                case_id=uuid4(),
                only_agencies=[uuid4(), uuid4()],
                ids=[uuid4()],
                length=number,
                weight=number / 4,
                large=1e20,
                words="naïve ☕ \u2028 'quoted'",
                nested={"b": [1.0, None, True], "a": {"c": -0.0}},
            )
        await session.commit()


async def whole(maker: Maker, file: Path | None = None, keys: tuple[bytes, ...] = ()) -> int:
    async with maker() as session:
        return (await verify(session, file=file, keys=keys)).tree.size


async def test_a_leaf_outlives_the_database(maker: Maker) -> None:
    await happen(maker, 5)
    async with maker() as session:
        for event in await session.scalars(select(Event)):
            assert event.leaf == leaf_of(event)


async def test_everything_is_sealed_signed_and_held(maker: Maker, file: Path) -> None:
    await happen(maker, 5)
    assert await seal_new(maker) == 5 and await seal_new(maker) == 0
    assert await sign_and_hold(maker) == 1 and await sign_and_hold(maker) == 0
    await happen(maker, 3)
    await seal_new(maker)
    await sign_and_hold(maker)
    assert len(list(held.read(file))) == 2
    assert await whole(maker, file) == 8


async def test_many_are_sealed_in_batches(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "BATCH", 7)
    await happen(maker, 50)
    assert await seal_new(maker) == 50
    assert await whole(maker) == 50


async def test_an_event_from_before_there_were_leaves_is_sealed(maker: Maker, own_database: str) -> None:
    await happen(maker)
    await as_superuser(own_database, "UPDATE hub.event SET leaf = ''")
    await seal_new(maker)
    assert await whole(maker) == 1


async def test_a_late_commit_is_not_passed_over(maker: Maker, own_database: str) -> None:
    """Its number is the lowest and it commits last, after others were sealed twice."""
    async with maker() as late:
        await record(late, Kind.case_viewed, by=HUB, at=now())
        await late.flush()
        for _ in range(2):
            await happen(maker, 2)
            await seal_new(maker)
        async with maker() as session:
            assert len((await session.scalars(select(LedgerLeaf))).all()) == 4
        await late.commit()
    await happen(maker)
    assert await seal_new(maker) == 2
    assert await whole(maker) == 6


async def test_what_was_rolled_back_leaves_no_gap(maker: Maker) -> None:
    async with maker() as session:
        await record(session, Kind.case_viewed, by=HUB, at=now())
        await session.flush()
        await session.rollback()
    await happen(maker)
    await seal_new(maker)
    assert await whole(maker) == 1


async def test_a_restored_database_counts_its_transactions_anew(maker: Maker, own_database: str) -> None:
    """After a restore the head may remember a transaction that has not come yet: everything is looked through once."""
    await happen(maker, 2)
    await seal_new(maker)
    await as_superuser(own_database, "UPDATE hub.ledger_head SET sealed_before = 9000000000")
    await happen(maker, 2)
    assert await seal_new(maker) == 2
    await happen(maker)
    assert await seal_new(maker) == 1
    assert await whole(maker) == 5


async def test_several_sealers_seal_each_event_once(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "BATCH", 5)
    done = asyncio.Event()

    async def keep_sealing() -> None:
        while not done.is_set():
            await seal_new(maker)
            await asyncio.sleep(0)

    sealers = [asyncio.create_task(keep_sealing()) for _ in range(3)]
    await asyncio.gather(*(happen(maker, 3) for _ in range(20)))
    done.set()
    await asyncio.gather(*sealers)
    await seal_new(maker)
    assert await whole(maker) == 60


# --- Tampering, as superuser --------------------------------------------------------------------------------------


async def as_superuser(url: str, *statements: str) -> None:
    """What somebody can do who owns the database: no trigger holds them."""
    connection = await asyncpg.connect(plain(url))
    await connection.execute("SET session_replication_role = replica")
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


TAMPERED = {
    "an edit": [
        "UPDATE hub.event SET worker_id = NULL WHERE id = (SELECT event_id FROM hub.ledger_leaf WHERE sequence = 7)"
    ],
    "an edited fact": [
        "UPDATE hub.event SET facts = facts || jsonb_build_object('length', 1000) "
        "WHERE id = (SELECT event_id FROM hub.ledger_leaf WHERE sequence = 7)"
    ],
    "another moment": [
        "UPDATE hub.event SET recorded_at = recorded_at - interval '1 day' WHERE id = (SELECT event_id FROM hub.ledger_leaf WHERE sequence = 7)"
    ],
    "another leaf": [
        "UPDATE hub.event SET leaf = repeat('0', 64) WHERE id = (SELECT event_id FROM hub.ledger_leaf WHERE sequence = 7)"
    ],
    "a deletion": ["DELETE FROM hub.event WHERE id = (SELECT event_id FROM hub.ledger_leaf WHERE sequence = 7)"],
    "a deletion with its place": [
        "DELETE FROM hub.event WHERE id = (SELECT event_id FROM hub.ledger_leaf WHERE sequence = 7)",
        "DELETE FROM hub.ledger_leaf WHERE sequence = 7",
    ],
    "a deletion and the rest moved up": [
        "DELETE FROM hub.event WHERE id = (SELECT event_id FROM hub.ledger_leaf WHERE sequence = 7)",
        "DELETE FROM hub.ledger_leaf WHERE sequence = 7",
        "UPDATE hub.ledger_leaf SET sequence = -sequence WHERE sequence > 7",
        "UPDATE hub.ledger_leaf SET sequence = -sequence - 1 WHERE sequence < 0",
    ],
    "two exchanged": [
        "UPDATE hub.ledger_leaf SET sequence = -sequence WHERE sequence IN (6, 7)",
        "UPDATE hub.ledger_leaf SET sequence = 13 + sequence WHERE sequence < 0",
    ],
    "the tail cut off": [
        "DELETE FROM hub.event WHERE id IN (SELECT event_id FROM hub.ledger_leaf WHERE sequence > 6)",
        "DELETE FROM hub.ledger_leaf WHERE sequence > 6",
        "DELETE FROM hub.ledger_checkpoint WHERE size > 6",
    ],
    "an event put in beside the ledger": [
        "INSERT INTO hub.event (kind, at, roles, subject_type, facts, request_id, ip_prefix, session_mark, audible, "
        "transaction_id) VALUES ('case:viewed', now(), '', '', '{}', '', '', '', false, 1)"
    ],
    "a checkpoint changed": ["UPDATE hub.ledger_checkpoint SET note = replace(note, 'ledger', 'kedger')"],
    "a checkpoint moved": ["UPDATE hub.ledger_checkpoint SET size = size - 1"],
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_a_superuser_is_seen(what: str, maker: Maker, own_database: str, file: Path) -> None:
    await happen(maker, 6)
    await seal_new(maker)
    await sign_and_hold(maker)
    await happen(maker, 6)
    await seal_new(maker)
    await sign_and_hold(maker)
    assert await whole(maker, file) == 12
    await as_superuser(own_database, *TAMPERED[what])
    with pytest.raises(Broken):
        await whole(maker, file)


async def test_a_history_written_anew_is_seen_by_who_holds_a_checkpoint(
    maker: Maker, own_database: str, file: Path
) -> None:
    """Every row, leaf and place made anew with the Hub's own code; only what is held outside tells."""
    await happen(maker, 9)
    await seal_new(maker)
    await sign_and_hold(maker)
    await as_superuser(
        own_database,
        "DELETE FROM hub.event WHERE id = (SELECT event_id FROM hub.ledger_leaf WHERE sequence = 7)",
        "TRUNCATE hub.ledger_leaf, hub.ledger_checkpoint",
        "UPDATE hub.ledger_head SET size = 0, frontier = '{}', sealed_before = 0",
    )
    await happen(maker)
    await seal_new(maker)
    async with maker() as session:
        await changes.sign(session, at=now())
        await session.commit()
    assert await whole(maker) == 9
    with pytest.raises(Broken, match="entry 9 or one before it was exchanged"):
        await whole(maker, file)


async def test_a_changed_secret_needs_the_earlier_key(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    await happen(maker)
    await seal_new(maker)
    async with maker() as session:
        await changes.sign(session, at=now())
        await session.commit()
    earlier = notes.public_key()
    monkeypatch.setattr(settings(), "secret_key", "another secret of more than thirty-two letters")
    with pytest.raises(Broken, match="no key that we know"):
        await whole(maker)
    assert await whole(maker, keys=(earlier,)) == 1


@pytest.mark.parametrize("table", ["ledger_leaf", "ledger_checkpoint"])
async def test_the_service_cannot_change_what_is_sealed(table: str, maker: Maker) -> None:
    await happen(maker)
    await seal_new(maker)
    for role in ("hub_app", "hub_owner"):
        async with maker() as session:
            await session.execute(text("SET LOCAL ROLE hub_owner") if role == "hub_owner" else text("SELECT 1"))
            with pytest.raises(DBAPIError):
                await session.execute(
                    text("DELETE FROM ledger_leaf" if table == "ledger_leaf" else "TRUNCATE ledger_checkpoint")
                )


async def test_the_command_says_whether_it_is_whole(maker: Maker, own_database: str, file: Path) -> None:
    """`hub audit verify`: 0 and one line when whole, 1 and the first broken entry when not."""

    async def run(*given: str) -> tuple[int, str]:
        environment = os.environ | {
            "HUB_DATABASE_URL": own_database,
            "HUB_CHECKPOINT_FILE": str(file),
            "HUB_SECRET_KEY": settings().secret_key,
        }
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub", "audit", *given, env=environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await done.communicate()
        return done.returncode or 0, said.decode()

    await happen(maker, 8)
    await seal_new(maker)
    assert await run("verify") == (0, "whole  8 entries, 0 checkpoints; none is held outside the database\n")
    await sign_and_hold(maker)
    code, said = await run("verify", "--checkpoint", str(file))
    assert code == 0 and said.startswith("whole  8 entries, 2 checkpoints")
    code, said = await run("key")
    assert code == 0 and notes.read_key(said) == notes.public_key()
    await as_superuser(own_database, TAMPERED["an edit"][0])
    code, said = await run("verify")
    assert code == 1 and said.startswith("BROKEN  entry 7: event ") and said.count("\n") == 1
