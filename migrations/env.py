"""How a migration runs: as the migrating login, in the schema of its own, and never waiting long for a lock."""

import asyncio
import importlib
from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import hub
from hub.config import settings
from hub.database import SCHEMA

for tables in Path(hub.__path__[0]).glob("*/tables.py"):
    importlib.import_module(f"hub.{tables.parent.name}.tables")

OWNER = "hub_owner"
UNLESS_MADE = "DO $$ BEGIN {}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
"""PostgreSQL knows no CREATE ROLE IF NOT EXISTS, and to look first is not enough when two look at once."""


def _run(connection: Connection) -> None:
    # A migration that cannot have its lock gives up rather than stopping the board (notifications-api's habit).
    connection.execute(text("SET lock_timeout = '4s'"))
    _prepare(connection)
    connection.execute(text(f"SET ROLE {OWNER}"))
    connection.execute(text(f"SET search_path = {SCHEMA}"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        version_table_schema=SCHEMA,
        compare_type=True,
        include_object=_ours,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


def _prepare(connection: Connection) -> None:
    """The roles and the schema, made by the first migration's login when nobody has made them before.

    Roles belong to the whole server: another Hub's first migration, of another database beside this one, may make
    them at the same instant, and whoever comes second takes them as they are.
    """
    for role in (OWNER, "hub_app"):
        if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}) is None:
            connection.execute(text(UNLESS_MADE.format(f"CREATE ROLE {role} NOLOGIN")))
        member = text("SELECT pg_has_role(current_user, :role, 'USAGE')")
        if role == OWNER and not connection.scalar(member, {"role": role}):
            connection.execute(text(UNLESS_MADE.format(f"GRANT {role} TO CURRENT_USER")))
    if connection.scalar(text("SELECT to_regnamespace(:schema)"), {"schema": SCHEMA}) is None:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {OWNER}"))
    connection.commit()


def _ours(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    return name != "alembic_version"


def _render(kind: str, item: Any, _: Any) -> str | bool:
    return "sa.String()" if kind == "type" and type(item).__name__ == "AutoString" else False


async def _online() -> None:
    engine = create_async_engine(settings().migrate_url, poolclass=pool.NullPool, hide_parameters=True)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


if context.config.attributes.get("connection") is not None:
    _run(context.config.attributes["connection"])
else:
    asyncio.run(_online())
