"""The law of actions: what one must say to give it, where it stands, how it ends, and who is reminded of it when."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

from hub.errors import Conflict, Refused
from hub.london import from_london
from hub.times import day_and_year
from hub.vocabulary import upper_first
from hub.workdays import add_working_days

OPENS_AT = 9
"""Reminders go out when the day's work begins."""


class ActionState(StrEnum):
    """Where an action stands. Overtaken by events and not undertaken are two different things (SafeLives)."""

    open = "open"
    done = "done"
    overtaken = "overtaken"
    not_undertaken = "not-undertaken"

    @property
    def label(self) -> str:
        return {
            "open": "Open",
            "done": "Done",
            "overtaken": "Overtaken by events",
            "not-undertaken": "Not undertaken",
        }[self.value]


class Result(StrEnum):
    """What came of it: the answer that whoever plans something like it again will need."""

    worked = "worked"
    partly = "partly"
    no = "no"
    not_done = "not-done"
    unknown = "unknown"

    @property
    def label(self) -> str:
        return {
            "worked": "It worked",
            "partly": "It worked in part",
            "no": "It did not work",
            "not-done": "It was not done",
            "unknown": "Nobody can tell",
        }[self.value]


class EntryKind(StrEnum):
    """What is written down about an action while it runs. Nothing written here is ever changed."""

    progress = "progress"
    declined = "declined"
    passed_on = "passed-on"
    done = "done"
    overtaken = "overtaken"
    not_undertaken = "not-undertaken"
    reopened = "reopened"

    @property
    def label(self) -> str:
        return {
            "progress": "Progress",
            "declined": "Not taken",
            "passed-on": "Given to somebody else",
            "done": "Done",
            "overtaken": "Overtaken by events",
            "not-undertaken": "Not undertaken",
            "reopened": "Opened again",
        }[self.value]


class ExtensionState(StrEnum):
    """Where a wish for more time stands."""

    asked = "asked"
    granted = "granted"
    refused = "refused"
    lapsed = "lapsed"

    @property
    def label(self) -> str:
        return {
            "asked": "Waits for an answer",
            "granted": "Agreed",
            "refused": "Not agreed",
            "lapsed": "Ended first",
        }[self.value]


class Show(StrEnum):
    """Which actions of a list are shown."""

    open = "open"
    overdue = "overdue"
    week = "week"
    waiting = "waiting"
    ended = "ended"
    all = "all"

    @property
    def label(self) -> str:
        return {
            "open": "Open",
            "overdue": "Overdue",
            "week": "Due this week",
            "waiting": "Waiting to be accepted",
            "ended": "Ended",
            "all": "All",
        }[self.value]


class Order(StrEnum):
    """What a list is sorted by."""

    due = "due"
    newest = "newest"
    agency = "agency"

    @property
    def label(self) -> str:
        return {"due": "Due day", "newest": "Newest first", "agency": "Agency"}[self.value]


# --- Giving, ending, asking for longer ------------------------------------------------------------------------------


def check_purpose(*, has_outcome: bool, no_outcome_because: str, risk: str) -> None:
    """Raises Refused unless an action says which outcome it serves, or why none yet, and which risk it lowers."""
    check_serves(has_outcome=has_outcome, no_outcome_because=no_outcome_because)
    if not risk.strip():
        raise Refused("Say which risk it lowers", field="risk")


def check_serves(*, has_outcome: bool, no_outcome_because: str) -> None:
    """Raises Refused unless there is an outcome or a reason why there is none yet, and not both."""
    if not has_outcome and not no_outcome_because.strip():
        raise Refused("Choose the outcome it serves, or say why there is none yet", field="no_outcome_because")
    if has_outcome and no_outcome_because.strip():
        raise Refused("Leave this empty: you chose an outcome", field="no_outcome_because")


def check_ending(state: ActionState, result: Result | None) -> Result:
    """What came of an action that ends like this. Raises Refused where the two contradict each other."""
    if state is ActionState.open:
        raise Refused("Choose how it ended", field="state")
    if state is not ActionState.done:
        return Result.not_done
    if result is Result.not_done:
        raise Refused("Something that is done was done: choose what came of it", field="result")
    return result or Result.unknown


def check_open(state: str) -> None:
    """Raises Conflict for an action that has ended."""
    if state != ActionState.open:
        raise Conflict("This action has been finished already.")


def check_later(due_on: date, *, was: date, today: date) -> None:
    """Raises Refused unless the new day gives more time than the old one."""
    if due_on <= today:
        raise Refused("Choose a day that lies ahead", field="due_on")
    if due_on <= was:
        raise Refused("Choose a later day than the one that stands now", field="due_on")


