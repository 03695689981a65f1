"""A week on paper: agencies as lanes, days side by side, the hours from left to right. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from hub.calendar_view.paper import PAD, Tracks, fit, width_of, wrap
from hub.calendar_view.rules import Day, Entry, Lies, Piece, Way, by_agency, pieces, ways, with_their_clashes
from hub.london import from_london

HEAD, DAY = 118.0, 152.0
"""How wide the names of the agencies and each day are."""
TOP = 56.0
BAR, LINE = 8.0, 16.0
CONDITION, PLAN = 10.0, 5.0
COMPACT_FROM = 9
"""From so many lanes on, each block is a single line."""
SHORTEST = 5.0
"""A moment is drawn so wide that it can be seen and touched with the line of text under it."""
FIRST = 14.5
"""The first line is bold, and wider than its size."""
ROW_GAP, LANE_PAD = 4.0, 8.0
LEAST_LANE = 48.0


@dataclass(frozen=True)
class Box:
    """A block on its day: the bar shows the hours, the card under it says what it is."""

    piece: Piece
    x: float
    y: float
    width: float
    height: float
    bar_x: float
    bar_width: float
    on_the_way: tuple[tuple[float, float], ...]
    lines: tuple[str, ...]
    way: Way

    @property
    def entry(self) -> Entry:
        return self.piece.entry

    @property
    def extent(self) -> tuple[float, float]:
        """From its left to its right, the way there and back included."""
        ways = [edge for x, width in self.on_the_way for edge in (x, x + width)]
        return min([self.x, *ways]), max([self.x + self.width, *ways])


@dataclass(frozen=True)
class Bar:
    """What of a band lies on one day."""

    piece: Piece
    x: float
    width: float


@dataclass(frozen=True)
class Band:
    """A condition or plan: its name once, and under it a bar on each day and night that it holds."""

    entry: Entry
    y: float
    height: float
    bar_height: float
    text_x: float
    text: str
    bars: tuple[Bar, ...]


@dataclass
class Lane:
    """What one agency does in the week."""

    agency_id: UUID
    y: float
    height: float = 0
    bands: list[Band] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """A day, and where its hours 6, 12 and 18 stand."""

    day: Day
    x: float
    width: float
    ticks: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Drawing:
    """The whole picture."""

    width: float
    height: float
    top: float
    columns: tuple[Column, ...]
    lanes: tuple[Lane, ...]
    now_x: float | None
    compact: bool


def x_of(days: Sequence[Day], number: int, moment: datetime) -> float:
    """Where a moment of a day stands from the left."""
    return HEAD + DAY * (number + days[number].part(moment))


def draw(entries: Sequence[Entry], days: Sequence[Day], places: Mapping[UUID, int], now: datetime) -> Drawing:
    """The picture of some days: every entry once on each day that it touches, nothing over anything else in its lane."""
    found = by_agency((one for one in entries if pieces([one], days)), places)
    compact = len(found) >= COMPACT_FROM
    on_the_way = ways(entries)
    among = pieces(entries, days)
    lanes, y = [], TOP
    for agency_id, theirs in found.items():
        lane = Lane(agency_id, y)
        below = _bands(lane, [one for one in theirs if one.lies is not Lies.block], days, now, among)
        below = _boxes(lane, [one for one in theirs if one.lies is Lies.block], days, on_the_way, below, compact)
        lane.height = max(below - y + LANE_PAD - ROW_GAP, LEAST_LANE)
        lanes.append(lane)
        y += lane.height
    columns = tuple(_column(days, number) for number in range(len(days)))
    now_x = next((x_of(days, number, now) for number, day in enumerate(days) if day.begins <= now < day.ends), None)
    return Drawing(HEAD + DAY * len(days), y + 1, TOP, columns, tuple(lanes), now_x, compact)


def _column(days: Sequence[Day], number: int) -> Column:
    day = days[number]
    ticks = tuple((hour, x_of(days, number, from_london(day.on, hour))) for hour in (6, 12, 18))
    return Column(day, HEAD + DAY * number, DAY, ticks)


def _bands(lane: Lane, entries: Sequence[Entry], days: Sequence[Day], now: datetime, among: Sequence[Piece]) -> float:
    """Bands stand at the top of a lane, a row for each. Returns where the next row begins."""
    y = lane.y + LANE_PAD
    rows: dict[UUID, list[Entry]] = {}
    for one in entries:
        rows.setdefault(one.id, []).append(one)
    today = now.date()
    for ones in rows.values():
        clashes = dict.fromkeys(clash for one in ones for clash in one.clashes)
        first = replace(ones[0], clashes=tuple(clashes))
        bars = tuple(_bar(piece, days) for piece in with_their_clashes(pieces(ones, days), among))
        bar_height = CONDITION if first.is_condition else PLAN
        height = LINE + bar_height + 1
        start = min(bars[0].x, HEAD + DAY * (len(days) - 2.5))
        text = band_words(first, today)
        mark = "⚠ Clash: " if first.clashes else ""
        room = HEAD + DAY * len(days) - start - PAD
        lane.bands.append(Band(first, y, height, bar_height, start + 2, fit(mark + text, room), bars))
        y += height + ROW_GAP
    return y


def band_words(entry: Entry, today: date) -> str:
    """What a band says of itself: its hours, or since when and until when."""
    return f"{entry.words}, {entry.hours if entry.lies is Lies.hours else entry.stretch(today)}"


def _bar(piece: Piece, days: Sequence[Day]) -> Bar:
    left, right = x_of(days, piece.day, piece.starts_at), x_of(days, piece.day, piece.ends_at)
    if right - left < 1:
        left, right = min(left, HEAD + DAY * (piece.day + 1) - 1), left + 1
    return Bar(piece, left, max(right - left, 1))


def _boxes(
    lane: Lane,
    entries: Sequence[Entry],
    days: Sequence[Day],
    on_the_way: Mapping[tuple[UUID, datetime], Way],
    top: float,
    compact: bool,
) -> float:
    """Blocks stand under the bands, in as many rows as it takes. Returns where the next row would begin."""
    tracks = Tracks(gap=2)
    placed: list[tuple[int, Box]] = []
    for piece in pieces(entries, days):
        box = _box(piece, days, on_the_way.get(piece.entry.key, Way()), compact)
        placed.append((tracks.put(box.extent), box))
    heights = [max((box.height for row, box in placed if row == number), default=0) for number in range(len(tracks))]
    tops = [top + sum(heights[:number]) + ROW_GAP * number for number in range(len(tracks))]
    for row, box in placed:
        lane.boxes.append(replace(box, y=tops[row]))
    return top + sum(heights) + ROW_GAP * len(tracks)


def _box(piece: Piece, days: Sequence[Day], way: Way, compact: bool) -> Box:
    entry = piece.entry
    left, right = HEAD + DAY * piece.day, HEAD + DAY * (piece.day + 1)
    bar_x = min(x_of(days, piece.day, piece.starts_at), right - SHORTEST)
    bar_width = min(max(x_of(days, piece.day, piece.ends_at) - bar_x, SHORTEST), right - bar_x)
    lines = _lines(piece, compact)
    if not compact:
        lines = (lines[0], *wrap(lines[1], DAY - 3 - 2 * PAD - 2, 2), *lines[2:])
    needs = max(width_of(line, FIRST if line is lines[0] else 13) for line in lines) + 2 * PAD + 4
    width = min(max(bar_width, needs), DAY - 3)
    x = max(left, min(bar_x, right - 2 - width))
    # The bar keeps its place in time: a card at the end of a day lies to the left of it.
    width = max(width, bar_x + bar_width - x)
    drawn = tuple(fit(line, width - 2 * PAD - 2) for line in lines)
    height = BAR + LINE * len(lines) + (0 if compact else PAD) + 3 + (LINE if entry.clashes else 0)
    return Box(piece, x, 0, width, height, bar_x, bar_width, _ways(piece, days, way, left, right), drawn, way)


NEWS = ("missed", "done")


def _lines(piece: Piece, compact: bool) -> tuple[str, ...]:
    entry = piece.entry
    told = [words for words, holds in (("must attend", entry.mandatory), (entry.status, entry.status in NEWS)) if holds]
    if compact:
        return (f"{'★ ' if entry.mandatory else ''}{piece.hours.partition('–')[0]} {entry.words}",)
    return (f"{'★ ' if entry.mandatory else ''}{piece.hours}", entry.words, *([", ".join(told)] if told else []))


def _ways(piece: Piece, days: Sequence[Day], way: Way, left: float, right: float) -> tuple[tuple[float, float], ...]:
    found = []
    for begins, ends, holds in (
        (piece.starts_at - way.before, piece.starts_at, way.before and not piece.from_before),
        (piece.ends_at, piece.ends_at + way.after, way.after and not piece.goes_on),
    ):
        if holds:
            start, end = x_of(days, piece.day, begins), x_of(days, piece.day, ends)
            start, end = max(left, start), min(right, end)
            if end - start >= 1:
                found.append((start, end - start))
    return tuple(found)
