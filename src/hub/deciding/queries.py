"""What waits for an agency's position, and which dissents wait for whose answer."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.agencies.tables import Worker
from hub.cases.tables import Accountability
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference, Invitee
from hub.decisions.rules import Stance
from hub.decisions.tables import BetweenMeetings, Decision, DissentAnswer, Position
from hub.sharing import scope
from hub.sharing.rules import Viewer
from hub.sharing.tables import CircleSeat

Chair = aliased(Worker)


def positions_to_state(viewer: Viewer) -> Select[Any]:
    """Decisions on which the viewer's agency has not said where it stands, when they are the one who is asked.

    Asked is the agency's person to ring, or its team leaders where nobody is named. A conference that is being held
    waits for those invited; a decision between meetings waits for everybody in the circle until a conference has
    answered it.
    """
    standing = select(Position.id).where(
        Position.decision_id == Decision.id,
        Position.agency_id == viewer.agency_id,
        Position.superseded_at.is_(None),
    )
    asked = exists().where(
        CircleSeat.case_id == Decision.case_id,
        CircleSeat.agency_id == viewer.agency_id,
        CircleSeat.left_at.is_(None),
        CircleSeat.admitted_at <= Decision.decided_at,
        or_(
            CircleSeat.contact_id == viewer.worker_id,
            and_(CircleSeat.contact_id.is_(None), viewer.is_leader),
        ),
    )
    in_the_room = and_(
        Conference.state == ConferenceState.open.value,
        exists().where(Invitee.conference_id == Conference.id, Invitee.agency_id == viewer.agency_id),
        ~standing.exists(),
    )
    between = and_(
        BetweenMeetings.settled_at.is_(None),
        ~standing.where(Position.stance != Stance.not_consulted.value).exists(),
    )
    return (
        select(Decision)
        .outerjoin(Conference, Conference.id == Decision.conference_id)
        .outerjoin(BetweenMeetings, BetweenMeetings.decision_id == Decision.id)
        .where(or_(in_the_room, and_(BetweenMeetings.id.is_not(None), between)))
        .where(asked, scope.case_opens(viewer, Decision.case_id))
    )


def _owner() -> Any:
    """Who answers a dissent: the chair of the conference, else (or when they have left) whoever answers for the case."""
    return func.coalesce(Chair.id, Accountability.worker_id)


def _with_owner(asked: Select[Any]) -> Select[Any]:
    return (
        asked.select_from(Position)
        .join(Decision, Decision.id == Position.decision_id)
        .outerjoin(Conference, Conference.id == Decision.conference_id)
        .outerjoin(Chair, and_(Chair.id == Conference.chair_id, Chair.ended_at.is_(None)))
        .outerjoin(
            Accountability,
            and_(
                Accountability.subject_type == "case",
                Accountability.subject_id == Decision.case_id,
                Accountability.ended_at.is_(None),
            ),
        )
    )


def dissents_to_answer(viewer: Viewer) -> Select[Any]:
    """The dissents that wait for the viewer's answer, each with its decision."""
    return _with_owner(select(Position, Decision)).where(
        Position.stance == Stance.dissent.value,
        Position.superseded_at.is_(None),
        ~exists().where(DissentAnswer.position_id == Position.id),
        _owner() == viewer.worker_id,
        scope.case_opens(viewer, Decision.case_id),
    )


async def owners(session: AsyncSession, dissent_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """By dissent, the worker from whom an answer is awaited; one for whom nobody answers is left out."""
    if not dissent_ids:
        return {}
    rows: Any = await session.execute(_with_owner(select(Position.id, _owner())).where(Position.id.in_(dissent_ids)))
    return {row[0]: row[1] for row in rows if row[1] is not None}


async def waiting(session: AsyncSession, viewer: Viewer) -> tuple[list[Decision], list[tuple[Position, Decision]]]:
    """Both, the oldest first."""
    to_state = await session.scalars(positions_to_state(viewer).order_by(Decision.decided_at))
    to_answer: Any = await session.execute(dissents_to_answer(viewer).order_by(Position.stated_at))
    return list(to_state), [(position, decision) for position, decision in to_answer]
