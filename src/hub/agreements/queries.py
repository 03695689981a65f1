"""Asking for agreements and who signed them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import NotFound
from hub.ids import from_ref
from hub.sharing import scope
from hub.sharing.tables import Agreement, AgreementPartner, CaseAgreement


async def agreements(session: AsyncSession) -> Sequence[Agreement]:
    """Every agreement of the partnership: they say nothing about anybody. Charters first, then by title."""
    return (await session.scalars(select(Agreement).order_by(Agreement.tier, Agreement.title))).all()


async def access_agreement(session: AsyncSession, ref: str) -> Agreement:
    """The agreement at an address. Raises NotFound."""
    agreement = await session.get(Agreement, from_ref(ref))
    if agreement is None:
        raise NotFound
    return agreement


async def partners(session: AsyncSession, agreement_ids: Collection[UUID]) -> dict[UUID, list[AgreementPartner]]:
    """The parties of several agreements, those who left among them."""
    found: dict[UUID, list[AgreementPartner]] = defaultdict(list)
    if agreement_ids:
        for row in await session.scalars(
            select(AgreementPartner).where(AgreementPartner.agreement_id.in_(agreement_ids))
        ):
            found[row.agreement_id].append(row)
    return found


async def cases_covered(session: AsyncSession) -> dict[UUID, int]:
    """How many cases each agreement covers now."""
    rows = await session.execute(
        select(CaseAgreement.agreement_id, func.count())
        .where(CaseAgreement.ended_at.is_(None))
        .group_by(CaseAgreement.agreement_id)
    )
    return {row[0]: row[1] for row in rows}


async def covers(session: AsyncSession, case_id: UUID) -> Agreement | None:
    """The agreement under which a case stands, live or not."""
    return await session.scalar(
        select(Agreement)
        .join(CaseAgreement, CaseAgreement.agreement_id == Agreement.id)
        .where(CaseAgreement.case_id == case_id, CaseAgreement.ended_at.is_(None))
    )


async def umbrella(session: AsyncSession, agreement: Agreement) -> Agreement | None:
    """The charter under which an agreement stands."""
    return await session.get(Agreement, agreement.umbrella_id) if agreement.umbrella_id else None


async def in_force(session: AsyncSession, agency_id: UUID) -> Sequence[Agreement]:
    """The agreements for a purpose that are live and that an agency has signed."""
    return (
        await session.scalars(
            select(Agreement)
            .join(AgreementPartner, AgreementPartner.agreement_id == Agreement.id)
            .where(
                Agreement.tier == 2,
                scope.agreement_in_force(),
                AgreementPartner.agency_id == agency_id,
                AgreementPartner.signed_at.is_not(None),
                AgreementPartner.left_at.is_(None),
            )
            .order_by(Agreement.title)
        )
    ).all()
