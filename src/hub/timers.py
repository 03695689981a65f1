"""The clocks of the work: how long something may take, by code, each of them a partnership's own setting.

Only T01, T02, T10, T12 and T14 rest on national guidance (Working Together to Safeguard Children 2026); the other
defaults are local practice, published by the areas named beside them, and a partnership changes them in its settings.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from hub.london import from_london, london
from hub.workdays import add_working_days, add_working_hours, end_of_working_day


class Unit(StrEnum):
    """How a clock counts. Hours run day and night; hub hours only while the desk is open."""

    hours = "hours"
    hub_hours = "hub hours"
    working_days = "working days"
    days = "days"
    weeks = "weeks"
    months = "months"


@dataclass(frozen=True)
class Timer:
    """One clock: `title` is what is due, as the page says it ("Decision")."""

    title: str
    count: float
    unit: Unit


CATALOGUE: Mapping[str, Timer] = {
    "T01": Timer("Acknowledgement to the referrer", 1, Unit.working_days),
    "T02": Timer("Decision on the referral", 1, Unit.working_days),
    "T03": Timer("Joint decision, red", 4, Unit.hours),  # Luton, Surrey
    "T04": Timer("Joint decision, amber", 24, Unit.hub_hours),  # Surrey
    "T05": Timer("Joint decision, green", 72, Unit.hours),  # Surrey, Gloucestershire
    "T07": Timer("Feedback to the referrer", 1, Unit.working_days),
    "T08": Timer("Strategy discussion", 24, Unit.hours),  # Knowsley
    "T10": Timer("Initial child protection conference", 15, Unit.working_days),
    "T11": Timer("First joint plan", 10, Unit.working_days),
    "T12": Timer("First review conference", 3, Unit.months),
    "T14": Timer("Assessment", 45, Unit.working_days),
    "T15": Timer("Decision letter", 1, Unit.working_days),
    "T16": Timer("Minutes", 10, Unit.working_days),
    "T17": Timer("Agency report", 2, Unit.working_days),
    "T19": Timer("Time to dissent", 72, Unit.hours),  # Sussex
    "T20": Timer("Answer to a dissent", 28, Unit.days),  # South Ayrshire
    "T27": Timer("Review", 6, Unit.weeks),
    "T27R": Timer("Review, red", 4, Unit.weeks),
    "T29": Timer("Outcome still met", 6, Unit.months),
    "T30": Timer("A first answer from everybody", 5, Unit.working_days),
    "T34R": Timer("Contact with the family, red", 14, Unit.days),
    "T34A": Timer("Contact with the family, amber", 30, Unit.days),
    "T34G": Timer("Contact with the family, green", 60, Unit.days),
    "T06R": Timer("Answer from each agency, red", 2, Unit.hub_hours),  # half of the joint decision's time, or near it
    "T06": Timer("Answer from each agency, amber", 6, Unit.hub_hours),
    "T06G": Timer("Answer from each agency", 24, Unit.hub_hours),
    "T06DR": Timer("Data-protection lead’s answer, red", 2, Unit.hub_hours),
    "T06D": Timer("Data-protection lead’s answer", 1, Unit.working_days),
    "T06S": Timer("The speaker’s own word", 24, Unit.hours),
    "T21": Timer("Agreement between practitioners", 2, Unit.working_days),  # Lincolnshire
    "T22": Timer("Agreement between managers", 5, Unit.working_days),  # Lincolnshire
    "T23": Timer("Agreement between senior officers", 2, Unit.working_days),  # Lincolnshire
    "T24": Timer("Urgent meeting with an independent chair", 1, Unit.working_days),
}


def timer(code: str, overrides: Mapping[str, Any] | None = None) -> Timer:
    """A clock as this partnership has set it: `{"T04": {"count": 6, "unit": "hub hours"}}` overrides the default."""
    default = CATALOGUE[code]
    own = (overrides or {}).get(code, {})
    return Timer(own.get("title", default.title), own.get("count", default.count), Unit(own.get("unit", default.unit)))


def due(code: str, start: datetime, overrides: Mapping[str, Any] | None = None) -> datetime:
    """When a clock that started at `start` runs out, in UTC."""
    return due_after(timer(code, overrides), start)


def due_after(clock: Timer, start: datetime) -> datetime:
    """When a clock of any make that started at `start` runs out, in UTC."""
    whole = int(clock.count)
    match clock.unit:
        case Unit.hours:
            return start + timedelta(hours=clock.count)
        case Unit.hub_hours:
            return add_working_hours(start, clock.count)
        case Unit.working_days:
            return end_of_working_day(start, whole)
        case Unit.days | Unit.weeks:
            # On the wall clock, so that "six weeks on at ten" is at ten after the clocks have changed.
            here = london(start) + timedelta(days=whole * (7 if clock.unit is Unit.weeks else 1))
            return here.astimezone(UTC)
        case Unit.months:
            return _months_on(start, whole)


def _months_on(start: datetime, months: int) -> datetime:
    here = london(start)
    month = here.month - 1 + months
    year, month = here.year + month // 12, month % 12 + 1
    day = min(here.day, calendar.monthrange(year, month)[1])
    return from_london(here.date().replace(year=year, month=month, day=day), here.hour, here.minute)


def working_days_before(code: str, end: datetime, overrides: Mapping[str, Any] | None = None) -> datetime:
    """The moment that lies a clock's working days before something, such as when a report must be in."""
    clock = timer(code, overrides)
    day = add_working_days(london(end).date(), -int(clock.count))
    return from_london(day, 17)
