"""The records past their time, and how long one case is kept: keeping longer, holding, proposing, disposing."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers_by_id
from hub.cases.queries import SharedCase, access_case, access_case_by_id
from hub.cases.rules import Scheme
from hub.database import CurrentSession
from hub.errors import NotFound, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, PageNumber, Problem, fill
from hub.rendering import show
from hub.retention import changes, queries
from hub.retention.forms import ConfirmIn, HoldIn, KeepIn, LiftIn, ProposeIn
from hub.retention.queries import PAGE, Cut
from hub.retention.rules import DisposalState, HoldReason, counted
from hub.sharing.rules import Permission, Viewer, may, standing_of

router = APIRouter()
ONLY = "Only an information guardian of the agency that leads this case decides how long it is kept."


def require_guardian(worker: Viewer) -> None:
    """Raises NotFound unless the worker guards their agency’s information."""
    if not may(Permission.retention_list, standing_of(worker)):
        raise NotFound


@router.get("/retention")
async def past_their_time(
    request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1
) -> Response:
    """The closed cases that my agency leads and whose time is over: to review, proposed, or on hold."""
    require_guardian(worker)
    asked = request.query_params.get("show", "")
    return await _queue(request, session, worker, Cut(asked) if asked in set(Cut) else Cut.review, page, Filled())


async def _queue(
    request: Request, session: CurrentSession, worker: Viewer, cut: Cut, page: int, form: Filled[ProposeIn]
) -> Response:
    rows, counts = await queries.queue(session, worker, cut, offset=(page - 1) * PAGE)
    await record(session, Kind.retention_listed, by=worker, at=clock.now(), ids=[row.case.id for row in rows])
    named = [row.disposal.proposed_by for row in rows if row.disposal]
    named += [row.hold.placed_by for row in rows if row.hold]
    return show(
        request,
        "retention/queue.html",
        status=422 if form.problems else 200,
        rows=rows,
        counts=counts,
        cut=cut,
        page=page,
        size=PAGE,
        form=form,
        workers=await workers_by_id(session, named),
        today=clock.today(),
        Cut=Cut,
        Scheme=Scheme,
        HoldReason=HoldReason,
    )


@router.post("/retention/propose")
async def propose_several(request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Proposes to dispose of the records that were ticked: of all of them or, when one cannot be, of none."""
    require_guardian(worker)
    form = await fill(request, ProposeIn)
    if form.value:
        async with form.refusals(session):
            for case_id in dict.fromkeys(form.value.cases):
                shared = await access_case_by_id(session, worker, case_id)
                shared.require(Permission.retention_keep, ONLY)
                await changes.propose(session, shared.case, by=worker, at=clock.now())
            return once.see("/retention?show=proposed")
    return await _queue(request, session, worker, Cut.review, 1, form)


# --- One case ---------------------------------------------------------------------------------------------------


async def _kept(session: CurrentSession, worker: Viewer, case: str) -> SharedCase:
    shared = await access_case(session, worker, case)
    shared.require(Permission.retention_keep, ONLY)
    return shared


