"""What an event is called on the wire: names only, so that nothing leaks to whoever listens."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from hub.events.rules import LOOKS, Kind
from hub.ids import ref

REFRESH = "refresh"
"""Sent when a stream may have missed something: everything that is live asks again."""


SAYS_AGAIN_SECONDS = 20.0
"""How often an open page of a case says that it is still there."""
GONE_AFTER = timedelta(seconds=45)
"""A page that has said nothing for so long is not there: two chances missed, whatever became of its server."""


def here_name(case_id: UUID) -> str:
    """What a page of a case is told when somebody has come to the case or gone from it."""
    return f"here-{ref(case_id)}"


@dataclass(frozen=True)
class Heard:
    """An event as the live screen knows it."""

    kind: str
    case_id: UUID | None
    referral_id: UUID | None
    only_agencies: frozenset[UUID] | None
    subject_type: str = ""
    subject_id: UUID | None = None


def names(heard: Heard) -> frozenset[str]:
    """The names that pages listen for. A look is silent, or every look would wake the others."""
    if heard.kind in {kind.value for kind in LOOKS}:
        return frozenset()
    if heard.kind.startswith("minute:") and heard.subject_id is not None:
        # A line of the minutes is for the room alone: the pages of the case say nothing about it until it is closed.
        return frozenset({f"minutes-{ref(heard.subject_id)}"})
    found = set()
    if heard.case_id is not None:
        found |= {"board", "my-work", f"case-{ref(heard.case_id)}"}
    if heard.referral_id is not None or heard.kind == Kind.envelope_set_aside:
        found |= {"referrals", "my-work"}
    if heard.referral_id is not None:
        found.add(f"referral-{ref(heard.referral_id)}")
    if heard.kind.startswith(("conference:", "decision:", "position:", "action:")):
        found.add("conferences")
    if heard.kind.startswith("outcome:"):
        found.add("outcomes")
    return frozenset(found) | request_names(heard)


def request_names(heard: Heard) -> frozenset[str]:
    """The names for an agency that a request asks from outside the circle: of the request, and never of the case."""
    if heard.subject_type != "information_request" or heard.subject_id is None:
        return frozenset()
    return frozenset({"requests", "my-work", f"request-{ref(heard.subject_id)}"})


def may_hear(heard: Heard, agency_id: UUID) -> bool:
    """Whether workers of an agency to whom the case or referral opens may be told that this happened."""
    return heard.only_agencies is None or agency_id in heard.only_agencies


REVOKES = frozenset(
    kind.value
    for kind in (
        Kind.agency_left,
        Kind.case_restricted,
        Kind.case_restriction_changed,
        Kind.guest_ended,
        Kind.agreement_left,
        Kind.agreement_ended,
        Kind.case_agreement_changed,
        Kind.side_chosen,
        Kind.consent_changed,
        Kind.scrutiny_ended,
        Kind.worker_roles_changed,
    )
)
"""Kinds that take a right away from somebody who may have a page open: every page asks again for what it may see."""
