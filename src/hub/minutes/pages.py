"""Holding a conference: its one live page, the door, who is there, the lines of the minutes."""

import asyncio
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers_by_id
from hub.calling.rules import check_hours
from hub.conference_kinds.queries import kinds
from hub.conferences import changes as conferences
from hub.conferences.invitations import path_of
from hub.conferences.queries import invitees
from hub.conferences.rules import ConferenceState
from hub.database import CurrentSession
from hub.drafts.changes import discard
from hub.drafts.rules import DraftForm
from hub.errors import Conflict, NotAllowed
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, Problem, fill
from hub.minutes import changes, closing, queries
from hub.minutes.changes import Spoken
from hub.minutes.forms import (
    AdjournIn,
    AnswerIn,
    AttendanceIn,
    BesideIn,
    InterimIn,
    LineIn,
    OpenIn,
    StatementIn,
)
from hub.minutes.room import access, enter, lines_part, pad, page, require_run, room_of, runs
from hub.rendering import is_part, show
from hub.sharing.rules import Permission, Role

router = APIRouter()
live = APIRouter()
"""Asked for by every open page at once: it shows no frame and asks little."""

KEPT = 256
_kept: dict[tuple[Any, ...], bytes] = {}
"""The lines as they were last made, by what makes them what they are. Oldest out first."""
_turns: WeakValueDictionary[tuple[Any, ...], asyncio.Lock] = WeakValueDictionary()
"""Who makes the lines that are not kept yet: the first who asks; the others wait for it."""


