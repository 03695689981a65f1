"""Asking for spoken words that wait for their speaker."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.tables import Accountability, Case
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference
from hub.errors import NotFound
from hub.ids import from_ref
from hub.said.tables import SpokenShare
from hub.sharing import scope
from hub.sharing.rules import Viewer


def _unanswered() -> Any:
    return and_(SpokenShare.confirmed_at.is_(None), SpokenShare.disowned_at.is_(None))


async def access_spoken(session: AsyncSession, viewer: Viewer, spoken_ref: str) -> SpokenShare:
    """Spoken words in a case that this worker may see, held until the transaction ends. Raises NotFound."""
    found = await session.scalar(
        select(SpokenShare)
        .where(SpokenShare.id == from_ref(spoken_ref), scope.case_opens(viewer, SpokenShare.case_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


async def unconfirmed(session: AsyncSession, case_id: UUID) -> Sequence[SpokenShare]:
    """What stands in a case as heard, the newest first, with what the speaker does not own: the caller has asked for
    the case."""
    return (
        await session.scalars(
            select(SpokenShare)
            .where(SpokenShare.case_id == case_id, SpokenShare.confirmed_at.is_(None))
            .order_by(SpokenShare.noted_at.desc())
        )
    ).all()


def _mine(viewer: Viewer) -> Any:
    return and_(SpokenShare.speaker_id == viewer.worker_id, _unanswered(), _open_for(viewer))


def _open_for(viewer: Viewer) -> Any:
    return and_(
        scope.case_opens(viewer, SpokenShare.case_id),
        exists().where(Case.id == SpokenShare.case_id, Case.closed_at.is_(None)),
    )


def _overseen(viewer: Viewer, at: datetime) -> Any:
    """Past its day, in a case that the viewer answers for, or whose coming or latest conferences they chair."""
    answers = exists().where(
        Accountability.subject_type == "case",
        Accountability.subject_id == SpokenShare.case_id,
        Accountability.worker_id == viewer.worker_id,
        Accountability.ended_at.is_(None),
    )
    chairs = exists().where(
        Conference.case_id == SpokenShare.case_id,
        Conference.chair_id == viewer.worker_id,
        Conference.state != ConferenceState.cancelled.value,
    )
    return and_(SpokenShare.confirm_by < at, _unanswered(), _open_for(viewer), or_(answers, chairs))


def count_waiting(viewer: Viewer) -> Any:
    """How many spoken words wait for this worker's own word, to be added to other counts in one query."""
    return select(func.count()).select_from(SpokenShare).where(_mine(viewer)).scalar_subquery()


async def to_confirm(session: AsyncSession, viewer: Viewer) -> Sequence[SpokenShare]:
    """What this worker is heard to have said, and has not confirmed."""
    return (await session.scalars(select(SpokenShare).where(_mine(viewer)).order_by(SpokenShare.confirm_by))).all()


async def overseen(session: AsyncSession, viewer: Viewer, at: datetime) -> Sequence[SpokenShare]:
    """Spoken words that nobody has confirmed within their day, in the cases that this worker oversees."""
    return (
        await session.scalars(select(SpokenShare).where(_overseen(viewer, at)).order_by(SpokenShare.confirm_by))
    ).all()


async def claim_unconfirmed(session: AsyncSession, at: datetime) -> SpokenShare | None:
    """One that has gone unconfirmed for its day and that nobody was told of, held until the transaction ends."""
    return await session.scalar(
        select(SpokenShare)
        .join(Case, Case.id == SpokenShare.case_id)
        .where(SpokenShare.confirm_by <= at, SpokenShare.chased_at.is_(None), _unanswered(), Case.closed_at.is_(None))
        .order_by(SpokenShare.confirm_by)
        .limit(1)
        .with_for_update(of=SpokenShare, skip_locked=True)
    )
