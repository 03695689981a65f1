"""What the records of a family say together: how many come, how many forums talk, what is asked twice, who is silent.

Pure. It is given only what the reader may see, and says nothing about anybody's work.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from hub.london import london
from hub.times import monday_of

WEEKS_BACK, WEEKS_AHEAD = 8, 4
SILENT_AFTER = timedelta(days=28)
ASKED_WITHIN = timedelta(days=90)
FORUM_LASTS = timedelta(days=180)
CONTACTS = "VPMI"
"""Groups in which somebody of the family meets somebody of an agency."""
FORUMS = {
    "M.MARAC": "MARAC",
    "M.MAPPA": "MAPPA",
    "M.IOM": "IOM",
    "M.ICPC": "Child protection conference",
    "M.RCPC": "Child protection conference",
    "M.CLA": "Looked-after child review",
    "marac": "MARAC",
    "iom": "IOM",
    "child-protection": "Child protection conference",
    "adult-safeguarding": "Adult safeguarding",
}
"""A meeting that is held about somebody, or the scheme of their case, and the forum that it belongs to."""
NEAR_BACK, NEAR_AHEAD = 2, 4
WIDE, NARROW = 640, 320
"""How wide the picture is drawn on a desk and on a phone."""
ROW, LEFT, BAR, FOOT = 38, 56, 22, 24


@dataclass(frozen=True)
class Contact:
    """One time that somebody of an agency meets somebody of the family."""

    agency_id: UUID
    kind: str
    at: datetime
    people: frozenset[UUID]


@dataclass(frozen=True)
class Row:
    """An agency's contacts week by week."""

    agency_id: UUID
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Load:
    """Contacts a week by agency, the busiest agency first."""

    weeks: tuple[date, ...]
    rows: tuple[Row, ...]
    this_week: int
    """The place of the week in which we are."""

    @property
    def is_empty(self) -> bool:
        return not self.rows

    @property
    def totals(self) -> tuple[int, ...]:
        return tuple(sum(row.counts[place] for row in self.rows) for place in range(len(self.weeks)))

    @property
    def busiest(self) -> int:
        """The most contacts that one agency has in one week."""
        return max((count for row in self.rows for count in row.counts), default=0)

    @property
    def near(self) -> "Load":
        """The weeks close to this one, which fit on a phone."""
        first, after = self.this_week - NEAR_BACK, self.this_week + NEAR_AHEAD + 1
        rows = (Row(row.agency_id, row.counts[first:after]) for row in self.rows)
        return Load(self.weeks[first:after], tuple(row for row in rows if any(row.counts)), NEAR_BACK)


def load_of(contacts: Iterable[Contact], today: date) -> Load:
    """The contacts of eight weeks behind and four ahead; an agency without any has no row."""
    this = monday_of(today)
    weeks = tuple(this + timedelta(weeks=week) for week in range(-WEEKS_BACK, WEEKS_AHEAD + 1))
    counts: dict[UUID, list[int]] = {}
    for one in contacts:
        place = (monday_of(london(one.at).date()) - weeks[0]).days // 7
        if one.kind[:1] in CONTACTS and 0 <= place < len(weeks):
            counts.setdefault(one.agency_id, [0] * len(weeks))[place] += 1
    ordered = sorted(counts.items(), key=lambda item: (-sum(item[1]), item[0]))
    return Load(weeks, tuple(Row(agency_id, tuple(row)) for agency_id, row in ordered), WEEKS_BACK)


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    height: float
    count: int


@dataclass(frozen=True)
class Lane:
    agency_id: UUID
    bars: tuple[Bar, ...]
    foot: int


@dataclass(frozen=True)
class Picture:
    """The load as bars: a lane for each agency, a column for each week."""

    load: Load
    lanes: tuple[Lane, ...]
    width: int
    height: int
    column: float
    """How wide a week is."""
    now_x: float


def picture_of(load: Load, width: int) -> Picture:
    """Draws a load so wide, with letters of the same size whatever the width."""
    column = (width - LEFT) / len(load.weeks)
    lanes = []
    for number, row in enumerate(load.rows, start=1):
        foot, bars = number * ROW, []
        for place, count in enumerate(row.counts):
            height = round(count * BAR / load.busiest, 1)
            bars += [Bar(round(LEFT + place * column, 1), round(foot - height, 1), height, count)] if count else []
        lanes.append(Lane(row.agency_id, tuple(bars), foot))
    now_x = round(LEFT + load.this_week * column, 1)
    return Picture(load, tuple(lanes), width, len(lanes) * ROW + FOOT, column, now_x)


def forums_of(contacts: Iterable[Contact], schemes: Mapping[UUID, Iterable[str]], today: date) -> dict[UUID, list[str]]:
    """Who is spoken of in two or more forums, and in which. `schemes` are those of each person's open cases."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for one in contacts:
        near = abs((london(one.at).date() - today).days) <= FORUM_LASTS.days
        if one.kind in FORUMS and near:
            for person in one.people:
                found[person].add(FORUMS[one.kind])
    for person, codes in schemes.items():
        found[person] |= {FORUMS[code] for code in codes if code in FORUMS}
    return {person: sorted(forums) for person, forums in found.items() if len(forums) > 1}


@dataclass(frozen=True)
class Asked:
    """A topic that more than one agency has asked the family about."""

    topic: str
    agencies: tuple[UUID, ...]
    case_id: UUID
    last_on: date


def asked_already(asked: Sequence[tuple[str, UUID, UUID, date]], today: date) -> list[Asked]:
    """Topics that two or more agencies asked of one family in three months: (topic, agency, case, day) of each asking."""
    found: dict[str, list[tuple[str, UUID, UUID, date]]] = defaultdict(list)
    for one in asked:
        if today - one[3] <= ASKED_WITHIN:
            found[one[0]].append(one)
    twice = []
    for topic, rows in sorted(found.items()):
        agencies = tuple(sorted({row[1] for row in rows}))
        newest = max(rows, key=lambda row: row[3])
        if len(agencies) > 1:
            twice.append(Asked(topic, agencies, newest[2], newest[3]))
    return twice


def silent(
    seats: Iterable[tuple[UUID, UUID, datetime]], heard: Mapping[tuple[UUID, UUID], datetime], at: datetime
) -> dict[UUID, datetime | None]:
    """Agencies that have said nothing for four weeks in any of the cases in which they stand, and when they last did.

    `seats` are (case, agency, since when); `heard` is when each agency last contributed or answered in a case.
    """
    last: dict[UUID, datetime | None] = {}
    since: dict[UUID, datetime] = {}
    for case_id, agency_id, admitted in seats:
        since[agency_id] = min(admitted, since.get(agency_id, admitted))
        said = heard.get((case_id, agency_id))
        before = last.get(agency_id)
        last[agency_id] = max(filter(None, (said, before)), default=None)
    return {agency: said for agency, said in last.items() if at - (said or since[agency]) > SILENT_AFTER}
