"""The pages of a case: Now, Plan and outcomes, Conferences, Family."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.access import queries as access
from hub.actions import queries as action_queries
from hub.actions.rules import ActionState
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import role_cards, workers_by_id
from hub.calling.queries import clocks_for
from hub.case_view import queries
from hub.case_view.rules import away, lane_agencies
from hub.cases.changes import note_look
from hub.cases.queries import SharedCase, access_case, last_look
from hub.cases.rules import Voice, voice_of
from hub.cases.steering import Matter, WhyNow
from hub.clashes.queries import open_clashes, parts, rules_as_used
from hub.conference_kinds.queries import kinds
from hub.conferences import queries as conferences
from hub.conferences.rules import ConferenceKind, ConferenceState
from hub.contributions import queries as contributions
from hub.contributions.pages import choices
from hub.database import CurrentSession
from hub.decisions import queries as decision_queries
from hub.decisions.rules import Stance
from hub.drafts.queries import restored
from hub.drafts.rules import DraftForm
from hub.escalations import queries as escalation_queries
from hub.escalations.rules import About, EscalationState, Rung
from hub.events.changes import record
from hub.events.rules import Kind
from hub.handovers.queries import hands_at
from hub.inputs import Filled, PageNumber
from hub.interventions.rules import GROUPS, RECORDABLE, label
from hub.london import london
from hub.outcomes.pages import shown
from hub.outcomes.queries import of_case
from hub.people.queries import homes, identifiers, ties
from hub.people.rules import inverse
from hub.people.tables import Person, Tie
from hub.problems.queries import line_of, round_now
from hub.rendering import show
from hub.requests import queries as request_queries
from hub.requests.queries import requests_of_case
from hub.requests.rules import MoreTime, Refusal, ReplyKind
from hub.said import queries as said_queries
from hub.said.rules import Where
from hub.sharing.rules import Permission
from hub.timers import CATALOGUE
from hub.voice import queries as voice_queries
from hub.voice.rules import Topic, WhyNot

router = APIRouter()


@router.get("/cases/{case}")
@router.get("/cases/{case}/now")
async def now(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Who is on this and how to ring them, what matters today, and what each agency says. `/now` is the live part."""
    shared, at = await access_case(session, worker, case), clock.now()
    live_part = request.url.path.endswith("/now")
    looked = await last_look(session, worker.worker_id, shared.id)
    found, counts = await contributions.lanes(session, worker, shared.id)
    everything = [one for many in found.values() for one in many]
    said = await contributions.comments(session, [one.thread_id for one in everything])
    spoken = await said_queries.unconfirmed(session, shared.id)
    clashes = (await open_clashes(session, worker, [shared.id]))[shared.id]
    actions = await action_queries.actions_of_case(session, shared.id)
    people = await workers_by_id(
        session,
        [
            *(seat.contact_id for seat in shared.seats),
            *(one.author_id for one in everything),
            *(one.author_id for many in said.values() for one in many),
            *(who for one in spoken for who in (one.speaker_id, one.noted_by)),
        ],
    )
    decided = await decision_queries.decisions_of_case(session, shared.id, limit=3)
    await record(session, Kind.case_viewed, by=worker, at=at, case_id=shared.id, subject=shared.case)
    await note_look(session, worker_id=worker.worker_id, case_id=shared.id, at=at)
    return show(
        request,
        "case_view/_now.html" if live_part else "case_view/now.html",
        section="board",
        part="now",
        shared=shared,
        lanes=found,
        lane_agencies=lane_agencies(shared, [*found, *(one.agency_id for one in spoken)]),
        lane_counts=counts,
        comments=said,
        people=people,
        clashes=clashes,
        clash_parts=await parts(session, [clash.id for clash in clashes]),
        rules=await rules_as_used(session),
        **await _coming(session, shared, at),
        label=label,
        actions=[action for action in actions if action.state == ActionState.open],
        role_cards=await role_cards(session),
        voices=await _voices(session, shared, at),
        looked_at=looked.looked_at if looked else None,
        timers=CATALOGUE,
        cards=await decision_queries.shown(session, decided),
        **await _hands(session, shared, at),
        Stance=Stance,
        can_add=shared.may(Permission.contribution_add),
        can_steer=shared.may(Permission.case_steer),
        **await _problem(session, shared, at),
        own_seat=next((seat for seat in shared.seats if seat.agency_id == worker.agency_id), None),
        away=away(await queries.since(session, worker, shared.id, None if live_part else looked), shared.agencies),
        spoken=spoken,
        answers_to=await request_queries.answers_told(session, [one.thread_id for one in everything]),
        **await _between_agencies(session, shared),
        **await _composer(session, shared),
    )


