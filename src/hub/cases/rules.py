"""The law of a case: its stages as a table, its ratings, its clock, and when an agency's silence shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from hub import timers
from hub.errors import Refused


class Scheme(StrEnum):
    """The arrangement under which a case is worked together."""

    family_help = "family-help"
    child_protection = "child-protection"
    marac = "marac"
    iom = "iom"
    adult_safeguarding = "adult-safeguarding"

    @property
    def label(self) -> str:
        return {
            "family-help": "Family Help",
            "child-protection": "Child protection",
            "marac": "MARAC",
            "iom": "Integrated Offender Management",
            "adult-safeguarding": "Adult safeguarding",
        }[self.value]


class Stage(StrEnum):
    """Where a case is in its life."""

    new = "new"
    assessing = "assessing"
    planning = "planning"
    working = "working"
    reviewing = "reviewing"
    closed = "closed"

    @property
    def label(self) -> str:
        return {"new": "New", "working": "Working the plan"}.get(self.value, self.value.capitalize())


OPEN_STAGES = tuple(stage for stage in Stage if stage is not Stage.closed)

MOVES: Mapping[Stage, tuple[Stage, ...]] = {
    Stage.new: (Stage.assessing, Stage.planning, Stage.closed),
    Stage.assessing: (Stage.planning, Stage.working, Stage.closed),
    Stage.planning: (Stage.working, Stage.assessing, Stage.closed),
    Stage.working: (Stage.reviewing, Stage.planning, Stage.closed),
    Stage.reviewing: (Stage.working, Stage.planning, Stage.closed),
    Stage.closed: (Stage.assessing,),
}
"""From each stage, where a case may go next; the usual step stands first. A closed case reopens into assessment."""


class Rating(StrEnum):
    """How serious it is now, as red, amber, green and, for information only, blue."""

    red = "red"
    amber = "amber"
    green = "green"
    blue = "blue"

    @property
    def label(self) -> str:
        return {"red": "Red: high risk", "amber": "Amber", "green": "Green: low risk", "blue": "Blue: for information"}[
            self.value
        ]

    @property
    def short(self) -> str:
        return self.value.capitalize()


RANK = {Rating.red: 0, Rating.amber: 1, Rating.green: 2, Rating.blue: 3}
SHORTEST_REASON = 10


def check_move(stage: Stage, to: Stage) -> None:
    """Raises Refused when a case in this stage cannot go there."""
    if to not in MOVES[stage]:
        raise Refused(f"A case cannot go from “{stage.label}” to “{to.label}”.", field="stage")


def check_reason(reason: str, field: str = "reason") -> None:
    """Raises Refused for a reason too short to mean anything to the next reader."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("Give a reason that a colleague at another agency would understand", field=field)


@dataclass(frozen=True)
class Due:
    """What the case's clock waits for, and when it runs out."""

    code: str
    at: datetime


STAGE_TIMER = {
    Stage.new: "T30",
    Stage.assessing: "T14",
    Stage.planning: "T11",
    Stage.working: "T27",
    Stage.reviewing: "T11",
}


def clock_of(
    stage: Stage, rating: Rating | None, *, opened_at: datetime, at: datetime, clocks: Mapping[str, Any]
) -> Due | None:
    """The clock that starts when a case enters a stage. The assessment's runs from the day the case was opened.

    Red cases are reviewed after four weeks and others after six.
    """
    code = STAGE_TIMER.get(stage)
    if code is None:
        return None
    if stage is Stage.working and rating is Rating.red:
        code = "T27R"
    return Due(code, timers.due(code, opened_at if stage is Stage.assessing else at, clocks))


class Voice(StrEnum):
    """Whether an agency of the circle has been heard. A stated refusal is an answer; only silence is silence."""

    heard = "heard"
    awaited = "awaited"
    silent = "silent"

    @property
    def words(self) -> str:
        return {
            "heard": "has contributed",
            "awaited": "has not contributed yet",
            "silent": "has said nothing past its time",
        }[self.value]


def voice_of(admitted_at: datetime, last_heard_at: datetime | None, at: datetime, clocks: Mapping[str, Any]) -> Voice:
    """Whether an agency has contributed since it was admitted, is awaited, or is silent past its time (T30)."""
    if last_heard_at is not None:
        return Voice.heard
    return Voice.silent if at > timers.due("T30", admitted_at, clocks) else Voice.awaited
