"""What may be typed at triage."""

from typing import Annotated

from pydantic import Field

from hub.cases.rules import Rating, Scheme
from hub.inputs import FormIn, Known, Line, Maybe, Words, ask
from hub.referrals.rules import Decision


class RateIn(FormIn):
    rating: Annotated[Rating, Field(title="Choose a rating")]
    reason: Annotated[Words, ask("Give a reason that a colleague at another agency would understand", longest=2000)]


class MatchIn(FormIn):
    person: Annotated[Line, ask("Choose one of the people shown, or “Somebody new”", longest=26)]


class DecideIn(FormIn):
    """The decision, and, when it opens a case, what that takes: checked together in the handler."""

    decision: Annotated[Decision, Field(title="Choose what happens next")]
    reason: Annotated[Words, ask("Give the reason for your decision", longest=4000)]
    feedback: Annotated[Words, Field(max_length=2000)] = ""
    strategy: bool = False
    """Opens the case for a strategy discussion (Children Act 1989, section 47)."""
    problem: Annotated[Line, Field(max_length=300)] = ""
    scheme: Scheme = Scheme.family_help
    family: Annotated[Line, Field(max_length=26)] = ""
    accountable: Annotated[Known | None, Maybe] = None
    agencies: Annotated[list[Known], Field(max_length=50)] = []
    case: Annotated[Known | None, Maybe] = None

    @property
    def decided(self) -> Decision:
        """The decision, with the strategy discussion that was ticked beneath it."""
        return Decision.strategy_discussion if self.strategy and self.decision is Decision.open_case else self.decision
