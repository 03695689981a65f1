"""A small picture of an outcome: its readings over time between baseline and target, as the points of an SVG.

The template draws it with attributes only, because the content security policy allows no style in the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.outcomes.rules import Reading
from hub.outcomes.tables import Outcome

WIDTH, HEIGHT = 560, 200
LEFT, RIGHT, TOP, BOTTOM = 46, 96, 22, 30


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    on: date
    value: float


@dataclass(frozen=True)
class Chart:
    """Where everything stands on a canvas of `width` by `height`."""

    width: int
    height: int
    points: tuple[Point, ...]
    line: str
    baseline_y: float
    target_y: float
    left: int
    right: int
    bottom: int
    first: date
    last: date
    summary: str


def chart(outcome: Outcome, readings: Sequence[Reading]) -> Chart:
    """The picture from the baseline's day to the target's, or to the last reading when that is later."""
    start = Reading(outcome.baseline_on, outcome.baseline_value)
    series = [start, *sorted(readings, key=lambda reading: reading.on)]
    first, last = start.on, max(outcome.target_on, series[-1].on, start.on + timedelta(days=1))
    values = [outcome.baseline_value, outcome.target_value, *(reading.value for reading in series)]
    low, high = min([0.0, *values]), max(values)
    high = high if high > low else low + 1

    def x(day: date) -> float:
        share = (day - first).days / (last - first).days
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        share = (value - low) / (high - low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    points = tuple(Point(x(reading.on), y(reading.value), reading.on, reading.value) for reading in series)
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        points=points,
        line=" ".join(f"{point.x},{point.y}" for point in points),
        baseline_y=y(outcome.baseline_value),
        target_y=y(outcome.target_value),
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=HEIGHT - BOTTOM,
        first=first,
        last=last,
        summary=f"{outcome.indicator}: from {outcome.baseline_value:g} to {series[-1].value:g}, target {outcome.target_value:g}",
    )