@router.get("/conferences/{conference}")
@router.get("/conferences/{conference}/room")
async def one_conference(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A conference: before, in the room, and after. `/room` is the live part alone."""
    found, shared = await access(session, worker, conference)
    await record(session, Kind.conference_viewed, by=worker, at=clock.now(), case_id=found.case_id, subject=found)
    return await page(request, session, shared, found)


@live.get("/conferences/{conference}/lines")
async def lines(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The lines of the minutes alone, as this worker may read them.

    Thirty browsers ask when one line is added. Each is checked afresh; those of one agency are then shown what was
    made for the first of them, as long as nothing has been added since.
    """
    found = await queries.glance(session, worker, conference)
    if found.state == ConferenceState.open and not found.signed:
        raise NotAllowed("Sign the statement on confidentiality first: nothing of the conference is shown before.")
    await record(session, Kind.minutes_viewed, by=worker, at=clock.now(), case_id=found.case_id)
    can_run = found.chair_id == worker.worker_id or Role.coordinator in worker.roles
    key = (*found.key, can_run)
    turn = _turns.setdefault(key, asyncio.Lock())
    async with turn:
        if key not in _kept:
            told = await lines_part(session, worker, found, can_run)
            shown = show(request, "minutes/_lines.html", alone=True, can_run=can_run, **told)
            while len(_kept) >= KEPT:
                _kept.pop(next(iter(_kept)), None)
            _kept[key] = bytes(shown.body)
        return HTMLResponse(_kept[key])


# --- The door, and who is there -----------------------------------------------------------------------------------


@router.post("/conferences/{conference}/open")
async def begin(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Opens the conference; one that is called for another time asks first."""
    found, shared = await access(session, worker, conference)
    require_run(shared, found)
    shared.require_open_for_conference()
    form = await fill(request, OpenIn)
    if form.value:
        async with form.refusals(session):
            await changes.begin(session, found, anyway=form.value.anyway, by=worker, at=clock.now())
            return once.see(path_of(found))
    return await page(request, session, shared, found, 422, opening=form)


@router.post("/conferences/{conference}/open/back")
async def take_back(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Takes back an opening made by mistake, while nothing has been minuted or decided."""
    found, shared = await access(session, worker, conference)
    require_run(shared, found)
    await changes.take_back(session, found, by=worker, at=clock.now())
    return once.see(path_of(found))


@router.post("/conferences/{conference}/statement")
async def statement(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Signs the statement and comes in."""
    found, shared = await access(session, worker, conference)
    own = (await invitees(session, [found.id]))[found.id]
    if not runs(shared, found) and worker.worker_id not in {one.worker_id for one in own}:
        raise NotAllowed("You are not invited to this conference. Ring its chair if you should be.")
    form = await fill(request, StatementIn)
    if form.value and form.value.agreed:
        await changes.sign(session, found, how=form.value.how, by=worker, at=clock.now())
        return once.see(path_of(found))
    return await page(request, session, shared, found, 422, statement=form)


@router.post("/conferences/{conference}/attendance")
async def attendance(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Notes who is there."""
    found, shared = await enter(session, worker, conference)
    require_run(shared, found)
    form = await fill(request, AttendanceIn)
    if form.value:
        told = zip(form.value.worker, form.value.attendance, strict=False)
        marks = {worker_id: how for worker_id, how in told if how is not None}
        await conferences.take_attendance(session, found, marks=marks, by=worker, at=clock.now())
        return once.see(path_of(found))
    return await page(request, session, shared, found, 422, attendance=form)


@router.post("/conferences/{conference}/interim")
async def interim(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Goes on without the quorum; what is decided is interim."""
    found, shared = await enter(session, worker, conference)
    require_run(shared, found)
    form = await fill(request, InterimIn)
    if form.value:
        rows = (await invitees(session, [found.id]))[found.id]
        room = await room_of(session, shared, found, rows, (await kinds(session)).get(found.kind))
        try:
            async with form.refusals(session):
                because = form.value.because
                await changes.go_interim(session, found, room=room, because=because, by=worker, at=clock.now())
                return once.see(path_of(found))
        except Conflict as not_so:
            form.problems.append(Problem("", not_so.sentence))
    return await page(request, session, shared, found, 422, interim=form)


@router.post("/conferences/{conference}/adjourn")
async def adjourn(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Ends a conference without its quorum and calls it again."""
    found, shared = await enter(session, worker, conference)
    require_run(shared, found)
    form = await fill(request, AdjournIn)
    if form.value:
        told = form.value
        rows = (await invitees(session, [found.id]))[found.id]
        room = await room_of(session, shared, found, rows, (await kinds(session)).get(found.kind))
        try:
            async with form.refusals(session):
                if told.again_at:
                    check_hours(told.again_at, found.minutes, meant=told.although_closed == "yes")
                again = await closing.adjourn(
                    session,
                    found,
                    room=room,
                    because=told.because,
                    again_at=told.again_at,
                    by=worker,
                    at=clock.now(),
                )
                return once.see(path_of(again))
        except Conflict as not_so:
            form.problems.append(Problem("", not_so.sentence))
    return await page(request, session, shared, found, 422, adjourn=form)


# --- Lines --------------------------------------------------------------------------------------------------------


@router.post("/conferences/{conference}/lines")
async def write_line(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Adds a line to the minutes."""
    found, shared = await enter(session, worker, conference)
    rows = (await invitees(session, [found.id]))[found.id]
    form = await fill(request, LineIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            await changes.write_line(
                session,
                found,
                spoken=Spoken(told.agency, told.words, told.audience, tuple(told.agencies)),
                runs=runs(shared, found),
                invited=list({one.agency_id for one in rows}),
                by=worker,
                at=clock.now(),
            )
            await discard(session, case_id=shared.id, form=DraftForm.minute, by=worker)
            if is_part(request):
                once.done(f"{path_of(found)}#pad")
                return pad(request, shared, found, rows)
            return once.see(f"{path_of(found)}#pad")
    return await page(request, session, shared, found, 422, line=form)


@router.post("/conferences/{conference}/lines/answers")
async def confirm(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Confirms a line for one's agency, or every line that it has not answered."""
    found, shared = await enter(session, worker, conference)
    _require_answer(shared)
    form, at = await fill(request, AnswerIn), clock.now()
    if form.value is None:
        return await page(request, session, shared, found, 422, confirming=form)
    if form.value.line is None:
        await changes.confirm_rest(session, found, by=worker, at=at)
    else:
        line = await queries.access_line(session, worker, found.id, ref(form.value.line))
        await changes.answer_line(session, found, line, agrees=True, by=worker, at=at)
    back = "#lines" if found.state == ConferenceState.open else "/minutes"
    return once.see(f"{path_of(found)}{back}")


def _require_answer(shared: Any) -> None:
    shared.require(Permission.conference_position, "Only agencies around this case confirm its minutes.")


@router.get("/conferences/{conference}/lines/{line}")
async def one_line(
    conference: str, line: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """One line with what every agency says to it, and the forms to object or to correct."""
    found, shared = await enter(session, worker, conference)
    await queries.access_line(session, worker, found.id, line)
    await record(session, Kind.minutes_viewed, by=worker, at=clock.now(), case_id=found.case_id, subject=found)
    return await _line_page(request, session, shared, found, line, Filled(), Filled())


async def _line_page(
    request: Request,
    session: CurrentSession,
    shared: Any,
    found: Any,
    line: str,
    objecting: Filled[BesideIn],
    amending: Filled[BesideIn],
) -> Response:
    (one,) = [one for one in await queries.lines(session, shared.viewer, found.id) if ref(one.line.id) == line]
    wrote: list[UUID] = [row.worker_id for row in one.answers] + [row.author_id for row in one.amendments]
    return show(
        request,
        "minutes/line.html",
        status=422 if objecting.problems or amending.problems else 200,
        section="conferences",
        part="conferences",
        shared=shared,
        conference=found,
        one=one,
        people=await workers_by_id(session, wrote),
        objecting=objecting,
        amending=amending,
        may_answer=shared.may(Permission.conference_position),
        may_amend=one.line.agency_id == shared.viewer.agency_id or one.line.author_id == shared.viewer.worker_id,
    )


@router.post("/conferences/{conference}/lines/{line}/objection")
async def object_to(
    conference: str, line: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says for one's agency what is not right about a line."""
    found, shared = await enter(session, worker, conference)
    said = await queries.access_line(session, worker, found.id, line)
    _require_answer(shared)
    form = await fill(request, BesideIn)
    if form.value:
        async with form.refusals(session):
            await changes.answer_line(
                session, found, said, agrees=False, words=form.value.words, by=worker, at=clock.now()
            )
            return once.see(f"{path_of(found)}/lines/{line}")
    return await _line_page(request, session, shared, found, line, form, Filled())


@router.post("/conferences/{conference}/lines/{line}/amendments")
async def amend(
    conference: str, line: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Writes a correction beside a line."""
    found, shared = await enter(session, worker, conference)
    said = await queries.access_line(session, worker, found.id, line)
    _require_answer(shared)
    form = await fill(request, BesideIn)
    if form.value:
        async with form.refusals(session):
            await changes.amend_line(session, found, said, words=form.value.words, by=worker, at=clock.now())
            return once.see(f"{path_of(found)}/lines/{line}")
    return await _line_page(request, session, shared, found, line, Filled(), form)
