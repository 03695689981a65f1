"""The law of ways in and ways barred: the reasons, how long each lasts, and who is told."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hub.errors import Refused
from hub.sharing.rules import Restriction


class KeepingReason(StrEnum):
    """Why a case or person is kept from some."""

    conflict = "conflict-of-interest"
    staff = "staff-member"
    operation = "sensitive-operation"
    safety = "safety"

    @property
    def label(self) -> str:
        return {
            "conflict-of-interest": "Conflict of interest: somebody knows or is related to the family",
            "staff-member": "Somebody in it works for one of the agencies",
            "sensitive-operation": "A sensitive operation is under way",
            "safety": "Somebody would be in danger if it were known",
        }[self.value]


class EmergencyReason(StrEnum):
    """Why somebody outside the circle must read a case now."""

    child = "child-at-risk"
    adult = "adult-at-risk"
    staff = "staff-safety"
    missing = "missing-person"
    other = "other"

    @property
    def label(self) -> str:
        return {
            "child-at-risk": "A child is at risk of harm now",
            "adult-at-risk": "An adult is at risk of harm now",
            "staff-safety": "A colleague’s safety is at stake",
            "missing-person": "Somebody is missing",
            "other": "Another reason",
        }[self.value]


EMERGENCY = timedelta(hours=4)
REVIEWED_WITHIN = timedelta(hours=72)
"""An opening in an emergency is allowed and watched: reviewed afterwards, each one (NHS Spine self-claimed access)."""
SHORTEST_REASON = 20
DECLARED = "They have declared an interest in a conference about this case."
"""What a restriction says to begin with when it follows such a declaration; how near they are stays in the room."""
GUEST_LONGEST = timedelta(days=90)


def check_emergency_reason(reason: str) -> None:
    """Raises Refused for a reason too short to be reviewed."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused(
            f"Say in at least {SHORTEST_REASON} characters what has happened and what you need to know", field="reason"
        )


def check_until(until: date, today: date) -> None:
    """Raises Refused for an invitation that is over, or lasts longer than a guest's may."""
    if not today <= until <= today + GUEST_LONGEST:
        raise Refused(f"Choose a day from today to {GUEST_LONGEST.days} days ahead", field="until")


def check_named(mode: Restriction, named: Collection[UUID], *, keeper: UUID, accountable: UUID | None) -> list[UUID]:
    """The workers that a restriction names. Whoever sets it and whoever answers for the case are never shut out.

    Raises Refused when nobody would be kept out, or the person who answers for the case would be.
    """
    if mode.names_who_may:
        return list(dict.fromkeys([*named, keeper, *([accountable] if accountable else [])]))
    if not named:
        raise Refused("Choose who is kept out", field="workers")
    if accountable in named:
        raise Refused("Name another person to answer for the case first", field="workers")
    if keeper in named:
        raise Refused("You cannot keep yourself out. Ask a colleague", field="workers")
    return list(dict.fromkeys(named))


def review_due(opened_at: datetime) -> datetime:
    """Until when an opening in an emergency is to be reviewed."""
    return opened_at + REVIEWED_WITHIN
