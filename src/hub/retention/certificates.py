"""Disposing of several records at once, and the certificates: listed, shown, printed and exported."""

import csv
import io

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.cases.rules import Scheme
from hub.database import CurrentSession
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, PageNumber, fill
from hub.rendering import show
from hub.retention import changes, queries
from hub.retention.forms import SeveralIn
from hub.retention.pages import require_guardian
from hub.retention.queries import PAGE
from hub.retention.rules import DisposalState, counted, digest_of, references_in
from hub.retention.tables import DisposalBatch
from hub.sharing.rules import Viewer

router = APIRouter()


# --- Several at once --------------------------------------------------------------------------------------------


@router.get("/retention/several")
async def several(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to confirm several proposed records: the reference of each is typed."""
    require_guardian(worker)
    return await _several(request, session, worker, Filled())


async def _several(request: Request, session: CurrentSession, worker: Viewer, form: Filled[SeveralIn]) -> Response:
    rows, counts = await queries.queue(session, worker, queries.Cut.proposed)
    await record(session, Kind.retention_listed, by=worker, at=clock.now(), ids=[row.case.id for row in rows])
    return show(
        request,
        "retention/several.html",
        status=422 if form.problems else 200,
        form=form,
        rows=[row for row in rows if row.disposal and row.disposal.proposed_by != worker.worker_id],
        mine=sum(row.disposal is not None and row.disposal.proposed_by == worker.worker_id for row in rows),
        more=max(0, counts[queries.Cut.proposed] - len(rows)),
        Scheme=Scheme,
    )


@router.post("/retention/several")
async def choose(request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Gathers the records whose references were typed; nothing is disposed of yet."""
    require_guardian(worker)
    form = await fill(request, SeveralIn)
    if form.value:
        async with form.refusals(session):
            batch = await changes.choose(session, references_in(form.value.references), by=worker, at=clock.now())
            return once.see(f"/retention/several/{ref(batch.id)}")
    return await _several(request, session, worker, form)


@router.get("/retention/several/{batch}")
async def progress(batch: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """What was chosen, how far its disposal has come, and the way to stop it."""
    require_guardian(worker)
    found = await queries.access_batch(session, worker, batch)
    return await _progress(request, session, worker, found, "retention/batch.html")


@router.get("/retention/several/{batch}/progress")
async def progress_alone(batch: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The same without its frame, for a page that asks again while the work goes on."""
    require_guardian(worker)
    found = await queries.access_batch(session, worker, batch)
    return await _progress(request, session, worker, found, "retention/_batch.html")


async def _progress(
    request: Request, session: CurrentSession, worker: Viewer, batch: DisposalBatch, template: str
) -> Response:
    items = await queries.items_of(session, batch.id)
    await record(
        session, Kind.disposals_viewed, by=worker, at=clock.now(), subject=batch, ids=[one.id for one, _ in items]
    )
    done = sum(one.state == DisposalState.done for one, _ in items)
    return show(
        request,
        template,
        batch=batch,
        items=items,
        done=done,
        waiting=sum(one.state == DisposalState.confirmed for one, _ in items),
        back=sum(one.state == DisposalState.proposed for one, _ in items) if batch.started_at else 0,
        DisposalState=DisposalState,
        Scheme=Scheme,
    )


@router.post("/retention/several/{batch}/start")
async def start(batch: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Confirms the records of a batch; they are disposed of one after another."""
    require_guardian(worker)
    found = await queries.access_batch(session, worker, batch)
    await changes.start(session, found, by=worker, at=clock.now())
    return once.see(f"/retention/several/{batch}")


@router.post("/retention/several/{batch}/stop")
async def stop(batch: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Stops before the next record; what is done already cannot be undone."""
    require_guardian(worker)
    found = await queries.access_batch(session, worker, batch)
    await changes.stop(session, found, by=worker, at=clock.now())
    return once.see(f"/retention/several/{batch}")


# --- Certificates -----------------------------------------------------------------------------------------------


@router.get("/retention/certificates")
async def certificates(
    request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1
) -> Response:
    """The certificates of my agency, the newest first."""
    require_guardian(worker)
    rows, total = await queries.certificates(session, worker, offset=(page - 1) * PAGE)
    await record(session, Kind.certificates_listed, by=worker, at=clock.now(), ids=[one.id for one in rows])
    return show(
        request,
        "retention/certificates.html",
        rows=rows,
        total=total,
        page=page,
        size=PAGE,
        workers=await workers_by_id(session, [one for row in rows for one in (row.proposed_by, row.confirmed_by)]),
        Scheme=Scheme,
    )


@router.get("/retention/certificates.csv")
async def export(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Every certificate of my agency as a table for a spreadsheet."""
    require_guardian(worker)
    rows, _ = await queries.certificates(session, worker, limit=None)
    people = await workers_by_id(session, [one for row in rows for one in (row.proposed_by, row.confirmed_by)])
    await record(session, Kind.certificates_listed, by=worker, at=clock.now(), ids=[one.id for one in rows], how="csv")
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(
        ["certificate", "record", "scheme", "agreement", "closed", "kept until", "proposed by", "proposed", "confirmed by",
         "confirmed", "disposed of", "rows", "sha256"]
    )  # fmt: skip
    for row in rows:
        table.writerow(
            _harmless(cell)
            for cell in (
                row.number, row.reference, Scheme(row.scheme).label, row.agreement_title, row.closed_on, row.kept_until,
                people[row.proposed_by].name, row.proposed_at.isoformat(), people[row.confirmed_by].name,
                row.confirmed_at.isoformat(), row.disposed_at.isoformat(), sum(row.counts.values()), row.digest,
            )
        )  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="certificates-of-disposal.csv"'}
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _harmless(cell: object) -> str:
    """A spreadsheet runs what begins like a formula (CWE-1236); a quote before it makes it words again."""
    words = str(cell)
    return f"'{words}" if words[:1] in ("=", "+", "-", "@", "\t", "\r") else words


@router.get("/retention/certificates/{certificate}")
async def one_certificate(
    certificate: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """One certificate, to read and to print: what was disposed of, under which agreement, by which two people."""
    require_guardian(worker)
    found = await queries.access_certificate(session, worker, certificate)
    await record(session, Kind.certificate_viewed, by=worker, at=clock.now(), case_id=found.case_id, subject=found)
    counts = sorted((counted(table), many) for table, many in found.counts.items())
    return show(
        request,
        "retention/certificate.html",
        found=found,
        counts=counts,
        whole=digest_of(found.said) == found.digest,
        workers=await workers_by_id(session, [found.proposed_by, found.confirmed_by]),
        agency=(await agencies_by_id(session))[found.agency_id],
        Scheme=Scheme,
    )
