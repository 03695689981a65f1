"""What may be typed about a case."""

from typing import Annotated

from pydantic import Field

from hub.cases.rules import Rating, Stage
from hub.cases.steering import Between, WhyNow
from hub.inputs import FormIn, Known, Words, ask


class WhyNowIn(FormIn):
    """What is asked of a change between meetings: why now, and who was asked first."""

    why_now: Annotated[WhyNow, Field(title="Choose why it did not wait for a conference")] = WhyNow.routine
    consulted: Annotated[list[Known], Field(max_length=60)] = []

    @property
    def between(self) -> Between:
        return Between(self.why_now, frozenset(self.consulted))


class RateIn(WhyNowIn):
    rating: Annotated[Rating, Field(title="Choose a rating")]
    reason: Annotated[Words, ask("Give a reason that a colleague at another agency would understand", longest=2000)]
    no_time: bool = False
    """Harm is happening now: there is no time to open the chronology first."""


class MoveIn(WhyNowIn):
    stage: Annotated[Stage, Field(title="Choose where the case goes next")]
    reason: Annotated[Words, Field(max_length=2000)] = ""
    no_time: bool = False
    """The same as when rating; asked only when the case is closed."""


class AccountableIn(WhyNowIn):
    worker: Annotated[Known, Field(title="Choose who answers for this case")]


class ContactIn(FormIn):
    worker: Annotated[Known, Field(title="Choose who to ring there")]


class HandBackIn(WhyNowIn):
    reason: Annotated[Words, ask("Say why you cannot take this", longest=2000)]
