"""Where agencies' systems push referrals: a signed message in, a receipt out, and not a word about anybody.

The order of the checks is cheap first, and nothing is revealed before the sender is proven. The
answers are those of its table 3.3.
"""

import hashlib
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse, Response

from hub import clock
from hub.agencies import queries as agencies
from hub.agencies.identity import asker
from hub.agencies.tables import SendingSystem, SystemKey
from hub.database import CurrentSession, act_for_the_hub, commit
from hub.errors import Unavailable
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.outside import signatures
from hub.referrals import contract, filing, queries
from hub.referrals.tables import Envelope
from hub.sealing import unseal
from hub.strict_json import MAX_JSON_BYTES, BadJson, read_json

router = APIRouter(prefix="/hooks/v1", tags=["Referrals"])

MEDIA_TYPES = ("application/json", "application/cloudevents+json")
NOBODY = signatures.Key("v1", b"\x00" * 32)
"""Tried when there is no such sender, so that an unknown one costs the same as a wrong signature."""
PER_MINUTE, BURST = 600, 100
ADDRESS_PER_MINUTE, ADDRESS_BURST = 1_200, 300
IN_FLIGHT_SECONDS = 2
PROBLEMS = {
    "headers": "A webhook header is missing or malformed",
    "signature": "The message is not signed by this source",
    "timestamp": "The message was signed too long ago, or in the future",
    "suspended": "This source is suspended",
    "removed": "This source has been removed",
    "size": "The body is larger than 256 KiB",
    "media-type": "The body must be JSON without an encoding",
    "json": "The body is not JSON that can be read",
    "schema": "The body is not an event that we take",
    "id-reused": "This webhook-id was used for another message",
    "in-flight": "The same message is being stored at this moment",
    "too-many": "Too many messages",
    "not-found": "There is no such receipt",
}


class Problem(Exception):
    """An answer other than a receipt (RFC 9457)."""

    def __init__(self, status: int, code: str, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(code)
        self.status, self.code = status, code
        self.members = {name: value for name, value in members.items() if value is not None}
        self.headers = dict(headers or {})

    def response(self, request_id: str) -> Response:
        body = {
            "type": self.code,
            "title": PROBLEMS[self.code],
            "status": self.status,
            "request_id": request_id,
        }
        return JSONResponse(
            body | self.members, self.status, {"Cache-Control": "no-store", **self.headers}, "application/problem+json"
        )


class Bucket:
    """A token bucket for each sender or network, in this process: several processes allow as many times more."""

    def __init__(self, per_minute: int, burst: int) -> None:
        self.rate, self.burst = per_minute / 60, float(burst)
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> int:
        """Takes one; 0 when there was one, else how many seconds until there is."""
        now = time.monotonic()
        left, since = self._left.get(name, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.rate)
        if len(self._left) > 10_000:
            self._left.clear()
        self._left[name] = (left - 1, now) if left >= 1 else (left, now)
        return 0 if left >= 1 else int((1 - left) / self.rate) + 1


_from_source = Bucket(PER_MINUTE, BURST)
_from_address = Bucket(ADDRESS_PER_MINUTE, ADDRESS_BURST)

RECEIPT = {
    "type": "object",
    "required": ["receipt", "source", "webhook_id", "digest", "received_at", "state", "duplicate"],
    "properties": {
        "receipt": {"type": "string"},
        "source": {"type": "string"},
        "webhook_id": {"type": "string"},
        "digest": {"type": "string"},
        "received_at": {"type": "string", "format": "date-time"},
        "state": {"type": "string"},
        "sequence": {"type": ["integer", "null"]},
        "duplicate": {"type": "boolean"},
        "checkpoint": {"type": ["object", "null"]},
    },
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "request_id": {"type": "string"},
    },
}


ANSWERS = {
    200: "The receipt",
    202: "Stored: the receipt of a new message",
    400: "A header is missing or malformed, or the body is not JSON",
    401: "Not signed by this source, or signed more than five minutes ago or ahead; skew_seconds says how far",
    403: "The source is suspended; send again after the time in Retry-After",
    404: "There is no such receipt",
    409: "The id was used for another message, or the same message is being stored at this moment",
    410: "The source has been removed",
    413: "The body is larger than 256 KiB",
    415: "Not JSON, or encoded; Accept-Post says what is taken",
    422: "Not a referral event; errors says where. The message is kept for a person to read",
    429: "Too many messages; send again after the time in Retry-After",
    503: "Not now; send the same message again",
}
"""What each answer means, for /openapi.json and /docs."""


