"""An event of the ledger as a sentence for a person. Made when it is read, so that the words can get better."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from hub.access.rules import EmergencyReason, KeepingReason
from hub.actions.rules import ActionState
from hub.audit.rules import page_in_words
from hub.cases.rules import Stage
from hub.cases.steering import Matter
from hub.clashes.rules import Disposition, Rule, catalogue
from hub.conferences.rules import Answer, ConferenceKind
from hub.contributions.rules import ContributionKind
from hub.decisions.rules import Stance, Threshold
from hub.events.rules import Kind
from hub.events.tables import Event
from hub.interventions.rules import Status, label
from hub.outcomes.rules import OutcomeState
from hub.referrals.rules import Decision
from hub.requests.rules import MoreTime, ReplyKind, Review
from hub.retention.rules import HoldReason
from hub.sharing.rules import Role
from hub.times import day_and_year, exact
from hub.vocabulary import lower_first

Names = Mapping[UUID, Any]


class Telling:
    """One event with the names of those in it, ready to be told."""

    def __init__(self, event: Event, workers: Names, agencies: Names, rules: Mapping[str, Rule]) -> None:
        self.event, self._workers, self._agencies, self._rules = event, workers, agencies, rules

    def fact(self, name: str) -> Any:
        return self.event.facts.get(name)

    @property
    def who(self) -> str:
        """Who did it: a worker with their agency, an agency's system, or the Hub."""
        event = self.event
        if event.worker_id is not None and event.worker_id in self._workers:
            agency = self._agencies.get(event.agency_id) if event.agency_id else None
            name = str(self._workers[event.worker_id].name)
            return f"{name} ({agency.name})" if agency else name
        if event.system_id is not None and event.agency_id is not None and event.agency_id in self._agencies:
            return f"A system of {self._agencies[event.agency_id].name}"
        return "The Hub"

    def worker(self, name: str = "worker") -> str:
        known = self._workers.get(UUID(self.fact(name))) if self.fact(name) else None
        return str(known.name) if known else "somebody"

    def workers(self, name: str) -> list[Any]:
        """Several workers."""
        return [self._workers[UUID(one)] for one in self.fact(name) or [] if UUID(one) in self._workers]

    def agency(self, name: str = "agency") -> str:
        known = self._agencies.get(UUID(self.fact(name))) if self.fact(name) else None
        return str(known.name) if known else "an agency"

    def agencies(self, name: str) -> list[str]:
        """The names of several agencies."""
        known = (self._agencies.get(UUID(identity)) for identity in self.fact(name) or [])
        return [str(one.name) for one in known if one]

    def clash(self) -> str:
        """What a clash rule looks for."""
        code = self.fact("rule")
        return lower_first(self._rules[code].title) if code in self._rules else f"rule {code}"

    def label(self, kind: Any, name: str) -> str:
        """The words for a code; a code from an older Hub is told as it stands."""
        try:
            return str(kind(self.fact(name)).label)
        except ValueError:
            return str(self.fact(name))


UNREAD = " There was no time to open the chronology first: harm was happening."


def _moved(t: Telling) -> str:
    unread = UNREAD if t.fact("chronology_unread") else ""
    return f"{t.who} moved the case from “{t.label(Stage, 'was')}” to “{t.label(Stage, 'stage')}”.{unread}"


def _rated(what: str) -> Callable[[Telling], str]:
    def tell(t: Telling) -> str:
        before = f"; it was {t.fact('was')}" if t.fact("was") else ""
        unread = UNREAD if t.fact("chronology_unread") else ""
        return f"{t.who} rated {what} {t.fact('rating')}{before}.{unread}"

    return tell


def _accountable(t: Telling) -> str:
    before = f" in place of {t.worker('was')}" if t.fact("was") else ""
    return f"{t.who} named {t.worker()} to answer for the {t.fact('subject_kind')}{before}."


def _due(t: Telling) -> str:
    return day_and_year(date.fromisoformat(t.fact("due_on"))) if t.fact("due_on") else "no date"


def _reminded_of_action(t: Telling) -> str:
    when = "before its day" if t.fact("reason") == "action-due-soon" else "because it is late"
    names = ", ".join(str(one.name) for one in t.workers("workers")) or "somebody"
    return f"{t.who} reminded {names} of an action {when}."


def _when(t: Telling) -> str:
    return exact(datetime.fromisoformat(t.fact("starts_at"))) if t.fact("starts_at") else "a new time"


