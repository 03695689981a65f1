"""Asking about the partnership: agencies, workers, systems, sessions."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Delete, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.rules import ABSOLUTE, IDLE
from hub.agencies.tables import (
    Agency,
    Partnership,
    RoleCard,
    SendingSystem,
    SignInSession,
    SignInTry,
    Submission,
    SystemKey,
    Worker,
)
from hub.errors import NotFound, Unavailable


def digest(token: str) -> bytes:
    """What the database keeps of a cookie."""
    return hashlib.sha256(token.encode()).digest()


class SignedIn(NamedTuple):
    """A session with its worker and their agency."""

    session: SignInSession
    worker: Worker
    agency: Agency


async def partnership(session: AsyncSession) -> Partnership:
    """The partnership. Raises Unavailable in an empty Hub."""
    found = await session.scalar(select(Partnership))
    if found is None:
        raise Unavailable(
            "This Hub is empty: it holds no partnership yet. Whoever runs it founds one with “hub found”, or loads the "
            "invented town of Northvale with “hub seed”."
        )
    return found


async def is_founded(session: AsyncSession) -> bool:
    """Whether this Hub holds a partnership."""
    return await session.scalar(select(Partnership.id)) is not None


async def agencies(session: AsyncSession) -> Sequence[Agency]:
    """Every agency that takes part, each always in the same place."""
    return (
        await session.scalars(select(Agency).where(Agency.ended_at.is_(None)).order_by(Agency.place, Agency.name))
    ).all()


async def agencies_by_id(session: AsyncSession, ids: Collection[UUID] | None = None) -> dict[UUID, Agency]:
    """Agencies by identity, ended ones too, because their name stands in the record. All of them without `ids`."""
    asked = select(Agency).order_by(Agency.place, Agency.name)
    if ids is not None:
        asked = asked.where(Agency.id.in_(ids))
    return {agency.id: agency for agency in await session.scalars(asked)}


async def agency_by_slug(session: AsyncSession, slug: str) -> Agency:
    found = await session.scalar(select(Agency).where(Agency.slug == slug))
    if found is None:
        raise NotFound
    return found


async def role_cards(session: AsyncSession) -> dict[UUID, RoleCard]:
    return {card.agency_id: card for card in await session.scalars(select(RoleCard))}


async def workers(
    session: AsyncSession, *, agency_ids: Collection[UUID] | None = None, at: datetime | None = None
) -> Sequence[Worker]:
    """Workers by name, of some agencies or of all; with `at`, only those whose account is live then."""
    asked = select(Worker).order_by(Worker.name)
    if agency_ids is not None:
        asked = asked.where(Worker.agency_id.in_(agency_ids))
    if at is not None:
        asked = asked.where(or_(Worker.ended_at.is_(None), Worker.ended_at > at))
    return (await session.scalars(asked)).all()


async def workers_by_id(session: AsyncSession, ids: Collection[UUID | None]) -> dict[UUID, Worker]:
    wanted = {worker_id for worker_id in ids if worker_id is not None}
    if not wanted:
        return {}
    return {worker.id: worker for worker in await session.scalars(select(Worker).where(Worker.id.in_(wanted)))}


async def worker_by_id(session: AsyncSession, worker_id: UUID, *, at: datetime | None = None) -> Worker:
    """A worker; with `at`, one whose account is live then. Raises NotFound."""
    worker = await session.get(Worker, worker_id)
    if worker is None or (at is not None and worker.ended_at is not None and worker.ended_at <= at):
        raise NotFound
    return worker


async def worker_by_email(session: AsyncSession, email: str) -> Worker | None:
    return await session.scalar(select(Worker).where(func.lower(Worker.email) == email.strip().lower()))


async def signed_in(session: AsyncSession, token: str) -> SignedIn | None:
    """Whose session a cookie is, live or not."""
    row = (
        await session.execute(
            select(SignInSession, Worker, Agency)
            .join(Worker, Worker.id == SignInSession.worker_id)
            .join(Agency, Agency.id == Worker.agency_id)
            .where(SignInSession.token_digest == digest(token))
        )
    ).one_or_none()
    return SignedIn(*row) if row else None


def _live(at: datetime) -> list[object]:
    return [
        SignInSession.revoked_at.is_(None),
        SignInSession.last_seen_at >= at - IDLE,
        SignInSession.created_at >= at - ABSOLUTE,
    ]


async def live_sessions(session: AsyncSession, worker_id: UUID, at: datetime) -> Sequence[SignInSession]:
    """A worker's live sessions, the newest first."""
    return (
        await session.scalars(
            select(SignInSession)
            .where(SignInSession.worker_id == worker_id, *_live(at))
            .order_by(SignInSession.created_at.desc())
        )
    ).all()


