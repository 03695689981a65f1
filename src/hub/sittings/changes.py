"""Calling a meeting with a list, moving it, calling it off, answering it, and what stands on its list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import workers_by_id
from hub.agencies.tables import Worker
from hub.cases.queries import who_may_hold
from hub.cases.rules import check_reason
from hub.cases.tables import Case
from hub.conferences import changes as conferences
from hub.conferences.changes import Called
from hub.conferences.queries import deputies, invitees
from hub.conferences.rules import Answer, ConferenceKind, ConferenceState, check_moved, check_slot, remind_at
from hub.conferences.series import series_row
from hub.conferences.tables import Conference
from hub.database import beyond_the_wall
from hub.errors import Conflict, NotFound, Refused
from hub.events.changes import record
from hub.events.rules import HUB, Actor, Kind
from hub.ids import ref
from hub.invitations import changes as invitations
from hub.invitations.rules import (
    Falling,
    Occasion,
    Pattern,
    Reach,
    check_answer,
    falling,
    move_to_working_day,
    on_the_same_shift,
)
from hub.london import london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.sharing.rules import in_the_circle
from hub.sittings import queries
from hub.sittings.rules import SittingState, check_item, in_order, times
from hub.sittings.tables import Sitting, SittingItem, SittingMember

CHAIRS_ALL = "They chair the whole list."


@dataclass(frozen=True)
class Planned:
    """What a meeting with a list is called with."""

    kind: ConferenceKind
    starts_at: datetime
    minutes: int
    place: str
    video_link: str
    chair: Worker
    members: Sequence[Worker]


def path_of(sitting: Sitting) -> str:
    """The address of a meeting with a list."""
    return f"/sittings/{ref(sitting.id)}"


def occasion_of(sitting: Sitting, chair: Worker | None) -> Occasion:
    """What of it may stand in a calendar."""
    return Occasion(
        id=sitting.id, starts_at=sitting.starts_at, ends_at=sitting.ends_at, path=path_of(sitting),
        chair=chair.name if chair else "", place=sitting.place, sequence=sitting.sequence,
        cancelled=sitting.state == SittingState.cancelled, series_id=sitting.series_id, slot_at=sitting.slot_at,
    )  # fmt: skip


async def call(
    session: AsyncSession, planned: Planned, *, pattern: Pattern | None = None, by: Actor, at: datetime
) -> list[Sitting]:
    """Calls one meeting with a list, or every one of a series, with one invitation for each member."""
    check_slot(planned.starts_at, planned.minutes, at)
    people = list({one.id: one for one in [planned.chair, *planned.members]}.values())
    if len({one.agency_id for one in people}) < 2:
        raise Refused("Ask workers of at least two agencies: the meeting is joint", field="members")
    falls = falling(pattern, at) if pattern else Falling([planned.starts_at])
    series = series_row(None, pattern, by=by, at=at) if pattern else None
    if series is not None:
        session.add(series)
        await session.flush()
    made = []
    for slot in falls.slots:
        sitting = Sitting(
            kind=planned.kind.value, starts_at=slot, ends_at=slot + timedelta(minutes=planned.minutes),
            place=planned.place, video_link=planned.video_link, chair_id=planned.chair.id, called_by=by.worker_id,
            called_at=at, series_id=series.id if series else None, slot_at=slot if series else None,
        )  # fmt: skip
        session.add(sitting)
        made.append(sitting)
    await session.flush()
    asked = {sitting.id: [await _ask(session, sitting, one, by=by, at=at) for one in people] for sitting in made}
    await session.flush()
    await invitations.tell(
        session,
        NoticeKind.conference_invitation,
        [occasion_of(made[0], planned.chair)],
        [(worker, row.id) for worker, row in zip(people, asked[made[0].id], strict=True)],
        case_id=None,
        series=(pattern, falls) if pattern else None,
        at=at,
    )
    await record(
        session,
        Kind.sitting_series_called if pattern else Kind.sitting_called,
        by=by,
        at=at,
        subject=made[0],
        kind_of=planned.kind.value,
        starts_at=made[0].starts_at,
        meetings=len(made),
        invited=[one.id for one in people],
    )
    return made


async def _ask(session: AsyncSession, sitting: Sitting, worker: Worker, *, by: Actor, at: datetime) -> SittingMember:
    own = worker.id == by.worker_id
    row = SittingMember(
        sitting_id=sitting.id, worker_id=worker.id, agency_id=worker.agency_id,
        answer=(Answer.accepted if own else Answer.awaited).value, answered_at=at if own else None,
    )  # fmt: skip
    session.add(row)
    await notices.set_reminder(
        session,
        NoticeKind.sitting_reminder,
        subject_id=sitting.id,
        worker_id=worker.id,
        due_at=remind_at(sitting.starts_at, at),
    )
    return row


async def _rows(session: AsyncSession, sitting: Sitting) -> list[tuple[Worker, SittingMember]]:
    rows = (await queries.members(session, [sitting.id]))[sitting.id]
    workers = await workers_by_id(session, [row.worker_id for row in rows])
    return [(workers[row.worker_id], row) for row in rows]


async def reached(session: AsyncSession, sitting: Sitting, reach: Reach, at: datetime) -> list[Sitting]:
    """The meetings that a change is for: this one, those from it on, or all that lie ahead."""
    if sitting.series_id is None or reach is Reach.this:
        return [sitting]
    ahead = [
        one
        for one in await queries.of_series(session, sitting.series_id)
        if one.state == SittingState.scheduled and one.starts_at > at
    ]
    return [one for one in ahead if reach is Reach.all or one.slot >= sitting.slot]


async def move(
    session: AsyncSession,
    sitting: Sitting,
    *,
    starts_at: datetime,
    minutes: int,
    place: str,
    reach: Reach = Reach.this,
    by: Actor,
    at: datetime,
) -> None:
    """Moves a meeting, and those of its series that are asked for; the cases on its list go with it.

    Those of its series go as many days on from where the series has them, so that one moved alone falls in again.
    """
    _check_ahead(sitting, at)
    check_slot(starts_at, minutes, at)
    same_time = starts_at == sitting.starts_at
    check_moved(same_time=same_time and minutes == sitting.minutes, same_place=place == sitting.place)
    moved = await reached(session, sitting, reach, at)
    for one in moved:
        if one is sitting:
            new = starts_at
        elif same_time:  # only the room or the length is another
            new = one.starts_at
        else:
            new = move_to_working_day(on_the_same_shift(one.slot, sitting.slot, starts_at))
        one.starts_at, one.ends_at, one.place = new, new + timedelta(minutes=minutes), place
        one.sequence += 1
        await notices.drop_reminders(session, one.id, because="moved", at=at)
        for worker, row in await _rows(session, one):
            if row.worker_id != by.worker_id and row.answer not in (Answer.deputy, Answer.not_needed):
                row.answer, row.answered_at, row.reason = Answer.awaited.value, None, ""
            await notices.set_reminder(
                session, NoticeKind.sitting_reminder, subject_id=one.id, worker_id=worker.id, due_at=remind_at(new, at)
            )
        await _time(session, one)
        await _carry(session, one, by=by, at=at)
    await _tell(session, moved, NoticeKind.conference_moved, at)
    await record(session, Kind.sitting_moved, by=by, at=at, subject=sitting, starts_at=starts_at, meetings=len(moved))


async def cancel(
    session: AsyncSession, sitting: Sitting, *, reason: str, reach: Reach = Reach.this, by: Actor, at: datetime
) -> None:
    """Calls a meeting off, and the conferences of the cases on its list with it."""
    _check_ahead(sitting, at)
    check_reason(reason)
    off = await reached(session, sitting, reach, at)
    for one in off:
        one.state, one.cancelled_because = SittingState.cancelled.value, reason
        one.sequence += 1
        await notices.drop_reminders(session, one.id, because="cancelled", at=at)
        async with beyond_the_wall(session):  # none of its cases may go on as called, whoever calls it off
            for _, conference in await queries.items(session, one.id):
                if conference.state == ConferenceState.scheduled:
                    await conferences.call_off(session, conference, reason, at=at)
    await _tell(session, off, NoticeKind.conference_cancelled, at)
    await record(session, Kind.sitting_cancelled, by=by, at=at, subject=sitting, meetings=len(off))


def _check_ahead(sitting: Sitting, at: datetime) -> None:
    if sitting.state != SittingState.scheduled or sitting.ends_at <= at:
        raise Conflict("This meeting is over or was called off.")


async def _tell(session: AsyncSession, many: Sequence[Sitting], kind: NoticeKind, at: datetime) -> None:
    await session.flush()
    asked: dict[UUID, tuple[Worker, UUID]] = {}
    occasions: dict[UUID, list[Occasion]] = {}
    for one in many:
        rows = await _rows(session, one)
        chair = next((worker for worker, _ in rows if worker.id == one.chair_id), None)
        for worker, row in rows:
            if row.answer == Answer.not_needed:
                continue
            asked.setdefault(worker.id, (worker, row.id))
            occasions.setdefault(worker.id, []).append(occasion_of(one, chair))
    for worker_id, to in asked.items():
        await invitations.tell(session, kind, occasions[worker_id], [to], case_id=None, at=at)


async def answer(
    session: AsyncSession, sitting: Sitting, *, given: Answer, reason: str = "", by: Actor, at: datetime
) -> None:
    """Answers an invitation to a meeting with a list. Raises NotFound for somebody who is not asked."""
    row = await queries.member(session, sitting.id, by.worker_id) if by.worker_id else None
    if row is None:
        raise NotFound
    _check_ahead(sitting, at)
    check_answer(given, reason)
    if row.answer == Answer.not_needed:
        raise Conflict("You are not needed at this meeting any more: your colleague comes after all.")
    sent = row.deputy_id if given.is_coming else None
    row.answer, row.answered_at, row.reason, row.deputy_id = given.value, at, reason, None
    await _take_off(session, sitting, sent, at=at)
    await _carry(session, sitting, by=by, at=at)
    await record(session, Kind.sitting_answered, by=by, at=at, subject=sitting, answer=given.value)


async def send_deputy(session: AsyncSession, sitting: Sitting, *, deputy: Worker, by: Actor, at: datetime) -> None:
    """Names a colleague of one's own agency who comes instead; they are asked for their own answer."""
    row = await queries.member(session, sitting.id, by.worker_id) if by.worker_id else None
    if row is None:
        raise NotFound
    _check_ahead(sitting, at)
    if deputy.agency_id != row.agency_id or deputy.id == by.worker_id:
        raise Refused("Choose a colleague of your own agency", field="deputy")
    if not in_the_circle(deputy.roles):
        raise Refused("Choose a colleague to whom your agency’s cases open", field="deputy")
    sent = row.deputy_id if row.deputy_id != deputy.id else None
    row.answer, row.answered_at, row.deputy_id = Answer.deputy.value, at, deputy.id
    await _take_off(session, sitting, sent, at=at)
    theirs = await queries.member(session, sitting.id, deputy.id)
    if theirs is None or theirs.answer == Answer.not_needed:
        theirs = await _invite(session, sitting, deputy, theirs, at=at)
        theirs.as_deputy = True
    await _carry(session, sitting, by=by, at=at)
    await record(session, Kind.sitting_deputy_named, by=by, at=at, subject=sitting, worker=deputy.id)


