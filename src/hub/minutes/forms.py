"""What may be typed in the room and after it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from hub.conferences.rules import Attendance
from hub.inputs import Day, FormIn, Known, Line, Maybe, TimeOfDay, Words, ask, moment_of
from hub.sharing.rules import Audience


class OpenIn(FormIn):
    anyway: Annotated[bool, Field(title="Tick it, or leave the conference as it is called")] = False


class StatementIn(FormIn):
    agreed: Annotated[bool, Field(title="Tick that you agree, or leave the room")]
    how: Annotated[Attendance | None, Maybe] = None


class AttendanceIn(FormIn):
    """Two lists of equal length: who, and how they attend, if it is known yet."""

    worker: Annotated[list[Known], Field(max_length=100)] = []
    attendance: Annotated[list[Annotated[Attendance | None, Maybe]], Field(max_length=100)] = []


class ItemIn(FormIn):
    title: Annotated[Line, ask("Say what is to be spoken of", longest=200)]
    minutes: Annotated[int, Field(title="Give its minutes, from 1 to 240", ge=1, le=240)] = 5


class PointOutIn(FormIn):
    item: Annotated[Known, Field(title="Choose a point")]


class PointIn(PointOutIn):
    minutes: Annotated[int, Field(title="Give its minutes, from 1 to 240", ge=1, le=240)]


class NextIn(FormIn):
    item: Annotated[Known | None, Maybe] = None


class LineIn(FormIn):
    agency: Annotated[Known, Field(title="Choose which agency says it")]
    words: Annotated[Words, ask("Enter what was said", longest=4000)]
    audience: Audience = Audience.circle
    agencies: Annotated[list[Known], Field(max_length=50)] = []


class AnswerIn(FormIn):
    """A line that is right; every line when none is named."""

    line: Annotated[Known | None, Maybe] = None


class BesideIn(FormIn):
    words: Annotated[Words, ask("Say what is not right, and what was said instead", longest=4000)]


class InterimIn(FormIn):
    because: Annotated[Words, ask("Say why it should not wait for the quorum", longest=2000)]


class AdjournIn(FormIn):
    because: Annotated[Words, ask("Say why it is adjourned", longest=2000)]
    day: Annotated[Day | None, Maybe] = None
    starts: Annotated[TimeOfDay | None, Maybe] = None
    although_closed: Annotated[Line, Field(max_length=3)] = ""
    """`yes` from somebody who has read that it is not in working hours."""

    @property
    def again_at(self) -> datetime | None:
        """When it is held again; nothing while a part of it is missing."""
        return moment_of(self.day, self.starts) if self.day and self.starts else None


class AskedIn(FormIn):
    agency: Annotated[Known, Field(title="Choose the agency")]


class CloseIn(FormIn):
    no_change_because: Annotated[Words, Field(max_length=2000)] = ""
    day: Annotated[Day | None, Maybe] = None
    starts: Annotated[TimeOfDay | None, Maybe] = None
    although_closed: Annotated[Line, Field(max_length=3)] = ""
    """`yes` from somebody who has read that it is not in working hours."""

    @property
    def again_at(self) -> datetime | None:
        """When it is held again; nothing while a part of it is missing."""
        return moment_of(self.day, self.starts) if self.day and self.starts else None


class LetterIn(FormIn):
    words: Annotated[Words, ask("The letter cannot be empty", longest=100_000)]
    version: Annotated[Line, ask("Open the letter and read it first", longest=16)]
    """Of what was recorded when the page was shown."""
