"""Deciding, stating where one's agency stands, answering a dissent, and settling what was decided between meetings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import check_reason
from hub.cases.steering import Between, Matter, check_why
from hub.decisions import queries
from hub.decisions.rules import (
    Option,
    Settled,
    Stance,
    Threshold,
    check_answer,
    check_in_time,
    check_options,
    check_stance,
    considered,
)
from hub.decisions.tables import BetweenMeetings, Decision, DecisionOption, DissentAnswer, Position
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Decided:
    """A decision as it is minuted. `chosen` may be left empty when it is the chosen option word for word."""

    question: str
    options: Sequence[Option]
    chosen: str
    rationale: str
    why_only_one: str = ""
    threshold: Threshold | None = None

    @property
    def in_words(self) -> str:
        """What was decided."""
        return self.chosen.strip() or next((one.text for one in self.options if one.chosen), "")


async def decide(
    session: AsyncSession,
    *,
    case_id: UUID,
    conference_id: UUID,
    decided: Decided,
    not_asked: Mapping[UUID, str] | None = None,
    interim: bool = False,
    by: Viewer,
    at: datetime,
    unread: bool = False,
) -> Decision:
    """Records a decision of a conference. Each invited agency's position on it follows.

    `interim` marks one that is made without a quorum. `not_asked` names the agencies of the circle that were not
    invited, and says so for each. `unread` says that there was no time to open the chronology first.
    """
    decision = await _write(session, case_id, conference_id, decided, not_asked or {}, by, at)
    decision.interim = interim
    await record(
        session,
        Kind.decision_made,
        by=by,
        at=at,
        case_id=case_id,
        subject=decision,
        threshold=decision.threshold,
        chronology_unread=unread or None,
    )
    return decision


async def decide_between(
    session: AsyncSession,
    *,
    case_id: UUID,
    matter: Matter,
    decided: Decided,
    between: Between,
    absent: Collection[UUID],
    by: Viewer,
    at: datetime,
    unread: bool = False,
) -> Decision:
    """Records a decision made while no conference was held, with why it did not wait and which agencies were absent.

    The decider's own agency agrees; each absent one is recorded as not consulted, until it says where it stands.
    """
    check_why(between, decided.rationale, "rationale")
    reason = f"Decided between meetings ({between.why_now.short}), without asking this agency."
    decision = await _write(
        session, case_id, None, decided, dict.fromkeys(absent, reason), by, at, reasoned=matter is Matter.other
    )
    session.add(
        Position(
            decision_id=decision.id,
            agency_id=by.agency_id,
            stance=Stance.agree.value,
            stated_by=by.worker_id,
            recorded_by=by.worker_id,
            stated_at=at,
        )
    )
    session.add(
        BetweenMeetings(
            decision_id=decision.id,
            case_id=case_id,
            agency_id=by.agency_id,
            matter=matter.value,
            why_now=between.why_now.value,
            absent=list(absent),
            decided_at=at,
        )
    )
    await session.flush()
    await record(
        session,
        Kind.decision_made,
        by=by,
        at=at,
        case_id=case_id,
        subject=decision,
        matter=matter.value,
        why_now=between.why_now.value,
        absent=list(absent),
        threshold=decision.threshold,
        chronology_unread=unread or None,
    )
    return decision


async def _write(
    session: AsyncSession,
    case_id: UUID,
    conference_id: UUID | None,
    decided: Decided,
    not_asked: Mapping[UUID, str],
    by: Viewer,
    at: datetime,
    *,
    reasoned: bool = True,
) -> Decision:
    check_options(decided.options, decided.why_only_one)
    if not decided.in_words:
        raise Refused("Say what was decided", field="chosen")
    if reasoned:
        check_reason(decided.rationale, "rationale")
    decision = Decision(
        case_id=case_id,
        conference_id=conference_id,
        question=decided.question,
        chosen=decided.in_words,
        rationale=decided.rationale,
        why_only_one=decided.why_only_one,
        threshold=decided.threshold.value if decided.threshold else None,
        recorded_by=by.worker_id,
        decided_at=at,
    )
    session.add(decision)
    await session.flush()
    session.add_all(
        DecisionOption(
            decision_id=decision.id,
            place=place,
            text=one.text.strip(),
            reason_for=one.reason_for.strip(),
            reason_against=one.reason_against.strip(),
            proposed_by=one.proposed_by,
            chosen=one.chosen,
        )
        for place, one in enumerate(considered(decided.options, decided.why_only_one), 1)
    )
    session.add_all(
        Position(
            decision_id=decision.id,
            agency_id=agency_id,
            stance=Stance.not_consulted.value,
            reason=reason,
            recorded_by=by.worker_id,
            stated_at=at,
        )
        for agency_id, reason in not_asked.items()
    )
    await session.flush()
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
    clocks: Mapping[str, Any] | None = None,
) -> Position:
    """States an agency's position on a decision. An earlier one stays to be read; a dissent is never taken away.

    Raises Refused for a dissent after its 72 hours.
    """
    check_stance(stance, reason)
    check_in_time(stance, decision.decided_at, at, clocks)
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


async def answer_dissent(
    session: AsyncSession, decision: Decision, dissent: Position, *, words: str, by: Viewer, at: datetime
) -> DissentAnswer:
    """Answers a dissent, once. The dissent and its answer stand side by side from then on."""
    check_answer(words)
    if await queries.answer_to(session, dissent.id) is not None:
        raise Conflict("Somebody else has just answered this dissent.")
    answer = DissentAnswer(position_id=dissent.id, worker_id=by.worker_id, words=words.strip(), answered_at=at)
    session.add(answer)
    await session.flush()
    await record(
        session,
        Kind.dissent_answered,
        by=by,
        at=at,
        case_id=decision.case_id,
        subject=answer,
        agency=dissent.agency_id,
        decision=decision.id,
    )
    return answer


async def settle(
    session: AsyncSession,
    decision: Decision,
    *,
    conference_id: UUID,
    settled: Settled,
    words: str,
    by: Viewer,
    at: datetime,
) -> BetweenMeetings:
    """Says what a conference makes of a decision made between meetings: ratifies, amends or reverses it, and why.

    Raises Conflict for one that has been answered, or that a conference made.
    """
    check_reason(words, "words")
    row = await queries.between_for(session, decision.id)
    if row is None or row.settled_at is not None:
        raise Conflict("This decision has been answered already.")
    row.settled, row.settled_words, row.settled_at = settled.value, words.strip(), at
    row.settled_by, row.settled_in = by.worker_id, conference_id
    await session.flush()
    await record(
        session,
        Kind.decision_settled,
        by=by,
        at=at,
        case_id=decision.case_id,
        subject=decision,
        settled=settled.value,
        conference=conference_id,
    )
    return row
