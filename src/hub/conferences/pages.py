"""The conferences, and holding one. Calling one and answering its invitation stand in the room above."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.actions import changes as actions
from hub.actions import queries as action_queries
from hub.actions.changes import Assigned
from hub.actions.rules import ActionState
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers, workers_by_id
from hub.agencies.tables import Worker
from hub.cases.queries import SharedCase, access_case_by_id, chronology_reading, names_of
from hub.cases.rules import Reading, check_chronology_opened
from hub.conference_kinds.queries import kinds
from hub.conference_kinds.rules import quorum_missing
from hub.conferences import changes, queries, series
from hub.conferences.forms import (
    ActionIn,
    AttendanceIn,
    CloseIn,
)
from hub.conferences.invitations import path_of
from hub.conferences.rules import (
    Answer,
    Attendance,
    ConferenceKind,
    ConferenceState,
    agencies_there,
    check_open,
)
from hub.conferences.tables import Conference
from hub.database import CurrentSession
from hub.decisions import changes as decisions
from hub.decisions import queries as decision_queries
from hub.decisions.forms import LIKELY, DecisionIn, fill_decision
from hub.decisions.rules import NOT_INVITED, Settled, Stance, Threshold
from hub.decisions.tables import Decision
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, PageNumber, Problem, fill
from hub.outcomes.queries import of_case as outcomes_of_case
from hub.rendering import show
from hub.sharing.rules import Permission
from hub.workdays import working_day_before

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
    invitees = await queries.invitees(session, [conference.id for conference, _ in rows])
    await record(session, Kind.conferences_listed, by=worker, at=at, ids=[conference.id for conference, _ in rows])
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
        invitees=invitees,
        label=ConferenceKind,
        workers=await workers_by_id(session, [one.worker_id for many in invitees.values() for one in many]),
    )


async def _around(session: CurrentSession, shared: SharedCase) -> Sequence[Worker]:
    return await workers(session, agency_ids=[agency.id for agency in shared.circle], at=clock.now())


# --- One conference ---------------------------------------------------------------------------------------------


async def _access(session: CurrentSession, worker: CurrentWorker, conference_ref: str) -> tuple[Conference, SharedCase]:
    conference = await queries.access_conference(session, worker, conference_ref)
    return conference, await access_case_by_id(session, worker, conference.case_id)


@router.get("/conferences/{conference}")
@router.get("/conferences/{conference}/room")
async def one_conference(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A conference: before, in the room, and after. `/room` is the live part alone."""
    found, shared = await _access(session, worker, conference)
    await record(session, Kind.conference_viewed, by=worker, at=clock.now(), case_id=found.case_id, subject=found)
    return await _page(request, session, shared, found)


async def _page(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    found: Conference,
    status: int = 200,
    **forms: Filled[Any],
) -> Response:
    """The page of a conference; `forms` are those that came back with something to mend."""
    invitees = (await queries.invitees(session, [found.id]))[found.id]
    deputies = [one.deputy_id for one in invitees]
    people = await workers_by_id(session, [found.chair_id, *(one.worker_id for one in invitees), *deputies])
    invitees.sort(key=lambda one: (shared.agencies[one.agency_id].place, people[one.worker_id].name))
    cards = await decision_queries.shown(session, await decision_queries.decisions_of(session, found.id))
    between = await decision_queries.shown(session, await _between(session, found))
    assigned = await action_queries.actions_of(session, found.id)
    owners = await action_queries.owners(session, [action.id for action in assigned])
    marks: dict[UUID, list[Attendance]] = {}
    for one in invitees:
        marks.setdefault(one.agency_id, []).extend([Attendance(one.attendance)] if one.attendance else [])
    mine = next((one for one in invitees if one.worker_id == shared.viewer.worker_id), None)
    can_run = shared.may(Permission.conference_run, chair=found.chair_id == shared.viewer.worker_id)
    asks = (await kinds(session)).get(found.kind)
    coming = {one.agency_id for one in invitees if one.answer not in (Answer.declined, Answer.deputy)}
    sectors = {shared.agencies[one].sector for one in coming}
    missing = quorum_missing(asks, sectors, len(coming)) if asks else []
    row = await queries.series_by_id(session, found.series_id)
    live_part = request.url.path.endswith("/room")
    return show(
        request,
        "conferences/_room.html" if live_part else "conferences/conference.html",
        status=status,
        section="conferences",
        part="conferences",
        shared=shared,
        conference=found,
        invitees=invitees,
        people=people,
        kind=ConferenceKind(found.kind),
        state=ConferenceState(found.state),
        mine=mine,
        can_run=can_run,
        asks=asks,
        missing=missing,
        reports_by=working_day_before(found.starts_at, asks.report_days) if asks and asks.report_days else None,
        series=series.in_words(row) if row else "",
        withdrawn=(await queries.interests(session, [found.id]))[found.id],
        cards=cards,
        between=between,
        Settled=Settled,
        no_form=Filled(),
        actions=assigned,
        owners=owners,
        there=agencies_there(marks),
        owner_names=await workers_by_id(session, [one.worker_id for one in owners.values()]),
        stances=list(Stance),
        Stance=Stance,
        attendances=list(Attendance),
        Attendance=Attendance,
        Answer=Answer,
        ActionState=ActionState,
        answers=[Answer.accepted, Answer.tentative],
        outcomes=await outcomes_of_case(session, found.case_id),
        around=await _around(session, shared),
        decision_form=forms.get("decision", Filled(typed=LIKELY)),
        reading=await _reading(session, shared, found) if can_run else None,
        thresholds=list(Threshold),
        action_form=forms.get("action", Filled()),
        closing=forms.get("closing", Filled()),
        all_forms=[form for form in forms.values() if form.problems],
        invited_agencies=list(marks),
    )


