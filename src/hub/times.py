"""Moments and days in the words that people use: words first, the exact time beside."""

from datetime import date, datetime, timedelta

from hub.london import london

MINUTE, HOUR, DAY = 60, 3600, 86400


def exact(moment: datetime) -> str:
    """`Tuesday 3 March 2026, 10:05`, in London."""
    here = london(moment)
    return f"{day_and_year(here.date())}, {here:%H:%M}"


def day_and_year(day: date) -> str:
    """`Tuesday 3 March 2026`."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def short_day(day: date, today: date) -> str:
    """`3 March`, with the year when it is not this one."""
    return f"{day.day} {day:%B}" + ("" if day.year == today.year else f" {day.year}")


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def span(seconds: float) -> str:
    """A length of time in its largest unit: `5 minutes`, `2 hours`, `3 days`, `7 weeks`, `14 months`, `3 years`."""
    seconds = abs(seconds)
    if seconds < MINUTE:
        return "less than a minute"
    for limit, unit, name in (
        (HOUR, MINUTE, "minute"),
        (DAY, HOUR, "hour"),
        (14 * DAY, DAY, "day"),
        (70 * DAY, 7 * DAY, "week"),
        (730 * DAY, 30.44 * DAY, "month"),
    ):
        if seconds < limit:
            return _plural(int(seconds // unit), name)
    return _plural(int(seconds // (365.25 * DAY)), "year")


def in_words(moment: datetime, now: datetime) -> str:
    """When something was or will be, as one would say it now.

    `3 minutes ago`, `today at 14:00`, `yesterday at 9:30`, `tomorrow at 10:00`, `Tuesday at 10:00` within a week,
    else `3 March` (with the year when it is another one).
    """
    here, today = london(moment), london(now).date()
    gone = (now - moment).total_seconds()
    if 0 <= gone < MINUTE:
        return "just now"
    if 0 < gone < HOUR:
        return f"{span(gone)} ago"
    days = (here.date() - today).days
    clock = f"{here.hour}:{here:%M}"
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return f"{near[days]} at {clock}"
    if 1 < days < 7:
        return f"{here:%A} at {clock}"
    if -7 < days < -1:
        return f"last {here:%A} at {clock}"
    return short_day(here.date(), today)


def day_in_words(day: date, today: date) -> str:
    """A day without an hour: `today`, `tomorrow`, `Friday`, `last Friday`, else `3 March`."""
    days = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    if 1 < days < 7:
        return f"{day:%A}"
    if -7 < days < -1:
        return f"last {day:%A}"
    return short_day(day, today)


def left(due: datetime, now: datetime) -> str:
    """How a clock reads: `2 hours left`, `3 days overdue`."""
    seconds = (due - now).total_seconds()
    return f"{span(seconds)} left" if seconds >= 0 else f"{span(seconds)} overdue"


def due_day(day: date, today: date) -> str:
    """How a due date reads: `due today`, `due tomorrow`, `due Friday`, `due yesterday`, `3 days overdue`."""
    days = (day - today).days
    if days < -1:
        return f"{span(days * DAY)} overdue"
    return f"due {day_in_words(day, today)}"


def age(born_from: date | None, born_to: date | None, today: date) -> str:
    """Somebody's age from a birth date that may be known only to the month or year.

    Under two in months; `about` when the date is not exact; `unborn` when it lies ahead; empty when not known.
    """
    if born_from is None or born_to is None:
        return ""
    if born_from > today:
        return "unborn"
    oldest, youngest = _years(born_from, today), _years(min(born_to, today), today)
    if born_from != born_to:
        return f"about {youngest}" if oldest == youngest else f"{youngest} or {oldest}"
    if oldest < 2:
        months = (today.year - born_from.year) * 12 + today.month - born_from.month - (today.day < born_from.day)
        return _plural(months, "month") if months else _plural((today - born_from).days // 7, "week")
    return str(oldest)


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())
