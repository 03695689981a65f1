"""What sealing the ledger costs those who write to it: commits per second, with and without.

    .venv/bin/python benchmarks/ledger.py                 # on an embedded PostgreSQL of its own, durable as in service
    .venv/bin/python benchmarks/ledger.py --seconds 10 --rounds 5

Each writer commits one entry at a time, through the Hub's own `record`. "plain" leaves the leaf out and seals nothing;
"sealed" makes the leaf with the entry while a sealer and a signer tick beside the writers, as they do in the service,
in a process of their own. The two take turns in short rounds of one run, so that a busy machine is busy for both, and
the ratio is what counts. Nothing here passes or fails.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from hub import migrating
from hub.clock import now
from hub.config import settings
from hub.database import SessionMaker, commit, service_engine, session_maker, transaction
from hub.embedded import EmbeddedPostgres
from hub.events import changes as events
from hub.events.leaves import leaf_of
from hub.events.rules import Actor, Kind
from hub.ledger.jobs import seal_new, sign_and_hold
from hub.ledger.verifying import verify

CLIENTS = (1, 8)


async def write(maker: SessionMaker, until: float) -> int:
    """One writer: commits until the time is over, and says how many."""
    by, case, count = Actor(worker_id=uuid4(), agency_id=uuid4(), roles=frozenset({"frontline"})), uuid4(), 0
    while time.perf_counter() < until:
        async with maker() as session:
            await events.record(session, Kind.case_viewed, by=by, at=now(), case_id=case)
            await commit(session)
        count += 1
    return count


async def rate(maker: SessionMaker, clients: int, seconds: float) -> float:
    """Commits per second of so many writers."""
    began = time.perf_counter()
    counts = await asyncio.gather(*(write(maker, began + seconds) for _ in range(clients)))
    return sum(counts) / (time.perf_counter() - began)


async def tick_for_ever() -> None:
    """The sealer's process."""
    maker = session_maker(service_engine(settings().database_url, pool_size=2))
    while True:
        await seal_new(maker)
        await sign_and_hold(maker)
        await asyncio.sleep(1)


async def measure(seconds: float, rounds: int) -> None:
    """The table: for each number of clients, both ways and their ratio."""
    maker = session_maker(service_engine(settings().database_url, pool_size=max(CLIENTS)))
    await rate(maker, 2, 1)  # warms the pool
    print(f"{'clients':>7} {'plain/s':>9} {'sealed/s':>9}   sealed : plain")
    for clients in CLIENTS:
        plain, sealed = [], []
        for _ in range(rounds):
            events.leaf_of = lambda _: ""
            plain.append(await rate(maker, clients, seconds))
            events.leaf_of = leaf_of
            sealer = await asyncio.create_subprocess_exec(sys.executable, __file__, "--tick")
            await asyncio.sleep(2.5)  # what was written plain is sealed first
            sealed.append(await rate(maker, clients, seconds))
            sealer.terminate()
            await sealer.wait()
        ratios = [one / other for one, other in zip(sealed, plain, strict=True)]
        print(
            f"{clients:7} {statistics.median(plain):9.0f} {statistics.median(sealed):9.0f}   "
            f"{statistics.median(ratios):.2f}  ({min(ratios):.2f} to {max(ratios):.2f})"
        )
    began, count = time.perf_counter(), await seal_new(maker)
    if count:
        print(f"sealing alone: {count / (time.perf_counter() - began):.0f} entries/s")
    await sign_and_hold(maker)
    began = time.perf_counter()
    async with transaction(maker) as session:
        walked = await verify(session, file=settings().held_checkpoints, keys=())
    taken = time.perf_counter() - began
    print(f"verifying: {walked.tree.size} entries in {taken:.1f} s, {walked.tree.size / taken:.0f} entries/s")


def main() -> None:
    """Makes a database of its own, measures, and takes it away."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seconds", type=float, default=4)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--tick", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.tick:
        asyncio.run(tick_for_ever())
        return
    with tempfile.TemporaryDirectory(prefix="hub-ledger-") as folder:
        Path(folder).chmod(0o711)
        postgres = EmbeddedPostgres(Path(folder))
        postgres.start()
        os.environ |= {
            "HUB_DATABASE_URL": postgres.url("hub_app"),
            "HUB_MIGRATE_DATABASE_URL": postgres.url("hub_migrate"),
            "HUB_SECRET_KEY": postgres.secret_key,
            "HUB_DATA_DIR": folder,
        }
        settings.cache_clear()
        try:
            migrating.migrate("")
            asyncio.run(measure(given.seconds, given.rounds))
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
