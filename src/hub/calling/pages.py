"""Calling, moving and calling off a conference; what is due; and times that suit all."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers
from hub.agencies.tables import Worker
from hub.calendars.queries import calendars_of, state_of
from hub.calendars.rules import WEEKS, suiting
from hub.calling import queries
from hub.calling.forms import CancelIn, ConferenceIn, MoveIn, NotNeededIn, WhenIn
from hub.calling.rules import NOTICE, Offered, check_hours, near, offered, read_offer
from hub.cases.queries import SharedCase, access_case, access_case_by_id, names_of
from hub.conference_kinds.queries import kinds
from hub.conferences import answers as conference_answers
from hub.conferences import changes, series
from hub.conferences import queries as conferences
from hub.conferences.changes import Called
from hub.conferences.invitations import path_of
from hub.conferences.rules import ConferenceKind
from hub.conferences.tables import Conference
from hub.database import CurrentSession
from hub.errors import Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import NOWHERE, from_ref, ref
from hub.inputs import Filled, PageNumber, Problem, fill, moment_of
from hub.invitations.rules import Pattern, Reach, Repeat
from hub.london import from_london, london
from hub.rendering import show
from hub.sharing.rules import Permission, in_the_circle
from hub.sittings.tables import Sitting

router = APIRouter()
PAGE = 25


# --- What is due --------------------------------------------------------------------------------------------------


@router.get("/conferences/due")
async def due(request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1) -> Response:
    """Conferences that a clock asks for on the cases that I may see: the most overdue first."""
    at = clock.now()
    found = await queries.due_for(session, worker, await kinds(session))
    part = found[(page - 1) * PAGE : page * PAGE]
    await record(session, Kind.conferences_listed, by=worker, at=at, ids=[one.case.id for one in part])
    return show(
        request,
        "calling/due.html",
        section="conferences",
        rows=part,
        total=len(found),
        page=page,
        size=PAGE,
        question={"view": "due"},
        names=await names_of(session, [one.case for one in part]),
        at=at,
        ConferenceKind=ConferenceKind,
    )


@router.post("/cases/{case}/conferences/not-needed")
async def not_needed(
    case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says, with a reason, that a conference which a clock asks for is not needed this time."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.conference_schedule, "The case is closed.")
    form = await fill(request, NotNeededIn)
    asked = await queries.due_for(session, worker, await kinds(session), case_id=shared.id)
    found = next((one.due for one in asked if form.value and one.due.kind.code == form.value.kind), None)
    if form.value and found is None:
        form.problems.append(Problem("kind", "That conference is not due any more"))
    elif form.value and found is not None:
        async with form.refusals(session):
            await conference_answers.not_needed(
                session,
                shared.id,
                kind=found.kind.code,
                since=found.since,
                reason=form.value.reason,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/conferences")
    return show(
        request, "calling/not_needed.html", status=422, shared=shared, form=form, section="board", part="conferences",
        due=found,
    )  # fmt: skip


# --- Calling ------------------------------------------------------------------------------------------------------


async def around(session: AsyncSession, shared: SharedCase) -> Sequence[Worker]:
    """The workers of the agencies around a case: not those to whom the seat of their agency opens nothing."""
    found = await workers(session, agency_ids=[agency.id for agency in shared.circle], at=clock.now())
    return [one for one in found if in_the_circle(one.roles)]


@router.get("/cases/{case}/conferences/new")
async def new(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, kind: str = "case-conference"
) -> Response:
    """The form to call a conference, with the people to ring already chosen."""
    shared = await access_case(session, worker, case)
    known = await kinds(session)
    chosen = known.get(kind) or known["case-conference"]
    contacts = [ref(seat.contact_id) for seat in shared.seats if seat.contact_id]
    if shared.accountable:
        contacts.append(ref(shared.accountable.id))
    typed = {
        "invitees": [*contacts, ref(worker.worker_id)],
        "minutes": [str(chosen.minutes)],
        "chair": [ref(worker.worker_id)],
        "kind": [chosen.code],
        "every": ["1"],
    }
    return await _new_page(request, session, shared, Filled(typed=typed))


async def _new_page(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    form: Filled[ConferenceIn],
    offers: Sequence[Offered] = (),
    stale: Sequence[str] = (),
) -> Response:
    known = await kinds(session)
    people = await around(session, shared)
    return show(
        request,
        "calling/new.html",
        status=422 if form.problems else 200,
        shared=shared,
        form=form,
        section="board",
        part="conferences",
        kinds=[one for one in known.values() if not one.listed or one.code == form.one("kind")],
        chosen=known.get(form.one("kind")),
        workers=people,
        offers=offers,
        stale=stale,
        weeks=WEEKS,
        repeats=list(Repeat),
        sectors={agency.sector for agency in shared.circle},
    )


@router.post("/cases/{case}/conferences/times")
async def times(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The same form with times that suit all who are ticked; what was typed stays."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.conference_schedule, "The case is closed.")
    form = await fill(request, ConferenceIn)
    people = {one.id: one for one in await around(session, shared)}
    asked = [
        people[one] for one in known_refs(form.typed.get("invitees", []) + form.typed.get("chair", [])) if one in people
    ]
    kept: Filled[ConferenceIn] = Filled(typed={**form.typed, "offer": []})
    offers: Sequence[Offered] = ()
    stale: Sequence[str] = ()
    try:
        offers, stale = await find_times(session, asked, form.one("minutes"), form.one("place"), clock.now())
    except Refused as refusal:
        kept.problems.append(Problem(refusal.field, refusal.sentence))
    return await _new_page(request, session, shared, kept, offers, stale)


def known_refs(typed: Collection[str]) -> list[UUID]:
    """The identities that were ticked, each once; what is no identity is left out."""
    return [from_ref(one) for one in dict.fromkeys(typed) if len(one) == 26 and one.isalnum()]


async def find_times(
    session: AsyncSession,
    people: Sequence[Worker],
    minutes: str,
    room: str,
    at: datetime,
    *,
    without: Collection[UUID] = (),
    begins_at: datetime | None = None,
) -> tuple[list[Offered], list[str]]:
    """Times that suit people and a room, and whose calendars are old, the soonest after `begins_at` first.

    Raises Refused for what cannot be looked for.
    """
    if not people:
        raise Refused("Choose who is invited, then ask for times", field="invitees")
    if not minutes.strip().isdigit() or not 10 <= int(minutes) <= 480:
        raise Refused("Enter how many minutes it lasts", field="minutes")
    begins_at = begins_at or at + NOTICE
    identities = [one.id for one in people]
    busy = await queries.busy_of(
        session, identities, begins_at, begins_at + timedelta(weeks=WEEKS), room=room.strip(), without=without
    )
    found = suiting(busy, minutes=int(minutes), begins_at=begins_at)
    calendars = await calendars_of(session, identities)
    names = {one.id: one.name for one in people} | {NOWHERE: "the room"}
    stale = [one.name for one in people if state_of(calendars.get(one.id)).is_stale(at)]
    return offered(found, names), stale


def starts_of(told: WhenIn | MoveIn) -> datetime:
    """When a meeting starts: the time that was chosen from those offered, or the day and hour that were typed."""
    if told.offer:
        here = read_offer(told.offer)
        return from_london(here.date(), here.hour, here.minute)
    if told.day is None:
        raise Refused("Enter the date, such as 27/3/2026, or ask for times", field="day")
    if told.starts is None:
        raise Refused("Enter when it starts, such as 10:30", field="starts")
    return moment_of(told.day, told.starts)


def moved_to(told: MoveIn, meeting: Conference | Sitting) -> datetime:
    """When a meeting that is moved starts. Asks once more about a new time that is not in working hours."""
    starts_at, minutes = starts_of(told), int(told.minutes)
    if starts_at != meeting.starts_at or minutes != meeting.minutes:
        check_hours(starts_at, minutes, meant=told.although_closed == "yes")
    return starts_at


def pattern_in(told: WhenIn, starts_at: datetime) -> Pattern | None:
    """The rule of a series, when one was asked for."""
    if told.repeat is None:
        return None
    if told.until is None:
        raise Refused("Enter the last day of the series", field="until")
    return Pattern(starts_at, told.repeat, int(told.every), told.until)


@router.post("/cases/{case}/conferences")
async def schedule(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Calls a conference or a series: each invitee gets a notice and an invitation."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.conference_schedule, "The case is closed.")
    form = await fill(request, ConferenceIn)
    if form.value:
        told = form.value
        people = {one.id: one for one in await around(session, shared)}
        async with form.refusals(session):
            if told.chair not in people or not set(told.invitees) <= set(people):
                raise Refused("Choose workers of agencies around this case", field="invitees")
            starts_at = starts_of(told)
            check_hours(starts_at, int(told.minutes), meant=told.although_closed == "yes")
            called = Called(
                kind=_kind(told.kind),
                purpose=told.purpose,
                starts_at=starts_at,
                minutes=int(told.minutes),
                place=told.place,
                video_link=told.video_link,
                chair=people[told.chair],
                invitees=[people[one] for one in told.invitees],
                chair_because=told.chair_because,
            )
            to: dict[str, Any] = {
                "case_id": shared.id,
                "circle": [agency.id for agency in shared.circle],
                "by": worker,
                "at": clock.now(),
            }
            pattern = pattern_in(told, starts_at)
            if pattern is not None:
                made = await series.schedule_series(session, called=called, pattern=pattern, **to)
                return once.see(path_of(made[0]))
            return once.see(path_of(await changes.schedule(session, called=called, **to)))
    return await _new_page(request, session, shared, form)


def _kind(code: str) -> ConferenceKind:
    try:
        return ConferenceKind(code)
    except ValueError:
        raise Refused("Choose what it is", field="kind") from None


# --- Moving and calling off ---------------------------------------------------------------------------------------


async def access(session: AsyncSession, worker: CurrentWorker, conference: str) -> tuple[Conference, SharedCase]:
    """A conference and its case, if this worker may see them. Raises NotFound."""
    found = await conferences.access_conference(session, worker, conference)
    return found, await access_case_by_id(session, worker, found.case_id)


def require_run(shared: SharedCase, found: Conference, worker: CurrentWorker) -> None:
    """Raises NotAllowed for anybody but the chair and the coordinator."""
    shared.require(
        Permission.conference_run,
        "Only the chair or the hub’s coordinator can do this.",
        chair=found.chair_id == worker.worker_id,
    )


@router.get("/conferences/{conference}/move")
async def move_page(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to move a conference, or to call it off, with times that suit those invited."""
    found, shared = await access(session, worker, conference)
    require_run(shared, found, worker)
    return await _move_page(request, session, shared, found, Filled(typed=typed_when(found)), Filled())


