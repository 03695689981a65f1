"""Working days and working hours, as the clocks of the work count them.

A working day is Monday to Friday without the bank holidays of England (GOV.UK, through the `holidays` library).
Hours are the hub's own opening hours on working days. All arithmetic is on the wall clock in London, so that
"tomorrow at ten" is at ten on the days when the clocks change.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from holidays import country_holidays

from hub.london import LONDON, from_london, london


@dataclass(frozen=True)
class Hours:
    """When the hub's desk is open on a working day, on the wall clock in London."""

    opens: time = time(9, 0)
    closes: time = time(17, 0)


@lru_cache(maxsize=32)
def _holidays(year: int) -> dict[date, str]:
    return dict(country_holidays("GB", subdiv="ENG", years=year).items())


def bank_holiday(day: date) -> str:
    """The name of the bank holiday in England, or nothing."""
    return _holidays(day.year).get(day, "")


def holidays_between(start: date, end: date) -> list[date]:
    """The bank holidays in England from one day to another."""
    return [day for year in range(start.year, end.year + 1) for day in _holidays(year) if start <= day <= end]


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and not bank_holiday(day)


def add_working_days(day: date, count: int) -> date:
    """The working day that is `count` working days after `day` (before it, when `count` is negative).

    The day itself is not counted: one working day after a Friday, a Saturday or a Sunday is the Monday.
    """
    step = 1 if count >= 0 else -1
    for _ in range(abs(count)):
        day += timedelta(days=step)
        while not is_working_day(day):
            day += timedelta(days=step)
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days after `start`, up to and with `end`; 0 when `end` is not later."""
    return sum(1 for n in range(1, (end - start).days + 1) if is_working_day(start + timedelta(days=n)))


def end_of_working_day(at: datetime, days: int, hours: Hours = Hours()) -> datetime:
    """The close of the working day that lies `days` working days after the moment, in UTC."""
    day = add_working_days(london(at).date(), days)
    return from_london(day, hours.closes.hour, hours.closes.minute)


def working_day_before(moment: datetime, days: int) -> date:
    """The working day that lies some working days before something, such as when a report must be in."""
    return add_working_days(london(moment).date(), -days)


def add_working_hours(at: datetime, count: float, hours: Hours = Hours()) -> datetime:
    """The moment when `count` hours of opening time have gone by, in UTC.

    A moment outside opening hours starts to count when the desk opens next.
    """
    left = timedelta(hours=count)
    here = london(at)
    day = here.date()
    while True:
        if is_working_day(day):
            opens = datetime.combine(day, hours.opens, LONDON)
            closes = datetime.combine(day, hours.closes, LONDON)
            start = max(here, opens)
            # Opening hours never span a change of the clocks, which happens at night: plain subtraction is right.
            if start < closes:
                if left <= closes - start:
                    return (start + left).astimezone(UTC)
                left -= closes - start
        day += timedelta(days=1)
        here = datetime.combine(day, time.min, LONDON)
