"""Who is away, and who stands in for them. Why somebody is away is not written down: it may be their health."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, plain, points_to


class Deputy(SQLModel, table=True):
    """Who stands in for a worker from one day to another: shown wherever the worker is the one to ring."""

    __tablename__ = "deputy"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="deputy_order"),
        CheckConstraint("worker_id <> deputy_id", name="deputy_another"),
        Index("deputy_of", "worker_id", "ends_on", postgresql_where=text("ended_at IS NULL")),
    )

    id: Identity = identity()
    worker_id: Identity = points_to("worker.id", index=False)
    deputy_id: Identity = points_to("worker.id")
    starts_on: date = plain()
    ends_on: date = plain()
    named_by: Identity = points_to("worker.id", index=False)
    named_at: Moment = moment()
    ended_at: Moment | None = moment(null=True)
