"""What may be typed about an agreement."""

from typing import Annotated

from pydantic import Field

from hub.agreements.rules import Basis, Power, Purpose
from hub.cases.rules import Scheme
from hub.inputs import Day, FormIn, Known, Line, Maybe, Number, Words, ask


class AgreementIn(FormIn):
    title: Annotated[Line, ask("Enter what the agreement is called", longest=200)]
    umbrella: Annotated[Known | None, Maybe] = None
    schemes: Annotated[list[Scheme], Field(max_length=20)] = []
    purposes: Annotated[list[Purpose], Field(max_length=20)] = []
    powers: Annotated[list[Power], Field(max_length=20)] = []
    bases: Annotated[list[Basis], Field(max_length=20)] = []
    partners: Annotated[list[Known], Field(max_length=60)] = []
    items: Annotated[Words, Field(max_length=4000)] = ""
    handling: Annotated[Words, Field(max_length=4000)] = ""
    keeps_sides_apart: bool = False
    retention_years: Annotated[Number, Field(title="Enter for how many years", ge=0, le=100)]
    child_age: Annotated[
        Annotated[Number, Field(ge=18, le=100)] | None,
        Maybe,
        Field(title="Enter a birthday from 18 to 100, or leave it empty"),
    ] = None
    starts_on: Annotated[Day, Field(title="Enter the day on which it starts")]
    review_on: Annotated[Day, Field(title="Enter the day on which it is reviewed")]
    ends_on: Annotated[Day | None, Maybe] = None


class EndIn(FormIn):
    ends_on: Annotated[Day, Field(title="Enter the day on which it ends")]
