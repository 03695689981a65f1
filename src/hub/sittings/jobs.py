"""Reminding those who are asked to a meeting with a list."""

from hub import clock
from hub.database import SessionMaker, transaction
from hub.invitations.rules import STAYING_AWAY
from hub.notices.queries import claim_reminder
from hub.notices.rules import NoticeKind
from hub.sittings import changes, queries
from hub.sittings.rules import SittingState

BATCH = 100


async def remind_members(maker: SessionMaker) -> int:
    """Sends the reminders that are due, one transaction each, looking again before each; says how many it handled."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            reminder = await claim_reminder(session, NoticeKind.sitting_reminder.value, at)
            if reminder is None:
                return count
            sitting = await queries.sitting_by_id(session, reminder.subject_id)
            row = await queries.member(session, reminder.subject_id, reminder.worker_id)
            reminder.done_at = at
            if sitting is None or sitting.state != SittingState.scheduled or sitting.starts_at <= at:
                reminder.dropped_because = "the meeting is not ahead any more"
            elif row is None or row.answer in STAYING_AWAY:
                reminder.dropped_because = "the worker is not coming"
            else:
                await changes.remind(session, sitting, worker_id=reminder.worker_id, at=at)
    return BATCH
