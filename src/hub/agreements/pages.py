"""The partnership's agreements: drafting, signing for one's agency, leaving, ending. They name no family, so all may read them."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import agencies, agencies_by_id, workers_by_id
from hub.agreements import changes, queries
from hub.agreements.forms import AgreementIn, EndIn
from hub.agreements.rules import Basis, Draft, Power, Purpose, state_of
from hub.cases.rules import Scheme
from hub.database import CurrentSession
from hub.errors import NotAllowed
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.rendering import show
from hub.sharing.rules import Permission, Viewer, may, standing_of
from hub.sharing.tables import Agreement, AgreementPartner

router = APIRouter()
_KEEPERS = "Only an information guardian, the coordinator or an administrator can do this."


def _require_keeper(worker: Viewer) -> None:
    if not may(Permission.agreement_keep, standing_of(worker)):
        raise NotAllowed(_KEEPERS)


def _state(agreement: Agreement, partners: list[AgreementPartner]) -> str:
    return state_of(
        starts_on=agreement.starts_on,
        review_on=agreement.review_on,
        ends_on=agreement.ends_on,
        signed=sum(one.signed_at is not None and one.left_at is None for one in partners),
        today=clock.today(),
    )


@router.get("/agreements")
async def list_agreements(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Every agreement, who signed it, when it is reviewed."""
    found = await queries.agreements(session)
    partners = await queries.partners(session, [one.id for one in found])
    await record(session, Kind.agreements_listed, by=worker, at=clock.now())
    return show(
        request,
        "agreements/list.html",
        section="partnership",
        agreements=found,
        partners=partners,
        states={one.id: _state(one, partners[one.id]) for one in found},
        covered=await queries.cases_covered(session),
        agencies=await agencies_by_id(session),
        keeper=may(Permission.agreement_keep, standing_of(worker)),
    )


@router.get("/agreements/new")
async def new(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to draft an agreement."""
    _require_keeper(worker)
    return await _new(request, session, Filled())


async def _new(request: Request, session: CurrentSession, form: Filled[AgreementIn]) -> Response:
    return show(
        request,
        "agreements/new.html",
        status=422 if form.problems else 200,
        section="partnership",
        form=form,
        charters=[one for one in await queries.agreements(session) if one.tier == 1],
        agencies=await agencies(session),
        schemes=list(Scheme),
        purposes=list(Purpose),
        powers=list(Power),
        bases=list(Basis),
    )


@router.post("/agreements")
async def draft(request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Drafts an agreement; it is good for an agency once that agency has signed it."""
    _require_keeper(worker)
    form = await fill(request, AgreementIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            drafted = await changes.draft(
                session,
                Draft(
                    title=told.title,
                    schemes=[one.value for one in told.schemes],
                    purposes=[one.value for one in told.purposes],
                    powers=[one.value for one in told.powers],
                    bases=[one.value for one in told.bases],
                    partners=len(set(told.partners)),
                    starts_on=told.starts_on,
                    review_on=told.review_on,
                    ends_on=told.ends_on,
                ),
                tier=2 if told.umbrella else 1,
                umbrella_id=told.umbrella,
                partners=list(dict.fromkeys(told.partners)),
                items=told.items,
                handling=told.handling,
                keeps_sides_apart=told.keeps_sides_apart,
                retention_years=int(told.retention_years),
                retention_child_age=int(told.child_age) if told.child_age else None,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"/agreements/{ref(drafted.id)}")
    return await _new(request, session, form)


@router.get("/agreements/{agreement}")
async def one_agreement(agreement: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """One agreement, with its signatures."""
    found = await queries.access_agreement(session, agreement)
    await record(session, Kind.agreement_viewed, by=worker, at=clock.now(), subject=found)
    return await _one(request, session, worker, found, Filled())


async def _one(
    request: Request, session: CurrentSession, worker: Viewer, found: Agreement, form: Filled[EndIn]
) -> Response:
    partners = (await queries.partners(session, [found.id]))[found.id]
    return show(
        request,
        "agreements/one.html",
        status=422 if form.problems else 200,
        section="partnership",
        agreement=found,
        umbrella=await queries.umbrella(session, found),
        partners=partners,
        mine=next((one for one in partners if one.agency_id == worker.agency_id), None),
        state=_state(found, partners),
        agencies=await agencies_by_id(session),
        signers=await workers_by_id(session, [one.signed_by for one in partners]),
        keeper=may(Permission.agreement_keep, standing_of(worker)),
        form=form,
        Scheme=Scheme,
        Purpose=Purpose,
        Power=Power,
        Basis=Basis,
    )


@router.post("/agreements/{agreement}/sign")
async def sign(
    agreement: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Signs for one's agency."""
    _require_keeper(worker)
    found = await queries.access_agreement(session, agreement)
    await changes.sign(session, found, agency_id=worker.agency_id, by=worker, at=clock.now())
    return once.see(f"/agreements/{agreement}")


@router.post("/agreements/{agreement}/leave")
async def leave(
    agreement: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Takes one's agency out of the agreement."""
    _require_keeper(worker)
    found = await queries.access_agreement(session, agreement)
    await changes.leave(session, found, agency_id=worker.agency_id, by=worker, at=clock.now())
    return once.see(f"/agreements/{agreement}")


@router.post("/agreements/{agreement}/end")
async def end(agreement: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Ends the agreement on a day."""
    _require_keeper(worker)
    found = await queries.access_agreement(session, agreement)
    form = await fill(request, EndIn)
    if form.value:
        async with form.refusals(session):
            await changes.end(session, found, on=form.value.ends_on, by=worker, at=clock.now())
            return once.see(f"/agreements/{agreement}")
    return await _one(request, session, worker, found, form)
