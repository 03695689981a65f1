"""Contributions and the comments beside them. A correction is a new version; the old one stays to be read."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from hub.agreements.rules import Regime
from hub.columns import (
    PLAIN,
    Identity,
    Moment,
    identities,
    identity,
    moment,
    one_of,
    plain,
    points_to,
    sensitive,
    texts,
)
from hub.contributions.rules import Confidence, ContributionKind
from hub.sharing.rules import Audience, Consent, Side


class Contribution(SQLModel, table=True):
    """One version of what an agency contributed. Versions of one contribution share `thread_id`; the newest stands."""

    __tablename__ = "contribution"
    __table_args__ = (
        UniqueConstraint("thread_id", "version", name="contribution_version_once"),
        CheckConstraint(one_of("kind", ContributionKind), name="contribution_kind"),
        CheckConstraint(one_of("confidence", Confidence), name="contribution_confidence"),
        CheckConstraint(one_of("audience", Audience), name="contribution_audience"),
        CheckConstraint(one_of("consent", Consent), name="contribution_consent"),
        CheckConstraint(one_of("side", Side), name="contribution_side"),
        CheckConstraint(one_of("regime", Regime), name="contribution_regime"),
        CheckConstraint("(audience = 'named') = (for_agencies IS NOT NULL)", name="contribution_named_agencies"),
        Index("contribution_standing", "case_id", "written_at", postgresql_where=text("superseded_at IS NULL")),
        Index("contribution_of_agency", "case_id", "agency_id", "written_at"),
    )

    id: Identity = identity()
    thread_id: Identity
    version: int = 1
    case_id: Identity = points_to("case_record.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    author_id: Identity = points_to("worker.id")
    profession: str = plain()
    """The author's profession when they wrote it, because a contribution keeps the profession's identity."""
    kind: str = plain()
    words: str = sensitive()
    as_of: date = plain()
    """The date of the information, which is not the date of writing."""
    confidence: str = plain(default=Confidence.certain.value)
    audience: str = plain(default=Audience.circle.value)
    for_agencies: list[Identity] | None = identities(null=True)
    purpose: str = plain(default="")
    power: str = plain(default="")
    bases: list[str] = texts(PLAIN)
    regime: str = plain(default=Regime.uk_gdpr.value)
    agreement_id: Identity | None = points_to("agreement.id", null=True, index=False)
    emergency: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    consent: str = plain(default=Consent.not_the_basis.value, server_default="'not-the-basis'")
    side: str | None = plain(default=None)
    """The side of the family that it is for; null is both."""
    written_at: Moment = moment()
    superseded_at: Moment | None = moment(null=True)
    withdrawn_at: Moment | None = moment(null=True)
    withdrawn_reason: str = sensitive(default="")


class Comment(SQLModel, table=True):
    """What another worker says beside a contribution, never inside it."""

    __tablename__ = "comment"

    id: Identity = identity()
    thread_id: Identity = Field(index=True)
    case_id: Identity = points_to("case_record.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    author_id: Identity = points_to("worker.id", index=False)
    words: str = sensitive()
    written_at: Moment = moment()
