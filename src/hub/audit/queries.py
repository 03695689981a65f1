"""Asking who has looked. Lists such as the board are in the ledger too; here stand the looks at one case or person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, cast, func, literal, not_, or_, select, union
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from hub.audit.rules import CLOSES, OPENS, Look
from hub.cases.tables import Accountability
from hub.events.rules import LOOKS, Kind
from hub.events.tables import Event
from hub.sharing.rules import Viewer
from hub.sharing.tables import CircleSeat
from hub.workdays import holidays_between

LOOK_KINDS = sorted(kind.value for kind in LOOKS)
FINDING = (
    Kind.search_made.value,
    Kind.family_viewed.value,
    Kind.week_viewed.value,
    Kind.month_viewed.value,
    Kind.year_viewed.value,
)
"""Looks that name the people they showed one by one."""
PAGE = 40


@dataclass(frozen=True)
class Asked:
    """Which looks are asked for. Empty answers ask for all."""

    agency_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None
    unusual: bool = False
    page: int = 1


def _shows(people: Collection[UUID]) -> ColumnElement[bool]:
    """The look named one of these people among those it showed."""
    found = Event.facts["ids"]
    return and_(
        Event.kind.in_(FINDING),
        or_(*(found.contains(cast([str(person)], JSONB)) for person in people)),
    )


def _at_case(case_id: UUID, people: Collection[UUID]) -> ColumnElement[bool]:
    at_it = and_(Event.case_id == case_id, Event.kind.in_(LOOK_KINDS))
    if not people:
        return at_it
    return or_(at_it, and_(_shows(people), Event.kind == Kind.search_made.value))


def _at_person(person_id: UUID) -> ColumnElement[bool]:
    return or_(and_(Event.person_id == person_id, Event.kind.in_(LOOK_KINDS)), _shows([person_id]))


def _outside_hours(earliest: datetime, latest: datetime) -> ColumnElement[bool]:
    here = func.timezone("Europe/London", Event.at)
    off = holidays_between(earliest.date(), latest.date())
    return or_(
        func.extract("isodow", here) > 5,
        func.extract("hour", here) < OPENS,
        func.extract("hour", here) >= CLOSES,
        func.date(here).in_(off) if off else literal(False),
    )


async def _agencies_of(session: AsyncSession, cases: Collection[UUID]) -> tuple[set[UUID], set[UUID]]:
    """The agencies that stand around some cases now, and all that ever stood there."""
    rows = (
        await session.execute(select(CircleSeat.agency_id, CircleSeat.left_at).where(CircleSeat.case_id.in_(cases)))
    ).all()
    return {row.agency_id for row in rows if row.left_at is None}, {row.agency_id for row in rows}


async def _with_something_to_do(session: AsyncSession, cases: Collection[UUID]) -> set[UUID]:
    """The workers who did something in these cases, answer or answered for something, or are the one to ring."""
    did = select(Event.worker_id).where(
        Event.case_id.in_(cases), not_(Event.kind.in_(LOOK_KINDS)), Event.worker_id.is_not(None)
    )
    answered = select(Accountability.worker_id).where(Accountability.case_id.in_(cases))
    rung = select(CircleSeat.contact_id).where(CircleSeat.case_id.in_(cases), CircleSeat.contact_id.is_not(None))
    return set(await session.scalars(union(did, answered, rung)))


async def looks_at_case(
    session: AsyncSession, viewer: Viewer, case_id: UUID, people: Collection[UUID], asked: Asked, *, at: datetime
) -> tuple[list[Look], int]:
    """A page of the looks at a case, the newest first, and how many lines there are. The caller has asked for it."""
    return await _looks(session, viewer, _at_case(case_id, people), [case_id], asked, at)


async def looks_at_person(
    session: AsyncSession, viewer: Viewer, person_id: UUID, cases: Collection[UUID], asked: Asked, *, at: datetime
) -> tuple[list[Look], int]:
    """The same for a person; `cases` are those through which the viewer knows them."""
    return await _looks(session, viewer, _at_person(person_id), cases, asked, at)


async def _looks(
    session: AsyncSession,
    viewer: Viewer,
    about: ColumnElement[bool],
    cases: Collection[UUID],
    asked: Asked,
    at: datetime,
) -> tuple[list[Look], int]:
    around, known = await _agencies_of(session, cases)
    involved = await _with_something_to_do(session, cases)
    chosen = [
        about,
        Event.worker_id.is_not(None),
        # That another agency knows somebody through a case which the reader may not see is not told here either.
        Event.agency_id.in_(known | {viewer.agency_id}),
        or_(Event.only_agencies.is_(None), Event.only_agencies.contains([viewer.agency_id])),
    ]
    if asked.agency_id is not None:
        chosen.append(Event.agency_id == asked.agency_id)
    if asked.start is not None:
        chosen.append(Event.at >= asked.start)
    if asked.end is not None:
        chosen.append(Event.at < asked.end)
    earliest = await session.scalar(select(func.min(Event.at)).where(*chosen)) or at
    day = func.date(func.timezone("Europe/London", Event.at)).label("day")
    page = func.coalesce(Event.facts["page"].astext, "").label("page")
    marks: dict[str, Any] = {
        "outside_circle": Event.agency_id.not_in(around),
        "outside_hours": _outside_hours(earliest, at),
        "nothing_to_do": Event.worker_id.not_in(involved),
    }
    each = (
        select(
            Event.worker_id,
            Event.agency_id,
            Event.kind,
            Event.at,
            day,
            page,
            func.coalesce(Event.facts["reason"].astext, "").label("reason"),
            *(mark.label(name) for name, mark in marks.items()),
        )
        .where(*chosen)
        .subquery()
    )
    same = [each.c[name] for name in ("worker_id", "agency_id", "day", "reason", *marks)]
    lines = select(
        *same,
        func.array_agg(each.c.kind + " " + each.c.page).label("opened"),
        func.min(each.c.at).label("first"),
        func.max(each.c.at).label("last"),
    ).group_by(*same)
    if asked.unusual:
        lines = lines.where(or_(*(each.c[name] for name in marks)))
    total = await session.scalar(select(func.count()).select_from(lines.subquery())) or 0
    rows = await session.execute(
        lines.order_by(func.max(each.c.at).desc(), each.c.worker_id).limit(PAGE).offset((asked.page - 1) * PAGE)
    )
    return [
        Look(
            worker_id=row.worker_id,
            agency_id=row.agency_id,
            opened=[tuple(one.split(" ", 1)) for one in row.opened],
            first=row.first,
            last=row.last,
            reason=row.reason,
            **{name: getattr(row, name) for name in marks},
        )
        for row in rows
    ], total
