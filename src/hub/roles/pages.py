"""The workers of one's own agency by role, and one worker's roles with the form to change them."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers, workers_by_id
from hub.agencies.tables import Worker
from hub.database import CurrentSession
from hub.errors import NotAllowed, NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.handovers.queries import access_colleague
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.rendering import show
from hub.roles import changes, queries
from hub.roles.forms import RolesIn
from hub.roles.rules import GIVEN, OPENS, Change
from hub.sharing.rules import Permission, Role, Viewer, may, standing_of

router = APIRouter()
SHOWN = 20


def _gives(viewer: Viewer, worker: Worker) -> bool:
    own = viewer.by_agency and viewer.agency_id == worker.agency_id
    return may(Permission.roles_give, standing_of(viewer, own_agency=own))


@router.get("/workers")
async def by_role(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The workers of my agency, by what they answer for."""
    if not worker.by_agency:
        raise NotFound
    at = clock.now()
    found = await workers(session, agency_ids=[worker.agency_id], at=at)
    await record(session, Kind.workers_listed, by=worker, at=at)
    return show(
        request,
        "roles/list.html",
        section="my-work",
        found={role: [one for one in found if role in one.roles] for role in GIVEN},
        opens=OPENS,
        gives=Role.administrator in worker.roles,
        leads=Role.leader in worker.roles,
    )


@router.get("/workers/{colleague}/roles")
async def roles_page(colleague: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Which roles somebody has, how that came to be, and for administrators the form to change it."""
    found = await access_colleague(session, worker, colleague)
    await record(session, Kind.roles_viewed, by=worker, at=clock.now(), worker=found.id)
    return await _page(request, session, worker, found, Filled())


async def _page(
    request: Request, session: CurrentSession, viewer: Viewer, found: Worker, form: Filled[RolesIn]
) -> Response:
    changed, total = await queries.changes_of(session, found.id, limit=SHOWN)
    return show(
        request,
        "roles/roles.html",
        status=422 if form.problems else 200,
        section="my-work",
        found=found,
        form=form,
        roles=GIVEN,
        opens=OPENS,
        changed=changed,
        total=total,
        people=await workers_by_id(session, [one.changed_by for one in changed]),
        gives=_gives(viewer, found) and Role.guest not in found.roles,
        Role=Role,
    )


@router.post("/workers/{colleague}/roles")
async def change(
    colleague: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Changes somebody's roles: first says what changes, then, confirmed, does it."""
    found, at = await access_colleague(session, worker, colleague), clock.now()
    if not _gives(worker, found):
        raise NotAllowed("An administrator of the agency gives roles and takes them.")
    form = await fill(request, RolesIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            if told.sure:
                await changes.change(session, found, roles=told.roles, reason=told.reason, by=worker, at=at)
                return once.see(f"/workers/{ref(found.id)}/roles")
            differs = await queries.checked(session, found, roles=told.roles, reason=told.reason, at=at)
            return _confirm(request, found, told, differs)
    return await _page(request, session, worker, found, form)


def _confirm(request: Request, found: Worker, told: RolesIn, differs: Change) -> Response:
    return show(
        request,
        "roles/confirm.html",
        section="my-work",
        found=found,
        told=told,
        differs=differs,
        opens=OPENS,
        Role=Role,
    )
