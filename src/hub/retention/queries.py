"""Asking what is past its time, what holds it, who proposed what, and what was disposed of."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, cast, exists, false, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from hub.actions.tables import Action
from hub.agencies.tables import Agency, Worker
from hub.cases.queries import SharedCase, visible_cases
from hub.cases.tables import Case, ProblemCitation, ProblemStatement
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference
from hub.contributions.tables import Contribution
from hub.errors import NotFound
from hub.ids import from_ref
from hub.people.tables import Involvement, Person
from hub.retention.rules import DisposalState, Kept, Situation, Term, kept_until
from hub.retention.tables import (
    Disposal,
    DisposalBatch,
    DisposalCertificate,
    DisposalStep,
    RetentionHold,
    RetentionRound,
    RetentionStay,
    Tombstone,
)
from hub.sharing import scope
from hub.sharing.rules import Part, Role, Viewer
from hub.sharing.tables import Agreement, CaseAgreement, CircleSeat

PAGE = 25
TODAY: ColumnElement[date] = cast(func.timezone("Europe/London", func.statement_timestamp()), Date)
STANDING = (DisposalState.proposed.value, DisposalState.confirmed.value)


class Cut(StrEnum):
    """Which records past their time are asked for."""

    review = "review"
    proposed = "proposed"
    held = "held"


def _led_by(agency_id: Any) -> ColumnElement[bool]:
    return exists().where(
        CircleSeat.case_id == Case.id,
        CircleSeat.agency_id == agency_id,
        CircleSeat.part == Part.lead.value,
        CircleSeat.left_at.is_(None),
    )


def _on_hold() -> ColumnElement[bool]:
    return exists().where(RetentionHold.case_id == Case.id, RetentionHold.lifted_at.is_(None))


def _proposed() -> ColumnElement[bool]:
    return exists().where(Disposal.case_id == Case.id, Disposal.state.in_(STANDING))


def _past(today: Any, *conditions: ColumnElement[bool]) -> Any:
    """Closed cases whose time is over, with the day on which it was.

    No agreement keeps for less than the shortest of them, so that the index on the closing finds the few to look at.
    """
    shortest = select(func.min(Agreement.retention_years)).scalar_subquery()
    found = (
        select(Case.id, Case.closed_at, func.kept_until(Case.id).label("until"))
        .where(
            Case.closed_at.is_not(None),
            Case.disposed_at.is_(None),
            Case.closed_at < func.statement_timestamp() - func.make_interval(shortest) + text("interval '1 day'"),
            *conditions,
        )
        .cte("past")
        .prefix_with("MATERIALIZED")
    )
    return select(found).where(found.c.until <= today).subquery()


@dataclass(frozen=True)
class Row:
    """One record in the queue."""

    case: Case
    kept: Kept
    hold: RetentionHold | None
    disposal: Disposal | None


async def queue(
    session: AsyncSession, viewer: Viewer, cut: Cut, *, limit: int = PAGE, offset: int = 0
) -> tuple[list[Row], dict[Cut, int]]:
    """A page of what this guardian has to review, the longest overdue first, and how many each list holds."""
    past = _past(TODAY, visible_cases(viewer), _led_by(viewer.agency_id))
    held, proposed = _on_hold(), _proposed()
    kinds: dict[Cut, ColumnElement[bool]] = {
        Cut.review: and_(~held, ~proposed),
        Cut.proposed: and_(~held, proposed),
        Cut.held: held,
    }
    joined = select(Case, past.c.until).join(past, past.c.id == Case.id)
    counted = select(*(func.count().filter(kind) for kind in kinds.values())).join_from(
        past, Case, Case.id == past.c.id
    )
    counts = dict(zip(kinds, (await session.execute(counted)).one(), strict=True))
    cases = (
        await session.scalars(
            joined.where(kinds[cut]).order_by(past.c.until, Case.closed_at, Case.id).limit(limit).offset(offset)
        )
    ).all()
    return await _rows(session, cases), counts


async def _rows(session: AsyncSession, cases: Sequence[Case]) -> list[Row]:
    ids = [case.id for case in cases]
    kept = await kept_of(session, cases)
    holds = {one.case_id: one for one in await live_holds(session, ids)}
    disposals = {
        one.case_id: one
        for one in await session.scalars(
            select(Disposal).where(Disposal.case_id.in_(ids), Disposal.state.in_(STANDING))
        )
    }
    return [Row(case, found, holds.get(case.id), disposals.get(case.id)) for case in cases if (found := kept[case.id])]


async def kept_of(session: AsyncSession, cases: Collection[Case]) -> dict[UUID, Kept | None]:
    """Until when each of several cases is kept, and which agreement says so; four queries whatever their number."""
    ids = [case.id for case in cases]
    terms: dict[UUID, list[Term]] = defaultdict(list)
    for case_id, agreement in await session.execute(
        select(CaseAgreement.case_id, Agreement)
        .join(Agreement, Agreement.id == CaseAgreement.agreement_id)
        .where(CaseAgreement.case_id.in_(ids))
    ):
        terms[case_id].append(_term(agreement))
    charters = [_term(one) for one in await session.scalars(select(Agreement).where(Agreement.tier == 1))]
    born: dict[UUID, list[date | None]] = defaultdict(list)
    for case_id, latest in await session.execute(
        select(Involvement.case_id, Person.born_to)
        .join(Person, Person.id == Involvement.person_id)
        .where(Involvement.case_id.in_(ids))
    ):
        born[case_id].append(latest)
    stays: dict[UUID, list[date]] = defaultdict(list)
    for case_id, until in await session.execute(
        select(RetentionStay.case_id, RetentionStay.until).where(RetentionStay.case_id.in_(ids))
    ):
        stays[case_id].append(until)
    return {
        case.id: kept_until(case.closed_at, terms[case.id] or charters, born=born[case.id], stays=stays[case.id])
        for case in cases
    }


def _term(agreement: Agreement) -> Term:
    return Term(agreement.id, agreement.title, agreement.retention_years, agreement.retention_child_age)


async def live_holds(session: AsyncSession, case_ids: Collection[UUID]) -> Sequence[RetentionHold]:
    return (
        await session.scalars(
            select(RetentionHold).where(RetentionHold.case_id.in_(case_ids), RetentionHold.lifted_at.is_(None))
        )
    ).all()


@dataclass
class Keeping:
    """Everything about how long one case is kept."""

    kept: Kept | None
    stays: Sequence[RetentionStay]
    holds: Sequence[RetentionHold]
    disposal: Disposal | None
    situation: Situation

    @property
    def hold(self) -> RetentionHold | None:
        """What holds it now."""
        return next((one for one in self.holds if one.lifted_at is None), None)


async def keeping(session: AsyncSession, case: Case) -> Keeping:
    """How long a case is kept, and what stands in the way of disposing of it. The caller has asked for the case."""
    kept = (await kept_of(session, [case]))[case.id]
    stays = await session.scalars(
        select(RetentionStay).where(RetentionStay.case_id == case.id).order_by(RetentionStay.decided_at)
    )
    holds = (
        await session.scalars(
            select(RetentionHold).where(RetentionHold.case_id == case.id).order_by(RetentionHold.placed_at.desc())
        )
    ).all()
    elsewhere = exists().where(
        Contribution.case_id == case.id,
        ProblemCitation.contribution_id == Contribution.id,
        ProblemStatement.id == ProblemCitation.statement_id,
        ProblemStatement.case_id == Case.id,
    )
    situation = Situation(
        closed=case.closed_at is not None,
        kept_until=kept.until if kept else None,
        held=any(one.lifted_at is None for one in holds),
        open_conferences=await _count(
            session,
            select(Conference.id).where(
                Conference.case_id == case.id,
                Conference.state.in_([ConferenceState.scheduled.value, ConferenceState.open.value]),
            ),
        ),
        open_actions=await _count(
            session, select(Action.id).where(Action.case_id == case.id, Action.finished_at.is_(None))
        ),
        cited_by_open_cases=await _count(
            session, select(Case.id).where(Case.id != case.id, Case.closed_at.is_(None), elsewhere)
        ),
    )
    return Keeping(kept, stays.all(), holds, await standing_disposal(session, case.id), situation)


async def _count(session: AsyncSession, asked: Select[Any]) -> int:
    return await session.scalar(select(func.count()).select_from(asked.subquery())) or 0


async def standing_disposal(session: AsyncSession, case_id: UUID) -> Disposal | None:
    """What is proposed or confirmed for a case, held until the transaction ends."""
    return await session.scalar(
        select(Disposal).where(Disposal.case_id == case_id, Disposal.state.in_(STANDING)).with_for_update()
    )


async def what_goes(session: AsyncSession, case_id: UUID) -> dict[str, int]:
    """How many rows of the kinds that stand in a case would go, by table; people and referrals are told apart later."""
    found: dict[str, int] = {}
    for table in (Contribution, Conference, Action, ProblemStatement, Involvement):
        found[table.__tablename__] = await _count(session, select(table.id).where(table.case_id == case_id))
    return found


# --- Several at once --------------------------------------------------------------------------------------------


async def proposals(
    session: AsyncSession, viewer: Viewer, references: Collection[str]
) -> Sequence[tuple[Case, Disposal]]:
    """What is proposed for the cases with these references, of those that the viewer's agency leads."""
    rows = await session.execute(
        select(Case, Disposal)
        .join(Disposal, Disposal.case_id == Case.id)
        .where(
            Case.reference.in_(references),
            Disposal.state == DisposalState.proposed.value,
            visible_cases(viewer),
            _led_by(viewer.agency_id),
        )
        .order_by(Case.closed_at)
        .with_for_update(of=Disposal)
    )
    return [(row[0], row[1]) for row in rows]


