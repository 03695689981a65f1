"""Adding a contribution, correcting it with a new version, withdrawing it, commenting beside it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import agency_by_id
from hub.agreements.rules import regime_of
from hub.cases.rules import check_reason
from hub.contributions import queries
from hub.contributions.rules import Confidence, ContributionKind, Seated, check_audience, reached
from hub.contributions.tables import Comment, Contribution
from hub.disclosures import changes as disclosures
from hub.disclosures.rules import Grounds, Trigger, check_grounds
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.ids import new_id
from hub.london import london
from hub.sharing.queries import circles, live_agreement, signed_agencies
from hub.sharing.rules import Audience, Consent, Viewer


@dataclass(frozen=True)
class Said:
    """What a worker contributes, and for whom."""

    kind: ContributionKind
    words: str
    as_of: date
    confidence: Confidence = Confidence.certain
    audience: Audience = Audience.circle
    agencies: tuple[UUID, ...] = ()
    purpose: str = ""
    power: str = ""
    """Purpose and power are the agreement's first when they are left open."""
    emergency: bool = False
    consent: Consent = Consent.not_the_basis


def _reach(contribution: Contribution) -> list[UUID] | None:
    """The agencies that may know of an event about this contribution; None is everybody in the circle."""
    if contribution.audience == Audience.circle:
        return None
    return [contribution.agency_id, *(contribution.for_agencies or [])]


async def add(
    session: AsyncSession, *, case_id: UUID, said: Said, profession: str, circle: list[UUID], by: Viewer, at: datetime
) -> Contribution:
    """Adds a contribution in the lane of the author's agency, and writes down with whom it was shared.

    Raises Refused when it would leave the agency outside a live agreement and is no emergency.
    """
    contribution = _version(case_id, new_id(), 1, said, profession, circle, by, at)
    contribution.id = contribution.thread_id  # so that what names the contribution, and no version, is an address too
    await _ground(session, contribution, said, by)
    session.add(contribution)
    await session.flush()
    await _share(session, contribution, Trigger.contribution, by, at)
    await record(
        session,
        Kind.contribution_added,
        by=by,
        at=at,
        case_id=case_id,
        subject=contribution,
        only_agencies=_reach(contribution),
        kind_of=said.kind.value,
        thread=contribution.thread_id,
    )
    return contribution


async def _ground(session: AsyncSession, contribution: Contribution, said: Said, by: Viewer) -> None:
    """Fills in for what and by what right: what was chosen, and for the rest what the live agreement says."""
    contribution.regime = regime_of((await agency_by_id(session, by.agency_id)).sector).value
    contribution.purpose, contribution.power = said.purpose, said.power
    seats = await circles(session, [contribution.case_id])
    own = next((seat for seat in seats if seat.agency_id == by.agency_id), None)
    # A guest's agency has no seat and signs nothing: what a guest says is shared under the leading agency's agreement.
    party = by.agency_id if own is not None or not seats else seats[0].agency_id
    agreement = await live_agreement(session, party, contribution.case_id)
    if agreement is None:
        return
    contribution.agreement_id = agreement.id
    contribution.purpose = said.purpose or agreement.purposes[0]
    contribution.power = said.power or agreement.powers[0]
    contribution.bases = list(agreement.bases)
    contribution.side = own.side if own is not None and agreement.keeps_sides_apart else None


async def _share(session: AsyncSession, contribution: Contribution, trigger: Trigger, by: Actor, at: datetime) -> None:
    """Writes the disclosures of a contribution to the agencies that it reaches and that do not have it yet."""
    signed = await signed_agencies(session, contribution.case_id)
    circle = [
        Seated(seat.agency_id, seat.side, seat.agency_id in signed)
        for seat in await circles(session, [contribution.case_id])
    ]
    grounds = _grounds(contribution)
    others = [seat.agency_id for seat in circle if seat.agency_id != contribution.agency_id]
    if contribution.audience != Audience.own:
        check_grounds(grounds, others=others)
    to = reached(
        Audience(contribution.audience),
        contribution.for_agencies or [],
        owner=contribution.agency_id,
        side=contribution.side,
        emergency=contribution.emergency,
        consent=Consent(contribution.consent),
        circle=circle,
    )
    if to:
        await disclosures.give(
            session,
            case_id=contribution.case_id,
            subject_type="contribution",
            subject_id=contribution.thread_id,
            trigger=trigger,
            grounds=grounds,
            from_agency_id=contribution.agency_id,
            to_agencies=to,
            by=by,
            at=at,
        )


async def share_earlier(session: AsyncSession, case_id: UUID, *, by: Actor, at: datetime) -> None:
    """Writes down what an agency that joined the circle was given of what stood there before."""
    for contribution in await queries.standing(session, case_id):
        await _share(session, contribution, Trigger.admission, by, at)


async def share_with_guest(session: AsyncSession, case_id: UUID, *, worker_id: UUID, by: Actor, at: datetime) -> None:
    """Writes down what a guest was given by name: what is for the whole circle."""
    for contribution in await queries.standing(session, case_id):
        if contribution.audience == Audience.circle and contribution.consent != Consent.withdrawn:
            await disclosures.give(
                session,
                case_id=case_id,
                subject_type="contribution",
                subject_id=contribution.thread_id,
                trigger=Trigger.guest,
                grounds=_grounds(contribution),
                from_agency_id=contribution.agency_id,
                to_workers=[worker_id],
                by=by,
                at=at,
            )


