"""A joint conference: called, invited, reminded once, held with each agency's position, closed, followed up."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import recurring_ical_events
from icalendar import Calendar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import changes as actions
from hub.actions import queries as action_queries
from hub.actions.changes import Assigned
from hub.actions.rules import ActionState
from hub.cases.tables import Case
from hub.clock import now
from hub.conferences import answers, changes
from hub.conferences.changes import Called
from hub.conferences.jobs import remind_due
from hub.conferences.rules import (
    Answer,
    ConferenceKind,
    Held,
    check_closing,
    remind_at,
)
from hub.conferences.tables import Conference
from hub.decisions import changes as decisions
from hub.decisions import queries as decision_queries
from hub.decisions.changes import Decided
from hub.decisions.rules import Option, Stance, check_stance
from hub.errors import Conflict, Refused
from hub.ids import ref
from hub.notices.jobs import send_due
from tests.conftest import Browser, Maker, committed, rows
from tests.makers import NOW, World, make_case, make_world

Make = Callable[[], Browser]
SOON = datetime(2027, 7, 6, 9, 30, tzinfo=UTC)  # half past ten on a summer's morning in London

# --- Rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stance", "reason", "fine"),
    [
        (Stance.agree, "", True),
        (Stance.abstain, "", True),
        (Stance.dissent, "No", False),
        (Stance.dissent, "He knows the way to the school", True),
        (Stance.reservation, "", False),
        (Stance.not_consulted, "", False),
    ],
)
def test_a_dissent_says_why(stance: Stance, reason: str, fine: bool) -> None:
    if fine:
        check_stance(stance, reason)
    else:
        with pytest.raises(Refused):
            check_stance(stance, reason)


@pytest.mark.parametrize(
    ("held", "missing"),
    [
        (Held([], {}, 0, ""), "a decision, or why nothing changes"),
        (Held(["Tom"], {}, 0, "All is as it was"), "the attendance of Tom"),
        (Held([], {"Safe?": ["Police"]}, 1, ""), "the position of Police on “Safe?”"),
        (Held([], {"Safe?": []}, 1, ""), ""),
        (Held([], {}, 0, "All is as it was"), ""),
        (Held([], {}, 0, "All is as it was", ["Who answers?"]), "says to “Who answers?”, decided between meetings"),
    ],
)
def test_what_is_missing_before_it_can_be_closed(held: Held, missing: str) -> None:
    if missing:
        with pytest.raises(Conflict, match=missing.replace("?", r"\?")):
            check_closing(held)
    else:
        check_closing(held)


def test_a_reminder_comes_a_day_before_or_an_hour_before_a_hasty_one() -> None:
    assert remind_at(NOW + timedelta(days=9), NOW) == NOW + timedelta(days=8)
    assert remind_at(NOW + timedelta(hours=5), NOW) == NOW + timedelta(hours=4)


# --- Changes ----------------------------------------------------------------------------------------------------


def called(world: World, **given: object) -> Called:
    told = {
        "kind": ConferenceKind.case_conference,
        "purpose": "Agree the first plan for the CANARY family",
        "starts_at": SOON,
        "minutes": 60,
        "place": "Room 2",
        "video_link": "",
        "chair": world.workers["council"],
        "invitees": [world.workers["police"], world.workers["health"]],
    } | given
    return Called(**told)  # type: ignore[arg-type]


async def schedule(session: AsyncSession, world: World, case: Case, at: datetime = NOW, **given: object) -> Conference:
    circle = [world.id(slug) for slug in ("council", "police", "health")]
    return await changes.schedule(
        session, case_id=case.id, called=called(world, **given), circle=circle, by=world.viewer("council"), at=at
    )


@pytest.mark.parametrize(
    "given", [{"starts_at": NOW - timedelta(hours=1)}, {"minutes": 5}, {"minutes": 600}, {"invitees": []}]
)
async def test_what_cannot_be_called(given: dict[str, object], world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    with pytest.raises(Refused):
        await schedule(session, world, case, **given)


async def test_nobody_outside_the_circle_is_invited(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    with pytest.raises(Refused):
        await schedule(session, world, case, invitees=[world.workers["school"]])


async def test_each_invitee_gets_an_invitation_that_says_nothing_about_anybody(
    world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case)
    notices = await rows(session, "SELECT worker_id, calendar, calendar_method FROM notice WHERE calendar <> ''")
    assert {notice[0] for notice in notices} == {world.workers[slug].id for slug in ("council", "police", "health")}
    for worker_id, calendar, method in notices:
        read = Calendar.from_ical(str(calendar))
        (event,) = recurring_ical_events.of(read).at((2027, 7, 6))  # another reader's eyes
        assert method == read["METHOD"] == "REQUEST"
        assert event["DTSTART"].dt.astimezone(UTC) == SOON and event["DTSTART"].params["TZID"] == "Europe/London"
        assert any(part.name == "VTIMEZONE" for part in read.subcomponents)
        assert (
            event["SEQUENCE"] == 0 and event["CLASS"] == "CONFIDENTIAL" and event["UID"].startswith(ref(conference.id))
        )
        mine = next(worker for worker in world.workers.values() if worker.id == worker_id)
        assert str(event["ATTENDEE"]) == f"mailto:{mine.email}", "one invitation for each, and nobody else in it"
        for word in ("CANARY", "Testcase", "Ayo", case.reference, case.problem):
            assert word not in str(calendar)


async def test_moving_and_cancelling_keep_the_name_and_raise_the_sequence(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case)
    await answers.answer(session, conference, given=Answer.accepted, by=world.viewer("police"), at=NOW)
    by = world.viewer("council")
    await changes.move(session, conference, starts_at=SOON + timedelta(days=1), minutes=90, place="", by=by, at=NOW)
    assert [row[0] for row in await rows(session, "SELECT answer FROM invitee ORDER BY answer")] == [
        "accepted",
        "awaited",
        "awaited",
    ]
    await changes.cancel(session, conference, reason="The family has moved away", by=by, at=NOW)
    await session.flush()
    found = [
        Calendar.from_ical(str(row[0]))
        for row in await rows(
            session,
            "SELECT calendar FROM notice WHERE worker_id = :id ORDER BY written_at, kind",
            id=world.workers["police"].id,
        )
    ]
    events = sorted(
        ((calendar["METHOD"], calendar.walk("VEVENT")[0]) for calendar in found), key=lambda pair: pair[1]["SEQUENCE"]
    )
    assert [(method, event["SEQUENCE"]) for method, event in events] == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    assert len({str(event["UID"]) for _, event in events}) == 1 and events[2][1]["STATUS"] == "CANCELLED"
    open_ = await rows(session, "SELECT count(*) FROM reminder WHERE done_at IS NULL")
    assert open_ == [(0,)], "nobody is reminded of a conference that is off"


async def _hold(session: AsyncSession, world: World) -> tuple[Conference, Case]:
    case = await make_case(session, world)
    conference = await schedule(session, world, case)
    await changes.begin(session, conference, by=world.viewer("council"), at=NOW)
    return conference, case


async def test_a_dissent_stays_for_ever_beside_a_later_position(world: World, session: AsyncSession) -> None:
    conference, _ = await _hold(session, world)
    by = world.viewer("council")
    options = [
        Option("Weekly visits", "Somebody looks", "It takes time", chosen=True),
        Option("No further action", "They ask for quiet", "Nobody would look"),
    ]
    decided = Decided("Is it safe?", options, "", "The risk is higher at weekends")
    decision = await decisions.decide(
        session, case_id=conference.case_id, conference_id=conference.id, decided=decided, by=by, at=NOW
    )
    for stance, reason in ((Stance.dissent, "He knows the way to the school"), (Stance.agree, "")):
        await decisions.state_position(
            session,
            decision,
            agency_id=world.id("police"),
            stance=stance,
            reason=reason,
            stated_by=world.workers["police"].id,
            by=by,
            at=NOW,
        )
    stated = (await decision_queries.positions(session, [decision.id]))[decision.id]
    assert [(one.stance, one.superseded_at is None) for one in stated] == [("dissent", False), ("agree", True)]
    with pytest.raises(Conflict, match=r"Council.*Health|Health.*Council"):
        await changes.close(session, conference, no_change_because="", by=by, at=NOW)


async def test_an_action_belongs_to_one_named_person_who_is_told(world: World, session: AsyncSession) -> None:
    conference, case = await _hold(session, world)
    assigned = Assigned("Fit a lock", world.workers["police"], NOW.date() + timedelta(days=7))
    action = await actions.assign(
        session, case_id=case.id, conference_id=conference.id, assigned=assigned, by=world.viewer("council"), at=NOW
    )
    owner = (await action_queries.owners(session, [action.id]))[action.id]
    assert owner.worker_id == world.workers["police"].id and owner.accepted_at is None
    assert await rows(session, "SELECT count(*) FROM notice WHERE kind = 'action-assigned'") == [(1,)]
    with pytest.raises(Refused):
        await actions.finish(session, action, state=ActionState.done, note="ok", by=world.viewer("police"), at=NOW)
    await actions.finish(
        session, action, state=ActionState.overtaken, note="They have moved house", by=world.viewer("police"), at=NOW
    )
    with pytest.raises(Conflict):
        await actions.finish(
            session, action, state=ActionState.done, note="It was done", by=world.viewer("police"), at=NOW
        )


# --- Reminders --------------------------------------------------------------------------------------------------


async def test_three_processes_remind_everybody_exactly_once(own_database: str) -> None:
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            for _ in range(10):
                await schedule(session, world, await make_case(session, world), at=now())
            await session.execute(text("UPDATE reminder SET due_at = now() - interval '1 minute'"))
            await session.commit()
        counts = await asyncio.gather(*(remind_due(maker) for _ in range(3)))
        assert sum(counts) == 30 and await remind_due(maker) == 0
        async with maker() as session:
            assert await rows(
                session,
                "SELECT count(*), count(DISTINCT (subject_id, worker_id)) FROM notice WHERE kind = 'conference-reminder'",
            ) == [(30, 30)]
        sent = await asyncio.gather(*(send_due(maker) for _ in range(3)))
        assert sum(sent) >= 60
        async with maker() as session:
            assert await rows(session, "SELECT count(*) FROM notice WHERE sent_at IS NULL OR attempts <> 1") == [(0,)]


@pytest.mark.parametrize(
    ("what", "because"),
    [
        ("UPDATE conference SET state = 'cancelled'", "not ahead"),
        ("UPDATE invitee SET answer = 'declined'", "not coming"),
        ("UPDATE worker SET ended_at = now() - interval '1 day'", "has left"),
        ("UPDATE conference SET starts_at = now() - interval '1 hour', ends_at = now()", "has begun"),
    ],
)
async def test_a_reminder_looks_again_before_it_goes_out(
    what: str, because: str, maker: Maker, world: World, session: AsyncSession
) -> None:
    await schedule(session, world, await make_case(session, world), at=now())
    await session.execute(text("UPDATE reminder SET due_at = now() - interval '1 minute'"))
    await session.execute(text(what))
    await session.commit()
    assert await remind_due(maker) == 3
    assert await rows(session, "SELECT count(*) FROM notice WHERE kind = 'conference-reminder'") == [(0,)]
    assert all(because in str(row[0]) for row in await rows(session, "SELECT dropped_because FROM reminder"))


# --- Pages ------------------------------------------------------------------------------------------------------


async def test_the_whole_conference_in_the_browser(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await session.commit()
    path = f"/cases/{ref(case.id)}"
    council, police, school = [await browser().sign_in(slug) for slug in ("council", "police", "school")]
    form = {
        "kind": "case-conference",
        "purpose": "First plan",
        "day": "6/7/2027",
        "starts": "10:30",
        "minutes": "60",
        "chair": ref(world.workers["council"].id),
        "invitees": [ref(world.workers[slug].id) for slug in ("police", "health")],
    }
    made = await council.submit(f"{path}/conferences", form)
    assert made.status_code == 303, made.text
    room = made.headers["location"]
    assert (await school.get(room)).status_code == 404 and (
        await school.get(f"{room}/invitation.ics")
    ).status_code == 404
    assert "Can you come?" in (await police.get(room)).text
    assert (await police.submit(f"{room}/answer", {"answer": "accepted", "_back": "/my-work"})).headers[
        "location"
    ] == "/my-work"
    assert "BEGIN:VEVENT" in (await police.get(f"{room}/invitation.ics")).text
    assert (await police.submit(f"{room}/open")).status_code == 403
    assert (await council.submit(f"{room}/open", {"anyway": "true"})).status_code == 303
    signed = await council.submit(f"{room}/statement", {"agreed": "true", "how": "in-person"})
    assert signed.status_code == 303
    marks = {
        "worker": [ref(world.workers[slug].id) for slug in ("council", "police", "health")],
        "attendance": ["in-person", "by-video", "apologies"],
    }
    assert (await council.submit(f"{room}/attendance", marks)).status_code == 303
    short = await council.submit(
        f"{room}/decisions", {"question": "Safe?", "chosen": "Weekly visits", "rationale": "ok"}
    )
    assert short.status_code == 422 and "Weekly visits" in short.text
    decided = {
        "question": "Safe?",
        "option_1": "Weekly visits",
        "for_1": "Somebody looks",
        "against_1": "It takes time",
        "option_2": "No further action",
        "for_2": "They ask for quiet",
        "against_2": "Nobody would look",
        "took": "1",
        "rationale": "Weekends are worst",
    }
    done = await council.submit(f"{room}/decisions", decided)
    decision = done.headers["location"].split("#decision-")[1]
    dissent = {"agency": ref(world.id("police")), "stance": "dissent", "reason": "He knows the way to the school"}
    assert (await police.submit(f"/decisions/{decision}/positions", dissent)).status_code == 303
    foreign = await police.submit(f"/decisions/{decision}/positions", dissent | {"agency": ref(world.id("health"))})
    assert foreign.status_code == 403
    early = await council.submit(f"{room}/close")
    assert early.status_code == 422 and "the position of" in early.text
    for slug, stance, reason in (
        ("council", "agree", ""),
        ("health", "not-consulted", "Nobody from health could come"),
    ):
        stated = {"agency": ref(world.id(slug)), "stance": stance, "reason": reason}
        assert (await council.submit(f"/decisions/{decision}/positions", stated)).status_code == 303
    action = {"what": "Fit a lock", "worker": ref(world.workers["police"].id), "due_on": "2027-07-20"}
    assert (await council.submit(f"{room}/actions", action)).status_code == 422
    action |= {"no_outcome_because": "None is agreed yet", "risk": "He comes in at night"}
    assert (await council.submit(f"{room}/actions", action)).status_code == 303
    assert "Fit a lock" in (await police.get("/my-work")).text
    assert (await council.submit(f"{room}/close")).status_code == 303
    for page in (room, f"{path}/conferences", path):
        assert "He knows the way to the school" in (await council.get(page)).text
    assert (await council.submit(f"{room}/decisions", decided)).status_code == 409


async def test_a_case_lists_what_is_open_then_what_lies_ahead_then_what_is_past(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    made = [await schedule(session, world, case, at=NOW) for _ in range(5)]
    for number, (one, days, state) in enumerate(
        zip(made, (-20, 3, -2, 9, 5), ("closed", "scheduled", "cancelled", "scheduled", "open"), strict=True)
    ):
        one.starts_at, one.state, one.purpose = SOON + timedelta(days=days), state, f"number {number}"
        one.ends_at = one.starts_at + timedelta(hours=1)
        one.opened_at = SOON if state == "open" else one.starts_at if number == 2 else None
    await session.commit()
    page = (await (await browser().sign_in("council")).get(f"/cases/{ref(case.id)}/conferences")).text
    shown = page.split("Conferences of this case")[1].split("</table>")[0]
    assert re.findall(r"number (\d)", shown) == ["4", "1", "3", "2", "0"]
    assert re.findall(r'hub-flag--\w+">([^<]+)', shown) == ["Open now", "Ahead", "Ahead", "Adjourned", "Closed"]
