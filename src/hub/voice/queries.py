"""Asking for the family's own words. The caller has asked for the case."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.queries import before_closing
from hub.people.tables import Involvement
from hub.voice.rules import WITHIN, Asking, Topic, asked_already
from hub.voice.tables import ToldOf, Voice


async def voices(session: AsyncSession, case_id: UUID) -> dict[UUID, list[Voice]]:
    """Everything that the people of a case said, by person, the newest first."""
    found: dict[UUID, list[Voice]] = defaultdict(list)
    for row in await session.scalars(
        select(Voice).where(Voice.case_id == case_id).order_by(Voice.asked_on.desc(), Voice.written_at.desc())
    ):
        found[row.person_id].append(row)
    return found


async def latest(session: AsyncSession, case_id: UUID) -> dict[UUID, Voice]:
    """The newest own words of each person of a case; where there are only reasons why not, the newest of those."""
    rows = await session.scalars(
        select(Voice)
        .where(Voice.case_id == case_id)
        .order_by(Voice.person_id, Voice.words == "", Voice.asked_on.desc(), Voice.written_at.desc())
        .ext(distinct_on(Voice.person_id))
    )
    return {row.person_id: row for row in rows}


async def told(session: AsyncSession, case_id: UUID) -> dict[UUID, list[ToldOf]]:
    """What the people of a case were told, by person, the newest first."""
    found: dict[UUID, list[ToldOf]] = defaultdict(list)
    for row in await session.scalars(
        select(ToldOf).where(ToldOf.case_id == case_id).order_by(ToldOf.told_on.desc(), ToldOf.written_at.desc())
    ):
        found[row.person_id].append(row)
    return found


async def asked_often(session: AsyncSession, case_id: UUID, today: date) -> dict[tuple[UUID, Topic], set[UUID]]:
    """What three agencies or more have asked somebody of this case within thirty days, in this case."""
    rows: Sequence[Voice] = (
        await session.scalars(select(Voice).where(Voice.case_id == case_id, Voice.asked_on >= today - WITHIN))
    ).all()
    askings = [Asking(row.person_id, Topic(row.topic), row.agency_id, row.asked_on) for row in rows]
    return asked_already(askings, today)


@before_closing
async def nobody_was_heard(session: AsyncSession, case_id: UUID) -> str:
    """What is missing before a case can close: somebody's own words, or why there are none."""
    heard = await session.scalar(select(exists().where(Voice.case_id == case_id)))
    somebody = await session.scalar(select(exists().where(Involvement.case_id == case_id)))
    if heard or not somebody:
        return ""
    return "Before closing, write down what the family wants in their own words, or say why there are none"
