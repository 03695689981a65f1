"""The law of the chronology: what an entry is, which two may tell of one event, and what a gap is.

Nothing is ever merged: one event that two agencies saw stands as two entries side by side, because the difference
between them is often what matters (Laming 2003).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import combinations, pairwise
from typing import Any
from uuid import UUID

from hub import timers
from hub.cases.rules import Rating
from hub.errors import NotFound, Refused
from hub.ids import from_ref, ref


class EntryKind(StrEnum):
    """What sort of thing an entry tells of: the filter of the page."""

    referral = "referral"
    contribution = "contribution"
    contact = "contact"
    plan = "plan"
    conference = "conference"
    decision = "decision"
    reading = "reading"
    rating = "rating"
    stage = "stage"
    circle = "circle"

    @property
    def label(self) -> str:
        return {
            "referral": "Referrals",
            "contribution": "What agencies said",
            "contact": "Visits and appointments",
            "plan": "Plans, conditions and treatment",
            "conference": "Conferences",
            "decision": "Decisions",
            "reading": "Readings of outcomes",
            "rating": "Ratings",
            "stage": "Stages",
            "circle": "Agencies joining and leaving",
        }[self.value]


class Source(StrEnum):
    """What an entry was made from, when it can be named again: in a pair, in a contradiction, in an address."""

    referral = "referral"
    contribution = "contribution"
    intervention = "intervention"
    conference = "conference"
    decision = "decision"
    measure = "measure"


@dataclass(frozen=True, order=True)
class Key:
    """The name of an entry that may be paired. A contribution's is that of all its versions."""

    source: Source
    id: UUID

    @property
    def text(self) -> str:
        """The name as it stands in an address or a form."""
        return f"{self.source.value}-{ref(self.id)}"


def key_of(text: str) -> Key:
    """The key that a text names. Raises NotFound for anything that no page of ours could hold."""
    source, _, identity = text.partition("-")
    try:
        return Key(Source(source), from_ref(identity))
    except ValueError:
        raise NotFound from None


@dataclass(frozen=True)
class Entry:
    """One thing that happened to the family, as one agency tells it. `agency_id` is None for what was done jointly."""

    kind: EntryKind
    on: date
    at: datetime
    """The order within a day."""
    known_at: datetime
    """When it was written down here, which may be long after."""
    title: str
    agency_id: UUID | None = None
    words: str = ""
    people: frozenset[UUID] = frozenset()
    """Whom it is about; nobody named means the whole family."""
    path: str = ""
    worker_id: UUID | None = None
    key: Key | None = None
    sorts: frozenset[str] = frozenset()
    """The kinds of happening that it tells of."""
    seen: bool = False
    """An agency saw or spoke with the family, or learned something of them that day."""
    missed: bool = False
    withdrawn: bool = False
    until: date | None = None
    """The last day of something that lasts."""
    reach: frozenset[UUID] | None = None
    """The only agencies that may know of it; None is the whole circle."""
    dissents: tuple[tuple[UUID, str], ...] = ()


# --- The same event, seen by two agencies -----------------------------------------------------------------------

HAPPENINGS: Mapping[str, tuple[str, ...]] = {
    "going missing": ("missing", "absconded", "did not come home", "ran away", "run away"),
    "an injury": ("bruis", "injur", "burn", "fractur", "broken arm", "emergency department", "a&e", "wound", "cut on"),
    "violence": ("assault", "violence", "punch", "strangl", "shouting", "slapped", "fight", "kicked", " hit "),
    "a weapon": ("knife", "weapon", "machete", "blade"),
    "an arrest": ("arrest", "custody", "on bail", "charged with"),
    "drink or drugs": ("drunk", "drink", "alcohol", "smelt of", "bottles", "cannabis", "cocaine", "heroin", "drugs"),
    "self-harm": ("self-harm", "overdose", "suicid", "harmed herself", "harmed himself", "tablets"),
    "missing school": ("attendance", "absent from school", "excluded", "suspended from school", "not in school"),
    "going hungry or cold": ("hungry", "cold house", "no food", "little food", "nappies", "unsupervised"),
    "money or housing": ("evict", "rent arrears", "homeless", "sleeping on", "bailiff"),
}
"""Kinds of happening, by the words that tell of them."""  # fmt: skip
"""Kinds of happening, by the words that tell of them."""
A_CONTACT = "a visit or appointment"
A_MISSED_CONTACT = "a missed visit or appointment"
CONTACTS = frozenset({A_CONTACT, A_MISSED_CONTACT})
NEAR = timedelta(days=1)


def happenings(words: str) -> frozenset[str]:
    """The kinds of happening that words tell of. It only ever leads to a question to a person, never to an answer."""
    low = f" {words.casefold()} "
    return frozenset(sort for sort, signs in HAPPENINGS.items() if any(sign in low for sign in signs))


@dataclass(frozen=True)
class Proposal:
    """Two entries that may tell of one event, and the kinds of happening that they share."""

    one: Entry
    other: Entry
    because: tuple[str, ...]


def may_be_one(one: Entry, other: Entry) -> tuple[str, ...]:
    """The kinds of happening that two entries share, if they may tell of one event; else nothing.

    They may when they are of different agencies, within a day of each other, about the same people (or one of them
    about the whole family), and tell of the same kind of happening. A visit has its day, so it must be that day.
    """
    if one.agency_id == other.agency_id or None in (one.agency_id, other.agency_id):
        return ()
    if one.key is None or other.key is None or one.withdrawn or other.withdrawn:
        return ()
    if abs(one.on - other.on) > NEAR:
        return ()
    if one.people and other.people and not one.people & other.people:
        return ()
    # Visits on two days are two visits, whatever was seen on either.
    return tuple(sorted(one.sorts & other.sorts - (frozenset() if one.on == other.on else CONTACTS)))


