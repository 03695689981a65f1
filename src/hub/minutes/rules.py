"""The law of the room: who may hear, when it may decide, what a line is, and what follows when it is over."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub import timers
from hub.conference_kinds.rules import KindRules
from hub.conferences.rules import Missing
from hub.errors import Conflict, Refused
from hub.london import from_london, london
from hub.times import exact
from hub.vocabulary import upper_first
from hub.workdays import add_working_days

STATEMENT = (
    "What is said here is shared so that the people in this case are safer, and for nothing else.",
    "I pass on only what my own role needs, and I keep it as my agency keeps its own confidential records.",
    "I say what is fact and what is opinion, and I treat everybody who is spoken of with respect.",
    "I have said so if I am too near to anybody in this case.",
)
STATEMENT_VERSION = 1
INTERIM_WORKING_DAYS = 10
"""After a conference without its quorum the next is held within so many working days (Swindon)."""


@dataclass(frozen=True)
class Room:
    """The room at one moment."""

    attendance_taken: bool
    missing: Sequence[str]
    """What the quorum lacks, in words."""
    interim: bool = False
    between_waiting: Sequence[str] = ()
    """What was decided between meetings and has no answer yet."""
    last_was_interim: bool = False
    """The one before had no quorum either, so that this cannot go on without one."""


def check_may_decide(room: Room) -> None:
    """Raises Conflict for a decision before the quorum is there or the meeting is interim, or before what was decided
    between meetings has its answer."""
    if not room.attendance_taken:
        raise Conflict("Take the attendance first: only then is it known whether the conference can decide.")
    if room.missing and not room.interim:
        raise Conflict(
            f"There is no quorum: it needs {' and '.join(room.missing)}. "
            + ("Adjourn the conference." if room.last_was_interim else "Go on as an interim conference, or adjourn it.")
        )
    if room.between_waiting:
        raise Conflict(
            f"First say what this conference makes of “{room.between_waiting[0]}”, which was decided between meetings."
        )


def check_interim(room: Room, because: str) -> None:
    """Raises Conflict for an interim conference with a quorum, or straight after another; Refused without a reason.

    No two conferences without a quorum follow each other (Swindon).
    """
    if not room.attendance_taken:
        raise Conflict("Take the attendance first.")
    if not room.missing:
        raise Conflict("The quorum is there: nothing here is interim.")
    if room.last_was_interim:
        raise Conflict("The last conference was interim too, and two may not follow each other. Adjourn this one.")
    if len(because.strip()) < 10:
        raise Refused("Say why it should not wait for the quorum", field="because")


def interim_until(at: datetime) -> datetime:
    """Until when the next conference is held after one without its quorum: the end of the tenth working day."""
    return from_london(add_working_days(london(at).date(), INTERIM_WORKING_DAYS), 23, 59)


def check_again(starts_at: datetime | None, at: datetime) -> datetime:
    """The new date after a conference without its quorum. Raises Refused without one, or for one too late."""
    if starts_at is None:
        raise Refused("Choose when it is held again", field="day")
    if starts_at <= at:
        raise Refused("Choose a time that lies ahead", field="day")
    until = interim_until(at)
    if starts_at > until:
        last = london(until)
        raise Refused(
            f"It is held again within {INTERIM_WORKING_DAYS} working days: by {last.day} {last:%B}", field="day"
        )
    return starts_at


# --- Opening, and when it was really held -------------------------------------------------------------------------

EARLY = timedelta(hours=1)


def opens_unexpectedly(starts_at: datetime, at: datetime) -> bool:
    """Whether a conference would be opened on another day than it is called for, or more than an hour early."""
    return london(at).date() != london(starts_at).date() or starts_at - at > EARLY


def check_opening(starts_at: datetime, at: datetime, *, anyway: bool) -> None:
    """Raises Refused, once, for a conference that nobody expects now: whoever opens it says that they mean it."""
    if opens_unexpectedly(starts_at, at) and not anyway:
        raise Refused(f"It is called for {exact(starts_at)}. Tick that you open it now all the same", field="anyway")


def check_take_back(untouched: bool) -> None:
    """Raises Conflict for an opening after which something was minuted, decided or given."""
    if not untouched:
        raise Conflict("Something has been minuted or decided: close or adjourn the conference instead.")


def held_when(starts_at: datetime, opened_at: datetime | None, closed_at: datetime | None) -> str:
    """When a conference was really held, and when it was called for where that was another time."""
    if opened_at is None:
        return exact(starts_at)
    words = exact(opened_at)
    if closed_at is not None:
        same_day = london(closed_at).date() == london(opened_at).date()
        words += f" to {london(closed_at):%H:%M}" if same_day else f" to {exact(closed_at)}"
    if exact(opened_at) == exact(starts_at):
        return words
    same_day = london(starts_at).date() == london(opened_at).date()
    return f"{words} (called for {london(starts_at):%H:%M})" if same_day else f"{words} (called for {exact(starts_at)})"


# --- The agenda ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """A point of the agenda, and how many minutes it has."""

    title: str
    minutes: int


USUAL = (
    ("Who is here, and the statement", 5, ("statement",)),
    ("What was decided between meetings", 5, ("between meetings",)),
    ("What has happened since last time", 15, ("since", "last time", "has changed", "not yet done")),
    ("What each agency sees", 30, ("each agency",)),
    ("What the family wants", 10, ("family’s own", "family's own")),
    ("Decisions and positions", 20, ("decision", "dissent", "position")),
    ("Actions, and when we meet again", 15, ("named person", "working day", "looked at again")),
)
"""The points of every agenda: what each is called, its share of the time, and the words of what is recorded under it."""
OWN_SHARE = 5
"""The share of a point that only its kind of conference has."""


def usual_agenda(minutes: int, *, must_record: Collection[str] = ()) -> list[Item]:
    """The agenda that a conference begins with: its parts share out the time that there is, and no more.

    What its kind must record and a usual point speaks of anyway is recorded there, and is no second point. In a few
    minutes, such as a case on a list has, only the points with the largest shares have room.
    """
    known = [word for _, _, words in USUAL for word in words]
    own = [one for one in must_record if not any(word in one.casefold() for word in known)]
    usual = [(title, share) for title, share, _ in USUAL]
    parts = [*usual[:-1], *((upper_first(one), OWN_SHARE) for one in own), usual[-1]]
    largest = sorted(parts, key=lambda part: -part[1])[: max(1, minutes)]
    kept = [part for part in parts if part in largest]
    shared = shared_out([share for _, share in kept], max(minutes, len(kept)))
    return [Item(title[:200], given) for (title, _), given in zip(kept, shared, strict=True)]


def shared_out(shares: Sequence[int], minutes: int) -> list[int]:
    """Whole minutes by share, which add up to the minutes that there are; nothing has less than one.

    Raises Conflict when there are fewer minutes than points.
    """
    if minutes < len(shares):
        raise Conflict(
            "There are fewer minutes left than points. Leave a point out, or plan more time for the conference."
        )
    spare, whole = minutes - len(shares), sum(shares)
    exact_shares = [spare * share / whole for share in shares]
    given = [int(one) for one in exact_shares]
    by_rest = sorted(range(len(shares)), key=lambda number: given[number] - exact_shares[number])
    for number in by_rest[: spare - sum(given)]:
        given[number] += 1
    return [1 + one for one in given]


def check_agenda_open(state: str) -> None:
    """Raises Conflict for an agenda that nobody follows any more."""
    if state not in ("scheduled", "open"):
        raise Conflict("This conference is over.")


def over(points: Collection[int], length: int) -> int:
    """By how many minutes an agenda is longer than its conference; 0 when it fits."""
    return max(0, sum(points) - length)


@dataclass(frozen=True)
class Left:
    """How long a point of the agenda still has."""

    minutes: int

    @property
    def words(self) -> str:
        if self.minutes < 0:
            over = -self.minutes
            return f"{over} minute{'' if over == 1 else 's'} over"
        return f"{self.minutes} minute{'' if self.minutes == 1 else 's'} left"

    def of(self, whole: int) -> str:
        """The same of a whole length: `59 of 60 minutes are left`."""
        return (
            f"{self.words} the {whole} that were planned"
            if self.minutes < 0
            else f"{self.minutes} of {whole} minutes are left"
        )


def left(minutes: int, started_at: datetime, at: datetime) -> Left:
    """What is left of a number of minutes that began at a moment; negative when it is over."""
    return Left(minutes - int((at - started_at).total_seconds() // 60))


# --- Lines --------------------------------------------------------------------------------------------------------


def check_line(words: str, agency_id: UUID, own: UUID, *, runs: bool, invited: Collection[UUID]) -> None:
    """Raises Refused for an empty line, or one put into another agency's mouth by somebody who does not minute."""
    if not words.strip():
        raise Refused("Enter what was said", field="words")
    if agency_id != own and not runs:
        raise Refused("You can write what your own agency says. The chair minutes the others", field="agency")
    if agency_id != own and agency_id not in invited:
        raise Refused("Choose an agency that is invited", field="agency")


