"""Bringing the schema up to date, with Alembic from the project's own settings."""

from functools import lru_cache

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from hub.config import HOME
from hub.database import SCHEMA
from hub.errors import CannotRun


class NewerSchema(CannotRun):
    """The database was made by a newer Hub than this one."""


def _config() -> Config:
    config = Config(toml_file=str(HOME / "pyproject.toml"))
    config.set_main_option("script_location", str(HOME / "migrations"))
    return config


@lru_cache(maxsize=1)
def newest_revision() -> str:
    """The revision that this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def current_revision(url: str) -> str:
    """The revision of a database; empty when it has none yet."""
    engine = create_async_engine(url, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            if (
                await connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.alembic_version"})
                is None
            ):
                return ""
            return str(await connection.scalar(text(f"SELECT version_num FROM {SCHEMA}.alembic_version")) or "")  # noqa: S608
    finally:
        await engine.dispose()


def migrate(found: str) -> None:
    """Brings the database of the settings up to date. Raises NewerSchema when it knows revisions that this code does not."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found and found not in known:
        raise NewerSchema(
            f"The database is at revision {found}, which this version of the Hub does not know. Run the newer version."
        )
    if found != newest_revision():
        command.upgrade(_config(), "head")
