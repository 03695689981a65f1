"""Looking over a Hub before it is shown to people: settings, database, schema, roles, web parts."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub import clock, migrating
from hub.config import UnsafeSetting, settings
from hub.database import service_engine
from hub.rendering import STATIC

OLDEST_POSTGRES = 150000


@dataclass(frozen=True)
class Finding:
    """One line: `ok`, `warning` or `error`, and what to do."""

    level: str
    words: str


async def findings() -> list[Finding]:
    """Everything found, errors among it."""
    found = [_settings(), _web()]
    if settings().database_url:
        found += await _database()
    return found


def _settings() -> Finding:
    try:
        settings().refuse_unsafe()
    except UnsafeSetting as unsafe:
        return Finding("error", str(unsafe))
    return Finding("ok", "settings are safe")


def _web() -> Finding:
    if (STATIC / "built" / "hub.css").is_file():
        return Finding("ok", "web parts are built")
    return Finding("error", "web parts are missing: run `make env`")


async def _database() -> list[Finding]:
    engine = service_engine(settings().database_url)
    try:
        async with engine.connect() as connection:
            version = int(await connection.scalar(text("SHOW server_version_num")) or 0)
            login = await connection.scalar(text("SELECT session_user"))
            revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            powerful = await connection.scalar(
                text(
                    "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_tables WHERE tableowner = rolname "
                    "AND schemaname = 'hub') FROM pg_roles WHERE rolname = session_user"
                )
            )
            skew = await connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
    except (DBAPIError, OSError) as problem:
        kind = type(getattr(problem, "orig", problem)).__name__
        return [Finding("error", f"the database does not answer as hub_app ({kind}): run `hub migrate` first")]
    finally:
        await engine.dispose()
    apart = abs(float(skew or 0) - clock.now().timestamp())
    found = [
        Finding(
            "ok" if version >= OLDEST_POSTGRES else "error", f"PostgreSQL {version // 10000} (15 or newer is needed)"
        ),
        Finding(
            "ok" if revision == migrating.newest_revision() else "error",
            f"schema at {revision}, this Hub wants {migrating.newest_revision()}",
        ),
        Finding("ok" if apart < 2 else "error" if apart > 60 else "warning", f"clocks are {apart:.1f} s apart"),
    ]
    if powerful:
        found.append(
            Finding(
                "warning",
                f"the service logs in as {login}, which could change the schema; it works as hub_app, but give it a "
                "login of its own: ALTER ROLE hub_app LOGIN PASSWORD '…'",
            )
        )
    else:
        found.append(Finding("ok", f"the service logs in as {login}, which owns nothing"))
    return found
