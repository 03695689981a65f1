"""Asking for everything that happened to a family, for one viewer: a query for each kind of thing, however many."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.chronology.rules import Key, Source, Together
from hub.chronology.tables import Contradiction, EventPair
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference
from hub.contributions.queries import readable
from hub.contributions.tables import Contribution
from hub.decisions.rules import Stance
from hub.decisions.tables import Decision, Position
from hub.errors import NotFound
from hub.events.queries import of_kinds
from hub.events.rules import Kind
from hub.events.tables import Event
from hub.ids import from_ref
from hub.interventions.rules import Status
from hub.interventions.tables import Intervention, InterventionPerson
from hub.outcomes.tables import Measure, Outcome
from hub.people.tables import Involvement
from hub.referrals.queries import visible_referrals
from hub.referrals.tables import Referral
from hub.sharing import scope
from hub.sharing.rules import Viewer
from hub.sharing.tables import CircleSeat

TOLD_BY_THE_LEDGER = (
    Kind.case_opened,
    Kind.case_rated,
    Kind.case_moved,
    Kind.agency_admitted,
    Kind.agency_left,
)


@dataclass(frozen=True)
class Material:
    """What a chronology is made from: rows of other rooms, of which this viewer may see every one."""

    referrals: Sequence[Any]
    referral_people: dict[UUID, set[UUID]]
    referral_reach: dict[UUID, set[UUID]]
    contributions: Sequence[Any]
    interventions: Sequence[Any]
    intervention_people: dict[UUID, set[UUID]]
    conferences: Sequence[Any]
    decisions: Sequence[Decision]
    dissents: dict[UUID, list[tuple[UUID, str]]]
    measures: Sequence[Any]
    events: Sequence[Event]


async def material(session: AsyncSession, viewer: Viewer, case_id: UUID) -> Material:
    """Everything for a case's chronology, in eleven queries. The caller has asked for the case."""
    named, seat = aliased(Involvement), aliased(CircleSeat)
    return Material(
        referrals=await _referrals(session, viewer, case_id),
        referral_people=await _pairs(
            session,
            select(named.referral_id, named.person_id)
            .join(Referral, Referral.id == named.referral_id)
            .where(_of_family(viewer, case_id)),
        ),
        referral_reach=await _pairs(
            session,
            select(seat.referral_id, seat.agency_id)
            .join(Referral, Referral.id == seat.referral_id)
            .where(_of_family(viewer, case_id), seat.left_at.is_(None)),
        ),
        contributions=await _contributions(session, viewer, case_id),
        interventions=await _interventions(session, viewer, case_id),
        intervention_people=await _pairs(
            session,
            select(InterventionPerson.intervention_id, InterventionPerson.person_id)
            .join(Intervention, Intervention.id == InterventionPerson.intervention_id)
            .where(Intervention.case_id == case_id),
        ),
        conferences=await _conferences(session, case_id),
        decisions=(
            await session.scalars(select(Decision).where(Decision.case_id == case_id).order_by(Decision.decided_at))
        ).all(),
        dissents=await _dissents(session, case_id),
        measures=await _measures(session, case_id),
        events=await of_kinds(session, case_id, TOLD_BY_THE_LEDGER, agency_id=viewer.agency_id),
    )


def _of_family(viewer: Viewer, case_id: UUID) -> ColumnElement[bool]:
    """Referrals that the viewer may see and that name anybody of the case: those before it are its history too."""
    people = select(Involvement.person_id).where(Involvement.case_id == case_id)
    naming = select(Involvement.referral_id).where(
        Involvement.person_id.in_(people), Involvement.referral_id.is_not(None)
    )
    return and_(Referral.id.in_(naming), visible_referrals(viewer))


async def _pairs(session: AsyncSession, asked: Any) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for one, other in await session.execute(asked):
        found[one].add(other)
    return found


async def _referrals(session: AsyncSession, viewer: Viewer, case_id: UUID) -> Sequence[Any]:
    """Columns, not rows of the mapper: a long case has thousands, and a page needs few columns of each."""
    return (
        await session.execute(
            select(
                Referral.id,
                Referral.agency_id,
                Referral.received_at,
                Referral.summary,
                Referral.referrer_name,
                Referral.referrer_role,
            ).where(_of_family(viewer, case_id))
        )
    ).all()


