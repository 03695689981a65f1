"""After a conference: its minutes as a page and as PDF, to each their own; their approval; and the decision letter."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.actions import queries as action_queries
from hub.actions.rules import ActionState, Stood, serves_what, since_then
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers_by_id
from hub.agencies.tables import Worker
from hub.cases.queries import SharedCase
from hub.conferences.invitations import path_of
from hub.conferences.queries import interests, invitees
from hub.conferences.rules import Attendance, ConferenceKind, ConferenceState, not_seen
from hub.conferences.tables import Conference, Invitee
from hub.contributions.tables import Contribution
from hub.database import CurrentSession
from hub.decisions import queries as decision_queries
from hub.decisions.queries import Shown
from hub.decisions.rules import Stance
from hub.errors import Conflict, NotAllowed, NotFound
from hub.events.changes import record
from hub.events.queries import of_kinds
from hub.events.rules import Kind
from hub.inputs import Filled, Problem, fill
from hub.london import london
from hub.minutes import changes, closing, queries
from hub.minutes.forms import LetterIn
from hub.minutes.printing import Printed, printed
from hub.minutes.queries import Line
from hub.minutes.room import enter, require_run, runs
from hub.minutes.rules import changed_since, held_when, minutes_due, version_of
from hub.minutes.tables import AgendaItem, DecisionLetter, MinutesApproval
from hub.outcomes.queries import of_case
from hub.preparing.queries import papers
from hub.preparing.tables import ConferencePaper
from hub.rendering import show
from hub.sharing.rules import Permission
from hub.times import exact

router = APIRouter()


@dataclass(frozen=True)
class Agreed:
    """An action as the conference gave it, and what became of it since."""

    what: str
    owner: str
    agency_id: UUID
    due_on: date
    serves: str
    """For which outcome it is, and against which risk."""
    since: str


@dataclass
class Told:
    """The minutes as one worker may read them."""

    conference: Conference
    invitees: list[Invitee]
    outside: set[UUID]
    """Who has stepped back."""
    people: dict[UUID, Worker]
    cards: list[Shown]
    settled: list[Shown]
    actions: list[Agreed]
    lines: list[Line]
    items: list[AgendaItem]
    papers: list[tuple[ConferencePaper, Contribution]]
    approval: MinutesApproval | None = None
    asked: dict[UUID, list[UUID]] = field(default_factory=dict)

    @property
    def open_objections(self) -> list[Line]:
        """The lines to which an agency objects and beside which nothing has been put right since."""
        return [
            one
            for one in self.lines
            if any(
                not [beside for beside in one.amendments if beside.written_at > objection.answered_at]
                for objection in one.objections
            )
        ]

    def lines_of(self, item_id: UUID | None) -> list[Line]:
        """The lines under one point of the agenda; those under none."""
        return [one for one in self.lines if one.line.item_id == item_id]


async def _told(session: CurrentSession, shared: SharedCase, found: Conference) -> Told:
    rows = (await invitees(session, [found.id]))[found.id]
    approval = await queries.approval_of(session, found.id)
    said = await queries.lines(session, shared.viewer, found.id)
    decided = await decision_queries.decisions_of(session, found.id)
    asked = await queries.asked_positions(session, [one.id for one in decided])
    people = await workers_by_id(
        session,
        [
            found.chair_id,
            *(one.worker_id for one in rows),
            *([approval.worker_id] if approval else []),
        ],
    )
    return Told(
        conference=found,
        invitees=rows,
        outside={one.worker_id for one in (await interests(session, [found.id]))[found.id]},
        people=people,
        cards=await decision_queries.shown(session, decided),
        settled=await decision_queries.shown(session, await decision_queries.settled_in(session, found.id)),
        actions=await _agreed(session, shared, found),
        lines=said,
        items=list(await queries.agenda(session, found.id)),
        papers=await papers(session, shared.viewer, found.id),
        approval=approval,
        asked={key: [one.agency_id for one in many] for key, many in asked.items()},
    )


async def _agreed(session: CurrentSession, shared: SharedCase, found: Conference) -> list[Agreed]:
    """The actions as they were given: the ledger keeps to whom and by when, whatever was changed afterwards."""
    assigned = await action_queries.actions_of(session, found.id)
    outcomes = {one.id: one for one in await of_case(session, found.case_id)}
    owners = await action_queries.owners(session, [one.id for one in assigned])
    given = {
        event.subject_id: (UUID(event.facts["worker"]), date.fromisoformat(event.facts["due_on"]))
        for event in await of_kinds(session, shared.id, [Kind.action_assigned], agency_id=shared.viewer.agency_id)
    }
    people = await workers_by_id(
        session, [*(one.worker_id for one in owners.values()), *(given[one.id][0] for one in assigned)]
    )
    told = []
    for one in assigned:
        worker_id, due_on = given[one.id]
        owner = people[owners[one.id].worker_id if one.id in owners else worker_id].name
        stands = Stood(
            owner, one.due_on, ActionState(one.state), london(one.finished_at).date() if one.finished_at else None
        )
        agreed = Stood(people[worker_id].name, due_on)
        serves = serves_what(outcomes[one.outcome_id].statement if one.outcome_id in outcomes else "", one.risk)
        since = since_then(agreed, stands)
        told.append(Agreed(one.what, agreed.owner, people[worker_id].agency_id, due_on, serves, since))
    return told


async def _over(session: CurrentSession, worker: CurrentWorker, conference: str) -> tuple[Conference, SharedCase]:
    """A conference that has begun. Raises NotFound before: there are no minutes of what has not been."""
    found, shared = await enter(session, worker, conference)
    if found.state == ConferenceState.scheduled:
        raise NotFound
    return found, shared


@router.get("/conferences/{conference}/minutes")
async def minutes(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The minutes, with what this worker may read and nothing that says there is more."""
    found, shared = await _over(session, worker, conference)
    await record(session, Kind.minutes_viewed, by=worker, at=clock.now(), case_id=found.case_id, subject=found)
    return show(
        request,
        "minutes/minutes.html",
        section="conferences",
        part="conferences",
        shared=shared,
        conference=found,
        kind=ConferenceKind(found.kind),
        told=await _told(session, shared, found),
        held_when=held_when(found.starts_at, found.opened_at, found.closed_at),
        Attendance=Attendance,
        not_seen=not_seen,
        Stance=Stance,
        can_approve=found.chair_id == worker.worker_id and found.state == ConferenceState.closed,
        may_answer=shared.may(Permission.conference_position),
        minutes_by=london(minutes_due(found.closed_at, shared.partnership.clocks)).date() if found.closed_at else None,
    )


