"""Signing and posting a message the way an agency's system does: what `hub send` and the tests use."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from hub import clock
from hub.config import settings
from hub.errors import CannotRun
from hub.outside import signatures

TIMEOUT_SECONDS = 30


class CannotSend(CannotRun):
    """The message could not be sent; the message says what to do."""


@dataclass(frozen=True)
class Sender:
    """A sending system as it knows itself: its source in the address, and its secret."""

    source: str
    secret: str


def demo_senders_file() -> Path:
    """Where the demonstration keeps what its systems would have in their own settings (mode 600)."""
    return settings().data_dir / "demo-systems.json"


def demo_sender(name: str) -> Sender:
    """A system of the demonstration, by its name. Raises CannotSend when there is none."""
    try:
        known = json.loads(demo_senders_file().read_text())
    except FileNotFoundError:
        raise CannotSend(
            "There is no demonstration here. Start it with `make run`, or give --source and --secret."
        ) from None
    if name not in known:
        raise CannotSend(f"The demonstration has no system {name}. It has: {', '.join(sorted(known))}.")
    return Sender(**known[name])


def renewed(event: dict[str, Any]) -> dict[str, Any]:
    """The same event as a new one: a new id and reference, sent now."""
    mark = secrets.token_hex(4).upper()
    data = {**event["data"], "referralId": f"{event['data']['referralId']}-{mark}", "revision": 1}
    return {**event, "id": secrets.token_hex(13).upper(), "time": clock.now().isoformat(), "data": data}


def post(
    body: bytes, *, message_id: str, sender: Sender, to: str, client: httpx.Client | None = None
) -> httpx.Response:
    """Posts a signed message. `to` is the Hub's address, or the whole address of the hook."""
    address = to if "/hooks/" in to else f"{to.rstrip('/')}/hooks/v1/{sender.source}"
    headers = signatures.sign(signatures.secret_bytes(sender.secret), message_id, clock.now(), body)
    headers["content-type"] = "application/json"
    try:
        return (client or httpx).post(address, content=body, headers=headers, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as problem:
        raise CannotSend(f"{address} did not answer ({type(problem).__name__}). Is the Hub running?") from problem
