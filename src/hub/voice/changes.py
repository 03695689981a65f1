"""Writing down what somebody said, and what they were told."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.london import london
from hub.sharing.rules import Viewer
from hub.voice.rules import Topic, WhyNot, check_told, check_voice
from hub.voice.tables import ToldOf, Voice


@dataclass(frozen=True)
class OwnWords:
    """What one person said about one topic, or why they did not."""

    person_id: UUID
    topic: Topic
    asked_on: date
    words: str = ""
    unheard: WhyNot | None = None
    note: str = ""
    language: str = ""
    interpreter: bool = False
    place: str = ""


async def hear(
    session: AsyncSession, *, case_id: UUID, own: OwnWords, people: list[UUID], by: Viewer, at: datetime
) -> Voice:
    """Writes down somebody's own words, or why there are none."""
    if own.person_id not in people:
        raise Refused("Choose somebody of this case", field="person")
    check_voice(own.words, own.unheard, own.asked_on, london(at).date())
    voice = Voice(
        case_id=case_id,
        person_id=own.person_id,
        topic=own.topic.value,
        words=own.words.strip(),
        unheard=own.unheard.value if own.unheard else None,
        note=own.note,
        language=own.language,
        interpreter=own.interpreter,
        agency_id=by.agency_id,
        asked_by=by.worker_id,
        asked_on=own.asked_on,
        place=own.place,
        written_at=at,
    )
    session.add(voice)
    await session.flush()
    await record(
        session,
        Kind.voice_recorded,
        by=by,
        at=at,
        case_id=case_id,
        person_id=own.person_id,
        subject=voice,
        topic=own.topic.value,
        unheard=voice.unheard,
    )
    return voice


@dataclass(frozen=True)
class Telling:
    """What somebody was told on a day, or why they were not."""

    person_id: UUID
    told_on: date
    what: str = ""
    not_told: WhyNot | None = None
    note: str = ""


async def tell(
    session: AsyncSession, *, case_id: UUID, telling: Telling, people: list[UUID], by: Viewer, at: datetime
) -> ToldOf:
    """Writes down what somebody was told by this worker, or why they were not."""
    if telling.person_id not in people:
        raise Refused("Choose somebody of this case", field="person")
    check_told(telling.what, telling.not_told, telling.told_on, london(at).date())
    told = ToldOf(
        case_id=case_id,
        person_id=telling.person_id,
        what=telling.what.strip(),
        not_told=telling.not_told.value if telling.not_told else None,
        note=telling.note,
        agency_id=by.agency_id,
        told_by=by.worker_id,
        told_on=telling.told_on,
        written_at=at,
    )
    session.add(told)
    await session.flush()
    await record(
        session,
        Kind.voice_told,
        by=by,
        at=at,
        case_id=case_id,
        person_id=telling.person_id,
        subject=told,
        not_told=told.not_told,
    )
    return told
