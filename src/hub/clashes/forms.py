"""What may be typed to answer a clash, to give it to somebody, to propose one visit, and to change a rule."""

from typing import Annotated

from pydantic import Field

from hub.clashes.rules import Disposition, RuleState, Severity, Verdict
from hub.inputs import FormIn, Known, Line, Maybe, Number, Words, ask


class AnswerIn(FormIn):
    disposition: Annotated[Disposition, Field(title="Choose what will be done about it")]
    reason: Annotated[Words, Field(max_length=2000)] = ""
    verdict: Annotated[Verdict | None, Maybe] = None
    again: Annotated[Known | None, Maybe] = None
    """The answer that this one is to correct."""


class GiveIn(FormIn):
    worker: Annotated[Known, Field(title="Choose who is to answer it")]


class ProposeIn(FormIn):
    starts: Annotated[Line, ask("Choose a time", longest=30)]


class SettleIn(FormIn):
    """Takes up a proposal, or not."""

    take: Annotated[bool, Field(title="Choose whether you go together")]


class RuleIn(FormIn):
    state: Annotated[RuleState, Field(title="Choose whether the rule is used")]
    severity: Annotated[Severity, Field(title="Choose how grave it is")]
    days: Annotated[Number | None, Maybe] = None
    hours: Annotated[Number | None, Maybe] = None
    buffer: Annotated[Number | None, Maybe] = None
    reason: Annotated[Words, ask("Say why, in words that the other agencies would understand", longest=1000)]
