"""Asking another agency from a case, answering, and the lists of what was asked of us and by us."""

from datetime import time
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.queries import agencies, agencies_by_id, partnership, worker_by_id, workers, workers_by_id
from hub.cases.queries import access_case_by_id
from hub.contributions.rules import ContributionKind
from hub.database import CurrentSession
from hub.errors import NotAllowed, NotFound, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import from_ref, ref
from hub.inputs import Filled, FormIn, PageNumber, fill, moment_of
from hub.people.queries import people_by_id
from hub.rendering import show
from hub.requests import asking, changes, queries
from hub.requests.changes import Answer
from hub.requests.forms import (
    LongerIn,
    NothingIn,
    PartIn,
    RefuseIn,
    ReviewIn,
    SupplyIn,
    TakeOnIn,
    WithdrawIn,
)
from hub.requests.queries import Cut, SeenRequest
from hub.requests.rules import (
    GATEWAYS,
    MoreTime,
    Purpose,
    Refusal,
    ReplyKind,
    Review,
)
from hub.sharing.queries import circles
from hub.sharing.rules import Permission, Role, Viewer
from hub.vocabulary import codes

router = APIRouter()
router.include_router(asking.router)
PAGE = 25
SIDES, STATES, ORDERS = ("of-us", "by-us"), ("waiting", "overdue", "answered", "all"), ("clock", "newest")
REPLY_FORMS: dict[ReplyKind, type[FormIn]] = {
    ReplyKind.supplied: SupplyIn,
    ReplyKind.part: PartIn,
    ReplyKind.nothing: NothingIn,
    ReplyKind.refused: RefuseIn,
}


# --- One request ------------------------------------------------------------------------------------------------


@router.get("/requests/refusals")
async def refusals(request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1) -> Response:
    """The refusals that concern one's own agency, for its information guardians."""
    return await _refusals(request, session, worker, Filled(), page=page)


async def _refusals(
    request: Request, session: CurrentSession, worker: Viewer, form: Filled[ReviewIn], *, page: int = 1, which: str = ""
) -> Response:
    if Role.guardian not in worker.roles:
        raise NotAllowed("Only an information guardian looks at refusals. The hub desk can tell you who yours is.")
    state = request.query_params.get("state", "waiting")
    if state not in ("waiting", "reviewed", "all"):
        raise NotFound
    found, total = await queries.refusals(session, worker, state=state, limit=PAGE, offset=(page - 1) * PAGE)
    await record(session, Kind.refusals_listed, by=worker, at=clock.now(), ids=[one.reply.id for one in found])
    return show(
        request,
        "requests/refusals.html",
        status=422 if form.problems else 200,
        section="my-work",
        form=form,
        which=which,
        found=found,
        total=total,
        page=page,
        size=PAGE,
        question={"state": state},
        agencies=await agencies_by_id(session),
        people=await people_by_id(session, {person for one in found for person in one.request.about}),
        workers=await workers_by_id(
            session, [w for one in found for w in (one.reply.replied_by, one.reply.reviewed_by)]
        ),
        ReplyKind=ReplyKind,
        Refusal=Refusal,
        Review=Review,
    )


