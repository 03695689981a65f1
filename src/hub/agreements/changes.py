"""Drafting an agreement, signing it for one's agency, leaving it and ending it."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agreements import queries
from hub.agreements.rules import Draft, check_draft
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.london import london
from hub.sharing.tables import Agreement, AgreementPartner


async def draft(
    session: AsyncSession,
    drafted: Draft,
    *,
    tier: int = 2,
    umbrella_id: UUID | None = None,
    partners: Collection[UUID],
    items: str = "",
    handling: str = "",
    keeps_sides_apart: bool = False,
    retention_years: int = 6,
    retention_child_age: int | None = None,
    by: Actor,
    at: datetime,
) -> Agreement:
    """Writes an agreement down; it is good for an agency once that agency has signed it."""
    check_draft(drafted)
    if tier == 2 and umbrella_id is None:
        raise Refused("Choose the charter that it stands under", field="umbrella")
    agreement = Agreement(
        tier=tier,
        umbrella_id=umbrella_id,
        title=drafted.title,
        schemes=list(drafted.schemes),
        purposes=list(drafted.purposes),
        powers=list(drafted.powers),
        bases=list(drafted.bases),
        items=items,
        handling=handling,
        keeps_sides_apart=keeps_sides_apart,
        retention_years=retention_years,
        retention_child_age=retention_child_age,
        starts_on=drafted.starts_on,
        review_on=drafted.review_on,
        ends_on=drafted.ends_on,
        drafted_by=by.worker_id,
        drafted_at=at,
    )
    session.add(agreement)
    await session.flush()
    session.add_all([AgreementPartner(agreement_id=agreement.id, agency_id=agency_id) for agency_id in partners])
    await session.flush()
    await record(session, Kind.agreement_drafted, by=by, at=at, subject=agreement, tier=tier)
    return agreement


async def sign(session: AsyncSession, agreement: Agreement, *, agency_id: UUID, by: Actor, at: datetime) -> None:
    """Signs for one's agency: from the next request on, its workers share and read under it."""
    partner = await _partner(session, agreement, agency_id)
    if partner.signed_at is not None and partner.left_at is None:
        raise Conflict("Your agency has signed this agreement already.")
    partner.signed_by, partner.signed_at, partner.left_at = by.worker_id, at, None
    await record(session, Kind.agreement_signed, by=by, at=at, subject=agreement, agency=agency_id)


async def leave(session: AsyncSession, agreement: Agreement, *, agency_id: UUID, by: Actor, at: datetime) -> None:
    """Takes one's agency out of an agreement: from the next request on, nothing is shared with it under it."""
    partner = await _partner(session, agreement, agency_id)
    if partner.signed_at is None or partner.left_at is not None:
        raise Conflict("Your agency is not party to this agreement.")
    partner.left_at = at
    await record(session, Kind.agreement_left, by=by, at=at, subject=agreement, agency=agency_id)


async def end(session: AsyncSession, agreement: Agreement, *, on: date, by: Actor, at: datetime) -> None:
    """Ends an agreement on a day, today at the earliest."""
    if on < london(at).date():
        raise Refused("The end cannot lie in the past", field="ends_on")
    if on <= agreement.starts_on:
        raise Refused("The end comes after the start", field="ends_on")
    agreement.ends_on = on
    await record(session, Kind.agreement_ended, by=by, at=at, subject=agreement, on=str(on))


async def _partner(session: AsyncSession, agreement: Agreement, agency_id: UUID) -> AgreementPartner:
    rows = (await queries.partners(session, [agreement.id]))[agreement.id]
    found = next((row for row in rows if row.agency_id == agency_id), None)
    if found is None:
        raise Refused("Your agency is not named in this agreement.")
    return found