def check_objection(agrees: bool, words: str) -> None:
    """Raises Refused for an objection that does not say what was meant."""
    if not agrees and len(words.strip()) < 10:
        raise Refused("Say what is not right, and what was said instead", field="words")


def not_heard(there: Collection[UUID], spoke: Collection[UUID]) -> list[UUID]:
    """The agencies that are there and have no line yet."""
    return [agency for agency in there if agency not in set(spoke)]


# --- Closing, and after -------------------------------------------------------------------------------------------


def check_answerable(named: bool) -> None:
    """Raises Conflict while nobody answers for the case."""
    if not named:
        raise Conflict("Before closing, name the one person who answers for this case.")


def stops_closing(room: Room, *, answerable: bool, missing: Sequence[Missing]) -> list[Missing]:
    """Everything that the chair has still to do before the conference can be closed, where it is done, most urgent first."""
    found = []
    if not room.attendance_taken:
        found.append(Missing("invited", "take the attendance"))
    elif room.missing and not room.interim:
        found.append(Missing("quorum", "there is no quorum: say how it goes on"))
    if not answerable:
        found.append(Missing("answerable", "name the one person who answers for this case"))
    return found + [one for one in missing if room.attendance_taken or one.part != "invited"]


def check_all_sent(typed: Mapping[str, Sequence[str]]) -> None:
    """Raises Conflict while a line that whoever closes has typed is not in the minutes: afterwards it cannot be sent."""
    if words := " ".join(typed.get("words", [])).strip():
        raise Conflict(
            f"You have a line that is not in the minutes: “{words[:80]}”. Add it, or discard it, then close."
        )


