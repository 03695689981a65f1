"""Reminding the chair of a decision letter, once."""

from hub import clock
from hub.conferences.queries import conference_by_id
from hub.database import SessionMaker, transaction
from hub.minutes import closing, queries
from hub.notices.queries import claim_reminder
from hub.notices.rules import NoticeKind

BATCH = 50


async def remind_of_letters(maker: SessionMaker) -> int:
    """Sends the reminders of letters that are nearly due, looking again before each; says how many it handled."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            reminder = await claim_reminder(session, NoticeKind.letter_due.value, at)
            if reminder is None:
                return count
            reminder.done_at = at
            conference = await conference_by_id(session, reminder.subject_id)
            letter = await queries.letter_of(session, reminder.subject_id)
            if conference is None or letter is None or letter.sent_at is not None:
                reminder.dropped_because = "the letter has been sent"
                continue
            await closing.remind_of_letter(session, conference, worker_id=reminder.worker_id, at=at)
    return BATCH