async def _take_off(session: AsyncSession, sitting: Sitting, sent: UUID | None, *, at: datetime) -> None:
    """Tells a deputy that they are not needed, unless they were asked for themselves or come for another as well."""
    rows = await _rows(session, sitting)
    of_deputy = next(((worker, row) for worker, row in rows if worker.id == sent and row.as_deputy), None)
    if of_deputy is None or sitting.chair_id == sent or sent in {row.deputy_id for _, row in rows}:
        return
    worker, row = of_deputy
    row.answer, row.answered_at, row.reason = Answer.not_needed.value, at, ""
    await notices.drop_reminders(session, sitting.id, because="not needed", at=at, worker_id=worker.id)
    chair = (await workers_by_id(session, [sitting.chair_id])).get(sitting.chair_id)
    off = replace(occasion_of(sitting, chair), cancelled=True)
    await invitations.tell(session, NoticeKind.conference_not_needed, [off], [(worker, row.id)], case_id=None, at=at)


async def _invite(
    session: AsyncSession, sitting: Sitting, worker: Worker, again: SittingMember | None = None, *, at: datetime
) -> SittingMember:
    """Asks one more worker to a meeting that was called already, or once more one who was not needed."""
    added = again or await _ask(session, sitting, worker, by=HUB, at=at)
    added.answer, added.answered_at = Answer.awaited.value, None
    await session.flush()
    chair = (await workers_by_id(session, [sitting.chair_id])).get(sitting.chair_id)
    await invitations.tell(
        session,
        NoticeKind.conference_invitation,
        [occasion_of(sitting, chair)],
        [(worker, added.id)],
        case_id=None,
        at=at,
    )
    return added


