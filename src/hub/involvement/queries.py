"""Asking for every meeting of a family with an agency that a worker may know of."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.interventions.queries import people_of, register
from hub.interventions.tables import Intervention
from hub.involvement.signals import Contact
from hub.sharing.rules import Viewer


async def contacts(
    session: AsyncSession, viewer: Viewer, *, case_ids: Collection[UUID], from_: datetime, until: datetime
) -> list[Contact]:
    """The single times, cancelled ones left out, of what is recorded in these cases, by their start."""
    found = await register(session, viewer, about=Intervention.case_id.in_(case_ids), from_=from_, until=until)
    people = await people_of(session, list(found.interventions))
    return [
        Contact(one.agency_id, one.kind, time.starts_at, frozenset(people.get(one.id, ())))
        for time in found.times
        if not time.cancelled
        for one in (found.interventions[time.intervention_id],)
    ]
