"""The register of a case: recording what one's agency does with a family, changing it, ending it."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers, workers_by_id
from hub.cases.queries import SharedCase, access_case, access_case_by_id
from hub.database import CurrentSession
from hub.errors import NotAllowed, Refused
from hub.ids import from_ref, ref
from hub.inputs import Filled, PageNumber, fill
from hub.interventions import changes, queries, series
from hub.interventions.forms import ChangeIn, EndIn, InterventionIn, Repeating, RestoreIn, Scope
from hub.interventions.plans import Planned
from hub.interventions.queries import Wanted
from hub.interventions.recurrence import in_words
from hub.interventions.rules import (
    ATTENDED,
    GROUPS,
    OVER,
    RECORDABLE,
    Level,
    PlaceKind,
    Polarity,
    Shape,
    Source,
    Status,
    group,
    label,
    shape,
)
from hub.interventions.tables import Intervention
from hub.interventions.typed import as_typed, check_counts, with_pairs_kept
from hub.london import london
from hub.outcomes.queries import of_case as outcomes_of_case
from hub.people.queries import people_by_id
from hub.problems.proposals import Tag
from hub.problems.queries import standing_tags
from hub.rendering import show
from hub.sharing.rules import Permission, may, standing_of
from hub.times import monday_of

router = APIRouter()
SIZE = 25
SHOWN_BEFORE, SHOWN_AFTER = timedelta(days=60), timedelta(days=120)


async def _page(
    request: Request, session: CurrentSession, shared: SharedCase, template: str, form: Filled[Any], **more: Any
) -> Response:
    return show(
        request,
        f"interventions/{template}.html",
        status=422 if form.problems else 200,
        shared=shared,
        form=form,
        section="board",
        part="week",
        label=label,
        **more,
    )


async def _offered(session: CurrentSession, shared: SharedCase, found: Intervention | None = None) -> dict[str, Any]:
    """What the full form lets one choose."""
    others, _ = await queries.listed(session, shared.viewer, shared.id, Wanted(status="now"), limit=100, offset=0)
    tags = await standing_tags(session, shared.id)
    return {
        "kinds": RECORDABLE,
        "groups": GROUPS,
        "workers": await workers(session, agency_ids=[shared.viewer.agency_id], at=clock.now()),
        "others": [one for one in others if found is None or one.id != found.id],
        "outcomes": await outcomes_of_case(session, shared.id),
        "tags": [(one.id, Tag(one.tag).label) for one in tags],
        "Repeating": [one for one in Repeating if one is not Repeating.kept or (found is not None and found.repeats)],
        "Level": Level,
        "Polarity": Polarity,
        "PlaceKind": PlaceKind,
        "may_override": shared.may(Permission.clash_override),
    }


async def _check(session: CurrentSession, shared: SharedCase, planned: Planned, found: Intervention | None) -> None:
    """Raises Refused for somebody or something that the page did not offer."""
    offered = await _offered(session, shared, found)
    for name, field, chosen, known in (
        ("a colleague of your own agency", "worker", planned.worker_id, offered["workers"]),
        ("something of this case that comes before it", "depends_on", planned.depends_on_id, offered["others"]),
        ("an outcome of this case", "outcome", planned.outcome_id, offered["outcomes"]),
    ):
        was = getattr(found, {"worker": "worker_id", "outcome": "outcome_id"}.get(field, "depends_on_id"), None)
        if chosen is not None and chosen != was and chosen not in {one.id for one in known}:
            raise Refused(f"Choose {name}", field=field)
    was = found.problem_tag_id if found else None
    if planned.problem_tag_id not in (None, was, *(tag for tag, _ in offered["tags"])):
        raise Refused("Choose a risk of this case", field="risk")
    if planned.override and not shared.may(Permission.clash_override):
        raise Refused("Only a team leader can let this stand. Ask yours to book it.", field="override")


@router.get("/cases/{case}/interventions")
async def listed(
    case: str,
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    group: str = "",
    agency: str = "",
    person: str = "",
    status: str = "now",
    order: str = "",
    page: PageNumber = 1,
) -> Response:
    """Everything that is recorded for a case, by what it is, whose it is, for whom and where it stands."""
    shared = await access_case(session, worker, case)
    wanted = Wanted(
        groups=[group] if group in GROUPS else [],
        agency_id=from_ref(agency) if agency else None,
        person_id=from_ref(person) if person else None,
        status=status if status in (*Status, "now") else "",
        newest_first=order == "newest",
    )
    rows, total = await queries.listed(session, worker, shared.id, wanted, limit=SIZE, offset=(page - 1) * SIZE)
    people_of = await queries.people_of(session, [one.id for one in rows])
    return await _page(
        request,
        session,
        shared,
        "list",
        Filled(),
        rows=rows,
        total=total,
        page=page,
        size=SIZE,
        people_of=people_of,
        people=await people_by_id(session, {one for many in people_of.values() for one in many}),
        by=await workers_by_id(session, [one.worker_id for one in rows]),
        groups=GROUPS,
        Status=Status,
        in_words=in_words,
        asked={"group": group, "agency": agency, "person": person, "status": status, "order": order},
        can_record=shared.may(Permission.intervention_record),
        can_bring=may(Permission.intervention_bring, standing_of(worker)),
    )


@router.get("/cases/{case}/interventions/new")
async def new(case: str, request: Request, worker: CurrentWorker, session: CurrentSession, day: str = "") -> Response:
    """The form to record an intervention: what, when, and for whom; the rest is filled in.

    Nobody is ticked: a condition that was meant for one person must not be recorded for a whole family.
    """
    shared = await access_case(session, worker, case)
    typed = {
        "worker": [ref(worker.worker_id)],
        "day": [day[:10] or clock.today().isoformat()],
    }
    return await _page(request, session, shared, "new", Filled(typed=typed), **await _offered(session, shared))


@router.post("/cases/{case}/interventions")
async def record(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Records an intervention of one's own agency."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.intervention_record, "The case is closed: nothing more can be recorded.")
    form = await fill(request, InterventionIn)
    if form.value:
        async with form.refusals(session):
            planned = form.value.planned()
            await _check(session, shared, planned, None)
            await changes.record_intervention(
                session, case_id=shared.id, planned=planned, case_people=shared.person_ids, by=worker, at=clock.now()
            )
            return once.see(f"{shared.path}/week?from={monday_of(form.value.day)}")
    return await _page(request, session, shared, "new", form, **await _offered(session, shared))


@router.get("/interventions/{intervention}")
async def one_intervention(
    intervention: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """An intervention: what, by whom, for whom, when and where; its own agency moves and ends it here."""
    found = await queries.access_intervention(session, worker, intervention)
    shared = await access_case_by_id(session, worker, found.case_id)
    return await _one(request, session, shared, found, Filled())


async def _one(
    request: Request, session: CurrentSession, shared: SharedCase, found: Intervention, ending: Filled[Any]
) -> Response:
    at = clock.now()
    ids = (await queries.people_of(session, [found.id]))[found.id]
    apart = (await queries.apart_of(session, [found.id]))[found.id]
    people = await people_by_id(session, ids | {one for pair in apart for one in pair})
    told = (await queries.times_told(session, [found.id]))[found.id]
    times = (
        await queries.register(
            session, shared.viewer, about=queries.is_one(found.id), from_=at - SHOWN_BEFORE, until=at + SHOWN_AFTER
        )
    ).times
    history = await queries.history(session, shared.viewer, found)
    mine = found.agency_id == shared.viewer.agency_id
    return await _page(
        request,
        session,
        shared,
        "one",
        ending,
        ending=ending,
        intervention=found,
        own=mine,
        can_change=shared.may(Permission.intervention_change, own_agency=mine),
        over=found.status in OVER,
        people=sorted((people[one] for one in ids), key=lambda person: person.given_key),
        apart=[(people[one], people[other]) for one, other in apart],
        places=(await queries.places_of(session, [found.id]))[found.id],
        agency=shared.agencies[found.agency_id],
        together=shared.agencies.get(found.with_agency_id) if found.with_agency_id else None,
        is_meeting=shape(found.kind) is Shape.meeting,
        attended=found.kind[:1] in ATTENDED,
        is_condition=group(found.kind) == "Condition",
        times=times if found.repeats else [],
        told={row.of_at: row for row in told},
        now=at,
        parts=await _other_parts(session, shared, found),
        needs=await queries.reachable(session, shared.viewer, found.depends_on_id),
        outcome=next((one for one in await outcomes_of_case(session, shared.id) if one.id == found.outcome_id), None),
        history=history,
        by=await workers_by_id(
            session, [found.worker_id, found.with_worker_id, *(event.worker_id for event in history)]
        ),
        in_words=in_words,
        source=Source(found.source),
        Status=Status,
        Level=Level,
    )


async def _other_parts(session: CurrentSession, shared: SharedCase, found: Intervention) -> list[Intervention]:
    """The other parts of a series that was divided, by their start."""
    return [one for one in await queries.parts_of_series(session, shared.viewer, found) if one.id != found.id]


async def _own(session: CurrentSession, worker: CurrentWorker, intervention: str) -> tuple[Intervention, SharedCase]:
    found = await queries.access_intervention(session, worker, intervention)
    shared = await access_case_by_id(session, worker, found.case_id)
    if not shared.may(Permission.intervention_change, own_agency=found.agency_id == worker.agency_id):
        whose = shared.agencies[found.agency_id].name
        raise NotAllowed(f"This belongs to {whose}. Ring them to change it.", offer=("Back to the case", shared.path))
    return found, shared


@router.get("/interventions/{intervention}/change")
async def edit(
    intervention: str, request: Request, worker: CurrentWorker, session: CurrentSession, of: AwareDatetime | None = None
) -> Response:
    """The form to change an intervention; of a series this time, this and later ones, or all."""
    found, shared = await _own(session, worker, intervention)
    typed = await as_typed(session, found, of if found.repeats else None)
    return await _edit(request, session, shared, found, Filled(typed=typed))


async def _edit(
    request: Request, session: CurrentSession, shared: SharedCase, found: Intervention, form: Filled[ChangeIn]
) -> Response:
    return await _page(
        request, session, shared, "change", form, intervention=found, Scope=Scope, in_words=in_words,
        parts=await _other_parts(session, shared, found), **await _offered(session, shared, found),
    )  # fmt: skip


@router.post("/interventions/{intervention}/change")
async def change(
    intervention: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Changes an intervention; of a series this time, this and later ones, or all."""
    found, shared = await _own(session, worker, intervention)
    form = await fill(request, ChangeIn)
    if form.value:
        async with form.refusals(session):
            told, of = form.value, form.value.of if found.repeats else None
            if of is not None and told.scope is Scope.this:
                check_counts(form.typed, await as_typed(session, found, of))
            given: dict[str, Any] = {"by": worker, "at": clock.now()}
            later = of is not None and told.scope is Scope.later and of > found.starts_at
            if of is not None and told.scope is not Scope.this:
                first = london(of if later else found.starts_at).date()
                told = told.from_day(first, shown=await series.day_of(session, found, of))
            planned = await with_pairs_kept(session, found, told, told.planned(kept=found.repeats))
            await _check(session, shared, planned, found)
            seen = found
            if of is not None and told.scope is Scope.this:
                await series.move_time(
                    session, found, of, when=planned.when, place=planned.place, worker_id=planned.worker_id, **given
                )
            elif of is not None and later:
                seen = await series.change_from(session, found, of, planned, case_people=shared.person_ids, **given)
            else:
                await changes.change(session, found, planned, case_people=shared.person_ids, **given)
            return once.see(f"/interventions/{ref(seen.id)}")
    return await _edit(request, session, shared, found, form)