async def access_batch(session: AsyncSession, viewer: Viewer, ref: str) -> DisposalBatch:
    """A batch that this guardian made. Raises NotFound."""
    found = await session.scalar(
        select(DisposalBatch).where(DisposalBatch.id == from_ref(ref), DisposalBatch.made_by == viewer.worker_id)
    )
    if found is None:
        raise NotFound
    return found


async def items_of(session: AsyncSession, batch_id: UUID, *, hold: bool = False) -> Sequence[tuple[Disposal, Case]]:
    """The records of a batch, in the order in which they are disposed of; `hold` keeps others from touching them."""
    asked = (
        select(Disposal, Case)
        .join(Case, Case.id == Disposal.case_id)
        .where(Disposal.batch_id == batch_id)
        .order_by(Case.closed_at, Case.id)
    )
    rows = await session.execute(asked.with_for_update(of=Disposal) if hold else asked)
    return [(row[0], row[1]) for row in rows]


async def claim_confirmed(session: AsyncSession) -> Disposal | None:
    """One confirmed disposal whose turn has come, held until the transaction ends; another process takes another."""
    return await session.scalar(
        select(Disposal)
        .where(Disposal.state == DisposalState.confirmed.value)
        .order_by(Disposal.confirmed_at, Disposal.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def dispose(session: AsyncSession, disposal_id: UUID) -> dict[str, int]:
    """Asks the database to dispose of a case: the only way in which the service takes words out. How many of each."""
    return dict(await session.scalar(select(func.dispose_of_case(disposal_id))) or {})


async def lead_of(session: AsyncSession, case_id: UUID) -> UUID:
    """The agency that leads a case. Raises NotFound when none does."""
    found = await session.scalar(
        select(CircleSeat.agency_id).where(
            CircleSeat.case_id == case_id, CircleSeat.part == Part.lead.value, CircleSeat.left_at.is_(None)
        )
    )
    if found is None:
        raise NotFound
    return found


# --- Certificates and what is left ------------------------------------------------------------------------------


def _certified(viewer: Viewer) -> list[ColumnElement[bool]]:
    return [
        col(DisposalCertificate.agency_id) == viewer.agency_id,
        scope.case_opens(viewer, DisposalCertificate.case_id),
    ]


async def certificates(
    session: AsyncSession, viewer: Viewer, *, limit: int | None = PAGE, offset: int = 0
) -> tuple[Sequence[DisposalCertificate], int]:
    """The certificates of this guardian's agency, the newest first."""
    conditions = _certified(viewer)
    total = await session.scalar(select(func.count()).select_from(DisposalCertificate).where(*conditions)) or 0
    rows = await session.scalars(
        select(DisposalCertificate)
        .where(*conditions)
        .order_by(DisposalCertificate.disposed_at.desc(), DisposalCertificate.id)
        .limit(limit)
        .offset(offset)
    )
    return rows.all(), total


async def access_certificate(session: AsyncSession, viewer: Viewer, ref: str) -> DisposalCertificate:
    """A certificate of this guardian's agency. Raises NotFound."""
    found = await session.scalar(
        select(DisposalCertificate).where(DisposalCertificate.id == from_ref(ref), *_certified(viewer))
    )
    if found is None:
        raise NotFound
    return found


async def certificate_of(session: AsyncSession, case_id: UUID) -> DisposalCertificate | None:
    return await session.scalar(select(DisposalCertificate).where(DisposalCertificate.case_id == case_id))


@dataclass(frozen=True)
class Left:
    """What is left of something: of which case it was, and what the certificate says."""

    case_id: UUID
    disposed_at: datetime
    agreement: str
    certificate: str


async def left_of(session: AsyncSession, viewer: Viewer, things: Collection[UUID]) -> list[Left]:
    """What is left of some things that this worker could have opened, the newest first."""
    asked: ColumnElement[bool] = col(Tombstone.agencies).contains([viewer.agency_id]) if viewer.by_agency else false()
    rows = await session.execute(
        select(
            DisposalCertificate.case_id,
            DisposalCertificate.disposed_at,
            DisposalCertificate.agreement_title,
            DisposalCertificate.number,
        )
        .join(Tombstone, Tombstone.case_id == DisposalCertificate.case_id)
        .where(Tombstone.thing_id.in_(things), or_(scope.case_opens(viewer, Tombstone.case_id), asked))
        .distinct()
        .order_by(DisposalCertificate.disposed_at.desc())
    )
    return [Left(*row) for row in rows]


async def steps(session: AsyncSession) -> Sequence[DisposalStep]:
    """Every step of a disposal, in its order."""
    return (await session.scalars(select(DisposalStep).order_by(DisposalStep.place))).all()


# --- Telling the guardians --------------------------------------------------------------------------------------


async def set_rounds(session: AsyncSession, due_at: datetime) -> None:
    """Sees to it that every agency has a round; those that have one keep it."""
    await session.execute(
        insert(RetentionRound)
        .from_select(
            ["agency_id", "due_at"],
            select(Agency.id, literal(due_at)).where(
                Agency.ended_at.is_(None), ~exists().where(RetentionRound.agency_id == Agency.id)
            ),
        )
        .on_conflict_do_nothing()
    )


async def claim_round(session: AsyncSession, at: datetime) -> RetentionRound | None:
    """One agency whose guardians are to be told, held until the transaction ends."""
    return await session.scalar(
        select(RetentionRound)
        .where(RetentionRound.due_at <= at)
        .order_by(RetentionRound.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def waiting_at(session: AsyncSession, agency_id: UUID, today: date, *, after: date | None) -> tuple[int, int]:
    """How many cases of an agency wait for a review, and how many of them have come up since a day."""
    past = _past(today, _led_by(agency_id), ~_on_hold(), ~_proposed())
    fresh = func.count().filter(past.c.until > after) if after else func.count()
    row = (await session.execute(select(func.count(), fresh).select_from(past))).one()
    return row[0], row[1]


async def guardians(session: AsyncSession, agency_id: UUID, at: datetime) -> Sequence[Worker]:
    """The information guardians of an agency who are there."""
    return (
        await session.scalars(
            select(Worker)
            .where(
                Worker.agency_id == agency_id,
                Worker.roles.contains([Role.guardian.value]),
                or_(Worker.ended_at.is_(None), Worker.ended_at > at),
            )
            .order_by(Worker.name)
        )
    ).all()


async def others_who_may_confirm(session: AsyncSession, shared: SharedCase, at: datetime) -> list[Worker]:
    """The guardians of the lead agency other than the viewer: the second of the two people."""
    found = await guardians(session, shared.viewer.agency_id, at)
    return [one for one in found if one.id != shared.viewer.worker_id]
