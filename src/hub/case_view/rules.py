"""How a case is shown: its week, each agency in its own lane, and what has happened while somebody was away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hub.events.rules import Kind
from hub.interventions.rules import Shape, When, days_of, shape
from hub.workdays import bank_holiday, is_working_day


@dataclass(frozen=True)
class Day:
    """A day of the week as the picture heads it."""

    on: date
    is_today: bool
    is_off: bool
    holiday: str


@dataclass
class Lane:
    """One agency's week: what lies on each of the seven days, and the conditions and plans that run through."""

    agency: Any
    cells: list[list[Any]] = field(default_factory=lambda: [[] for _ in range(7)])
    bands: list[Any] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.bands and not any(self.cells)


def days(monday: date, today: date) -> list[Day]:
    """The seven days from a Monday."""
    found = []
    for offset in range(7):
        day = monday + timedelta(days=offset)
        found.append(Day(day, day == today, not is_working_day(day), bank_holiday(day)))
    return found


def lanes(monday: date, interventions: Sequence[Any], agencies: Mapping[UUID, Any]) -> list[Lane]:
    """Each agency's week, in the agencies' own order. A thing of several days stands on each of them.

    Plans, treatments and conditions are bands: they colour the week and are listed once.
    """
    found = {agency_id: Lane(agency) for agency_id, agency in agencies.items()}
    for one in interventions:
        if one.agency_id not in found:
            continue
        lane = found[one.agency_id]
        if shape(one.kind) is Shape.period and getattr(one, "of_at", None) is None:
            lane.bands.append(one)
            continue
        first, last = days_of(When(one.starts_at, one.ends_at, one.whole_days))
        for offset in range(7):
            if first <= monday + timedelta(days=offset) <= (last or first):
                lane.cells[offset].append(one)
    return list(found.values())


# --- While you were away ----------------------------------------------------------------------------------------

NEWS: Mapping[str, tuple[str, str, str]] = {
    Kind.contribution_added: ("contribution", "contributions", "#lanes"),
    Kind.contribution_commented: ("comment", "comments", "#lanes"),
    Kind.problem_stated: ("new statement of the problem", "new statements of the problem", "#problem"),
    Kind.case_rated: ("change of rating", "changes of rating", "#today"),
    Kind.case_moved: ("change of stage", "changes of stage", "/chronology"),
    Kind.agency_admitted: ("agency brought in", "agencies brought in", "#circle"),
    Kind.agency_left: ("agency released", "agencies released", "#circle"),
    Kind.intervention_recorded: ("visit or plan recorded", "visits or plans recorded", "/week"),
    Kind.clash_found: ("clash", "clashes", "#today"),
    Kind.outcome_agreed: ("joint outcome agreed", "joint outcomes agreed", "/plan"),
    Kind.outcome_measured: ("reading", "readings", "/plan"),
    Kind.conference_scheduled: ("conference called", "conferences called", "/conferences"),
    Kind.conference_moved: ("conference moved", "conferences moved", "/conferences"),
    Kind.conference_cancelled: ("conference called off", "conferences called off", "/conferences"),
    Kind.conference_closed: ("conference held", "conferences held", "/conferences"),
    Kind.decision_made: ("decision", "decisions", "/conferences"),
    Kind.action_assigned: ("action given", "actions given", "/plan"),
    Kind.action_finished: ("action finished", "actions finished", "/plan"),
}
"""What is news to somebody who was away: one of it, several of it, and where on the case it stands."""

Counted = Mapping[tuple[str, UUID | None], int]
"""How many events of a kind an agency has made."""


@dataclass(frozen=True)
class News:
    """One piece of news: `2 contributions (Police, Health)`, and the way to it."""

    words: str
    agencies: tuple[str, ...]
    to: str

    @property
    def sentence(self) -> str:
        return f"{self.words} ({', '.join(self.agencies)})" if self.agencies else self.words


def away(counted: Counted, agencies: Mapping[UUID, Any]) -> list[News]:
    """What happened since somebody last looked, in the order of NEWS; agencies by their usual place."""
    found = []
    for kind, (one, several, to) in NEWS.items():
        of_kind = {agency_id: count for (name, agency_id), count in counted.items() if name == kind and count}
        if of_kind:
            total = sum(of_kind.values())
            names = tuple(agency.name for agency_id, agency in agencies.items() if agency_id in of_kind)
            found.append(News(f"{total:,} {one if total == 1 else several}", names, to))
    return found


def lane_agencies(shared: Any, spoke: Sequence[UUID]) -> list[Any]:
    """The agencies whose lanes stand on the page: the circle, and whoever spoke without sitting in it any more or yet."""
    around = {agency.id for agency in shared.circle} | set(spoke)
    return sorted((shared.agencies[one] for one in around), key=lambda agency: agency.place)
