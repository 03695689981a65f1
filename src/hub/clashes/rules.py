"""The clash rules as data: what is looked for, how grave it is, what to do, and how a clash is answered.

Pure. `hub.clashes.detecting` finds the clashes; the board, the nightly run and `hub clashes check` all use it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

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


class Verdict(StrEnum):
    """Whether it was worth pointing out, in the eyes of whoever answered."""

    useful = "useful"
    not_useful = "not-useful"

    @property
    def label(self) -> str:
        return {"useful": "Useful", "not-useful": "Not useful"}[self.value]


class RuleState(StrEnum):
    """Whether a rule is used: on, quiet (looked for and counted, shown to nobody), or off."""

    on = "on"
    quiet = "quiet"
    off = "off"

    @property
    def label(self) -> str:
        return {
            "on": "On",
            "quiet": "Quiet: counted here, shown nowhere else",
            "off": "Off: not looked for",
        }[self.value]


class Form(StrEnum):
    """The ways in which two records can work against each other."""

    overlap = "overlap"
    sameday = "sameday"
    clash = "clash"
    place = "place"
    parties = "parties"
    near = "near"
    requires = "requires"
    gap = "gap"
    discord = "discord"
    crowd = "count"
    depends = "depends"


class Scope(StrEnum):
    """Whom two records must have in common: a person; a home or a person; or those, or a recorded relationship."""

    person = "person"
    household = "household"
    linked = "linked"


class Mode(StrEnum):
    """How near is meant: while the other runs, after it started, or on either side of its start."""

    during = "during"
    after_start = "after-start"
    either = "either"


@dataclass(frozen=True)
class Rule:
    """One row of the catalogue. `a` and `b` are kinds: `V.*` is every kind of visit, `*` everything.

    `title_form` is its title with room for its own figures, which the partnership may change.
    `cond` names a mark that one record must bear and `unless` the marks that excuse; `needs` is a kind that must be
    live; `field` must differ and `same` must be equal. `covert`: whoever does not own the record sees nothing of it.
    """

    id: str
    form: Form
    a: tuple[str, ...]
    b: tuple[str, ...]
    severity: Severity
    scope: Scope
    title_form: str
    why: str
    step: str
    days: int = 0
    hours: int = 0
    buffer: int = 0
    mode: Mode = Mode.either
    n: int = 1
    agencies: int = 1
    differs: str = ""
    unless: tuple[str, ...] = ()
    cond: str = ""
    needs: str = ""
    field: str = ""
    same: str = ""
    window: str = ""
    covert: bool = False
    blocks: bool = False

    @property
    def title(self) -> str:
        return self.title_form.format(
            days=_stretch(self.days, "day"), hours=_stretch(self.hours, "hour"), n=self.n, agencies=self.agencies
        )

    def is_a(self, kind: str) -> bool:
        return is_of(kind, self.a)

    def is_b(self, kind: str) -> bool:
        return is_of(kind, self.b)


def _stretch(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


@lru_cache(maxsize=1)
def catalogue() -> tuple[Rule, ...]:
    """The rules as they ship."""
    return tuple(read_rule(row) for row in json.loads(CATALOGUE.read_text(encoding="utf-8")))


def read_rule(row: Mapping[str, Any]) -> Rule:
    """A rule from its row. Raises KeyError or ValueError for a form, scope, mode or severity that we do not have."""
    closed = {"severity": Severity, "form": Form, "scope": Scope, "mode": Mode}
    read: dict[str, Any] = {name: closed[name](value) if name in closed else value for name, value in row.items()}
    read["title_form"] = read.pop("title", "")
    return Rule(**{**read, **{name: tuple(row[name]) for name in ("a", "b", "unless") if name in row}})


@lru_cache(maxsize=4096)
def is_of(kind: str, patterns: tuple[str, ...]) -> bool:
    """Whether a kind is one of these: `V.*` is every visit, `*` is everything."""
    return any(
        pattern in ("*", kind) or (pattern.endswith(".*") and (kind + ".").startswith(pattern[:-1]))
        for pattern in patterns
    )


MEASURES = ("days", "hours", "buffer")
"""What the partnership may change of a rule besides its severity and whether it is used."""


def measures(rule: Rule) -> tuple[str, ...]:
    """The measures that a rule has: a rule without a window is given none."""
    return tuple(name for name in MEASURES if getattr(rule, name))


HELD_BACK = {"R13": "H", "R27": "E"}
"""In a covert rule, the group whose agency alone may know of the clash."""

BOOKS = frozenset("PVG")
"""What is booked, and can be refused. Police protection, an arrest or a section 136 is done, not booked."""


def check_change(rule: Rule, *, severity: Severity, given: Mapping[str, int | None], reason: str) -> None:
    """Raises Refused for a change of a rule that the catalogue does not allow or that says no reason."""
    if len(reason.strip()) < 10:
        raise Refused("Say why, in words that the other agencies would understand", field="reason")
    for name in measures(rule):
        value = given.get(name)
        if value is None or not LIMITS[name][0] <= value <= LIMITS[name][1]:
            raise Refused(f"Enter a number from {LIMITS[name][0]} to {LIMITS[name][1]}", field=name)
    if rule.blocks and severity is not Severity.critical:
        raise Refused("A rule that stops a booking stays critical", field="severity")


LIMITS = {"days": (1, 3650), "hours": (1, 720), "buffer": (0, 600)}


def with_changes(rule: Rule, *, severity: str | None, days: int | None, hours: int | None, buffer: int | None) -> Rule:
    """A rule of the catalogue with what the partnership changed in it."""
    given = {"days": days, "hours": hours, "buffer": buffer}
    changed: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if severity is not None:
        changed["severity"] = Severity(severity)
    return replace(rule, **changed)


SEPARATES = frozenset({Disposition.sequence, Disposition.retime, Disposition.keep_apart})
"""The answers after which what clashed no longer comes together. Every other lets it stand."""


def stops_bookings(code: str) -> bool:
    """Whether a rule refuses a booking; one that is no longer in the catalogue refuses none."""
    return any(rule.blocks for rule in catalogue() if rule.id == code)


def answers_offered(*, blocks: bool, may_override: bool) -> list[Disposition]:
    """How a clash may be answered: what a rule refuses to have booked is let stand only by whoever may override it."""
    return [one for one in Disposition if one in SEPARATES or not blocks or may_override]


def check_answer(disposition: Disposition, reason: str, *, blocks: bool = False, may_override: bool = False) -> None:
    """Raises Refused for an answer that lets a dangerous booking stand, but by whoever may override the rule.

    And when an answer that changes nothing, or that overrides a rule, lacks its reason.
    """
    if disposition not in answers_offered(blocks=blocks, may_override=may_override):
        raise Refused(
            "Only a team leader can let this stand. Move one, do one after the other, or keep them apart",
            field="disposition",
        )
    lets_stand = blocks and disposition not in SEPARATES
    if (lets_stand or disposition in (Disposition.accept, Disposition.keep_apart)) and not is_a_reason(reason):
        raise Refused("Say why, in words that the other agency would understand", field="reason")


def is_a_reason(reason: str) -> bool:
    """Whether it is long enough to say anything."""
    return len(reason.strip()) >= SHORTEST_REASON


SHORTEST_REASON = 10
