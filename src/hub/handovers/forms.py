"""What may be typed when handing over."""

from typing import Annotated

from pydantic import Field

from hub.handovers.rules import Reason
from hub.inputs import Day, FormIn, Known, Line, Maybe, Words, ask


class OfferIn(FormIn):
    to: Annotated[Known, Field(title="Choose who takes it over")]
    reason: Annotated[Reason, Field(title="Choose why it is handed over")]
    overlap_until: Annotated[Day, Field(title="Enter until when both of you can be asked")]
    returns_on: Annotated[Day | None, Maybe] = None
    items: Annotated[list[Line], Field(max_length=500)] = []


class NoteIn(FormIn):
    relationships: Annotated[Words, Field(max_length=4000)] = ""
    manner: Annotated[Words, Field(max_length=4000)] = ""
    tried: Annotated[Words, Field(max_length=4000)] = ""


class AnswerIn(FormIn):
    """An answer to one thing of a handover, or, without `item`, to all that wait."""

    item: Annotated[Known | None, Maybe] = None


class DeclineIn(FormIn):
    item: Known
    because: Annotated[Words, ask("Say why you cannot take this", longest=2000)]


class DeputyIn(FormIn):
    deputy: Annotated[Known, Field(title="Choose who stands in")]
    starts_on: Annotated[Day, Field(title="Enter the first day away")]
    ends_on: Annotated[Day, Field(title="Enter the last day away")]


class MoveIn(FormIn):
    agency: Annotated[Known, Field(title="Choose the agency")]
