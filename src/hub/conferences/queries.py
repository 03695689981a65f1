"""Finding conferences and who is invited."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions.tables import Action
from hub.agencies.tables import Worker
from hub.cases.queries import accountable_for, who_may_hold
from hub.cases.tables import Case
from hub.conferences.rules import LONGEST, Answer, ConferenceKind, ConferenceState
from hub.conferences.tables import Conference, ConferenceNotNeeded, DeclaredInterest, Invitee, MeetingSeries
from hub.decisions.rules import Stance
from hub.decisions.tables import Decision, DissentAnswer, Position
from hub.errors import NotFound, SteppedBack
from hub.ids import from_ref
from hub.ids import ref as to_ref
from hub.sharing import scope
from hub.sharing.rules import Viewer

COMING = (ConferenceState.scheduled.value, ConferenceState.open.value)


async def access_conference(session: AsyncSession, viewer: Viewer, ref: str) -> Conference:
    """The conference at an address, if this worker may see its case. Raises NotFound.

    Raises SteppedBack for somebody who has declared an interest: they know of it, and see nothing in it.
    """
    conference = await session.scalar(
        select(Conference).where(Conference.id == from_ref(ref), scope.case_opens(viewer, Conference.case_id))
    )
    if conference is None:
        raise NotFound
    if await has_interest(session, conference.id, viewer.worker_id):
        raise SteppedBack(
            "You have declared an interest in this case, so its conference is closed to you. The chair or the hub’s "
            "coordinator can let you back in.",
            offer=("Go to the case", f"/cases/{to_ref(conference.case_id)}"),
        )
    return conference


async def has_interest(session: AsyncSession, conference_id: UUID, worker_id: UUID) -> bool:
    """Whether somebody is out of a conference because they are too near to its case."""
    return bool(
        await session.scalar(
            select(
                exists().where(
                    DeclaredInterest.conference_id == conference_id,
                    DeclaredInterest.worker_id == worker_id,
                    DeclaredInterest.lifted_at.is_(None),
                )
            )
        )
    )


async def interests(session: AsyncSession, conference_ids: Collection[UUID]) -> dict[UUID, list[DeclaredInterest]]:
    """The interests that stand, by conference."""
    found: dict[UUID, list[DeclaredInterest]] = defaultdict(list)
    if conference_ids:
        for row in await session.scalars(
            select(DeclaredInterest).where(
                DeclaredInterest.conference_id.in_(conference_ids), DeclaredInterest.lifted_at.is_(None)
            )
        ):
            found[row.conference_id].append(row)
    return found


async def deputies(session: AsyncSession, conference: Conference, agency_id: UUID, at: datetime) -> list[Worker]:
    """Who of an agency could come in a colleague's place, by name: its case opens to them, and they have not stepped back."""
    out = {row.worker_id for row in (await interests(session, [conference.id]))[conference.id]}
    held = await who_may_hold(session, [conference.case_id], agency_ids=[agency_id], at=at)
    return [worker for worker, _ in held if worker.id not in out]


def no_interest(viewer: Viewer) -> ColumnElement[bool]:
    """The viewer is not out of the conference of the row."""
    return not_(
        exists()
        .where(
            DeclaredInterest.conference_id == Conference.id,
            DeclaredInterest.worker_id == viewer.worker_id,
            DeclaredInterest.lifted_at.is_(None),
        )
        .correlate(Conference)
    )


async def open_actions(session: AsyncSession, case_id: UUID) -> dict[UUID, int]:
    """How many open actions of a case each agency holds."""
    rows = await session.execute(
        select(Action.agency_id, func.count())
        .where(Action.case_id == case_id, Action.finished_at.is_(None))
        .group_by(Action.agency_id)
    )
    return dict(rows.all())


async def is_dissented_from(session: AsyncSession, case_id: UUID, worker_id: UUID) -> bool:
    """Whether a dissent from a decision that somebody recorded on this case still has no answer."""
    return bool(
        await session.scalar(
            select(
                exists()
                .where(
                    Decision.case_id == case_id,
                    Decision.recorded_by == worker_id,
                    Position.decision_id == Decision.id,
                    Position.stance == Stance.dissent.value,
                    Position.superseded_at.is_(None),
                )
                .where(not_(exists().where(DissentAnswer.position_id == Position.id).correlate(Position)))
            )
        )
    )


