"""The guards at the door, for every request alike: who may send what, how much of it, and what every answer carries.

Pure ASGI, because a streaming answer must pass through them untouched.
"""

import json
import logging
import secrets
import time
from hmac import compare_digest
from typing import Any
from urllib.parse import quote

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette import staticfiles
from starlette.datastructures import Headers as HeaderReader
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.config import LOOPBACK, settings
from hub.errors import NotFound
from hub.rendering import environment

logger = logging.getLogger("hub.requests")

MAX_FORM_BYTES = 1024 * 1024
UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KNOWN_METHODS = UNSAFE_METHODS | {"GET", "HEAD", "OPTIONS"}
HOOKS = "/hooks/"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "report-uri /csp-report"
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "hub_request_seconds",
    "Time to answer, by route and status",
    ["route", "method", "status"],
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
OPEN_STREAMS = Gauge("hub_open_streams", "Open live streams of this process", registry=REGISTRY)
CSP_REPORTS = Counter("hub_csp_reports", "Breaches of the content security policy seen by browsers", registry=REGISTRY)


def metrics_page() -> Response:
    return Response(generate_latest(REGISTRY), media_type="text/plain; version=0.0.4; charset=utf-8")


def check_monitor(request: Request) -> None:
    """Raises NotFound unless the request comes from this machine itself, or carries the monitor's token."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    token = settings().metrics_token
    direct = "x-forwarded-for" not in request.headers and request.client is not None and request.client.host in LOOPBACK
    if not direct and not (token and compare_digest(given.encode(), token.encode())):
        raise NotFound


def quoted(path: str) -> str:
    """A path as the value of a query."""
    return quote(path, safe="/")


class StaticFiles(staticfiles.StaticFiles):
    """Files that never change under their address, because the address holds a digest of their content."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class _Guard:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app


class Account(_Guard):
    """Gives every request a number, and writes one line about it: the route's template, never the address itself."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = "req_" + secrets.token_hex(8)
        began, status = time.perf_counter(), 0

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = scope["state"]["request_id"]
            await send(message)

        try:
            await self.app(scope, receive, watching)
        finally:
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "") or "unmatched"
            method = scope["method"] if scope["method"] in KNOWN_METHODS else "OTHER"
            if route != "/live":
                REQUESTS.labels(route, method, status).observe(seconds)
            viewer = scope["state"].get("viewer")
            line = {
                "request": scope["state"]["request_id"],
                "method": method,
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "agency": viewer.agency_slug if viewer else None,
            }
            logger.info(json.dumps(line))


class Headers(_Guard):
    """Puts the security headers on every answer, whatever it is; pages are never kept by the browser."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                headers.add_vary_header("HX-Request, Cookie")
            await send(message)

        await self.app(scope, receive, dressed if scope["type"] == "http" else send)


class BodyLimit(_Guard):
    """Refuses a body that is too large (counted, so that a chunked one is too) or encoded; hooks have their own limit."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(HOOKS):
            await self.app(scope, receive, send)
            return
        headers = HeaderReader(scope=scope)
        length = headers.get("content-length", "0")
        if "content-encoding" in headers:
            await _plain(415, "Send the form without an encoding.")(scope, receive, send)
            return
        if not length.isdigit() or int(length) > MAX_FORM_BYTES:
            await _plain(413, "The form is larger than 1 MiB.")(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_FORM_BYTES:
                raise _TooLarge
            return message

        try:
            await self.app(scope, counted, send)
        except _TooLarge:
            await _plain(413, "The form is larger than 1 MiB.")(scope, receive, send)


class _TooLarge(Exception):
    pass


class SameOriginOnly(_Guard):
    """Lets a request that changes something through only when a page of ours sent it (cross-site request forgery).

    `Sec-Fetch-Site` must say `same-origin`; a browser too old to send it must send our own `Origin`; with neither the
    request is refused. `same-site` is refused too: another site of the council is not us. Hooks are exempt, because
    no cookie is read there.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in UNSAFE_METHODS or scope["path"].startswith(HOOKS):
            await self.app(scope, receive, send)
            return
        headers = HeaderReader(scope=scope)
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            ours = site == "same-origin"
        else:
            ours = origin is not None and origin in (
                settings().address,
                f"{scope['scheme']}://{headers.get('host', '')}",
            )
        if scope["path"] == "/csp-report":
            ours = True  # sent by the browser itself, changes nothing
        if ours:
            await self.app(scope, receive, send)
        else:
            await _plain(403, "This was not sent from a page of the Hub.")(scope, receive, send)


class LastResort(_Guard):
    """Answers for what nobody foresaw: a page that says so and no more; the log gets the kind of error, no values."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except _TooLarge:
            raise
        except Exception as unforeseen:
            if scope["type"] != "http":
                raise
            where = unforeseen.__traceback__
            while where is not None and where.tb_next is not None:
                where = where.tb_next
            place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else ""
            logger.error("%s at %s, %s", type(unforeseen).__name__, place, scope["state"]["request_id"])
            if started:
                raise
            answer = _problem(scope) if scope["path"].startswith(HOOKS) else _trouble(scope)
            await answer(scope, receive, noting)


TROUBLE = "Something went wrong in the Hub. Nothing that was saved is lost. Go back and try again."


def _plain(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence + "\n", status)


def _trouble(scope: Scope) -> Response:
    page = environment().get_template("errors/trouble.html")
    return HTMLResponse(page.render(sentence=TROUBLE, request_id=scope["state"]["request_id"]), 500)


def _problem(scope: Scope) -> Response:
    body = {"type": "error", "title": "Unforeseen", "status": 500, "request_id": scope["state"]["request_id"]}
    return JSONResponse(body, 500, media_type="application/problem+json")