@router.get("/cases/{case}/retention")
async def one_case(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """How long one case is kept and why, with what may be done about it."""
    shared = await _kept(session, worker, case)
    await record(session, Kind.retention_viewed, by=worker, at=clock.now(), case_id=shared.id, subject=shared.case)
    return await _one(request, session, shared)


async def _one(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    *,
    keep: Filled[KeepIn] | None = None,
    hold: Filled[HoldIn] | None = None,
    lift: Filled[LiftIn] | None = None,
) -> Response:
    found = await queries.keeping(session, shared.case)
    today = clock.today()
    given = [form for form in (keep, hold, lift) if form and form.problems]
    named = [one.decided_by for one in found.stays] + [one.placed_by for one in found.holds]
    named += [one.lifted_by for one in found.holds if one.lifted_by]
    named += [found.disposal.proposed_by] if found.disposal else []
    return show(
        request,
        "retention/one.html",
        status=422 if given else 200,
        section="board",
        part="sharing",
        shared=shared,
        found=found,
        bar=found.situation.bar(today),
        today=today,
        keep=keep or Filled(),
        hold=hold or Filled(),
        lift=lift or Filled(),
        problems=given[0] if given else Filled(),
        workers=await workers_by_id(session, named),
        seconds=await queries.others_who_may_confirm(session, shared, clock.now()),
        HoldReason=HoldReason,
        DisposalState=DisposalState,
    )


@router.post("/cases/{case}/retention/keep")
async def keep_longer(
    case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Keeps a closed case for more years from today."""
    shared = await _kept(session, worker, case)
    form = await fill(request, KeepIn)
    if form.value and form.value.years != int(form.value.years):
        form.problems.append(Problem("years", "Enter whole years"))
    elif form.value:
        async with form.refusals(session):
            await changes.keep_longer(
                session,
                shared.case,
                years=int(form.value.years),
                reason=form.value.reason,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/retention")
    return await _one(request, session, shared, keep=form)


@router.post("/cases/{case}/retention/hold")
async def hold(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Puts a case on hold: it is not disposed of until the hold is lifted."""
    shared = await _kept(session, worker, case)
    form = await fill(request, HoldIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            await changes.hold(
                session,
                shared.case,
                reason_code=told.reason_code,
                words=told.words,
                review_on=told.review_on,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/retention")
    return await _one(request, session, shared, hold=form)


@router.post("/cases/{case}/retention/lift")
async def lift(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Lifts the hold."""
    shared = await _kept(session, worker, case)
    form = await fill(request, LiftIn)
    if form.value:
        async with form.refusals(session):
            await changes.lift(session, shared.case, because=form.value.because, by=worker, at=clock.now())
            return once.see(f"{shared.path}/retention")
    return await _one(request, session, shared, lift=form)


@router.post("/cases/{case}/retention/propose")
async def propose(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Proposes to dispose of a case; another guardian confirms it."""
    shared = await _kept(session, worker, case)
    await changes.propose(session, shared.case, by=worker, at=clock.now())
    return once.see(f"{shared.path}/retention")


@router.post("/cases/{case}/retention/withdraw")
async def withdraw(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Takes back the proposal to dispose of a case."""
    shared = await _kept(session, worker, case)
    await changes.withdraw(session, shared.case, by=worker, at=clock.now())
    return once.see(f"{shared.path}/retention")


@router.get("/cases/{case}/retention/dispose")
async def disposing(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """What goes if the case is disposed of, and the form to confirm it."""
    shared = await _kept(session, worker, case)
    await record(session, Kind.retention_viewed, by=worker, at=clock.now(), case_id=shared.id, subject=shared.case)
    return await _disposing(request, session, shared, Filled())


async def _disposing(
    request: Request, session: CurrentSession, shared: SharedCase, form: Filled[ConfirmIn]
) -> Response:
    found = await queries.keeping(session, shared.case)
    if found.disposal is None:
        raise NotFound
    proposers = await workers_by_id(session, [found.disposal.proposed_by])
    return show(
        request,
        "retention/dispose.html",
        status=422 if form.problems else 200,
        section="board",
        part="sharing",
        shared=shared,
        found=found,
        bar=found.situation.bar(clock.today()),
        proposer=proposers[found.disposal.proposed_by],
        goes=await queries.what_goes(session, shared.id),
        counted=counted,
        form=form,
    )


@router.post("/cases/{case}/retention/dispose")
async def dispose(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Confirms what another guardian proposed, and disposes of the case."""
    shared = await _kept(session, worker, case)
    form = await fill(request, ConfirmIn)
    if form.value:
        try:
            certificate = await changes.dispose_now(
                session, shared.case, typed=form.value.reference, by=worker, at=clock.now()
            )
        except Refused as refusal:
            form.problems.append(Problem(refusal.field, refusal.sentence))
        else:
            return once.see(f"/retention/certificates/{ref(certificate.id)}")
    return await _disposing(request, session, shared, form)
