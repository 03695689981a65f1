"""Writing the ledger."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.events.leaves import leaf_of
from hub.events.rules import LOOKS, Actor, Kind
from hub.events.tables import Event

WRITTEN = "written"
"""How many entries this session has made."""


async def record(
    session: AsyncSession,
    kind: Kind,
    /,
    *,
    by: Actor,
    at: datetime,
    case_id: UUID | None = None,
    person_id: UUID | None = None,
    referral_id: UUID | None = None,
    subject: Any = None,
    only_agencies: Collection[UUID] | None = None,
    **facts: Any,
) -> Event:
    """Writes down that this happened, in the transaction in which it happens, exactly once.

    `subject` is the row that it is about; `facts` are codes, identities and field names. Every public function of
    every changes.py calls this once; a page that shows something about somebody calls it for the look.
    """
    event = Event(
        kind=kind.value,
        at=at,
        worker_id=by.worker_id,
        agency_id=by.agency_id,
        system_id=by.system_id,
        roles=" ".join(sorted(by.roles)),
        case_id=case_id,
        person_id=person_id,
        referral_id=referral_id,
        subject_type=subject.__tablename__ if subject is not None else "",
        subject_id=subject.id if subject is not None else None,
        only_agencies=list(only_agencies) if only_agencies is not None else None,
        facts={name: _plain(value) for name, value in facts.items() if value is not None},
        request_id=by.request_id,
        ip_prefix=by.ip_prefix,
        session_mark=by.session_mark,
        audible=kind not in LOOKS and not kind.value.startswith(("envelope:", "worker:", "notice:")),
    )
    event.leaf = leaf_of(event)
    session.info[WRITTEN] = session.info.get(WRITTEN, 0) + 1
    session.add(event)
    return event


def _plain(value: Any) -> Any:
    if isinstance(value, UUID | datetime):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value
