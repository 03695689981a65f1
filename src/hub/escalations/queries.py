"""Asking for disagreements: every agency of the circle sees them, because they are the circle's business."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.queries import SharedCase
from hub.cases.tables import Case
from hub.clashes.queries import access_clash, parts
from hub.conferences.queries import of_case as conferences_of
from hub.conferences.rules import ConferenceState
from hub.decisions.queries import access_decision
from hub.errors import NotFound
from hub.escalations.rules import About
from hub.escalations.tables import Escalation, EscalationStep
from hub.ids import from_ref
from hub.requests.queries import access_request
from hub.sharing import scope
from hub.sharing.rules import Viewer


async def access_escalation(session: AsyncSession, viewer: Viewer, escalation_ref: str) -> Escalation:
    found = await session.scalar(
        select(Escalation).where(
            Escalation.id == from_ref(escalation_ref), scope.case_opens(viewer, Escalation.case_id)
        )
    )
    if found is None:
        raise NotFound
    return found


async def lock(session: AsyncSession, escalation_id: UUID) -> Escalation:
    """The disagreement as it stands now, held until the transaction ends."""
    found = await session.scalar(
        select(Escalation)
        .where(Escalation.id == escalation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


async def steps(session: AsyncSession, escalation_ids: Collection[UUID]) -> dict[UUID, list[EscalationStep]]:
    """The steps of several disagreements in their order."""
    found: dict[UUID, list[EscalationStep]] = defaultdict(list)
    if escalation_ids:
        for row in await session.scalars(
            select(EscalationStep)
            .where(EscalationStep.escalation_id.in_(escalation_ids))
            .order_by(EscalationStep.step)
            .execution_options(populate_existing=True)
        ):
            found[row.escalation_id].append(row)
    return found


async def of_case(session: AsyncSession, case_id: UUID) -> Sequence[Escalation]:
    """A case's disagreements, open ones first. The caller has asked for the case."""
    return (
        await session.scalars(
            select(Escalation)
            .where(Escalation.case_id == case_id)
            .order_by(Escalation.ended_at.desc().nulls_first(), Escalation.raised_at.desc())
        )
    ).all()


async def agencies_at_issue(
    session: AsyncSession, viewer: Viewer, shared: SharedCase, about: About, about_ref: str
) -> tuple[UUID, list[UUID]]:
    """What a disagreement is about, and the other agencies that it touches. Raises NotFound when it is not of this
    case, or not for this worker."""
    case_id: UUID | None = None
    match about:
        case About.decision:
            decision = await access_decision(session, viewer, about_ref)
            found, case_id, touched = decision.id, decision.case_id, [one.id for one in shared.circle]
        case About.request:
            seen = await access_request(session, viewer, about_ref)
            found, case_id = seen.request.id, seen.request.case_id
            touched = [seen.request.agency_id, *(one.asked.agency_id for one in seen.asked)]
        case About.clash:
            clash = await access_clash(session, viewer, about_ref)
            made_of = (await parts(session, [clash.id]))[clash.id]
            found, touched = clash.id, [one.agency_id for one in made_of]
            case_id = shared.id if shared.id in {one.case_id for one in made_of} else None
        case About.lane:
            found, case_id = from_ref(about_ref), shared.id
            touched = [found]
    inside = {one.id for one in shared.circle}
    others = [one for one in dict.fromkeys(touched) if one != viewer.agency_id and one in inside]
    if case_id != shared.id or (about is About.lane and found not in inside):
        raise NotFound
    return found, others


async def chair_for(session: AsyncSession, case_id: UUID, sides: Collection[UUID]) -> UUID | None:
    """Who has chaired this case's conferences, or will, and is of neither side."""
    chairs = [one.chair_id for one in await conferences_of(session, case_id) if one.state != ConferenceState.cancelled]
    return next((chair for chair in chairs if chair not in sides), None)


def _mine(viewer: Viewer) -> Any:
    """A step that waits for the viewer: they answer for a side, or chair. One who has proposed a plan waits himself."""
    answers = or_(
        and_(
            EscalationStep.raiser_id == viewer.worker_id,
            or_(EscalationStep.proposed_agency_id.is_(None), EscalationStep.proposed_agency_id != Escalation.agency_id),
        ),
        and_(
            EscalationStep.other_id == viewer.worker_id,
            or_(
                EscalationStep.proposed_agency_id.is_(None),
                EscalationStep.proposed_agency_id != Escalation.other_agency_id,
            ),
        ),
        EscalationStep.chair_id == viewer.worker_id,
    )
    return and_(
        EscalationStep.ended_at.is_(None),
        answers,
        scope.case_opens(viewer, Escalation.case_id),
        exists().where(Case.id == Escalation.case_id, Case.closed_at.is_(None)),
    )


def count_waiting(viewer: Viewer) -> Any:
    """How many steps wait for this worker, to be added to other counts in one query."""
    return (
        select(func.count())
        .select_from(EscalationStep)
        .join(Escalation, Escalation.id == EscalationStep.escalation_id)
        .where(_mine(viewer))
        .scalar_subquery()
    )


async def waiting_for(session: AsyncSession, viewer: Viewer) -> list[tuple[Escalation, EscalationStep]]:
    """The steps that wait for this worker, by their clock."""
    rows = await session.execute(
        select(Escalation, EscalationStep)
        .join(EscalationStep, EscalationStep.escalation_id == Escalation.id)
        .where(_mine(viewer))
        .order_by(EscalationStep.due_at)
    )
    return [(row[0], row[1]) for row in rows]


async def claim_due(session: AsyncSession, at: datetime) -> Escalation | None:
    """One disagreement whose step has run out of time, held until the transaction ends; others take others."""
    return await session.scalar(
        select(Escalation)
        .join(Case, Case.id == Escalation.case_id)
        .where(
            Escalation.due_at <= at,
            Escalation.ended_at.is_(None),
            Escalation.told_late_at.is_(None),
            Case.closed_at.is_(None),
        )
        .order_by(Escalation.due_at)
        .limit(1)
        .with_for_update(of=Escalation, skip_locked=True)
        .execution_options(populate_existing=True)
    )
