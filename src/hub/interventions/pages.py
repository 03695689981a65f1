"""Recording what one's agency does with a family, moving it, ending it."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers
from hub.cases.queries import SharedCase, access_case, access_case_by_id
from hub.database import CurrentSession
from hub.errors import NotAllowed, Refused
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.interventions import changes, queries
from hub.interventions.changes import Planned
from hub.interventions.forms import ChangeIn, EndIn, InterventionIn, when_of
from hub.interventions.rules import GROUPS, KINDS, Shape, Status, label, shape
from hub.interventions.tables import Intervention
from hub.london import london
from hub.people.queries import people_by_id
from hub.rendering import show
from hub.sharing.rules import Permission
from hub.times import monday_of

router = APIRouter()


async def _page(
    request: Request, session: CurrentSession, shared: SharedCase, template: str, form: Filled[Any], **more: Any
) -> Response:
    own = await workers(session, agency_ids=[shared.viewer.agency_id], at=clock.now())
    return show(
        request,
        f"interventions/{template}.html",
        status=422 if form.problems else 200,
        shared=shared,
        form=form,
        section="board",
        part="week",
        kinds=KINDS,
        groups=GROUPS,
        workers=own,
        label=label,
        **more,
    )


@router.get("/cases/{case}/interventions/new")
async def new(case: str, request: Request, worker: CurrentWorker, session: CurrentSession, day: str = "") -> Response:
    """The form to record an intervention: what, when, and for whom; the rest is filled in."""
    shared = await access_case(session, worker, case)
    typed = {
        "people": [ref(person) for person in shared.person_ids],
        "worker": [ref(worker.worker_id)],
        "day": [day[:10] or clock.today().isoformat()],
    }
    return await _page(request, session, shared, "new", Filled(typed=typed))


@router.post("/cases/{case}/interventions")
async def record(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Records an intervention of one's own agency."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.intervention_record, "The case is closed: nothing more can be recorded.")
    form = await fill(request, InterventionIn)
    if form.value:
        async with form.refusals(session):
            await _check_worker(session, shared, form.value.worker)
            planned = Planned(
                kind=form.value.kind,
                people=form.value.people,
                when=form.value.when(),
                worker_id=form.value.worker,
                place=form.value.place,
                mandatory=form.value.mandatory,
                joint=form.value.joint,
                note=form.value.note,
            )
            await changes.record_intervention(
                session, case_id=shared.id, planned=planned, case_people=shared.person_ids, by=worker, at=clock.now()
            )
            return once.see(f"{shared.path}/week?from={monday_of(form.value.day)}")
    return await _page(request, session, shared, "new", form)


async def _check_worker(session: CurrentSession, shared: SharedCase, chosen: Any) -> None:
    own = {one.id for one in await workers(session, agency_ids=[shared.viewer.agency_id], at=clock.now())}
    if chosen is not None and chosen not in own:
        raise Refused("Choose a colleague of your own agency", field="worker")


@router.get("/interventions/{intervention}")
async def one_intervention(
    intervention: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """An intervention: what, by whom, for whom, when and where; its own agency moves and ends it here."""
    found = await queries.access_intervention(session, worker, intervention)
    shared = await access_case_by_id(session, worker, found.case_id)
    return await _one(request, session, shared, found, Filled(typed=_as_typed(found)), Filled())


def _as_typed(found: Intervention) -> dict[str, list[str]]:
    start, end = london(found.starts_at), london(found.ends_at) if found.ends_at else None
    typed = {
        "day": start.date().isoformat(),
        "place": found.place,
        "worker": ref(found.worker_id) if found.worker_id else "",
    }
    if not found.whole_days:
        typed |= {"starts": f"{start:%H:%M}", "ends": f"{end:%H:%M}" if end else ""}
    if end and end.date() != start.date():
        typed["until"] = end.date().isoformat()
    return {name: [value] for name, value in typed.items() if value}


async def _one(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    found: Intervention,
    form: Filled[ChangeIn],
    ending: Filled[EndIn],
) -> Response:
    people = await people_by_id(session, (await queries.people_of(session, [found.id]))[found.id])
    over = found.status in (Status.done, Status.cancelled, Status.missed)
    mine = shared.may(Permission.intervention_change, own_agency=found.agency_id == shared.viewer.agency_id)
    return await _page(
        request,
        session,
        shared,
        "one",
        form,
        ending=ending,
        intervention=found,
        can_change=mine and not over,
        people=sorted(people.values(), key=lambda person: person.given_key),
        agency=shared.agencies[found.agency_id],
        is_meeting=shape(found.kind) is Shape.meeting,
        ends=[Status.done, Status.missed, Status.cancelled],
        by=next(
            (one for one in await workers(session, agency_ids=[found.agency_id]) if one.id == found.worker_id), None
        ),
    )


async def _own(session: CurrentSession, worker: CurrentWorker, intervention: str) -> tuple[Intervention, SharedCase]:
    found = await queries.access_intervention(session, worker, intervention)
    shared = await access_case_by_id(session, worker, found.case_id)
    if not shared.may(Permission.intervention_change, own_agency=found.agency_id == worker.agency_id):
        whose = shared.agencies[found.agency_id].name
        raise NotAllowed(f"This belongs to {whose}. Ring them to change it.", offer=("Back to the case", shared.path))
    return found, shared


@router.post("/interventions/{intervention}/change")
async def change(
    intervention: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Moves an intervention in time or place, or gives it to a colleague."""
    found, shared = await _own(session, worker, intervention)
    form = await fill(request, ChangeIn)
    if form.value:
        async with form.refusals(session):
            await _check_worker(session, shared, form.value.worker)
            told = form.value
            await changes.change(
                session,
                found,
                when=when_of(found.kind, told.day, told.starts, told.ends, told.until),
                place=told.place,
                worker_id=told.worker,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/week?from={monday_of(told.day)}")
    return await _one(request, session, shared, found, form, Filled())


@router.post("/interventions/{intervention}/end")
async def end(
    intervention: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Ends an intervention: done, missed or cancelled."""
    found, shared = await _own(session, worker, intervention)
    form = await fill(request, EndIn)
    if form.value:
        async with form.refusals(session):
            await changes.end(
                session, found, status=form.value.status, reason=form.value.reason, by=worker, at=clock.now()
            )
            monday = monday_of(london(found.starts_at).date())
            return once.see(f"{shared.path}/week?from={monday}")
    return await _one(request, session, shared, found, Filled(typed=_as_typed(found), problems=form.problems), form)
