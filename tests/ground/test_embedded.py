"""The PostgreSQL of the demonstration: ours alone, safe on disk, and no folder of anybody else's changes."""

import asyncio
import json
import os
from pathlib import Path

import asyncpg
import pytest

from hub import migrating
from hub.config import settings
from hub.embedded import Busy, EmbeddedPostgres


def asked(url: str, question: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(ask())


def modes(folder: Path) -> dict[Path, int]:
    return {parent: parent.stat().st_mode for parent in folder.parents}


def test_it_starts_in_a_closed_home_and_leaves_every_folder_as_it_was(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    folder = home / "data"
    before = modes(folder)
    postgres = EmbeddedPostgres(folder)
    postgres.start()
    try:
        assert modes(folder) == before
        assert asked(postgres.url("hub_app"), "SHOW data_checksums") == "on"
        assert asked(postgres.url("hub_app"), "SHOW listen_addresses") == ""
        assert asked(postgres.url("hub_app"), "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user") is False  # fmt: skip
        with pytest.raises(asyncpg.InvalidPasswordError):
            asked(postgres.url("hub_app").replace("hub_app:", "hub_app:wrong"), "SELECT 1")
        with pytest.raises(Busy):
            EmbeddedPostgres(folder).start()
        assert (folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    finally:
        postgres.stop()
        postgres.remove()
    assert not postgres._home_elsewhere.exists(), "nor does anything stay where no other user could enter the folder"


def test_what_was_written_is_there_at_the_next_start_even_after_a_crash(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "data")
    postgres.start()
    asked(postgres.url("postgres"), "CREATE TABLE kept AS SELECT 7 AS seven")
    secret = postgres.secret_key
    assert postgres._process is not None
    os.killpg(postgres._process.pid, 9)
    postgres._process.wait()
    postgres.stop()
    again = EmbeddedPostgres(tmp_path / "data")
    again.start()
    try:
        assert asked(again.url("postgres"), "SELECT seven FROM kept") == 7
        assert again.secret_key == secret
    finally:
        again.stop()
    again.remove()
    assert not (tmp_path / "data" / "secrets.json").exists()


def test_logins_are_secret_and_different(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "data")
    postgres.start()
    postgres.stop()
    logins = json.loads((tmp_path / "data" / "secrets.json").read_text())["logins"]
    postgres.remove()
    assert len(set(logins.values())) == len(logins) == 3 and all(len(one) > 24 for one in logins.values())


def test_two_databases_of_one_server_are_migrated_at_the_same_instant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Roles belong to the whole server: whoever makes them second waits for the first, and takes them as they are."""
    postgres = EmbeddedPostgres(tmp_path / "data", durable=False)
    postgres.start()
    url = postgres.url("postgres", "postgres")

    async def both() -> None:
        first = await asyncpg.connect(url.replace("+asyncpg", ""))
        for statement in ("DROP DATABASE hub", "DROP ROLE hub_app", "DROP ROLE hub_owner"):
            await first.execute(statement)
        making = first.transaction()
        await making.start()
        await first.execute("CREATE ROLE hub_owner NOLOGIN")
        migration = asyncio.create_task(asyncio.to_thread(migrating.migrate, ""))
        watcher = await asyncpg.connect(url.replace("+asyncpg", ""))
        while not await watcher.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not migration.done(), "it was to wait for the other's role"
            await asyncio.sleep(0.05)
        await making.commit()
        await migration
        await watcher.close()
        await first.close()

    try:
        monkeypatch.setenv("HUB_MIGRATE_DATABASE_URL", url)
        settings.cache_clear()
        asyncio.run(both())
        assert asked(url, "SELECT count(*) FROM pg_roles WHERE rolname IN ('hub_owner', 'hub_app')") == 2
        assert asyncio.run(migrating.current_revision(url)) == migrating.newest_revision()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        postgres.stop()
        postgres.remove()