async def change_chair(
    session: AsyncSession, conference: Conference, *, chair: Worker, was: UUID, by: Actor, at: datetime
) -> None:
    """Gives the chair of a conference to another worker. Of a case on a list, they come to the whole meeting, and chair
    it if it was the same person's."""
    await conferences.change_chair(session, conference, chair=chair, by=by, at=at)
    sitting = await queries.sitting_of(session, conference.id)
    if sitting is None or sitting.state != SittingState.scheduled:
        return
    row = await queries.member(session, sitting.id, chair.id) or await _invite(session, sitting, chair, at=at)
    row.answer, row.answered_at, row.reason, row.deputy_id = Answer.accepted.value, at, "", None
    row.as_deputy = False
    if sitting.chair_id == was:
        sitting.chair_id = chair.id
        await record(session, Kind.sitting_chair_changed, by=by, at=at, subject=sitting, worker=chair.id)
    await _carry(session, sitting, by=by, at=at)


async def remind(session: AsyncSession, sitting: Sitting, *, worker_id: UUID, at: datetime) -> None:
    """Writes one member's reminder."""
    await notices.write(
        session,
        NoticeKind.sitting_reminder,
        worker_id=worker_id,
        subject_id=sitting.id,
        link=path_of(sitting),
        at=at,
    )
    await record(session, Kind.sitting_reminded, by=HUB, at=at, subject=sitting, worker=worker_id)


