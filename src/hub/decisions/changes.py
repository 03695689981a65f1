"""Deciding, and stating where one's agency stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import check_reason
from hub.decisions import queries
from hub.decisions.rules import Stance, check_stance
from hub.decisions.tables import Decision, Position
from hub.errors import Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Decided:
    """A decision as it is minuted."""

    question: str
    options: Sequence[str]
    chosen: str
    rationale: str


async def decide(
    session: AsyncSession, *, case_id: UUID, conference_id: UUID | None, decided: Decided, by: Viewer, at: datetime
) -> Decision:
    """Records a decision. Each agency's position on it follows."""
    if not decided.chosen.strip():
        raise Refused("Say what was decided", field="chosen")
    check_reason(decided.rationale, "rationale")
    decision = Decision(
        case_id=case_id,
        conference_id=conference_id,
        question=decided.question,
        options=[option for option in decided.options if option.strip()],
        chosen=decided.chosen,
        rationale=decided.rationale,
        recorded_by=by.worker_id,
        decided_at=at,
    )
    session.add(decision)
    await session.flush()
    await record(session, Kind.decision_made, by=by, at=at, case_id=case_id, subject=decision)
    return decision


async def state_position(
    session: AsyncSession,
    decision: Decision,
    *,
    agency_id: UUID,
    stance: Stance,
    reason: str,
    stated_by: UUID | None,
    by: Viewer,
    at: datetime,
) -> Position:
    """States an agency's position on a decision. An earlier one stays to be read; a dissent is never taken away."""
    check_stance(stance, reason)
    for earlier in (await queries.positions(session, [decision.id]))[decision.id]:
        if earlier.agency_id == agency_id and earlier.superseded_at is None:
            earlier.superseded_at = at
    await session.flush()
    position = Position(
        decision_id=decision.id,
        agency_id=agency_id,
        stance=stance.value,
        reason=reason,
        stated_by=None if stance is Stance.not_consulted else stated_by,
        recorded_by=by.worker_id,
        stated_at=at,
    )
    session.add(position)
    await session.flush()
    await record(
        session,
        Kind.position_stated,
        by=by,
        at=at,
        case_id=decision.case_id,
        subject=position,
        agency=agency_id,
        stance=stance.value,
    )
    return position
