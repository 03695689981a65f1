"""What may be typed about how long a record is kept."""

from typing import Annotated

from pydantic import Field

from hub.inputs import Day, FormIn, Known, Line, Number, Words, ask
from hub.retention.rules import HoldReason


class KeepIn(FormIn):
    years: Annotated[Number, Field(title="Enter for how many more years, from 1 to 75", ge=1, le=75)]
    reason: Annotated[Words, ask("Say why it must be kept longer", longest=2000)]


class HoldIn(FormIn):
    reason_code: Annotated[HoldReason, Field(title="Choose what it is held for")]
    words: Annotated[Words, ask("Say what it is held for", longest=2000)]
    review_on: Annotated[Day, Field(title="Enter the day on which the hold is looked at again")]


class LiftIn(FormIn):
    because: Annotated[Words, ask("Say why it is no longer held", longest=2000)]


class ConfirmIn(FormIn):
    reference: Annotated[Line, ask("Type the reference of this record", longest=40)]


class ProposeIn(FormIn):
    cases: Annotated[list[Known], Field(title="Choose at least one record", min_length=1, max_length=50)]


class SeveralIn(FormIn):
    references: Annotated[Words, ask("Type the reference of each record", longest=4000)]
