"""Saying that two entries are one event, or that they do not agree, and how that was settled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import check_reason
from hub.chronology import queries
from hub.chronology.rules import Key, check_two
from hub.chronology.tables import Contradiction, EventPair
from hub.errors import Conflict
from hub.events.changes import record
from hub.events.rules import Kind
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Two:
    """Two entries of a case, and the only agencies that may know of both (None: the whole circle)."""

    case_id: UUID
    one: Key
    other: Key
    reach: Collection[UUID] | None = None


async def decide_pair(session: AsyncSession, two: Two, *, same: bool, by: Viewer, at: datetime) -> EventPair:
    """Says whether two entries tell of one event; the newest answer stands, and the ledger keeps those before."""
    check_two(two.one, two.other)
    one, other = sorted((two.one, two.other))
    pair = await queries.pair_of(session, two.case_id, one, other)
    if pair is None:
        pair = EventPair(
            case_id=two.case_id,
            one_source=one.source.value,
            one_id=one.id,
            other_source=other.source.value,
            other_id=other.id,
            same=same,
            decided_by=by.worker_id,
            decided_at=at,
        )
        session.add(pair)
    pair.same, pair.decided_by, pair.decided_at = same, by.worker_id, at
    await session.flush()
    await record(
        session,
        Kind.pair_decided,
        by=by,
        at=at,
        case_id=two.case_id,
        subject=pair,
        only_agencies=two.reach,
        same=same,
    )
    return pair


async def mark_contradiction(session: AsyncSession, two: Two, *, about: str, by: Viewer, at: datetime) -> Contradiction:
    """Marks two entries that do not agree, and on what. Neither is touched."""
    check_two(two.one, two.other)
    check_reason(about, "about")
    marked = Contradiction(
        case_id=two.case_id,
        one_source=two.one.source.value,
        one_id=two.one.id,
        other_source=two.other.source.value,
        other_id=two.other.id,
        about=about,
        marked_by=by.worker_id,
        marked_at=at,
    )
    session.add(marked)
    await session.flush()
    await record(
        session,
        Kind.contradiction_marked,
        by=by,
        at=at,
        case_id=two.case_id,
        subject=marked,
        only_agencies=two.reach,
    )
    return marked


async def settle(
    session: AsyncSession,
    contradiction: Contradiction,
    *,
    settlement: str,
    reach: Collection[UUID] | None,
    by: Viewer,
    at: datetime,
) -> None:
    """Says how a contradiction was settled. Both entries stay, with this beside them."""
    check_reason(settlement, "settlement")
    if contradiction.settled_at is not None:
        raise Conflict("Somebody else has just said how this was settled.")
    contradiction.settlement, contradiction.settled_by, contradiction.settled_at = settlement, by.worker_id, at
    await record(
        session,
        Kind.contradiction_settled,
        by=by,
        at=at,
        case_id=contradiction.case_id,
        subject=contradiction,
        only_agencies=reach,
    )
