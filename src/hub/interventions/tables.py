"""What agencies do to and for a family: each thing with its people, its series, its conditions and its source."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from hub.columns import (
    PLAIN,
    SENSITIVE,
    Identity,
    Moment,
    document,
    identity,
    moment,
    one_of,
    personal,
    plain,
    points_to,
    sensitive,
)
from hub.interventions.rules import Level, PlaceKind, Polarity, Settled, Source, Status, Unplaced


class Intervention(SQLModel, table=True):
    """One thing that an agency does to or for a family: a visit, an appointment, a plan, a condition.

    `starts_at` and `ends_at` are the whole stretch, from its first moment to its last; an end of null is open. What
    repeats has a rule in `repeats` and the length of each time in `minutes`, and ends with its last time. The hours of
    a rule are those of the wall clock in London. Ask `queries.occurrences` for the single times.
    """

    __tablename__ = "intervention"
    __table_args__ = (
        CheckConstraint(one_of("status", Status), name="intervention_status"),
        CheckConstraint(one_of("level", Level), name="intervention_level"),
        CheckConstraint(one_of("polarity", Polarity), name="intervention_polarity"),
        CheckConstraint(one_of("place_kind", PlaceKind), name="intervention_place_kind"),
        CheckConstraint(one_of("source", Source), name="intervention_source"),
        CheckConstraint("ends_at >= starts_at", name="intervention_order"),
        CheckConstraint("(repeats = '') = (minutes IS NULL)", name="intervention_repeats"),
        CheckConstraint("minutes BETWEEN 1 AND 44640", name="intervention_minutes"),
        CheckConstraint("(hours_from IS NULL) = (hours_to IS NULL)", name="intervention_hours"),
        CheckConstraint("hours_from <> hours_to", name="intervention_hours_differ"),
        CheckConstraint("depends_on_id <> id", name="intervention_depends_on_another"),
        CheckConstraint("system_id IS NULL OR their_reference <> ''", name="intervention_reference"),
        Index("intervention_of_case", "case_id", "starts_at"),
        Index("intervention_unchecked", "recorded_at", postgresql_where=text("checked_at IS NULL")),
        Index("intervention_of_agency", "agency_id", "starts_at"),
        Index(
            "intervention_pushed_once",
            "system_id",
            "their_reference",
            unique=True,
            postgresql_where=text("system_id IS NOT NULL"),
        ),
        Index(
            "intervention_imported_once",
            "agency_id",
            "their_reference",
            unique=True,
            postgresql_where=text("system_id IS NULL AND their_reference <> ''"),
        ),
    )

    id: Identity = identity()
    case_id: Identity = points_to("case_record.id", index=False)
    agency_id: Identity = points_to("agency.id", index=False)
    team: str = plain(default="", server_default="''")
    worker_id: Identity | None = points_to("worker.id", null=True)
    """Who does it."""
    contact: str = personal(default="", server_default="''")
    """Whom to ring about it, in the agency's words, where that is nobody who signs in here."""
    kind: str = plain()
    """A code of our list; one that we do not know is kept as it came."""
    status: str = plain(default=Status.planned.value)
    starts_at: Moment = moment()
    ends_at: Moment | None = moment(null=True)
    whole_days: bool = False
    repeats: str = plain(default="", server_default="''")
    """The rule of a series, as RFC 5545 writes it after `RRULE:`; empty for what happens once."""
    minutes: int | None = None
    """How long each time of a series lasts by the clock on the wall."""
    left_out: list[datetime] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(DateTime(timezone=True)), nullable=False, server_default=text("'{}'"), info=PLAIN),
    )
    """Starts that the series leaves out (EXDATE)."""
    series_id: Identity | None = Field(default=None, index=True)
    """What the parts of a series that was split have in common: the identity of its first part."""
    place_kind: str = plain(default=PlaceKind.address.value, server_default="'address'")
    place: str = personal(default="")
    place_uprn: str = personal(default="", server_default="''")
    hours_from: time | None = plain(default=None)
    """When a curfew begins each day by the clock on the wall; it may end on the next."""
    hours_to: time | None = plain(default=None)
    mandatory: bool = False
    joint: bool = False
    with_agency_id: Identity | None = points_to("agency.id", null=True, index=False)
    """The other agency of a joint visit that both have agreed to."""
    with_worker_id: Identity | None = points_to("worker.id", null=True)
    """Who of it comes along."""
    for_household: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """It touches the whole family, not only those who are named."""
    level: str | None = plain(default=None)
    """The level of risk that an assessment came to."""
    target: str = sensitive(default="", server_default="''")
    """What a goal is about, so that two plans can be seen to pull at the same thing."""
    polarity: str | None = plain(default=None)
    programme: str = plain(default="", server_default="''")
    transfer: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """A move has been handed over to the agencies of the other place."""
    out_of_area: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    depends_on_id: Identity | None = points_to("intervention.id", null=True)
    covert: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Nobody outside its own agency learns that it is there."""
    confidential_address: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Nobody outside its own agency learns where it is."""
    note: str = sensitive(default="")
    outcome_id: Identity | None = points_to("outcome.id", null=True)
    problem_tag_id: Identity | None = points_to("problem_tag.id", null=True)
    """The risk of the case that it is meant to lower."""
    source: str = plain(default=Source.typed.value, server_default="'typed'")
    system_id: Identity | None = points_to("sending_system.id", null=True, index=False)
    their_reference: str = personal(default="", server_default="''")
    """What the agency's own system calls it."""
    their_sequence: int | None = None
    """The number of the newest message about it; an older one changes nothing."""
    as_sent: dict[str, Any] = document(SENSITIVE)
    """Codes that came and that we do not know, by the name of their field."""
    recorded_by: Identity | None = points_to("worker.id", null=True, index=False)
    recorded_at: Moment = moment()
    changed_at: Moment | None = moment(null=True)
    ended_reason: str = sensitive(default="")
    checked_at: Moment | None = moment(null=True)
    """When the clash rules last looked at it; null asks them to."""