def check_sayable(state: str) -> None:
    """Raises Conflict for a line outside the meeting."""
    if state != "open":
        raise Conflict("This conference is not open. What is to be corrected is written beside its line.")


def letter_due(closed_at: datetime, clocks: Mapping[str, Any] | None = None) -> datetime:
    """When the decision letter is with everybody (City and Hackney: one working day)."""
    return timers.due("T15", closed_at, clocks)


def minutes_due(closed_at: datetime, clocks: Mapping[str, Any] | None = None) -> datetime:
    """When the minutes are approved (Guernsey: ten working days)."""
    return timers.due("T16", closed_at, clocks)


REMIND_BEFORE = timedelta(hours=4)


@dataclass(frozen=True)
class Written:
    """A decision as the letter tells it."""

    question: str
    chosen: str
    why: str
    positions: Sequence[str] = ()
    """Where each agency stands, in whole sentences; a dissent and a reservation in their own words."""
    settled: str = ""
    """What this conference said to it, when it was made between meetings."""
    interim: bool = False

    def paragraph(self, number: int) -> str:
        """The decision as one paragraph, a line for each thing that is said about it."""
        parts = [f"{number}. {self.question}", f"Decided{' (interim)' if self.interim else ''}: {self.chosen}"]
        parts += [f"Because: {self.why}"] if self.why else []
        parts += [self.settled] if self.settled else []
        return "\n".join([*parts, *self.positions])


@dataclass(frozen=True)
class LetterParts:
    """What a decision letter is made of, in words."""

    head: str
    """What was held, about which case, and on which day."""
    purpose: str
    there: Sequence[str]
    not_there: Sequence[str]
    decided: Sequence[Written]
    between: Sequence[Written]
    actions: Sequence[str]
    coming: str
    """The next conference, or why there is none."""
    no_change: str = ""
    interim_because: str = ""


def letter_of(parts: LetterParts) -> str:
    """The words that a decision letter begins with: all that was decided and agreed. Its chair reviews them."""
    found = [parts.head, f"The conference met for this purpose: {parts.purpose}."]
    if parts.interim_because:
        found.append(
            "There was no quorum. What follows is interim, until the conference meets again. "
            f"It did not wait, because: {parts.interim_because}"
        )
    found.append("\n".join(["Who was there", *(parts.there or ["Nobody is noted as there."])]))
    if parts.not_there:
        found.append("\n".join(["Who was not", *parts.not_there]))
    found.append("What was decided")
    found += [one.paragraph(number) for number, one in enumerate(parts.decided, 1)]
    if parts.no_change:
        found.append(f"Nothing changes in the plan, because: {parts.no_change}")
    elif not parts.decided:
        found.append("No decision is recorded.")
    if parts.between:
        found.append("What had been decided between meetings")
        found += [one.paragraph(number) for number, one in enumerate(parts.between, 1)]
    found.append("\n".join(["Actions", *(parts.actions or ["None."])]))
    found.append(f"The next conference\n{parts.coming}")
    found.append("If your agency dissents, say so to the chair within three days. Each dissent is answered.")
    return "\n\n".join(found)


def check_letter(words: str, reviewed: bool, sent: bool) -> None:
    """Raises Conflict for a letter that was sent, or that nobody has reviewed."""
    if sent:
        raise Conflict("This letter has been sent. A correction is a decision of the next conference.")
    if not reviewed or not words.strip():
        raise Conflict("Read the letter and save it first: it is sent as it was reviewed.")


def version_of(words: str) -> str:
    """A short name for one version of a letter: another when a single letter of it is another."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Changed:
    """What is recorded now and was not when a letter was reviewed, and the other way round: whole lines."""

    new: Sequence[str]
    gone: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.new or self.gone)


def changed_since(reviewed_of: str, recorded: str) -> Changed:
    """What has changed since a review, line by line. A review is of one version, and says nothing about a later one."""
    before, now = reviewed_of.splitlines(), recorded.splitlines()
    return Changed(
        [line for line in now if line and line not in set(before)],
        [line for line in before if line and line not in set(now)],
    )


def check_reviewed(reviewed_of: str, recorded: str) -> None:
    """Raises Conflict when something was recorded since the letter was reviewed."""
    if changed_since(reviewed_of, recorded):
        raise Conflict("Something was recorded since the letter was reviewed. Look at it again before it is sent.")


def check_kind(kind: KindRules | None) -> KindRules:
    """The rules of a kind. Raises Conflict for one that nobody keeps any more."""
    if kind is None:
        raise Conflict("This kind of conference is not kept any more. Ring the hub’s coordinator.")
    return kind
