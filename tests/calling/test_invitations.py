"""Invitations as calendars read them, series and their moves, the link in a mail, and replies, honest and forged."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
import recurring_ical_events
import vobject
from icalendar import Calendar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.calling.answering import take_reply
from hub.conferences import answers, series
from hub.conferences.rules import Answer
from hub.conferences.tables import Conference
from hub.database import act_for
from hub.errors import Conflict, NotFound, Refused
from hub.ids import ref
from hub.invitations.replies import LARGEST, Invited, Reply, check_reply, read_reply
from hub.invitations.rules import Pattern, Reach, Repeat, answer_token, falling, read_token
from hub.london import london
from hub.sittings import changes as sittings
from hub.sittings.tables import Sitting
from tests.calling.makers import TUESDAY, make_series, make_sitting
from tests.conferences.test_conferences import SOON, schedule
from tests.conftest import Browser, rows
from tests.makers import NOW, World, make_case, make_worker

Make = Callable[[], Browser]


async def letters(session: AsyncSession, world: World, who: str = "police") -> list[str]:
    found = await rows(
        session,
        "SELECT calendar FROM notice WHERE worker_id = :worker AND calendar <> '' ORDER BY written_at, id",
        worker=world.workers[who].id,
    )
    return [str(one[0]) for one in found]


async def last_letter(session: AsyncSession, world: World, at: datetime, who: str = "police") -> str:
    found = await rows(
        session, "SELECT calendar FROM notice WHERE worker_id = :worker AND written_at = :at",
        worker=world.workers[who].id, at=at,
    )  # fmt: skip
    assert len(found) == 1, "one letter for each attendee and change"
    return str(found[0][0])


# --- Patterns -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "repeat", "every", "until", "days"),
    [
        # Over Easter 2026: a weekly Monday leaves out Easter Monday, and the daily meeting Good Friday too.
        ("2026-03-30", Repeat.weekly, 1, "2026-04-20", ["03-30", "04-13", "04-20"]),
        ("2026-04-01", Repeat.daily, 1, "2026-04-08", ["04-01", "04-02", "04-07", "04-08"]),
        ("2026-03-11", Repeat.weekly, 2, "2026-04-10", ["03-11", "03-25", "04-08"]),
        ("2026-04-14", Repeat.monthly, 1, "2026-07-31", ["04-14", "05-12", "06-09", "07-14"]),
        ("2026-03-31", Repeat.monthly, 1, "2026-05-31", ["03-31", "04-28", "05-26"]),
    ],
)
def test_where_a_series_falls(first: str, repeat: Repeat, every: int, until: str, days: list[str]) -> None:
    begins = datetime.fromisoformat(f"{first}T10:00+00:00")
    begins -= timedelta(hours=london(begins).hour - 10)
    found = falling(Pattern(begins, repeat, every, datetime.fromisoformat(until).date()), NOW)
    assert [f"{london(slot):%m-%d}" for slot in found.slots] == days
    assert {f"{london(slot):%H:%M}" for slot in found.slots} == {"10:00"}


@pytest.mark.parametrize(
    ("pattern", "field"),
    [
        (Pattern(NOW - timedelta(days=1), Repeat.weekly, 1, NOW.date()), "day"),
        (
            Pattern(datetime(2026, 4, 6, 9, tzinfo=UTC), Repeat.weekly, 1, datetime(2026, 6, 1, tzinfo=UTC).date()),
            "day",
        ),
        (
            Pattern(datetime(2026, 4, 11, 9, tzinfo=UTC), Repeat.weekly, 1, datetime(2026, 6, 1, tzinfo=UTC).date()),
            "day",
        ),
        (Pattern(SOON, Repeat.daily, 2, (SOON + timedelta(days=90)).date()), "every"),
        (Pattern(SOON, Repeat.weekly, 99, (SOON + timedelta(days=90)).date()), "every"),
        (Pattern(SOON, Repeat.weekly, 1, SOON.date()), "until"),
        (Pattern(SOON, Repeat.weekly, 1, (SOON + timedelta(days=900)).date()), "until"),
        (Pattern(SOON, Repeat.daily, 1, (SOON + timedelta(days=300)).date()), "until"),
        (Pattern(SOON, Repeat.weekly, 4, (SOON + timedelta(days=10)).date()), "until"),
    ],
)
def test_a_series_that_cannot_be_called(pattern: Pattern, field: str) -> None:
    with pytest.raises(Refused) as refused:
        falling(pattern, NOW)
    assert refused.value.field == field


# --- What calendars read ------------------------------------------------------------------------------------------


async def test_two_readers_read_a_series_that_keeps_its_hour(world: World, session: AsyncSession) -> None:
    """Ten o'clock stays ten o'clock after the clocks go back on 31 October 2027; nothing of the case is in it."""
    made = await make_series(session, world)
    await session.flush()
    text_ = await last_letter(session, world, NOW)
    assert "CANARY" not in text_ and "Core" not in text_ and "BEGIN:VTIMEZONE" in text_ and "Europe/London" in text_
    assert text_.count("ATTENDEE") == 1 and "METHOD:REQUEST" in text_ and "CLASS:CONFIDENTIAL" in text_
    found = recurring_ical_events.of(Calendar.from_ical(text_)).between(TUESDAY, TUESDAY + timedelta(days=60))
    assert [one["DTSTART"].dt.astimezone(UTC) for one in found] == [one.starts_at for one in made]
    assert {f"{one['DTSTART'].dt:%H:%M}" for one in found} == {"10:00"}
    event = vobject.readOne(text_).vevent
    assert event.rruleset is not None and len(list(event.rruleset)) == 6
    assert event.uid.value.startswith(ref(made[0].series_id)) and event.sequence.value == "0"  # type: ignore[arg-type]


async def test_one_of_a_series_is_cancelled_by_its_recurrence_id(world: World, session: AsyncSession) -> None:
    made = await make_series(session, world)
    at = NOW + timedelta(hours=1)
    await series.cancel(
        session, made[2], reason="The school is shut that day", reach=Reach.this, by=world.viewer("council"), at=at
    )
    await session.flush()
    text_ = await last_letter(session, world, at)
    event = vobject.readOne(text_).vevent
    assert "METHOD:CANCEL" in text_ and event.status.value == "CANCELLED"
    assert event.recurrence_id.value.astimezone(UTC) == made[2].slot_at and event.sequence.value == "1"
    assert [one.state for one in made].count("cancelled") == 1


@pytest.mark.parametrize(
    ("reach", "moved"), [(Reach.this, [2]), (Reach.later, [2, 3, 4, 5]), (Reach.all, [0, 1, 2, 3, 4, 5])]
)
async def test_moving_keeps_identity_and_raises_the_sequence(
    reach: Reach, moved: list[int], world: World, session: AsyncSession
) -> None:
    made = await make_series(session, world)
    were = [(one.id, one.slot_at, one.starts_at) for one in made]
    at = NOW + timedelta(hours=1)
    await series.move(
        session, made[2], starts_at=made[2].starts_at + timedelta(days=1, hours=4), minutes=45, place="Room 9",
        reach=reach, by=world.viewer("council"), at=at,
    )  # fmt: skip
    await session.flush()
    assert [(one.id, one.slot_at) for one in made] == [(identity, slot) for identity, slot, _ in were]
    assert [place for place, one in enumerate(made) if one.starts_at != were[place][2]] == moved
    assert [one.sequence for one in made] == [int(place in moved) for place in range(6)]
    assert {f"{london(made[place].starts_at):%a %H:%M}" for place in moved} == {"Wed 14:00"}
    calendar = Calendar.from_ical(await last_letter(session, world, at))
    told = list(calendar.walk("VEVENT"))
    assert [one["RECURRENCE-ID"].dt.astimezone(UTC) for one in told] == [were[place][1] for place in moved]
    history = await rows(session, "SELECT count(*) FROM event WHERE kind = 'conference:moved'")
    assert history == [(len(moved),)]


@pytest.mark.parametrize("on_a_list", [False, True], ids=["conferences", "meetings with a list"])
async def test_those_after_go_with_the_series_and_not_with_what_was_moved_alone(
    on_a_list: bool, world: World, session: AsyncSession
) -> None:
    """Fridays at ten: the first was moved to a Sunday and the third to a Monday; then all go to Thursdays at two."""
    friday = datetime(2026, 11, 27, 10, tzinfo=UTC)
    pattern = Pattern(friday, Repeat.weekly, 6, (friday + timedelta(weeks=18)).date())
    made: list[Conference] | list[Sitting]
    if on_a_list:
        made, move = await make_sitting(session, world, starts_at=friday, pattern=pattern), sittings.move
    else:
        made, move = await make_series(session, world, starts_at=friday, weeks=19, every=6), series.move
    slots = [one.slot_at for one in made]
    by, given = world.viewer("council"), {"minutes": 60, "place": ""}
    for place, days in ((0, 2), (2, 3)):
        alone = made[place].starts_at + timedelta(days=days)
        await move(session, made[place], starts_at=alone, reach=Reach.this, by=by, at=NOW, **given)  # type: ignore[operator]
    thursday = datetime(2026, 12, 3, 14, tzinfo=UTC)
    at = NOW + timedelta(hours=1)
    await move(session, made[0], starts_at=thursday, reach=Reach.later, by=by, at=at, **given)  # type: ignore[operator]
    assert [f"{london(one.starts_at):%a %d %b %H:%M}" for one in made] == [
        "Thu 03 Dec 14:00", "Thu 14 Jan 14:00", "Thu 25 Feb 14:00", "Thu 08 Apr 14:00",
    ]  # fmt: skip
    assert [one.slot_at for one in made] == slots, "what calendars know them by stays"


async def test_another_room_for_all_leaves_one_that_was_moved_alone_where_it_is(
    world: World, session: AsyncSession
) -> None:
    made = await make_series(session, world, weeks=3)
    by = world.viewer("council")
    alone = made[0].starts_at + timedelta(days=2)
    await series.move(session, made[0], starts_at=alone, minutes=60, place="", reach=Reach.this, by=by, at=NOW)
    were = [one.starts_at for one in made]
    await series.move(session, made[0], starts_at=alone, minutes=60, place="Hall", reach=Reach.all, by=by, at=NOW)
    assert [one.starts_at for one in made] == were and {one.place for one in made} == {"Hall"}


async def test_a_calendar_that_takes_every_letter_shows_what_the_hub_shows(world: World, session: AsyncSession) -> None:
    """The series, one meeting moved and one cancelled, laid over one another as a calendar does it."""
    made = await make_series(session, world)
    by = world.viewer("council")
    await series.move(session, made[1], starts_at=made[1].starts_at + timedelta(days=2), minutes=60, place="",
                      reach=Reach.this, by=by, at=NOW + timedelta(hours=1))  # fmt: skip
    await series.cancel(session, made[4], reason="Half-term, nobody is there", reach=Reach.this, by=by,
                        at=NOW + timedelta(hours=2))  # fmt: skip
    await session.flush()
    merged = Calendar()
    for letter in await letters(session, world):
        for part in Calendar.from_ical(letter).walk("VEVENT"):
            merged.add_component(part)
    found = recurring_ical_events.of(merged).between(TUESDAY, TUESDAY + timedelta(days=60))
    kept = [one["DTSTART"].dt.astimezone(UTC) for one in found if one.get("STATUS") != "CANCELLED"]
    assert sorted(kept) == sorted(one.starts_at for one in made if one.state == "scheduled")


async def test_later_meetings_that_fall_on_a_holiday_move_on(world: World, session: AsyncSession) -> None:
    """Moved from Tuesdays to Mondays over Christmas 2027: 27 December is a bank holiday, and so is 3 January."""
    made = await make_series(session, world, weeks=4, starts_at=datetime(2027, 12, 14, 10, tzinfo=UTC))
    await series.move(
        session, made[0], starts_at=datetime(2027, 12, 13, 10, tzinfo=UTC), minutes=60, place="", reach=Reach.all,
        by=world.viewer("council"), at=NOW + timedelta(hours=1),
    )  # fmt: skip
    assert [f"{one.starts_at:%d %b}" for one in made] == ["13 Dec", "20 Dec", "04 Jan"]


# --- The link in a mail -------------------------------------------------------------------------------------------


async def link(session: AsyncSession, world: World, who: str = "police") -> str:
    found = await rows(
        session, "SELECT answer FROM notice WHERE worker_id = :worker AND answer <> ''", worker=world.workers[who].id
    )
    return str(found[-1][0])


async def test_the_link_answers_signed_out_and_says_nothing(browser: Make, world: World, session: AsyncSession) -> None:
    conference = await schedule(session, world, await make_case(session, world), at=clock.now())
    await session.commit()
    path = await link(session, world)
    stranger = browser()
    page = await stranger.get(path)
    assert page.status_code == 200 and "Can you come?" in page.text
    for secret in ("CANARY", "Testcase", "Police", "case conference"):
        assert secret not in page.text
    assert (await answer_of(session, conference)) == "awaited", "looking is not answering"
    refused = await stranger.post(path, data={"answer": "declined", "reason": ""})
    assert refused.status_code == 422 and "why you cannot come" in refused.text
    done = await stranger.post(path, data={"answer": "declined", "reason": "In court that day"})
    assert done.status_code == 200 and "Your answer was kept" in done.text
    assert (await answer_of(session, conference)) == "declined"
    assert (await stranger.post(path, data={"answer": "deputy"})).status_code == 422
    assert (await stranger.get("/conferences")).status_code == 303, "the link opens nothing else"


async def test_the_link_of_a_series_says_so_and_answers_the_rest(
    browser: Make, world: World, session: AsyncSession
) -> None:
    made = await make_series(session, world)
    by = world.viewer("police")
    await answers.answer(session, made[2], given=Answer.tentative, by=by, at=NOW)
    await session.commit()
    path, stranger = await link(session, world), browser()
    page = (await stranger.get(path)).text
    assert "It is one of a series: every week on Tuesday until 16 November 2027" in page
    assert "The same answer to those that I have not answered yet" in page
    for secret in ("CANARY", "Testcase", "ore group"):
        assert secret not in page
    one = await stranger.post(path, data={"answer": "tentative"})
    assert one.status_code == 200
    assert [await answer_of(session, each) for each in made] == ["tentative", "awaited", "tentative", *["awaited"] * 3]
    done = await stranger.post(path, data={"answer": "accepted", "rest": "yes"})
    assert done.status_code == 200 and "Your answer was kept" in done.text
    assert [await answer_of(session, each) for each in made] == ["accepted", "accepted", "tentative", *["accepted"] * 3]


async def answer_of(session: AsyncSession, conference: Conference) -> object:
    found = await rows(
        session,
        "SELECT answer FROM invitee JOIN worker ON worker.id = worker_id WHERE conference_id = :id AND name = 'Police'",
        id=conference.id,
    )
    return found[0][0]


async def test_a_link_that_is_not_ours_or_has_run_out(browser: Make, world: World, session: AsyncSession) -> None:
    await schedule(session, world, await make_case(session, world), at=clock.now())
    await session.commit()
    path = await link(session, world)
    stranger = browser()
    for forged in (path[:-1] + ("0" if path[-1] != "0" else "1"), "/answer/x", "/answer/a-b-c"):
        assert (await stranger.get(forged)).status_code == 404
        assert (await stranger.post(forged, data={"answer": "accepted"})).status_code == 404
    token = path.rsplit("/", 1)[1]
    asked_id, _ = read_token(token, NOW) or (None, None)
    assert asked_id is not None
    old = answer_token(asked_id, clock.now() - timedelta(minutes=1))
    assert (await stranger.get(f"/answer/{old}")).status_code == 410
    assert (await stranger.post(f"/answer/{old}", data={"answer": "accepted"})).status_code == 410


async def test_who_subscribes_and_is_invited_sees_each_meeting_once(
    browser: Make, world: World, session: AsyncSession
) -> None:
    """The subscription knows a meeting of a series by the same name as the invitation does."""
    made = await make_series(session, world)
    (alone,) = await make_sitting(session, world, starts_at=TUESDAY + timedelta(days=1))
    await session.commit()
    client = await browser().sign_in("police")
    page = (await client.get("/account/calendar")).text
    feed = await browser().get(page.split("http://hub.test")[1].split('"')[0])
    entries = list(Calendar.from_ical(feed.text).walk("VEVENT"))
    assert len(entries) == 7
    named = {(str(one["UID"]), one["RECURRENCE-ID"].dt) for one in entries if "RECURRENCE-ID" in one}
    asked = [part for letter in await letters(session, world) for part in Calendar.from_ical(letter).walk("VEVENT")]
    (whole,) = [str(one["UID"]) for one in asked if "RRULE" in one]
    assert {(uid, slot.astimezone(UTC)) for uid, slot in named} == {(whole, one.slot_at) for one in made}
    (single,) = [str(one["UID"]) for one in entries if "RECURRENCE-ID" not in one]
    assert single.startswith(ref(alone.id))
    both = Calendar()
    for part in [*asked, *entries]:
        both.add_component(part)
    seen = recurring_ical_events.of(both).between(TUESDAY, TUESDAY + timedelta(days=60))
    assert len({(one["UID"], one["DTSTART"].dt) for one in seen}) == 7


# --- A calendar's own reply ---------------------------------------------------------------------------------------


def reply_to(invitation: str, *, sender: str, partstat: str = "ACCEPTED", attendee: str = "", **given: str) -> bytes:
    """What a calendar sends back: the fields of the invitation, with the answer."""
    asked = next(iter(Calendar.from_ical(invitation).walk("VEVENT")))
    lines = {
        "UID": str(asked["UID"]), "SEQUENCE": str(asked["SEQUENCE"]), "DTSTAMP": "20260311T120000Z",
        "ORGANIZER": str(asked["ORGANIZER"]),
    } | given  # fmt: skip
    body = "".join(f"{name}:{value}\r\n" for name, value in lines.items())
    calendar = (
        "BEGIN:VCALENDAR\r\nPRODID:-//x//y//EN\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"{body}ATTENDEE;PARTSTAT={partstat}:mailto:{attendee or sender}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Somebody <{sender}>", "hub@hub.example", "Accepted"
    mail.set_content("Accepted")
    mail.add_alternative(calendar, subtype="calendar", params={"method": "REPLY"})
    return mail.as_bytes()


async def test_a_reply_answers(world: World, session: AsyncSession) -> None:
    conference = await schedule(session, world, await make_case(session, world))
    await session.flush()
    reply = read_reply(reply_to(await last_letter(session, world, NOW), sender="police@police.example"))
    assert "Coming" in await take_reply(session, reply, at=NOW + timedelta(days=1))
    assert await answer_of(session, conference) == "accepted"


async def test_a_reply_to_a_series_answers_all_and_one_answers_one(world: World, session: AsyncSession) -> None:
    made = await make_series(session, world)
    await session.flush()
    asked = await last_letter(session, world, NOW)
    one = reply_to(
        asked, sender="police@police.example", partstat="DECLINED",
        **{"RECURRENCE-ID": f"{made[1].slot_at:%Y%m%dT%H%M%SZ}"},
    )  # fmt: skip
    await take_reply(session, read_reply(one), at=NOW + timedelta(days=1))
    whole = reply_to(asked, sender="police@police.example", DTSTAMP="20260312T120000Z")
    assert "5 meetings" in await take_reply(session, read_reply(whole), at=NOW + timedelta(days=2))
    assert [await answer_of(session, each) for each in made[:3]] == ["accepted", "declined", "accepted"]
    with pytest.raises(Conflict):
        await take_reply(session, read_reply(whole), at=NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"sender": "health@health.example"}, "mark"),
        ({"sender": "mallory@evil.example"}, "Nobody"),
        ({"sender": "mallory@evil.example", "attendee": "police@police.example"}, "own address"),
        ({"sender": "police@police.example", "UID": "7" * 26 + "@hub.test"}, "Nobody"),
        ({"sender": "police@police.example", "UID": "nonsense"}, "Nobody"),
        ({"sender": "police@police.example", "ORGANIZER": "mailto:hub@hub.example"}, "mark"),
    ],
)
async def test_a_forged_reply_is_refused(given: dict[str, str], why: str, world: World, session: AsyncSession) -> None:
    conference = await schedule(session, world, await make_case(session, world))
    await session.flush()
    raw = reply_to(await last_letter(session, world, NOW), **given)  # type: ignore[arg-type]
    with pytest.raises(Refused, match=why):
        await take_reply(session, read_reply(raw), at=NOW + timedelta(days=1))
    assert await answer_of(session, conference) == "awaited"


async def test_a_reply_to_an_older_invitation_is_refused(world: World, session: AsyncSession) -> None:
    from hub.conferences import changes

    conference = await schedule(session, world, await make_case(session, world))
    await session.flush()
    old = await last_letter(session, world, NOW)
    await changes.move(
        session, conference, starts_at=SOON + timedelta(days=1), minutes=60, place="", by=world.viewer("council"),
        at=NOW + timedelta(hours=1),
    )  # fmt: skip
    with pytest.raises(Refused, match="older invitation"):
        await take_reply(session, read_reply(reply_to(old, sender="police@police.example")), at=NOW + timedelta(days=1))


@pytest.mark.parametrize(
    "raw",
    [b"", b"hello", b"From: a@b.example\n\nhello", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR", b"x" * (LARGEST + 1),
     b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:x\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.example\r\nEND:VEVENT\r\nEND:VCALENDAR"],
)  # fmt: skip
def test_what_is_no_reply_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        read_reply(raw)


def test_a_later_answer_stands() -> None:
    reply = Reply("u", "a@b.example", Answer.accepted, 0, NOW, "hub+1@hub.example")
    invited = Invited("u", "a@b.example", "hub+1@hub.example", 0, NOW + timedelta(minutes=5))
    with pytest.raises(Refused, match="later answer"):
        check_reply(reply, invited)


# --- Deputies, and lists ------------------------------------------------------------------------------------------


async def test_a_deputy_is_of_the_same_agency_and_answers_for_themselves(world: World, session: AsyncSession) -> None:
    conference = await schedule(session, world, await make_case(session, world))
    colleague = await make_worker(session, world.agencies["police"], "colleague")
    at = NOW + timedelta(hours=1)
    for wrong in (world.workers["health"], world.workers["police"]):
        with pytest.raises(Refused):
            await answers.send_deputy(session, conference, deputy=wrong, by=world.viewer("police"), at=at)
    await answers.send_deputy(session, conference, deputy=colleague, by=world.viewer("police"), at=at)
    with pytest.raises(NotFound):
        await answers.send_deputy(session, conference, deputy=colleague, by=world.viewer("school"), at=at)
    await session.flush()
    found = await rows(
        session, "SELECT name, answer FROM invitee JOIN worker ON worker.id = worker_id WHERE conference_id = :id "
        "AND name IN ('Police', 'Colleague') ORDER BY name", id=conference.id,
    )  # fmt: skip
    assert found == [("Colleague", "awaited"), ("Police", "deputy")]


@pytest.mark.parametrize("on_a_list", [False, True], ids=["conference", "meeting with a list"])
async def test_a_deputy_is_told_that_they_are_not_needed_when_their_colleague_comes(
    on_a_list: bool, world: World, session: AsyncSession
) -> None:
    meeting: Conference | Sitting
    send, answer = (sittings.send_deputy, sittings.answer) if on_a_list else (answers.send_deputy, answers.answer)
    if on_a_list:
        meeting, _ = await listed(session, world, "council", "police")
    else:
        meeting = await schedule(session, world, await make_case(session, world))
    colleague = await make_worker(session, world.agencies["police"], "colleague")
    by, hour = world.viewer("police"), timedelta(hours=1)

    async def last() -> tuple[object, ...]:
        found = await rows(
            session, "SELECT kind, calendar_method FROM notice WHERE worker_id = :w ORDER BY written_at DESC LIMIT 1",
            w=colleague.id,
        )  # fmt: skip
        return tuple(found[0])

    async def said() -> set[object]:
        tables = ("invitee", "sitting_member") if on_a_list else ("invitee",)
        return {
            (await rows(session, f"SELECT answer FROM {table} WHERE worker_id = :w", w=colleague.id))[0][0]  # noqa: S608
            for table in tables
        }

    await send(session, meeting, deputy=colleague, by=by, at=NOW + hour)  # type: ignore[operator]
    await session.flush()
    assert await said() == {"awaited"} and await last() == ("conference-invitation", "REQUEST")
    await answer(session, meeting, given=Answer.accepted, by=by, at=NOW + 2 * hour)  # type: ignore[operator]
    await session.flush()
    assert await said() == {"not_needed"} and await last() == ("conference-not-needed", "CANCEL")
    assert await rows(
        session, "SELECT 1 FROM reminder WHERE worker_id = :w AND done_at IS NULL AND subject_id = :s",
        w=colleague.id, s=meeting.id,
    ) == []  # fmt: skip
    await send(session, meeting, deputy=colleague, by=by, at=NOW + 3 * hour)  # type: ignore[operator]
    await session.flush()
    assert await said() == {"awaited"} and await last() == ("conference-invitation", "REQUEST"), "asked once more"


async def test_a_deputy_who_was_invited_for_themselves_stays(world: World, session: AsyncSession) -> None:
    colleague = await make_worker(session, world.agencies["police"], "colleague")
    invitees = [world.workers["police"], world.workers["health"], colleague]
    conference = await schedule(session, world, await make_case(session, world), invitees=invitees)
    by, at = world.viewer("police"), NOW + timedelta(hours=1)
    await answers.send_deputy(session, conference, deputy=colleague, by=by, at=at)
    await answers.answer(session, conference, given=Answer.accepted, by=by, at=at)
    await session.flush()
    assert await rows(session, "SELECT answer FROM invitee WHERE worker_id = :w", w=colleague.id) == [("awaited",)]


async def test_a_meeting_with_a_list_is_one_invitation(world: World, session: AsyncSession) -> None:
    (sitting,) = await make_sitting(session, world)
    case = await make_case(session, world)
    await sittings.add_case(
        session, sitting, case, purpose="CANARY", minutes=10, circle=[world.id(one) for one in ("council", "police")],
        by=world.viewer("council"), at=NOW,
    )  # fmt: skip
    await session.flush()
    (only,) = await letters(session, world)
    assert "CANARY" not in only and ref(sitting.id) in only
    reply = read_reply(reply_to(only, sender="police@police.example"))
    await take_reply(session, reply, at=NOW + timedelta(days=1))
    (row,) = await rows(session, "SELECT answer FROM sitting_member WHERE worker_id = :w", w=world.workers["police"].id)
    assert row == ("accepted",)
    assert (await session.scalar(text("SELECT count(*) FROM event WHERE kind = 'sitting:answered'"))) == 1


async def listed(session: AsyncSession, world: World, *around: str) -> tuple[Sitting, Conference]:
    """A MARAC with one case on its list."""
    (sitting,) = await make_sitting(session, world)
    case = await make_case(session, world, agencies=around, accountable=around[0])
    conference = await sittings.add_case(
        session, sitting, case, purpose="To plan", minutes=10, circle=[world.id(one) for one in around],
        by=world.viewer("council"), at=NOW,
    )  # fmt: skip
    await session.flush()
    return sitting, conference


async def test_my_work_asks_once_for_a_meeting_with_a_list(browser: Make, world: World, session: AsyncSession) -> None:
    sitting, conference = await listed(session, world, "council", "police")
    sitting.starts_at = conference.starts_at = clock.now() + timedelta(days=3)
    sitting.ends_at = conference.ends_at = sitting.starts_at + timedelta(hours=2)
    await session.commit()
    police = await browser().sign_in("police")
    page = (await police.get("/my-work")).text
    assert f'action="/sittings/{ref(sitting.id)}/answer"' in page
    assert f'action="/conferences/{ref(conference.id)}/answer"' not in page
    assert f'href="/conferences/{ref(conference.id)}"' in page, "it stands there all the same"
    assert '<span class="hub-count">1<' in page


@pytest.mark.parametrize("moved", [True, False], ids=["moved", "called off"])
async def test_a_case_that_is_closed_to_the_mover_goes_with_the_meeting(
    moved: bool, world: World, session: AsyncSession
) -> None:
    sitting, _ = await listed(session, world, "council", "health")
    police = world.viewer("police")
    await act_for(session, police.worker_id, police.agency_id)
    assert await rows(session, "SELECT 1 FROM conference") == []
    if moved:
        new = TUESDAY + timedelta(days=1)
        await sittings.move(session, sitting, starts_at=new, minutes=120, place="Room 2", by=police, at=NOW)
    else:
        await sittings.cancel(session, sitting, reason="The building is closed", by=police, at=NOW)
    assert await rows(session, "SELECT 1 FROM conference") == []
    await act_for(session, world.workers["council"].id, world.id("council"))
    ((state, place, starts_at),) = await rows(session, "SELECT state, place, starts_at FROM conference")
    expected = ("scheduled", "Room 2", 13) if moved else ("cancelled", "Room 1", 12)
    assert (state, place, starts_at.day) == expected


async def test_who_takes_over_the_chair_of_a_listed_case_comes_to_the_meeting(
    world: World, session: AsyncSession
) -> None:
    sitting, conference = await listed(session, world, "council", "police")
    council = world.workers["council"]
    colleague = await make_worker(session, world.agencies["council"], "colleague")
    await sittings.change_chair(
        session, conference, chair=colleague, was=council.id, by=world.viewer("council"), at=NOW
    )
    assert (sitting.chair_id, conference.chair_id) == (colleague.id, colleague.id)
    await sittings.answer(session, sitting, given=Answer.accepted, by=world.viewer("police"), at=NOW)
    for table in ("sitting_member", "invitee"):
        told = f"SELECT answer FROM {table} WHERE worker_id = :who"  # noqa: S608
        assert await rows(session, told, who=colleague.id) == [("accepted",)], table


async def test_who_takes_over_one_case_of_the_list_does_not_chair_the_meeting(
    world: World, session: AsyncSession
) -> None:
    sitting, conference = await listed(session, world, "police", "health")
    assert conference.chair_id != sitting.chair_id
    health = world.workers["health"]
    await sittings.change_chair(
        session, conference, chair=health, was=conference.chair_id, by=world.viewer("police"), at=NOW
    )
    assert sitting.chair_id == world.workers["council"].id and conference.chair_id == health.id
