"""What an agency plans, as it is told: by a form, a message or a file; what of it cannot be; what the row then holds."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified

from hub.errors import Refused
from hub.interventions.recurrence import Series, last_end, starts_on
from hub.interventions.rules import (
    RECORDABLE,
    PlaceKind,
    Shape,
    Source,
    Status,
    When,
    check_conditions,
    check_says_something,
    check_when,
    shape,
)
from hub.interventions.tables import Intervention, InterventionPlace
from hub.london import london

UPRN = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class Excluded:
    """A place that a condition keeps somebody out of."""

    place: str
    kind: PlaceKind = PlaceKind.address
    uprn: str = ""


BEFORE_A_PLACE = {"area:": PlaceKind.area, "online:": PlaceKind.online}
LONGEST_PLACE = 300


def excluded_of(line: str) -> Excluded:
    """A place kept out of, as one writes it: `4 Mill Lane`, `4 Mill Lane (UPRN 100012345)`, `area: Northvale market`."""
    text, kind = line.strip(), PlaceKind.address
    for prefix, said in BEFORE_A_PLACE.items():
        if text.lower().startswith(prefix):
            text, kind = text[len(prefix) :].strip(), said
    words, _, uprn = text.rpartition("UPRN ")
    number = uprn.strip(" )")
    if words.strip(" ,(") and UPRN.fullmatch(number):
        return Excluded(words.strip(" ,(")[:LONGEST_PLACE], kind, number)
    return Excluded(text[:LONGEST_PLACE], kind)


def written(place: InterventionPlace) -> str:
    """A place kept out of, as one writes it."""
    prefix = next((f"{prefix} " for prefix, kind in BEFORE_A_PLACE.items() if kind == place.kind), "")
    return prefix + place.place + (f" (UPRN {place.uprn})" if place.uprn else "")


@dataclass(frozen=True)
class Sent:
    """Where a record comes from that nobody typed here."""

    source: Source
    their_reference: str
    system_id: UUID | None = None
    sequence: int | None = None


@dataclass(frozen=True)
class Planned:
    """What an agency will do, for whom, when, where, and who does it. `when` is the first time of what repeats."""

    kind: str
    people: Collection[UUID]
    when: When
    worker_id: UUID | None = None
    place: str = ""
    mandatory: bool = False
    joint: bool = False
    with_agency_id: UUID | None = None
    """Who comes along, once two agencies have agreed to go together; no form changes it."""
    with_worker_id: UUID | None = None
    note: str = ""
    repeats: str = ""
    left_out: Sequence[datetime] = ()
    team: str = ""
    contact: str = ""
    place_kind: PlaceKind = PlaceKind.address
    place_uprn: str = ""
    hours: tuple[time, time] | None = None
    for_household: bool = False
    level: str | None = None
    target: str = ""
    polarity: str | None = None
    programme: str = ""
    transfer: bool = False
    out_of_area: bool = False
    depends_on_id: UUID | None = None
    covert: bool = False
    confidential_address: bool = False
    outcome_id: UUID | None = None
    problem_tag_id: UUID | None = None
    apart: Collection[tuple[UUID, UUID]] = ()
    excluded: Sequence[Excluded] = ()
    as_sent: Mapping[str, Any] = field(default_factory=dict)
    """Codes that came and that we do not know."""
    override: str = ""
    """Why a team leader lets it stand although a rule refuses it."""

    @property
    def everybody(self) -> set[UUID]:
        """Whom it is for and whom it keeps apart."""
        return {*self.people, *(one for pair in self.apart for one in pair)}


PLAIN_FIELDS = (
    "kind", "worker_id", "place", "mandatory", "joint", "note", "repeats", "team", "contact", "place_uprn",
    "for_household", "level", "target", "polarity", "programme", "transfer", "out_of_area", "depends_on_id", "covert",
    "confidential_address", "outcome_id", "problem_tag_id",
)  # fmt: skip


def only(intervention: Intervention) -> list[UUID] | None:
    """Who may know that something happened to it: of what is covert, its own agency."""
    return [intervention.agency_id] if intervention.covert else None


def facts_of(planned: Planned) -> dict[str, Any]:
    """What the row of an intervention holds."""
    when, minutes = planned.when, None
    if planned.repeats:
        if when.ends_at is None:
            raise Refused("Enter when it ends each time", field="ends")
        lasts = london(when.ends_at).replace(tzinfo=None) - london(when.starts_at).replace(tzinfo=None)
        minutes = 1_440 if when.whole_days else int(lasts / timedelta(minutes=1))
        if not 1 <= minutes <= 44_640:
            raise Refused("Each time must last at least a minute, and a month at most", field="ends")
        when = replace(when, ends_at=last_end(when.starts_at, planned.repeats, minutes))
    return {name: getattr(planned, name) for name in PLAIN_FIELDS} | {
        "starts_at": when.starts_at,
        "ends_at": when.ends_at,
        "whole_days": when.whole_days,
        "minutes": minutes,
        "left_out": list(planned.left_out),
        "place_kind": planned.place_kind.value,
        "hours_from": planned.hours[0] if planned.hours else None,
        "hours_to": planned.hours[1] if planned.hours else None,
        "as_sent": dict(planned.as_sent),
    }


def beyond_the_form(planned: Planned, stands: Intervention) -> Planned:
    """A plan with what no form can say as it stands: codes that came, and the days that a series leaves out."""
    return replace(with_days_left_out(planned, stands), as_sent=stands.as_sent)


def with_days_left_out(planned: Planned, stands: Intervention) -> Planned:
    """A plan that leaves out the same days as what stands, at whatever hour it begins on them."""
    if not stands.left_out or not planned.repeats:
        return planned
    days = {moment: london(moment).date() for moment in stands.left_out}
    facts = facts_of(planned)
    series = Series(
        stands.id, facts["starts_at"], facts["ends_at"], facts["whole_days"], planned.repeats, facts["minutes"]
    )
    begins = starts_on(series, set(days.values()))
    return replace(planned, left_out=[begins.get(day, moment) for moment, day in days.items()])


def status_of(planned: Planned, at: datetime) -> Status:
    """What is over is done; a period that has begun is live; the rest, and what repeats, is planned."""
    period = shape(planned.kind) is Shape.period
    over = planned.when.ends_at or (None if period else planned.when.starts_at)
    if over is not None and over < at and not planned.repeats:
        return Status.done
    return Status.live if period and planned.when.starts_at <= at else Status.planned


def check(planned: Planned, case_people: Collection[UUID], *, any_kind: bool = False) -> None:
    """Raises Refused for what cannot be recorded."""
    if planned.kind not in RECORDABLE and not (any_kind and planned.kind and not planned.kind.startswith("X.")):
        raise Refused("Choose what it is", field="kind")
    if not planned.people:
        raise Refused("Choose who it is for", field="people")
    if not set(planned.people) <= set(case_people):
        raise Refused("Choose people of this case", field="people")
    check_when(planned.kind, planned.when)
    check_conditions(planned.kind, hours=planned.hours, apart=planned.apart, excluded=len(planned.excluded))
    if not any_kind:
        check_says_something(planned.kind, apart=planned.apart, excluded=len(planned.excluded))
    if not {person for pair in planned.apart for person in pair} <= set(case_people):
        raise Refused("Choose people of this case", field="apart")


def ask_the_rules_again(intervention: Intervention) -> None:
    """Clears `checked_at` in any case: it may have been set since the row was read, and then looks unchanged from here."""
    intervention.checked_at = None
    flag_modified(intervention, "checked_at")
