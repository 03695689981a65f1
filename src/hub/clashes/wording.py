"""What a clash found, in one sentence that names the records, their agencies, the days and the people."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from hub import vocabulary
from hub.clashes.detecting import windows
from hub.clashes.records import Record, runs_on
from hub.clashes.rules import Form, Mode, Rule
from hub.london import london
from hub.vocabulary import lower_first, upper_first

Names = Callable[[str], str]
FEW = 6


def kind_in_words(kind: str) -> str:
    """The words for a kind; a kind that we do not know is shown as it came."""
    return vocabulary.codes("intervention-kind").get(kind, kind)


def when_in_words(one: Record) -> str:
    """`on 12 March 2026 at 10:00`, `from 1 March 2026`."""
    start = one.starts_at
    if isinstance(start, datetime) and not runs_on(one.kind):
        here = london(start)
        return f"on {_day(here.date())} at {here:%H:%M}"
    day = london(start).date() if isinstance(start, datetime) else start
    if not runs_on(one.kind):
        return f"on {_day(day)}"
    if one.ends_at is None:
        return f"from {_day(day)}"
    end = london(one.ends_at).date() if isinstance(one.ends_at, datetime) else one.ends_at
    return f"on {_day(day)}" if day == end else f"{_day(day)} to {_day(end)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def record_in_words(one: Record, names: Names) -> str:
    """`home visit (Health, on 12 March 2026 at 10:00)`."""
    words = kind_in_words(one.kind)
    whose = names(one.agency) if one.agency else ""
    label = names(one.id)
    inside = ", ".join(part for part in (label if label != words else "", whose, when_in_words(one)) if part)
    return f"{words} ({inside})"


def _people(people: Iterable[str], names: Names) -> str:
    told = sorted(names(one) for one in people)
    return f" for {_and(told)}" if told else ""


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


JOINED = {
    Form.overlap: "run at the same time",
    Form.sameday: "fall on the same day",
    Form.clash: "do not leave time for both",
    Form.place: "meet at a place that the condition rules out",
    Form.parties: "bring together people who must be kept apart",
    Form.discord: "do not say the same",
    Form.depends: "hang together: the first is due and waits for the second",
}


def found(rule: Rule, parts: Sequence[Record], about: Iterable[str], names: Names = str) -> str:
    """The sentence for a clash, naming the people whom it is about. `parts` stand as the rule names them."""
    if len(parts) == 1:
        return _found_alone(rule, parts[0], names)
    told = [record_in_words(one, names) for one in parts]
    people = _people(about, names)
    if rule.form is Form.crowd:
        agencies = sorted({names(one.agency) for one in parts})
        listed = _and(told) if len(told) <= FEW else f"{', '.join(told[:FEW])} and {len(told) - FEW} more"
        return f"{_how_many(rule, parts)}{people}, by {_and(agencies)}: {listed}."
    if rule.form is Form.near:
        joined = {
            Mode.during: "falls while the other is live or close to it",
            Mode.after_start: f"comes within {rule.days} days of its start",
            Mode.either: f"lie within {rule.hours} hours" if rule.hours else f"lie within {rule.days} days",
        }[rule.mode]
        if rule.mode is Mode.either:
            return f"{upper_first(_and(told))} {joined}{people}."
        return f"{upper_first(told[0])} {joined}: {told[1]}{people}."
    if rule.form is Form.clash and rule.window:
        return f"{upper_first(told[0])} falls within the hours, or the way there and back, of {told[1]}{people}."
    if rule.form is Form.discord:
        values = [str(getattr(one, rule.field)) for one in parts]
        told = [f"{words}: {value}" for words, value in zip(told, values, strict=True)]
    return f"{upper_first(_and(told))} {JOINED[rule.form]}{people}."


def _how_many(rule: Rule, crowd: Sequence[Record]) -> str:
    """`6 within 7 days`; of a longer stretch from when to when, and how many come together in it at most."""
    first, last = min(one.first for one in crowd), max(one.first for one in crowd)
    if last - first < rule.days:
        return f"{len(crowd)} within {rule.days} days"
    most = max(len(window) for window in windows(rule, crowd))
    days = f"{_day(date.fromordinal(first))} to {_day(date.fromordinal(last))}"
    return f"{len(crowd)} from {days}, up to {most} of them within {rule.days} days,"


def _found_alone(rule: Rule, one: Record, names: Names) -> str:
    """The sentence for a record that lacks another."""
    lacking = " or ".join(lower_first(kind_in_words(kind)) for kind in rule.b)
    within = f" within {rule.days} days" if rule.form is Form.gap else ""
    return f"{upper_first(record_in_words(one, names))}{_people(one.people, names)} has no {lacking}{within}."