# --- Since it was agreed --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stood:
    """Who does an action, by when, and how far it is."""

    owner: str
    due_on: date
    state: ActionState = ActionState.open
    ended_on: date | None = None


def serves_what(outcome: str, risk: str) -> str:
    """For which outcome an action is and against which risk, in words; nothing where neither was said."""
    said = [f"for “{outcome}”" if outcome else "", f"against the risk “{risk}”" if risk else ""]
    return upper_first(", ".join(words for words in said if words))


def since_then(agreed: Stood, now: Stood) -> str:
    """What became of an action after it was agreed, in words; nothing when it stands as it was."""
    said = [f"now with {now.owner}"] if now.owner != agreed.owner else []
    if now.due_on != agreed.due_on:
        said.append(f"now due {day_and_year(now.due_on)}")
    if now.state is not agreed.state and now.ended_on is not None:
        said.append(f"{now.state.label.lower()} on {day_and_year(now.ended_on)}")
    return ", ".join(said)


# --- Last time ------------------------------------------------------------------------------------------------------

COMMON = frozenset(
    [
        "a",
        "about",
        "again",
        "an",
        "and",
        "are",
        "as",
        "ask",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "have",
        "her",
        "him",
        "his",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "of",
        "on",
        "once",
        "one",
        "or",
        "our",
        "see",
        "she",
        "so",
        "that",
        "the",
        "their",
        "them",
        "they",
        "this",
        "to",
        "up",
        "was",
        "we",
        "who",
        "will",
        "with",
        "you",
        "your",
        "he",
    ]
)
ALIKE = 0.5
"""Two actions are alike when half of the telling words of the shorter one stand in the other."""


def telling_words(text: str) -> frozenset[str]:
    """The words that say what is done, cut to their stem: `visits` and `visited` are one."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return frozenset(word[:5] for word in words if word not in COMMON and len(word) > 2)


def alikeness(one: str, other: str) -> float:
    """How much of the shorter of two texts stands in the other, from 0 to 1; one word in common is chance."""
    ours, theirs = telling_words(one), telling_words(other)
    shared = len(ours & theirs)
    return shared / min(len(ours), len(theirs)) if shared > 1 else 0.0


class Tried(Protocol):
    """An earlier action as far as it is compared."""

    @property
    def what(self) -> str: ...

    @property
    def result(self) -> str | None: ...


AnyTried = TypeVar("AnyTried", bound=Tried)


MOST_ALIKE = 5


def like(what: str, earlier: Iterable[AnyTried]) -> list[AnyTried]:
    """Of earlier actions, the newest first, those alike enough: what did not work first, then the most like this."""
    alike = [one for one in earlier if alikeness(what, one.what) >= ALIKE]
    ranked = sorted(alike, key=lambda one: (one.result != Result.no, -alikeness(what, one.what)))
    return ranked[:MOST_ALIKE]


# --- Reminding ------------------------------------------------------------------------------------------------------


class Rung(StrEnum):
    """Who is reminded, from the person themselves to the forum. The value is the kind of the letter."""

    soon = "action-due-soon"
    person = "action-late"
    manager = "action-late-manager"
    forum = "action-late-forum"

    @property
    def working_days(self) -> int:
        """How many working days after the due day; a partnership's practice, not a law."""
        return {"action-due-soon": -2, "action-late": 1, "action-late-manager": 3, "action-late-forum": 5}[self.value]

    def moment(self, due_on: date) -> datetime:
        """When it goes out: at the beginning of that working day, in London."""
        return from_london(add_working_days(due_on, self.working_days), OPENS_AT)


def reminders(due_on: date, at: datetime) -> list[tuple[Rung, datetime]]:
    """The reminders of an action that lie ahead at a moment. What is past by then is not made up for."""
    return [(rung, rung.moment(due_on)) for rung in Rung if rung.moment(due_on) > at]


@dataclass(frozen=True)
class Someone:
    """A worker as far as it matters for whom to tell."""

    id: UUID
    roles: tuple[str, ...]
    live: bool = True


def manager_of(worker_id: UUID, manager_id: UUID | None, colleagues: Iterable[Someone]) -> UUID | None:
    """Who is told of a worker's late action: their manager, else the first leader of their agency, never themselves."""
    live = {one.id: one for one in colleagues if one.live and one.id != worker_id}
    if manager_id in live:
        return manager_id
    return next((one.id for one in live.values() if "leader" in one.roles), None)