def _because(t: Telling) -> str:
    return "all have written" if t.fact("because") == "all-in" else "the time for it is over"


def _decided(t: Telling) -> str:
    step = f" {t.label(Threshold, 'threshold')}." if t.fact("threshold") else ""
    unread = UNREAD if t.fact("chronology_unread") else ""
    if not t.fact("matter"):
        return f"{t.who} recorded a decision.{step}{unread}"
    absent = ", ".join(t.agencies("absent"))
    asked = f" Not asked: {absent}." if absent else " Every agency was asked."
    return f"{t.who} decided between meetings: {lower_first(t.label(Matter, 'matter'))}.{step}{asked}{unread}"


def _says(words: str) -> Callable[[Telling], str]:
    return lambda t: f"{t.who} {words}."


SENTENCES: Mapping[Kind, Callable[[Telling], str]] = {
    Kind.worker_signed_in: _says("signed in"),
    Kind.worker_signed_out: _says("signed out"),
    Kind.worker_refused: lambda t: "Somebody tried to sign in and was refused.",
    Kind.worker_added: _says("added a worker"),
    Kind.worker_password_set: _says("set a password"),
    Kind.worker_session_ended: _says("ended a session elsewhere"),
    Kind.agency_added: _says("brought an agency into the partnership"),
    Kind.role_card_written: lambda t: f"{t.who} wrote the role card of {t.agency()}.",
    Kind.partnership_founded: _says("founded the partnership"),
    Kind.partnership_viewed: _says("looked at the partnership’s page"),
    Kind.system_added: lambda t: f"{t.who} let a system of {t.agency()} send referrals.",
    Kind.system_key_made: _says("made a new key for a sending system"),
    Kind.system_suspended: _says("suspended a sending system"),
    Kind.system_resumed: _says("let a sending system send again"),
    Kind.envelope_received: _says("sent a message"),
    Kind.envelope_repeated: _says("sent a message again"),
    Kind.envelope_refused: lambda t: f"A message was refused ({t.fact('reason')}).",
    Kind.envelope_set_aside: lambda t: f"{t.who} sent a message that could not be read ({t.fact('reason')}).",
    Kind.receipt_read: _says("asked where a message stands"),
    Kind.referral_received: _says("referred"),
    Kind.referral_updated: lambda t: f"{t.who} sent revision {t.fact('revision')} of the referral.",
    Kind.referral_withdrawn: _says("withdrew the referral"),
    Kind.referral_superseded: lambda t: f"{t.who} sent an older revision, which changed nothing.",
    Kind.referral_rated: _rated("the referral"),
    Kind.referral_decided: lambda t: f"{t.who} decided the referral: {t.label(Decision, 'decision')}.",
    Kind.referral_viewed: _says("looked at the referral"),
    Kind.referrals_listed: _says("looked at the referral inbox"),
    Kind.person_entered: _says("entered somebody new"),
    Kind.person_recognised: _says("named somebody we know"),
    Kind.person_match_decided: lambda t: (
        f"{t.who} said that somebody named is {'the one we know' if t.fact('match') == 'same' else 'somebody new'}."
    ),
    Kind.person_viewed: _says("looked at a person"),
    Kind.people_tied: _says("noted how two people are related"),
    Kind.family_formed: _says("formed the family"),
    Kind.family_joined: _says("added people to the family"),
    Kind.family_viewed: _says("looked at the family"),
    Kind.search_made: _says("searched"),
    Kind.case_opened: _says("opened the case"),
    Kind.case_moved: _moved,
    Kind.case_rated: _rated("the case"),
    Kind.case_viewed: _says("looked at the case"),
    Kind.case_history_viewed: _says("looked at the history"),
    Kind.cases_listed: _says("looked at the board"),
    Kind.problem_stated: _says("stated the problem anew"),
    Kind.agency_admitted: lambda t: f"{t.who} brought {t.agency()} into the circle.",
    Kind.agency_left: lambda t: f"{t.who} released {t.agency()} from the circle.",
    Kind.contact_named: lambda t: f"{t.who} named {t.worker()} as the person to ring at {t.agency()}.",
    Kind.case_covered: _says("put the case under an agreement"),
    Kind.case_agreement_changed: _says("put the case under another agreement"),
    Kind.side_chosen: lambda t: f"{t.who} said on whose side of the family {t.agency()} works.",
    Kind.agreement_drafted: _says("drafted an agreement"),
    Kind.agreement_signed: lambda t: f"{t.who} signed an agreement for {t.agency()}.",
    Kind.agreement_left: lambda t: f"{t.who} took {t.agency()} out of an agreement.",
    Kind.agreement_ended: _says("ended an agreement"),
    Kind.agreement_viewed: _says("looked at an agreement"),
    Kind.agreements_listed: _says("looked at the agreements"),
    Kind.case_restricted: lambda t: f"{t.who} kept the case from some: {t.label(KeepingReason, 'reason').lower()}.",
    Kind.case_restriction_changed: _says("changed who is named in a restriction"),
    Kind.case_restriction_lifted: _says("ended a restriction"),
    Kind.case_opened_in_emergency: lambda t: (
        f"{t.who} opened the case in an emergency: {lower_first(t.label(EmergencyReason, 'reason'))}."
    ),
    Kind.emergency_refused: _says("tried to open a case in an emergency, and was refused"),
    Kind.emergency_reviewed: lambda t: (
        f"{t.who} reviewed an opening in an emergency: it was {'right' if t.fact('justified') else 'not right'}."
    ),
    Kind.emergencies_listed: _says("looked at what was opened in an emergency"),
    Kind.guest_invited: lambda t: f"{t.who} invited {t.worker()} as a guest.",
    Kind.guest_ended: lambda t: f"{t.who} ended what let {t.worker()} in.",
    Kind.disclosure_acknowledged: _says("acknowledged what was shared with their agency"),
    Kind.disclosure_basis_completed: _says("gave the basis of what was shared in an emergency"),
    Kind.sharing_viewed: _says("looked at what was shared"),
    Kind.consent_changed: _says("noted whether consent stands"),
    Kind.accountable_named: _accountable,
    Kind.accountable_accepted: lambda t: f"{t.who} accepted to answer for the {t.fact('subject_kind')}.",
    Kind.accountable_returned: lambda t: f"{t.who} handed back the {t.fact('subject_kind')}.",
    Kind.contribution_added: lambda t: f"{t.who} contributed: {t.label(ContributionKind, 'kind_of').lower()}.",
    Kind.contribution_amended: lambda t: f"{t.who} corrected a contribution (version {t.fact('version')}).",
    Kind.contribution_withdrawn: _says("withdrew a contribution"),
    Kind.contribution_commented: _says("commented beside a contribution"),
    Kind.contribution_edit_refused: _says("tried to change another agency’s contribution, and was refused"),
    Kind.intervention_recorded: lambda t: f"{t.who} recorded: {lower_first(label(t.fact('kind_of')))}.",
    Kind.intervention_changed: lambda t: f"{t.who} changed: {lower_first(label(t.fact('kind_of')))}.",
    Kind.intervention_ended: lambda t: (
        f"{t.who} ended: {lower_first(label(t.fact('kind_of')))} ({Status(t.fact('status')).value})."
    ),
    Kind.intervention_restored: lambda t: (
        f"{t.who} took back the cancelling of: {lower_first(label(t.fact('kind_of')))}."
    ),
    Kind.interventions_listed: _says("looked at what their agency’s systems sent about visits and plans"),
    Kind.interventions_imported: _says("brought in visits and plans from a file"),
    Kind.intervention_file_read: _says("put a file of visits and plans up to be checked"),
    Kind.intervention_unplaced: _says("could not tell where to put a visit or plan that was sent"),
    Kind.intervention_placed: lambda t: f"{t.who} placed what was sent: {lower_first(label(t.fact('kind_of')))}.",
    Kind.intervention_set_aside: _says("set aside a visit or plan that was sent"),
    Kind.week_viewed: _says("looked at the week"),
    Kind.month_viewed: _says("looked at the month"),
    Kind.year_viewed: _says("looked at the twelve months of plans and conditions"),
    Kind.clash_found: lambda t: f"The Hub found a clash: {t.clash()}.",
    Kind.clash_closed: lambda t: f"A clash no longer holds: {t.clash()}.",
    Kind.clash_answered: lambda t: f"{t.who} answered a clash: {t.label(Disposition, 'disposition')}.",
    Kind.clash_reopened: lambda t: f"A clash is open again, because its records changed: {t.clash()}.",
    Kind.clash_given: lambda t: f"{t.who} named who is to answer a clash: {t.clash()}.",
    Kind.clash_rule_changed: lambda t: f"{t.who} changed a clash rule: {t.clash()}.",
    Kind.clash_overridden: lambda t: f"{t.who} let a booking stand against a rule: {t.clash()}.",
    Kind.clashes_listed: _says("took away a list of the clashes that they may see"),
    Kind.clash_visit_proposed: _says("proposed one visit in place of two"),
    Kind.clash_visit_settled: lambda t: (
        f"{t.who} {'agreed to' if t.fact('state') == 'accepted' else 'did not take up'} one visit in place of two."
    ),
    Kind.outcome_agreed: _says("recorded a joint outcome"),
    Kind.outcome_objective_stated: _says("stated their agency’s own objective in an outcome"),
    Kind.outcome_measured: _says("added a reading to an outcome"),
    Kind.outcome_state_changed: lambda t: f"{t.who} changed an outcome to {t.label(OutcomeState, 'state').lower()}.",
    Kind.outcomes_viewed: _says("looked at the outcomes"),
    Kind.conference_scheduled: lambda t: (
        f"{t.who} called a {lower_first(t.label(ConferenceKind, 'kind_of'))} for {_when(t)}."
    ),
    Kind.conference_moved: lambda t: f"{t.who} moved the conference to {_when(t)}.",
    Kind.conference_cancelled: _says("called the conference off"),
    Kind.conference_answered: lambda t: f"{t.who} answered an invitation: {t.label(Answer, 'answer').lower()}.",
    Kind.conference_reminded: lambda t: f"The Hub reminded {t.worker()} of the conference.",
    Kind.conference_opened: _says("opened the conference"),
    Kind.conference_opening_taken_back: _says("took back the opening of the conference: it had been a mistake"),
    Kind.conference_attendance_taken: _says("took the attendance"),
    Kind.conference_closed: _says("closed the conference"),
    Kind.conference_viewed: _says("looked at the conference"),
    Kind.conferences_listed: _says("looked at the conferences"),
    Kind.calendar_read: _says("fetched a calendar invitation"),
    Kind.decision_made: _decided,
    Kind.position_stated: lambda t: f"{t.who} recorded that {t.agency()} {t.label(Stance, 'stance').lower()}.",
    Kind.decision_viewed: _says("looked at a decision"),
    Kind.decision_settled: lambda t: (
        f"{t.who} recorded that a conference {t.fact('settled')} a decision made before it."
    ),
    Kind.dissent_answered: lambda t: f"{t.who} answered the dissent of {t.agency()}.",
    Kind.action_assigned: lambda t: f"{t.who} gave an action to {t.worker()}, due {_due(t)}.",
    Kind.action_accepted: _says("accepted an action"),
    Kind.action_finished: lambda t: f"{t.who} finished an action: {t.label(ActionState, 'state').lower()}.",
    Kind.action_declined: lambda t: f"{t.who} could not take an action. It went back to {t.worker()}.",
    Kind.action_passed_on: lambda t: f"{t.who} gave an action on to {t.worker()}.",
    Kind.action_noted: _says("wrote how an action goes"),
    Kind.action_extension_asked: lambda t: f"{t.who} asked for longer for an action, until {_due(t)}.",
    Kind.action_extension_answered: lambda t: (
        f"{t.who} agreed to more time for an action, until {_due(t)}."
        if t.fact("granted")
        else f"{t.who} did not agree to more time for an action."
    ),
    Kind.action_reopened: lambda t: f"{t.who} opened an action again, due {_due(t)}.",
    Kind.action_reminded: _reminded_of_action,
    Kind.actions_listed: _says("looked at a list of actions"),
    Kind.request_asked: lambda t: f"{t.who} asked {t.agencies('asked')} for information.",
    Kind.request_taken_on: lambda t: f"{t.who} said that {t.worker()} answers a request to {t.agency()}.",
    Kind.request_time_asked: lambda t: (
        f"{t.who} asked for longer to answer a request: {t.label(MoreTime, 'reason').lower()}."
    ),
    Kind.request_replied: lambda t: f"{t.who} answered a request: {t.label(ReplyKind, 'kind_of').lower()}.",
    Kind.request_reviewed: lambda t: f"{t.who} looked again at a refusal: {t.label(Review, 'review').lower()}.",
    Kind.request_withdrawn: _says("took back a request for information"),
    Kind.request_overdue: lambda t: f"A request to {t.agency()} is past its time.",
    Kind.request_viewed: _says("looked at a request for information"),
    Kind.requests_listed: _says("looked at the list of requests"),
    Kind.refusals_listed: _says("looked at the refusals of their agency"),
    Kind.spoken_noted: lambda t: f"{t.who} wrote down what {t.worker()} said.",
    Kind.spoken_confirmed: lambda t: (
        f"{t.who} confirmed what they were heard to say{', with corrections' if t.fact('corrected') else ''}."
    ),
    Kind.spoken_disowned: _says("said that they were not heard right"),
    Kind.spoken_unconfirmed: lambda t: f"What {t.worker()} said has not been confirmed within its day.",
    Kind.escalation_raised: lambda t: f"{t.who} wrote down that they and {t.agency()} see something differently.",
    Kind.escalation_proposed: lambda t: f"{t.who} proposed a plan at step {t.fact('step')} of a disagreement.",
    Kind.escalation_climbed: lambda t: f"A disagreement moved to step {t.fact('step')}.",
    Kind.escalation_overdue: lambda t: "The urgent meeting about a disagreement is past its time.",
    Kind.escalation_settled: lambda t: f"{t.who} settled a disagreement at step {t.fact('step')}.",
    Kind.escalation_withdrawn: _says("took back a disagreement"),
    Kind.escalation_viewed: _says("looked at a disagreement"),
    Kind.voice_recorded: _says("wrote down what somebody of the family said"),
    Kind.voice_told: _says("wrote down what somebody of the family was told"),
    Kind.notice_sent: lambda t: f"The Hub wrote to {t.worker('to')}.",
    Kind.notice_failed: lambda t: f"The Hub could not write to {t.worker('to')}.",
    Kind.outbox_viewed: _says("looked at the outbox"),
    Kind.my_work_viewed: _says("looked at their own work"),
    Kind.framing_asked: _says("asked every agency how it sees the problem"),
    Kind.framing_written: _says("wrote how their agency sees the problem"),
    Kind.framings_revealed: lambda t: f"Everybody can now read how each agency sees the problem: {_because(t)}.",
    Kind.framing_restated: lambda t: f"{t.who} said back how {t.agency()} sees the problem.",
    Kind.restatement_answered: lambda t: (
        f"{t.who} said: {'yes, that is our view' if t.fact('answer') == 'yes' else 'that is not quite our view'}."
    ),
    Kind.wall_line_added: lambda t: f"{t.who} marked where agencies {t.fact('view')}.",
    Kind.wall_line_taken_back: _says("took back a mark of where agencies agree or differ"),
    Kind.problem_tagged: _says("changed what the problem is about"),
    Kind.problem_viewed: _says("looked at the problem’s page"),
    Kind.risk_position_stated: _rated("the risk, for their own agency,"),
    Kind.chronology_viewed: _says("opened the chronology"),
    Kind.pair_decided: lambda t: (
        f"{t.who} said that two entries of the chronology are {'the same event' if t.fact('same') else 'two events'}."
    ),
    Kind.contradiction_marked: _says("marked two entries of the chronology that do not agree"),
    Kind.contradiction_settled: _says("said how two entries that did not agree were settled"),
    Kind.page_viewed: lambda t: f"{t.who} opened {page_in_words(t.fact('page') or '')}.",
    Kind.looks_viewed: _says("asked who has looked"),
    Kind.worker_let_go: lambda t: f"{t.who} ended the account of {t.worker()}.",
    Kind.worker_moved: lambda t: f"{t.who} moved {t.worker()} to {t.agency()}.",
    Kind.conference_chair_changed: lambda t: f"{t.who} gave the chair of the conference to {t.worker()}.",
    Kind.conference_kind_set: lambda t: (
        f"{t.who} changed what the kind “{t.label(ConferenceKind, 'kind_of')}” asks for."
    ),
    Kind.conference_kinds_listed: _says("looked at the kinds of conference"),
    Kind.conference_series_called: lambda t: (
        f"{t.who} called a series of {t.fact('meetings') or 'several'} conferences, the first for {_when(t)}."
    ),
    Kind.conference_deputy_named: lambda t: f"{t.who} sends {t.worker()} to the conference as a deputy.",
    Kind.conference_not_needed: lambda t: (
        f"{t.who} said that a {lower_first(t.label(ConferenceKind, 'kind_of'))} is not needed this time."
    ),
    Kind.interest_declared: lambda t: (
        f"{t.who} recorded that {t.worker()} is too near to the case and is out of the conference."
    ),
    Kind.interest_lifted: lambda t: f"{t.who} let {t.worker()} back into the conference.",
    Kind.paper_laid: lambda t: (
        f"{t.who} adjourned the conference; a {t.fact('kind_of')} that lay before it lies before the next one."
        if t.fact("brought_from")
        else f"{t.who} laid a {t.fact('kind_of')} before the conference."
    ),
    Kind.report_asked: lambda t: f"The Hub asked {t.agency()} for its report to the conference.",
    Kind.report_chased: lambda t: (
        f"The Hub wrote to {t.agency()}: its report is {'late' if t.fact('step') == 'told-late' else 'nearly due'}."
    ),
    Kind.statement_signed: _says("signed the statement on confidentiality"),
    Kind.agenda_set: _says("set points of the agenda"),
    Kind.agenda_timed: _says("changed the times of the agenda"),
    Kind.agenda_moved: lambda t: f"{t.who} went on to point {t.fact('place')} of the agenda.",
    Kind.minute_written: lambda t: f"{t.who} minuted what {t.agency()} said.",
    Kind.minute_answered: lambda t: (
        f"{t.who} {'confirmed' if t.fact('agrees') else 'objected to'} "
        f"{'a line' if t.fact('line') else 'lines'} of the minutes."
    ),
    Kind.minute_amended: _says("wrote a correction beside a line of the minutes"),
    Kind.position_asked: lambda t: f"{t.who} asked {t.agency()} where it stands, and it had not said.",
    Kind.conference_interim: _says("went on with the conference without its quorum: what it decides is interim"),
    Kind.conference_adjourned: _says("adjourned the conference: there was no quorum"),
    Kind.conference_again: _says("called the conference again"),
    Kind.minutes_approved: _says("approved the minutes"),
    Kind.letter_made: _says("closed the conference, and its decision letter was made"),
    Kind.letter_reviewed: _says("reviewed the decision letter"),
    Kind.letter_sent: _says("sent the decision letter"),
    Kind.letter_reminded: lambda t: f"The Hub reminded {t.worker()} of the decision letter.",
    Kind.minutes_viewed: _says("looked at the minutes"),
    Kind.briefing_viewed: _says("looked at what was prepared for the conference"),
    Kind.calendar_given: _says("let the Hub read the busy times of their agency calendar"),
    Kind.calendar_taken_back: _says("took their agency calendar back from the Hub"),
    Kind.calendar_address_reset: _says("made a new address for their calendar"),
    Kind.calendar_fetched: lambda t: f"The Hub read the agency calendar of {t.worker()}.",
    Kind.calendar_failed: lambda t: f"The Hub could not read the agency calendar of {t.worker()}.",
    Kind.calendar_reply_refused: lambda t: "The Hub did not accept a calendar’s reply that came by mail.",
    Kind.sitting_called: lambda t: (
        f"{t.who} called a {lower_first(t.label(ConferenceKind, 'kind_of'))} for {_when(t)}."
    ),
    Kind.sitting_series_called: lambda t: (
        f"{t.who} called a series of {t.fact('meetings') or 'several'} meetings, the first for {_when(t)}."
    ),
    Kind.sitting_moved: lambda t: f"{t.who} moved a meeting with a list to {_when(t)}.",
    Kind.sitting_cancelled: _says("called a meeting with a list off"),
    Kind.sitting_answered: lambda t: f"{t.who} answered an invitation: {t.label(Answer, 'answer').lower()}.",
    Kind.sitting_deputy_named: lambda t: f"{t.who} sends {t.worker()} to a meeting as a deputy.",
    Kind.sitting_chair_changed: lambda t: f"{t.who} gave the chair of a meeting to {t.worker()}.",
    Kind.sitting_reminded: lambda t: f"The Hub reminded {t.worker()} of a meeting with a list.",
    Kind.sitting_viewed: _says("looked at a meeting with a list"),
    Kind.sitting_case_added: lambda t: f"{t.who} put the case on the list of a meeting on {_when(t)}.",
    Kind.sitting_case_removed: _says("took the case off the list of a meeting"),
    Kind.sitting_ordered: _says("changed the order or the minutes of a list"),
    Kind.handover_offered: lambda t: f"{t.who} offered a handover to {t.worker()}.",
    Kind.handover_written: _says("wrote what the next worker should know"),
    Kind.handover_accepted: lambda t: f"{t.who} took over from {t.worker()}: {_held(t.fact('subject_kind'))}.",
    Kind.handover_declined: lambda t: f"{t.who} did not take over from {t.worker()}: {_held(t.fact('subject_kind'))}.",
    Kind.handover_withdrawn: _says("took back a handover that waited"),
    Kind.handover_returned: lambda t: f"{t.who} gave {t.worker()} back what was handed over while they were away.",
    Kind.handover_viewed: _says("looked at a handover"),
    Kind.handovers_listed: _says("looked at the handovers"),
    Kind.holdings_viewed: _says("looked at what a colleague answers for"),
    Kind.deputy_named: lambda t: f"{t.who} named {t.worker()} to stand in for {t.worker('to')}.",
    Kind.deputy_ended: lambda t: f"{t.who} ended {t.worker()}’s standing in.",
    Kind.scrutiny_opened: lambda t: f"{t.who} let {t.worker()} read the case as a scrutineer.",
    Kind.scrutiny_ended: lambda t: f"{t.who} ended {t.worker()}’s scrutiny.",
    Kind.worker_roles_changed: lambda t: f"{t.who} {_roles(t)}.",
    Kind.workers_listed: _says("looked at the list of workers and their roles"),
    Kind.roles_viewed: lambda t: f"{t.who} looked at the roles of {t.worker()}.",
    Kind.retention_listed: _says("looked at the records past their time"),
    Kind.retention_viewed: _says("looked at how long the record is kept"),
    Kind.retention_extended: _says("decided that the record is kept longer"),
    Kind.retention_held: lambda t: f"{t.who} put the record on hold: {lower_first(t.label(HoldReason, 'reason'))}.",
    Kind.retention_released: _says("lifted the hold on the record"),
    Kind.guardians_told: _says("told the information guardians of an agency what waits for their review"),
    Kind.disposal_proposed: _says("proposed to dispose of the record"),
    Kind.disposal_withdrawn: _says("withdrew the proposal to dispose of the record"),
    Kind.disposal_set_back: _says("did not dispose of the record, because something had come in the way"),
    Kind.disposals_chosen: _says("chose several records to dispose of"),
    Kind.disposals_started: _says("confirmed the disposal of several records"),
    Kind.disposals_stopped: _says("stopped the disposal of several records"),
    Kind.disposals_viewed: _says("looked at how far the disposal of several records had come"),
    Kind.case_disposed: _says("disposed of the record"),
    Kind.certificate_viewed: _says("looked at a certificate of disposal"),
    Kind.certificates_listed: _says("looked at the certificates of disposal"),
    Kind.tombstone_viewed: _says("came upon a record that was disposed of"),
}


