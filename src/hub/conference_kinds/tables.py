"""The kinds of conference, each in every version that it ever had."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, plain, points_to, texts
from hub.timers import Unit


class ConferenceKindVersion(SQLModel, table=True):
    """One version of a kind. It is never changed: a new one takes its place, and says why."""

    __tablename__ = "conference_kind"
    __table_args__ = (
        Index("conference_kind_now", "code", unique=True, postgresql_where=text("replaced_at IS NULL")),
        Index("conference_kind_version", "code", "version", unique=True),
        CheckConstraint(one_of("first_unit", Unit), name="conference_kind_first_unit"),
        CheckConstraint(one_of("again_unit", Unit), name="conference_kind_again_unit"),
        CheckConstraint("minutes BETWEEN 10 AND 480", name="conference_kind_minutes"),
    )

    id: Identity = identity()
    code: str = plain()
    version: int
    place: int = 0
    title: str = plain()
    source: str = plain()
    first_after: str = plain(default="")
    first_count: int = 0
    first_unit: str = plain()
    again_count: int = 0
    again_unit: str = plain()
    again_red: int = 0
    core: list[str] = texts()
    quorum_sectors: list[str] = texts()
    quorum_agencies: int = 2
    chair_apart: bool = True
    report_days: int = 2
    minutes: int = 60
    must_record: list[str] = texts()
    listed: bool = False
    because: str = plain(default="")
    """Why this version took the place of the one before."""
    set_by: Identity | None = points_to("worker.id", null=True, index=False)
    set_at: Moment = moment()
    replaced_at: Moment | None = moment(null=True)
