"""What may be typed about ways in and ways barred."""

from typing import Annotated

from pydantic import Field

from hub.access.rules import KeepingReason
from hub.inputs import Day, FormIn, Known, Line, Maybe, Words, ask
from hub.sharing.rules import Restriction, Side


class AdmitIn(FormIn):
    agency: Annotated[Known, Field(title="Choose an agency")]
    reason: Annotated[Words, Field(max_length=2000)] = ""


class SideIn(FormIn):
    side: Annotated[Side | None, Maybe] = None


class CoverIn(FormIn):
    agreement: Annotated[Known, Field(title="Choose an agreement")]


class RestrictIn(FormIn):
    mode: Annotated[Restriction, Field(title="Choose how it is kept")]
    reason_code: Annotated[KeepingReason, Field(title="Choose why")]
    reason: Annotated[Words, ask("Say why, in a sentence", longest=2000)]
    person: Annotated[Known | None, Maybe] = None
    workers: Annotated[list[Known], Field(max_length=100)] = []


class NamedIn(FormIn):
    workers: Annotated[list[Known], Field(max_length=100)] = []


class GuestIn(FormIn):
    name: Annotated[Line, ask("Enter their name", longest=120)]
    email: Annotated[Line, ask("Enter their email address", longest=200)]
    profession: Annotated[Line, ask("Enter their profession and where they work", longest=120)]
    phone: Annotated[Line, Field(max_length=40)] = ""
    until: Annotated[Day, Field(title="Enter the last day")]
    why: Annotated[Words, ask("Say why they are needed", longest=2000)]
