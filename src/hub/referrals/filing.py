"""A message that arrived is filed before it is answered: once for each id of a sender, and never thrown away."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, literal_column, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from hub.agencies.tables import SendingSystem
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.ids import new_id
from hub.referrals import contract
from hub.referrals.rules import State
from hub.referrals.tables import Envelope

# The predicates of the two unique indexes, as constants: bound as a parameter, PostgreSQL could no longer prove that the
# index fits once it plans the statement for any parameter, which it does at the sixth time (seen).
ACCEPTED, REFUSED = text("refused_as = ''"), text("refused_as <> ''")


def digest_of(body: bytes) -> str:
    """The fingerprint that receipts carry (RFC 9530 spells the name so)."""
    return "sha-256=" + hashlib.sha256(body).hexdigest()


@dataclass(frozen=True)
class Filed:
    """What became of a message: its envelope, and whether it came for the first time, again, or with other bytes."""

    envelope: Envelope
    first: bool
    same_bytes: bool


async def file_envelope(
    session: AsyncSession,
    *,
    system: SendingSystem,
    message_id: str,
    body: bytes,
    media_type: str,
    by: Actor,
    at: datetime,
) -> Filed:
    """Files a message that is a referral event, once for each id of a sending system.

    One statement: two copies that arrive together meet on the unique index, and the second waits for the first to
    commit. A repeat writes too (`seen`), so that its "we have it" commits like the first one's.
    """
    statement = (
        insert(Envelope)
        .values(**_kept(system, message_id, body, media_type, at), refused_as="", state=State.received.value)
        .on_conflict_do_update(
            index_elements=["system_id", "message_id"],
            index_where=ACCEPTED,
            set_={"seen": Envelope.seen + 1, "last_seen_at": at},
        )
        .returning(col(Envelope.id), literal_column("(xmax = 0)", Boolean))
    )
    row = (await session.execute(statement)).one()
    envelope = await session.get_one(Envelope, row[0], populate_existing=True)
    digest = digest_of(body)
    same = envelope.digest == digest
    kind = Kind.envelope_received if row[1] else Kind.envelope_repeated if same else Kind.envelope_refused
    await record(session, kind, by=by, at=at, subject=envelope, digest=digest, reason=None if same else "id-reused")
    return Filed(envelope, bool(row[1]), same)


async def set_aside(
    session: AsyncSession,
    *,
    system: SendingSystem,
    message_id: str,
    body: bytes,
    media_type: str,
    refused_as: str,
    faults: Sequence[contract.Fault],
    by: Actor,
    at: datetime,
) -> Envelope:
    """Keeps a signed message that is not a referral event, for a person to look at; it does not use up its id."""
    statement = (
        insert(Envelope)
        .values(
            **_kept(system, message_id, body, media_type, at),
            refused_as=refused_as,
            state=State.rejected.value,
            faults=[{"pointer": fault.pointer, "rule": fault.rule} for fault in faults],
            opened_at=at,
        )
        .on_conflict_do_update(
            index_elements=["system_id", "message_id", "digest"],
            index_where=REFUSED,
            set_={"seen": Envelope.seen + 1, "last_seen_at": at},
        )
        .returning(col(Envelope.id))
    )
    envelope = await session.get_one(Envelope, (await session.scalar(statement)), populate_existing=True)
    await record(session, Kind.envelope_set_aside, by=by, at=at, subject=envelope, reason=refused_as)
    return envelope


def _kept(system: SendingSystem, message_id: str, body: bytes, media_type: str, at: datetime) -> dict[str, Any]:
    """What is kept of every message, whatever becomes of it."""
    return {
        "id": new_id(),
        "receipt": "rcp_" + secrets.token_hex(12),
        "system_id": system.id,
        "agency_id": system.agency_id,
        "message_id": message_id,
        "digest": digest_of(body),
        "body": body,
        "media_type": media_type,
        "received_at": at,
        "seen": 1,
        "last_seen_at": at,
        "their_reference": "",
        "revision": 0,
        "trouble": "",
    }
