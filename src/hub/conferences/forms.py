"""What may be typed about a conference, before, in and after it."""

from typing import Annotated

from pydantic import AfterValidator, Field

from hub.conferences.rules import Answer, Attendance, ConferenceKind
from hub.inputs import Day, FormIn, Known, Line, Maybe, Number, TimeOfDay, Words, ask


def _web_address(text: str) -> str:
    if text and not text.startswith("https://"):
        raise ValueError("Enter a link that starts with https://")
    return text


class ConferenceIn(FormIn):
    kind: Annotated[ConferenceKind, Field(title="Choose what it is")] = ConferenceKind.case_conference
    purpose: Annotated[Line, ask("Say what the conference is for", longest=300)]
    day: Annotated[Day, Field(title="Enter the date, such as 27/3/2026")]
    starts: Annotated[TimeOfDay, Field(title="Enter when it starts, such as 10:30")]
    minutes: Annotated[Number, Field(title="Enter how many minutes it lasts")]
    place: Annotated[Line, Field(max_length=200)] = ""
    video_link: Annotated[Line, Field(max_length=500), AfterValidator(_web_address)] = ""
    chair: Annotated[Known, Field(title="Choose who chairs")]
    invitees: Annotated[list[Known], Field(title="Choose who is invited", min_length=1, max_length=60)]


class MoveIn(FormIn):
    day: Annotated[Day, Field(title="Enter the date, such as 27/3/2026")]
    starts: Annotated[TimeOfDay, Field(title="Enter when it starts, such as 10:30")]
    minutes: Annotated[Number, Field(title="Enter how many minutes it lasts")]
    place: Annotated[Line, Field(max_length=200)] = ""


class CancelIn(FormIn):
    reason: Annotated[Words, ask("Say why it is called off", longest=2000)]


class AnswerIn(FormIn):
    answer: Annotated[Answer, Field(title="Choose your answer")]


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
