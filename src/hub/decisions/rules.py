"""The law of decisions: which options were weighed, what an agency may say to one and until when, what is answered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from hub import timers
from hub.errors import Refused

SHORTEST_DISSENT = 20
SHORTEST_WHY = 10
NO_FURTHER_ACTION = "No further action"
NOT_INVITED = "This agency was not invited to the conference."
OPTIONS_OFFERED = 3
"""How many options a form has room for. A record may hold more."""


class Stance(StrEnum):
    """An agency's position on a decision."""

    agree = "agree"
    reservation = "reservation"
    dissent = "dissent"
    abstain = "abstain"
    not_consulted = "not-consulted"

    @property
    def label(self) -> str:
        return {
            "agree": "Agrees",
            "reservation": "Agrees with a reservation",
            "dissent": "Dissents",
            "abstain": "Abstains",
            "not-consulted": "Was not consulted",
        }[self.value]


class Threshold(StrEnum):
    """How a decision moves a family between levels of help (Working Together 2023: thresholds and step up, step down)."""

    step_up = "step-up"
    step_down = "step-down"

    @property
    def label(self) -> str:
        return {
            "step-up": "Step up: more help, or under a stronger law",
            "step-down": "Step down: less help, or under a lighter law",
        }[self.value]

    @property
    def short(self) -> str:
        return {"step-up": "Step up", "step-down": "Step down"}[self.value]


class Settled(StrEnum):
    """What the next conference said to a decision made between meetings."""

    ratified = "ratified"
    amended = "amended"
    reversed = "reversed"

    @property
    def label(self) -> str:
        return {"ratified": "Ratified: it stands", "amended": "Amended", "reversed": "Reversed"}[self.value]


@dataclass(frozen=True)
class Option:
    """One thing that could have been done: a reason for it, a reason against it, and which agency proposed it."""

    text: str
    reason_for: str = ""
    reason_against: str = ""
    proposed_by: UUID | None = None
    chosen: bool = False

    @property
    def is_blank(self) -> bool:
        return not (self.text.strip() or self.reason_for.strip() or self.reason_against.strip())

    @property
    def is_no_further_action(self) -> bool:
        return self.text.strip().casefold().startswith(NO_FURTHER_ACTION.casefold())


@dataclass(frozen=True)
class Fault:
    """Something missing: the field of the form, and a sentence that says what to do."""

    field: str
    sentence: str


def option_faults(options: Sequence[Option], why_only_one: str = "") -> list[Fault]:
    """What is missing before a decision can be recorded with these options, in the order of the form.

    At least two options, “no further action” among them, each with a reason for and a reason against; or the reason
    why there was only one. A review of two children's deaths found too little challenge within and between agencies
    (Child Safeguarding Practice Review Panel 2022).
    """
    filled = [(number, one) for number, one in enumerate(options, 1) if not one.is_blank]
    named = [(number, one) for number, one in filled if one.text.strip()]
    faults = [
        Fault(f"option_{number}", "Say what this option is, or clear its reasons")
        for number, one in filled
        if not one.text.strip()
    ]
    only_one = why_only_one.strip()
    if only_one and len(only_one) < SHORTEST_WHY:
        faults.append(Fault("why_only_one", "Say why in words that a colleague at another agency would understand"))
    if not only_one:
        faults += _faults_of_several(named, len(options))
    elif not named:
        faults.append(Fault("option_1", "Say what was considered"))
    if named and sum(one.chosen for _, one in named) != 1:
        faults.append(Fault("took", "Choose the option that was taken"))
    return faults


def _faults_of_several(named: Sequence[tuple[int, Option]], offered: int) -> list[Fault]:
    faults = []
    taken = {number for number, _ in named}
    free = next((number for number in range(1, offered + 1) if number not in taken), 1)
    if len(named) < 2:
        faults.append(Fault(f"option_{free}", "Give at least two options, or say below why there was only one"))
    elif not any(one.is_no_further_action for _, one in named):
        faults.append(Fault(f"option_{free}", f"Weigh “{NO_FURTHER_ACTION}” as well: it is always an option"))
    for number, one in named:
        if not one.reason_for.strip():
            faults.append(Fault(f"for_{number}", "Give one reason for this option"))
        if not one.reason_against.strip():
            faults.append(Fault(f"against_{number}", "Give one reason against this option"))
    return faults


def considered(options: Sequence[Option], why_only_one: str = "") -> list[Option]:
    """The options to keep. “No further action” stands ready in the form: left as it is, it was not considered."""
    return [
        one
        for one in options
        if not one.is_blank
        and not (
            why_only_one.strip()
            and one.is_no_further_action
            and not one.chosen
            and not (one.reason_for.strip() or one.reason_against.strip())
        )
    ]


def check_options(options: Sequence[Option], why_only_one: str = "") -> None:
    """Raises Refused for the first thing that `option_faults` finds."""
    for fault in option_faults(options, why_only_one)[:1]:
        raise Refused(fault.sentence, field=fault.field)


# --- Positions and dissent --------------------------------------------------------------------------------------


def check_stance(stance: Stance, reason: str) -> None:
    """Raises Refused for a dissent or reservation without a reason that can be answered."""
    needs = {Stance.dissent: SHORTEST_DISSENT, Stance.reservation: 10, Stance.not_consulted: 10}.get(stance, 0)
    if len(reason.strip()) < needs:
        raise Refused(
            f"Give the reason in at least {needs} characters: it stays with the decision for ever", field="reason"
        )


def check_spoken_for(stance: Stance, agency_id: UUID, there: Collection[UUID]) -> None:
    """Raises Refused for a position recorded on behalf of an agency of which nobody is there to state it.

    That an agency was not consulted is no position of its own: whoever runs the conference records it.
    """
    if stance is not Stance.not_consulted and agency_id not in there:
        raise Refused(
            "Nobody of this agency is noted as there, so nobody can state its position for it. Ask it, and leave it as "
            "“asked, not stated”: one of its own workers states it in the Hub. If somebody is there, note it in the "
            "attendance first",
            field="agency",
        )


def dissent_until(decided_at: datetime, clocks: Mapping[str, Any] | None = None) -> datetime:
    """The last moment for a dissent: 72 hours after the decision, whatever the clocks on the wall do meanwhile (T19)."""
    return timers.due("T19", decided_at, clocks)


def answer_due(stated_at: datetime, clocks: Mapping[str, Any] | None = None) -> datetime:
    """When a dissent must have been answered: four weeks after it was stated, at the same hour (T20)."""
    return timers.due("T20", stated_at, clocks)


def check_in_time(stance: Stance, decided_at: datetime, at: datetime, clocks: Mapping[str, Any] | None = None) -> None:
    """Raises Refused for a dissent after its time."""
    if stance is Stance.dissent and at > dissent_until(decided_at, clocks):
        raise Refused(
            "The time to dissent from this decision is over. If a child or an adult is at risk, ring the chair now",
            field="stance",
        )


def check_answer(words: str) -> None:
    """Raises Refused for an answer to a dissent that is shorter than the shortest dissent."""
    if len(words.strip()) < SHORTEST_DISSENT:
        raise Refused(f"Answer in at least {SHORTEST_DISSENT} characters: it stands beside the dissent", field="words")
