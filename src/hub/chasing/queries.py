"""Asking who is to be reminded."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.absences.queries import deputies
from hub.actions.queries import actions_by_id
from hub.actions.rules import ActionState, Rung, Someone, manager_of
from hub.actions.tables import Action
from hub.agencies.queries import workers, workers_by_id
from hub.cases.queries import accountable_for
from hub.cases.tables import Case
from hub.conferences.queries import overseer_of
from hub.notices.tables import Reminder


async def action_of(session: AsyncSession, reminder: Reminder) -> tuple[Action | None, str]:
    """The action that a reminder is about, and why it need not go out after all, if the world has moved."""
    action = (await actions_by_id(session, [reminder.subject_id])).get(reminder.subject_id)
    if action is None:
        return None, "the action is not there"
    if action.state != ActionState.open:
        return action, ActionState(action.state).label.lower()
    case = await session.get(Case, action.case_id)
    if case is None or case.closed_at is not None:
        return action, "the case is closed"
    if Rung(reminder.kind).moment(action.due_on) != reminder.due_at:
        return action, "given another day"
    return action, ""


async def told(session: AsyncSession, rung: Rung, action: Action, at: datetime, today: date) -> list[UUID]:
    """Whom a step tells, each once: the person and, while they are away, who stands in; their manager; or the forum,
    which is whoever oversees the case and whoever answers for it. Nobody who has left."""
    held = await accountable_for(session, "action", action.id)
    named: list[UUID | None] = []
    match rung:
        case Rung.soon | Rung.person if held is not None:
            away = (await deputies(session, [held.worker_id], today)).get(held.worker_id)
            named = [held.worker_id, away.deputy_id if away else None]
        case Rung.manager:
            named = [await _manager(session, action, held.worker_id if held else None, at)]
        case Rung.forum:
            answers = await accountable_for(session, "case", action.case_id)
            named = [await overseer_of(session, action.case_id, at), answers.worker_id if answers else None]
    live = await workers_by_id(session, named)
    return [
        one
        for one in dict.fromkeys(one for one in named if one is not None)
        if live[one].ended_at is None or live[one].ended_at > at
    ]


async def _manager(session: AsyncSession, action: Action, worker_id: UUID | None, at: datetime) -> UUID | None:
    agency = await workers(session, agency_ids=[action.agency_id], at=at)
    worker = next((one for one in agency if one.id == worker_id), None)
    colleagues = [Someone(one.id, tuple(one.roles)) for one in agency]
    return manager_of(worker_id or action.id, worker.manager_id if worker else None, colleagues)
