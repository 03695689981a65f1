"""Giving somebody roles and taking them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies import changes as agencies
from hub.agencies.tables import RoleChange, Worker
from hub.roles import queries
from hub.sharing.rules import Role, Viewer


async def change(
    session: AsyncSession, worker: Worker, *, roles: Collection[Role], reason: str, by: Viewer, at: datetime
) -> RoleChange:
    """Gives a worker these roles in place of those they had. Raises Refused when it may not be."""
    await queries.checked(session, worker, roles=roles, reason=reason, at=at)
    wanted = [role.value for role in Role if role in roles]
    return await agencies.change_roles(session, worker, roles=wanted, reason=reason, by=by, at=at)