async def still_live(session: AsyncSession, session_ids: Collection[UUID], at: datetime) -> set[UUID]:
    """Which of these sessions may still be used: asked every few seconds for the open live streams.

    Being idle does not end a stream that is being looked at (the page warns and signs out by its own clock), but a
    revoked session, an ended account and the absolute limit do.
    """
    rows = await session.scalars(
        select(SignInSession.id)
        .join(Worker, Worker.id == SignInSession.worker_id)
        .where(SignInSession.id.in_(session_ids))
        .where(SignInSession.revoked_at.is_(None), SignInSession.created_at >= at - ABSOLUTE)
        .where(or_(Worker.ended_at.is_(None), Worker.ended_at > at))
    )
    return set(rows)


async def failures(session: AsyncSession, *, account: str, since: datetime) -> tuple[int, datetime | None]:
    """How often an account was tried in vain since its last success, and when last."""
    last_success = (
        select(func.max(SignInTry.at)).where(SignInTry.account == account, SignInTry.succeeded).scalar_subquery()
    )
    row = (
        await session.execute(
            select(func.count(), func.max(SignInTry.at)).where(
                SignInTry.account == account,
                SignInTry.succeeded.is_(False),
                SignInTry.at > func.greatest(since, func.coalesce(last_success, since)),
            )
        )
    ).one()
    return row[0], row[1]


async def tries_from(session: AsyncSession, *, ip_prefix: str, since: datetime) -> int:
    """How often a network tried in vain."""
    return (
        await session.scalar(
            select(func.count()).where(
                SignInTry.ip_prefix == ip_prefix,
                SignInTry.succeeded.is_(False),
                SignInTry.at > since,
            )
        )
        or 0
    )


async def submission(session: AsyncSession, worker_id: UUID, key: str) -> Submission | None:
    return await session.get(Submission, (worker_id, key))


async def system_by_source(session: AsyncSession, source: str) -> SendingSystem | None:
    return await session.scalar(select(SendingSystem).where(SendingSystem.source == source))


async def system_by_name(session: AsyncSession, name: str) -> SendingSystem | None:
    return await session.scalar(select(SendingSystem).where(SendingSystem.name == name))


async def systems(session: AsyncSession) -> Sequence[SendingSystem]:
    return (await session.scalars(select(SendingSystem).order_by(SendingSystem.name))).all()


async def live_keys(session: AsyncSession, system_id: UUID, at: datetime) -> Sequence[SystemKey]:
    """A system's keys that may sign now, the newest first; at most two are live while one replaces the other."""
    return (
        await session.scalars(
            select(SystemKey)
            .where(SystemKey.system_id == system_id)
            .where(or_(SystemKey.expires_at.is_(None), SystemKey.expires_at > at))
            .order_by(SystemKey.created_at.desc())
        )
    ).all()


def old_notes(before: datetime) -> list[Delete]:
    """The statements that forget form keys, tries to sign in and sessions from before a moment."""
    return [
        delete(Submission).where(Submission.first_at < before),
        delete(SignInTry).where(SignInTry.at < before),
        delete(SignInSession).where(SignInSession.last_seen_at < before),
    ]


async def agency_by_id(session: AsyncSession, agency_id: UUID) -> Agency:
    found = await session.get(Agency, agency_id)
    if found is None:
        raise NotFound
    return found