def _described(*statuses: int, **other: str) -> dict[int | str, dict[str, Any]]:
    """The answers of a route; `other` changes the words of one, as `_200="…"`."""
    return {
        status: {
            "description": other.get(f"_{status}", ANSWERS[status]),
            "content": {
                "application/json" if status < 300 else "application/problem+json": {
                    "schema": RECEIPT if status < 300 else PROBLEM
                }
            },
        }
        for status in statuses
    }


SIGNED_HEADERS: list[dict[str, Any]] = [
    {
        "name": "webhook-id",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    },
    {
        "name": "webhook-timestamp",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
    },
    {"name": "webhook-signature", "in": "header", "required": True, "schema": {"type": "string"}},
]
TAKEN = [{"$ref": f"/schemas/{event}/1-0.json"} for event in ("referral", "intervention")]


@router.post(
    "/{source}",
    status_code=202,
    responses=_described(
        202, 200, 400, 401, 403, 409, 410, 413, 415, 422, 429, 503, _200="The same message again: the same receipt"
    ),
    openapi_extra={
        "parameters": SIGNED_HEADERS,
        "requestBody": {
            "required": True,
            "content": {media: {"schema": {"anyOf": TAKEN}} for media in MEDIA_TYPES},
        },
    },
    summary="Push a referral, or an intervention that began, changed or ended",
)
async def receive(source: str, request: Request, session: CurrentSession) -> Response:
    """Files a signed event and answers with a receipt, only after it is stored for good."""
    at = clock.now()
    try:
        media_type, body = await _body(request)
        claim, system, by = await _proven(request, session, source, body, at)
        await _check_event(session, system, claim.message_id, body, media_type, by, at)
        filed = await _file(session, system, claim.message_id, body, media_type, by, at)
    except Problem as problem:
        return problem.response(_request_id(request, problem))
    if not filed.same_bytes:
        reused = Problem(
            409, "id-reused", first_received_at=_stamp(filed.envelope.received_at), digest=filed.envelope.digest
        )
        return reused.response(request.state.request_id)
    headers = {"Location": f"/hooks/v1/{system.source}/receipts/{filed.envelope.receipt}", "Cache-Control": "no-store"}
    receipt = receipt_of(filed.envelope, system, duplicate=not filed.first)
    return JSONResponse(receipt, 202 if filed.first else 200, headers)


@router.get(
    "/{source}/receipts/{receipt}",
    responses=_described(200, 400, 401, 403, 404, 410, 429, 503),
    openapi_extra={"parameters": SIGNED_HEADERS},
    summary="Where a referral stands",
)
async def read_receipt(source: str, receipt: str, request: Request, session: CurrentSession) -> Response:
    """The receipt of a message, with where its referral stands now. Signed like a message with an empty body."""
    at = clock.now()
    try:
        _, system, by = await _proven(request, session, source, b"", at)
        envelope = await queries.envelope_by_receipt(session, system.id, receipt)
        if envelope is None:
            raise Problem(404, "not-found")
    except Problem as problem:
        return problem.response(_request_id(request, problem))
    await record(session, Kind.receipt_read, by=by, at=at, subject=envelope, referral_id=envelope.referral_id)
    state = envelope.state
    if envelope.referral_id is not None and state == "received":
        referral = await queries.referral_by_id(session, envelope.referral_id)
        state = referral.state if referral else state
    return JSONResponse(receipt_of(envelope, system, state=state), 200, {"Cache-Control": "no-store"})