class InterventionPerson(SQLModel, table=True):
    """Somebody whom an intervention is for, until they are taken off it."""

    __tablename__ = "intervention_person"
    __table_args__ = (Index("intervention_person_person", "person_id"),)

    intervention_id: Identity = Field(primary_key=True, foreign_key="intervention.id")
    person_id: Identity = Field(primary_key=True, foreign_key="person.id")
    removed_at: Moment | None = moment(null=True)


class InterventionPlace(SQLModel, table=True):
    """A place that a condition keeps somebody out of: an address or a whole area."""

    __tablename__ = "intervention_place"
    __table_args__ = (
        CheckConstraint(one_of("kind", PlaceKind), name="intervention_place_one_kind"),
        Index("intervention_place_standing", "intervention_id", postgresql_where=text("removed_at IS NULL")),
    )

    id: Identity = identity()
    intervention_id: Identity = points_to("intervention.id", index=False)
    kind: str = plain()
    place: str = sensitive()
    uprn: str = personal(default="")
    added_at: Moment = moment()
    removed_at: Moment | None = moment(null=True)


class InterventionApart(SQLModel, table=True):
    """Two people whom a condition keeps apart. Kept once, with the smaller identity first."""

    __tablename__ = "intervention_apart"
    __table_args__ = (
        CheckConstraint("one_id < other_id", name="intervention_apart_order"),
        Index(
            "intervention_apart_standing",
            "intervention_id",
            "one_id",
            "other_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Identity = identity()
    intervention_id: Identity = points_to("intervention.id", index=False)
    one_id: Identity = points_to("person.id")
    other_id: Identity = points_to("person.id")
    added_at: Moment = moment()
    removed_at: Moment | None = moment(null=True)


class InterventionTime(SQLModel, table=True):
    """What is different about one time of a series: moved, done, missed or cancelled. What is null is as the series says.

    `of_at` is when that time would have begun (RECURRENCE-ID).
    """

    __tablename__ = "intervention_time"
    __table_args__ = (
        CheckConstraint(one_of("status", Status), name="intervention_time_status"),
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="intervention_time_moved"),
        CheckConstraint("ends_at >= starts_at", name="intervention_time_order"),
        Index("intervention_time_once", "intervention_id", "of_at", unique=True),
    )

    id: Identity = identity()
    intervention_id: Identity = points_to("intervention.id", index=False)
    of_at: Moment = moment()
    status: str = plain(default=Status.planned.value)
    starts_at: Moment | None = moment(null=True)
    ends_at: Moment | None = moment(null=True)
    place: str | None = personal(default=None)
    worker_id: Identity | None = points_to("worker.id", null=True)
    reason: str = sensitive(default="")
    changed_by: Identity | None = points_to("worker.id", null=True, index=False)
    changed_at: Moment = moment()


class UnplacedIntervention(SQLModel, table=True):
    """One that an agency's system sent and that no case could be found for. A person of that agency places it."""

    __tablename__ = "unplaced_intervention"
    __table_args__ = (
        CheckConstraint(one_of("reason", Unplaced), name="unplaced_intervention_reason"),
        CheckConstraint(one_of("settled", Settled), name="unplaced_intervention_settled"),
        CheckConstraint("(settled IS NULL) = (settled_at IS NULL)", name="unplaced_intervention_when"),
        Index("unplaced_intervention_once", "system_id", "their_reference", unique=True),
        Index("unplaced_intervention_open", "agency_id", "received_at", postgresql_where=text("settled_at IS NULL")),
    )

    id: Identity = identity()
    agency_id: Identity = points_to("agency.id", index=False)
    system_id: Identity = points_to("sending_system.id", index=False)
    their_reference: str = personal()
    their_sequence: int | None = None
    sent: dict[str, Any] = document(SENSITIVE)
    """What the newest message about it said."""
    reason: str = plain()
    received_at: Moment = moment()
    settled: str | None = plain(default=None)
    settled_by: Identity | None = points_to("worker.id", null=True, index=False)
    settled_at: Moment | None = moment(null=True)
    intervention_id: Identity | None = points_to("intervention.id", null=True)


class InterventionImport(SQLModel, table=True):
    """A file of interventions that somebody looks at before it is written. Nothing of it counts until `confirmed_at`."""

    __tablename__ = "intervention_import"
    __table_args__ = (Index("intervention_import_of_agency", "agency_id", "made_at"),)

    id: Identity = identity()
    agency_id: Identity = points_to("agency.id", index=False)
    made_by: Identity = points_to("worker.id")
    name: str = plain(default="")
    content: str = sensitive()
    """The file as it came."""
    rows: int
    refused: int = 0
    made_at: Moment = moment()
    confirmed_at: Moment | None = moment(null=True)
    forgotten_at: Moment | None = moment(null=True)
