"""Asking what was shared."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
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


def _owed(worker_id: UUID, agency_id: UUID) -> ColumnElement[bool]:
    return and_(
        Disclosure.by_worker_id == worker_id,
        Disclosure.from_agency_id == agency_id,
        Disclosure.basis_due_at.is_not(None),
        Disclosure.basis_completed_at.is_(None),
    )


def count_bases_owed(worker_id: UUID, agency_id: UUID, visible: ColumnElement[bool]) -> Any:
    """How many things that this worker shared in an emergency still wait for their basis, to be added to other counts."""
    return (
        select(func.count(Disclosure.subject_id.distinct()))
        .where(_owed(worker_id, agency_id), visible)
        .scalar_subquery()
    )


async def bases_owed(
    session: AsyncSession, worker_id: UUID, agency_id: UUID, visible: ColumnElement[bool]
) -> Sequence[tuple[UUID, UUID, datetime]]:
    """The case, the thing and the time of each basis that this worker owes, the soonest first; one for each thing."""
    rows = await session.execute(
        select(Disclosure.case_id, Disclosure.subject_id, func.min(Disclosure.basis_due_at))
        .where(_owed(worker_id, agency_id), visible)
        .group_by(Disclosure.case_id, Disclosure.subject_id)
        .order_by(func.min(Disclosure.basis_due_at))
    )
    return [(row[0], row[1], row[2]) for row in rows]
