"""The case's Sharing page: who may see this, under which agreement, what was shared; and its circle, restrictions and guests."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.access import changes, queries
from hub.access.forms import AdmitIn, CoverIn, GuestIn, NamedIn, RestrictIn, SideIn
from hub.access.rules import DECLARED, GUEST_LONGEST, KeepingReason
from hub.agencies import changes as agencies
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.queries import agency_by_id, agency_by_slug, worker_by_email, workers, workers_by_id
from hub.agencies.tables import Agency, Worker
from hub.agreements.queries import covers, in_force
from hub.agreements.rules import Basis, Power, Purpose, Regime
from hub.cases.queries import SharedCase, access_case, access_to_write, early_state
from hub.cases.rules import check_early
from hub.contributions import changes as contributions
from hub.database import CurrentSession
from hub.disclosures import changes as disclosures
from hub.disclosures import queries as disclosed
from hub.disclosures.rules import Trigger
from hub.errors import NotFound, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, PageNumber, fill
from hub.rendering import show
from hub.sharing import changes as sharing
from hub.sharing.rules import GrantKind, Permission, Restriction, Role, Side
from hub.sharing.tables import CaseGrant, CaseRestriction

router = APIRouter()
PAGE = 50
GUESTS = "guests"
_STEER = "Only the person who answers for this case, a team leader of its circle or the coordinator can do this."
_KEEP = (
    "Only the person who answers for this case, a team leader, an information guardian or the coordinator can do this."
)


def _form(request: Request, shared: SharedCase, template: str, form: Filled[Any], **more: Any) -> Response:
    status = 422 if form.problems else 200
    return show(
        request,
        f"access/{template}.html",
        status=status,
        shared=shared,
        form=form,
        section="board",
        part="sharing",
        **more,
    )


@router.get("/cases/{case}/sharing")
async def sharing_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1
) -> Response:
    """Who may see this case and why, what my agency gave and was given, and who was let in by name."""
    shared, at = await access_case(session, worker, case), clock.now()
    rows, total = await disclosed.of_case(
        session, shared.id, agency_id=worker.agency_id, limit=PAGE, offset=(page - 1) * PAGE
    )
    keeps = (
        await queries.restrictions(session, shared.id, shared.person_ids)
        if shared.may(Permission.case_restrict)
        else []
    )
    let_in = await queries.grants(session, shared.id)
    named = await queries.named(session, [one.id for one in keeps])
    people: list[UUID | None] = [one for grant in let_in for one in (grant.worker_id, grant.given_by)]
    people += [one.set_by for one in keeps]
    people += [one.worker_id for many in named.values() for one in many]
    people += [one for row in rows for one in (row.by_worker_id, row.to_worker_id, row.acknowledged_by)]
    seen = [one.id for one in let_in] or None
    await record(session, Kind.sharing_viewed, by=worker, at=at, case_id=shared.id, subject=shared.case, let_in=seen)
    return show(
        request,
        "access/sharing.html",
        shared=shared,
        section="board",
        part="sharing",
        agreement=await covers(session, shared.id),
        keeps_record=shared.may(Permission.retention_keep),
        choosable=await in_force(session, worker.agency_id) if shared.may(Permission.case_steer) else [],
        disclosures=rows,
        total=total,
        page=page,
        size=PAGE,
        unacknowledged=len(await disclosed.unacknowledged(session, shared.id, worker.agency_id)),
        restrictions=keeps,
        named=named,
        grants=let_in,
        people=await workers_by_id(session, people),
        now=at,
        Purpose=Purpose,
        Power=Power,
        Basis=Basis,
        Regime=Regime,
        Trigger=Trigger,
        GrantKind=GrantKind,
        Restriction=Restriction,
        KeepingReason=KeepingReason,
        Side=Side,
        may_restrict=shared.may(Permission.case_restrict),
        may_invite=shared.may(Permission.guest_invite),
        may_open_scrutiny=shared.may(Permission.scrutiny_open),
        may_acknowledge=shared.may(Permission.disclosure_acknowledge),
    )


@router.post("/cases/{case}/sharing/acknowledge")
async def acknowledge(
    case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says for one's agency that what was shared with it has been read."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.disclosure_acknowledge)
    await disclosures.acknowledge(session, case_id=shared.id, by=worker, at=clock.now())
    return once.see(f"{shared.path}/sharing")


@router.post("/cases/{case}/agreement")
async def cover(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Puts the case under an agreement that is in force and that one's own agency has signed."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_steer, _STEER)
    form = await fill(request, CoverIn)
    if form.value and form.value.agreement in {one.id for one in await in_force(session, worker.agency_id)}:
        await sharing.cover(session, case_id=shared.id, agreement_id=form.value.agreement, by=worker, at=clock.now())
    return once.see(f"{shared.path}/sharing")


# --- The circle -------------------------------------------------------------------------------------------------


@router.get("/cases/{case}/circle")
async def circle_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to bring in an agency, and the circle as it is."""
    return await _circle(request, session, await access_to_write(session, worker, case), Filled())


