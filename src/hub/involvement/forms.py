"""What may be searched for."""

from typing import Annotated

from pydantic import Field

from hub.inputs import FormIn, Line


class SearchIn(FormIn):
    q: Annotated[Line, Field(max_length=100)] = ""
