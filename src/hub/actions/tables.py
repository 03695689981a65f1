"""What somebody will do, what is written about it on the way, and the days it has had. Who answers for it stands in
`accountability`."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from hub.actions.rules import ActionState, EntryKind, ExtensionState, Result
from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive


class Action(SQLModel, table=True):
    """Something that one named person will do by a day. Who answers for it stands in `accountability`."""

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint(one_of("state", ActionState), name="action_state"),
        CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="action_finished_at"),
        CheckConstraint(one_of("result", Result), name="action_result"),
        CheckConstraint("state <> 'open' OR result IS NULL", name="action_result_at_end"),
        CheckConstraint(one_of("last_result", Result), name="action_last_result"),
        CheckConstraint("outcome_id IS NULL OR no_outcome_because = ''", name="action_one_purpose"),
        Index("action_open", "case_id", "due_on", postgresql_where=text("finished_at IS NULL")),
        Index("action_of_agency", "agency_id", "due_on"),
        Index("action_of_case", "case_id", "agency_id"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    conference_id: Identity | None = points_to("conference.id", null=True)
    decision_id: Identity | None = points_to("decision.id", null=True, index=False)
    outcome_id: Identity | None = points_to("outcome.id", null=True, index=False)
    no_outcome_because: str = sensitive(default="")
    """Why it serves no outcome yet."""
    risk: str = sensitive(default="")
    """Which risk it lowers."""
    agency_id: Identity = points_to("agency.id", index=False)
    what: str = sensitive()
    due_on: date = plain()
    state: str = plain(default=ActionState.open.value)
    assigned_by: Identity = points_to("worker.id", index=False)
    assigned_at: Moment = moment()
    similar_to: Identity | None = points_to("action.id", null=True, index=False)
    """The earlier action like it that whoever gave this one was shown."""
    last_result: str | None = sensitive(default=None)
    """What came of that one, as they knew."""
    finished_at: Moment | None = moment(null=True)
    finished_note: str = sensitive(default="")
    result: str | None = sensitive(default=None)

    @property
    def origin(self) -> str:
        """Where it comes from: a decision, a conference, or the work on the case."""
        if self.decision_id is not None:
            return "decision"
        return "conference" if self.conference_id is not None else "case"


class ActionEntry(SQLModel, table=True):
    """Something written about an action. The database lets nobody change one: there is no right to."""

    __tablename__ = "action_entry"
    __table_args__ = (
        CheckConstraint(one_of("kind", EntryKind), name="action_entry_kind"),
        CheckConstraint(one_of("result", Result), name="action_entry_result"),
        Index("action_entry_of", "action_id", "written_at"),
    )

    id: Identity = identity()
    action_id: Identity = points_to("action.id", index=False)
    case_id: Identity = points_to("case_record.id", index=False)
    kind: str = plain()
    words: str = sensitive()
    result: str | None = sensitive(default=None)
    contribution_id: Identity | None = points_to("contribution.id", null=True, index=False)
    """The contribution in which the evidence stands."""
    worker_id: Identity = points_to("worker.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    written_at: Moment = moment()


class ActionExtension(SQLModel, table=True):
    """A wish for more time, with the day that stood before it; granted ones are the history of the due day."""

    __tablename__ = "action_extension"
    __table_args__ = (
        CheckConstraint(one_of("state", ExtensionState), name="action_extension_state"),
        CheckConstraint("(state = 'asked') = (answered_at IS NULL)", name="action_extension_answered"),
        CheckConstraint("due_on > was_due_on", name="action_extension_later"),
        Index("action_extension_of", "action_id", "asked_at"),
        Index("action_extension_once", "action_id", unique=True, postgresql_where=text("state = 'asked'")),
        Index("action_extension_waiting", "asked_of", postgresql_where=text("state = 'asked'")),
    )

    id: Identity = identity()
    action_id: Identity = points_to("action.id", index=False)
    case_id: Identity = points_to("case_record.id", index=False)
    was_due_on: date = plain()
    due_on: date = plain()
    reason: str = sensitive()
    asked_by: Identity = points_to("worker.id", index=False)
    asked_of: Identity = points_to("worker.id", index=False)
    """Who gave the action: in whose work it waits. Others who may answer are in the rules."""
    asked_at: Moment = moment()
    state: str = plain(default=ExtensionState.asked.value)
    answered_by: Identity | None = points_to("worker.id", null=True, index=False)
    answered_at: Moment | None = moment(null=True)
    answer: str = sensitive(default="")
