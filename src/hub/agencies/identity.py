"""Who is asking: the cookie, the worker behind it, and the key that makes a form count once.

Pages take `CurrentWorker`; handlers that change something take `Once` as well.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse

from hub import clock
from hub.agencies import queries, rules
from hub.agencies.tables import Submission
from hub.config import settings
from hub.database import CurrentSession, act_for, commit
from hub.errors import Conflict, HubError, NotAllowed, NotSignedIn
from hub.events.rules import Actor
from hub.inputs import typed_fields
from hub.sealing import mark, mark_is_right
from hub.sharing.rules import Viewer

KEY_FIELD = "_key"
BACKGROUND_HEADER = "hub-background"


def cookie_name() -> str:
    """`__Host-` where the site is https; browsers refuse that name without Secure, and Secure without https."""
    return "__Host-hub" if settings().is_https else "hub"


def set_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        cookie_name(),
        token,
        httponly=True,
        samesite="lax",
        path="/",
        secure=settings().is_https,
        max_age=int(rules.ABSOLUTE.total_seconds()),
    )


def clear_cookie(response: Response) -> None:
    response.delete_cookie(cookie_name(), path="/", httponly=True, samesite="lax", secure=settings().is_https)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def asker(request: Request) -> Actor:
    """Whoever sends this request, before we know who it is: for the ledger."""
    return Actor(request_id=request.state.request_id, ip_prefix=rules.network(client_address(request)))


def client_address(request: Request) -> str:
    return request.client.host if request.client else ""


def account_digest(email: str) -> str:
    """What is kept of the address that somebody tried to sign in with."""
    return mark("sign-in-account", email.strip().lower())


async def current_worker(request: Request, session: CurrentSession) -> Viewer:
    """The signed-in worker, checked afresh in the request's own transaction. Raises NotSignedIn."""
    at = clock.now()
    token = request.cookies.get(cookie_name(), "")
    found = await queries.signed_in(session, token) if token else None
    if found is None:
        raise NotSignedIn
    live = rules.Liveness(
        found.session.created_at, found.session.last_seen_at, found.session.revoked_at, found.worker.ended_at
    )
    if not rules.is_live(live, at) or found.agency.ended_at is not None:
        raise NotSignedIn("You have been signed out. Sign in to go on where you were.")
    # A page that refreshes itself must not keep a forgotten session alive.
    if BACKGROUND_HEADER not in request.headers and at - found.session.last_seen_at >= rules.TOUCH_EVERY:
        found.session.last_seen_at = at
    viewer = Viewer(
        worker_id=found.worker.id,
        agency_id=found.agency.id,
        roles=frozenset(found.worker.roles),
        request_id=request.state.request_id,
        ip_prefix=rules.network(client_address(request)),
        session_mark=found.session.id.hex[:12],
        name=found.worker.name,
        agency_slug=found.agency.slug,
        agency_name=found.agency.name,
        agency_mark=found.agency.mark,
        agency_colour=found.agency.colour,
        triages=found.agency.triages,
    )
    await act_for(
        session,
        viewer.worker_id if viewer.by_grant else None,
        viewer.agency_id if viewer.by_agency else None,
    )
    request.state.viewer = viewer
    request.state.form_key = form_keys(viewer)
    request.state.session_id = found.session.id
    return viewer


CurrentWorker = Annotated[Viewer, Depends(current_worker)]


# --- Forms that count once ------------------------------------------------------------------------------------


def form_keys(viewer: Viewer) -> Callable[[], str]:
    """A maker of hidden form keys for one page: random, and good for this worker's session only."""

    def one() -> str:
        nonce = secrets.token_hex(16)
        return f"{nonce}.{mark('form-key', viewer.session_mark, nonce)}"

    return one


class FormExpired(NotAllowed):
    code = "form-expired"
    title = "This form is out of date"


class AlreadyDone(HubError):
    """The same form came twice (a double click, a reload): nothing is done again, and the result is shown."""

    status = 303
    code = "already-done"

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location


@dataclass
class OnceOnly:
    """The right to do what a form asks, given once for each rendered form."""

    session: AsyncSession
    submission: Submission

    def done(self, location: str) -> None:
        """Done: remembers where to send a repeat."""
        self.submission.location = location

    def see(self, location: str) -> RedirectResponse:
        """Done: sends the browser on, and a repeat to the same place."""
        self.done(location)
        return RedirectResponse(location, status_code=303)


async def once_only(request: Request, worker: CurrentWorker, session: CurrentSession) -> OnceOnly:
    """Refuses a form that this session was not given, and answers a repeat with the first result.

    Two that arrive together meet on the key's row: the second waits for the first to commit. The repeat is itself a
    write that commits, so that "we have it" is never said of something that could still be lost.
    """
    fields = await typed_fields(request)
    nonce, _, given = (fields.get(KEY_FIELD) or [""])[0].partition(".")
    if not nonce.isalnum() or len(nonce) != 32 or not mark_is_right(given, "form-key", worker.session_mark, nonce):
        raise FormExpired("Go back, reload the page and send the form again. What you typed is still in your browser.")
    body = hashlib.sha256(await request.body()).hexdigest()
    statement = (
        insert(Submission)
        .values(worker_id=worker.worker_id, key=nonce, digest=body, location="", seen=1, first_at=clock.now())
        .on_conflict_do_update(index_elements=["worker_id", "key"], set_={"seen": Submission.seen + 1})
    )
    await session.execute(statement)
    kept = await queries.submission(session, worker.worker_id, nonce)
    if kept is None:  # pragma: no cover - the row was written two lines above
        raise FormExpired
    if kept.location:
        await commit(session)
        if kept.digest != body:
            raise Conflict(
                "You have already sent this form with other words. Open the page again to add another; "
                "what you sent first was saved."
            )
        raise AlreadyDone(kept.location)
    kept.digest = body
    return OnceOnly(session, kept)


Once = Annotated[OnceOnly, Depends(once_only)]


async def way_back(request: Request, otherwise: str) -> str:
    """Where to go after a form: the page that it says it was on, if that is one of ours."""
    return rules.safe_next(((await typed_fields(request)).get("_back") or [otherwise])[0])