@router.get("/conferences/{conference}/minutes.pdf")
async def minutes_pdf(conference: str, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The same as a PDF, which names whom it was made for."""
    found, shared = await _over(session, worker, conference)
    at = clock.now()
    await record(session, Kind.minutes_viewed, by=worker, at=at, case_id=found.case_id, subject=found, form="pdf")
    told = await _told(session, shared, found)
    body = await printed(
        Printed(
            title=f"Minutes: {ConferenceKind(found.kind).label}",
            case=f"{shared.name}, {shared.case.reference}",
            made_for=f"{worker.name}, {worker.agency_name}, {exact(at)}",
            made_at=at,
            agencies={key: agency.name for key, agency in shared.agencies.items()},
        ),
        told,
    )
    headers = {"Content-Disposition": f'attachment; filename="minutes-{shared.case.reference}.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)


@router.post("/conferences/{conference}/minutes/approval")
async def approve(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """The chair approves the minutes. What is corrected from then on stands beside its line, as before."""
    found, _ = await enter(session, worker, conference)
    if found.chair_id != worker.worker_id:
        raise NotAllowed("The chair of the conference approves its minutes.")
    await changes.approve(session, found, by=worker, at=clock.now())
    return once.see(f"{path_of(found)}/minutes")


# --- The decision letter ------------------------------------------------------------------------------------------


async def _letter(
    session: CurrentSession, worker: CurrentWorker, conference: str
) -> tuple[Conference, SharedCase, DecisionLetter]:
    """The letter, for whoever reviews it; once it is sent, for the whole circle. Raises NotFound before."""
    found, shared = await enter(session, worker, conference)
    letter = await queries.letter_of(session, found.id)
    if letter is None or (letter.sent_at is None and not runs(shared, found)):
        raise NotFound
    return found, shared, letter


@router.get("/conferences/{conference}/letter")
async def letter(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The decision letter: to be reviewed, or as it was sent."""
    found, shared, made = await _letter(session, worker, conference)
    await record(session, Kind.minutes_viewed, by=worker, at=clock.now(), case_id=found.case_id, subject=made)
    return await _letter_page(request, session, shared, found, made, Filled())


async def _letter_page(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    found: Conference,
    made: DecisionLetter,
    form: Filled[LetterIn],
) -> Response:
    names = [one for one in (found.chair_id, made.reviewed_by, made.sent_by) if one]
    can_run = runs(shared, found)
    now = await closing.recorded(session, found, by=shared.viewer, at=clock.now()) if can_run else ""
    # Until somebody has read it, it says what is recorded now: a dissent may have come since the close.
    afresh = made.reviewed_at is None or request.query_params.get("from") == "record"
    return show(
        request,
        "minutes/letter.html",
        status=422 if form.problems else 200,
        section="conferences",
        part="conferences",
        shared=shared,
        conference=found,
        kind=ConferenceKind(found.kind),
        letter=made,
        words=now if can_run and afresh else made.words,
        version=version_of(now),
        changed=changed_since(form.one("words") or made.reviewed_of, now)
        if can_run and made.sent_at is None and (made.reviewed_at or form.typed)
        else None,
        held_when=held_when(found.starts_at, found.opened_at, found.closed_at),
        people=await workers_by_id(session, names),
        can_run=can_run,
        form=form,
    )


@router.post("/conferences/{conference}/letter")
async def review(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Keeps the letter as it was read and put right."""
    found, shared, made = await _letter(session, worker, conference)
    require_run(shared, found)
    form = await fill(request, LetterIn)
    if form.value:
        told, at = form.value, clock.now()
        try:
            await closing.review_letter(session, found, made, words=told.words, version=told.version, by=worker, at=at)
            return once.see(f"{path_of(found)}/letter")
        except Conflict as meanwhile:
            form.problems.append(Problem("words", meanwhile.sentence))
    return await _letter_page(request, session, shared, found, made, form)


@router.post("/conferences/{conference}/letter/send")
async def send(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Tells everybody who was invited that the letter is there."""
    found, shared, made = await _letter(session, worker, conference)
    require_run(shared, found)
    form: Filled[LetterIn] = Filled()
    try:
        await closing.send_letter(session, found, made, by=worker, at=clock.now())
        return once.see(f"{path_of(found)}/letter")
    except Conflict as not_so:
        if made.sent_at is not None:
            raise
        form.problems.append(Problem("words", not_so.sentence))
    return await _letter_page(request, session, shared, found, made, form)
