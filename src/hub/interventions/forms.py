"""What may be typed about an intervention. Three fields are enough: what, for whom and when; the rest is filled in."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from hub.inputs import Day, FormIn, Known, Line, Maybe, TimeOfDay, Words, ask
from hub.interventions.plans import Planned, excluded_of
from hub.interventions.recurrence import DAYS
from hub.interventions.rules import Level, PlaceKind, Polarity, Shape, Status, When, shape
from hub.london import from_london

USUAL_LENGTH = timedelta(hours=1)
EVENING = time(18)
SATURDAY = 5


class Repeating(StrEnum):
    """How often it takes place."""

    once = "once"
    daily = "daily"
    weekdays = "weekdays"
    weekly = "weekly"
    fortnightly = "fortnightly"
    monthly = "monthly"
    kept = "kept"

    @property
    def label(self) -> str:
        return {
            "once": "Once",
            "daily": "Every day",
            "weekdays": "Monday to Friday",
            "weekly": "Every week",
            "fortnightly": "Every 2 weeks",
            "monthly": "Every month, on this day of the month",
            "kept": "As it does now",
        }[self.value]


class Scope(StrEnum):
    """Which times of a series a change is for."""

    this = "this"
    later = "later"
    all = "all"

    @property
    def label(self) -> str:
        return {
            "this": "Only this time",
            "later": "This time and all later ones",
            "all": "Every time, from the first on",
        }[self.value]


class InterventionIn(FormIn):
    kind: Annotated[Line, ask("Choose what it is", longest=40)]
    people: Annotated[list[Known], Field(title="Choose who it is for", min_length=1, max_length=60)]
    day: Annotated[Day, Field(title="Enter the date, such as 27/3/2026")]
    starts: Annotated[TimeOfDay | None, Maybe] = None
    ends: Annotated[TimeOfDay | None, Maybe] = None
    until: Annotated[Day | None, Maybe] = None
    repeats: Repeating = Repeating.once
    last: Annotated[Day | None, Maybe] = None
    """The last day of a series."""
    worker: Annotated[Known | None, Maybe] = None
    team: Annotated[Line, Field(max_length=100)] = ""
    contact: Annotated[Line, Field(max_length=200)] = ""
    place: Annotated[Line, Field(max_length=300)] = ""
    place_kind: PlaceKind = PlaceKind.address
    uprn: Annotated[Line, Field(max_length=12, pattern="^[0-9]*$", title="A UPRN is up to 12 digits")] = ""
    mandatory: bool = False
    joint: bool = False
    for_household: bool = False
    hours_from: Annotated[TimeOfDay | None, Maybe] = None
    hours_to: Annotated[TimeOfDay | None, Maybe] = None
    excluded: Annotated[Words, Field(max_length=4000)] = ""
    """A place that the condition keeps somebody out of on each line; `area:` before a whole area."""
    apart: Annotated[list[Known], Field(max_length=60)] = []
    level: Annotated[Level | None, Maybe] = None
    target: Annotated[Line, Field(max_length=200)] = ""
    polarity: Annotated[Polarity | None, Maybe] = None
    programme: Annotated[Line, Field(max_length=200)] = ""
    transfer: bool = False
    out_of_area: bool = False
    depends_on: Annotated[Known | None, Maybe] = None
    outcome: Annotated[Known | None, Maybe] = None
    risk: Annotated[Known | None, Maybe] = None
    covert: bool = False
    confidential_address: bool = False
    note: Annotated[Words, Field(max_length=2000)] = ""
    override: Annotated[Words, Field(max_length=2000)] = ""

    def when(self) -> When:
        """The times as moments: an hour long when no end is given; whole days when no hour is."""
        once = self.repeats is Repeating.once
        return when_of(self.kind, self.day, self.starts, self.ends, self.until if once else None, once=once)

    def planned(self, *, kept: str = "") -> Planned:
        """What was typed, as a plan. `kept` is the rule that a series has now."""
        hours = (self.hours_from, self.hours_to) if self.hours_from and self.hours_to else None
        return Planned(
            kind=self.kind, people=self.people, when=self.when(), worker_id=self.worker, place=self.place,
            mandatory=self.mandatory, joint=self.joint, note=self.note, team=self.team, contact=self.contact,
            repeats=rule_of(self.repeats, self.day, self.last, kept=kept), place_kind=self.place_kind,
            place_uprn=self.uprn, hours=hours, for_household=self.for_household,
            level=self.level.value if self.level else None, target=self.target,
            polarity=self.polarity.value if self.polarity else None, programme=self.programme, transfer=self.transfer,
            out_of_area=self.out_of_area, depends_on_id=self.depends_on, covert=self.covert,
            confidential_address=self.confidential_address, outcome_id=self.outcome, problem_tag_id=self.risk,
            apart=pairs(self.people, self.apart),
            excluded=[excluded_of(line) for line in self.excluded.splitlines() if line.strip()],
            override=self.override,
        )  # fmt: skip


class ChangeIn(InterventionIn):
    scope: Scope = Scope.all
    of: Annotated[AwareDatetime | None, Maybe] = None
    """Which time of the series the form was opened on."""

    def from_day(self, first: date, *, shown: date) -> "ChangeIn":
        """The same, where what changes begins on another day than the form showed: it moves by as many days.

        Another rhythm begins on the first such day, so that `every month` falls on the day of the month in the form.
        """
        if self.repeats is Repeating.once:
            return self
        day = first + (self.day - shown)
        fits = {
            Repeating.weekdays: lambda one: one.weekday() < SATURDAY,
            Repeating.weekly: lambda one: one.weekday() == self.day.weekday(),
            Repeating.fortnightly: lambda one: one.weekday() == self.day.weekday(),
            Repeating.monthly: lambda one: one.day == self.day.day,
        }.get(self.repeats, lambda one: True)
        # The same day of the month comes within two months, also after the 31st.
        return self.model_copy(update={"day": next((one for one in days_from(day, 62) if fits(one)), day)})


class EndIn(FormIn):
    status: Annotated[Status, Field(title="Choose how it ended")]
    reason: Annotated[Words, Field(max_length=2000)] = ""
    of: Annotated[AwareDatetime | None, Maybe] = None


class RestoreIn(FormIn):
    of: Annotated[AwareDatetime | None, Maybe] = None


def pairs(people: Sequence[UUID], apart: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Everybody whom a condition is for with everybody they keep away from; nobody keeps away from themselves."""
    made = [(one, other) for one in people for other in apart]
    return [pair for pair in made if pair[0] != pair[1]] or made


