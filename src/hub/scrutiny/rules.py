"""The law of scrutiny: who may be let in to read, and for how long.

Independent scrutiny of how agencies work together is asked for by statute (Children Act 2004 s.16G; Working Together
2023, chapter 2). How long one reading lasts is a partnership's practice.
"""

from collections.abc import Collection
from datetime import date, timedelta

from hub.errors import Refused
from hub.sharing.rules import Role

LONGEST = timedelta(days=60)


def check_scrutineer(roles: Collection[str]) -> None:
    """Raises Refused for somebody who is not a scrutineer."""
    if Role.scrutineer not in {Role(role) for role in roles}:
        raise Refused("Choose a scrutineer", field="worker")


def check_until(until: date, today: date) -> None:
    """Raises Refused for a last day that is over, or further ahead than one reading lasts."""
    if not today <= until <= today + LONGEST:
        raise Refused(f"Choose a day from today to {LONGEST.days} days ahead", field="until")
