"""Asking who may be told of an event, at the moment of telling."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Delete, delete, exists, false, literal, or_, select
from sqlalchemy import Uuid as SQLUuid
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Agency, Worker
from hub.events.tables import Event
from hub.live.rules import GONE_AFTER, Heard, may_hear, names, request_names
from hub.live.tables import Presence
from hub.london import london
from hub.requests.queries import agencies_asked_in
from hub.sharing import scope
from hub.sharing.rules import Viewer
from hub.sharing.tables import Agreement, CaseGrant


def heard(event: Event) -> Heard:
    return Heard(
        kind=event.kind,
        case_id=event.case_id,
        referral_id=event.referral_id,
        only_agencies=frozenset(event.only_agencies) if event.only_agencies is not None else None,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
    )


async def who_may_hear(
    session: AsyncSession, *, case_id: UUID | None, referral_id: UUID | None, workers: Collection[UUID]
) -> dict[UUID, UUID]:
    """Those of some workers to whom the case or the referral opens now, with their agencies."""
    who = scope.asking_rows(Worker)
    ways = []
    if case_id is not None:
        ways.append(scope.case_opens(who, literal(case_id, SQLUuid)))
    if referral_id is not None:
        ways.append(scope.at_referral(who, literal(referral_id, SQLUuid)))
    rows = await session.execute(select(Worker.id, Worker.agency_id).where(Worker.id.in_(workers), or_(false(), *ways)))
    return {row[0]: row[1] for row in rows}


async def rights_ended(session: AsyncSession, since: datetime, until: datetime) -> bool:
    """Whether a grant or an agreement ran out between two moments: nothing is written when time alone takes a right."""
    grant = exists().where(CaseGrant.ended_at.is_(None), CaseGrant.ends_at > since, CaseGrant.ends_at <= until)
    days = (london(since).date(), london(until).date())
    agreement = exists().where(Agreement.ends_on > days[0], Agreement.ends_on <= days[1])
    return bool(await session.scalar(select(or_(grant, agreement))))


class Here(NamedTuple):
    """Somebody who has a case open now."""

    name: str
    agency: str


async def others_here(session: AsyncSession, viewer: Viewer, case_id: UUID, at: datetime) -> Sequence[Here]:
    """Who else has a case open, of those who still may. Nobody, for a viewer who may not see it."""
    rows = await session.execute(
        select(Worker.name, Agency.name)
        .distinct()
        .join(Presence, Presence.worker_id == Worker.id)
        .join(Agency, Agency.id == Worker.agency_id)
        .where(
            Presence.case_id == case_id,
            Presence.seen_at > at - GONE_AFTER,
            Presence.worker_id != viewer.worker_id,
            scope.case_opens(viewer, Presence.case_id),
            scope.case_opens(scope.asking_rows(Worker), Presence.case_id),
        )
        .order_by(Worker.name)
    )
    return [Here(name, agency) for name, agency in rows]


async def present(session: AsyncSession, case_ids: Collection[UUID], at: datetime) -> dict[UUID, frozenset[UUID]]:
    """Which workers have each of several cases open, for telling open pages that this has changed; never shown."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = await session.execute(
        select(Presence.case_id, Presence.worker_id).where(
            Presence.case_id.in_(case_ids), Presence.seen_at > at - GONE_AFTER
        )
    )
    for case_id, worker_id in rows:
        found[case_id].add(worker_id)
    return {case_id: frozenset(workers) for case_id, workers in found.items()}


def gone(stream_ids: Collection[UUID]) -> Delete:
    """The statement that forgets pages that were closed."""
    return delete(Presence).where(Presence.id.in_(stream_ids))


def stale(at: datetime) -> Delete:
    """The statement that forgets pages that no server speaks for any more."""
    return delete(Presence).where(Presence.seen_at < at - 10 * GONE_AFTER)


async def told_of(session: AsyncSession, event: Event, workers: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Which names each of several workers is told of an event, by today's rights; who may hear none is left out."""
    what = heard(event)
    told = names(what)
    if not told:
        return {}
    found = await who_may_hear(session, case_id=what.case_id, referral_id=what.referral_id, workers=workers)
    by_worker = {worker_id: told for worker_id, agency_id in found.items() if may_hear(what, agency_id)}
    if not request_names(what):
        return by_worker
    houses = await _agencies_of(session, workers)
    asked = await asked_in(session, what, set(houses.values()))
    return {one: request_names(what) for one, agency_id in houses.items() if agency_id in asked} | by_worker


async def asked_in(session: AsyncSession, what: Heard, agencies: Collection[UUID]) -> set[UUID]:
    """Which of these agencies the request that this is about asks, or is asked by: they may stand outside the circle."""
    if not request_names(what) or what.subject_id is None or what.only_agencies is not None:
        return set()
    return await agencies_asked_in(session, what.subject_id, agencies)


async def _agencies_of(session: AsyncSession, workers: Collection[UUID]) -> dict[UUID, UUID]:
    """The agency of each of several workers who act for one: guests, scrutineers and researchers do not."""
    acts = scope.asking_rows(Worker).by_agency
    rows = await session.execute(select(Worker.id, Worker.agency_id).where(Worker.id.in_(workers), acts))
    return {row[0]: row[1] for row in rows}
