"""The law of triage: what a referral's clock is, what can be decided, and what order its revisions come in."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from hub import timers
from hub.cases.rules import Rating, check_reason
from hub.errors import Refused


class Decision(StrEnum):
    """What can be decided about a referral (Working Together: help at the right level)."""

    open_case = "open-case"
    strategy_discussion = "strategy-discussion"
    join_case = "join-case"
    early_help = "early-help"
    advice = "advice"
    no_further_action = "no-further-action"

    @property
    def label(self) -> str:
        return {
            "open-case": "Open a joint case",
            "strategy-discussion": "Open a joint case and hold a strategy discussion",
            "join-case": "Add it to a case that is open",
            "early-help": "Early help",
            "advice": "Information and advice",
            "no-further-action": "No further action",
        }[self.value]

    @property
    def hint(self) -> str:
        return {
            "open-case": "Several agencies need to work together. You name the one person who answers for it.",
            "strategy-discussion": "A child may be suffering significant harm (Children Act 1989, section 47).",
            "join-case": "The family is known, and the work goes on there.",
            "early-help": "One agency can help the family, with their agreement.",
            "advice": "The referrer is told what can be done without us.",
            "no-further-action": "Nothing more is needed. The referrer is told why.",
        }[self.value]

    @property
    def opens(self) -> bool:
        return self in (Decision.open_case, Decision.strategy_discussion)


class State(StrEnum):
    """Where a referral stands, in the words of its receipt."""

    received = "received"
    held = "held"
    superseded = "superseded"
    accepted = "accepted"
    merged = "merged"
    rejected = "rejected"
    withdrawn = "withdrawn"


STATE_AFTER: Mapping[Decision, State] = {
    Decision.open_case: State.accepted,
    Decision.strategy_discussion: State.accepted,
    Decision.join_case: State.merged,
    Decision.early_help: State.accepted,
    Decision.advice: State.rejected,
    Decision.no_further_action: State.rejected,
}


class Urgency(StrEnum):
    """How urgent the referrer says it is. An urgency that we do not know is taken as urgent."""

    immediate = "immediate"
    urgent = "urgent"
    routine = "routine"

    @classmethod
    def read(cls, code: str) -> "Urgency":
        try:
            return cls(code)
        except ValueError:
            return cls.urgent


RATING_TIMER = {Rating.red: "T03", Rating.amber: "T04", Rating.green: "T05"}


def respond_by(
    received_at: datetime,
    rating: Rating | None,
    *,
    rated_at: datetime | None,
    urgency: Urgency,
    clocks: Mapping[str, Any],
) -> datetime:
    """When the decision is due.

    Before it is rated: one working day from receipt (Working Together), or the red clock where the referrer says
    "immediate". Once rated: the clock of the rating, from the moment of rating; blue keeps the working day. A rating
    never gives more time than the working day that the guidance allows, except that hub hours do not run at night.
    """
    guidance = timers.due("T02", received_at, clocks)
    if rating is None or rated_at is None:
        return min(guidance, timers.due("T03", received_at, clocks)) if urgency is Urgency.immediate else guidance
    code = RATING_TIMER.get(rating)
    return timers.due(code, rated_at, clocks) if code else guidance


class Arrival(StrEnum):
    """What to do with a revision of a referral, in whatever order revisions arrive."""

    apply = "apply"
    hold = "hold"
    superseded = "superseded"


def arrival(held_revision: int, revision: int) -> Arrival:
    """The next revision is applied, a later one waits for those before it, an older one never overwrites.

    `held_revision` is the last one applied, 0 when there is none. Any order of the same messages ends the same.
    """
    if revision <= held_revision:
        return Arrival.superseded
    return Arrival.apply if revision == held_revision + 1 else Arrival.hold


def check_decision(decision: Decision, reason: str, *, unmatched: int) -> None:
    """Raises Refused when a decision lacks its reason, or would open a case about people not yet told apart."""
    check_reason(reason)
    if decision.opens and unmatched:
        raise Refused("First say whether the people marked “Perhaps known” are the ones we know", field="decision")
