"""Which agency stands where: the circle of a case, and the readers of a referral."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to
from hub.sharing.rules import Part


class CircleSeat(SQLModel, table=True):
    """An agency's seat around a case or a referral, from the day it was admitted until the day it left.

    `contact_id` is the named worker to ring: an agency is reached through a person, never through "the team".
    """

    __tablename__ = "circle_seat"
    __table_args__ = (
        CheckConstraint("num_nonnulls(case_id, referral_id) = 1", name="circle_seat_names_one_thing"),
        CheckConstraint(one_of("part", Part), name="circle_seat_part"),
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
    basis: str = plain(default="")
    admitted_by: Identity | None = points_to("worker.id", null=True, index=False)
    admitted_at: Moment = moment()
    left_at: Moment | None = moment(null=True)
