"""Asking for the workers of an agency by their roles, and how somebody's roles came to be."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import RoleChange, Worker
from hub.cases.rules import check_reason
from hub.handovers.queries import holdings
from hub.handovers.rules import what_is_left
from hub.roles.rules import Change, check_roles
from hub.sharing.rules import Role


async def other_administrators(session: AsyncSession, worker: Worker, at: datetime) -> int:
    """How many administrators the worker's agency has besides them.

    Their rows are locked: of two who take each other's role in the same moment, one is refused.
    """
    held = (
        select(Worker.id)
        .where(
            Worker.agency_id == worker.agency_id,
            Worker.roles.contains([Role.administrator.value]),
            or_(Worker.ended_at.is_(None), Worker.ended_at > at),
        )
        .order_by(Worker.id)
        .with_for_update()
    )
    return len(set(await session.scalars(held)) - {worker.id})


async def checked(
    session: AsyncSession, worker: Worker, *, roles: Collection[Role], reason: str, at: datetime
) -> Change:
    """What would change, given these roles and this reason. Raises Refused when it may not be."""
    change = check_roles(
        worker.roles,
        roles,
        name=worker.name,
        other_administrators=await other_administrators(session, worker, at),
        still_theirs=what_is_left(worker.name, (await holdings(session, [worker.id]))[worker.id]),
    )
    check_reason(reason)
    return change


async def changes_of(session: AsyncSession, worker_id: UUID, *, limit: int) -> tuple[Sequence[RoleChange], int]:
    """The newest changes of somebody's roles, and how many there are in all."""
    rows = await session.scalars(
        select(RoleChange).where(RoleChange.worker_id == worker_id).order_by(RoleChange.changed_at.desc()).limit(limit)
    )
    total = await session.scalar(select(func.count()).select_from(RoleChange).where(RoleChange.worker_id == worker_id))
    return rows.all(), total or 0
