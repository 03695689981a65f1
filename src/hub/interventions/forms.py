"""What may be typed about an intervention. Three fields are enough: what, when, and for whom is filled in."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from hub.inputs import Day, FormIn, Known, Line, Maybe, TimeOfDay, Words, ask
from hub.interventions.rules import Shape, Status, When, shape
from hub.london import from_london

USUAL_LENGTH = timedelta(hours=1)


class InterventionIn(FormIn):
    kind: Annotated[Line, ask("Choose what it is", longest=20)]
    people: Annotated[list[Known], Field(title="Choose who it is for", min_length=1, max_length=60)]
    day: Annotated[Day, Field(title="Enter the date, such as 27/3/2026")]
    starts: Annotated[TimeOfDay | None, Maybe] = None
    ends: Annotated[TimeOfDay | None, Maybe] = None
    until: Annotated[Day | None, Maybe] = None
    worker: Annotated[Known | None, Maybe] = None
    place: Annotated[Line, Field(max_length=300)] = ""
    mandatory: bool = False
    joint: bool = False
    note: Annotated[Words, Field(max_length=2000)] = ""

    def when(self) -> When:
        """The times as moments: an hour long when no end is given; whole days when no hour is."""
        return when_of(self.kind, self.day, self.starts, self.ends, self.until)


class ChangeIn(FormIn):
    day: Annotated[Day, Field(title="Enter the date, such as 27/3/2026")]
    starts: Annotated[TimeOfDay | None, Maybe] = None
    ends: Annotated[TimeOfDay | None, Maybe] = None
    until: Annotated[Day | None, Maybe] = None
    worker: Annotated[Known | None, Maybe] = None
    place: Annotated[Line, Field(max_length=300)] = ""


class EndIn(FormIn):
    status: Annotated[Status, Field(title="Choose how it ended")]
    reason: Annotated[Words, Field(max_length=2000)] = ""


def when_of(kind: str, day: date, starts: time | None, ends: time | None, until: date | None) -> When:
    """The times of a form as moments in UTC."""
    if shape(kind) is Shape.meeting and starts is not None:
        begins = from_london(day, starts.hour, starts.minute)
        return When(
            begins,
            from_london(until or day, ends.hour, ends.minute) if ends else begins + USUAL_LENGTH,
            whole_days=False,
        )
    end: datetime | None
    if shape(kind) is Shape.period:
        end = from_london(until, 23, 59) if until else None
    else:
        end = from_london(until or day, 23, 59)
    return When(from_london(day, 0), end, whole_days=True)
