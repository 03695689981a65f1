"""What may be typed about the list of a meeting."""

from typing import Annotated

from pydantic import Field

from hub.inputs import FormIn, Known, Line, Maybe, Number, Words, ask


class CaseIn(FormIn):
    case: Annotated[Known, Field(title="Choose a case")]
    purpose: Annotated[Line, ask("Say why it is on the list", longest=300)]
    minutes: Annotated[Number, Field(title="Enter how many minutes it has")] = 10


class PlaceIn(FormIn):
    minutes: Annotated[Number, Field(title="Enter how many minutes it has")]
    by_hand: Annotated[
        Annotated[Number, Field(ge=1, le=100)] | None, Maybe, Field(title="Enter its place on the list")
    ] = None
    """Its place on the list, counted from one; nothing leaves it to its need."""


class RemoveIn(FormIn):
    reason: Annotated[Words, ask("Say why it comes off the list", longest=500)]
