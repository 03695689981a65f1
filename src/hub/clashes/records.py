"""An intervention as the clash rules see it: a kind, people, an agency, and a stretch of London time.

Pure. A record that names no hour counts by its days, both ends included. Without an end a plan, a treatment, a
programme, a condition or an assessment runs on; a visit, an appointment or an act of enforcement is a moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from hub.london import LONDON, from_london, london

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
NEVER_ENDS = date(9999, 1, 1).toordinal()
LAST_DAY = date(9998, 12, 31)
ONE_DAY = timedelta(days=1)

RUNS_ON = frozenset("ALTGRO")
"""The groups that go on until somebody ends them."""
RUNS_ON_TOO = frozenset({"X.MARAC", "X.DAHIGH"})
A_MOMENT = frozenset({"T.MEDCHANGE"})
"""A change of medicine is the day on which it is changed."""
MEETS = frozenset("VPIMED")
"""The groups whose length matters when two come close: people are there from the start to the end."""
OVER_WITH_ITS_DAY = frozenset("VPMEHD")
"""The groups of which nothing is left to arrange once their time has gone by."""

VOID = frozenset(
    [
        "cancelled",
        "canceled",
        "withdrawn",
        "revoked",
        "rejected",
        "declined",
        "void",
        "deleted",
        "error",
        "entered-in-error",
        "missed",
        "noshow",
        "no-show",
        "failed",
        "draft",
        "proposed",
        "did-not-attend",
        "dna",
        "not-attended",
        "was-not-brought",
        "postponed",
        "rescheduled",
        "refused",
        "abandoned",
    ]
)
"""It does not count, whenever it was to be."""
OVER = frozenset(
    [
        "ended",
        "done",
        "completed",
        "complete",
        "finished",
        "closed",
        "fulfilled",
        "stopped",
        "inactive",
        "expired",
        "lapsed",
        "discharged",
        "resolved",
        "achieved",
        "not-achieved",
        "past",
    ]
)
"""It is behind us."""


@dataclass(frozen=True)
class Record:
    """One record. `starts_at` and `ends_at` are moments in UTC, or days when the hour does not count."""

    id: str
    kind: str
    agency: str
    people: frozenset[str]
    starts_at: datetime | date
    ends_at: datetime | date | None = None
    households: frozenset[str] = frozenset()
    team: str = ""
    status: str = ""
    place: str = ""
    uprn: str = ""
    mandatory: bool = False
    level: str = ""
    target: str = ""
    polarity: str = ""
    programme: str = ""
    hours: tuple[time, time] | None = None
    places: frozenset[str] = frozenset()
    apart: frozenset[frozenset[str]] = frozenset()
    depends: frozenset[str] = frozenset()
    joint: bool = False
    transfer: bool = False
    out_of_area: bool = False
    covert: bool = False
    begin: datetime = field(init=False, compare=False, repr=False)
    finish: datetime = field(init=False, compare=False, repr=False)
    first: int = field(init=False, compare=False, repr=False)
    last: int = field(init=False, compare=False, repr=False)
    timed: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        begin, finish, first, last = _stretch(self)
        timed = isinstance(self.starts_at, datetime) and (self.ends_at is None or isinstance(self.ends_at, datetime))
        for name, value in (("begin", begin), ("finish", finish), ("first", first), ("last", last), ("timed", timed)):
            object.__setattr__(self, name, value)

    @property
    def group(self) -> str:
        """The letter before the dot."""
        return self.kind.partition(".")[0]

    @property
    def runs_on(self) -> bool:
        """Whether it goes on when no end is recorded."""
        return runs_on(self.kind)

    @property
    def counts(self) -> bool:
        """Whether it took place, takes place or is to take place."""
        return self.status not in VOID

    @property
    def over(self) -> bool:
        return self.status in OVER

    @property
    def is_fact(self) -> bool:
        """Whether it stays true after it is closed: a contact, a derived fact, an interview that was held."""
        return self.group in {"C", "X", "I"}

    @property
    def stands(self) -> bool:
        """Whether there is still something to be done about it."""
        return self.counts and (not self.over or self.is_fact)

    def live_on(self, day: int) -> bool:
        return self.counts and not self.over and self.first <= day <= self.last


def runs_on(kind: str) -> bool:
    """Whether a kind without an end goes on."""
    return (kind[:1] in RUNS_ON and kind[1:2] == "." and kind not in A_MOMENT) or kind in RUNS_ON_TOO


def _stretch(one: Record) -> tuple[datetime, datetime, int, int]:
    """From when to when: as moments, and as days of the London calendar."""
    start, end = one.starts_at, one.ends_at
    begin = start if isinstance(start, datetime) else from_london(start, 0)
    first = (london(start).date() if isinstance(start, datetime) else start).toordinal()
    if end is None:
        if one.runs_on:
            return begin, FOREVER, first, NEVER_ENDS
        return begin, begin if isinstance(start, datetime) else _day_over(start), first, first
    if isinstance(end, datetime):
        local = london(end)
        midnight = local.time() == time(0) and end > begin
        return begin, end, first, max(first, local.date().toordinal() - midnight)
    return begin, _day_over(end), first, end.toordinal()


def _day_over(day: date) -> datetime:
    """The midnight after a day. "No end" is often written as the last day that there is, which has no day after it."""
    return from_london(day + ONE_DAY, 0) if day < LAST_DAY else FOREVER


def days_between(one: Record, other: Record) -> int:
    """How many days lie from the end of the earlier to the start of the later; below one when they share a day."""
    return max(other.first - one.last, one.first - other.last)


def touch(one: Record, other: Record, slack: int = 0) -> bool:
    """Whether two stretches of time meet, or come within so many days."""
    if slack == 0 and one.timed and other.timed:
        return one.begin <= other.finish and other.begin <= one.finish
    return days_between(one, other) <= slack


def _presence(one: Record) -> tuple[datetime, datetime]:
    """While people are there: the whole of a visit, and only the start of what runs on."""
    if one.group in MEETS and one.finish - one.begin <= ONE_DAY + timedelta(hours=1):
        return one.begin, one.finish
    return one.begin, one.begin


def within_hours(one: Record, other: Record, hours: int) -> bool:
    """Whether two come within so many hours of real time; by whole days when an hour is not known."""
    whole = not (isinstance(one.starts_at, datetime) and isinstance(other.starts_at, datetime))
    if whole and hours >= 24:
        return abs(one.first - other.first) * 24 <= hours
    (a, b), (c, d) = _presence(one), _presence(other)
    gap = max(c - b, a - d, timedelta(0))
    return gap <= timedelta(hours=hours)


def within_minutes(one: Record, other: Record, minutes: int) -> bool:
    """Whether less than so many minutes of travel lie between two; on one day when an hour is not known."""
    if not (one.timed and other.timed):
        return days_between(one, other) <= 0
    gap = max(other.begin - one.finish, one.begin - other.finish)
    return gap < timedelta(minutes=minutes) if minutes else gap < timedelta(0)


def inside_hours(one: Record, condition: Record, minutes: int) -> bool:
    """Whether somebody with a curfew would be out in its hours, with so many minutes of travel on either side.

    A window that ends before it starts runs over midnight; hours are those of the clock on the wall, also on the
    nights when it changes. Says no when an hour is not known on either side.
    """
    if condition.hours is None or not one.timed:
        return False
    out, home = one.begin - timedelta(minutes=minutes), one.finish + timedelta(minutes=minutes)
    begins, ends = condition.hours
    day, stop = london(out).date() - ONE_DAY, london(home).date()
    while day <= stop:
        start = datetime.combine(day, begins, LONDON).astimezone(UTC)
        end = datetime.combine(day + ONE_DAY if ends <= begins else day, ends, LONDON).astimezone(UTC)
        start, end = max(start, condition.begin), min(end, condition.finish)
        if out < end and start < home and start < end:
            return True
        day += ONE_DAY
    return False


def place_key(place: str) -> str:
    """A place as it is compared: letter case and spaces do not count, nor the leading zeros of a property number."""
    key = "".join(place.split()).casefold()
    return key.lstrip("0") or key if key.isdigit() else key


def place_keys(places: Iterable[str]) -> frozenset[str]:
    return frozenset(place_key(one) for one in places if one.strip())
