"""Finding decisions with their options, positions and answers, and what was decided between meetings."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import workers_by_id
from hub.agencies.tables import Worker
from hub.decisions.tables import BetweenMeetings, Decision, DecisionOption, DissentAnswer, Position
from hub.errors import NotFound
from hub.ids import from_ref
from hub.sharing import scope
from hub.sharing.rules import Viewer


async def decisions_of_case(
    session: AsyncSession, case_id: UUID, limit: int = 100, offset: int = 0
) -> Sequence[Decision]:
    """A case's decisions, the newest first. The caller has asked for the case."""
    return (
        await session.scalars(
            select(Decision)
            .where(Decision.case_id == case_id)
            .order_by(Decision.decided_at.desc(), Decision.id)
            .limit(limit)
            .offset(offset)
        )
    ).all()


async def count_of_case(session: AsyncSession, case_id: UUID, *, in_conference: bool) -> int:
    """How many decisions a case has that were made in a conference, or between two."""
    asked = select(func.count()).select_from(Decision).where(Decision.case_id == case_id)
    held = Decision.conference_id.is_not(None) if in_conference else Decision.conference_id.is_(None)
    return await session.scalar(asked.where(held)) or 0


async def in_conferences(session: AsyncSession, case_id: UUID, *, limit: int, offset: int) -> Sequence[Decision]:
    """What was decided in a case's conferences, the newest first. The caller has asked for the case."""
    return (
        await session.scalars(
            select(Decision)
            .where(Decision.case_id == case_id, Decision.conference_id.is_not(None))
            .order_by(Decision.decided_at.desc(), Decision.id)
            .limit(limit)
            .offset(offset)
        )
    ).all()


async def decisions_of(session: AsyncSession, conference_id: UUID) -> Sequence[Decision]:
    return (
        await session.scalars(
            select(Decision).where(Decision.conference_id == conference_id).order_by(Decision.decided_at)
        )
    ).all()


async def access_decision(session: AsyncSession, viewer: Viewer, ref: str) -> Decision:
    decision = await session.scalar(
        select(Decision).where(Decision.id == from_ref(ref), scope.case_opens(viewer, Decision.case_id))
    )
    if decision is None:
        raise NotFound
    return decision


async def positions(session: AsyncSession, decision_ids: Collection[UUID]) -> dict[UUID, list[Position]]:
    """Every position on several decisions, in the order in which they were stated; superseded ones too."""
    found: dict[UUID, list[Position]] = defaultdict(list)
    if decision_ids:
        for row in await session.scalars(
            select(Position).where(Position.decision_id.in_(decision_ids)).order_by(Position.stated_at)
        ):
            found[row.decision_id].append(row)
    return found


async def dissent(session: AsyncSession, decision: Decision, ref: str) -> Position:
    """A dissent on a decision that the caller has asked for. Raises NotFound."""
    found = await session.scalar(
        select(Position).where(
            Position.id == from_ref(ref), Position.decision_id == decision.id, Position.stance == "dissent"
        )
    )
    if found is None:
        raise NotFound
    return found


async def answer_to(session: AsyncSession, position_id: UUID) -> DissentAnswer | None:
    return await session.scalar(select(DissentAnswer).where(DissentAnswer.position_id == position_id))


# --- A decision as its card shows it ----------------------------------------------------------------------------


@dataclass
class Shown:
    """A decision with everything that its card says."""

    decision: Decision
    options: list[DecisionOption] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    answers: dict[UUID, DissentAnswer] = field(default_factory=dict)
    between: BetweenMeetings | None = None
    workers: Mapping[UUID, Worker] = field(default_factory=dict)

    @property
    def standing(self) -> list[Position]:
        """Where each agency stands now."""
        return [one for one in self.positions if one.superseded_at is None]

    @property
    def heard(self) -> dict[UUID, Position]:
        """The same by agency."""
        return {one.agency_id: one for one in self.standing}

    def recorder(self, position: Position) -> Worker | None:
        """Who recorded a position for an agency that is not their own; nobody when the agency did so itself."""
        worker = self.workers.get(position.recorded_by)
        return worker if worker is not None and worker.agency_id != position.agency_id else None

    @property
    def recorded_for(self) -> list[tuple[Worker, list[Position]]]:
        """Where agencies stand that somebody of another agency recorded, by who did so."""
        found: dict[UUID, tuple[Worker, list[Position]]] = {}
        for one in self.standing:
            worker = None if one.stance == "not-consulted" else self.recorder(one)
            if worker is not None:
                found.setdefault(worker.id, (worker, []))[1].append(one)
        return list(found.values())

    @property
    def open_dissents(self) -> list[Position]:
        """Dissents that stand and wait for an answer."""
        return [one for one in self.standing if one.stance == "dissent" and one.id not in self.answers]


