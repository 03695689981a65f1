"""What a kind of conference asks for, and when the next one is due.

The catalogue beside this file holds the national clocks and the local defaults, each with its source; a partnership
changes its own copy, and every version is kept.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from hub.errors import Refused
from hub.timers import Timer, Unit, due_after

CATALOGUE = Path(__file__).parent / "catalogue.json"
CODE = r"^[A-Za-z][A-Za-z0-9-]{1,39}$"
LONGEST_MINUTES = 480


class ConferenceKind(str):
    """The code of a kind. Those of the catalogue are named here; a partnership may add its own.

    A code is its own words: `MACE-panel` reads “MACE panel”, so that the ledger can tell of a kind of any Hub.
    """

    case_conference: ClassVar["ConferenceKind"]
    strategy_discussion: ClassVar["ConferenceKind"]
    core_group: ClassVar["ConferenceKind"]
    review: ClassVar["ConferenceKind"]
    marac: ClassVar["ConferenceKind"]
    iom: ClassVar["ConferenceKind"]

    def __new__(cls, code: str) -> "ConferenceKind":
        if not re.match(CODE, code):
            raise ValueError(code)
        return super().__new__(cls, code)

    @property
    def value(self) -> str:
        return str(self)

    @property
    def label(self) -> str:
        """The words for the kind."""
        told = _catalogue().get(self)
        words = str(told["title"]) if told else self.replace("-", " ")
        return words[0].upper() + words[1:]


ConferenceKind.case_conference = ConferenceKind("case-conference")
ConferenceKind.strategy_discussion = ConferenceKind("strategy-discussion")
ConferenceKind.core_group = ConferenceKind("core-group")
ConferenceKind.review = ConferenceKind("review")
ConferenceKind.marac = ConferenceKind("marac")
ConferenceKind.iom = ConferenceKind("iom")


@dataclass(frozen=True)
class KindRules:
    """One version of a kind: everything that a partnership may set about it."""

    code: str
    title: str
    source: str
    """Where the clock comes from: statute, guidance or a named local practice."""
    first_after: str = ""
    """The kind of conference after which the first of these is due; empty when nothing sets it off."""
    first_count: int = 0
    first_unit: str = Unit.working_days.value
    again_count: int = 0
    """How long after the last one the next is due; 0 when it does not recur."""
    again_unit: str = Unit.weeks.value
    again_red: int = 0
    """The same while the case is rated red; 0 when that makes no difference."""
    core: tuple[str, ...] = ()
    """Sectors that belong at the table."""
    quorum_sectors: tuple[str, ...] = ()
    quorum_agencies: int = 2
    chair_apart: bool = True
    """The chair stands apart: not of the agency that holds most of the case’s actions, nor dissented from."""
    report_days: int = 2
    """Working days before the conference by which each agency’s report is in; 0 when none are asked for."""
    minutes: int = 60
    must_record: tuple[str, ...] = ()
    listed: bool = False
    """A meeting with a list of cases, each with minutes of its own."""


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, dict[str, Any]]:
    return {row["code"]: row for row in json.loads(CATALOGUE.read_text(encoding="utf-8"))}


def catalogue() -> list[KindRules]:
    """The kinds that every partnership begins with, in the order in which they are offered."""
    tuples = ("core", "quorum_sectors", "must_record")
    rows: list[dict[str, Any]] = [
        {name: tuple(value) if name in tuples else value for name, value in row.items()}
        for row in _catalogue().values()
    ]
    return [KindRules(**row) for row in rows]


def code_of(title: str) -> str:
    """The code of a kind that a partnership adds. Raises Refused for a name that no code can be made of."""
    code = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-")[:40].rstrip("-")
    if not re.match(CODE, code):
        raise Refused("Give it a name of letters, such as “MACE panel”", field="title")
    return code


def check_rules(kind: KindRules, known: Collection[str]) -> None:
    """Raises Refused for a version of a kind that could not be kept."""
    units = {unit.value for unit in Unit}
    if kind.first_after and kind.first_after not in {*known, kind.code}:
        raise Refused("Choose a kind from the list", field="first_after")
    if kind.first_after and kind.first_count < 1:
        raise Refused("Say how long after it the first is due", field="first_count")
    if kind.first_unit not in units or kind.again_unit not in units:
        raise Refused("Choose how it counts", field="again_unit")
    if not 1 <= kind.quorum_agencies <= 12:
        raise Refused("A quorum is from 1 to 12 agencies", field="quorum_agencies")
    if not 10 <= kind.minutes <= LONGEST_MINUTES:
        raise Refused("A conference lasts from 10 minutes to 8 hours", field="minutes")
    if not 0 <= kind.report_days <= 30:
        raise Refused("Reports are asked for from 0 to 30 working days before", field="report_days")


# --- What is due --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Met:
    """A conference as the clocks see it: what it was, when, and whether it is over or still ahead."""

    kind: str
    at: datetime
    held: bool


@dataclass(frozen=True)
class Due:
    """A conference that a clock asks for."""

    kind: KindRules
    due_at: datetime
    since: datetime
    """When the conference was held that set the clock off."""
    after: str
    booked_at: datetime | None = None
    """When one stands in the calendar, which may be too late."""
    not_needed: bool = False
    """Somebody has said, with a reason, that this time it is not needed."""
    to_the_hour: bool = False
    """Its clock counts hours; any other runs out with its day."""

    @property
    def is_late(self) -> bool:
        """One is booked, but for a moment after the clock runs out."""
        return self.booked_at is not None and self.booked_at > self.due_at


COUNTS_HOURS = (Unit.hours, Unit.hub_hours)


def due_of_case(
    met: Sequence[Met],
    kinds: Collection[KindRules],
    *,
    red: bool = False,
    waived: Mapping[str, datetime] = {},
) -> list[Due]:
    """What is due on a case, the soonest first; what is not needed is left out."""
    return [one for one in clocks_of_case(met, kinds, red=red, waived=waived) if not one.not_needed]


def clocks_of_case(
    met: Sequence[Met],
    kinds: Collection[KindRules],
    *,
    red: bool = False,
    waived: Mapping[str, datetime] = {},
) -> list[Due]:
    """What the clocks of a case ask for and nobody has called in time, the soonest first; what is not needed too.

    The clock of the last strategy discussion counts when there were several (Working Together 2026). `waived` says
    until which moment somebody has said, with a reason, that a kind is not needed: what was held later counts anew.
    """
    found = []
    for kind in kinds:
        first, again = _last(met, kind.first_after), _last(met, kind.code)
        ahead = min((one.at for one in met if one.kind == kind.code and not one.held), default=None)
        if again is not None and kind.again_count:
            count = kind.again_red if red and kind.again_red else kind.again_count
            since, after, timer = again, kind.code, Timer(kind.title, count, Unit(kind.again_unit))
        elif first is not None and (again is None or first > again) and kind.first_after != kind.code:
            since, after, timer = first, kind.first_after, Timer(kind.title, kind.first_count, Unit(kind.first_unit))
        else:
            continue
        not_needed = kind.code in waived and waived[kind.code] >= since
        due = Due(kind, due_after(timer, since), since, after, ahead, not_needed, timer.unit in COUNTS_HOURS)
        if due.booked_at is None or due.is_late:
            found.append(due)
    return sorted(found, key=lambda due: (due.due_at, due.kind.code))


def _last(met: Sequence[Met], kind: str) -> datetime | None:
    return max((one.at for one in met if one.kind == kind and one.held), default=None) if kind else None


def quorum_missing(kind: KindRules, sectors: Collection[str], agencies: int, *, so_far: str = "here") -> list[str]:
    """What the quorum still needs, in words; `so_far` says of the agencies counted that they are here, or invited."""
    missing = [sector.replace("-", " ") for sector in kind.quorum_sectors if sector not in sectors]
    if agencies < kind.quorum_agencies:
        missing.append(f"{kind.quorum_agencies} agencies; {agencies} {'is' if agencies == 1 else 'are'} {so_far}")
    return missing
