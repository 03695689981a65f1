"""Asking who is away, and who stands in for whom."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.absences.tables import Deputy


async def deputies(session: AsyncSession, worker_ids: Collection[UUID | None], today: date) -> dict[UUID, Deputy]:
    """Who stands in today for each of several workers who are away."""
    return await away_between(session, worker_ids, today, today)


async def away_between(
    session: AsyncSession, worker_ids: Collection[UUID | None], first: date, last: date
) -> dict[UUID, Deputy]:
    """For each of several workers who are away on any day from one to another, the absence that ends last."""
    rows = await session.scalars(
        select(Deputy)
        .where(Deputy.worker_id.in_([one for one in worker_ids if one]), Deputy.ended_at.is_(None))
        .where(Deputy.starts_on <= last, Deputy.ends_on >= first)
        .order_by(Deputy.ends_on)
    )
    return {row.worker_id: row for row in rows}


async def deputies_ahead(session: AsyncSession, worker_id: UUID, today: date) -> Sequence[Deputy]:
    """A worker's deputies now and later."""
    return (
        await session.scalars(
            select(Deputy)
            .where(Deputy.worker_id == worker_id, Deputy.ended_at.is_(None), Deputy.ends_on >= today)
            .order_by(Deputy.starts_on)
        )
    ).all()
