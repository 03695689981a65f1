"""The law of handing over: to whom, for how long, and what stands in the way of leaving.

Staff change that nobody was told of is among the commonest findings of inspections (the joint area inspections of
multi-agency hubs); one unambiguous line of accountability is Laming's (2003). The spans are a partnership's practice.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from hub.errors import Refused
from hub.sharing.rules import OUTSIDE_THE_CIRCLE, Role, Viewer

SHOWN_FOR = timedelta(days=28)
"""For so long a case shows that it has changed hands."""
PACKET_DAYS = 14
INTRODUCE_WITHIN = 5
"""Working days until the other agencies' contacts are introduced."""
LONGEST_OVERLAP = timedelta(days=56)
LONGEST_LEAVE = timedelta(days=365)


class Subject(StrEnum):
    """What can be somebody's."""

    case = "case"
    outcome = "outcome"
    action = "action"
    request = "request"
    seat = "seat"
    conference = "conference"

    @property
    def label(self) -> str:
        return {
            "case": "Answers for the case",
            "outcome": "Answers for an outcome",
            "action": "Promised an action",
            "request": "Answers a request",
            "seat": "Is the one to ring",
            "conference": "Chairs a conference",
        }[self.value]

    def counted(self, count: int) -> str:
        one, many = {
            "case": ("case", "cases"),
            "outcome": ("outcome", "outcomes"),
            "action": ("action", "actions"),
            "request": ("request", "requests"),
            "seat": ("place as the one to ring", "places as the one to ring"),
            "conference": ("conference to chair", "conferences to chair"),
        }[self.value]
        return f"{count} {one if count == 1 else many}"


class Reason(StrEnum):
    """Why somebody hands over."""

    leaving = "leaving"
    moving = "moving"
    sharing = "sharing"
    gone = "gone"
    away = "away"

    @property
    def label(self) -> str:
        return {
            "leaving": "Leaving",
            "moving": "Moving to another agency or team",
            "sharing": "Sharing the work out differently",
            "gone": "Gone suddenly: a leader hands over for them",
            "away": "Away for a time: it comes back afterwards",
        }[self.value]


class ItemState(StrEnum):
    """Where one thing of a handover stands."""

    waiting = "waiting"
    accepted = "accepted"
    declined = "declined"
    withdrawn = "withdrawn"
    returned = "returned"

    @property
    def label(self) -> str:
        return {
            "waiting": "Waits to be accepted",
            "accepted": "Accepted",
            "declined": "Not taken",
            "withdrawn": "Withdrawn",
            "returned": "Given back",
        }[self.value]


@dataclass(frozen=True)
class Holding:
    """One thing that is somebody's now."""

    subject: Subject
    subject_id: UUID
    case_id: UUID
    worker_id: UUID
    what: str = ""
    """In its own words: the action, the outcome; empty where the label says all."""
    due: date | None = None

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.subject.value}.{self.subject_id.hex}"


def may_manage(viewer: Viewer, *, worker_id: UUID, agency_id: UUID) -> bool:
    """Whether a worker may hand over for this one: for oneself, or as a leader or administrator of the same agency."""
    if viewer.worker_id == worker_id:
        return True
    return viewer.agency_id == agency_id and bool({Role.leader, Role.administrator} & set(viewer.roles))


def works_in_circle(roles: Iterable[str]) -> bool:
    """Whether their agency's seat opens cases to somebody with these roles: nobody else can take anything over."""
    return not OUTSIDE_THE_CIRCLE & set(roles)


def check_handover(
    *, from_id: UUID, to_id: UUID, same_agency: bool, in_circle: bool, chosen: int, overlap_until: date, today: date
) -> None:
    """Raises Refused unless this can be handed over to this worker, with this overlap."""
    if not chosen:
        raise Refused("Choose what to hand over", field="items")
    if to_id == from_id:
        raise Refused("Choose somebody else: one cannot hand over to oneself", field="to")
    if not same_agency:
        raise Refused("Choose a colleague of the same agency", field="to")
    if not in_circle:
        raise Refused("Choose somebody who may see these cases: this colleague’s role opens none of them", field="to")
    if overlap_until < today:
        raise Refused("The overlap cannot have ended already", field="overlap_until")
    if overlap_until - today > LONGEST_OVERLAP:
        raise Refused("Choose an overlap of eight weeks or less", field="overlap_until")


def check_return(reason: Reason, returns_on: date | None, today: date) -> None:
    """Raises Refused unless a handover for a time says when it ends, and any other says nothing of it."""
    if reason is not Reason.away:
        if returns_on is not None:
            raise Refused("Leave this empty: only what is handed over for a time comes back", field="returns_on")
        return
    if returns_on is None:
        raise Refused("Enter the day when they are back", field="returns_on")
    if returns_on <= today:
        raise Refused("They are back on a later day than today", field="returns_on")
    if returns_on - today > LONGEST_LEAVE:
        raise Refused("Choose a day within a year, or hand the work over for good", field="returns_on")


def check_leave(*, worker_id: UUID, deputy_id: UUID, same_agency: bool, start: date, end: date, today: date) -> None:
    """Raises Refused unless this worker can be a deputy from one day to another."""
    if deputy_id == worker_id or not same_agency:
        raise Refused("Choose a colleague of the same agency", field="deputy")
    if end < start or end < today:
        raise Refused("The last day must not lie before the first, nor in the past", field="ends_on")
    if end - start > LONGEST_LEAVE:
        raise Refused("Choose a year or less, or hand the work over", field="ends_on")


def what_is_left(name: str, holdings: Iterable[Holding]) -> str:
    """The sentence that refuses to let somebody go, or nothing when nothing is theirs."""
    counts = Counter(one.subject for one in holdings)
    parts = [subject.counted(counts[subject]) for subject in Subject if counts[subject]]
    if not parts:
        return ""
    listed = " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
    return f"{name} still has {listed}. Hand everything over first: nothing may be left without a person."