@router.post("/refusals/{reply}/review")
async def review(reply: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Says whether a refusal of one's own agency stands, with a sentence."""
    given, about = await queries.lock_reply(session, worker, reply)
    seen = await queries.access_request(session, worker, ref(about.id))
    if not seen.may(Permission.request_review):
        raise NotAllowed("Only an information guardian of the agency that refused can look at it again.")
    form = await fill(request, ReviewIn)
    if form.value:
        async with form.refusals(session):
            await changes.review(
                session,
                given,
                about,
                review=form.value.review,
                words=form.value.words,
                clocks=(await partnership(session)).clocks,
                by=worker,
                at=clock.now(),
            )
            return once.see("/requests/refusals")
    return await _refusals(request, session, worker, form, which=reply)


@router.get("/requests/{asked}")
@router.get("/requests/{asked}/live")
async def one_request(asked: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A request with its answers. `/live` is the part that changes by itself."""
    seen = await queries.access_request(session, worker, asked)
    return await _one(request, session, worker, seen, Filled())


async def _one(
    request: Request, session: CurrentSession, worker: Viewer, seen: SeenRequest, form: Filled[Any], opened: str = ""
) -> Response:
    at, live = clock.now(), request.url.path.endswith("/live")
    if request.method == "GET" and not live:
        await record(session, Kind.request_viewed, by=worker, at=at, case_id=seen.request.case_id, subject=seen.request)
    shared = await access_case_by_id(session, worker, seen.request.case_id) if seen.in_circle else None
    people: list[UUID | None] = [
        seen.request.asked_by,
        *(one.accountability.worker_id for one in seen.asked if one.accountability),
    ]
    people += [who for one in seen.asked for reply in one.replies for who in (reply.replied_by, reply.reviewed_by)]
    return show(
        request,
        "requests/_request.html" if live else "requests/request.html",
        status=422 if form.problems else 200,
        section="board" if seen.in_circle else "my-work",
        part="sharing",
        shared=shared,
        frame="cases/frame.html" if shared else "layout.html",
        seen=seen,
        form=form,
        opened=opened,
        agencies=await agencies_by_id(session),
        workers=await workers_by_id(session, people),
        colleagues=await workers(session, agency_ids=[worker.agency_id], at=at) if seen.ours else [],
        can_answer=_can_answer(seen),
        can_withdraw=seen.request.agency_id == worker.agency_id
        and seen.request.withdrawn_at is None
        and not seen.closed,
        gateways=codes(GATEWAYS),
        Purpose=Purpose,
        ReplyKind=ReplyKind,
        Refusal=Refusal,
        Review=Review,
        MoreTime=MoreTime,
        kinds=list(ReplyKind),
    )


def _can_answer(seen: SeenRequest) -> bool:
    ours = seen.ours
    waits = ours is not None and ours.asked.answered_at is None and seen.request.withdrawn_at is None
    return waits and seen.may(Permission.request_answer)


async def _to_answer(session: CurrentSession, worker: Viewer, asked: str) -> SeenRequest:
    """A request that this worker may answer for their agency."""
    seen = await queries.access_request(session, worker, asked)
    if not seen.may(Permission.request_answer):
        raise NotAllowed("The case is closed: no answer is needed." if seen.closed else "Your agency was not asked.")
    return seen


# --- Answering --------------------------------------------------------------------------------------------------


@router.get("/requests/{asked}/reply/{kind}")
async def reply_page(
    asked: str, kind: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """The form for one of the four answers."""
    return _reply_page(request, await _to_answer(session, worker, asked), _kind(kind), Filled())


def _kind(kind: str) -> ReplyKind:
    try:
        return ReplyKind(kind)
    except ValueError:
        raise NotFound from None


def _reply_page(request: Request, seen: SeenRequest, kind: ReplyKind, form: Filled[Any]) -> Response:
    return show(
        request,
        "requests/reply.html",
        status=422 if form.problems else 200,
        section="my-work",
        seen=seen,
        kind=kind,
        form=form,
        gateways=codes(GATEWAYS),
        reasons=list(Refusal),
        contribution_kinds=list(ContributionKind),
        answered=seen.ours is None or seen.ours.asked.answered_at is not None,
    )


@router.post("/requests/{asked}/reply/{kind}")
async def reply(
    asked: str, kind: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Answers a request. What is supplied stands in one's own agency's lane, and is not typed again."""
    seen, answer = await _to_answer(session, worker, asked), _kind(kind)
    form: Filled[Any] = await fill(request, REPLY_FORMS[answer])
    if form.value:
        author = await worker_by_id(session, worker.worker_id)
        async with form.refusals(session):
            await changes.reply(
                session,
                seen.request,
                answer=_answer(answer, form.value),
                profession=author.profession,
                circle=[one.agency_id for one in await circles(session, [seen.request.case_id])],
                clocks=(await partnership(session)).clocks,
                by=worker,
                at=clock.now(),
            )
            return once.see(seen.path)
    return _reply_page(request, seen, answer, form)


def _answer(kind: ReplyKind, typed: Any) -> Answer:
    given = typed.model_dump()
    reach, of = given.pop("reach", "circle"), given.pop("kind", ContributionKind.fact)
    return Answer(kind=kind, kind_of_words=of, only_asker=reach == "asker", **given)


@router.post("/requests/{asked}/longer")
async def longer(asked: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Says until when one needs, and why."""
    seen = await _to_answer(session, worker, asked)
    form = await fill(request, LongerIn)
    if form.value:
        async with form.refusals(session):
            await changes.need_longer(
                session,
                seen.request,
                until=moment_of(form.value.until_day, form.value.until_time or time(12)),
                because=form.value.because,
                words=form.value.words,
                by=worker,
                at=clock.now(),
            )
            return once.see(await way_back(request, seen.path))
    return await _one(request, session, worker, seen, form, opened="longer")


@router.post("/requests/{asked}/take")
async def take_on(asked: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Takes a request on, or gives it to a colleague of one's own agency."""
    seen = await _to_answer(session, worker, asked)
    form = await fill(request, TakeOnIn)
    if form.value:
        async with form.refusals(session):
            taker = await worker_by_id(session, form.value.worker, at=clock.now())
            if taker.agency_id != worker.agency_id:
                raise Refused("Choose a colleague of your own agency", field="worker")
            await changes.take_on(session, seen.request, worker_id=taker.id, by=worker, at=clock.now())
            return once.see(await way_back(request, seen.path))
    return await _one(request, session, worker, seen, form, opened="take")


@router.post("/requests/{asked}/withdraw")
async def withdraw(
    asked: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Takes a request back."""
    seen = await queries.access_request(session, worker, asked)
    if seen.request.agency_id != worker.agency_id:
        raise NotAllowed("Only the agency that asked can take a request back.")
    form = await fill(request, WithdrawIn)
    if form.value:
        async with form.refusals(session):
            await changes.withdraw(session, seen.request, reason=form.value.reason, by=worker, at=clock.now())
            return once.see(seen.path)
    return await _one(request, session, worker, seen, form, opened="withdraw")


# --- Lists ------------------------------------------------------------------------------------------------------


@router.get("/requests")
@router.get("/requests-list")
async def request_list(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    side: str = "of-us",
    state: str = "waiting",
    agency: str = "",
    order: str = "clock",
    page: PageNumber = 1,
) -> Response:
    """What was asked of us and by us. `/requests-list` is the live part."""
    if side not in SIDES or state not in STATES or order not in ORDERS:
        raise NotFound
    at = clock.now()
    cut = Cut(side, state, from_ref(agency) if agency else None, order)
    rows, total = await queries.rows(session, worker, cut, at=at, limit=PAGE, offset=(page - 1) * PAGE)
    await record(session, Kind.requests_listed, by=worker, at=at, ids=[row.request.id for row in rows])
    return show(
        request,
        "requests/_rows.html" if request.url.path == "/requests-list" else "requests/list.html",
        section="my-work",
        rows=rows,
        total=total,
        page=page,
        size=PAGE,
        question={"side": side, "state": state, "agency": agency, "order": order},
        agencies=await agencies_by_id(session),
        offered=[one for one in await agencies(session) if one.id != worker.agency_id],
        people=await people_by_id(session, {person for row in rows for person in row.request.about}),
        ReplyKind=ReplyKind,
        is_guardian=Role.guardian in worker.roles,
    )
