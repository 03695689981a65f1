"""Asking what is being done with whom, and when."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import NotFound
from hub.ids import from_ref
from hub.interventions.rules import Status
from hub.interventions.tables import Intervention, InterventionPerson
from hub.sharing import scope
from hub.sharing.rules import Viewer


async def access_intervention(session: AsyncSession, viewer: Viewer, ref: str) -> Intervention:
    """The intervention at an address, if this worker may see its case. Raises NotFound."""
    found = await session.scalar(
        select(Intervention).where(Intervention.id == from_ref(ref), scope.case_opens(viewer, Intervention.case_id))
    )
    if found is None:
        raise NotFound
    return found


async def between(
    session: AsyncSession, viewer: Viewer, *, case_id: UUID, start: datetime, end: datetime
) -> Sequence[Intervention]:
    """A case's interventions that touch a stretch of time, by their start. Cancelled ones are left out."""
    return (
        await session.scalars(
            select(Intervention)
            .where(
                Intervention.case_id == case_id,
                scope.case_opens(viewer, Intervention.case_id),
                Intervention.status != Status.cancelled.value,
                Intervention.starts_at < end,
                or_(Intervention.ends_at.is_(None), Intervention.ends_at >= start),
            )
            .order_by(Intervention.starts_at, Intervention.id)
        )
    ).all()


async def coming(
    session: AsyncSession, viewer: Viewer, *, worker_id: UUID, start: datetime, end: datetime
) -> Sequence[Intervention]:
    """What a worker does with families in a stretch of time."""
    return (
        await session.scalars(
            select(Intervention)
            .where(
                Intervention.worker_id == worker_id,
                scope.case_opens(viewer, Intervention.case_id),
                Intervention.status == Status.planned.value,
                Intervention.starts_at >= start,
                Intervention.starts_at < end,
            )
            .order_by(Intervention.starts_at)
        )
    ).all()


async def people_of(session: AsyncSession, intervention_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """For whom each of several interventions is."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    if intervention_ids:
        rows = await session.execute(
            select(InterventionPerson.intervention_id, InterventionPerson.person_id).where(
                InterventionPerson.intervention_id.in_(intervention_ids)
            )
        )
        for intervention_id, person_id in rows:
            found[intervention_id].add(person_id)
    return found


async def live_for(session: AsyncSession, person_ids: Collection[UUID], *, since: datetime) -> Sequence[Intervention]:
    """Everything planned or live since a moment for any of these people, in whatever case: for the clash rules only.

    It asks for no viewer, because a clash is looked for across agencies; what of it may be shown is asked when it is.
    """
    theirs = select(InterventionPerson.intervention_id).where(InterventionPerson.person_id.in_(person_ids))
    return (
        await session.scalars(
            select(Intervention)
            .where(
                Intervention.id.in_(theirs),
                Intervention.status.in_([Status.planned.value, Status.live.value]),
                or_(Intervention.ends_at.is_(None), Intervention.ends_at >= since),
            )
            .order_by(Intervention.starts_at)
        )
    ).all()


async def claim_unchecked(session: AsyncSession) -> Intervention | None:
    """One intervention that the clash rules have not looked at since it changed, held until the transaction ends."""
    return await session.scalar(
        select(Intervention)
        .where(Intervention.checked_at.is_(None))
        .order_by(Intervention.recorded_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def by_ids(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Intervention]:
    if not ids:
        return {}
    return {row.id: row for row in await session.scalars(select(Intervention).where(Intervention.id.in_(ids)))}
