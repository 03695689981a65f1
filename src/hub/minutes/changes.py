"""Signing the statement, moving through the agenda, minuting, confirming line by line, and closing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.conference_kinds.queries import kinds
from hub.conferences import changes as conferences
from hub.conferences.queries import invitee
from hub.conferences.rules import Attendance, ConferenceState, check_open
from hub.conferences.tables import Conference
from hub.contributions.rules import check_audience
from hub.decisions.tables import Decision
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.minutes import queries
from hub.minutes.rules import (
    STATEMENT_VERSION,
    Item,
    Room,
    check_agenda_open,
    check_interim,
    check_line,
    check_objection,
    check_opening,
    check_sayable,
    check_take_back,
    over,
    shared_out,
    usual_agenda,
)
from hub.minutes.tables import (
    AgendaItem,
    LineAmendment,
    LineAnswer,
    MinuteLine,
    MinutesApproval,
    PositionAsk,
    StatementSignature,
)
from hub.sharing.rules import Audience, Viewer


async def begin(
    session: AsyncSession, conference: Conference, *, anyway: bool = True, by: Viewer, at: datetime
) -> None:
    """Opens the conference with the agenda of its kind, unless one was set before.

    Raises Refused when it is called for another time and whoever opens it has not said that they mean it.
    """
    if conference.state == ConferenceState.scheduled:
        check_opening(conference.starts_at, at, anyway=anyway)
    await conferences.begin(session, conference, by=by, at=at)
    await lay_agenda(session, conference, by=by, at=at)
    await next_item(session, conference, by=by, at=at)


async def take_back(session: AsyncSession, conference: Conference, *, by: Viewer, at: datetime) -> None:
    """Takes back an opening made by mistake: the conference lies ahead again, its agenda not begun.

    A signature belongs to the meeting at whose door it was given. That meeting was none, so its signatures end with
    it: they stay in the record, and everybody signs again at the door of the meeting that is held.
    """
    check_open(conference.state)
    check_take_back(await queries.is_untouched(session, conference.id))
    for signature in (await queries.signatures(session, conference.id)).values():
        signature.ended_at = at
    for item in await queries.agenda(session, conference.id):
        item.started_at = None
    await conferences.take_back_opening(session, conference, by=by, at=at)


async def sign(
    session: AsyncSession, conference: Conference, *, how: Attendance | None, by: Viewer, at: datetime
) -> None:
    """Signs the statement on confidentiality, once, and says how one attends."""
    check_open(conference.state)
    if by.worker_id not in await queries.signatures(session, conference.id):
        session.add(
            StatementSignature(
                conference_id=conference.id,
                worker_id=by.worker_id,
                agency_id=by.agency_id,
                version=STATEMENT_VERSION,
                signed_at=at,
            )
        )
    row = await invitee(session, conference.id, by.worker_id)
    if row is not None and how is not None:
        row.attendance = how.value
    await session.flush()
    await record(
        session,
        Kind.statement_signed,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        version=STATEMENT_VERSION,
        how=how.value if how else None,
    )


# --- The agenda ---------------------------------------------------------------------------------------------------


async def lay_agenda(session: AsyncSession, conference: Conference, *, by: Viewer, at: datetime) -> None:
    """Lays the usual agenda of its kind before a conference that has none."""
    if not await queries.agenda(session, conference.id):
        kind = (await kinds(session)).get(conference.kind)
        items = usual_agenda(conference.minutes, must_record=kind.must_record if kind else ())
        await set_agenda(session, conference, items, by=by, at=at)


async def add_point(session: AsyncSession, conference: Conference, item: Item, *, by: Viewer, at: datetime) -> None:
    """Adds a point after those of the usual agenda, which stays."""
    check_agenda_open(conference.state)
    await lay_agenda(session, conference, by=by, at=at)
    await set_agenda(session, conference, [item], by=by, at=at)


async def set_agenda(
    session: AsyncSession, conference: Conference, items: Sequence[Item], *, by: Viewer, at: datetime
) -> None:
    """Adds points to the end of the agenda."""
    first = await queries.last_place(session, conference.id) + 1
    session.add_all(
        AgendaItem(conference_id=conference.id, place=first + number, title=item.title, minutes=item.minutes)
        for number, item in enumerate(items)
    )
    await session.flush()
    await record(
        session, Kind.agenda_set, by=by, at=at, case_id=conference.case_id, subject=conference, points=len(items)
    )


async def time_point(
    session: AsyncSession, conference: Conference, item_id: UUID, *, minutes: int | None, by: Viewer, at: datetime
) -> None:
    """Gives a point that has not begun other minutes; leaves it out without any. A point that has begun keeps its own."""
    check_agenda_open(conference.state)
    waiting = {item.id: item for item in await queries.agenda(session, conference.id) if item.started_at is None}
    if item_id not in waiting:
        raise Refused("Choose a point that has not begun", field="item")
    if minutes is None:
        waiting[item_id].left_out_at = at
    else:
        waiting[item_id].minutes = minutes
    await session.flush()
    await record(session, Kind.agenda_timed, by=by, at=at, case_id=conference.case_id, subject=conference, points=1)


async def fit_agenda(session: AsyncSession, conference: Conference, *, by: Viewer, at: datetime) -> None:
    """Shortens the points that have not begun, so that the agenda is as long as the conference; their order stays.

    Raises Conflict when the time that is left has no minute for each of them.
    """
    check_agenda_open(conference.state)
    items = await queries.agenda(session, conference.id)
    waiting = [item for item in items if item.started_at is None]
    begun = sum(item.minutes for item in items if item.started_at is not None)
    if not over([item.minutes for item in items], conference.minutes):
        raise Conflict("The agenda fits its time already.")
    for item, minutes in zip(
        waiting, shared_out([item.minutes for item in waiting], conference.minutes - begun), strict=True
    ):
        item.minutes = minutes
    await session.flush()
    await record(
        session, Kind.agenda_timed, by=by, at=at, case_id=conference.case_id, subject=conference, points=len(waiting)
    )


async def next_item(
    session: AsyncSession, conference: Conference, *, item_id: UUID | None = None, by: Viewer, at: datetime
) -> None:
    """Goes on to a point of the agenda: the one that is named, or the first that has not begun."""
    check_open(conference.state)
    items = await queries.agenda(session, conference.id)
    waiting = [item for item in items if item.id == item_id or (item_id is None and item.started_at is None)]
    if not waiting:
        raise Conflict("The agenda is at its end.")
    waiting[0].started_at = at
    await session.flush()
    await record(
        session,
        Kind.agenda_moved,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        place=waiting[0].place,
    )


# --- Lines --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spoken:
    """What is minuted: whose words, and for whom."""

    agency_id: UUID
    words: str
    audience: Audience = Audience.circle
    agencies: tuple[UUID, ...] = ()


async def write_line(
    session: AsyncSession,
    conference: Conference,
    *,
    spoken: Spoken,
    runs: bool,
    invited: Sequence[UUID],
    by: Viewer,
    at: datetime,
) -> MinuteLine:
    """Adds a line to the minutes. Two who write at once each add their own; nobody waits for the other."""
    check_sayable(conference.state)
    check_line(spoken.words, spoken.agency_id, by.agency_id, runs=runs, invited=invited)
    named = check_audience(spoken.audience, list(spoken.agencies), own=spoken.agency_id, circle=list(invited))
    item = queries.current_item(await queries.agenda(session, conference.id))
    line = MinuteLine(
        conference_id=conference.id,
        case_id=conference.case_id,
        item_id=item.id if item else None,
        agency_id=spoken.agency_id,
        author_id=by.worker_id,
        words=spoken.words.strip(),
        audience=spoken.audience.value,
        for_agencies=named,
        written_at=at,
    )
    session.add(line)
    await session.flush()
    await record(
        session,
        Kind.minute_written,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        only_agencies=_reach(line),
        agency=line.agency_id,
    )
    return line


def _reach(line: MinuteLine) -> list[UUID] | None:
    return None if line.audience == Audience.circle else [line.agency_id, *(line.for_agencies or [])]


async def answer_line(
    session: AsyncSession,
    conference: Conference,
    line: MinuteLine,
    *,
    agrees: bool,
    words: str = "",
    by: Viewer,
    at: datetime,
) -> None:
    """Says for one's agency that a line is right, or what is not; an objection stays beside it even when it is lifted."""
    check_objection(agrees, words)
    given = await queries.answer_of(session, line.id, by.agency_id)
    if given is not None and not given.agrees:
        raise Conflict("Your agency has objected to this line. The objection stays beside it.")
    if given is not None and agrees:
        raise Conflict("Your agency has confirmed this line already.")
    if given is None:
        given = LineAnswer(
            line_id=line.id, agency_id=by.agency_id, worker_id=by.worker_id, agrees=agrees, answered_at=at
        )
        session.add(given)
    given.agrees, given.words, given.worker_id, given.answered_at = agrees, words.strip(), by.worker_id, at
    await session.flush()
    await record(
        session,
        Kind.minute_answered,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        only_agencies=_reach(line),
        line=line.id,
        agrees=agrees,
    )


