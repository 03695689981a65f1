"""The one page of a conference, whatever happens on it: who may hear, and everything that it shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from hub import clock
from hub.access.queries import kept_from
from hub.actions import giving
from hub.actions import queries as action_queries
from hub.actions.rules import ActionState, Result
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import workers_by_id
from hub.agencies.tables import Worker
from hub.cases.queries import SharedCase, access_case_by_id, chronology_reading
from hub.cases.rules import Reading
from hub.conference_kinds.queries import kinds
from hub.conference_kinds.rules import KindRules, quorum_missing
from hub.conferences import queries as conferences
from hub.conferences import series
from hub.conferences.rules import (
    Answer,
    Attendance,
    ConferenceKind,
    ConferenceState,
    Held,
    agencies_there,
    is_awaited_there,
    not_seen,
    still_missing,
)
from hub.conferences.tables import Conference, Invitee
from hub.database import CurrentSession
from hub.decisions import queries as decision_queries
from hub.decisions.forms import LIKELY
from hub.decisions.queries import Shown
from hub.decisions.rules import Settled, Stance, Threshold
from hub.decisions.tables import Decision
from hub.drafts.queries import Restored, restored
from hub.drafts.rules import DraftForm
from hub.errors import NotAllowed
from hub.events.queries import of_kinds
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled
from hub.invitations.rules import STAYING_AWAY
from hub.london import london
from hub.minutes import queries
from hub.minutes.rules import (
    STATEMENT,
    Room,
    held_when,
    interim_until,
    left,
    minutes_due,
    opens_unexpectedly,
    over,
    stops_closing,
)
from hub.minutes.tables import PositionAsk
from hub.preparing.queries import papers, submitted
from hub.preparing.rules import asked_of, reports_due
from hub.problems.queries import line_of, walls
from hub.rendering import show
from hub.sharing.rules import Permission

LATEST = 5
"""How many lines of the minutes stand open in the room; those before them are folded away."""
AHEAD_OR_OPEN = (ConferenceState.scheduled, ConferenceState.open)


async def access(session: CurrentSession, worker: CurrentWorker, conference_ref: str) -> tuple[Conference, SharedCase]:
    """A conference and its case, if this worker may see them. Raises NotFound."""
    conference = await conferences.access_conference(session, worker, conference_ref)
    return conference, await access_case_by_id(session, worker, conference.case_id)


async def enter(session: CurrentSession, worker: CurrentWorker, conference_ref: str) -> tuple[Conference, SharedCase]:
    """The same for what is done in the room. Raises NotAllowed for somebody who has not signed at its door."""
    conference, shared = await access(session, worker, conference_ref)
    if conference.state == ConferenceState.open and worker.worker_id not in await queries.signatures(
        session, conference.id
    ):
        raise NotAllowed(
            "Sign the statement on confidentiality first: nothing of the conference is shown before.",
            offer=("Sign it", f"/conferences/{conference_ref}"),
        )
    return conference, shared


def runs(shared: SharedCase, found: Conference) -> bool:
    """Whether the worker chairs or minutes this conference."""
    return shared.may(Permission.conference_run, chair=found.chair_id == shared.viewer.worker_id)


def require_run(shared: SharedCase, found: Conference) -> None:
    """Raises NotAllowed for somebody who neither chairs nor coordinates."""
    shared.require(
        Permission.conference_run,
        "Only the chair or the hub’s coordinator can do this.",
        chair=found.chair_id == shared.viewer.worker_id,
    )


async def reading(session: CurrentSession, shared: SharedCase, found: Conference) -> Reading:
    """Whether whoever records has opened the chronology since the last decision before this sitting."""
    return await chronology_reading(session, shared.viewer, shared.id, before=found.opened_at or clock.now())


def marks_of(invitees: Sequence[Invitee]) -> dict[UUID, list[Attendance]]:
    """How the people of each invited agency attend."""
    marks: dict[UUID, list[Attendance]] = {}
    for one in invitees:
        marks.setdefault(one.agency_id, []).extend([Attendance(one.attendance)] if one.attendance else [])
    return marks


async def room_of(
    session: CurrentSession, shared: SharedCase, found: Conference, invitees: Sequence[Invitee], asks: KindRules | None
) -> Room:
    """The room as its rules see it now."""
    there = agencies_there(marks_of(invitees))
    sectors = {shared.agencies[one].sector for one in there}
    waiting = await decision_queries.waiting_between(session, found.case_id)
    missing = quorum_missing(asks, sectors, len(there)) if asks else []
    return Room(
        attendance_taken=any(one.attendance for one in invitees),
        missing=missing,
        interim=bool(found.interim_because),
        between_waiting=[one.question for one in waiting],
        last_was_interim=bool(missing) and await queries.last_was_interim(session, found),
    )


async def between(session: CurrentSession, found: Conference) -> Sequence[Decision]:
    """What was decided between meetings: all that waits, while the conference is ahead or held; then what it answered."""
    answered = await decision_queries.settled_in(session, found.id)
    if found.state in (ConferenceState.closed, ConferenceState.cancelled):
        return answered
    return [*await decision_queries.waiting_between(session, found.case_id), *answered]


async def page(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    found: Conference,
    status: int = 200,
    **forms: Filled[Any],
) -> Response:
    """The page of a conference; `forms` are those that came back with something to mend."""
    live_part = request.url.path.endswith("/room")
    invitees = (await conferences.invitees(session, [found.id]))[found.id]
    signed = await queries.signatures(session, found.id)
    mine = next((one for one in invitees if one.worker_id == shared.viewer.worker_id), None)
    if found.state == ConferenceState.open and shared.viewer.worker_id not in signed:
        return await _door(request, session, shared, found, mine, live_part, forms.get("statement", Filled()))
    told = await _everything(session, shared, found, invitees)
    deciding = await restored(session, shared.viewer, shared.id, DraftForm.conference_decision)
    giving_one = await restored(session, shared.viewer, shared.id, DraftForm.conference_action)
    action_form = forms.get("action", Filled(typed=giving_one.typed))
    return show(
        request,
        "minutes/_room.html" if live_part else "minutes/conference.html",
        status=status,
        section="conferences",
        part="conferences",
        shared=shared,
        conference=found,
        mine=mine,
        signed=signed,
        reading=await reading(session, shared, found) if not live_part and runs(shared, found) else None,
        thresholds=list(Threshold),
        decision_form=forms.get("decision", Filled(typed=deciding.typed or LIKELY)),
        decision_draft=deciding,
        action_form=action_form,
        action_draft=giving_one,
        offered=None if live_part else await giving.offered(session, shared, action_form, clock.now()),
        opening_form=forms.get("opening", Filled()),
        closing=forms.get("closing", Filled()),
        line_form=forms.get("line", Filled()),
        interim_form=forms.get("interim", Filled()),
        adjourn_form=forms.get("adjourn", Filled()),
        item_form=forms.get("item", Filled()),
        point_form=forms.get("point", Filled()),
        all_forms=[form for form in forms.values() if form.problems],
        no_form=Filled(),
        **told,
    )


async def _door(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    found: Conference,
    mine: Invitee | None,
    live_part: bool,
    form: Filled[Any],
) -> Response:
    """What stands before the room: the statement for those who may come in, and a word for those who may not."""
    chair = (await workers_by_id(session, [found.chair_id]))[found.chair_id]
    return show(
        request,
        "minutes/_door.html" if live_part else "minutes/door.html",
        status=422 if form.problems else 200,
        section="conferences",
        part="conferences",
        shared=shared,
        conference=found,
        kind=ConferenceKind(found.kind),
        chair=chair,
        mine=mine,
        may_enter=mine is not None or runs(shared, found),
        statement=STATEMENT,
        form=form,
        all_forms=[form] if form.problems else [],
        Attendance=Attendance,
    )


async def _everything(
    session: CurrentSession, shared: SharedCase, found: Conference, invitees: list[Invitee]
) -> dict[str, Any]:
    at = clock.now()
    deputies = [one.deputy_id for one in invitees]
    people = await workers_by_id(session, [found.chair_id, *(one.worker_id for one in invitees), *deputies])
    invitees.sort(key=lambda one: (shared.agencies[one.agency_id].place, people[one.worker_id].name))
    cards = await decision_queries.shown(session, await decision_queries.decisions_of(session, found.id))
    assigned = await action_queries.actions_of(session, found.id)
    owners = await action_queries.owners(session, [action.id for action in assigned])
    asks = (await kinds(session)).get(found.kind)
    room = await room_of(session, shared, found, invitees, asks)
    interests = await _interests(session, shared, found)
    out = {one.worker_id for one in interests["withdrawn"]}
    staying = [one for one in invitees if one.worker_id not in out]
    coming = {one.agency_id for one in staying if one.answer not in STAYING_AWAY}
    awaited = [one for one in staying if is_awaited_there(one.answer, one.attendance, False)]
    hoped = {shared.agencies[one].sector for one in coming}
    missing = quorum_missing(asks, hoped, len(coming), so_far="invited") if asks else []
    items = await queries.agenda(session, found.id)
    item = queries.current_item(items)
    row = await conferences.series_by_id(session, found.series_id)
    marks = marks_of(invitees)
    due_at = reports_due(found.starts_at, asks.report_days if asks else None, found.called_at)
    is_open = found.state == ConferenceState.open
    asked = await queries.asked_positions(session, [one.decision.id for one in cards])
    stops = stops_closing(
        room,
        answerable=shared.accountable is not None,
        missing=still_missing(_held(shared, invitees, awaited, people, cards, asked, room)),
    )
    return {
        "invitees": invitees,
        "people": people,
        "kind": ConferenceKind(found.kind),
        "state": ConferenceState(found.state),
        "can_run": runs(shared, found),
        "asks": asks,
        "missing": room.missing if is_open else missing,
        "said_yes": len({one.agency_id for one in staying if one.answer == Answer.accepted}),
        "attendance_saved": is_open and runs(shared, found) and await _attendance_saved(session, shared, found),
        "room": room,
        "held_when": held_when(found.starts_at, found.opened_at, found.closed_at) if found.closed_at else "",
        "unexpected": opens_unexpectedly(found.starts_at, found.opened_at or at),
        "may_take_back": is_open and runs(shared, found) and await queries.is_untouched(session, found.id),
        "again_by": london(interim_until(at)).date(),
        **(await _views(session, shared, at) if found.state in AHEAD_OR_OPEN else {}),
        "items": items,
        "item": item,
        "over": over([one.minutes for one in items], found.minutes),
        "stops": stops if is_open and runs(shared, found) else [],
        "item_left": left(item.minutes, item.started_at, at) if item and item.started_at else None,
        "item_until": item.started_at + timedelta(minutes=item.minutes) if item and item.started_at else None,
        "until": found.opened_at + timedelta(minutes=found.minutes) if found.opened_at else None,
        "length": found.minutes,
        "whole_left": left(found.minutes, found.opened_at, at) if found.opened_at else None,
        "reports": asked_of([one.agency_id for one in invitees], due_at, await submitted(session, found.id)),
        "reports_by": due_at,
        "papers": await papers(session, shared.viewer, found.id),
        "series": series.in_words(row, await conferences.of_series(session, row.id), found.starts_at) if row else "",
        **interests,
        "outside": out,
        "awaited": awaited,
        "not_seen": not_seen,
        "cards": cards,
        "asked": asked,
        "between": await decision_queries.shown(session, await between(session, found)),
        "Settled": Settled,
        "actions": assigned,
        "earlier": await action_queries.actions_by_id(session, [one.similar_to for one in assigned if one.similar_to]),
        "owners": owners,
        "owner_names": await workers_by_id(session, [one.worker_id for one in owners.values()]),
        "stances": list(Stance),
        "Stance": Stance,
        "attendances": list(Attendance),
        "Attendance": Attendance,
        "Answer": Answer,
        "ActionState": ActionState,
        "Result": Result,
        "answers": [Answer.accepted, Answer.tentative],
        "invited_agencies": list(marks),
        "letter": await queries.letter_of(session, found.id),
        "approval": await queries.approval_of(session, found.id),
        "minutes_by": london(minutes_due(found.closed_at, shared.partnership.clocks)).date()
        if found.closed_at
        else None,
        "again": await queries.followed_by(session, found.id),
        "before": await conferences.conference_by_id(session, found.follows_id) if found.follows_id else None,
        "draft": await restored(session, shared.viewer, shared.id, DraftForm.minute),
        **await lines_part(session, shared.viewer, found, runs(shared, found)),
    }


async def _interests(session: CurrentSession, shared: SharedCase, found: Conference) -> dict[str, Any]:
    """Who is out of the conference because they are too near to the case, and whether the case is kept from them too."""
    withdrawn = (await conferences.interests(session, [found.id]))[found.id]
    outside = [one.worker_id for one in withdrawn]
    return {
        "withdrawn": withdrawn,
        "kept_from": await kept_from(session, shared.id, shared.person_ids, outside),
        "may_restrict": shared.may(Permission.case_restrict),
        "restrictors": "The person who answers for this case, a team leader, an information guardian or the coordinator",
    }


def _held(
    shared: SharedCase,
    invitees: Sequence[Invitee],
    awaited: Sequence[Invitee],
    people: Mapping[UUID, Worker],
    cards: Sequence[Shown],
    asked: Mapping[UUID, Sequence[PositionAsk]],
    room: Room,
) -> Held:
    """What there is already for the close, from what the page has read."""
    return Held(
        attendance_missing=[people[one.worker_id].name for one in awaited],
        positions_missing={
            card.decision.question: [
                shared.agencies[one].name
                for one in marks_of(invitees)
                if one not in card.heard and one not in {ask.agency_id for ask in asked.get(card.decision.id, [])}
            ]
            for card in cards
        },
        decisions=len(cards),
        no_change_because="",
        between_waiting=room.between_waiting,
    )


async def _attendance_saved(session: CurrentSession, shared: SharedCase, found: Conference) -> bool:
    """Whether the attendance was saved since it was opened; who signs at the door is noted before that."""
    kinds_of = [Kind.conference_attendance_taken]
    saved = await of_kinds(session, shared.id, kinds_of, agency_id=shared.viewer.agency_id)
    return any(one.subject_id == found.id and found.opened_at and one.at >= found.opened_at for one in saved)


def pad(request: Request, shared: SharedCase, found: Conference, invitees: Sequence[Invitee]) -> Response:
    """The form for a line, empty again: what the one that was sent in the background becomes."""
    return show(
        request,
        "minutes/_pad.html",
        headers={"HX-Trigger": "line-added"},
        shared=shared,
        conference=found,
        can_run=runs(shared, found),
        invited_agencies=list(marks_of(invitees)),
        line_form=Filled(),
        draft=Restored(),
        again=True,
    )


async def _views(session: CurrentSession, shared: SharedCase, at: datetime) -> dict[str, Any]:
    """How each agency sees the problem and the risk: what everybody should have before them while they talk."""
    return {
        "wall": next(iter(await walls(session, shared, at, newest=True)), None),
        "risk": await line_of(session, shared),
        "can_position": shared.may(Permission.risk_position),
    }


async def lines_part(session: CurrentSession, viewer: CurrentWorker, found: Any, can_run: bool) -> dict[str, Any]:
    """What the part with the lines shows. `found` is the conference or a glance at it."""
    conference_id: UUID = found.id if isinstance(found, Conference) else found.conference_id
    said = await queries.lines(session, viewer, conference_id)
    present = await queries.there(session, conference_id)
    spoke = await queries.spoke(session, conference_id)
    return {
        "lines": said,
        "LATEST": LATEST,
        "there": present,
        "houses": await queries.agencies(session),
        "unheard": [one for one in present if one not in spoke] if can_run else [],
        "own_agency": viewer.agency_id,
        "unanswered": sum(not one.answered_by(viewer.agency_id) for one in said),
        "line_path": f"/conferences/{ref(conference_id)}/lines",
        "line_state": found.state,
    }
