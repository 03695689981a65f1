"""What may be typed about a decision."""

from collections.abc import Collection
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import Field
from starlette.requests import Request

from hub.decisions.changes import Decided
from hub.decisions.rules import NO_FURTHER_ACTION, OPTIONS_OFFERED, Option, Settled, Stance, Threshold, option_faults
from hub.inputs import Filled, FormIn, Known, Line, Maybe, Problem, Words, ask, fill

Reason = Annotated[Words, Field(max_length=1000)]
Proposer = Annotated[Known | None, Maybe]


class DecisionIn(FormIn):
    """A decision with up to three options. Each field has a name of its own, so that each keeps its own words."""

    question: Annotated[Line, ask("Enter the question", longest=300)]
    option_1: Annotated[Line, Field(max_length=300)] = ""
    for_1: Reason = ""
    against_1: Reason = ""
    by_1: Proposer = None
    option_2: Annotated[Line, Field(max_length=300)] = ""
    for_2: Reason = ""
    against_2: Reason = ""
    by_2: Proposer = None
    option_3: Annotated[Line, Field(max_length=300)] = ""
    for_3: Reason = ""
    against_3: Reason = ""
    by_3: Proposer = None
    took: Annotated[str, Field(title="Choose the option that was taken", pattern="^[123]?$")] = ""
    why_only_one: Annotated[Words, Field(max_length=2000)] = ""
    chosen: Annotated[Words, Field(max_length=2000)] = ""
    rationale: Annotated[Words, ask("Say why", longest=4000)]
    threshold: Annotated[Threshold | None, Maybe] = None
    no_time: bool = False
    """Harm is happening now: there is no time to open the chronology before a step up or down."""

    @property
    def options(self) -> list[Option]:
        """The options in the order of the form, those left blank too."""
        found = []
        for number in range(1, OPTIONS_OFFERED + 1):
            proposed_by: UUID | None = getattr(self, f"by_{number}")
            found.append(
                Option(
                    getattr(self, f"option_{number}"),
                    getattr(self, f"for_{number}"),
                    getattr(self, f"against_{number}"),
                    proposed_by,
                    self.took == str(number),
                )
            )
        return found

    @property
    def problems(self) -> list[Problem]:
        """Everything that the options lack, so that it can be mended in one go."""
        return [Problem(fault.field, fault.sentence) for fault in option_faults(self.options, self.why_only_one)]

    @property
    def decided(self) -> Decided:
        return Decided(self.question, self.options, self.chosen, self.rationale, self.why_only_one, self.threshold)


LIKELY = {"option_2": [NO_FURTHER_ACTION], "took": ["1"]}
"""What stands in the form of a decision before anybody types: doing nothing is always an option."""

Told = TypeVar("Told", bound=DecisionIn)


async def fill_decision(request: Request, form: type[Told], agencies: Collection[UUID]) -> Filled[Told]:
    """The form of a decision in a request, with everything that its options lack beside their fields."""
    filled = await fill(request, form)
    if filled.value is not None:
        filled.problems += filled.value.problems
        filled.problems += [
            Problem(f"by_{number}", "Choose an agency of the partnership")
            for number, one in enumerate(filled.value.options, 1)
            if one.proposed_by is not None and one.proposed_by not in agencies
        ]
        if filled.problems:
            filled.value = None
    return filled


class PositionIn(FormIn):
    agency: Annotated[Known, Field(title="Choose the agency")]
    stance: Annotated[Stance, Field(title="Choose the position")]
    reason: Annotated[Words, Field(max_length=4000)] = ""
    stated_by: Annotated[Known | None, Maybe] = None


class DissentAnswerIn(FormIn):
    words: Annotated[Words, ask("Write the answer to this dissent", longest=4000)]


class SettleIn(FormIn):
    settled: Annotated[Settled, Field(title="Choose what the conference says to it")]
    words: Annotated[Words, ask("Say it in one sentence", longest=2000)]
