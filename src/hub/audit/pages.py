"""The history of a case, as sentences."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.audit.sentences import sentence, workers_named
from hub.cases.queries import access_case
from hub.database import CurrentSession
from hub.events.changes import record
from hub.events.queries import of_case
from hub.events.rules import LOOKS, Kind
from hub.inputs import EventNumber
from hub.rendering import show

router = APIRouter()
PAGE = 60


@router.get("/cases/{case}/history")
async def history(
    case: str,
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    before: EventNumber | None = None,
    looks: str = "",
) -> Response:
    """What happened in a case, the newest first; with `looks`, also who has looked."""
    shared = await access_case(session, worker, case)
    kinds = [kind for kind in Kind if looks or kind not in LOOKS]
    found = list(
        await of_case(session, shared.id, agency_id=worker.agency_id, before=before, limit=PAGE + 1, looks=kinds)
    )
    people = await workers_by_id(session, workers_named(found))
    agencies = await agencies_by_id(session)
    await record(session, Kind.case_history_viewed, by=worker, at=clock.now(), case_id=shared.id, subject=shared.case)
    lines = [(event, sentence(event, workers=people, agencies=agencies)) for event in found[:PAGE]]
    return show(
        request,
        "audit/history.html",
        section="board",
        part="history",
        shared=shared,
        lines=lines,
        looks=looks,
        agencies=agencies,
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        before=before,
    )
