"""The building: FastAPI with its rooms, its guards at the door, its error pages, and what runs while it is open."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match

from hub import doors
from hub.access import pages as access_pages
from hub.actions import lists as actions_lists
from hub.actions import pages as actions_pages
from hub.agencies import pages as agencies_pages
from hub.agencies.identity import AlreadyDone
from hub.agencies.queries import partnership
from hub.agreements import pages as agreements_pages
from hub.audit import pages as audit_pages
from hub.board import pages as board_pages
from hub.calendar_view import pages as calendar_view_pages
from hub.calling import answering, listing, subscribing
from hub.calling import pages as calling_pages
from hub.case_view import pages as case_view_pages
from hub.cases import pages as cases_pages
from hub.chronology import pages as chronology_pages
from hub.clashes import pages as clashes_pages
from hub.conference_kinds import pages as conference_kinds_pages
from hub.conferences import pages as conferences_pages
from hub.config import HOME, settings
from hub.contributions import pages as contributions_pages
from hub.database import SERVICE, CurrentSession, service_engine, session_maker
from hub.deciding import pages as deciding_pages
from hub.drafts import pages as drafts_pages
from hub.emergencies import pages as emergencies_pages
from hub.errors import HubError, NotAllowed, NotFound, NotSignedIn, TooMany, Unavailable
from hub.escalations import pages as escalations_pages
from hub.handovers import pages as handovers_pages
from hub.inputs import typed_fields
from hub.insight import pages as insight_pages
from hub.interventions import bringing as interventions_bringing
from hub.interventions import hooks as interventions_hooks  # noqa: F401 - lets the hook take their events
from hub.interventions import incoming
from hub.interventions import pages as interventions_pages
from hub.involvement import pages as involvement_pages
from hub.ledger import pages as ledger_pages
from hub.live import pages as live_pages
from hub.live.streams import Streams
from hub.migrating import newest_revision
from hub.minutes import after, agenda, weighing
from hub.minutes import pages as minutes_pages
from hub.notices import pages as notices_pages
from hub.outcomes import pages as outcomes_pages
from hub.preparing import pages as preparing_pages
from hub.problems import pages as problems_pages
from hub.referrals import contract, hooks
from hub.referrals import pages as referrals_pages
from hub.rendering import is_part, show
from hub.requests import pages as requests_pages
from hub.retention import certificates as certificates_pages
from hub.retention import pages as retention_pages
from hub.retention.tombstones import left_at
from hub.roles import pages as roles_pages
from hub.said import pages as said_pages
from hub.schedule import Ticks
from hub.scrutiny import pages as scrutiny_pages
from hub.voice import pages as voice_pages

logger = logging.getLogger(__name__)

ROOMS = (
    agencies_pages,
    board_pages,
    case_view_pages,
    cases_pages,
    access_pages,
    agreements_pages,
    emergencies_pages,
    referrals_pages,
    contributions_pages,
    problems_pages,
    interventions_pages,
    interventions_bringing,
    clashes_pages,
    outcomes_pages,
    actions_lists,
    actions_pages,
    # Before the conferences: `/conferences/due` and `/conferences/kinds` are no conference's name.
    conference_kinds_pages,
    calling_pages,
    answering,
    listing,
    subscribing,
    conferences_pages,
    preparing_pages,
    after,
    minutes_pages,
    agenda,
    weighing,
    deciding_pages,
    handovers_pages,
    involvement_pages,
    insight_pages,
    notices_pages,
    audit_pages,
    chronology_pages,
    drafts_pages,
    requests_pages,
    said_pages,
    escalations_pages,
    voice_pages,
    scrutiny_pages,
    roles_pages,
    certificates_pages,
    retention_pages,
    calendar_view_pages,
)
MACHINE_PATHS = ("/hooks/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/schemas/")


class SchemaJSON(JSONResponse):
    """A JSON Schema document."""

    media_type = "application/schema+json"


def create_app(engine: AsyncEngine | None = None, *, ticking: bool = True) -> FastAPI:
    """The whole service. `engine` replaces the one from the settings; `ticking=False` leaves the clock off (tests)."""
    engine = engine or service_engine(settings().database_url, pool_size=settings().pool_size)

    @asynccontextmanager
    async def open_hours(app: FastAPI) -> AsyncIterator[None]:
        app.state.streams.start()
        ticks = Ticks(app.state.service_maker) if ticking else None
        if ticks:
            ticks.start()
        yield
        if ticks:
            await ticks.stop()
        await app.state.streams.stop()
        await engine.dispose()

    app = FastAPI(
        title="The Hub",
        version="1",
        description="What agencies’ systems may send and ask. Everything else is a page for people.",
        lifespan=open_hours,
        docs_url=None,
        redoc_url=None,
    )
    app.state.engine = engine
    app.state.session_maker = session_maker(engine)
    app.state.service_maker = session_maker(engine, acting=SERVICE)
    app.state.streams = Streams(engine, app.state.service_maker)
    app.include_router(hooks.router)
    app.include_router(live_pages.router)
    # Early, because routes are tried in their order, and this one is asked most.
    app.include_router(minutes_pages.live, include_in_schema=False)
    for room in ROOMS:
        app.include_router(
            room.router, dependencies=[Depends(board_pages.frame, scope="function")], include_in_schema=False
        )
    app.include_router(agencies_pages.public, include_in_schema=False)
    app.include_router(ledger_pages.public, include_in_schema=False)
    app.include_router(answering.public, include_in_schema=False)
    app.include_router(subscribing.public, include_in_schema=False)
    _add_machine_pages(app)
    app.mount("/static", doors.StaticFiles(directory=HOME / "web" / "static"), name="static")
    handlers: dict[type[Exception], Any] = {
        HubError: _refused,
        IntegrityError: _met_another,
        DBAPIError: _database_trouble,
        HTTPException: _starlette,
        RequestValidationError: _odd_address,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    for guard in (doors.LastResort, doors.SameOriginOnly, doors.BodyLimit, doors.Headers, doors.Account):
        app.add_middleware(guard)  # the last added stands outermost
    return app


def _add_machine_pages(app: FastAPI) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def alive() -> PlainTextResponse:
        """The process answers."""
        return PlainTextResponse("ok\n")

    @app.get("/readyz", include_in_schema=False)
    async def ready(session: CurrentSession) -> JSONResponse:
        """The database answers, and its schema is the one that this code was written for."""
        found = await session.scalar(text("SELECT version_num FROM alembic_version"))
        right = found == newest_revision()
        return JSONResponse({"database": "ok", "schema": "ok" if right else "run hub migrate"}, 200 if right else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        """Counts and times for Prometheus; from this machine, or with the token."""
        doors.check_monitor(request)
        doors.OPEN_STREAMS.set(len(request.app.state.streams))
        return doors.metrics_page()

    @app.get(
        "/schemas/referral/1-0.json",
        response_class=SchemaJSON,
        tags=["Referrals"],
        summary="The schema of the native referral event",
    )
    async def referral_schema() -> Response:
        """JSON Schema 2020-12. Codes that our lists do not hold never refuse a referral."""
        return SchemaJSON(contract.schema())

    @app.get(
        "/schemas/intervention/1-0.json",
        response_class=SchemaJSON,
        tags=["Interventions"],
        summary="The schema of the native intervention event",
    )
    async def intervention_schema() -> Response:
        """JSON Schema 2020-12. Each event tells the whole record; codes that our lists do not hold never refuse it."""
        return SchemaJSON(incoming.schema())

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> Response:
        """The machine interface as a page, made from /openapi.json."""
        return show(request, "docs.html", api=request.app.openapi(), address=settings().address)

    @app.post("/csp-report", include_in_schema=False, status_code=204)
    async def csp_report() -> None:
        """A browser says that a page broke the content security policy: counted, never stored."""
        doors.CSP_REPORTS.inc()


# --- Refusals ---------------------------------------------------------------------------------------------------


def _is_machine(request: Request) -> bool:
    return request.url.path.startswith(MACHINE_PATHS)


async def _refused(request: Request, error: HubError) -> Response:
    if isinstance(error, AlreadyDone):
        if is_part(request):  # its page asks for itself again, and finds there what was sent
            return Response(status_code=204, headers={"HX-Refresh": "true"})
        return RedirectResponse(error.location, status_code=303)
    headers = {}
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    if _is_machine(request):
        body = {
            "type": error.code,
            "title": error.title,
            "status": error.status,
            "request_id": request.state.request_id,
        }
        return JSONResponse(body, error.status, headers, "application/problem+json")
    if isinstance(error, NotSignedIn) and request.method == "GET":
        return _to_sign_in(request)
    if isinstance(error, NotFound) and getattr(request.state, "viewer", None) is not None:
        error = await left_at(request) or error
    return await _page(request, error, headers)


def _to_sign_in(request: Request) -> Response:
    if request.url.path == "/live":
        return Response(status_code=401)
    if is_part(request):  # a part of a page that refreshed: back to the page, not to its part
        return Response(status_code=401, headers={"HX-Redirect": _way_in(_page_of(request))})
    return RedirectResponse(_way_in(str(request.url)), status_code=303)


def _page_of(request: Request) -> str:
    """The page that a part of a page was asked from, as htmx says it; of a form the nearest page above its address.

    Where a form was sent from the browser does not say, because our pages ask it not to.
    """
    path = request.headers.get("hx-current-url", "")
    if path:
        return path
    path = request.url.path
    while path and not _is_page(request, path):
        path = path.rpartition("/")[0]
    return path


def _is_page(request: Request, path: str) -> bool:
    asked = {**request.scope, "method": "GET", "path": path}
    parts = [route for route in minutes_pages.live.routes if route.matches(asked)[0] is Match.FULL]
    return not parts and any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)


def _way_in(address: str) -> str:
    """The sign-in page, which leads on to the path of an address here, whatever site it names."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/signin"
    here = parts.path + (f"?{parts.query}" if parts.query else "")
    return "/signin" if here in ("", "/") else f"/signin?next={doors.quoted(here)}"


