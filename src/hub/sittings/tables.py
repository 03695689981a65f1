"""Meetings with a list, who is asked to them, and the cases on the list."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive
from hub.conferences.tables import KIND
from hub.invitations.rules import Answer
from hub.sittings.rules import SittingState


class Sitting(SQLModel, table=True):
    """One meeting with a list of cases. It says nothing about any case by itself."""

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint(KIND, name="sitting_kind"),
        CheckConstraint(one_of("state", SittingState), name="sitting_state"),
        CheckConstraint("ends_at > starts_at", name="sitting_order"),
        Index("sitting_by_time", "starts_at"),
    )

    id: Identity = identity()
    kind: str = plain()
    starts_at: Moment = moment()
    ends_at: Moment = moment()
    place: str = plain(default="")
    video_link: str = plain(default="")
    chair_id: Identity = points_to("worker.id")
    state: str = plain(default=SittingState.scheduled.value)
    sequence: int = 0
    series_id: Identity | None = points_to("meeting_series.id", null=True)
    slot_at: Moment | None = moment(null=True)
    called_by: Identity | None = points_to("worker.id", null=True, index=False)
    called_at: Moment = moment()
    cancelled_because: str = plain(default="")

    @property
    def minutes(self) -> int:
        """How long it is planned to last."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def slot(self) -> datetime:
        """Where its series has it, wherever it was moved to; of one that stands alone, when it starts."""
        return self.slot_at or self.starts_at


class SittingMember(SQLModel, table=True):
    """A worker who is asked to a meeting with a list, and what they answered."""

    __tablename__ = "sitting_member"
    __table_args__ = (
        UniqueConstraint("sitting_id", "worker_id", name="sitting_member_once"),
        CheckConstraint(one_of("answer", Answer), name="sitting_member_answer"),
        Index("sitting_member_of_worker", "worker_id"),
    )

    id: Identity = identity()
    sitting_id: Identity = points_to("sitting.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    answer: str = plain(default=Answer.awaited.value)
    answered_at: Moment | None = moment(null=True)
    reason: str = sensitive(default="")
    deputy_id: Identity | None = points_to("worker.id", null=True, index=False)
    as_deputy: bool = plain(default=False)
    """They are asked only because a colleague sends them in their place."""


class SittingItem(SQLModel, table=True):
    """A case on the list: its conference, how long it has, and where it stands. `removed_at` takes it off."""

    __tablename__ = "sitting_item"
    __table_args__ = (UniqueConstraint("sitting_id", "conference_id", name="sitting_item_once"),)

    id: Identity = identity()
    sitting_id: Identity = points_to("sitting.id", index=False)
    conference_id: Identity = points_to("conference.id")
    minutes: int
    by_hand: int | None = None
    added_at: Moment = moment()
    removed_at: Moment | None = moment(null=True)
