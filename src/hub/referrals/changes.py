"""What people do with a referral: say who is meant, rate it, decide it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import partnership
from hub.cases.rules import Rating, check_reason
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.london import london
from hub.referrals import contract, queries
from hub.referrals.opening import identify, settle
from hub.referrals.rules import STATE_AFTER, Decision, State, Urgency, check_decision, respond_by
from hub.referrals.tables import Referral, ReferralPerson
from hub.sharing.rules import Viewer


async def decide_match(
    session: AsyncSession,
    referral: Referral,
    row: ReferralPerson,
    event: dict[str, Any],
    *,
    same_as: UUID | None,
    by: Viewer,
    at: datetime,
) -> None:
    """A person says whether somebody named here is the one we know, or somebody new. Never merged in silence."""
    if row.match != "perhaps":
        raise Conflict("Somebody else has already answered this.")
    told = contract.read(event, today=london(at).date())
    named = next(person for person in told.people if person.label == row.label)
    if same_as is not None and same_as not in (row.perhaps or []):
        raise Refused("Choose one of the people shown, or “Somebody new”", field="person")
    await identify(session, row, named, referral, same_as, by, at)
    row.decided_by = by.worker_id
    await session.flush()
    known = {other.label: other.person_id for other in (await queries.people_of(session, [referral.id]))[referral.id]}
    await settle(session, referral, told, known, by, at)
    await record(
        session,
        Kind.person_match_decided,
        by=by,
        at=at,
        referral_id=referral.id,
        person_id=row.person_id,
        subject=row,
        match=row.match,
    )


async def rate(
    session: AsyncSession, referral: Referral, *, rating: Rating, reason: str, by: Viewer, at: datetime
) -> None:
    """Rates a referral, with the reason; its clock is that of the rating from now on."""
    check_reason(reason)
    if referral.decided_at is not None:
        raise Conflict("This referral has been decided.")
    before = referral.rating
    referral.rating, referral.rating_reason, referral.rated_at, referral.rated_by = (
        rating.value,
        reason,
        at,
        by.worker_id,
    )
    clocks = (await partnership(session)).clocks
    referral.respond_by = respond_by(
        referral.received_at, rating, rated_at=at, urgency=Urgency(referral.urgency), clocks=clocks
    )
    await record(
        session,
        Kind.referral_rated,
        by=by,
        at=at,
        referral_id=referral.id,
        subject=referral,
        was=before,
        rating=rating.value,
    )


async def lock_undecided(session: AsyncSession, referral: Referral) -> None:
    """Holds a referral for deciding. Raises Conflict when somebody has decided it meanwhile: a decision is made once."""
    await queries.lock(session, referral)
    if referral.decided_at is not None:
        raise Conflict("Somebody else has decided this referral. Reload the page to see what was decided.")


async def decide(
    session: AsyncSession,
    referral: Referral,
    *,
    decision: Decision,
    reason: str,
    feedback: str,
    case_id: UUID | None = None,
    by: Viewer,
    at: datetime,
) -> None:
    """Decides a referral, with the reason and what the referrer is told. A decision is made once.

    `case_id` is the case that was opened for it or that it joined.
    """
    await lock_undecided(session, referral)
    unmatched = sum(row.match == "perhaps" for row in (await queries.people_of(session, [referral.id]))[referral.id])
    check_decision(decision, reason, unmatched=unmatched)
    referral.decision, referral.decision_reason, referral.feedback = decision.value, reason, feedback
    referral.decided_at, referral.decided_by, referral.case_id = at, by.worker_id, case_id
    if referral.state != State.withdrawn:
        referral.state = STATE_AFTER[decision].value
    await record(
        session,
        Kind.referral_decided,
        by=by,
        at=at,
        referral_id=referral.id,
        case_id=case_id,
        subject=referral,
        decision=decision.value,
    )