async def _page(request: Request, error: HubError, headers: dict[str, str]) -> Response:
    """The refusal as a page; what was typed into the form stays readable on it, so that nothing is lost."""
    kept = [
        value
        for name, values in (await _typed(request, error)).items()
        for value in values
        if name not in ("password", "current", "new") and not name.startswith("_")
        if len(value) > 40 or " " in value.strip()
    ]
    offer = error.offer if isinstance(error, NotAllowed) else None
    template = "errors/not_found.html" if isinstance(error, NotFound) else "errors/problem.html"
    if getattr(request.state, "partnership", None) is None:
        request.state.partnership = await _partnership(request)
    sentence = None if isinstance(error, NotFound) else error.sentence
    return show(
        request,
        template,
        status=error.status,
        headers=headers,
        title=error.title,
        sentence=sentence,
        kept=kept,
        offer=offer,
        way_in=_way_in(_page_of(request)) if isinstance(error, NotSignedIn) else "",
    )


async def _typed(request: Request, error: HubError) -> dict[str, list[str]]:
    """What was typed into the form, also when it came too late to be read: nobody is signed in any more."""
    if isinstance(error, NotSignedIn):
        with suppress(HubError):
            return await typed_fields(request)
    return getattr(request.state, "typed", {})


async def _partnership(request: Request) -> Any:
    try:
        async with request.app.state.session_maker() as session:
            return await partnership(session)
    except (HubError, DBAPIError, OSError):
        return None


