"""The PostgreSQL of the demonstration: ours alone, safe on disk, and no folder of anybody else's changes."""

import asyncio
import json
import os
from pathlib import Path

import asyncpg
import pytest

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
