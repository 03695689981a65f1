"""Who stands where, under which agreement, and what is kept from whom."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from hub.columns import PLAIN, Identity, Moment, identity, moment, one_of, plain, points_to, sensitive, texts
from hub.sharing.rules import GrantKind, Part, Restriction, Side


class CircleSeat(SQLModel, table=True):
    """An agency's seat around a case or a referral, from the day it was admitted until the day it left.

    `contact_id` is the named worker to ring: an agency is reached through a person, never through "the team".
    """

    __tablename__ = "circle_seat"
    __table_args__ = (
        CheckConstraint("num_nonnulls(case_id, referral_id) = 1", name="circle_seat_names_one_thing"),
        CheckConstraint(one_of("part", Part), name="circle_seat_part"),
        CheckConstraint(one_of("side", Side), name="circle_seat_side"),
        Index(
            "circle_seat_one_live_at_case",
            "case_id",
            "agency_id",
            unique=True,
            postgresql_where=text("left_at IS NULL AND case_id IS NOT NULL"),
        ),
        Index(
            "circle_seat_one_live_at_referral",
            "referral_id",
            "agency_id",
            unique=True,
            postgresql_where=text("left_at IS NULL AND referral_id IS NOT NULL"),
        ),
        Index("circle_seat_of_agency", "agency_id", "case_id", postgresql_where=text("left_at IS NULL")),
    )

    id: Identity = identity()
    agency_id: Identity = points_to("agency.id", index=False)
    case_id: Identity | None = points_to("case_record.id", null=True, index=False)
    referral_id: Identity | None = points_to("referral.id", null=True, index=False)
    contact_id: Identity | None = points_to("worker.id", null=True)
    part: str = plain(default=Part.member.value)
    side: str | None = plain(default=None)
    """On whose side of the family the agency works, where the agreement keeps the sides apart."""
    basis: str = plain(default="")
    early_reason: str = sensitive(default="")
    """Why the agency was brought in before the problem had been stated."""
    admitted_by: Identity | None = points_to("worker.id", null=True, index=False)
    admitted_at: Moment = moment()
    left_at: Moment | None = moment(null=True)


class Agreement(SQLModel, table=True):
    """An information-sharing agreement: the umbrella charter (tier 1), or one for a purpose under it (tier 2).

    Sharing happens under a live agreement of tier 2: begun, not ended, and signed by the agencies concerned (ICO Data
    Sharing Code; seven golden rules 2024).
    """

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("tier IN (1, 2)", name="agreement_tier"),
        CheckConstraint("(tier = 2) = (umbrella_id IS NOT NULL)", name="agreement_umbrella"),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="agreement_order"),
        CheckConstraint("retention_years BETWEEN 0 AND 100", name="agreement_retention"),
        CheckConstraint("retention_child_age BETWEEN 18 AND 100", name="agreement_retention_child"),
    )

    id: Identity = identity()
    tier: int = 2
    umbrella_id: Identity | None = points_to("agreement.id", null=True)
    title: str = plain()
    schemes: list[str] = texts(PLAIN, default=False)
    """The arrangements whose cases it covers."""
    purposes: list[str] = texts(PLAIN, default=False)
    powers: list[str] = texts(PLAIN, default=False)
    bases: list[str] = texts(PLAIN, default=False)
    items: str = plain(default="")
    """What may be shared, in words."""
    handling: str = plain(default="")
    keeps_sides_apart: bool = False
    retention_years: int = 6
    retention_child_age: int | None = None
    """Kept at least until the youngest child of the case has this birthday."""
    starts_on: date = plain()
    review_on: date = plain()
    ends_on: date | None = plain(default=None)
    drafted_by: Identity | None = points_to("worker.id", null=True, index=False)
    drafted_at: Moment = moment()


class AgreementPartner(SQLModel, table=True):
    """An agency that is party to an agreement: from its officer's signature until it leaves."""

    __tablename__ = "agreement_partner"
    __table_args__ = (Index("agreement_partner_agency", "agency_id", "agreement_id"),)

    agreement_id: Identity = Field(primary_key=True, foreign_key="agreement.id")
    agency_id: Identity = Field(primary_key=True, foreign_key="agency.id")
    signed_by: Identity | None = points_to("worker.id", null=True, index=False)
    signed_at: Moment | None = moment(null=True)
    left_at: Moment | None = moment(null=True)


class CaseAgreement(SQLModel, table=True):
    """The agreement under which a case is shared now; earlier ones stay to be read."""

    __tablename__ = "case_agreement"
    __table_args__ = (
        Index("case_agreement_now", "case_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("case_agreement_of", "agreement_id"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    agreement_id: Identity = points_to("agreement.id", index=False)
    since: Moment = moment()
    ended_at: Moment | None = moment(null=True)


class CaseGrant(SQLModel, table=True):
    """One worker may read one case until a time, though their agency's seat does not open it."""

    __tablename__ = "case_grant"
    __table_args__ = (
        CheckConstraint(one_of("kind", GrantKind), name="case_grant_kind"),
        CheckConstraint("ends_at > starts_at", name="case_grant_order"),
        Index("case_grant_live", "case_id", "worker_id", postgresql_where=text("ended_at IS NULL")),
        Index("case_grant_of_worker", "worker_id", postgresql_where=text("ended_at IS NULL")),
        Index("case_grant_to_review", "review_due_at", postgresql_where=text("reviewed_at IS NULL")),
    )

    id: Identity = identity()
    kind: str = plain()
    case_id: Identity = points_to("case_record.id", index=False)
    worker_id: Identity = points_to("worker.id", index=False)
    reason_code: str = plain()
    reason: str = sensitive()
    given_by: Identity = points_to("worker.id", index=False)
    starts_at: Moment = moment()
    ends_at: Moment = moment()
    ended_at: Moment | None = moment(null=True)
    review_due_at: Moment | None = moment(null=True)
    reviewed_at: Moment | None = moment(null=True)
    reviewed_by: Identity | None = points_to("worker.id", null=True, index=False)
    justified: bool | None = None
    review: str = sensitive(default="")


class CaseRestriction(SQLModel, table=True):
    """A case, or every case of a person, kept from some: a conflict of interest, a member of staff, an operation."""

    __tablename__ = "case_restriction"
    __table_args__ = (
        CheckConstraint(one_of("mode", Restriction), name="case_restriction_mode"),
        CheckConstraint("num_nonnulls(case_id, person_id) = 1", name="case_restriction_of_one"),
        Index("case_restriction_of_case", "case_id", postgresql_where=text("lifted_at IS NULL")),
        Index("case_restriction_of_person", "person_id", postgresql_where=text("lifted_at IS NULL")),
    )

    id: Identity = identity()
    case_id: Identity | None = points_to("case_record.id", null=True, index=False)
    person_id: Identity | None = points_to("person.id", null=True, index=False)
    mode: str = plain()
    reason_code: str = plain()
    reason: str = sensitive(default="")
    set_by: Identity = points_to("worker.id", index=False)
    set_at: Moment = moment()
    lifted_at: Moment | None = moment(null=True)


class RestrictionWorker(SQLModel, table=True):
    """A worker whom a restriction names."""

    __tablename__ = "restriction_worker"
    __table_args__ = (
        Index(
            "restriction_worker_once",
            "restriction_id",
            "worker_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Identity = identity()
    restriction_id: Identity = points_to("case_restriction.id", index=False)
    worker_id: Identity = points_to("worker.id")
    named_at: Moment = moment()
    ended_at: Moment | None = moment(null=True)
