"""Asking for joint outcomes."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.tables import Case
from hub.errors import NotFound
from hub.ids import from_ref
from hub.outcomes.rules import OutcomeState
from hub.outcomes.tables import Measure, Objective, Outcome
from hub.sharing import scope
from hub.sharing.rules import Viewer


async def access_outcome(session: AsyncSession, viewer: Viewer, ref: str) -> Outcome:
    outcome = await session.scalar(
        select(Outcome).where(Outcome.id == from_ref(ref), scope.case_opens(viewer, Outcome.case_id))
    )
    if outcome is None:
        raise NotFound
    return outcome


async def of_case(session: AsyncSession, case_id: UUID) -> Sequence[Outcome]:
    """A case's outcomes: the live ones by rank, then the others. The caller has asked for the case."""
    return (
        await session.scalars(
            select(Outcome)
            .where(Outcome.case_id == case_id)
            .order_by(Outcome.state != OutcomeState.live.value, Outcome.rank, Outcome.agreed_at.desc())
        )
    ).all()


async def live_ranks(session: AsyncSession, case_id: UUID) -> list[int]:
    """The ranks taken by live outcomes of a case, held until the transaction ends."""
    rows = await session.scalars(
        select(Outcome.rank)
        .where(Outcome.case_id == case_id, Outcome.state == OutcomeState.live.value)
        .with_for_update()
    )
    return sorted(rows)


async def objectives(session: AsyncSession, outcome_ids: Collection[UUID]) -> dict[UUID, list[Objective]]:
    found: dict[UUID, list[Objective]] = defaultdict(list)
    if outcome_ids:
        for row in await session.scalars(
            select(Objective).where(Objective.outcome_id.in_(outcome_ids)).order_by(Objective.stated_at)
        ):
            found[row.outcome_id].append(row)
    return found


async def measures(session: AsyncSession, outcome_ids: Collection[UUID]) -> dict[UUID, list[Measure]]:
    """The readings of several outcomes, the oldest first."""
    found: dict[UUID, list[Measure]] = defaultdict(list)
    if outcome_ids:
        for row in await session.scalars(
            select(Measure)
            .where(Measure.outcome_id.in_(outcome_ids))
            .order_by(Measure.measured_on, Measure.recorded_at)
        ):
            found[row.outcome_id].append(row)
    return found


async def visible_outcomes(
    session: AsyncSession, viewer: Viewer, *, theme: str, agency_id: UUID | None, limit: int, offset: int
) -> tuple[list[tuple[Outcome, Case]], int]:
    """Live outcomes of open cases that this worker may see, by case; with `agency_id`, those it has an objective in."""
    conditions = [
        Outcome.state == OutcomeState.live.value,
        Case.closed_at.is_(None),
        scope.case_opens(viewer, Outcome.case_id),
    ]
    if theme:
        conditions.append(Outcome.theme == theme)
    if agency_id is not None:
        conditions.append(Outcome.id.in_(select(Objective.outcome_id).where(Objective.agency_id == agency_id)))
    asked = select(Outcome, Case).join(Case, Case.id == Outcome.case_id).where(*conditions)
    total = await session.scalar(select(func.count()).select_from(asked.subquery()))
    rows = await session.execute(
        asked.order_by(Outcome.theme, Outcome.target_on, Outcome.id).limit(limit).offset(offset)
    )
    return [(outcome, case) for outcome, case in rows], total or 0
