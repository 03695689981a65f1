"""Meetings with a list of cases: called, moved, and what stands on the list."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import agencies_by_id, workers, workers_by_id
from hub.calling.forms import CancelIn, MoveIn, SittingIn
from hub.calling.pages import find_times, known_refs, moved_to, pattern_in, starts_of, times_near, typed_when
from hub.calling.rules import Offered, check_hours
from hub.cases.queries import access_case_by_id, names_of
from hub.conference_kinds.queries import kinds
from hub.conference_kinds.rules import quorum_missing
from hub.conferences import series
from hub.conferences.queries import series_by_id
from hub.conferences.rules import Answer, ConferenceKind
from hub.conferences.tables import Conference
from hub.database import CurrentSession
from hub.errors import NotAllowed, NotFound, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import from_ref, ref
from hub.inputs import Filled, PageNumber, fill
from hub.invitations.rules import STAYING_AWAY, Reach, Repeat
from hub.rendering import show
from hub.sharing.rules import Permission, Role, in_the_circle
from hub.sittings import changes, queries
from hub.sittings.forms import CaseIn, PlaceIn, RemoveIn
from hub.sittings.rules import USUAL_ITEM, Item, SittingState, may_call, overrun
from hub.sittings.tables import Sitting, SittingItem

router = APIRouter()
PAGE = 25


@router.get("/sittings")
async def sittings(
    request: Request, worker: CurrentWorker, session: CurrentSession, view: str = "", page: PageNumber = 1
) -> Response:
    """Meetings with a list that I am asked to, chair or coordinate."""
    at = clock.now()
    rows, total = await queries.list_of(
        session, worker, past=view == "past", at=at, limit=PAGE, offset=(page - 1) * PAGE
    )
    ids = [one.id for one in rows]
    await record(session, Kind.conferences_listed, by=worker, at=at, ids=ids)
    return show(
        request,
        "calling/sittings.html",
        section="conferences",
        rows=rows,
        total=total,
        page=page,
        size=PAGE,
        question={"view": view},
        members=await queries.members(session, ids),
        counts=await queries.listed_count(session, ids, worker),
        can_call=may_call(worker),
        ConferenceKind=ConferenceKind,
    )


def _require_call(worker: CurrentWorker) -> None:
    if not may_call(worker):
        raise NotAllowed("A meeting with a list is called by the hub’s coordinator or a team leader.")


@router.get("/sittings/new")
async def new(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to call a meeting with a list, or a series of them."""
    _require_call(worker)
    typed = {"kind": ["marac"], "minutes": ["120"], "chair": [ref(worker.worker_id)], "every": ["2"]}
    return await _new_page(request, session, Filled(typed=typed))


async def _new_page(
    request: Request,
    session: CurrentSession,
    form: Filled[SittingIn],
    offers: Sequence[Offered] = (),
    stale: Sequence[str] = (),
) -> Response:
    return show(
        request,
        "calling/new_sitting.html",
        status=422 if form.problems else 200,
        section="conferences",
        form=form,
        kinds=[one for one in (await kinds(session)).values() if one.listed],
        workers=await _everybody(session),
        agencies=await agencies_by_id(session),
        offers=offers,
        stale=stale,
        repeats=list(Repeat),
    )


async def _everybody(session: CurrentSession) -> list[Any]:
    """Those who can be asked: everybody who works with cases."""
    return [one for one in await workers(session, at=clock.now()) if in_the_circle(one.roles)]