def _held(subject: str) -> str:
    return {"seat": "being the one to ring", "conference": "the chair of a conference"}.get(subject, f"the {subject}")


def _roles(t: Telling) -> str:
    done = []
    for name, words in (("given", "gave {} the role"), ("taken", "took from {} the role")):
        if codes := t.fact(name) or []:
            labels = [Role(code).label.lower() if code in set(Role) else code for code in codes]
            done.append(f"{words.format(t.worker())} of {' and '.join(labels)}")
    return " and ".join(done) or f"looked again at the roles of {t.worker()}"


def sentence(event: Event, *, workers: Names, agencies: Names, rules: Mapping[str, Rule] | None = None) -> str:
    """The event in words; a kind that was retired is told by its name.

    `rules` are those for clashes as the partnership uses them; without them they are told as they ship.
    """
    try:
        tell = SENTENCES[Kind(event.kind)]
    except (KeyError, ValueError):
        return f"{event.kind}."
    rules = {rule.id: rule for rule in catalogue()} if rules is None else rules
    return tell(Telling(event, workers, agencies, rules))


def workers_named(events: Iterable[Event]) -> set[UUID]:
    """Every worker that the sentences of these events will name."""
    found = set()
    for event in events:
        if event.worker_id:
            found.add(event.worker_id)
        found |= {UUID(event.facts[name]) for name in ("worker", "was", "to") if _is_identity(event.facts.get(name))}
        found |= {UUID(one) for one in event.facts.get("workers") or [] if _is_identity(one)}
    return found


def _is_identity(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4
