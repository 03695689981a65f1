"""Conferences and who is invited."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive
from hub.conferences.rules import Answer, Attendance, ConferenceKind, ConferenceState


class Conference(SQLModel, table=True):
    """One meeting about one case. `sequence` is iCalendar's: it grows with each change of time, place or state."""

    __tablename__ = "conference"
    __table_args__ = (
        CheckConstraint(one_of("state", ConferenceState), name="conference_state"),
        CheckConstraint(one_of("kind", ConferenceKind), name="conference_kind"),
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
