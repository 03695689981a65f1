"""Asking what was shared."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.disclosures.tables import Disclosure


async def of_case(
    session: AsyncSession, case_id: UUID, *, agency_id: UUID, limit: int, offset: int = 0
) -> tuple[Sequence[Disclosure], int]:
    """What this agency gave and was given in a case, the newest first, and how many there are in all."""
    mine = (Disclosure.from_agency_id == agency_id) | (Disclosure.to_agency_id == agency_id)
    rows = await session.scalars(
        select(Disclosure)
        .where(Disclosure.case_id == case_id, mine)
        .order_by(Disclosure.given_at.desc(), Disclosure.id)
        .limit(limit)
        .offset(offset)
    )
    total = await session.scalar(
        select(func.count()).select_from(Disclosure).where(Disclosure.case_id == case_id, mine)
    )
    return rows.all(), total or 0


async def unacknowledged(session: AsyncSession, case_id: UUID, agency_id: UUID) -> Sequence[Disclosure]:
    """What was shared with this agency and nobody there has said they read."""
    return (
        await session.scalars(
            select(Disclosure).where(
                Disclosure.case_id == case_id,
                Disclosure.to_agency_id == agency_id,
                Disclosure.acknowledged_at.is_(None),
            )
        )
    ).all()


async def of_subject(session: AsyncSession, subject_id: UUID) -> Sequence[Disclosure]:
    """Every share of one thing."""
    return (
        await session.scalars(
            select(Disclosure).where(Disclosure.subject_id == subject_id).order_by(Disclosure.given_at)
        )
    ).all()
