"""A disagreement between two agencies, and each step that it has stood on."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive
from hub.escalations.rules import About, EscalationState, StepEnd


class Escalation(SQLModel, table=True):
    """What two agencies see differently. `due_at` is when its present step runs out; `told_late_at` that the last
    step's meeting is late has been told."""

    __tablename__ = "escalation"
    __table_args__ = (
        CheckConstraint(one_of("about", About), name="escalation_about"),
        CheckConstraint(one_of("state", EscalationState), name="escalation_state"),
        CheckConstraint("step BETWEEN 1 AND 4", name="escalation_step_number"),
        CheckConstraint("agency_id <> other_agency_id", name="escalation_between_two"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="escalation_ended"),
        Index("escalation_of_case", "case_id", "raised_at"),
        Index("escalation_due", "due_at", postgresql_where=text("ended_at IS NULL AND told_late_at IS NULL")),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    about: str = plain()
    about_id: Identity
    agency_id: Identity = points_to("agency.id", index=False)
    """The agency that raised it."""
    other_agency_id: Identity = points_to("agency.id", index=False)
    raised_by: Identity = points_to("worker.id", index=False)
    raised_at: Moment = moment()
    disputed: str = sensitive()
    we_want: str = sensitive()
    they_want: str = sensitive()
    evidence: str = sensitive(default="")
    step: int = 1
    due_at: Moment = moment()
    told_late_at: Moment | None = moment(null=True)
    state: str = plain(default=EscalationState.open.value)
    outcome: str = sensitive(default="")
    ended_by: Identity | None = points_to("worker.id", null=True, index=False)
    ended_at: Moment | None = moment(null=True)


class EscalationStep(SQLModel, table=True):
    """One step: exactly one person on each side, and at the last one the chair as well; and how it ended."""

    __tablename__ = "escalation_step"
    __table_args__ = (
        UniqueConstraint("escalation_id", "step", name="escalation_step_once"),
        CheckConstraint("step BETWEEN 1 AND 4", name="escalation_step_step"),
        CheckConstraint(one_of("ended_as", StepEnd), name="escalation_step_ended_as"),
        CheckConstraint("(ended_as IS NULL) = (ended_at IS NULL)", name="escalation_step_ended"),
        CheckConstraint("(plan = '') = (proposed_agency_id IS NULL)", name="escalation_step_plan"),
        CheckConstraint("(step = 4) = (chair_id IS NOT NULL)", name="escalation_step_chair"),
        Index("escalation_step_ours", "raiser_id", postgresql_where=text("ended_at IS NULL")),
        Index("escalation_step_theirs", "other_id", postgresql_where=text("ended_at IS NULL")),
        Index("escalation_step_chairs", "chair_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Identity = identity()
    escalation_id: Identity = points_to("escalation.id", index=False)
    step: int
    raiser_id: Identity = points_to("worker.id", index=False)
    """Who answers for the agency that raised it."""
    other_id: Identity = points_to("worker.id", index=False)
    chair_id: Identity | None = points_to("worker.id", null=True, index=False)
    opened_at: Moment = moment()
    due_at: Moment = moment()
    plan: str = sensitive(default="")
    proposed_agency_id: Identity | None = points_to("agency.id", null=True, index=False)
    proposed_by: Identity | None = points_to("worker.id", null=True, index=False)
    words: str = sensitive(default="")
    ended_as: str | None = plain(default=None)
    ended_by: Identity | None = points_to("worker.id", null=True, index=False)
    ended_at: Moment | None = moment(null=True)
