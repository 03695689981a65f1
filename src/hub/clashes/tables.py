"""Clashes that were found, what makes each, how they were answered, and what the partnership changed in the rules."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from hub.clashes.rules import Disposition, RuleState, Severity, Verdict
from hub.columns import (
    Identity,
    Moment,
    document,
    identities,
    identity,
    moment,
    one_of,
    personal,
    plain,
    points_to,
    sensitive,
)


class Clash(SQLModel, table=True):
    """A clash from when it was found until it no longer holds. What was answered stays as history."""

    __tablename__ = "clash"
    __table_args__ = (
        CheckConstraint(one_of("severity", Severity), name="clash_severity"),
        CheckConstraint(one_of("disposition", Disposition), name="clash_disposition"),
        CheckConstraint("(disposition IS NULL) = (answered_at IS NULL)", name="clash_answered"),
        Index("clash_once_open", "key", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("clash_found", "found_at", "rule"),
        Index("clash_about", "people", postgresql_using="gin", postgresql_where=text("closed_at IS NULL")),
    )

    id: Identity = identity()
    key: str = plain()
    rule: str = plain()
    severity: str = plain()
    people: list[Identity] = identities()
    falls_at: Moment | None = moment(null=True)
    """When it takes place: with the last of what makes it to begin; a crowd with the next of it that lies ahead."""
    kept_for: list[Identity] | None = identities(null=True)
    """The agencies that may know of it; null is every agency that may see all that makes it."""
    owner_id: Identity | None = points_to("worker.id", null=True)
    """Who was named to answer it; null is whoever answers for the case."""
    found_at: Moment = moment()
    closed_at: Moment | None = moment(null=True)
    disposition: str | None = plain(default=None)
    reason: str = sensitive(default="")
    answered_by: Identity | None = points_to("worker.id", null=True, index=False)
    answered_at: Moment | None = moment(null=True)


class ClashIntervention(SQLModel, table=True):
    """What takes part in a clash, with its case, so that a case finds its clashes at once.

    It is an intervention, or a fact that follows from other records, or an intervention and what follows from it.
    """

    __tablename__ = "clash_intervention"
    __table_args__ = (
        CheckConstraint("intervention_id IS NOT NULL OR fact <> ''", name="clash_intervention_says_what"),
        Index("clash_intervention_case", "case_id", "clash_id"),
        Index("clash_intervention_of", "intervention_id"),
        Index("clash_intervention_clash", "clash_id"),
    )

    id: Identity = identity()
    clash_id: Identity = points_to("clash.id", index=False)
    intervention_id: Identity | None = points_to("intervention.id", null=True, index=False)
    case_id: Identity = points_to("case_record.id", index=False)
    fact: str = plain(default="", server_default="''")
    fact_on: date | None = personal(default=None)


class ClashAnswer(SQLModel, table=True):
    """An answer to a clash. It ends when the records change afterwards and the clash still holds, or with the answer
    that corrects it: then `reopened_at` is when that one was given."""

    __tablename__ = "clash_answer"
    __table_args__ = (
        CheckConstraint(one_of("disposition", Disposition), name="clash_answer_disposition"),
        CheckConstraint(one_of("verdict", Verdict), name="clash_answer_verdict"),
        Index("clash_answer_of", "clash_id", "answered_at"),
    )

    id: Identity = identity()
    clash_id: Identity = points_to("clash.id", index=False)
    disposition: str = plain()
    reason: str = sensitive(default="")
    verdict: str | None = plain(default=None)
    answered_by: Identity | None = points_to("worker.id", null=True, index=False)
    answered_at: Moment = moment()
    reopened_at: Moment | None = moment(null=True)


class VisitProposal(SQLModel, table=True):
    """One visit in place of two: proposed by the worker of one, accepted or declined by the other agency."""

    __tablename__ = "visit_proposal"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="visit_proposal_order"),
        CheckConstraint("state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="visit_proposal_state"),
        CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="visit_proposal_settled"),
        Index("visit_proposal_once", "clash_id", unique=True, postgresql_where=text("state = 'waiting'")),
        Index("visit_proposal_of", "clash_id", "proposed_at"),
    )

    id: Identity = identity()
    clash_id: Identity = points_to("clash.id", index=False)
    from_agency: Identity = points_to("agency.id", index=False)
    to_agency: Identity = points_to("agency.id", index=False)
    from_time: Moment | None = moment(null=True)
    """Which time of a series the proposer's visit is; null is a single visit."""
    to_time: Moment | None = moment(null=True)
    """The same of the other agency's."""
    to_worker_id: Identity | None = points_to("worker.id", null=True)
    """Whose visit it is, and who is asked; null when nobody is named for it."""
    starts_at: Moment = moment()
    ends_at: Moment = moment()
    proposed_by: Identity = points_to("worker.id", index=False)
    proposed_at: Moment = moment()
    state: str = plain(default="waiting")
    settled_by: Identity | None = points_to("worker.id", null=True, index=False)
    settled_at: Moment | None = moment(null=True)
    visit_id: Identity | None = points_to("intervention.id", null=True)


class ClashRule(SQLModel, table=True):
    """What the partnership changed in a rule of the catalogue. What is null is as the catalogue says."""

    __tablename__ = "clash_rule"
    __table_args__ = (
        CheckConstraint(one_of("severity", Severity), name="clash_rule_severity"),
        CheckConstraint(one_of("state", RuleState), name="clash_rule_state"),
        CheckConstraint("days BETWEEN 0 AND 3650", name="clash_rule_days"),
        CheckConstraint("hours BETWEEN 1 AND 720", name="clash_rule_hours"),
        CheckConstraint("buffer BETWEEN 0 AND 600", name="clash_rule_buffer"),
    )

    id: Identity = identity()
    rule: str = plain(unique=True)
    state: str = plain(default=RuleState.on.value)
    severity: str | None = plain(default=None)
    days: int | None = None
    hours: int | None = None
    buffer: int | None = None
    changed_by: Identity = points_to("worker.id", index=False)
    changed_at: Moment = moment()


class ClashRuleChange(SQLModel, table=True):
    """A change of a rule: what it was and is, who changed it, when and why."""

    __tablename__ = "clash_rule_change"
    __table_args__ = (Index("clash_rule_change_of", "rule", "changed_at"),)

    id: Identity = identity()
    rule: str = plain()
    was: dict[str, Any] = document()
    became: dict[str, Any] = document()
    reason: str = plain()
    changed_by: Identity = points_to("worker.id", index=False)
    changed_at: Moment = moment()


class ClashNight(SQLModel, table=True):
    """A night in which every rule looked at everything: kept so that no night is looked at twice."""

    __tablename__ = "clash_night"

    id: Identity = identity()
    on_day: date = plain(unique=True)
    began_at: Moment = moment()
    ended_at: Moment | None = moment(null=True)
