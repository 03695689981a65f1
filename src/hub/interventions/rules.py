"""The kinds of intervention and what each needs to be recorded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from hub import vocabulary
from hub.errors import Refused
from hub.london import london


class Shape(StrEnum):
    """How an intervention lies in time: at an hour, over days with an end or without, or on a single day."""

    meeting = "meeting"
    period = "period"
    day = "day"


GROUPS = {
    "V": ("Visit", Shape.meeting),
    "P": ("Appointment", Shape.meeting),
    "L": ("Plan", Shape.period),
    "R": ("Condition", Shape.period),
    "A": ("Assessment", Shape.period),
    "T": ("Treatment", Shape.period),
    "G": ("Programme", Shape.period),
    "E": ("Enforcement", Shape.day),
    "H": ("Housing", Shape.day),
    "D": ("Disclosure", Shape.day),
    "I": ("Interview", Shape.meeting),
    "M": ("Multi-agency meeting", Shape.meeting),
    "O": ("Goal", Shape.period),
    "S": ("Step", Shape.day),
    "C": ("Contact", Shape.day),
    "X": ("Known from other records", Shape.day),
}
"""The letter before the dot: what it is, and how it lies in time."""

KINDS = vocabulary.codes("intervention-kind")
"""Every kind with its words."""

RECORDABLE = {code: words for code, words in KINDS.items() if not code.startswith("X.")}
"""Those that somebody records: facts under X are read from other records and never typed."""


def label(kind: str) -> str:
    """The words for a kind; a kind that we do not know is shown as it came."""
    return vocabulary.label("intervention-kind", kind)


def group(kind: str) -> str:
    """What sort of thing a kind is: `Visit`, `Plan`…"""
    return GROUPS.get(kind.partition(".")[0], ("Other", Shape.day))[0]


def shape(kind: str) -> Shape:
    return GROUPS.get(kind.partition(".")[0], ("Other", Shape.day))[1]


class Status(StrEnum):
    """Where an intervention stands."""

    planned = "planned"
    live = "live"
    done = "done"
    cancelled = "cancelled"
    missed = "missed"


ATTENDED = frozenset("VDE")
"""The groups beside which something may be held back: whoever is to attend rings the hub desk first, every time."""

OVER = (Status.cancelled.value, Status.done.value, Status.missed.value)
"""Where nothing more is to come."""

HAPPENED = (Status.done.value, Status.missed.value)
"""What has an hour at which it was: nothing that is planned anew changes it."""


class PlaceKind(StrEnum):
    """What sort of place: one with a door, a whole area, or none that one goes to."""

    address = "address"
    area = "area"
    online = "online"

    @property
    def label(self) -> str:
        return {"address": "An address", "area": "An area", "online": "Online or by phone"}[self.value]


class Level(StrEnum):
    """How high the risk is that an assessment found."""

    standard = "standard"
    medium = "medium"
    high = "high"
    very_high = "very-high"

    @property
    def label(self) -> str:
        return self.value.replace("-", " ").capitalize()


class Polarity(StrEnum):
    """Whether a goal brings the family nearer to its target or further from it."""

    towards = "towards"
    away = "away"

    @property
    def label(self) -> str:
        return {"towards": "More of it", "away": "Less of it"}[self.value]


class Source(StrEnum):
    """How the record came to us."""

    typed = "typed"
    pushed = "pushed"
    imported = "imported"

    @property
    def label(self) -> str:
        return {
            "typed": "Recorded here",
            "pushed": "Sent by the agency's own system",
            "imported": "Brought in from a file",
        }[self.value]


class Unplaced(StrEnum):
    """Why one that a system sent could not be put into a case."""

    nobody = "nobody"
    several_people = "several-people"
    no_case = "no-case"
    several_cases = "several-cases"
    not_readable = "not-readable"

    @property
    def label(self) -> str:
        return {
            "nobody": "We could not find the person",
            "several-people": "More than one person fits",
            "no-case": "The person is in no open case that your agency works in",
            "several-cases": "The person is in more than one open case",
            "not-readable": "What was sent could not be read as a time or a rule",
        }[self.value]


class Settled(StrEnum):
    """What became of one that could not be placed."""

    placed = "placed"
    set_aside = "set-aside"


@dataclass(frozen=True)
class When:
    """When it is: from a moment to a moment. `whole_days` means that the hours do not count."""

    starts_at: datetime
    ends_at: datetime | None
    whole_days: bool


LONGEST_MEETING = timedelta(hours=24)


def check_when(kind: str, when: When) -> None:
    """Raises Refused for times that cannot be: an end before the start, or a visit without an end or over a day long."""
    if when.ends_at is not None and when.ends_at < when.starts_at:
        raise Refused("The end must be after the start", field="ends")
    if shape(kind) is Shape.meeting and not when.whole_days:
        if when.ends_at is None:
            raise Refused("Enter when it ends", field="ends")
        if when.ends_at - when.starts_at > LONGEST_MEETING:
            raise Refused("A visit or appointment lasts a day at most", field="ends")


WITH_HOURS = ("R.CURFEW", "R.BAIL")
MOST_PLACES = 20


def check_conditions(
    kind: str, *, hours: tuple[time, time] | None, apart: Collection[tuple[UUID, UUID]], excluded: int
) -> None:
    """Raises Refused for hours, people kept apart or places kept out of on what is no condition."""
    if hours is not None and kind not in WITH_HOURS:
        raise Refused(
            "Only a curfew or a bail condition has hours of its own: leave them out, or choose another kind",
            field="hours_from",
        )
    if hours is not None and hours[0] == hours[1]:
        raise Refused("The hours must end at another time than they begin", field="hours_to")
    if kind == "R.CURFEW" and hours is None:
        raise Refused("Enter the hours of the curfew, such as 19:00 to 07:00", field="hours_from")
    if group(kind) != "Condition":
        if apart:
            raise Refused(
                "Only a condition keeps people apart: name nobody here, or choose another kind", field="apart"
            )
        if excluded:
            raise Refused(
                "Only a condition keeps somebody out of a place: name none here, or choose another kind",
                field="excluded",
            )
    if excluded > MOST_PLACES:
        raise Refused(f"Name {MOST_PLACES} places at most", field="excluded")
    if any(one == other for one, other in apart):
        raise Refused("Choose two different people to keep apart", field="apart")


def check_says_something(kind: str, *, apart: Collection[tuple[UUID, UUID]], excluded: int) -> None:
    """Raises Refused for a condition that says nothing: no rule could ever find what breaks it.

    What another system sends is kept all the same.
    """
    if kind == "R.NOCONTACT" and not apart:
        raise Refused("Choose whom they must keep away from", field="apart")
    if kind == "R.EXZONE" and not excluded:
        raise Refused("Enter where they must not go", field="excluded")


def days_of(when: When) -> tuple[date, date | None]:
    """The first and last day on the wall calendar; None when it has no end. An end at midnight is the day before."""
    first = london(when.starts_at).date()
    if when.ends_at is None:
        return first, None
    last = london(when.ends_at)
    if last > london(when.starts_at) and last.hour == last.minute == 0 and not when.whole_days:
        return first, last.date() - timedelta(days=1)
    return first, last.date()
