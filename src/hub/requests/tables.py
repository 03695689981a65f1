"""A request for information, each agency that it asks, and each answer that was given."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identities, identity, moment, one_of, plain, points_to, sensitive
from hub.requests.rules import MoreTime, Purpose, Refusal, ReplyKind, Review


class InformationRequest(SQLModel, table=True):
    """What one agency asks of others about people of a case, what for, and under which law."""

    __tablename__ = "information_request"
    __table_args__ = (
        CheckConstraint(one_of("purpose", Purpose), name="information_request_purpose"),
        CheckConstraint("cardinality(about) > 0", name="information_request_about_somebody"),
        Index("information_request_of_case", "case_id", "asked_at"),
        Index("information_request_of_agency", "agency_id", "asked_at"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    asked_by: Identity = points_to("worker.id", index=False)
    purpose: str = plain()
    question: str = sensitive()
    about: list[Identity] = identities()
    gateway: str = plain()
    rating: str | None = sensitive(default=None)
    """The case's rating when it was asked: it set the clock, and sets that of a review."""
    asked_at: Moment = moment()
    withdrawn_at: Moment | None = moment(null=True)
    withdrawn_because: str = sensitive(default="")


class AskedAgency(SQLModel, table=True):
    """One agency that a request asks. `answered_at` is empty while it is waited for, and again when a guardian has
    overturned its refusal. Who answers for it stands in `accountability`."""

    __tablename__ = "asked_agency"
    __table_args__ = (
        UniqueConstraint("request_id", "agency_id", name="asked_agency_once"),
        CheckConstraint(one_of("more_time", MoreTime), name="asked_agency_more_time"),
        Index(
            "asked_agency_waiting", "due_at", postgresql_where=text("answered_at IS NULL AND overdue_told_at IS NULL")
        ),
        Index("asked_agency_of", "agency_id", "answered_at", "due_at"),
    )

    id: Identity = identity()
    request_id: Identity = points_to("information_request.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    due_at: Moment = moment()
    first_due_at: Moment = moment()
    more_time: str | None = plain(default=None)
    more_time_words: str = sensitive(default="")
    answered_at: Moment | None = moment(null=True)
    overdue_told_at: Moment | None = moment(null=True)


class RequestReply(SQLModel, table=True):
    """An answer. What was supplied stands as a contribution in the lane of the agency that gave it (`thread_id`)."""

    __tablename__ = "request_reply"
    __table_args__ = (
        CheckConstraint(one_of("kind", ReplyKind), name="request_reply_kind"),
        CheckConstraint(one_of("refusal", Refusal), name="request_reply_refusal"),
        CheckConstraint(one_of("review", Review), name="request_reply_review"),
        CheckConstraint("(kind IN ('part','refused')) = (refusal IS NOT NULL)", name="request_reply_withholds"),
        CheckConstraint("(kind = 'refused') = (thread_id IS NULL)", name="request_reply_has_words"),
        CheckConstraint(
            "kind <> 'nothing' OR (system <> '' AND num_nonnulls(since_year, until_year, searched_on) = 3)",
            name="request_reply_nothing_says_where",
        ),
        CheckConstraint("(review IS NULL) = (reviewed_at IS NULL)", name="request_reply_reviewed"),
        Index("request_reply_of", "asked_id", "replied_at"),
        Index("request_reply_thread", "thread_id"),
        Index(
            "request_reply_to_review",
            "review_due_at",
            postgresql_where=text("reviewed_at IS NULL AND review_due_at IS NOT NULL"),
        ),
    )

    id: Identity = identity()
    asked_id: Identity = points_to("asked_agency.id", index=False)
    kind: str = plain()
    thread_id: Identity | None = None
    system: str = plain(default="")
    since_year: int | None = None
    until_year: int | None = None
    searched_on: date | None = plain(default=None)
    withheld: str = sensitive(default="")
    refusal: str | None = plain(default=None)
    because: str = sensitive(default="")
    owner: str = plain(default="")
    """Whose data it is, when it is not ours."""
    replied_by: Identity = points_to("worker.id", index=False)
    replied_at: Moment = moment()
    review_due_at: Moment | None = moment(null=True)
    review: str | None = plain(default=None)
    review_words: str = sensitive(default="")
    reviewed_by: Identity | None = points_to("worker.id", null=True, index=False)
    reviewed_at: Moment | None = moment(null=True)
