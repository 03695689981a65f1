"""Asking what is whose, where a handover stands, and who stands in for whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.absences.queries import deputies as deputies
from hub.absences.queries import deputies_ahead as deputies_ahead
from hub.absences.tables import Deputy
from hub.actions.rules import ActionState
from hub.actions.tables import Action
from hub.agencies.queries import workers_by_id
from hub.agencies.tables import Worker
from hub.cases.tables import Accountability, Case
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference
from hub.decisions.rules import Stance
from hub.decisions.tables import Decision, Position
from hub.errors import NotFound
from hub.handovers.rules import PACKET_DAYS, SHOWN_FOR, Holding, ItemState, Subject, may_manage
from hub.handovers.tables import Handover, HandoverItem, HandoverNote
from hub.ids import from_ref
from hub.interventions.rules import Status
from hub.interventions.tables import Intervention
from hub.london import london
from hub.outcomes.rules import OutcomeState
from hub.outcomes.tables import Outcome
from hub.sharing.rules import Viewer
from hub.sharing.tables import CircleSeat


async def access_colleague(session: AsyncSession, viewer: Viewer, ref: str) -> Worker:
    """The worker for whom this one may hand over. Raises NotFound, whether not theirs or not there."""
    found = await session.get(Worker, from_ref(ref))
    if found is None or not may_manage(viewer, worker_id=found.id, agency_id=found.agency_id):
        raise NotFound
    return found


async def access_handover(session: AsyncSession, viewer: Viewer, ref: str) -> Handover:
    """A handover from me, to me, or between colleagues for whom I may hand over. Raises NotFound."""
    found = await session.get(Handover, from_ref(ref))
    if found is None:
        raise NotFound
    if viewer.worker_id != found.to_id and not may_manage(viewer, worker_id=found.from_id, agency_id=found.agency_id):
        raise NotFound
    return found


async def access_deputy(session: AsyncSession, viewer: Viewer, ref: str) -> Deputy:
    """A standing deputy whom this worker may end. Raises NotFound."""
    found = await session.get(Deputy, from_ref(ref))
    if found is None or found.ended_at is not None:
        raise NotFound
    worker = await session.get(Worker, found.worker_id)
    if worker is None or not may_manage(viewer, worker_id=worker.id, agency_id=worker.agency_id):
        raise NotFound
    return found


async def holdings(session: AsyncSession, worker_ids: Collection[UUID]) -> dict[UUID, list[Holding]]:
    """Everything that is theirs in open cases, whoever asks: what answers for, whom to ring, who chairs."""
    found: dict[UUID, list[Holding]] = {worker_id: [] for worker_id in worker_ids}
    answered = await session.execute(
        select(Accountability, Outcome, Action)
        .join(Case, Case.id == Accountability.case_id)
        .outerjoin(Outcome, (Accountability.subject_type == "outcome") & (Outcome.id == Accountability.subject_id))
        .outerjoin(Action, (Accountability.subject_type == "action") & (Action.id == Accountability.subject_id))
        .where(Accountability.worker_id.in_(worker_ids), Accountability.ended_at.is_(None), Case.closed_at.is_(None))
        .where(or_(Outcome.id.is_(None), Outcome.state.in_([OutcomeState.live.value, OutcomeState.parked.value])))
        .where(or_(Action.id.is_(None), Action.state == ActionState.open.value))
        .order_by(Accountability.given_at)
    )
    for held, outcome, action in answered:
        words = outcome.statement if outcome else action.what if action else ""
        found[held.worker_id].append(
            Holding(
                Subject(held.subject_type),
                held.subject_id,
                held.case_id,
                held.worker_id,
                words,
                action.due_on if action else None,
            )
        )
    seats = await session.scalars(
        select(CircleSeat)
        .join(Case, Case.id == CircleSeat.case_id)
        .where(CircleSeat.contact_id.in_(worker_ids), CircleSeat.left_at.is_(None), Case.closed_at.is_(None))
        .order_by(CircleSeat.admitted_at)
    )
    for seat in seats:
        if seat.contact_id is not None and seat.case_id is not None:
            found[seat.contact_id].append(Holding(Subject.seat, seat.id, seat.case_id, seat.contact_id))
    chaired = await session.scalars(
        select(Conference)
        .where(Conference.chair_id.in_(worker_ids))
        .where(Conference.state.in_([ConferenceState.scheduled.value, ConferenceState.open.value]))
        .order_by(Conference.starts_at)
    )
    for one in chaired:
        found[one.chair_id].append(
            Holding(Subject.conference, one.id, one.case_id, one.chair_id, due=london(one.starts_at).date())
        )
    return {worker_id: sorted(many, key=lambda one: str(one.case_id)) for worker_id, many in found.items()}


async def waiting_items(session: AsyncSession, worker_ids: Collection[UUID]) -> dict[tuple[str, UUID], HandoverItem]:
    """What these workers have offered already and nobody has accepted yet, by subject."""
    rows = await session.scalars(
        select(HandoverItem)
        .join(Handover, Handover.id == HandoverItem.handover_id)
        .where(Handover.from_id.in_(worker_ids), HandoverItem.state == ItemState.waiting.value)
    )
    return {(row.subject_type, row.subject_id): row for row in rows}


async def items_of(session: AsyncSession, handover_id: UUID) -> Sequence[HandoverItem]:
    return (
        await session.scalars(
            select(HandoverItem).where(HandoverItem.handover_id == handover_id).order_by(HandoverItem.id)
        )
    ).all()


async def notes_of(session: AsyncSession, handover_id: UUID) -> dict[UUID, HandoverNote]:
    """What the leaver wrote, by case."""
    rows = await session.scalars(select(HandoverNote).where(HandoverNote.handover_id == handover_id))
    return {row.case_id: row for row in rows}


class Standing(NamedTuple):
    """A handover with how many of its things wait and how many there are."""

    handover: Handover
    waiting: int
    total: int


async def handovers_of(session: AsyncSession, viewer: Viewer, *, whole_agency: bool, limit: int = 50) -> list[Standing]:
    """Handovers from or to a worker, or of their whole agency: those that wait first, then the newest."""
    waiting = func.count().filter(HandoverItem.state == ItemState.waiting.value)
    asked = (
        select(Handover, waiting, func.count())
        .join(HandoverItem, HandoverItem.handover_id == Handover.id)
        .group_by(Handover.id)
        .order_by((waiting > 0).desc(), Handover.started_at.desc())
        .limit(limit)
    )
    if whole_agency:
        asked = asked.where(Handover.agency_id == viewer.agency_id)
    else:
        asked = asked.where(or_(Handover.from_id == viewer.worker_id, Handover.to_id == viewer.worker_id))
    return [Standing(*row) for row in await session.execute(asked)]


async def offered_to(session: AsyncSession, worker_id: UUID) -> list[Standing]:
    """Handovers that wait for this worker's yes or no."""
    waiting = func.count().filter(HandoverItem.state == ItemState.waiting.value)
    rows = await session.execute(
        select(Handover, waiting, func.count())
        .join(HandoverItem, HandoverItem.handover_id == Handover.id)
        .where(Handover.to_id == worker_id)
        .group_by(Handover.id)
        .having(waiting > 0)
        .order_by(Handover.started_at)
    )
    return [Standing(*row) for row in rows]


