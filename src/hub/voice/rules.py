"""The law of the family's own voice: asked and written down, or the reason why not; told, or the reason why not.

Reviews find again and again that nobody asked the child (Laming 2003; Child Safeguarding Practice Review Panel), and
families find that everybody asks the same thing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from hub.errors import Refused

ASKED_TOO_OFTEN = 3
WITHIN = timedelta(days=30)


class Topic(StrEnum):
    """What somebody was asked about. A closed list, so that the same question can be known again."""

    wishes = "wishes"
    safety = "safety"
    what_happened = "what-happened"
    home = "home"
    school = "school"
    health = "health"
    money = "money"
    contact = "contact"
    plan = "plan"

    @property
    def label(self) -> str:
        return {
            "wishes": "What they want to change",
            "safety": "Whether they feel safe",
            "what-happened": "What happened",
            "home": "Home",
            "school": "School or work",
            "health": "Health",
            "money": "Money",
            "contact": "Whom they want to see",
            "plan": "What they think of the plan",
        }[self.value]


class WhyNot(StrEnum):
    """Why somebody was not asked, or was not told."""

    harm = "harm"
    investigation = "investigation"
    not_found = "not-found"
    asked_not_to = "asked-not-to"
    too_young = "too-young"

    @property
    def label(self) -> str:
        return {
            "harm": "It could put somebody in harm’s way",
            "investigation": "It would prejudice an investigation",
            "not-found": "They cannot be found",
            "asked-not-to": "They asked not to be",
            "too-young": "Too young to say; what they show is written as a contribution",
        }[self.value]


NOT_TOLD = (WhyNot.harm, WhyNot.investigation, WhyNot.not_found, WhyNot.asked_not_to)


def check_voice(words: str, unheard: WhyNot | None, asked_on: date, today: date) -> None:
    """Raises Refused unless there are words, or the reason why there are none, and not both."""
    if not words.strip() and unheard is None:
        raise Refused("Write what they said in their own words, or choose why there are none", field="words")
    if words.strip() and unheard is not None:
        raise Refused("Choose a reason only when there are no words", field="unheard")
    if asked_on > today:
        raise Refused("The day cannot lie ahead", field="asked_on")


def check_told(what: str, why_not: WhyNot | None, told_on: date, today: date) -> None:
    """Raises Refused unless it is said what they were told, or the reason why they were not, and not both."""
    if not what.strip() and why_not is None:
        raise Refused("Say what they were told, or choose why they were not", field="what")
    if what.strip() and why_not is not None:
        raise Refused("Choose a reason only when they were not told", field="not_told")
    if why_not is WhyNot.too_young:
        raise Refused("Choose why they were not told", field="not_told")
    if told_on > today:
        raise Refused("The day cannot lie ahead", field="told_on")


@dataclass(frozen=True)
class Asking:
    """That somebody was asked about something, by which agency and when."""

    person_id: UUID
    topic: Topic
    agency_id: UUID
    on: date


def asked_already(askings: Iterable[Asking], today: date) -> dict[tuple[UUID, Topic], set[UUID]]:
    """The people and topics that three agencies or more have asked about within thirty days, with those agencies."""
    found: dict[tuple[UUID, Topic], set[UUID]] = {}
    for one in askings:
        if today - WITHIN <= one.on <= today:
            found.setdefault((one.person_id, one.topic), set()).add(one.agency_id)
    return {key: agencies for key, agencies in found.items() if len(agencies) >= ASKED_TOO_OFTEN}
