"""Raising a disagreement, proposing and agreeing a plan, climbing a step, settling it, taking it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import timers
from hub.agencies.queries import workers
from hub.cases.queries import accountable_for
from hub.cases.rules import check_reason
from hub.errors import Conflict, Refused
from hub.escalations import queries
from hub.escalations.rules import (
    About,
    Colleague,
    EscalationState,
    Rung,
    StepEnd,
    check_open,
    check_raising,
    who_answers,
)
from hub.escalations.tables import Escalation, EscalationStep
from hub.events.changes import record
from hub.events.rules import HUB, Actor, Kind
from hub.ids import ref
from hub.notices.changes import write
from hub.notices.rules import NoticeKind
from hub.sharing.queries import circles
from hub.sharing.rules import Role, Viewer

Clocks = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """What two agencies see differently."""

    about: About
    about_id: UUID
    other_agency_id: UUID
    disputed: str
    we_want: str
    they_want: str
    evidence: str = ""


async def raise_it(
    session: AsyncSession,
    *,
    case_id: UUID,
    difference: Difference,
    circle: list[UUID],
    clocks: Clocks,
    by: Viewer,
    at: datetime,
) -> Escalation:
    """Writes down a disagreement and opens its first step, between the two practitioners."""
    check_raising(
        by.agency_id,
        difference.other_agency_id,
        circle,
        difference.disputed,
        difference.we_want,
        difference.they_want,
    )
    due = timers.due(Rung.practitioner.timer, at, clocks)
    escalation = Escalation(
        case_id=case_id,
        about=difference.about.value,
        about_id=difference.about_id,
        agency_id=by.agency_id,
        other_agency_id=difference.other_agency_id,
        raised_by=by.worker_id,
        raised_at=at,
        disputed=difference.disputed,
        we_want=difference.we_want,
        they_want=difference.they_want,
        evidence=difference.evidence,
        due_at=due,
    )
    session.add(escalation)
    await session.flush()
    step = await _open_step(session, escalation, Rung.practitioner, None, clocks, at)
    await _tell(session, NoticeKind.escalation_raised, escalation, [step.raiser_id, step.other_id], by, at)
    await record(
        session,
        Kind.escalation_raised,
        by=by,
        at=at,
        case_id=case_id,
        subject=escalation,
        about=difference.about.value,
        agency=difference.other_agency_id,
    )
    return escalation


async def _open_step(
    session: AsyncSession,
    escalation: Escalation,
    rung: Rung,
    before: EscalationStep | None,
    clocks: Clocks,
    at: datetime,
) -> EscalationStep:
    """Opens a step with exactly one person on each side, and sets its clock."""
    people = await workers(session, agency_ids=[escalation.agency_id, escalation.other_agency_id], at=at)
    named = await accountable_for(session, "case", escalation.case_id)
    contacts = {seat.agency_id: seat.contact_id for seat in await circles(session, [escalation.case_id])}

    def of(agency_id: UUID, usual: UUID | None, below: UUID | None) -> UUID:
        own = [Colleague(one.id, one.roles, one.manager_id) for one in people if one.agency_id == agency_id]
        return who_answers(rung, own, usual, below)

    step = EscalationStep(
        escalation_id=escalation.id,
        step=rung.value,
        raiser_id=of(escalation.agency_id, escalation.raised_by, before.raiser_id if before else None),
        other_id=of(
            escalation.other_agency_id,
            contacts.get(escalation.other_agency_id) or (named.worker_id if named else None),
            before.other_id if before else None,
        ),
        opened_at=at,
        due_at=timers.due(rung.timer, at, clocks),
    )
    if rung is Rung.chair:
        step.chair_id = await _independent_chair(session, escalation, [step.raiser_id, step.other_id], at)
    escalation.step, escalation.due_at = rung.value, step.due_at
    session.add(step)
    await session.flush()
    return step


async def _independent_chair(session: AsyncSession, escalation: Escalation, sides: list[UUID], at: datetime) -> UUID:
    """A chair of the case's conferences who is of neither agency; else the coordinator or a team leader of another
    agency of the circle, or anybody of one; else whoever answers for the case."""
    everybody = await workers(session, at=at)
    agency_of = {one.id: one.agency_id for one in everybody}
    at_issue = (escalation.agency_id, escalation.other_agency_id)
    involved = [one for one, agency in agency_of.items() if agency in at_issue]
    chair = await queries.chair_for(session, escalation.case_id, [*sides, *involved])
    if chair is not None and chair in agency_of:
        return chair
    seats = {seat.agency_id for seat in await circles(session, [escalation.case_id])}
    around = [one for one in everybody if one.agency_id in seats and one.id not in sides]
    for role, others_only in ((Role.coordinator, True), (Role.leader, True), (Role.coordinator, False)):
        for one in around:
            if role in one.roles and (not others_only or one.agency_id not in at_issue):
                return one.id
    neutral = [one.id for one in around if one.agency_id not in at_issue]
    if neutral:
        return neutral[0]
    named = await accountable_for(session, "case", escalation.case_id)
    return named.worker_id if named else sides[0]


async def _tell(
    session: AsyncSession, kind: NoticeKind, escalation: Escalation, people: list[UUID], by: Actor, at: datetime
) -> None:
    for worker_id in dict.fromkeys(people):
        if worker_id != by.worker_id:
            await write(
                session,
                kind,
                worker_id=worker_id,
                subject_id=escalation.id,
                case_id=escalation.case_id,
                link=f"/escalations/{ref(escalation.id)}",
                at=at,
            )


async def _standing(session: AsyncSession, escalation: Escalation) -> tuple[Escalation, EscalationStep]:
    """The disagreement and its present step, held. Raises Conflict when it has ended."""
    escalation = await queries.lock(session, escalation.id)
    check_open(escalation.state)
    return escalation, (await queries.steps(session, [escalation.id]))[escalation.id][-1]


def _end_step(step: EscalationStep, end: StepEnd, words: str, by: Actor, at: datetime) -> None:
    step.ended_as, step.ended_at, step.ended_by, step.words = end.value, at, by.worker_id, words


def _side(escalation: Escalation, by: Viewer) -> UUID:
    if by.agency_id not in (escalation.agency_id, escalation.other_agency_id):
        raise Refused("Only the two agencies that disagree can answer this step.")
    return by.agency_id


async def propose(session: AsyncSession, escalation: Escalation, *, plan: str, by: Viewer, at: datetime) -> None:
    """Proposes a plan for both sides; the other side agrees to it, or not. A new proposal takes the place of the old."""
    escalation, step = await _standing(session, escalation)
    check_reason(plan, "plan")
    step.plan, step.proposed_agency_id, step.proposed_by = plan, _side(escalation, by), by.worker_id
    await record(
        session,
        Kind.escalation_proposed,
        by=by,
        at=at,
        case_id=escalation.case_id,
        subject=escalation,
        step=step.step,
    )


async def agree(session: AsyncSession, escalation: Escalation, *, by: Viewer, at: datetime) -> None:
    """Agrees to the plan that the other side has proposed: that settles it."""
    escalation, step = await _standing(session, escalation)
    if not step.plan:
        raise Conflict("There is no plan to agree to yet.")
    if step.proposed_agency_id == _side(escalation, by):
        raise Refused("The other agency has to agree to what you proposed.")
    await _settle(session, escalation, step, StepEnd.agreed, step.plan, by, at)


async def decide(session: AsyncSession, escalation: Escalation, *, words: str, by: Viewer, at: datetime) -> None:
    """What the independent chair decides at the last step, after hearing both sides."""
    escalation, step = await _standing(session, escalation)
    if step.chair_id != by.worker_id:
        raise Refused("Only the independent chair decides at the last step.")
    check_reason(words, "words")
    await _settle(session, escalation, step, StepEnd.decided, words, by, at)


async def _settle(
    session: AsyncSession,
    escalation: Escalation,
    step: EscalationStep,
    end: StepEnd,
    words: str,
    by: Viewer,
    at: datetime,
) -> None:
    _end_step(step, end, words, by, at)
    escalation.state, escalation.outcome = EscalationState.settled.value, words
    escalation.ended_by, escalation.ended_at = by.worker_id, at
    everybody = [
        one for step in (await queries.steps(session, [escalation.id]))[escalation.id] for one in _people(step)
    ]
    await _tell(session, NoticeKind.escalation_ended, escalation, everybody, by, at)
    await record(
        session,
        Kind.escalation_settled,
        by=by,
        at=at,
        case_id=escalation.case_id,
        subject=escalation,
        step=step.step,
        ended_as=end.value,
    )


def _people(step: EscalationStep) -> list[UUID]:
    return [step.raiser_id, step.other_id, *([step.chair_id] if step.chair_id else [])]


async def not_agreed(
    session: AsyncSession, escalation: Escalation, *, words: str, clocks: Clocks, by: Viewer, at: datetime
) -> EscalationStep:
    """Says that there is no agreement at this step, and why: it climbs at once. At the last one the chair decides."""
    escalation, step = await _standing(session, escalation)
    _side(escalation, by)
    check_reason(words, "words")
    return await climb(session, escalation, step, end=StepEnd.not_agreed, words=words, clocks=clocks, by=by, at=at)


async def climb(
    session: AsyncSession,
    escalation: Escalation,
    step: EscalationStep,
    *,
    end: StepEnd = StepEnd.time_ran_out,
    words: str = "",
    clocks: Clocks,
    by: Actor = HUB,
    at: datetime,
) -> EscalationStep:
    """Moves a disagreement to its next step, with that step's people and clock, and tells them."""
    following = Rung(step.step).next
    if following is None:
        raise Conflict("This is the last step: the chair decides.")
    _end_step(step, end, words, by, at)
    await session.flush()
    opened = await _open_step(session, escalation, following, step, clocks, at)
    await _tell(session, NoticeKind.escalation_climbed, escalation, _people(opened), by, at)
    await record(
        session,
        Kind.escalation_climbed,
        by=by,
        at=at,
        case_id=escalation.case_id,
        subject=escalation,
        step=opened.step,
        because=end.value,
    )
    return opened


