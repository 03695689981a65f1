"""Conferences and who is invited."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive
from hub.conferences.rules import Answer, Attendance, ConferenceState
from hub.invitations.rules import Repeat

KIND = "kind ~ '^[A-Za-z][A-Za-z0-9-]{1,39}$'"


class MeetingSeries(SQLModel, table=True):
    """The rule by which meetings repeat. Each meeting stands in a row of its own, with its own agenda and answers.

    `sequence` is iCalendar's for the series as a whole. A series without a case is one of meetings with a list.
    """

    __tablename__ = "meeting_series"
    __table_args__ = (
        CheckConstraint(one_of("repeat", Repeat), name="meeting_series_repeat"),
        CheckConstraint("every BETWEEN 1 AND 26", name="meeting_series_every"),
    )

    id: Identity = identity()
    case_id: Identity | None = points_to("case_record.id", null=True)
    repeat: str = plain()
    every: int = 1
    first_at: Moment = moment()
    until: date = plain()
    sequence: int = 0
    called_by: Identity | None = points_to("worker.id", null=True, index=False)
    called_at: Moment = moment()


class Conference(SQLModel, table=True):
    """One meeting about one case. `sequence` is iCalendar's: it grows with each change of time, place or state."""

    __tablename__ = "conference"
    __table_args__ = (
        CheckConstraint(one_of("state", ConferenceState), name="conference_state"),
        CheckConstraint(KIND, name="conference_kind"),
        CheckConstraint("ends_at > starts_at", name="conference_order"),
        Index("conference_of_case", "case_id", "starts_at"),
        Index("conference_by_time", "starts_at"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    kind: str = plain()
    purpose: str = sensitive(default="")
    starts_at: Moment = moment()
    ends_at: Moment = moment()
    place: str = plain(default="")
    video_link: str = plain(default="")
    chair_id: Identity = points_to("worker.id")
    state: str = plain(default=ConferenceState.scheduled.value)
    sequence: int = 0
    called_by: Identity | None = points_to("worker.id", null=True, index=False)
    called_at: Moment = moment()
    opened_at: Moment | None = moment(null=True)
    closed_at: Moment | None = moment(null=True)
    cancelled_because: str = sensitive(default="")
    no_change_because: str = sensitive(default="")
    chair_because: str = sensitive(default="")
    """Why this chair, although they do not stand apart; empty when they do."""
    series_id: Identity | None = points_to("meeting_series.id", null=True)
    interim_because: str = sensitive(default="")
    """Why it went on without its quorum: what it decides is interim. Empty when the quorum was there."""
    follows_id: Identity | None = points_to("conference.id", null=True, index=False)
    """The conference without a quorum that this one is held again for."""
    slot_at: Moment | None = moment(null=True)
    """Where its series would have it: what a calendar knows it by, however often it moves."""

    @property
    def minutes(self) -> int:
        """How long it is planned to last."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def slot(self) -> datetime:
        """Where its series has it, wherever it was moved to; of one that stands alone, when it starts."""
        return self.slot_at or self.starts_at

    @property
    def held_at(self) -> datetime:
        """When it was opened; before that, when it is called for."""
        return self.opened_at or self.starts_at

    @property
    def standing(self) -> str:
        """How it stands, in a word: one that was opened and goes on another day is adjourned, and not called off."""
        if self.state == ConferenceState.cancelled:
            return "Adjourned" if self.opened_at else "Called off"
        return {"open": "Open now", "scheduled": "Ahead"}.get(self.state, "Closed")


class Invitee(SQLModel, table=True):
    """A worker who is invited, what they answered and whether they came."""

    __tablename__ = "invitee"
    __table_args__ = (
        UniqueConstraint("conference_id", "worker_id", name="invitee_once"),
        CheckConstraint(one_of("answer", Answer), name="invitee_answer"),
        CheckConstraint(one_of("attendance", Attendance), name="invitee_attendance"),
        Index("invitee_of_worker", "worker_id"),
    )

    id: Identity = identity()
    conference_id: Identity = points_to("conference.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    """The worker's agency when invited: a position is an agency's, even after the worker has moved."""
    answer: str = plain(default=Answer.awaited.value)
    answered_at: Moment | None = moment(null=True)
    attendance: str | None = plain(default=None)
    reason: str = sensitive(default="")
    """Why they cannot come, in their own words."""
    deputy_id: Identity | None = points_to("worker.id", null=True, index=False)
    """The colleague who comes in their place, with a row of their own."""
    as_deputy: bool = plain(default=False)
    """They are asked only because a colleague sends them in their place."""


class DeclaredInterest(SQLModel, table=True):
    """Somebody who is too near to a case to sit in its conference. It is never deleted: it can be lifted, with a reason."""

    __tablename__ = "declared_interest"
    __table_args__ = (
        Index(
            "declared_interest_live",
            "conference_id",
            "worker_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Identity = identity()
    conference_id: Identity = points_to("conference.id", index=False)
    worker_id: Identity = points_to("worker.id")
    nature: str = sensitive()
    declared_by: Identity = points_to("worker.id", index=False)
    declared_at: Moment = moment()
    lifted_at: Moment | None = moment(null=True)
    lifted_by: Identity | None = points_to("worker.id", null=True, index=False)
    lifted_because: str = sensitive(default="")


class ConferenceNotNeeded(SQLModel, table=True):
    """Somebody said, with a reason, that a conference that a clock asked for is not needed."""

    __tablename__ = "conference_not_needed"
    __table_args__ = (
        Index("conference_not_needed_of_case", "case_id", "kind"),
        CheckConstraint(KIND, name="conference_not_needed_kind"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    kind: str = plain()
    since: Moment = moment()
    """When the conference was held that had set the clock off."""
    reason: str = sensitive()
    said_by: Identity = points_to("worker.id", index=False)
    said_at: Moment = moment()
