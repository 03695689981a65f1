"""Asking for framings (only ever those that this worker may read), for what a statement cites, and for positions."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.agencies.tables import Agency
from hub.cases.queries import SharedCase, cases_of
from hub.cases.tables import Case, ProblemCitation, ProblemStatement
from hub.contributions.queries import readable as contributions_for
from hub.contributions.tables import Contribution
from hub.errors import NotFound
from hub.ids import from_ref
from hub.london import london
from hub.problems.proposals import Tag
from hub.problems.rules import RiskLine, Word, is_revealed, risk_line, word_of
from hub.problems.tables import Framing, FramingRound, ProblemTag, Restatement, RiskPosition, WallLine
from hub.referrals.queries import naming
from hub.sharing import scope
from hub.sharing.queries import circles
from hub.sharing.rules import Audience, Viewer
from hub.sharing.tables import CircleSeat
from hub.times import day_and_year


def readable(viewer: Viewer, at: datetime) -> ColumnElement[bool]:
    """Framings for the viewer, joined to their rounds: the twin in SQL of Permission.framing_read."""
    return and_(
        scope.case_opens(viewer, Framing.case_id),
        scope.unblinded(
            viewer, owner=Framing.agency_id, revealed_at=FramingRound.revealed_at, due_at=FramingRound.due_at, at=at
        ),
    )


def readable_framings(viewer: Viewer, at: datetime) -> Select[Any]:
    """The only way in which framings are asked for."""
    return select(Framing).join(FramingRound, FramingRound.id == Framing.round_id).where(readable(viewer, at))


# --- The wall ---------------------------------------------------------------------------------------------------


@dataclass
class Seen:
    """One agency in a round: whether it has written, and what, as far as this worker may read it."""

    agency: Agency
    word: Word
    framing: Framing | None = None
    earlier: list[Framing] = field(default_factory=list)


@dataclass
class Wall:
    """A round of framings as one worker may see it."""

    round: FramingRound
    is_revealed: bool
    seen: list[Seen] = field(default_factory=list)
    restated: Mapping[UUID, Sequence[Restatement]] = field(default_factory=dict)
    """By framing, how others said it back."""
    lines: Sequence[WallLine] = ()

    @property
    def said(self) -> list[Agency]:
        """The agencies that have written."""
        return [one.agency for one in self.seen if one.word is Word.said]

    @property
    def awaited(self) -> list[Agency]:
        return [one.agency for one in self.seen if one.word is Word.awaited]

    @property
    def silent(self) -> list[Agency]:
        return [one.agency for one in self.seen if one.word is Word.silent]

    def of(self, agency_id: UUID) -> Seen | None:
        """One agency's place on the wall."""
        return next((one for one in self.seen if one.agency.id == agency_id), None)


async def walls(session: AsyncSession, shared: SharedCase, at: datetime, *, newest: bool = False) -> list[Wall]:
    """The rounds of a case, the newest first; a blind one holds no words but the viewer's own agency's."""
    asked = select(FramingRound).where(FramingRound.case_id == shared.id).order_by(FramingRound.number.desc())
    if newest:
        asked = asked.where(FramingRound.followed_at.is_(None))
    rounds = (await session.scalars(asked)).all()
    if not rounds:
        return []
    ids = [one.id for one in rounds]
    framings: dict[tuple[UUID, UUID], list[Framing]] = defaultdict(list)
    for framing in await session.scalars(
        readable_framings(shared.viewer, at).where(Framing.round_id.in_(ids)).order_by(Framing.version.desc())
    ):
        framings[framing.round_id, framing.agency_id].append(framing)
    written = await written_by(session, ids)
    restated: dict[UUID, list[Restatement]] = defaultdict(list)
    lines: dict[UUID, list[WallLine]] = defaultdict(list)
    for one in await session.scalars(
        select(Restatement).where(Restatement.case_id == shared.id).order_by(Restatement.written_at)
    ):
        restated[one.framing_id].append(one)
    for line in await session.scalars(select(WallLine).where(WallLine.round_id.in_(ids)).order_by(WallLine.written_at)):
        lines[line.round_id].append(line)
    return [
        Wall(
            one,
            is_revealed(one.revealed_at, one.due_at, at),
            _seen(shared, one, written[one.id], framings, at),
            restated,
            lines[one.id],
        )
        for one in rounds
    ]


