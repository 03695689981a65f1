"""What may be typed to let a scrutineer in."""

from typing import Annotated

from pydantic import Field

from hub.inputs import Day, FormIn, Known, Words, ask


class ScrutinyIn(FormIn):
    worker: Annotated[Known, Field(title="Choose a scrutineer")]
    until: Annotated[Day, Field(title="Enter the last day")]
    why: Annotated[Words, ask("Say what is looked into, and why in this case", longest=2000)]
