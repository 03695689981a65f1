"""The open live streams of this process, and who of them is told what.

A stream is told names. Whether it may be is asked for each event against today's circle, and every few seconds its
session is asked for again, so that a right taken away bites on an open page within seconds.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from hub import clock
from hub.agencies.queries import still_live
from hub.database import SessionMaker
from hub.events.listener import listen
from hub.events.queries import event_by_id
from hub.live.queries import heard, standing_around
from hub.live.rules import REFRESH, may_hear, names

CHECK_SECONDS = 3.0
HEARTBEAT_SECONDS = 15.0
GATHER_SECONDS = 0.03
"""Names that come together are sent together: opening a case is a dozen events and one refresh."""
logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Stream:
    """One open page."""

    agency_id: UUID
    session_id: UUID
    pending: set[str] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def tell(self, told: frozenset[str]) -> None:
        self.pending |= told
        self.wake.set()

    def close(self) -> None:
        self.closed = True
        self.wake.set()

    async def messages(self) -> AsyncIterator[str]:
        """What goes over the wire, until the stream is closed: names, and a heartbeat when there is nothing to say."""
        yield "retry: 2000\n\n"
        while not self.closed:
            try:
                await asyncio.wait_for(self.wake.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            await asyncio.sleep(GATHER_SECONDS)
            self.wake.clear()
            told, self.pending = sorted(self.pending), set()
            for name in told:
                yield f"event: {name}\ndata: {name}\n\n"
        yield "event: signed-out\ndata: signed-out\n\n"


class Streams:
    """Every open stream of this process."""

    def __init__(self, engine: AsyncEngine, maker: SessionMaker) -> None:
        self._engine, self._maker = engine, maker
        self._open: set[Stream] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(listen(self._engine, self._pass_on, self._refresh_all)),
            asyncio.create_task(self._keep_checking()),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for stream in self._open:
            stream.close()

    def __len__(self) -> int:
        return len(self._open)

    def open(self, *, agency_id: UUID, session_id: UUID) -> Stream:
        stream = Stream(agency_id, session_id)
        self._open.add(stream)
        return stream

    def forget(self, stream: Stream) -> None:
        self._open.discard(stream)

    async def _refresh_all(self) -> None:
        for stream in self._open:
            stream.tell(frozenset({REFRESH}))

    async def _pass_on(self, event_id: int) -> None:
        if not self._open:
            return
        async with self._maker() as session:
            event = await event_by_id(session, event_id)
            if event is None:
                return
            what = heard(event)
            told = names(what)
            if not told:
                return
            agencies = {stream.agency_id for stream in self._open}
            at_case, at_referral = await standing_around(
                session, case_id=what.case_id, referral_id=what.referral_id, agencies=agencies
            )
        allowed = {agency for agency in agencies if may_hear(what, agency, at_case=at_case, at_referral=at_referral)}
        for stream in self._open:
            if stream.agency_id in allowed:
                stream.tell(told)

    async def _keep_checking(self) -> None:
        """Closes the streams of sessions that ended: signed out, revoked, the account closed, twelve hours over."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if not self._open:
                continue
            try:
                async with self._maker() as session:
                    live = await still_live(session, {stream.session_id for stream in self._open}, clock.now())
            except Exception as problem:  # fail closed: a right that cannot be checked is not there
                logger.warning("open streams cannot be checked: %s", type(problem).__name__)
                live = set()
            for stream in [stream for stream in self._open if stream.session_id not in live]:
                stream.close()
