"""What a calendar shows of each day: entries, the days they touch, and how they are cut at midnight by London's clock.

Pure, as are `paper`, `week`, `month` and `year`, which place what is found here on paper.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from hub.interventions.rules import Shape, Status, group, label, shape
from hub.london import from_london, london
from hub.times import monday_of, short_day
from hub.vocabulary import lower_first
from hub.workdays import bank_holiday, is_working_day


class Lies(StrEnum):
    """How an entry is drawn: a block on its day, the hours of a condition, or a band that runs through."""

    block = "block"
    hours = "hours"
    through = "through"


@dataclass(frozen=True)
class Entry:
    """One time of an intervention as a calendar shows it. What the viewer may not know is not in it."""

    id: UUID
    of_at: datetime
    agency_id: UUID
    kind: str
    starts_at: datetime
    ends_at: datetime | None
    whole_days: bool = False
    lies: Lies = Lies.block
    status: str = Status.planned.value
    place: str = ""
    worker_id: UUID | None = None
    people: frozenset[UUID] = frozenset()
    mandatory: bool = False
    joint: bool = False
    with_agency_id: UUID | None = None
    with_worker_id: UUID | None = None
    covert: bool = False
    place_kept: bool = False
    """Where it is, is confidential and not the viewer's."""
    clashes: tuple[UUID, ...] = ()

    @property
    def key(self) -> tuple[UUID, datetime]:
        return self.id, self.of_at if self.lies is Lies.block else self.starts_at

    @property
    def words(self) -> str:
        return label(self.kind)

    @property
    def is_condition(self) -> bool:
        return group(self.kind) == "Condition"

    @property
    def hours(self) -> str:
        """`10:00–11:00`, or `All day`."""
        if self.whole_days or self.ends_at is None:
            return "All day"
        if self.ends_at == self.starts_at:
            return f"{london(self.starts_at):%H:%M}"
        return f"{london(self.starts_at):%H:%M}–{london(self.ends_at):%H:%M}"

    def stretch(self, today: date) -> str:
        """`since 3 March until 4 April`, in days."""
        since = f"since {short_day(london(self.starts_at).date(), today)}"
        if self.ends_at is None:
            return f"{since}, no end set"
        return f"{since} until {short_day(london(self.ends_at).date(), today)}"


def entry_of(of: Any, time: Any, *, own_agency: UUID, people: Iterable[UUID], clashes: Iterable[UUID]) -> Entry:
    """One time of an intervention as an entry; a confidential place is only its own agency's."""
    if of.hours_from is not None:
        lies = Lies.hours
    else:
        lies = Lies.through if shape(of.kind) is Shape.period and not of.repeats else Lies.block
    kept = bool(of.confidential_address and of.agency_id != own_agency)
    return Entry(
        id=of.id,
        of_at=time.of_at,
        agency_id=of.agency_id,
        kind=of.kind,
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        whole_days=of.whole_days and lies is not Lies.hours,
        lies=lies,
        status=time.status,
        place="" if kept else time.place,
        worker_id=time.worker_id,
        people=frozenset(people),
        mandatory=of.mandatory,
        joint=of.joint,
        with_agency_id=of.with_agency_id,
        with_worker_id=of.with_worker_id,
        covert=of.covert,
        place_kept=kept,
        clashes=tuple(clashes),
    )


