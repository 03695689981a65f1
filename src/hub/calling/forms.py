"""What may be typed to call people together, to move a meeting, and to answer."""

from typing import Annotated

from pydantic import AfterValidator, Field

from hub.conference_kinds.rules import LONGEST_MINUTES
from hub.conferences.rules import Answer
from hub.inputs import Day, FormIn, Known, Line, Maybe, Number, TimeOfDay, Words, ask
from hub.invitations.rules import Reach, Repeat


def web_address(text: str) -> str:
    """A link that a browser opens safely."""
    if text and not text.startswith("https://"):
        raise ValueError("Enter a link that starts with https://")
    return text


class WhenIn(FormIn):
    """A time: one that was offered, or a day and an hour; and, for a series, how it goes on."""

    offer: Annotated[Line, Field(max_length=20)] = ""
    day: Annotated[Day | None, Maybe, Field(title="Enter the date, such as 27/3/2026")] = None
    starts: Annotated[TimeOfDay | None, Maybe, Field(title="Enter when it starts, such as 10:30")] = None
    minutes: Annotated[Number, Field(title="Enter how many minutes it lasts", ge=1, le=LONGEST_MINUTES)]
    place: Annotated[Line, Field(max_length=200)] = ""
    video_link: Annotated[Line, Field(max_length=500), AfterValidator(web_address)] = ""
    repeat: Annotated[Repeat | None, Maybe, Field(title="Choose how often")] = None
    every: Annotated[Number, Field(title="Enter a number from 1 to 26", ge=1, le=26)] = 1
    until: Annotated[Day | None, Maybe, Field(title="Enter the last day, such as 27/3/2027")] = None
    although_closed: Annotated[Line, Field(max_length=3)] = ""
    """`yes` from somebody who has read that it is not in working hours."""


class ConferenceIn(WhenIn):
    kind: Annotated[Line, ask("Choose what it is", longest=40)] = "case-conference"
    purpose: Annotated[Line, ask("Say what the conference is for", longest=300)]
    chair: Annotated[Known, Field(title="Choose who chairs")]
    chair_because: Annotated[Line, Field(max_length=500)] = ""
    invitees: Annotated[list[Known], Field(title="Choose who is invited", min_length=1, max_length=60)]


class SittingIn(WhenIn):
    kind: Annotated[Line, ask("Choose what it is", longest=40)]
    chair: Annotated[Known, Field(title="Choose who chairs")]
    members: Annotated[list[Known], Field(title="Choose who is asked", min_length=1, max_length=60)]


class MoveIn(FormIn):
    offer: Annotated[Line, Field(max_length=20)] = ""
    day: Annotated[Day | None, Maybe, Field(title="Enter the date, such as 27/3/2026")] = None
    starts: Annotated[TimeOfDay | None, Maybe, Field(title="Enter when it starts, such as 10:30")] = None
    minutes: Annotated[Number, Field(title="Enter how many minutes it lasts", ge=1, le=LONGEST_MINUTES)]
    place: Annotated[Line, Field(max_length=200)] = ""
    although_closed: Annotated[Line, Field(max_length=3)] = ""
    """`yes` from somebody who has read that it is not in working hours."""
    reach: Reach = Reach.this


class CancelIn(FormIn):
    reason: Annotated[Words, ask("Say why it is called off", longest=2000)]
    reach: Reach = Reach.this


class AnswerIn(FormIn):
    answer: Annotated[Answer, Field(title="Choose your answer")]
    reason: Annotated[Line, Field(max_length=300)] = ""
    rest: Annotated[Line, Field(max_length=3)] = ""
    """`yes` gives the same answer to the rest of a series."""


class DeputyIn(FormIn):
    deputy: Annotated[Known, Field(title="Choose who comes in your place")]


class NotNeededIn(FormIn):
    kind: Annotated[Line, ask("Choose what it is", longest=40)]
    reason: Annotated[Words, ask("Say why it is not needed", longest=500)]


class InterestIn(FormIn):
    nature: Annotated[Line, ask("Say how you are near to this case", longest=300)]


class LiftIn(FormIn):
    nature: Annotated[Line, ask("Say why they can come back in", longest=300)]


class FeedIn(FormIn):
    address: Annotated[Line, Field(max_length=1000)] = ""
