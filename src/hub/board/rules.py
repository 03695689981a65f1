"""How the board is cut and ordered, and what one row says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from hub.cases.rules import Rating, Stage, Voice


class View(StrEnum):
    """The saved views of the board."""

    all = "all"
    mine = "mine"
    agency = "agency"
    unowned = "unowned"
    quiet = "quiet"

    @property
    def label(self) -> str:
        return {
            "all": "All I may see",
            "mine": "Mine",
            "agency": "My agency leads",
            "unowned": "Unowned",
            "quiet": "Quiet",
        }[self.value]


class Order(StrEnum):
    """What the rows are sorted by."""

    clock = "clock"
    rating = "rating"
    name = "name"
    opened = "opened"
    activity = "activity"


QUIET_AFTER = timedelta(days=28)
"""A case where nothing has happened for four weeks is shown as quiet."""
PAGE = 25


@dataclass(frozen=True)
class Seat:
    """An agency's mark in a row, and whether it has been heard."""

    agency: Any
    voice: Voice
    is_lead: bool = False


@dataclass
class Card:
    """One case as the board shows it."""

    case: Any
    name: str
    path: str
    people: Sequence[Any] = ()
    accountable: Any = None
    accountable_agency: Any = None
    accepted: bool = False
    seats: list[Seat] = field(default_factory=list)
    next_conference: Any = None
    asked: Any = None
    """Without one: the first that a clock asks for, or the one that somebody said is not needed."""
    not_needed_by: str = ""
    """Who said so."""
    clashes: int = 0
    unanswered: int = 0
    overdue_actions: int = 0
    last_at: datetime | None = None
    is_new: bool = False

    @property
    def stage(self) -> Stage:
        return Stage(self.case.stage)

    @property
    def rating(self) -> Rating | None:
        return Rating(self.case.rating) if self.case.rating else None


@dataclass(frozen=True)
class Waiting:
    """One thing that waits on a worker."""

    what: str
    about: str
    path: str
    due: date | None
    kind: str
    subject: Any = None
    late: bool = False
    """Its hour is over, though its day may not be."""


class Heading(StrEnum):
    """The headings of My work, in their order."""

    overdue = "Overdue"
    today = "Today"
    week = "This week"
    later = "Later"


def heading(due: date | None, today: date) -> Heading:
    """Under which heading something due on a day stands. What has no day waits for an answer now: today."""
    if due is None or due == today:
        return Heading.today
    if due < today:
        return Heading.overdue
    return Heading.week if due - today < timedelta(days=7) else Heading.later
