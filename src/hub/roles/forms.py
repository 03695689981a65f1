"""What may be typed about somebody's roles."""

from typing import Annotated

from pydantic import Field

from hub.inputs import FormIn, Words, ask
from hub.sharing.rules import Role


class RolesIn(FormIn):
    roles: Annotated[list[Role], Field(title="Choose roles from the list", max_length=len(Role))] = []
    reason: Annotated[Words, ask("Say why, in a sentence", longest=1000)]
    sure: bool = False
    """They have read what changes, and confirm it."""
