"""What may be typed in an emergency and after it."""

from typing import Annotated

from pydantic import Field

from hub.access.rules import EmergencyReason
from hub.agreements.rules import Power, Purpose
from hub.inputs import FormIn, Line, Words, ask


class EmergencyIn(FormIn):
    reference: Annotated[Line, ask("Enter the case’s reference, such as NV-K7T-WWM", longest=40)]
    reason_code: Annotated[EmergencyReason, Field(title="Choose what has happened")]
    reason: Annotated[Words, ask("Say what has happened and what you need to know", longest=2000)]


class ReviewIn(FormIn):
    justified: Annotated[bool, Field(title="Choose whether it was right")]
    words: Annotated[Words, ask("Say how you know", longest=2000)]


class BasisIn(FormIn):
    purpose: Annotated[Purpose, Field(title="Choose what it was shared for")]
    power: Annotated[Power, Field(title="Choose which law let you share it")]
