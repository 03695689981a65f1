"""The page on which an information guardian lets a scrutineer read one case."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.cases.queries import SharedCase, access_case
from hub.database import CurrentSession
from hub.errors import Refused
from hub.inputs import Filled, fill
from hub.rendering import show
from hub.scrutiny import changes, queries
from hub.scrutiny.forms import ScrutinyIn
from hub.scrutiny.rules import LONGEST
from hub.sharing.rules import Permission

router = APIRouter()
_GUARD = "An information guardian of an agency around the case lets a scrutineer in."


@router.get("/cases/{case}/scrutiny")
async def scrutiny_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to let a scrutineer read this case."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.scrutiny_open, _GUARD)
    return await _page(request, session, shared, Filled())


async def _page(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[ScrutinyIn]) -> Response:
    return show(
        request,
        "scrutiny/open.html",
        status=422 if form.problems else 200,
        shared=shared,
        form=form,
        section="board",
        part="sharing",
        scrutineers=await queries.scrutineers(session, clock.now()),
        longest=LONGEST.days,
    )


@router.post("/cases/{case}/scrutiny")
async def let_in(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Lets a scrutineer by name read this case, open or closed, until a day."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.scrutiny_open, _GUARD)
    form = await fill(request, ScrutinyIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            known = {one.id: one for one in await queries.scrutineers(session, at)}
            if told.worker not in known:
                raise Refused("Choose a scrutineer", field="worker")
            await changes.let_in(
                session, shared.case, scrutineer=known[told.worker], until=told.until, why=told.why, by=worker, at=at
            )
            return once.see(f"{shared.path}/sharing#named")
    return await _page(request, session, shared, form)
