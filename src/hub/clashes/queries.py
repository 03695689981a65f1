"""Asking for clashes: a worker sees one when they may see every record that makes it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.clashes.rules import SEVERITY_RANK, Severity
from hub.clashes.tables import Clash, ClashIntervention
from hub.errors import NotFound
from hub.ids import from_ref
from hub.interventions.queries import by_ids
from hub.interventions.tables import Intervention
from hub.sharing import scope
from hub.sharing.rules import Viewer


def visible_clashes(viewer: Viewer) -> ColumnElement[bool]:
    """No record that makes the clash lies in a case that the viewer may not see."""
    part = aliased(ClashIntervention)
    return not_(exists().where(part.clash_id == Clash.id, not_(scope.case_opens(viewer, part.case_id))))


async def access_clash(session: AsyncSession, viewer: Viewer, ref: str) -> Clash:
    clash = await session.scalar(select(Clash).where(Clash.id == from_ref(ref), visible_clashes(viewer)))
    if clash is None:
        raise NotFound
    return clash


async def open_clashes(session: AsyncSession, viewer: Viewer, case_ids: Collection[UUID]) -> dict[UUID, list[Clash]]:
    """The visible clashes that hold now in several cases, the gravest first."""
    found: dict[UUID, list[Clash]] = defaultdict(list)
    if not case_ids:
        return found
    rows = await session.execute(
        select(ClashIntervention.case_id, Clash)
        .join(Clash, Clash.id == ClashIntervention.clash_id)
        .where(ClashIntervention.case_id.in_(case_ids), Clash.closed_at.is_(None), visible_clashes(viewer))
        .distinct()
    )
    for case_id, clash in rows:
        found[case_id].append(clash)
    for clashes in found.values():
        clashes.sort(key=lambda clash: (SEVERITY_RANK[Severity(clash.severity)], clash.found_at))
    return found


async def parts(session: AsyncSession, clash_ids: Collection[UUID]) -> dict[UUID, list[Intervention]]:
    """The interventions that make each of several clashes, by their start."""
    found: dict[UUID, list[Intervention]] = defaultdict(list)
    if not clash_ids:
        return found
    rows = (
        await session.execute(
            select(ClashIntervention.clash_id, ClashIntervention.intervention_id).where(
                ClashIntervention.clash_id.in_(clash_ids)
            )
        )
    ).all()
    interventions = await by_ids(session, [row[1] for row in rows])
    for clash_id, intervention_id in rows:
        found[clash_id].append(interventions[intervention_id])
    for made_of in found.values():
        made_of.sort(key=lambda intervention: (intervention.starts_at, intervention.id))
    return found


async def standing_on(session: AsyncSession, intervention_ids: Collection[UUID]) -> Sequence[Clash]:
    """Open clashes in which any of these interventions takes part: for the engine, whoever may see them."""
    return (
        await session.scalars(
            select(Clash)
            .where(
                Clash.closed_at.is_(None),
                Clash.id.in_(
                    select(ClashIntervention.clash_id).where(ClashIntervention.intervention_id.in_(intervention_ids))
                ),
            )
            .with_for_update()
        )
    ).all()


async def cases_of(session: AsyncSession, clash_id: UUID) -> Sequence[UUID]:
    return (
        await session.scalars(
            select(ClashIntervention.case_id).where(ClashIntervention.clash_id == clash_id).distinct()
        )
    ).all()


async def over(session: AsyncSession, at: datetime, limit: int = 200) -> Sequence[Clash]:
    """Open clashes all of whose interventions are over."""
    still = (
        select(ClashIntervention.clash_id)
        .join(Intervention, Intervention.id == ClashIntervention.intervention_id)
        .where(ClashIntervention.clash_id == Clash.id)
        .where(func.coalesce(Intervention.ends_at, at) >= at)
    )
    return (
        await session.scalars(
            select(Clash)
            .where(Clash.closed_at.is_(None), not_(still.exists()))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
