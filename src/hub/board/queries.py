"""Asking for the board and for what waits on a worker: a few queries each, whatever the number of rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, DateTime, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import queries as action_queries
from hub.actions.tables import Action
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.board.answers import answers_waiting
from hub.board.rules import PAGE, QUIET_AFTER, Card, Order, Seat, View
from hub.calling.queries import clocks_for
from hub.cases.queries import names_of, visible_cases
from hub.cases.rules import RANK, voice_of
from hub.cases.tables import Accountability, Case, LastLook
from hub.clashes.queries import open_clashes, visible_clashes
from hub.clashes.queries import to_answer as clashes_to_answer
from hub.clashes.tables import Clash, ClashIntervention
from hub.conference_kinds.queries import kinds
from hub.conferences.queries import count_between, next_of
from hub.conferences.rules import Answer, ConferenceState
from hub.conferences.tables import Conference, Invitee
from hub.contributions.queries import last_heard
from hub.deciding import queries as deciding
from hub.decisions.tables import Position
from hub.events.tables import Event
from hub.handovers.queries import count_offered
from hub.ids import ref
from hub.london import london
from hub.people.queries import people_of_cases
from hub.people.tables import Family, Person
from hub.problems.queries import count_waiting
from hub.requests.queries import answered
from hub.sharing import scope
from hub.sharing.queries import circles
from hub.sharing.rules import Viewer
from hub.sharing.tables import CircleSeat
from hub.sittings.queries import answered_with_the_meeting
from hub.sittings.queries import to_answer as sittings_to_answer


@dataclass(frozen=True)
class Cut:
    """Which part of the board is asked for."""

    view: View = View.all
    rating: str = ""
    stage: str = ""
    agency_id: UUID | None = None
    order: Order = Order.clock
    page: int = 1


def _last_event(viewer: Viewer) -> Any:
    """When something last happened in a case that this worker may know of, looks aside: the newest rows of an index."""
    known = or_(Event.only_agencies.is_(None), Event.only_agencies.contains([viewer.agency_id]))
    return (
        select(Event.at)
        .where(Event.case_id == Case.id, Event.audible, known)
        .order_by(Event.id.desc())
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )


def _answerable(worker_id: UUID | None = None) -> Any:
    held = exists().where(
        Accountability.subject_type == "case",
        Accountability.subject_id == Case.id,
        Accountability.ended_at.is_(None),
    )
    if worker_id is not None:
        return held.where(Accountability.worker_id == worker_id)
    return held.where(Accountability.accepted_at.is_not(None))


def _seat(**conditions: Any) -> Any:
    held = exists().where(CircleSeat.case_id == Case.id, CircleSeat.left_at.is_(None))
    for name, value in conditions.items():
        held = held.where(getattr(CircleSeat, name) == value)
    return held


def _conditions(viewer: Viewer, cut: Cut, at: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [visible_cases(viewer), Case.closed_at.is_(None)]
    match cut.view:
        case View.mine:
            found.append(or_(_answerable(viewer.worker_id), _seat(contact_id=viewer.worker_id)))
        case View.agency:
            found.append(_seat(agency_id=viewer.agency_id, part="lead"))
        case View.unowned:
            found.append(~_answerable())
        case View.quiet:
            found.append(_last_event(viewer) < at - QUIET_AFTER)
    if cut.rating == "none":
        found.append(Case.rating.is_(None))
    elif cut.rating:
        found.append(Case.rating == cut.rating)
    if cut.stage:
        found.append(Case.stage == cut.stage)
    if cut.agency_id is not None:
        found.append(_seat(agency_id=cut.agency_id))
    return found


def _ordered(asked: Select[Any], cut: Cut, viewer: Viewer) -> Select[Any]:
    match cut.order:
        case Order.rating:
            severity = case({rating.value: rank for rating, rank in RANK.items()}, value=Case.rating, else_=9)
            return asked.order_by(severity, Case.due_at.nulls_last(), Case.id)
        case Order.name:
            asked = asked.outerjoin(Family, Family.id == Case.family_id).outerjoin(Person, Person.id == Case.person_id)
            return asked.order_by(func.coalesce(Family.name_key, Person.family_key), Case.id)
        case Order.opened:
            return asked.order_by(Case.opened_at.desc(), Case.id)
        case Order.activity:
            return asked.order_by(_last_event(viewer).desc().nulls_last(), Case.id)
        case _:
            return asked.order_by(Case.due_at.nulls_last(), Case.id)


async def cards(
    session: AsyncSession, viewer: Viewer, cut: Cut, *, clocks: Mapping[str, Any], at: datetime, limit: int = PAGE
) -> tuple[list[Card], int]:
    """A page of the board, and how many rows there are in all."""
    conditions = _conditions(viewer, cut, at)
    total = await session.scalar(select(func.count()).select_from(Case).where(*conditions)) or 0
    asked = select(Case, _last_event(viewer).label("last_at")).where(*conditions)
    rows = (await session.execute(_ordered(asked, cut, viewer).limit(limit).offset((cut.page - 1) * limit))).all()
    cases = [row[0] for row in rows]
    made = {row[0].id: Card(case=row[0], name="", path=f"/cases/{ref(row[0].id)}", last_at=row[1]) for row in rows}
    for case_id, name in (await names_of(session, cases)).items():
        made[case_id].name = name
    await _furnish(session, viewer, made, clocks=clocks, at=at)
    return list(made.values()), total


async def _furnish(
    session: AsyncSession, viewer: Viewer, made: dict[UUID, Card], *, clocks: Mapping[str, Any], at: datetime
) -> None:
    """Adds to each card who is in it, around it and answerable, and what waits there: one query for each kind of thing."""
    ids = list(made)
    agencies = await agencies_by_id(session)
    for case_id, people in (await people_of_cases(session, ids)).items():
        made[case_id].people = people
    heard, replied = await last_heard(session, viewer, ids), await answered(session, ids)
    for seat in await circles(session, ids):
        if seat.case_id is not None:
            here = (seat.case_id, seat.agency_id)
            voice = voice_of(seat.admitted_at, heard.get(here), at, clocks, answered=here in replied)
            made[seat.case_id].seats.append(Seat(agencies[seat.agency_id], voice, seat.part == "lead"))
    answerable = (
        await session.scalars(
            select(Accountability).where(
                Accountability.subject_type == "case",
                Accountability.subject_id.in_(ids),
                Accountability.ended_at.is_(None),
            )
        )
    ).all()
    for case_id, conference in (await next_of(session, ids, at)).items():
        made[case_id].next_conference = conference
    without = [case_id for case_id, card in made.items() if card.next_conference is None]
    asked = await clocks_for(session, viewer, await kinds(session), case_ids=without)
    workers = await workers_by_id(
        session, [*(held.worker_id for held in answerable), *(one.waived.said_by for one in asked if one.waived)]
    )
    for one in sorted(asked, key=lambda one: one.waived is not None):
        card = made[one.case.id]
        if card.asked is None:
            card.asked, card.not_needed_by = one, workers[one.waived.said_by].name if one.waived else ""
    for held in answerable:
        card, worker = made[held.subject_id], workers[held.worker_id]
        card.accountable, card.accountable_agency = worker, agencies[worker.agency_id]
        card.accepted = held.accepted_at is not None
    for case_id, clashes in (await open_clashes(session, viewer, ids)).items():
        made[case_id].clashes = len(clashes)
        made[case_id].unanswered = sum(clash.answered_at is None for clash in clashes)
    overdue = await session.execute(
        select(Action.case_id, func.count())
        .where(Action.case_id.in_(ids), Action.finished_at.is_(None), Action.due_on < london(at).date())
        .group_by(Action.case_id)
    )
    for case_id, count in overdue:
        made[case_id].overdue_actions = count
    looks = await session.execute(
        select(LastLook.case_id, LastLook.looked_at).where(
            LastLook.worker_id == viewer.worker_id,
            LastLook.case_id.in_(ids),
        )
    )
    looked = {row[0]: row[1] for row in looks}
    for case_id, card in made.items():
        card.is_new = card.last_at is not None and (case_id not in looked or card.last_at > looked[case_id])


@dataclass(frozen=True)
class Counts:
    """The top line of the board."""

    open: int
    overdue: int
    clashes: int
    conferences: int
    unowned: int
    by_stage: Mapping[str, int]


async def counts(session: AsyncSession, viewer: Viewer, *, at: datetime) -> Counts:
    """The board's top line over everything that this worker may see."""
    visible = and_(visible_cases(viewer), Case.closed_at.is_(None))
    rows = await session.execute(
        select(
            Case.stage,
            func.count(),
            func.count().filter(Case.due_at < at),
            func.count().filter(~_answerable()),
        )
        .where(visible)
        .group_by(Case.stage)
    )
    stages: Counter[str] = Counter()
    overdue = unowned = 0
    for stage, count, late, loose in rows:
        stages[stage] += count
        overdue += late
        unowned += loose
    clashes = await session.scalar(
        select(func.count())
        .select_from(Clash)
        .where(
            Clash.closed_at.is_(None),
            Clash.answered_at.is_(None),
            visible_clashes(viewer),
            exists().where(ClashIntervention.clash_id == Clash.id),
        )
    )
    week_ends = at + timedelta(days=7)
    return Counts(
        open=sum(stages.values()),
        overdue=overdue,
        clashes=clashes or 0,
        conferences=await count_between(session, viewer, at, week_ends),
        unowned=unowned,
        by_stage=stages,
    )


