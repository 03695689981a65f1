"""What may be typed of the family's own words."""

from typing import Annotated

from pydantic import Field

from hub.inputs import Day, FormIn, Known, Line, Maybe, Words
from hub.voice.rules import Topic, WhyNot


class HearIn(FormIn):
    person: Annotated[Known, Field(title="Choose who said it")]
    topic: Annotated[Topic, Field(title="Choose what they were asked about")]
    words: Annotated[Words, Field(max_length=4000)] = ""
    unheard: Annotated[WhyNot | None, Maybe, Field(title="Choose why there are no words")] = None
    note: Annotated[Words, Field(max_length=1000)] = ""
    language: Annotated[Line, Field(max_length=60)] = ""
    interpreter: Annotated[bool, Field(title="Say whether an interpreter was there")] = False
    asked_on: Annotated[Day | None, Maybe] = None
    place: Annotated[Line, Field(max_length=200)] = ""


class TellIn(FormIn):
    person: Annotated[Known, Field(title="Choose who was told")]
    what: Annotated[Words, Field(max_length=4000)] = ""
    not_told: Annotated[WhyNot | None, Maybe, Field(title="Choose why they were not told")] = None
    note: Annotated[Words, Field(max_length=1000)] = ""
    told_on: Annotated[Day | None, Maybe] = None
