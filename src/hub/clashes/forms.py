"""What may be typed to answer a clash."""

from typing import Annotated

from pydantic import Field

from hub.clashes.rules import Disposition
from hub.inputs import FormIn, Words


class AnswerIn(FormIn):
    disposition: Annotated[Disposition, Field(title="Choose what will be done about it")]
    reason: Annotated[Words, Field(max_length=2000)] = ""
