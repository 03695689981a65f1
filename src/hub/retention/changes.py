"""Keeping a case longer, holding it, and disposing of it by two people."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import partnership
from hub.cases.tables import Case
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import HUB, Actor, Kind
from hub.ids import spoken_reference
from hub.london import from_london, london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.retention import queries
from hub.retention.rules import (
    DisposalState,
    HoldReason,
    check_disposable,
    check_hold,
    check_second,
    check_stay,
    check_typed,
    digest_of,
    years_after,
)
from hub.retention.tables import (
    Disposal,
    DisposalBatch,
    DisposalCertificate,
    RetentionHold,
    RetentionRound,
    RetentionStay,
)
from hub.sharing.rules import Viewer

TOLD_AT = 8
"""The hour of the day, in London, at which guardians are told."""
TOLD_AGAIN_AFTER = timedelta(days=7)


async def keep_longer(
    session: AsyncSession, case: Case, *, years: int, reason: str, by: Viewer, at: datetime
) -> RetentionStay:
    """Keeps a closed case for more years from today. Raises Refused, and Conflict when it is open or proposed."""
    check_stay(years, reason)
    if case.closed_at is None:
        raise Conflict("The case is open. Its time begins when it is closed.")
    if await queries.standing_disposal(session, case.id):
        raise Conflict("It is proposed for disposal. Withdraw the proposal first.")
    stay = RetentionStay(
        case_id=case.id,
        years=years,
        until=years_after(london(at).date(), years),
        reason=reason,
        decided_by=by.worker_id,
        decided_at=at,
    )
    session.add(stay)
    await session.flush()
    await record(session, Kind.retention_extended, by=by, at=at, case_id=case.id, subject=stay, years=years)
    return stay


async def hold(
    session: AsyncSession,
    case: Case,
    *,
    reason_code: HoldReason,
    words: str,
    review_on: date,
    by: Viewer,
    at: datetime,
) -> RetentionHold:
    """Holds a case, open or closed: it is not disposed of until somebody lifts the hold. What was proposed is withdrawn."""
    check_hold(words, review_on, london(at).date())
    if await queries.live_holds(session, [case.id]):
        raise Conflict("It is on hold already.")
    standing = await queries.standing_disposal(session, case.id)
    if standing is not None:
        standing.state, standing.ended_at = DisposalState.withdrawn.value, at
    placed = RetentionHold(
        case_id=case.id,
        reason_code=reason_code.value,
        words=words,
        review_on=review_on,
        placed_by=by.worker_id,
        placed_at=at,
    )
    session.add(placed)
    await session.flush()
    await record(
        session, Kind.retention_held, by=by, at=at, case_id=case.id, subject=placed, reason=reason_code.value,
        withdrawn=standing.id if standing else None,
    )  # fmt: skip
    return placed


async def lift(session: AsyncSession, case: Case, *, because: str, by: Viewer, at: datetime) -> None:
    """Lifts the hold of a case, and says why."""
    if not because.strip():
        raise Refused("Say why it is no longer held", field="because")
    held = await queries.live_holds(session, [case.id])
    if not held:
        raise Conflict("It is not on hold.")
    held[0].lifted_by, held[0].lifted_at, held[0].lifted_because = by.worker_id, at, because
    await record(session, Kind.retention_released, by=by, at=at, case_id=case.id, subject=held[0])


async def propose(session: AsyncSession, case: Case, *, by: Viewer, at: datetime) -> Disposal:
    """Proposes to dispose of a case, and tells the other guardians of the agency. Raises Conflict."""
    found = await queries.keeping(session, case)
    check_disposable(found.situation, london(at).date())
    if found.disposal is not None:
        raise Conflict("It is proposed already.")
    disposal = Disposal(case_id=case.id, proposed_by=by.worker_id, proposed_at=at)
    session.add(disposal)
    await session.flush()
    for other in await queries.guardians(session, by.agency_id, at):
        if other.id != by.worker_id:
            await notices.write(
                session,
                NoticeKind.disposal_proposed,
                worker_id=other.id,
                subject_id=case.id,
                case_id=case.id,
                link="/retention?show=proposed",
                at=at,
            )
    await record(session, Kind.disposal_proposed, by=by, at=at, case_id=case.id, subject=disposal)
    return disposal


async def withdraw(session: AsyncSession, case: Case, *, by: Viewer, at: datetime) -> None:
    """Takes a proposal back. Raises Conflict when there is none, or its turn has come."""
    standing = await queries.standing_disposal(session, case.id)
    if standing is None or standing.state != DisposalState.proposed.value:
        raise Conflict("There is no proposal to withdraw.")
    standing.state, standing.ended_at = DisposalState.withdrawn.value, at
    await record(session, Kind.disposal_withdrawn, by=by, at=at, case_id=case.id, subject=standing)


async def dispose_now(
    session: AsyncSession, case: Case, *, typed: str, by: Viewer, at: datetime
) -> DisposalCertificate:
    """Confirms what another guardian proposed, and disposes of the case at once. Raises Refused and Conflict."""
    standing = await queries.standing_disposal(session, case.id)
    if standing is None or standing.state != DisposalState.proposed.value:
        raise Conflict("Nobody has proposed to dispose of this record.")
    check_second(standing.proposed_by, by.worker_id)
    check_typed(typed, case.reference)
    standing.state, standing.confirmed_by, standing.confirmed_at = DisposalState.confirmed.value, by.worker_id, at
    return await carry_out(session, standing, case, by=by, at=at)


async def carry_out(
    session: AsyncSession, disposal: Disposal, case: Case, *, by: Actor, at: datetime
) -> DisposalCertificate:
    """Disposes of a case that two guardians have agreed on, in one transaction, and writes the certificate.

    The words go from every room; what is left says that there was a case. The ledger keeps its entries, which hold
    identities and codes. Raises Conflict when something has come in the way since.
    """
    found = await queries.keeping(session, case)
    check_disposable(found.situation, london(at).date())
    if found.kept is None or case.closed_at is None or disposal.confirmed_by is None or disposal.confirmed_at is None:
        raise Conflict("Two information guardians confirm it first.")
    agency_id = await queries.lead_of(session, case.id)
    house = await partnership(session)
    await session.flush()
    counts = await queries.dispose(session, disposal.id)
    disposal.state, disposal.ended_at = DisposalState.done.value, at
    certificate = DisposalCertificate(
        number=spoken_reference(f"{house.reference_prefix}-D"),
        disposal_id=disposal.id,
        case_id=case.id,
        reference=case.reference,
        scheme=case.scheme,
        agency_id=agency_id,
        agreement_id=found.kept.term.agreement_id,
        agreement_title=found.kept.term.title,
        closed_on=london(case.closed_at).date(),
        kept_until=found.kept.until,
        proposed_by=disposal.proposed_by,
        proposed_at=disposal.proposed_at,
        confirmed_by=disposal.confirmed_by,
        confirmed_at=disposal.confirmed_at,
        disposed_at=at,
        counts=counts,
    )
    certificate.digest = digest_of(certificate.said)
    session.add(certificate)
    await session.flush()
    await record(
        session,
        Kind.case_disposed,
        by=by,
        at=at,
        case_id=case.id,
        subject=certificate,
        agreement=certificate.agreement_id,
        digest=certificate.digest,
    )
    return certificate


# --- Several at once --------------------------------------------------------------------------------------------


async def choose(session: AsyncSession, references: Collection[str], *, by: Viewer, at: datetime) -> DisposalBatch:
    """Gathers several proposed records, by the references that were typed, to be confirmed together. Raises Refused."""
    if not references:
        raise Refused("Type the reference of each record", field="references")
    found = {case.reference: disposal for case, disposal in await queries.proposals(session, by, references)}
    unknown = [one for one in references if one not in found]
    if unknown:
        raise Refused(f"{unknown[0]} is not among the records that wait for a second guardian", field="references")
    mine = [reference for reference, disposal in found.items() if disposal.proposed_by == by.worker_id]
    if mine:
        raise Refused(f"You proposed {mine[0]} yourself. Another guardian confirms it", field="references")
    batch = DisposalBatch(agency_id=by.agency_id, made_by=by.worker_id, made_at=at)
    session.add(batch)
    await session.flush()
    for disposal in found.values():
        disposal.batch_id, disposal.refused = batch.id, ""
    await record(session, Kind.disposals_chosen, by=by, at=at, subject=batch, ids=[one.id for one in found.values()])
    return batch


async def start(session: AsyncSession, batch: DisposalBatch, *, by: Viewer, at: datetime) -> None:
    """Confirms every record of a batch; the Hub's clock disposes of them one after another. Raises Conflict."""
    if batch.started_at is not None:
        raise Conflict("These have been confirmed already.")
    items = [
        one for one, _ in await queries.items_of(session, batch.id, hold=True) if one.state == DisposalState.proposed
    ]
    for disposal in items:
        check_second(disposal.proposed_by, by.worker_id)
        disposal.state, disposal.confirmed_by, disposal.confirmed_at = DisposalState.confirmed.value, by.worker_id, at
    batch.started_at = at
    await record(session, Kind.disposals_started, by=by, at=at, subject=batch, ids=[one.id for one in items])


