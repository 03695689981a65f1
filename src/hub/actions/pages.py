"""Finishing an action."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.actions import changes, queries
from hub.actions.forms import FinishIn
from hub.actions.rules import ActionState
from hub.actions.tables import Action
from hub.agencies.identity import CurrentWorker, Once
from hub.cases.queries import access_case_by_id
from hub.database import CurrentSession
from hub.errors import NotAllowed
from hub.inputs import Filled, fill
from hub.rendering import show

router = APIRouter()


@router.get("/actions/{action}/finish")
async def finish_page(action: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to finish an action."""
    found = await queries.access_action(session, worker, action)
    return await _finish_page(request, session, worker, found, Filled())


async def _finish_page(
    request: Request, session: CurrentSession, worker: CurrentWorker, found: Action, form: Filled[FinishIn]
) -> Response:
    shared = await access_case_by_id(session, worker, found.case_id)
    return show(
        request,
        "actions/finish.html",
        status=422 if form.problems else 200,
        shared=shared,
        action=found,
        form=form,
        section="my-work",
        states=[ActionState.done, ActionState.overtaken, ActionState.not_undertaken],
    )


@router.post("/actions/{action}/finish")
async def finish(action: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Finishes an action: done, overtaken by events, or not undertaken. Its owner or the owner's agency can."""
    found = await queries.access_action(session, worker, action)
    if found.agency_id != worker.agency_id:
        raise NotAllowed("Only the agency that took this action can finish it.")
    form = await fill(request, FinishIn)
    if form.value:
        async with form.refusals(session):
            await changes.finish(
                session, found, state=form.value.state, note=form.value.note, by=worker, at=clock.now()
            )
            return once.see("/my-work")
    return await _finish_page(request, session, worker, found, form)
