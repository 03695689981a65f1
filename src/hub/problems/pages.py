"""The problem page of a case and its forms: framings, understanding checks, the statement, tags, risk positions."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.queries import role_cards, workers_by_id
from hub.cases.changes import state_problem
from hub.cases.queries import SharedCase, access_case, access_case_by_id, access_to_write, problem_statements
from hub.cases.rules import Rating, is_single_view
from hub.contributions.rules import ContributionKind
from hub.database import CurrentSession
from hub.errors import Conflict, NotAllowed, NotFound, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.problems import changes, queries
from hub.problems.forms import AskIn, CorrectIn, FramingIn, LineIn, RestateIn, RiskIn, StatementIn, TagsIn
from hub.problems.proposals import Proposed, Tag, propose
from hub.problems.rules import LONGEST_FRAMING, View, framing_due, to_restate
from hub.problems.tables import Framing, Restatement
from hub.rendering import show
from hub.sharing.rules import Permission

router = APIRouter()

CLOSED = "The case is closed: what was said about its problem can be read, and nothing more can be added."


def _form(request: Request, shared: SharedCase, template: str, form: Filled[Any], **more: Any) -> Response:
    """A form page about the problem: 422 when there is something to mend, else 200."""
    return show(
        request,
        f"problems/{template}.html",
        status=422 if form.problems else 200,
        shared=shared,
        form=form,
        section="board",
        **more,
    )


# --- The page ---------------------------------------------------------------------------------------------------


@router.get("/cases/{case}/problem")
@router.get("/cases/{case}/problem/wall")
async def problem_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """How each agency sees the problem, what we say together, who could meet it. `/wall` is the live part."""
    shared, at = await access_case(session, worker, case), clock.now()
    walls = await queries.walls(session, shared, at)
    newest = walls[0] if walls else None
    said = [one.agency.id for one in newest.seen if one.framing] if newest and newest.is_revealed else []
    statements = await problem_statements(session, shared.id)
    cited = await queries.citations(session, worker, statements)
    line = await queries.line_of(session, shared)
    await record(session, Kind.problem_viewed, by=worker, at=at, case_id=shared.id, subject=shared.case)
    live_part = request.url.path.endswith("/wall")
    return show(
        request,
        "problems/_problem.html" if live_part else "problems/problem.html",
        section="board",
        part="problem",
        shared=shared,
        walls=walls,
        newest=newest,
        own=newest.of(worker.agency_id) if newest else None,
        suggested=to_restate(said, worker.agency_id),
        statements=statements,
        cited=cited,
        cited_agencies=await queries.agencies_cited(session, statements),
        is_single_view=is_single_view,
        KindOf=ContributionKind,
        tags=await queries.tags_of(session, shared.id),
        proposed=await _proposed(session, shared),
        people=await workers_by_id(session, _writers(walls, statements, line.positions.values())),
        may_add=shared.may(Permission.problem_frame),
        can_steer=shared.may(Permission.case_steer),
        can_position=shared.may(Permission.risk_position),
        risk=line,
        View=View,
        longest=LONGEST_FRAMING,
        form=Filled(),
    )


def _writers(walls: list[queries.Wall], *others: Any) -> list[Any]:
    """The workers whose names stand on the page."""
    framings = [
        one for wall in walls for seen in wall.seen for one in ([seen.framing] if seen.framing else []) + seen.earlier
    ]
    restated = [one for framing in framings for one in walls[0].restated.get(framing.id, ())]
    lines = [line for wall in walls for line in wall.lines]
    written = [row.worker_id for rows in (framings, restated, lines, *others) for row in rows]
    return [*written, *(one.answered_by for one in restated)]


async def _proposed(session: CurrentSession, shared: SharedCase) -> Proposed:
    return propose(
        await queries.tags_of(session, shared.id),
        [agency for agency in shared.agencies.values() if agency.ended_at is None],
        await role_cards(session),
        circle={agency.id for agency in shared.circle},
        involved=await queries.already_involved(session, shared),
    )


# --- The statement ----------------------------------------------------------------------------------------------


@router.get("/cases/{case}/problem/statement")
async def statement_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to state the problem together, with what it may cite; what the statement cites now is ticked."""
    shared = await access_to_write(session, worker, case)
    newest = list(await problem_statements(session, shared.id))[:1]
    cited = await queries.citations(session, worker, newest)
    ticked = [ref(now.id) for pairs in cited.values() for _, now in pairs]
    typed = {"problem": [shared.case.problem], "cites": ticked}
    return await _statement(request, session, shared, Filled(typed=typed))


async def _statement(
    request: Request, session: CurrentSession, shared: SharedCase, form: Filled[StatementIn]
) -> Response:
    choice = await queries.citable(session, shared.viewer, shared.id)
    authors = await workers_by_id(session, [one.author_id for one in choice])
    return _form(request, shared, "statement", form, choice=choice, authors=authors, KindOf=ContributionKind)


