"""Series and curfews: from a rule to the single times, kept at their hour by the clock on the wall in London.

The rule is that of RFC 5545 without its clocks: from every day to every year, with its days, its count and its end.
A ten o'clock visit stays at ten when the clocks change. Nothing here asks a database.
"""

import calendar
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from dateutil.rrule import rrule, rrulestr

from hub.errors import Refused
from hub.interventions.rules import Status
from hub.london import from_london, london

HORIZON = timedelta(days=400)
"""The longest stretch that is looked at in one asking."""
LONGEST_SERIES = timedelta(days=3_700)
"""How far a series may run: ten years."""
MOST = 1_000
"""The most times that one series gives in one asking, and the highest count that a rule may name."""
# Each day that a rule names is one that it reaches from its first day on. Rules that may never fall are not read at all:
# dateutil looks for their next time up to the year 9999, which takes seconds.
PARTS = {
    "DAILY": frozenset({"BYDAY"}),
    "WEEKLY": frozenset({"BYDAY", "WKST"}),
    "MONTHLY": frozenset({"BYDAY", "BYMONTHDAY"}),
    "YEARLY": frozenset[str](),
}
"""Which parts a rule of each frequency may have beside its interval and its end."""
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Series:
    """What the times of an intervention follow from: it may be one alone, a stretch, or many by a rule."""

    intervention_id: UUID
    starts_at: datetime
    ends_at: datetime | None
    whole_days: bool = False
    repeats: str = ""
    minutes: int | None = None
    left_out: frozenset[datetime] = frozenset()
    hours: tuple[time, time] | None = None
    status: str = Status.planned.value
    place: str = ""
    worker_id: UUID | None = None


@dataclass(frozen=True)
class Different:
    """What is different about one time of a series; `of_at` is when it would have begun."""

    of_at: datetime
    status: str = Status.planned.value
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str | None = None
    worker_id: UUID | None = None


@dataclass(frozen=True)
class Occurrence:
    """One time of an intervention. `of_at` names it within its series; an end of null is open."""

    intervention_id: UUID
    starts_at: datetime
    ends_at: datetime | None
    whole_days: bool
    cancelled: bool
    of_at: datetime
    status: str = Status.planned.value
    place: str = ""
    worker_id: UUID | None = None


def expand(series: Series, different: Iterable[Different], *, from_: datetime, until: datetime) -> Iterator[Occurrence]:
    """The times that touch a stretch, by their start. A curfew gives its nights. The stretch is cut at HORIZON."""
    until = min(until, from_ + HORIZON)
    found = sorted(_times(series, {one.of_at: one for one in different}, from_, until), key=lambda one: one.starts_at)
    for one in found[:MOST]:
        if one.starts_at < until and (
            one.ends_at is None or one.ends_at > from_ or one.ends_at == one.starts_at >= from_
        ):
            yield one


def _times(
    series: Series, different: dict[datetime, Different], from_: datetime, until: datetime
) -> Iterator[Occurrence]:
    if not series.repeats:
        whole = Occurrence(
            series.intervention_id, series.starts_at, series.ends_at, series.whole_days,
            series.status == Status.cancelled, series.starts_at, series.status, series.place, series.worker_id,
        )  # fmt: skip
        yield from _nights(series, [whole], from_, until) if series.hours else [whole]
        return
    length = timedelta(minutes=series.minutes or 0)
    begun = list(_starts(series, from_ - length - timedelta(days=1), until))
    # One that was moved into the stretch from outside it is a time of it too.
    begun += [
        of_at for of_at, one in different.items() if one.starts_at and of_at not in begun and is_time_of(series, of_at)
    ]
    times = [_time(series, start, different.get(start)) for start in begun]
    yield from _nights(series, times, from_, until) if series.hours else times


def _time(series: Series, start: datetime, told: Different | None) -> Occurrence:
    usual = Status.cancelled.value if series.status == Status.cancelled else Status.planned.value
    one = Occurrence(
        series.intervention_id, start, ending(start, series.minutes or 0), series.whole_days, False, start, usual,
        series.place, series.worker_id,
    )  # fmt: skip
    if told is not None:
        one = replace(
            one,
            starts_at=told.starts_at or one.starts_at,
            ends_at=told.ends_at or one.ends_at,
            place=one.place if told.place is None else told.place,
            worker_id=told.worker_id or one.worker_id,
            status=usual if usual == Status.cancelled else told.status,
        )
    return replace(one, cancelled=one.status == Status.cancelled)