async def confirm_rest(session: AsyncSession, conference: Conference, *, by: Viewer, at: datetime) -> int:
    """Confirms for one's agency every line that it may read and has not answered; says how many."""
    waiting = [
        one.line
        for one in await queries.lines(session, by, conference.id)
        if by.agency_id not in {answer.agency_id for answer in one.answers}
    ]
    session.add_all(
        LineAnswer(line_id=line.id, agency_id=by.agency_id, worker_id=by.worker_id, agrees=True, answered_at=at)
        for line in waiting
    )
    await session.flush()
    await record(
        session,
        Kind.minute_answered,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        lines=len(waiting),
        agrees=True,
    )
    return len(waiting)


async def amend_line(
    session: AsyncSession, conference: Conference, line: MinuteLine, *, words: str, by: Viewer, at: datetime
) -> None:
    """Writes a correction beside a line of one's own agency, or one that one wrote down. The line stays as it was."""
    if by.agency_id != line.agency_id and by.worker_id != line.author_id:
        raise Refused("Only whoever said it or wrote it down corrects it. You can object to it", field="words")
    if not words.strip():
        raise Refused("Enter the correction", field="words")
    session.add(
        LineAmendment(
            line_id=line.id, agency_id=by.agency_id, author_id=by.worker_id, words=words.strip(), written_at=at
        )
    )
    await session.flush()
    await record(
        session,
        Kind.minute_amended,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        only_agencies=_reach(line),
        line=line.id,
    )


