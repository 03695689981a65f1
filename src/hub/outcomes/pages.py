"""Agreeing and measuring joint outcomes, and a leader's view of them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from hub import clock, vocabulary
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.cases.queries import (
    SharedCase,
    access_case,
    access_case_by_id,
    access_to_write,
    accountable_for_all,
    could_answer,
    names_of,
)
from hub.database import CurrentSession
from hub.drafts.changes import discard, keep_refused
from hub.drafts.queries import restored
from hub.drafts.rules import DraftForm
from hub.errors import NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import from_ref
from hub.inputs import Filled, PageNumber, fill
from hub.outcomes import changes, queries
from hub.outcomes.changes import Agreed
from hub.outcomes.charts import Chart, chart
from hub.outcomes.forms import MeasureIn, ObjectiveIn, OutcomeIn, StateIn
from hub.outcomes.rules import Direction, OutcomeState, Reading, Trend, trend
from hub.outcomes.tables import Measure, Objective, Outcome
from hub.rendering import show
from hub.sharing.rules import Permission

router = APIRouter()
PAGE = 20


@dataclass(frozen=True)
class Shown:
    """An outcome with everything that is shown of it."""

    outcome: Outcome
    objectives: Sequence[Objective]
    measures: Sequence[Measure]
    chart: Chart
    trend: Trend
    owner: Any = None


async def shown(session: AsyncSession, outcomes: Sequence[Outcome]) -> list[Shown]:
    """Outcomes with their objectives, readings, charts and owners, in four queries whatever their number."""
    ids = [outcome.id for outcome in outcomes]
    objectives, measures = await queries.objectives(session, ids), await queries.measures(session, ids)
    owned = await accountable_for_all(session, "outcome", ids)
    people = await workers_by_id(session, [held.worker_id for held in owned.values()])
    found = []
    for outcome in outcomes:
        readings = [Reading(one.measured_on, one.value) for one in measures[outcome.id]]
        held = owned.get(outcome.id)
        found.append(
            Shown(
                outcome,
                objectives[outcome.id],
                measures[outcome.id],
                chart(outcome, readings),
                trend(outcome.baseline_value, outcome.target_value, readings),
                people[held.worker_id] if held else None,
            )
        )
    return found


async def _page(
    request: Request, session: CurrentSession, shared: SharedCase, template: str, form: Filled[Any], **more: Any
) -> Response:
    around = await could_answer(session, shared, clock.now())
    return show(
        request,
        f"outcomes/{template}.html",
        status=422 if form.problems else 200,
        shared=shared,
        form=form,
        section="board",
        part="plan",
        workers=around,
        directions=list(Direction),
        themes=vocabulary.codes("supporting-families"),
        **more,
    )


@router.get("/outcomes")
@router.get("/outcomes/list", name="outcomes_live")
async def outcomes(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    theme: str = "",
    agency: str = "",
    page: PageNumber = 1,
) -> Response:
    """A leader's view: every live joint outcome that I may see, as small pictures with baseline and target."""
    rows, total = await queries.visible_outcomes(
        session,
        worker,
        theme=theme,
        agency_id=from_ref(agency) if agency else None,
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )
    names = await names_of(session, [case for _, case in rows])
    all_shown = await shown(session, [outcome for outcome, _ in rows])
    await record(session, Kind.outcomes_viewed, by=worker, at=clock.now(), ids=[outcome.id for outcome, _ in rows])
    live_part = request.url.path == "/outcomes/list"
    return show(
        request,
        "outcomes/_all.html" if live_part else "outcomes/all.html",
        section="outcomes",
        shown=all_shown,
        names=names,
        total=total,
        page=page,
        size=PAGE,
        question={"theme": theme, "agency": agency},
        themes=vocabulary.codes("supporting-families"),
        agencies=await agencies_by_id(session),
        tally={state: sum(one.trend is state for one in all_shown) for state in Trend},
    )


