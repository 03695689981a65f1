"""Asking who scrutinises, and what is open to somebody by name."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.agencies.tables import Worker
from hub.cases.queries import visible_cases
from hub.cases.tables import Case
from hub.sharing.rules import Role, Viewer
from hub.sharing.tables import CaseGrant


async def scrutineers(session: AsyncSession, at: datetime) -> Sequence[Worker]:
    """Everybody who scrutinises, by name."""
    return (
        await session.scalars(
            select(Worker)
            .where(Worker.roles.contains([Role.scrutineer.value]), or_(Worker.ended_at.is_(None), Worker.ended_at > at))
            .order_by(Worker.name)
        )
    ).all()


async def open_to(session: AsyncSession, viewer: Viewer, at: datetime) -> Sequence[tuple[CaseGrant, Case]]:
    """The cases, closed ones too, that open to a worker by name now, with what lets them in; the first to end first.

    A case to which two grants let them in is named once, with the one that lasts longest.
    """
    # By another name, because the rule asks the same table and would take this query's rows for its own.
    mine = aliased(CaseGrant)
    found = await session.execute(
        select(mine, Case)
        .join(Case, Case.id == mine.case_id)
        .where(
            mine.worker_id == viewer.worker_id,
            mine.ended_at.is_(None),
            mine.starts_at <= at,
            mine.ends_at > at,
            visible_cases(viewer),
        )
        .order_by(mine.ends_at, mine.id)
    )
    return list({case.id: (grant, case) for grant, case in found}.values())
