"""Restricting a case, opening one in an emergency, inviting a guest, and ending each of them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.access import queries
from hub.access.rules import (
    EMERGENCY,
    EmergencyReason,
    KeepingReason,
    check_emergency_reason,
    check_named,
    check_until,
    review_due,
)
from hub.agencies.tables import Worker
from hub.cases.queries import accountable_for
from hub.cases.rules import check_reason
from hub.cases.tables import Case
from hub.contributions import changes as contributions
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.london import from_london, london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.sharing.queries import circles, live_grant
from hub.sharing.rules import GrantKind, Part, Restriction, Role, Viewer
from hub.sharing.tables import CaseGrant, CaseRestriction, RestrictionWorker


async def restrict(
    session: AsyncSession,
    *,
    case_id: UUID,
    person_id: UUID | None = None,
    mode: Restriction,
    reason_code: KeepingReason,
    reason: str,
    workers: Collection[UUID],
    by: Viewer,
    at: datetime,
) -> CaseRestriction:
    """Keeps a case, or every case of a person in it, from some; from the next request on it is so."""
    check_reason(reason)
    answering = await accountable_for(session, "case", case_id)
    kept = check_named(
        mode, workers, keeper=by.worker_id, accountable=answering.worker_id if answering is not None else None
    )
    restriction = CaseRestriction(
        case_id=None if person_id else case_id,
        person_id=person_id,
        mode=mode.value,
        reason_code=reason_code.value,
        reason=reason,
        set_by=by.worker_id,
        set_at=at,
    )
    session.add(restriction)
    await session.flush()
    session.add_all(
        [RestrictionWorker(restriction_id=restriction.id, worker_id=worker_id, named_at=at) for worker_id in kept]
    )
    await session.flush()
    await record(
        session,
        Kind.case_restricted,
        by=by,
        at=at,
        case_id=case_id,
        person_id=person_id,
        subject=restriction,
        mode=mode.value,
        reason=reason_code.value,
        workers=kept,
    )
    return restriction


async def rename_restricted(
    session: AsyncSession,
    restriction: CaseRestriction,
    *,
    case_id: UUID,
    workers: Collection[UUID],
    by: Viewer,
    at: datetime,
) -> None:
    """Names others in a restriction: those left out are named no more."""
    answering = await accountable_for(session, "case", case_id)
    wanted = check_named(
        Restriction(restriction.mode),
        workers,
        keeper=by.worker_id,
        accountable=answering.worker_id if answering is not None else None,
    )
    held = {row.worker_id: row for row in (await queries.named(session, [restriction.id]))[restriction.id]}
    for worker_id, row in held.items():
        if worker_id not in wanted:
            row.ended_at = at
    session.add_all(
        [
            RestrictionWorker(restriction_id=restriction.id, worker_id=worker_id, named_at=at)
            for worker_id in wanted
            if worker_id not in held
        ]
    )
    await session.flush()
    await record(
        session,
        Kind.case_restriction_changed,
        by=by,
        at=at,
        case_id=case_id,
        subject=restriction,
        workers=wanted,
    )


async def lift(session: AsyncSession, restriction: CaseRestriction, *, case_id: UUID, by: Viewer, at: datetime) -> None:
    """Ends a restriction."""
    restriction.lifted_at = at
    await record(session, Kind.case_restriction_lifted, by=by, at=at, case_id=case_id, subject=restriction)


async def open_in_emergency(
    session: AsyncSession, case: Case, *, reason_code: EmergencyReason, reason: str, by: Viewer, at: datetime
) -> CaseGrant:
    """Opens a case for four hours to a worker outside its circle, to read.

    The person who answers for the case and the information guardians of the leading agency and of the worker's own
    are told at once, in letters that name nobody.
    """
    check_emergency_reason(reason)
    if await live_grant(session, by.worker_id, case.id) is not None:
        raise Conflict("You have this case open already.")
    grant = CaseGrant(
        kind=GrantKind.emergency.value,
        case_id=case.id,
        worker_id=by.worker_id,
        reason_code=reason_code.value,
        reason=reason,
        given_by=by.worker_id,
        starts_at=at,
        ends_at=at + EMERGENCY,
        review_due_at=review_due(at),
    )
    session.add(grant)
    await session.flush()
    await record(
        session,
        Kind.case_opened_in_emergency,
        by=by,
        at=at,
        case_id=case.id,
        subject=grant,
        reason=reason_code.value,
        until=grant.ends_at,
    )
    lead = [seat.agency_id for seat in await circles(session, [case.id]) if seat.part == Part.lead]
    links = {one.id: "/emergency/reviews" for one in await queries.guardians(session, [*lead, by.agency_id], at)}
    answering = await accountable_for(session, "case", case.id)
    if answering is not None:
        links.setdefault(answering.worker_id, f"/cases/{ref(case.id)}/sharing")
    links.pop(by.worker_id, None)
    for worker_id, link in sorted(links.items()):
        await notices.write(
            session,
            NoticeKind.opened_in_emergency,
            worker_id=worker_id,
            subject_id=grant.id,
            case_id=case.id,
            link=link,
            at=at,
        )
    return grant


async def refuse_emergency(session: AsyncSession, *, reference: str, by: Viewer, at: datetime) -> None:
    """Remembers a try to open what cannot be opened in this way."""
    await record(session, Kind.emergency_refused, by=by, at=at, reference=reference[:20])


async def review(
    session: AsyncSession, grant: CaseGrant, *, justified: bool, words: str, by: Viewer, at: datetime
) -> None:
    """Says afterwards whether opening a case in an emergency was right. Nobody reviews their own."""
    if grant.reviewed_at is not None:
        raise Conflict("This has been reviewed already.")
    if grant.worker_id == by.worker_id:
        raise Refused("You cannot review what you opened yourself")
    check_reason(words, "words")
    grant.reviewed_at, grant.reviewed_by = at, by.worker_id
    grant.justified, grant.review = justified, words
    await record(
        session, Kind.emergency_reviewed, by=by, at=at, case_id=grant.case_id, subject=grant, justified=justified
    )


async def invite_guest(
    session: AsyncSession, *, case_id: UUID, guest: Worker, until: date, why: str, by: Viewer, at: datetime
) -> CaseGrant:
    """Lets a guest by name read one case and contribute to it, until the end of a day."""
    check_reason(why, "why")
    check_until(until, london(at).date())
    if Role.guest not in {Role(role) for role in guest.roles}:
        raise Refused("Choose somebody who is a guest: others have their agency’s own seat", field="email")
    if await live_grant(session, guest.id, case_id) is not None:
        raise Conflict("This guest is at the case already.")
    grant = CaseGrant(
        kind=GrantKind.guest.value,
        case_id=case_id,
        worker_id=guest.id,
        reason_code=GrantKind.guest.value,
        reason=why,
        given_by=by.worker_id,
        starts_at=at,
        ends_at=from_london(until + timedelta(days=1), 0),
    )
    session.add(grant)
    await session.flush()
    await record(session, Kind.guest_invited, by=by, at=at, case_id=case_id, subject=grant, worker=guest.id)
    await contributions.share_with_guest(session, case_id, worker_id=guest.id, by=by, at=at)
    return grant


async def end_grant(session: AsyncSession, grant: CaseGrant, *, by: Viewer, at: datetime) -> None:
    """Ends what let somebody in by name, before its time."""
    if grant.ended_at is not None or grant.ends_at <= at:
        raise Conflict("This has ended already.")
    grant.ended_at = at
    kind = Kind.scrutiny_ended if grant.kind == GrantKind.scrutiny else Kind.guest_ended
    await record(session, kind, by=by, at=at, case_id=grant.case_id, subject=grant, worker=grant.worker_id)
