"""What may be typed in a conference."""

from typing import Annotated

from pydantic import Field

from hub.conferences.rules import Attendance
from hub.inputs import Day, FormIn, Known, Line, Maybe, Words, ask


class AttendanceIn(FormIn):
    """Two lists of equal length: who, and how they attend."""

    worker: Annotated[list[Known], Field(max_length=100)] = []
    attendance: Annotated[list[Attendance], Field(max_length=100)] = []


class ActionIn(FormIn):
    what: Annotated[Line, ask("Say what will be done", longest=300)]
    worker: Annotated[Known, Field(title="Choose who will do it: one named person")]
    due_on: Annotated[Day, Field(title="Enter the day by which it is done")]
    outcome: Annotated[Known | None, Maybe] = None


class CloseIn(FormIn):
    no_change_because: Annotated[Words, Field(max_length=2000)] = ""
