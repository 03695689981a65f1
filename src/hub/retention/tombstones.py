"""What is answered where something stood that was disposed of: when, under which agreement, by which certificate."""

from collections.abc import Collection
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.database import act_for, transaction
from hub.errors import Disposed, NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import from_ref
from hub.london import london
from hub.retention import queries
from hub.sharing.rules import Viewer
from hub.times import day_and_year


def named_in(path: str) -> list[UUID]:
    """The identities that an address names."""
    found = []
    for step in path.split("/"):
        try:
            found.append(from_ref(step))
        except NotFound:
            continue
    return found


async def left_at(request: Request) -> Disposed | None:
    """What is left at the address of a request that found nothing, for a worker who could have opened what was there.

    To everybody else nothing is there, and never was.
    """
    things, viewer = named_in(request.url.path), request.state.viewer
    if not things:
        return None
    async with transaction(request.app.state.session_maker) as session:
        await act_for(
            session,
            viewer.worker_id if viewer.by_grant else None,
            viewer.agency_id if viewer.by_agency else None,
        )
        left = await queries.left_of(session, viewer, things)
        if not left:
            return None
        await record(session, Kind.tombstone_viewed, by=viewer, at=clock.now(), case_id=left[0].case_id)
        return Disposed(in_words(left[0]))


def in_words(left: queries.Left) -> str:
    """What is said of something that was disposed of."""
    day = day_and_year(london(left.disposed_at).date())
    return (
        f"It was disposed of on {day} under the agreement “{left.agreement}”, certificate {left.certificate}. "
        "Its time was over, and nothing of what was written is kept."
    )


async def disposed_among(session: AsyncSession, viewer: Viewer, things: Collection[UUID]) -> list[str]:
    """For the page of somebody who is still there: which records of theirs were disposed of, in words."""
    return [in_words(left) for left in await queries.left_of(session, viewer, things)]