async def _coming(session: CurrentSession, shared: SharedCase, at: datetime) -> dict[str, Any]:
    """The next conference, which are due, and which were said not to be needed, by whom."""
    asked = await clocks_for(session, shared.viewer, await kinds(session), case_ids=[shared.id])
    waived = [one for one in asked if one.waived]
    return {
        "next_conference": (await conferences.next_of(session, [shared.id], at)).get(shared.id),
        "due": [one.due for one in asked if not one.waived],
        "waived": waived,
        "waivers": await workers_by_id(session, [one.waived.said_by for one in waived if one.waived]),
    }


async def _hands(session: CurrentSession, shared: SharedCase, at: datetime) -> dict[str, Any]:
    """The hands that the case is in and goes to, and, for those who may know who looked, whom an emergency let in."""
    found = await access.standing_emergencies(session, shared.id, at) if shared.may(Permission.looks_read) else []
    return {
        "hands": await hands_at(session, shared.id, shared.seats, at),
        "emergencies": found,
        "readers": await workers_by_id(session, [one.worker_id for one in found]),
    }


async def _problem(session: CurrentSession, shared: SharedCase, at: datetime) -> dict[str, Any]:
    """How far the circle is with the problem, and where its agencies stand on risk."""
    return {
        "risk": await line_of(session, shared),
        "framing_round": await round_now(session, shared, at),
        "can_position": shared.may(Permission.risk_position),
    }


async def _composer(session: CurrentSession, shared: SharedCase) -> dict[str, Any]:
    """The form to add to one's own lane, with what the worker left in it."""
    draft = await restored(session, shared.viewer, shared.id, DraftForm.contribution)
    usual = {"kind": ["fact"], "audience": ["circle"], "confidence": ["certain"]}
    short = {"can_record": shared.may(Permission.intervention_record), **_quick(clock.today())}
    return {"draft": draft, "form": Filled(typed=draft.typed or usual), **choices(), **short}


async def _voices(session: CurrentSession, shared: SharedCase, at: datetime) -> dict[UUID, Voice]:
    """Whether each agency of the circle has been heard: it contributed, answered a request, or is silent."""
    heard = await contributions.last_heard(session, shared.viewer, [shared.id])
    replied = await request_queries.answered(session, [shared.id])
    return {
        seat.agency_id: voice_of(
            seat.admitted_at,
            heard.get((shared.id, seat.agency_id)),
            at,
            shared.partnership.clocks,
            answered=(shared.id, seat.agency_id) in replied,
        )
        for seat in shared.seats
    }


async def _between_agencies(session: CurrentSession, shared: SharedCase) -> dict[str, Any]:
    """What agencies wait for from one another, what they see differently, and what the family itself says."""
    requests = await requests_of_case(session, shared)
    escalations = await escalation_queries.of_case(session, shared.id)
    return {
        "own_words": await voice_queries.latest(session, shared.id),
        "escalations": [one for one in escalations if one.state == EscalationState.open],
        "waiting_requests": [(seen, one) for seen in requests for one in seen.asked if seen.waits(one)],
        "Rung": Rung,
        "Where": Where,
    }


def _quick(today: date) -> dict[str, Any]:
    """The short form to record an intervention: what, for whom, when."""
    return {"quick": Filled(typed={"day": [today.isoformat()]}), "quick_kinds": RECORDABLE, "quick_groups": GROUPS}


