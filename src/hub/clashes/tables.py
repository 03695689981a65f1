"""Clashes that were found, and the interventions that make each."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from hub.clashes.rules import Disposition, Severity
from hub.columns import Identity, Moment, identities, identity, moment, one_of, plain, points_to, sensitive


class Clash(SQLModel, table=True):
    """A clash from when it was found until it no longer holds. What was answered stays as history."""

    __tablename__ = "clash"
    __table_args__ = (
        CheckConstraint(one_of("severity", Severity), name="clash_severity"),
        CheckConstraint(one_of("disposition", Disposition), name="clash_disposition"),
        CheckConstraint("(disposition IS NULL) = (answered_at IS NULL)", name="clash_answered"),
        Index("clash_once_open", "key", unique=True, postgresql_where=text("closed_at IS NULL")),
    )

    id: Identity = identity()
    key: str = plain()
    rule: str = plain()
    severity: str = plain()
    people: list[Identity] = identities()
    found_at: Moment = moment()
    closed_at: Moment | None = moment(null=True)
    disposition: str | None = plain(default=None)
    reason: str = sensitive(default="")
    answered_by: Identity | None = points_to("worker.id", null=True, index=False)
    answered_at: Moment | None = moment(null=True)


class ClashIntervention(SQLModel, table=True):
    """An intervention that takes part in a clash, with its case, so that a case finds its clashes at once."""

    __tablename__ = "clash_intervention"
    __table_args__ = (
        Index("clash_intervention_case", "case_id", "clash_id"),
        Index("clash_intervention_of", "intervention_id"),
    )

    clash_id: Identity = Field(primary_key=True, foreign_key="clash.id")
    intervention_id: Identity = Field(primary_key=True, foreign_key="intervention.id")
    case_id: Identity = points_to("case_record.id", index=False)
