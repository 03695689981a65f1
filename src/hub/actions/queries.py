"""Finding actions and who answers for them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.actions.rules import ActionState, ExtensionState, Order, Show, like
from hub.actions.tables import Action, ActionEntry, ActionExtension
from hub.agencies.tables import Agency
from hub.cases.tables import Accountability, Case
from hub.contributions.queries import readable
from hub.contributions.tables import Contribution
from hub.errors import NotFound
from hub.ids import from_ref
from hub.sharing import scope
from hub.sharing.rules import Viewer


async def access_action(session: AsyncSession, viewer: Viewer, ref: str) -> Action:
    action = await session.scalar(
        select(Action).where(Action.id == from_ref(ref), scope.case_opens(viewer, Action.case_id))
    )
    if action is None:
        raise NotFound
    return action


async def actions_of_case(session: AsyncSession, case_id: UUID) -> Sequence[Action]:
    """A case's actions: open ones by due day, then the finished, the newest first."""
    return (
        await session.scalars(
            select(Action)
            .where(Action.case_id == case_id)
            .order_by(Action.state != ActionState.open.value, Action.finished_at.desc().nulls_first(), Action.due_on)
        )
    ).all()


async def actions_of(session: AsyncSession, conference_id: UUID) -> Sequence[Action]:
    return (
        await session.scalars(select(Action).where(Action.conference_id == conference_id).order_by(Action.assigned_at))
    ).all()


async def actions_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Action]:
    if not ids:
        return {}
    return {row.id: row for row in await session.scalars(select(Action).where(Action.id.in_(ids)))}


async def owners(session: AsyncSession, action_ids: Collection[UUID]) -> dict[UUID, Accountability]:
    """Who answers, or answered last, for each of several actions: finished ones keep their owner."""
    if not action_ids:
        return {}
    rows = await session.scalars(
        select(Accountability)
        .where(Accountability.subject_type == "action", Accountability.subject_id.in_(action_ids))
        .order_by(Accountability.given_at)
    )
    return {row.subject_id: row for row in rows}


async def hold(session: AsyncSession, action: Action) -> None:
    """Reads an action again and holds it until the transaction ends: two who end it at once are one after the other."""
    await session.flush()
    await session.refresh(action, with_for_update=True)


async def tried_before(session: AsyncSession, viewer: Viewer, case_id: UUID, what: str) -> list[Action]:
    """What any agency tried before that is like this, in this case and the others of its family that open to the
    viewer: only what has ended can be learned from. What did not work comes first."""
    family = select(Case.family_id).where(Case.id == case_id).scalar_subquery()
    of_family = select(Case.id).where(or_(Case.id == case_id, Case.family_id == family))
    ended = await session.scalars(
        select(Action)
        .where(Action.case_id.in_(of_family), scope.case_opens(viewer, Action.case_id), Action.finished_at.is_not(None))
        .order_by(Action.finished_at.desc())
    )
    return like(what, ended.all())


async def extension_asked(session: AsyncSession, action_id: UUID) -> ActionExtension | None:
    """The wish for more time that waits for an answer."""
    return await session.scalar(
        select(ActionExtension).where(
            ActionExtension.action_id == action_id, ActionExtension.state == ExtensionState.asked.value
        )
    )


async def extensions(session: AsyncSession, action_ids: Collection[UUID]) -> dict[UUID, list[ActionExtension]]:
    """The wishes for more time of several actions, the oldest first."""
    found: dict[UUID, list[ActionExtension]] = defaultdict(list)
    if action_ids:
        for row in await session.scalars(
            select(ActionExtension).where(ActionExtension.action_id.in_(action_ids)).order_by(ActionExtension.asked_at)
        ):
            found[row.action_id].append(row)
    return found


async def entries(session: AsyncSession, action_id: UUID) -> Sequence[ActionEntry]:
    """What has been written about an action, the newest first."""
    return (
        await session.scalars(
            select(ActionEntry)
            .where(ActionEntry.action_id == action_id)
            .order_by(ActionEntry.written_at.desc(), ActionEntry.id.desc())
        )
    ).all()


def _to_answer(viewer: Viewer) -> Any:
    return (
        select(ActionExtension, Action)
        .join(Action, Action.id == ActionExtension.action_id)
        .join(Case, Case.id == Action.case_id)
        .where(ActionExtension.asked_of == viewer.worker_id, ActionExtension.state == ExtensionState.asked.value)
        .where(Case.closed_at.is_(None), scope.case_opens(viewer, Action.case_id))
    )


async def extensions_to_answer(session: AsyncSession, viewer: Viewer) -> list[tuple[ActionExtension, Action]]:
    """The wishes for more time that wait for this worker, who gave the actions."""
    return [(asked, action) for asked, action in await session.execute(_to_answer(viewer))]


