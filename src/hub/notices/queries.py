"""Asking which letters wait and which reminders are due."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.notices.tables import Notice, Reminder


async def claim_notice(session: AsyncSession, at: datetime) -> Notice | None:
    """One letter that is due to be sent, held until the transaction ends; another process takes another."""
    return await session.scalar(
        select(Notice)
        .where(Notice.sent_at.is_(None), Notice.failed_at.is_(None), Notice.try_at <= at)
        .order_by(Notice.try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def claim_reminder(session: AsyncSession, kind: str, at: datetime) -> Reminder | None:
    """One reminder of a kind that is due, held until the transaction ends."""
    return await session.scalar(
        select(Reminder)
        .where(Reminder.kind == kind, Reminder.done_at.is_(None), Reminder.due_at <= at)
        .order_by(Reminder.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def claim_reminder_of(session: AsyncSession, kinds: Collection[str], at: datetime) -> Reminder | None:
    """One reminder of any of several kinds that is due, held until the transaction ends."""
    return await session.scalar(
        select(Reminder)
        .where(Reminder.kind.in_(kinds), Reminder.done_at.is_(None), Reminder.due_at <= at)
        .order_by(Reminder.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def outbox(session: AsyncSession, *, worker_id: UUID | None = None, limit: int, offset: int) -> Sequence[Notice]:
    """Letters, the newest first, to one worker or to all."""
    asked = select(Notice).order_by(Notice.written_at.desc(), Notice.id).limit(limit).offset(offset)
    if worker_id is not None:
        asked = asked.where(Notice.worker_id == worker_id)
    return (await session.scalars(asked)).all()
