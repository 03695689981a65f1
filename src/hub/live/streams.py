"""The open live streams of this process, and who of them is told what.

A stream is told names. Whether it may be is asked for each event against today's rights, and every few seconds its
session is asked for again, so that a right taken away bites on an open page within seconds.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from hub import clock
from hub.agencies.queries import still_live
from hub.database import SessionMaker, transaction
from hub.events.listener import listen
from hub.events.queries import event_by_id
from hub.ids import new_id
from hub.live.queries import gone, present, rights_ended, stale, told_of, who_may_hear
from hub.live.rules import REFRESH, REVOKES, SAYS_AGAIN_SECONDS, here_name
from hub.live.tables import Presence

CHECK_SECONDS = 3.0
HEARTBEAT_SECONDS = 15.0
LOOK_AROUND_SECONDS = 2.0
"""How often a process looks who has come to the cases that its open pages show, or gone from them."""
NEVER = float("-inf")
GATHER_SECONDS = 0.03
"""Names that come together are sent together: opening a case is a dozen events and one refresh."""
APART_SECONDS, SPREAD_SECONDS = 0.025, 0.75
"""Pages are told one after the other, about as fast as they can be answered when they ask, and all within a second:
thirty people in a conference who ask at the same instant would each wait for the twenty-nine before."""
PASSED_ON_KEPT, MISSED_TOLD = 500, 20
"""How many events are remembered for pages that are just opening; of how many each is told by name. Of more, all."""
CATCH_UP_WITHIN, CLOCKS_APART = timedelta(seconds=60), timedelta(seconds=1)
"""How long a page may take to open its stream; how far the clocks of two processes may be apart."""
logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Stream:
    """One open page."""

    worker_id: UUID
    session_id: UUID
    case_id: UUID | None = None
    """The case that the page shows."""
    id: UUID = field(default_factory=new_id)
    pending: set[str] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False
    signed_out: bool = False
    """Whether it was closed because its session is over. A page then asks for itself again; else it only calls again."""
    said_at: float = NEVER
    """When it was last written down that this page is open, by the clock of the event loop."""

    def tell(self, told: frozenset[str]) -> None:
        self.pending |= told
        self.wake.set()

    def close(self, *, signed_out: bool = False) -> None:
        self.closed, self.signed_out = True, signed_out
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
        if self.signed_out:
            yield "event: signed-out\ndata: signed-out\n\n"


class Streams:
    """Every open stream of this process."""

    def __init__(self, engine: AsyncEngine, maker: SessionMaker) -> None:
        self._engine, self._maker = engine, maker
        self._open: set[Stream] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._left: set[UUID] = set()
        self._around: dict[UUID, frozenset[UUID]] = {}
        self._passed_on: deque[tuple[datetime, int]] = deque(maxlen=PASSED_ON_KEPT)

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(listen(self._engine, self._pass_on, self._refresh_all)),
            asyncio.create_task(self._keep_checking()),
            asyncio.create_task(self._keep_presence()),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.end()
        self._left |= {stream.id for stream in self._open if stream.case_id}
        if self._left:
            with suppress(Exception):  # what cannot be said now is understood from silence
                async with transaction(self._maker) as session:
                    await session.execute(gone(self._left))

    def end(self) -> None:
        """Ends every stream that is open."""
        for stream in self._open:
            stream.close()

    def __len__(self) -> int:
        return len(self._open)

    def open(self, *, worker_id: UUID, session_id: UUID, case_id: UUID | None = None) -> Stream:
        stream = Stream(worker_id, session_id, case_id)
        self._open.add(stream)
        return stream

    def forget(self, stream: Stream) -> None:
        self._open.discard(stream)
        if stream.case_id is not None:
            self._left.add(stream.id)

    async def catch_up(self, stream: Stream, since: datetime) -> None:
        """Tells a stream what happened since its page was asked for: until the stream opened, the page heard nothing.

        A page that was opened long ago and calls only now asks for all of it again by itself.
        """
        if clock.now() - since > CATCH_UP_WITHIN:
            return
        missed = [event_id for at, event_id in self._passed_on if at > since - CLOCKS_APART]
        if len(missed) > MISSED_TOLD:
            stream.tell(frozenset({REFRESH}))
            return
        async with self._maker() as session:
            for event_id in missed:
                event = await event_by_id(session, event_id)
                told = await told_of(session, event, {stream.worker_id}) if event else {}
                if stream.worker_id in told:
                    stream.tell(told[stream.worker_id])

    async def _refresh_all(self) -> None:
        for stream in self._open:
            stream.tell(frozenset({REFRESH}))

    async def _pass_on(self, event_id: int) -> None:
        self._passed_on.append((clock.now(), event_id))
        if not self._open:
            return
        async with self._maker() as session:
            event = await event_by_id(session, event_id)
            if event is None:
                return
            if event.kind in REVOKES:
                await self._refresh_all()
            told = await told_of(session, event, {stream.worker_id for stream in self._open})
        hearing = [stream for stream in self._open if stream.worker_id in told]
        apart = min(APART_SECONDS, SPREAD_SECONDS / max(1, len(hearing)))
        for number, stream in enumerate(hearing):
            asyncio.get_running_loop().call_later(number * apart, stream.tell, told[stream.worker_id])

    async def _keep_checking(self) -> None:
        checked = clock.now()
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            at = clock.now()
            await self.check(checked, at)
            checked = at

    async def check(self, since: datetime, at: datetime) -> None:
        """Closes the streams of sessions that ended: signed out, revoked, the account closed, twelve hours over.

        When a right ran out by time alone since the last check, every page asks again. Only what was open when the
        question was put is judged by the answer: a page that opened meanwhile is not signed out.
        """
        asked = list(self._open)
        if not asked:
            return
        try:
            async with self._maker() as session:
                live = await still_live(session, {stream.session_id for stream in asked}, at)
                if await rights_ended(session, since, at):
                    await self._refresh_all()
        except Exception as problem:  # fail closed: a right that cannot be checked is not there
            logger.warning("open streams cannot be checked: %s", type(problem).__name__)
            for stream in asked:
                stream.close()
            return
        for stream in asked:
            if stream.session_id not in live:
                stream.close(signed_out=True)

    async def _keep_presence(self) -> None:
        """Says who has which case open here, and tells the pages of a case when somebody comes or goes anywhere."""
        while True:
            await asyncio.sleep(LOOK_AROUND_SECONDS)
            try:
                await self.look_around()
            except Exception as problem:
                logger.warning("presence cannot be kept: %s", type(problem).__name__)

    async def look_around(self) -> None:
        """One round of it: what was closed is forgotten, what is open says so when its time has come."""
        at, ticks = clock.now(), asyncio.get_running_loop().time()
        open_pages = [stream for stream in self._open if stream.case_id is not None and not stream.closed]
        left, self._left = self._left, set()
        saying = [page for page in open_pages if ticks - page.said_at >= SAYS_AGAIN_SECONDS]
        if left or saying:
            async with transaction(self._maker) as session:
                if left:
                    await session.execute(gone(left))
                if saying:
                    await session.execute(stale(at))
                    rows = [
                        {"id": page.id, "case_id": page.case_id, "worker_id": page.worker_id, "seen_at": at}
                        for page in saying
                    ]
                    await session.execute(
                        insert(Presence).values(rows).on_conflict_do_update(index_elements=["id"], set_={"seen_at": at})
                    )
            for page in saying:
                page.said_at = ticks
        await self._tell_who_is_here(open_pages, at)

    async def _tell_who_is_here(self, open_pages: list[Stream], at: datetime) -> None:
        shown = {page.case_id for page in open_pages if page.case_id is not None}
        if not shown:
            self._around = {}
            return
        async with self._maker() as session:
            around = await present(session, shown, at)
            changed = {case_id for case_id in shown if around.get(case_id) != self._around.get(case_id)}
            for case_id in changed:
                pages = [page for page in open_pages if page.case_id == case_id]
                workers = {page.worker_id for page in pages}
                allowed = await who_may_hear(session, case_id=case_id, referral_id=None, workers=workers)
                for page in pages:
                    if page.worker_id in allowed:
                        page.tell(frozenset({here_name(case_id)}))
        self._around = around
