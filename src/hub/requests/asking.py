"""Asking other agencies from a case, on a page of its own."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers
from hub.cases.queries import SharedCase, access_case, access_to_write
from hub.database import CurrentSession
from hub.errors import Refused
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.rendering import show
from hub.requests import changes
from hub.requests.changes import Question
from hub.requests.forms import AskIn
from hub.requests.rules import GATEWAYS, LIKELY_GATEWAY, LIKELY_PURPOSE, Purpose, reply_timer
from hub.sharing.rules import Permission, Role
from hub.timers import due
from hub.vocabulary import codes

router = APIRouter()


@router.get("/cases/{case}/requests/new")
async def ask_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, agency: str = ""
) -> Response:
    """The form to ask one or several agencies; `agency` is the lane that it was opened from."""
    shared = await access_to_write(session, worker, case)
    typed = {
        "agencies": [agency] if agency else [],
        "purpose": [LIKELY_PURPOSE[shared.scheme].value],
        "gateway": [LIKELY_GATEWAY[shared.scheme]],
        "about": [ref(person) for person in shared.person_ids] if len(shared.person_ids) == 1 else [],
    }
    return _ask_page(request, shared, Filled(typed=typed))


def _ask_page(request: Request, shared: SharedCase, form: Filled[AskIn]) -> Response:
    inside = {agency.id for agency in shared.circle}
    others = [one for one in shared.agencies.values() if one.ended_at is None and one.id != shared.viewer.agency_id]
    return show(
        request,
        "requests/new.html",
        status=422 if form.problems else 200,
        section="board",
        part="sharing",
        shared=shared,
        form=form,
        inside=[one for one in others if one.id in inside],
        outside=[one for one in others if one.id not in inside],
        purposes=list(Purpose),
        gateways=codes(GATEWAYS),
        answer_by=due(reply_timer(shared.rating), clock.now(), shared.partnership.clocks),
    )


@router.post("/cases/{case}/requests")
async def ask(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Asks agencies for information; each has one person who answers, and a clock."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.request_ask, "The case is closed: nobody can be asked any more.")
    form = await fill(request, AskIn)
    if form.value:
        async with form.refusals(session):
            asked = await changes.ask(
                session,
                case_id=shared.id,
                asked=Question(
                    purpose=form.value.purpose,
                    question=form.value.question,
                    about=tuple(form.value.about),
                    gateway=form.value.gateway,
                    agencies=await _who_answers(session, shared, form.value.agencies, at),
                ),
                people=shared.person_ids,
                rating=shared.rating,
                clocks=shared.partnership.clocks,
                by=worker,
                at=at,
            )
            return once.see(f"/requests/{ref(asked.id)}")
    return _ask_page(request, shared, form)


async def _who_answers(
    session: CurrentSession, shared: SharedCase, agency_ids: list[UUID], at: datetime
) -> dict[UUID, UUID]:
    """The one person at each agency: whom the circle rings there, else its team leader, else the first of its people."""
    if any(one not in shared.agencies or shared.agencies[one].ended_at is not None for one in agency_ids):
        raise Refused("Choose agencies of this partnership", field="agencies")
    people = await workers(session, agency_ids=agency_ids, at=at)
    contacts = {seat.agency_id: seat.contact_id for seat in shared.seats}
    found: dict[UUID, UUID] = {}
    for agency_id in agency_ids:
        own = sorted(
            (one for one in people if one.agency_id == agency_id), key=lambda one: Role.leader not in one.roles
        )
        live = {one.id for one in own}
        contact = contacts.get(agency_id)
        if contact in live:
            found[agency_id] = contact
        elif own:
            found[agency_id] = own[0].id
        else:
            raise Refused(f"Nobody works for {shared.agencies[agency_id].name} here: ring them", field="agencies")
    return found
