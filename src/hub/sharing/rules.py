"""The law of sharing as a table that a lawyer can read: a permission, and the sets of conditions that give it.

A permission is given when every condition of any one of its sets holds. What is not in the table is refused. Each
reading permission has a twin in SQL beside this file (`scope.py`), and a test demands the same answer from both for
every combination.
"""

from collections.abc import Iterable, Mapping
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
    guardian = "guardian"
    scrutineer = "scrutineer"
    researcher = "researcher"
    guest = "guest"

    @property
    def label(self) -> str:
        return {
            "frontline": "Frontline worker",
            "leader": "Team leader",
            "guardian": "Information guardian",
            "guest": "Guest",
        }.get(self.value, self.value.capitalize())


OUTSIDE_THE_CIRCLE = frozenset({Role.scrutineer, Role.researcher, Role.guest})
"""Roles for which the agency's seat opens nothing: what they may see is granted to them by name, for a time."""


def in_the_circle(roles: Iterable[str]) -> bool:
    """Whether their agency's seat opens cases to somebody with these roles."""
    return not OUTSIDE_THE_CIRCLE & set(roles)


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


class Consent(StrEnum):
    """Consent as a field of its own: it is almost never the basis for sharing, and where it is, it can be withdrawn."""

    not_the_basis = "not-the-basis"
    given = "given"
    withdrawn = "withdrawn"

    @property
    def label(self) -> str:
        return {
            "not-the-basis": "Consent is not the basis for sharing",
            "given": "Shared with their consent",
            "withdrawn": "Consent withdrawn",
        }[self.value]


class Side(StrEnum):
    """On whose side of a family an agency works, where the agreement keeps the two apart."""

    victim = "victim"
    perpetrator = "perpetrator"

    @property
    def label(self) -> str:
        return {"victim": "With the person who is harmed", "perpetrator": "With the person who harms"}[self.value]


class GrantKind(StrEnum):
    """Why somebody outside the circle may read one case for a time."""

    emergency = "emergency"
    scrutiny = "scrutiny"
    guest = "guest"

    @property
    def label(self) -> str:
        return {"emergency": "Opened in an emergency", "scrutiny": "Scrutiny", "guest": "Guest"}[self.value]


class Restriction(StrEnum):
    """How a case or person is kept from those who would otherwise see it."""

    hidden = "hidden"
    restricted = "restricted"
    sealed = "sealed"
    kept_out = "kept-out"

    @property
    def label(self) -> str:
        return {
            "hidden": "Hidden: only those named see that it exists, or who knows its reference and says why it is an emergency",
            "restricted": "Restricted: the circle may know that it exists, those named open it",
            "sealed": "Sealed: hidden, and never opened in an emergency",
            "kept-out": "Kept from those named, open to the rest of the circle",
        }[self.value]

    @property
    def names_who_may(self) -> bool:
        """The workers it names are those who may; otherwise they are those who may not."""
        return self is not Restriction.kept_out


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

    @property
    def by_grant(self) -> bool:
        """A grant by name opens a case to them: never to a researcher, who sees nobody."""
        return Role.researcher not in self.roles

    @property
    def counts_only(self) -> bool:
        """They see how much there is of everything and never of whom: a researcher."""
        return Role.researcher in self.roles

    @property
    def by_agency(self) -> bool:
        """The seats of the worker's agency open cases to them."""
        return not OUTSIDE_THE_CIRCLE & {Role(role) for role in self.roles}


class Condition(StrEnum):
    """A fact about the asker and the thing asked for, true or not."""

    in_circle = "my agency stands in the circle of this case, and nothing keeps it from me"
    granted = "I was granted to read this case for a time, and nothing keeps it from me"
    guest = "I am a guest at this case"
    lawful = "a live agreement lets my agency read it, or it was shared in an emergency"
    same_side = "it is not for the other side of the family alone"
    consented = "consent is not its basis, or has not been withdrawn"
    author = "I wrote it"
    guardian = "I guard my agency’s information"
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
    framings_revealed = "all framings of the round are in, or its time is over"
    asked_us = "my agency was asked"
    speaker = "the words are mine"
    at_issue = "my agency is one of the two that disagree"
    answers_step = "I answer for this step of the disagreement"
    leads = "my agency leads the case"


