"""The end of a conference: closed, adjourned or held again, and the letter that tells what was decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import workers_by_id
from hub.cases.queries import accountable_for
from hub.cases.rules import check_reason
from hub.conferences import changes as conferences
from hub.conferences.changes import Called
from hub.conferences.queries import invitees
from hub.conferences.rules import ConferenceKind, check_open
from hub.conferences.tables import Conference
from hub.decisions.queries import decisions_of
from hub.errors import Conflict
from hub.events.changes import record
from hub.events.rules import HUB, Kind
from hub.ids import ref
from hub.minutes import queries
from hub.minutes.rules import (
    REMIND_BEFORE,
    Room,
    check_again,
    check_answerable,
    check_letter,
    check_may_decide,
    check_reviewed,
    letter_due,
    letter_of,
    version_of,
)
from hub.minutes.tables import DecisionLetter
from hub.minutes.wording import letter_parts
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.preparing.changes import bring_over
from hub.sharing.rules import Viewer


async def close(
    session: AsyncSession,
    conference: Conference,
    *,
    room: Room,
    no_change_because: str,
    again_at: datetime | None = None,
    clocks: Mapping[str, Any] | None = None,
    by: Viewer,
    at: datetime,
) -> None:
    """Closes the conference, makes its letter, and calls the next one when this had no quorum.

    Raises Conflict naming what is missing, Refused for an interim one without a date on which it is held again.
    """
    check_open(conference.state)
    check_may_decide(room)
    check_answerable(await accountable_for(session, "case", conference.case_id) is not None)
    if conference.interim_because:
        await hold_again(session, conference, check_again(again_at, at), by=by, at=at)
    decided = await decisions_of(session, conference.id)
    asked = await queries.asked_positions(session, [one.id for one in decided])
    await conferences.close(
        session,
        conference,
        no_change_because=no_change_because,
        asked={key: {one.agency_id for one in many} for key, many in asked.items()},
        by=by,
        at=at,
    )
    await make_letter(session, conference, clocks=clocks, by=by, at=at)


async def hold_again(
    session: AsyncSession, conference: Conference, starts_at: datetime, *, by: Viewer, at: datetime
) -> Conference:
    """Calls the same people together again, for the same purpose."""
    rows = (await invitees(session, [conference.id]))[conference.id]
    people = await workers_by_id(session, [row.worker_id for row in rows])
    staying = [worker for worker in people.values() if worker.ended_at is None]
    called = Called(
        kind=ConferenceKind(conference.kind),
        purpose=conference.purpose,
        starts_at=starts_at,
        minutes=conference.minutes,
        place=conference.place,
        video_link=conference.video_link,
        chair=people[conference.chair_id],
        invitees=staying,
        chair_because=conference.chair_because or "Called again by the same chair, because there was no quorum.",
    )
    again = await conferences.schedule(
        session, case_id=conference.case_id, called=called, circle=[one.agency_id for one in rows], by=by, at=at
    )
    again.follows_id = conference.id
    await record(
        session, Kind.conference_again, by=by, at=at, case_id=conference.case_id, subject=conference, again=again.id
    )
    return again


async def adjourn(
    session: AsyncSession,
    conference: Conference,
    *,
    room: Room,
    because: str,
    again_at: datetime | None,
    by: Viewer,
    at: datetime,
) -> Conference:
    """Ends a conference without its quorum that decides nothing, and calls it again within its clock.

    What was laid before it lies before the next one. Calendars lose its time, where that still lies ahead.
    """
    check_open(conference.state)
    if not room.missing:
        raise Conflict("The quorum is there: hold the conference, then close it.")
    if await decisions_of(session, conference.id):
        raise Conflict("Something has been decided: close the conference instead.")
    check_reason(because, "because")
    again = await hold_again(session, conference, check_again(again_at, at), by=by, at=at)
    await bring_over(session, conference, again, by=by, at=at)
    rows = await conferences.call_off(session, conference, because.strip(), at=at)
    if conference.starts_at > at:  # It was opened early: its time is still in everybody's calendar.
        chair = conferences.chair_of(conference, rows)
        await conferences.tell(session, conference, rows, chair, NoticeKind.conference_cancelled, at)
    await session.flush()
    await record(session, Kind.conference_adjourned, by=by, at=at, case_id=conference.case_id, subject=conference)
    return again


# --- The letter ---------------------------------------------------------------------------------------------------


async def make_letter(
    session: AsyncSession,
    conference: Conference,
    *,
    clocks: Mapping[str, Any] | None = None,
    by: Viewer,
    at: datetime,
) -> DecisionLetter:
    """Makes the letter from what was decided and agreed, with the moment by which it is sent; its chair is reminded of it."""
    words = await recorded(session, conference, by=by, at=at)
    letter = DecisionLetter(
        conference_id=conference.id, case_id=conference.case_id, words=words, due_at=letter_due(at, clocks)
    )
    session.add(letter)
    await session.flush()
    await notices.set_reminder(
        session,
        NoticeKind.letter_due,
        subject_id=conference.id,
        worker_id=conference.chair_id,
        due_at=max(letter.due_at - REMIND_BEFORE, at),
    )
    await record(session, Kind.letter_made, by=by, at=at, case_id=conference.case_id, subject=letter)
    return letter


async def recorded(session: AsyncSession, conference: Conference, *, by: Viewer, at: datetime) -> str:
    """What the letter would say if it were made now, from all that is recorded by now."""
    return letter_of(await letter_parts(session, conference, viewer=by, at=at))


async def review_letter(
    session: AsyncSession,
    conference: Conference,
    letter: DecisionLetter,
    *,
    words: str,
    version: str | None = None,
    by: Viewer,
    at: datetime,
) -> None:
    """Keeps the letter as somebody has read it and put it right, with what was recorded when they read it.

    `version` is of what stood on the page that they read. Raises Conflict when something was recorded since: a dissent
    that came meanwhile is not reviewed unread.
    """
    check_letter(words, True, letter.sent_at is not None)
    now = await recorded(session, conference, by=by, at=at)
    if version is not None and version != version_of(now):
        raise Conflict(
            "Something was recorded while you were reading. Look at what is new, then save the letter again."
        )
    letter.words, letter.reviewed_by, letter.reviewed_at, letter.reviewed_of = words.strip(), by.worker_id, at, now
    await session.flush()
    await record(session, Kind.letter_reviewed, by=by, at=at, case_id=letter.case_id, subject=letter)


async def send_letter(
    session: AsyncSession, conference: Conference, letter: DecisionLetter, *, by: Viewer, at: datetime
) -> None:
    """Tells everybody who was invited that the letter is there. The mail names nobody; the words stay in the Hub.

    Raises Conflict for a letter that was reviewed before something was recorded that it should tell.
    """
    check_letter(letter.words, letter.reviewed_at is not None, letter.sent_at is not None)
    check_reviewed(letter.reviewed_of, await recorded(session, conference, by=by, at=at))
    letter.sent_by, letter.sent_at = by.worker_id, at
    to: list[UUID] = list(await queries.invited_workers(session, conference.id))
    for worker_id in to:
        await notices.write(
            session,
            NoticeKind.decision_letter,
            worker_id=worker_id,
            subject_id=conference.id,
            case_id=conference.case_id,
            link=f"/conferences/{ref(conference.id)}/letter",
            at=at,
        )
    await notices.drop_reminders(session, conference.id, because="sent", at=at)
    await session.flush()
    await record(session, Kind.letter_sent, by=by, at=at, case_id=letter.case_id, subject=letter, to=to)


async def remind_of_letter(session: AsyncSession, conference: Conference, *, worker_id: UUID, at: datetime) -> None:
    """Writes to the chair that a letter is nearly due."""
    await notices.write(
        session,
        NoticeKind.letter_due,
        worker_id=worker_id,
        subject_id=conference.id,
        case_id=conference.case_id,
        link=f"/conferences/{ref(conference.id)}/letter",
        at=at,
    )
    await record(
        session, Kind.letter_reminded, by=HUB, at=at, case_id=conference.case_id, subject=conference, worker=worker_id
    )
