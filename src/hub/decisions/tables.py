"""What was decided, and each agency's position on it."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from hub.columns import SENSITIVE, Identity, Moment, identity, moment, one_of, plain, points_to, sensitive, texts
from hub.decisions.rules import Stance


class Decision(SQLModel, table=True):
    """A question, the options that were considered, what was decided and why."""

    __tablename__ = "decision"

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id")
    conference_id: Identity | None = points_to("conference.id", null=True)
    question: str = sensitive()
    options: list[str] = texts(SENSITIVE)
    chosen: str = sensitive()
    rationale: str = sensitive()
    recorded_by: Identity = points_to("worker.id", index=False)
    decided_at: Moment = moment()


class Position(SQLModel, table=True):
    """An agency's position on a decision. It is never changed: a new one stands beside it, and both are shown."""

    __tablename__ = "position"
    __table_args__ = (
        CheckConstraint(one_of("stance", Stance), name="position_stance"),
        Index(
            "position_standing", "decision_id", "agency_id", unique=True, postgresql_where=text("superseded_at IS NULL")
        ),
    )

    id: Identity = identity()
    decision_id: Identity = points_to("decision.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    stance: str = plain()
    reason: str = sensitive(default="")
    stated_by: Identity | None = points_to("worker.id", null=True, index=False)
    """The worker who spoke for the agency; null when it was not consulted."""
    recorded_by: Identity = points_to("worker.id", index=False)
    stated_at: Moment = moment()
    superseded_at: Moment | None = moment(null=True)
