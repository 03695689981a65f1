"""The demonstration: everything on one machine, with an invented partnership, in one command."""

import asyncio
import gc
import json
import os
import secrets
import shlex
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from hub import migrating, serving
from hub.agencies.queries import agencies, workers
from hub.config import HOME, settings
from hub.database import SERVICE, service_engine, session_maker, transaction
from hub.embedded import EmbeddedPostgres
from hub.sending import demo_senders_file

EXAMPLE = "fixtures/referrals/police-notice.json"


def run(*, host: str, port: int, data_dir: Path | None, workers: int, fresh: bool) -> None:
    """Starts the demonstration and serves it until Ctrl-C or SIGTERM; a second start finds everything as it was."""
    # uvicorn raises the signal again when it has finished; this turns it into an ordinary end, so that PostgreSQL
    # is stopped in order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = (data_dir or settings().data_dir).absolute()
    if fresh and folder.exists():
        _forget(folder)
    external = bool(settings().database_url)
    postgres = None if external else EmbeddedPostgres(folder)
    try:
        if postgres is not None:
            postgres.start()
            _set(HUB_DATABASE_URL=postgres.url("hub_app"), HUB_MIGRATE_DATABASE_URL=postgres.url("hub_migrate"))
        _set(
            HUB_DATA_DIR=str(folder),
            HUB_DEMO="true",
            HUB_HOST=host,
            HUB_PORT=str(port or _free_port(host)),
            HUB_WORKERS=str(workers),
            HUB_BASE_URL="",
            HUB_LOG_LEVEL=os.environ.get("HUB_LOG_LEVEL", "warning"),
            HUB_SECRET_KEY=postgres.secret_key if postgres else _kept_secret(folder),
        )
        migrating.migrate(asyncio.run(migrating.current_revision(settings().migrate_url)))
        asyncio.run(_furnish())
        threading.Thread(target=_announce, daemon=True).start()
        serving.serve()
    except KeyboardInterrupt:
        pass
    finally:
        if postgres is not None:
            postgres.stop()


def _set(**values: str) -> None:
    os.environ.update(values)
    settings.cache_clear()


def _forget(folder: Path) -> None:
    """Starts over: takes away what earlier demonstrations made in the folder, and nothing else."""
    postgres = EmbeddedPostgres(folder)
    postgres.remove()
    for name in ("demo-systems.json", "secret", "checkpoints.jsonl"):
        (folder / name).unlink(missing_ok=True)


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _kept_secret(folder: Path) -> str:
    """The secret of a demonstration against a PostgreSQL of one's own, kept between starts."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


async def _furnish() -> None:
    """Loads the demonstration partnership into an empty Hub."""
    engine = service_engine(settings().database_url)
    try:
        maker = session_maker(engine, acting=SERVICE)
        async with transaction(maker) as session:
            await seed(session)
    finally:
        await engine.dispose()


async def seed(session: Any) -> str:
    """Loads fixtures/ into an empty Hub; one that holds a partnership is left as it is."""
    if await session.scalar(text("SELECT count(*) FROM partnership")):
        return "This Hub holds a partnership already; nothing was loaded."
    from hub.seeding import load  # half a second of imports, which only the first start needs

    gc.enable()
    loaded = await load(session)
    if settings().demo:
        path = demo_senders_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(loaded.senders, file, indent=1)
    return loaded.words


def _announce() -> None:
    """Says where to go, once the board answers."""
    address = settings().address
    with httpx.Client(timeout=2) as client:
        for _ in range(600):
            try:
                if client.get(f"{address}/readyz").is_success:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        else:
            return
    print(asyncio.run(_greeting(address)), flush=True)


async def _greeting(address: str) -> str:
    engine = service_engine(settings().database_url)
    try:
        async with session_maker(engine, acting=SERVICE)() as session:
            names = {agency.id: agency.name for agency in await agencies(session)}
            people = [one for one in await workers(session) if one.agency_id in names]
    finally:
        await engine.dispose()
    some = {
        agency: next(one for one in people if one.agency_id == agency_id)
        for agency_id, agency in names.items()
        if any(one.agency_id == agency_id for one in people)
    }
    lines = [f"    {one.email.split('@')[0]:18} {one.job}, {agency}" for agency, one in some.items()]
    here = "" if Path.cwd() == HOME else f"{HOME}/"
    folder = settings().data_dir
    where = "" if folder == HOME / ".data" else f"HUB_DATA_DIR={shlex.quote(str(folder))} "
    return "\n".join(
        [
            "",
            f"  The Hub is open:  {address}",
            "",
            "  Sign in with one click as any of its workers, for example:",
            *lines,
            "",
            "  Push a referral from another terminal, and watch it arrive:",
            f"    {where}{here}.venv/bin/hub send {here}{EXAMPLE} --system police-ppu --to {address}",
            "",
            "  Stop with Ctrl-C; the next start finds everything as it was.",
            "",
        ]
    )