async def _contributions(session: AsyncSession, viewer: Viewer, case_id: UUID) -> Sequence[Any]:
    one = Contribution
    return (
        await session.execute(
            select(
                one.id, one.thread_id, one.agency_id, one.author_id, one.kind, one.words, one.as_of, one.confidence,
                one.audience, one.for_agencies, one.written_at, one.withdrawn_at,
            ).where(one.case_id == case_id, one.superseded_at.is_(None), readable(viewer))
        )
    ).all()  # fmt: skip


async def _interventions(session: AsyncSession, viewer: Viewer, case_id: UUID) -> Sequence[Any]:
    one = Intervention
    return (
        await session.execute(
            select(
                one.id, one.agency_id, one.worker_id, one.kind, one.status, one.starts_at, one.ends_at, one.whole_days,
                one.place, one.note, one.ended_reason, one.recorded_at, one.changed_at,
            ).where(
                one.case_id == case_id, scope.case_opens(viewer, one.case_id), one.status != Status.cancelled.value
            )
        )
    ).all()  # fmt: skip


async def _conferences(session: AsyncSession, case_id: UUID) -> Sequence[Any]:
    one = Conference
    return (
        await session.execute(
            select(one.id, one.kind, one.purpose, one.starts_at, one.closed_at).where(
                one.case_id == case_id, one.state == ConferenceState.closed.value
            )
        )
    ).all()


async def _dissents(session: AsyncSession, case_id: UUID) -> dict[UUID, list[tuple[UUID, str]]]:
    found: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    rows = await session.execute(
        select(Position.decision_id, Position.agency_id, Position.reason)
        .join(Decision, Decision.id == Position.decision_id)
        .where(Decision.case_id == case_id, Position.stance == Stance.dissent.value, Position.superseded_at.is_(None))
        .order_by(Position.stated_at)
    )
    for decision_id, agency_id, reason in rows:
        found[decision_id].append((agency_id, reason))
    return found


async def _measures(session: AsyncSession, case_id: UUID) -> Sequence[Any]:
    return (
        await session.execute(
            select(
                Measure.id, Measure.outcome_id, Measure.measured_on, Measure.value, Measure.source, Measure.agency_id,
                Measure.worker_id, Measure.recorded_at, Outcome.indicator, Outcome.unit,
            )
            .join(Outcome, Outcome.id == Measure.outcome_id)
            .where(Outcome.case_id == case_id)
        )
    ).all()  # fmt: skip


# --- What people have said about two entries --------------------------------------------------------------------


async def pair_of(session: AsyncSession, case_id: UUID, one: Key, other: Key) -> EventPair | None:
    """The answer about two entries, held until the transaction ends."""
    return await session.scalar(
        select(EventPair)
        .where(
            EventPair.case_id == case_id,
            EventPair.one_source == one.source.value,
            EventPair.one_id == one.id,
            EventPair.other_source == other.source.value,
            EventPair.other_id == other.id,
        )
        .with_for_update()
    )


async def pairs(session: AsyncSession, case_id: UUID) -> dict[Together, EventPair]:
    """Every answer on a case. Those with an entry that the viewer may not see match nothing that they are shown."""
    found = await session.scalars(select(EventPair).where(EventPair.case_id == case_id))
    return {together(pair): pair for pair in found}


def together(said: EventPair | Contradiction) -> Together:
    """The two entries that something was said about."""
    return frozenset((Key(Source(said.one_source), said.one_id), Key(Source(said.other_source), said.other_id)))


async def contradictions(session: AsyncSession, case_id: UUID) -> Sequence[Contradiction]:
    """Every contradiction marked on a case, the newest first. The caller shows those of which it shows both entries."""
    return (
        await session.scalars(
            select(Contradiction).where(Contradiction.case_id == case_id).order_by(Contradiction.marked_at.desc())
        )
    ).all()


async def access_contradiction(session: AsyncSession, case_id: UUID, ref: str) -> Contradiction:
    """A contradiction of a case, held until the transaction ends. Raises NotFound."""
    found = await session.scalar(
        select(Contradiction)
        .where(Contradiction.id == from_ref(ref), Contradiction.case_id == case_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found
