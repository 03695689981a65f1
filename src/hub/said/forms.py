"""What may be typed about something that was said."""

from typing import Annotated

from pydantic import Field

from hub.contributions.rules import ContributionKind
from hub.inputs import FormIn, Known, Words, ask
from hub.said.rules import Where


class NoteIn(FormIn):
    words: Annotated[Words, ask("Write down what was said", longest=10_000)]
    speaker: Annotated[Known, Field(title="Choose who said it")]
    place: Annotated[Where, Field(title="Choose where it was said")]
    kind: Annotated[ContributionKind, Field(title="Choose what this is")] = ContributionKind.fact


class ConfirmIn(FormIn):
    words: Annotated[Words, Field(max_length=10_000)] = ""


class DisownIn(FormIn):
    reason: Annotated[Words, ask("Say what is wrong with it", longest=2000)]
