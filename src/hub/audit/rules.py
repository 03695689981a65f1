"""What a look was at, in words, and when a look is unusual."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.events.rules import Kind

LOOKED_AT: Mapping[str, str] = {
    Kind.case_viewed.value: "The case page",
    Kind.case_history_viewed.value: "The history",
    Kind.week_viewed.value: "The week",
    Kind.month_viewed.value: "The month",
    Kind.year_viewed.value: "The twelve months",
    Kind.outcomes_viewed.value: "Plan and outcomes",
    Kind.conferences_listed.value: "The conferences",
    Kind.conference_viewed.value: "A conference",
    Kind.calendar_read.value: "A calendar invitation",
    Kind.family_viewed.value: "The family",
    Kind.person_viewed.value: "The person’s page",
    Kind.search_made.value: "A search that found them",
    Kind.looks_viewed.value: "Who has looked",
    Kind.referral_viewed.value: "A referral",
}
PAGES: Mapping[str, str] = {
    "rate": "the form to rate the case",
    "move": "the form to move the case",
    "problem": "how the problem was stated",
    "accountable": "who answers for the case",
    "circle": "who is around the case",
    "contact": "whom to ring",
    "return": "the form to hand back",
    "lanes": "what one agency says",
    "contributions": "a contribution",
    "interventions": "an intervention",
    "clashes": "a clash",
    "outcomes": "an outcome",
    "actions": "an action",
    "conferences": "a conference",
    "decide": "the form to decide",
    "handover": "a handover",
    "scrutiny": "the form to let a scrutineer in",
    "retention": "how long the record is kept",
}
"""By the last word of a route that says what is shown there."""
OPENS, CLOSES = 8, 18
"""Working hours for the rule below: working days from eight to six, on the wall clock in London."""


def page_in_words(page: str) -> str:
    """A route in words: `/cases/{case}/rate` is the form to rate the case."""
    steps = [step for step in page.split("/") if step and not step.startswith("{")]
    return next((PAGES[step] for step in reversed(steps) if step in PAGES), "another page about them")


def looked_at(kind: str, page: str) -> str:
    """What a look was at, in words; a kind that has no words yet is told by its name."""
    if page:
        words = page_in_words(page)
        return words[:1].upper() + words[1:]
    return LOOKED_AT.get(kind) or kind.partition(":")[0].replace("-", " ").capitalize()


@dataclass(frozen=True)
class Look:
    """The looks of one worker on one day: at what, how often, from when to when, and what is unusual in them."""

    worker_id: UUID | None
    agency_id: UUID | None
    opened: Sequence[tuple[str, str]]
    """The kind and the page of each look."""
    first: datetime
    last: datetime
    outside_circle: bool
    outside_hours: bool
    nothing_to_do: bool
    reason: str = ""

    @property
    def what(self) -> list[tuple[str, int]]:
        """What was opened and how often, the most often opened first."""
        return Counter(looked_at(kind, page) for kind, page in self.opened).most_common()

    @property
    def unusual(self) -> list[str]:
        """Why it stands out, in words; none for a usual look."""
        found: list[Any] = [
            (self.outside_circle, "not in the circle now"),
            (self.outside_hours, "outside working hours"),
            (self.nothing_to_do, "nothing else to do with this"),
        ]
        return [words for true, words in found if true]
