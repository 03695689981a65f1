"""Asking about what agencies' systems and files tell: what is held of it, what waits, and whose cases and people they are."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.cases.tables import Case
from hub.errors import NotFound
from hub.ids import from_ref
from hub.interventions.queries import apart_of, people_of, places_of
from hub.interventions.tables import Intervention, InterventionImport, InterventionPlace, UnplacedIntervention
from hub.people.tables import Identifier, Involvement
from hub.sharing import scope
from hub.sharing.rules import Viewer


async def open_cases_of(session: AsyncSession, person_ids: Collection[UUID], agency_id: UUID) -> Sequence[UUID]:
    """The open cases in which an agency sits and of which all these people are part."""
    wanted = set(person_ids)
    return (
        await session.scalars(
            select(Case.id)
            .join(Involvement, Involvement.case_id == Case.id)
            .where(
                Case.closed_at.is_(None),
                scope.agency_seated(agency_id, Case.id),
                Involvement.person_id.in_(wanted),
            )
            .group_by(Case.id)
            .having(func.count(Involvement.person_id.distinct()) == len(wanted))
            .order_by(Case.id)
        )
    ).all()


async def pushed(session: AsyncSession, system_id: UUID, their_reference: str) -> Intervention | None:
    """What a sending system calls by this reference, held until the transaction ends."""
    return await session.scalar(
        select(Intervention)
        .where(Intervention.system_id == system_id, Intervention.their_reference == their_reference)
        .with_for_update()
    )


async def imported(session: AsyncSession, agency_id: UUID, references: Collection[str]) -> dict[str, Intervention]:
    """What an agency has brought in from files under these references."""
    rows = await session.scalars(
        select(Intervention).where(
            Intervention.agency_id == agency_id,
            Intervention.system_id.is_(None),
            Intervention.their_reference.in_(references),
        )
    )
    return {row.their_reference: row for row in rows}


async def unplaced_by_reference(
    session: AsyncSession, system_id: UUID, their_reference: str
) -> UnplacedIntervention | None:
    return await session.scalar(
        select(UnplacedIntervention)
        .where(UnplacedIntervention.system_id == system_id, UnplacedIntervention.their_reference == their_reference)
        .with_for_update()
    )


async def unplaced(
    session: AsyncSession, agency_id: UUID, *, limit: int, offset: int
) -> tuple[Sequence[UnplacedIntervention], int]:
    """A page of what an agency's systems sent and nobody has placed, the oldest first, and how many there are."""
    chosen = and_(UnplacedIntervention.agency_id == agency_id, UnplacedIntervention.settled_at.is_(None))
    total = await session.scalar(select(func.count()).select_from(UnplacedIntervention).where(chosen))
    rows = await session.scalars(
        select(UnplacedIntervention)
        .where(chosen)
        .order_by(UnplacedIntervention.received_at, UnplacedIntervention.id)
        .limit(limit)
        .offset(offset)
    )
    return rows.all(), total or 0


async def access_unplaced(session: AsyncSession, viewer: Viewer, ref: str) -> UnplacedIntervention:
    """One that the viewer's own agency sent, held until the transaction ends. Raises NotFound."""
    found = await session.scalar(
        select(UnplacedIntervention)
        .where(UnplacedIntervention.id == from_ref(ref), UnplacedIntervention.agency_id == viewer.agency_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found


async def access_file(session: AsyncSession, viewer: Viewer, ref: str) -> InterventionImport:
    """A file that the viewer brought in to be looked at, held until the transaction ends. Raises NotFound."""
    found = await session.scalar(
        select(InterventionImport)
        .where(
            InterventionImport.id == from_ref(ref),
            InterventionImport.agency_id == viewer.agency_id,
            InterventionImport.made_by == viewer.worker_id,
            InterventionImport.forgotten_at.is_(None),
        )
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found


def forgetting_files(before: datetime, at: datetime) -> Any:
    """Empties the files from before a moment; gives a row for each."""
    return (
        update(InterventionImport)
        .where(InterventionImport.forgotten_at.is_(None), InterventionImport.made_at < before)
        .values(content="", forgotten_at=at)
        .returning(InterventionImport.id)
    )


async def own_open_cases(session: AsyncSession, viewer: Viewer) -> dict[str, UUID]:
    """The open cases in which the viewer's agency sits and which open to them, by reference."""
    rows = await session.execute(
        select(Case.reference, Case.id).where(
            Case.closed_at.is_(None),
            scope.agency_seated(viewer.agency_id, Case.id),
            scope.case_opens(viewer, Case.id),
        )
    )
    return {reference: case_id for reference, case_id in rows}  # noqa: C416 - rows are not pairs to mypy


async def numbered(session: AsyncSession, person_ids: Collection[UUID], numbers: Collection[str]) -> dict[str, UUID]:
    """Who of some people bears each of some numbers; a number that two of them bear is nobody's."""
    rows = await session.execute(
        select(Identifier.canonical, Identifier.person_id).where(
            Identifier.person_id.in_(person_ids), Identifier.canonical.in_(numbers), Identifier.valid
        )
    )
    found: dict[str, set[UUID]] = defaultdict(set)
    for number, person_id in rows:
        found[number].add(person_id)
    return {number: next(iter(people)) for number, people in found.items() if len(people) == 1}


@dataclass(frozen=True)
class Around:
    """What stands around several interventions: whom each is for, whom it keeps apart, and where they must not go."""

    people: dict[UUID, set[UUID]]
    apart: dict[UUID, list[tuple[UUID, UUID]]]
    places: dict[UUID, list[InterventionPlace]]


async def around(session: AsyncSession, ids: Collection[UUID]) -> Around:
    return Around(await people_of(session, ids), await apart_of(session, ids), await places_of(session, ids))


async def colleagues(session: AsyncSession, agency_id: UUID) -> dict[str, UUID]:
    """Who works for an agency, by the address in small letters."""
    rows = await session.execute(
        select(Worker.email, Worker.id).where(Worker.agency_id == agency_id, Worker.ended_at.is_(None))
    )
    return {email.lower(): worker_id for email, worker_id in rows}
