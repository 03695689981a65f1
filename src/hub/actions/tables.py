"""What somebody will do. Who answers for it stands in `accountability`."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from hub.actions.rules import ActionState
from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive


class Action(SQLModel, table=True):
    """Something that one named person will do by a day. Who answers for it stands in `accountability`."""

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint(one_of("state", ActionState), name="action_state"),
        CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="action_finished_at"),
        Index("action_open", "case_id", "due_on", postgresql_where=text("finished_at IS NULL")),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    conference_id: Identity | None = points_to("conference.id", null=True)
    decision_id: Identity | None = points_to("decision.id", null=True, index=False)
    outcome_id: Identity | None = points_to("outcome.id", null=True, index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    what: str = sensitive()
    risk: str = sensitive(default="")
    """Which risk it lowers."""
    similar_to: Identity | None = points_to("action.id", null=True, index=False)
    """Something like it that was tried before."""
    last_result: str = plain(default="")
    """What came of that."""
    due_on: date = plain()
    state: str = plain(default=ActionState.open.value)
    assigned_by: Identity = points_to("worker.id", index=False)
    assigned_at: Moment = moment()
    finished_at: Moment | None = moment(null=True)
    finished_note: str = sensitive(default="")
