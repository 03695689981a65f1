"""Setting what a kind of conference asks for."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import check_reason
from hub.conference_kinds import queries
from hub.conference_kinds.rules import KindRules, catalogue, check_rules
from hub.conference_kinds.tables import ConferenceKindVersion
from hub.events.changes import record
from hub.events.rules import Actor, Kind


async def set_kind(
    session: AsyncSession, rules: KindRules, *, because: str, known: Collection[str], by: Actor, at: datetime
) -> ConferenceKindVersion:
    """Writes a new version of a kind, or a new kind; the one before stays to be read.

    The version of the catalogue is written down first, so that the history begins with what was replaced.
    """
    check_rules(rules, known)
    check_reason(because, field="because")
    before = await queries.current(session, rules.code)
    start = next((kind for kind in catalogue() if kind.code == rules.code), None)
    if before is None and start is not None:
        before = await _write(session, start, version=1, because="As every partnership begins", by=None, at=at)
    if before is not None:
        before.replaced_at = at
        await session.flush()
    version = before.version + 1 if before else 1
    made = await _write(session, rules, version=version, because=because, by=by, at=at)
    if before is not None:
        made.place = before.place
    await record(session, Kind.conference_kind_set, by=by, at=at, subject=made, kind_of=rules.code, version=version)
    return made


async def _write(
    session: AsyncSession, rules: KindRules, *, version: int, because: str, by: Actor | None, at: datetime
) -> ConferenceKindVersion:
    order = [kind.code for kind in catalogue()]
    place = order.index(rules.code) if rules.code in order else await queries.places(session) + 1
    told: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rules).items()
    }
    row = ConferenceKindVersion(
        **told, version=version, place=place, because=because, set_by=by.worker_id if by else None, set_at=at
    )
    session.add(row)
    await session.flush()
    return row
