"""What is done to the partnership: founding it, adding agencies, workers and systems, signing in and out."""

import base64
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies import queries, rules
from hub.agencies.tables import (
    Agency,
    Partnership,
    RoleCard,
    RoleChange,
    SendingSystem,
    SignInSession,
    SignInTry,
    SystemKey,
    Worker,
)
from hub.errors import Conflict
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.ids import new_id
from hub.sealing import seal
from hub.sharing.rules import Viewer

KEY_OVERLAP = timedelta(days=30)
SECRET_BYTES = 32
TOKEN_BYTES = 32


async def found_partnership(
    session: AsyncSession, *, name: str, reference_prefix: str, desk_phone: str, by: Actor, at: datetime
) -> Partnership:
    """Founds the one partnership of this Hub. Raises Conflict when there is one."""
    rules.check_founding(name, reference_prefix)
    if await queries.is_founded(session):
        raise Conflict("This Hub holds a partnership already.")
    founded = Partnership(name=name, reference_prefix=reference_prefix, desk_phone=desk_phone, clocks={}, founded_at=at)
    session.add(founded)
    await session.flush()
    await record(session, Kind.partnership_founded, by=by, at=at, subject=founded)
    return founded


async def add_agency(session: AsyncSession, agency: Agency, *, by: Actor, at: datetime) -> Agency:
    """Brings an agency into the partnership. Raises Conflict for a name or mark that another has."""
    rules.check_agency(agency.slug, agency.mark, agency.sector, agency.colour)
    for other in (await queries.agencies_by_id(session)).values():
        for what, own, theirs in (("name", agency.name, other.name), ("short name", agency.slug, other.slug),
                                  ("mark", agency.mark, other.mark)):  # fmt: skip
            if own == theirs:
                raise Conflict(f"{other.name} has this {what} already.")
    session.add(agency)
    await session.flush()
    await record(session, Kind.agency_added, by=by, at=at, subject=agency)
    return agency


async def write_role_card(
    session: AsyncSession,
    *,
    agency_id: UUID,
    summary: str,
    can: Sequence[str],
    cannot: Sequence[str],
    holds: Sequence[str],
    needs: Sequence[str],
    powers: Sequence[str],
    typical_wait: str,
    reviewed_on: date,
    by: Actor,
    at: datetime,
) -> RoleCard:
    """Writes an agency's role card, or writes it anew."""
    card = await session.merge(
        RoleCard(
            agency_id=agency_id,
            summary=summary,
            can=list(can),
            cannot=list(cannot),
            holds=list(holds),
            needs=list(needs),
            powers=list(powers),
            typical_wait=typical_wait,
            reviewed_on=reviewed_on,
        )
    )
    await session.flush()
    await record(session, Kind.role_card_written, by=by, at=at, agency=agency_id)
    return card


async def add_worker(session: AsyncSession, worker: Worker, *, by: Actor, at: datetime) -> Worker:
    """Adds a worker's account. Raises Conflict when the address is in use."""
    if await queries.worker_by_email(session, worker.email) is not None:
        raise Conflict("Another worker has this email address.")
    session.add(worker)
    await session.flush()
    await record(session, Kind.worker_added, by=by, at=at, subject=worker, agency=worker.agency_id)
    return worker


async def set_password(
    session: AsyncSession, worker: Worker, *, password_hash: str, keep: UUID | None, by: Actor, at: datetime
) -> None:
    """Sets a password and ends every other session of the worker; `keep` is the session that may go on."""
    worker.password_hash = password_hash
    worker.password_set_at = at
    for live in await queries.live_sessions(session, worker.id, at):
        if live.id != keep:
            live.revoked_at = at
    await record(session, Kind.worker_password_set, by=by, at=at, subject=worker)


async def end_account(session: AsyncSession, worker: Worker, *, by: Actor, at: datetime) -> None:
    """Ends an account and every session of it. Whether anything is still theirs is asked by `handovers.let_go`."""
    if worker.ended_at is not None and worker.ended_at <= at:
        raise Conflict("This account has ended already.")
    worker.ended_at = at
    for live in await queries.live_sessions(session, worker.id, at):
        live.revoked_at = at
    await record(session, Kind.worker_let_go, by=by, at=at, subject=worker, worker=worker.id)


async def change_agency(session: AsyncSession, worker: Worker, *, agency_id: UUID, by: Actor, at: datetime) -> None:
    """Moves an account to another agency and ends its sessions; `handovers.move` asks what is still theirs."""
    worker.agency_id = agency_id
    for live in await queries.live_sessions(session, worker.id, at):
        live.revoked_at = at
    await record(session, Kind.worker_moved, by=by, at=at, subject=worker, worker=worker.id, agency=agency_id)


