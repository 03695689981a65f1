"""What is laid before a conference, and which agency was asked for its report, how often."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, sensitive
from hub.preparing.rules import PaperKind, Step


class ConferencePaper(SQLModel, table=True):
    """A report or paper of an agency. Its words are a contribution in the agency's lane, with that one's versions,
    audience and ledger of disclosures; this says before which conference it lies."""

    __tablename__ = "conference_paper"
    __table_args__ = (
        CheckConstraint(one_of("kind", PaperKind), name="conference_paper_kind"),
        Index("conference_paper_of", "conference_id", "submitted_at"),
        Index(
            "conference_report_once",
            "conference_id",
            "agency_id",
            unique=True,
            postgresql_where=text("kind = 'report'"),
        ),
    )

    id: Identity = identity()
    conference_id: Identity = points_to("conference.id", index=False)
    case_id: Identity = points_to("case_record.id")
    agency_id: Identity = points_to("agency.id", index=False)
    kind: str = plain()
    title: str = sensitive()
    thread_id: Identity
    nothing: bool = False
    """It says that there is nothing to report."""
    submitted_by: Identity = points_to("worker.id", index=False)
    submitted_at: Moment = moment()


class ReportAsk(SQLModel, table=True):
    """That an agency was asked for its report: unique, so that any number of clocks ask once."""

    __tablename__ = "report_ask"
    __table_args__ = (
        UniqueConstraint("conference_id", "agency_id", name="report_ask_once"),
        CheckConstraint(one_of("step", Step), name="report_ask_step"),
        Index("report_ask_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )

    id: Identity = identity()
    conference_id: Identity = points_to("conference.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    step: str = plain(default=Step.asked.value)
    asked_at: Moment = moment()
    next_at: Moment | None = moment(null=True)