# --- Quorum, positions, approval ----------------------------------------------------------------------------------


async def go_interim(
    session: AsyncSession, conference: Conference, *, room: Room, because: str, by: Viewer, at: datetime
) -> None:
    """Goes on without the quorum: what is decided from here on is interim, and a new date follows at the close."""
    check_open(conference.state)
    check_interim(room, because)
    conference.interim_because = because.strip()
    await session.flush()
    await record(session, Kind.conference_interim, by=by, at=at, case_id=conference.case_id, subject=conference)


async def ask_position(
    session: AsyncSession, conference: Conference, decision: Decision, *, agency_id: UUID, by: Viewer, at: datetime
) -> None:
    """Notes that an agency was asked where it stands and has not said so: “not stated, asked on …”."""
    check_open(conference.state)
    asked = (await queries.asked_positions(session, [decision.id]))[decision.id]
    if agency_id not in {one.agency_id for one in asked}:
        session.add(PositionAsk(decision_id=decision.id, agency_id=agency_id, asked_by=by.worker_id, asked_at=at))
    await session.flush()
    await record(
        session,
        Kind.position_asked,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=decision,
        agency=agency_id,
    )


async def approve(session: AsyncSession, conference: Conference, *, by: Viewer, at: datetime) -> None:
    """The chair approves the minutes of a conference that is closed."""
    if conference.state != "closed":
        raise Conflict("Minutes are approved once the conference is closed.")
    if await queries.approval_of(session, conference.id) is not None:
        raise Conflict("These minutes have been approved already.")
    session.add(MinutesApproval(conference_id=conference.id, worker_id=by.worker_id, approved_at=at))
    await session.flush()
    await record(session, Kind.minutes_approved, by=by, at=at, case_id=conference.case_id, subject=conference)
