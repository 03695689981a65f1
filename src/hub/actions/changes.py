"""Giving an action to somebody, and finishing it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions.rules import ActionState
from hub.actions.tables import Action
from hub.agencies.tables import Worker
from hub.cases.changes import name_accountable
from hub.cases.rules import check_reason
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.london import london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Assigned:
    """An action: what, who, by when, and for which outcome."""

    what: str
    worker: Worker
    due_on: date
    outcome_id: UUID | None = None
    decision_id: UUID | None = None
    risk: str = ""
    similar_to: UUID | None = None
    last_result: str = ""


async def assign(
    session: AsyncSession, *, case_id: UUID, conference_id: UUID | None, assigned: Assigned, by: Viewer, at: datetime
) -> Action:
    """Gives an action to one named person, who is told; it is theirs once they have accepted it."""
    if assigned.due_on < london(at).date():
        raise Refused("The due date cannot lie in the past", field="due_on")
    action = Action(
        case_id=case_id,
        conference_id=conference_id,
        decision_id=assigned.decision_id,
        outcome_id=assigned.outcome_id,
        agency_id=assigned.worker.agency_id,
        what=assigned.what,
        risk=assigned.risk,
        similar_to=assigned.similar_to,
        last_result=assigned.last_result,
        due_on=assigned.due_on,
        assigned_by=by.worker_id,
        assigned_at=at,
    )
    session.add(action)
    await session.flush()
    await record(
        session,
        Kind.action_assigned,
        by=by,
        at=at,
        case_id=case_id,
        subject=action,
        worker=assigned.worker.id,
        due_on=str(assigned.due_on),
    )
    await name_accountable(
        session,
        case_id=case_id,
        subject_type="action",
        subject_id=action.id,
        worker_id=assigned.worker.id,
        by=by,
        at=at,
    )
    if assigned.worker.id != by.worker_id:
        await notices.write(
            session,
            NoticeKind.action_assigned,
            worker_id=assigned.worker.id,
            subject_id=action.id,
            case_id=case_id,
            link="/my-work",
            at=at,
        )
    return action


async def finish(
    session: AsyncSession, action: Action, *, state: ActionState, note: str, by: Viewer, at: datetime
) -> None:
    """Ends an action: done, overtaken by events, or not undertaken. The last two say why."""
    if action.state != ActionState.open:
        raise Conflict("This action has been finished already.")
    if state is ActionState.open:
        raise Refused("Choose how it ended", field="state")
    check_reason(note, "note")
    action.state, action.finished_at, action.finished_note = state.value, at, note
    await record(session, Kind.action_finished, by=by, at=at, case_id=action.case_id, subject=action, state=state.value)
