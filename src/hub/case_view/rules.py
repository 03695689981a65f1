"""One family, one week: how interventions lie in the days of a week, each agency in its own lane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

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
        if shape(one.kind) is Shape.period:
            lane.bands.append(one)
            continue
        first, last = days_of(When(one.starts_at, one.ends_at, one.whole_days))
        for offset in range(7):
            if first <= monday + timedelta(days=offset) <= (last or first):
                lane.cells[offset].append(one)
    return list(found.values())