@router.post("/sittings/times")
async def times(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The same form with times that suit all who are ticked."""
    _require_call(worker)
    form = await fill(request, SittingIn)
    people = {one.id: one for one in await _everybody(session)}
    ticked = known_refs(form.typed.get("members", []) + form.typed.get("chair", []))
    kept: Filled[SittingIn] = Filled(typed={**form.typed, "offer": []})
    offers: list[Offered] = []
    stale: list[str] = []
    async with kept.refusals(session):
        offers, stale = await find_times(
            session,
            [people[one] for one in ticked if one in people],
            form.one("minutes"),
            form.one("place"),
            clock.now(),
        )
    return await _new_page(request, session, kept, offers, stale)


@router.post("/sittings")
async def call(request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Calls a meeting with a list, or a series of them."""
    _require_call(worker)
    form = await fill(request, SittingIn)
    if form.value:
        told = form.value
        people = {one.id: one for one in await _everybody(session)}
        async with form.refusals(session):
            kind = (await kinds(session)).get(told.kind)
            if kind is None or not kind.listed:
                raise Refused("Choose what it is", field="kind")
            if told.chair not in people or not set(told.members) <= set(people):
                raise Refused("Choose workers of the partnership", field="members")
            starts_at = starts_of(told)
            check_hours(starts_at, int(told.minutes), meant=told.although_closed == "yes")
            planned = changes.Planned(
                ConferenceKind(told.kind), starts_at, int(told.minutes), told.place, told.video_link,
                people[told.chair], [people[one] for one in told.members],
            )  # fmt: skip
            pattern = pattern_in(told, starts_at)
            made = await changes.call(session, planned, pattern=pattern, by=worker, at=clock.now())
            return once.see(changes.path_of(made[0]))
    return await _new_page(request, session, form)


# --- One meeting --------------------------------------------------------------------------------------------------


def _runs(worker: CurrentWorker, sitting: Sitting) -> bool:
    return worker.worker_id == sitting.chair_id or Role.coordinator in worker.roles


def _require_run(worker: CurrentWorker, sitting: Sitting) -> None:
    if not _runs(worker, sitting):
        raise NotAllowed("Only the chair or the hub’s coordinator can do this.")


@router.get("/sittings/{sitting}")
async def one_sitting(sitting: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A meeting with its list: the cases on it that open to me, who is asked, and what they answered."""
    found = await queries.access_sitting(session, worker, sitting)
    return await _page(request, worker, session, found)


async def _page(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    found: Sitting,
    form: Filled[CaseIn] | None = None,
    changing: Filled[Any] | None = None,
) -> Response:
    listed = await queries.agenda(session, worker, found.id)
    await record(
        session, Kind.sitting_viewed, by=worker, at=clock.now(), subject=found, ids=[one.case.id for one in listed]
    )
    rows = (await queries.members(session, [found.id]))[found.id]
    people = await workers_by_id(
        session, [found.chair_id, *(row.worker_id for row in rows), *(row.deputy_id for row in rows)]
    )
    agencies = await agencies_by_id(session)
    rows.sort(key=lambda row: (agencies[row.agency_id].place, people[row.worker_id].name))
    kind = (await kinds(session)).get(found.kind)
    coming = {row.agency_id for row in rows if row.answer not in STAYING_AWAY}
    row = await series_by_id(session, found.series_id)
    to_list = await queries.cases_to_list(session, worker, found.id) if found.state == SittingState.scheduled else []
    spans = [
        (
            Item(one.conference.id, one.item.minutes, False, None, one.item.added_at),
            one.conference.starts_at,
            one.conference.ends_at,
        )
        for one in listed
    ]
    problems = [one for one in (form, changing) if one is not None and one.problems]
    return show(
        request,
        "calling/sitting.html",
        status=422 if problems else 200,
        section="conferences",
        sitting=found,
        kind=kind,
        label=ConferenceKind(found.kind).label,
        listed=listed,
        names=await names_of(session, [*(one.case for one in listed), *to_list]),
        to_list=to_list,
        members=rows,
        people=people,
        agencies=agencies,
        missing=quorum_missing(kind, {agencies[one].sector for one in coming}, len(coming), so_far="invited")
        if kind
        else [],
        overrun=overrun(found.ends_at, spans),
        mine=next((one for one in rows if one.worker_id == worker.worker_id), None),
        can_run=_runs(worker, found),
        series=series.in_words(row, await queries.of_series(session, row.id), found.starts_at) if row else "",
        form=form or Filled(typed={"minutes": [str(USUAL_ITEM)]}),
        all_forms=problems,
        Answer=Answer,
        answers=[Answer.accepted, Answer.tentative],
        ahead=found.state == SittingState.scheduled and found.ends_at > clock.now(),
    )


@router.post("/sittings/{sitting}/cases")
async def add_case(
    sitting: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Puts a case that opens to me on the list."""
    found = await queries.access_sitting(session, worker, sitting)
    form = await fill(request, CaseIn)
    if form.value:
        async with form.refusals(session):
            offered = {one.id for one in await queries.cases_to_list(session, worker, found.id)}
            if form.value.case not in offered:
                raise Refused("Choose one of your open cases that is not on the list yet", field="case")
            shared = await access_case_by_id(session, worker, form.value.case)
            shared.require(Permission.conference_schedule, "The case is closed.")
            await changes.add_case(
                session,
                found,
                shared.case,
                purpose=form.value.purpose,
                minutes=int(form.value.minutes),
                circle=[agency.id for agency in shared.circle],
                by=worker,
                at=clock.now(),
            )
            return once.see(changes.path_of(found))
    return await _page(request, worker, session, found, form)


async def _item(
    session: CurrentSession, worker: CurrentWorker, sitting: str, item: str
) -> tuple[Sitting, SittingItem, Conference]:
    """A case on the list that opens to the worker. Raises NotFound; who has declared an interest finds nothing."""
    found = await queries.access_sitting(session, worker, sitting)
    identity: UUID = from_ref(item)
    for one in await queries.agenda(session, worker, found.id):
        if one.item.id == identity and not one.withdrawn:
            return found, one.item, one.conference
    raise NotFound


@router.post("/sittings/{sitting}/items/{item}")
async def place(
    sitting: str, item: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Gives a case other minutes, or another place on the list."""
    found, row, _ = await _item(session, worker, sitting, item)
    _require_run(worker, found)
    form = await fill(request, PlaceIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            by_hand = int(told.by_hand) - 1 if told.by_hand else None
            await changes.place(
                session, found, row, minutes=int(told.minutes), by_hand=by_hand, by=worker, at=clock.now()
            )
            return once.see(changes.path_of(found))
    return await _page(request, worker, session, found, changing=form)


@router.post("/sittings/{sitting}/items/{item}/remove")
async def remove(
    sitting: str, item: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Takes a case off the list, with the reason."""
    found, row, conference = await _item(session, worker, sitting, item)
    _require_run(worker, found)
    form = await fill(request, RemoveIn)
    if form.value:
        async with form.refusals(session):
            await changes.remove_case(
                session, found, row, conference, reason=form.value.reason, by=worker, at=clock.now()
            )
            return once.see(changes.path_of(found))
    return await _page(request, worker, session, found, changing=form)


# --- Moving -------------------------------------------------------------------------------------------------------


@router.get("/sittings/{sitting}/move")
async def move_page(sitting: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to move a meeting with a list, or to call it off, with times that suit those asked."""
    found = await queries.access_sitting(session, worker, sitting)
    _require_run(worker, found)
    return await _move_page(request, worker, session, found, Filled(typed=typed_when(found)), Filled())


async def _move_page(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    found: Sitting,
    form: Filled[MoveIn],
    calling_off: Filled[CancelIn],
) -> Response:
    await record(session, Kind.sitting_viewed, by=worker, at=clock.now(), subject=found)
    row = await series_by_id(session, found.series_id)
    rows = (await queries.members(session, [found.id]))[found.id]
    people = list((await workers_by_id(session, [one.worker_id for one in rows])).values())
    offers, stale = await times_near(session, found, people, form)
    return show(
        request,
        "calling/move_sitting.html",
        status=422 if form.problems or calling_off.problems else 200,
        section="conferences",
        sitting=found,
        label=ConferenceKind(found.kind).label,
        form=form,
        calling_off=calling_off,
        offers=offers,
        stale=stale,
        series=series.in_words(row, await queries.of_series(session, row.id), found.starts_at) if row else "",
        reaches=list(Reach),
    )


@router.post("/sittings/{sitting}/move")
async def move(sitting: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Moves a meeting with a list, and those of its series that are asked for."""
    found = await queries.access_sitting(session, worker, sitting)
    _require_run(worker, found)
    form = await fill(request, MoveIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            await changes.move(
                session, found, starts_at=moved_to(told, found), minutes=int(told.minutes),
                place=told.place, reach=told.reach, by=worker, at=clock.now(),
            )  # fmt: skip
            return once.see(changes.path_of(found))
    return await _move_page(request, worker, session, found, form, Filled())


@router.post("/sittings/{sitting}/cancel")
async def cancel(
    sitting: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Calls a meeting with a list off; the cases on its list come off with it."""
    found = await queries.access_sitting(session, worker, sitting)
    _require_run(worker, found)
    form = await fill(request, CancelIn)
    if form.value:
        async with form.refusals(session):
            await changes.cancel(
                session, found, reason=form.value.reason, reach=form.value.reach, by=worker, at=clock.now()
            )
            return once.see(changes.path_of(found))
    return await _move_page(request, worker, session, found, Filled(typed=typed_when(found)), form)
