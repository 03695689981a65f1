"""Clash records from a file: the same engine as the board's, over neutral records."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from hub.clashes.detecting import find
from hub.clashes.records import Record, place_keys
from hub.clashes.rules import catalogue
from hub.clashes.wording import found
from hub.errors import CannotRun
from hub.london import LONDON, from_london, london

TEXTS = ("team", "place", "level", "target", "polarity", "programme")
MARKS = ("mandatory", "joint", "transfer", "out_of_area", "covert")
EARLIEST = 1900
CLOCK = re.compile(r"(\d{1,2})(?::?(\d{2}))?(?::\d{2})?")


class BadRecords(CannotRun):
    """The file does not hold records; the message says where."""


class _Wrong(Exception):
    """A field that cannot be read, and why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"field {field}: {why}")


def check_file(text: str, today: date) -> list[dict[str, Any]]:
    """The clashes among the records of a file, by severity, then rule. `today` counts when the file names no `now`.

    Raises BadRecords, naming the record and the field that cannot be read.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise BadRecords(f"The file is not JSON: {wrong}.") from None
    if not isinstance(content, dict) or not isinstance(content.get("records"), list):
        raise BadRecords('The file does not hold clash records: it must be an object with a list "records".')
    try:
        now = _moment("now", content["now"]) if content.get("now") is not None else today
        links = [_pair("links", pair) for pair in _list("links", content.get("links"))]
    except _Wrong as wrong:
        raise BadRecords(f"The file cannot be read: {wrong}.") from None
    records = _records(content["records"])
    hits = find(
        records,
        catalogue(),
        today=london(now).date() if isinstance(now, datetime) else now,
        links=links,
    )
    return [
        {
            "rule": hit.rule.id,
            "severity": hit.rule.severity.value,
            "records": list(hit.records),
            "people": list(hit.people),
            "why": f"{found(hit.rule, hit.parts, hit.people)} {hit.rule.why}",
            "step": hit.rule.step,
        }
        for hit in hits
    ]


def _records(rows: Iterable[Any]) -> list[Record]:
    read: dict[str, Record] = {}
    for place, row in enumerate(rows):
        name = f"Record {place + 1}"
        if not isinstance(row, Mapping):
            raise BadRecords(f"{name} is not an object.")
        if row.get("id") not in (None, ""):
            name += f" ({row['id']})"
        try:
            record = _record(row)
        except _Wrong as wrong:
            raise BadRecords(f"{name}, {wrong}.") from None
        if read.setdefault(record.id, record) != record:
            raise BadRecords(f"{name}, field id: another record with other contents has the same id.")
    return list(read.values())


def _record(row: Mapping[str, Any]) -> Record:
    kind = _text("kind", row.get("kind"))
    if not kind:
        raise _Wrong("kind", "it is missing")
    # A derived fact is nobody's in particular.
    agency = _text("agency", row.get("agency"))
    if not agency and not kind.startswith("X."):
        raise _Wrong("agency", "it is missing")
    identity = _text("id", row.get("id"))
    if not identity:
        raise _Wrong("id", "it is missing")
    if row.get("start") is None:
        raise _Wrong("start", "it is missing")
    start = _moment("start", row["start"])
    end = _moment("end", row["end"]) if row.get("end") is not None else None
    if end is not None and _early(end) < _early(start) and not _same_day(start, end):
        raise _Wrong("end", "it lies before the start")
    more: dict[str, Any] = {name: _text(name, row.get(name)) for name in TEXTS}
    more |= {name: _mark(name, row.get(name)) for name in MARKS}
    return Record(
        id=identity,
        kind=kind,
        agency=agency,
        people=frozenset(_texts("people", row.get("people"))),
        households=frozenset(_texts("hh", row.get("hh"))),
        starts_at=start,
        ends_at=end,
        status="-".join(_text("status", row.get("status")).casefold().replace("_", " ").split()),
        hours=_hours(row.get("hours")),
        places=place_keys([*_texts("places", row.get("places")), *_own_place(kind, row)]),
        apart=_apart(row.get("apart")),
        depends=frozenset(_texts("depends", row.get("depends"))),
        **more,
    )


def _own_place(kind: str, row: Mapping[str, Any]) -> list[str]:
    """A condition on one place may name it as its place."""
    return [_text("place", row.get("place"))] if kind.startswith("R.") else []


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Wrong(name, "it must be a text")
    return str(value).strip()


def _list(name: str, value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Wrong(name, "it must be a list")
    return value


def _texts(name: str, value: Any) -> list[str]:
    if isinstance(value, str | int) and not isinstance(value, bool):
        value = [value]
    return [one for one in (_text(name, item) for item in _list(name, value)) if one]


def _mark(name: str, value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise _Wrong(name, "it must be true or false")
    return bool(value)


def _pair(name: str, value: Any) -> tuple[str, str]:
    pair = _texts(name, value if isinstance(value, list) else None)
    if len(pair) != 2:
        raise _Wrong(name, "each must be a pair of people")
    return pair[0], pair[1]


def _apart(value: Any) -> frozenset[frozenset[str]]:
    pairs = _list("apart", value)
    if len(pairs) == 2 and all(isinstance(one, str | int) for one in pairs):
        pairs = [pairs]
    return frozenset(frozenset(_pair("apart", one)) for one in pairs)


def _moment(name: str, value: Any) -> datetime | date:
    """A day, or a moment; a time without an offset is what the clock on the wall shows in London."""
    if not isinstance(value, str):
        raise _Wrong(name, "it must be a date or a time, such as 2026-03-12 or 2026-03-12T10:00")
    try:
        day = date.fromisoformat(value.strip()[:10])
        if day.year < EARLIEST:
            raise _Wrong(name, f"{value!r} lies before {EARLIEST}")
        if len(value.strip()) <= 10:
            return day
        read = datetime.fromisoformat(value.strip())
        if read.tzinfo is None:
            read = read.replace(tzinfo=LONDON)
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong(name, f"{value!r} is not a date or a time, such as 2026-03-12 or 2026-03-12T10:00") from None


def _early(value: datetime | date) -> datetime:
    return value if isinstance(value, datetime) else from_london(value, 0)


def _same_day(start: datetime | date, end: datetime | date) -> bool:
    """A day as an end runs to its midnight, whatever hour the start has."""
    return not isinstance(end, datetime) and (london(start).date() if isinstance(start, datetime) else start) == end


def _hours(value: Any) -> tuple[time, time] | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = value.replace("–", "-").split("-")
    if not isinstance(value, list) or len(value) != 2:
        raise _Wrong("hours", 'it must be two times, such as ["19:00", "07:00"]')
    return _clock(value[0]), _clock(value[1])


def _clock(value: Any) -> time:
    match = CLOCK.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
    if (hour, minute) == (24, 0):
        return time(0)
    if hour > 23 or minute > 59:
        raise _Wrong("hours", f"{value!r} is not a time of day, such as 19:00")
    return time(hour, minute)