@router.post("/interventions/{intervention}/end")
async def end(
    intervention: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Ends an intervention, or says of one time of a series that it took place, was missed or is cancelled."""
    found, shared = await _own(session, worker, intervention)
    form = await fill(request, EndIn)
    if form.value:
        async with form.refusals(session):
            told: dict[str, Any] = {"status": form.value.status, "reason": form.value.reason}
            told |= {"by": worker, "at": clock.now()}
            if found.repeats and form.value.of is not None:
                await series.settle_time(session, found, form.value.of, **told)
                return once.see(f"/interventions/{ref(found.id)}#times")
            await changes.end(session, found, **told)
            monday = monday_of(london(found.starts_at).date())
            return once.see(f"{shared.path}/week?from={monday}")
    return await _one(request, session, shared, found, form)


@router.post("/interventions/{intervention}/restore")
async def restore(
    intervention: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Takes back that an intervention, or one time of a series, was cancelled."""
    found, shared = await _own(session, worker, intervention)
    form = await fill(request, RestoreIn)
    if form.value:
        async with form.refusals(session):
            if found.repeats and form.value.of is not None:
                await series.restore_time(session, found, form.value.of, by=worker, at=clock.now())
            else:
                await changes.restore(session, found, by=worker, at=clock.now())
            return once.see(f"/interventions/{ref(found.id)}")
    return await _one(request, session, shared, found, form)
