"""Asking for longer, and answering it. The days that an action has had stay to be read."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import queries
from hub.actions.changes import arm, path_of
from hub.actions.rules import ExtensionState, check_later, check_open
from hub.actions.tables import Action, ActionExtension
from hub.cases.queries import accountable_for
from hub.cases.rules import check_reason
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.london import london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.sharing.rules import Viewer


async def ask(
    session: AsyncSession, action: Action, *, due_on: date, reason: str, by: Viewer, at: datetime
) -> ActionExtension:
    """Asks whoever gave an action for longer, with the reason. Whoever gave it to themselves agrees by asking."""
    await queries.hold(session, action)
    check_open(action.state)
    check_later(due_on, was=action.due_on, today=london(at).date())
    check_reason(reason, "reason")
    if await queries.extension_asked(session, action.id) is not None:
        raise Conflict("Somebody has asked for longer already: it waits for an answer.")
    asked = ActionExtension(
        action_id=action.id,
        case_id=action.case_id,
        was_due_on=action.due_on,
        due_on=due_on,
        reason=reason.strip(),
        asked_by=by.worker_id,
        asked_of=action.assigned_by,
        asked_at=at,
    )
    session.add(asked)
    await session.flush()
    if by.worker_id == action.assigned_by:
        await _settle(session, action, asked, granted=True, words="", by=by, at=at)
    else:
        await _tell(session, NoticeKind.action_extension_asked, action, asked.asked_of, at)
    await record(
        session, Kind.action_extension_asked, by=by, at=at, case_id=action.case_id, subject=action, due_on=str(due_on)
    )
    return asked


async def answer(session: AsyncSession, action: Action, *, granted: bool, words: str, by: Viewer, at: datetime) -> None:
    """Agrees to more time, or not, with why not. Agreed, the reminders are set anew for the later day."""
    await queries.hold(session, action)
    check_open(action.state)
    asked = await queries.extension_asked(session, action.id)
    if asked is None:
        raise Conflict("This has been answered already.")
    if asked.asked_by == by.worker_id:
        raise Refused("Somebody else answers this: you asked for it")
    if not granted:
        check_reason(words, "words")
    await _settle(session, action, asked, granted=granted, words=words, by=by, at=at)
    await _tell(session, NoticeKind.action_extension_answered, action, asked.asked_by, at)
    await record(
        session,
        Kind.action_extension_answered,
        by=by,
        at=at,
        case_id=action.case_id,
        subject=action,
        granted=granted,
        due_on=str(action.due_on),
    )


async def _settle(
    session: AsyncSession,
    action: Action,
    asked: ActionExtension,
    *,
    granted: bool,
    words: str,
    by: Viewer,
    at: datetime,
) -> None:
    asked.state = (ExtensionState.granted if granted else ExtensionState.refused).value
    asked.answered_by, asked.answered_at, asked.answer = by.worker_id, at, words.strip()
    if granted:
        action.due_on = asked.due_on
        named = await accountable_for(session, "action", action.id)
        if named is not None:
            await arm(session, action, named.worker_id, because="given another day", at=at)


async def _tell(session: AsyncSession, kind: NoticeKind, action: Action, worker_id: UUID, at: datetime) -> None:
    await notices.write(
        session,
        kind,
        worker_id=worker_id,
        subject_id=action.id,
        case_id=action.case_id,
        link=path_of(action),
        at=at,
    )
