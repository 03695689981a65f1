"""Birth dates known in part, ties and their inverses, and who belongs to whom."""

import calendar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Precision(StrEnum):
    """How exactly a date is known."""

    day = "day"
    month = "month"
    year = "year"
    unknown = "unknown"


@dataclass(frozen=True)
class PartialDate:
    """A date known to the day, the month or the year, as the first and last day that it can be."""

    earliest: date | None = None
    latest: date | None = None
    precision: Precision = Precision.unknown

    @classmethod
    def read(cls, text: str) -> "PartialDate":
        """`1989`, `1989-05` or `1989-05-14`; anything else, or a day that never was, is unknown."""
        parts = text.split("-")
        try:
            numbers = [int(part) for part in parts]
            match numbers:
                case [year]:
                    return cls(date(year, 1, 1), date(year, 12, 31), Precision.year)
                case [year, month]:
                    last = calendar.monthrange(year, month)[1]
                    return cls(date(year, month, 1), date(year, month, last), Precision.month)
                case [year, month, day]:
                    return cls(date(year, month, day), date(year, month, day), Precision.day)
        except (ValueError, calendar.IllegalMonthError):
            pass
        return cls()


INVERSE = {
    "parent": "child",
    "stepParent": "stepChild",
    "grandparent": "grandchild",
    "greatGrandparent": "greatGrandchild",
    "auntUncle": "nieceNephew",
    "parentOfUnbornChild": "unbornChild",
    "siblingOfUnbornChild": "unbornSibling",
    "fosterCarer": "fosterChild",
    "privateFosterCarer": "privateFosterChild",
}
"""A tie and the same tie seen from the other side; every other tie is its own inverse."""
_BOTH = INVERSE | {there: here for here, there in INVERSE.items()}


def inverse(tie: str) -> str:
    """The tie as the other person would say it."""
    return _BOTH.get(tie, tie)


def family_name_of(surnames: list[str]) -> str:
    """What to call a family: the surname that most of its people bear; at a tie, the one named first."""
    if not surnames:
        return "Unnamed"
    return max(surnames, key=lambda name: (surnames.count(name), -surnames.index(name)))