async def _between(session: CurrentSession, found: Conference) -> Sequence[Decision]:
    """What was decided between meetings: all that waits, while the conference is ahead or held; then what it answered."""
    answered = await decision_queries.settled_in(session, found.id)
    if found.state in (ConferenceState.closed, ConferenceState.cancelled):
        return answered
    return [*await decision_queries.waiting_between(session, found.case_id), *answered]


async def _reading(session: CurrentSession, shared: SharedCase, found: Conference) -> Reading:
    """Whether whoever records has opened the chronology since the last decision before this sitting."""
    return await chronology_reading(session, shared.viewer, shared.id, before=found.opened_at or clock.now())


def _require_open_case(shared: SharedCase) -> None:
    """Raises Conflict for a closed case: a conference that was called for it is called off, and nothing else."""
    if shared.case.closed_at is not None:
        raise Conflict("The case is closed. Call the conference off, or open the case again first.")


def _require_run(shared: SharedCase, found: Conference, worker: CurrentWorker) -> None:
    shared.require(
        Permission.conference_run,
        "Only the chair or the hub’s coordinator can do this.",
        chair=found.chair_id == worker.worker_id,
    )


# --- In the room ------------------------------------------------------------------------------------------------


@router.post("/conferences/{conference}/open")
async def begin(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Opens the conference."""
    found, shared = await _access(session, worker, conference)
    _require_run(shared, found, worker)
    _require_open_case(shared)
    await changes.begin(session, found, by=worker, at=clock.now())
    return once.see(path_of(found))


@router.post("/conferences/{conference}/attendance")
async def attendance(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Notes who is there."""
    found, shared = await _access(session, worker, conference)
    _require_run(shared, found, worker)
    form = await fill(request, AttendanceIn)
    if form.value:
        marks = dict(zip(form.value.worker, form.value.attendance, strict=False))
        await changes.take_attendance(session, found, marks=marks, by=worker, at=clock.now())
        return once.see(path_of(found))
    return await _page(request, session, shared, found, 422, attendance=form)


@router.post("/conferences/{conference}/decisions")
async def decide(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Records a decision; the positions of the agencies follow."""
    found, shared = await _access(session, worker, conference)
    _require_run(shared, found, worker)
    check_open(found.state)
    form = await fill_decision(request, DecisionIn, shared.agencies)
    if form.value:
        invited = {one.agency_id for one in (await queries.invitees(session, [found.id]))[found.id]}
        not_asked = {agency.id: NOT_INVITED for agency in shared.circle if agency.id not in invited}
        async with form.refusals(session):
            unread = form.value.threshold is not None and check_chronology_opened(
                await _reading(session, shared, found), no_time=form.value.no_time
            )
            decision = await decisions.decide(
                session,
                case_id=found.case_id,
                conference_id=found.id,
                decided=form.value.decided,
                not_asked=not_asked,
                by=worker,
                at=clock.now(),
                unread=unread,
            )
            return once.see(f"{path_of(found)}#decision-{ref(decision.id)}")
    return await _page(request, session, shared, found, 422, decision=form)


@router.post("/conferences/{conference}/actions")
async def assign(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Gives an action to one named person, with a due date."""
    found, shared = await _access(session, worker, conference)
    _require_run(shared, found, worker)
    check_open(found.state)
    form = await fill(request, ActionIn)
    if form.value:
        told = form.value
        people = {one.id: one for one in await _around(session, shared)}
        async with form.refusals(session):
            if told.worker not in people:
                raise Refused("Choose a worker of an agency around this case", field="worker")
            assigned = Assigned(told.what, people[told.worker], told.due_on, told.outcome)
            await actions.assign(
                session, case_id=found.case_id, conference_id=found.id, assigned=assigned, by=worker, at=clock.now()
            )
            return once.see(f"{path_of(found)}#actions")
    return await _page(request, session, shared, found, 422, action=form)


@router.post("/conferences/{conference}/close")
async def close(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Closes the conference, when nothing is missing."""
    found, shared = await _access(session, worker, conference)
    _require_run(shared, found, worker)
    form = await fill(request, CloseIn)
    if form.value:
        try:
            await changes.close(
                session, found, no_change_because=form.value.no_change_because, by=worker, at=clock.now()
            )
            return once.see(path_of(found))
        except Conflict as missing:
            form.problems.append(Problem("", missing.sentence))
    return await _page(request, session, shared, found, 422, closing=form)
