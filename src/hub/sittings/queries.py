"""Finding meetings with a list, who is asked, and the cases that the viewer may see on them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.tables import Case
from hub.conferences.queries import no_interest
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference
from hub.errors import NotFound
from hub.ids import from_ref
from hub.invitations.rules import Answer
from hub.people.tables import Involvement, Person
from hub.sharing import scope
from hub.sharing.rules import Role, Viewer
from hub.sittings.rules import CHILD, Item, SittingState
from hub.sittings.tables import Sitting, SittingItem, SittingMember


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Those that I am asked to, chair or called; a coordinator sees every one."""
    if Role.coordinator in viewer.roles and viewer.by_agency:
        return true()
    return or_(
        Sitting.chair_id == viewer.worker_id,
        Sitting.called_by == viewer.worker_id,
        exists().where(
            SittingMember.sitting_id == Sitting.id,
            SittingMember.worker_id == viewer.worker_id,
            SittingMember.answer != Answer.not_needed.value,
        ),
    )


async def access_sitting(session: AsyncSession, viewer: Viewer, ref: str) -> Sitting:
    """The meeting at an address, if this worker may see it. Raises NotFound."""
    found = await session.scalar(select(Sitting).where(Sitting.id == from_ref(ref), visible(viewer)))
    if found is None:
        raise NotFound
    return found


async def sitting_by_id(session: AsyncSession, sitting_id: UUID) -> Sitting | None:
    return await session.get(Sitting, sitting_id)


async def members(session: AsyncSession, sitting_ids: Collection[UUID]) -> dict[UUID, list[SittingMember]]:
    found: dict[UUID, list[SittingMember]] = defaultdict(list)
    if sitting_ids:
        for row in await session.scalars(select(SittingMember).where(SittingMember.sitting_id.in_(sitting_ids))):
            found[row.sitting_id].append(row)
    return found


async def member(session: AsyncSession, sitting_id: UUID, worker_id: UUID) -> SittingMember | None:
    return await session.scalar(
        select(SittingMember).where(SittingMember.sitting_id == sitting_id, SittingMember.worker_id == worker_id)
    )


async def of_series(session: AsyncSession, series_id: UUID) -> Sequence[Sitting]:
    return (
        await session.scalars(select(Sitting).where(Sitting.series_id == series_id).order_by(Sitting.starts_at))
    ).all()


async def list_of(
    session: AsyncSession, viewer: Viewer, *, past: bool, at: datetime, limit: int, offset: int = 0
) -> tuple[Sequence[Sitting], int]:
    """Meetings with a list that this worker may see: those ahead, or those gone by."""
    time = Sitting.ends_at < at if past else Sitting.ends_at >= at
    asked = select(Sitting).where(visible(viewer), time)
    total = await session.scalar(select(func.count()).select_from(asked.subquery()))
    order = Sitting.starts_at.desc() if past else Sitting.starts_at
    return (await session.scalars(asked.order_by(order, Sitting.id).limit(limit).offset(offset))).all(), total or 0


async def items(session: AsyncSession, sitting_id: UUID) -> Sequence[tuple[SittingItem, Conference]]:
    """Every case on a list. For the Hub's own work: a page asks `agenda` instead."""
    rows = await session.execute(
        select(SittingItem, Conference)
        .join(Conference, Conference.id == SittingItem.conference_id)
        .where(SittingItem.sitting_id == sitting_id, SittingItem.removed_at.is_(None))
    )
    return [(item, conference) for item, conference in rows]


@dataclass(frozen=True)
class Listed:
    """A case on the list as one viewer sees it."""

    item: SittingItem
    conference: Conference
    case: Case
    withdrawn: bool
    """The viewer has declared an interest: they see that, and nothing else of it."""


async def agenda(session: AsyncSession, viewer: Viewer, sitting_id: UUID) -> list[Listed]:
    """The cases on a list that open to the viewer, in their order."""
    rows = await session.execute(
        select(SittingItem, Conference, Case, no_interest(viewer).label("clear"))
        .join(Conference, Conference.id == SittingItem.conference_id)
        .join(Case, Case.id == Conference.case_id)
        .where(
            SittingItem.sitting_id == sitting_id,
            SittingItem.removed_at.is_(None),
            scope.case_opens(viewer, Conference.case_id),
        )
        .order_by(Conference.starts_at)
    )
    return [Listed(item, conference, case, not clear) for item, conference, case, clear in rows]


async def listed_count(session: AsyncSession, sitting_ids: Collection[UUID], viewer: Viewer) -> dict[UUID, int]:
    """How many cases each list holds that open to the viewer."""
    rows = await session.execute(
        select(SittingItem.sitting_id, func.count())
        .join(Conference, Conference.id == SittingItem.conference_id)
        .where(
            SittingItem.sitting_id.in_(sitting_ids),
            SittingItem.removed_at.is_(None),
            scope.case_opens(viewer, Conference.case_id),
        )
        .group_by(SittingItem.sitting_id)
    )
    return dict(rows.all())


