"""Seeing to it that no look goes unwritten: what a request opened is noted, and one that wrote nothing is written down.

A page that is built around a look writes it itself, with what was looked at. Forms and small pages show whose they
are as well; for them the frame of every page asks here, before the transaction commits, so that a page that somebody
adds tomorrow cannot forget it (DPA 2018 s.62: consultation is logged).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.changes import WRITTEN, record
from hub.events.rules import Actor, Kind

OPENED = "opened"


@dataclass(frozen=True)
class Opened:
    """Whom a request showed something about."""

    case_id: UUID | None = None
    person_id: UUID | None = None
    referral_id: UUID | None = None


def note_opened(
    session: AsyncSession,
    *,
    case_id: UUID | None = None,
    person_id: UUID | None = None,
    referral_id: UUID | None = None,
) -> None:
    """Notes that this request opened a case, a person or a referral. Every door that lets somebody in calls it."""
    session.info.setdefault(OPENED, Opened(case_id, person_id, referral_id))


async def write_silent_look(session: AsyncSession, *, page: str, by: Actor, at: datetime) -> None:
    """Writes the look of a request that opened something and wrote nothing; `page` is the route, never the address."""
    opened: Opened | None = session.info.pop(OPENED, None)
    if opened is None or session.info.pop(WRITTEN, 0):
        return
    await record(
        session,
        Kind.page_viewed,
        by=by,
        at=at,
        case_id=opened.case_id,
        person_id=opened.person_id,
        referral_id=opened.referral_id,
        page=page,
    )
