"""Calling a conference, moving it, holding it and closing it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.agencies.tables import Worker
from hub.cases.rules import check_reason
from hub.conference_kinds.queries import kinds
from hub.conferences import queries
from hub.conferences.invitations import occasion_of
from hub.conferences.rules import (
    Answer,
    Attendance,
    ChairStanding,
    ConferenceKind,
    ConferenceState,
    Held,
    chair_conflict,
    check_chair,
    check_closing,
    check_invited,
    check_moved,
    check_open,
    check_slot,
    is_awaited_there,
    remind_at,
)
from hub.conferences.tables import Conference, Invitee
from hub.decisions.queries import decisions_of, positions, waiting_between
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.invitations import changes as invitations
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
    chair_because: str = ""
    """Why this chair, when they do not stand apart."""

    @property
    def invited(self) -> list[Worker]:
        """Everybody who is invited, the chair first, each once."""
        return list({worker.id: worker for worker in [self.chair, *self.invitees]}.values())


async def schedule(
    session: AsyncSession,
    *,
    case_id: UUID,
    called: Called,
    circle: Sequence[UUID],
    listed: bool = False,
    by: Actor,
    at: datetime,
) -> Conference:
    """Calls a conference: writes an invitation to each invitee and sets their reminders, in this transaction.

    `listed` is for the item of a meeting with a list: everybody is asked to the meeting as a whole, not to this.
    """
    check_slot(called.starts_at, called.minutes, at)
    called = await check_called(session, case_id, called, circle)
    conference = draft(case_id, called, by=by, at=at)
    session.add(conference)
    await session.flush()
    rows = await ask(session, conference, called.invited, by=by, at=at)
    if not listed:
        await tell(session, conference, rows, called.chair, NoticeKind.conference_invitation, at)
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
        invited=[worker.id for worker in called.invited],
    )
    return conference


async def check_called(session: AsyncSession, case_id: UUID, called: Called, circle: Sequence[UUID]) -> Called:
    """What is called, with the reason for its chair kept only where one was needed.

    Raises Refused for a kind that is not there, too few agencies, or a chair without distance and no reason.
    """
    kind = (await kinds(session)).get(called.kind)
    if kind is None:
        raise Refused("Choose what it is", field="kind")
    check_invited({worker.agency_id for worker in called.invited}, circle)
    conflict = await conflict_of(session, case_id, called.chair) if kind.chair_apart else ""
    check_chair(conflict, called.chair_because)
    return called if conflict else replace(called, chair_because="")


async def conflict_of(session: AsyncSession, case_id: UUID, chair: Worker) -> str:
    """Why somebody would not chair a case's conference with distance; nothing when they would."""
    return chair_conflict(
        ChairStanding(
            agency_id=chair.agency_id,
            open_actions=await queries.open_actions(session, case_id),
            dissented_from=await queries.is_dissented_from(session, case_id, chair.id),
        )
    )


def draft(case_id: UUID, called: Called, *, by: Actor, at: datetime) -> Conference:
    """The row of a conference as it is called; not yet in the session."""
    return Conference(
        case_id=case_id,
        kind=called.kind.value,
        purpose=called.purpose,
        starts_at=called.starts_at,
        ends_at=called.starts_at + timedelta(minutes=called.minutes),
        place=called.place,
        video_link=called.video_link,
        chair_id=called.chair.id,
        chair_because=called.chair_because,
        called_by=by.worker_id,
        called_at=at,
    )


async def ask(
    session: AsyncSession,
    conference: Conference,
    workers: Sequence[Worker],
    *,
    by: Actor,
    at: datetime,
) -> list[tuple[Worker, Invitee]]:
    """Puts workers on the list of invitees; whoever calls the conference is coming."""
    rows = []
    for worker in workers:
        own = worker.id == by.worker_id
        row = Invitee(
            conference_id=conference.id,
            worker_id=worker.id,
            agency_id=worker.agency_id,
            answer=(Answer.accepted if own else Answer.awaited).value,
            answered_at=at if own else None,
        )
        session.add(row)
        rows.append((worker, row))
    return rows


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
    own.answer, own.answered_at, own.as_deputy = Answer.accepted.value, at, False
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


async def tell(
    session: AsyncSession,
    conference: Conference,
    rows: Sequence[tuple[Worker, Invitee]],
    chair: Worker,
    kind: NoticeKind,
    at: datetime,
) -> None:
    """Writes to each invitee, with the invitation as it stands now, and sets reminders while it is on."""
    rows = [(worker, row) for worker, row in rows if row.answer != Answer.not_needed]
    await invitations.tell(
        session,
        kind,
        [occasion_of(conference, chair)],
        [(worker, row.id) for worker, row in rows],
        case_id=conference.case_id,
        at=at,
    )
    if conference.state == ConferenceState.scheduled:
        for worker, _ in rows:
            await set_reminder(session, conference, worker, at)


async def set_reminder(session: AsyncSession, conference: Conference, worker: Worker, at: datetime) -> None:
    """Sets one invitee's reminder of a conference."""
    await notices.set_reminder(
        session,
        NoticeKind.conference_reminder,
        subject_id=conference.id,
        worker_id=worker.id,
        due_at=remind_at(conference.starts_at, at),
    )


