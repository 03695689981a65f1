"""Decisions that an older Hub kept: their options are carried over, in their order, and none is lost."""

import asyncio
import os
import secrets

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

from hub import migrating
from hub.config import settings
from tests.conftest import execute, plain, with_database

OLD = """
    SET session_replication_role = replica;
    SET search_path = hub;
    INSERT INTO decision (id, case_id, question, options, chosen, rationale, recorded_by, decided_at)
    SELECT gen_random_uuid(), gen_random_uuid(), question, options, chosen, 'Because', gen_random_uuid(), now()
    FROM (VALUES
        ('first', ARRAY['Weekly visits', 'No further action'], 'weekly visits.'),
        ('twice', ARRAY['Wait', 'Wait'], 'Wait'),
        ('other', ARRAY['Yes', 'No'], 'Neither of the two'),
        ('none', ARRAY[]::text[], 'Go on')
    ) AS old(question, options, chosen)
"""
CARRIED = """
    SELECT question, place, text, decision_option.chosen, reason_for || reason_against, why_only_one
    FROM hub.decision_option JOIN hub.decision ON decision.id = decision_id ORDER BY question, place
"""


async def _carried(url: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(plain(url))
    found = [tuple(row) for row in await connection.fetch(CARRIED)]
    await connection.close()
    return found


def test_options_are_carried_over(admin_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"hub_older_{secrets.token_hex(4)}"
    url = with_database(admin_url, name)
    asyncio.run(execute(admin_url, f"CREATE DATABASE {name}"))
    config = migrating._config()
    before = ScriptDirectory.from_config(config).get_revision("0003_decisions").down_revision
    try:
        with monkeypatch.context() as patched:
            patched.setitem(os.environ, "HUB_MIGRATE_DATABASE_URL", url)
            settings.cache_clear()
            command.upgrade(config, str(before))
            asyncio.run(execute(url, OLD))
            command.upgrade(config, "0003_decisions")
        assert asyncio.run(_carried(url)) == [
            ("first", 1, "Weekly visits", True, "", ""),
            ("first", 2, "No further action", False, "", ""),
            ("other", 1, "Yes", False, "", ""),
            ("other", 2, "No", False, "", ""),
            ("twice", 1, "Wait", True, "", ""),
            ("twice", 2, "Wait", False, "", ""),
        ]
    finally:
        settings.cache_clear()
        asyncio.run(execute(admin_url, f"DROP DATABASE {name} WITH (FORCE)"))
