"""What may be typed about a case."""

from typing import Annotated

from pydantic import Field

from hub.cases.rules import Rating, Stage
from hub.inputs import FormIn, Known, Line, Maybe, Words, ask


class RateIn(FormIn):
    rating: Annotated[Rating, Field(title="Choose a rating")]
    reason: Annotated[Words, ask("Give a reason that a colleague at another agency would understand", longest=2000)]


class MoveIn(FormIn):
    stage: Annotated[Stage, Field(title="Choose where the case goes next")]
    reason: Annotated[Words, Field(max_length=2000)] = ""


class ProblemIn(FormIn):
    problem: Annotated[Line, ask("Say what the problem is in one line", longest=300)]


class AccountableIn(FormIn):
    worker: Annotated[Known, Field(title="Choose who answers for this case")]


class AdmitIn(FormIn):
    agency: Annotated[Known, Field(title="Choose an agency")]
    contact: Annotated[Known | None, Maybe] = None


class ContactIn(FormIn):
    worker: Annotated[Known, Field(title="Choose who to ring there")]


class HandBackIn(FormIn):
    reason: Annotated[Words, ask("Say why you cannot take this", longest=2000)]