def typed_when(meeting: Conference | Sitting) -> dict[str, list[str]]:
    """A meeting's time as its form holds it."""
    start = london(meeting.starts_at)
    return {
        "day": [start.date().isoformat()],
        "starts": [f"{start:%H:%M}"],
        "minutes": [str(meeting.minutes)],
        "place": [meeting.place],
        "reach": [Reach.this.value],
    }


async def times_near(
    session: AsyncSession, meeting: Conference | Sitting, people: Sequence[Worker], form: Filled[MoveIn]
) -> tuple[list[Offered], list[str]]:
    """Times near the old one that suit everybody who is invited, without the old one itself; and whose calendars are old."""
    minutes = form.one("minutes") if form.one("minutes").isdigit() else str(meeting.minutes)
    at = clock.now()
    try:
        offers, stale = await find_times(
            session, people, minutes, meeting.place, at, without=[meeting.id], begins_at=near(meeting.starts_at, at)
        )
    except Refused:
        return [], []
    as_it_is = london(meeting.starts_at).replace(tzinfo=None)
    return [one for one in offers if not one.missing and read_offer(one.value) != as_it_is], stale


async def _move_page(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    found: Conference,
    form: Filled[MoveIn],
    calling_off: Filled[CancelIn],
) -> Response:
    row = await conferences.series_by_id(session, found.series_id)
    people = [worker for worker, _ in await changes.invited_rows(session, found)]
    offers, stale = await times_near(session, found, people, form)
    await record(
        session, Kind.page_viewed, by=shared.viewer, at=clock.now(), case_id=shared.id, subject=found, page="move"
    )
    return show(
        request,
        "calling/move.html",
        status=422 if form.problems or calling_off.problems else 200,
        shared=shared,
        conference=found,
        form=form,
        calling_off=calling_off,
        section="conferences",
        part="conferences",
        offers=offers,
        stale=stale,
        series=series.in_words(row, await conferences.of_series(session, row.id), found.starts_at) if row else "",
        reaches=list(Reach),
    )


@router.post("/conferences/{conference}/move")
async def move(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Moves a conference, and those of its series that are asked for; everybody invited is told and asked again."""
    found, shared = await access(session, worker, conference)
    require_run(shared, found, worker)
    shared.require_open_for_conference()
    form = await fill(request, MoveIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            await series.move(
                session,
                found,
                starts_at=moved_to(told, found),
                minutes=int(told.minutes),
                place=told.place,
                reach=told.reach,
                by=worker,
                at=clock.now(),
            )
            return once.see(path_of(found))
    return await _move_page(request, session, shared, found, form, Filled())


@router.post("/conferences/{conference}/cancel")
async def cancel(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Calls a conference off, with the reason; of a series, those that are asked for."""
    found, shared = await access(session, worker, conference)
    require_run(shared, found, worker)
    form = await fill(request, CancelIn)
    if form.value:
        async with form.refusals(session):
            await series.cancel(
                session, found, reason=form.value.reason, reach=form.value.reach, by=worker, at=clock.now()
            )
            return once.see(path_of(found))
    return await _move_page(request, session, shared, found, Filled(typed=typed_when(found)), form)
