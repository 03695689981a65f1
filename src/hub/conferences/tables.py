"""Conferences, who is invited, what was decided with whose agreement, and the actions that follow."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.columns import SENSITIVE, Identity, Moment, identity, moment, one_of, plain, points_to, sensitive, texts
from hub.conferences.rules import ActionState, Answer, Attendance, ConferenceKind, ConferenceState, Stance


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


class Action(SQLModel, table=True):
    """Something that one named person will do by a day. Who answers for it stands in `accountability`."""

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint(one_of("state", ActionState), name="action_state"),
        CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="action_finished_at"),
        Index("action_open", "case_id", "due_on", postgresql_where=text("finished_at IS NULL")),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    conference_id: Identity | None = points_to("conference.id", null=True)
    decision_id: Identity | None = points_to("decision.id", null=True, index=False)
    outcome_id: Identity | None = points_to("outcome.id", null=True, index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    what: str = sensitive()
    due_on: date = plain()
    state: str = plain(default=ActionState.open.value)
    assigned_by: Identity = points_to("worker.id", index=False)
    assigned_at: Moment = moment()
    finished_at: Moment | None = moment(null=True)
    finished_note: str = sensitive(default="")
