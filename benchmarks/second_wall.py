"""What row-level security costs the people who wait for a page: a board and a case, with the second wall and without.

    .venv/bin/python benchmarks/second_wall.py            # loads the demonstration into a PostgreSQL of its own

The application is asked in this process, over the same data, in turns of short rounds: wall up, wall down. The ratio
of the medians is what counts. The board is asked as the coordinator, who sees most. Nothing here passes or fails.
"""

import argparse
import asyncio
import os
import re
import statistics
import tempfile
import time
from pathlib import Path

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hub import migrating
from hub.app import create_app
from hub.config import settings
from hub.database import SERVICE, service_engine, session_maker, transaction
from hub.demo import seed
from hub.embedded import EmbeddedPostgres
from hub.interventions import guarding

WARMING = 4
WALLED = "SELECT relname FROM pg_class WHERE relnamespace = 'hub'::regnamespace AND relkind = 'r' AND relrowsecurity"


async def stand(owner: AsyncEngine, tables: list[str], *, up: bool) -> None:
    """Puts the wall up or takes it down."""
    async with owner.begin() as connection:
        for table in tables:
            await connection.execute(
                text(f"ALTER TABLE hub.{table} {'ENABLE' if up else 'DISABLE'} ROW LEVEL SECURITY")
            )


async def ask(client: httpx.AsyncClient, path: str, times: int) -> list[float]:
    """Milliseconds of each answer, after a few that only warm the plans."""
    taken = []
    for turn in range(WARMING + times):
        began = time.perf_counter()
        answer = await client.get(path)
        if turn >= WARMING:
            taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)
    return taken


async def measure(rounds: int, times: int) -> None:
    """The table: each page both ways, and the ratio."""
    engine = service_engine(settings().database_url)
    guarding._guards.clear()  # the demonstration tells of bookings that were made before the rules were
    async with transaction(session_maker(engine, acting=SERVICE)) as session:
        print(await seed(session))
    owner = create_async_engine(settings().migrate_url)
    async with owner.begin() as connection:
        await connection.execute(text("ANALYZE"))
        tables = list(await connection.scalars(text(WALLED)))
    transport = httpx.ASGITransport(app=create_app(engine, ticking=False))
    headers = {"sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test", headers=headers) as client:
        await client.post("/signin/demo", data={"worker": "amina.yusuf"})
        board = (await client.get("/")).text
        found = re.search(r'href="(/cases/\w{26})"', board)
        assert found is not None, "the board shows no case"
        print(f"{len(tables)} tables behind the wall\n{'page':12} {'without ms':>11} {'with ms':>9}   with : without")
        for name, path in (("board", "/"), ("case", found[1]), ("chronology", f"{found[1]}/chronology")):
            taken: dict[bool, list[float]] = {True: [], False: []}
            for turn in range(rounds):
                for up in (True, False) if turn % 2 else (False, True):
                    await stand(owner, tables, up=up)
                    taken[up] += await ask(client, path, times)
            without, wall = statistics.median(taken[False]), statistics.median(taken[True])
            print(f"{name:12} {without:11.1f} {wall:9.1f}   {wall / without:.2f}", flush=True)
    await stand(owner, tables, up=True)
    await owner.dispose()
    await engine.dispose()


def main() -> None:
    """Reads the options, starts a PostgreSQL and measures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--times", type=int, default=15, help="requests in each round")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-wall-") as folder:
        postgres = EmbeddedPostgres(Path(folder))
        postgres.start()
        try:
            os.environ.update(
                HUB_DATABASE_URL=postgres.url("hub_app"),
                HUB_MIGRATE_DATABASE_URL=postgres.url("hub_migrate"),
                HUB_SECRET_KEY=postgres.secret_key,
                HUB_DATA_DIR=folder,
                HUB_DEMO="true",
            )
            migrating.migrate(asyncio.run(migrating.current_revision(settings().migrate_url)))
            asyncio.run(measure(chosen.rounds, chosen.times))
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
