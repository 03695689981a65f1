"""Lists of actions: mine, my team's, and a case's plan."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from hub import clock
from hub.actions import queries
from hub.actions.queries import Cut, Listed
from hub.actions.rules import ActionState, Order, Result, Show
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.cases.queries import access_case, names_of
from hub.database import CurrentSession
from hub.errors import NotAllowed, NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import from_ref
from hub.inputs import PageNumber
from hub.london import london
from hub.rendering import show
from hub.sharing.rules import Permission, Viewer

router = APIRouter()
PAGE = 25
PRINTED = 500
"""How many stand on one page when it is to be printed."""
Code = Annotated[str, Query(max_length=40)]


def _one(kind: Any, code: str, usual: Any) -> Any:
    """A filter from an address. Raises NotFound for one that is not offered."""
    try:
        return kind(code) if code else usual
    except ValueError:
        raise NotFound from None


@router.get("/actions")
async def actions(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    whose: Code = "mine",
    shown: Code = "",
    order: Code = "",
    page: PageNumber = 1,
    long: Code = "",
) -> Response:
    """My actions, or, for a team leader, those of the agency."""
    if whose not in ("mine", "team"):
        raise NotFound
    if whose == "team" and not worker.is_leader:
        raise NotAllowed("A team leader sees the actions of the whole agency.")
    cut = Cut(
        worker_id=worker.worker_id if whose == "mine" else None,
        agency_id=worker.agency_id if whose == "team" else None,
        show=_one(Show, shown, Show.open),
        order=_one(Order, order, Order.due),
    )
    size = PRINTED if long else PAGE
    told = await _told(session, worker, cut, page=page, size=size)
    await record(
        session, Kind.actions_listed, by=worker, at=clock.now(), ids=sorted({str(one.case.id) for one in told["rows"]})
    )
    question = {"whose": whose, "shown": cut.show.value, "order": cut.order.value, "long": long}
    return show(request, "actions/list.html", section="my-work", whose=whose, question=question, **told)


@router.get("/cases/{case}/actions")
async def plan(
    case: str,
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    shown: Code = "",
    order: Code = "",
    agency: Code = "",
    page: PageNumber = 1,
    long: Code = "",
) -> Response:
    """Every action of a case."""
    shared = await access_case(session, worker, case)
    cut = Cut(
        case_id=shared.id,
        agency_id=from_ref(agency) if agency else None,
        show=_one(Show, shown, Show.all),
        order=_one(Order, order, Order.due),
    )
    told = await _told(session, worker, cut, page=page, size=PRINTED if long else PAGE)
    question = {"shown": cut.show.value, "order": cut.order.value, "agency": agency, "long": long}
    return show(
        request,
        "actions/plan.html",
        section="board",
        part="plan",
        shared=shared,
        question=question,
        can_give=shared.may(Permission.action_give),
        **told,
    )


async def _told(session: CurrentSession, viewer: Viewer, cut: Cut, *, page: int, size: int) -> dict[str, Any]:
    """What a list shows, in a handful of queries whatever its length."""
    today = london(clock.now()).date()
    rows: list[Listed]
    rows, total = await queries.listed(session, viewer, cut, today=today, limit=size, offset=(page - 1) * size)
    ids = [one.action.id for one in rows]
    return {
        "rows": rows,
        "total": total,
        "page": page,
        "size": size,
        "today": today,
        "counts": await queries.tally(session, viewer, cut, today=today),
        "names": await names_of(session, list({one.case.id: one.case for one in rows}.values())),
        "people": await workers_by_id(session, [one.held.worker_id for one in rows if one.held]),
        "agencies": await agencies_by_id(session),
        "extensions": await queries.extensions(session, ids),
        "shows": list(Show),
        "orders": list(Order),
        "State": ActionState,
        "Result": Result,
    }
