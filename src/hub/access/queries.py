"""Asking for restrictions, guests, and what was opened in an emergency."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.cases.tables import Accountability, Case
from hub.database import beyond_the_wall
from hub.errors import NotFound
from hub.events.rules import Kind
from hub.events.tables import Event
from hub.ids import from_ref
from hub.sharing import scope
from hub.sharing.rules import GrantKind, Part, Restriction, Role, Viewer
from hub.sharing.tables import CaseGrant, CaseRestriction, CircleSeat, RestrictionWorker


async def restrictions(session: AsyncSession, case_id: UUID, person_ids: Collection[UUID]) -> Sequence[CaseRestriction]:
    """The live restrictions of a case and of the people in it. The caller has asked for the case."""
    return (
        await session.scalars(
            select(CaseRestriction)
            .where(
                CaseRestriction.lifted_at.is_(None),
                or_(CaseRestriction.case_id == case_id, CaseRestriction.person_id.in_(person_ids)),
            )
            .order_by(CaseRestriction.set_at)
        )
    ).all()


async def named(session: AsyncSession, restriction_ids: Collection[UUID]) -> dict[UUID, list[RestrictionWorker]]:
    """Whom each of several restrictions names."""
    found: dict[UUID, list[RestrictionWorker]] = defaultdict(list)
    if restriction_ids:
        for row in await session.scalars(
            select(RestrictionWorker).where(
                RestrictionWorker.restriction_id.in_(restriction_ids), RestrictionWorker.ended_at.is_(None)
            )
        ):
            found[row.restriction_id].append(row)
    return found


async def kept_from(
    session: AsyncSession, case_id: UUID, person_ids: Collection[UUID], worker_ids: Collection[UUID]
) -> dict[UUID, CaseRestriction]:
    """Which of several workers a case is kept from, and by what. The caller has asked for the case."""
    if not worker_ids:
        return {}
    live = await restrictions(session, case_id, person_ids)
    told = await named(session, [one.id for one in live])
    found: dict[UUID, CaseRestriction] = {}
    for one in live:
        names = {row.worker_id for row in told[one.id]}
        out = [who for who in worker_ids if (who in names) != Restriction(one.mode).names_who_may]
        found |= dict.fromkeys(out, one)
    return found


async def access_restriction(session: AsyncSession, ref: str) -> CaseRestriction:
    """A live restriction at an address; the caller then asks for its case. Raises NotFound."""
    found = await session.get(CaseRestriction, from_ref(ref))
    if found is None or found.lifted_at is not None:
        raise NotFound
    return found


async def case_to_open(session: AsyncSession, viewer: Viewer, reference: str) -> Case | None:
    """The open or closed case with this spoken reference, unless it is sealed or keeps this worker out."""
    sealed = [mode.value for mode in (Restriction.sealed, Restriction.kept_out)]
    people = (
        select(scope.INVOLVEMENT.c.person_id)
        .where(scope.INVOLVEMENT.c.case_id == Case.id)
        .correlate_except(scope.INVOLVEMENT)
    )
    mine = select(RestrictionWorker.restriction_id).where(
        RestrictionWorker.worker_id == viewer.worker_id, RestrictionWorker.ended_at.is_(None)
    )
    barred = (
        select(CaseRestriction.id)
        .where(
            CaseRestriction.lifted_at.is_(None),
            CaseRestriction.mode.in_(sealed),
            or_(CaseRestriction.case_id == Case.id, CaseRestriction.person_id.in_(people)),
            or_(
                and_(CaseRestriction.mode == Restriction.sealed.value, CaseRestriction.id.not_in(mine)),
                and_(CaseRestriction.mode == Restriction.kept_out.value, CaseRestriction.id.in_(mine)),
            ),
        )
        .exists()
    )
    async with beyond_the_wall(session):  # the worker is outside by nature, and is let in or told nothing
        return await session.scalar(
            select(Case).where(Case.reference == reference, Case.disposed_at.is_(None), not_(barred))
        )


async def restricted(session: AsyncSession, viewer: Viewer, reference: str | None = None) -> Sequence[str]:
    """The references of the open cases that this worker may know to be there, and of which no more; or of one of them."""
    asked = (
        select(Case.reference)
        .where(Case.closed_at.is_(None), Case.disposed_at.is_(None), scope.known_but_restricted(viewer, Case.id))
        .order_by(Case.reference)
    )
    if reference is not None:
        asked = asked.where(Case.reference == reference)
    async with beyond_the_wall(session):  # the case itself is kept from them, and nothing of it but this is read
        return (await session.scalars(asked)).all()


async def guardians(session: AsyncSession, agency_ids: Collection[UUID], at: datetime) -> Sequence[Worker]:
    """The information guardians of several agencies."""
    return (
        await session.scalars(
            select(Worker).where(
                Worker.agency_id.in_(agency_ids),
                Worker.roles.contains([Role.guardian.value]),
                or_(Worker.ended_at.is_(None), Worker.ended_at > at),
            )
        )
    ).all()


async def grants(session: AsyncSession, case_id: UUID) -> Sequence[CaseGrant]:
    """Everybody who was let into a case by name, the newest first. The caller has asked for the case."""
    return (
        await session.scalars(
            select(CaseGrant).where(CaseGrant.case_id == case_id).order_by(CaseGrant.starts_at.desc()).limit(100)
        )
    ).all()


async def grant_by_ref(session: AsyncSession, ref: str) -> CaseGrant:
    """A grant at an address; the caller decides whether this worker may touch it. Raises NotFound."""
    found = await session.get(CaseGrant, from_ref(ref))
    if found is None:
        raise NotFound
    return found


def _for_review(viewer: Viewer) -> ColumnElement[bool]:
    """Openings in an emergency by workers of the viewer's agency, and of cases that their agency leads."""
    ours = select(Worker.id).where(Worker.agency_id == viewer.agency_id)
    led = select(CircleSeat.case_id).where(
        CircleSeat.agency_id == viewer.agency_id, CircleSeat.part == Part.lead.value, CircleSeat.left_at.is_(None)
    )
    return and_(
        CaseGrant.kind == GrantKind.emergency.value,
        CaseGrant.worker_id != viewer.worker_id,
        or_(CaseGrant.worker_id.in_(ours), CaseGrant.case_id.in_(led)),
    )