@router.get("/cases/{case}/outcomes/new")
async def new(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to agree a joint outcome."""
    shared = await access_to_write(session, worker, case)
    draft = await restored(session, worker, shared.id, DraftForm.outcome)
    form: Filled[OutcomeIn] = Filled(typed=draft.typed or {"baseline_on": [clock.today().isoformat()]})
    return await _page(request, session, shared, "new", form, draft=draft)


@router.post("/cases/{case}/outcomes")
async def agree(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Agrees a joint outcome with the own objective of at least two agencies."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.outcome_agree, "The case is closed.")
    form = await fill(request, OutcomeIn)
    if form.value:
        told = form.value
        circle = {agency.id for agency in shared.circle}
        async with form.refusals(session):
            await changes.agree(
                session,
                case_id=shared.id,
                by=worker,
                at=clock.now(),
                agreed=Agreed(
                    statement=told.statement,
                    indicator=told.indicator,
                    unit=told.unit,
                    direction=told.direction,
                    baseline_value=told.baseline,
                    baseline_on=told.baseline_on,
                    baseline_source=told.baseline_source,
                    target_value=told.target,
                    target_on=told.target_on,
                    theme=told.theme,
                    accountable_id=await _one_of_the_circle(session, shared, told.accountable),
                    objectives={
                        agency: words
                        for agency, words in zip(told.agencies, told.objectives, strict=False)
                        if agency in circle
                    },
                ),
            )
            await discard(session, case_id=shared.id, form=DraftForm.outcome, by=worker)
            return once.see(f"{shared.path}/plan")
    await keep_refused(session, case_id=shared.id, form=DraftForm.outcome, typed=form.typed, by=worker, at=clock.now())
    draft = await restored(session, worker, shared.id, DraftForm.outcome)
    return await _page(request, session, shared, "new", form, draft=draft)


async def _one_of_the_circle(session: CurrentSession, shared: SharedCase, worker_id: UUID) -> UUID:
    around = await could_answer(session, shared, clock.now())
    if worker_id not in {one.id for one in around}:
        raise NotFound
    return worker_id


async def _of_outcome(session: CurrentSession, worker: CurrentWorker, ref: str) -> tuple[Outcome, SharedCase]:
    outcome = await queries.access_outcome(session, worker, ref)
    return outcome, await access_case_by_id(session, worker, outcome.case_id)


@router.get("/outcomes/{outcome}")
async def one_outcome(outcome: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """An outcome: its chart and the same as a table, what each agency gains, and the forms to measure and end it."""
    found, shared = await _of_outcome(session, worker, outcome)
    return await _one(request, session, shared, found, Filled(typed={"measured_on": [clock.today().isoformat()]}))


async def _one(
    request: Request, session: CurrentSession, shared: SharedCase, found: Outcome, form: Filled[Any]
) -> Response:
    return await _page(
        request,
        session,
        shared,
        "one",
        form,
        one=(await shown(session, [found]))[0],
        states=[state for state in OutcomeState if state != found.state],
    )


@router.post("/outcomes/{outcome}/measures")
async def measure(
    outcome: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Adds a reading."""
    found, shared = await _of_outcome(session, worker, outcome)
    shared.require(Permission.outcome_measure, "The case is closed.")
    form = await fill(request, MeasureIn)
    if form.value:
        async with form.refusals(session):
            reading = Reading(form.value.measured_on, form.value.value)
            await changes.measure(session, found, reading=reading, source=form.value.source, by=worker, at=clock.now())
            return once.see(f"/outcomes/{outcome}")
    return await _one(request, session, shared, found, form)


@router.post("/outcomes/{outcome}/objective")
async def objective(
    outcome: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """States what one's own agency gains from an outcome."""
    found, shared = await _of_outcome(session, worker, outcome)
    shared.require(Permission.outcome_agree, "The case is closed.")
    form = await fill(request, ObjectiveIn)
    if form.value:
        async with form.refusals(session):
            await changes.state_objective(session, found, words=form.value.words, by=worker, at=clock.now())
            return once.see(f"/outcomes/{outcome}")
    return await _one(request, session, shared, found, form)


@router.post("/outcomes/{outcome}/state")
async def change_state(
    outcome: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Parks, achieves, drops or takes up an outcome again."""
    found, shared = await _of_outcome(session, worker, outcome)
    shared.require(Permission.outcome_agree, "The case is closed.")
    form = await fill(request, StateIn)
    if form.value:
        async with form.refusals(session):
            await changes.change_state(
                session, found, to=form.value.state, reason=form.value.reason, by=worker, at=clock.now()
            )
            return once.see(f"{shared.path}/plan")
    return await _one(request, session, shared, found, form)
