"""Rules of identity: how long a session lasts, how many tries a password gets, what a password may be."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.errors import Refused
from hub.vocabulary import codes, is_known

# OWASP ASVS 5.0, 7.1.1 and 7.3: idle twenty minutes, twelve hours at the most.
IDLE = timedelta(minutes=20)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(seconds=60)
"""A session's last use is written at most this often, so that reading a page is not a write each time."""
LIVE_SESSIONS = 3

TRIES = 10
TRIES_WINDOW = timedelta(minutes=15)
TRIES_FROM_ONE_NETWORK = 100

# NIST SP 800-63B-4: length is what counts; no composition rules and no forced change.
SHORTEST_PASSWORD = 15
LONGEST_PASSWORD = 200

COLOURS = 8


def check_founding(name: str, prefix: str) -> None:
    """Raises Refused for a partnership without a name, or with references that cannot be said aloud."""
    if not name.strip():
        raise Refused("Say what the partnership is called", field="name")
    if not re.fullmatch(r"[A-Z]{2,4}", prefix):
        raise Refused("Choose two to four capital letters to begin each reference, such as NV", field="prefix")


def check_agency(slug: str, mark: str, sector: str, colour: int) -> None:
    """Raises Refused for an agency that could not be shown, or whose sector no rule knows."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,39}", slug):
        raise Refused("A short name has small letters, digits and hyphens, such as social-care", field="slug")
    if not re.fullmatch(r"[A-Z][A-Za-z&]{1,3}", mark):
        raise Refused("A mark has two to four letters and begins with a capital, such as POL", field="mark")
    if sector != "other" and not is_known("sector", sector):
        raise Refused(f"Choose one of the sectors: {', '.join(codes('sector'))}, other", field="sector")
    if not 1 <= colour <= COLOURS:
        raise Refused(f"Choose a colour from 1 to {COLOURS}", field="colour")


@dataclass(frozen=True)
class Liveness:
    """What decides whether a session still lives."""

    created_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None
    worker_ended_at: datetime | None


def is_live(session: Liveness, at: datetime) -> bool:
    """Whether a session may be used at this moment."""
    return (
        session.revoked_at is None
        and (session.worker_ended_at is None or session.worker_ended_at > at)
        and at - session.last_seen_at <= IDLE
        and at - session.created_at <= ABSOLUTE
    )


def delay_after(failures: int) -> timedelta:
    """How long an account waits after so many failures in a row: nothing up to ten, then doubling to an hour."""
    if failures < TRIES:
        return timedelta(0)
    return min(timedelta(minutes=1) * 2 ** min(failures - TRIES, 6), timedelta(hours=1))


def password_problem(password: str, *, context: tuple[str, ...], common: frozenset[str]) -> str:
    """Why a password cannot be used, or nothing. `context` are words that an attacker would guess first."""
    if len(password) < SHORTEST_PASSWORD:
        return f"Use {SHORTEST_PASSWORD} characters or more. Four or five unrelated words are easy to remember"
    if len(password) > LONGEST_PASSWORD:
        return f"Use {LONGEST_PASSWORD} characters or fewer"
    low = password.casefold().replace(" ", "")
    if low in common or len(set(low)) < 5:
        return "This password is easy to guess. Choose another"
    rest = low
    for word in context:
        if len(word) > 3:
            rest = rest.replace(word.casefold(), "")
    if len(rest) < SHORTEST_PASSWORD // 2:
        return "This password is mostly a name that others know. Choose another"
    return ""


def network(address: str) -> str:
    """The network an address is from: the first three parts of IPv4, the first three groups of IPv6."""
    if ":" in address:
        return ":".join(address.split(":")[:3]) + "::/48"
    return ".".join(address.split(".")[:3]) + ".0/24" if address.count(".") == 3 else ""


def safe_next(path: str) -> str:
    """Where to go after signing in: a path of ours, or the board. Never another site (OWASP ASVS 5.0, 3.7.2)."""
    if path.startswith("/") and path[1:2] not in ("/", "\\") and "\\" not in path and path.isprintable():
        return path
    return "/"