def ending(start: datetime, minutes: int) -> datetime:
    """The end by the clock on the wall; where the clock skips it, so much later than the start."""
    here = london(start).replace(tzinfo=None) + timedelta(minutes=minutes)
    end = _at(here)
    return end if end > start else start + timedelta(minutes=minutes)


def _at(here: datetime) -> datetime:
    return from_london(here.date(), here.hour, here.minute)


def _wall(moment: datetime) -> datetime:
    return london(moment).replace(tzinfo=None)


def _starts(series: Series, from_: datetime, until: datetime) -> Iterator[datetime]:
    """When the times of a series begin, between two moments, none of those that are left out or after its end."""
    last = until if series.ends_at is None else min(until, series.ends_at)
    if last < from_:
        return
    asked = Rule.read(series.repeats)
    for here in asked.walls(_wall(series.starts_at), _wall(last)):
        start = _at(here)
        if start >= last and series.ends_at is not None and last == series.ends_at:
            return
        if start >= from_ and start not in series.left_out:
            yield start


def is_time_of(series: Series, of_at: datetime) -> bool:
    """Whether a series has a time that begins at this moment."""
    return of_at in set(_starts(series, of_at, of_at + timedelta(minutes=1)))


def starts_on(series: Series, days: Collection[date]) -> dict[date, datetime]:
    """When a series begins on each of some days by the wall calendar, left out or not: it has one time a day at most."""
    if not days:
        return {}
    whole = replace(series, left_out=frozenset())
    found = _starts(whole, from_london(min(days), 0), from_london(max(days) + timedelta(days=1), 0))
    return {day: start for start in found if (day := london(start).date()) in days}


def _nights(series: Series, times: Sequence[Occurrence], from_: datetime, until: datetime) -> Iterator[Occurrence]:
    """The hours of a curfew: from its first day on one stretch a day, over midnight where its end lies before its start."""
    begins, ends = series.hours or (time(0), time(0))
    seen: set[date] = set()
    for one in times:
        day = max(_wall(one.starts_at).date(), _wall(from_).date() - timedelta(days=1))
        # The night that begins on its last day belongs to a series; a stretch with an end is cut at that end.
        last = _wall(one.ends_at - timedelta(microseconds=1) if one.ends_at and one.ends_at > one.starts_at else until)
        while day <= min(last.date(), _wall(until).date()):
            if day not in seen:
                seen.add(day)
                start = from_london(day, begins.hour, begins.minute)
                over = from_london(day if ends > begins else day + timedelta(days=1), ends.hour, ends.minute)
                if series.ends_at is not None and not series.repeats:
                    over = min(over, series.ends_at)
                if over > start >= one.starts_at:
                    yield replace(one, starts_at=start, ends_at=over, whole_days=False)
            day += timedelta(days=1)


