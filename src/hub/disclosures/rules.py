"""The law of disclosing: what a share must say of itself, and what an emergency may leave for the next day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from hub.errors import Refused
from hub.workdays import end_of_working_day

EMERGENCY_WORKING_DAYS = 1
"""An emergency is shared first; its basis is written down within one working day (ICO Data Sharing Code: emergencies)."""


class Trigger(StrEnum):
    """What made the share happen."""

    contribution = "contribution"
    admission = "admission"
    guest = "guest"
    emergency_opening = "emergency-opening"

    @property
    def label(self) -> str:
        return {
            "contribution": "Shared in the lane",
            "admission": "Shared when they joined the circle",
            "guest": "Shared with a guest",
            "emergency-opening": "Opened in an emergency",
        }[self.value]


@dataclass(frozen=True)
class Grounds:
    """For what, and by what right, something is shared."""

    purpose: str = ""
    power: str = ""
    bases: tuple[str, ...] = ()
    regime: str = ""
    agreement_id: UUID | None = None
    emergency: bool = False

    @property
    def complete(self) -> bool:
        return bool(self.purpose and self.power and self.bases)


def check_grounds(grounds: Grounds, *, others: Collection[UUID]) -> None:
    """Raises Refused when something leaves its agency outside a live agreement and it is no emergency, or says not why."""
    if not others or grounds.emergency:
        return
    if grounds.agreement_id is None:
        raise Refused(
            "No live agreement covers sharing this case for your agency. Keep it for your own agency, or tick that it "
            "is an emergency: then it is shared now and you give the basis by the end of the next working day",
            field="audience",
        )
    if not grounds.complete:
        raise Refused("Choose a purpose, a power and a basis", field="purpose")


def basis_due(at: datetime) -> datetime:
    """Until when the basis of an emergency is completed: the end of the next working day."""
    return end_of_working_day(at, EMERGENCY_WORKING_DAYS)
