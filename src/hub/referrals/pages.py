"""Triage: the inbox, one referral, its rating and its decision."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import agencies as all_agencies
from hub.agencies.queries import agencies_by_id, partnership, workers, workers_by_id
from hub.agencies.tables import Worker
from hub.cases import changes as cases
from hub.cases.changes import Opening
from hub.cases.queries import access_case_by_id, cases_of, names_of
from hub.cases.rules import Rating, Scheme
from hub.database import CurrentSession
from hub.errors import NotAllowed, NotFound, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import from_ref, ref
from hub.inputs import Filled, PageNumber, fill
from hub.notices.changes import write
from hub.notices.rules import NoticeKind
from hub.people import changes as people
from hub.people.queries import families_of, homes, people_by_id, seen_among
from hub.people.tables import Family, Person
from hub.referrals import changes, queries
from hub.referrals.forms import DecideIn, MatchIn, RateIn
from hub.referrals.rules import Decision
from hub.referrals.tables import Referral, ReferralPerson
from hub.rendering import show
from hub.sharing.queries import seats_at_referral
from hub.sharing.rules import Permission, Role, Viewer, in_the_circle, may, standing_of
from hub.strict_json import read_json

router = APIRouter()
PAGE = 25


def _may_decide(worker: Viewer) -> bool:
    return may(Permission.referral_decide, standing_of(worker, at_referral=True))


@router.get("/referrals")
@router.get("/referrals/rows")
async def inbox(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    show_: Annotated[str, Query(alias="show")] = "waiting",
    rating: str = "",
    agency: str = "",
    order: str = "respond_by",
    page: PageNumber = 1,
) -> Response:
    """The referral inbox by time left. `/referrals/rows` is the live part alone."""
    at = clock.now()
    if show_ not in ("waiting", "decided", "all") or order not in ("respond_by", "received", "rating"):
        raise NotFound
    rows, total = await queries.inbox(
        session,
        worker,
        show=show_,
        rating=rating,
        agency_id=from_ref(agency) if agency else None,
        order=order,
        limit=PAGE,
        offset=(page - 1) * PAGE,
    )
    await record(session, Kind.referrals_listed, by=worker, at=at, ids=[row.id for row in rows], show=show_)
    aside = await queries.set_aside(session) if worker.triages or Role.coordinator in worker.roles else []
    live_part = request.url.path == "/referrals/rows"
    return show(
        request,
        "referrals/_rows.html" if live_part else "referrals/inbox.html",
        section="referrals",
        rows=rows,
        total=total,
        page=page,
        size=PAGE,
        ratings=list(Rating),
        set_aside=aside,
        question={"show": show_, "rating": rating, "agency": agency, "order": order},
        people=await queries.people_of(session, [row.id for row in rows]),
        agencies=await agencies_by_id(session),
        waiting_here=await queries.waiting_count(session, worker),
        Decision=Decision,
    )


@router.get("/referrals/{referral}")
@router.get("/referrals/{referral}/body")
async def one_referral(referral: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """One referral: the concern in the referrer's words, the people, the history, and the decision."""
    found = await queries.access_referral(session, worker, referral)
    await record(session, Kind.referral_viewed, by=worker, at=clock.now(), referral_id=found.id, subject=found)
    return await _page(request, session, worker, found)


async def _page(
    request: Request,
    session: CurrentSession,
    worker: CurrentWorker,
    found: Referral,
    *,
    template: str = "referral",
    form: Filled[Any] | None = None,
    **more: Any,
) -> Response:
    named = (await queries.people_of(session, [found.id]))[found.id]
    known = await people_by_id(session, [row.person_id for row in named if row.person_id])
    earlier_cases = await cases_of(session, worker, person_ids=list(known)) if known else []
    form = form or Filled()
    live_part = request.url.path.endswith("/body")
    return show(
        request,
        f"referrals/{'_body' if live_part else template}.html",
        status=422 if form.problems else 200,
        section="referrals",
        referral=found,
        named=named,
        known=known,
        form=form,
        ratings=list(Rating),
        decisions=list(Decision),
        Decision=Decision,
        Rating=Rating,
        can_decide=_may_decide(worker),
        agencies=await agencies_by_id(session),
        candidates=await _candidates(session, worker, named),
        earlier=await queries.about_the_same(session, worker, found),
        cases=earlier_cases,
        case_names=await names_of(session, earlier_cases),
        decider=await workers_by_id(session, [found.decided_by, found.rated_by]),
        seats=await seats_at_referral(session, found.id),
        **more,
    )


