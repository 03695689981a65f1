"""A worker's own calendar: the feed of their agency that the Hub reads, and the feed of the Hub that they read."""

from typing import Any

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from hub.columns import PERSONAL, SENSITIVE, Identity, Moment, document, moment, plain


class WorkerCalendar(SQLModel, table=True):
    """One worker's calendar. Of their agency's feed only busy times are kept, and its address only under seal."""

    __tablename__ = "worker_calendar"
    __table_args__ = (Index("worker_calendar_to_read", "read_at", postgresql_where=text("address IS NOT NULL")),)

    worker_id: Identity = Field(primary_key=True, foreign_key="worker.id")
    token_version: int = 1
    """Grows when the worker resets the address that they subscribe to; the old address is dead at once."""
    address: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True, info=SENSITIVE))
    host: str = plain(default="")
    busy: dict[str, Any] = document(PERSONAL)
    """`{"times": [[from, to], …]}` in seconds since 1970."""
    etag: str = plain(default="")
    fetched_at: Moment | None = moment(null=True)
    read_at: Moment | None = moment(null=True)
    """When it is read next."""
    failures: int = 0
    failure: str = plain(default="")
