"""The only place that asks the time.

Everything below the edge takes `at` as an argument, so that a rule can be tried at any moment and a demonstration
can be told as history.
"""

from datetime import UTC, date, datetime

from hub.london import london


def now() -> datetime:
    """The moment, in UTC, with its zone."""
    return datetime.now(UTC)  # noqa: TID251


def today() -> date:
    """The date in London, which is the date a worker means by "today"."""
    return london(now()).date()
