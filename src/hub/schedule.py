"""The only clock that ticks. It decides nothing: what is due stands in tables, and any number of processes may tick.

APScheduler 3 with its own job store sends a reminder twice with two processes and loses some for ever when one is
killed; here it has no store and remembers nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from hub.agencies.jobs import forget_old
from hub.calendars.jobs import read_feeds
from hub.chasing.jobs import chase_actions
from hub.clashes.jobs import check_changed, check_everything, close_past
from hub.conferences.jobs import remind_due
from hub.database import SessionMaker
from hub.drafts.jobs import forget_drafts
from hub.escalations.jobs import climb_due
from hub.handovers.jobs import return_due
from hub.interventions.jobs import forget_files
from hub.ledger.jobs import seal_new, sign_and_hold
from hub.minutes.jobs import remind_of_letters
from hub.notices.jobs import send_due
from hub.preparing.jobs import ask_for_reports
from hub.problems.jobs import reveal_due
from hub.referrals.jobs import open_envelopes
from hub.requests.jobs import tell_overdue
from hub.retention.jobs import dispose_confirmed, tell_guardians
from hub.said.jobs import chase_unconfirmed
from hub.sittings.jobs import remind_members

Job = Callable[[SessionMaker], Awaitable[int]]

TICKS: tuple[tuple[Job, float], ...] = (
    (open_envelopes, 0.25),
    (check_changed, 0.4),
    (send_due, 2),
    (remind_due, 5),
    (chase_actions, 15),
    (return_due, 300),
    (reveal_due, 5),
    (seal_new, 1),
    (sign_and_hold, 3),
    (close_past, 300),
    (check_everything, 600),
    (tell_overdue, 20),
    (chase_unconfirmed, 60),
    (climb_due, 20),
    (forget_old, 3600),
    (forget_drafts, 3600),
    (forget_files, 3600),
    (tell_guardians, 300),
    (dispose_confirmed, 1),
    (remind_members, 5),
    (read_feeds, 30),
    (ask_for_reports, 20),
    (remind_of_letters, 20),
)
"""(job, seconds between ticks)"""
logger = logging.getLogger(__name__)


ENDS_WITHIN_SECONDS = 2.0
"""How long what runs at the end is waited for."""


class Ticks:
    """Ticks the jobs, each at most once at a time in this process, and survives their failures."""

    def __init__(self, maker: SessionMaker) -> None:
        self._maker = maker
        self._running: set[asyncio.Future[int]] = set()
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for job, seconds in TICKS:
            self._scheduler.add_job(
                self._tick,
                "interval",
                (job,),
                seconds=seconds,
                id=job.__name__,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self) -> None:
        """Starts nothing more, and lets what runs come to its end: it would be undone, and done again, for nothing."""
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=ENDS_WITHIN_SECONDS)
        self._scheduler.shutdown(wait=False)

    async def _tick(self, job: Job) -> None:
        running = asyncio.ensure_future(job(self._maker))
        self._running.add(running)
        try:
            await running
        except Exception as problem:
            # The next tick tries again; what is due is still due.
            logger.error("%s failed: %s", job.__name__, type(problem).__name__)
        finally:
            self._running.discard(running)
