"""Conferences that repeat: called together, and changed one, from one on, or all that lie ahead.

Each meeting of a series is a conference of its own with its own agenda, answers and minutes. However it is moved, it
stays the same conference: its identity, its history and the name that calendars know it by do not change.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.cases.rules import check_reason
from hub.conferences import changes
from hub.conferences.changes import Called
from hub.conferences.invitations import occasion_of
from hub.conferences.queries import of_series
from hub.conferences.rules import Answer, ConferenceState, check_moved, check_slot
from hub.conferences.tables import Conference, Invitee, MeetingSeries
from hub.errors import Conflict
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.invitations import changes as invitations
from hub.invitations.rules import Occasion, Pattern, Reach, Repeat, falling, move_to_working_day, on_the_same_shift
from hub.london import london
from hub.notices.rules import NoticeKind


def pattern_of(series: MeetingSeries) -> Pattern:
    """The rule of a series."""
    return Pattern(series.first_at, Repeat(series.repeat), series.every, series.until)


def series_row(case_id: UUID | None, pattern: Pattern, *, by: Actor, at: datetime) -> MeetingSeries:
    """The row of a series as it is called; not yet in the session."""
    return MeetingSeries(
        case_id=case_id,
        repeat=pattern.repeat.value,
        every=pattern.every,
        first_at=pattern.first_at,
        until=pattern.until,
        called_by=by.worker_id,
        called_at=at,
    )


async def schedule_series(
    session: AsyncSession,
    *,
    case_id: UUID,
    called: Called,
    pattern: Pattern,
    circle: Sequence[UUID],
    by: Actor,
    at: datetime,
) -> list[Conference]:
    """Calls every conference of a series at once, with one invitation for each invitee. Bank holidays are left out."""
    check_slot(called.starts_at, called.minutes, at)
    called = await changes.check_called(session, case_id, called, circle)
    falls = falling(pattern, at)
    series = series_row(case_id, pattern, by=by, at=at)
    session.add(series)
    await session.flush()
    made: list[Conference] = []
    first: list[tuple[Worker, Invitee]] = []
    for slot in falls.slots:
        conference = changes.draft(case_id, replace(called, starts_at=slot), by=by, at=at)
        conference.series_id, conference.slot_at = series.id, slot
        session.add(conference)
        await session.flush()
        rows = await changes.ask(session, conference, called.invited, by=by, at=at)
        for worker, _ in rows:
            await changes.set_reminder(session, conference, worker, at)
        first = first or rows
        made.append(conference)
    await session.flush()
    await invitations.tell(
        session,
        NoticeKind.conference_invitation,
        [occasion_of(made[0], called.chair)],
        [(worker, row.id) for worker, row in first],
        case_id=case_id,
        series=(pattern, falls),
        at=at,
    )
    await record(
        session,
        Kind.conference_series_called,
        by=by,
        at=at,
        case_id=case_id,
        subject=series,
        kind_of=called.kind.value,
        starts_at=made[0].starts_at,
        meetings=len(made),
        invited=[worker.id for worker in called.invited],
    )
    return made


async def reached(session: AsyncSession, conference: Conference, reach: Reach, at: datetime) -> list[Conference]:
    """The conferences that a change is for: those ahead, from this one on, or all; this one always among them."""
    if conference.series_id is None or reach is Reach.this:
        return [conference]
    ahead = [
        one
        for one in await of_series(session, conference.series_id)
        if one.state == ConferenceState.scheduled and one.starts_at > at
    ]
    if reach is Reach.later:
        ahead = [one for one in ahead if one.slot >= conference.slot]
    return ahead


async def move(
    session: AsyncSession,
    conference: Conference,
    *,
    starts_at: datetime,
    minutes: int,
    place: str,
    reach: Reach,
    by: Actor,
    at: datetime,
) -> None:
    """Moves one conference and, where asked, those after it by as many days and to the same hour of the wall clock.

    The days are counted from where the series has each meeting, so that one that was moved alone falls in again. What would fall on a bank holiday or a weekend goes to the next working day. Each invitee gets one letter with all.
    """
    if reach is Reach.this or conference.series_id is None:
        await changes.move(session, conference, starts_at=starts_at, minutes=minutes, place=place, by=by, at=at)
        return
    if conference.state != ConferenceState.scheduled:
        raise Conflict("Only a conference that lies ahead can be moved.")
    check_slot(starts_at, minutes, at)
    same_time = starts_at == conference.starts_at
    check_moved(same_time=same_time and minutes == conference.minutes, same_place=place == conference.place)
    moved = await reached(session, conference, reach, at)
    rows: list[tuple[Worker, Invitee]] = []
    for one in moved:
        if one is conference:
            new = starts_at
        elif same_time:  # only the room or the length is another
            new = one.starts_at
        else:
            new = move_to_working_day(on_the_same_shift(one.slot, conference.slot, starts_at))
        check_slot(new, minutes, at)
        asked_anew = new != one.starts_at or one.minutes != minutes
        told = await changes.shift(session, one, new, minutes, place, by=by, asked_anew=asked_anew, at=at)
        rows = rows or told
        for worker, _ in told:
            await changes.set_reminder(session, one, worker, at)
        await record(session, Kind.conference_moved, by=by, at=at, case_id=one.case_id, subject=one, starts_at=new)
    await _tell(session, moved, NoticeKind.conference_moved, at)


async def cancel(
    session: AsyncSession, conference: Conference, *, reason: str, reach: Reach, by: Actor, at: datetime
) -> None:
    """Calls off one conference and, where asked, those after it or all that lie ahead."""
    if reach is Reach.this or conference.series_id is None:
        await changes.cancel(session, conference, reason=reason, by=by, at=at)
        return
    if conference.state != ConferenceState.scheduled:
        raise Conflict("Only a conference that lies ahead can be called off.")
    check_reason(reason)
    off = await reached(session, conference, reach, at)
    for one in off:
        await changes.call_off(session, one, reason, at=at)
        await record(session, Kind.conference_cancelled, by=by, at=at, case_id=one.case_id, subject=one)
    await _tell(session, off, NoticeKind.conference_cancelled, at)


async def _tell(session: AsyncSession, many: Sequence[Conference], kind: NoticeKind, at: datetime) -> None:
    """Writes one letter to each invitee with all the meetings of a series that changed and that they are asked to."""
    await session.flush()
    asked: dict[UUID, tuple[Worker, UUID]] = {}
    occasions: dict[UUID, list[Occasion]] = {}
    for one in many:
        rows = await changes.invited_rows(session, one)
        for worker, row in rows:
            if row.answer == Answer.not_needed:
                continue
            asked.setdefault(worker.id, (worker, row.id))
            occasions.setdefault(worker.id, []).append(occasion_of(one, changes.chair_of(one, rows)))
    for worker_id, to in asked.items():
        await invitations.tell(session, kind, occasions[worker_id], [to], case_id=many[0].case_id, at=at)


async def answer_rest(
    session: AsyncSession, conference: Conference, *, worker_id: UUID, given: Answer, reason: str, at: datetime
) -> int:
    """Gives the same answer to the other conferences of a series that somebody has not answered yet, and counts them."""
    if conference.series_id is None:
        return 0
    count = 0
    for one in await of_series(session, conference.series_id):
        if one.id == conference.id or one.state != ConferenceState.scheduled or one.starts_at <= at:
            continue
        for _, row in await changes.invited_rows(session, one):
            if row.worker_id == worker_id and row.answer == Answer.awaited:
                row.answer, row.answered_at, row.reason = given.value, at, reason
                count += 1
    return count


class Meeting(Protocol):
    """A meeting of a series as far as its words need it."""

    starts_at: datetime
    state: str


def in_words(series: MeetingSeries, meetings: Sequence[Meeting] = (), since: datetime | None = None) -> str:
    """`Every 2 weeks on Tuesday until 9 March 2027`, as it is now.

    Of a series that was moved the day is told on which most of its meetings from `since` on are held.
    """
    here = london(series.first_at)
    kept = [one for one in meetings if one.state != ConferenceState.cancelled]
    days = [london(one.starts_at).date() for one in kept if since is None or one.starts_at >= since]
    last = max([series.until, *days])
    until = f"until {last.day} {last:%B %Y}"
    often_on = Counter(f"{day:%A}" for day in days)
    weekday = max(often_on, key=lambda one: (often_on[one], one == f"{here:%A}"), default=f"{here:%A}")
    match Repeat(series.repeat):
        case Repeat.daily:
            return f"Every working day {until}"
        case Repeat.weekly:
            often = "Every week" if series.every == 1 else f"Every {series.every} weeks"
            return f"{often} on {weekday} {until}"
        case Repeat.monthly:
            nth = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}[pattern_of(series).nth]
            often = "month" if series.every == 1 else f"{series.every} months"
            if weekday != f"{here:%A}":
                return f"Every {often} on a {weekday} {until}"
            return f"Every {often} on the {nth} {weekday} {until}"