# --- The rule ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """A rule that has been read: what it says without its end, and the end."""

    text: str
    freq: str
    count: int | None
    until: datetime | None
    """By the clock on the wall."""

    @staticmethod
    @lru_cache(maxsize=4_096)
    def read(text: str) -> "Rule":
        """Reads what stands after `RRULE:`. Raises Refused for what is not such a rule or runs by the hour."""
        parts: dict[str, str] = {}
        for part in filter(None, text.strip().upper().removeprefix("RRULE:").split(";")):
            name, _, value = part.partition("=")
            if name in parts or not value:
                raise Refused("We cannot read how it repeats", field="repeats")
            parts[name] = value
        freq, count, until = parts.pop("FREQ", ""), parts.pop("COUNT", None), parts.pop("UNTIL", None)
        if freq not in PARTS:
            raise Refused("It can repeat by day, week, month or year", field="repeats")
        if count is not None and (until is not None or not COUNT.fullmatch(count) or not 1 <= int(count) <= MOST):
            raise Refused(f"Say how many times, up to {MOST:,}, or the last day, not both", field="repeats")
        if not re.fullmatch(r"[1-9][0-9]?", parts.get("INTERVAL", "1")):
            raise Refused("Enter how often it repeats as a number from 1 to 99", field="repeats")
        for name, value in parts.items():
            if name != "INTERVAL" and (name not in PARTS[freq] or not VALUES[name].fullmatch(value)):
                raise Refused("We cannot read how it repeats", field="repeats")
        ordinal = any(character.isdigit() for character in parts.get("BYDAY", ""))
        if (ordinal and freq != "MONTHLY") or len(parts.keys() & {"BYDAY", "BYMONTHDAY"}) == 2:
            raise Refused("We cannot read how it repeats", field="repeats")
        if freq == "DAILY" and "BYDAY" in parts and parts.get("INTERVAL", "1") != "1":
            raise Refused("We cannot read how it repeats", field="repeats")
        whole = ";".join([f"FREQ={freq}", *(f"{name}={value}" for name, value in parts.items())])
        return Rule(whole, freq, int(count) if count else None, _until(until) if until else None)

    @property
    def parts(self) -> dict[str, str]:
        return dict(part.split("=", 1) for part in self.text.split(";"))

    def begins_on(self, day: date) -> bool:
        """Whether a day is one of those that the rule names."""
        parts = self.parts
        if "BYMONTHDAY" in parts:
            return day.day in {int(number) for number in parts["BYMONTHDAY"].split(",")}
        if "BYDAY" not in parts:
            return True
        back = -((calendar.monthrange(day.year, day.month)[1] - day.day) // 7 + 1)
        name = DAYS[day.weekday()]
        fits = {name, f"{(day.day - 1) // 7 + 1}{name}", f"+{(day.day - 1) // 7 + 1}{name}", f"{back}{name}"}
        return bool(fits & set(parts["BYDAY"].split(",")))

    def _of(self, first: datetime, last: datetime) -> rrule:
        made: Any = rrulestr(self.text, dtstart=first)
        return made.replace(until=last)

    def walls(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """The wall-clock times of the rule from its first to a last, which bounds the work whatever the rule says."""
        end = min(filter(None, (last, self.until, first + LONGEST_SERIES)))
        for number, here in enumerate(self._of(first, end), start=1):
            if self.count is not None and number > self.count:
                return
            yield here


COUNT = re.compile(r"[0-9]{1,4}")
_DAY = r"[+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)"
_NUMBER = r"([1-9]|[12][0-9]|3[01])"
VALUES = {
    "BYDAY": re.compile(rf"{_DAY}(,{_DAY}){{0,30}}"),
    "BYMONTHDAY": re.compile(rf"{_NUMBER}(,{_NUMBER}){{0,30}}"),
    "WKST": re.compile(r"MO|TU|WE|TH|FR|SA|SU"),
}


def _until(text: str) -> datetime:
    """The end of a rule by the clock on the wall: a day to its last minute, a moment in UTC as London shows it."""
    try:
        if re.fullmatch(r"\d{8}", text):
            return datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59)  # noqa: DTZ007
        if re.fullmatch(r"\d{8}T\d{6}Z", text):
            return _wall(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
        if re.fullmatch(r"\d{8}T\d{6}", text):
            return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError:
        pass
    raise Refused("We cannot read when the series ends", field="repeats")


def last_end(starts_at: datetime, repeats: str, minutes: int) -> datetime | None:
    """When the last time of a series is over; None where it has no end. Raises Refused where it does not begin."""
    rule = Rule.read(repeats)
    first = _wall(starts_at)
    if not rule.begins_on(first.date()):
        raise Refused(
            "The first day must be one of the days on which it repeats. To move it to another day of the week, "
            "choose how often again under More",
            field="day",
        )
    if rule.count is None and rule.until is None:
        return None
    last = None
    for number, last in enumerate(rule.walls(first, first + LONGEST_SERIES), start=1):  # noqa: B007
        if number > MOST:
            raise Refused(f"A series has at most {MOST:,} times: choose an earlier last day", field="repeats")
    if last is None:
        raise Refused("The last day must be after the first", field="repeats")
    return ending(_at(last), minutes)


DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNITS = {
    "DAILY": ("day", "days"),
    "WEEKLY": ("week", "weeks"),
    "MONTHLY": ("month", "months"),
    "YEARLY": ("year", "years"),
}


def in_words(repeats: str) -> str:
    """A rule as one would say it: `every week on Tuesday and Friday`; one that we cannot say so is given as it is."""
    try:
        rule = Rule.read(repeats)
    except Refused:
        return repeats
    parts = rule.parts
    every, (one, many) = int(parts.get("INTERVAL", "1")), UNITS[rule.freq]
    said = f"every {one}" if every == 1 else f"every {every} {many}"
    days = parts.get("BYDAY", "")
    if days and all(day in DAYS for day in days.split(",")):
        names = [DAY_NAMES[DAYS.index(day)] for day in sorted(days.split(","), key=DAYS.index)]
        said += " on " + (" and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0])
    elif set(parts) - {"FREQ", "INTERVAL", "WKST"}:
        said += f" ({rule.text})"
    if rule.count is not None:
        said += ", once" if rule.count == 1 else f", {rule.count} times"
    if rule.until is not None:
        said += f", until {rule.until.day} {rule.until:%B %Y}"
    return said
