"""The way to PostgreSQL: one engine, and the only two places that commit.

A request's session is committed before the reply leaves (house rule: nothing acknowledged is ever lost). FastAPI
would by default send the reply first; `scope="function"` turns that round, and a test keeps it so.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

from hub.errors import Unavailable

SERVICE_ROLE = "hub_app"
SCHEMA = "hub"
STATEMENT_TIMEOUT_MS = 15_000
STATEMENTS_KEPT = 500
"""Prepared statements that each connection keeps with their plans."""


def service_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """The service's engine. Whatever login the address names, it works as `hub_app`, which owns nothing."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_recycle=900,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "server_settings": {
                "role": SERVICE_ROLE,
                "search_path": SCHEMA,
                "timezone": "UTC",
                "application_name": "hub",
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "idle_in_transaction_session_timeout": "60000",
                "jit": "off",
            },
            "prepared_statement_cache_size": STATEMENTS_KEPT,
        },
    )


SessionMaker = async_sessionmaker[AsyncSession]

SERVICE = "hub"
"""Who acts when the Hub does something by itself. A session acts as nobody until it says for whom."""


class ActingSession(Session):
    """Tells PostgreSQL for whom each of its transactions acts: the second wall reads it (row-level security)."""


@event.listens_for(ActingSession, "after_begin")
def _tell(session: Session, _: SessionTransaction, connection: Connection) -> None:
    acting, agency = session.info.get("acting", ("", ""))
    if acting:
        connection.execute(ACT, {"acting": acting, "agency": agency})


ACT = text(
    "SELECT set_config('app.acting', :acting, true), set_config('app.agency', :agency, true),"
    " set_config('plan_cache_mode', CASE WHEN :acting = 'hub' THEN 'auto' ELSE 'force_generic_plan' END, true)"
)
"""Whoever acts, and how their questions are planned.

What a worker may see is long to plan and quick to run: the count in every page's head took 35 ms when it was planned
for its values each time, and takes 6 ms with a plan that is kept. The Hub's own jobs read much at once, and a night of
clash rules over 12,000 interventions took 15 s with kept plans and 9 s without.
"""


def session_maker(engine: AsyncEngine, *, acting: str = "") -> SessionMaker:
    """Makes sessions. `acting=SERVICE` is for what the Hub does by itself; a request says later for whom it acts."""
    return async_sessionmaker(
        engine, sync_session_class=ActingSession, expire_on_commit=False, info={"acting": (acting, "")}
    )


async def act_for(session: AsyncSession, worker_id: UUID | None, agency_id: UUID | None) -> None:
    """From here on the session reads what this worker may.

    `worker_id` when grants by name open cases to them, `agency_id` when their agency's seats do.
    """
    await _act(session, str(worker_id or ""), str(agency_id or ""))


async def act_for_the_hub(session: AsyncSession) -> None:
    """From here on the session acts for the Hub itself: a proven system's message, which belongs to no worker."""
    await _act(session, SERVICE, "")


async def _act(session: AsyncSession, acting: str, agency: str) -> None:
    session.info["acting"] = (acting, agency)
    await session.execute(ACT, {"acting": acting, "agency": agency})


@asynccontextmanager
async def beyond_the_wall(session: AsyncSession) -> AsyncIterator[None]:
    """A few named questions must look past what the worker may see, and answer with no more than a count or a yes.

    Each use is listed in a test of the building, so that nobody adds one in passing.
    """
    before = session.info.get("acting", ("", ""))
    await session.flush()
    await _act(session, SERVICE, "")
    try:
        yield
    finally:
        await session.flush()
        await _act(session, *before)


async def commit(session: AsyncSession) -> None:
    """Commits, and is never cancelled half-way.

    A cancelled COMMIT may have happened or not, and a "yes" built on a guess is how acknowledged referrals are lost
    (54 of 2,885, measured with a stalled synchronous standby). A failure during COMMIT is unknown, so the answer is
    503: ask again with the same key.
    """
    try:
        await asyncio.shield(session.commit())
    except OperationalError as lost:
        raise Unavailable from lost
    except DBAPIError as lost:
        if lost.connection_invalidated:
            raise Unavailable from lost
        raise


async def request_session(request: Request) -> AsyncIterator[AsyncSession]:
    """The session of a request: one transaction, committed when the handler returns and before the reply is sent."""
    maker: SessionMaker = request.app.state.session_maker
    async with maker() as session:
        yield session
        await commit(session)


CurrentSession = Annotated[AsyncSession, Depends(request_session, scope="function")]


@asynccontextmanager
async def transaction(maker: SessionMaker) -> AsyncIterator[AsyncSession]:
    """A job's transaction: one for each thing it does, committed at the end."""
    async with maker() as session:
        yield session
        await commit(session)
