"""The kinds of thing that happen, and who can make them happen."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """`subject:action`, in the past tense. A retired kind stays here as a comment, because the ledger still holds it."""

    worker_signed_in = "worker:signed-in"
    worker_signed_out = "worker:signed-out"
    worker_refused = "worker:refused"
    worker_added = "worker:added"
    worker_password_set = "worker:password-set"  # noqa: S105
    worker_session_ended = "worker:session-ended"
    agency_added = "agency:added"
    role_card_written = "role-card:written"
    partnership_founded = "partnership:founded"
    system_added = "system:added"
    system_key_made = "system:key-made"
    system_suspended = "system:suspended"
    system_resumed = "system:resumed"
    partnership_viewed = "partnership:viewed"

    envelope_received = "envelope:received"
    envelope_repeated = "envelope:repeated"
    envelope_refused = "envelope:refused"
    envelope_set_aside = "envelope:set-aside"
    receipt_read = "receipt:read"
    referral_received = "referral:received"
    referral_updated = "referral:updated"
    referral_withdrawn = "referral:withdrawn"
    referral_superseded = "referral:superseded"
    referral_rated = "referral:rated"
    referral_decided = "referral:decided"
    referral_viewed = "referral:viewed"
    referrals_listed = "referrals:listed"

    person_entered = "person:entered"
    person_recognised = "person:recognised"
    person_match_decided = "person:match-decided"
    person_viewed = "person:viewed"
    people_tied = "people:tied"
    family_formed = "family:formed"
    family_joined = "family:joined"
    family_viewed = "family:viewed"
    search_made = "search:made"

    case_opened = "case:opened"
    case_moved = "case:moved"
    case_rated = "case:rated"
    case_viewed = "case:viewed"
    case_history_viewed = "case-history:viewed"
    cases_listed = "cases:listed"
    problem_stated = "problem:stated"
    agency_admitted = "agency:admitted"
    agency_left = "agency:left"
    contact_named = "contact:named"
    accountable_named = "accountable:named"
    accountable_accepted = "accountable:accepted"
    accountable_returned = "accountable:returned"

    contribution_added = "contribution:added"
    contribution_amended = "contribution:amended"
    contribution_withdrawn = "contribution:withdrawn"
    contribution_commented = "contribution:commented"
    contribution_edit_refused = "contribution:edit-refused"

    intervention_recorded = "intervention:recorded"
    intervention_changed = "intervention:changed"
    intervention_ended = "intervention:ended"
    week_viewed = "week:viewed"

    clash_found = "clash:found"
    clash_closed = "clash:closed"
    clash_answered = "clash:answered"

    outcome_agreed = "outcome:agreed"
    outcome_objective_stated = "outcome:objective-stated"
    outcome_measured = "outcome:measured"
    outcome_state_changed = "outcome:state-changed"
    outcomes_viewed = "outcomes:viewed"

    conference_scheduled = "conference:scheduled"
    conference_moved = "conference:moved"
    conference_cancelled = "conference:cancelled"
    conference_answered = "conference:answered"
    conference_reminded = "conference:reminded"
    conference_opened = "conference:opened"
    conference_attendance_taken = "conference:attendance-taken"
    conference_closed = "conference:closed"
    conference_viewed = "conference:viewed"
    conferences_listed = "conferences:listed"
    calendar_read = "calendar:read"
    decision_made = "decision:made"
    position_stated = "position:stated"
    action_assigned = "action:assigned"
    action_accepted = "action:accepted"
    action_finished = "action:finished"

    notice_sent = "notice:sent"
    notice_failed = "notice:failed"
    outbox_viewed = "outbox:viewed"
    my_work_viewed = "my-work:viewed"


LOOKS = frozenset(
    kind
    for kind in Kind
    if kind.value.endswith((":viewed", ":listed", ":read", ":made")) and kind.value != "decision:made"
)
"""Kinds that change nothing. The live screen stays silent about them, or every look would wake the others."""


@dataclass(frozen=True)
class Actor:
    """Who does a thing: a worker, a sending system, or the Hub itself when both are None."""

    worker_id: UUID | None = None
    agency_id: UUID | None = None
    system_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    request_id: str = ""
    ip_prefix: str = ""
    session_mark: str = ""


HUB = Actor()
"""The Hub acting by itself: on its clock, or on what an agency's system sent."""