Together = frozenset[Key]


def proposals(entries: Iterable[Entry], decided: Collection[Together]) -> list[Proposal]:
    """Pairs that somebody may be asked about, the newest first. What was answered before is not asked again."""
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.sorts and entry.key is not None and not entry.withdrawn:
            by_day[entry.on].append(entry)
    found = []
    for day in sorted(by_day, reverse=True):
        near = [
            *combinations(by_day[day], 2),
            *((one, other) for one in by_day[day] for other in by_day.get(day - NEAR, ())),
        ]
        for one, other in near:
            because = may_be_one(one, other)
            if because and frozenset((one.key, other.key)) not in decided:
                found.append(Proposal(one, other, because))
    return found


def check_two(one: Key, other: Key) -> None:
    """Raises Refused for an entry beside itself."""
    if one == other:
        raise Refused("Choose two different entries")


# --- Rows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line of the timeline: an entry, or the voices of several agencies about one event side by side."""

    voices: tuple[Entry, ...]

    @property
    def on(self) -> date:
        return self.voices[0].on

    @property
    def at(self) -> datetime:
        return self.voices[0].at


def rows(entries: Sequence[Entry], same: Collection[Together]) -> list[Row]:
    """The entries as rows, the oldest first: those that people have said to be one event stand in one row."""
    leader: dict[Key, Key] = {}

    def first(key: Key) -> Key:
        while leader.get(key, key) != key:
            key = leader[key]
        return key

    for pair in same:
        one, other = sorted(first(key) for key in pair) if len(pair) == 2 else (None, None)
        if one is not None and other is not None and one != other:
            leader[other] = one
    together: dict[Key | int, list[Entry]] = {}
    for number, entry in enumerate(sorted(entries, key=lambda entry: (entry.on, entry.at))):
        together.setdefault(first(entry.key) if entry.key is not None else number, []).append(entry)
    return [Row(tuple(voices)) for voices in together.values()]


# --- Gaps -------------------------------------------------------------------------------------------------------

GAP_TIMERS = {Rating.red: "T34R", Rating.amber: "T34A", Rating.green: "T34G", Rating.blue: "T34G"}


def longest_without_contact(rating: Rating | None, clocks: Mapping[str, Any]) -> int:
    """For how many days a case may go without contact before it shows. One that is not rated counts as amber."""
    timer = timers.timer(GAP_TIMERS[rating or Rating.amber], clocks)
    return int(timer.count * (7 if timer.unit is timers.Unit.weeks else 1))


@dataclass(frozen=True)
class Gap:
    """A stretch without contact by any agency: the days of the last contact before and the first after."""

    last: date
    next: date
    limit: int
    goes_on: bool
    rating: Rating | None

    @property
    def days(self) -> int:
        return (self.next - self.last).days


def gaps(
    contacts: Iterable[date],
    ratings: Sequence[tuple[date, Rating]],
    *,
    start: date,
    end: date,
    goes_on: bool,
    clocks: Mapping[str, Any],
) -> list[Gap]:
    """The stretches from `start` to `end` without contact for longer than the rating then allowed, the oldest first.

    `ratings` are the days on which the case was rated, the oldest first; a gap is measured by the rating that stood
    when it began.
    """
    days = sorted({day for day in contacts if start < day < end} | {start, end})
    found = []
    for last, following in pairwise(days):
        rating = next((rating for day, rating in reversed(ratings) if day <= last), None)
        limit = longest_without_contact(rating, clocks)
        if (following - last).days > limit:
            found.append(Gap(last, following, limit, goes_on and following == end, rating))
    return found


# --- What is asked for ------------------------------------------------------------------------------------------

JOINT = "joint"


@dataclass(frozen=True)
class Asked:
    """What a worker wants to see of the timeline."""

    agency: UUID | str = ""
    """An agency, or JOINT for what the agencies did together."""
    kinds: frozenset[EntryKind] = frozenset()
    person: UUID | None = None
    text: str = ""
    first: date | None = None
    last: date | None = None
    since: datetime | None = None

    def wants(self, entry: Entry) -> bool:
        """Whether an entry is among what was asked for."""
        if self.agency and (JOINT if entry.agency_id is None else entry.agency_id) != self.agency:
            return False
        if self.kinds and entry.kind not in self.kinds:
            return False
        if self.person is not None and entry.people and self.person not in entry.people:
            return False
        if self.first is not None and (entry.until or entry.on) < self.first:
            return False
        if self.last is not None and entry.on > self.last:
            return False
        if self.since is not None and max(entry.at, entry.known_at) <= self.since:
            return False  # what came to light since then counts, however old it is
        return not self.text or self.text.casefold() in f"{entry.title} {entry.words}".casefold()

    def wants_row(self, row: Row) -> bool:
        """A row is shown whole when any voice in it is asked for: half an event would mislead."""
        return any(self.wants(entry) for entry in row.voices)


@dataclass
class Month:
    """The rows, gaps and the line of the last decision that stand in one month, in the order asked for."""

    first: date
    items: list[Any] = field(default_factory=list)


def months(items: Iterable[tuple[date, Any]]) -> list[Month]:
    """Things in their order, under the months in which they lie."""
    found: list[Month] = []
    for day, item in items:
        if not found or found[-1].first != day.replace(day=1):
            found.append(Month(day.replace(day=1)))
        found[-1].items.append(item)
    return found
