"""A month as a calendar: on each day how many entries each agency has, and whether there is a clash. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from hub.calendar_view.rules import Day, Entry, Lies, pieces


@dataclass(frozen=True)
class Square:
    """One day of the calendar."""

    day: Day
    is_inside: bool
    """It belongs to the month, not to the week around its edge."""
    counts: tuple[tuple[UUID, int], ...]
    total: int
    clashes: int
    """How many of its entries clash with another."""


def squares(
    entries: Sequence[Entry], days: Sequence[Day], month: int, places: Mapping[UUID, int]
) -> list[list[Square]]:
    """The days in rows of seven. What runs through the month is counted on none of its days."""
    by_day: list[list[Entry]] = [[] for _ in days]
    for piece in pieces((one for one in entries if one.lies is Lies.block), days):
        by_day[piece.day].append(piece.entry)
    found = []
    for day, theirs in zip(days, by_day, strict=True):
        counts = Counter(one.agency_id for one in theirs)
        ordered = tuple(sorted(counts.items(), key=lambda pair: (places.get(pair[0], 999), str(pair[0]))))
        clashes = sum(1 for one in theirs if one.clashes)
        found.append(Square(day, day.on.month == month, ordered, len(theirs), clashes))
    return [found[start : start + 7] for start in range(0, len(found), 7)]
