"""Signing in and out, and one's own account."""

from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from hub import clock
from hub.agencies import changes, identity, passwords, queries, rules
from hub.agencies.forms import DemoSignInIn, EndSessionIn, NewPasswordIn, SignInIn
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.tables import Worker
from hub.config import settings
from hub.database import CurrentSession
from hub.errors import NotFound, TooMany
from hub.events.rules import Actor
from hub.inputs import Filled, Problem, fill
from hub.rendering import show
from hub.sharing.rules import Role

public = APIRouter()
router = APIRouter()

WRONG = "The email address or the password is not right"
DEMO_SESSIONS = 50


@public.get("/signin")
async def sign_in_page(request: Request, session: CurrentSession, next: str = "/") -> Response:  # noqa: A002
    """Where one signs in; in demo mode, as anybody."""
    return await _sign_in_page(request, session, Filled(typed={"next": [rules.safe_next(next)]}))


async def _sign_in_page(
    request: Request, session: CurrentSession, form: Filled[SignInIn], status: int = 200
) -> Response:
    request.state.partnership = await queries.partnership(session)
    agencies, workers = [], []
    if settings().demo:
        agencies = list(await queries.agencies(session))
        workers = list(await queries.workers(session, at=clock.now()))
    return show(request, "agencies/signin.html", status=status, form=form, agencies=agencies, workers=workers)


@public.post("/signin")
async def sign_in(request: Request, session: CurrentSession) -> Response:
    """Signs in with an address and a password. The answer does not tell which of the two was wrong."""
    at, by = clock.now(), identity.asker(request)
    form = await fill(request, SignInIn)
    if form.value is None:
        return await _sign_in_page(request, session, form, 422)
    account = identity.account_digest(form.value.email)
    await _slow_down(session, account, by, at)
    worker = await queries.worker_by_email(session, form.value.email)
    live = worker is not None and (worker.ended_at is None or worker.ended_at > at)
    right = await passwords.is_right(form.value.password, worker.password_hash if worker and live else "")
    if worker is None or not right:
        await changes.refuse_sign_in(session, account=account, by=by, at=at)
        form.problems.append(Problem("email", WRONG))
        return await _sign_in_page(request, session, form, 422)
    if passwords.is_outdated(worker.password_hash):
        worker.password_hash = await passwords.hashed(form.value.password)
    return await _open(request, session, worker, "password", account, form.value.next, by)


@public.post("/signin/demo")
async def sign_in_demo(request: Request, session: CurrentSession) -> Response:
    """Signs in as a worker of the demonstration, with one click. Not there outside demo mode."""
    if not settings().demo:
        raise NotFound
    form = await fill(request, DemoSignInIn)
    worker = None
    if form.value is not None:
        name = form.value.worker.lower()
        everybody = await queries.workers(session, at=clock.now())
        worker = next((one for one in everybody if name in (one.email.lower(), one.email.lower().split("@")[0])), None)
    if worker is None or form.value is None:
        form.problems.append(Problem("worker", "Choose one of the demonstration’s workers"))
        return await _sign_in_page(request, session, Filled(problems=form.problems), 422)
    return await _open(request, session, worker, "demo", "", form.value.next, identity.asker(request))


async def _slow_down(session: CurrentSession, account: str, by: Actor, at: datetime) -> None:
    """Raises TooMany when the account or the network has been tried too often."""
    failed, last = await queries.failures(session, account=account, since=at - rules.TRIES_WINDOW)
    wait = rules.delay_after(failed)
    if last is not None and last + wait > at:
        raise TooMany(
            "Too many tries for this account. Wait a few minutes, then try again.",
            retry_after=int((last + wait - at).total_seconds()) + 1,
        )
    if (
        await queries.tries_from(session, ip_prefix=by.ip_prefix, since=at - rules.TRIES_WINDOW)
        >= rules.TRIES_FROM_ONE_NETWORK
    ):
        raise TooMany("Too many tries from your network. Wait a few minutes, then try again.", retry_after=300)


async def _open(
    request: Request, session: CurrentSession, worker: Worker, method: str, account: str, next_page: str, by: Actor
) -> Response:
    token, _ = await changes.sign_in(
        session,
        worker,
        method=method,
        account=account,
        browser=request.headers.get("user-agent", ""),
        limit=DEMO_SESSIONS if settings().demo else rules.LIVE_SESSIONS,
        by=Actor(worker.id, worker.agency_id, None, frozenset(worker.roles), by.request_id, by.ip_prefix),
        at=clock.now(),
    )
    response = RedirectResponse(rules.safe_next(next_page), status_code=303)
    identity.set_cookie(response, token)
    return response


@router.post("/signout")
async def sign_out(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Ends this session everywhere: its cookie is worth nothing from now on."""
    for live in await queries.live_sessions(session, worker.worker_id, clock.now()):
        if live.id == request.state.session_id:
            await changes.end_session(session, live, by=worker, at=clock.now())
    response = RedirectResponse("/signin", status_code=303)
    identity.clear_cookie(response)
    return response


@router.get("/account")
async def account(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """One's own account: who the Hub says one is, the password, and where one is signed in."""
    return await _account_page(request, worker, session, Filled())


async def _account_page(
    request: Request, worker: CurrentWorker, session: CurrentSession, form: Filled[NewPasswordIn], status: int = 200
) -> Response:
    return show(
        request,
        "agencies/account.html",
        status=status,
        form=form,
        worker=await queries.worker_by_id(session, worker.worker_id),
        role_labels=[Role(role).label for role in sorted(worker.roles)],
        sessions=await queries.live_sessions(session, worker.worker_id, clock.now()),
        this_session=request.state.session_id,
        shortest=rules.SHORTEST_PASSWORD,
    )


@router.post("/account/password")
async def change_password(request: Request, viewer: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Changes one's password, knowing the old one; every other session ends."""
    form = await fill(request, NewPasswordIn)
    worker = await queries.worker_by_id(session, viewer.worker_id)
    if form.value is None:
        return await _account_page(request, viewer, session, form, 422)
    partnership = await queries.partnership(session)
    context = (partnership.name, viewer.agency_name, *worker.name.split(), worker.email.split("@")[0])
    if not await passwords.is_right(form.value.current, worker.password_hash):
        form.problems.append(Problem("current", "This is not your current password"))
    elif problem := rules.password_problem(form.value.new, context=context, common=passwords.COMMON):
        form.problems.append(Problem("new", problem))
    if form.problems:
        return await _account_page(request, viewer, session, form, 422)
    kept = await passwords.hashed(form.value.new)
    await changes.set_password(
        session, worker, password_hash=kept, keep=request.state.session_id, by=viewer, at=clock.now()
    )
    return once.see("/account")


@router.post("/account/end-session")
async def end_session(request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Ends one of one's own sessions, on a lost phone for example."""
    form = await fill(request, EndSessionIn)
    for live in await queries.live_sessions(session, worker.worker_id, clock.now()):
        if form.value is not None and live.id == form.value.session:
            await changes.end_session(session, live, by=worker, at=clock.now())
    return once.see("/account")


@public.get("/accessibility")
async def accessibility(request: Request, session: CurrentSession) -> Response:
    """The accessibility statement."""
    request.state.partnership = await queries.partnership(session)
    return show(request, "agencies/accessibility.html")
