"""Proposing one visit in place of two, and answering such a proposal."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.calendars.busy import busy_of
from hub.cases.queries import SharedCase, access_case_by_id
from hub.clashes import queries, together
from hub.clashes.forms import ProposeIn, SettleIn
from hub.clashes.tables import Clash
from hub.database import CurrentSession
from hub.errors import NotAllowed, Refused
from hub.inputs import fill
from hub.london import london
from hub.sharing.rules import Permission
from hub.times import monday_of

router = APIRouter()


async def _access(session: CurrentSession, worker: CurrentWorker, clash: str) -> tuple[Clash, SharedCase]:
    found = await queries.access_clash(session, worker, clash)
    made_of = await queries.made_of(session, [found.id])
    shared = await access_case_by_id(session, worker, made_of[0].case_id)
    shared.require(Permission.clash_answer, "The case is closed.")
    return found, shared


async def offered(session: CurrentSession, worker: CurrentWorker, found: Clash, parts: Any) -> dict[str, Any]:
    """What the page of a clash shows of going together: what was proposed, and times at which both are free."""
    at, times = clock.now(), list[datetime]()
    made = await queries.proposals(session, found.id)
    waiting = next((one for one in made if one.state == "waiting"), None)
    if waiting is None:
        two = await together.two_of(session, found, parts, worker.agency_id, at=at)
    else:
        two = await together.two_proposed(session, waiting, parts, at=at)
    if two is not None and waiting is None and found.closed_at is None:
        ids = {one.worker_id for one in (two.mine, two.theirs) if one.worker_id}
        busy = await busy_of(session, ids, at, at + timedelta(weeks=together.WEEKS, days=1))
        times = together.free_times(busy, two.length, at=at)
    return {"two": two, "proposals": made, "proposed": waiting, "times": times}


@router.post("/clashes/{clash}/visit")
async def propose(clash: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Proposes one visit at a time that the page offered."""
    found, _ = await _access(session, worker, clash)
    parts = (await queries.parts(session, [found.id]))[found.id]
    two = await together.two_of(session, found, parts, worker.agency_id, at=clock.now())
    if two is None:
        raise NotAllowed("Only the agency of one of two visits can propose to go together.")
    form = await fill(request, ProposeIn)
    if form.value is None:
        raise Refused("Choose a time")
    starts_at = _moment(form.value.starts)
    if starts_at not in (await offered(session, worker, found, parts))["times"]:
        raise Refused("That time is taken by now. Reload the page to see which are free.")
    await together.propose(session, found, two, starts_at=starts_at, by=worker, at=clock.now())
    return once.see(request.url.path.removesuffix("/visit"))


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("Choose a time") from None
    if read.tzinfo is None:
        raise Refused("Choose a time")
    return read


@router.post("/clashes/{clash}/visit/answer")
async def answer(clash: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Takes up a proposal, or not."""
    found, shared = await _access(session, worker, clash)
    form = await fill(request, SettleIn)
    if form.value is None:
        raise Refused("Choose whether you go together")
    parts = (await queries.parts(session, [found.id]))[found.id]
    visit_at = await together.settle(session, found, parts, take=form.value.take, by=worker, at=clock.now())
    monday = f"?from={monday_of(london(visit_at).date())}" if visit_at else ""
    return once.see(f"{shared.path}/week{monday}")
