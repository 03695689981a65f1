"""What people say about two entries: that they are one event, or that they do not agree."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from hub.chronology.rules import Source
from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive


class EventPair(SQLModel, table=True):
    """A worker's answer to whether two entries tell of one event. The two always stand in the same order."""

    __tablename__ = "event_pair"
    __table_args__ = (
        CheckConstraint(one_of("one_source", Source), name="event_pair_one_source"),
        CheckConstraint(one_of("other_source", Source), name="event_pair_other_source"),
        CheckConstraint("(one_source, one_id) < (other_source, other_id)", name="event_pair_order"),
        UniqueConstraint("case_id", "one_source", "one_id", "other_source", "other_id", name="event_pair_once"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    one_source: str = plain()
    one_id: Identity
    other_source: str = plain()
    other_id: Identity
    same: bool
    decided_by: Identity = points_to("worker.id", index=False)
    decided_at: Moment = moment()


class Contradiction(SQLModel, table=True):
    """Two entries about the same thing that differ. Both stay; it is open until somebody says how it was settled."""

    __tablename__ = "contradiction"
    __table_args__ = (
        CheckConstraint(one_of("one_source", Source), name="contradiction_one_source"),
        CheckConstraint(one_of("other_source", Source), name="contradiction_other_source"),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="contradiction_settled_by_somebody"),
        Index("contradiction_of_case", "case_id", "marked_at"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    one_source: str = plain()
    one_id: Identity
    other_source: str = plain()
    other_id: Identity
    about: str = sensitive()
    """What they do not agree on."""
    marked_by: Identity = points_to("worker.id", index=False)
    marked_at: Moment = moment()
    settlement: str = sensitive(default="")
    settled_by: Identity | None = points_to("worker.id", null=True, index=False)
    settled_at: Moment | None = moment(null=True)
