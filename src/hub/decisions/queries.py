"""Finding decisions and positions."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.decisions.tables import Decision, Position
from hub.errors import NotFound
from hub.ids import from_ref
from hub.sharing import scope
from hub.sharing.rules import Viewer


async def decisions_of_case(session: AsyncSession, case_id: UUID, limit: int = 100) -> Sequence[Decision]:
    """A case's decisions, the newest first. The caller has asked for the case."""
    return (
        await session.scalars(
            select(Decision).where(Decision.case_id == case_id).order_by(Decision.decided_at.desc()).limit(limit)
        )
    ).all()


async def decisions_of(session: AsyncSession, conference_id: UUID) -> Sequence[Decision]:
    return (
        await session.scalars(
            select(Decision).where(Decision.conference_id == conference_id).order_by(Decision.decided_at)
        )
    ).all()


async def access_decision(session: AsyncSession, viewer: Viewer, ref: str) -> Decision:
    decision = await session.scalar(
        select(Decision).where(Decision.id == from_ref(ref), scope.in_circle(viewer, Decision.case_id))
    )
    if decision is None:
        raise NotFound
    return decision


async def positions(session: AsyncSession, decision_ids: Collection[UUID]) -> dict[UUID, list[Position]]:
    """Every position on several decisions, in the order in which they were stated; superseded ones too."""
    found: dict[UUID, list[Position]] = defaultdict(list)
    if decision_ids:
        for row in await session.scalars(
            select(Position).where(Position.decision_id.in_(decision_ids)).order_by(Position.stated_at)
        ):
            found[row.decision_id].append(row)
    return found
