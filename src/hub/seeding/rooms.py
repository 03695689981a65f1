"""Conferences in the room: one that is open now, one without its quorum that is held again, and minutes that stay."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.conferences import changes as conferences
from hub.conferences.changes import Called
from hub.conferences.rules import Attendance, ConferenceKind
from hub.conferences.tables import Conference
from hub.contributions import changes as contributions
from hub.contributions.changes import Said
from hub.contributions.rules import ContributionKind
from hub.decisions import changes as decisions
from hub.decisions.changes import Decided
from hub.decisions.rules import NOT_INVITED, Option, Stance
from hub.london import from_london, london
from hub.minutes import changes, closing, queries
from hub.minutes.changes import Spoken
from hub.minutes.rules import Room
from hub.preparing.changes import lay
from hub.preparing.rules import PaperKind, check_report
from hub.seeding.tale import Step, Tale
from hub.sharing.rules import Audience
from hub.workdays import add_working_days

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]
BEGAN_AGO = timedelta(minutes=25)
NO_CHAIR_APART = "No chair from another agency was free, and it could not wait."


def said_in(tale: Tale, place: int, row: Row, starts_at: datetime) -> Iterable[Step]:
    """The lines of a conference of the past, then its letter and the approval of its minutes."""
    for number, (login, words, *named) in enumerate(row.get("lines", [])):
        yield tale.step(starts_at + timedelta(minutes=6 + number), _saying(tale, place, row, login, words, named))


def _saying(tale: Tale, place: int, row: Row, login: str, words: str, named: Sequence[str]) -> Doing:
    async def say(at: datetime) -> None:
        await _line(tale, tale.conferences[place], row, login, words, named, at)

    return say


async def _line(
    tale: Tale, conference: Conference, row: Row, login: str, words: str, named: Sequence[str], at: datetime
) -> None:
    for_agencies = tuple(tale.agency_id(slug) for slug in named)
    spoken = Spoken(
        tale.worker(login).agency_id, words, Audience.named if for_agencies else Audience.circle, for_agencies
    )
    await changes.write_line(
        tale.session, conference, spoken=spoken, runs=True, invited=_agencies(tale, row), by=tale.viewer(row["chair"]),
        at=at,
    )  # fmt: skip


def _agencies(tale: Tale, row: Row) -> list[UUID]:
    return list(dict.fromkeys(tale.worker(login).agency_id for login in [row["chair"], *row["invited"]]))


async def wind_up(tale: Tale, conference: Conference, row: Row, at: datetime) -> None:
    """Confirms, objects, sends the letter and approves, once a conference that was minuted is closed."""
    if "lines" not in row:
        return
    chair, session = tale.viewer(row["chair"]), tale.session
    lines = await queries.lines(session, chair, conference.id)
    for login, number, words in row.get("objections", []):
        await changes.answer_line(
            session, conference, lines[number].line, agrees=False, words=words, by=tale.viewer(login), at=at
        )
    for login in row["invited"]:
        await changes.confirm_rest(session, conference, by=tale.viewer(login), at=at)
    letter = await closing.make_letter(session, conference, clocks=tale.partnership.clocks, by=chair, at=at)
    await closing.review_letter(session, conference, letter, words=letter.words, by=chair, at=at)
    await closing.send_letter(session, conference, letter, by=chair, at=at)
    await changes.approve(session, conference, by=chair, at=at)


# --- Now ----------------------------------------------------------------------------------------------------------


async def hold(session: AsyncSession, told: Sequence[Tale], *, now: datetime) -> None:
    """Opens what is held now, and holds what lately had no quorum."""
    for tale in told:
        if tale.case is None or tale.case.closed_at is not None or "room" not in tale.told:
            continue
        row = tale.told["room"]
        if row.get("without_quorum"):
            await _without_quorum(tale, row, now)
        else:
            await _open_now(tale, row, now)
    await session.flush()


async def _called(tale: Tale, row: Row, starts_at: datetime) -> Conference:
    called = Called(
        kind=ConferenceKind(row["kind"]), purpose=row["purpose"], starts_at=starts_at, minutes=row["minutes"],
        place=row["place"], video_link="https://meet.northvale.example/hub", chair=tale.worker(row["chair"]),
        invitees=[tale.worker(login) for login in row["invited"]], chair_because=NO_CHAIR_APART,
    )  # fmt: skip
    return await conferences.schedule(
        tale.session, case_id=tale.open_case.id, called=called, circle=tale.circle, by=tale.viewer(row["chair"]),
        at=starts_at - timedelta(days=6),
    )  # fmt: skip


async def _come_in(tale: Tale, conference: Conference, row: Row, at: datetime) -> None:
    await changes.begin(tale.session, conference, by=tale.viewer(row["chair"]), at=at)
    absent = {}
    for login, how in {row["chair"]: "in-person", **row["invited"]}.items():
        if Attendance(how).is_there:
            await changes.sign(tale.session, conference, how=Attendance(how), by=tale.viewer(login), at=at)
        else:
            absent[tale.worker(login).id] = Attendance(how)
    if absent:
        await conferences.take_attendance(
            tale.session, conference, marks=absent, by=tale.viewer(row["chair"]), at=at + timedelta(minutes=2)
        )


async def _report(tale: Tale, conference: Conference, login: str, told: Row, at: datetime) -> None:
    nothing = "searched" in told
    words = check_report(told.get("words", ""), nothing, told.get("searched", ""), Audience.circle)
    worker, by = tale.worker(login), tale.viewer(login)
    said = Said(ContributionKind.assessment, words, london(at).date())
    made = await contributions.add(
        tale.session, case_id=tale.open_case.id, said=said, profession=worker.profession, circle=tale.circle, by=by,
        at=at,
    )  # fmt: skip
    await lay(
        tale.session, conference, kind=PaperKind.report, title=f"Report of {by.agency_name}", words=made,
        nothing=nothing, by=by, at=at,
    )  # fmt: skip


async def _open_now(tale: Tale, row: Row, now: datetime) -> None:
    starts_at = now - BEGAN_AGO
    conference = await _called(tale, row, starts_at)
    for login, told in row.get("reports", {}).items():
        await _report(tale, conference, login, told, starts_at - timedelta(days=3))
    await _come_in(tale, conference, row, starts_at)
    lines = row["lines"]
    for number, (login, words, *named) in enumerate(lines):
        at = starts_at + timedelta(minutes=4 + number * 15 // len(lines))
        await _line(tale, conference, row, login, words, named, at)
    for number in range(3):
        at = starts_at + timedelta(minutes=4 + 6 * number)
        await changes.next_item(tale.session, conference, by=tale.viewer(row["chair"]), at=at)


async def _without_quorum(tale: Tale, row: Row, now: datetime) -> None:
    session, chair = tale.session, tale.viewer(row["chair"])
    starts_at = from_london(add_working_days(london(now).date(), -2), 10, 0)
    conference = await _called(tale, row, starts_at)
    await _come_in(tale, conference, row, starts_at)
    room = Room(True, row["without_quorum"])
    at = starts_at + timedelta(minutes=6)
    await changes.go_interim(session, conference, room=room, because=row["because"], by=chair, at=at)
    for login, words, *named in row["lines"]:
        await _line(tale, conference, row, login, words, named, at)
    told = row["decision"]
    options = [
        Option(told["chosen"], told["for"], told["against"], chosen=True),
        Option("No further action", "Nothing is rushed", told["no_action"]),
    ]
    asked = _agencies(tale, row)
    made = await decisions.decide(
        session, case_id=conference.case_id, conference_id=conference.id,
        decided=Decided(told["question"], options, "", told["because"]),
        not_asked={one: NOT_INVITED for one in tale.circle if one not in asked}, interim=True, by=chair,
        at=starts_at + timedelta(minutes=25),
    )  # fmt: skip
    there = {row["chair"], *(login for login, how in row["invited"].items() if Attendance(how).is_there)}
    heard = {tale.worker(login).agency_id: tale.worker(login).id for login in there}
    for agency_id in asked:
        if agency_id in heard:
            await decisions.state_position(
                session, made, agency_id=agency_id, stance=Stance.agree, reason="", stated_by=heard[agency_id],
                by=chair, at=starts_at + timedelta(minutes=30),
            )  # fmt: skip
        else:
            await changes.ask_position(
                session, conference, made, agency_id=agency_id, by=chair, at=starts_at + timedelta(minutes=32)
            )
    again_at = from_london(add_working_days(london(now).date(), 4), 10, 0)
    await closing.close(
        session, conference, room=Room(True, room.missing, interim=True), no_change_because="", again_at=again_at,
        clocks=tale.partnership.clocks, by=chair, at=starts_at + timedelta(minutes=45),
    )  # fmt: skip
