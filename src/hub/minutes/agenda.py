"""The agenda of a conference: a point added, given other minutes or left out, all of it made to fit, and the next point."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.cases.queries import SharedCase
from hub.conferences.invitations import path_of
from hub.conferences.tables import Conference
from hub.database import CurrentSession
from hub.errors import Conflict
from hub.inputs import Problem, fill
from hub.minutes import changes
from hub.minutes.forms import ItemIn, NextIn, PointIn, PointOutIn
from hub.minutes.room import enter, page, require_run
from hub.minutes.rules import Item

router = APIRouter()


async def _run(session: CurrentSession, worker: CurrentWorker, conference: str) -> tuple[Conference, SharedCase]:
    """A conference for whoever runs it, on a case that still has conferences."""
    found, shared = await enter(session, worker, conference)
    require_run(shared, found)
    shared.require_open_for_conference()
    return found, shared


@router.post("/conferences/{conference}/agenda")
async def add_item(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Adds a point to the agenda, before the conference or in it."""
    found, shared = await _run(session, worker, conference)
    form = await fill(request, ItemIn)
    if form.value:
        item = Item(form.value.title, form.value.minutes)
        await changes.add_point(session, found, item, by=worker, at=clock.now())
        return once.see(f"{path_of(found)}#agenda")
    return await page(request, session, shared, found, 422, item=form)


@router.post("/conferences/{conference}/agenda/point")
async def time_point(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Gives a point that has not begun other minutes."""
    found, shared = await _run(session, worker, conference)
    form = await fill(request, PointIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            await changes.time_point(session, found, told.item, minutes=told.minutes, by=worker, at=clock.now())
            return once.see(f"{path_of(found)}#agenda")
    return await page(request, session, shared, found, 422, point=form)


@router.post("/conferences/{conference}/agenda/point/out")
async def leave_out(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Leaves a point that has not begun out of the agenda."""
    found, shared = await _run(session, worker, conference)
    form = await fill(request, PointOutIn)
    if form.value:
        async with form.refusals(session):
            await changes.time_point(session, found, form.value.item, minutes=None, by=worker, at=clock.now())
            return once.see(f"{path_of(found)}#agenda")
    return await page(request, session, shared, found, 422, point=form)


@router.post("/conferences/{conference}/agenda/fit")
async def make_it_fit(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Shortens what has not begun, so that the agenda is no longer than the conference."""
    found, shared = await _run(session, worker, conference)
    form = await fill(request, NextIn)
    try:
        await changes.fit_agenda(session, found, by=worker, at=clock.now())
        return once.see(f"{path_of(found)}#agenda")
    except Conflict as not_so:
        form.problems.append(Problem("", not_so.sentence))
    return await page(request, session, shared, found, 422, fitting=form)


@router.post("/conferences/{conference}/agenda/next")
async def next_item(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Goes on to the next point, or to the one that is named."""
    found, shared = await enter(session, worker, conference)
    require_run(shared, found)
    form = await fill(request, NextIn)
    if form.value:
        await changes.next_item(session, found, item_id=form.value.item, by=worker, at=clock.now())
        return once.see(f"{path_of(found)}#now")
    return await page(request, session, shared, found, 422)
