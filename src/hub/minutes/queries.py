"""Finding what was said, who signed, where the agenda stands, and what went out; only what a worker may read."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions.tables import Action
from hub.agencies.tables import Agency, Worker
from hub.conferences.queries import no_interest
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference, Invitee
from hub.decisions.tables import BetweenMeetings, Decision
from hub.errors import NotFound
from hub.ids import from_ref
from hub.minutes.tables import (
    AgendaItem,
    DecisionLetter,
    LineAmendment,
    LineAnswer,
    MinuteLine,
    MinutesApproval,
    PositionAsk,
    StatementSignature,
)
from hub.sharing import scope
from hub.sharing.rules import Consent, Viewer
from hub.sharing.tables import CircleSeat


def line_reaches(viewer: Viewer) -> ColumnElement[bool]:
    """Lines for the viewer: as a contribution of the agency that spoke would be, the whole family's and no emergency."""
    return scope.contribution_reaches(
        viewer,
        SimpleNamespace(
            case_id=MinuteLine.case_id,
            agency_id=MinuteLine.agency_id,
            author_id=MinuteLine.author_id,
            audience=MinuteLine.audience,
            for_agencies=MinuteLine.for_agencies,
            consent=literal(Consent.not_the_basis.value),
            side=cast(null(), Text),
            emergency=false(),
        ),
    )


@dataclass
class Line:
    """A line with what the agencies say to it."""

    line: MinuteLine
    author: str
    answers: list[LineAnswer] = field(default_factory=list)
    amendments: list[LineAmendment] = field(default_factory=list)

    @property
    def confirmed(self) -> list[UUID]:
        return [one.agency_id for one in self.answers if one.agrees]

    def answered_by(self, agency_id: UUID) -> bool:
        return any(one.agency_id == agency_id for one in self.answers)

    @property
    def objections(self) -> list[LineAnswer]:
        return [one for one in self.answers if not one.agrees]


async def lines(session: AsyncSession, viewer: Viewer, conference_id: UUID) -> list[Line]:
    """The lines that this worker may read, in the order in which they were written; three queries."""
    rows = await session.execute(
        select(MinuteLine, Worker.name)
        .join(Worker, Worker.id == MinuteLine.author_id)
        .where(MinuteLine.conference_id == conference_id, line_reaches(viewer))
        .order_by(MinuteLine.written_at, MinuteLine.id)
    )
    found = {line.id: Line(line, name) for line, name in rows}
    if found:
        for answer in await session.scalars(
            select(LineAnswer).where(LineAnswer.line_id.in_(found)).order_by(LineAnswer.answered_at)
        ):
            found[answer.line_id].answers.append(answer)
        for amendment in await session.scalars(
            select(LineAmendment).where(LineAmendment.line_id.in_(found)).order_by(LineAmendment.written_at)
        ):
            found[amendment.line_id].amendments.append(amendment)
    return list(found.values())


async def access_line(session: AsyncSession, viewer: Viewer, conference_id: UUID, ref: str) -> MinuteLine:
    """One line of a conference that the caller has asked for. Raises NotFound for one that is not for this worker."""
    found = await session.scalar(
        select(MinuteLine).where(
            MinuteLine.id == from_ref(ref), MinuteLine.conference_id == conference_id, line_reaches(viewer)
        )
    )
    if found is None:
        raise NotFound
    return found


async def answer_of(session: AsyncSession, line_id: UUID, agency_id: UUID) -> LineAnswer | None:
    return await session.scalar(
        select(LineAnswer).where(LineAnswer.line_id == line_id, LineAnswer.agency_id == agency_id)
    )


async def spoke(session: AsyncSession, conference_id: UUID) -> set[UUID]:
    """The agencies with a line. Whose words they are is no secret in the room; what they are may be."""
    return set(
        await session.scalars(select(MinuteLine.agency_id).where(MinuteLine.conference_id == conference_id).distinct())
    )


