"""Steering a case: a change of its rating, its stage or its accountable person, told to whoever keeps the register.

What is so changed while no conference of the case is open was decided between meetings, and nothing decided there
may go unseen. The register stands on a floor above (it knows conferences and decisions), so it makes itself known
here; a Hub in which nobody has refuses to change anything rather than change it unseen.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import check_reason
from hub.errors import Refused
from hub.events.rules import Actor


class Matter(StrEnum):
    """What was decided between meetings."""

    rating = "rating"
    stage = "stage"
    closing = "closing"
    accountable = "accountable"
    other = "other"

    @property
    def label(self) -> str:
        return {
            "rating": "The rating",
            "stage": "The stage",
            "closing": "Closing the case",
            "accountable": "Who answers for the case",
            "other": "Something else",
        }[self.value]


class WhyNow(StrEnum):
    """Why something was decided without waiting for the next conference."""

    routine = "routine"
    delegated = "delegated"
    emergency = "emergency"
    other = "other"

    @property
    def label(self) -> str:
        return {
            "routine": "Routine: it changes nothing that we agreed",
            "delegated": "A conference left it to us",
            "emergency": "Emergency: it could not wait",
            "other": "Something else, as I say above",
        }[self.value]

    @property
    def short(self) -> str:
        return {"delegated": "left to them by a conference", "other": "another reason"}.get(self.value, self.value)


@dataclass(frozen=True)
class Between:
    """What is asked about a change made between meetings: why now, and which agencies were asked first."""

    why_now: WhyNow = WhyNow.routine
    consulted: Collection[UUID] = ()


ROUTINE = Between()


def check_why(between: Between | None, words: str, field: str = "reason") -> None:
    """Raises Refused for “something else” without the words that say what."""
    if between is not None and between.why_now is WhyNow.other:
        try:
            check_reason(words, field)
        except Refused:
            raise Refused("Say here why it could not wait for a conference", field=field) from None


@dataclass(frozen=True)
class Steered:
    """A change of course, as it has just been made."""

    case_id: UUID
    matter: Matter
    was: str | UUID | None
    now: str | UUID | None
    """A code of a rating or stage, or the identity of a worker."""
    reason: str
    between: Between
    by: Actor
    at: datetime


class Register(Protocol):
    """Whoever knows when a conference is being held, and writes down what is decided when none is."""

    async def is_meeting(self, session: AsyncSession, case_id: UUID, at: datetime) -> bool:
        """Whether a conference of the case is being held."""

    async def note(self, session: AsyncSession, steered: Steered) -> None:
        """Writes the change down, unless a conference of the case is being held."""


_kept: list[Register] = []


def keep(register: Register) -> None:
    """Makes the register known, when its room is opened."""
    _kept[:] = [register]


def register() -> Register:
    """The register. Raises LookupError in a Hub in which nobody keeps one."""
    if not _kept:
        raise LookupError("nobody keeps the register of what is decided between meetings: import hub.deciding")
    return _kept[0]
