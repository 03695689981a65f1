"""The law of contributions: their kinds, who they are for, and that only the author's agency touches them."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from hub.errors import Refused
from hub.sharing.rules import Audience, Consent


class ContributionKind(StrEnum):
    """What a contribution is. Fact stands apart from opinion (DPA 2018 s.38; MARAC research form)."""

    fact = "fact"
    opinion = "opinion"
    assessment = "assessment"
    concern = "concern"
    offer = "offer"
    limit = "limit"

    @property
    def label(self) -> str:
        return {"opinion": "Professional opinion", "limit": "What we cannot do"}.get(
            self.value, self.value.capitalize()
        )

    @property
    def hint(self) -> str:
        return {
            "fact": "Something that happened or is so, and how you know it.",
            "opinion": "What you make of it as a professional.",
            "assessment": "The finding of an assessment your agency made.",
            "concern": "Something that worries you.",
            "offer": "Something your agency can do for this family.",
            "limit": "Something your agency cannot do, so that nobody waits for it.",
        }[self.value]


class Confidence(StrEnum):
    """How sure the contributor is."""

    certain = "certain"
    likely = "likely"
    unsure = "unsure"

    @property
    def label(self) -> str:
        return {"certain": "We know this", "likely": "We think so", "unsure": "Not sure"}[self.value]


@dataclass(frozen=True)
class Seated:
    """An agency of the circle as a share meets it."""

    agency_id: UUID
    side: str | None = None
    signed: bool = True
    """It has signed the live agreement that covers the case."""


def reached(
    audience: Audience,
    named: Collection[UUID],
    *,
    owner: UUID,
    side: str | None,
    emergency: bool,
    consent: Consent,
    circle: Collection[Seated],
) -> list[UUID]:
    """The other agencies that a contribution reaches now; the disclosure ledger names exactly these."""
    if audience is Audience.own or consent is Consent.withdrawn:
        return []
    return [
        seat.agency_id
        for seat in circle
        if seat.agency_id != owner
        and (seat.signed or emergency)
        and (
            seat.agency_id in named
            if audience is Audience.named
            else side is None or seat.side is None or seat.side == side
        )
    ]


def check_audience(audience: Audience, named: list[UUID], *, own: UUID, circle: list[UUID]) -> list[UUID] | None:
    """The agencies to keep for an audience. Raises Refused when it names nobody, or somebody outside the circle."""
    if audience is not Audience.named:
        return None
    others = [agency for agency in dict.fromkeys(named) if agency != own]
    if not others:
        raise Refused("Choose at least one agency that may read this", field="agencies")
    if not set(others) <= set(circle):
        raise Refused("Choose agencies of this case’s circle", field="agencies")
    return others
