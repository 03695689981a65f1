"""What an event's leaf is: the SHA-256 of everything it says, written down in one canonical way.

The canonical form is JSON with sorted names, no spaces, moments in UTC to the microsecond, and whole numbers without
a fraction, so that the event as it was made and the event as PostgreSQL gives it back have the same leaf.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from hub.events.tables import Event

FIELDS = (
    "kind",
    "at",
    "worker_id",
    "agency_id",
    "system_id",
    "roles",
    "case_id",
    "person_id",
    "referral_id",
    "subject_type",
    "subject_id",
    "only_agencies",
    "facts",
    "request_id",
    "ip_prefix",
    "session_mark",
    "audible",
)
"""Every column that the Hub itself fills; the number and the moment of writing are the database's, and are sealed."""


def canonical(event: Event) -> bytes:
    """The event in the form that is hashed."""
    said = {name: _canonical(getattr(event, name)) for name in FIELDS}
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_of(event: Event) -> str:
    """The event's leaf, in hex."""
    return hashlib.sha256(canonical(event)).hexdigest()


def _canonical(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, dict):
        return {str(name): _canonical(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(inner) for inner in value]
    return str(value)