async def invited_rows(session: AsyncSession, conference: Conference) -> list[tuple[Worker, Invitee]]:
    """Everybody who is invited, with their row."""
    rows = (await queries.invitees(session, [conference.id]))[conference.id]
    workers = await workers_by_id(session, [row.worker_id for row in rows])
    return [(workers[row.worker_id], row) for row in rows]


def chair_of(conference: Conference, rows: Sequence[tuple[Worker, Invitee]]) -> Worker:
    """The chair, who is always invited."""
    return next(worker for worker, _ in rows if worker.id == conference.chair_id)


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
    """Moves a conference in time or place. Its name in calendars stays; everybody is told and asked again.

    Raises Refused when nothing is another than it was.
    """
    if conference.state != ConferenceState.scheduled:
        raise Conflict("Only a conference that lies ahead can be moved.")
    check_slot(starts_at, minutes, at)
    check_moved(
        same_time=starts_at == conference.starts_at and minutes == conference.minutes,
        same_place=place == conference.place,
    )
    rows = await shift(session, conference, starts_at, minutes, place, by=by, at=at)
    await tell(session, conference, rows, chair_of(conference, rows), NoticeKind.conference_moved, at)
    await record(
        session,
        Kind.conference_moved,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        starts_at=starts_at,
    )


async def shift(
    session: AsyncSession,
    conference: Conference,
    starts_at: datetime,
    minutes: int,
    place: str,
    *,
    by: Actor,
    asked_anew: bool = True,
    at: datetime,
) -> list[tuple[Worker, Invitee]]:
    """Puts a conference at another time or place; whoever is invited is asked again. Tells nobody yet."""
    conference.starts_at, conference.ends_at = starts_at, starts_at + timedelta(minutes=minutes)
    conference.place = place
    conference.sequence += 1
    rows = await invited_rows(session, conference)
    for _, row in rows:
        if asked_anew and row.worker_id != by.worker_id and row.answer not in (Answer.deputy, Answer.not_needed):
            row.answer, row.answered_at, row.reason = Answer.awaited.value, None, ""
    await notices.drop_reminders(session, conference.id, because="moved", at=at)
    await session.flush()
    return rows


async def cancel(session: AsyncSession, conference: Conference, *, reason: str, by: Actor, at: datetime) -> None:
    """Calls a conference off, with the reason; everybody invited is told and calendars take it out."""
    if conference.state != ConferenceState.scheduled:
        raise Conflict("Only a conference that lies ahead can be called off.")
    check_reason(reason)
    rows = await call_off(session, conference, reason, at=at)
    await tell(session, conference, rows, chair_of(conference, rows), NoticeKind.conference_cancelled, at)
    await record(session, Kind.conference_cancelled, by=by, at=at, case_id=conference.case_id, subject=conference)


async def call_off(
    session: AsyncSession, conference: Conference, reason: str, *, at: datetime
) -> list[tuple[Worker, Invitee]]:
    """Takes a conference off. Tells nobody yet."""
    conference.state, conference.cancelled_because = ConferenceState.cancelled.value, reason
    conference.sequence += 1
    await notices.drop_reminders(session, conference.id, because="cancelled", at=at)
    return await invited_rows(session, conference)


# --- In the room ------------------------------------------------------------------------------------------------


async def begin(session: AsyncSession, conference: Conference, *, by: Viewer, at: datetime) -> None:
    """Opens the conference."""
    if conference.state != ConferenceState.scheduled:
        raise Conflict("This conference has been opened, closed or called off already.")
    conference.state, conference.opened_at = ConferenceState.open.value, at
    await record(session, Kind.conference_opened, by=by, at=at, case_id=conference.case_id, subject=conference)


async def take_back_opening(session: AsyncSession, conference: Conference, *, by: Viewer, at: datetime) -> None:
    """Makes a conference that was opened by mistake lie ahead again; nobody has attended it."""
    check_open(conference.state)
    conference.state, conference.opened_at = ConferenceState.scheduled.value, None
    for row in (await queries.invitees(session, [conference.id]))[conference.id]:
        row.attendance = None
    await session.flush()
    await record(
        session, Kind.conference_opening_taken_back, by=by, at=at, case_id=conference.case_id, subject=conference
    )


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
    session: AsyncSession,
    conference: Conference,
    *,
    no_change_because: str,
    asked: Mapping[UUID, Collection[UUID]] | None = None,
    by: Viewer,
    at: datetime,
) -> None:
    """Closes the conference. Raises Conflict naming what is missing.

    `asked` names by decision the agencies of which it is recorded that they were asked and have not said.
    """
    check_open(conference.state)
    rows = (await queries.invitees(session, [conference.id]))[conference.id]
    out = {one.worker_id for one in (await queries.interests(session, [conference.id]))[conference.id]}
    workers = await workers_by_id(session, [row.worker_id for row in rows])
    agencies = await agencies_by_id(session, {row.agency_id for row in rows})
    decisions = await decisions_of(session, conference.id)
    stances = await positions(session, [decision.id for decision in decisions])
    check_closing(
        Held(
            attendance_missing=[
                workers[row.worker_id].name
                for row in rows
                if is_awaited_there(row.answer, row.attendance, row.worker_id in out)
            ],
            positions_missing={
                decision.question: [
                    agency.name
                    for agency in agencies.values()
                    if agency.id not in {position.agency_id for position in stances[decision.id]}
                    and agency.id not in (asked or {}).get(decision.id, ())
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
