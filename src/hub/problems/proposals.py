"""Who should be in the circle: the tags of a problem held against role cards, and against involvement already known.

None of the shared code lists fits: the factors of the children in need census name 42 of them by whom they touch, and
the Supporting Families outcomes name what is hoped for. These are the words in which a circle says what is wrong.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from hub.vocabulary import lower_first


class Tag(StrEnum):
    """What a problem is about."""

    domestic_abuse = "domestic-abuse"
    neglect = "neglect"
    abuse = "abuse"
    substance_use = "substance-use"
    mental_health = "mental-health"
    disability = "disability"
    housing = "housing"
    debt = "debt"
    exploitation = "exploitation"
    offending = "offending"
    school_attendance = "school-attendance"
    parenting = "parenting"

    @property
    def label(self) -> str:
        return {
            "abuse": "Physical or sexual abuse",
            "disability": "Disability or long illness",
            "housing": "Housing or homelessness",
            "debt": "Debt or not enough money",
            "offending": "Offending or risk of it",
            "parenting": "Parenting under strain",
        }.get(self.value, self.value.replace("-", " ").capitalize())


@dataclass(frozen=True)
class _Need:
    """What on a role card speaks to a tag: the beginnings of words, and the sectors whose work it is anyway."""

    words: tuple[str, ...]
    sectors: tuple[str, ...] = ()


_NEEDS: Mapping[Tag, _Need] = {
    Tag.domestic_abuse: _Need(("domestic", "victim", "refuge", "protective order", "safety plan", "plan for safety")),
    Tag.neglect: _Need(("section", "child protection", "family support"), ("social-care",)),
    Tag.abuse: _Need(("section", "child protection", "investigate", "injur"), ("social-care", "police")),
    Tag.substance_use: _Need(("substance", "alcohol", "drug", "body and mind")),
    Tag.mental_health: _Need(("mental", "body and mind", "therap", "psychiatr"), ("health",)),
    Tag.disability: _Need(("disab", "body and mind", "occupational"), ("health",)),
    Tag.housing: _Need(("homeless", "tenan", "housing", "make a home safe", "move a family"), ("housing",)),
    Tag.debt: _Need(("debt", "money", "arrears", "benefit")),
    Tag.exploitation: _Need(("exploit", "traffick", "slavery", "investigate", "protective order"), ("police",)),
    Tag.offending: _Need(
        ("offend", "licence", "programme", "arrest", "recall", "crimes"), ("police", "probation", "youth-justice")
    ),
    Tag.school_attendance: _Need(("school", "see the child daily", "behaviour and progress"), ("education",)),
    Tag.parenting: _Need(("family support", "parent", "visit babies", "early help"), ("early-help",)),
}  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """How one agency meets one tag, in the words of its own role card."""

    tag: Tag
    can: Sequence[str] = ()
    holds: Sequence[str] = ()
    cannot: Sequence[str] = ()
    by_sector: bool = False
    """Its sector's work, though its card does not say so in our words."""

    @property
    def meets(self) -> bool:
        """Whether the agency can do something about it. To know of it is not to meet it."""
        return bool(self.can) or self.by_sector

    @property
    def fits(self) -> bool:
        return self.meets or bool(self.holds)


def _speaking(items: Iterable[str], need: _Need) -> list[str]:
    return [item for item in items if any(word in item.lower() for word in need.words)]


def fit(tag: Tag, agency: Any, card: Any | None) -> Fit:
    """How an agency's role card (None when it has written none) meets a tag."""
    need = _NEEDS[tag]
    by_sector = agency.sector in need.sectors
    if card is None:
        return Fit(tag, by_sector=by_sector)
    return Fit(tag, _speaking(card.can, need), _speaking(card.holds, need), _speaking(card.cannot, need), by_sector)


@dataclass(frozen=True)
class Proposal:
    """An agency that could be brought in, and each reason why."""

    agency: Any
    card: Any | None = None
    fits: Sequence[Fit] = ()
    involved: Sequence[str] = ()
    """What it already has to do with these people, in words."""

    @property
    def reason(self) -> str:
        """`Northvale Housing: holds tenancies and arrears; can move a family.`"""
        holds = dict.fromkeys(item for one in self.fits for item in one.holds)
        can = dict.fromkeys(item for one in self.fits for item in one.can)
        parts = [f"{verb} {', '.join(items)}" for verb, items in (("holds", holds), ("can", can)) if items]
        if not parts and self.fits:
            parts.append(lower_first(str(self.card.summary).rstrip(".")) if self.card else "this is its work")
        return f"{self.agency.name}: {'; '.join([*parts, *self.involved])}."

    @property
    def cannot(self) -> list[str]:
        """What it says of itself that it cannot do about these tags."""
        return list(dict.fromkeys(item for one in self.fits for item in one.cannot))


@dataclass(frozen=True)
class Met:
    """A tag of the case: who of the circle can meet it."""

    tag: Tag
    here: Sequence[Any] = ()
    elsewhere: Sequence[Any] = ()
    """Agencies of the partnership outside the circle that could."""

    @property
    def is_missing(self) -> bool:
        """No agency of the circle can meet it: a partner is missing."""
        return not self.here


@dataclass(frozen=True)
class Proposed:
    """The tags with who meets them, and the agencies to think of."""

    tags: Sequence[Met] = ()
    agencies: Sequence[Proposal] = field(default_factory=tuple)


def propose(
    tags: Collection[Tag],
    agencies: Sequence[Any],
    cards: Mapping[UUID, Any],
    *,
    circle: Collection[UUID],
    involved: Mapping[UUID, Sequence[str]],
) -> Proposed:
    """Whom a problem with these tags calls for, the agency that meets most of them first.

    Agencies of the circle are never proposed; one that only holds something about a tag is, after those that can act.
    """
    ordered = [tag for tag in Tag if tag in tags]
    found = {agency.id: [fit(tag, agency, cards.get(agency.id)) for tag in ordered] for agency in agencies}
    met = [
        Met(
            tag,
            [agency for agency in agencies if agency.id in circle and found[agency.id][place].meets],
            [agency for agency in agencies if agency.id not in circle and found[agency.id][place].meets],
        )
        for place, tag in enumerate(ordered)
    ]
    missing = {one.tag for one in met if one.is_missing}
    proposals = [
        Proposal(agency, cards.get(agency.id), fits, involved.get(agency.id, ()))
        for agency in agencies
        if agency.id not in circle
        and ((fits := [one for one in found[agency.id] if one.fits]) or involved.get(agency.id))
    ]

    def weight(one: Proposal) -> tuple[int, int, int]:
        meeting = [fit for fit in one.fits if fit.meets]
        return (-sum(fit.tag in missing for fit in meeting), -len(meeting), -len(one.involved))

    return Proposed(met, sorted(proposals, key=weight))
