"""What arrived, exactly as it arrived, and what we read in it."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.cases.rules import Rating
from hub.columns import (
    SENSITIVE,
    Identity,
    Moment,
    document,
    identities,
    identity,
    moment,
    one_of,
    personal,
    plain,
    points_to,
    sensitive,
    texts,
)
from hub.referrals.rules import Decision, State


class Envelope(SQLModel, table=True):
    """One signed message of a sending system, with its bytes. Committed before the sender is answered.

    `seen` counts how often the same message came: the write that makes "we have it" safe to say.
    An envelope that was refused stands in quarantine, `refused_as` says why, and it does not use up its id.
    """

    __tablename__ = "envelope"
    __table_args__ = (
        Index("envelope_once", "system_id", "message_id", unique=True, postgresql_where=text("refused_as = ''")),
        Index(
            "envelope_refused_once",
            "system_id",
            "message_id",
            "digest",
            unique=True,
            postgresql_where=text("refused_as <> ''"),
        ),
        Index("envelope_to_open", "received_at", postgresql_where=text("opened_at IS NULL")),
        Index("envelope_held", "agency_id", "their_reference", postgresql_where=text("state = 'held'")),
    )

    id: Identity = identity()
    receipt: str = plain(unique=True)
    system_id: Identity = points_to("sending_system.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    message_id: str = plain()
    digest: str = plain()
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False, info=SENSITIVE))
    media_type: str = plain()
    received_at: Moment = moment()
    seen: int = 1
    last_seen_at: Moment = moment()
    refused_as: str = plain(default="")
    faults: list[dict[str, Any]] | None = document(null=True)
    """Where and which rule, never a value."""
    state: str = plain(default=State.received.value)
    their_reference: str = personal(default="")
    revision: int = 0
    referral_id: Identity | None = points_to("referral.id", null=True)
    opened_at: Moment | None = moment(null=True)
    """When it was parsed; null while it waits."""
    trouble: str = plain(default="")
    """Why it could not be opened, for the desk."""


class Referral(SQLModel, table=True):
    """A concern that an agency brought, in its newest revision."""

    __tablename__ = "referral"
    __table_args__ = (
        UniqueConstraint("agency_id", "their_reference", name="referral_once"),
        CheckConstraint(one_of("state", State), name="referral_state"),
        CheckConstraint(one_of("rating", Rating), name="referral_rating"),
        CheckConstraint(one_of("decision", Decision), name="referral_decision"),
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)",
            name="referral_decided_by_somebody",
        ),
        Index("referral_undecided", "respond_by", postgresql_where=text("decided_at IS NULL")),
    )

    id: Identity = identity()
    reference: str = plain(unique=True)
    agency_id: Identity = points_to("agency.id")
    system_id: Identity | None = points_to("sending_system.id", null=True, index=False)
    their_reference: str = personal()
    revision: int
    received_at: Moment = moment(index=True)
    sent_at: Moment = moment()
    sector: str = plain()
    referrer_name: str = personal()
    referrer_role: str = plain(default="")
    referrer_team: str = plain(default="")
    referrer_phone: str = personal(default="")
    referrer_email: str = personal(default="")
    source_code: str = plain(default="")
    urgency: str = plain()
    suggested_rating: str = sensitive(default="")
    need_level: int | None = None
    summary: str = sensitive()
    voice: str = sensitive(default="")
    actions_taken: str = sensitive(default="")
    consent: str = plain(default="")
    basis: str = sensitive(default="")
    details: dict[str, Any] = document(SENSITIVE)
    unknown_codes: list[str] = texts()
    state: str = plain(default=State.received.value)
    respond_by: Moment = moment()
    rating: str | None = sensitive(default=None)
    rating_reason: str = sensitive(default="")
    rated_at: Moment | None = moment(null=True)
    rated_by: Identity | None = points_to("worker.id", null=True, index=False)
    decision: str | None = sensitive(default=None)
    decision_reason: str = sensitive(default="")
    feedback: str = sensitive(default="")
    """What the referrer is told."""
    decided_at: Moment | None = moment(null=True)
    decided_by: Identity | None = points_to("worker.id", null=True, index=False)
    case_id: Identity | None = points_to("case_record.id", null=True)


class ReferralPerson(SQLModel, table=True):
    """Somebody named in a referral: as the sender named them, and who we say it is.

    `match` is `same` or `new` once that is known, and `perhaps` while a person has to say.
    """

    __tablename__ = "referral_person"
    __table_args__ = (
        UniqueConstraint("referral_id", "label", name="referral_person_once"),
        CheckConstraint("match IN ('same','new','perhaps')", name="referral_person_match"),
        CheckConstraint("(match = 'perhaps') = (person_id IS NULL)", name="referral_person_known_or_not"),
    )

    id: Identity = identity()
    referral_id: Identity = points_to("referral.id", index=False)
    label: str = plain()
    place: int = 0
    roles: list[str] = texts(SENSITIVE)
    told: dict[str, Any] = document(SENSITIVE)
    """As it came in the event, so that nothing is lost between their record and ours."""
    concerns: list[str] = texts(SENSITIVE)
    """`scheme code`, as sent."""
    match: str = plain()
    person_id: Identity | None = points_to("person.id", null=True)
    perhaps: list[Identity] | None = identities(null=True)
    decided_by: Identity | None = points_to("worker.id", null=True, index=False)
