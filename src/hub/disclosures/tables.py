"""What was shared with whom. A row is never changed but to note that it was received, and that its basis was completed."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from hub.columns import PLAIN, Identity, Moment, identity, moment, one_of, plain, points_to, texts
from hub.disclosures.rules import Trigger


class Disclosure(SQLModel, table=True):
    """One thing shared with one agency, or with one guest by name (ICO Data Sharing Code; DPA 2018 s.62)."""

    __tablename__ = "disclosure"
    __table_args__ = (
        CheckConstraint(one_of("trigger", Trigger), name="disclosure_trigger"),
        CheckConstraint("num_nonnulls(to_agency_id, to_worker_id) = 1", name="disclosure_to_one"),
        Index("disclosure_of_case", "case_id", "given_at"),
        Index("disclosure_of_subject", "subject_id"),
        Index(
            "disclosure_to_acknowledge",
            "to_agency_id",
            "case_id",
            postgresql_where=text("acknowledged_at IS NULL"),
        ),
        Index(
            "disclosure_basis_due",
            "from_agency_id",
            "basis_due_at",
            postgresql_where=text("basis_due_at IS NOT NULL AND basis_completed_at IS NULL"),
        ),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    subject_type: str = plain()
    subject_id: Identity
    """The thread of a contribution, which stays the same through its versions."""
    trigger: str = plain()
    from_agency_id: Identity = points_to("agency.id", index=False)
    by_worker_id: Identity | None = points_to("worker.id", null=True, index=False)
    to_agency_id: Identity | None = points_to("agency.id", null=True, index=False)
    to_worker_id: Identity | None = points_to("worker.id", null=True, index=False)
    agreement_id: Identity | None = points_to("agreement.id", null=True, index=False)
    purpose: str = plain(default="")
    power: str = plain(default="")
    bases: list[str] = texts(PLAIN)
    regime: str = plain(default="")
    given_at: Moment = moment()
    emergency: bool = False
    basis_due_at: Moment | None = moment(null=True)
    basis_completed_at: Moment | None = moment(null=True)
    acknowledged_by: Identity | None = points_to("worker.id", null=True, index=False)
    acknowledged_at: Moment | None = moment(null=True)
