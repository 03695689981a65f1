"""The clash engine: rules are data, records are neutral, and a hit says what, why and what to do.

Pure: the same engine serves the board, the nightly run and `hub clashes check`. Each form of rule is one function from
two records to a yes or no; `FORMS` is the list of them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID

from hub.errors import Refused

CATALOGUE = Path(__file__).parent / "rules.json"


class Severity(StrEnum):
    critical = "critical"
    high = "high"
    medium = "medium"
    low = "low"

    @property
    def label(self) -> str:
        return self.value.capitalize()


SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Disposition(StrEnum):
    """How a clash is answered."""

    align = "align"
    joint_visit = "joint-visit"
    merge = "merge"
    sequence = "sequence"
    retime = "re-time"
    keep_apart = "keep-apart"
    accept = "accept"

    @property
    def label(self) -> str:
        return {
            "align": "Align: keep both, and agree who does what",
            "joint-visit": "Go together",
            "merge": "Merge: one agency does both",
            "sequence": "Do one after the other",
            "re-time": "Move one to another day",
            "keep-apart": "Keep apart for safety",
            "accept": "Accept as it is, with a reason",
        }[self.value]


@dataclass(frozen=True)
class Record:
    """An intervention as the rules see it."""

    id: str
    kind: str
    agency: str
    people: frozenset[str]
    households: frozenset[str]
    first_day: date
    last_day: date | None
    joint: bool = False


@dataclass(frozen=True)
class Rule:
    """One row of the catalogue. `a` and `b` are kinds, `V.*` meaning every kind of visit."""

    id: str
    form: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    severity: Severity
    scope: str
    title: str
    why: str
    step: str
    differs: str = ""
    unless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A clash: the rule, the records that make it, and the people it is about."""

    rule: Rule
    records: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def key(self) -> str:
        """The same clash has the same key however often it is found."""
        return "|".join([self.rule.id, *self.records])


@lru_cache(maxsize=1)
def catalogue() -> tuple[Rule, ...]:
    """The rules as they ship."""
    return tuple(read_rule(row) for row in json.loads(CATALOGUE.read_text(encoding="utf-8")))


def read_rule(row: Mapping[str, Any]) -> Rule:
    """A rule from its row. Raises KeyError or ValueError for a form or severity that we do not have."""
    if row["form"] not in FORMS:
        raise ValueError(f"no such form: {row['form']}")
    lists = {name: tuple(row[name]) for name in ("a", "b", "unless") if name in row}
    return Rule(**{**row, **lists, "severity": Severity(row["severity"])})


def is_of(kind: str, patterns: Iterable[str]) -> bool:
    """Whether a kind is one of these: `V.*` is every visit."""
    return any(kind == pattern or (pattern.endswith(".*") and kind.startswith(pattern[:-1])) for pattern in patterns)


def _same_day(rule: Rule, one: Record, other: Record) -> bool:
    return one.first_day == other.first_day


FORMS: dict[str, Callable[[Rule, Record, Record], bool]] = {"sameday": _same_day}


def _concern_the_same(rule: Rule, one: Record, other: Record) -> bool:
    if one.people & other.people:
        return True
    return rule.scope == "household" and bool(one.households & other.households)


def _excused(rule: Rule, one: Record, other: Record) -> bool:
    if rule.differs == "agency" and one.agency == other.agency:
        return True
    return "joint" in rule.unless and (one.joint or other.joint)


def find(records: Sequence[Record], rules: Iterable[Rule]) -> Iterator[Hit]:
    """Every clash among these records, each once."""
    for rule in rules:
        holds = FORMS[rule.form]
        for one, other in combinations(records, 2):
            fits = (is_of(one.kind, rule.a) and is_of(other.kind, rule.b)) or (
                is_of(other.kind, rule.a) and is_of(one.kind, rule.b)
            )
            if (
                fits
                and not _excused(rule, one, other)
                and _concern_the_same(rule, one, other)
                and holds(rule, one, other)
            ):
                people = sorted(one.people & other.people or one.people | other.people)
                yield Hit(rule, tuple(sorted((one.id, other.id))), tuple(people))


def check_answer(disposition: Disposition, reason: str) -> None:
    """Raises Refused when an answer that changes nothing lacks its reason."""
    if disposition in (Disposition.accept, Disposition.keep_apart) and len(reason.strip()) < 10:
        raise Refused("Say why, in words that the other agency would understand", field="reason")


def record_ids(hit: Hit) -> list[UUID]:
    """The identities behind a hit on our own records."""
    return [UUID(record) for record in hit.records]