async def needs(session: AsyncSession, sitting_id: UUID, today: date) -> list[Item]:
    """The cases of a list as the order needs them."""
    youngest = date(today.year - CHILD, today.month, min(today.day, 28))
    child = (
        exists()
        .where(
            Involvement.case_id == Conference.case_id,
            Person.id == Involvement.person_id,
            Person.born_from > youngest,
        )
        .correlate(Conference)
    )
    rows = await session.execute(
        select(SittingItem, Conference.id, child.label("child"), Case.rating)
        .join(Conference, Conference.id == SittingItem.conference_id)
        .join(Case, Case.id == Conference.case_id)
        .where(SittingItem.sitting_id == sitting_id, SittingItem.removed_at.is_(None))
    )
    return [
        Item(conference_id, item.minutes, has_child, rating, item.added_at, item.by_hand)
        for item, conference_id, has_child, rating in rows
    ]


async def sitting_of(session: AsyncSession, conference_id: UUID) -> Sitting | None:
    """The meeting on whose list a conference stands, if it does."""
    return await session.scalar(
        select(Sitting)
        .join(SittingItem, SittingItem.sitting_id == Sitting.id)
        .where(SittingItem.conference_id == conference_id, SittingItem.removed_at.is_(None))
    )


async def answered_by(session: AsyncSession, conference: Conference, worker_id: UUID) -> Sitting | None:
    """The meeting to which somebody's answer for a conference belongs: the one on whose list it stands, if they are asked."""
    if conference.state != ConferenceState.scheduled:
        return None
    whole = await sitting_of(session, conference.id)
    return whole if whole and await member(session, whole.id, worker_id) else None


async def asked_to(session: AsyncSession, worker_id: UUID, at: datetime) -> list[tuple[Sitting, SittingMember]]:
    """The meetings ahead to which somebody is asked, the next first."""
    rows = await session.execute(
        select(Sitting, SittingMember)
        .join(SittingMember, SittingMember.sitting_id == Sitting.id)
        .where(
            SittingMember.worker_id == worker_id,
            Sitting.ends_at >= at,
            Sitting.state == SittingState.scheduled.value,
        )
        .order_by(Sitting.starts_at)
    )
    return [(sitting, row) for sitting, row in rows]


async def cases_to_list(session: AsyncSession, viewer: Viewer, sitting_id: UUID) -> Sequence[Case]:
    """Open cases of the viewer that are not on the list yet."""
    on_it = (
        select(Conference.case_id)
        .join(SittingItem, SittingItem.conference_id == Conference.id)
        .where(SittingItem.sitting_id == sitting_id, SittingItem.removed_at.is_(None))
        .where(Conference.state != ConferenceState.cancelled.value)
    )
    return (
        await session.scalars(
            select(Case)
            .where(Case.closed_at.is_(None), scope.case_opens(viewer, Case.id), Case.id.not_in(on_it))
            .order_by(Case.opened_at.desc())
            .limit(200)
        )
    ).all()


async def listed_among(session: AsyncSession, conference_ids: Collection[UUID]) -> set[UUID]:
    """Which of some conferences stand on the list of a meeting."""
    return set(
        await session.scalars(
            select(SittingItem.conference_id).where(
                SittingItem.conference_id.in_(conference_ids), SittingItem.removed_at.is_(None)
            )
        )
    )


def answered_with_the_meeting(worker_id: Any) -> ColumnElement[bool]:
    """The conference of the row stands on the list of a meeting to which this worker is asked: one answer is for both."""
    return exists().where(
        SittingItem.conference_id == Conference.id,
        SittingItem.removed_at.is_(None),
        SittingMember.sitting_id == SittingItem.sitting_id,
        SittingMember.worker_id == worker_id,
    )


async def with_the_meeting(session: AsyncSession, worker_id: UUID, conference_ids: Collection[UUID]) -> set[UUID]:
    """Those of some conferences that this worker answers with the whole meeting."""
    asked = select(Conference.id).where(Conference.id.in_(conference_ids), answered_with_the_meeting(worker_id))
    return set(await session.scalars(asked)) if conference_ids else set()


def to_answer(worker_id: UUID, at: datetime) -> Select[Any]:
    """Meetings of the next four weeks to which somebody has not answered: those later in a series can wait."""
    return (
        select(Sitting)
        .join(SittingMember, SittingMember.sitting_id == Sitting.id)
        .where(
            SittingMember.worker_id == worker_id,
            SittingMember.answer == Answer.awaited.value,
            Sitting.state == SittingState.scheduled.value,
            Sitting.starts_at >= at,
            Sitting.starts_at < at + timedelta(weeks=4),
        )
        .order_by(Sitting.starts_at)
    )