class Permission(StrEnum):
    """Something a worker may do."""

    case_read = "open the case and everything on it that is for me"
    case_restrict = "keep the case from some, or open it to them"
    guest_invite = "invite a guest to the case for a time"
    looks_read = "see who has looked"
    scrutiny_open = "let a scrutineer read the case for a time"
    disclosure_acknowledge = "say that my agency has read what was shared with it"
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
    intervention_bring = "bring in my agency's records from a file, and place what its systems sent"
    clash_answer = "answer a clash"
    outcome_agree = "agree a joint outcome, and state my agency's own objective in it"
    outcome_measure = "add a reading to an outcome"
    conference_schedule = "call a joint conference"
    conference_run = "open, minute and close a conference"
    conference_position = "state my agency's position on a decision"
    decision_record = "record a decision made between meetings"
    dissent_answer = "answer a dissent"
    hub_administer = "add workers, agencies and sending systems"
    agreement_keep = "draft agreements and sign them for my agency"
    emergency_review = "review what was opened in an emergency"
    framing_read = "read how an agency sees the problem"
    problem_frame = "say how my agency sees the problem, and work on it with the others"
    risk_position = "say how my own agency rates the risk"
    chronology_mark = "say which entries of the chronology are the same event, and which do not agree"
    request_read = "read a request for information"
    request_ask = "ask another agency for information"
    request_answer = "answer a request for information"
    request_review = "look again at a refusal of my own agency"
    spoken_note = "write down what somebody of another agency said"
    spoken_confirm = "confirm or correct what I am heard to have said"
    escalation_raise = "take a disagreement up a step"
    escalation_answer = "answer for my agency at this step of a disagreement"
    escalation_withdraw = "take a disagreement back"
    action_give = "give an action, and follow it up"
    action_reopen = "open an ended action again, and answer who needs longer for one"
    voice_record = "write down what somebody of the family wants, and what they were told"
    contact_name = "name whom to ring at my own agency"
    roles_give = "give a colleague a role, or take one"
    retention_list = "see which records of my agency’s cases are past their time"
    retention_keep = "decide how long the record is kept, hold it, and dispose of it"
    clash_rules_change = "change the clash rules of the partnership"
    clash_override = "let a booking stand that a clash rule refuses"


_ = Condition
GRANTED: Mapping[Permission, tuple[frozenset[Condition], ...]] = {
    Permission.case_read: (frozenset({_.in_circle}), frozenset({_.granted})),
    Permission.case_restrict: (
        frozenset({_.in_circle, _.accountable}),
        frozenset({_.in_circle, _.leader}),
        frozenset({_.in_circle, _.coordinator}),
        frozenset({_.in_circle, _.guardian}),
    ),
    Permission.guest_invite: (
        frozenset({_.in_circle, _.case_open, _.accountable}),
        frozenset({_.in_circle, _.case_open, _.leader}),
        frozenset({_.in_circle, _.case_open, _.coordinator}),
    ),
    Permission.looks_read: (
        frozenset({_.in_circle, _.accountable}),
        frozenset({_.in_circle, _.leader}),
        frozenset({_.in_circle, _.coordinator}),
        frozenset({_.in_circle, _.guardian}),
    ),
    # Of a closed case too: scrutiny looks back.
    Permission.scrutiny_open: (frozenset({_.in_circle, _.guardian}),),
    Permission.disclosure_acknowledge: (frozenset({_.in_circle}),),
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
        frozenset({_.in_circle, _.audience_circle, _.lawful, _.same_side, _.consented}),
        frozenset({_.in_circle, _.audience_names_us, _.lawful, _.consented}),
        frozenset({_.granted, _.audience_circle, _.consented}),
        frozenset({_.granted, _.author}),
    ),
    Permission.contribution_add: (frozenset({_.in_circle, _.case_open}), frozenset({_.guest, _.granted, _.case_open})),
    Permission.contribution_amend: (
        frozenset({_.in_circle, _.case_open, _.own_agency}),
        frozenset({_.guest, _.granted, _.case_open, _.own_agency, _.author}),
    ),
    Permission.contribution_comment: (
        frozenset({_.in_circle, _.case_open, _.own_agency}),
        frozenset({_.in_circle, _.case_open, _.audience_circle, _.lawful, _.same_side, _.consented}),
        frozenset({_.in_circle, _.case_open, _.audience_names_us, _.lawful, _.consented}),
    ),
    Permission.referral_read: (frozenset({_.at_referral}),),
    Permission.referral_decide: (
        frozenset({_.at_referral, _.desk}),
        frozenset({_.at_referral, _.coordinator}),
    ),
    Permission.intervention_record: (frozenset({_.in_circle, _.case_open}),),
    Permission.intervention_change: (frozenset({_.in_circle, _.case_open, _.own_agency}),),
    Permission.intervention_bring: (frozenset({_.leader}), frozenset({_.coordinator})),
    Permission.clash_answer: (frozenset({_.in_circle, _.case_open}),),
    Permission.outcome_agree: (frozenset({_.in_circle, _.case_open}),),
    Permission.outcome_measure: (frozenset({_.in_circle, _.case_open}),),
    Permission.conference_schedule: (frozenset({_.in_circle, _.case_open}),),
    Permission.conference_run: (
        frozenset({_.in_circle, _.chair}),
        frozenset({_.in_circle, _.coordinator}),
    ),
    # Of every agency around the case, invited or not, and of a closed case too: the decision to close it is one.
    Permission.conference_position: (frozenset({_.in_circle}),),
    Permission.decision_record: (frozenset({_.in_circle, _.case_open}),),
    Permission.dissent_answer: (
        frozenset({_.in_circle, _.chair}),
        frozenset({_.in_circle, _.accountable}),
        frozenset({_.in_circle, _.coordinator}),
    ),
    Permission.hub_administer: (frozenset({_.administrator}),),
    Permission.agreement_keep: (frozenset({_.administrator}), frozenset({_.guardian}), frozenset({_.coordinator})),
    Permission.emergency_review: (frozenset({_.guardian}), frozenset({_.coordinator})),
    Permission.framing_read: (
        frozenset({_.in_circle, _.own_agency}),
        frozenset({_.in_circle, _.framings_revealed}),
    ),
    Permission.problem_frame: (frozenset({_.in_circle, _.case_open}),),
    Permission.risk_position: (frozenset({_.in_circle, _.case_open}),),
    Permission.chronology_mark: (frozenset({_.in_circle, _.case_open}),),
    Permission.request_read: (
        frozenset({_.in_circle}),
        frozenset({_.granted}),
        frozenset({_.asked_us}),
        frozenset({_.own_agency}),
    ),
    Permission.request_ask: (frozenset({_.in_circle, _.case_open}),),
    Permission.request_answer: (frozenset({_.asked_us, _.case_open}),),
    Permission.request_review: (frozenset({_.asked_us, _.guardian}),),
    Permission.spoken_note: (frozenset({_.in_circle, _.case_open}),),
    Permission.spoken_confirm: (frozenset({_.in_circle, _.case_open, _.speaker}),),
    Permission.escalation_raise: (frozenset({_.in_circle, _.case_open}),),
    Permission.escalation_answer: (
        frozenset({_.in_circle, _.case_open, _.answers_step}),
        frozenset({_.in_circle, _.case_open, _.at_issue, _.leader}),
    ),
    Permission.escalation_withdraw: (frozenset({_.in_circle, _.case_open, _.own_agency}),),
    Permission.action_give: (frozenset({_.in_circle, _.case_open}),),
    Permission.action_reopen: (
        frozenset({_.in_circle, _.case_open, _.accountable}),
        frozenset({_.in_circle, _.case_open, _.leader}),
        frozenset({_.in_circle, _.case_open, _.coordinator}),
    ),
    Permission.voice_record: (frozenset({_.in_circle, _.case_open}),),
    Permission.contact_name: (frozenset({_.in_circle, _.case_open}),),
    Permission.roles_give: (frozenset({_.administrator, _.own_agency}),),
    Permission.retention_list: (frozenset({_.guardian}),),
    Permission.retention_keep: (frozenset({_.in_circle, _.guardian, _.leads}),),
    Permission.clash_rules_change: (frozenset({_.leader}), frozenset({_.coordinator}), frozenset({_.administrator})),
    Permission.clash_override: (frozenset({_.in_circle, _.case_open, _.leader}),),
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
        guardian=Role.guardian in viewer.roles,
        desk=viewer.triages,
        **facts,
    )


