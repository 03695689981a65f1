"""The only place that asks the time.

Everything below the edge takes `at` as an argument, so that a rule can be tried at any moment and a demonstration
can be told as history.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """The moment, in UTC, with its zone."""
    return datetime.now(UTC)  # noqa: TID251


def today() -> date:
    """The date in London, which is the date a worker means by "today"."""
    return now().astimezone(LONDON).date()


def london(moment: datetime) -> datetime:
    """The same moment as a clock on the wall in London shows it."""
    return moment.astimezone(LONDON)


def from_london(day: date, hour: int, minute: int = 0) -> datetime:
    """The moment when a wall clock in London shows this, in UTC.

    A time that the clock shows twice (October) is the first of the two; a time that it skips (March) is read as if
    the clock had not yet moved, as RFC 5545 asks.
    """
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON).astimezone(UTC)
