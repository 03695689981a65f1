"""What may be typed in a disagreement."""

from typing import Annotated

from pydantic import Field

from hub.escalations.rules import About
from hub.inputs import FormIn, Known, Line, Words, ask


class RaiseIn(FormIn):
    about: Annotated[About, Field(title="Open this form from a decision, a request, a clash or a lane")]
    which: Annotated[Line, ask("Open this form from a decision, a request, a clash or a lane", longest=26)]
    agency: Annotated[Known, Field(title="Choose the agency that sees it differently")]
    disputed: Annotated[Words, ask("Say what you see differently", longest=2000)]
    we_want: Annotated[Words, ask("Say what your agency wants", longest=2000)]
    they_want: Annotated[Words, ask("Say what they want, as they would say it", longest=2000)]
    evidence: Annotated[Words, Field(max_length=4000)] = ""


class ProposeIn(FormIn):
    plan: Annotated[Words, ask("Write the plan that you propose", longest=4000)]


class WordsIn(FormIn):
    words: Annotated[Words, ask("Say it in a sentence or two", longest=4000)]
