"""Joint outcomes, the objectives that agencies have in them, and their measures."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive
from hub.outcomes.rules import Direction, OutcomeState


class Outcome(SQLModel, table=True):
    """What the agencies want to be different for this family, measured by one indicator."""

    __tablename__ = "outcome"
    __table_args__ = (
        CheckConstraint(one_of("state", OutcomeState), name="outcome_state"),
        CheckConstraint(one_of("direction", Direction), name="outcome_direction"),
        CheckConstraint("state <> 'live' OR rank BETWEEN 1 AND 5", name="outcome_five_live"),
        Index("outcome_rank", "case_id", "rank", unique=True, postgresql_where=text("state = 'live'")),
        Index("outcome_of_case", "case_id"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    theme: str = plain(default="")
    """One of the ten Supporting Families outcomes."""
    statement: str = sensitive()
    indicator: str = sensitive()
    unit: str = plain(default="")
    direction: str = plain()
    baseline_value: float
    baseline_on: date = plain()
    baseline_source: str = plain(default="")
    target_value: float
    target_on: date = plain()
    rank: int
    state: str = plain(default=OutcomeState.live.value)
    agreed_by: Identity | None = points_to("worker.id", null=True, index=False)
    agreed_at: Moment = moment()
    ended_at: Moment | None = moment(null=True)


class Objective(SQLModel, table=True):
    """What one agency itself gains when the joint outcome is reached. Never added up with another's."""

    __tablename__ = "objective"
    __table_args__ = (UniqueConstraint("outcome_id", "agency_id", name="objective_one_each"),)

    id: Identity = identity()
    outcome_id: Identity = points_to("outcome.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    statement: str = sensitive()
    stated_at: Moment = moment()


class Measure(SQLModel, table=True):
    """A reading of the indicator: the value, the day, where it comes from and who brought it."""

    __tablename__ = "measure"
    __table_args__ = (Index("measure_of_outcome", "outcome_id", "measured_on"),)

    id: Identity = identity()
    outcome_id: Identity = points_to("outcome.id", index=False)
    measured_on: date = plain()
    value: float
    source: str = plain(default="")
    agency_id: Identity = points_to("agency.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    recorded_at: Moment = moment()