def _seen(
    shared: SharedCase,
    one: FramingRound,
    written: Collection[UUID],
    framings: Mapping[tuple[UUID, UUID], list[Framing]],
    at: datetime,
) -> list[Seen]:
    """The agencies of a round in their places: those that wrote, even if they have left, and those of the circle."""
    shown_at = min(one.revealed_at or one.due_at, one.due_at) if is_revealed(one.revealed_at, one.due_at, at) else None
    admitted = {seat.agency_id: seat.admitted_at for seat in shared.seats}
    found = []
    for agency in sorted(
        (shared.agencies[agency_id] for agency_id in {*admitted, *written}), key=lambda agency: agency.place
    ):
        word = word_of(
            has_written=agency.id in written, admitted_at=admitted.get(agency.id, one.opened_at), shown_at=shown_at
        )
        theirs = framings.get((one.id, agency.id), [])
        if word is Word.later and one.followed_at is not None:
            continue
        found.append(Seen(agency, word, theirs[0] if theirs else None, theirs[1:]))
    return found


async def round_now(session: AsyncSession, shared: SharedCase, at: datetime) -> Wall | None:
    """How far the newest round of a case is, without anybody's words."""
    one = await newest_round(session, shared.id)
    if one is None:
        return None
    written = await written_by(session, [one.id])
    return Wall(one, is_revealed(one.revealed_at, one.due_at, at), _seen(shared, one, written[one.id], {}, at))


async def written_by(session: AsyncSession, round_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Which agencies have written in each round. That they did is no secret within the circle; what they wrote is."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = await session.execute(
        select(Framing.round_id, Framing.agency_id).where(Framing.round_id.in_(round_ids)).distinct()
    )
    for round_id, agency_id in rows:
        found[round_id].add(agency_id)
    return found


async def newest_round(session: AsyncSession, case_id: UUID, *, hold: bool = False) -> FramingRound | None:
    """The newest round of a case; with `hold`, held until the transaction ends, so that of two who write last one
    sees the other."""
    asked = select(FramingRound).where(FramingRound.case_id == case_id, FramingRound.followed_at.is_(None))
    if hold:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(asked)


async def own_framing(session: AsyncSession, round_id: UUID, agency_id: UUID) -> Framing | None:
    """An agency's standing framing, for the agency itself to correct."""
    return await session.scalar(
        select(Framing).where(
            Framing.round_id == round_id, Framing.agency_id == agency_id, Framing.superseded_at.is_(None)
        )
    )


async def access_framing(session: AsyncSession, viewer: Viewer, ref: str, at: datetime) -> Framing:
    """The framing at an address, if this worker may read it. Raises NotFound."""
    found = await session.scalar(readable_framings(viewer, at).where(Framing.id == from_ref(ref)))
    if found is None:
        raise NotFound
    return found


async def access_restatement(session: AsyncSession, viewer: Viewer, ref: str) -> Restatement:
    """A view said back, in a case that this worker may see; held, so that two do not answer it at once."""
    found = await session.scalar(
        select(Restatement)
        .where(Restatement.id == from_ref(ref), scope.case_opens(viewer, Restatement.case_id))
        .with_for_update(of=Restatement)
    )
    if found is None:
        raise NotFound
    return found


async def framing_by_id(session: AsyncSession, viewer: Viewer, framing_id: UUID, at: datetime) -> Framing:
    found = await session.scalar(readable_framings(viewer, at).where(Framing.id == framing_id))
    if found is None:
        raise NotFound
    return found


async def has_restated(session: AsyncSession, framing_id: UUID, agency_id: UUID) -> bool:
    return bool(
        await session.scalar(
            select(exists().where(Restatement.framing_id == framing_id, Restatement.agency_id == agency_id))
        )
    )


async def access_line(session: AsyncSession, viewer: Viewer, ref: str) -> WallLine:
    found = await session.scalar(
        select(WallLine).where(WallLine.id == from_ref(ref), scope.case_opens(viewer, WallLine.case_id))
    )
    if found is None:
        raise NotFound
    return found


