"""Changing a case: its rating, its stage, who answers for it, who is around it. Each on a page of its own."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.tables import Worker
from hub.cases import changes, queries, steering
from hub.cases.forms import AccountableIn, ContactIn, HandBackIn, MoveIn, RateIn
from hub.cases.queries import SharedCase, access_case, access_to_write
from hub.cases.rules import MOVES, Rating, Stage, check_chronology_opened
from hub.cases.steering import WhyNow
from hub.database import CurrentSession
from hub.drafts.changes import discard, keep_refused
from hub.drafts.queries import restored
from hub.drafts.rules import DraftForm
from hub.errors import Conflict, Refused
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


async def _steering_form(
    request: Request, session: CurrentSession, shared: SharedCase, template: str, form: Filled[Any], **more: Any
) -> Response:
    """The same for a change of course: between meetings it asks why now, and who was asked first."""
    meeting = await steering.register().is_meeting(session, shared.id, clock.now())
    return _form(request, shared, template, form, meeting=meeting, whys=list(WhyNow), **more)


@router.get("/cases/{case}/rate")
async def rate_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to rate a case."""
    return await _rate_page(request, session, await access_to_write(session, worker, case), Filled())


async def _rate_page(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[RateIn]) -> Response:
    more = await _with_draft(session, shared, DraftForm.rate, form)
    return await _steering_form(request, session, shared, "rate", ratings=list(Rating), **more)


async def _with_draft(
    session: CurrentSession, shared: SharedCase, which: DraftForm, form: Filled[Any]
) -> dict[str, Any]:
    """The form with what the worker left in it, when they have typed nothing now, and whether they know the history."""
    draft = await restored(session, shared.viewer, shared.id, which)
    return {
        "form": form if form.typed else Filled(typed=draft.typed),
        "draft": draft,
        "reading": await queries.chronology_reading(session, shared.viewer, shared.id),
    }


@router.post("/cases/{case}/rate")
async def rate(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Rates a case, with the reason."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_rate)
    form = await fill(request, RateIn)
    if form.value:
        async with form.refusals(session):
            unread = form.value.rating is not shared.rating and check_chronology_opened(
                await queries.chronology_reading(session, worker, shared.id), no_time=form.value.no_time
            )
            await changes.rate(
                session,
                shared.case,
                rating=form.value.rating,
                reason=form.value.reason,
                clocks=shared.partnership.clocks,
                by=worker,
                at=clock.now(),
                between=form.value.between,
                unread=unread,
            )
            await discard(session, case_id=shared.id, form=DraftForm.rate, by=worker)
            return once.see(shared.path)
    await keep_refused(session, case_id=shared.id, form=DraftForm.rate, typed=form.typed, by=worker, at=clock.now())
    return await _rate_page(request, session, shared, form)


@router.get("/cases/{case}/move")
async def move_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, stage: str = ""
) -> Response:
    """The form to move a case to another stage; `stage` is the one it was dragged to."""
    shared = await access_to_write(session, worker, case)
    return await _move_page(request, session, shared, Filled(typed={"stage": [stage]} if stage else {}))


async def _move_page(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[MoveIn]) -> Response:
    more = await _with_draft(session, shared, DraftForm.move, form)
    return await _steering_form(request, session, shared, "move", moves=MOVES[shared.stage], **more)


@router.post("/cases/{case}/move")
async def move(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Moves a case to another stage."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_steer, _STEER)
    form = await fill(request, MoveIn)
    if form.value:
        async with form.refusals(session):
            if form.value.stage is Stage.closed and (
                missing := await queries.missing_before_closing(session, shared.id)
            ):
                raise Refused(missing, field="stage")
            unread = form.value.stage is Stage.closed and check_chronology_opened(
                await queries.chronology_reading(session, worker, shared.id), no_time=form.value.no_time
            )
            await changes.move(
                session,
                shared.case,
                to=form.value.stage,
                reason=form.value.reason,
                clocks=shared.partnership.clocks,
                by=worker,
                at=clock.now(),
                between=form.value.between,
                unread=unread,
            )
            await discard(session, case_id=shared.id, form=DraftForm.move, by=worker)
            return once.see(shared.path)
    await keep_refused(session, case_id=shared.id, form=DraftForm.move, typed=form.typed, by=worker, at=clock.now())
    return await _move_page(request, session, shared, form)


_STEER = "Only the person who answers for this case, a team leader of its circle or the coordinator can do this."


# --- Who answers for it -----------------------------------------------------------------------------------------


@router.get("/cases/{case}/accountable")
async def accountable_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to name the one person who answers for a case."""
    shared = await access_to_write(session, worker, case)
    around = await queries.could_answer(session, shared, clock.now())
    return await _steering_form(request, session, shared, "accountable", Filled(), workers=around)


@router.post("/cases/{case}/accountable")
async def accountable(
    case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Names the one person who answers for a case; they are told, and accept by a click."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.accountable_name, _STEER)
    form, at = await fill(request, AccountableIn), clock.now()
    around = await queries.could_answer(session, shared, at)
    if form.value:
        async with form.refusals(session):
            named = next((one for one in around if one.id == form.value.worker), None)
            if named is None:
                raise Refused("Choose a worker of an agency around this case who may see it", field="worker")
            await changes.name_accountable(
                session,
                case_id=shared.id,
                subject_type="case",
                subject_id=shared.id,
                worker_id=named.id,
                by=worker,
                at=at,
                between=form.value.between,
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
    return await _steering_form(request, session, shared, "accountable", form, workers=around)


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
    return await _steering_form(request, session, shared, "hand_back", Filled(), named=named)


@router.post("/accountabilities/{accountability}/return")
async def hand_back(
    accountability: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Hands back what one was named for, with the reason."""
    named = await queries.access_accountability(session, worker, accountability)
    if named.subject_type == "action":
        raise Conflict("Open the action itself to hand it back: its own page keeps the reason with it.")
    form = await fill(request, HandBackIn)
    if form.value:
        async with form.refusals(session):
            await changes.hand_back(
                session,
                named,
                reason=form.value.reason,
                by=worker,
                at=clock.now(),
                between=form.value.between,
            )
            return once.see("/my-work")
    shared = await queries.access_case_by_id(session, worker, named.case_id)
    return await _steering_form(request, session, shared, "hand_back", form, named=named)


# --- Who is around it -------------------------------------------------------------------------------------------


async def _own(session: CurrentSession, shared: SharedCase) -> list[Worker]:
    """The colleagues of one's own agency who may see a case."""
    return [
        one
        for one in await queries.could_answer(session, shared, clock.now())
        if one.agency_id == shared.viewer.agency_id
    ]


@router.get("/cases/{case}/contact")
async def contact_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to name whom to ring at one's own agency for this case."""
    shared = await access_to_write(session, worker, case)
    return _form(request, shared, "contact", Filled(), workers=await _own(session, shared))


@router.post("/cases/{case}/contact")
async def contact(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Names whom to ring at one's own agency for this case."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.contact_name, "Workers of the agencies around an open case name whom to ring there.")
    form = await fill(request, ContactIn)
    if form.value:
        async with form.refusals(session):
            named = next((one for one in await _own(session, shared) if one.id == form.value.worker), None)
            held = await seat(session, agency_id=worker.agency_id, case_id=shared.id)
            if held is None or named is None:
                raise Refused("Choose a colleague of your own agency", field="worker")
            await sharing.name_contact(session, held, worker_id=named.id, by=worker, at=clock.now())
            return once.see(shared.path)
    return _form(request, shared, "contact", form, workers=await _own(session, shared))
