"""Changing a case: its rating, its stage, its problem, who answers for it, who is around it. Each on a page of its own."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.queries import agency_by_id, worker_by_id, workers
from hub.cases import changes, queries
from hub.cases.forms import AccountableIn, AdmitIn, ContactIn, HandBackIn, MoveIn, ProblemIn, RateIn
from hub.cases.queries import SharedCase, access_case
from hub.cases.rules import MOVES, Rating
from hub.database import CurrentSession
from hub.errors import NotFound, Refused
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.notices.changes import write
from hub.notices.rules import NoticeKind
from hub.rendering import show
from hub.sharing import changes as sharing
from hub.sharing.queries import seat
from hub.sharing.rules import Permission

router = APIRouter()


def _form(request: Request, shared: SharedCase, template: str, form: Filled[Any], **more: Any) -> Response:
    """A form page of a case: 422 when there is something to mend, else 200."""
    status = 422 if form.problems else 200
    return show(request, f"cases/{template}.html", status=status, shared=shared, form=form, section="board", **more)


@router.get("/cases/{case}/rate")
async def rate_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to rate a case."""
    return _form(request, await access_case(session, worker, case), "rate", Filled(), ratings=list(Rating))


@router.post("/cases/{case}/rate")
async def rate(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Rates a case, with the reason."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_rate)
    form = await fill(request, RateIn)
    if form.value:
        async with form.refusals(session):
            await changes.rate(
                session,
                shared.case,
                rating=form.value.rating,
                reason=form.value.reason,
                clocks=shared.partnership.clocks,
                by=worker,
                at=clock.now(),
            )
            return once.see(shared.path)
    return _form(request, shared, "rate", form, ratings=list(Rating))


@router.get("/cases/{case}/move")
async def move_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, stage: str = ""
) -> Response:
    """The form to move a case to another stage; `stage` is the one it was dragged to."""
    shared = await access_case(session, worker, case)
    return _form(request, shared, "move", Filled(typed={"stage": [stage]} if stage else {}), moves=MOVES[shared.stage])


