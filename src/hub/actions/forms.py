"""What may be typed about an action."""

from typing import Annotated

from pydantic import Field

from hub.actions.rules import ActionState
from hub.inputs import FormIn, Words, ask


class FinishIn(FormIn):
    state: Annotated[ActionState, Field(title="Choose how it ended")]
    note: Annotated[Words, ask("Say what was done, or why not", longest=2000)]
