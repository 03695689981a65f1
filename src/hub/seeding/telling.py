"""Telling every family's history at once, in the order in which it happened."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.tables import Event
from hub.seeding.aims import aims
from hub.seeding.arrivals import arrivals
from hub.seeding.asking import asking
from hub.seeding.chronicle import chronicle
from hub.seeding.clashing import clashing
from hub.seeding.doings import doings
from hub.seeding.keeping import keeping
from hub.seeding.lanes import lines
from hub.seeding.meetings import meetings
from hub.seeding.promises import promises
from hub.seeding.tale import Step, Tale
from hub.seeding.views import views


def steps(tale: Tale) -> list[Step]:
    """Everything that happened to one family."""
    # Arrivals first: they learn when the case opens, before which nothing on it can happen.
    found = list(arrivals(tale))
    if "case" in tale.told:
        found += chain(
            lines(tale),
            doings(tale),
            clashing(tale),
            aims(tale),
            meetings(tale),
            views(tale),
            chronicle(tale),
            asking(tale),
            keeping(tale),
            promises(tale),
        )
    return found


async def tell(session: AsyncSession, tales: Sequence[Tale]) -> None:
    """Tells all histories together by the calendar, because the ledger is read in the order in which it was written."""
    with _ledger_in_one_go(session):
        # A sort keeps equals as they stand, so that each family's own order decides between two of one moment.
        for step in sorted(chain.from_iterable(steps(tale) for tale in tales), key=lambda step: step.at):
            await step.do(step.at)
        await session.flush()


@contextmanager
def _ledger_in_one_go(session: AsyncSession) -> Iterator[None]:
    """Holds the ledger's rows back and writes them together, in their order: a fifth of all statements fewer."""
    held: list[Event] = []

    def hold(writing: Any, *_: Any) -> None:
        for row in [row for row in writing.new if isinstance(row, Event)]:
            writing.expunge(row)
            held.append(row)

    event.listen(session.sync_session, "before_flush", hold)
    try:
        yield
    finally:
        event.remove(session.sync_session, "before_flush", hold)
    session.add_all(held)