def count_to_answer(viewer: Viewer) -> Any:
    """How many there are, as a part of another query."""
    return (
        select(func.count()).select_from(_to_answer(viewer).with_only_columns(Action.id).subquery()).scalar_subquery()
    )


# --- Lists ----------------------------------------------------------------------------------------------------------

Mine = aliased(Accountability)


@dataclass(frozen=True)
class Cut:
    """Which actions a list asks for: of one worker, of one agency, or of one case."""

    worker_id: UUID | None = None
    agency_id: UUID | None = None
    case_id: UUID | None = None
    show: Show = Show.open
    order: Order = Order.due


@dataclass(frozen=True)
class Listed:
    """An action in a list, its case, and who answers for it."""

    action: Action
    case: Case
    held: Accountability | None


def _conditions(viewer: Viewer, cut: Cut, today: date) -> list[Any]:
    found: list[Any] = [scope.case_opens(viewer, Action.case_id)]
    is_open = Action.state == ActionState.open.value
    if cut.worker_id is not None:
        found.append(Mine.worker_id == cut.worker_id)
    if cut.agency_id is not None:
        found.append(Action.agency_id == cut.agency_id)
    if cut.case_id is not None:
        found.append(Action.case_id == cut.case_id)
    elif cut.show not in (Show.ended, Show.all):
        found.append(Case.closed_at.is_(None))
    match cut.show:
        case Show.open:
            found.append(is_open)
        case Show.overdue:
            found += [is_open, Action.due_on < today]
        case Show.week:
            found += [is_open, Action.due_on.between(today, today + timedelta(days=6 - today.weekday()))]
        case Show.waiting:
            found += [is_open, Mine.accepted_at.is_(None)]
        case Show.ended:
            found.append(~is_open)
    return found


async def listed(
    session: AsyncSession, viewer: Viewer, cut: Cut, *, today: date, limit: int, offset: int
) -> tuple[list[Listed], int]:
    """A page of actions in cases that this worker may see, and how many there are in all."""
    asked = (
        select(Action, Case, Mine)
        .join(Case, Case.id == Action.case_id)
        .outerjoin(Mine, and_(Mine.subject_type == "action", Mine.subject_id == Action.id, Mine.ended_at.is_(None)))
        .where(*_conditions(viewer, cut, today))
    )
    total = await session.scalar(select(func.count()).select_from(asked.with_only_columns(Action.id).subquery()))
    match cut.order:
        case Order.newest:
            asked = asked.order_by(Action.assigned_at.desc(), Action.id)
        case Order.agency:
            asked = asked.join(Agency, Agency.id == Action.agency_id).order_by(Agency.place, Action.due_on, Action.id)
        case _:
            asked = asked.order_by(Action.finished_at.desc().nulls_first(), Action.due_on, Action.id)
    rows = await session.execute(asked.limit(limit).offset(offset))
    return [Listed(*row) for row in rows], total or 0


async def tally(session: AsyncSession, viewer: Viewer, cut: Cut, *, today: date) -> dict[Show, int]:
    """How many actions there are under each filter but the last two, in one query."""
    asked = (
        select(
            func.count(),
            func.count().filter(Action.due_on < today),
            func.count().filter(Action.due_on.between(today, today + timedelta(days=6 - today.weekday()))),
            func.count().filter(Mine.accepted_at.is_(None)),
        )
        .select_from(Action)
        .join(Case, Case.id == Action.case_id)
        .outerjoin(Mine, and_(Mine.subject_type == "action", Mine.subject_id == Action.id, Mine.ended_at.is_(None)))
        .where(*_conditions(viewer, replace(cut, show=Show.open), today))
    )
    counts = (await session.execute(asked)).one()
    return dict(zip((Show.open, Show.overdue, Show.week, Show.waiting), counts, strict=True))


async def evidence_of(
    session: AsyncSession, viewer: Viewer, case_id: UUID, *, ids: Collection[UUID] = ()
) -> Sequence[Contribution]:
    """What may be shown as evidence: the newest contributions of the worker's own agency; with `ids`, those of them
    that this worker may read, whosever they are."""
    asked = select(Contribution).where(
        Contribution.case_id == case_id, readable(viewer), Contribution.withdrawn_at.is_(None)
    )
    if ids:
        asked = asked.where(Contribution.id.in_(ids))
    else:
        asked = asked.where(Contribution.agency_id == viewer.agency_id, Contribution.superseded_at.is_(None))
    return (await session.scalars(asked.order_by(Contribution.written_at.desc()).limit(20))).all()
