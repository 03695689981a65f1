"""Adding a contribution, correcting it with a new version, withdrawing it, commenting beside it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import check_reason
from hub.contributions.rules import Confidence, ContributionKind, check_audience
from hub.contributions.tables import Comment, Contribution
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import new_id
from hub.london import london
from hub.sharing.rules import Audience, Viewer


@dataclass(frozen=True)
class Said:
    """What a worker contributes, and for whom."""

    kind: ContributionKind
    words: str
    as_of: date
    confidence: Confidence = Confidence.certain
    audience: Audience = Audience.circle
    agencies: tuple[UUID, ...] = ()
    basis: str = ""


def _reach(contribution: Contribution) -> list[UUID] | None:
    """The agencies that may know of an event about this contribution; None is everybody in the circle."""
    if contribution.audience == Audience.circle:
        return None
    return [contribution.agency_id, *(contribution.for_agencies or [])]


async def add(
    session: AsyncSession, *, case_id: UUID, said: Said, profession: str, circle: list[UUID], by: Viewer, at: datetime
) -> Contribution:
    """Adds a contribution in the lane of the author's agency."""
    contribution = _version(case_id, new_id(), 1, said, profession, circle, by, at)
    session.add(contribution)
    await session.flush()
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
        basis=said.basis,
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
    contribution.superseded_at = at
    session.add(newer)
    await session.flush()
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
