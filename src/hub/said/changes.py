"""Writing down what somebody said; the speaker's word on it; and telling the chair of what stays unconfirmed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import timers
from hub.agencies.tables import Worker
from hub.cases.rules import check_reason
from hub.conferences.queries import overseer_of
from hub.contributions import changes as contributions
from hub.contributions.changes import Said
from hub.contributions.rules import ContributionKind
from hub.contributions.tables import Contribution
from hub.errors import Refused
from hub.events.changes import record
from hub.events.rules import HUB, Kind
from hub.ids import ref
from hub.london import london
from hub.notices.changes import write
from hub.notices.rules import NoticeKind
from hub.said.rules import Where, check_noting, check_unanswered
from hub.said.tables import SpokenShare
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Heard:
    """What was said, by whom and where."""

    words: str
    speaker: Worker
    place: Where
    kind: ContributionKind = ContributionKind.fact


async def note(
    session: AsyncSession,
    *,
    case_id: UUID,
    heard: Heard,
    circle: list[UUID],
    clocks: Mapping[str, Any],
    by: Viewer,
    at: datetime,
) -> SpokenShare:
    """Writes down what somebody said. It stands in their agency's lane as heard, and they are asked to confirm it."""
    check_noting(heard.words, heard.speaker.id, by.worker_id, heard.speaker.agency_id, circle)
    spoken = SpokenShare(
        case_id=case_id,
        agency_id=heard.speaker.agency_id,
        speaker_id=heard.speaker.id,
        noted_by=by.worker_id,
        place=heard.place.value,
        kind=heard.kind.value,
        words=heard.words,
        noted_at=at,
        confirm_by=timers.due("T06S", at, clocks),
    )
    session.add(spoken)
    await session.flush()
    await write(
        session,
        NoticeKind.spoken_to_confirm,
        worker_id=heard.speaker.id,
        subject_id=spoken.id,
        case_id=case_id,
        link="/my-work",
        at=at,
    )
    await record(
        session,
        Kind.spoken_noted,
        by=by,
        at=at,
        case_id=case_id,
        subject=spoken,
        worker=heard.speaker.id,
        agency=heard.speaker.agency_id,
    )
    return spoken


def _check_speaker(spoken: SpokenShare, by: Viewer) -> None:
    if spoken.speaker_id != by.worker_id:
        raise Refused("Only the person who said it can confirm it.")
    check_unanswered(spoken.confirmed_at, spoken.disowned_at)


async def confirm(
    session: AsyncSession, spoken: SpokenShare, *, words: str, profession: str, by: Viewer, at: datetime
) -> Contribution:
    """Makes what was heard the speaker's own contribution, in their words: as heard, or corrected."""
    _check_speaker(spoken, by)
    said = Said(kind=ContributionKind(spoken.kind), words=words or spoken.words, as_of=london(spoken.noted_at).date())
    added = await contributions.add(
        session, case_id=spoken.case_id, said=said, profession=profession, circle=[], by=by, at=at
    )
    spoken.confirmed_at, spoken.thread_id = at, added.thread_id
    await record(
        session,
        Kind.spoken_confirmed,
        by=by,
        at=at,
        case_id=spoken.case_id,
        subject=spoken,
        corrected=said.words != spoken.words,
    )
    return added


async def disown(session: AsyncSession, spoken: SpokenShare, *, reason: str, by: Viewer, at: datetime) -> None:
    """Says that it was not said, or not so. What was heard stays, with this beside it."""
    _check_speaker(spoken, by)
    check_reason(reason)
    spoken.disowned_at, spoken.disowned_because = at, reason
    await record(session, Kind.spoken_disowned, by=by, at=at, case_id=spoken.case_id, subject=spoken)


async def chase(session: AsyncSession, spoken: SpokenShare, *, at: datetime) -> None:
    """Tells the chair, once, that the day has gone by without the speaker's word."""
    spoken.chased_at = at
    overseer = await overseer_of(session, spoken.case_id, at)
    if overseer is not None:
        await write(
            session,
            NoticeKind.spoken_unconfirmed,
            worker_id=overseer,
            subject_id=spoken.id,
            case_id=spoken.case_id,
            link=f"/cases/{ref(spoken.case_id)}",
            at=at,
        )
    await record(
        session,
        Kind.spoken_unconfirmed,
        by=HUB,
        at=at,
        case_id=spoken.case_id,
        subject=spoken,
        worker=spoken.speaker_id,
    )
