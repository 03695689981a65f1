"""Opening a case in an emergency, reviewing it afterwards, and giving the basis of what was shared in one."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.access import changes, queries
from hub.access.rules import EMERGENCY, EmergencyReason
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import agencies_by_id, partnership, workers_by_id
from hub.agreements.rules import Basis, Power, Purpose
from hub.cases.queries import SharedCase, access_case_by_id, case_by_reference, names_of, visible_among
from hub.contributions.queries import access_contribution
from hub.database import CurrentSession, commit
from hub.disclosures import changes as disclosures
from hub.disclosures.rules import Grounds
from hub.emergencies.forms import BasisIn, EmergencyIn, ReviewIn
from hub.errors import NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref, typed_reference
from hub.inputs import Filled, PageNumber, Problem, fill
from hub.rendering import show
from hub.sharing.rules import Permission, may, standing_of

router = APIRouter()
PAGE = 25
CANNOT = "There is no case with this reference that can be opened in this way. Ring the hub desk"
"""The same words whether there is none, or one that is sealed: the answer tells nothing."""


@router.get("/emergency")
async def emergency_page(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to open a case in an emergency."""
    return await _page(request, session, Filled())


async def _page(request: Request, session: CurrentSession, form: Filled[EmergencyIn]) -> Response:
    return show(
        request,
        "emergencies/open.html",
        status=422 if form.problems else 200,
        form=form,
        section="",
        reasons=list(EmergencyReason),
        hours=int(EMERGENCY.total_seconds() // 3600),
        house=await partnership(session),
    )


@router.post("/emergency")
async def open_in_emergency(request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Opens a case to read for four hours; those who answer for it are told at once."""
    form, at = await fill(request, EmergencyIn), clock.now()
    if form.value:
        told = form.value
        reference = typed_reference(told.reference)
        mine = await case_by_reference(session, worker, reference)
        if mine is not None:
            return once.see(f"/cases/{ref(mine.id)}")
        async with form.refusals(session):
            found = None if outside(worker) else await queries.case_to_open(session, worker, reference)
            if found is not None:
                await changes.open_in_emergency(
                    session, found, reason_code=told.reason_code, reason=told.reason, by=worker, at=at
                )
                return once.see(f"/cases/{ref(found.id)}")
        if not form.problems:
            await changes.refuse_emergency(session, reference=reference, by=worker, at=at)
            await commit(session)  # the try is remembered, though nothing opened
            form.problems.append(Problem("reference", CANNOT))
    return await _page(request, session, form)


def outside(worker: CurrentWorker) -> bool:
    """Guests, scrutineers and researchers have no business beyond what they were given."""
    return not worker.by_agency


@router.get("/emergency/reviews")
async def reviews(request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1) -> Response:
    """What was opened in an emergency, for the information guardians to review."""
    if not may(Permission.emergency_review, standing_of(worker)):
        raise NotFound
    return await _reviews(request, session, worker, page, request.query_params.get("show") == "reviewed", Filled())


async def _reviews(
    request: Request,
    session: CurrentSession,
    worker: CurrentWorker,
    page: int,
    reviewed: bool,
    form: Filled[ReviewIn],
) -> Response:
    at = clock.now()
    rows, total = await queries.openings(session, worker, waiting=not reviewed, limit=PAGE, offset=(page - 1) * PAGE)
    visible = await visible_among(session, worker, [case.id for _, _, case in rows])
    await record(session, Kind.emergencies_listed, by=worker, at=at, ids=[grant.id for grant, _, _ in rows])
    return show(
        request,
        "emergencies/reviews.html",
        status=422 if form.problems else 200,
        section="",
        rows=rows,
        total=total,
        page=page,
        size=PAGE,
        reviewed=reviewed,
        form=form,
        visible=visible,
        names=await names_of(session, list(visible.values())),
        agencies=await agencies_by_id(session),
        reviewers=await workers_by_id(session, [grant.reviewed_by for grant, _, _ in rows]),
        Reason=EmergencyReason,
    )


@router.post("/emergency/{grant}/review")
async def review(grant: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Says whether opening the case was right."""
    if not may(Permission.emergency_review, standing_of(worker)):
        raise NotFound
    found = await queries.opening_to_review(session, worker, grant)
    form = await fill(request, ReviewIn)
    if form.value:
        async with form.refusals(session):
            await changes.review(
                session,
                found,
                justified=form.value.justified,
                words=form.value.words,
                by=worker,
                at=clock.now(),
            )
            return once.see("/emergency/reviews")
    form.typed["_grant"] = [grant]
    return await _reviews(request, session, worker, 1, False, form)


# --- The basis of what was shared in an emergency ---------------------------------------------------------------


@router.get("/contributions/{contribution}/basis")
async def basis_page(contribution: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to give the basis of what was shared in an emergency."""
    shared, _ = await _owed(session, worker, contribution)
    return _basis(request, shared, contribution, Filled())


async def _owed(session: CurrentSession, worker: CurrentWorker, contribution: str) -> tuple[SharedCase, UUID]:
    found = await access_contribution(session, worker, contribution)
    if found.agency_id != worker.agency_id or not found.emergency:
        raise NotFound
    return await access_case_by_id(session, worker, found.case_id), found.thread_id


def _basis(request: Request, shared: SharedCase, contribution: str, form: Filled[BasisIn]) -> Response:
    return show(
        request,
        "emergencies/basis.html",
        status=422 if form.problems else 200,
        shared=shared,
        form=form,
        section="board",
        part="sharing",
        contribution=contribution,
        purposes=list(Purpose),
        powers=list(Power),
    )


@router.post("/contributions/{contribution}/basis")
async def complete_basis(
    contribution: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Gives the basis of what was shared in an emergency."""
    shared, thread = await _owed(session, worker, contribution)
    form = await fill(request, BasisIn)
    if form.value:
        async with form.refusals(session):
            grounds = Grounds(
                purpose=form.value.purpose.value,
                power=form.value.power.value,
                bases=(Basis.vital_interests.value, Basis.safeguarding.value),
            )
            await disclosures.complete_basis(
                session, case_id=shared.id, subject_id=thread, grounds=grounds, by=worker, at=clock.now()
            )
            return once.see(f"{shared.path}/sharing")
    return _basis(request, shared, contribution, form)
