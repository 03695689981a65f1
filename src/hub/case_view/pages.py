"""The pages of a case: Now, Week, Plan and outcomes, Conferences, Family."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.actions import queries as action_queries
from hub.actions.rules import ActionState
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import role_cards, workers_by_id
from hub.case_view.rules import days, lanes
from hub.cases.changes import note_look
from hub.cases.queries import SharedCase, access_case, last_look
from hub.cases.rules import voice_of
from hub.clashes.queries import open_clashes, parts
from hub.clashes.rules import catalogue
from hub.conferences import queries as conferences
from hub.conferences.rules import ConferenceKind, ConferenceState
from hub.contributions import queries as contributions
from hub.contributions.pages import choices
from hub.database import CurrentSession
from hub.decisions import queries as decision_queries
from hub.decisions.rules import Stance
from hub.errors import NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.inputs import Filled
from hub.interventions.queries import between
from hub.interventions.rules import label
from hub.london import from_london, london
from hub.outcomes.pages import shown
from hub.outcomes.queries import of_case
from hub.people.queries import homes, identifiers, ties
from hub.people.rules import inverse
from hub.people.tables import Person, Tie
from hub.rendering import show
from hub.sharing.rules import Permission
from hub.timers import CATALOGUE
from hub.times import monday_of

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
    heard = await contributions.last_heard(session, [shared.id])
    clashes = (await open_clashes(session, worker, [shared.id]))[shared.id]
    actions = await action_queries.actions_of_case(session, shared.id)
    people = await workers_by_id(
        session,
        [
            *(seat.contact_id for seat in shared.seats),
            *(one.author_id for one in everything),
            *(one.author_id for many in said.values() for one in many),
        ],
    )
    decisions = list(await decision_queries.decisions_of_case(session, shared.id, limit=3))
    await record(session, Kind.case_viewed, by=worker, at=at, case_id=shared.id, subject=shared.case)
    await note_look(session, worker_id=worker.worker_id, case_id=shared.id, at=at)
    return show(
        request,
        "case_view/_now.html" if live_part else "case_view/now.html",
        section="board",
        part="now",
        shared=shared,
        lanes=found,
        lane_counts=counts,
        comments=said,
        people=people,
        clashes=clashes,
        clash_parts=await parts(session, [clash.id for clash in clashes]),
        rules={rule.id: rule for rule in catalogue()},
        next_conference=(await conferences.next_of(session, [shared.id], at)).get(shared.id),
        label=label,
        actions=[action for action in actions if action.state == ActionState.open],
        cards=await role_cards(session),
        voices={
            seat.agency_id: voice_of(
                seat.admitted_at, heard.get((shared.id, seat.agency_id)), at, shared.partnership.clocks
            )
            for seat in shared.seats
        },
        looked_at=looked.looked_at if looked else None,
        timers=CATALOGUE,
        decisions=decisions,
        Stance=Stance,
        positions=await decision_queries.positions(session, [decision.id for decision in decisions]),
        can_add=shared.may(Permission.contribution_add),
        can_steer=shared.may(Permission.case_steer),
        own_seat=next((seat for seat in shared.seats if seat.agency_id == worker.agency_id), None),
        form=Filled(typed={"kind": ["fact"], "audience": ["circle"], "confidence": ["certain"]}),
        **choices(),
    )


@router.get("/cases/{case}/week")
@router.get("/cases/{case}/week/live")
async def week(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """One family, one week: agencies as lanes, conditions as bands, clashes in red with words."""
    shared, at = await access_case(session, worker, case), clock.now()
    today = london(at).date()
    monday = monday_of(_asked_day(request.query_params.get("from", ""), today))
    found = await between(
        session,
        worker,
        case_id=shared.id,
        start=from_london(monday, 0),
        end=from_london(monday + timedelta(days=7), 0),
    )
    clashes = (await open_clashes(session, worker, [shared.id]))[shared.id]
    clash_parts = await parts(session, [clash.id for clash in clashes])
    await record(session, Kind.week_viewed, by=worker, at=at, case_id=shared.id, subject=shared.case)
    live_part = request.url.path.endswith("/live")
    return show(
        request,
        "case_view/_week.html" if live_part else "case_view/week.html",
        section="board",
        part="week",
        shared=shared,
        monday=monday,
        today=today,
        days=days(monday, today),
        lanes=lanes(monday, found, {agency.id: agency for agency in shared.circle}),
        label=label,
        clashes=clashes,
        clash_parts=clash_parts,
        rules={rule.id: rule for rule in catalogue()},
        clashing={part.id: clash for clash in clashes for part in clash_parts[clash.id]},
        workers=await workers_by_id(session, [one.worker_id for one in found]),
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
        can_record=shared.may(Permission.intervention_record),
    )


def _asked_day(text: str, today: date) -> date:
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if not 1900 <= day.year <= 2100:
        raise NotFound
    return day


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
    )


@router.get("/cases/{case}/conferences")
async def case_conferences(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The conferences of a case and what was decided in them; dissent stands open."""
    shared = await access_case(session, worker, case)
    held = await conferences.of_case(session, shared.id)
    decisions = await decision_queries.decisions_of_case(session, shared.id)
    positions = await decision_queries.positions(session, [decision.id for decision in decisions])
    await record(session, Kind.conferences_listed, by=worker, at=clock.now(), case_id=shared.id, subject=shared.case)
    return show(
        request,
        "case_view/conferences.html",
        section="board",
        part="conferences",
        shared=shared,
        conferences=held,
        decisions=decisions,
        positions=positions,
        Stance=Stance,
        ConferenceKind=ConferenceKind,
        ConferenceState=ConferenceState,
        can_call=shared.may(Permission.conference_schedule),
        workers=await workers_by_id(
            session, [*(one.chair_id for one in held), *(p.stated_by for many in positions.values() for p in many)]
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
