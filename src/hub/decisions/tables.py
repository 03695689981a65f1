"""What was decided, which options were weighed, each agency's position on it, and what was decided between meetings."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.cases.steering import Matter, WhyNow
from hub.columns import Identity, Moment, identities, identity, moment, one_of, plain, points_to, sensitive
from hub.decisions.rules import Settled, Stance, Threshold


class Decision(SQLModel, table=True):
    """A question, what was decided and why. Without a conference it was decided between meetings."""

    __tablename__ = "decision"
    __table_args__ = (CheckConstraint(one_of("threshold", Threshold), name="decision_threshold"),)

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id")
    conference_id: Identity | None = points_to("conference.id", null=True)
    question: str = sensitive()
    chosen: str = sensitive()
    rationale: str = sensitive()
    why_only_one: str = sensitive(default="")
    """Why no second option was weighed; empty when there were several."""
    threshold: str | None = plain(default=None)
    """Whether it steps the case up or down; null when it does neither."""
    interim: bool = False
    """It was made without a quorum, until the conference meets again."""
    recorded_by: Identity = points_to("worker.id", index=False)
    decided_at: Moment = moment()


class DecisionOption(SQLModel, table=True):
    """An option that was weighed. It is never changed: what was not chosen stays to be read."""

    __tablename__ = "decision_option"
    __table_args__ = (
        UniqueConstraint("decision_id", "place", name="decision_option_place"),
        Index("decision_option_chosen", "decision_id", unique=True, postgresql_where=text("chosen")),
    )

    id: Identity = identity()
    decision_id: Identity = points_to("decision.id", index=False)
    place: int
    text: str = sensitive()
    reason_for: str = sensitive(default="")
    reason_against: str = sensitive(default="")
    proposed_by: Identity | None = points_to("agency.id", null=True, index=False)
    """The agency that proposed it; null when nobody in particular did."""
    chosen: bool = False


class Position(SQLModel, table=True):
    """An agency's position on a decision. It is never changed: a new one stands beside it, and both are shown.

    The database itself refuses any change but the moment at which a new one took its place, once.
    """

    __tablename__ = "position"
    __table_args__ = (
        CheckConstraint(one_of("stance", Stance), name="position_stance"),
        Index(
            "position_standing", "decision_id", "agency_id", unique=True, postgresql_where=text("superseded_at IS NULL")
        ),
        Index(
            "position_dissent",
            "stated_at",
            postgresql_where=text("stance = 'dissent' AND superseded_at IS NULL"),
        ),
    )

    id: Identity = identity()
    decision_id: Identity = points_to("decision.id")
    agency_id: Identity = points_to("agency.id", index=False)
    stance: str = plain()
    reason: str = sensitive(default="")
    stated_by: Identity | None = points_to("worker.id", null=True, index=False)
    """The worker who spoke for the agency; null when it was not consulted."""
    recorded_by: Identity = points_to("worker.id", index=False)
    stated_at: Moment = moment()
    superseded_at: Moment | None = moment(null=True)


class DissentAnswer(SQLModel, table=True):
    """What was answered to a dissent. One answer, never changed."""

    __tablename__ = "dissent_answer"
    __table_args__ = (UniqueConstraint("position_id", name="dissent_answer_once"),)

    id: Identity = identity()
    position_id: Identity = points_to("position.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    words: str = sensitive()
    answered_at: Moment = moment()


class BetweenMeetings(SQLModel, table=True):
    """A decision made while no conference of the case was held, and what the next conference said to it."""

    __tablename__ = "between_meetings"
    __table_args__ = (
        UniqueConstraint("decision_id", name="between_meetings_once"),
        CheckConstraint(one_of("matter", Matter), name="between_meetings_matter"),
        CheckConstraint(one_of("why_now", WhyNow), name="between_meetings_why_now"),
        CheckConstraint(one_of("settled", Settled), name="between_meetings_settled"),
        CheckConstraint(
            "num_nonnulls(settled, settled_at, settled_by, settled_in) IN (0, 4)",
            name="between_meetings_settled_by_a_conference",
        ),
        Index("between_meetings_by_time", "decided_at"),
    )

    id: Identity = identity()
    decision_id: Identity = points_to("decision.id", index=False)
    case_id: Identity = points_to("case_record.id")
    agency_id: Identity = points_to("agency.id", index=False)
    """The agency whose worker decided."""
    matter: str = plain()
    why_now: str = plain()
    absent: list[Identity] = identities()
    """The agencies of the circle that were not asked first."""
    decided_at: Moment = moment()
    settled: str | None = plain(default=None)
    settled_words: str = sensitive(default="")
    settled_at: Moment | None = moment(null=True)
    settled_by: Identity | None = points_to("worker.id", null=True, index=False)
    settled_in: Identity | None = points_to("conference.id", null=True)
