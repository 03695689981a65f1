"""Finding clashes, closing those that no longer hold, and answering for one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.clashes import queries
from hub.clashes.rules import Disposition, Hit, check_answer, record_ids
from hub.clashes.tables import Clash, ClashIntervention
from hub.errors import Conflict
from hub.events.changes import record
from hub.events.rules import HUB, Kind
from hub.interventions.tables import Intervention
from hub.sharing.rules import Viewer


async def settle(
    session: AsyncSession, hits: Sequence[Hit], looked_at: Sequence[Intervention], *, at: datetime
) -> None:
    """Makes what is recorded equal to what holds among these interventions: new clashes in, those that ended out."""
    standing = {clash.key: clash for clash in await queries.standing_on(session, [one.id for one in looked_at])}
    cases = {one.id: one.case_id for one in looked_at}
    holding = {hit.key: hit for hit in hits}
    for key, hit in holding.items():
        if key not in standing:
            await _find(session, hit, cases, at)
    for key, clash in standing.items():
        if key not in holding:
            await close(session, clash, at=at)


async def _find(session: AsyncSession, hit: Hit, cases: dict[UUID, UUID], at: datetime) -> None:
    clash = Clash(
        key=hit.key,
        rule=hit.rule.id,
        severity=hit.rule.severity.value,
        people=[UUID(one) for one in hit.people],
        found_at=at,
    )
    session.add(clash)
    await session.flush()
    parts = record_ids(hit)
    session.add_all(ClashIntervention(clash_id=clash.id, intervention_id=part, case_id=cases[part]) for part in parts)
    await session.flush()
    for case_id in sorted({cases[part] for part in parts}):
        await record(session, Kind.clash_found, by=HUB, at=at, case_id=case_id, subject=clash, rule=hit.rule.id)


async def close(session: AsyncSession, clash: Clash, *, at: datetime) -> None:
    """Closes a clash that no longer holds; it stays as history."""
    clash.closed_at = at
    for case_id in sorted(await queries.cases_of(session, clash.id)):
        await record(session, Kind.clash_closed, by=HUB, at=at, case_id=case_id, subject=clash, rule=clash.rule)


async def answer(
    session: AsyncSession,
    clash: Clash,
    *,
    case_id: UUID,
    disposition: Disposition,
    reason: str,
    by: Viewer,
    at: datetime,
) -> None:
    """Answers a clash: what will be done about it, by whom it was decided, and why."""
    if clash.answered_at is not None:
        raise Conflict("Somebody else has answered this clash. Reload the page to see how.")
    check_answer(disposition, reason)
    clash.disposition, clash.reason, clash.answered_by, clash.answered_at = disposition.value, reason, by.worker_id, at
    await record(
        session,
        Kind.clash_answered,
        by=by,
        at=at,
        case_id=case_id,
        subject=clash,
        rule=clash.rule,
        disposition=disposition.value,
    )
