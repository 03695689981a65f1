"""The ladder of disagreement: four steps, a clock on each, one person on each side, and nobody to blame.

Professional difference is a sign of good practice. Working Together to Safeguard Children asks each partnership for a
clear escalation policy; the steps and their times are those that Lincolnshire publishes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from uuid import UUID

from hub.cases.rules import check_reason
from hub.errors import Conflict, Refused
from hub.sharing.rules import Role


class Rung(IntEnum):
    """A step of the ladder."""

    practitioner = 1
    manager = 2
    senior = 3
    chair = 4

    @property
    def label(self) -> str:
        return {
            1: "Practitioner to practitioner",
            2: "Manager to manager",
            3: "Senior officer to senior officer",
            4: "Urgent meeting with an independent chair",
        }[self.value]

    @property
    def timer(self) -> str:
        return f"T2{self.value}"

    @property
    def next(self) -> "Rung | None":
        return Rung(self.value + 1) if self is not Rung.chair else None


class About(StrEnum):
    """What the disagreement began with."""

    decision = "decision"
    request = "request"
    clash = "clash"
    lane = "lane"

    @property
    def label(self) -> str:
        return {
            "decision": "A decision",
            "request": "A request for information",
            "clash": "A clash",
            "lane": "What an agency does or says",
        }[self.value]


class EscalationState(StrEnum):
    open = "open"
    settled = "settled"
    withdrawn = "withdrawn"

    @property
    def label(self) -> str:
        return {"open": "Open", "settled": "Settled", "withdrawn": "Taken back"}[self.value]


class StepEnd(StrEnum):
    """How a step ended."""

    agreed = "agreed"
    not_agreed = "not-agreed"
    time_ran_out = "time-ran-out"
    withdrawn = "withdrawn"
    decided = "decided"

    @property
    def label(self) -> str:
        return {
            "agreed": "A plan was agreed",
            "not-agreed": "Not agreed: moved up a step",
            "time-ran-out": "The time ran out: moved up a step",
            "withdrawn": "Taken back",
            "decided": "The chair decided",
        }[self.value]


@dataclass(frozen=True)
class Colleague:
    """Somebody who could answer for an agency at a step."""

    worker_id: UUID
    roles: Collection[str]
    manager_id: UUID | None = None


def who_answers(rung: Rung, colleagues: Sequence[Colleague], usual: UUID | None, before: UUID | None = None) -> UUID:
    """The one person who answers for an agency at a step.

    The practitioner is the one whom the case knows (`usual`). The manager is that person's own, else a team leader of
    the agency; the senior officer is the manager's own, else another team leader. Where an agency has nobody higher,
    whoever answered before goes on. Raises Refused when nobody works for the agency.
    """
    by_id = {one.worker_id: one for one in colleagues}
    if not by_id:
        raise Refused("Nobody of that agency works in the Hub: ring them", field="agency")
    leaders = [one.worker_id for one in colleagues if Role.leader in one.roles]
    if rung is Rung.practitioner:
        return usual if usual in by_id else (leaders or list(by_id))[0]
    below = before if before in by_id else usual
    if rung is Rung.chair and below in by_id:
        return below
    own_manager = by_id[below].manager_id if below in by_id else None
    if own_manager in by_id:
        return own_manager
    others = [one for one in leaders if one != below]
    if rung is Rung.manager and below in leaders:
        return below
    return (others or ([below] if below in by_id else leaders or list(by_id)))[0]


def check_raising(
    own: UUID, other: UUID, circle: Collection[UUID], disputed: str, we_want: str, they_want: str
) -> None:
    """Raises Refused for a disagreement with oneself, with somebody outside, or that does not say what it is about."""
    if other == own:
        raise Refused("Choose another agency than your own", field="agency")
    if other not in circle:
        raise Refused("Choose an agency around this case", field="agency")
    check_reason(disputed, "disputed")
    check_reason(we_want, "we_want")
    check_reason(they_want, "they_want")


def check_open(state: str) -> None:
    """Raises Conflict when it has ended already."""
    if state != EscalationState.open:
        raise Conflict("This disagreement has ended already. Reload the page to see how.")
