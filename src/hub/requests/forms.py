"""What may be typed to ask for information, and to answer."""

from typing import Annotated

from pydantic import Field

from hub.contributions.rules import ContributionKind
from hub.inputs import Day, FormIn, Known, Line, Maybe, TimeOfDay, Words, ask
from hub.requests.rules import MoreTime, Purpose, Refusal, Review

Year = Annotated[Annotated[int, Field(ge=1900, le=2100)] | None, Maybe, Field(title="Enter a year, such as 2020")]


class AskIn(FormIn):
    agencies: Annotated[list[Known], Field(max_length=50)] = []
    purpose: Annotated[Purpose, Field(title="Choose what you need it for")]
    question: Annotated[Words, ask("Say what you ask for", longest=4000)]
    about: Annotated[list[Known], Field(max_length=100)] = []
    gateway: Annotated[Line, ask("Choose the law that lets them share")]


class SupplyIn(FormIn):
    """Everything, or with the three fields of what is held back, a part."""

    kind: Annotated[ContributionKind, Field(title="Choose what this is")] = ContributionKind.fact
    words: Annotated[Words, ask("Enter what you know", longest=10_000)]
    as_of: Annotated[Day | None, Maybe] = None
    reach: Annotated[Line, Field(pattern="^(circle|asker)$", title="Choose who may read it")] = "circle"


class PartIn(SupplyIn):
    withheld: Annotated[Words, ask("Say what you hold back, without saying what is in it", longest=1000)]
    refusal: Annotated[Refusal, Field(title="Choose the reason")]
    because: Annotated[Words, ask("Say in a sentence what would go wrong here if you shared it", longest=2000)]
    owner: Annotated[Line, Field(max_length=200)] = ""


class NothingIn(FormIn):
    words: Annotated[Line, Field(max_length=300)] = ""
    system: Annotated[Line, ask("Say which system was searched")]
    since_year: Year = None
    until_year: Year = None
    searched_on: Annotated[Day | None, Maybe] = None


class RefuseIn(FormIn):
    refusal: Annotated[Refusal, Field(title="Choose the reason")]
    because: Annotated[Words, ask("Say in a sentence what would go wrong here if you shared it", longest=2000)]
    owner: Annotated[Line, Field(max_length=200)] = ""


class LongerIn(FormIn):
    until_day: Annotated[Day, Field(title="Enter the day by which you will answer")]
    until_time: Annotated[TimeOfDay | None, Maybe] = None
    because: Annotated[MoreTime, Field(title="Choose why you need longer")]
    words: Annotated[Words, Field(max_length=500)] = ""


class TakeOnIn(FormIn):
    worker: Annotated[Known, Field(title="Choose a colleague")]


class WithdrawIn(FormIn):
    reason: Annotated[Words, ask("Say why you take it back", longest=1000)]


class ReviewIn(FormIn):
    review: Annotated[Review, Field(title="Choose whether the refusal stands")]
    words: Annotated[Words, ask("Say why in a sentence", longest=2000)]