# --- Days ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Day:
    """A day from midnight to midnight by the clock in London: 24 hours, or 23 or 25 when the clocks change."""

    on: date
    begins: datetime
    ends: datetime
    is_today: bool = False
    is_off: bool = False
    holiday: str = ""

    @property
    def hours(self) -> int:
        return int((self.ends - self.begins).total_seconds() // 3600)

    @property
    def change(self) -> str:
        """What the clocks do on this day; empty on every usual one."""
        return {23: "clocks go forward", 25: "clocks go back"}.get(self.hours, "")

    def touched_by(self, starts_at: datetime, ends_at: datetime | None) -> bool:
        """Whether a stretch takes place on this day. What ends at midnight is not on the next day."""
        if starts_at == ends_at:
            return self.begins <= starts_at < self.ends
        return starts_at < self.ends and (ends_at is None or ends_at > self.begins)

    def part(self, moment: datetime) -> float:
        """How far into the day a moment is, from 0 to 1; before and after it are its edges."""
        share = (moment - self.begins) / (self.ends - self.begins)
        return min(1.0, max(0.0, share))


def days_from(first: date, count: int, today: date) -> list[Day]:
    """So many days from one on."""
    found = []
    for offset in range(count):
        on = first + timedelta(days=offset)
        found.append(
            Day(
                on,
                from_london(on, 0),
                from_london(on + timedelta(days=1), 0),
                on == today,
                not is_working_day(on),
                bank_holiday(on),
            )
        )
    return found


def month_of(day: date) -> tuple[date, date]:
    """The first day of a month and of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def weeks_of(first: date, after: date) -> tuple[date, int]:
    """The Monday on which a month's page begins, and how many weeks it shows."""
    monday = monday_of(first)
    return monday, ((after - timedelta(days=1)) - monday).days // 7 + 1


# --- Pieces -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """What of an entry lies on one day."""

    entry: Entry
    day: int
    starts_at: datetime
    ends_at: datetime
    from_before: bool
    goes_on: bool

    @property
    def hours(self) -> str:
        """Its hours on this day, in words that say where the rest of it is."""
        if self.entry.whole_days or (self.from_before and self.goes_on):
            return "All day"
        if self.from_before:
            return f"Until {london(self.ends_at):%H:%M}"
        if self.goes_on:
            return f"From {london(self.starts_at):%H:%M}"
        return self.entry.hours


def pieces(entries: Iterable[Entry], days: Sequence[Day]) -> list[Piece]:
    """Each entry cut at midnight: one piece for each of these days that it touches, by day and hour."""
    found = []
    for entry in entries:
        for number, day in enumerate(days):
            if day.touched_by(entry.starts_at, entry.ends_at):
                found.append(
                    Piece(
                        entry,
                        number,
                        max(entry.starts_at, day.begins),
                        day.ends if entry.ends_at is None else min(entry.ends_at, day.ends),
                        entry.starts_at < day.begins,
                        entry.ends_at is None or entry.ends_at > day.ends,
                    )
                )
    return sorted(found, key=_by_hour)


def with_their_clashes(found: Iterable[Piece], among: Iterable[Piece]) -> list[Piece]:
    """The same pieces, where hours over midnight bear a clash only on the day of what they clash with.

    Where neither of their days is that of what they clash with, such as on the way there, they bear it on both.
    """
    held = list(found)
    met: dict[UUID, set[int]] = defaultdict(set)
    for piece in among:
        if piece.entry.lies is not Lies.hours:
            for clash in piece.entry.clashes:
                met[clash].add(piece.day)
    on: dict[tuple[UUID, datetime], set[int]] = defaultdict(set)
    for piece in held:
        on[piece.entry.key].add(piece.day)

    def bears(piece: Piece, clash: UUID) -> bool:
        return piece.day in ((on[piece.entry.key] & met[clash]) or on[piece.entry.key])

    return [
        replace(piece, entry=_bearing(piece.entry, (one for one in piece.entry.clashes if bears(piece, one))))
        if piece.entry.lies is Lies.hours and piece.entry.clashes
        else piece
        for piece in held
    ]


def _bearing(entry: Entry, clashes: Iterable[UUID]) -> Entry:
    return replace(entry, clashes=tuple(dict.fromkeys(clashes)))


def by_day(entries: Iterable[Entry], days: Sequence[Day]) -> list[list[tuple[str, Piece]]]:
    """What is on each day, in words: its hours, and the piece. Two ends of one condition on a day are one line."""
    cut = pieces(entries, days)
    found: list[list[tuple[str, Piece]]] = [[] for _ in days]
    lines: dict[tuple[int, UUID], int] = {}
    for piece in with_their_clashes(cut, cut):
        row, name = found[piece.day], (piece.day, piece.entry.id)
        if piece.entry.lies is Lies.hours and name in lines:
            hours, first = row[lines[name]]
            both = _bearing(first.entry, (*first.entry.clashes, *piece.entry.clashes))
            row[lines[name]] = (f"{hours} and {lower_first(piece.hours)}", replace(first, entry=both))
            continue
        lines[name] = len(row)
        row.append((piece.hours, piece))
    return found


def _by_hour(piece: Piece) -> tuple[int, bool, datetime, datetime, str, datetime]:
    entry = piece.entry
    return piece.day, not entry.whole_days, piece.starts_at, piece.ends_at, str(entry.id), entry.of_at


def by_agency(entries: Iterable[Entry], places: Mapping[UUID, int]) -> dict[UUID, list[Entry]]:
    """Each agency's entries by their start; the agencies in their usual place."""
    found: dict[UUID, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: (one.starts_at, str(one.id), one.of_at)):
        found[entry.agency_id].append(entry)
    return {
        agency_id: found[agency_id] for agency_id in sorted(found, key=lambda one: (places.get(one, 999), str(one)))
    }


def running(entries: Iterable[Entry], *, with_hours: bool = False) -> list[Entry]:
    """What runs through, each once; `with_hours` counts the hours of a condition among it."""
    once: dict[UUID, Entry] = {}
    for entry in entries:
        if entry.lies is Lies.through or (with_hours and entry.lies is Lies.hours):
            once.setdefault(entry.id, entry)
    return list(once.values())


# --- Ways ---------------------------------------------------------------------------------------------------------

BETWEEN_APPOINTMENTS = timedelta(minutes=60)
OTHERWISE = timedelta(minutes=45)
"""The time on the way that the clash rules reckon with: between two appointments, and for anything else."""


@dataclass(frozen=True)
class Way:
    """How long somebody is on the way before and after an entry."""

    before: timedelta = timedelta(0)
    after: timedelta = timedelta(0)


def ways(entries: Iterable[Entry]) -> dict[tuple[UUID, datetime], Way]:
    """Where somebody must go from one known place to another on the same day: before the one and after the other.

    A place that is not told, or kept from the viewer, makes no way.
    """
    found: dict[tuple[UUID, datetime], Way] = defaultdict(Way)
    placed = [one for one in entries if one.lies is Lies.block and one.place and not one.whole_days and one.ends_at]
    days: dict[tuple[UUID, date], list[Entry]] = defaultdict(list)
    for one in sorted(placed, key=lambda entry: (entry.starts_at, str(entry.id))):
        for person in one.people:
            days[person, london(one.starts_at).date()].append(one)
    for ones in days.values():
        for earlier, later in pairwise(ones):
            if _same_place(earlier.place) != _same_place(later.place):
                both = earlier.kind.startswith("P.") and later.kind.startswith("P.")
                needs = BETWEEN_APPOINTMENTS if both else OTHERWISE
                found[earlier.key] = replace(found[earlier.key], after=max(found[earlier.key].after, needs))
                found[later.key] = replace(found[later.key], before=max(found[later.key].before, needs))
    return dict(found)


def _same_place(place: str) -> str:
    return " ".join(place.casefold().replace(",", " ").split())