@router.post("/cases/{case}/problem")
async def state(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """States the problem anew, with the contributions on which it rests."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.problem_frame, CLOSED)
    form = await fill(request, StatementIn)
    if form.value:
        async with form.refusals(session):
            choice = {one.id: one.agency_id for one in await queries.citable(session, worker, shared.id)}
            if not set(form.value.cites) <= choice.keys():
                raise Refused(
                    "One of the contributions has been changed or withdrawn since. Look at the list again",
                    field="cites",
                )
            citing = {cited: choice[cited] for cited in form.value.cites}
            await state_problem(
                session, shared.case, statement=form.value.problem, citing=citing, by=worker, at=clock.now()
            )
            return once.see(f"{shared.path}/problem")
    return await _statement(request, session, shared, form)


# --- Framings ---------------------------------------------------------------------------------------------------


@router.get("/cases/{case}/problem/rounds")
async def ask_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to ask every agency anew how it sees the problem."""
    return await _ask(request, session, await access_to_write(session, worker, case), Filled())


async def _ask(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[AskIn]) -> Response:
    due = framing_due(shared.rating, clock.now(), shared.partnership.clocks)
    return _form(request, shared, "ask", form, newest=await queries.newest_round(session, shared.id), due=due)


@router.post("/cases/{case}/problem/rounds")
async def ask(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Asks every agency of the circle how it sees the problem."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.problem_frame, CLOSED)
    form = await fill(request, AskIn)
    if form.value:
        async with form.refusals(session):
            await changes.ask_for_framings(
                session,
                shared.case,
                reason=form.value.reason,
                clocks=shared.partnership.clocks,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/problem")
    return await _ask(request, session, shared, form)


@router.get("/cases/{case}/problem/framing")
async def framing_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to say how one's own agency sees the problem, with what it says now."""
    shared = await access_to_write(session, worker, case)
    newest = await queries.newest_round(session, shared.id)
    if newest is None:
        raise NotFound
    own = await queries.own_framing(session, newest.id, worker.agency_id)
    return await _framing(request, session, shared, Filled(typed={"words": [own.words]} if own else {}))


async def _framing(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[FramingIn]) -> Response:
    wall = await queries.round_now(session, shared, clock.now())
    return _form(request, shared, "framing", form, wall=wall, longest=LONGEST_FRAMING)


@router.post("/cases/{case}/problem/framing")
async def write(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Writes or corrects how one's own agency sees the problem."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.problem_frame, CLOSED)
    newest = await queries.newest_round(session, shared.id, hold=True)
    if newest is None:
        raise NotFound
    form = await fill(request, FramingIn)
    if form.value:
        async with form.refusals(session):
            await changes.write_framing(
                session,
                newest,
                words=form.value.words,
                circle=[agency.id for agency in shared.circle],
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/problem")
    return await _framing(request, session, shared, form)


# --- Understanding checks ---------------------------------------------------------------------------------------


async def _restating(session: CurrentSession, worker: CurrentWorker, framing: str) -> tuple[Framing, SharedCase]:
    found = await queries.access_framing(session, worker, framing, clock.now())
    if found.agency_id == worker.agency_id:
        raise NotAllowed("This is your own agency’s view. The check is to say another’s back to them.")
    return found, await access_case_by_id(session, worker, found.case_id)


@router.get("/framings/{framing}/restate")
async def restate_page(framing: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to say another agency's view in one's own words."""
    found, shared = await _restating(session, worker, framing)
    return _form(request, shared, "restate", Filled(), framing=found, longest=LONGEST_FRAMING)


@router.post("/framings/{framing}/restate")
async def restate(
    framing: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says another agency's view in one's own words; its agency says whether that is it."""
    found, shared = await _restating(session, worker, framing)
    shared.require(Permission.problem_frame, CLOSED)
    form = await fill(request, RestateIn)
    if form.value:
        async with form.refusals(session):
            await changes.restate(session, found, words=form.value.words, by=worker, at=clock.now())
            return once.see(f"{shared.path}/problem#framing-{ref(found.id)}")
    return _form(request, shared, "restate", form, framing=found, longest=LONGEST_FRAMING)


async def _answering(
    session: CurrentSession, worker: CurrentWorker, restatement: str
) -> tuple[Restatement, SharedCase]:
    found = await queries.access_restatement(session, worker, restatement)
    shared = await access_case_by_id(session, worker, found.case_id)
    if found.of_agency_id != worker.agency_id:
        raise NotAllowed(f"Only {shared.agencies[found.of_agency_id].name} can say whether this is its view.")
    if found.answered_at is not None:
        raise Conflict("A colleague has answered this already.")
    return found, shared


@router.post("/restatements/{restatement}/yes")
async def confirm(
    restatement: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Yes, that is our view: with one tap."""
    found, shared = await _answering(session, worker, restatement)
    shared.require(Permission.problem_frame, CLOSED)
    await changes.answer(session, found, correction="", by=worker, at=clock.now())
    return once.see(await way_back(request, f"{shared.path}/problem#framing-{ref(found.framing_id)}"))


@router.get("/restatements/{restatement}/correct")
async def correct_page(restatement: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to correct how another agency said one's view back."""
    found, shared = await _answering(session, worker, restatement)
    framing = await queries.framing_by_id(session, worker, found.framing_id, clock.now())
    return _form(request, shared, "correct", Filled(), said=found, framing=framing)


@router.post("/restatements/{restatement}/correct")
async def correct(
    restatement: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Corrects how another agency said one's view back; both stay side by side."""
    found, shared = await _answering(session, worker, restatement)
    shared.require(Permission.problem_frame, CLOSED)
    form = await fill(request, CorrectIn)
    if form.value:
        async with form.refusals(session):
            await changes.answer(session, found, correction=form.value.correction, by=worker, at=clock.now())
            return once.see(f"{shared.path}/problem#framing-{ref(found.framing_id)}")
    framing = await queries.framing_by_id(session, worker, found.framing_id, clock.now())
    return _form(request, shared, "correct", form, said=found, framing=framing)


# --- Where we agree and differ, and what it is about ------------------------------------------------------------


@router.get("/cases/{case}/problem/lines")
async def line_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to mark where agencies agree or differ."""
    return _form(request, await access_to_write(session, worker, case), "line", Filled(), views=list(View))


@router.post("/cases/{case}/problem/lines")
async def add_line(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Marks where agencies agree or differ, as one's own agency sees it."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.problem_frame, CLOSED)
    newest = await queries.newest_round(session, shared.id)
    if newest is None:
        raise NotFound
    form = await fill(request, LineIn)
    if form.value:
        async with form.refusals(session):
            await changes.add_line(
                session, newest, view=form.value.view, words=form.value.words, by=worker, at=clock.now()
            )
            return once.see(f"{shared.path}/problem#lines")
    return _form(request, shared, "line", form, views=list(View))


@router.post("/wall-lines/{line}/take-back")
async def take_back(line: str, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Takes back one's own agency's mark."""
    found = await queries.access_line(session, worker, line)
    shared = await access_case_by_id(session, worker, found.case_id)
    shared.require(Permission.problem_frame, CLOSED)
    await changes.take_back(session, found, by=worker, at=clock.now())
    return once.see(f"{shared.path}/problem#lines")


@router.get("/cases/{case}/problem/tags")
async def tags_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to say what the problem is about."""
    shared = await access_to_write(session, worker, case)
    chosen = [tag.value for tag in await queries.tags_of(session, shared.id)]
    return _form(request, shared, "tags", Filled(), tags=list(Tag), chosen=chosen)


@router.post("/cases/{case}/problem/tags")
async def tag(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Says what the problem is about; the page then proposes whom it calls for."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.problem_frame, CLOSED)
    form = await fill(request, TagsIn)
    if form.value:
        await changes.tag_problem(session, shared.case, tags=form.value.tags, by=worker, at=clock.now())
        return once.see(f"{shared.path}/problem#who")
    return _form(request, shared, "tags", form, tags=list(Tag), chosen=[])


# --- Risk -------------------------------------------------------------------------------------------------------


@router.get("/cases/{case}/positions")
async def positions_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Where each agency stands on risk and why, with how it stood before; and the form for one's own."""
    shared = await access_case(session, worker, case)
    await record(session, Kind.problem_viewed, by=worker, at=clock.now(), case_id=shared.id, subject=shared.case)
    return await _positions(request, session, shared, Filled())


async def _positions(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[RiskIn]) -> Response:
    every = await queries.risk_positions(session, shared.id, standing=False)
    return _form(
        request,
        shared,
        "positions",
        form,
        risk=await queries.line_of(session, shared),
        every=every,
        people=await workers_by_id(session, [one.worker_id for one in every]),
        can_position=shared.may(Permission.risk_position),
        Rating=Rating,
        on_page=True,
    )


@router.post("/cases/{case}/positions")
async def position(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Gives one's own agency's rating of the risk, with the reason."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.risk_position, "The case is closed: no new rating of risk can be given.")
    form = await fill(request, RiskIn)
    if form.value:
        async with form.refusals(session):
            await changes.state_risk(
                session,
                shared.case,
                rating=form.value.rating,
                reason=form.value.reason,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/positions")
    return await _positions(request, session, shared, form)
