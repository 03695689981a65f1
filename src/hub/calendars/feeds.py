"""Reading a calendar for its busy times alone: titles, places and people are never kept.

Recurrence follows RFC 5545 with exceptions and moved occurrences; the clock on the wall counts, so that a weekly
meeting stays at its hour. A calendar is somebody else's text: it is read within limits of size, number and span.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar

from hub.london import LONDON

MOST_EVENTS = 5000
MOST_OCCURRENCES = 2000
OFTEN_ENOUGH = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
FREE = ("FREE", "WORKINGELSEWHERE")


class UnreadableFeed(Exception):
    """What came is not a calendar that can be read; the message is safe to show."""


def busy_times(text: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """When somebody is busy between two moments, merged and in order. Raises UnreadableFeed."""
    try:
        calendar = Calendar.from_ical(text)
        if calendar.name != "VCALENDAR":
            raise UnreadableFeed("It is not a calendar")
        events: list[Any] = list(islice(calendar.walk("VEVENT"), MOST_EVENTS))
        moved = {(str(one.get("uid")), _moment(one["recurrence-id"].dt)) for one in events if "recurrence-id" in one}
        found = [span for event in events for span in _spans(event, moved, start, end)]
        found += [span for part in calendar.walk("VFREEBUSY") for span in _told(part)]
    except UnreadableFeed:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, IndexError) as broken:
        raise UnreadableFeed("It is not a calendar that can be read") from broken
    return _merged([(max(a, start), min(b, end)) for a, b in found if a < end and b > start])


def _spans(
    event: Any, moved: set[tuple[str, datetime]], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    if _is_free(event) or "dtstart" not in event:
        return
    begins = event["dtstart"].dt
    length = _length(event, begins)
    if "rrule" not in event and "rdate" not in event:
        yield _moment(begins), _moment(begins) + length
        return
    uid = str(event.get("uid"))
    for slot in _slots(event, begins, start - length, end):
        if (uid, slot) not in moved or "recurrence-id" in event:
            yield slot, slot + length


def _is_free(event: Any) -> bool:
    busy_status = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()
    return (
        str(event.get("transp", "")).upper() == "TRANSPARENT"
        or str(event.get("status", "")).upper() == "CANCELLED"
        or busy_status in FREE
    )


def _length(event: Any, begins: date) -> timedelta:
    if "dtend" in event:
        length = _moment(event["dtend"].dt) - _moment(begins)
    elif "duration" in event:
        length = event["duration"].dt
    else:
        length = timedelta(0) if isinstance(begins, datetime) else timedelta(days=1)
    return max(length, timedelta(0))


def _slots(event: Any, begins: date, start: datetime, end: datetime) -> Iterator[datetime]:
    """The moments of a recurring event, counted on its own wall clock."""
    first = begins if isinstance(begins, datetime) else datetime.combine(begins, time.min)
    zone = first.tzinfo or LONDON
    dates = rruleset()
    rules = event.get("rrule", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if any(one.upper() not in OFTEN_ENOUGH for one in rule.get("FREQ", [])):
            raise UnreadableFeed("It repeats something more than once a day")
        rule = {**rule}
        if "UNTIL" in rule:
            rule["UNTIL"] = [_naive(one, zone) for one in rule["UNTIL"]]
        words = type(event["rrule"] if not isinstance(rules, list) else rules[0])(rule).to_ical().decode()
        dates.rrule(rrulestr(words, dtstart=first.replace(tzinfo=None)))
    for one in _dates(event, "rdate"):
        dates.rdate(_naive(one, zone))
    for one in _dates(event, "exdate"):
        dates.exdate(_naive(one, zone))
    low, high = _naive(start, zone), _naive(end, zone)
    for slot in islice(dates.xafter(low, inc=True), MOST_OCCURRENCES):
        if slot > high:
            return
        yield slot.replace(tzinfo=zone).astimezone(UTC)


def _dates(event: Any, name: str) -> Iterator[date]:
    given = event.get(name, [])
    for many in given if isinstance(given, list) else [given]:
        for one in many.dts:
            yield one.dt[0] if isinstance(one.dt, tuple) else one.dt


def _naive(value: date, zone: Any) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time.min)
    return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value


def _told(part: Any) -> Iterator[tuple[datetime, datetime]]:
    given = part.get("freebusy", [])
    for many in given if isinstance(given, list) else [given]:
        if str(many.params.get("FBTYPE", "BUSY")).upper() == "FREE":
            continue
        for period in many if isinstance(many, list) else [many]:
            yield _moment(period.start), _moment(period.end)


def _moment(value: date) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    return (value if value.tzinfo else value.replace(tzinfo=LONDON)).astimezone(UTC)


def _merged(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
