"""One action: giving it, its page, and everything that is done with it there."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.actions import changes, extending, giving, queries
from hub.actions.changes import path_of
from hub.actions.forms import AnswerIn, DeclineIn, ExtendIn, FinishIn, GiveIn, NoteIn, PassOnIn, ReopenIn
from hub.actions.rules import ActionState, EntryKind, ExtensionState, Result
from hub.actions.tables import Action
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.queries import workers_by_id
from hub.cases.queries import SharedCase, access_case, access_case_by_id, accountable_for
from hub.cases.tables import Accountability
from hub.contributions.tables import Contribution
from hub.database import CurrentSession
from hub.errors import NotAllowed, NotFound
from hub.inputs import Filled, Problem, fill
from hub.london import london
from hub.outcomes.tables import Outcome
from hub.rendering import show
from hub.sharing.rules import Permission

router = APIRouter()
CLOSED = "Only agencies around an open case give actions and follow them up."


async def _access(session: CurrentSession, worker: CurrentWorker, ref: str) -> tuple[Action, SharedCase]:
    """An action with its case, for reading. Raises NotFound."""
    found = await queries.access_action(session, worker, ref)
    return found, await access_case_by_id(session, worker, found.case_id)


async def _working(session: CurrentSession, worker: CurrentWorker, ref: str) -> tuple[Action, SharedCase]:
    """An action with its case, for changing. Raises NotAllowed where the case is closed or only lent to this worker."""
    found, shared = await _access(session, worker, ref)
    shared.require(Permission.action_give, CLOSED)
    return found, shared


def _passes_on(shared: SharedCase, action: Action, held: Accountability | None) -> bool:
    """Who gives an action to somebody else: who has it, who gave it, a leader there, or whoever steers the case."""
    viewer = shared.viewer
    return (
        (held is not None and held.worker_id == viewer.worker_id)
        or action.assigned_by == viewer.worker_id
        or (viewer.is_leader and viewer.agency_id == action.agency_id)
        or shared.may(Permission.action_reopen)
    )


# --- Giving one -----------------------------------------------------------------------------------------------------


@router.get("/cases/{case}/actions/new")
async def new(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to give an action between conferences."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.action_give, CLOSED)
    return await _new_page(request, session, shared, Filled())


async def _new_page(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[GiveIn]) -> Response:
    return show(
        request,
        "actions/new.html",
        status=422 if form.problems else 200,
        section="board",
        part="plan",
        shared=shared,
        form=form,
        offered=await giving.offered(session, shared, form, clock.now()),
    )


@router.post("/cases/{case}/actions")
async def give(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Gives an action to one named person."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.action_give, CLOSED)
    form = await fill(request, GiveIn)
    if form.value:
        async with form.refusals(session):
            made = await giving.give(session, shared, form.value, conference_id=None, by=worker, at=clock.now())
            return once.see(path_of(made))
    return await _new_page(request, session, shared, form)


# --- One action -----------------------------------------------------------------------------------------------------


@router.get("/actions/{action}")
async def one_action(action: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """An action: who has it, the days it has had, how it goes, and what came of it."""
    found, shared = await _access(session, worker, action)
    return await _page(request, session, shared, found)


async def _page(
    request: Request, session: CurrentSession, shared: SharedCase, found: Action, **forms: Filled[Any]
) -> Response:
    """The page of an action; `forms` are those that came back with something to mend."""
    at, viewer = clock.now(), shared.viewer
    held = (await queries.owners(session, [found.id])).get(found.id)
    entries = await queries.entries(session, found.id)
    extensions = (await queries.extensions(session, [found.id]))[found.id]
    shown = {one.contribution_id for one in entries if one.contribution_id}
    works = shared.may(Permission.action_give)
    is_open = found.state == ActionState.open
    passes_on = works and is_open and _passes_on(shared, found, held)
    asked = next((one for one in extensions if one.state == ExtensionState.asked), None)
    people = [one.worker_id for one in entries] + [one.asked_by for one in extensions]
    return show(
        request,
        "actions/one.html",
        status=422 if forms else 200,
        section="my-work" if held and held.worker_id == viewer.worker_id else "board",
        part="plan",
        shared=shared,
        action=found,
        path=path_of(found),
        held=held,
        entries=entries,
        evidence={one.id for one in await queries.evidence_of(session, viewer, shared.id, ids=shown)}
        if shown
        else set(),
        extensions=extensions,
        granted=[one for one in extensions if one.state == ExtensionState.granted],
        asked=asked,
        outcome=await session.get(Outcome, found.outcome_id) if found.outcome_id else None,
        before=await session.get(Action, found.similar_to) if found.similar_to else None,
        people=await workers_by_id(
            session,
            [found.assigned_by, held.worker_id if held else None, *people, *(one.answered_by for one in extensions)],
        ),
        today=london(at).date(),
        State=ActionState,
        Result=Result,
        EntryKind=EntryKind,
        ExtensionState=ExtensionState,
        is_mine=held is not None and held.worker_id == viewer.worker_id,
        works=works and is_open,
        finishes=works and is_open and found.agency_id == viewer.agency_id,
        answers=works and asked is not None and asked.asked_by != viewer.worker_id and _answers(shared, asked.asked_of),
        passes_on=passes_on,
        reopens=not is_open and shared.may(Permission.action_reopen),
        offered=await giving.offered(session, shared, Filled(), at) if passes_on else None,
        forms={
            name: forms.get(name, Filled()) for name in ("note", "decline", "extend", "answer", "pass_on", "reopen")
        },
        all_forms=list(forms.values()),
    )


def _answers(shared: SharedCase, asked_of: UUID) -> bool:
    return asked_of == shared.viewer.worker_id or shared.may(Permission.action_reopen)


@router.post("/actions/{action}/decline")
async def decline(
    action: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says that one cannot take it, or keep it, and why: it goes back to whoever gave it."""
    found, shared = await _working(session, worker, action)
    form = await fill(request, DeclineIn)
    if form.value:
        async with form.refusals(session):
            await changes.decline(session, found, reason=form.value.reason, by=worker, at=clock.now())
            return once.see(await way_back(request, "/my-work"))
    return await _page(request, session, shared, found, decline=form)


