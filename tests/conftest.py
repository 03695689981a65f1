"""A real PostgreSQL for every test: the embedded one, or the one that HUB_DATABASE_URL names.

Each test runs in a transaction that is rolled back; what commits in the code releases a savepoint here. A test that
needs real commits (two connections, a listener) asks for `own_database`.
"""

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest

LONG = ("flows", "house", "api")
GIVEN_URL = os.environ.get("HUB_DATABASE_URL", "").replace("postgres://", "postgresql://", 1)
os.environ["HUB_SECRET_KEY"] = secrets.token_urlsafe(48)
os.environ["HUB_DEMO"] = "true"
os.environ["HUB_BASE_URL"] = "http://hub.test"

from alembic import command  # noqa: E402
from sqlalchemy import text  # noqa: E402
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker  # noqa: E402

from hub import migrating  # noqa: E402
from hub.app import create_app  # noqa: E402
from hub.config import settings  # noqa: E402
from hub.database import ACT, SERVICE, service_engine, session_maker  # noqa: E402
from hub.embedded import EmbeddedPostgres  # noqa: E402
from tests.makers import World, make_world  # noqa: E402

NAME = f"hub_test_{os.getpid()}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that processes that share the files out end together."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


def with_database(url: str, name: str) -> str:
    """The same address with another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def plain(url: str) -> str:
    return url.replace("+asyncpg", "")


@pytest.fixture(scope="session")
def admin_url() -> Iterator[str]:
    """An address whose login may make databases."""
    if GIVEN_URL:
        url = GIVEN_URL if "+asyncpg" in GIVEN_URL else GIVEN_URL.replace("postgresql://", "postgresql+asyncpg://", 1)
        yield with_database(url, "postgres")
        return
    with tempfile.TemporaryDirectory(prefix="hub-test-") as folder:
        os.chmod(folder, 0o711)
        postgres = EmbeddedPostgres(Path(folder), durable=False)
        postgres.start()
        yield postgres.url("postgres", "postgres")
        postgres.stop()
        postgres.remove()


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(plain(url))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def _migrated(admin_url: str, name: str) -> str:
    asyncio.run(execute(admin_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"))
    url = with_database(admin_url, name)
    os.environ["HUB_DATABASE_URL"] = os.environ["HUB_MIGRATE_DATABASE_URL"] = url
    settings.cache_clear()
    command.upgrade(migrating._config(), "head")
    return url


@pytest.fixture(scope="session")
def database_url(admin_url: str) -> Iterator[str]:
    """A database with today's schema, made by the migrations themselves."""
    yield _migrated(admin_url, NAME)
    asyncio.run(execute(admin_url, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))


COMPILED: dict[Any, Any] = {}
"""What SQLAlchemy has compiled, for every test: an engine of its own would compile each statement again."""


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection as the service has it, in a transaction that is rolled back; the Hub itself acts on it."""
    engine = service_engine(database_url, pool_size=1)
    async with engine.connect() as connection:
        await connection.execution_options(compiled_cache=COMPILED)
        transaction = await connection.begin()
        # A test's one transaction is as long as the test, and stands idle while a loaded machine is busy elsewhere.
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await connection.execute(ACT, {"acting": SERVICE, "agency": ""})
        yield connection
        await transaction.rollback()
    await engine.dispose()


Maker = async_sessionmaker[AsyncSession]


@pytest.fixture
def maker(connection: AsyncConnection) -> Maker:
    """Makes sessions on the test's connection: each forgets what the one before had loaded, and for whom it acted."""

    class Passing(AsyncSession):
        async def close(self) -> None:
            await super().close()
            await connection.execute(ACT, {"acting": SERVICE, "agency": ""})

    return async_sessionmaker(
        connection,
        class_=Passing,
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
        info={"acting": (SERVICE, "")},
    )


@pytest.fixture
async def session(maker: Maker) -> AsyncIterator[AsyncSession]:
    async with maker() as session:
        yield session


@pytest.fixture
async def world(session: AsyncSession) -> World:
    """A small partnership: police, health, council (which decides), probation and a school, with a worker each."""
    world = await make_world(session)
    await session.commit()
    return world


class Browser(httpx.AsyncClient):
    """A client that behaves as a browser does towards its own origin, and can be signed in as a worker."""

    async def sign_in(self, worker: str) -> "Browser":
        answer = await self.post("/signin/demo", data={"worker": worker})
        assert answer.status_code == 303, answer.text
        return self

    async def key(self, page: str) -> str:
        """A form key from a page, as the browser would send it."""
        html = (await self.get(page)).text
        return html.split('name="_key" value="')[1].split('"')[0]

    async def submit(
        self, path: str, data: dict[str, object] | None = None, *, page: str = "/account"
    ) -> httpx.Response:
        """Sends a form with a fresh key."""
        return await self.post(path, data={"_key": await self.key(page), **(data or {})})


async def come_in(session: AsyncSession, client: Browser, room: str) -> None:
    """Signs at the door of a conference that is open; everybody else is there already."""
    signed = await client.submit(f"{room}/statement", {"agreed": "true", "how": "in-person"})
    assert signed.status_code == 303, signed.text
    await session.execute(text("UPDATE invitee SET attendance = 'in-person' WHERE attendance IS NULL"))
    await session.commit()


@pytest.fixture
async def browser(connection: AsyncConnection, maker: Maker, database_url: str) -> AsyncIterator[Callable[[], Browser]]:
    """Makes browsers on one application over the test's transaction."""
    engine = service_engine(database_url, pool_size=1)
    app = create_app(engine, ticking=False)
    app.state.session_maker = maker
    opened: list[Browser] = []

    def make() -> Browser:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        one = Browser(transport=transport, base_url="http://hub.test", headers={"sec-fetch-site": "same-origin"})
        opened.append(one)
        return one

    make.app = app
    yield make
    for one in opened:
        await one.aclose()
    await engine.dispose()


@pytest.fixture
async def own_database(admin_url: str, database_url: str) -> AsyncIterator[str]:
    """A database of the test's own, for real commits on several connections."""
    name = f"hub_own_{secrets.token_hex(4)}"
    await execute(admin_url, f"CREATE DATABASE {name} TEMPLATE {NAME}")
    yield with_database(admin_url, name)
    await execute(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def module_database(admin_url: str, database_url: str) -> Iterator[str]:
    """The same for a whole module of tests."""
    name = f"hub_module_{secrets.token_hex(4)}"
    asyncio.run(execute(admin_url, f"CREATE DATABASE {name} TEMPLATE {NAME}"))
    yield with_database(admin_url, name)
    asyncio.run(execute(admin_url, f"DROP DATABASE {name} WITH (FORCE)"))


@asynccontextmanager
async def committed(url: str) -> AsyncIterator[Maker]:
    """Sessions that really commit, on an engine of their own."""
    engine = service_engine(url, pool_size=5)
    yield session_maker(engine, acting=SERVICE)
    await engine.dispose()


async def rows(session: AsyncSession, sql: str, **values: object) -> list[tuple[object, ...]]:
    """What a plain query finds."""
    return [tuple(row) for row in await session.execute(text(sql), values)]