def _grounds(contribution: Contribution) -> Grounds:
    return Grounds(
        purpose=contribution.purpose,
        power=contribution.power,
        bases=tuple(contribution.bases),
        regime=contribution.regime,
        agreement_id=contribution.agreement_id,
        emergency=contribution.emergency,
    )


async def change_consent(
    session: AsyncSession, contribution: Contribution, *, consent: Consent, by: Viewer, at: datetime
) -> None:
    """Notes that consent was given or withdrawn; once withdrawn, only the author's agency reads on."""
    if contribution.consent == Consent.not_the_basis:
        raise Refused("Consent is not the basis of this, so it cannot be withdrawn", field="consent")
    before = _reach(contribution)
    contribution.consent = consent.value
    await record(
        session,
        Kind.consent_changed,
        by=by,
        at=at,
        case_id=contribution.case_id,
        subject=contribution,
        only_agencies=before,
        thread=contribution.thread_id,
        consent=consent.value,
    )


def _version(
    case_id: UUID,
    thread_id: UUID,
    version: int,
    said: Said,
    profession: str,
    circle: list[UUID],
    by: Viewer,
    at: datetime,
) -> Contribution:
    if not said.words.strip():
        raise Refused("Enter what you know or think", field="words")
    if said.as_of > london(at).date():
        raise Refused("The date of the information cannot lie ahead", field="as_of")
    named = check_audience(said.audience, list(said.agencies), own=by.agency_id, circle=circle)
    return Contribution(
        thread_id=thread_id,
        version=version,
        case_id=case_id,
        agency_id=by.agency_id,
        author_id=by.worker_id,
        profession=profession,
        kind=said.kind.value,
        words=said.words,
        as_of=said.as_of,
        confidence=said.confidence.value,
        audience=said.audience.value,
        for_agencies=named,
        consent=said.consent.value,
        emergency=said.emergency,
        written_at=at,
    )


async def amend(
    session: AsyncSession,
    contribution: Contribution,
    *,
    said: Said,
    profession: str,
    circle: list[UUID],
    by: Viewer,
    at: datetime,
) -> Contribution:
    """Corrects a contribution by a new version; the one before stays to be read.

    Two who amend the same version at once: the second meets the unique index, which the edge answers as a conflict.
    """
    if contribution.superseded_at is not None or contribution.withdrawn_at is not None:
        raise Conflict("A colleague has changed or withdrawn this since you opened it.")
    newer = _version(
        contribution.case_id, contribution.thread_id, contribution.version + 1, said, profession, circle, by, at
    )
    # Who could read the words before may know that they changed, even when the new version is for fewer.
    before, after = _reach(contribution), _reach(newer)
    await _ground(session, newer, said, by)
    contribution.superseded_at = at
    session.add(newer)
    await session.flush()
    await _share(session, newer, Trigger.contribution, by, at)
    await record(
        session,
        Kind.contribution_amended,
        by=by,
        at=at,
        case_id=newer.case_id,
        subject=newer,
        only_agencies=None if before is None or after is None else [*before, *after],
        thread=newer.thread_id,
        version=newer.version,
    )
    return newer


async def withdraw(session: AsyncSession, contribution: Contribution, *, reason: str, by: Viewer, at: datetime) -> None:
    """Withdraws a contribution with the reason. It stays in the lane, marked, because others may have acted on it."""
    check_reason(reason)
    if contribution.withdrawn_at is not None:
        raise Conflict("This has been withdrawn already.")
    contribution.withdrawn_at, contribution.withdrawn_reason = at, reason
    await record(
        session,
        Kind.contribution_withdrawn,
        by=by,
        at=at,
        case_id=contribution.case_id,
        subject=contribution,
        only_agencies=_reach(contribution),
        thread=contribution.thread_id,
    )


async def comment(
    session: AsyncSession, contribution: Contribution, *, words: str, by: Viewer, at: datetime
) -> Comment:
    """Says something beside a contribution, for those who may read it."""
    if not words.strip():
        raise Refused("Enter your comment", field="words")
    said = Comment(
        thread_id=contribution.thread_id,
        case_id=contribution.case_id,
        agency_id=by.agency_id,
        author_id=by.worker_id,
        words=words,
        written_at=at,
    )
    session.add(said)
    await session.flush()
    await record(
        session,
        Kind.contribution_commented,
        by=by,
        at=at,
        case_id=contribution.case_id,
        subject=said,
        only_agencies=_reach(contribution),
        thread=contribution.thread_id,
    )
    return said


async def note_refused_edit(session: AsyncSession, contribution: Contribution, *, by: Viewer, at: datetime) -> None:
    """Writes down that somebody of another agency tried to change this."""
    await record(
        session,
        Kind.contribution_edit_refused,
        by=by,
        at=at,
        case_id=contribution.case_id,
        subject=contribution,
        only_agencies=_reach(contribution),
        thread=contribution.thread_id,
    )