async def shown(session: AsyncSession, decisions: Sequence[Decision]) -> list[Shown]:
    """Several decisions ready to be shown, in five queries whatever their number."""
    cards = {one.id: Shown(one) for one in decisions}
    if not cards:
        return []
    for option in await session.scalars(
        select(DecisionOption).where(DecisionOption.decision_id.in_(cards)).order_by(DecisionOption.place)
    ):
        cards[option.decision_id].options.append(option)
    stated = await positions(session, list(cards))
    decision_of: dict[UUID, UUID] = {}
    for decision_id, many in stated.items():
        cards[decision_id].positions = many
        decision_of |= {one.id: decision_id for one in many if one.stance == "dissent"}
    answers: list[DissentAnswer] = []
    if decision_of:
        answers = list(await session.scalars(select(DissentAnswer).where(DissentAnswer.position_id.in_(decision_of))))
    for answer in answers:
        cards[decision_of[answer.position_id]].answers[answer.position_id] = answer
    for row in await session.scalars(select(BetweenMeetings).where(BetweenMeetings.decision_id.in_(cards))):
        cards[row.decision_id].between = row
    named = await workers_by_id(session, _workers_of(cards.values(), answers))
    for card in cards.values():
        card.workers = named
    return list(cards.values())


def _workers_of(cards: Collection[Shown], answers: Collection[DissentAnswer]) -> list[UUID | None]:
    found: list[Any] = [answer.worker_id for answer in answers]
    for card in cards:
        found.append(card.decision.recorded_by)
        found += [worker for one in card.positions for worker in (one.stated_by, one.recorded_by)]
        if card.between is not None:
            found.append(card.between.settled_by)
    return found


# --- Between meetings -------------------------------------------------------------------------------------------


async def waiting_between(session: AsyncSession, case_id: UUID) -> Sequence[Decision]:
    """What was decided between meetings and no conference has answered yet, the oldest first."""
    return (
        await session.scalars(
            select(Decision)
            .join(BetweenMeetings, BetweenMeetings.decision_id == Decision.id)
            .where(BetweenMeetings.case_id == case_id, BetweenMeetings.settled_at.is_(None))
            .order_by(BetweenMeetings.decided_at)
        )
    ).all()


async def settled_in(session: AsyncSession, conference_id: UUID) -> Sequence[Decision]:
    """What was decided between meetings and answered in this conference, the oldest first."""
    return (
        await session.scalars(
            select(Decision)
            .join(BetweenMeetings, BetweenMeetings.decision_id == Decision.id)
            .where(BetweenMeetings.settled_in == conference_id)
            .order_by(BetweenMeetings.decided_at)
        )
    ).all()


async def between_of_case(session: AsyncSession, case_id: UUID, *, limit: int, offset: int) -> Sequence[Decision]:
    """What was decided between a case's meetings: what waits for an answer first, then the newest first."""
    return (
        await session.scalars(
            select(Decision)
            .join(BetweenMeetings, BetweenMeetings.decision_id == Decision.id)
            .where(BetweenMeetings.case_id == case_id)
            .order_by(BetweenMeetings.settled_at.is_not(None), BetweenMeetings.decided_at.desc(), Decision.id)
            .limit(limit)
            .offset(offset)
        )
    ).all()


async def between_for(session: AsyncSession, decision_id: UUID) -> BetweenMeetings | None:
    """What is kept of a decision made between meetings; None for one made in a conference. Held until the end of the
    transaction, so that two who answer it meet here."""
    return await session.scalar(
        select(BetweenMeetings).where(BetweenMeetings.decision_id == decision_id).with_for_update()
    )