@router.post("/cases/{case}/move")
async def move(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Moves a case to another stage."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_steer, _STEER)
    form = await fill(request, MoveIn)
    if form.value:
        async with form.refusals(session):
            await changes.move(
                session,
                shared.case,
                to=form.value.stage,
                reason=form.value.reason,
                clocks=shared.partnership.clocks,
                by=worker,
                at=clock.now(),
            )
            return once.see(shared.path)
    return _form(request, shared, "move", form, moves=MOVES[shared.stage])


_STEER = "Only the person who answers for this case, a team leader of its circle or the coordinator can do this."


@router.get("/cases/{case}/problem")
async def problem_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to state the problem, with how it was stated before."""
    shared = await access_case(session, worker, case)
    before = await queries.problem_statements(session, shared.id)
    return _form(request, shared, "problem", Filled(typed={"problem": [shared.case.problem]}), before=before)


@router.post("/cases/{case}/problem")
async def problem(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """States the problem anew."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.contribution_add, "The case is closed.")
    form = await fill(request, ProblemIn)
    if form.value:
        async with form.refusals(session):
            await changes.state_problem(session, shared.case, statement=form.value.problem, by=worker, at=clock.now())
            return once.see(shared.path)
    before = await queries.problem_statements(session, shared.id)
    return _form(request, shared, "problem", form, before=before)


# --- Who answers for it -----------------------------------------------------------------------------------------


@router.get("/cases/{case}/accountable")
async def accountable_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to name the one person who answers for a case."""
    shared = await access_case(session, worker, case)
    return _form(request, shared, "accountable", Filled(), workers=await _around(session, shared))


async def _around(session: CurrentSession, shared: SharedCase) -> list[Any]:
    """The workers of the agencies around a case."""
    return list(await workers(session, agency_ids=[agency.id for agency in shared.circle], at=clock.now()))


@router.post("/cases/{case}/accountable")
async def accountable(
    case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Names the one person who answers for a case; they are told, and accept by a click."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.accountable_name, _STEER)
    form, at = await fill(request, AccountableIn), clock.now()
    around = await _around(session, shared)
    if form.value:
        async with form.refusals(session):
            named = next((one for one in around if one.id == form.value.worker), None)
            if named is None:
                raise Refused("Choose a worker of an agency around this case", field="worker")
            await changes.name_accountable(
                session,
                case_id=shared.id,
                subject_type="case",
                subject_id=shared.id,
                worker_id=named.id,
                by=worker,
                at=at,
            )
            if named.id != worker.worker_id:
                await write(
                    session,
                    NoticeKind.accountable_named,
                    worker_id=named.id,
                    subject_id=shared.id,
                    case_id=shared.id,
                    link="/my-work",
                    at=at,
                )
            return once.see(shared.path)
    return _form(request, shared, "accountable", form, workers=around)


@router.post("/accountabilities/{accountability}/accept")
async def accept(
    accountability: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Accepts what one was named for, with one tap."""
    named = await queries.access_accountability(session, worker, accountability)
    await changes.accept(session, named, by=worker, at=clock.now())
    return once.see(await way_back(request, f"/cases/{ref(named.case_id)}"))


@router.get("/accountabilities/{accountability}/return")
async def hand_back_page(
    accountability: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """The form to hand back what one was named for."""
    named = await queries.access_accountability(session, worker, accountability)
    shared = await queries.access_case_by_id(session, worker, named.case_id)
    return _form(request, shared, "hand_back", Filled(), named=named)


@router.post("/accountabilities/{accountability}/return")
async def hand_back(
    accountability: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Hands back what one was named for, with the reason."""
    named = await queries.access_accountability(session, worker, accountability)
    form = await fill(request, HandBackIn)
    if form.value:
        async with form.refusals(session):
            await changes.hand_back(session, named, reason=form.value.reason, by=worker, at=clock.now())
            return once.see("/my-work")
    shared = await queries.access_case_by_id(session, worker, named.case_id)
    return _form(request, shared, "hand_back", form, named=named)


# --- Who is around it -------------------------------------------------------------------------------------------


@router.get("/cases/{case}/circle")
async def circle_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to bring in an agency, and the circle as it is."""
    shared = await access_case(session, worker, case)
    return await _circle_page(request, session, shared, Filled())


async def _circle_page(
    request: Request, session: CurrentSession, shared: SharedCase, form: Filled[AdmitIn]
) -> Response:
    there = {agency.id for agency in shared.circle}
    others = [agency for agency in shared.agencies.values() if agency.id not in there and agency.ended_at is None]
    return _form(request, shared, "circle", form, others=others)


@router.post("/cases/{case}/circle")
async def admit(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Brings an agency into the circle: from the next request on, its workers see the case."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_steer, _STEER)
    form = await fill(request, AdmitIn)
    if form.value:
        async with form.refusals(session):
            agency = await agency_by_id(session, form.value.agency)
            if agency.ended_at is not None:
                raise Refused("This agency has left the partnership", field="agency")
            await sharing.admit(session, agency_id=agency.id, case_id=shared.id, by=worker, at=clock.now())
            return once.see(f"{shared.path}/circle")
    return await _circle_page(request, session, shared, form)


@router.post("/cases/{case}/circle/{agency}/leave")
async def release(
    case: str, agency: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Releases an agency from the circle: from the next request on, its workers see the case no more."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_steer, _STEER)
    held = next((one for one in shared.seats if ref(one.agency_id) == agency), None)
    if held is None:
        raise NotFound
    form: Filled[AdmitIn] = Filled()
    async with form.refusals(session):
        await sharing.release(session, held, by=worker, at=clock.now())
        return once.see(shared.path if held.agency_id != worker.agency_id else "/")
    return await _circle_page(request, session, shared, form)


@router.get("/cases/{case}/contact")
async def contact_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to name whom to ring at one's own agency for this case."""
    shared = await access_case(session, worker, case)
    own = await workers(session, agency_ids=[worker.agency_id], at=clock.now())
    return _form(request, shared, "contact", Filled(), workers=own)


@router.post("/cases/{case}/contact")
async def contact(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Names whom to ring at one's own agency for this case."""
    shared = await access_case(session, worker, case)
    form = await fill(request, ContactIn)
    if form.value:
        async with form.refusals(session):
            named = await worker_by_id(session, form.value.worker, at=clock.now())
            held = await seat(session, agency_id=worker.agency_id, case_id=shared.id)
            if held is None or named.agency_id != worker.agency_id:
                raise Refused("Choose a colleague of your own agency", field="worker")
            await sharing.name_contact(session, held, worker_id=named.id, by=worker, at=clock.now())
            return once.see(shared.path)
    own = await workers(session, agency_ids=[worker.agency_id], at=clock.now())
    return _form(request, shared, "contact", form, workers=own)
