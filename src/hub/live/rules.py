"""What an event is called on the wire: names only, so that nothing leaks to whoever listens."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from hub.events.rules import LOOKS, Kind
from hub.ids import ref

REFRESH = "refresh"
"""Sent when a stream may have missed something: everything that is live asks again."""


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
    return frozenset(found)


def may_hear(heard: Heard, agency_id: UUID, *, at_case: Collection[UUID], at_referral: Collection[UUID]) -> bool:
    """Whether workers of an agency may be told that this happened: they stand around it, and it is not kept from them."""
    if heard.only_agencies is not None and agency_id not in heard.only_agencies:
        return False
    return agency_id in at_case or agency_id in at_referral
