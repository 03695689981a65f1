"""Taking a disagreement up the ladder, and answering at each step of it."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers_by_id
from hub.cases.queries import SharedCase, access_case, access_case_by_id, access_to_write
from hub.database import CurrentSession
from hub.errors import NotAllowed, NotFound
from hub.escalations import changes, queries
from hub.escalations.changes import Difference
from hub.escalations.forms import ProposeIn, RaiseIn, WordsIn
from hub.escalations.rules import About, EscalationState, Rung, StepEnd
from hub.escalations.tables import Escalation, EscalationStep
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.rendering import show
from hub.sharing.rules import Permission

router = APIRouter()


@router.get("/cases/{case}/escalations/new")
async def raise_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, about: str = "", which: str = ""
) -> Response:
    """The form to write down a disagreement about a decision, a request, a clash or a lane."""
    shared = await access_to_write(session, worker, case)
    return await _raise_page(request, session, shared, about, which, Filled())


async def _raise_page(
    request: Request, session: CurrentSession, shared: SharedCase, about: str, which: str, form: Filled[RaiseIn]
) -> Response:
    try:
        kind = About(about)
    except ValueError:
        raise NotFound from None
    _, others = await queries.agencies_at_issue(session, shared.viewer, shared, kind, which)
    return show(
        request,
        "escalations/new.html",
        status=422 if form.problems else 200,
        section="board",
        part="sharing",
        shared=shared,
        form=form,
        about=kind,
        which=which,
        others=[shared.agencies[one] for one in others]
        or [one for one in shared.circle if one.id != shared.viewer.agency_id],
    )


@router.post("/cases/{case}/escalations")
async def raise_it(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Writes down a disagreement: its first step opens between the two practitioners."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.escalation_raise, "The case is closed.")
    form = await fill(request, RaiseIn)
    if form.value:
        given = form.value
        about_id, _ = await queries.agencies_at_issue(session, worker, shared, given.about, given.which)
        async with form.refusals(session):
            raised = await changes.raise_it(
                session,
                case_id=shared.id,
                difference=Difference(
                    given.about,
                    about_id,
                    given.agency,
                    given.disputed,
                    given.we_want,
                    given.they_want,
                    given.evidence,
                ),
                circle=[one.id for one in shared.circle],
                clocks=shared.partnership.clocks,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"/escalations/{ref(raised.id)}")
    return await _raise_page(request, session, shared, form.one("about"), form.one("which"), form)


@router.get("/escalations/{escalation}")
@router.get("/escalations/{escalation}/live")
async def one_escalation(escalation: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A disagreement: what each side wants, the ladder, and the step that it stands on. `/live` is the live part."""
    found = await queries.access_escalation(session, worker, escalation)
    return await _one(request, session, worker, found, Filled())


async def _one(
    request: Request,
    session: CurrentSession,
    worker: CurrentWorker,
    found: Escalation,
    form: Filled[Any],
    opened: str = "",
) -> Response:
    shared = await access_case_by_id(session, worker, found.case_id)
    steps, live = (await queries.steps(session, [found.id]))[found.id], request.url.path.endswith("/live")
    if request.method == "GET" and not live:
        await record(session, Kind.escalation_viewed, by=worker, at=clock.now(), case_id=found.case_id, subject=found)
    people = [found.raised_by, found.ended_by]
    people += [one for step in steps for one in (step.raiser_id, step.other_id, step.chair_id, step.proposed_by)]
    return show(
        request,
        "escalations/_escalation.html" if live else "escalations/escalation.html",
        status=422 if form.problems else 200,
        section="board",
        part="sharing",
        shared=shared,
        escalation=found,
        steps={step.step: step for step in steps},
        step=steps[-1],
        rungs=list(Rung),
        form=form,
        opened=opened,
        workers=await workers_by_id(session, people),
        About=About,
        EscalationState=EscalationState,
        StepEnd=StepEnd,
        can=_can(shared, found, steps[-1]),
    )


