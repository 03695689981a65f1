"""Giving an action to somebody, taking it on or not, writing how it goes, and ending it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import queries
from hub.actions.rules import (
    ActionState,
    EntryKind,
    ExtensionState,
    Result,
    check_ending,
    check_open,
    check_purpose,
    reminders,
)
from hub.actions.tables import Action, ActionEntry
from hub.agencies.queries import workers_by_id
from hub.agencies.tables import Worker
from hub.cases.changes import hand_back, name_accountable
from hub.cases.queries import accountable_for
from hub.cases.rules import check_reason
from hub.contributions.tables import Contribution
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.london import london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Assigned:
    """An action: what, who, by when, for which outcome or why for none yet, and against which risk."""

    what: str
    worker: Worker
    due_on: date
    outcome_id: UUID | None = None
    decision_id: UUID | None = None
    no_outcome_because: str = ""
    risk: str = ""
    similar_to: UUID | None = None
    last_result: Result | None = None


def path_of(action: Action) -> str:
    """The address of the action's own page."""
    return f"/actions/{ref(action.id)}"


async def give(
    session: AsyncSession, *, case_id: UUID, conference_id: UUID | None, assigned: Assigned, by: Viewer, at: datetime
) -> Action:
    """Gives an action that says what it is for. Raises Refused when it does not, or when something like it was tried
    in this case by the same agency and nobody has said what came of it."""
    check_purpose(
        has_outcome=assigned.outcome_id is not None,
        no_outcome_because=assigned.no_outcome_because,
        risk=assigned.risk,
    )
    before = await queries.tried_before(session, by, case_id, assigned.what)
    if before and assigned.last_result is None:
        raise Refused(
            "Something like this was tried here before. Say what came of it, so that it is not repeated unexamined",
            field="last_result",
        )
    # Whoever sees this case may not see the others of the family: only an action of this case is named in it.
    known = Assigned(
        what=assigned.what,
        worker=assigned.worker,
        due_on=assigned.due_on,
        outcome_id=assigned.outcome_id,
        decision_id=assigned.decision_id,
        no_outcome_because=assigned.no_outcome_because,
        risk=assigned.risk,
        similar_to=next((one.id for one in before if one.case_id == case_id), None),
        last_result=assigned.last_result if before else None,
    )
    return await assign(session, case_id=case_id, conference_id=conference_id, assigned=known, by=by, at=at)


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
        no_outcome_because=assigned.no_outcome_because.strip(),
        risk=assigned.risk.strip(),
        agency_id=assigned.worker.agency_id,
        what=assigned.what,
        due_on=assigned.due_on,
        assigned_by=by.worker_id,
        assigned_at=at,
        similar_to=assigned.similar_to,
        last_result=assigned.last_result.value if assigned.last_result else None,
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
    await _name(session, action, assigned.worker, by=by, at=at)
    return action


async def _name(session: AsyncSession, action: Action, worker: Worker, *, by: Viewer, at: datetime) -> None:
    """Names the one person who will do it, tells them, and sets the reminders for them."""
    action.agency_id = worker.agency_id
    await name_accountable(
        session,
        case_id=action.case_id,
        subject_type="action",
        subject_id=action.id,
        worker_id=worker.id,
        by=by,
        at=at,
    )
    if worker.id != by.worker_id:
        await _write(session, NoticeKind.action_assigned, action, worker.id, at)
    await arm(session, action, worker.id, because="given to somebody else", at=at)


async def _write(session: AsyncSession, kind: NoticeKind, action: Action, worker_id: UUID, at: datetime) -> None:
    await notices.write(
        session,
        kind,
        worker_id=worker_id,
        subject_id=action.id,
        case_id=action.case_id,
        link=path_of(action),
        at=at,
    )


async def arm(session: AsyncSession, action: Action, worker_id: UUID, *, because: str, at: datetime) -> None:
    """Sets the reminders of an action's due day, and drops those of another day or person, with the reason."""
    await notices.drop_reminders(session, action.id, because=because, at=at)
    for rung, moment in reminders(action.due_on, at):
        await notices.rearm_reminder(
            session, NoticeKind(rung.value), subject_id=action.id, worker_id=worker_id, due_at=moment
        )


async def pass_on(
    session: AsyncSession, action: Action, *, worker: Worker, reason: str, by: Viewer, at: datetime
) -> None:
    """Gives an open action to somebody else, with the reason; it waits for their yes."""
    await queries.hold(session, action)
    check_open(action.state)
    check_reason(reason, "reason")
    await _write_down(session, action, EntryKind.passed_on, reason, by=by, at=at)
    await _name(session, action, worker, by=by, at=at)
    await record(session, Kind.action_passed_on, by=by, at=at, case_id=action.case_id, subject=action, worker=worker.id)