# --- The list -----------------------------------------------------------------------------------------------------


async def add_case(
    session: AsyncSession,
    sitting: Sitting,
    case: Case,
    *,
    purpose: str,
    minutes: int,
    circle: Sequence[UUID],
    by: Actor,
    at: datetime,
) -> Conference:
    """Puts a case on the list, as a conference of those at the meeting whose agencies stand around it.

    The chair of the meeting chairs it; where their agency does not stand around the case, the first who does.
    """
    _check_ahead(sitting, at)
    check_item(minutes)
    opens_to = {one.id for one, _ in await who_may_hold(session, [case.id], agency_ids=circle, at=at)}
    around = [worker for worker, _ in await _rows(session, sitting) if worker.id in opens_to]
    if len({worker.agency_id for worker in around}) < 2:
        raise Refused(
            "Fewer than two of the agencies at this meeting stand around that case. Bring another into its circle, or "
            "call a conference of its own",
            field="case",
        )
    chair = next((worker for worker in around if worker.id == sitting.chair_id), around[0])
    called = Called(
        ConferenceKind(sitting.kind), purpose, sitting.starts_at, 10, sitting.place, sitting.video_link, chair,
        around, CHAIRS_ALL,
    )  # fmt: skip
    conference = await conferences.schedule(
        session, case_id=case.id, called=called, circle=circle, listed=True, by=by, at=at
    )
    item = SittingItem(sitting_id=sitting.id, conference_id=conference.id, minutes=minutes, added_at=at)
    session.add(item)
    await session.flush()
    await _time(session, sitting)
    await _carry(session, sitting, by=by, at=at)
    await record(
        session,
        Kind.sitting_case_added,
        by=by,
        at=at,
        case_id=case.id,
        subject=conference,
        starts_at=conference.starts_at,
    )
    return conference