# --- The room, cheaply --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Glance:
    """What a page must know to show the lines: the room, whether its viewer may hear, and what makes it new."""

    conference_id: UUID
    case_id: UUID
    state: str
    chair_id: UUID
    signed: bool
    invited: bool
    key: tuple[Any, ...]
    """Two workers with the same key read the same lines; it changes with every line, answer, amendment and mark."""


async def glance(session: AsyncSession, viewer: Viewer, ref: str) -> Glance:
    """One query: the check of every right, and what a kept answer is known by. Raises NotFound.

    Whoever comes by a grant and not by a seat has a key of their own, because what they may read is theirs alone.
    """
    asked = _glance(viewer.roles)
    told = (await session.execute(asked, scope.bound(viewer) | {"conference": from_ref(ref)})).first()
    if told is None:
        raise NotFound
    seated = bool(told[6]) and viewer.by_agency
    whose = viewer.agency_id if seated else viewer.worker_id
    return Glance(
        told[0], told[1], told[2], told[3], bool(told[4]), bool(told[5]), (told[0], whose, *told[2:4], *told[7:])
    )


@lru_cache(maxsize=64)
def _glance(roles: frozenset[str]) -> Select[Any]:
    viewer = scope.anybody(roles)
    mine = select(Invitee.id).where(Invitee.conference_id == Conference.id, Invitee.worker_id == viewer.worker_id)
    return select(
        Conference.id,
        Conference.case_id,
        Conference.state,
        Conference.chair_id,
        exists()
        .where(
            StatementSignature.conference_id == Conference.id,
            StatementSignature.worker_id == viewer.worker_id,
            StatementSignature.ended_at.is_(None),
        )
        .correlate(Conference),
        mine.exists(),
        scope.agency_seated(viewer.agency_id, Conference.case_id),
        scope.agreement_live(viewer.agency_id, Conference.case_id),
        select(CircleSeat.side)
        .where(
            CircleSeat.case_id == Conference.case_id,
            CircleSeat.agency_id == viewer.agency_id,
            CircleSeat.left_at.is_(None),
        )
        .limit(1)
        .scalar_subquery(),
        _of_lines(func.count()),
        _of_lines(func.count(), LineAnswer),
        _of_lines(func.max(LineAnswer.answered_at), LineAnswer),
        _of_lines(func.count(), LineAmendment),
        select(
            func.string_agg(
                func.concat(cast(Invitee.agency_id, Text), Invitee.attendance),
                aggregate_order_by(literal(","), Invitee.id),
            )
        )
        .where(Invitee.conference_id == Conference.id)
        .correlate(Conference)
        .scalar_subquery(),
    ).where(
        Conference.id == bindparam("conference", type_=Uuid),
        scope.case_opens(viewer, Conference.case_id),
        no_interest(viewer),
    )


def _of_lines(asked: Any, table: type[LineAnswer] | type[LineAmendment] | None = None) -> Any:
    """Something asked of a conference's lines, or of what a table holds about them."""
    found = select(asked).select_from(MinuteLine)
    if table is not None:
        found = found.join(table, table.line_id == MinuteLine.id)
    return found.where(MinuteLine.conference_id == Conference.id).correlate(Conference).scalar_subquery()


async def there(session: AsyncSession, conference_id: UUID) -> list[UUID]:
    """The agencies of which somebody is there, in the order of the house."""
    return list(
        dict.fromkeys(
            await session.scalars(
                select(Invitee.agency_id)
                .join(Agency, Agency.id == Invitee.agency_id)
                .where(Invitee.conference_id == conference_id, Invitee.attendance.in_(("in-person", "by-video")))
                .order_by(Agency.place)
            )
        )
    )


async def agencies(session: AsyncSession) -> dict[UUID, Agency]:
    return {one.id: one for one in await session.scalars(select(Agency))}


