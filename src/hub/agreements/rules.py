"""The law that lets agencies share: purposes, powers and bases as closed lists, and when an agreement is good."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hub import vocabulary
from hub.errors import Refused


class Purpose(StrEnum):
    """What is shared for. A share without a purpose on this list is not one that an agreement can cover."""

    safeguard_child = "safeguard-child"
    safeguard_adult = "safeguard-adult"
    prevent_crime = "prevent-crime"
    manage_offender = "manage-offender"
    support_family = "support-family"

    @property
    def label(self) -> str:
        return {
            "safeguard-child": "Keeping a child safe",
            "safeguard-adult": "Keeping an adult at risk safe",
            "prevent-crime": "Preventing crime and disorder",
            "manage-offender": "Managing somebody’s risk of offending",
            "support-family": "Supporting a family who agreed to it",
        }[self.value]


class Power(StrEnum):
    """The gateway: the law that lets, or makes, an agency share."""

    children_act_2004_16la = "ca2004-16la"
    children_act_2004_10_11 = "ca2004-10-11"
    children_act_1989_47 = "ca1989-47"
    children_act_1989_17 = "ca1989-17-27"
    crime_and_disorder_115 = "cda1998-115"
    care_act = "care2014-45"
    mappa = "cja2003-325"
    offender_management = "oma2007-14"
    domestic_abuse = "da2021"
    serious_violence = "pcsc2022-8"
    digital_economy = "dea2017-35"
    public_interest = "common-law"

    @property
    def label(self) -> str:
        return vocabulary.label("sharing-gateway", self.value)


class Basis(StrEnum):
    """The data-protection layer under the power (UK GDPR articles 6, 9 and 10; DPA 2018 Schedule 1)."""

    public_task = "6-1-e"
    legal_obligation = "6-1-c"
    vital_interests = "6-1-d"
    recognised_interest = "6-1-ea"
    consent = "6-1-a"
    safeguarding = "9-2-g-18"
    statutory = "9-2-g-6"
    unlawful_acts = "9-2-g-10"
    health_care = "9-2-h"
    criminal_data = "10"

    @property
    def label(self) -> str:
        return {
            "6-1-e": "Article 6(1)(e): public task",
            "6-1-c": "Article 6(1)(c): legal obligation",
            "6-1-d": "Article 6(1)(d): vital interests",
            "6-1-ea": "Article 6(1)(ea): recognised legitimate interest",
            "6-1-a": "Article 6(1)(a): consent",
            "9-2-g-18": "Article 9(2)(g), Schedule 1 paragraph 18: safeguarding",
            "9-2-g-6": "Article 9(2)(g), Schedule 1 paragraph 6: statutory functions",
            "9-2-g-10": "Article 9(2)(g), Schedule 1 paragraph 10: preventing unlawful acts",
            "9-2-h": "Article 9(2)(h): health or social care",
            "10": "Article 10: criminal-offence data, official authority",
        }[self.value]


class Regime(StrEnum):
    """Under which part of data-protection law the author held what is shared."""

    uk_gdpr = "uk-gdpr"
    law_enforcement = "part-3"

    @property
    def label(self) -> str:
        return {"uk-gdpr": "UK GDPR", "part-3": "Law-enforcement data (DPA 2018 Part 3), converted by this share"}[
            self.value
        ]


def regime_of(sector: str) -> Regime:
    """Under which regime an agency of this sector usually holds what it knows: the police under Part 3."""
    return Regime.law_enforcement if sector == "police" else Regime.uk_gdpr


@dataclass(frozen=True)
class Draft:
    """An agreement as it is drafted."""

    title: str
    schemes: Collection[str]
    purposes: Collection[str]
    powers: Collection[str]
    bases: Collection[str]
    partners: int
    starts_on: date
    review_on: date
    ends_on: date | None


LONGEST_WITHOUT_REVIEW = timedelta(days=366)
"""An agreement is looked at again within twelve months (ICO Data Sharing Code: regular review)."""


def check_draft(draft: Draft) -> None:
    """Raises Refused, naming the field, for an agreement that would cover nothing or never be looked at again."""
    for name, words in (
        ("schemes", "Choose which cases it covers"),
        ("purposes", "Choose at least one purpose"),
        ("powers", "Choose at least one power: the law that lets you share"),
        ("bases", "Choose at least one basis in data-protection law"),
    ):
        if not getattr(draft, name):
            raise Refused(words, field=name)
    if draft.partners < 2:
        raise Refused("Choose at least two agencies", field="partners")
    if not draft.starts_on < draft.review_on <= draft.starts_on + LONGEST_WITHOUT_REVIEW:
        raise Refused("The review comes after the start, and within twelve months of it", field="review_on")
    if draft.ends_on is not None and draft.ends_on <= draft.starts_on:
        raise Refused("The end comes after the start", field="ends_on")


class AgreementState(StrEnum):
    """Where an agreement stands on a day."""

    unsigned = "unsigned"
    ahead = "ahead"
    live = "live"
    review_due = "review-due"
    ended = "ended"

    @property
    def label(self) -> str:
        return {
            "unsigned": "Waiting for signatures",
            "ahead": "Not begun",
            "live": "Live",
            "review-due": "Live, review due",
            "ended": "Ended",
        }[self.value]


def state_of(*, starts_on: date, review_on: date, ends_on: date | None, signed: int, today: date) -> AgreementState:
    """Where an agreement stands. One that is due for review goes on: it is ended by a decision, never by neglect."""
    if ends_on is not None and ends_on <= today:
        return AgreementState.ended
    if signed < 2:
        return AgreementState.unsigned
    if starts_on > today:
        return AgreementState.ahead
    return AgreementState.review_due if review_on <= today else AgreementState.live
