"""The kinds of conference: what each asks for, how it was before, and a form for those who keep them."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import agencies, workers_by_id
from hub.conference_kinds import changes, queries
from hub.conference_kinds.forms import KindIn
from hub.conference_kinds.rules import KindRules, code_of
from hub.database import CurrentSession
from hub.errors import Conflict, NotAllowed
from hub.events.changes import record
from hub.events.rules import Kind
from hub.inputs import Filled, fill
from hub.rendering import show
from hub.sharing.rules import Role
from hub.timers import Unit

router = APIRouter()


def may_set(worker: CurrentWorker) -> bool:
    """Coordinators and administrators keep the kinds."""
    return bool({Role.coordinator, Role.administrator} & {Role(role) for role in worker.roles})


@router.get("/conferences/kinds")
async def kinds(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Every kind: its clock and where it comes from, who belongs at the table, and what must be recorded."""
    await record(session, Kind.conference_kinds_listed, by=worker, at=clock.now())
    known = await queries.kinds(session)
    return show(request, "conference_kinds/list.html", section="conferences", kinds=known, can_set=may_set(worker))


@router.get("/conferences/kinds/{code}")
async def one_kind(code: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """One kind with its history; those who keep the kinds can change it, or begin a new one with `new`."""
    if code == "new":
        _require(worker)
        return await _page(request, worker, session, None, Filled())
    found = await queries.kind(session, code)
    return await _page(request, worker, session, found, Filled(typed=_typed(found)))


def _require(worker: CurrentWorker) -> None:
    if not may_set(worker):
        raise NotAllowed("The hub’s coordinator or an administrator keeps the kinds of conference.")


def _typed(kind: KindRules) -> dict[str, list[str]]:
    told = {name: [str(value)] for name, value in vars(kind).items() if isinstance(value, str | int)}
    told |= {"core": list(kind.core), "quorum_sectors": list(kind.quorum_sectors)}
    told |= {"must_record": ["\n".join(kind.must_record)], "code": []}
    return told | {name: ["yes"] if getattr(kind, name) else [] for name in ("chair_apart", "listed")}


async def _page(
    request: Request, worker: CurrentWorker, session: CurrentSession, kind: KindRules | None, form: Filled[KindIn]
) -> Response:
    versions = await queries.versions(session, kind.code) if kind else []
    await record(session, Kind.conference_kinds_listed, by=worker, at=clock.now(), kind_of=kind.code if kind else "")
    return show(
        request,
        "conference_kinds/one.html",
        status=422 if form.problems else 200,
        section="conferences",
        kind=kind,
        kinds=await queries.kinds(session),
        versions=versions,
        workers=await workers_by_id(session, [one.set_by for one in versions]),
        form=form,
        units=list(Unit),
        sectors=sorted({one.sector for one in await agencies(session)}),
        can_set=may_set(worker),
    )


@router.post("/conferences/kinds/{code}")
async def set_kind(code: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Writes a new version of a kind, or a new kind; what was before stays to be read."""
    _require(worker)
    known = await queries.kinds(session)
    found = None if code == "new" else await queries.kind(session, code)
    form = await fill(request, KindIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            rules = KindRules(
                code=found.code if found else code_of(told.title),
                title=found.title if found else told.title,
                source=told.source,
                first_after=told.first_after,
                first_count=int(told.first_count),
                first_unit=told.first_unit.value,
                again_count=int(told.again_count),
                again_unit=told.again_unit.value,
                again_red=int(told.again_red),
                core=tuple(told.core),
                quorum_sectors=tuple(told.quorum_sectors),
                quorum_agencies=int(told.quorum_agencies),
                chair_apart=told.chair_apart == "yes",
                report_days=int(told.report_days),
                minutes=int(told.minutes),
                must_record=tuple(line.strip() for line in told.must_record.splitlines() if line.strip()),
                listed=told.listed == "yes",
            )
            if found is None and rules.code in {*known, "new"}:
                raise Conflict("There is a kind with that name already.")
            await changes.set_kind(session, rules, because=told.because, known=known, by=worker, at=clock.now())
            return once.see(f"/conferences/kinds/{rules.code}")
    return await _page(request, worker, session, found, form)
