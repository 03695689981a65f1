"""Letting a scrutineer in. What lets them in ends by its time, or as every grant by name does (`access.end_grant`)."""

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.cases.rules import check_reason
from hub.cases.tables import Case
from hub.errors import Conflict
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.london import from_london, london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.scrutiny.rules import check_scrutineer, check_until
from hub.sharing.queries import live_grant
from hub.sharing.rules import GrantKind, Viewer
from hub.sharing.tables import CaseGrant


async def let_in(
    session: AsyncSession, case: Case, *, scrutineer: Worker, until: date, why: str, by: Viewer, at: datetime
) -> CaseGrant:
    """Lets a scrutineer by name read one case until the end of a day, and writes to them, naming nobody."""
    check_scrutineer(scrutineer.roles)
    check_until(until, london(at).date())
    check_reason(why, "why")
    if await live_grant(session, scrutineer.id, case.id) is not None:
        raise Conflict("This scrutineer can read the case already. End that first to give it another day.")
    grant = CaseGrant(
        kind=GrantKind.scrutiny.value,
        case_id=case.id,
        worker_id=scrutineer.id,
        reason_code=GrantKind.scrutiny.value,
        reason=why,
        given_by=by.worker_id,
        starts_at=at,
        ends_at=from_london(until + timedelta(days=1), 0),
    )
    session.add(grant)
    await session.flush()
    await record(
        session,
        Kind.scrutiny_opened,
        by=by,
        at=at,
        case_id=case.id,
        subject=grant,
        worker=scrutineer.id,
        until=grant.ends_at,
    )
    await notices.write(
        session,
        NoticeKind.scrutiny_opened,
        worker_id=scrutineer.id,
        subject_id=grant.id,
        case_id=case.id,
        link=f"/cases/{ref(case.id)}",
        at=at,
    )
    return grant
