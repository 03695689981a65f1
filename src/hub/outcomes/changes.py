"""Agreeing an outcome, stating an agency's own objective in it, measuring it, ending it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.changes import name_accountable
from hub.cases.rules import check_reason
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.ids import new_id
from hub.london import london
from hub.outcomes import queries
from hub.outcomes.rules import MOST_LIVE, Direction, OutcomeState, Reading, check_new, check_reading
from hub.outcomes.tables import Measure, Objective, Outcome
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Agreed:
    """What was agreed: the outcome, how it is measured, from where to where, and what each agency gains."""

    statement: str
    indicator: str
    unit: str
    direction: Direction
    baseline_value: float
    baseline_on: date
    baseline_source: str
    target_value: float
    target_on: date
    objectives: Mapping[UUID, str]
    accountable_id: UUID
    theme: str = ""


async def agree(session: AsyncSession, *, case_id: UUID, agreed: Agreed, by: Actor, at: datetime) -> Outcome:
    """Agrees a joint outcome. Raises Refused without a baseline, a target ahead, or objectives of two agencies."""
    today = london(at).date()
    objectives = {agency: words.strip() for agency, words in agreed.objectives.items() if words.strip()}
    taken = await queries.live_ranks(session, case_id)
    check_new(
        baseline=agreed.baseline_value,
        target=agreed.target_value,
        direction=agreed.direction,
        agencies=len(objectives),
        live=len(taken),
    )
    if agreed.baseline_on > today:
        raise Refused("The baseline is where things stand now or stood before", field="baseline_on")
    if agreed.target_on <= agreed.baseline_on:
        raise Refused("The target’s date must be after the baseline’s", field="target_on")
    outcome = Outcome(
        case_id=case_id,
        theme=agreed.theme,
        statement=agreed.statement,
        indicator=agreed.indicator,
        unit=agreed.unit,
        direction=agreed.direction.value,
        baseline_value=agreed.baseline_value,
        baseline_on=agreed.baseline_on,
        baseline_source=agreed.baseline_source,
        target_value=agreed.target_value,
        target_on=agreed.target_on,
        rank=next(rank for rank in range(1, MOST_LIVE + 1) if rank not in taken),
        agreed_by=by.worker_id,
        agreed_at=at,
    )
    session.add(outcome)
    await session.flush()
    session.add_all(
        Objective(outcome_id=outcome.id, agency_id=agency, statement=words, stated_at=at)
        for agency, words in objectives.items()
    )
    await record(
        session, Kind.outcome_agreed, by=by, at=at, case_id=case_id, subject=outcome, agencies=list(objectives)
    )
    await name_accountable(
        session,
        case_id=case_id,
        subject_type="outcome",
        subject_id=outcome.id,
        worker_id=agreed.accountable_id,
        by=by,
        at=at,
    )
    return outcome


async def state_objective(session: AsyncSession, outcome: Outcome, *, words: str, by: Viewer, at: datetime) -> None:
    """States, or states anew, what the worker's own agency gains from the outcome."""
    if not words.strip():
        raise Refused("Say what your agency gains when this is reached", field="words")
    await session.execute(
        insert(Objective)
        .values(id=new_id(), outcome_id=outcome.id, agency_id=by.agency_id, statement=words, stated_at=at)
        .on_conflict_do_update(constraint="objective_one_each", set_={"statement": words, "stated_at": at})
    )
    await record(session, Kind.outcome_objective_stated, by=by, at=at, case_id=outcome.case_id, subject=outcome)


async def measure(
    session: AsyncSession, outcome: Outcome, *, reading: Reading, source: str, by: Viewer, at: datetime
) -> Measure:
    """Adds a reading of the outcome's indicator."""
    if outcome.state != OutcomeState.live:
        raise Conflict("This outcome is no longer live.")
    check_reading(reading, baseline_on=outcome.baseline_on, today=london(at).date())
    measured = Measure(
        outcome_id=outcome.id,
        measured_on=reading.on,
        value=reading.value,
        source=source,
        agency_id=by.agency_id,
        worker_id=by.worker_id,
        recorded_at=at,
    )
    session.add(measured)
    await session.flush()
    await record(
        session, Kind.outcome_measured, by=by, at=at, case_id=outcome.case_id, subject=measured, outcome=outcome.id
    )
    return measured


async def change_state(
    session: AsyncSession, outcome: Outcome, *, to: OutcomeState, reason: str, by: Viewer, at: datetime
) -> None:
    """Parks, achieves, drops or takes up an outcome again, with the reason."""
    check_reason(reason)
    if outcome.state == to:
        raise Conflict(f"The outcome is already {to.label.lower()}.")
    if to is OutcomeState.live:
        taken = await queries.live_ranks(session, outcome.case_id)
        free = [rank for rank in range(1, MOST_LIVE + 1) if rank not in taken]
        if not free:
            raise Refused(f"A case has at most {MOST_LIVE} live outcomes. Park one first", field="state")
        outcome.rank = free[0]
    before, outcome.state = outcome.state, to.value
    outcome.ended_at = None if to in (OutcomeState.live, OutcomeState.parked) else at
    await record(
        session,
        Kind.outcome_state_changed,
        by=by,
        at=at,
        case_id=outcome.case_id,
        subject=outcome,
        was=before,
        state=to.value,
    )
