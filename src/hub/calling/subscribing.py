"""One's own calendar: the address to subscribe to, and the agency calendar that the Hub reads busy times from."""

import hashlib

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.identity import asker as asker_of
from hub.agencies.queries import workers_by_id
from hub.calendars import changes
from hub.calendars import queries as calendars
from hub.calling.forms import FeedIn
from hub.conferences.invitations import occasion_of
from hub.conferences.queries import asked_ahead
from hub.config import settings
from hub.database import CurrentSession, act_for_the_hub
from hub.errors import NotFound
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.inputs import Filled, Problem, fill
from hub.invitations.entries import subscription
from hub.invitations.rules import STAYING_AWAY
from hub.outside.fetching import CannotFetch, check_address
from hub.rendering import show
from hub.sittings.changes import occasion_of as sitting_occasion
from hub.sittings.queries import asked_to, listed_among

router = APIRouter()
public = APIRouter()


@public.get("/calendar/{token}.ics")
async def feed(token: str, request: Request, session: CurrentSession) -> Response:
    """A worker's own meetings as a calendar to subscribe to: times and rooms, and nothing about anybody."""
    at = clock.now()
    await act_for_the_hub(session)
    worker_id = await calendars.whose(session, token)
    worker = (await workers_by_id(session, [worker_id])).get(worker_id) if worker_id else None
    if worker is None or worker.ended_at is not None:
        raise NotFound
    meetings = [one for one, row in await asked_ahead(session, worker.id, at) if row.answer not in STAYING_AWAY]
    on_lists = await listed_among(session, [one.id for one in meetings])
    meetings = [one for one in meetings if one.id not in on_lists]
    listed = [one for one, row in await asked_to(session, worker.id, at) if row.answer not in STAYING_AWAY]
    chairs = await workers_by_id(session, [*(one.chair_id for one in meetings), *(one.chair_id for one in listed)])
    rows = [(occasion_of(one, chairs.get(one.chair_id)), one.called_at) for one in meetings]
    rows += [(sitting_occasion(one, chairs.get(one.chair_id)), one.called_at) for one in listed]
    text = subscription(sorted(rows, key=lambda row: (row[0].starts_at, row[0].id)))
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    by = asker_of(request)
    by = Actor(worker.id, worker.agency_id, None, frozenset(worker.roles), by.request_id, by.ip_prefix)
    await record(session, Kind.calendar_read, by=by, at=at, worker=worker.id)
    headers = {"ETag": etag, "Cache-Control": "private, no-store"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)


@router.get("/account/calendar")
async def calendar(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Where to subscribe, and which calendar of one's agency the Hub reads."""
    return await _page(request, worker, session, Filled())


async def _page(request: Request, worker: CurrentWorker, session: CurrentSession, form: Filled[FeedIn]) -> Response:
    own = await calendars.calendar_of(session, worker.worker_id)
    version = own.token_version if own else 1
    return show(
        request,
        "calling/calendar.html",
        status=422 if form.problems else 200,
        form=form,
        address=f"{settings().address}/calendar/{calendars.token_of(worker.worker_id, version)}.ics",
        own=own,
        state=calendars.state_of(own),
        busy=len(calendars.feed_times(own)),
        at=clock.now(),
    )


@router.post("/account/calendar")
async def give(request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Sets the address of one's agency calendar, or takes it back."""
    form = await fill(request, FeedIn)
    if form.value:
        address = form.value.address.replace("webcal://", "https://", 1)
        try:
            if address:
                check_address(address)
        except CannotFetch as problem:
            form.problems.append(Problem("address", str(problem)))
        else:
            await changes.give_feed(session, worker.worker_id, address, by=worker, at=clock.now())
            return once.see("/account/calendar")
    return await _page(request, worker, session, form)


@router.post("/account/calendar/reset")
async def reset(request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Makes a new address to subscribe to; the old one is dead at once."""
    await changes.reset_token(session, worker.worker_id, by=worker, at=clock.now())
    return once.see("/account/calendar")
