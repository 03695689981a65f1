"""The law of a meeting with a list: who may call it, the order of the cases, and how long each has.

Each case on the list is a conference of its own, with the people of the meeting whose agencies stand in that case's
circle. So nobody sees a case through the list that they could not open, and what is decided belongs to the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hub.errors import Refused
from hub.sharing.rules import OUTSIDE_THE_CIRCLE, Role, Viewer

CHILD = 18
OPENING = timedelta(minutes=5)
"""Introductions and the confidentiality statement, before the first case."""
SHORTEST_ITEM, LONGEST_ITEM = 3, 120
USUAL_ITEM = 10
"""About ten minutes a case is what MARACs plan with (SafeLives)."""
RATINGS = ("red", "amber", "green")


class SittingState(StrEnum):
    scheduled = "scheduled"
    cancelled = "cancelled"


def may_call(viewer: Viewer) -> bool:
    """Coordinators and team leaders call a meeting with a list."""
    roles = {Role(role) for role in viewer.roles}
    return bool(roles & {Role.coordinator, Role.leader}) and not roles & OUTSIDE_THE_CIRCLE


@dataclass(frozen=True)
class Item:
    """A case on the list, as far as the order needs to know it."""

    conference_id: UUID
    minutes: int
    children: bool
    rating: str | None
    added_at: datetime
    by_hand: int | None = None
    """Where the chair has put it; null leaves it to its need."""


def in_order(items: Sequence[Item]) -> list[Item]:
    """Cases with children first, so that children's agencies may leave; then by rating, then as they came (SafeLives).

    What the chair has placed by hand stands where it was put.
    """
    by_need = sorted(
        (item for item in items if item.by_hand is None),
        key=lambda item: (
            not item.children,
            RATINGS.index(item.rating) if item.rating in RATINGS else len(RATINGS),
            item.added_at,
            item.conference_id.hex,
        ),
    )
    for item in sorted((one for one in items if one.by_hand is not None), key=lambda one: (one.by_hand, one.added_at)):
        by_need.insert(min(item.by_hand or 0, len(by_need)), item)
    return by_need


def times(starts_at: datetime, items: Sequence[Item]) -> list[tuple[Item, datetime, datetime]]:
    """When each case is, one after another from the end of the introductions."""
    found = []
    begins = starts_at + OPENING
    for item in items:
        ends = begins + timedelta(minutes=item.minutes)
        found.append((item, begins, ends))
        begins = ends
    return found


def check_item(minutes: int) -> None:
    """Raises Refused for a time that no case is given."""
    if not SHORTEST_ITEM <= minutes <= LONGEST_ITEM:
        raise Refused(f"Give a case from {SHORTEST_ITEM} to {LONGEST_ITEM} minutes", field="minutes")


def overrun(ends_at: datetime, listed: Sequence[tuple[Item, datetime, datetime]]) -> int:
    """By how many minutes the list is longer than the meeting; 0 when it fits."""
    return max(0, round((listed[-1][2] - ends_at).total_seconds() / 60)) if listed else 0
