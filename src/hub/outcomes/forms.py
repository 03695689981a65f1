"""What may be typed about an outcome. Objectives and agencies are two lists of equal length, one pair for each agency."""

from typing import Annotated

from pydantic import Field

from hub.inputs import Day, FormIn, Known, Line, Number, Words, ask
from hub.outcomes.rules import Direction, OutcomeState


class OutcomeIn(FormIn):
    statement: Annotated[Line, ask("Say what should be different for the family", longest=300)]
    theme: Annotated[Line, Field(max_length=10)] = ""
    indicator: Annotated[Line, ask("Say what you will count or measure", longest=200)]
    unit: Annotated[Line, Field(max_length=40)] = ""
    direction: Annotated[Direction, Field(title="Choose which way is better")]
    baseline: Annotated[Number, Field(title="Enter where it stands now, as a number")]
    baseline_on: Annotated[Day, Field(title="Enter the day of the baseline, such as 27/3/2026")]
    baseline_source: Annotated[Line, Field(max_length=200)] = ""
    target: Annotated[Number, Field(title="Enter the target, as a number")]
    target_on: Annotated[Day, Field(title="Enter the day by which it should be reached")]
    accountable: Annotated[Known, Field(title="Choose who answers for this outcome")]
    objectives: Annotated[list[Words], Field(max_length=50)] = []
    agencies: Annotated[list[Known], Field(max_length=50)] = []


class MeasureIn(FormIn):
    value: Annotated[Number, Field(title="Enter the reading, as a number")]
    measured_on: Annotated[Day, Field(title="Enter the day of the reading, such as 27/3/2026")]
    source: Annotated[Line, Field(max_length=200)] = ""


class ObjectiveIn(FormIn):
    words: Annotated[Words, ask("Say what your agency gains when this is reached", longest=500)]


class StateIn(FormIn):
    state: Annotated[OutcomeState, Field(title="Choose what happens to it")]
    reason: Annotated[Words, ask("Give a reason that a colleague at another agency would understand", longest=2000)]