def count_offered(worker_id: UUID) -> Any:
    """How many handovers wait for a worker, as a part of another query."""
    return (
        select(func.count())
        .select_from(Handover)
        .where(Handover.to_id == worker_id)
        .where(exists().where(HandoverItem.handover_id == Handover.id, HandoverItem.state == ItemState.waiting.value))
        .scalar_subquery()
    )


class Change(NamedTuple):
    """A case has changed hands: from whom to whom, what, and when."""

    from_id: UUID
    to_id: UUID
    subject: Subject
    at: datetime
    returns_on: date | None = None


async def changing(session: AsyncSession, case_id: UUID, at: datetime) -> list[Change]:
    """Who has taken over from whom in a case in the last weeks: the case itself, whom to ring, or what is done in it."""
    accepted = HandoverItem.state == ItemState.accepted.value
    return await _changes(session, case_id, HandoverItem.ended_at, accepted, HandoverItem.ended_at >= at - SHOWN_FOR)


async def offered_in(session: AsyncSession, case_id: UUID) -> list[Change]:
    """To whom somebody has offered what they hold in a case, before a yes or a no."""
    return await _changes(session, case_id, Handover.started_at, HandoverItem.state == ItemState.waiting.value)


async def _changes(session: AsyncSession, case_id: UUID, when: Any, *conditions: ColumnElement[bool]) -> list[Change]:
    """One change for each two people: the gravest of what goes from one to the other, and the newest."""
    rows = await session.execute(
        select(Handover.from_id, Handover.to_id, HandoverItem.subject_type, when, Handover.returns_on)
        .join(Handover, Handover.id == HandoverItem.handover_id)
        .where(HandoverItem.case_id == case_id, *conditions)
        .order_by(
            HandoverItem.subject_type != Subject.case.value,
            HandoverItem.subject_type != Subject.seat.value,
            when.desc(),
        )
    )
    found: dict[tuple[UUID, UUID], Change] = {}
    for from_id, to_id, subject, at, returns_on in rows:
        found.setdefault((from_id, to_id), Change(from_id, to_id, Subject(subject), at, returns_on))
    return list(found.values())


