"""Asking who stands where, under which agreement, and who was let in by name."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.sharing import scope
from hub.sharing.tables import (
    Agreement,
    AgreementPartner,
    CaseAgreement,
    CaseGrant,
    CircleSeat,
)


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


async def live_grant(session: AsyncSession, worker_id: UUID, case_id: UUID) -> CaseGrant | None:
    """What lets this worker into this case by name now, the longest-lasting first."""
    return await session.scalar(
        select(CaseGrant)
        .where(
            CaseGrant.case_id == case_id,
            CaseGrant.worker_id == worker_id,
            CaseGrant.ended_at.is_(None),
            CaseGrant.starts_at <= func.statement_timestamp(),
            CaseGrant.ends_at > func.statement_timestamp(),
        )
        .order_by(CaseGrant.ends_at.desc())
        .limit(1)
    )


async def live_agreement(session: AsyncSession, agency_id: UUID, case_id: UUID) -> Agreement | None:
    """The agreement that covers a case, when it is in force and this agency has signed it."""
    return await session.scalar(
        select(Agreement)
        .join(CaseAgreement, CaseAgreement.agreement_id == Agreement.id)
        .join(AgreementPartner, AgreementPartner.agreement_id == Agreement.id)
        .where(
            CaseAgreement.case_id == case_id,
            CaseAgreement.ended_at.is_(None),
            scope.agreement_in_force(),
            AgreementPartner.agency_id == agency_id,
            AgreementPartner.signed_at.is_not(None),
            AgreementPartner.left_at.is_(None),
        )
    )


async def agreement_for(session: AsyncSession, scheme: str, agencies: Collection[UUID]) -> Agreement | None:
    """The agreement in force that fits a scheme and that most of these agencies have signed."""
    signed = (
        select(AgreementPartner.agreement_id, func.count().label("signed"))
        .where(
            AgreementPartner.agency_id.in_(agencies),
            AgreementPartner.signed_at.is_not(None),
            AgreementPartner.left_at.is_(None),
        )
        .group_by(AgreementPartner.agreement_id)
        .subquery()
    )
    return await session.scalar(
        select(Agreement)
        .join(signed, signed.c.agreement_id == Agreement.id)
        .where(Agreement.tier == 2, scope.agreement_in_force(), Agreement.schemes.contains([scheme]))
        .order_by(signed.c.signed.desc(), Agreement.starts_on.desc())
        .limit(1)
    )


async def covering(session: AsyncSession, case_id: UUID) -> CaseAgreement | None:
    """The standing link between a case and its agreement."""
    return await session.scalar(
        select(CaseAgreement).where(CaseAgreement.case_id == case_id, CaseAgreement.ended_at.is_(None))
    )


async def signed_agencies(session: AsyncSession, case_id: UUID) -> set[UUID]:
    """The agencies that have signed the live agreement which covers a case; empty when there is none."""
    return set(
        await session.scalars(
            select(AgreementPartner.agency_id)
            .join(CaseAgreement, CaseAgreement.agreement_id == AgreementPartner.agreement_id)
            .join(Agreement, Agreement.id == AgreementPartner.agreement_id)
            .where(
                CaseAgreement.case_id == case_id,
                CaseAgreement.ended_at.is_(None),
                scope.agreement_in_force(),
                AgreementPartner.signed_at.is_not(None),
                AgreementPartner.left_at.is_(None),
            )
        )
    )
