"""Who has which case open: kept for seconds, never part of the record."""

from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, points_to


class Presence(SQLModel, table=True):
    """One open page of a case. Its stream says again and again that it is there; without that it counts no more."""

    __tablename__ = "presence"

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id")
    worker_id: Identity = points_to("worker.id", index=False)
    seen_at: Moment = moment(index=True)
