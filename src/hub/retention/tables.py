"""What keeps a case longer, who wants it gone and who agreed, what is left of it, and the certificate."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, Uuid, text
from sqlmodel import Field, SQLModel

from hub.columns import (
    Identity,
    Moment,
    document,
    identities,
    identity,
    moment,
    one_of,
    plain,
    points_to,
    sensitive,
)
from hub.retention.rules import DisposalState, HoldReason


class RetentionStay(SQLModel, table=True):
    """A guardian's decision to keep a case longer than its agreements ask."""

    __tablename__ = "retention_stay"

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id")
    years: int
    until: date = plain()
    reason: str = sensitive(default="")
    decided_by: Identity = points_to("worker.id", index=False)
    decided_at: Moment = moment()


class RetentionHold(SQLModel, table=True):
    """Something for which a case may not be disposed of, until somebody lifts it."""

    __tablename__ = "retention_hold"
    __table_args__ = (
        CheckConstraint(one_of("reason_code", HoldReason), name="retention_hold_reason"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="retention_hold_lifted_by_somebody"),
        Index("retention_hold_once", "case_id", unique=True, postgresql_where=text("lifted_at IS NULL")),
        Index("retention_hold_of_case", "case_id"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    reason_code: str = plain()
    words: str = sensitive(default="")
    review_on: date = plain()
    placed_by: Identity = points_to("worker.id", index=False)
    placed_at: Moment = moment()
    lifted_by: Identity | None = points_to("worker.id", null=True, index=False)
    lifted_at: Moment | None = moment(null=True)
    lifted_because: str = sensitive(default="")


class DisposalBatch(SQLModel, table=True):
    """Several disposals that one guardian confirms together. Between two of them it can be stopped."""

    __tablename__ = "disposal_batch"

    id: Identity = identity()
    agency_id: Identity = points_to("agency.id", index=False)
    made_by: Identity = points_to("worker.id", index=False)
    made_at: Moment = moment()
    started_at: Moment | None = moment(null=True)
    stopped_at: Moment | None = moment(null=True)


class Disposal(SQLModel, table=True):
    """A proposal to dispose of a case, and what became of it."""

    __tablename__ = "disposal"
    __table_args__ = (
        CheckConstraint(one_of("state", DisposalState), name="disposal_state"),
        CheckConstraint("confirmed_by <> proposed_by", name="disposal_by_two"),
        CheckConstraint(
            "state NOT IN ('confirmed','done') OR num_nonnulls(confirmed_by, confirmed_at) = 2",
            name="disposal_confirmed_by_somebody",
        ),
        Index(
            "disposal_once",
            "case_id",
            unique=True,
            postgresql_where=text("state IN ('proposed','confirmed','done')"),
        ),
        Index("disposal_to_do", "confirmed_at", postgresql_where=text("state = 'confirmed'")),
        Index("disposal_of_batch", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    state: str = plain(default=DisposalState.proposed.value)
    proposed_by: Identity = points_to("worker.id", index=False)
    proposed_at: Moment = moment()
    confirmed_by: Identity | None = points_to("worker.id", null=True, index=False)
    confirmed_at: Moment | None = moment(null=True)
    batch_id: Identity | None = points_to("disposal_batch.id", null=True, index=False)
    refused: str = plain(default="")
    """Why it was not done when its turn came, in the Hub's own words: they say nothing of the case."""
    ended_at: Moment | None = moment(null=True)


class DisposalCertificate(SQLModel, table=True):
    """What was disposed of, under which agreement, by which two people. Never changed and never taken away."""

    __tablename__ = "disposal_certificate"
    __table_args__ = (Index("disposal_certificate_of_agency", "agency_id", "disposed_at"),)

    id: Identity = identity()
    number: str = plain(unique=True)
    disposal_id: Identity = Field(
        sa_column=Column(Uuid, nullable=False, unique=True),
    )
    case_id: Identity = points_to("case_record.id")
    reference: str = plain()
    scheme: str = plain()
    agency_id: Identity = points_to("agency.id", index=False)
    agreement_id: Identity = points_to("agreement.id", index=False)
    agreement_title: str = plain()
    closed_on: date = plain()
    kept_until: date = plain()
    proposed_by: Identity = points_to("worker.id", index=False)
    proposed_at: Moment = moment()
    confirmed_by: Identity = points_to("worker.id", index=False)
    confirmed_at: Moment = moment()
    disposed_at: Moment = moment()
    counts: dict[str, Any] = document()
    digest: str = plain()

    @property
    def said(self) -> dict[str, Any]:
        """Everything that the digest is taken over."""
        return {name: getattr(self, name) for name in SAID}


SAID = (
    "number", "case_id", "reference", "scheme", "agency_id", "agreement_id", "agreement_title", "closed_on", "kept_until",
    "proposed_by", "proposed_at", "confirmed_by", "confirmed_at", "disposed_at", "counts",
)  # fmt: skip


class Tombstone(SQLModel, table=True):
    """What stands where something with an address was: of which case it was. The words are gone.

    `agencies` names those who could open it beside the circle: who sent a referral, who was asked.
    """

    __tablename__ = "tombstone"
    __table_args__ = (Index("tombstone_of_case", "case_id"),)

    thing_id: Identity = Field(sa_column=Column(Uuid, primary_key=True))
    case_id: Identity = Field(primary_key=True, foreign_key="case_record.id")
    agencies: list[Identity] | None = identities(null=True)


class DisposalStep(SQLModel, table=True):
    """One step of a disposal: which rows of which table go, or are emptied. Only a migration writes here.

    The conditions know $1 the case, $2 its people who stand nowhere else, $3 its referrals, $4 its families and $5
    its addresses that nothing else needs. `tombstones` asks for the addresses of what goes.
    """

    __tablename__ = "disposal_step"
    __table_args__ = (CheckConstraint("fate IN ('delete', 'empty')", name="disposal_step_fate"),)

    place: int = Field(primary_key=True)
    table_name: str = plain()
    fate: str = plain()
    condition: str = plain()
    sets: str = plain(default="")
    tombstones: str = plain(default="")


class RetentionRound(SQLModel, table=True):
    """When an agency's guardians are next told what waits for their review."""

    __tablename__ = "retention_round"
    __table_args__ = (Index("retention_round_due", "due_at"),)

    agency_id: Identity = Field(primary_key=True, foreign_key="agency.id")
    due_at: Moment = moment()
    told_at: Moment | None = moment(null=True)
