"""The memory of the house: every column says what it holds, the ledger is for ever, the schema is the one in the code."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Column, DateTime, Float, Integer, LargeBinary, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import SQLModel

from hub import migrating
from hub.audit.sentences import SENTENCES, sentence
from hub.clock import now
from hub.events.changes import record
from hub.events.rules import HUB, LOOKS, Kind
from hub.events.tables import Event
from hub.vocabulary import codes

VERSIONS = sorted((Path(__file__).parents[2] / "migrations" / "versions").glob("*.py"))
CLASSES = {"plain", "personal", "sensitive"}


def needs_a_class(column: Column[Any]) -> bool:
    """Text, days, bytes and structures; identities, moments, counts and yes-or-no are plain by nature."""
    if isinstance(column.type, ARRAY):
        return not isinstance(column.type.item_type, Uuid)
    return not isinstance(column.type, Uuid | DateTime | Boolean | Integer | Float)


COLUMNS = [
    pytest.param(column, id=f"{table.name}.{column.name}")
    for table in SQLModel.metadata.sorted_tables
    for column in table.columns
    if needs_a_class(column)
]


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_is_classified(column: Column[Any]) -> None:
    assert column.info.get("class") in CLASSES


def test_secrets_and_bodies_are_sensitive() -> None:
    kept = [
        column
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    ]
    assert kept and all(column.info["class"] == "sensitive" for column in kept)


# --- The ledger -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["UPDATE event SET kind = 'case:closed'", "DELETE FROM event", "TRUNCATE event"])
async def test_the_service_cannot_change_the_ledger(statement: str, session: AsyncSession) -> None:
    await record(session, Kind.case_viewed, by=HUB, at=now())
    await session.flush()
    with pytest.raises(DBAPIError):
        await session.execute(text(statement))


@pytest.mark.parametrize("statement", ["UPDATE event SET kind = 'case:closed'", "DELETE FROM event", "TRUNCATE event"])
async def test_nor_can_its_owner(statement: str, session: AsyncSession) -> None:
    await record(session, Kind.case_viewed, by=HUB, at=now())
    await session.flush()
    await session.execute(text("SET LOCAL ROLE hub_owner"))
    with pytest.raises(DBAPIError, match="for ever"):
        await session.execute(text(statement))


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
def test_every_kind_has_a_sentence(kind: Kind) -> None:
    facts: dict[str, Any] = {
        "was": "new",
        "stage": "assessing",
        "rating": "red",
        "subject_kind": "case",
        "revision": 2,
        "version": 2,
        "kind_of": "fact",
        "status": "done",
        "rule": "R05",
        "disposition": "align",
        "state": "done",
        "answer": "accepted",
        "decision": "advice",
        "match": "same",
        "stance": "dissent",
        "reason": "schema",
        "matter": "rating",
        "settled": "ratified",
        "starts_at": now().isoformat(),
        "due_on": "2026-03-10",
    }
    if kind in (Kind.case_rated, Kind.referral_rated):
        facts["was"] = "amber"
    if kind is Kind.accountable_named:
        facts["was"] = None
    if kind is Kind.outcome_state_changed:
        facts["state"] = "parked"
    if kind is Kind.conference_scheduled:
        facts["kind_of"] = "marac"
    if kind.value.startswith("intervention:"):
        facts["kind_of"] = next(iter(codes("intervention-kind")))
    told = sentence(Event(kind=kind.value, at=now(), facts=facts), workers={}, agencies={})
    assert told.endswith(".") and kind.value not in told
    assert kind in SENTENCES


def test_a_kind_of_an_older_hub_is_still_told() -> None:
    assert sentence(Event(kind="case:frozen", at=now(), facts={}), workers={}, agencies={}) == "case:frozen."


def test_looks_are_silent() -> None:
    assert Kind.case_viewed in LOOKS and Kind.search_made in LOOKS
    assert Kind.decision_made not in LOOKS and Kind.contribution_added not in LOOKS


# --- The service owns nothing -----------------------------------------------------------------------------------


async def test_the_service_owns_nothing_and_changes_no_structure(session: AsyncSession) -> None:
    assert await session.scalar(text("SELECT current_user")) == "hub_app"
    owned = await session.scalar(
        text("SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = 'hub_app'")
    )
    assert owned == 0
    with pytest.raises(DBAPIError):
        await session.execute(text("CREATE TABLE hub.mine (id int)"))


async def test_the_service_deletes_only_its_own_notes(session: AsyncSession) -> None:
    rows = await session.scalars(
        text(
            "SELECT table_name FROM information_schema.role_table_grants "
            "WHERE grantee = 'hub_app' AND privilege_type IN ('DELETE', 'TRUNCATE')"
        )
    )
    assert set(rows) == {"submission", "sign_in_try", "sign_in_session", "draft", "presence"}


# --- Migrations -------------------------------------------------------------------------------------------------


def test_migrations_are_numbered_and_named_after_their_files() -> None:
    for number, path in enumerate(VERSIONS, start=1):
        assert re.fullmatch(rf"{number:04d}_[a-z_]+", path.stem)
        assert f"revision = '{path.stem}'" in path.read_text() or f'revision = "{path.stem}"' in path.read_text()
        assert ast.get_docstring(ast.parse(path.read_text())), "a migration says why"


def test_there_is_one_head() -> None:
    assert ScriptDirectory.from_config(migrating._config()).get_heads() == [VERSIONS[-1].stem]


async def test_the_schema_is_the_one_in_the_code(connection: AsyncConnection) -> None:
    def differences(sync: Any) -> list[Any]:
        options = {"compare_type": True, "include_object": lambda item, name, *_: name != "alembic_version"}
        return compare_metadata(MigrationContext.configure(sync, opts=options), SQLModel.metadata)

    assert await connection.run_sync(differences) == []