def _can(shared: SharedCase, found: Escalation, step: EscalationStep) -> dict[str, bool]:
    """What this worker may do at the present step."""
    viewer, is_open = shared.viewer, found.state == EscalationState.open
    at_issue = viewer.agency_id in (found.agency_id, found.other_agency_id)
    facts = {"at_issue": at_issue, "answers_step": viewer.worker_id in (step.raiser_id, step.other_id)}
    answers = is_open and at_issue and shared.may(Permission.escalation_answer, **facts)
    last = Rung(step.step).next is None
    return {
        "propose": answers,
        "agree": answers and bool(step.plan) and step.proposed_agency_id != viewer.agency_id,
        "not-agreed": answers and not last,
        "decide": is_open and last and step.chair_id == viewer.worker_id and shared.case.closed_at is None,
        "withdraw": is_open
        and shared.may(Permission.escalation_withdraw, own_agency=viewer.agency_id == found.agency_id),
    }


async def _act(session: CurrentSession, worker: CurrentWorker, escalation: str, what: str) -> tuple[Escalation, Any]:
    """A disagreement in which this worker may do something now, and its case."""
    found = await queries.access_escalation(session, worker, escalation)
    shared = await access_case_by_id(session, worker, found.case_id)
    steps = (await queries.steps(session, [found.id]))[found.id]
    if not _can(shared, found, steps[-1])[what]:
        if shared.case.closed_at is not None:
            raise NotAllowed("The case is closed.")
        raise NotAllowed("This step waits for the people named on it. Reload the page to see who they are.")
    return found, shared


@router.post("/escalations/{escalation}/propose")
async def propose(
    escalation: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Proposes a plan to the other side."""
    found, _ = await _act(session, worker, escalation, "propose")
    form = await fill(request, ProposeIn)
    if form.value:
        async with form.refusals(session):
            await changes.propose(session, found, plan=form.value.plan, by=worker, at=clock.now())
            return once.see(f"/escalations/{escalation}")
    return await _one(request, session, worker, found, form, "propose")


@router.post("/escalations/{escalation}/agree")
async def agree(
    escalation: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Agrees, with one tap, to the plan that the other side proposed: that settles it."""
    found, _ = await _act(session, worker, escalation, "agree")
    await changes.agree(session, found, by=worker, at=clock.now())
    return once.see(f"/escalations/{escalation}")


@router.post("/escalations/{escalation}/not-agreed")
async def not_agreed(
    escalation: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says that there is no agreement here: it moves up a step at once."""
    found, shared = await _act(session, worker, escalation, "not-agreed")
    form = await fill(request, WordsIn)
    if form.value:
        async with form.refusals(session):
            await changes.not_agreed(
                session, found, words=form.value.words, clocks=shared.partnership.clocks, by=worker, at=clock.now()
            )
            return once.see(f"/escalations/{escalation}")
    return await _one(request, session, worker, found, form, "not-agreed")


@router.post("/escalations/{escalation}/decide")
async def decide(
    escalation: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Writes down what the independent chair decides."""
    found, _ = await _act(session, worker, escalation, "decide")
    form = await fill(request, WordsIn)
    if form.value:
        async with form.refusals(session):
            await changes.decide(session, found, words=form.value.words, by=worker, at=clock.now())
            return once.see(f"/escalations/{escalation}")
    return await _one(request, session, worker, found, form, "decide")


@router.post("/escalations/{escalation}/withdraw")
async def withdraw(
    escalation: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Takes a disagreement back, with words."""
    found, _ = await _act(session, worker, escalation, "withdraw")
    form = await fill(request, WordsIn)
    if form.value:
        async with form.refusals(session):
            await changes.withdraw(session, found, words=form.value.words, by=worker, at=clock.now())
            return once.see(f"/escalations/{escalation}")
    return await _one(request, session, worker, found, form, "withdraw")
