"""Asking for contributions: only ever those that this worker may read."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.contributions.tables import Comment, Contribution
from hub.errors import NotFound
from hub.ids import from_ref
from hub.sharing import scope
from hub.sharing.rules import Viewer

LANE_LENGTH = 5


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """Contributions for the viewer: the twin in SQL of Permission.contribution_read."""
    return scope.contribution_reaches(viewer, Contribution)


async def lanes(
    session: AsyncSession, viewer: Viewer, case_id: UUID, *, agency_id: UUID | None = None
) -> tuple[dict[UUID, list[Contribution]], dict[UUID, int]]:
    """Each agency's newest contributions to a case, and how many it has in all that this worker may read.

    With `agency_id`, that one lane in full.
    """
    place = func.row_number().over(
        partition_by=Contribution.agency_id,
        order_by=(Contribution.written_at.desc(), Contribution.id),
    )
    ranked = (
        select(Contribution, place.label("place"))
        .where(Contribution.case_id == case_id, Contribution.superseded_at.is_(None), readable(viewer))
        .subquery()
    )
    newest = aliased(Contribution, ranked)
    asked = select(newest).order_by(ranked.c.place)
    if agency_id is not None:
        asked = asked.where(newest.agency_id == agency_id)
    else:
        asked = asked.where(ranked.c.place <= LANE_LENGTH)
    found: dict[UUID, list[Contribution]] = defaultdict(list)
    for contribution in await session.scalars(asked):
        found[contribution.agency_id].append(contribution)
    counts = await session.execute(
        select(Contribution.agency_id, func.count())
        .where(Contribution.case_id == case_id, Contribution.superseded_at.is_(None), readable(viewer))
        .group_by(Contribution.agency_id)
    )
    return found, {row[0]: row[1] for row in counts}


async def access_contribution(session: AsyncSession, viewer: Viewer, ref: str) -> Contribution:
    """The standing version of the contribution at an address, if this worker may read it. Raises NotFound."""
    thread = select(Contribution.thread_id).where(Contribution.id == from_ref(ref)).scalar_subquery()
    contribution = await session.scalar(
        select(Contribution).where(
            Contribution.thread_id == thread,
            Contribution.superseded_at.is_(None),
            readable(viewer),
        )
    )
    if contribution is None:
        raise NotFound
    return contribution


async def versions(session: AsyncSession, viewer: Viewer, thread_id: UUID) -> Sequence[Contribution]:
    """Every version of a contribution that this worker may read, the newest first."""
    return (
        await session.scalars(
            select(Contribution)
            .where(Contribution.thread_id == thread_id, readable(viewer))
            .order_by(Contribution.version.desc())
        )
    ).all()


async def comments(session: AsyncSession, thread_ids: Collection[UUID]) -> dict[UUID, list[Comment]]:
    """The comments beside several contributions, the oldest first. The caller has asked for the contributions."""
    found: dict[UUID, list[Comment]] = defaultdict(list)
    if thread_ids:
        for comment in await session.scalars(
            select(Comment).where(Comment.thread_id.in_(thread_ids)).order_by(Comment.written_at)
        ):
            found[comment.thread_id].append(comment)
    return found


async def counted_since(session: AsyncSession, viewer: Viewer, case_id: UUID, moment: datetime) -> dict[UUID, int]:
    """How many contributions of each agency have come to a case since a moment, of others and for this worker."""
    rows = await session.execute(
        select(Contribution.agency_id, func.count())
        .where(
            Contribution.case_id == case_id,
            Contribution.superseded_at.is_(None),
            Contribution.written_at > moment,
            Contribution.author_id != viewer.worker_id,
            readable(viewer),
        )
        .group_by(Contribution.agency_id)
    )
    return {row[0]: row[1] for row in rows}


async def last_heard(
    session: AsyncSession, viewer: Viewer, case_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], datetime]:
    """When each agency last contributed to each case something that this worker may read: the rest makes no sound."""
    if not case_ids:
        return {}
    rows = await session.execute(
        select(Contribution.case_id, Contribution.agency_id, func.max(Contribution.written_at))
        .where(Contribution.case_id.in_(case_ids), Contribution.withdrawn_at.is_(None), readable(viewer))
        .group_by(Contribution.case_id, Contribution.agency_id)
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def standing(session: AsyncSession, case_id: UUID) -> Sequence[Contribution]:
    """Every standing contribution of a case, whoever may read it: for the ledger of what is shared, never for a page."""
    return (
        await session.scalars(
            select(Contribution)
            .where(
                Contribution.case_id == case_id,
                Contribution.superseded_at.is_(None),
                Contribution.withdrawn_at.is_(None),
            )
            .order_by(Contribution.written_at)
        )
    ).all()
