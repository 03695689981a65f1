"""The picture of a chronology: a lane for each agency over time, as the shapes of an SVG.

The template draws it with attributes and classes only, because the content security policy allows no style in the
page. The table under it says the same in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hub.chronology.rules import Entry, EntryKind, Gap

ROW, TOP, BOTTOM = 34, 8, 26
STEP = 7.0
"""Marks of one lane nearer than this are drawn as one larger mark: two years of entries stay a picture."""
SHAPES = {EntryKind.contact: "square", EntryKind.referral: "arrow", EntryKind.decision: "decision"}


@dataclass(frozen=True)
class Size:
    """One way to draw it: for a desk, or for a phone."""

    name: str
    width: int
    left: int
    ticks: int


SIZES = (Size("wide", 1180, 60, 12), Size("narrow", 340, 52, 4))


@dataclass
class Mark:
    """One or several entries at one place of a lane."""

    x: float
    y: float
    shape: str
    count: int
    title: str
    to: str
    missed: bool = False

    @property
    def r(self) -> float:
        return min(5.0 + 1.2 * (self.count - 1), 10.0)


@dataclass(frozen=True)
class Band:
    x: float
    width: float
    y: float
    title: str = ""


@dataclass
class Lane:
    """One agency's lane, or the joint one when `agency` is None."""

    agency: Any
    y: float
    marks: list[Mark]
    bands: list[Band]


@dataclass(frozen=True)
class Picture:
    """Where everything stands on a canvas of `width` by `height`."""

    size: Size
    height: int
    first: date
    last: date
    lanes: list[Lane]
    gaps: list[Band]
    ticks: list[tuple[float, str]]
    decided_x: float | None

    @property
    def bottom(self) -> int:
        return self.height - BOTTOM


def picture(
    size: Size,
    entries: Sequence[Entry],
    gaps: Sequence[Gap],
    agencies: Sequence[Any],
    *,
    first: date,
    last: date,
    decided: date | None,
) -> Picture:
    """The lanes from one day to another. Entries outside are left out; what lasts is cut at the edges."""
    last = max(last, first + timedelta(days=1))
    span = (last - first).days
    right = size.width - 8

    def x(day: date) -> float:
        share = (min(max(day, first), last) - first).days / span
        return round(size.left + share * (right - size.left), 1)

    lanes: dict[UUID | None, Lane] = {}
    for number, agency in enumerate([None, *agencies]):
        lanes[agency.id if agency else None] = Lane(agency, TOP + ROW * number + ROW / 2, [], [])
    for entry in entries:
        lane = lanes.get(entry.agency_id)
        if lane is None or (entry.until or entry.on) < first or entry.on > last:
            continue
        if entry.until is not None:
            lane.bands.append(Band(x(entry.on), max(2.0, x(entry.until) - x(entry.on)), lane.y + 9, entry.title))
        if entry.on >= first:
            _put(lane, x(entry.on), entry)
    return Picture(
        size=size,
        height=TOP + ROW * len(lanes) + BOTTOM,
        first=first,
        last=last,
        lanes=list(lanes.values()),
        gaps=[
            Band(x(gap.last), x(gap.next) - x(gap.last), 0, f"{gap.days} days without contact")
            for gap in gaps
            if gap.next > first and gap.last < last
        ],
        ticks=[(x(day), f"{day:%b %Y}" if day.month == 1 or number == 0 else f"{day:%b}")
               for number, day in enumerate(_ticks(first, last, size.ticks))],
        decided_x=x(decided) if decided is not None and first <= decided <= last else None,
    )  # fmt: skip


def _put(lane: Lane, x: float, entry: Entry) -> None:
    shape = SHAPES.get(entry.kind, "dot")
    near = next((mark for mark in lane.marks[-6:] if mark.shape == shape and abs(mark.x - x) < STEP), None)
    if near is None or near.missed != entry.missed:
        to = f"#entry-{entry.key.text}" if entry.key else ""
        lane.marks.append(
            Mark(x, lane.y, shape, 1, f"{entry.on.day} {entry.on:%B %Y}: {entry.title}", to, entry.missed)
        )
    else:
        near.count += 1
        near.title = f"{near.count} entries around {entry.on.day} {entry.on:%B %Y}"


def _ticks(first: date, last: date, most: int) -> list[date]:
    """First days of months, as many as there is room for."""
    months = []
    day = first.replace(day=1)
    while day <= last:
        if day >= first:
            months.append(day)
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return months[:: max(1, -(-len(months) // most))]