async def _circle(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[AdmitIn]) -> Response:
    there = {agency.id for agency in shared.circle}
    others = [
        agency
        for agency in shared.agencies.values()
        if agency.id not in there and agency.ended_at is None and agency.slug != GUESTS
    ]
    stated, asked_before = await early_state(session, shared.case)
    return _form(
        request,
        shared,
        "circle",
        form,
        others=others,
        sides=list(Side),
        Side=Side,
        may_steer=shared.may(Permission.case_steer),
        asks_why=not stated and not asked_before,
    )


@router.post("/cases/{case}/circle")
async def admit(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Brings an agency into the circle: from the next request on, its workers see the case."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.case_steer, _STEER)
    form = await fill(request, AdmitIn)
    if form.value:
        async with form.refusals(session):
            agency = await agency_by_id(session, form.value.agency)
            if agency.ended_at is not None or agency.slug == GUESTS:
                raise Refused("This agency has left the partnership", field="agency")
            stated, asked_before = await early_state(session, shared.case)
            check_early(form.value.reason, problem_stated=stated, asked_before=asked_before)
            await sharing.admit(
                session,
                agency_id=agency.id,
                case_id=shared.id,
                early_reason="" if stated else form.value.reason,
                by=worker,
                at=at,
            )
            await contributions.share_earlier(session, shared.id, by=worker, at=at)
            return once.see(await way_back(request, f"{shared.path}/circle"))
    return await _circle(request, session, shared, form)


@router.post("/cases/{case}/circle/{agency}/leave")
async def release(
    case: str, agency: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Releases an agency from the circle: from the next request on, its workers see the case no more."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_steer, _STEER)
    held = next((one for one in shared.seats if ref(one.agency_id) == agency), None)
    if held is None:
        raise NotFound
    form: Filled[AdmitIn] = Filled()
    async with form.refusals(session):
        await sharing.release(session, held, by=worker, at=clock.now())
        return once.see(shared.path if held.agency_id != worker.agency_id else "/")
    return await _circle(request, session, shared, form)


@router.post("/cases/{case}/circle/{agency}/side")
async def side(
    case: str, agency: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says on whose side of the family an agency works, where the agreement keeps the sides apart."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_steer, _STEER)
    held = next((one for one in shared.seats if ref(one.agency_id) == agency), None)
    if held is None or shared.agreement is None or not shared.agreement.keeps_sides_apart:
        raise NotFound
    form = await fill(request, SideIn)
    if form.value:
        await sharing.choose_side(session, held, side=form.value.side, by=worker, at=clock.now())
    return once.see(f"{shared.path}/circle")


# --- Restrictions -----------------------------------------------------------------------------------------------


async def _nameable(session: CurrentSession, shared: SharedCase) -> Sequence[Worker]:
    return await workers(session, agency_ids=[agency.id for agency in shared.circle], at=clock.now())


@router.get("/cases/{case}/restriction")
async def restriction_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, out: str = ""
) -> Response:
    """The form to keep a case from some; `out` names somebody who has declared an interest, and fills it in for them."""
    shared = await access_to_write(session, worker, case)
    shared.require(Permission.case_restrict, _KEEP)
    typed = {}
    if out in {ref(one.id) for one in await _nameable(session, shared)}:
        typed = {
            "mode": [Restriction.kept_out.value],
            "reason_code": [KeepingReason.conflict.value],
            "reason": [DECLARED],
            "workers": [out],
        }
    return await _restriction(request, session, shared, Filled(typed=typed))


async def _restriction(
    request: Request, session: CurrentSession, shared: SharedCase, form: Filled[RestrictIn]
) -> Response:
    return _form(
        request,
        shared,
        "restriction",
        form,
        modes=list(Restriction),
        reasons=list(KeepingReason),
        workers=await _nameable(session, shared),
    )


@router.post("/cases/{case}/restriction")
async def restrict(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Keeps a case, or every case of one person in it, from some."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_restrict, _KEEP)
    form = await fill(request, RestrictIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            if told.person is not None and told.person not in shared.person_ids:
                raise Refused("Choose a person of this case", field="person")
            if not set(told.workers) <= {one.id for one in await _nameable(session, shared)}:
                raise Refused("Choose workers of agencies around this case", field="workers")
            await changes.restrict(
                session,
                case_id=shared.id,
                person_id=told.person,
                mode=told.mode,
                reason_code=told.reason_code,
                reason=told.reason,
                workers=told.workers,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/sharing")
    return await _restriction(request, session, shared, form)


async def _restricted(
    session: CurrentSession, worker: CurrentWorker, case: str, restriction: str
) -> tuple[SharedCase, CaseRestriction]:
    shared = await access_case(session, worker, case)
    shared.require(Permission.case_restrict, _KEEP)
    found = await queries.access_restriction(session, restriction)
    if found.case_id != shared.id and found.person_id not in shared.person_ids:
        raise NotFound
    return shared, found


@router.post("/cases/{case}/restrictions/{restriction}/named")
async def rename(
    case: str, restriction: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Names others in a restriction."""
    shared, found = await _restricted(session, worker, case, restriction)
    form = await fill(request, NamedIn)
    if form.value:
        async with form.refusals(session):
            if not set(form.value.workers) <= {one.id for one in await _nameable(session, shared)}:
                raise Refused("Choose workers of agencies around this case", field="workers")
            await changes.rename_restricted(
                session, found, case_id=shared.id, workers=form.value.workers, by=worker, at=clock.now()
            )
    return once.see(f"{shared.path}/sharing")


@router.post("/cases/{case}/restrictions/{restriction}/lift")
async def lift(
    case: str, restriction: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Ends a restriction."""
    shared, found = await _restricted(session, worker, case, restriction)
    await changes.lift(session, found, case_id=shared.id, by=worker, at=clock.now())
    return once.see(f"{shared.path}/sharing")


# --- Guests -----------------------------------------------------------------------------------------------------


@router.get("/cases/{case}/guests")
async def guest_page(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to invite a guest."""
    shared = await access_to_write(session, worker, case)
    shared.require(Permission.guest_invite, _STEER)
    return _form(request, shared, "guest", Filled(), longest=GUEST_LONGEST.days)


@router.post("/cases/{case}/guests")
async def invite(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Invites somebody from outside by name, to this one case and for a time."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.guest_invite, _STEER)
    form = await fill(request, GuestIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            guest = await worker_by_email(session, told.email)
            if guest is None:
                house = await _guest_house(session, worker, at)
                guest = await agencies.add_worker(
                    session,
                    Worker(
                        agency_id=house.id,
                        name=told.name,
                        email=told.email,
                        profession=told.profession,
                        phone=told.phone,
                        roles=[Role.guest.value],
                        started_at=at,
                    ),
                    by=worker,
                    at=at,
                )
            await changes.invite_guest(
                session, case_id=shared.id, guest=guest, until=told.until, why=told.why, by=worker, at=at
            )
            return once.see(f"{shared.path}/sharing")
    return _form(request, shared, "guest", form, longest=GUEST_LONGEST.days)


async def _guest_house(session: CurrentSession, worker: CurrentWorker, at: datetime) -> Agency:
    """The agency under which guests stand: it never takes a seat."""
    with suppress(NotFound):
        return await agency_by_slug(session, GUESTS)
    house = Agency(
        slug=GUESTS, name="Guests", mark="GST", colour=8, sector="other", statutory=False, place=99, triages=False
    )
    return await agencies.add_agency(session, house, by=worker, at=at)


@router.post("/cases/{case}/grants/{grant}/end")
async def end_grant(
    case: str, grant: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Ends what let somebody in: one's own, a guest's by those who may invite, a scrutineer's by those who may let in."""
    shared = await access_case(session, worker, case)
    found: CaseGrant = await queries.grant_by_ref(session, grant)
    if found.case_id != shared.id:
        raise NotFound
    if found.worker_id != worker.worker_id:
        if found.kind == GrantKind.scrutiny:
            shared.require(Permission.scrutiny_open, "An information guardian of an agency around the case ends it.")
        else:
            shared.require(Permission.guest_invite, _STEER)
    await changes.end_grant(session, found, by=worker, at=clock.now())
    return once.see("/" if found.worker_id == worker.worker_id else f"{shared.path}/sharing")
