"""What may be typed as a report or a paper."""

from typing import Annotated

from pydantic import Field

from hub.inputs import FormIn, Known, Line, Words, ask
from hub.sharing.rules import Audience


class ReportIn(FormIn):
    words: Annotated[Words, Field(max_length=10_000)] = ""
    nothing: bool = False
    searched: Annotated[Words, Field(max_length=500)] = ""
    audience: Audience = Audience.circle
    agencies: Annotated[list[Known], Field(max_length=50)] = []
    emergency: bool = False


class PaperIn(FormIn):
    title: Annotated[Line, ask("Give the paper a title", longest=120)]
    words: Annotated[Words, ask("Enter what the paper says", longest=10_000)]
    audience: Audience = Audience.circle
    agencies: Annotated[list[Known], Field(max_length=50)] = []
    emergency: bool = False
