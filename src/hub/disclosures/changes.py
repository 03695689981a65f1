"""Writing the disclosure ledger. It is written by the act of sharing; nobody types it again."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.disclosures import queries
from hub.disclosures.rules import Grounds, Trigger, basis_due
from hub.disclosures.tables import Disclosure
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.sharing.rules import Viewer


async def give(
    session: AsyncSession,
    *,
    case_id: UUID,
    subject_type: str,
    subject_id: UUID,
    trigger: Trigger,
    grounds: Grounds,
    from_agency_id: UUID,
    to_agencies: Collection[UUID] = (),
    to_workers: Collection[UUID] = (),
    by: Actor,
    at: datetime,
) -> None:
    """Notes that one thing was shared with several agencies, or with guests by name. Those who have it already are left out.

    The act that shares is in the ledger as itself; this is what it shared.
    """
    held = {(row.to_agency_id, row.to_worker_id) for row in await queries.of_subject(session, subject_id)}
    to: list[tuple[UUID | None, UUID | None]] = [(agency_id, None) for agency_id in to_agencies]
    to += [(None, worker_id) for worker_id in to_workers]
    new = [one for one in dict.fromkeys(to) if one not in held]
    due = basis_due(at) if grounds.emergency and not grounds.complete else None
    session.add_all(
        Disclosure(
            case_id=case_id,
            subject_type=subject_type,
            subject_id=subject_id,
            trigger=trigger.value,
            from_agency_id=from_agency_id,
            by_worker_id=by.worker_id,
            to_agency_id=agency_id,
            to_worker_id=worker_id,
            agreement_id=grounds.agreement_id,
            purpose=grounds.purpose,
            power=grounds.power,
            bases=list(grounds.bases),
            regime=grounds.regime,
            given_at=at,
            emergency=grounds.emergency,
            basis_due_at=due,
        )
        for agency_id, worker_id in new
    )
    await session.flush()


async def acknowledge(session: AsyncSession, *, case_id: UUID, by: Viewer, at: datetime) -> None:
    """Says for one's agency that what was shared with it in this case has been received and read."""
    for row in await queries.unacknowledged(session, case_id, by.agency_id):
        row.acknowledged_by, row.acknowledged_at = by.worker_id, at
    await record(session, Kind.disclosure_acknowledged, by=by, at=at, case_id=case_id)


async def complete_basis(
    session: AsyncSession, *, case_id: UUID, subject_id: UUID, grounds: Grounds, by: Viewer, at: datetime
) -> None:
    """Gives the basis of what was shared in an emergency. Raises Refused when something of it is missing."""
    if not grounds.complete:
        raise Refused("Choose a purpose, a power and a basis", field="purpose")
    waiting = [
        row
        for row in await queries.of_subject(session, subject_id)
        if row.basis_due_at is not None and row.basis_completed_at is None and row.from_agency_id == by.agency_id
    ]
    if not waiting:
        raise Conflict("The basis has been given already.")
    for row in waiting:
        row.purpose, row.power, row.bases = grounds.purpose, grounds.power, list(grounds.bases)
        row.basis_completed_at = at
    await record(session, Kind.disclosure_basis_completed, by=by, at=at, case_id=case_id, thread=subject_id)