def _still_missing() -> ColumnElement[bool]:
    """Some agency of the round's circle has not written in it."""
    # Two floors deep, SQLAlchemy finds the round only when it is told where to look.
    theirs = exists().where(Framing.round_id == FramingRound.id, Framing.agency_id == CircleSeat.agency_id)
    return exists().where(
        CircleSeat.case_id == FramingRound.case_id,
        CircleSeat.left_at.is_(None),
        ~theirs.correlate(FramingRound, CircleSeat),
    )


async def claim_due_round(session: AsyncSession, at: datetime) -> FramingRound | None:
    """A blind round that is to be shown, held until the transaction ends: its time is over, or nobody is missing."""
    any_written = exists().where(Framing.round_id == FramingRound.id)
    return await session.scalar(
        select(FramingRound)
        .where(
            FramingRound.revealed_at.is_(None),
            or_(FramingRound.due_at <= at, and_(any_written, ~_still_missing())),
        )
        .order_by(FramingRound.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=FramingRound)
    )


# --- The statement ----------------------------------------------------------------------------------------------


async def citable(session: AsyncSession, viewer: Viewer, case_id: UUID) -> Sequence[Contribution]:
    """The contributions of a case that the whole circle may read, the newest first."""
    return (
        await session.scalars(
            select(Contribution)
            .where(
                Contribution.case_id == case_id,
                Contribution.audience == Audience.circle.value,
                Contribution.superseded_at.is_(None),
                Contribution.withdrawn_at.is_(None),
                contributions_for(viewer),
            )
            .order_by(Contribution.written_at.desc())
        )
    ).all()


async def citations(
    session: AsyncSession, viewer: Viewer, statements: Sequence[ProblemStatement]
) -> dict[UUID, list[tuple[Contribution, Contribution]]]:
    """What each statement cites: the version that was cited and the one that stands, when both may be read."""
    standing = aliased(Contribution)
    found: dict[UUID, list[tuple[Contribution, Contribution]]] = defaultdict(list)
    readable_now = scope.contribution_reaches(viewer, standing)
    rows = await session.execute(
        select(ProblemCitation.statement_id, Contribution, standing)
        .join(Contribution, Contribution.id == ProblemCitation.contribution_id)
        .join(standing, and_(standing.thread_id == Contribution.thread_id, standing.superseded_at.is_(None)))
        .where(
            ProblemCitation.statement_id.in_([one.id for one in statements]), contributions_for(viewer), readable_now
        )
        .order_by(Contribution.written_at)
    )
    for statement_id, cited, now in rows:
        found[statement_id].append((cited, now))
    return found


async def agencies_cited(session: AsyncSession, statements: Sequence[ProblemStatement]) -> dict[UUID, int]:
    """Of how many agencies each statement cites contributions."""
    rows = await session.execute(
        select(ProblemCitation.statement_id, func.count(Contribution.agency_id.distinct()))
        .join(Contribution, Contribution.id == ProblemCitation.contribution_id)
        .where(ProblemCitation.statement_id.in_([one.id for one in statements]))
        .group_by(ProblemCitation.statement_id)
    )
    return {row[0]: row[1] for row in rows}


# --- Tags, and who is involved already --------------------------------------------------------------------------


async def standing_tags(session: AsyncSession, case_id: UUID) -> Sequence[ProblemTag]:
    return (
        await session.scalars(
            select(ProblemTag)
            .where(ProblemTag.case_id == case_id, ProblemTag.removed_at.is_(None))
            .order_by(ProblemTag.added_at)
        )
    ).all()


async def tags_of(session: AsyncSession, case_id: UUID) -> list[Tag]:
    """What the problem is about, in the order of the list."""
    found = {row.tag for row in await standing_tags(session, case_id)}
    return [tag for tag in Tag if tag.value in found]


