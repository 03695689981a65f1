"""When workers are taken: times alone, never what by.

A room on a floor above that fills people's days (the conferences) makes itself known here, so that everything that
looks for a time, on whatever floor, looks at all of them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.absences.queries import away
from hub.calendars.queries import calendars_of, feed_times
from hub.calendars.rules import Busy
from hub.database import beyond_the_wall
from hub.interventions.queries import busy_times

Times = Mapping[UUID, list[tuple[datetime, datetime]]]


class Source(Protocol):
    """When each of several workers is taken; `without` names what is being moved."""

    async def __call__(
        self,
        session: AsyncSession,
        worker_ids: Collection[UUID],
        start: datetime,
        end: datetime,
        without: Collection[UUID],
    ) -> Times: ...


_sources: list[Source] = []


def fills_days(source: Source) -> Source:
    """Has everything that looks for a time ask this source too."""
    _sources.append(source)
    return source


async def busy_of(
    session: AsyncSession,
    worker_ids: Collection[UUID],
    start: datetime,
    end: datetime,
    *,
    without: Collection[UUID] = (),
) -> dict[UUID, Busy]:
    """When each worker is away, with a family, in a meeting, or busy by their agency's calendar.

    It looks past the wall, because a colleague's other cases are none of the asker's business and their hours are.
    """
    found: dict[UUID, list[tuple[datetime, datetime]]] = {one: [] for one in worker_ids}
    async with beyond_the_wall(session):
        told: list[Times] = [await busy_times(session, worker_ids, from_=start, until=end)]
        told.append(await away(session, worker_ids, start, end))
        told += [await source(session, worker_ids, start, end, without) for source in _sources]
    for times in told:
        for worker_id, taken in times.items():
            found[worker_id] += taken
    for worker_id, calendar in (await calendars_of(session, worker_ids)).items():
        found[worker_id] += feed_times(calendar)
    return dict(found)