def may(permission: Permission, standing: Standing) -> bool:
    """Whether a worker in this standing may do this. Refuses what the table does not give."""
    return any(conditions <= standing.holds for conditions in GRANTED.get(permission, ()))


@dataclass(frozen=True)
class Around:
    """What is known of one worker and one case, before it is known whether the case opens to them."""

    seated: bool = False
    """The worker's agency has a live seat in the circle."""
    granted: GrantKind | None = None
    """A grant to this worker by name that has not ended."""
    kept: bool = False
    """A live restriction of the case, or of a person in it, keeps it from this worker."""

    def opens(self, viewer: Viewer) -> dict[str, bool]:
        """Which ways into the case hold, ready for `Standing.also`. What keeps somebody out beats what lets them in."""
        way = not self.kept
        in_circle = way and self.seated and viewer.by_agency
        granted = way and not in_circle and self.granted is not None and viewer.by_grant
        return {
            "in_circle": in_circle,
            "granted": granted,
            "guest": granted and self.granted is GrantKind.guest,
        }


@dataclass(frozen=True)
class Reach:
    """For whom a contribution is: what it says of itself, and what the agreement and the sides say of the reader."""

    audience: Audience | str
    owner: UUID
    author: UUID = NOBODY
    named: tuple[UUID, ...] = ()
    emergency: bool = False
    consent: Consent | str = Consent.not_the_basis
    side: Side | str | None = None

    def to(self, viewer: Viewer, *, agreement_live: bool = True, own_side: Side | str | None = None) -> dict[str, bool]:
        """Which conditions of reading hold for a worker, ready for `Standing.also`.

        `agreement_live`: a live agreement covers the case, signed by the worker's agency. `own_side`: on whose side
        of the family the worker's agency stands, where the agreement keeps them apart.
        """
        return {
            "own_agency": viewer.agency_id == self.owner,
            "author": viewer.worker_id == self.author,
            "audience_circle": self.audience == Audience.circle,
            "audience_names_us": self.audience == Audience.named and viewer.agency_id in self.named,
            "lawful": agreement_live or self.emergency,
            "same_side": self.side is None or own_side is None or self.side == own_side,
            "consented": self.consent != Consent.withdrawn,
        }
