"""The law of asking: what for, under which law, by when, and what counts as an answer.

Silence is the only fault. A refusal with its reason is an answer; “data protection” by itself is not a reason, because
the law that is named in each request permits the sharing (Home Office review of MASH models, 2014; Children Act 2004
s.16LA; the Information Commissioner's data sharing code).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hub.cases.rules import Rating, Scheme, check_reason
from hub.errors import Conflict, Refused
from hub.requests.wording import Emptiness, emptiness
from hub.times import short_day
from hub.vocabulary import codes

GATEWAYS = "sharing-gateway"
LONGEST_DELAY = timedelta(days=60)
SHORTEST_REFUSAL = 20


class Purpose(StrEnum):
    """What the information is for."""

    protect_child = "protect-child"
    protect_adult = "protect-adult"
    prevent_harm = "prevent-harm"
    understand_need = "understand-need"
    plan_help = "plan-help"
    prepare_conference = "prepare-conference"

    @property
    def label(self) -> str:
        return {
            "protect-child": "To protect a child",
            "protect-adult": "To protect an adult at risk",
            "prevent-harm": "To prevent crime or harm to others",
            "understand-need": "To understand what a family needs",
            "plan-help": "To plan help together",
            "prepare-conference": "To prepare a conference",
        }[self.value]


class ReplyKind(StrEnum):
    """The four answers."""

    supplied = "supplied"
    part = "part"
    nothing = "nothing"
    refused = "refused"

    @property
    def label(self) -> str:
        return {
            "supplied": "Supplied",
            "part": "Supplied in part",
            "nothing": "Nothing held",
            "refused": "Refused with a reason",
        }[self.value]

    @property
    def withholds(self) -> bool:
        return self in (ReplyKind.part, ReplyKind.refused)


class Refusal(StrEnum):
    """Why information is not given. A closed list; the words beside it say it for this request."""

    not_relevant = "not-relevant"
    detrimental = "detrimental"
    investigation = "investigation"
    source_at_risk = "source-at-risk"
    privilege = "privilege"
    third_party = "third-party"
    not_ours = "not-ours"
    no_basis = "no-basis"
    other = "other"

    @property
    def label(self) -> str:
        return {
            "not-relevant": "Not relevant to the purpose",
            "detrimental": "More detrimental to the child than not sharing (Children Act 2004 section 16LA(3))",
            "investigation": "Would prejudice a live investigation",
            "source-at-risk": "Would put a source at risk",
            "privilege": "Legal privilege",
            "third-party": "About a third party",
            "not-ours": "Not our data",
            "no-basis": "No lawful basis identified: sent to the data-protection lead",
            "other": "Another reason",
        }[self.value]


class MoreTime(StrEnum):
    """Why an agency needs longer."""

    searching = "searching"
    away = "away"
    manager = "manager"
    advice = "advice"

    @property
    def label(self) -> str:
        return {
            "searching": "The records are being searched",
            "away": "The person who knows is away",
            "manager": "A manager has to agree",
            "advice": "We are taking advice",
        }[self.value]


class Review(StrEnum):
    """What the information guardian makes of a refusal."""

    upheld = "upheld"
    overturned = "overturned"

    @property
    def label(self) -> str:
        return {"upheld": "The refusal stands", "overturned": "The information can be shared"}[self.value]


# --- The law and the clock --------------------------------------------------------------------------------------

LIKELY_GATEWAY = {
    Scheme.family_help: "ca2004-16la",
    Scheme.child_protection: "ca1989-47",
    Scheme.marac: "cda1998-115",
    Scheme.iom: "oma2007-14",
    Scheme.adult_safeguarding: "care2014-45",
}
LIKELY_PURPOSE = {
    Scheme.family_help: Purpose.understand_need,
    Scheme.child_protection: Purpose.protect_child,
    Scheme.marac: Purpose.prevent_harm,
    Scheme.iom: Purpose.prevent_harm,
    Scheme.adult_safeguarding: Purpose.protect_adult,
}


def reply_timer(rating: Rating | None) -> str:
    """The clock of a request: 2 hub hours when the case is red, 6 when amber, else 24."""
    return {Rating.red: "T06R", Rating.amber: "T06"}.get(rating, "T06G") if rating else "T06G"


def review_timer(rating: Rating | None) -> str:
    """The clock of the data-protection lead: 2 hub hours when the case is red, else one working day."""
    return "T06DR" if rating is Rating.red else "T06D"


def check_asking(
    question: str,
    about: Collection[UUID],
    people: Collection[UUID],
    agencies: Collection[UUID],
    own: UUID,
    gateway: str,
) -> None:
    """Raises Refused for a request that asks nobody, about nobody, nothing, or under no law."""
    if not agencies:
        raise Refused("Choose at least one agency to ask", field="agencies")
    if own in agencies:
        raise Refused("Choose other agencies than your own", field="agencies")
    if not about:
        raise Refused("Choose who it is about", field="about")
    if not set(about) <= set(people):
        raise Refused("Choose people of this case", field="about")
    check_reason(question, "question")
    if gateway not in codes(GATEWAYS):
        raise Refused("Choose the law that lets them share", field="gateway")


def check_later(until: datetime, at: datetime, field: str = "until_day") -> None:
    """Raises Refused for a new time that has gone by or lies too far ahead to be an answer."""
    if until <= at:
        raise Refused("Choose a time that lies ahead", field=field)
    if until > at + LONGEST_DELAY:
        raise Refused("Choose a day within the next 60 days", field=field)


def is_silent(due_at: datetime, answered_at: datetime | None, withdrawn_at: datetime | None, at: datetime) -> bool:
    """Whether an agency has let the time go by and said nothing. Any answer, a refusal too, ends the silence."""
    return answered_at is None and withdrawn_at is None and at > due_at


def check_waiting(answered_at: datetime | None, withdrawn_at: datetime | None) -> None:
    """Raises Conflict when there is nothing to answer any more."""
    if withdrawn_at is not None:
        raise Conflict("This request has been taken back: no answer is needed.")
    if answered_at is not None:
        raise Conflict("A colleague of yours has answered this already. Reload the page to see how.")


# --- Nothing held -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Search:
    """Which system was searched, for which years, and when."""

    system: str
    since: int
    until: int
    on: date

    def sentence(self, what: str, today: date) -> str:
        """`No current tenancy; housing system searched 3 March for 2020–2026.`"""
        years = str(self.since) if self.since == self.until else f"{self.since}–{self.until}"
        head = what.strip().rstrip(".;") or "Nothing held"
        return f"{head}; {self.system} searched {short_day(self.on, today)} for {years}."


def check_search(system: str, since: int | None, until: int | None, on: date | None, today: date) -> Search:
    """The search behind “nothing held”. Raises Refused unless all of it is said: “nothing” means nothing more."""
    if not system.strip():
        raise Refused("Say which system was searched", field="system")
    if since is None:
        raise Refused("Enter the first year that was searched", field="since_year")
    if until is None:
        raise Refused("Enter the last year that was searched", field="until_year")
    if not since <= until <= today.year:
        raise Refused("Enter years in their order, none of them ahead", field="until_year")
    if on is None:
        raise Refused("Enter the day of the search", field="searched_on")
    if on > today:
        raise Refused("The day of the search cannot lie ahead", field="searched_on")
    return Search(system.strip(), since, until, on)


def check_refusal(reason: str, *, gateway: str, review_time: str, field: str = "because") -> None:
    """Raises Refused for a reason that says nothing; for “data protection”, with the law that permits the sharing."""
    empty = emptiness(reason)
    if empty is Emptiness.data_protection:
        law = codes(GATEWAYS).get(gateway, "The law named in the request")
        raise Refused(
            "Data protection law does not stop this sharing by itself. "
            f"{law}. Say what would go wrong here if you shared, or choose “{Refusal.no_basis.label}” and say what you "
            f"are unsure about: ask the data-protection lead, who answers within {review_time}.",
            field=field,
        )
    if empty is Emptiness.no_words or len(reason.strip()) < SHORTEST_REFUSAL:
        raise Refused("Say in a sentence what would go wrong here if you shared it", field=field)