async def remove_case(
    session: AsyncSession,
    sitting: Sitting,
    item: SittingItem,
    conference: Conference,
    *,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    """Takes a case off the list, with the reason; its conference is called off."""
    _check_ahead(sitting, at)
    check_reason(reason)
    if conference.state != ConferenceState.scheduled:
        raise Conflict("This case has been begun or is over.")
    item.removed_at = at
    await conferences.call_off(session, conference, reason, at=at)
    await session.flush()
    await _time(session, sitting)
    await record(session, Kind.sitting_case_removed, by=by, at=at, case_id=conference.case_id, subject=conference)


async def place(
    session: AsyncSession,
    sitting: Sitting,
    item: SittingItem,
    *,
    minutes: int,
    by_hand: int | None,
    by: Actor,
    at: datetime,
) -> None:
    """Gives a case other minutes or another place on the list; without a place it stands by its need."""
    _check_ahead(sitting, at)
    check_item(minutes)
    item.minutes, item.by_hand = minutes, by_hand
    await session.flush()
    await _time(session, sitting)
    await record(session, Kind.sitting_ordered, by=by, at=at, subject=sitting)


async def _carry(session: AsyncSession, sitting: Sitting, *, by: Actor, at: datetime) -> None:
    """Gives each conference on the list that lies ahead the answers of the meeting: to one meeting there is one answer.

    A deputy is invited to those of the list that open to them. What has begun or is over keeps what it had.
    """
    async with beyond_the_wall(session):  # the answer counts for every case on the list, whoever gives it
        told = {row.worker_id: row for _, row in await _rows(session, sitting)}
        ahead = [one for _, one in await queries.items(session, sitting.id) if one.state == ConferenceState.scheduled]
        invited = await invitees(session, [one.id for one in ahead])
        for conference in ahead:
            rows = {row.worker_id: row for row in invited[conference.id]}
            for agency_id in {told[one].agency_id for one in rows if one in told and told[one].deputy_id}:
                named = {row.deputy_id for row in told.values() if row.agency_id == agency_id} - set(rows)
                new = [one for one in await deputies(session, conference, agency_id, at) if one.id in named]
                rows |= {one.id: row for one, row in await conferences.ask(session, conference, new, by=by, at=at)}
            for worker_id, row in rows.items():
                if worker_id in told:
                    own = told[worker_id]
                    row.answer, row.answered_at, row.reason = own.answer, own.answered_at, own.reason
                    row.deputy_id = own.deputy_id


async def _time(session: AsyncSession, sitting: Sitting) -> None:
    """Gives each case on the list its time, in its order; one that is open or over keeps what it had."""
    async with beyond_the_wall(session):  # the times before and after a case that is closed to somebody are its too
        held = {conference.id: conference for _, conference in await queries.items(session, sitting.id)}
        listed = in_order(await queries.needs(session, sitting.id, london(sitting.starts_at).date()))
        for item, starts_at, ends_at in times(sitting.starts_at, listed):
            conference = held[item.conference_id]
            if conference.state == ConferenceState.scheduled:
                conference.starts_at, conference.ends_at, conference.place = starts_at, ends_at, sitting.place
