"""The kinds of intervention and what each needs to be recorded."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from hub import vocabulary
from hub.errors import Refused
from hub.london import london


class Shape(StrEnum):
    """How an intervention lies in time: at an hour, over days with an end or without, or on a single day."""

    meeting = "meeting"
    period = "period"
    day = "day"


GROUPS = {
    "V": ("Visit", Shape.meeting),
    "P": ("Appointment", Shape.meeting),
    "L": ("Plan", Shape.period),
    "R": ("Condition", Shape.period),
    "A": ("Assessment", Shape.period),
    "T": ("Treatment", Shape.period),
    "G": ("Programme", Shape.period),
    "E": ("Enforcement", Shape.day),
    "H": ("Housing", Shape.day),
    "D": ("Disclosure", Shape.day),
    "I": ("Interview", Shape.meeting),
    "M": ("Multi-agency meeting", Shape.meeting),
}
"""The letter before the dot: what it is, and how it lies in time."""

KINDS = vocabulary.codes("intervention-kind")
"""Every kind with its words."""


def label(kind: str) -> str:
    """The words for a kind; a kind that we do not know is shown as it came."""
    return vocabulary.label("intervention-kind", kind)


def group(kind: str) -> str:
    """What sort of thing a kind is: `Visit`, `Plan`…"""
    return GROUPS.get(kind.partition(".")[0], ("Other", Shape.day))[0]


def shape(kind: str) -> Shape:
    return GROUPS.get(kind.partition(".")[0], ("Other", Shape.day))[1]


class Status(StrEnum):
    """Where an intervention stands."""

    planned = "planned"
    live = "live"
    done = "done"
    cancelled = "cancelled"
    missed = "missed"


@dataclass(frozen=True)
class When:
    """When it is: from a moment to a moment. `whole_days` means that the hours do not count."""

    starts_at: datetime
    ends_at: datetime | None
    whole_days: bool


LONGEST_MEETING = timedelta(hours=24)


def check_when(kind: str, when: When) -> None:
    """Raises Refused for times that cannot be: an end before the start, or a visit without an end or over a day long."""
    if when.ends_at is not None and when.ends_at < when.starts_at:
        raise Refused("The end must be after the start", field="ends")
    if shape(kind) is Shape.meeting and not when.whole_days:
        if when.ends_at is None:
            raise Refused("Enter when it ends", field="ends")
        if when.ends_at - when.starts_at > LONGEST_MEETING:
            raise Refused("A visit or appointment lasts a day at most", field="ends")


def days_of(when: When) -> tuple[date, date | None]:
    """The first and last day on the wall calendar; None when it has no end. An end at midnight is the day before."""
    first = london(when.starts_at).date()
    if when.ends_at is None:
        return first, None
    last = london(when.ends_at)
    if last > london(when.starts_at) and last.hour == last.minute == 0 and not when.whole_days:
        return first, last.date() - timedelta(days=1)
    return first, last.date()
