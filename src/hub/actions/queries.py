"""Finding actions and who answers for them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions.rules import ActionState
from hub.actions.tables import Action
from hub.cases.tables import Accountability
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
