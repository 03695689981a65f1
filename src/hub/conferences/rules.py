"""The law of conferences: what kinds there are, who must be asked, and what must be there before one can close."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hub.conference_kinds.rules import ConferenceKind
from hub.errors import Conflict, Refused
from hub.invitations.rules import STAYING_AWAY, Answer

__all__ = ["Answer", "ConferenceKind"]


class ConferenceState(StrEnum):
    scheduled = "scheduled"
    open = "open"
    closed = "closed"
    cancelled = "cancelled"


class Attendance(StrEnum):
    """Whether somebody was there. Being there by video counts as being there (Durham JTAI)."""

    in_person = "in-person"
    by_video = "by-video"
    apologies = "apologies"
    absent = "absent"

    @property
    def label(self) -> str:
        return {"in-person": "In the room", "by-video": "By video or phone"}.get(self.value, self.value.capitalize())

    @property
    def is_there(self) -> bool:
        return self in (Attendance.in_person, Attendance.by_video)


SHORTEST, LONGEST = timedelta(minutes=10), timedelta(hours=8)


def check_slot(starts_at: datetime, minutes: int, at: datetime) -> None:
    """Raises Refused for a conference in the past or of a length that cannot be meant."""
    if starts_at <= at:
        raise Refused("Choose a time that lies ahead", field="day")
    if not SHORTEST <= timedelta(minutes=minutes) <= LONGEST:
        raise Refused("A conference lasts from 10 minutes to 8 hours", field="minutes")


def check_moved(*, same_time: bool, same_place: bool) -> None:
    """Raises Refused for a move that changes nothing: nobody is told or asked again for that."""
    if same_time and same_place:
        raise Refused("Nothing has changed: choose another day, hour or place", field="day")


def check_invited(invited_agencies: Collection[UUID], circle: Collection[UUID]) -> None:
    """Raises Refused when fewer than two agencies are invited, or one outside the circle is."""
    if len(set(invited_agencies)) < 2:
        raise Refused("Invite workers of at least two agencies: a conference is joint", field="invitees")
    if not set(invited_agencies) <= set(circle):
        raise Refused("Invite workers of agencies in this case’s circle", field="invitees")


ENOUGH_ACTIONS = 3
"""With fewer open actions than this no agency can be said to hold most of them."""


@dataclass(frozen=True)
class ChairStanding:
    """What could keep somebody from chairing with distance."""

    agency_id: UUID
    open_actions: Mapping[UUID, int]
    """How many of the case’s open actions each agency holds."""
    dissented_from: bool = False
    """A dissent from a decision of theirs has no answer yet."""


def chair_conflict(standing: ChairStanding) -> str:
    """Why this person does not chair with distance, in words; nothing when they do.

    The chair is not of the agency that holds the largest share of the case’s actions, and nobody’s dissent from their
    decisions is open: distance is what a family and the other agencies ask of a chair (Laming 2003).
    """
    counts = sorted(standing.open_actions.values(), reverse=True)
    most = counts[0] if counts else 0
    alone = len(counts) < 2 or counts[1] < most
    if sum(counts) >= ENOUGH_ACTIONS and alone and standing.open_actions.get(standing.agency_id, 0) == most:
        return "Their agency holds the largest share of this case’s open actions"
    return "A dissent from a decision of theirs is not answered yet" if standing.dissented_from else ""


def check_chair(conflict: str, reason: str) -> None:
    """Raises Refused for a chair without distance and no reason why it must be them."""
    if conflict and len(reason.strip()) < 10:
        raise Refused(f"{conflict}. Choose another chair, or say below why it must be them", field="chair_because")


def check_open(state: str) -> None:
    """Raises Conflict when the conference is not being held just now."""
    if state != ConferenceState.open:
        raise Conflict("This conference is not open.")


def remind_at(starts_at: datetime, at: datetime) -> datetime:
    """When invitees are reminded: a day before, or an hour before when it is called at shorter notice."""
    day_before = starts_at - timedelta(hours=24)
    return day_before if day_before > at else starts_at - timedelta(hours=1)


def is_awaited_there(answer: str, attendance: str | None, stepped_back: bool) -> bool:
    """Whether the chair has still to note if somebody came: not of who stepped back, sent a deputy or said no."""
    return attendance is None and not stepped_back and answer not in STAYING_AWAY


def not_seen(answer: str, stepped_back: bool) -> str:
    """What there is to say of somebody whose attendance was not noted."""
    if stepped_back:
        return "Stepped back"
    return {Answer.deputy: "Sent a deputy", Answer.declined: "Could not come", Answer.not_needed: "Not needed"}.get(
        Answer(answer), "Not noted"
    )


@dataclass(frozen=True)
class Held:
    """What there is when somebody wants to close a conference."""

    attendance_missing: Sequence[str]
    """Names of invitees whose attendance was not taken."""
    positions_missing: Mapping[str, Sequence[str]]
    """By decision, the agencies whose position is not recorded."""
    decisions: int
    no_change_because: str
    between_waiting: Sequence[str] = ()
    """What was decided between meetings and is not answered yet."""


@dataclass(frozen=True)
class Missing:
    """Something that a conference still lacks before it can be closed, and the part of its page where it is given."""

    part: str
    words: str


def still_missing(held: Held) -> list[Missing]:
    """Everything that is missing before the conference can be closed.

    MAPPA inspections found meetings that exchanged information and planned nothing: so a decision, or the reason why
    nothing changes.
    """
    missing = []
    if held.attendance_missing:
        missing.append(Missing("invited", "the attendance of " + ", ".join(held.attendance_missing)))
    missing += [
        Missing("between", f"what the conference says to “{question}”, decided between meetings")
        for question in held.between_waiting
    ]
    missing += [
        Missing("decisions", f"the position of {', '.join(agencies)} on “{question}”")
        for question, agencies in held.positions_missing.items()
        if agencies
    ]
    if not held.decisions and len(held.no_change_because.strip()) < 10:
        missing.append(Missing("close", "a decision, or why nothing changes"))
    return missing


def check_closing(held: Held) -> None:
    """Raises Conflict naming everything that is missing before the conference can be closed."""
    missing = [one.words for one in still_missing(held)]
    if missing:
        raise Conflict("Before closing, record " + "; ".join(missing) + ".")


def agencies_there(attended: Mapping[UUID, Collection[Attendance]]) -> set[UUID]:
    """The agencies with at least one person there."""
    return {agency for agency, marks in attended.items() if any(mark.is_there for mark in marks)}
