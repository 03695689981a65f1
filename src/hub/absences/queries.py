"""Asking who is away, and who stands in for whom."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.absences.tables import Deputy
from hub.london import from_london, london


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


async def away(
    session: AsyncSession, worker_ids: Collection[UUID], start: datetime, end: datetime
) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """The days on which workers are away, as times at which they are taken."""
    found: dict[UUID, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in await session.scalars(
        select(Deputy).where(
            Deputy.worker_id.in_(worker_ids),
            Deputy.ended_at.is_(None),
            Deputy.starts_on <= london(end).date(),
            Deputy.ends_on >= london(start).date(),
        )
    ):
        found[row.worker_id].append((from_london(row.starts_on, 0), from_london(row.ends_on + timedelta(days=1), 0)))
    return found