async def waiting_count(session: AsyncSession, viewer: Viewer, *, at: datetime) -> int:
    """How many things wait on a worker now: to accept, to answer, to say, or due within a week. One query."""
    told = scope.bound(viewer) | {"at": at, "soon": london(at).date() + timedelta(days=7)}
    return await session.scalar(_count_of_waiting(viewer.roles, viewer.triages), told) or 0


@lru_cache(maxsize=64)
def _count_of_waiting(roles: frozenset[str], triages: bool) -> Select[Any]:
    """The count for workers of these roles. Every page asks it, and putting it together takes longer than asking."""
    viewer = scope.anybody(roles, triages=triages)
    at: Any = bindparam("at", type_=DateTime(timezone=True))
    mine = and_(
        Accountability.worker_id == viewer.worker_id,
        Accountability.ended_at.is_(None),
    )
    to_accept = (
        select(func.count())
        .select_from(Accountability)
        .where(mine, Accountability.accepted_at.is_(None), Accountability.subject_type.not_in(("action", "request")))
        .where(exists().where(Case.id == Accountability.case_id, visible_cases(viewer)))
        .scalar_subquery()
    )
    to_do = (
        select(func.count())
        .select_from(Accountability)
        .join(Action, and_(Accountability.subject_type == "action", Accountability.subject_id == Action.id))
        .where(mine, Action.finished_at.is_(None))
        .where(or_(Accountability.accepted_at.is_(None), Action.due_on <= bindparam("soon", type_=Date)))
        .where(exists().where(Case.id == Action.case_id, visible_cases(viewer)))
        .scalar_subquery()
    )
    to_answer = (
        select(func.count())
        .select_from(Invitee)
        .join(Conference, Conference.id == Invitee.conference_id)
        .where(
            Invitee.worker_id == viewer.worker_id,
            Invitee.answer == Answer.awaited.value,
            Conference.state == ConferenceState.scheduled.value,
            Conference.starts_at >= at,
            ~answered_with_the_meeting(viewer.worker_id),
        )
        .where(exists().where(Case.id == Conference.case_id, visible_cases(viewer)))
        .scalar_subquery()
    )
    lists_to_answer = (
        select(func.count()).select_from(sittings_to_answer(viewer.worker_id, at).subquery()).scalar_subquery()
    )
    to_state = select(func.count()).select_from(deciding.positions_to_state(viewer).subquery()).scalar_subquery()
    clashes = select(func.count()).select_from(clashes_to_answer(viewer).subquery()).scalar_subquery()
    to_reply = select(func.count()).select_from(_ids(deciding.dissents_to_answer(viewer))).scalar_subquery()
    return select(
        to_accept
        + to_do
        + to_answer
        + lists_to_answer
        + to_state
        + to_reply
        + clashes
        + count_waiting(viewer)
        + answers_waiting(viewer, at)
        + count_offered(viewer.worker_id)
        + action_queries.count_to_answer(viewer)
    )