async def conference_by_id(session: AsyncSession, conference_id: UUID) -> Conference | None:
    return await session.get(Conference, conference_id)


async def invitees(session: AsyncSession, conference_ids: Collection[UUID]) -> dict[UUID, list[Invitee]]:
    found: dict[UUID, list[Invitee]] = defaultdict(list)
    if conference_ids:
        for row in await session.scalars(select(Invitee).where(Invitee.conference_id.in_(conference_ids))):
            found[row.conference_id].append(row)
    return found


async def invitee(session: AsyncSession, conference_id: UUID, worker_id: UUID) -> Invitee | None:
    return await session.scalar(
        select(Invitee).where(Invitee.conference_id == conference_id, Invitee.worker_id == worker_id)
    )


async def of_case(session: AsyncSession, case_id: UUID) -> Sequence[Conference]:
    """A case's conferences: what is open, what lies ahead with the next first, what is past with the newest first.

    The caller has asked for the case.
    """
    is_ahead = Conference.state == ConferenceState.scheduled.value
    turn = (
        Conference.state != ConferenceState.open.value,
        not_(is_ahead),
        case((is_ahead, Conference.starts_at)),
        func.coalesce(Conference.opened_at, Conference.starts_at).desc(),
    )
    return (await session.scalars(select(Conference).where(Conference.case_id == case_id).order_by(*turn))).all()


async def being_held(session: AsyncSession, case_id: UUID, at: datetime) -> Conference | None:
    """The conference of a case that is being held. One that nobody closed is over when the longest would be."""
    return await session.scalar(
        select(Conference)
        .where(
            Conference.case_id == case_id,
            Conference.state == ConferenceState.open.value,
            Conference.opened_at > at - LONGEST,
        )
        .order_by(Conference.opened_at.desc())
        .limit(1)
    )


def _not_over(at: datetime) -> ColumnElement[bool]:
    """It lies ahead, or is being held, however early it was opened and however long it lasts."""
    return or_(
        and_(Conference.state.in_(COMING), Conference.ends_at >= at),
        and_(Conference.state == ConferenceState.open.value, Conference.opened_at > at - LONGEST),
    )


async def next_of(
    session: AsyncSession, case_ids: Collection[UUID], at: datetime, *, besides: UUID | None = None
) -> dict[UUID, Conference]:
    """The next conference of each of several cases: the one that is open, or the earliest that lies ahead.

    `besides` leaves one out, of which it is asked what comes next.
    """
    if not case_ids:
        return {}
    rows = await session.scalars(
        select(Conference)
        .where(Conference.case_id.in_(case_ids), _not_over(at), Conference.id.is_distinct_from(besides))
        .order_by(Conference.case_id, Conference.state != ConferenceState.open.value, Conference.starts_at)
        .ext(distinct_on(Conference.case_id))
    )
    return {row.case_id: row for row in rows}


async def visible_conferences(
    session: AsyncSession, viewer: Viewer, *, show: str, mine: bool, at: datetime, limit: int, offset: int
) -> tuple[list[tuple[Conference, Case]], int]:
    """Conferences that this worker may see: coming (the next first) or past (the newest first)."""
    conditions = [scope.case_opens(viewer, Conference.case_id), no_interest(viewer)]
    if show == "past":
        conditions.append(Conference.state.in_([ConferenceState.closed.value, ConferenceState.cancelled.value]))
    else:
        conditions.append(Conference.state.in_(COMING))
    if mine:
        conditions.append(
            Conference.id.in_(
                select(Invitee.conference_id).where(
                    Invitee.worker_id == viewer.worker_id, Invitee.answer != Answer.not_needed.value
                )
            )
        )
    asked = select(Conference, Case).join(Case, Case.id == Conference.case_id).where(*conditions)
    total = await session.scalar(select(func.count()).select_from(asked.subquery()))
    order = Conference.starts_at.desc() if show == "past" else Conference.starts_at
    rows = await session.execute(asked.order_by(order, Conference.id).limit(limit).offset(offset))
    return [(conference, case) for conference, case in rows], total or 0