@router.get("/cases/{case}/plan")
@router.get("/cases/{case}/plan/live")
async def plan(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The joint outcomes with each agency's own objective, and the actions."""
    shared, at = await access_case(session, worker, case), clock.now()
    actions = await action_queries.actions_of_case(session, shared.id)
    owners = await action_queries.owners(session, [action.id for action in actions])
    await record(session, Kind.outcomes_viewed, by=worker, at=at, case_id=shared.id, subject=shared.case)
    live_part = request.url.path.endswith("/live")
    return show(
        request,
        "case_view/_plan.html" if live_part else "case_view/plan.html",
        section="board",
        part="plan",
        shared=shared,
        shown=await shown(session, await of_case(session, shared.id)),
        actions=actions,
        owners=owners,
        workers=await workers_by_id(session, [one.worker_id for one in owners.values()]),
        ActionState=ActionState,
        can_agree=shared.may(Permission.outcome_agree),
        can_give=shared.may(Permission.action_give),
    )


DECISIONS = 15
"""How many decisions of each of the two lists stand on a page."""


@router.get("/cases/{case}/conferences")
async def case_conferences(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1
) -> Response:
    """The conferences of a case, what was decided in them, and what between two; dissent stands open."""
    shared = await access_case(session, worker, case)
    held = await conferences.of_case(session, shared.id)
    part = {"limit": DECISIONS, "offset": (page - 1) * DECISIONS}
    asked = await clocks_for(session, worker, await kinds(session), case_ids=[shared.id])
    waived = [one for one in asked if one.waived]
    out = await conferences.interests(session, [one.id for one in held if one.state in conferences.COMING])
    decided = await decision_queries.in_conferences(session, shared.id, **part)
    between = await decision_queries.between_of_case(session, shared.id, **part)
    totals = [await decision_queries.count_of_case(session, shared.id, in_conference=one) for one in (True, False)]
    await record(session, Kind.conferences_listed, by=worker, at=clock.now(), case_id=shared.id, subject=shared.case)
    return show(
        request,
        "case_view/conferences.html",
        section="board",
        part="conferences",
        shared=shared,
        conferences=held,
        stepped_back={one for one, rows in out.items() if worker.worker_id in {row.worker_id for row in rows}},
        cards=await decision_queries.shown(session, decided),
        between=await decision_queries.shown(session, between),
        between_total=totals[1],
        total=max(totals),
        page=page,
        size=DECISIONS,
        Stance=Stance,
        Matter=Matter,
        WhyNow=WhyNow,
        can_record=shared.may(Permission.decision_record),
        ConferenceKind=ConferenceKind,
        ConferenceState=ConferenceState,
        can_call=shared.may(Permission.conference_schedule),
        due=[one.due for one in asked if not one.waived],
        waived=waived,
        at=clock.now(),
        workers=await workers_by_id(
            session, [*(one.chair_id for one in held), *(one.waived.said_by for one in waived if one.waived)]
        ),
    )


@router.get("/cases/{case}/family")
async def family(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The people of a case: who they are to one another, where they live, and by which numbers agencies know them."""
    shared = await access_case(session, worker, case)
    ids = shared.person_ids
    await record(
        session, Kind.family_viewed, by=worker, at=clock.now(), case_id=shared.id, subject=shared.case, ids=ids
    )
    return show(
        request,
        "case_view/family.html",
        section="board",
        part="family",
        shared=shared,
        relations=_relations(shared, await ties(session, ids)),
        homes=await homes(session, ids),
        identifiers=await identifiers(session, ids),
        **await _own_words(session, shared),
    )


async def _own_words(session: CurrentSession, shared: SharedCase) -> dict[str, Any]:
    """What the people said and were told, and what they have been asked too often."""
    voices, told = await voice_queries.voices(session, shared.id), await voice_queries.told(session, shared.id)
    people = [one.asked_by for many in voices.values() for one in many]
    people += [one.told_by for many in told.values() for one in many]
    return {
        "voices": voices,
        "told": told,
        "often": await voice_queries.asked_often(session, shared.id, london(clock.now()).date()),
        "Topic": Topic,
        "WhyNot": WhyNot,
        "workers": await workers_by_id(session, people),
        "can_record": shared.may(Permission.voice_record),
    }


@router.get("/cases/{case}/requests")
@router.get("/cases/{case}/requests/live")
async def requests(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """What was asked, answered and refused on a case. `/requests/live` is the live part."""
    shared, at = await access_case(session, worker, case), clock.now()
    requests = await requests_of_case(session, shared)
    await record(session, Kind.sharing_viewed, by=worker, at=at, case_id=shared.id, subject=shared.case)
    return show(
        request,
        "case_view/_requests.html" if request.url.path.endswith("/live") else "case_view/requests.html",
        section="board",
        part="sharing",
        shared=shared,
        requests=requests,
        escalations=await escalation_queries.of_case(session, shared.id),
        requesters=await workers_by_id(session, [seen.request.asked_by for seen in requests]),
        can_ask=shared.may(Permission.request_ask),
        ReplyKind=ReplyKind,
        Refusal=Refusal,
        MoreTime=MoreTime,
        About=About,
        EscalationState=EscalationState,
        Rung=Rung,
    )


def _relations(shared: SharedCase, found: Sequence[Tie]) -> dict[UUID, list[tuple[str, Person]]]:
    """For each person of the case, what they are to the others of it, in words."""
    people = {person.id: person for person, _ in shared.people}
    relations: dict[UUID, list[tuple[str, Person]]] = {person_id: [] for person_id in people}
    for tie in found:
        if tie.from_id in people and tie.to_id in people:
            relations[tie.from_id].append((tie.kind, people[tie.to_id]))
            relations[tie.to_id].append((inverse(tie.kind), people[tie.from_id]))
    return relations
