"""Standard Webhooks 1.0: who sent this, when, and that not a byte was changed.

The signed text is `id.timestamp.body` over the raw bytes. `v1` is HMAC-SHA256 with a shared secret (`whsec_` and
base64 of 24 to 64 bytes), `v1a` is Ed25519 with a public key (`whpk_`). Our own reading, because the reference
library raises four kinds of undocumented error on malformed input, accepts timestamps with blanks and fractions, and
does not know `v1a`. It stays in the tests as the independent sender.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE_SECONDS = 300
MAX_SIGNATURES = 16
ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
SIGNATURE = re.compile(r"(v1a?),([A-Za-z0-9+/]{1,128}={0,2})", re.ASCII)


@dataclass(frozen=True)
class Key:
    """One live key of a sender: `v1` with the secret's bytes, or `v1a` with the public key's 32."""

    kind: str
    material: bytes


@dataclass(frozen=True)
class Claim:
    """What the three headers say, well-formed but not yet believed."""

    message_id: str
    timestamp: int
    signatures: tuple[tuple[str, bytes], ...]


class Malformed(Exception):
    """A header is missing or not of its form; the message names the header."""


def read_headers(headers: Mapping[str, str]) -> Claim:
    """The three headers. Raises Malformed naming the first that is missing or wrong."""
    message_id = headers.get("webhook-id", "")
    if not ID.fullmatch(message_id):
        raise Malformed("webhook-id")
    stamp = headers.get("webhook-timestamp", "")
    if not TIMESTAMP.fullmatch(stamp):
        raise Malformed("webhook-timestamp")
    entries = headers.get("webhook-signature", "").split(" ")
    if len(entries) > MAX_SIGNATURES:
        raise Malformed("webhook-signature")
    signatures = []
    for entry in entries:
        match = SIGNATURE.fullmatch(entry)
        if match is None:
            raise Malformed("webhook-signature")
        try:
            signatures.append((match[1], base64.b64decode(match[2], validate=True)))
        except binascii.Error:
            raise Malformed("webhook-signature") from None
    return Claim(message_id, int(stamp), tuple(signatures))


def signed_text(message_id: str, timestamp: int, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def is_signed_by(claim: Claim, body: bytes, keys: Sequence[Key]) -> int | None:
    """Which of the keys signed this, by its place in the list; None when none did.

    Every key is tried with every signature, so the time taken does not tell which was nearly right.
    """
    text = signed_text(claim.message_id, claim.timestamp, body)
    found: int | None = None
    for place, key in enumerate(keys):
        for kind, signature in claim.signatures:
            if kind == key.kind and _matches(key, text, signature) and found is None:
                found = place
    return found


def _matches(key: Key, text: bytes, signature: bytes) -> bool:
    if key.kind == "v1":
        return hmac.compare_digest(hmac.new(key.material, text, hashlib.sha256).digest(), signature)
    try:
        Ed25519PublicKey.from_public_bytes(key.material).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def skew_seconds(claim: Claim, at: datetime) -> int:
    """How far the sender's clock is from ours; positive when theirs is behind."""
    return int(at.timestamp()) - claim.timestamp


def is_fresh(claim: Claim, at: datetime) -> bool:
    return abs(skew_seconds(claim, at)) <= TOLERANCE_SECONDS


def secret_bytes(secret: str) -> bytes:
    """The bytes of a `whsec_…` secret. Raises ValueError when it is not one."""
    try:
        material = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("a secret is whsec_ and base64") from None
    if not 24 <= len(material) <= 64:
        raise ValueError("a secret holds 24 to 64 bytes")
    return material


def sign(secret: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers for a message of ours, signed with a shared secret."""
    stamp = int(at.timestamp())
    digest = hmac.new(secret, signed_text(message_id, stamp, body), hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
