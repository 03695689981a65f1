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
class Reading:
    """Whether a worker has opened the chronology since the last decision, and what has come into it since then."""

    opened: bool
    decided: bool
    """There has been a decision to count from."""
    entries: int

    @property
    def sentence(self) -> str:
        count = "1 entry" if self.entries == 1 else f"{self.entries:,} entries"
        return f"Open the chronology first ({count}{' since the last decision' if self.decided else ''})"


def check_chronology_opened(reading: Reading, *, no_time: bool) -> bool:
    """Raises Refused when somebody is about to change what is done for a family without having looked at its history.

    Histories that nobody read are what inquiries find (Laming 2003; Munro 2011). When harm is happening now it may
    pass; then this returns True, and the ledger keeps that it was done unread.
    """
    if reading.opened:
        return False
    if not no_time:
        raise Refused(reading.sentence, field="no_time")
    return True


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


def is_single_view(agencies_cited: int) -> bool:
    """Whether a statement of the problem rests on the word of fewer than two agencies."""
    return agencies_cited < 2


def check_early(reason: str, *, problem_stated: bool, asked_before: bool) -> None:
    """Raises Refused when an agency is brought in before the circle has said what the problem is, without a reason.

    Asked once: whoever has said why for a case is not asked again for the same case.
    """
    if problem_stated or asked_before:
        return
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused("Say why this agency is needed before the circle has stated the problem", field="reason")


class Voice(StrEnum):
    """Whether an agency of the circle has been heard. A stated refusal is an answer; only silence is silence."""

    heard = "heard"
    awaited = "awaited"
    silent = "silent"
    answered = "answered"

    @property
    def words(self) -> str:
        return {
            "heard": "has contributed",
            "awaited": "has not contributed yet",
            "silent": "has said nothing past its time",
            "answered": "has answered a request",
        }[self.value]


def voice_of(
    admitted_at: datetime,
    last_heard_at: datetime | None,
    at: datetime,
    clocks: Mapping[str, Any],
    *,
    answered: bool = False,
) -> Voice:
    """Whether an agency has contributed since it was admitted, is awaited, or is silent past its time.

    One that has answered a request, even by refusing it, has not been silent.
    """
    if last_heard_at is not None:
        return Voice.heard
    if answered:
        return Voice.answered
    return Voice.silent if at > timers.due("T30", admitted_at, clocks) else Voice.awaited
