"""The conferences, and holding one. Calling one and answering its invitation stand in the room above."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker
from hub.cases.queries import names_of
from hub.conferences import queries
from hub.conferences.rules import ConferenceKind
from hub.conferences.tables import DeclaredInterest, Invitee
from hub.database import CurrentSession
from hub.events.changes import record
from hub.events.rules import Kind
from hub.inputs import PageNumber
from hub.rendering import show

router = APIRouter()
PAGE = 25


# --- Lists -----------------------------------------------------------------------------------------------------------


@router.get("/conferences")
@router.get("/conferences/list")
async def conferences(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    view: str = "",
    page: PageNumber = 1,
) -> Response:
    """The conferences that I may see: those that I am invited to, all that lie ahead, or those that are past."""
    at = clock.now()
    rows, total = await queries.visible_conferences(
        session,
        worker,
        show="past" if view == "past" else "coming",
        mine=view == "",
        at=at,
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )
    ids = [conference.id for conference, _ in rows]
    invitees, out = await queries.invitees(session, ids), await queries.interests(session, ids)
    await record(session, Kind.conferences_listed, by=worker, at=at, ids=ids)
    live_part = request.url.path == "/conferences/list"
    return show(
        request,
        "conferences/_list.html" if live_part else "conferences/list.html",
        section="conferences",
        rows=rows,
        total=total,
        page=page,
        size=PAGE,
        question={"view": view},
        names=await names_of(session, [c for _, c in rows]),
        asked={one: _who_may_come(invitees[one], out[one]) for one in ids},
        label=ConferenceKind,
    )


def _who_may_come(invited: Sequence[Invitee], out: Sequence[DeclaredInterest]) -> list[Invitee]:
    stepped_back = {one.worker_id for one in out}
    return [row for row in invited if row.worker_id not in stepped_back]
