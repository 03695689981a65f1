"""Hearing the ledger: one connection in each process listens for the numbers of events that were committed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

CHANNEL = "hub_event"
RETRY_SECONDS = 1.0
logger = logging.getLogger(__name__)


async def listen(
    engine: AsyncEngine, on_event: Callable[[int], Awaitable[None]], on_gap: Callable[[], Awaitable[None]]
) -> None:
    """Calls `on_event` with the number of each audible event, after its commit, for as long as the task lives.

    When the connection breaks it is made anew, and `on_gap` is called, because something may have been missed: a
    notification is not kept for who was away.
    """
    while True:
        heard: asyncio.Queue[int | None] = asyncio.Queue()
        try:
            async with engine.connect() as connection:
                raw = await connection.get_raw_connection()
                driver: Any = raw.driver_connection

                def receive(_: Any, __: int, ___: str, payload: str, heard: asyncio.Queue[int | None] = heard) -> None:
                    heard.put_nowait(int(payload))

                await driver.add_listener(CHANNEL, receive)
                driver.add_termination_listener(lambda _, heard=heard: heard.put_nowait(None))
                await on_gap()
                while (event_id := await heard.get()) is not None:
                    await on_event(event_id)
        except asyncio.CancelledError:
            raise
        except Exception as problem:
            logger.warning("the ledger cannot be heard: %s", type(problem).__name__)
        await asyncio.sleep(RETRY_SECONDS)
