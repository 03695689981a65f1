"""Who signed the statement, the agenda, what was said and what each agency says to it, and what went out afterwards."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.columns import Identity, Moment, identities, identity, moment, one_of, plain, points_to, sensitive
from hub.sharing.rules import Audience


class StatementSignature(SQLModel, table=True):
    """That somebody signed the statement on confidentiality before anything was shown to them."""

    __tablename__ = "statement_signature"
    __table_args__ = (
        Index(
            "statement_signature_live",
            "conference_id",
            "worker_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Identity = identity()
    conference_id: Identity = points_to("conference.id", index=False)
    worker_id: Identity = points_to("worker.id")
    agency_id: Identity = points_to("agency.id", index=False)
    version: int
    signed_at: Moment = moment()
    ended_at: Moment | None = moment(null=True)
    """When the opening at whose door it was given was taken back: it says nothing about a meeting held later."""


class AgendaItem(SQLModel, table=True):
    """A point of the agenda. The one that began last is the one that is spoken of."""

    __tablename__ = "agenda_item"
    __table_args__ = (
        UniqueConstraint("conference_id", "place", name="agenda_item_place"),
        CheckConstraint("minutes BETWEEN 1 AND 480", name="agenda_item_minutes"),
    )

    id: Identity = identity()
    conference_id: Identity = points_to("conference.id", index=False)
    place: int
    title: str = sensitive()
    minutes: int
    started_at: Moment | None = moment(null=True)
    left_out_at: Moment | None = moment(null=True)
    """When it was taken off the agenda, before it began."""


class MinuteLine(SQLModel, table=True):
    """Something that an agency said, as it was minuted. It is never changed: what is not right is said beside it."""

    __tablename__ = "minute_line"
    __table_args__ = (
        CheckConstraint(one_of("audience", Audience), name="minute_line_audience"),
        CheckConstraint("(audience = 'named') = (for_agencies IS NOT NULL)", name="minute_line_named"),
        Index("minute_line_of", "conference_id", "written_at"),
    )

    id: Identity = identity()
    conference_id: Identity = points_to("conference.id", index=False)
    case_id: Identity = points_to("case_record.id")
    item_id: Identity | None = points_to("agenda_item.id", null=True, index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    """The agency that said it."""
    author_id: Identity = points_to("worker.id", index=False)
    """Whoever wrote it down."""
    words: str = sensitive()
    audience: str = plain(default=Audience.circle.value)
    for_agencies: list[Identity] | None = identities(null=True)
    written_at: Moment = moment()


class LineAnswer(SQLModel, table=True):
    """What an agency says to a line of the minutes: that it is right, or what is not. One for each agency."""

    __tablename__ = "line_answer"
    __table_args__ = (UniqueConstraint("line_id", "agency_id", name="line_answer_once"),)

    id: Identity = identity()
    line_id: Identity = points_to("minute_line.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    agrees: bool
    words: str = sensitive(default="")
    answered_at: Moment = moment()


class LineAmendment(SQLModel, table=True):
    """A correction beside a line. The line itself stays."""

    __tablename__ = "line_amendment"

    id: Identity = identity()
    line_id: Identity = points_to("minute_line.id")
    agency_id: Identity = points_to("agency.id", index=False)
    author_id: Identity = points_to("worker.id", index=False)
    words: str = sensitive()
    written_at: Moment = moment()


class PositionAsk(SQLModel, table=True):
    """That an agency that is invited was asked where it stands on a decision, and had not said so."""

    __tablename__ = "position_ask"
    __table_args__ = (UniqueConstraint("decision_id", "agency_id", name="position_ask_once"),)

    id: Identity = identity()
    decision_id: Identity = points_to("decision.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    asked_by: Identity = points_to("worker.id", index=False)
    asked_at: Moment = moment()


class MinutesApproval(SQLModel, table=True):
    """That the chair approved the minutes."""

    __tablename__ = "minutes_approval"

    conference_id: Identity = Field(primary_key=True, foreign_key="conference.id")
    worker_id: Identity = points_to("worker.id", index=False)
    approved_at: Moment = moment()


class DecisionLetter(SQLModel, table=True):
    """What is written to everybody after a conference: made from its decisions, reviewed, then sent as it stands."""

    __tablename__ = "decision_letter"
    __table_args__ = (UniqueConstraint("conference_id", name="decision_letter_once"),)

    id: Identity = identity()
    conference_id: Identity = points_to("conference.id", index=False)
    case_id: Identity = points_to("case_record.id")
    words: str = sensitive()
    due_at: Moment = moment()
    reviewed_by: Identity | None = points_to("worker.id", null=True, index=False)
    reviewed_at: Moment | None = moment(null=True)
    reviewed_of: str = sensitive(default="")
    """What was recorded when it was reviewed, as the letter would have said it. A review is of that and nothing later."""
    sent_by: Identity | None = points_to("worker.id", null=True, index=False)
    sent_at: Moment | None = moment(null=True)
