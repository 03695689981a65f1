"""Answering an invitation, sending somebody instead, being reminded, and declaring an interest."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.cases.rules import check_reason
from hub.conferences import changes, queries
from hub.conferences.invitations import occasion_of, path_of
from hub.conferences.rules import Answer, ConferenceState
from hub.conferences.tables import Conference, ConferenceNotNeeded, DeclaredInterest
from hub.errors import Conflict, NotFound, Refused
from hub.events.changes import record
from hub.events.rules import HUB, Actor, Kind
from hub.invitations import changes as invitations
from hub.invitations.rules import check_answer
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.sharing.rules import Viewer


async def answer(
    session: AsyncSession, conference: Conference, *, given: Answer, reason: str = "", by: Actor, at: datetime
) -> None:
    """Answers an invitation. Raises NotFound for somebody who is not invited, Refused for a no without a reason."""
    row = await queries.invitee(session, conference.id, by.worker_id) if by.worker_id else None
    if row is None:
        raise NotFound
    if conference.state != ConferenceState.scheduled:
        raise Conflict("This conference has begun, is over or was called off.")
    check_answer(given, reason)
    if row.answer == Answer.not_needed:
        raise Conflict("You are not needed at this conference any more: your colleague comes after all.")
    sent = row.deputy_id if given.is_coming else None
    row.answer, row.answered_at, row.reason, row.deputy_id = given.value, at, reason, None
    await _take_off(session, conference, sent, at=at)
    await record(
        session,
        Kind.conference_answered,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        answer=given.value,
    )


async def send_deputy(
    session: AsyncSession, conference: Conference, *, deputy: Worker, by: Viewer, at: datetime
) -> None:
    """Names a colleague who comes instead; they are invited, and asked for their own answer.

    Raises NotFound for somebody who is not invited, Refused for a deputy of another agency or one who may not open it.
    """
    row = await queries.invitee(session, conference.id, by.worker_id)
    if row is None:
        raise NotFound
    if conference.state != ConferenceState.scheduled:
        raise Conflict("This conference has begun, is over or was called off.")
    if deputy.agency_id != row.agency_id or deputy.id == by.worker_id:
        raise Refused("Choose a colleague of your own agency", field="deputy")
    if deputy.id not in {one.id for one in await queries.deputies(session, conference, row.agency_id, at)}:
        raise Refused("Choose a colleague to whom this conference opens", field="deputy")
    sent = row.deputy_id if row.deputy_id != deputy.id else None
    row.answer, row.answered_at, row.deputy_id = Answer.deputy.value, at, deputy.id
    await _take_off(session, conference, sent, at=at)
    rows = await changes.invited_rows(session, conference)
    added = [(worker, one) for worker, one in rows if worker.id == deputy.id]
    if not added or added[0][1].answer == Answer.not_needed:
        added = added or await changes.ask(session, conference, [deputy], by=by, at=at)
        for _, one in added:
            one.as_deputy, one.answer, one.answered_at = True, Answer.awaited.value, None
        await session.flush()
        chair = changes.chair_of(conference, rows)
        await changes.tell(session, conference, added, chair, NoticeKind.conference_invitation, at)
    await record(
        session,
        Kind.conference_deputy_named,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        worker=deputy.id,
    )


async def _take_off(session: AsyncSession, conference: Conference, sent: UUID | None, *, at: datetime) -> None:
    """Tells a deputy that they are not needed, unless they were asked for themselves or come for another as well."""
    rows = await changes.invited_rows(session, conference)
    of_deputy = next(((worker, row) for worker, row in rows if worker.id == sent and row.as_deputy), None)
    if of_deputy is None or conference.chair_id == sent or sent in {row.deputy_id for _, row in rows}:
        return
    worker, row = of_deputy
    row.answer, row.answered_at, row.reason = Answer.not_needed.value, at, ""
    await notices.drop_reminders(session, conference.id, because="not needed", at=at, worker_id=worker.id)
    off = replace(occasion_of(conference, changes.chair_of(conference, rows)), cancelled=True)
    await invitations.tell(
        session, NoticeKind.conference_not_needed, [off], [(worker, row.id)], case_id=conference.case_id, at=at
    )


async def remind(session: AsyncSession, conference: Conference, *, worker_id: UUID, at: datetime) -> None:
    """Writes one invitee's reminder. Who claims it and whether it is still due is the job's concern."""
    await notices.write(
        session,
        NoticeKind.conference_reminder,
        worker_id=worker_id,
        subject_id=conference.id,
        case_id=conference.case_id,
        link=path_of(conference),
        at=at,
    )
    await record(
        session,
        Kind.conference_reminded,
        by=HUB,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        worker=worker_id,
    )


async def declare_interest(
    session: AsyncSession, conference: Conference, *, worker_id: UUID, nature: str, by: Viewer, at: datetime
) -> DeclaredInterest:
    """Notes that somebody is too near to a case: they are out of its conference, and see nothing of it there."""
    check_reason(nature, field="nature")
    if conference.chair_id == worker_id:
        raise Refused("Give the chair to somebody else first", field="nature")
    if await queries.has_interest(session, conference.id, worker_id):
        raise Conflict("They have declared an interest already.")
    declared = DeclaredInterest(
        conference_id=conference.id, worker_id=worker_id, nature=nature, declared_by=by.worker_id, declared_at=at
    )
    session.add(declared)
    await session.flush()
    await record(
        session,
        Kind.interest_declared,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        worker=worker_id,
    )
    return declared


async def lift_interest(
    session: AsyncSession, conference: Conference, declared: DeclaredInterest, *, because: str, by: Viewer, at: datetime
) -> None:
    """Lets somebody back in, with the reason. Nobody lifts their own."""
    if declared.worker_id == by.worker_id:
        raise Conflict("Somebody else decides whether you come back in.")
    if declared.lifted_at is not None:
        raise Conflict("It has been lifted already.")
    check_reason(because, field="nature")
    declared.lifted_at, declared.lifted_by, declared.lifted_because = at, by.worker_id, because
    await record(
        session,
        Kind.interest_lifted,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        worker=declared.worker_id,
    )


async def not_needed(
    session: AsyncSession, case_id: UUID, *, kind: str, since: datetime, reason: str, by: Viewer, at: datetime
) -> None:
    """Says that a conference which a clock asks for is not needed this time. The next one counts anew."""
    check_reason(reason)
    said = ConferenceNotNeeded(case_id=case_id, kind=kind, since=since, reason=reason, said_by=by.worker_id, said_at=at)
    session.add(said)
    await session.flush()
    await record(session, Kind.conference_not_needed, by=by, at=at, case_id=case_id, subject=said, kind_of=kind)
