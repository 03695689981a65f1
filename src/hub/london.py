"""The wall clock in London: what a worker means by ten o'clock, on every day of the year."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london(moment: datetime) -> datetime:
    """The same moment as a clock on the wall in London shows it."""
    return moment.astimezone(LONDON)


def from_london(day: date, hour: int, minute: int = 0) -> datetime:
    """The moment when a wall clock in London shows this, in UTC.

    A time that the clock shows twice (October) is the first of the two; a time that it skips (March) is read as if
    the clock had not yet moved, as RFC 5545 asks.
    """
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON).astimezone(UTC)
