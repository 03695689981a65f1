"""What may be typed as a contribution or beside one."""

from typing import Annotated

from pydantic import Field

from hub.agreements.rules import Power, Purpose
from hub.contributions.rules import Confidence, ContributionKind
from hub.inputs import Day, FormIn, Known, Maybe, Words, ask
from hub.sharing.rules import Audience, Consent


class ContributionIn(FormIn):
    kind: Annotated[ContributionKind, Field(title="Choose what this is")]
    words: Annotated[Words, ask("Enter what you know or think", longest=10_000)]
    as_of: Annotated[Day | None, Maybe] = None
    confidence: Confidence = Confidence.certain
    audience: Audience = Audience.circle
    agencies: Annotated[list[Known], Field(max_length=50)] = []
    purpose: Annotated[Purpose | None, Maybe] = None
    power: Annotated[Power | None, Maybe] = None
    consent: Consent = Consent.not_the_basis
    emergency: bool = False


class ConsentIn(FormIn):
    consent: Annotated[Consent, Field(title="Choose whether consent stands")]


class WithdrawIn(FormIn):
    reason: Annotated[Words, ask("Say why you withdraw this", longest=2000)]


class CommentIn(FormIn):
    words: Annotated[Words, ask("Enter your comment", longest=4000)]
