"""Secrets kept in the database: sealed with AES-256-GCM under a key that the database never sees.

The key is derived from HUB_SECRET_KEY (HKDF-SHA256). What a sealed text belongs to is part of the seal, so a secret
copied to another row does not open.
"""

import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.config import settings

NONCE_BYTES = 12


class BrokenSeal(Exception):
    """The sealed text was changed, moved to another row, or sealed under another HUB_SECRET_KEY."""


@lru_cache(maxsize=8)
def _key(purpose: str, secret: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())


def key_for(purpose: str) -> bytes:
    """32 bytes for one purpose, different for each purpose and for each HUB_SECRET_KEY."""
    return _key(purpose, settings().secret_key)


def seal(secret: bytes, *, belongs_to: str) -> bytes:
    """The secret, sealed; `belongs_to` names its row and column."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key_for("seal")).encrypt(nonce, secret, belongs_to.encode())


def unseal(sealed: bytes, *, belongs_to: str) -> bytes:
    """The secret again. Raises BrokenSeal when it is not the one that was sealed here."""
    try:
        return AESGCM(key_for("seal")).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], belongs_to.encode())
    except InvalidTag as broken:
        raise BrokenSeal(belongs_to) from broken


def mark(purpose: str, *parts: str) -> str:
    """A short signature over the parts (HMAC-SHA256, 128 bits, in hex)."""
    return hmac.new(key_for(purpose), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def mark_is_right(given: str, purpose: str, *parts: str) -> bool:
    """Whether `given` is that signature, compared in constant time."""
    return hmac.compare_digest(given.encode(), mark(purpose, *parts).encode())
