"""Deciding in the room: decisions, who was asked where they stand, actions with what came of the last, and the close."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.actions import giving
from hub.actions.forms import GiveIn
from hub.agencies.identity import CurrentWorker, Once
from hub.calling.rules import check_hours
from hub.cases.queries import SharedCase
from hub.cases.rules import check_chronology_opened
from hub.conference_kinds.queries import kinds
from hub.conferences.invitations import path_of
from hub.conferences.queries import invitees
from hub.conferences.rules import check_open
from hub.conferences.tables import Conference
from hub.database import CurrentSession
from hub.decisions import changes as decisions
from hub.decisions.forms import DecisionIn, fill_decision
from hub.decisions.queries import access_decision
from hub.decisions.rules import NOT_INVITED
from hub.drafts.changes import discard, keep_refused
from hub.drafts.queries import restored
from hub.drafts.rules import DraftForm
from hub.errors import Conflict, NotFound
from hub.ids import ref
from hub.inputs import Filled, Problem, fill
from hub.minutes import changes, closing
from hub.minutes.forms import AskedIn, CloseIn
from hub.minutes.room import enter, page, reading, require_run, room_of
from hub.minutes.rules import check_all_sent, check_may_decide

router = APIRouter()


@router.post("/conferences/{conference}/decisions")
async def decide(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Records a decision; the positions of the agencies follow."""
    found, shared = await enter(session, worker, conference)
    require_run(shared, found)
    check_open(found.state)
    rows = (await invitees(session, [found.id]))[found.id]
    form = await fill_decision(request, DecisionIn, shared.agencies)
    if form.value:
        try:
            check_may_decide(await room_of(session, shared, found, rows, (await kinds(session)).get(found.kind)))
        except Conflict as not_yet:
            form.problems.append(Problem("", not_yet.sentence))
            return await _decision_refused(request, session, shared, found, form)
        invited = {one.agency_id for one in rows}
        not_asked = {agency.id: NOT_INVITED for agency in shared.circle if agency.id not in invited}
        async with form.refusals(session):
            unread = form.value.threshold is not None and check_chronology_opened(
                await reading(session, shared, found), no_time=form.value.no_time
            )
            decision = await decisions.decide(
                session,
                case_id=found.case_id,
                conference_id=found.id,
                decided=form.value.decided,
                not_asked=not_asked,
                interim=bool(found.interim_because),
                by=worker,
                at=clock.now(),
                unread=unread,
            )
            await discard(session, case_id=shared.id, form=DraftForm.conference_decision, by=worker)
            return once.see(f"{path_of(found)}#decision-{ref(decision.id)}")
    return await _decision_refused(request, session, shared, found, form)


async def _decision_refused(
    request: Request, session: CurrentSession, shared: SharedCase, found: Conference, form: Filled[Any]
) -> Response:
    which, at = DraftForm.conference_decision, clock.now()
    await keep_refused(session, case_id=shared.id, form=which, typed=form.typed, by=shared.viewer, at=at)
    return await page(request, session, shared, found, 422, decision=form)


@router.post("/conferences/{conference}/decisions/{decision}/asked")
async def asked(
    conference: str, decision: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Notes that an agency was asked where it stands and has not said so."""
    found, shared = await enter(session, worker, conference)
    require_run(shared, found)
    made = await access_decision(session, worker, decision)
    if made.conference_id != found.id:
        raise NotFound
    form = await fill(request, AskedIn)
    if form.value and form.value.agency in {one.agency_id for one in (await invitees(session, [found.id]))[found.id]}:
        await changes.ask_position(session, found, made, agency_id=form.value.agency, by=worker, at=clock.now())
        return once.see(f"{path_of(found)}#decision-{decision}")
    form.problems.append(Problem("", "Choose an agency that is invited"))
    return await page(request, session, shared, found, 422, asking=form)


@router.post("/conferences/{conference}/actions")
async def assign(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Gives an action to one named person, with a due date, and what came of it when it was tried before."""
    found, shared = await enter(session, worker, conference)
    require_run(shared, found)
    check_open(found.state)
    form = await fill(request, GiveIn)
    if form.value:
        async with form.refusals(session):
            await giving.give(session, shared, form.value, conference_id=found.id, by=worker, at=clock.now())
            await discard(session, case_id=shared.id, form=DraftForm.conference_action, by=worker)
            return once.see(f"{path_of(found)}#actions")
    which, at = DraftForm.conference_action, clock.now()
    await keep_refused(session, case_id=shared.id, form=which, typed=form.typed, by=worker, at=at)
    return await page(request, session, shared, found, 422, action=form)


@router.post("/conferences/{conference}/close")
async def close(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Closes the conference, when nothing is missing; one without a quorum is called again."""
    found, shared = await enter(session, worker, conference)
    require_run(shared, found)
    form = await fill(request, CloseIn)
    if form.value:
        told = form.value
        rows = (await invitees(session, [found.id]))[found.id]
        room = await room_of(session, shared, found, rows, (await kinds(session)).get(found.kind))
        try:
            async with form.refusals(session):
                if told.again_at and found.interim_because:
                    check_hours(told.again_at, found.minutes, meant=told.although_closed == "yes")
                check_all_sent((await restored(session, worker, shared.id, DraftForm.minute)).typed)
                await closing.close(
                    session,
                    found,
                    room=room,
                    no_change_because=told.no_change_because,
                    again_at=told.again_at,
                    clocks=shared.partnership.clocks,
                    by=worker,
                    at=clock.now(),
                )
                return once.see(path_of(found))
        except Conflict as missing:
            form.problems.append(Problem("", missing.sentence))
    return await page(request, session, shared, found, 422, closing=form)
