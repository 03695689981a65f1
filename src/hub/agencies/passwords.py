"""Hashing passwords: argon2id at the library's own cost (64 MiB, three passes), off the event loop.

At most four at a time, so that a flood of tries costs 256 MiB and not the machine. An account that does not exist
costs the same time as one that does.
"""

import asyncio
import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_at_once = asyncio.Semaphore(4)

# A password must have 15 characters, so only the long entries of the usual lists of common passwords can occur; these
# are the forms that recur in them, and the ones a hub would invite.
COMMON = frozenset(
    [
        "123456789012345",
        "1234567890123456",
        "12345678901234567890",
        "000000000000000",
        "111111111111111",
        "aaaaaaaaaaaaaaa",
        "qwertyuiopasdfgh",
        "qwertyuiopasdfghjkl",
        "qwertyuiop123456",
        "1qaz2wsx3edc4rfv",
        "1q2w3e4r5t6y7u8i",
        "zxcvbnmasdfghjkl",
        "passwordpassword",
        "password12345678",
        "password123456789",
        "passwordpassword1",
        "password1234567890",
        "mypasswordissafe",
        "letmeinletmein1",
        "letmeinletmeinletmein",
        "iloveyouiloveyou",
        "iloveyou12345678",
        "welcomewelcome1",
        "welcome123456789",
        "administrator123",
        "administrator1234",
        "changemechangeme",
        "changeme1234567",
        "trustno1trustno1",
        "correcthorsebatterystaple",
        "thisismypassword",
        "thisisapassword",
        "safeguardinghub",
        "safeguarding123",
        "safeguarding2026",
    ]
)


async def hashed(password: str) -> str:
    """The hash to keep."""
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_right(password: str, kept: str) -> bool:
    """Whether this is the password; with nothing kept, the same work is done and the answer is no."""
    async with _at_once:
        return await asyncio.to_thread(_verify, password, kept)


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no password has."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _verify(password: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept or _nobody(), password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether the hash was made at a lower cost than today's and should be made again."""
    return _hasher.check_needs_rehash(kept)
