"""What an invitee may answer, what a meeting looks like to a calendar, and how a series falls on days.

A series is told in the wall clock of London: every Tuesday at ten stays at ten when the clocks change. It skips bank
holidays and never falls on a weekend.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hub.errors import Refused
from hub.london import from_london, london
from hub.sealing import mark, mark_is_right
from hub.workdays import bank_holiday, is_working_day


class Answer(StrEnum):
    """What an invitee answered."""

    awaited = "awaited"
    accepted = "accepted"
    tentative = "tentative"
    declined = "declined"
    deputy = "deputy"
    not_needed = "not_needed"
    """Asked in a colleague's place, who comes after all."""

    @property
    def label(self) -> str:
        return {
            "awaited": "No answer yet",
            "accepted": "Coming",
            "tentative": "Perhaps",
            "declined": "Cannot come",
            "deputy": "Sends a deputy",
            "not_needed": "Not needed",
        }[self.value]

    @property
    def is_coming(self) -> bool:
        return self in (Answer.accepted, Answer.tentative)


STAYING_AWAY = (Answer.declined, Answer.deputy, Answer.not_needed)
ANSWERS = (Answer.accepted, Answer.tentative, Answer.declined)
"""What can be answered by mail and by a link; a deputy is named in the Hub, from a list."""
SHORTEST_REASON = 5


def check_answer(given: Answer, reason: str) -> None:
    """Raises Refused when somebody cannot come and does not say why: a chair must be able to find a better time."""
    if given is Answer.declined and len(reason.strip()) < SHORTEST_REASON:
        raise Refused("Say in a few words why you cannot come, such as “In court that day”", field="reason")
    if given in (Answer.awaited, Answer.not_needed):
        raise Refused("Choose your answer", field="answer")


