"""What may be typed about a kind of conference."""

from typing import Annotated

from pydantic import Field

from hub.inputs import FormIn, Line, Number, Words, ask
from hub.timers import Unit


class KindIn(FormIn):
    title: Annotated[Line, ask("Give it a name", longest=60)]
    source: Annotated[Line, ask("Say where its clock comes from", longest=300)]
    first_after: Annotated[Line, Field(max_length=40)] = ""
    first_count: Annotated[Number, Field(title="Enter a number", ge=0, le=400)] = 0
    first_unit: Unit = Unit.working_days
    again_count: Annotated[Number, Field(title="Enter a number", ge=0, le=400)] = 0
    again_unit: Unit = Unit.weeks
    again_red: Annotated[Number, Field(title="Enter a number", ge=0, le=400)] = 0
    core: Annotated[list[Line], Field(max_length=12)] = []
    quorum_sectors: Annotated[list[Line], Field(max_length=12)] = []
    quorum_agencies: Annotated[Number, Field(title="A quorum is from 1 to 12 agencies", ge=1, le=12)] = 2
    chair_apart: Annotated[Line, Field(max_length=3)] = ""
    report_days: Annotated[Number, Field(title="Enter a number from 0 to 30", ge=0, le=30)] = 2
    minutes: Annotated[Number, Field(title="Enter how many minutes it lasts", ge=10, le=480)] = 60
    must_record: Annotated[Words, Field(max_length=2000)] = ""
    listed: Annotated[Line, Field(max_length=3)] = ""
    because: Annotated[Words, ask("Say why this changes", longest=500)]