def _ids(dissents: Select[Any]) -> Any:
    """The dissents alone: they and their decisions both have an `id`, of which a subquery can hold one."""
    return dissents.with_only_columns(Position.id).subquery()


async def held_by(session: AsyncSession, viewer: Viewer) -> Sequence[tuple[Accountability, Action | None]]:
    """What a worker answers for in cases that open to them, with the action where it is one. Requests wait elsewhere."""
    asked = (
        select(Accountability, Action)
        .outerjoin(Action, and_(Accountability.subject_type == "action", Accountability.subject_id == Action.id))
        .where(Accountability.worker_id == viewer.worker_id, Accountability.ended_at.is_(None))
        .where(Accountability.subject_type != "request")
        .where(exists().where(Case.id == Accountability.case_id, visible_cases(viewer)))
    )
    return [(one, action) for one, action in await session.execute(asked)]


async def answered_for(session: AsyncSession, viewer: Viewer) -> list[tuple[Case, str]]:
    """The open cases that a worker answers for, with their names."""
    held = select(Accountability.subject_id).where(
        Accountability.subject_type == "case",
        Accountability.worker_id == viewer.worker_id,
        Accountability.ended_at.is_(None),
    )
    cases = (
        await session.scalars(
            select(Case)
            .where(Case.id.in_(held), Case.closed_at.is_(None), visible_cases(viewer))
            .order_by(Case.due_at.nulls_last())
        )
    ).all()
    names = await names_of(session, cases)
    return [(one, names[one.id]) for one in cases]
