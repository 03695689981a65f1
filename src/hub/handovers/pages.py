"""Handing over: who holds what, the handover with its packet, standing in, and letting somebody go."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import agencies, agencies_by_id, worker_by_id, workers, workers_by_id
from hub.agencies.tables import Worker
from hub.cases.queries import names_of, visible_among, who_may_hold
from hub.conferences.rules import ConferenceKind
from hub.database import CurrentSession
from hub.errors import NotAllowed, NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.handovers import changes, queries
from hub.handovers.forms import AnswerIn, DeclineIn, DeputyIn, MoveIn, NoteIn, OfferIn
from hub.handovers.queries import access_colleague, access_handover
from hub.handovers.rules import Holding, ItemState, Reason, Subject
from hub.handovers.tables import Handover, HandoverItem
from hub.ids import from_ref, ref
from hub.inputs import Filled, fill
from hub.interventions.rules import label
from hub.london import london
from hub.rendering import show
from hub.sharing.rules import Role, Viewer, in_the_circle

router = APIRouter()
USUAL_OVERLAP = timedelta(days=14)


def _leads(viewer: Viewer) -> bool:
    return bool({Role.leader, Role.administrator} & set(viewer.roles))


async def _cases(session: CurrentSession, viewer: Viewer, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of those of some cases that this worker may see."""
    seen = await visible_among(session, viewer, set(case_ids))
    return await names_of(session, list(seen.values()))


