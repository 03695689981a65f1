"""What may be asked of the chronology and said about its entries."""

from typing import Annotated

from pydantic import Field

from hub.inputs import Day, FormIn, Line, Maybe, Words, ask


class FilterIn(FormIn):
    agency: Annotated[Line, Field(max_length=40)] = ""
    kind: Annotated[Line, Field(max_length=40)] = ""
    person: Annotated[Line, Field(max_length=26)] = ""
    text: Annotated[Line, Field(max_length=200)] = ""
    first: Annotated[Day | None, Maybe] = None
    last: Annotated[Day | None, Maybe] = None
    since: Annotated[Line, Field(max_length=20)] = ""
    zoom: Annotated[Line, Field(max_length=4)] = ""
    order: Annotated[Line, Field(max_length=10)] = ""
    shown: Annotated[Line, Field(max_length=4)] = ""
    page: Annotated[Line, Field(max_length=5)] = ""


class PairIn(FormIn):
    one: Annotated[Line, Field(max_length=60)]
    other: Annotated[Line, Field(max_length=60)]
    same: bool


class ContradictionIn(FormIn):
    one: Annotated[Line, Field(max_length=60)]
    other: Annotated[Line, Field(max_length=60)]
    about: Annotated[Words, ask("Say what they do not agree on", longest=2000)]


class SettleIn(FormIn):
    settlement: Annotated[Words, ask("Say how it was settled", longest=2000)]
