"""What people of a case said they want, and what they were told."""

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from hub.columns import Identity, Moment, identity, moment, one_of, personal, plain, points_to, sensitive
from hub.voice.rules import Topic, WhyNot


class Voice(SQLModel, table=True):
    """One person's own words on one topic, or the reason why there are none."""

    __tablename__ = "voice"
    __table_args__ = (
        CheckConstraint(one_of("topic", Topic), name="voice_topic"),
        CheckConstraint(one_of("unheard", WhyNot), name="voice_unheard"),
        CheckConstraint("(words = '') = (unheard IS NOT NULL)", name="voice_words_or_reason"),
        Index("voice_of_case", "case_id", "asked_on"),
        Index("voice_of_person", "person_id", "topic", "asked_on"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    person_id: Identity = points_to("person.id", index=False)
    topic: str = plain()
    words: str = sensitive(default="")
    unheard: str | None = plain(default=None)
    note: str = sensitive(default="")
    language: str = personal(default="")
    interpreter: bool = False
    agency_id: Identity = points_to("agency.id", index=False)
    asked_by: Identity = points_to("worker.id", index=False)
    asked_on: date = plain()
    place: str = personal(default="")
    written_at: Moment = moment()


class ToldOf(SQLModel, table=True):
    """What somebody was told, by whom and when, or why they were not."""

    __tablename__ = "told_of"
    __table_args__ = (
        CheckConstraint(one_of("not_told", WhyNot), name="told_of_not_told"),
        CheckConstraint("(what = '') = (not_told IS NOT NULL)", name="told_of_what_or_reason"),
        Index("told_of_case", "case_id", "told_on"),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    person_id: Identity = points_to("person.id")
    what: str = sensitive(default="")
    not_told: str | None = plain(default=None)
    note: str = sensitive(default="")
    agency_id: Identity = points_to("agency.id", index=False)
    told_by: Identity = points_to("worker.id", index=False)
    told_on: date = plain()
    written_at: Moment = moment()