@router.get("/handovers")
async def handovers(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Handovers from me and to me; for leaders and administrators, those of the agency and what each colleague holds."""
    at, leads = clock.now(), _leads(worker)
    found = await queries.handovers_of(session, worker, whole_agency=leads)
    team = list(await workers(session, agency_ids=[worker.agency_id], at=at)) if leads else []
    held = await queries.holdings(session, [one.id for one in team] or [worker.worker_id])
    people = [one.handover.from_id for one in found] + [one.handover.to_id for one in found]
    away = await queries.deputies(session, [one.id for one in team] or [worker.worker_id], london(at).date())
    await record(session, Kind.handovers_listed, by=worker, at=at, ids=[one.handover.id for one in found])
    return show(
        request,
        "handovers/list.html",
        section="my-work",
        found=found,
        team=team,
        held=held,
        away=away,
        people=await workers_by_id(session, [*people, *(one.deputy_id for one in away.values())]),
        Reason=Reason,
    )


# --- What one worker holds ----------------------------------------------------------------------------------------


@router.get("/workers/{colleague}/work")
async def work(colleague: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """What a worker answers for, and the forms to hand it over, to stand in, and to let them go."""
    found = await access_colleague(session, worker, colleague)
    return await _work_page(request, session, worker, found, {})


async def _work_page(
    request: Request, session: CurrentSession, viewer: Viewer, found: Worker, forms: dict[str, Filled[Any]]
) -> Response:
    """The page of what a worker holds; `forms` are those that were sent and have something to mend."""
    at = clock.now()
    held = (await queries.holdings(session, [found.id]))[found.id]
    offered = await queries.waiting_items(session, [found.id])
    names = await _cases(session, viewer, [one.case_id for one in held])
    deputies = await queries.deputies_ahead(session, found.id, london(at).date())
    agency = await workers(session, agency_ids=[found.agency_id], at=at)
    colleagues = [one for one in agency if one.id != found.id and in_the_circle(one.roles)]
    takers = await who_may_hold(session, {one.case_id for one in held}, agency_ids=[found.agency_id], at=at)
    await record(session, Kind.holdings_viewed, by=viewer, at=at, worker=found.id, ids=list(names))
    return show(
        request,
        "handovers/work.html",
        status=422 if any(form.problems for form in forms.values()) else 200,
        section="my-work",
        found=found,
        held=len(held),
        by_case=_by_case([replace(one, what=one.what if one.case_id in names else "") for one in held], names),
        offered=offered,
        names=names,
        deputies=deputies,
        people=await workers_by_id(session, [one.deputy_id for one in deputies]),
        colleagues=colleagues,
        takers=[one for one, _ in takers if one.id != found.id],
        others=[one for one in await agencies(session) if one.id != found.agency_id],
        offer=forms.get("offer") or Filled(typed={"overlap_until": [str(london(at).date() + USUAL_OVERLAP)]}),
        standing_in=forms.get("deputy") or Filled(),
        ending=forms.get("end") or Filled(),
        moving=forms.get("move") or Filled(),
        reasons=[(one.value, one.label) for one in Reason],
        may_end=Role.administrator in viewer.roles or (Role.leader in viewer.roles and viewer.worker_id != found.id),
        Subject=Subject,
    )


def _by_case(held: Sequence[Holding], names: dict[UUID, str]) -> dict[UUID, list[Holding]]:
    """What is held, by case, in the order of the cases' names."""
    found: dict[UUID, list[Holding]] = {}
    for one in sorted(held, key=lambda one: (one.case_id not in names, names.get(one.case_id, ""), one.case_id)):
        found.setdefault(one.case_id, []).append(one)
    return found


def _chosen(held: Sequence[Holding], keys: Sequence[str], offered: Any) -> list[Holding]:
    free = [one for one in held if (one.subject.value, one.subject_id) not in offered]
    return [one for one in free if one.key in keys]


@router.post("/workers/{colleague}/handovers")
async def offer(
    colleague: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Offers what was chosen to one colleague; what is left can be offered to another."""
    found, at = await access_colleague(session, worker, colleague), clock.now()
    form = await fill(request, OfferIn)
    if form.value:
        async with form.refusals(session):
            held = (await queries.holdings(session, [found.id]))[found.id]
            offered = await queries.waiting_items(session, [found.id])
            made = await changes.offer(
                session,
                found,
                to=await worker_by_id(session, form.value.to, at=at),
                chosen=_chosen(held, form.value.items, offered),
                reason=form.value.reason,
                overlap_until=form.value.overlap_until,
                returns_on=form.value.returns_on,
                by=worker,
                at=at,
            )
            return once.see(f"/handovers/{ref(made.id)}")
    return await _work_page(request, session, worker, found, {"offer": form})


@router.post("/workers/{colleague}/deputy")
async def deputy(
    colleague: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Names who stands in while a worker is away."""
    found, at = await access_colleague(session, worker, colleague), clock.now()
    form = await fill(request, DeputyIn)
    if form.value:
        async with form.refusals(session):
            named = await worker_by_id(session, form.value.deputy, at=at)
            starts_on, ends_on = form.value.starts_on, form.value.ends_on
            await changes.name_deputy(
                session, found, deputy=named, starts_on=starts_on, ends_on=ends_on, by=worker, at=at
            )
            return once.see(f"/workers/{ref(found.id)}/work")
    return await _work_page(request, session, worker, found, {"deputy": form})


@router.post("/deputies/{deputy}/end")
async def back_again(deputy: str, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """The worker is back: nobody stands in any more."""
    found = await queries.access_deputy(session, worker, deputy)
    await changes.end_deputy(session, found, by=worker, at=clock.now())
    return once.see(f"/workers/{ref(found.worker_id)}/work")


@router.post("/workers/{colleague}/end")
async def end(colleague: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Ends a worker's account. Refused, with what is left, while anything is theirs."""
    found = await access_colleague(session, worker, colleague)
    if not _leads(worker):
        raise NotAllowed("A team leader or administrator of the agency ends accounts.")
    form: Filled[Any] = Filled()
    async with form.refusals(session):
        await changes.let_go(session, found, by=worker, at=clock.now())
        return once.see("/handovers")
    return await _work_page(request, session, worker, found, {"end": form})


@router.post("/workers/{colleague}/agency")
async def move(
    colleague: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Moves a worker to another agency. Refused, with what is left, while anything is theirs here."""
    found = await access_colleague(session, worker, colleague)
    if Role.administrator not in worker.roles:
        raise NotAllowed("An administrator moves accounts between agencies.")
    form = await fill(request, MoveIn)
    if form.value:
        async with form.refusals(session):
            if form.value.agency not in {one.id for one in await agencies(session)}:
                raise NotFound
            await changes.move(session, found, agency_id=form.value.agency, by=worker, at=clock.now())
            return once.see("/handovers")
    return await _work_page(request, session, worker, found, {"move": form})


# --- One handover -------------------------------------------------------------------------------------------------


@router.get("/handovers/{handover}")
async def one_handover(handover: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A handover with its packet: what changes hands, what is promised, what comes next, and what the leaver knows."""
    found = await access_handover(session, worker, handover)
    return await _handover_page(request, session, worker, found, Filled())


async def _handover_page(
    request: Request, session: CurrentSession, viewer: Viewer, found: Handover, form: Filled[Any], case: str = ""
) -> Response:
    at = clock.now()
    items = await queries.items_of(session, found.id)
    names = await _cases(session, viewer, [one.case_id for one in items])
    by_case: dict[UUID, list[HandoverItem]] = {case_id: [] for case_id in sorted(names, key=lambda one: names[one])}
    for item in items:
        if item.case_id in by_case:
            by_case[item.case_id].append(item)
    packets = await queries.packets(session, list(by_case), found.from_id, at)
    contacts = [seat.contact_id for packet in packets.values() for seat in packet.seats]
    held = (await queries.holdings(session, [found.from_id, found.to_id])).values()
    await record(session, Kind.handover_viewed, by=viewer, at=at, subject=found, ids=list(names))
    return show(
        request,
        "handovers/one.html",
        status=422 if form.problems else 200,
        section="my-work",
        found=found,
        path=f"/handovers/{ref(found.id)}",
        by_case=by_case,
        hidden=len(items) - sum(len(some) for some in by_case.values()),
        unanswered=[one for one in items if one.state == ItemState.waiting],
        names=names,
        words={one.key: one.what for many in held for one in many},
        packets=packets,
        notes=await queries.notes_of(session, found.id),
        people=await workers_by_id(session, [found.from_id, found.to_id, found.started_by, *contacts]),
        agencies=await agencies_by_id(session),
        form=form,
        mended=case,
        label=label,
        Subject=Subject,
        Reason=Reason,
        ItemState=ItemState,
        ConferenceKind=ConferenceKind,
        may_return=found.returns_on is not None
        and found.returned_at is None
        and any(item.state == ItemState.accepted for item in items),
        is_receiver=viewer.worker_id == found.to_id,
        may_write=viewer.worker_id != found.to_id,
    )


@router.post("/handovers/{handover}/accept")
async def accept(
    handover: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Takes over one thing, or all that wait."""
    found = await access_handover(session, worker, handover)
    form = await fill(request, AnswerIn)
    if form.value:
        items = [one for one in await queries.items_of(session, found.id) if one.state == ItemState.waiting]
        seen = await visible_among(session, worker, [one.case_id for one in items])
        chosen = [one for one in items if one.case_id in seen and form.value.item in (None, one.id)]
        async with form.refusals(session):
            for item in chosen:
                await changes.accept(session, found, item, by=worker, at=clock.now())
            return once.see(f"/handovers/{ref(found.id)}")
    return await _handover_page(request, session, worker, found, form)


@router.post("/handovers/{handover}/decline")
async def decline(
    handover: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Does not take over one thing, and says why: it stays with whom it was."""
    found = await access_handover(session, worker, handover)
    form = await fill(request, DeclineIn)
    if form.value:
        item = next((one for one in await queries.items_of(session, found.id) if one.id == form.value.item), None)
        if item is None:
            raise NotFound
        async with form.refusals(session):
            await changes.decline(session, found, item, because=form.value.because, by=worker, at=clock.now())
            return once.see(f"/handovers/{ref(found.id)}")
    return await _handover_page(request, session, worker, found, form)


@router.post("/handovers/{handover}/withdraw")
async def withdraw(handover: str, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Takes back what nobody has accepted yet."""
    found = await access_handover(session, worker, handover)
    if worker.worker_id == found.to_id and not _leads(worker):
        raise NotAllowed("Whoever hands over can withdraw it. You can say of each thing that you cannot take it.")
    await changes.withdraw(session, found, by=worker, at=clock.now())
    return once.see(f"/handovers/{ref(found.id)}")


@router.post("/handovers/{handover}/return")
async def give_back(handover: str, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Whoever was away is back before the day: everything goes back to them now."""
    found = await access_handover(session, worker, handover)
    await changes.give_back(session, found, by=worker, at=clock.now())
    return once.see(f"/handovers/{ref(found.id)}")


@router.post("/handovers/{handover}/cases/{case}")
async def write_note(
    handover: str, case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Writes what the next worker should know about one case."""
    found, case_id = await access_handover(session, worker, handover), from_ref(case)
    inside = {one.case_id for one in await queries.items_of(session, found.id)}
    if case_id not in inside or case_id not in await visible_among(session, worker, [case_id]):
        raise NotFound
    if worker.worker_id == found.to_id:
        raise NotAllowed("This is for whoever hands over to write.")
    form = await fill(request, NoteIn)
    if form.value:
        async with form.refusals(session):
            relationships, manner, tried = form.value.relationships, form.value.manner, form.value.tried
            await changes.write_note(
                session,
                found,
                case_id=case_id,
                relationships=relationships,
                manner=manner,
                tried=tried,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"/handovers/{ref(found.id)}#case-{case}")
    return await _handover_page(request, session, worker, found, form, case)
