"""What may be typed about a problem and about risk."""

from typing import Annotated

from pydantic import Field

from hub.cases.rules import Rating
from hub.inputs import FormIn, Known, Line, Words, ask
from hub.problems.proposals import Tag
from hub.problems.rules import LONGEST_FRAMING, LONGEST_LINE, View


class StatementIn(FormIn):
    problem: Annotated[Line, ask("Say what the problem is in one line", longest=300)]
    cites: Annotated[list[Known], Field(max_length=100, title="Choose contributions from the list")] = []


class AskIn(FormIn):
    reason: Annotated[Words, Field(max_length=2000)] = ""


class FramingIn(FormIn):
    words: Annotated[Words, ask("Say how your agency sees the problem", longest=LONGEST_FRAMING)]


class RestateIn(FormIn):
    words: Annotated[Words, ask("Say their view in your own words", longest=LONGEST_FRAMING)]


class CorrectIn(FormIn):
    correction: Annotated[Words, ask("Say what your view really is", longest=LONGEST_FRAMING)]


class LineIn(FormIn):
    view: Annotated[View, Field(title="Choose whether agencies agree or differ here")]
    words: Annotated[Line, ask("Say in one line what agencies agree or differ on", longest=LONGEST_LINE)]


class TagsIn(FormIn):
    tags: Annotated[list[Tag], Field(max_length=len(Tag), title="Choose from the list")] = []


class RiskIn(FormIn):
    rating: Annotated[Rating, Field(title="Choose a rating")]
    reason: Annotated[Words, ask("Give a reason that a colleague at another agency would understand", longest=2000)]
