"""The partnership's own page, the same for every partner."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import agencies, role_cards, workers
from hub.database import CurrentSession, beyond_the_wall
from hub.events.changes import record
from hub.events.rules import Kind
from hub.insight import queries
from hub.insight.rules import SMALLEST, rounded
from hub.rendering import show

router = APIRouter()


@router.get("/insight")
async def insight(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Who is in the partnership and how to ring them, what each agency can and cannot do, and how we are doing."""
    at = clock.now()
    if worker.counts_only:
        return await _counts(request, worker, session)
    await record(session, Kind.partnership_viewed, by=worker, at=at)
    async with beyond_the_wall(session):  # counts over every case, the same for every partner
        figures = await queries.figures(session, at=at)
    return show(
        request,
        "insight/partnership.html",
        section="insight",
        agencies=await agencies(session),
        cards=await role_cards(session),
        workers=await workers(session, at=at),
        figures=figures,
        window=queries.WINDOW.days,
    )


async def _counts(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The same questions for a researcher: rounded counts, no name of anybody, nothing small enough to point at one."""
    at = clock.now()
    await record(session, Kind.partnership_viewed, by=worker, at=at)
    async with beyond_the_wall(session):  # counts over every case, rounded before anybody sees them
        figures = await queries.figures(session, at=at)
        shares = await queries.shares(session)
    return show(
        request,
        "insight/counts.html",
        section="insight",
        agencies=await agencies(session),
        figures=figures,
        shares=shares,
        rounded=rounded,
        window=queries.WINDOW.days,
        SMALLEST=SMALLEST,
    )