async def tell_late(session: AsyncSession, escalation: Escalation, step: EscalationStep, *, at: datetime) -> None:
    """Tells the chair and both sides, once, that the urgent meeting is late: above it there is no step."""
    escalation.told_late_at = at
    await _tell(session, NoticeKind.escalation_climbed, escalation, _people(step), HUB, at)
    await record(
        session,
        Kind.escalation_overdue,
        by=HUB,
        at=at,
        case_id=escalation.case_id,
        subject=escalation,
        step=step.step,
    )


async def withdraw(session: AsyncSession, escalation: Escalation, *, words: str, by: Viewer, at: datetime) -> None:
    """Takes a disagreement back, with words. Only the agency that raised it can; it stays to be read."""
    escalation, step = await _standing(session, escalation)
    if escalation.agency_id != by.agency_id:
        raise Refused("Only the agency that raised it can take it back.")
    check_reason(words, "words")
    _end_step(step, StepEnd.withdrawn, words, by, at)
    escalation.state, escalation.outcome = EscalationState.withdrawn.value, words
    escalation.ended_by, escalation.ended_at = by.worker_id, at
    await _tell(session, NoticeKind.escalation_ended, escalation, _people(step), by, at)
    await record(
        session,
        Kind.escalation_withdrawn,
        by=by,
        at=at,
        case_id=escalation.case_id,
        subject=escalation,
        step=step.step,
    )