# --- A meeting as a calendar sees it ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Occasion:
    """One meeting at one time. `slot_at` is where its series would have it: a moved one is known by it."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    path: str
    """Its address in the Hub."""
    chair: str
    place: str = ""
    sequence: int = 0
    cancelled: bool = False
    series_id: UUID | None = None
    slot_at: datetime | None = None

    @property
    def entry_id(self) -> UUID:
        """What names the entry in calendars for ever: the series, where there is one."""
        return self.series_id or self.id


# --- A series -----------------------------------------------------------------------------------------------------


class Repeat(StrEnum):
    """How often a series meets."""

    daily = "daily"
    weekly = "weekly"
    monthly = "monthly"

    @property
    def label(self) -> str:
        return {
            "daily": "Every working day",
            "weekly": "Every so many weeks, on the same day",
            "monthly": "Every month, on the same weekday (such as the second Tuesday)",
        }[self.value]


MOST = 80
"""More than this is not planned, only repeated."""
LONGEST = timedelta(days=400)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Pattern:
    """How a series falls: from its first moment, so often, until a day."""

    first_at: datetime
    repeat: Repeat
    every: int
    until: date

    def all_slots(self) -> list[datetime]:
        """Every moment that the rule gives, bank holidays among them. Raises Refused when there would be too many."""
        here = london(self.first_at)
        found: list[datetime] = []
        step = 0
        while (day := self._day(here.date(), step)) <= self.until:
            step += 1
            if self.repeat is Repeat.daily and day.weekday() >= 5:
                continue
            found.append(from_london(day, here.hour, here.minute))
            if len(found) > MOST:
                raise Refused(f"Choose an earlier last day: a series holds {MOST} meetings at most", field="until")
        return found

    def _day(self, first: date, step: int) -> date:
        match self.repeat:
            case Repeat.daily:
                return first + timedelta(days=step)
            case Repeat.weekly:
                return first + timedelta(weeks=step * self.every)
            case Repeat.monthly:
                month = first.month - 1 + step * self.every
                return _nth_weekday(first.year + month // 12, month % 12 + 1, first.weekday(), self.nth)

    @property
    def nth(self) -> int:
        """Which of its weekdays in the month the first one is; the fifth is the last."""
        nth = (london(self.first_at).day - 1) // 7 + 1
        return nth if nth < 5 else -1

    @property
    def rrule(self) -> dict[str, object]:
        """The rule as RFC 5545 writes it."""
        rule: dict[str, object] = {"INTERVAL": self.every, "UNTIL": self.all_slots()[-1].astimezone(UTC)}
        match self.repeat:
            case Repeat.daily:
                return {"FREQ": "WEEKLY", **rule, "BYDAY": list(WEEKDAYS[:5])}
            case Repeat.weekly:
                return {"FREQ": "WEEKLY", **rule}
            case Repeat.monthly:
                weekday = WEEKDAYS[london(self.first_at).weekday()]
                return {"FREQ": "MONTHLY", **rule, "BYDAY": f"{self.nth}{weekday}"}


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


@dataclass(frozen=True)
class Falling:
    """Where a series falls, and the bank holidays that it leaves out."""

    slots: list[datetime]
    skipped: list[datetime] = field(default_factory=list)


def falling(pattern: Pattern, at: datetime) -> Falling:
    """The meetings of a series. Raises Refused for one that begins in the past or on a day off, or holds only one."""
    day = london(pattern.first_at).date()
    if pattern.first_at <= at:
        raise Refused("Choose a time that lies ahead", field="day")
    if holiday := bank_holiday(day):
        raise Refused(f"That day is a bank holiday ({holiday}). Begin the series on a working day", field="day")
    if not is_working_day(day):
        raise Refused("That day is at a weekend. Begin the series on a working day", field="day")
    if not 1 <= pattern.every <= 26:
        raise Refused("Enter a number from 1 to 26", field="every")
    if pattern.repeat is Repeat.daily and pattern.every != 1:
        raise Refused("Enter 1: a series on every working day leaves none out", field="every")
    if not day < pattern.until <= day + LONGEST:
        raise Refused("Choose a last day after the first, and not more than 13 months on", field="until")
    every = pattern.all_slots()
    slots = [slot for slot in every if is_working_day(london(slot).date())]
    if len(slots) < 2:
        raise Refused("A series meets at least twice. Choose a later last day", field="until")
    return Falling(slots, [slot for slot in every if slot not in slots])


class Reach(StrEnum):
    """How much of a series a change is for."""

    this = "this"
    later = "later"
    all = "all"

    @property
    def label(self) -> str:
        return {"this": "This meeting only", "later": "This one and those after it", "all": "All that lie ahead"}[
            self.value
        ]


def on_the_same_shift(slot: datetime, was: datetime, becomes: datetime) -> datetime:
    """Where another meeting of a series goes when one is moved: as many days on, at the new hour of the wall clock."""
    before, after = london(was), london(becomes)
    day = london(slot).date() + (after.date() - before.date())
    return from_london(day, after.hour, after.minute)


def move_to_working_day(moment: datetime) -> datetime:
    """The same hour on the first working day that is not before it."""
    here = london(moment)
    day = here.date()
    while not is_working_day(day):
        day += timedelta(days=1)
    return from_london(day, here.hour, here.minute)


# --- The link in a mail -------------------------------------------------------------------------------------------

LINK_LASTS = timedelta(days=60)
PURPOSE = "answer-link"


def answer_token(asked_id: UUID, expires_at: datetime) -> str:
    """A token that lets whoever holds it answer one invitation until a moment, and do or see nothing else."""
    when = f"{int(expires_at.timestamp()):x}"
    return f"{asked_id.hex}-{when}-{mark(PURPOSE, asked_id.hex, when)}"


def read_token(token: str, at: datetime) -> tuple[UUID, bool] | None:
    """Whose invitation a token answers, and whether it has run out; None for one that we did not sign."""
    parts = token.split("-")
    if len(parts) != 3 or len(parts[0]) != 32 or not mark_is_right(parts[2], PURPOSE, parts[0], parts[1]):
        return None
    return UUID(hex=parts[0]), int(parts[1], 16) < at.timestamp()


def reply_mark(entry_id: UUID, worker_id: UUID) -> str:
    """What stands in the organiser's address of one worker's invitation: a reply without it is not theirs."""
    return mark("calendar-reply", entry_id.hex, worker_id.hex)
