"""Pages for what comes from agencies' own systems: a file looked at before it is written, and what must be placed."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.cases.queries import access_case_by_id, case_by_reference
from hub.database import CurrentSession
from hub.errors import NotAllowed, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, PageNumber, Problem, fill
from hub.interventions import importing, incoming, placing, sent
from hub.interventions.csv_rows import COLUMNS, MOST_BYTES, MOST_ROWS, NEEDED, refused_csv
from hub.interventions.forms import FileIn, NothingIn, PlaceIn
from hub.interventions.rules import Unplaced, label
from hub.rendering import show
from hub.sharing.rules import Permission, Viewer, may, standing_of

router = APIRouter()
SIZE = 25
PREVIEWED = 200
"""How many rows of a file stand on its page; the counts are of all."""


def _require(worker: Viewer) -> None:
    if not may(Permission.intervention_bring, standing_of(worker)):
        raise NotAllowed("Only team leaders and coordinators bring in their agency’s records. Ask yours.")


def _show(request: Request, template: str, form: Filled[Any], **more: Any) -> Response:
    status = 422 if form.problems else 200
    return show(
        request, f"interventions/{template}.html", status=status, form=form, section="my-work", label=label,
        ending=incoming.ending, **more,
    )  # fmt: skip


@router.get("/intervention-files/new")
async def new_file(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to bring in a file: upload it or paste its rows."""
    _require(worker)
    await record(session, Kind.interventions_listed, by=worker, at=clock.now())
    return _file_form(request, Filled())


def _file_form(request: Request, form: Filled[Any]) -> Response:
    return _show(
        request, "file_new", form, columns=COLUMNS, needed=NEEDED, most_rows=MOST_ROWS, most_kb=MOST_BYTES // 1024
    )


@router.post("/intervention-files")
async def bring_file(request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Reads a file and goes on to what it would do. Nothing is written to the register."""
    _require(worker)
    form = await fill(request, FileIn)
    if form.value:
        async with form.refusals(session):
            content = form.value.file if form.value.file.strip() else form.value.rows
            lines = await importing.preview(session, content, worker)
            kept = await importing.bring(
                session, content=content, name=form.value.file_name or "pasted rows", rows=len(lines),
                refused=importing.counted(lines)["refused"], by=worker, at=clock.now(),
            )  # fmt: skip
            return once.see(f"/intervention-files/{ref(kept.id)}")
    return _file_form(request, form)


@router.get("/intervention-files/{file}")
async def one_file(file: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """What the rows of a file would do now, or that it has been written."""
    return await _preview(file, request, worker, session, Filled())


async def _preview(
    file: str, request: Request, worker: CurrentWorker, session: CurrentSession, form: Filled[Any]
) -> Response:
    _require(worker)
    kept = await sent.access_file(session, worker, file)
    lines = await importing.preview(session, kept.content, worker)
    await record(session, Kind.interventions_listed, by=worker, at=clock.now(), subject=kept)
    order = {None: 0, "changed": 1, "new": 2, "unchanged": 3}
    shown = sorted(lines, key=lambda line: (order[line.does.value if line.does else None], line.row.number))
    return _show(
        request, "file", form, kept=kept, lines=shown[:PREVIEWED], more=max(0, len(lines) - PREVIEWED),
        counted=importing.counted(lines),
    )  # fmt: skip


@router.get("/intervention-files/{file}/refused.csv")
async def refused(file: str, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The refused rows of a file with why, to be mended and brought in again."""
    _require(worker)
    kept = await sent.access_file(session, worker, file)
    lines = await importing.preview(session, kept.content, worker)
    await record(session, Kind.interventions_listed, by=worker, at=clock.now(), subject=kept)
    text = refused_csv([(line.row, line.why) for line in lines if line.does is None])
    headers = {"Content-Disposition": 'attachment; filename="refused.csv"', "Cache-Control": "no-store"}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/intervention-files/{file}/confirm")
async def confirm(file: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Writes the file: all of it that is not refused, in one transaction."""
    _require(worker)
    kept = await sent.access_file(session, worker, file)
    form = await fill(request, NothingIn)
    async with form.refusals(session):
        await importing.confirm(session, kept, by=worker, at=clock.now())
        return once.see(f"/intervention-files/{ref(kept.id)}")
    return await _preview(file, request, worker, session, form)


@router.get("/unplaced-interventions")
async def unplaced(request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1) -> Response:
    """What one's own agency's systems sent and the Hub could not place."""
    _require(worker)
    rows, total = await sent.unplaced(session, worker.agency_id, limit=SIZE, offset=(page - 1) * SIZE)
    await record(session, Kind.interventions_listed, by=worker, at=clock.now())
    return _show(
        request, "unplaced", Filled(), rows=rows, total=total, page=page, size=SIZE, asked={}, Unplaced=Unplaced
    )


@router.get("/unplaced-interventions/{unplaced}")
async def one_unplaced(
    unplaced: str, request: Request, worker: CurrentWorker, session: CurrentSession, case: str = ""
) -> Response:
    """One that could not be placed: what was sent, and the way to place it."""
    form: Filled[Any] = Filled(typed={"case": [case[:20]]} if case else {})
    return await _one_unplaced(unplaced, request, worker, session, form)


async def _one_unplaced(
    unplaced: str, request: Request, worker: CurrentWorker, session: CurrentSession, form: Filled[Any]
) -> Response:
    _require(worker)
    found = await sent.access_unplaced(session, worker, unplaced)
    await record(session, Kind.interventions_listed, by=worker, at=clock.now(), subject=found)
    shared = None
    if reference := form.one("case").strip().upper():
        case = await case_by_reference(session, worker, reference)
        shared = await access_case_by_id(session, worker, case.id) if case else None
        if shared is None or not shared.may(Permission.intervention_record):
            shared = None
            form.problems.append(Problem("case", "There is no open case of this reference in which your agency works"))
    return _show(request, "unplaced_one", form, found=found, shared=shared, Unplaced=Unplaced)


@router.post("/unplaced-interventions/{unplaced}/place")
async def place(
    unplaced: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Puts what was sent into a case, for people of it."""
    _require(worker)
    found = await sent.access_unplaced(session, worker, unplaced)
    form = await fill(request, PlaceIn)
    if form.value:
        async with form.refusals(session):
            case = await case_by_reference(session, worker, form.value.case.upper())
            shared = await access_case_by_id(session, worker, case.id) if case else None
            if shared is None or not shared.may(Permission.intervention_record):
                raise Refused("There is no open case of this reference in which your agency works", field="case")
            row = await placing.place(
                session, found, case_id=shared.id, people_ids=form.value.people, by=worker, at=clock.now()
            )
            return once.see(f"/interventions/{ref(row.id)}")
    return await _one_unplaced(unplaced, request, worker, session, form)


@router.post("/unplaced-interventions/{unplaced}/set-aside")
async def set_aside(
    unplaced: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Puts away what belongs to nobody here."""
    _require(worker)
    found = await sent.access_unplaced(session, worker, unplaced)
    await placing.set_aside(session, found, by=worker, at=clock.now())
    return once.see("/unplaced-interventions")
