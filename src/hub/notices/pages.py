"""The in-app outbox: what the Hub has written to people."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import workers_by_id
from hub.config import settings
from hub.database import CurrentSession
from hub.events.changes import record
from hub.events.rules import Kind
from hub.inputs import PageNumber
from hub.notices import queries
from hub.notices.letters import letter_for
from hub.rendering import show

router = APIRouter()
PAGE = 30


@router.get("/outbox")
async def outbox(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    page: PageNumber = 1,
    mine: bool = False,
) -> Response:
    """One's own letters; in demo mode everybody's, so that one sees what each invitee got. No letter names anybody
    of a family."""
    own = worker.worker_id if mine or not settings().demo else None
    rows = await queries.outbox(session, worker_id=own, limit=PAGE + 1, offset=(page - 1) * PAGE)
    people = await workers_by_id(session, [notice.worker_id for notice in rows])
    await record(session, Kind.outbox_viewed, by=worker, at=clock.now(), ids=[notice.id for notice in rows[:PAGE]])
    return show(
        request,
        "notices/outbox.html",
        letters=[(notice, letter_for(notice, people[notice.worker_id])) for notice in rows[:PAGE]],
        people=people,
        page=page,
        more=len(rows) > PAGE,
        by_post=bool(settings().smtp_url),
        everybody=own is None,
        choose=settings().demo,
    )