@router.post("/actions/{action}/notes")
async def note(action: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Writes how it goes."""
    found, shared = await _working(session, worker, action)
    form = await fill(request, NoteIn)
    if form.value:
        async with form.refusals(session):
            await changes.note(session, found, words=form.value.words, by=worker, at=clock.now())
            return once.see(f"{path_of(found)}#written")
    return await _page(request, session, shared, found, note=form)


@router.post("/actions/{action}/extension")
async def extend(action: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Asks for longer, with the reason. The agency that has it asks."""
    found, shared = await _working(session, worker, action)
    if found.agency_id != worker.agency_id and found.assigned_by != worker.worker_id:
        raise NotAllowed("Only the agency that took this action, or whoever gave it, can ask for longer.")
    form = await fill(request, ExtendIn)
    if form.value:
        async with form.refusals(session):
            due_on, reason = form.value.due_on, form.value.reason
            await extending.ask(session, found, due_on=due_on, reason=reason, by=worker, at=clock.now())
            return once.see(path_of(found))
    return await _page(request, session, shared, found, extend=form)


@router.post("/actions/{action}/extension/answer")
async def answer_extension(
    action: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Agrees to more time, or says why not."""
    found, shared = await _working(session, worker, action)
    asked = await queries.extension_asked(session, found.id)
    if not _answers(shared, asked.asked_of if asked else found.assigned_by):
        raise NotAllowed("Whoever gave this action answers, or somebody who steers the case.")
    form = await fill(request, AnswerIn)
    if form.value:
        async with form.refusals(session):
            granted, words = form.value.granted, form.value.words
            await extending.answer(session, found, granted=granted, words=words, by=worker, at=clock.now())
            return once.see(await way_back(request, path_of(found)))
    return await _page(request, session, shared, found, answer=form)


@router.post("/actions/{action}/pass-on")
async def pass_on(
    action: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Gives an open action to somebody else, with the reason."""
    found, shared = await _working(session, worker, action)
    if not _passes_on(shared, found, await accountable_for(session, "action", found.id)):
        raise NotAllowed(
            "Who has this action, who gave it, a leader there or somebody who steers the case can do this."
        )
    form, at = await fill(request, PassOnIn), clock.now()
    if form.value:
        async with form.refusals(session):
            chosen = await giving.chosen_worker(session, shared, form.value.worker, at)
            although = form.value.although_away == "yes"
            await giving.check_there(session, chosen, found.due_on, although=although, at=at)
            await changes.pass_on(session, found, worker=chosen, reason=form.value.reason, by=worker, at=at)
            return once.see(path_of(found))
    return await _page(request, session, shared, found, pass_on=form)


@router.post("/actions/{action}/reopen")
async def reopen(action: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Opens an ended action again, with the reason and a new day."""
    found, shared = await _working(session, worker, action)
    shared.require(
        Permission.action_reopen, "A team leader, the coordinator or whoever answers for the case does this."
    )
    form = await fill(request, ReopenIn)
    if form.value:
        async with form.refusals(session):
            reason, due_on = form.value.reason, form.value.due_on
            await changes.reopen(session, found, reason=reason, due_on=due_on, by=worker, at=clock.now())
            return once.see(path_of(found))
    return await _page(request, session, shared, found, reopen=form)


# --- Ending it ------------------------------------------------------------------------------------------------------


@router.get("/actions/{action}/finish")
async def finish_page(action: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to finish an action."""
    found, shared = await _access(session, worker, action)
    return await _finish_page(request, session, shared, found, Filled())


async def _finish_page(
    request: Request, session: CurrentSession, shared: SharedCase, found: Action, form: Filled[FinishIn]
) -> Response:
    return show(
        request,
        "actions/finish.html",
        status=422 if form.problems else 200,
        shared=shared,
        action=found,
        form=form,
        section="my-work",
        results=[Result.worked, Result.partly, Result.no, Result.unknown],
        ours=await queries.evidence_of(session, shared.viewer, shared.id),
    )


@router.post("/actions/{action}/finish")
async def finish(action: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Finishes an action: done, overtaken by events, or not undertaken. Its owner or the owner's agency can."""
    found, shared = await _working(session, worker, action)
    if found.agency_id != worker.agency_id:
        raise NotAllowed("Only the agency that took this action can finish it.")
    form = await fill(request, FinishIn)
    if form.value and form.value.state is ActionState.done and form.value.result is None:
        form.problems.append(Problem("result", "Choose what came of it"))
    elif form.value:
        async with form.refusals(session):
            await changes.finish(
                session,
                found,
                state=form.value.state,
                note=form.value.note,
                result=form.value.result,
                evidence=await _evidence(session, shared, form.value.evidence),
                by=worker,
                at=clock.now(),
            )
            return once.see(path_of(found))
    return await _finish_page(request, session, shared, found, form)


async def _evidence(session: CurrentSession, shared: SharedCase, chosen: UUID | None) -> Contribution | None:
    """The contribution that was chosen as evidence. Raises NotFound for one that this worker may not read."""
    if chosen is None:
        return None
    found = await queries.evidence_of(session, shared.viewer, shared.id, ids=[chosen])
    if not found:
        raise NotFound
    return found[0]
