"""Letters on their way, and reminders with the moment when they are due."""

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, personal, plain, points_to, sensitive


class Notice(SQLModel, table=True):
    """One letter to one worker. It is written in the transaction of what it tells about, and sent afterwards."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("notice_to_send", "try_at", postgresql_where=text("sent_at IS NULL AND failed_at IS NULL")),
        Index("notice_of_worker", "worker_id", "written_at"),
    )

    id: Identity = identity()
    kind: str = plain()
    worker_id: Identity = points_to("worker.id", index=False)
    case_id: Identity | None = points_to("case_record.id", null=True)
    subject_id: Identity
    link: str = plain()
    calendar: str = personal(default="")
    """The invitation: it names the worker and the chair, and nothing about a family."""
    calendar_method: str = plain(default="")
    answer: str = sensitive(default="")
    """The address at which an invitation can be answered without signing in: a secret while it lasts."""
    written_at: Moment = moment()
    try_at: Moment = moment()
    attempts: int = 0
    sent_at: Moment | None = moment(null=True)
    failed_at: Moment | None = moment(null=True)
    failure: str = plain(default="")


class Reminder(SQLModel, table=True):
    """Something to remind a worker of at a moment. Unique, so that two clocks cannot set it twice."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "worker_id", "due_at", name="reminder_once"),
        Index("reminder_due", "due_at", postgresql_where=text("done_at IS NULL")),
    )

    id: Identity = identity()
    kind: str = plain()
    subject_id: Identity
    worker_id: Identity = points_to("worker.id")
    due_at: Moment = moment()
    done_at: Moment | None = moment(null=True)
    dropped_because: str = plain(default="")
    """Empty when the reminder went out; else why it no longer had to."""