async def _met_another(request: Request, error: Exception) -> Response:
    """Two did the same at once, and a constraint let one through: the other is told, without a word of the database's."""
    conflict = HubError("Somebody else has just changed this. Go back, reload the page and look at what they did.")
    conflict.status, conflict.code, conflict.title = 409, "conflict", "This has changed since you opened it"
    request.state.partnership = None  # what the failed transaction had loaded went with it
    return await _refused(request, conflict)


async def _database_trouble(request: Request, error: Exception) -> Response:
    logger.error("database: %s", type(getattr(error, "orig", error)).__name__)
    return await _refused(request, Unavailable())


async def _starlette(request: Request, error: HTTPException) -> Response:
    if error.status_code == 404:
        return await _refused(request, NotFound())
    if error.status_code == 405 and request.method == "GET" and not _is_machine(request):
        # Where a form was refused the address is the form's own; asked for again, it leads to the page above it.
        return RedirectResponse(_page_of(request) or "/", status_code=303)
    other = HubError("This address does not do that." if error.status_code == 405 else "")
    other.status, other.code = error.status_code, "method" if error.status_code == 405 else "error"
    answer = await _refused(request, other)
    answer.headers.update(error.headers or {})
    return answer


async def _odd_address(request: Request, error: Exception) -> Response:
    """A query that no page of ours sends: the same page as for an address that is not there."""
    return await _refused(request, NotFound())