async def _candidates(session: CurrentSession, worker: Viewer, named: list[ReferralPerson]) -> dict[UUID, Any]:
    """Those whom somebody named here may be and whom this worker may see, with where they live.

    One whom the worker may not see is not shown, and nothing tells that there is one.
    """
    ids = {person_id for row in named if row.match == "perhaps" for person_id in row.perhaps or []}
    if not ids:
        return {}
    seen = await seen_among(session, worker, ids)
    live_at = await homes(session, [person.id for person in seen])
    return {person.id: (person, live_at[person.id]) for person in seen}


@router.post("/referrals/{referral}/people/{label}")
async def decide_match(
    referral: str, label: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says whether somebody named here is the one we know, or somebody new."""
    found = await queries.access_referral(session, worker, referral)
    _require_desk(worker)
    row = await queries.named_person(session, found.id, label)
    form = await fill(request, MatchIn)
    if form.value:
        same_as = None if form.value.person == "new" else from_ref(form.value.person)
        if same_as is not None and same_as not in await _candidates(session, worker, [row]):
            raise NotFound
        event = await _event(session, found)
        async with form.refusals(session):
            await changes.decide_match(session, found, row, event, same_as=same_as, by=worker, at=clock.now())
            return once.see(f"/referrals/{referral}#people")
    return await _page(request, session, worker, found, form=form)


async def _event(session: CurrentSession, found: Referral) -> Any:
    envelope = await queries.newest_envelope(session, found.id)
    if envelope is None:
        raise NotFound
    return read_json(envelope.body)


def _require_desk(worker: Viewer) -> None:
    if not _may_decide(worker):
        raise NotAllowed("Referrals are decided at the hub’s desk. You can follow what happens here.")


@router.post("/referrals/{referral}/rate")
async def rate(referral: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Rates a referral, with the reason; its clock follows the rating."""
    found = await queries.access_referral(session, worker, referral)
    _require_desk(worker)
    form = await fill(request, RateIn)
    if form.value:
        async with form.refusals(session):
            await changes.rate(
                session, found, rating=form.value.rating, reason=form.value.reason, by=worker, at=clock.now()
            )
            return once.see(f"/referrals/{referral}")
    return await _page(request, session, worker, found, form=form)


# --- Deciding ---------------------------------------------------------------------------------------------------


@router.get("/referrals/{referral}/decide")
async def decide_page(referral: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to decide: what happens, why, and, for a joint case, who answers for it and who stands around it."""
    found = await queries.access_referral(session, worker, referral)
    _require_desk(worker)
    seated = [ref(seat.agency_id) for seat in await seats_at_referral(session, found.id)]
    typed = {
        "agencies": seated,
        "accountable": [ref(worker.worker_id)],
        "problem": [found.summary.split("\n")[0][:200]],
    }
    known = await families_of(session, await _people_of(session, found))
    if len(known) < 2:
        typed["family"] = [ref(known[0].id) if known else "new"]
    return await _decide_page(request, session, worker, found, Filled(typed=typed))


async def _people_of(session: CurrentSession, found: Referral) -> list[UUID]:
    named = (await queries.people_of(session, [found.id]))[found.id]
    return [row.person_id for row in named if row.person_id]


async def _decide_page(
    request: Request, session: CurrentSession, worker: CurrentWorker, found: Referral, form: Filled[DecideIn]
) -> Response:
    ids = await _people_of(session, found)
    open_cases = [case for case in await cases_of(session, worker, person_ids=ids) if case.closed_at is None]
    return await _page(
        request,
        session,
        worker,
        found,
        template="decide",
        form=form,
        schemes=list(Scheme),
        open_cases=open_cases,
        open_names=await names_of(session, open_cases),
        families=await families_of(session, ids),
        workers=await _could_answer(session, None, clock.now()),
        all_agencies=await all_agencies(session),
    )


@router.post("/referrals/{referral}/decide")
async def decide(
    referral: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Decides a referral, and opens or joins a case where that is the decision."""
    found = await queries.access_referral(session, worker, referral)
    _require_desk(worker)
    form, at = await fill(request, DecideIn), clock.now()
    if form.value:
        told = form.value
        async with form.refusals(session):
            await changes.lock_undecided(session, found)
            case_id = None
            if told.decided.opens:
                case_id = await _open_case(session, worker, found, told)
            elif told.decided is Decision.join_case:
                case_id = await _join_case(session, worker, found, told)
            await changes.decide(
                session,
                found,
                decision=told.decided,
                reason=told.reason,
                feedback=told.feedback,
                case_id=case_id,
                by=worker,
                at=at,
            )
            return once.see(f"/cases/{ref(case_id)}" if case_id else f"/referrals/{referral}")
    return await _decide_page(request, session, worker, found, form)


async def _could_answer(session: CurrentSession, agency_ids: Collection[UUID] | None, at: datetime) -> list[Worker]:
    """Who may be named to answer for the case that a referral opens: not whose role opens no case to them."""
    found = await workers(session, agency_ids=agency_ids, at=at)
    return [one for one in found if in_the_circle(one.roles)]


async def _open_case(session: CurrentSession, worker: Viewer, found: Referral, told: DecideIn) -> UUID:
    at, partners = clock.now(), await partnership(session)
    named = (await queries.people_of(session, [found.id]))[found.id]
    if any(row.match == "perhaps" for row in named):
        raise Refused("First say whether the people marked “Perhaps known” are the ones we know", field="decision")
    by_id = await people_by_id(session, [row.person_id for row in named if row.person_id])
    chosen = set(told.agencies) | {worker.agency_id}
    around = {one.id: one for one in await _could_answer(session, chosen, at)}
    if told.accountable is None or told.accountable not in around:
        raise Refused("Choose one person, of an agency around the case, who answers for it", field="accountable")
    lead = around[told.accountable].agency_id
    opening = Opening(
        problem=told.problem,
        accountable_id=told.accountable,
        lead_agency_id=lead,
        agencies=chosen,
        people={row.person_id: row.roles for row in named if row.person_id},
        family=await _family(session, worker, told.family, list(by_id.values())),
        scheme=told.scheme,
        rating=Rating(found.rating) if found.rating else None,
        rating_reason=found.rating_reason,
        referral_id=found.id,
        basis=found.basis,
        contacts={lead: told.accountable, worker.agency_id: worker.worker_id},
    )
    case = await cases.open_case(
        session, opening, prefix=partners.reference_prefix, clocks=partners.clocks, by=worker, at=at
    )
    if told.accountable != worker.worker_id:
        await write(
            session,
            NoticeKind.accountable_named,
            worker_id=told.accountable,
            subject_id=case.id,
            case_id=case.id,
            link="/my-work",
            at=at,
        )
    return case.id


async def _family(session: CurrentSession, worker: Viewer, chosen: str, members: list[Person]) -> Family:
    """The family that the case is about: one that these people belong to already, or a new one."""
    at = clock.now()
    known = {ref(family.id): family for family in await families_of(session, [one.id for one in members])}
    if chosen == "new" or not (chosen or known):
        return await people.form_family(session, members, by=worker, at=at)
    if chosen not in known:
        raise Refused("Choose one of the families shown, or a new one", field="family")
    await people.join_family(session, known[chosen], members, by=worker, at=at)
    return known[chosen]


async def _join_case(session: CurrentSession, worker: Viewer, found: Referral, told: DecideIn) -> UUID:
    if told.case is None:
        raise Refused("Choose the case that it joins", field="case")
    shared = await access_case_by_id(session, worker, told.case)
    for row in (await queries.people_of(session, [found.id]))[found.id]:
        if row.person_id is not None:
            await people.involve(session, person_id=row.person_id, roles=row.roles, case_id=shared.id, at=clock.now())
    return shared.id
