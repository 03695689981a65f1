"""Framings and what is said about them; the tags of a problem; where each agency stands on risk."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.cases.rules import Rating
from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive
from hub.problems.proposals import Tag
from hub.problems.rules import LONGEST_FRAMING, View


class FramingRound(SQLModel, table=True):
    """A time of asking every agency of a circle how it sees the problem. Blind until `revealed_at` or `due_at`."""

    __tablename__ = "framing_round"
    __table_args__ = (
        UniqueConstraint("case_id", "number", name="framing_round_number"),
        Index("framing_round_newest", "case_id", unique=True, postgresql_where=text("followed_at IS NULL")),
        Index("framing_round_blind", "due_at", postgresql_where=text("revealed_at IS NULL")),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    number: int = 1
    reason: str = sensitive(default="")
    """What is new; empty for the first round."""
    agency_id: Identity = points_to("agency.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    opened_at: Moment = moment()
    due_at: Moment = moment()
    revealed_at: Moment | None = moment(null=True)
    followed_at: Moment | None = moment(null=True)
    """When a newer round was opened; null for the newest."""


class Framing(SQLModel, table=True):
    """One version of "the problem as we see it". Corrected in place while blind; kept for ever once it was shown."""

    __tablename__ = "framing"
    __table_args__ = (
        UniqueConstraint("round_id", "agency_id", "version", name="framing_version_once"),
        CheckConstraint(f"char_length(words) BETWEEN 1 AND {LONGEST_FRAMING}", name="framing_length"),
        Index("framing_standing", "round_id", "agency_id", unique=True, postgresql_where=text("superseded_at IS NULL")),
    )

    id: Identity = identity()
    round_id: Identity = points_to("framing_round.id", index=False)
    case_id: Identity = points_to("case_record.id")
    agency_id: Identity = points_to("agency.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    version: int = 1
    words: str = sensitive()
    written_at: Moment = moment()
    corrected_at: Moment | None = moment(null=True)
    superseded_at: Moment | None = moment(null=True)


class Restatement(SQLModel, table=True):
    """An agency's framing in the words of another, and what its own agency answered: yes, or how it really is."""

    __tablename__ = "restatement"
    __table_args__ = (
        UniqueConstraint("framing_id", "agency_id", name="restatement_once"),
        CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="restatement_answered"),
        CheckConstraint("answered_at IS NOT NULL OR correction = ''", name="restatement_corrected"),
        CheckConstraint("agency_id <> of_agency_id", name="restatement_of_another"),
        Index("restatement_unanswered", "of_agency_id", "case_id", postgresql_where=text("answered_at IS NULL")),
    )

    id: Identity = identity()
    framing_id: Identity = points_to("framing.id", index=False)
    case_id: Identity = points_to("case_record.id")
    of_agency_id: Identity = points_to("agency.id", index=False)
    """Whose view it is."""
    agency_id: Identity = points_to("agency.id", index=False)
    """Who says it back."""
    worker_id: Identity = points_to("worker.id", index=False)
    words: str = sensitive()
    written_at: Moment = moment()
    answered_by: Identity | None = points_to("worker.id", null=True, index=False)
    answered_at: Moment | None = moment(null=True)
    correction: str = sensitive(default="")
    """Empty when the answer was yes."""


class WallLine(SQLModel, table=True):
    """A short line on the wall: here we agree, here we differ, as one agency sees it."""

    __tablename__ = "wall_line"
    __table_args__ = (
        CheckConstraint(one_of("view", View), name="wall_line_view"),
        Index("wall_line_of_round", "round_id", "written_at"),
    )

    id: Identity = identity()
    round_id: Identity = points_to("framing_round.id", index=False)
    case_id: Identity = points_to("case_record.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    view: str = plain()
    words: str = sensitive()
    written_at: Moment = moment()
    taken_back_at: Moment | None = moment(null=True)


class ProblemTag(SQLModel, table=True):
    """What the problem of a case is about, from when it was tagged until the tag was taken off."""

    __tablename__ = "problem_tag"
    __table_args__ = (
        CheckConstraint(one_of("tag", Tag), name="problem_tag_code"),
        Index("problem_tag_standing", "case_id", "tag", unique=True, postgresql_where=text("removed_at IS NULL")),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    tag: str = sensitive()
    agency_id: Identity = points_to("agency.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    added_at: Moment = moment()
    removed_at: Moment | None = moment(null=True)


class RiskPosition(SQLModel, table=True):
    """One version of an agency's own rating of risk. Never changed by others; an earlier one stays to be read."""

    __tablename__ = "risk_position"
    __table_args__ = (
        CheckConstraint(one_of("rating", Rating), name="risk_position_rating"),
        UniqueConstraint("case_id", "agency_id", "version", name="risk_position_version_once"),
        Index(
            "risk_position_standing",
            "case_id",
            "agency_id",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    version: int = 1
    rating: str = sensitive()
    reason: str = sensitive()
    stated_at: Moment = moment()
    superseded_at: Moment | None = moment(null=True)