async def openings(
    session: AsyncSession, viewer: Viewer, *, waiting: bool, limit: int, offset: int = 0
) -> tuple[Sequence[tuple[CaseGrant, Worker, Case]], int]:
    """What was opened in an emergency and falls to this guardian to review: waiting ones by their clock, or reviewed."""
    asked = (
        select(CaseGrant, Worker, Case)
        .join(Worker, Worker.id == CaseGrant.worker_id)
        .join(Case, Case.id == CaseGrant.case_id)
        .where(
            _for_review(viewer),
            CaseGrant.reviewed_at.is_(None) if waiting else CaseGrant.reviewed_at.is_not(None),
        )
    )
    rows = await session.execute(
        asked.order_by(CaseGrant.review_due_at if waiting else CaseGrant.reviewed_at.desc()).limit(limit).offset(offset)
    )
    found = [(row[0], row[1], row[2]) for row in rows]
    total = await session.scalar(
        select(func.count())
        .select_from(CaseGrant)
        .where(
            _for_review(viewer),
            CaseGrant.reviewed_at.is_(None) if waiting else CaseGrant.reviewed_at.is_not(None),
        )
    )
    return found, total or 0


async def opening_to_review(session: AsyncSession, viewer: Viewer, ref: str) -> CaseGrant:
    """An opening that falls to this guardian to review. Raises NotFound."""
    found = await session.scalar(select(CaseGrant).where(CaseGrant.id == from_ref(ref), _for_review(viewer)))
    if found is None:
        raise NotFound
    return found


# --- What waits on those who answer for it ------------------------------------------------------------------------


def _stands(at: Any) -> ColumnElement[bool]:
    """An opening in an emergency that is not over, or that nobody has reviewed yet."""
    open_now = and_(CaseGrant.ended_at.is_(None), CaseGrant.ends_at > at)
    return and_(CaseGrant.kind == GrantKind.emergency.value, or_(open_now, CaseGrant.reviewed_at.is_(None)))


async def standing_emergencies(session: AsyncSession, case_id: UUID, at: datetime) -> Sequence[CaseGrant]:
    """By whom a case is open in an emergency, or was and waits for its review. The caller has asked for the case."""
    asked = select(CaseGrant).where(CaseGrant.case_id == case_id, _stands(at)).order_by(CaseGrant.starts_at.desc())
    return (await session.scalars(asked)).all()


def to_look_at(viewer: Viewer, at: Any) -> Select[Any]:
    """What was opened in an emergency in a case that this worker answers for, until they have looked who was let in."""
    looked = exists().where(
        Event.case_id == CaseGrant.case_id,
        Event.kind == Kind.sharing_viewed.value,
        Event.worker_id == viewer.worker_id,
        Event.at >= CaseGrant.starts_at,
        Event.facts.has_key("let_in"),
    )
    answers = exists().where(
        Accountability.subject_type == "case",
        Accountability.subject_id == CaseGrant.case_id,
        Accountability.worker_id == viewer.worker_id,
        Accountability.ended_at.is_(None),
    )
    return select(CaseGrant).where(
        _stands(at),
        CaseGrant.worker_id != viewer.worker_id,
        answers,
        not_(looked),
        scope.case_opens(viewer, CaseGrant.case_id),
    )


def to_review(viewer: Viewer) -> Select[Any]:
    """What was opened in an emergency and waits for this worker's review: for nobody but a guardian."""
    guards = true() if Role.guardian in viewer.roles else false()
    return select(CaseGrant).where(guards, _for_review(viewer), CaseGrant.reviewed_at.is_(None))


def count_emergencies(viewer: Viewer, at: Any) -> Any:
    """How many of both there are, to be added to other counts in one query."""
    both = (to_look_at(viewer, at), to_review(viewer))
    look, review = (select(func.count()).select_from(one.subquery()).scalar_subquery() for one in both)
    return look + review
