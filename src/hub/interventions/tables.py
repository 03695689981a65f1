"""Interventions, and for whom each is."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, personal, plain, points_to, sensitive
from hub.interventions.rules import Status


class Intervention(SQLModel, table=True):
    """One thing that an agency does to or for a family: a visit, an appointment, a plan, a condition."""

    __tablename__ = "intervention"
    __table_args__ = (
        CheckConstraint(one_of("status", Status), name="intervention_status"),
        CheckConstraint("ends_at >= starts_at", name="intervention_order"),
        Index("intervention_of_case", "case_id", "starts_at"),
        Index("intervention_unchecked", "recorded_at", postgresql_where=text("checked_at IS NULL")),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    worker_id: Identity | None = points_to("worker.id", null=True)
    """Who does it."""
    kind: str = plain()
    status: str = plain(default=Status.planned.value)
    starts_at: Moment = moment()
    ends_at: Moment | None = moment(null=True)
    whole_days: bool = False
    place: str = personal(default="")
    mandatory: bool = False
    joint: bool = False
    note: str = sensitive(default="")
    outcome_id: Identity | None = points_to("outcome.id", null=True)
    recorded_by: Identity | None = points_to("worker.id", null=True, index=False)
    recorded_at: Moment = moment()
    changed_at: Moment | None = moment(null=True)
    ended_reason: str = sensitive(default="")
    checked_at: Moment | None = moment(null=True)
    """When the clash rules last looked at it; null asks them to."""


class InterventionPerson(SQLModel, table=True):
    """Somebody whom an intervention is for."""

    __tablename__ = "intervention_person"
    __table_args__ = (Index("intervention_person_person", "person_id"),)

    intervention_id: Identity = Field(primary_key=True, foreign_key="intervention.id")
    person_id: Identity = Field(primary_key=True, foreign_key="person.id")
