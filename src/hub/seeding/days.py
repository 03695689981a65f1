"""When things happened, told from today: days back, working days ahead, hours of the wall clock in London."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.london import from_london, london
from hub.workdays import add_working_days, is_working_day

JUST_NOW = timedelta(minutes=1)
FIRST_HOUR, QUARTERS = 9, 31
"""Work that names no hour is done between 9:00 and 16:30."""


def pick(key: str, count: int) -> int:
    """A number below `count` that is always the same for the same key, and looks like chance."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % count


def usual_hour(key: str) -> str:
    """An hour of the working day for something that names none."""
    quarters = pick(key, QUARTERS)
    return f"{FIRST_HOUR + quarters // 4}:{quarters % 4 * 15:02}"


def span_of(words: str) -> timedelta:
    """`2h`, `3d`, `40m`."""
    return timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[words[-1]]: float(words[:-1])})


@dataclass(frozen=True)
class Days:
    """The calendar as it lies around the moment of loading."""

    now: datetime

    @property
    def today(self) -> date:
        return london(self.now).date()

    @property
    def latest(self) -> datetime:
        """The latest moment at which something can have been done."""
        return self.now - JUST_NOW

    def day(self, ago: int) -> date:
        """The date so many days ago."""
        return self.today - timedelta(days=ago)

    def at(self, day: date, hour: str) -> datetime:
        """An hour of the wall clock on a day."""
        hours, minutes = hour.split(":")
        return from_london(day, int(hours), int(minutes))

    def any_day(self, ago: int, hour: str) -> datetime:
        """The moment so many days ago, on whatever day of the week that was; never ahead."""
        return min(self.at(self.day(ago), hour), self.latest)

    def back(self, ago: int, hour: str) -> datetime:
        """The moment on the working day so many days ago or the next one after it.

        What would lie ahead (an hour of today that has not struck) was done a working day earlier.
        """
        day = self.day(ago)
        while not is_working_day(day):
            day += timedelta(days=1)
        while self.at(day, hour) > self.latest:
            day = add_working_days(day, -1)
        return self.at(day, hour)

    def ahead(self, working_days: int, hour: str) -> datetime:
        """The moment so many working days on. None on is today, or the next working day when today is not one.

        Counted in working days, so that two different numbers are two different days whenever this is loaded.
        """
        first = self.today if is_working_day(self.today) else add_working_days(self.today, 1)
        return self.at(add_working_days(first, working_days), hour)
