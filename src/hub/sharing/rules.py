"""The law of sharing as a table that a lawyer can read: a permission, and the sets of conditions that give it.

A permission is given when every condition of any one of its sets holds. What is not in the table is refused. Each
reading permission has a twin in SQL beside this file (`scope.py`), and a test demands the same answer from both for
every combination.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from hub.events.rules import Actor


class Role(StrEnum):
    """What a worker answers for inside the Hub. A role never widens what may be seen: the circle does that."""

    frontline = "frontline"
    leader = "leader"
    coordinator = "coordinator"
    administrator = "administrator"


class Part(StrEnum):
    """How an agency stands around a case or a referral."""

    lead = "lead"
    member = "member"
    referrer = "referrer"


class Audience(StrEnum):
    """Who a contribution is for. It belongs to the contribution and is never inherited from the case."""

    circle = "circle"
    named = "named"
    own = "own"


NOBODY = UUID(int=0)
"""An identity that nothing has."""


@dataclass(frozen=True)
class Viewer(Actor):
    """The worker who asks: who they are, from which agency, in which roles. `agencies.identity` makes it."""

    worker_id: UUID = NOBODY
    agency_id: UUID = NOBODY
    name: str = ""
    agency_slug: str = ""
    agency_name: str = ""
    agency_mark: str = ""
    agency_colour: int = 8
    triages: bool = False

    @property
    def is_leader(self) -> bool:
        return Role.leader in self.roles


class Condition(StrEnum):
    """A fact about the asker and the thing asked for, true or not."""

    in_circle = "my agency stands in the circle of this case"
    at_referral = "my agency sent this referral, or it was sent to my agency"
    case_open = "the case is open"
    own_agency = "my agency made it"
    audience_circle = "it is for the whole circle"
    audience_names_us = "it names my agency among those it is for"
    accountable = "I answer for it"
    chair = "I chair the conference"
    invited = "I am invited to the conference"
    leader = "I am a team leader"
    coordinator = "I coordinate the hub"
    administrator = "I administer the hub"
    desk = "my agency decides on referrals"


class Permission(StrEnum):
    """Something a worker may do."""

    case_read = "open the case and everything on it that is for me"
    case_steer = "move the case between stages, and bring in or release an agency"
    case_rate = "give the case a rating, with a reason"
    accountable_name = "name the one person who answers for the case"
    contribution_read = "read a contribution"
    contribution_add = "add a contribution in my own agency's lane"
    contribution_amend = "change or withdraw a contribution"
    contribution_comment = "comment beside a contribution"
    referral_read = "read a referral"
    referral_decide = "rate a referral and decide what happens"
    intervention_record = "record what my agency does with the family"
    intervention_change = "change or end an intervention"
    clash_answer = "answer a clash"
    outcome_agree = "agree a joint outcome, and state my agency's own objective in it"
    outcome_measure = "add a reading to an outcome"
    conference_schedule = "call a joint conference"
    conference_run = "open, minute and close a conference"
    conference_position = "state my agency's position on a decision"
    hub_administer = "add workers, agencies and sending systems"


_ = Condition
GRANTED: Mapping[Permission, tuple[frozenset[Condition], ...]] = {
    Permission.case_read: (frozenset({_.in_circle}),),
    Permission.case_steer: (
        frozenset({_.in_circle, _.case_open, _.accountable}),
        frozenset({_.in_circle, _.case_open, _.leader}),
        frozenset({_.in_circle, _.case_open, _.coordinator}),
    ),
    Permission.case_rate: (frozenset({_.in_circle, _.case_open}),),
    Permission.accountable_name: (
        frozenset({_.in_circle, _.case_open, _.accountable}),
        frozenset({_.in_circle, _.case_open, _.leader}),
        frozenset({_.in_circle, _.case_open, _.coordinator}),
    ),
    Permission.contribution_read: (
        frozenset({_.in_circle, _.own_agency}),
        frozenset({_.in_circle, _.audience_circle}),
        frozenset({_.in_circle, _.audience_names_us}),
    ),
    Permission.contribution_add: (frozenset({_.in_circle, _.case_open}),),
    Permission.contribution_amend: (frozenset({_.in_circle, _.case_open, _.own_agency}),),
    Permission.contribution_comment: (
        frozenset({_.in_circle, _.case_open, _.own_agency}),
        frozenset({_.in_circle, _.case_open, _.audience_circle}),
        frozenset({_.in_circle, _.case_open, _.audience_names_us}),
    ),
    Permission.referral_read: (frozenset({_.at_referral}),),
    Permission.referral_decide: (
        frozenset({_.at_referral, _.desk}),
        frozenset({_.at_referral, _.coordinator}),
    ),
    Permission.intervention_record: (frozenset({_.in_circle, _.case_open}),),
    Permission.intervention_change: (frozenset({_.in_circle, _.case_open, _.own_agency}),),
    Permission.clash_answer: (frozenset({_.in_circle, _.case_open}),),
    Permission.outcome_agree: (frozenset({_.in_circle, _.case_open}),),
    Permission.outcome_measure: (frozenset({_.in_circle, _.case_open}),),
    Permission.conference_schedule: (frozenset({_.in_circle, _.case_open}),),
    Permission.conference_run: (
        frozenset({_.in_circle, _.chair}),
        frozenset({_.in_circle, _.coordinator}),
    ),
    Permission.conference_position: (
        frozenset({_.in_circle, _.invited}),
        frozenset({_.in_circle, _.chair}),
        frozenset({_.in_circle, _.coordinator}),
    ),
    Permission.hub_administer: (frozenset({_.administrator}),),
}
del _


@dataclass(frozen=True)
class Standing:
    """What is true between one worker and one thing, read from the database in the request's own transaction."""

    holds: frozenset[Condition] = field(default_factory=frozenset)

    def also(self, **facts: bool) -> "Standing":
        """The same standing with more facts, each named as its Condition."""
        return Standing(self.holds | {Condition[name] for name, true in facts.items() if true})


def standing_of(viewer: Viewer, **facts: bool) -> Standing:
    """The standing of a worker: their roles, and the facts given by the names of conditions."""
    return Standing().also(
        leader=Role.leader in viewer.roles,
        coordinator=Role.coordinator in viewer.roles,
        administrator=Role.administrator in viewer.roles,
        desk=viewer.triages,
        **facts,
    )


def may(permission: Permission, standing: Standing) -> bool:
    """Whether a worker in this standing may do this. Refuses what the table does not give."""
    return any(conditions <= standing.holds for conditions in GRANTED.get(permission, ()))


def audience_reaches(audience: Audience | str, named: list[UUID] | None, owner: UUID, agency: UUID) -> dict[str, bool]:
    """Which audience conditions hold for an agency, ready for `Standing.also`."""
    return {
        "own_agency": agency == owner,
        "audience_circle": audience == Audience.circle,
        "audience_names_us": audience == Audience.named and agency in (named or []),
    }
