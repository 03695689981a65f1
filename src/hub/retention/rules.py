"""The law of keeping: until when a case is kept, what holds it, and what must be true before it is disposed of.

No personal data is kept longer than its purpose needs (UK GDPR article 5(1)(e)); how long that is, the agreements
say. What a certificate says is hashed, so that it can be shown later to be the one that was written.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from hub.errors import Conflict, Refused
from hub.london import london

MAX_YEARS = 75
"""The longest time for which a record is kept on: the 75 years of a looked-after child’s record."""
ADULT = 18


def years_after(day: date, years: int) -> date:
    """The same day so many years on. The 29th of February falls on the 1st of March where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


@dataclass(frozen=True)
class Term:
    """What one agreement says: so many years after closing, and perhaps until a birthday of the youngest child."""

    agreement_id: UUID
    title: str
    years: int
    child_age: int | None = None


@dataclass(frozen=True)
class Kept:
    """Until when a case is kept: it may be reviewed from this day on. `term` is the agreement that keeps it longest."""

    until: date
    term: Term
    longer: bool = False
    """A guardian has decided to keep it longer than the agreements ask."""

    def overdue(self, today: date) -> int:
        """For how many days its time has been over; negative while it is still to be kept."""
        return (today - self.until).days


def youngest_child(born: Collection[date | None], closed_on: date) -> date | None:
    """The latest birthday among those who were under 18 when the case closed; of a vague birth date, its last day."""
    children = [day for day in born if day is not None and years_after(day, ADULT) > closed_on]
    return max(children, default=None)


def kept_until(
    closed_at: datetime | None,
    terms: Collection[Term],
    *,
    born: Collection[date | None] = (),
    stays: Collection[date] = (),
) -> Kept | None:
    """When a case's time is over: the longest of its agreements' times, or of what guardians have added.

    None for a case that is open, or that no agreement speaks of. Its twin in SQL is the function `kept_until`.
    """
    if closed_at is None or not terms:
        return None
    closed_on = london(closed_at).date()
    child = youngest_child(born, closed_on)

    def end(term: Term) -> date:
        after_closing = years_after(closed_on, term.years)
        if child is None or term.child_age is None:
            return after_closing
        return max(after_closing, years_after(child, term.child_age))

    longest = max(terms, key=lambda term: (end(term), str(term.agreement_id)))
    latest = max([end(longest), *stays])
    return Kept(latest, longest, longer=latest > end(longest))


# --- Holding and keeping longer ---------------------------------------------------------------------------------


class HoldReason(StrEnum):
    """Why a record may not be disposed of, whatever its agreement says."""

    legal = "legal"
    inquiry = "inquiry"
    complaint = "complaint"
    subject_access = "subject-access"
    police = "police"
    other = "other"

    @property
    def label(self) -> str:
        return {
            "legal": "Legal proceedings, begun or expected",
            "inquiry": "An inquiry or a review of learning",
            "complaint": "A complaint",
            "subject-access": "Somebody has asked for their own data",
            "police": "The police have asked for it",
            "other": "Another reason",
        }[self.value]


def check_hold(words: str, review_on: date, today: date) -> None:
    """A hold says what it is for and when it is looked at again: at most two years on."""
    if not words.strip():
        raise Refused("Say what it is held for", field="words")
    if review_on <= today:
        raise Refused("Choose a day after today", field="review_on")
    if review_on > years_after(today, 2):
        raise Refused("Choose a day within two years: a hold is looked at again", field="review_on")


def check_stay(years: int, reason: str) -> None:
    """A record is kept longer for whole years and for a reason."""
    if not 1 <= years <= MAX_YEARS:
        raise Refused(f"Enter a number of years from 1 to {MAX_YEARS}", field="years")
    if not reason.strip():
        raise Refused("Say why it must be kept longer", field="reason")


# --- Disposing --------------------------------------------------------------------------------------------------


class DisposalState(StrEnum):
    """Where a disposal stands: proposed by one guardian, confirmed by another, done; or withdrawn."""

    proposed = "proposed"
    confirmed = "confirmed"
    done = "done"
    withdrawn = "withdrawn"


@dataclass(frozen=True)
class Situation:
    """What is true of a case when somebody wants to dispose of it."""

    closed: bool
    kept_until: date | None
    held: bool = False
    open_conferences: int = 0
    open_actions: int = 0
    cited_by_open_cases: int = 0

    def bar(self, today: date) -> str:
        """The first thing that stands in the way, as a sentence that says what to do; or nothing."""
        if not self.closed:
            return "The case is open. Its time begins when it is closed."
        if self.kept_until is None:
            return "No agreement says how long it is kept. Put it under an agreement first."
        if self.kept_until > today:
            return "Its time is not over yet."
        if self.held:
            return "It is on hold. Lift the hold first."
        if self.open_conferences:
            return "A conference about it is still open. Close it or call it off first."
        if self.open_actions:
            return "An action on it is still open. Finish it or give it up first."
        if self.cited_by_open_cases:
            return "An open case rests on what was contributed here. Wait until that case is closed."
        return ""


