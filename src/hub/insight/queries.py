"""Figures of the partnership: the same for every partner, over everything, without a name of anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import OPEN_STAGES, Rating, Scheme, Stage
from hub.cases.tables import Case
from hub.clashes.queries import told
from hub.clashes.tables import Clash
from hub.contributions.tables import Contribution
from hub.decisions.rules import Stance
from hub.decisions.tables import BetweenMeetings, Decision, Position
from hub.referrals.tables import Referral
from hub.sharing.tables import CircleSeat

WINDOW = timedelta(days=90)
Shares = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Figures:
    """How the partnership did in the last ninety days."""

    referrals: int
    decided_in_time: int
    decided: int
    open_cases: int
    clashes_found: int
    clashes_answered: int
    decisions: int
    dissents: int
    contributions: Mapping[UUID, int]
    seats: Mapping[UUID, int]
    between: int
    """Decisions made between meetings."""
    between_waiting: int
    """Of all, whenever they were made, those that no conference has answered."""
    between_made: Mapping[UUID, int]
    between_absent: Mapping[UUID, int]


async def figures(session: AsyncSession, *, at: datetime) -> Figures:
    """The figures, each with its formula on the page."""
    since = at - WINDOW
    referrals = (
        await session.execute(
            select(
                func.count(),
                func.count(Referral.decided_at),
                func.count().filter(Referral.decided_at <= Referral.respond_by),
            ).where(Referral.received_at >= since)
        )
    ).one()
    clashes = (
        await session.execute(
            select(func.count(), func.count(Clash.answered_at)).where(
                Clash.found_at >= since, Clash.kept_for.is_(None), told()
            )
        )
    ).one()
    decisions = await session.scalar(select(func.count()).select_from(Decision).where(Decision.decided_at >= since))
    dissents = await session.scalar(
        select(func.count())
        .select_from(Position)
        .where(Position.stated_at >= since, Position.stance == Stance.dissent.value)
    )
    said = await session.execute(
        select(Contribution.agency_id, func.count())
        .where(Contribution.written_at >= since, Contribution.version == 1)
        .group_by(Contribution.agency_id)
    )
    seats = await session.execute(
        select(CircleSeat.agency_id, func.count())
        .join(Case, Case.id == CircleSeat.case_id)
        .where(CircleSeat.left_at.is_(None), Case.closed_at.is_(None))
        .group_by(CircleSeat.agency_id)
    )
    between = (
        await session.execute(
            select(
                func.count().filter(BetweenMeetings.decided_at >= since),
                func.count().filter(BetweenMeetings.settled_at.is_(None)),
            )
        )
    ).one()
    made = await session.execute(
        select(BetweenMeetings.agency_id, func.count())
        .where(BetweenMeetings.decided_at >= since)
        .group_by(BetweenMeetings.agency_id)
    )
    away = select(func.unnest(BetweenMeetings.absent).label("agency_id")).where(BetweenMeetings.decided_at >= since)
    absent = away.subquery()
    not_asked = await session.execute(select(absent.c.agency_id, func.count()).group_by(absent.c.agency_id))
    open_cases = await session.scalar(select(func.count()).select_from(Case).where(Case.closed_at.is_(None)))
    return Figures(
        referrals=referrals[0],
        decided=referrals[1],
        decided_in_time=referrals[2],
        open_cases=open_cases or 0,
        clashes_found=clashes[0],
        clashes_answered=clashes[1],
        decisions=decisions or 0,
        dissents=dissents or 0,
        contributions={row[0]: row[1] for row in said},
        seats={row[0]: row[1] for row in seats},
        between=between[0],
        between_waiting=between[1],
        between_made={row[0]: row[1] for row in made},
        between_absent={row[0]: row[1] for row in not_asked},
    )


async def shares(session: AsyncSession) -> Shares:
    """How all open cases divide, by arrangement, by rating and by stage: each part in its words, the empty ones too."""
    rows = (
        await session.execute(
            select(Case.scheme, Case.rating, Case.stage, func.count())
            .where(Case.closed_at.is_(None))
            .group_by(Case.scheme, Case.rating, Case.stage)
        )
    ).all()
    found: dict[str, dict[str, int]] = {
        "Arrangement": {scheme.label: 0 for scheme in Scheme},
        "Rating": {rating.label: 0 for rating in Rating} | {"Not rated": 0},
        "Stage": {stage.label: 0 for stage in OPEN_STAGES},
    }
    for scheme, rating, stage, count in rows:
        found["Arrangement"][Scheme(scheme).label] += count
        found["Rating"][Rating(rating).label if rating else "Not rated"] += count
        found["Stage"][Stage(stage).label] += count
    return found