@dataclass(frozen=True)
class Hands:
    """What a case shows of hands that change: who took over, who is asked to, and who stands in for whom today."""

    changes: list[Change]
    offers: list[Change]
    away: dict[UUID, Deputy]
    people: dict[UUID, Worker]


async def hands_at(session: AsyncSession, case_id: UUID, seats: Sequence[CircleSeat], at: datetime) -> Hands:
    """The hands of one case, with everybody named in them."""
    changes, offers = await changing(session, case_id, at), await offered_in(session, case_id)
    away = await deputies(session, [seat.contact_id for seat in seats], london(at).date())
    named = [who for one in (*changes, *offers) for who in (one.from_id, one.to_id)]
    return Hands(
        changes, offers, away, await workers_by_id(session, [*named, *(one.deputy_id for one in away.values())])
    )


@dataclass
class Packet:
    """What the Hub itself can say of one case that is handed over."""

    promises: list[Action] = field(default_factory=list)
    coming: list[Intervention] = field(default_factory=list)
    meetings: list[Conference] = field(default_factory=list)
    dissents: list[tuple[Decision, Position]] = field(default_factory=list)
    seats: list[CircleSeat] = field(default_factory=list)


async def packets(
    session: AsyncSession, case_ids: Collection[UUID], worker_id: UUID, at: datetime
) -> dict[UUID, Packet]:
    """The packet of each case: the worker's open actions, the next fortnight, standing dissents, whom to ring."""
    found: dict[UUID, Packet] = {case_id: Packet() for case_id in case_ids}
    until = at + timedelta(days=PACKET_DAYS)
    promised = select(Accountability.subject_id).where(
        Accountability.subject_type == "action",
        Accountability.worker_id == worker_id,
        Accountability.ended_at.is_(None),
    )
    for action in await session.scalars(
        select(Action)
        .where(Action.case_id.in_(case_ids), Action.id.in_(promised), Action.state == ActionState.open.value)
        .order_by(Action.due_on)
    ):
        found[action.case_id].promises.append(action)
    for visit in await session.scalars(
        select(Intervention)
        .where(Intervention.case_id.in_(case_ids), Intervention.worker_id == worker_id)
        .where(Intervention.status == Status.planned.value, Intervention.starts_at.between(at, until))
        .order_by(Intervention.starts_at)
    ):
        found[visit.case_id].coming.append(visit)
    for meeting in await session.scalars(
        select(Conference)
        .where(Conference.case_id.in_(case_ids), Conference.state == ConferenceState.scheduled.value)
        .where(Conference.starts_at.between(at, until))
        .order_by(Conference.starts_at)
    ):
        found[meeting.case_id].meetings.append(meeting)
    for decision, position in await session.execute(
        select(Decision, Position)
        .join(Position, Position.decision_id == Decision.id)
        .where(Decision.case_id.in_(case_ids), Position.superseded_at.is_(None))
        .where(Position.stance == Stance.dissent.value)
        .order_by(Decision.decided_at)
    ):
        found[decision.case_id].dissents.append((decision, position))
    for seat in await session.scalars(
        select(CircleSeat)
        .where(CircleSeat.case_id.in_(case_ids), CircleSeat.left_at.is_(None))
        .order_by(CircleSeat.part != "lead", CircleSeat.admitted_at)
    ):
        if seat.case_id is not None:
            found[seat.case_id].seats.append(seat)
    return found


async def claim_to_return(session: AsyncSession, today: date) -> Handover | None:
    """One handover whose worker is back today, held until the transaction ends; another process takes another."""
    return await session.scalar(
        select(Handover)
        .where(Handover.returned_at.is_(None), Handover.returns_on <= today)
        .order_by(Handover.returns_on)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