async def signatures(session: AsyncSession, conference_id: UUID) -> dict[UUID, StatementSignature]:
    """Who has signed for the meeting as it is held now, by worker."""
    rows = await session.scalars(
        select(StatementSignature).where(
            StatementSignature.conference_id == conference_id, StatementSignature.ended_at.is_(None)
        )
    )
    return {row.worker_id: row for row in rows}


async def agenda(session: AsyncSession, conference_id: UUID) -> Sequence[AgendaItem]:
    """The points of an agenda in their order, without those that were left out."""
    return (
        await session.scalars(
            select(AgendaItem)
            .where(AgendaItem.conference_id == conference_id, AgendaItem.left_out_at.is_(None))
            .order_by(AgendaItem.place)
        )
    ).all()


async def last_place(session: AsyncSession, conference_id: UUID) -> int:
    """The place of the last point that an agenda ever had; 0 while it had none."""
    last = select(func.max(AgendaItem.place)).where(AgendaItem.conference_id == conference_id)
    return await session.scalar(last) or 0


def current_item(items: Sequence[AgendaItem]) -> AgendaItem | None:
    """The point that began last."""
    begun = [item for item in items if item.started_at is not None]
    return max(begun, key=lambda item: (item.started_at, item.place), default=None)


async def asked_positions(session: AsyncSession, decision_ids: Collection[UUID]) -> dict[UUID, list[PositionAsk]]:
    """Which agencies were asked where they stand and had not said so, by decision."""
    found: dict[UUID, list[PositionAsk]] = defaultdict(list)
    if decision_ids:
        for row in await session.scalars(select(PositionAsk).where(PositionAsk.decision_id.in_(decision_ids))):
            found[row.decision_id].append(row)
    return found


# --- Before and after ---------------------------------------------------------------------------------------------


async def last_was_interim(session: AsyncSession, conference: Conference) -> bool:
    """Whether the conference of this kind that was held before this one had no quorum."""
    because = await session.scalar(
        select(Conference.interim_because)
        .where(
            Conference.case_id == conference.case_id,
            Conference.kind == conference.kind,
            Conference.state == ConferenceState.closed.value,
            Conference.starts_at < conference.starts_at,
        )
        .order_by(Conference.starts_at.desc())
        .limit(1)
    )
    return bool(because)


async def is_untouched(session: AsyncSession, conference_id: UUID) -> bool:
    """Whether nothing has been minuted, decided, answered or given in a conference."""
    touched = or_(
        exists().where(MinuteLine.conference_id == conference_id),
        exists().where(Decision.conference_id == conference_id),
        exists().where(BetweenMeetings.settled_in == conference_id),
        exists().where(Action.conference_id == conference_id),
        exists().where(Conference.id == conference_id, Conference.interim_because != ""),
    )
    return not await session.scalar(select(touched))


async def followed_by(session: AsyncSession, conference_id: UUID) -> Conference | None:
    """The conference that is held again for this one."""
    return await session.scalar(
        select(Conference).where(Conference.follows_id == conference_id).order_by(Conference.starts_at).limit(1)
    )


async def letter_of(session: AsyncSession, conference_id: UUID) -> DecisionLetter | None:
    return await session.scalar(select(DecisionLetter).where(DecisionLetter.conference_id == conference_id))


async def approval_of(session: AsyncSession, conference_id: UUID) -> MinutesApproval | None:
    return await session.get(MinutesApproval, conference_id)


async def invited_workers(session: AsyncSession, conference_id: UUID) -> Sequence[UUID]:
    return (await session.scalars(select(Invitee.worker_id).where(Invitee.conference_id == conference_id))).all()


async def interim_among(session: AsyncSession, conference_ids: Collection[UUID]) -> set[UUID]:
    """Of several conferences, those that had no quorum: what they decided is interim."""
    if not conference_ids:
        return set()
    return set(
        await session.scalars(
            select(Conference.id).where(Conference.id.in_(conference_ids), Conference.interim_because != "")
        )
    )
