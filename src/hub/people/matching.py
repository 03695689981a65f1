"""Is this somebody we know? Pure, careful, and never silent about a doubt.

A shared national number decides, unless name and birth date both speak against it. Names and dates alone never do:
they make a question for a person (hmpps-person-match keeps the same line between joining and asking). Twins share a
surname, a birth date and a home, so a different given name is a different child.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from rapidfuzz.distance import JaroWinkler

from hub.people.cleaning import Likeness
from hub.people.rules import Precision

CLOSE = 0.92
"""Jaro-Winkler above which two names may be one name spelt twice (`Mohamed`, `Mohammed`)."""


class Likely(StrEnum):
    same = "same"
    perhaps = "perhaps"
    different = "different"


@dataclass(frozen=True)
class Verdict:
    """What the matching says: the one person it is, those it may be, or nobody we know (neither)."""

    same: UUID | None = None
    perhaps: tuple[UUID, ...] = ()


def compare(left: Likeness, right: Likeness) -> Likely:
    """How likely two records are of one person."""
    names = max(
        _names(left, right), *(_alias(left, right, alias) for alias in right.also_known_as | left.also_known_as), 0.0
    )
    dates = _dates(left, right)
    if left.numbers & right.numbers:
        # One number, but neither name nor date agrees: somebody mistyped a number that is another person's.
        return Likely.same if names >= CLOSE or dates > 0 else Likely.perhaps
    if _differ(left.numbers, right.numbers) or {left.sex, right.sex} == {"1", "2"}:
        return Likely.different
    if names < CLOSE or dates < 0:
        return Likely.different
    if dates == 2 and names == 1.0 and left.postcodes & right.postcodes:
        return Likely.same
    return Likely.perhaps if dates > 0 or left.postcodes & right.postcodes else Likely.different


def verdict(scored: Iterable[tuple[UUID, Likely]]) -> Verdict:
    """One decision from all comparisons. Two that are both the same is a question, not an answer."""
    same, perhaps = [], []
    for person_id, likely in scored:
        if likely is Likely.same:
            same.append(person_id)
        elif likely is Likely.perhaps:
            perhaps.append(person_id)
    if len(same) == 1:
        return Verdict(same=same[0])
    return Verdict(perhaps=tuple(same + perhaps))


def _names(left: Likeness, right: Likeness) -> float:
    if not left.family or not right.family:
        return 0.0
    straight = min(_near(left.given, right.given), _near(left.family, right.family))
    swapped = min(_near(left.given, right.family), _near(left.family, right.given))
    return max(straight, swapped)


def _alias(left: Likeness, right: Likeness, alias: tuple[str, str]) -> float:
    others = left if alias in right.also_known_as else right
    return min(_near(others.given, alias[0]), _near(others.family, alias[1]))


def _near(one: str, other: str) -> float:
    if one == other:
        return 1.0
    first, second = one.split(" ")[0], other.split(" ")[0]
    return JaroWinkler.similarity(first, second) if first and second else 0.0


def _dates(left: Likeness, right: Likeness) -> int:
    """2 the same day, 1 may be the same, 0 not known, -1 cannot be."""
    one, other = left.born, right.born
    if one.earliest is None or one.latest is None or other.earliest is None or other.latest is None:
        return 0
    if one.earliest > other.latest or other.earliest > one.latest:
        return -1
    return 2 if one.precision == other.precision == Precision.day else 1


def _differ(left: frozenset[tuple[str, str]], right: frozenset[tuple[str, str]]) -> bool:
    """Whether both carry a number of the same system, and not the same one."""
    systems = {system for system, _ in left} & {system for system, _ in right}
    return bool(systems) and not left & right
