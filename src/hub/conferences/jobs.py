"""Reminding invitees: what is due stands in a table, any number of processes may look, one of them does it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.agencies.queries import workers_by_id
from hub.conferences import answers, queries
from hub.conferences.rules import ConferenceState
from hub.database import SessionMaker, transaction
from hub.invitations.rules import STAYING_AWAY
from hub.notices.queries import claim_reminder
from hub.notices.rules import NoticeKind
from hub.notices.tables import Reminder

BATCH = 100


async def remind_due(maker: SessionMaker) -> int:
    """Sends the reminders that are due, one transaction each, looking again before each; says how many it handled."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            at = clock.now()
            reminder = await claim_reminder(session, NoticeKind.conference_reminder.value, at)
            if reminder is None:
                return count
            reminder.dropped_because = await _no_longer_due(session, reminder, at)
            reminder.done_at = at
            if not reminder.dropped_because:
                conference = await queries.conference_by_id(session, reminder.subject_id)
                if conference is not None:
                    await answers.remind(session, conference, worker_id=reminder.worker_id, at=at)
    return BATCH


async def _no_longer_due(session: AsyncSession, reminder: Reminder, at: datetime) -> str:
    """Why this reminder should not go out after all, or nothing: the world has moved since it was set."""
    conference = await queries.conference_by_id(session, reminder.subject_id)
    invitee = await queries.invitee(session, reminder.subject_id, reminder.worker_id)
    worker = (await workers_by_id(session, [reminder.worker_id])).get(reminder.worker_id)
    if conference is None or conference.state != ConferenceState.scheduled:
        return "the conference is not ahead any more"
    if invitee is None or invitee.answer in STAYING_AWAY:
        return "the worker is not coming"
    if worker is None or (worker.ended_at is not None and worker.ended_at <= at):
        return "the worker has left"
    return "it has begun" if conference.starts_at <= at else ""
