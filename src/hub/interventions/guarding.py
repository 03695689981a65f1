"""Stopping a booking that must not be made.

What must not be booked is known on a floor above (it compares agencies with each other), so it makes itself known
here. What an agency's own system sends is never stopped: it has happened there already.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.rules import Actor
from hub.interventions.tables import Intervention


class Guard(Protocol):
    """Raises Refused for a booking that must not be made, unless a reason to let it stand is given."""

    async def __call__(
        self, session: AsyncSession, booked: Intervention, *, override: str, by: Actor, at: datetime
    ) -> None: ...


_guards: list[Guard] = []


def before_booking(guard: Guard) -> Guard:
    """Has a guard look at everything that somebody books or moves."""
    _guards.append(guard)
    return guard


async def check_booking(
    session: AsyncSession, booked: Intervention, *, override: str = "", by: Actor, at: datetime
) -> None:
    """Asks every guard; the rows are written, and a refusal takes them back."""
    for guard in _guards:
        await guard(session, booked, override=override, by=by, at=at)
