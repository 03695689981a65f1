"""The law of framings and of risk: what stays blind and until when, who has not said, where agencies stand apart.

Each agency writes how it sees the problem before it reads how the others see it, because a view that was read first
is the view that is repeated (Laming 2003; national review of 2022: too little challenge between agencies).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from hub import timers
from hub.cases.rules import RANK, Rating
from hub.errors import Refused

LONGEST_FRAMING = 300
LONGEST_LINE = 200

FRAMING_TIMER: Mapping[Rating | None, str] = {
    Rating.red: "T06R",
    Rating.amber: "T06",
    Rating.green: "T06G",
    Rating.blue: "T06G",
    None: "T06",
}
"""The clock of a round by the case's joint rating when it is opened. A case that nobody has rated counts as amber."""


def framing_due(rating: Rating | None, opened_at: datetime, clocks: Mapping[str, Any]) -> datetime:
    """When a round that was opened at a moment is shown to all, whoever has written by then."""
    return timers.due(FRAMING_TIMER[rating], opened_at, clocks)


def is_revealed(revealed_at: datetime | None, due_at: datetime, at: datetime) -> bool:
    """Whether a round's framings may be read by the whole circle: all were in, or its time is over."""
    return revealed_at is not None or due_at <= at


def all_in(circle: Collection[UUID], written: Collection[UUID]) -> bool:
    """Whether every agency of the circle has written. Nobody waits for an agency that has left."""
    return bool(written) and set(circle) <= set(written)


class Word(StrEnum):
    """Where an agency stands in a round of framings."""

    said = "said"
    awaited = "awaited"
    silent = "silent"
    later = "later"

    @property
    def words(self) -> str:
        return {
            "said": "has written",
            "awaited": "is still writing",
            "silent": "has not said",
            "later": "joined after the others were shown",
        }[self.value]


def word_of(*, has_written: bool, admitted_at: datetime, shown_at: datetime | None) -> Word:
    """Where an agency stands. `shown_at` is when the round was shown, None while it is blind.

    Silence is told as silence and never as agreement.
    """
    if has_written:
        return Word.said
    if shown_at is None:
        return Word.awaited
    return Word.later if admitted_at > shown_at else Word.silent


def check_framing(words: str, field: str = "words") -> None:
    """Raises Refused for a framing that is empty or longer than a reader takes in at a glance."""
    if not words.strip():
        raise Refused("Say how your agency sees the problem", field=field)
    if len(words) > LONGEST_FRAMING:
        raise Refused(f"Use {LONGEST_FRAMING} characters or fewer", field=field)


def to_restate(said: Sequence[UUID], us: UUID) -> UUID | None:
    """Whose view an agency might say in its own words: the next one round the table, so that each is told once."""
    others = [agency for agency in said if agency != us]
    if not others:
        return None
    if us not in said:
        return others[0]
    return said[(list(said).index(us) + 1) % len(said)]


class View(StrEnum):
    """What a line on the wall says of the circle."""

    agree = "agree"
    differ = "differ"

    @property
    def label(self) -> str:
        return {"agree": "We agree", "differ": "We differ"}[self.value]


# --- Where each agency stands on risk ---------------------------------------------------------------------------

FROM_LOW = tuple(sorted(Rating, key=RANK.__getitem__, reverse=True))
"""The ratings as the line shows them, from low to high."""
STEPS_CALLED_OUT = 2


@dataclass(frozen=True)
class RiskLine:
    """Where the agencies of a circle stand on risk: each rating with its agencies, and those that have not said.

    Agencies are whatever has an `id` and a `name`.
    """

    at: Mapping[Rating, Sequence[Any]]
    not_said: Sequence[Any] = ()
    positions: Mapping[UUID, Any] = field(default_factory=dict)
    """Each agency's standing position."""

    @property
    def taken(self) -> list[Rating]:
        """The ratings that somebody gives, from high to low."""
        return [rating for rating in reversed(FROM_LOW) if self.at.get(rating)]

    @property
    def is_empty(self) -> bool:
        return not self.taken

    @property
    def steps(self) -> int:
        """How many steps lie between the highest and the lowest."""
        taken = self.taken
        return RANK[taken[-1]] - RANK[taken[0]] if taken else 0

    @property
    def sentence(self) -> str:
        """`Police and School: red. Health: amber. Housing has not said.`"""
        said = [f"{_listed(self.at[rating])}: {rating.value}." for rating in self.taken]
        if self.not_said:
            said.append(f"{_listed(self.not_said)} {'has' if len(self.not_said) == 1 else 'have'} not said.")
        return " ".join(said)

    @property
    def call(self) -> str:
        """What to say when agencies stand two steps or more apart, or nothing."""
        if self.steps < STEPS_CALLED_OUT:
            return ""
        high, low = self.taken[0], self.taken[-1]
        verb_high = "says" if len(self.at[high]) == 1 else "say"
        verb_low = "says" if len(self.at[low]) == 1 else "say"
        steps = {2: "two", 3: "three"}[self.steps]
        return (
            f"{_listed(self.at[high])} {verb_high} {high.value} and {_listed(self.at[low])} {verb_low} {low.value}: "
            f"{steps} steps apart. Ask each other what you know that the other does not."
        )


def _listed(agencies: Sequence[Any]) -> str:
    names = [str(agency.name) for agency in agencies]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def risk_line(circle: Sequence[Any], positions: Mapping[UUID, Any]) -> RiskLine:
    """The line of a circle. A position of an agency that has left the circle is not on it."""
    at: dict[Rating, list[Any]] = {rating: [] for rating in FROM_LOW}
    not_said = []
    for agency in circle:
        position = positions.get(agency.id)
        if position is None:
            not_said.append(agency)
        else:
            at[Rating(position.rating)].append(agency)
    return RiskLine(at, not_said, positions)