async def change_roles(
    session: AsyncSession, worker: Worker, *, roles: Sequence[str], reason: str, by: Viewer, at: datetime
) -> RoleChange:
    """Gives an account other roles. Its next request has them, and its open pages ask again what they may see.

    Whether these roles may be given, and what the worker still holds, is asked by `roles.changes`.
    """
    before = set(worker.roles)
    given = [role for role in roles if role not in before]
    taken = [role for role in worker.roles if role not in roles]
    if not given and not taken:
        raise Conflict("These are the roles already.")
    worker.roles = list(roles)
    changed = RoleChange(
        worker_id=worker.id, given=given, taken=taken, reason=reason, changed_by=by.worker_id, changed_at=at
    )
    session.add(changed)
    await session.flush()
    await record(
        session,
        Kind.worker_roles_changed,
        by=by,
        at=at,
        subject=changed,
        worker=worker.id,
        given=given,
        taken=taken,
    )
    return changed


async def sign_in(
    session: AsyncSession,
    worker: Worker,
    *,
    method: str,
    account: str,
    browser: str,
    limit: int = rules.LIVE_SESSIONS,
    by: Actor,
    at: datetime,
) -> tuple[str, SignInSession]:
    """Opens a session and returns the cookie's token with it. The oldest sessions beyond `limit` are ended."""
    live = await queries.live_sessions(session, worker.id, at)
    for old in live[limit - 1 :]:
        old.revoked_at = at
    token = secrets.token_urlsafe(TOKEN_BYTES)
    opened = SignInSession(
        token_digest=queries.digest(token),
        worker_id=worker.id,
        created_at=at,
        last_seen_at=at,
        method=method,
        ip_prefix=by.ip_prefix,
        browser=browser[:200],
    )
    session.add(opened)
    session.add(SignInTry(account=account, ip_prefix=by.ip_prefix, succeeded=True, at=at))
    await session.flush()
    await record(session, Kind.worker_signed_in, by=by, at=at, subject=worker, method=method, session=opened.id)
    return token, opened


async def refuse_sign_in(session: AsyncSession, *, account: str, by: Actor, at: datetime) -> None:
    """Remembers a try in vain."""
    session.add(SignInTry(account=account, ip_prefix=by.ip_prefix, succeeded=False, at=at))
    await record(session, Kind.worker_refused, by=by, at=at)


async def end_session(session: AsyncSession, ended: SignInSession, *, by: Actor, at: datetime) -> None:
    """Ends one session; the next request with its cookie meets the sign-in page, and its live stream closes."""
    ended.revoked_at = at
    own = ended.id.hex[:12] == by.session_mark
    await record(session, Kind.worker_signed_out if own else Kind.worker_session_ended, by=by, at=at, session=ended.id)


async def add_system(
    session: AsyncSession, *, agency_id: UUID, name: str, by: Actor, at: datetime
) -> tuple[SendingSystem, str]:
    """Lets a system of an agency send referrals. Returns it with its first secret, which is shown only now."""
    if await queries.system_by_name(session, name) is not None:
        raise Conflict(f"A system named {name} exists. Choose another name, or rotate its key.")
    added = SendingSystem(
        id=new_id(), source="src_" + secrets.token_hex(8), name=name, agency_id=agency_id, created_at=at
    )
    session.add(added)
    await session.flush()
    secret = _add_key(session, added, at)
    await record(session, Kind.system_added, by=by, at=at, subject=added, agency=agency_id)
    return added, secret


async def rotate_key(session: AsyncSession, system: SendingSystem, *, by: Actor, at: datetime) -> str:
    """Makes a new secret. The old one goes on working for thirty days, so that no referral is lost in between."""
    for key in await queries.live_keys(session, system.id, at):
        key.expires_at = min(key.expires_at or at + KEY_OVERLAP, at + KEY_OVERLAP)
    secret = _add_key(session, system, at)
    await record(session, Kind.system_key_made, by=by, at=at, subject=system)
    return secret


def _add_key(session: AsyncSession, system: SendingSystem, at: datetime) -> str:
    material = secrets.token_bytes(SECRET_BYTES)
    key_id = new_id()
    session.add(
        SystemKey(
            id=key_id,
            system_id=system.id,
            kind="v1",
            created_at=at,
            material=seal(material, belongs_to=f"system_key|{key_id}"),
        )
    )
    return "whsec_" + base64.b64encode(material).decode()


async def suspend_system(session: AsyncSession, system: SendingSystem, *, by: Actor, at: datetime) -> None:
    """Stops a system for now; what it sends is answered 403 and can be sent again later."""
    system.suspended_at = at
    await record(session, Kind.system_suspended, by=by, at=at, subject=system)


async def resume_system(session: AsyncSession, system: SendingSystem, *, by: Actor, at: datetime) -> None:
    system.suspended_at = None
    await record(session, Kind.system_resumed, by=by, at=at, subject=system)