def receipt_of(
    envelope: Envelope, system: SendingSystem, *, duplicate: bool = False, state: str = ""
) -> dict[str, Any]:
    """What the sender keeps. It says that we have the message, and never whether we knew the people in it."""
    return {
        "receipt": envelope.receipt,
        "source": system.source,
        "webhook_id": envelope.message_id,
        "digest": envelope.digest,
        "received_at": _stamp(envelope.received_at),
        "state": state or envelope.state,
        "sequence": envelope.revision or None,
        "duplicate": duplicate,
        "checkpoint": None,
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _request_id(request: Request, problem: Problem) -> str:
    """The request's own number, but for an unproven sender a digest of what it sent.

    So the answer to an unknown source and to a bad signature are the same bytes for the same message.
    """
    if problem.code != "signature":
        return str(request.state.request_id)
    sent = "|".join(request.headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature"))
    return "req_" + hashlib.sha256(sent.encode()).hexdigest()[:16]


async def _body(request: Request) -> tuple[str, bytes]:
    """The media type and the bytes, bounded. Raises Problem 415, 413."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    media_type = media_type.strip().lower()
    charset = parameters.strip().lower().replace('"', "")
    if media_type not in MEDIA_TYPES or charset not in ("", "charset=utf-8") or "content-encoding" in request.headers:
        raise Problem(415, "media-type", {"Accept-Post": ", ".join(MEDIA_TYPES)})
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_JSON_BYTES:
        raise Problem(413, "size")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_JSON_BYTES:
            raise Problem(413, "size")
    return media_type, bytes(body)


async def _proven(
    request: Request, session: AsyncSession, source: str, body: bytes, at: datetime
) -> tuple[signatures.Claim, SendingSystem, Actor]:
    """The sender, proven by its signature and allowed to send. Raises Problem 400, 401, 403, 410, 429."""
    by = asker(request)
    if wait := _from_address.take(by.ip_prefix):
        raise Problem(429, "too-many", {"Retry-After": str(wait + secrets.randbelow(5))})
    try:
        claim = signatures.read_headers(request.headers)
    except signatures.Malformed as malformed:
        raise Problem(400, "headers", header=str(malformed)) from None
    system = await agencies.system_by_source(session, source)
    keys = await agencies.live_keys(session, system.id, at) if system else []
    signed = signatures.is_signed_by(claim, body, [_opened(key) for key in keys] or [NOBODY])
    if system is None or not keys or signed is None:
        await record(session, Kind.envelope_refused, by=by, at=at, subject=system, reason="signature")
        raise Problem(401, "signature")
    by = Actor(agency_id=system.agency_id, system_id=system.id, request_id=by.request_id, ip_prefix=by.ip_prefix)
    if not signatures.is_fresh(claim, at):
        skew = signatures.skew_seconds(claim, at)
        await record(session, Kind.envelope_refused, by=by, at=at, subject=system, reason="timestamp", skew=skew)
        raise Problem(401, "timestamp", skew_seconds=skew)
    if system.removed_at is not None:
        raise Problem(410, "removed")
    if system.suspended_at is not None:
        await record(
            session,
            Kind.envelope_refused,
            by=by,
            at=at,
            subject=system,
            reason="suspended",
            digest=filing.digest_of(body),
        )
        raise Problem(403, "suspended", {"Retry-After": "3600"})
    if wait := _from_source.take(source):
        raise Problem(429, "too-many", {"Retry-After": str(wait + secrets.randbelow(5))})
    keys[signed].last_used_at = at
    await act_for_the_hub(session)
    return claim, system, by


def _opened(key: SystemKey) -> signatures.Key:
    if key.kind == "v1a":
        return signatures.Key("v1a", key.material)
    return signatures.Key("v1", unseal(key.material, belongs_to=f"system_key|{key.id}"))


async def _check_event(
    session: AsyncSession,
    system: SendingSystem,
    message_id: str,
    body: bytes,
    media_type: str,
    by: Actor,
    at: datetime,
) -> None:
    """Checks that the body is a referral event. What is not is set aside for a person: Problem 400 or 422."""
    kept: dict[str, Any] = {
        "system": system,
        "message_id": message_id,
        "body": body,
        "media_type": media_type,
        "by": by,
        "at": at,
    }
    try:
        event = read_json(body)
    except BadJson as bad:
        await filing.set_aside(session, **kept, refused_as="json", faults=[])
        raise Problem(400, "json", detail=bad.reason, offset=bad.offset) from None
    faults = contract.faults(event, message_id=message_id)
    if faults:
        await filing.set_aside(session, **kept, refused_as="schema", faults=faults)
        errors = [{"pointer": fault.pointer, "code": fault.rule} for fault in faults]
        raise Problem(422, "schema", errors=errors)


async def _file(
    session: AsyncSession,
    system: SendingSystem,
    message_id: str,
    body: bytes,
    media_type: str,
    by: Actor,
    at: datetime,
) -> filing.Filed:
    """Files and commits. Raises Problem 409 when the same message is in flight for more than two seconds."""
    try:
        await session.execute(text(f"SET LOCAL lock_timeout = '{IN_FLIGHT_SECONDS}s'"))
        filed = await filing.file_envelope(
            session, system=system, message_id=message_id, body=body, media_type=media_type, by=by, at=at
        )
    except DBAPIError as waited:
        if getattr(waited.orig, "sqlstate", "") == "55P03":
            await session.rollback()
            raise Problem(409, "in-flight", {"Retry-After": "2"}) from None
        raise Unavailable from waited
    await commit(session)
    return filed
