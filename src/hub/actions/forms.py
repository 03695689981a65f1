"""What may be typed about an action."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from hub.actions.rules import ActionState, Result, check_serves
from hub.errors import Refused
from hub.inputs import Day, FormIn, Known, Line, Maybe, Words, ask


class GiveIn(FormIn):
    what: Annotated[Line, ask("Say what will be done", longest=300)]
    worker: Annotated[Known, Field(title="Choose who will do it: one named person")]
    due_on: Annotated[Day, Field(title="Enter the day by which it is done")]
    outcome: Annotated[Known | None, Maybe] = None
    no_outcome_because: Annotated[Line, Field(max_length=300, validate_default=True)] = ""
    risk: Annotated[Line, ask("Say which risk it lowers", longest=300)]
    last_result: Annotated[Result | None, Maybe] = None
    although_away: Annotated[Line, Field(max_length=3)] = ""

    @field_validator("no_outcome_because")
    @classmethod
    def _serves(cls, because: str, given: ValidationInfo) -> str:
        """Told with whatever else is missing, and not when all the rest is right."""
        if "outcome" in given.data:
            try:
                check_serves(has_outcome=given.data["outcome"] is not None, no_outcome_because=because)
            except Refused as refusal:
                raise ValueError(refusal.sentence) from None
        return because


class FinishIn(FormIn):
    state: Annotated[ActionState, Field(title="Choose how it ended")]
    note: Annotated[Words, ask("Say what was done, or why not", longest=2000)]
    result: Annotated[Result | None, Maybe] = None
    evidence: Annotated[Known | None, Maybe] = None


class NoteIn(FormIn):
    words: Annotated[Words, ask("Say how it goes", longest=2000)]


class DeclineIn(FormIn):
    reason: Annotated[Words, ask("Say why you cannot take this", longest=2000)]


class ExtendIn(FormIn):
    due_on: Annotated[Day, Field(title="Enter the new day")]
    reason: Annotated[Words, ask("Say why it needs longer", longest=2000)]


class AnswerIn(FormIn):
    granted: Annotated[bool, Field(title="Choose yes or no")]
    words: Annotated[Words, Field(max_length=2000)] = ""


class PassOnIn(FormIn):
    worker: Annotated[Known, Field(title="Choose who will do it: one named person")]
    reason: Annotated[Words, ask("Say why somebody else does it", longest=2000)]
    although_away: Annotated[Line, Field(max_length=3)] = ""


class ReopenIn(FormIn):
    reason: Annotated[Words, ask("Say why it is opened again", longest=2000)]
    due_on: Annotated[Day, Field(title="Enter the day by which it is done")]