async def already_involved(session: AsyncSession, shared: SharedCase) -> dict[UUID, list[str]]:
    """What each agency already has to do with the people of a case, in words; only from what the viewer may see."""
    found: dict[UUID, list[str]] = defaultdict(list)
    others = await cases_of(session, shared.viewer, person_ids=shared.person_ids)
    by_id = {case.id: case for case in others if case.id != shared.id}
    for seat in await circles(session, list(by_id)):
        if seat.case_id is not None:
            case = by_id[seat.case_id]
            found[seat.agency_id].append(f"{'worked' if case.closed_at else 'works'} on {case.reference} with them")
    for referral in await naming(session, shared.viewer, shared.person_ids):
        words = f"referred them on {day_and_year(london(referral.received_at).date())}"
        if not any(said.startswith("referred") for said in found[referral.agency_id]):
            found[referral.agency_id].append(words)
    left = await session.execute(
        select(CircleSeat.agency_id, func.max(CircleSeat.left_at))
        .where(CircleSeat.case_id == shared.id, CircleSeat.left_at.is_not(None))
        .group_by(CircleSeat.agency_id)
    )
    for agency_id, left_at in left:
        found[agency_id].append(f"was in this circle until {day_and_year(london(left_at).date())}")
    return {agency_id: said for agency_id, said in found.items() if said}


# --- Risk -------------------------------------------------------------------------------------------------------


async def risk_positions(session: AsyncSession, case_id: UUID, *, standing: bool = True) -> Sequence[RiskPosition]:
    """Each agency's standing rating of risk; with `standing=False` every one ever given, the newest first."""
    asked = select(RiskPosition).where(RiskPosition.case_id == case_id).order_by(RiskPosition.stated_at.desc())
    if standing:
        asked = asked.where(RiskPosition.superseded_at.is_(None))
    return (await session.scalars(asked)).all()


async def line_of(session: AsyncSession, shared: SharedCase) -> RiskLine:
    """Where the circle of a case stands on risk."""
    standing = {one.agency_id: one for one in await risk_positions(session, shared.id)}
    return risk_line(sorted(shared.circle, key=lambda agency: agency.place), standing)


# --- What waits -------------------------------------------------------------------------------------------------


def _mine(viewer: Viewer) -> ColumnElement[bool]:
    """The seat's named person is the viewer; where nobody is named, everybody of the agency to whom the case opens."""
    return and_(
        scope.case_opens(viewer, CircleSeat.case_id),
        CircleSeat.agency_id == viewer.agency_id,
        CircleSeat.left_at.is_(None),
        or_(CircleSeat.contact_id == viewer.worker_id, CircleSeat.contact_id.is_(None)),
    )


def _framings_asked(viewer: Viewer, *columns: Any) -> Select[Any]:
    """The newest rounds in which the viewer's agency has yet to write. One that joined after the reveal is not asked."""
    shown_at = func.least(func.coalesce(FramingRound.revealed_at, FramingRound.due_at), FramingRound.due_at)
    return (
        select(*columns)
        .select_from(FramingRound)
        .join(CircleSeat, CircleSeat.case_id == FramingRound.case_id)
        .join(Case, Case.id == FramingRound.case_id)
        .where(
            _mine(viewer),
            Case.closed_at.is_(None),
            FramingRound.followed_at.is_(None),
            CircleSeat.admitted_at <= shown_at,
            ~exists().where(Framing.round_id == FramingRound.id, Framing.agency_id == viewer.agency_id),
        )
    )


def _checks_asked(viewer: Viewer, *columns: Any) -> Select[Any]:
    """How others said back the view of the viewer's agency, not yet answered."""
    return (
        select(*columns)
        .select_from(Restatement)
        .join(CircleSeat, CircleSeat.case_id == Restatement.case_id)
        .join(Case, Case.id == Restatement.case_id)
        .where(
            _mine(viewer),
            Case.closed_at.is_(None),
            Restatement.of_agency_id == viewer.agency_id,
            Restatement.answered_at.is_(None),
        )
    )


def count_waiting(viewer: Viewer) -> ColumnElement[int]:
    """How many framings and understanding checks wait on a worker: an expression, for a query that counts more."""
    framings = _framings_asked(viewer, func.count()).scalar_subquery()
    return framings + _checks_asked(viewer, func.count()).scalar_subquery()


async def framings_asked(session: AsyncSession, viewer: Viewer) -> Sequence[FramingRound]:
    return (await session.scalars(_framings_asked(viewer, FramingRound))).all()


async def checks_asked(session: AsyncSession, viewer: Viewer) -> Sequence[Restatement]:
    return (await session.scalars(_checks_asked(viewer, Restatement).order_by(Restatement.written_at))).all()
