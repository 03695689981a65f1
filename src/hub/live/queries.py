"""Asking who may be told of an event, at the moment of telling."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Uuid as SQLUuid
from sqlalchemy import literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.tables import Event
from hub.live.rules import Heard
from hub.sharing.tables import CircleSeat


def heard(event: Event) -> Heard:
    return Heard(
        kind=event.kind,
        case_id=event.case_id,
        referral_id=event.referral_id,
        only_agencies=frozenset(event.only_agencies) if event.only_agencies is not None else None,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
    )


async def standing_around(
    session: AsyncSession, *, case_id: UUID | None, referral_id: UUID | None, agencies: Collection[UUID]
) -> tuple[set[UUID], set[UUID]]:
    """Which of these agencies stand around the case, and which around the referral, now."""
    rows = await session.execute(
        select(CircleSeat.agency_id, CircleSeat.case_id).where(
            CircleSeat.agency_id.in_(agencies),
            CircleSeat.left_at.is_(None),
            # A comparison with NULL is never true, so the half that is not asked for matches nothing.
            or_(
                CircleSeat.case_id == literal(case_id, SQLUuid), CircleSeat.referral_id == literal(referral_id, SQLUuid)
            ),
        )
    )
    at_case: set[UUID] = set()
    at_referral: set[UUID] = set()
    for agency_id, seated_at_case in rows:
        (at_case if seated_at_case is not None else at_referral).add(agency_id)
    return at_case, at_referral