async def stop(session: AsyncSession, batch: DisposalBatch, *, by: Viewer, at: datetime) -> int:
    """Stops a batch between two records: those not yet disposed of are proposals again. Says how many."""
    waiting = [
        one for one, _ in await queries.items_of(session, batch.id, hold=True) if one.state == DisposalState.confirmed
    ]
    for disposal in waiting:
        _set_back(disposal, "stopped")
    batch.stopped_at = at
    await record(session, Kind.disposals_stopped, by=by, at=at, subject=batch, ids=[one.id for one in waiting])
    return len(waiting)


async def set_back(session: AsyncSession, disposal: Disposal, *, because: str, at: datetime) -> None:
    """Makes a proposal again of what could not be disposed of when its turn came, and says why."""
    _set_back(disposal, because)
    await record(session, Kind.disposal_set_back, by=HUB, at=at, case_id=disposal.case_id, subject=disposal)


def _set_back(disposal: Disposal, because: str) -> None:
    disposal.state, disposal.refused = DisposalState.proposed.value, because
    disposal.confirmed_by = disposal.confirmed_at = None


# --- Telling the guardians --------------------------------------------------------------------------------------


def next_round(at: datetime) -> datetime:
    """Eight o'clock in London on the next day."""
    return from_london(london(at).date() + timedelta(days=1), TOLD_AT)


async def tell_guardians(session: AsyncSession, due: RetentionRound, *, at: datetime) -> int:
    """Tells an agency's guardians that records wait for them: when new ones have come up, and weekly while any wait."""
    today = london(at).date()
    told_on = london(due.told_at).date() if due.told_at else None
    waiting, fresh = await queries.waiting_at(session, due.agency_id, today, after=told_on)
    again = due.told_at is None or at - due.told_at >= TOLD_AGAIN_AFTER
    due.due_at = next_round(at)
    people: list[UUID] = []
    if fresh or (waiting and again):
        due.told_at = at
        for guardian in await queries.guardians(session, due.agency_id, at):
            people.append(guardian.id)
            await notices.write(
                session,
                NoticeKind.retention_due,
                worker_id=guardian.id,
                subject_id=due.agency_id,
                link="/retention",
                at=at,
            )
    await record(session, Kind.guardians_told, by=HUB, at=at, agency=due.agency_id, told=people, count=waiting)
    return len(people)
