"""The board and My work; and what every page's frame shows."""

from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from hub import clock
from hub.access.queries import restricted
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import agencies, partnership, workers_by_id
from hub.board import queries, waiting
from hub.board.queries import Cut
from hub.board.rules import PAGE, Heading, Order, View, heading
from hub.cases.queries import names_of
from hub.cases.rules import MOVES, OPEN_STAGES, Rating, Stage
from hub.database import CurrentSession
from hub.errors import NotFound
from hub.events.changes import record
from hub.events.looks import write_silent_look
from hub.events.rules import Kind
from hub.ids import from_ref
from hub.inputs import PageNumber
from hub.london import london
from hub.rendering import is_part, show
from hub.scrutiny.queries import open_to
from hub.workdays import add_working_days

router = APIRouter()

COLUMN_LENGTH = 60


COUNTS_ONLY = {"/", "/insight", "/account", "/account/password", "/account/end-session", "/signout"}
"""The routes that are there for a researcher. Every other answers as if it were not, the ones of tomorrow too."""


async def frame(request: Request, worker: CurrentWorker, session: CurrentSession) -> AsyncIterator[None]:
    """What the frame of every page shows, the partnership's name and how much waits on the worker; and behind the
    page, the look, when the page has not written it itself. Raises NotFound where a worker sees counts only."""
    request.state.partnership = await partnership(session)
    if worker.counts_only:
        if request.scope["route"].path not in COUNTS_ONLY:
            raise NotFound
        yield
        return
    if not is_part(request):  # a part of a page that stands open has no frame of its own
        request.state.waiting = await queries.waiting_count(session, worker, at=clock.now())
    yield
    await write_silent_look(session, page=request.scope["route"].path, by=worker, at=clock.now())


def _cut(view: str, rating: str, stage: str, agency: str, order: str, page: int) -> Cut:
    try:
        if rating not in ("", "none"):
            Rating(rating)
        return Cut(
            View(view or "all"),
            rating,
            Stage(stage).value if stage else "",
            from_ref(agency) if agency else None,
            Order(order or "clock"),
            page,
        )
    except ValueError:
        raise NotFound from None


@router.get("/")
@router.get("/board/rows")
async def board(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    view: str = "",
    rating: str = "",
    stage: str = "",
    agency: str = "",
    order: str = "",
    layout: str = "",
    page: PageNumber = 1,
) -> Response:
    """Every open case that I may see, as rows or as columns by stage. `/board/rows` is the live part alone."""
    at = clock.now()
    if worker.counts_only:
        return RedirectResponse("/insight", status_code=303)
    if not worker.by_agency:
        return await _let_in(request, worker, session)
    cut = _cut(view, rating, stage, agency, order, page)
    columns = layout == "columns"
    partners = await partnership(session)
    cards, total = await queries.cards(
        session, worker, cut, clocks=partners.clocks, at=at, limit=COLUMN_LENGTH * 5 if columns else PAGE
    )
    await record(
        session, Kind.cases_listed, by=worker, at=at, ids=[card.case.id for card in cards], view=cut.view.value
    )
    question = {"view": view, "rating": rating, "stage": stage, "agency": agency, "order": order, "layout": layout}
    live_part = request.url.path == "/board/rows"
    return show(
        request,
        "board/_rows.html" if live_part else "board/board.html",
        section="board",
        cards=cards,
        total=total,
        cut=cut,
        page=page,
        size=PAGE,
        question=question,
        columns=columns,
        stages=OPEN_STAGES,
        moves=MOVES,
        views=list(View),
        ratings=list(Rating),
        orders=list(Order),
        agencies=await agencies(session),
        restricted=await restricted(session, worker),
        counts=await queries.counts(session, worker, at=at),
    )


async def _let_in(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The board of somebody to whom cases open by name alone: each with why, by whom and until when."""
    at = clock.now()
    rows = await open_to(session, worker, at)
    await record(session, Kind.cases_listed, by=worker, at=at, ids=[case.id for _, case in rows], view="let-in")
    live_part = request.url.path == "/board/rows"
    return show(
        request,
        "board/_let_in.html" if live_part else "board/let_in.html",
        section="board",
        rows=rows,
        names=await names_of(session, [case for _, case in rows]),
        people=await workers_by_id(session, [grant.given_by for grant, _ in rows]),
        last_days={case.id: london(grant.ends_at - timedelta(seconds=1)).date() for grant, case in rows},
        Stage=Stage,
        Rating=Rating,
    )


@router.get("/my-work")
@router.get("/my-work/list")
async def my_work(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """What waits on me: overdue, today, this week, later; most of it answered in place."""
    at = clock.now()
    today = london(at).date()
    grouped: dict[Heading, list[object]] = {part: [] for part in Heading}
    for one in await waiting.waiting_on(session, worker, at=at):
        grouped[Heading.overdue if one.late else heading(one.due, today)].append(one)
    await record(session, Kind.my_work_viewed, by=worker, at=at)
    live_part = request.url.path == "/my-work/list"
    return show(
        request,
        "board/_my_work.html" if live_part else "board/my_work.html",
        section="my-work",
        grouped=grouped,
        mine=await queries.answered_for(session, worker),
        next_noon=add_working_days(today, 1),
    )
