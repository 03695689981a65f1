"""Sending one step of the reminders of an action."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions.changes import path_of
from hub.actions.rules import Rung
from hub.chasing import queries
from hub.events.changes import record
from hub.events.rules import HUB, Kind
from hub.london import london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.notices.tables import Reminder


async def remind(session: AsyncSession, reminder: Reminder, *, at: datetime) -> int:
    """Sends a reminder that is held by this transaction, or drops it with the reason; says how many letters it made.

    It is marked as gone in the same transaction as the letters are written: whoever dies before the commit has done
    neither, and whoever comes next does both.
    """
    action, reminder.dropped_because = await queries.action_of(session, reminder)
    reminder.done_at = at
    if action is None or reminder.dropped_because:
        return 0
    rung = Rung(reminder.kind)
    people = await queries.told(session, rung, action, at, london(at).date())
    if not people:
        reminder.dropped_because = "there is nobody to tell"
        return 0
    for worker_id in people:
        await notices.write(
            session,
            NoticeKind(rung.value),
            worker_id=worker_id,
            subject_id=action.id,
            case_id=action.case_id,
            link=path_of(action),
            at=at,
        )
    await record(
        session,
        Kind.action_reminded,
        by=HUB,
        at=at,
        case_id=action.case_id,
        subject=action,
        reason=rung.value,
        workers=people,
    )
    return len(people)
