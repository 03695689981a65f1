"""Calling a conference, moving it, holding it and closing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.agencies.tables import Worker
from hub.cases.rules import check_reason
from hub.conferences import queries
from hub.conferences.invitations import invitation
from hub.conferences.rules import (
    Answer,
    Attendance,
    ConferenceKind,
    ConferenceState,
    Held,
    check_closing,
    check_invited,
    check_open,
    check_slot,
    remind_at,
)
from hub.conferences.tables import Conference, Invitee
from hub.decisions.queries import decisions_of, positions, waiting_between
from hub.errors import Conflict, NotFound
from hub.events.changes import record
from hub.events.rules import HUB, Actor, Kind
from hub.ids import ref
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Called:
    """What a conference is called with."""

    kind: ConferenceKind
    purpose: str
    starts_at: datetime
    minutes: int
    place: str
    video_link: str
    chair: Worker
    invitees: Sequence[Worker]


def path_of(conference: Conference) -> str:
    return f"/conferences/{ref(conference.id)}"


async def schedule(
    session: AsyncSession, *, case_id: UUID, called: Called, circle: Sequence[UUID], by: Actor, at: datetime
) -> Conference:
    """Calls a conference: writes an invitation to each invitee and sets their reminders, in this transaction."""
    check_slot(called.starts_at, called.minutes, at)
    invited = list({worker.id: worker for worker in [called.chair, *called.invitees]}.values())
    check_invited({worker.agency_id for worker in invited}, circle)
    conference = Conference(
        case_id=case_id,
        kind=called.kind.value,
        purpose=called.purpose,
        starts_at=called.starts_at,
        ends_at=called.starts_at + timedelta(minutes=called.minutes),
        place=called.place,
        video_link=called.video_link,
        chair_id=called.chair.id,
        called_by=by.worker_id,
        called_at=at,
    )
    session.add(conference)
    await session.flush()
    for worker in invited:
        own = worker.id == by.worker_id
        session.add(
            Invitee(
                conference_id=conference.id,
                worker_id=worker.id,
                agency_id=worker.agency_id,
                answer=(Answer.accepted if own else Answer.awaited).value,
                answered_at=at if own else None,
            )
        )
    await _tell(session, conference, invited, called.chair, NoticeKind.conference_invitation, at)
    await session.flush()
    await record(
        session,
        Kind.conference_scheduled,
        by=by,
        at=at,
        case_id=case_id,
        subject=conference,
        kind_of=called.kind.value,
        starts_at=called.starts_at,
        invited=[worker.id for worker in invited],
    )
    return conference


async def change_chair(
    session: AsyncSession, conference: Conference, *, chair: Worker, by: Actor, at: datetime
) -> None:
    """Gives the chair to another worker, who is invited if they were not, and accepts by taking it."""
    if conference.state not in (ConferenceState.scheduled, ConferenceState.open):
        raise Conflict("This conference is over or was called off.")
    conference.chair_id = chair.id
    invited = (await queries.invitees(session, [conference.id]))[conference.id]
    own = next((one for one in invited if one.worker_id == chair.id), None)
    if own is None:
        own = Invitee(conference_id=conference.id, worker_id=chair.id, agency_id=chair.agency_id)
        session.add(own)
    own.answer, own.answered_at = Answer.accepted.value, at
    await session.flush()
    await record(
        session,
        Kind.conference_chair_changed,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        worker=chair.id,
    )


async def _tell(
    session: AsyncSession,
    conference: Conference,
    workers: Sequence[Worker],
    chair: Worker,
    kind: NoticeKind,
    at: datetime,
) -> None:
    """Writes to each invitee, with the invitation as it stands now, and sets reminders while it is on."""
    for worker in workers:
        calendar, method = invitation(conference, to=worker, chair=chair, at=at)
        await notices.write(
            session,
            kind,
            worker_id=worker.id,
            subject_id=conference.id,
            case_id=conference.case_id,
            link=path_of(conference),
            calendar=calendar,
            calendar_method=method,
            at=at,
        )
        if conference.state == ConferenceState.scheduled:
            await notices.set_reminder(
                session,
                NoticeKind.conference_reminder,
                subject_id=conference.id,
                worker_id=worker.id,
                due_at=remind_at(conference.starts_at, at),
            )


async def _invited_workers(session: AsyncSession, conference: Conference) -> list[Worker]:
    rows = (await queries.invitees(session, [conference.id]))[conference.id]
    workers = await workers_by_id(session, [row.worker_id for row in rows])
    return [workers[row.worker_id] for row in rows]


async def move(
    session: AsyncSession,
    conference: Conference,
    *,
    starts_at: datetime,
    minutes: int,
    place: str,
    by: Actor,
    at: datetime,
) -> None:
    """Moves a conference in time or place. Its name in calendars stays; everybody is told and asked again."""
    if conference.state != ConferenceState.scheduled:
        raise Conflict("Only a conference that lies ahead can be moved.")
    check_slot(starts_at, minutes, at)
    conference.starts_at, conference.ends_at = starts_at, starts_at + timedelta(minutes=minutes)
    conference.place = place
    conference.sequence += 1
    invited = await _invited_workers(session, conference)
    for row in (await queries.invitees(session, [conference.id]))[conference.id]:
        if row.worker_id != by.worker_id:
            row.answer, row.answered_at = Answer.awaited.value, None
    await notices.drop_reminders(session, conference.id, because="moved", at=at)
    await session.flush()
    chair = next(worker for worker in invited if worker.id == conference.chair_id)
    await _tell(session, conference, invited, chair, NoticeKind.conference_moved, at)
    await record(
        session,
        Kind.conference_moved,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        starts_at=starts_at,
    )


async def cancel(session: AsyncSession, conference: Conference, *, reason: str, by: Actor, at: datetime) -> None:
    """Calls a conference off, with the reason; everybody invited is told and calendars take it out."""
    if conference.state != ConferenceState.scheduled:
        raise Conflict("Only a conference that lies ahead can be called off.")
    check_reason(reason)
    conference.state, conference.cancelled_because = ConferenceState.cancelled.value, reason
    conference.sequence += 1
    invited = await _invited_workers(session, conference)
    await notices.drop_reminders(session, conference.id, because="cancelled", at=at)
    chair = next(worker for worker in invited if worker.id == conference.chair_id)
    await _tell(session, conference, invited, chair, NoticeKind.conference_cancelled, at)
    await record(session, Kind.conference_cancelled, by=by, at=at, case_id=conference.case_id, subject=conference)


async def answer(session: AsyncSession, conference: Conference, *, given: Answer, by: Viewer, at: datetime) -> None:
    """Answers an invitation. Raises NotFound for somebody who is not invited."""
    row = await queries.invitee(session, conference.id, by.worker_id)
    if row is None:
        raise NotFound
    row.answer, row.answered_at = given.value, at
    await record(
        session,
        Kind.conference_answered,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        answer=given.value,
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


# --- In the room ------------------------------------------------------------------------------------------------


async def begin(session: AsyncSession, conference: Conference, *, by: Viewer, at: datetime) -> None:
    """Opens the conference."""
    if conference.state != ConferenceState.scheduled:
        raise Conflict("This conference has been opened, closed or called off already.")
    conference.state, conference.opened_at = ConferenceState.open.value, at
    await record(session, Kind.conference_opened, by=by, at=at, case_id=conference.case_id, subject=conference)


async def take_attendance(
    session: AsyncSession, conference: Conference, *, marks: dict[UUID, Attendance], by: Viewer, at: datetime
) -> None:
    """Notes who is there, by worker. Those not named keep what was noted before."""
    check_open(conference.state)
    for row in (await queries.invitees(session, [conference.id]))[conference.id]:
        if row.worker_id in marks:
            row.attendance = marks[row.worker_id].value
    await record(
        session,
        Kind.conference_attendance_taken,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        workers=list(marks),
    )


async def close(
    session: AsyncSession, conference: Conference, *, no_change_because: str, by: Viewer, at: datetime
) -> None:
    """Closes the conference. Raises Conflict naming what is missing."""
    check_open(conference.state)
    rows = (await queries.invitees(session, [conference.id]))[conference.id]
    workers = await workers_by_id(session, [row.worker_id for row in rows])
    agencies = await agencies_by_id(session, {row.agency_id for row in rows})
    decisions = await decisions_of(session, conference.id)
    stances = await positions(session, [decision.id for decision in decisions])
    check_closing(
        Held(
            attendance_missing=[workers[row.worker_id].name for row in rows if row.attendance is None],
            positions_missing={
                decision.question: [
                    agency.name
                    for agency in agencies.values()
                    if agency.id not in {position.agency_id for position in stances[decision.id]}
                ]
                for decision in decisions
            },
            decisions=len(decisions),
            no_change_because=no_change_because,
            between_waiting=[one.question for one in await waiting_between(session, conference.case_id)],
        )
    )
    conference.state, conference.closed_at = ConferenceState.closed.value, at
    conference.no_change_because = no_change_because
    await record(session, Kind.conference_closed, by=by, at=at, case_id=conference.case_id, subject=conference)
