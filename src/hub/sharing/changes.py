"""Admitting an agency to a circle, releasing it, and putting a case under an agreement."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.sharing import queries
from hub.sharing.rules import Part, Side
from hub.sharing.tables import CaseAgreement, CircleSeat


async def admit(
    session: AsyncSession,
    *,
    agency_id: UUID,
    case_id: UUID | None = None,
    referral_id: UUID | None = None,
    part: Part = Part.member,
    basis: str = "",
    contact_id: UUID | None = None,
    early_reason: str = "",
    by: Actor,
    at: datetime,
) -> CircleSeat:
    """Gives an agency a seat around a case or a referral; from the next request on, its workers see it.

    An agency that already has a live seat keeps it, and the seat is returned.
    """
    held = await queries.seat(session, agency_id=agency_id, case_id=case_id, referral_id=referral_id)
    if held is not None:
        return held
    admitted = CircleSeat(
        agency_id=agency_id,
        case_id=case_id,
        referral_id=referral_id,
        contact_id=contact_id,
        part=part.value,
        basis=basis,
        admitted_by=by.worker_id,
        early_reason=early_reason,
        admitted_at=at,
    )
    session.add(admitted)
    await session.flush()
    await record(
        session,
        Kind.agency_admitted,
        by=by,
        at=at,
        case_id=case_id,
        referral_id=referral_id,
        subject=admitted,
        agency=agency_id,
        part=part.value,
    )
    return admitted


async def name_contact(
    session: AsyncSession, seat: CircleSeat, *, worker_id: UUID, by: Actor, at: datetime
) -> CircleSeat:
    """Names the person to ring at an agency for this case."""
    seat.contact_id = worker_id
    await record(
        session,
        Kind.contact_named,
        by=by,
        at=at,
        case_id=seat.case_id,
        referral_id=seat.referral_id,
        subject=seat,
        agency=seat.agency_id,
        worker=worker_id,
    )
    return seat


async def release(session: AsyncSession, seat: CircleSeat, *, by: Actor, at: datetime) -> None:
    """Ends an agency's seat; from the next request on, its workers see the case no more. The lead cannot be released."""
    if seat.part == Part.lead:
        raise Refused("The lead agency cannot leave. Name another lead first.", field="agency")
    seat.left_at = at
    await record(
        session,
        Kind.agency_left,
        by=by,
        at=at,
        case_id=seat.case_id,
        referral_id=seat.referral_id,
        subject=seat,
        agency=seat.agency_id,
    )


async def cover(session: AsyncSession, *, case_id: UUID, agreement_id: UUID, by: Actor, at: datetime) -> CaseAgreement:
    """Puts a case under an agreement; the one before ends, and stays to be read."""
    standing = await queries.covering(session, case_id)
    if standing is not None and standing.agreement_id == agreement_id:
        return standing
    if standing is not None:
        standing.ended_at = at
        await session.flush()
    covered = CaseAgreement(case_id=case_id, agreement_id=agreement_id, since=at)
    session.add(covered)
    await session.flush()
    await record(
        session,
        Kind.case_covered if standing is None else Kind.case_agreement_changed,
        by=by,
        at=at,
        case_id=case_id,
        subject=covered,
        agreement=agreement_id,
    )
    return covered


async def choose_side(session: AsyncSession, seat: CircleSeat, *, side: Side | None, by: Actor, at: datetime) -> None:
    """Says on whose side of the family an agency works: what it writes from now on does not reach the other side."""
    seat.side = side.value if side else None
    await record(
        session,
        Kind.side_chosen,
        by=by,
        at=at,
        case_id=seat.case_id,
        subject=seat,
        agency=seat.agency_id,
        side=seat.side,
    )
