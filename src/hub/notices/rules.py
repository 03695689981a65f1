"""When a letter is tried again, and what may stand in it."""

from datetime import datetime, timedelta
from enum import StrEnum


class NoticeKind(StrEnum):
    """The reasons for which the Hub writes to a worker. The words are the template of the same name."""

    conference_invitation = "conference-invitation"
    conference_moved = "conference-moved"
    conference_cancelled = "conference-cancelled"
    conference_not_needed = "conference-not-needed"
    conference_reminder = "conference-reminder"
    action_assigned = "action-assigned"
    accountable_named = "accountable-named"
    opened_in_emergency = "opened-in-emergency"
    decided_between = "decided-between"
    dissent_stated = "dissent-stated"
    dissent_answered = "dissent-answered"
    request_received = "request-received"
    request_answered = "request-answered"
    request_refused = "request-refused"
    request_overdue = "request-overdue"
    spoken_to_confirm = "spoken-to-confirm"
    spoken_unconfirmed = "spoken-unconfirmed"
    escalation_raised = "escalation-raised"
    escalation_climbed = "escalation-climbed"
    escalation_ended = "escalation-ended"
    handover_offered = "handover-offered"
    deputy_named = "deputy-named"
    scrutiny_opened = "scrutiny-opened"
    retention_due = "retention-due"
    disposal_proposed = "disposal-proposed"
    sitting_reminder = "sitting-reminder"
    report_due = "report-due"
    report_late = "report-late"
    letter_due = "letter-due"
    decision_letter = "decision-letter"
    handover_returned = "handover-returned"
    action_declined = "action-declined"
    action_reopened = "action-reopened"
    action_extension_asked = "action-extension-asked"
    action_extension_answered = "action-extension-answered"
    action_due_soon = "action-due-soon"
    action_late = "action-late"
    action_late_manager = "action-late-manager"
    action_late_forum = "action-late-forum"
    clash_given = "clash-given"
    visit_proposed = "visit-proposed"
    visit_answered = "visit-answered"


RETRY_AFTER = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)


def next_try(attempts: int, at: datetime) -> datetime | None:
    """When to try a letter again after so many attempts; None when it is time to give up and say so."""
    return at + RETRY_AFTER[attempts - 1] if attempts <= len(RETRY_AFTER) else None