async def invited_to(session: AsyncSession, viewer: Viewer, at: datetime) -> list[tuple[Conference, Invitee]]:
    """The conferences to which a worker is invited: those that are open, then those ahead, the next first."""
    rows = await session.execute(
        select(Conference, Invitee)
        .join(Invitee, Invitee.conference_id == Conference.id)
        .where(
            Invitee.worker_id == viewer.worker_id,
            Invitee.answer != Answer.not_needed.value,
            _not_over(at),
            scope.case_opens(viewer, Conference.case_id),
            no_interest(viewer),
        )
        .order_by(Conference.state != ConferenceState.open.value, Conference.starts_at)
    )
    return [(conference, row) for conference, row in rows]


async def count_between(session: AsyncSession, viewer: Viewer, start: datetime, end: datetime) -> int:
    return (
        await session.scalar(
            select(func.count())
            .select_from(Conference)
            .where(
                scope.case_opens(viewer, Conference.case_id),
                Conference.state.in_(COMING),
                Conference.starts_at >= start,
                Conference.starts_at < end,
            )
        )
    ) or 0


async def overseer_of(session: AsyncSession, case_id: UUID, at: datetime) -> UUID | None:
    """Who is told of what goes wrong between agencies: the chair of the next conference, else of the last one, else
    whoever answers for the case."""
    coming = (await next_of(session, [case_id], at)).get(case_id)
    if coming is not None:
        return coming.chair_id
    last = await session.scalar(
        select(Conference.chair_id)
        .where(Conference.case_id == case_id, Conference.state == ConferenceState.closed.value)
        .order_by(Conference.starts_at.desc())
        .limit(1)
    )
    if last is not None:
        return last
    named = await accountable_for(session, "case", case_id)
    return named.worker_id if named else None


async def of_series(session: AsyncSession, series_id: UUID) -> Sequence[Conference]:
    """The conferences of a series in their order."""
    return (
        await session.scalars(
            select(Conference).where(Conference.series_id == series_id).order_by(Conference.starts_at)
        )
    ).all()


async def not_needed_of(session: AsyncSession, case_id: UUID) -> dict[UUID, tuple[ConferenceNotNeeded, str]]:
    """What was said not to be needed on a case, with the kind of conference that sets its clock off anew."""
    rows = await session.execute(
        select(ConferenceNotNeeded, Conference.kind)
        .join(
            Conference,
            and_(Conference.case_id == ConferenceNotNeeded.case_id, Conference.starts_at == ConferenceNotNeeded.since),
        )
        .where(ConferenceNotNeeded.case_id == case_id)
    )
    return {said.id: (said, ConferenceKind(kind).label) for said, kind in rows}


async def series_by_id(session: AsyncSession, series_id: UUID | None) -> MeetingSeries | None:
    return await session.get(MeetingSeries, series_id) if series_id else None


async def asked_ahead(session: AsyncSession, worker_id: UUID, at: datetime) -> list[tuple[Conference, Invitee]]:
    """The conferences ahead to which somebody is invited, for their own calendar: when and where, never about whom.

    Those on the list of a meeting stand in that meeting's own entry. A case that no longer opens to them is left out.
    """
    who = scope.asking_rows(Worker)
    rows = await session.execute(
        select(Conference, Invitee)
        .join(Invitee, Invitee.conference_id == Conference.id)
        .join(Worker, Worker.id == Invitee.worker_id)
        .where(
            Invitee.worker_id == worker_id,
            Conference.state.in_(COMING),
            Conference.ends_at >= at,
            scope.case_opens(who, Conference.case_id),
            not_(
                exists()
                .where(
                    DeclaredInterest.conference_id == Conference.id,
                    DeclaredInterest.worker_id == worker_id,
                    DeclaredInterest.lifted_at.is_(None),
                )
                .correlate(Conference)
            ),
        )
        .order_by(Conference.starts_at)
    )
    return [(conference, row) for conference, row in rows]
