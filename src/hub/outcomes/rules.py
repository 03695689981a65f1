"""The law of outcomes: a dated baseline, an indicator, a target, and an objective from at least two agencies.

Without a baseline nobody can tell whether anything changed; more than five live outcomes are nobody's; and an outcome
lives only while each agency sees its own objective in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hub.errors import Refused

MOST_LIVE = 5
FEWEST_AGENCIES = 2


class Direction(StrEnum):
    """Which way is better."""

    up = "up"
    down = "down"

    @property
    def label(self) -> str:
        return {"up": "Higher is better", "down": "Lower is better"}[self.value]


class OutcomeState(StrEnum):
    live = "live"
    parked = "parked"
    achieved = "achieved"
    dropped = "dropped"

    @property
    def label(self) -> str:
        return self.value.capitalize()


@dataclass(frozen=True)
class Reading:
    """A value of the indicator on a day."""

    on: date
    value: float


class Trend(StrEnum):
    """Where the indicator stands between its baseline and its target."""

    met = "met"
    better = "better"
    same = "same"
    worse = "worse"
    unknown = "unknown"

    @property
    def words(self) -> str:
        return {
            "met": "Target met",
            "better": "Getting better",
            "same": "No change",
            "worse": "Getting worse",
            "unknown": "No reading yet",
        }[self.value]


def check_new(*, baseline: float, target: float, direction: Direction, agencies: int, live: int) -> None:
    """Raises Refused unless the outcome may go live."""
    if agencies < FEWEST_AGENCIES:
        raise Refused(
            "A joint outcome needs the own objective of at least two agencies. Say what each of them gains from it",
            field="objectives",
        )
    if baseline == target:
        raise Refused("The target must differ from where things stand now", field="target")
    if (target > baseline) != (direction is Direction.up):
        raise Refused(f"The target lies the wrong way: you said “{direction.label.lower()}”", field="target")
    if live >= MOST_LIVE:
        raise Refused(
            f"A case has at most {MOST_LIVE} live outcomes, so that something comes first. Park one to add another",
            field="statement",
        )


def check_reading(reading: Reading, *, baseline_on: date, today: date) -> None:
    """Raises Refused for a reading from before the baseline or from the future."""
    if reading.on > today:
        raise Refused("A reading cannot lie ahead", field="measured_on")
    if reading.on < baseline_on:
        raise Refused("A reading cannot be older than the baseline", field="measured_on")


def trend(baseline: float, target: float, readings: Sequence[Reading]) -> Trend:
    """Where the newest reading stands. "Better" and "worse" are against the baseline, not against the last reading."""
    if not readings:
        return Trend.unknown
    latest = max(readings, key=lambda reading: reading.on).value
    better = latest - baseline if target > baseline else baseline - latest
    if (target > baseline and latest >= target) or (target < baseline and latest <= target):
        return Trend.met
    return Trend.better if better > 0 else Trend.worse if better < 0 else Trend.same