async def decline(session: AsyncSession, action: Action, *, reason: str, by: Viewer, at: datetime) -> None:
    """Does not take an action, or cannot keep it, and says why: it goes back to whoever gave it, who is told.

    What one gave to oneself has nobody to go back to: it can be given to somebody else.
    """
    await queries.hold(session, action)
    check_open(action.state)
    named = await accountable_for(session, "action", action.id)
    if named is None or named.worker_id != by.worker_id:
        raise Refused("Only the person named can say that they cannot take this.")
    check_reason(reason, "reason")
    people = await workers_by_id(session, [named.given_by, action.assigned_by])
    givers = [people.get(one) for one in (named.given_by, action.assigned_by) if one is not None]
    giver = next((one for one in givers if one and one.id != by.worker_id and one.ended_at is None), None)
    if giver is None:
        raise Refused("Nobody gave you this who could take it back. Give it to somebody else", field="reason")
    await _write_down(session, action, EntryKind.declined, reason, by=by, at=at)
    await hand_back(session, named, reason=reason, by=by, at=at)
    held = await accountable_for(session, "action", action.id)
    if held is None or held.worker_id != giver.id:
        await name_accountable(
            session,
            case_id=action.case_id,
            subject_type="action",
            subject_id=action.id,
            worker_id=giver.id,
            by=by,
            at=at,
        )
    returned = await accountable_for(session, "action", action.id)
    if returned is not None:
        # It is theirs again as it was at first: were they to decline it too, it would not go to whoever just did.
        returned.given_by = giver.id
    action.agency_id = giver.agency_id
    await arm(session, action, giver.id, because="went back to whoever gave it", at=at)
    await _write(session, NoticeKind.action_declined, action, giver.id, at)
    await record(session, Kind.action_declined, by=by, at=at, case_id=action.case_id, subject=action, worker=giver.id)


async def note(session: AsyncSession, action: Action, *, words: str, by: Viewer, at: datetime) -> ActionEntry:
    """Writes how an open action goes. It cannot be changed afterwards: what was wrong is put right by another."""
    check_open(action.state)
    if not words.strip():
        raise Refused("Say how it goes", field="words")
    entry = await _write_down(session, action, EntryKind.progress, words, by=by, at=at)
    await record(session, Kind.action_noted, by=by, at=at, case_id=action.case_id, subject=action)
    return entry


async def _write_down(
    session: AsyncSession,
    action: Action,
    kind: EntryKind,
    words: str,
    *,
    by: Viewer,
    at: datetime,
    result: Result | None = None,
    evidence: Contribution | None = None,
) -> ActionEntry:
    entry = ActionEntry(
        action_id=action.id,
        case_id=action.case_id,
        kind=kind.value,
        words=words.strip(),
        result=result.value if result else None,
        contribution_id=evidence.id if evidence else None,
        worker_id=by.worker_id,
        agency_id=by.agency_id,
        written_at=at,
    )
    session.add(entry)
    await session.flush()
    return entry


async def finish(
    session: AsyncSession,
    action: Action,
    *,
    state: ActionState,
    note: str,
    result: Result | None = None,
    evidence: Contribution | None = None,
    by: Viewer,
    at: datetime,
) -> None:
    """Ends an action: done, with the evidence and what came of it; overtaken by events, or not undertaken, with why.

    Its reminders are dropped, and a wish for more time that waits has lapsed.
    """
    await queries.hold(session, action)
    check_open(action.state)
    came = check_ending(state, result)
    check_reason(note, "note")
    action.state, action.finished_at, action.finished_note = state.value, at, note
    action.result = came.value
    await _write_down(session, action, EntryKind(state.value), note, by=by, at=at, result=came, evidence=evidence)
    waiting = await queries.extension_asked(session, action.id)
    if waiting is not None:
        waiting.state, waiting.answered_at = ExtensionState.lapsed.value, at
    await notices.drop_reminders(session, action.id, because=state.label.lower(), at=at)
    await record(session, Kind.action_finished, by=by, at=at, case_id=action.case_id, subject=action, state=state.value)


async def reopen(session: AsyncSession, action: Action, *, reason: str, due_on: date, by: Viewer, at: datetime) -> None:
    """Opens an ended action again, with the reason and a new day; how it had ended stays to be read."""
    await queries.hold(session, action)
    if action.state == ActionState.open:
        raise Conflict("This action is open.")
    check_reason(reason, "reason")
    if due_on < london(at).date():
        raise Refused("The due date cannot lie in the past", field="due_on")
    await _write_down(session, action, EntryKind.reopened, reason, by=by, at=at)
    action.state, action.finished_at, action.finished_note, action.result = ActionState.open.value, None, "", None
    action.due_on = due_on
    named = await accountable_for(session, "action", action.id)
    if named is not None:
        await arm(session, action, named.worker_id, because="opened again", at=at)
        if named.worker_id != by.worker_id:
            await _write(session, NoticeKind.action_reopened, action, named.worker_id, at)
    await record(
        session, Kind.action_reopened, by=by, at=at, case_id=action.case_id, subject=action, due_on=str(due_on)
    )
