"""Twelve months on paper: what runs long as bars, what falls on a day as diamonds, each agency in its lane. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from hub.calendar_view.paper import PAD, Tracks, fit, width_of
from hub.calendar_view.rules import Entry, by_agency, month_of
from hub.london import from_london

HEAD, WIDTH = 118.0, 1182.0
TOP = 40.0
BAR, ROW_GAP, LANE_PAD = 22.0, 5.0, 8.0
LEAST_LANE = 40.0
DIAMOND = 8.0
LONGEST_TEXT = 260.0
FADE = 46.0
"""Over how much of its end a bar without an end fades out."""
PHONE_WIDTH = 320.0
POINT = timedelta(days=1)
"""What is over within a day is a point."""


@dataclass(frozen=True)
class Span:
    """One thing: a bar from its first day to its last, or a diamond on its day."""

    entry: Entry
    x: float
    width: float
    y: float
    is_point: bool
    from_before: bool
    goes_on: bool
    is_open: bool
    """It has no end: the bar fades."""
    text: str
    text_x: float
    extent: tuple[float, float]


@dataclass
class Lane:
    """What one agency has running."""

    agency_id: UUID
    y: float
    height: float = 0
    spans: list[Span] = field(default_factory=list)


@dataclass(frozen=True)
class Month:
    first: date
    x: float
    width: float


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    top: float
    months: tuple[Month, ...]
    lanes: tuple[Lane, ...]
    now_x: float | None


@dataclass(frozen=True)
class Twelve:
    """Twelve months from the first of one."""

    first: date

    @property
    def after(self) -> date:
        return self.first.replace(year=self.first.year + 1)

    @property
    def begins(self) -> datetime:
        return from_london(self.first, 0)

    @property
    def ends(self) -> datetime:
        return from_london(self.after, 0)

    @property
    def months(self) -> list[date]:
        found = [self.first]
        while len(found) < 12:
            found.append(month_of(found[-1])[1])
        return found

    def x(self, moment: datetime, left: float = HEAD, right: float = WIDTH) -> float:
        """Where a moment stands from the left; what lies outside stands at the edge."""
        share = (moment - self.begins) / (self.ends - self.begins)
        return left + (right - left) * min(1.0, max(0.0, share))

    def holds(self, entry: Entry) -> bool:
        """Whether any of it lies in these months."""
        last = entry.ends_at
        return entry.starts_at < self.ends and (last is None or last > self.begins or last == entry.starts_at)


def usual(today: date) -> Twelve:
    """Three months back and nine ahead."""
    first = today.replace(day=1)
    for _ in range(3):
        first = (first - timedelta(days=1)).replace(day=1)
    return Twelve(first)


def is_point(entry: Entry) -> bool:
    return entry.ends_at is not None and entry.ends_at - entry.starts_at <= POINT


def draw(entries: Sequence[Entry], twelve: Twelve, places: Mapping[UUID, int], now: datetime) -> Drawing:
    """The picture: everything that lies in these months once, nothing over anything else in its lane."""
    lanes, y = [], TOP
    for agency_id, theirs in by_agency(filter(twelve.holds, entries), places).items():
        lane, tracks = Lane(agency_id, y), Tracks(gap=6)
        for one in theirs:
            span = _span(one, twelve)
            row = tracks.put(span.extent)
            lane.spans.append(replace(span, y=y + LANE_PAD + (BAR + ROW_GAP) * row))
        lane.height = max(2 * LANE_PAD + (BAR + ROW_GAP) * len(tracks) - ROW_GAP, LEAST_LANE)
        lanes.append(lane)
        y += lane.height
    months = []
    for first in twelve.months:
        x, right = twelve.x(from_london(first, 0)), twelve.x(from_london(month_of(first)[1], 0))
        months.append(Month(first, x, right - x))
    now_x = twelve.x(now) if twelve.begins <= now < twelve.ends else None
    return Drawing(WIDTH, y + 1, TOP, tuple(months), tuple(lanes), now_x)


def _span(entry: Entry, twelve: Twelve) -> Span:
    text = fit(f"{'⚠ ' if entry.clashes else ''}{'★ ' if entry.mandatory else ''}{entry.words}", LONGEST_TEXT)
    needs = width_of(text)
    point = is_point(entry)
    x = twelve.x(entry.starts_at)
    if point:
        x = min(max(x, HEAD + DIAMOND), WIDTH - DIAMOND)
        left, right = x - DIAMOND, x + DIAMOND
    else:
        right = WIDTH if entry.ends_at is None else max(twelve.x(entry.ends_at), x + 3)
        x, right = min(x, WIDTH - 3), min(max(right, x + 3), WIDTH)
        left = x
    if not point and right - left >= needs + 2 * PAD + 6:
        text_x, extent = left + PAD + 3, (left, right)
    elif right + needs + 2 * PAD <= WIDTH:
        text_x, extent = right + PAD, (left, right + PAD + needs)
    else:
        text_x = left - PAD - needs
        if text_x < HEAD:  # too long for either side: over the bar, cut to what there is
            text, text_x = fit(text, WIDTH - HEAD - 2 * PAD), HEAD + PAD
        extent = (text_x, right)
    return Span(
        entry,
        x,
        0 if point else right - left,
        0,
        point,
        entry.starts_at < twelve.begins,
        entry.ends_at is not None and entry.ends_at > twelve.ends,
        entry.ends_at is None,
        text,
        text_x,
        extent,
    )


@dataclass(frozen=True)
class Strip:
    """The same for a phone: one thing on a strip of its own."""

    x: float
    width: float
    is_point: bool
    is_open: bool
    now_x: float | None
    months: tuple[float, ...]


def strip(entry: Entry, twelve: Twelve, now: datetime) -> Strip:
    """One thing on its own strip, as wide as a phone."""

    def place(moment: datetime) -> float:
        return twelve.x(moment, 0, PHONE_WIDTH)

    x = place(entry.starts_at)
    right = PHONE_WIDTH if entry.ends_at is None else place(entry.ends_at)
    point = is_point(entry)
    x = min(max(x, 6), PHONE_WIDTH - 6) if point else min(x, PHONE_WIDTH - 3)
    return Strip(
        x,
        0 if point else max(right - x, 3),
        point,
        entry.ends_at is None,
        place(now) if twelve.begins <= now < twelve.ends else None,
        tuple(place(from_london(first, 0)) for first in twelve.months[1:]),
    )
