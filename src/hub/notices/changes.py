"""Writing a letter, setting a reminder, and noting what became of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from hub.events.changes import record
from hub.events.rules import HUB, Kind
from hub.ids import new_id
from hub.notices.rules import NoticeKind, next_try
from hub.notices.tables import Notice, Reminder


async def write(
    session: AsyncSession,
    kind: NoticeKind,
    *,
    worker_id: UUID,
    subject_id: UUID,
    link: str,
    case_id: UUID | None = None,
    calendar: str = "",
    calendar_method: str = "",
    answer: str = "",
    at: datetime,
) -> Notice:
    """Writes a letter in the transaction of what it tells about: nobody hears of what was rolled back.

    The change that it tells about is in the ledger; the letter is there when it is sent.
    """
    notice = Notice(
        kind=kind.value,
        worker_id=worker_id,
        case_id=case_id,
        subject_id=subject_id,
        link=link,
        calendar=calendar,
        calendar_method=calendar_method,
        answer=answer,
        written_at=at,
        try_at=at,
    )
    session.add(notice)
    return notice


async def mark_sent(session: AsyncSession, notice: Notice, *, at: datetime) -> None:
    notice.sent_at = at
    notice.attempts += 1
    await record(
        session,
        Kind.notice_sent,
        by=HUB,
        at=at,
        case_id=notice.case_id,
        subject=notice,
        to=notice.worker_id,
        reason=notice.kind,
    )


async def mark_failed(
    session: AsyncSession, notice: Notice, *, reason: str, for_good: bool = False, at: datetime
) -> None:
    """Notes a try in vain; the letter is tried again later, or given up after a day and a half (or at once)."""
    notice.attempts += 1
    notice.failure = reason
    again = None if for_good else next_try(notice.attempts, at)
    if again is None:
        notice.failed_at = at
    else:
        notice.try_at = again
    await record(
        session,
        Kind.notice_failed,
        by=HUB,
        at=at,
        case_id=notice.case_id,
        subject=notice,
        to=notice.worker_id,
        reason=reason,
        given_up=again is None,
    )


async def set_reminder(
    session: AsyncSession, kind: NoticeKind, *, subject_id: UUID, worker_id: UUID, due_at: datetime
) -> None:
    """Sets a reminder, once: setting it again changes nothing."""
    await session.execute(
        insert(Reminder)
        .values(
            id=new_id(), kind=kind.value, subject_id=subject_id, worker_id=worker_id, due_at=due_at, dropped_because=""
        )
        .on_conflict_do_nothing(constraint="reminder_once")
    )


async def rearm_reminder(
    session: AsyncSession, kind: NoticeKind, *, subject_id: UUID, worker_id: UUID, due_at: datetime
) -> None:
    """Sets a reminder, and wakes one that was dropped. One that has gone out stays out: nobody is told twice."""
    await session.execute(
        insert(Reminder)
        .values(
            id=new_id(), kind=kind.value, subject_id=subject_id, worker_id=worker_id, due_at=due_at, dropped_because=""
        )
        .on_conflict_do_update(
            constraint="reminder_once",
            set_={"done_at": None, "dropped_because": ""},
            where=col(Reminder.dropped_because) != "",
        )
    )


async def drop_reminders(
    session: AsyncSession, subject_id: UUID, *, because: str, at: datetime, worker_id: UUID | None = None
) -> None:
    """Ends the open reminders of something that was moved, cancelled or done: everybody's, or one worker's.

    In one statement: a reminder that a clock holds at this moment is waited for, and, once it has gone out, left alone.
    """
    await session.execute(
        update(Reminder)
        .where(col(Reminder.subject_id) == subject_id, col(Reminder.done_at).is_(None))
        .where(true() if worker_id is None else col(Reminder.worker_id) == worker_id)
        .values(done_at=at, dropped_because=because)
    )
