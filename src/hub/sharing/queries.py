"""Asking who stands where."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.sharing.tables import CircleSeat


async def circles(session: AsyncSession, case_ids: Collection[UUID]) -> Sequence[CircleSeat]:
    """The live seats around several cases, the lead first, then in the order of admission."""
    return (
        await session.scalars(
            select(CircleSeat)
            .where(CircleSeat.case_id.in_(case_ids), CircleSeat.left_at.is_(None))
            .order_by(CircleSeat.part != "lead", CircleSeat.admitted_at)
        )
    ).all()


async def seat(
    session: AsyncSession, *, agency_id: UUID, case_id: UUID | None = None, referral_id: UUID | None = None
) -> CircleSeat | None:
    """An agency's live seat around a case or a referral."""
    asked = select(CircleSeat).where(CircleSeat.agency_id == agency_id, CircleSeat.left_at.is_(None))
    asked = (
        asked.where(CircleSeat.case_id == case_id) if case_id else asked.where(CircleSeat.referral_id == referral_id)
    )
    return await session.scalar(asked)


async def seats_at_referral(session: AsyncSession, referral_id: UUID) -> Sequence[CircleSeat]:
    return (
        await session.scalars(
            select(CircleSeat).where(CircleSeat.referral_id == referral_id, CircleSeat.left_at.is_(None))
        )
    ).all()