def check_disposable(situation: Situation, today: date) -> None:
    """Raises Conflict with what stands in the way of disposing."""
    bar = situation.bar(today)
    if bar:
        raise Conflict(bar)


def check_second(proposed_by: UUID, confirmed_by: UUID | None) -> None:
    """Two people: whoever proposed it cannot confirm it (OWASP ASVS 5.0, 2.3.5)."""
    if proposed_by == confirmed_by:
        raise Conflict("You proposed this. Another information guardian of your agency confirms it.")


def check_typed(typed: str, reference: str) -> None:
    """Whoever disposes of a record has typed which one."""
    if typed.strip().upper() != reference:
        raise Refused(f"Type the reference of this record: {reference}", field="reference")


def references_in(typed: str) -> list[str]:
    """The references typed for several records at once, each once, in their order."""
    words = typed.replace(",", " ").replace(";", " ").upper().split()
    return list(dict.fromkeys(words))


# --- Certificates -----------------------------------------------------------------------------------------------

COUNTED: Mapping[str, str] = {
    "contribution": "contributions, with every version",
    "comment": "comments",
    "problem_statement": "statements of the problem",
    "problem_tag": "tags of the problem",
    "framing": "views of the problem",
    "framing_round": "rounds of views",
    "restatement": "restatements",
    "wall_line": "lines of agreement and difference",
    "risk_position": "positions on risk",
    "decision": "decisions",
    "decision_option": "options that were weighed",
    "position": "positions on decisions",
    "dissent_answer": "answers to dissent",
    "between_meetings": "notes on deciding between meetings",
    "position_ask": "times an agency was asked where it stands",
    "conference": "conferences",
    "conference_paper": "reports and papers",
    "conference_not_needed": "reasons for holding no conference",
    "declared_interest": "declared interests",
    "agenda_item": "items of agendas",
    "sitting_item": "places on lists of cases",
    "meeting_series": "series of meetings",
    "minute_line": "lines of minutes",
    "line_amendment": "corrections to minutes",
    "line_answer": "answers to lines of minutes",
    "minutes_approval": "approvals of minutes",
    "decision_letter": "decision letters",
    "report_ask": "requests for reports",
    "statement_signature": "signatures at the door",
    "invitee": "invitations",
    "action": "actions",
    "action_entry": "notes on actions",
    "action_extension": "wishes for more time",
    "outcome": "joint outcomes",
    "objective": "objectives of agencies",
    "measure": "readings",
    "intervention": "interventions",
    "intervention_apart": "pairs of people kept apart",
    "intervention_place": "places of interventions",
    "intervention_time": "changed times of interventions",
    "unplaced_intervention": "messages about interventions",
    "information_request": "requests for information",
    "asked_agency": "agencies asked",
    "request_reply": "replies to requests",
    "spoken_share": "notes of what was said",
    "escalation": "disagreements taken up",
    "escalation_step": "steps of disagreements",
    "event_pair": "notes on the chronology",
    "contradiction": "contradictions in the chronology",
    "voice": "words of the family",
    "told_of": "notes on what the family was told",
    "clash": "clashes",
    "clash_answer": "answers to clashes",
    "visit_proposal": "proposed joint visits",
    "handover_item": "things handed over",
    "handover_note": "handover notes",
    "referral": "referrals",
    "referral_person": "people as referrals named them",
    "envelope": "messages, emptied",
    "case_grant": "openings by name",
    "notice": "letters",
    "reminder": "reminders",
    "draft": "drafts",
    "person": "people",
    "family": "families",
    "identifier": "numbers of people",
    "other_name": "other names",
    "residence": "times at an address",
    "address": "addresses",
    "tie": "ties between people",
    "family_member": "memberships of families",
    "involvement": "parts in the case",
    "accountability": "notes of who answered for what",
    "circle_seat": "places of agencies at referrals",
    "last_look": "notes of who looked last, and when",
    "presence": "notes of who was there",
    "problem_citation": "references to contributions",
    "clash_intervention": "interventions in clashes",
    "intervention_person": "people in interventions",
    "case_restriction": "restrictions of people",
    "restriction_worker": "names in restrictions of people",
}


def counted(table: str) -> str:
    """What a table's rows are called on a certificate; a table that has no name here is told by its own."""
    return COUNTED.get(table, table.replace("_", " "))


def digest_of(said: Mapping[str, Any]) -> str:
    """The SHA-256, in hex, of what a certificate says: JSON with sorted names, no spaces, moments in UTC."""
    plain = {name: _plain(value) for name, value in said.items()}
    return hashlib.sha256(
        json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | UUID):
        return str(value)
    return value
