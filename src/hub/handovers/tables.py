"""Handovers with what is in them, what the leaver writes, and deputies."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.absences.tables import Deputy as Deputy
from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive
from hub.handovers.rules import ItemState, Reason, Subject


class Handover(SQLModel, table=True):
    """One worker hands things over to one other of the same agency."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint(one_of("reason", Reason), name="handover_reason"),
        CheckConstraint("from_id <> to_id", name="handover_to_another"),
        CheckConstraint("(reason = 'away') = (returns_on IS NOT NULL)", name="handover_returns"),
        Index("handover_from", "from_id", "started_at"),
        Index("handover_to", "to_id", "started_at"),
        Index(
            "handover_to_return",
            "returns_on",
            postgresql_where=text("returns_on IS NOT NULL AND returned_at IS NULL"),
        ),
    )

    id: Identity = identity()
    from_id: Identity = points_to("worker.id", index=False)
    to_id: Identity = points_to("worker.id", index=False)
    agency_id: Identity = points_to("agency.id")
    reason: str = plain()
    overlap_until: date = plain()
    returns_on: date | None = plain(default=None)
    """The day on which everything goes back, when it is handed over only while somebody is away."""
    returned_at: Moment | None = moment(null=True)
    started_by: Identity = points_to("worker.id", index=False)
    started_at: Moment = moment()


class HandoverItem(SQLModel, table=True):
    """One thing that is handed over. Until it is accepted it stays with whom it was."""

    __tablename__ = "handover_item"
    __table_args__ = (
        CheckConstraint(one_of("subject_type", Subject), name="handover_item_subject"),
        CheckConstraint(one_of("state", ItemState), name="handover_item_state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="handover_item_ended"),
        Index(
            "handover_item_once", "subject_type", "subject_id", unique=True, postgresql_where=text("state = 'waiting'")
        ),
        Index("handover_item_of", "handover_id"),
        Index("handover_item_changed", "case_id", "ended_at", postgresql_where=text("state = 'accepted'")),
    )

    id: Identity = identity()
    handover_id: Identity = points_to("handover.id", index=False)
    subject_type: str = plain()
    subject_id: Identity
    case_id: Identity = points_to("case_record.id", index=False)
    state: str = plain(default=ItemState.waiting.value)
    ended_at: Moment | None = moment(null=True)
    because: str = sensitive(default="")


class HandoverNote(SQLModel, table=True):
    """What the leaver writes about one case: what no record holds."""

    __tablename__ = "handover_note"
    __table_args__ = (UniqueConstraint("handover_id", "case_id", name="handover_note_once"),)

    id: Identity = identity()
    handover_id: Identity = points_to("handover.id", index=False)
    case_id: Identity = points_to("case_record.id")
    relationships: str = sensitive(default="")
    manner: str = sensitive(default="")
    """How the family likes to be met."""
    tried: str = sensitive(default="")
    written_by: Identity = points_to("worker.id", index=False)
    written_at: Moment = moment()