def days_from(first: date, many: int) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(many))


def when_of(
    kind: str, day: date, starts: time | None, ends: time | None, until: date | None, *, once: bool = True
) -> When:
    """The times of a form as moments in UTC. What repeats has an hour, or a whole day, each time.

    In the evening an end before the start is after midnight. What is done at an hour, such as an arrest, is a moment without an end.
    """
    if starts is not None and (shape(kind) is not Shape.period or not once):
        begins = from_london(day, starts.hour, starts.minute)
        last = until or (day + timedelta(days=1) if ends and ends < starts and starts >= EVENING else day)
        over = from_london(last, ends.hour, ends.minute) if ends else None
        if over is None and (shape(kind) is Shape.meeting or not once):
            over = begins + USUAL_LENGTH
        return When(begins, over, whole_days=False)
    end: datetime | None
    if shape(kind) is Shape.period and once:
        end = from_london(until, 23, 59) if until else None
    else:
        end = from_london(until or day, 23, 59)
    return When(from_london(day, 0), end, whole_days=True)


def rule_of(repeats: Repeating, day: date, last: date | None, *, kept: str = "") -> str:
    """The rule for what was chosen, from its first day to its last."""
    if repeats is Repeating.once:
        return ""
    if repeats is Repeating.kept:
        if last is None:
            return kept
        return ";".join(
            [part for part in kept.split(";") if not part.startswith(("UNTIL=", "COUNT="))] + [f"UNTIL={last:%Y%m%d}"]
        )
    rule = {
        Repeating.daily: "FREQ=DAILY",
        Repeating.weekdays: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        Repeating.weekly: f"FREQ=WEEKLY;BYDAY={DAYS[day.weekday()]}",
        Repeating.fortnightly: f"FREQ=WEEKLY;INTERVAL=2;BYDAY={DAYS[day.weekday()]}",
        Repeating.monthly: "FREQ=MONTHLY",
    }[repeats]
    return f"{rule};UNTIL={last:%Y%m%d}" if last else rule


class FileIn(FormIn):
    file: Annotated[str, Field(max_length=2_000_000)] = ""
    file_name: Annotated[str, Field(max_length=300)] = ""
    rows: Annotated[str, Field(max_length=2_000_000)] = ""
    """The same, pasted."""


class NothingIn(FormIn):
    """A button."""


class PlaceIn(FormIn):
    case: Annotated[Line, ask("Enter the reference of the case", longest=20)]
    people: Annotated[list[Known], Field(title="Choose who it is for", min_length=1, max_length=60)]
