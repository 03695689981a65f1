"""Calling people together through the pages: who may, what is seen, and what an outsider finds."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.agencies.tables import Worker
from hub.calendars import changes as calendars
from hub.calendars import queries as calendar_queries
from hub.calendars.jobs import read_feeds
from hub.calling.queries import busy_of
from hub.calling.rules import when_closed
from hub.cases.tables import Case
from hub.conferences import answers, changes
from hub.conferences.rules import ConferenceKind, check_chair
from hub.errors import Refused
from hub.ids import NOWHERE, from_ref, ref
from hub.interventions.changes import record_intervention
from hub.interventions.plans import Planned
from hub.interventions.rules import When
from hub.london import from_london, london
from hub.outside.fetching import CannotFetch, Fetched
from hub.sittings import changes as sittings
from hub.workdays import add_working_days
from tests.calling.makers import make_sitting
from tests.conferences.test_conferences import SOON, called, schedule
from tests.conftest import Browser, Maker, rows
from tests.makers import NOW, World, make_case, make_person, make_visit, make_worker

Make = Callable[[], Browser]


def soon(days: int = 5, hour: int = 10) -> datetime:
    return from_london(add_working_days(london(clock.now()).date(), days), hour)


def form_of(world: World, **given: object) -> dict[str, object]:
    day = london(soon())
    return {
        "kind": "core-group", "purpose": "The plan", "minutes": "60", "place": "Room 2", "chair": ref(world.workers["council"].id),
        "invitees": [ref(world.workers[one].id) for one in ("council", "police", "health")],
        "day": f"{day:%Y-%m-%d}", "starts": f"{day:%H:%M}",
    } | given  # fmt: skip


async def roles(session: AsyncSession, world: World, slug: str, *given: str) -> None:
    await session.execute(update(Worker).where(Worker.id == world.workers[slug].id).values(roles=list(given)))
    await session.commit()


# --- Calling ------------------------------------------------------------------------------------------------------


async def test_times_that_suit_all_are_offered_and_taken(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await session.commit()
    client = await browser().sign_in("council")
    path = f"/cases/{ref(case.id)}/conferences"
    typed = form_of(world, day="", starts="", purpose="CANARY words are kept")
    page = (await client.submit(f"{path}/times", typed)).text
    assert "CANARY words are kept" in page and 'name="offer"' in page
    offer = page.split('name="offer" type="radio" value="')[1].split('"')[0]
    answer = await client.submit(path, typed | {"offer": offer})
    assert answer.status_code == 303
    (held,) = await rows(session, "SELECT starts_at FROM conference")
    assert f"{london(held[0]):%Y-%m-%dT%H:%M}" == offer  # type: ignore[arg-type]
    assert (await client.submit(f"{path}/times", typed | {"invitees": [], "chair": ""})).status_code == 422


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"day": "2020-01-06"}, "lies ahead"),
        ({"day": ""}, "Enter the date"),
        ({"starts": ""}, "Enter when it starts"),
        ({"kind": "no-such"}, "Choose what it is"),
        ({"minutes": "5"}, "10 minutes"),
        ({"video_link": "javascript:alert(1)"}, "https://"),
        ({"repeat": "weekly"}, "Enter the last day"),
        ({"repeat": "weekly", "until": "2020-01-01"}, "last day after the first"),
        ({"offer": "yesterday"}, "Choose one of the times"),
    ],
)
async def test_what_is_refused_keeps_what_was_typed(
    given: dict[str, object], words: str, browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    await session.commit()
    client = await browser().sign_in("council")
    answer = await client.submit(f"/cases/{ref(case.id)}/conferences", form_of(world, purpose="CANARY stays", **given))
    assert answer.status_code == 422 and words in answer.text and "CANARY stays" in answer.text
    assert await rows(session, "SELECT 1 FROM conference") == []


@pytest.mark.parametrize(
    ("starts_at", "minutes", "words"),
    [
        (from_london(date(2026, 11, 28), 10), 60, "Saturday 28 November 2026 is at the weekend"),
        (from_london(date(2026, 12, 25), 10), 60, "Friday 25 December 2026 is a bank holiday: Christmas Day"),
        (from_london(date(2026, 11, 26), 16, 30), 60, "16:30 to 17:30 is outside working hours, 09:00 to 17:00"),
        (from_london(date(2026, 11, 26), 8, 30), 60, "08:30 to 09:30 is outside working hours, 09:00 to 17:00"),
        (from_london(date(2026, 11, 26), 23, 30), 60, "23:30 to 00:30 is outside working hours, 09:00 to 17:00"),
        (from_london(date(2026, 11, 26), 16), 60, ""),
    ],
)
def test_what_is_not_in_working_hours(starts_at: datetime, minutes: int, words: str) -> None:
    assert when_closed(starts_at, minutes) == words


async def test_a_time_outside_working_hours_is_asked_about_and_not_forbidden(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    await session.commit()
    client = await browser().sign_in("council")
    path = f"/cases/{ref(case.id)}/conferences"
    typed = form_of(world, starts="20:00", purpose="CANARY stays")
    asked = await client.submit(path, typed)
    assert asked.status_code == 422 and "outside working hours" in asked.text and "CANARY stays" in asked.text
    assert 'name="although_closed"' in asked.text
    assert (await client.submit(path, typed | {"although_closed": "yes"})).status_code == 303


@pytest.mark.parametrize(
    ("day", "starts", "words"),
    [
        ("2099-11-29", "22:30", "is at the weekend"),
        ("2099-12-25", "14:00", "is a bank holiday: Christmas Day"),
        ("", "02:00", "02:00 to 03:00 is outside working hours"),
    ],
)
async def test_moving_and_calling_a_list_ask_about_a_closed_time_too(
    day: str, starts: str, words: str, browser: Make, world: World, session: AsyncSession
) -> None:
    conference = await schedule(session, world, await make_case(session, world), starts_at=soon(), at=clock.now())
    (sitting,) = await make_sitting(session, world, starts_at=soon(6))
    await roles(session, world, "council", "leader")
    client = await browser().sign_in("council")
    when = {"day": day or f"{london(soon(7)):%Y-%m-%d}", "starts": starts, "minutes": "60", "place": "CANARY room"}
    calls = {"kind": "marac", "chair": ref(world.workers["council"].id), "members": [ref(world.workers["health"].id)]}
    for path, sent in (
        (f"/conferences/{ref(conference.id)}/move", when | {"reach": "this"}),
        (f"/sittings/{ref(sitting.id)}/move", when | {"reach": "this"}),
        ("/sittings", when | calls),
    ):
        asked = await client.submit(path, sent)
        assert asked.status_code == 422 and words in asked.text and "CANARY room" in asked.text, path
        assert 'name="although_closed"' in asked.text, path
        assert (await client.submit(path, sent | {"although_closed": "yes"})).status_code == 303, path


async def test_a_series_is_called_and_moved_from_the_page(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await session.commit()
    client = await browser().sign_in("council")
    until = f"{london(soon()) + timedelta(weeks=20):%Y-%m-%d}"
    answer = await client.submit(
        f"/cases/{ref(case.id)}/conferences", form_of(world, repeat="weekly", every="4", until=until)
    )
    assert answer.status_code == 303, answer.text
    page = answer.headers["location"]
    assert "Every 4 weeks on" in (await client.get(page)).text
    move = (await client.get(f"{page}/move")).text
    assert "This one and those after it" in move and "suit everybody" in move
    day = london(soon(6))
    sent = {"day": f"{day:%Y-%m-%d}", "starts": "14:30", "minutes": "45", "place": "Room 9", "reach": "later"}
    assert (await client.submit(f"{page}/move", sent)).status_code == 303
    places = {one[0] for one in await rows(session, "SELECT place FROM conference")}
    assert places == {"Room 9"}
    weekday, was = f"{day:%A}", f"{london(soon()):%A}"
    words = (await client.get(page)).text
    assert f"Every 4 weeks on {weekday}" in words and f"weeks on {was}" not in words, "it says what is"
    move = (await client.get(f"{page}/move")).text
    assert f"every 4 weeks on {weekday}" in move, "a day keeps its capital"
    offers = [one.split('"')[0] for one in move.split('name="offer" type="radio" value="')[1:]]
    first = datetime.fromisoformat(offers[0])
    assert abs(first.date() - day.date()) <= timedelta(days=4), "near the day that it is now"
    assert offers[-1] == "", "or another"
    assert (await client.submit(f"{page}/move", sent | {"offer": offers[0], "reach": "this"})).status_code == 303
    assert (first,) in [
        (london(one[0]).replace(tzinfo=None),)  # type: ignore[arg-type]
        for one in await rows(session, "SELECT starts_at FROM conference")
    ]
    assert (await client.submit(f"{page}/move", sent | {"day": ""})).status_code == 422
    off = await client.submit(
        f"{page}/cancel", {"reason": "The plan has ended, so there is nothing to meet about", "reach": "all"}
    )
    assert off.status_code == 303
    assert {one[0] for one in await rows(session, "SELECT state FROM conference")} == {"cancelled"}


@pytest.mark.parametrize("on_a_list", [False, True], ids=["conference", "meeting with a list"])
async def test_a_move_that_changes_nothing_tells_nobody(
    on_a_list: bool, browser: Make, world: World, session: AsyncSession
) -> None:
    if on_a_list:
        (meeting,) = await make_sitting(session, world, starts_at=soon())
        path = f"/sittings/{ref(meeting.id)}/move"
    else:
        meeting = await schedule(session, world, await make_case(session, world), starts_at=soon(), at=clock.now())
        path = f"/conferences/{ref(meeting.id)}/move"
    await session.commit()
    told = await rows(session, "SELECT count(*) FROM notice")
    client = await browser().sign_in("council")
    start = london(meeting.starts_at)
    as_it_is = {
        "offer": "", "day": f"{start:%Y-%m-%d}", "starts": f"{start:%H:%M}", "minutes": str(meeting.minutes),
        "place": meeting.place, "reach": "this",
    }  # fmt: skip
    refused = await client.submit(path, as_it_is)
    assert refused.status_code == 422 and "Nothing has changed: choose another day, hour or place" in refused.text
    await session.refresh(meeting)
    assert meeting.sequence == 0 and await rows(session, "SELECT count(*) FROM notice") == told
    for other in ({"place": "Hall"}, {"minutes": "90"}, {"starts": "11:00"}):
        assert (await client.submit(path, as_it_is | other)).status_code == 303


def test_a_chair_without_distance_says_why_it_must_be_them() -> None:
    check_chair("", "")
    check_chair("Their agency holds most", "No other chair is trained in this")
    with pytest.raises(Refused, match="Choose another chair"):
        check_chair("Their agency holds most", "")


async def test_the_chair_is_not_of_the_agency_with_most_of_the_actions(world: World, session: AsyncSession) -> None:
    from hub.actions import changes as actions
    from hub.actions.changes import Assigned

    case = await make_case(session, world)
    for who in ("council", "council", "police"):
        assigned = Assigned("Ring the school", world.workers[who], SOON.date())
        await actions.assign(
            session, case_id=case.id, conference_id=None, assigned=assigned, by=world.viewer("council"), at=NOW
        )
    await session.flush()
    with pytest.raises(Refused) as refused:
        await schedule(session, world, case)
    assert refused.value.field == "chair_because"
    await schedule(session, world, case, chair=world.workers["health"])
    await schedule(session, world, case, kind=ConferenceKind.core_group)
    kept = await schedule(session, world, case, chair_because="Nobody else may chair this by statute")
    assert kept.chair_because


# --- Due ----------------------------------------------------------------------------------------------------------


async def held(session: AsyncSession, world: World, case: Case, kind: str, days_ago: int) -> None:
    at = clock.now() - timedelta(days=days_ago)
    circle = [world.id(one) for one in ("council", "police", "health")]
    conference = await changes.schedule(
        session, case_id=case.id, called=called(world, kind=ConferenceKind(kind), starts_at=at), circle=circle,
        by=world.viewer("council"), at=at - timedelta(days=2),
    )  # fmt: skip
    conference.state, conference.closed_at = "closed", at


async def test_what_is_due_stands_on_the_list_and_the_case_until_it_is_not_needed(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    await held(session, world, case, "strategy-discussion", 40)
    await session.commit()
    client = await browser().sign_in("council")
    for path in ("/conferences/due", f"/cases/{ref(case.id)}/conferences"):
        page = (await client.get(path)).text
        assert "Initial child protection conference" in page and "overdue" in page
    outsider = await browser().sign_in("school")
    assert "No conference is due" in (await outsider.get("/conferences/due")).text
    path = f"/cases/{ref(case.id)}/conferences/not-needed"
    assert (await client.submit(path, {"kind": "initial-conference", "reason": "x"})).status_code == 422
    reason = "The enquiry found no harm, and all agencies agreed"
    assert (await client.submit(path, {"kind": "initial-conference", "reason": reason})).status_code == 303
    assert "No conference is due" in (await client.get("/conferences/due")).text
    assert (await client.submit(path, {"kind": "iom", "reason": reason})).status_code == 422
    until, who = "until the next strategy discussion is held", world.workers["council"].name
    for page in (f"/cases/{ref(case.id)}/conferences", f"/cases/{ref(case.id)}", f"/cases/{ref(case.id)}/history", "/"):
        shown = (await client.get(page)).text
        assert reason in shown and until in shown and who in shown, page
        assert "no clock asks for one" not in shown, page
        assert reason not in (await outsider.get(page)).text, page


# --- Answering ----------------------------------------------------------------------------------------------------


async def test_no_says_why_and_a_deputy_is_a_colleague(browser: Make, world: World, session: AsyncSession) -> None:
    conference = await schedule(session, world, await make_case(session, world), at=clock.now())
    await session.commit()
    client = await browser().sign_in("police")
    path = f"/conferences/{ref(conference.id)}"
    assert (await client.submit(f"{path}/answer", {"answer": "declined"})).status_code == 422
    assert (await client.submit(f"{path}/answer", {"answer": "declined", "reason": "In court"})).status_code == 303
    assert "In court" in (await client.get(path)).text
    health = ref(world.workers["health"].id)
    assert (await client.submit(f"{path}/deputy", {"deputy": health})).status_code == 422


@pytest.mark.parametrize("on_a_list", [False, True])
async def test_a_deputy_is_somebody_to_whom_it_opens(
    on_a_list: bool, browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    counts = await make_worker(session, world.agencies["police"], "researcher", roles=["researcher"])
    works = await make_worker(session, world.agencies["police"], "colleague")
    if on_a_list:
        (sitting,) = await make_sitting(session, world, starts_at=soon())
        path = f"/sittings/{ref(sitting.id)}"
    else:
        conference = await schedule(session, world, case, at=clock.now())
        path = f"/conferences/{ref(conference.id)}"
    await session.commit()
    client = await browser().sign_in("police")
    offered = (await client.get(f"{path}/answer")).text
    assert ref(works.id) in offered and ref(counts.id) not in offered
    refused = await client.submit(f"{path}/deputy", {"deputy": ref(counts.id)})
    assert refused.status_code == 422 and "Choose a colleague to whom" in refused.text
    assert (await client.submit(f"{path}/deputy", {"deputy": ref(works.id)})).status_code == 303


async def test_whoever_stepped_back_is_no_deputy(browser: Make, world: World, session: AsyncSession) -> None:
    conference = await schedule(session, world, await make_case(session, world), at=clock.now())
    near = await make_worker(session, world.agencies["police"], "near")
    await answers.declare_interest(
        session, conference, worker_id=near.id, nature="The mother is my cousin", by=world.viewer("council"), at=NOW
    )
    await session.commit()
    client = await browser().sign_in("police")
    path = f"/conferences/{ref(conference.id)}"
    assert ref(near.id) not in (await client.get(f"{path}/answer")).text
    assert (await client.submit(f"{path}/deputy", {"deputy": ref(near.id)})).status_code == 422


async def test_to_one_meeting_there_is_one_answer(browser: Make, world: World, session: AsyncSession) -> None:
    (sitting,) = await make_sitting(session, world, starts_at=soon())
    works = await make_worker(session, world.agencies["police"], "colleague")
    case, later = await make_case(session, world), await make_case(session, world)
    circle = [world.id(one) for one in ("council", "police", "health")]

    async def put(one: Case) -> str:
        told = {"purpose": "Talk", "minutes": 10, "circle": circle, "by": world.viewer("council"), "at": clock.now()}
        conference = await sittings.add_case(session, sitting, one, **told)  # type: ignore[arg-type]
        await session.commit()
        return f"/conferences/{ref(conference.id)}"

    async def said(path: str) -> dict[str, str]:
        found = await rows(
            session, "SELECT name, answer FROM invitee JOIN worker ON worker.id = worker_id WHERE conference_id = :id",
            id=from_ref(path.split("/")[2]),
        )  # fmt: skip
        return dict(found)

    first, whole = await put(case), f"/sittings/{ref(sitting.id)}"
    assert await said(first) == {"Council": "accepted", "Police": "awaited", "Health": "awaited"}
    police, health = await browser().sign_in("police"), await browser().sign_in("health")
    assert (await police.submit(f"{whole}/answer", {"answer": "tentative"})).status_code == 303
    assert (await said(first))["Police"] == "tentative"
    no = {"answer": "declined", "reason": "In court"}
    assert (await health.submit(f"{first}/answer", no)).status_code == 303
    assert (await health.get(f"{first}/answer")).headers["location"] == f"{whole}/answer"
    assert "In court" in (await police.get(whole)).text and (await said(first))["Health"] == "declined"
    assert (await police.submit(f"{first}/deputy", {"deputy": ref(works.id)})).status_code == 303
    expected = {"Council": "accepted", "Police": "deputy", "Health": "declined", "Colleague": "awaited"}
    assert await said(first) == expected and await said(await put(later)) == expected
    await sittings.move(
        session, sitting, starts_at=soon(6), minutes=120, place="Room 3", by=world.viewer("council"), at=clock.now()
    )
    assert await said(first) == expected | {"Health": "awaited"}


async def test_who_declares_an_interest_is_out_of_that_conference_only(
    browser: Make, world: World, session: AsyncSession
) -> None:
    (sitting,) = await make_sitting(session, world, starts_at=soon())
    case = await make_case(session, world)
    await session.commit()
    chair = await browser().sign_in("council")
    path = f"/sittings/{ref(sitting.id)}"
    added = await chair.submit(f"{path}/cases", {"case": ref(case.id), "purpose": "CANARY papers", "minutes": "10"})
    assert added.status_code == 303, added.text
    police = await browser().sign_in("police")
    page = (await police.get(path)).text
    assert "CANARY papers" in page
    assert '<th scope="col"></th>' not in page and page.count("<th ") == 6, (
        "no column without a name for who changes nothing"
    )
    item = page.split("/conferences/")[1][:26]
    conference = f"/conferences/{item}"
    assert (await police.submit(f"{conference}/interest", {"nature": ""})).status_code == 422
    out = await police.submit(f"{conference}/interest", {"nature": "The mother is my cousin"})
    assert out.status_code == 303 and out.headers["location"] == path
    page = (await police.get(path)).text
    assert "You are out of this item" in page and "CANARY papers" not in page and "Testcase" not in page
    for closed in (conference, f"{conference}/room", f"{conference}/invitation.ics", f"{conference}/answer"):
        answer = await police.get(closed)
        assert answer.status_code == 403 and "CANARY" not in answer.text
    assert "CANARY" not in (await police.get("/conferences?view=all")).text
    assert (await police.get(f"/cases/{ref(case.id)}")).status_code == 200
    page = (await chair.get(conference)).text
    assert "The mother is my cousin" in page
    lift = page.split(f'action="{conference}/interests/')[1].split('"')[0]
    again = await chair.submit(f"{conference}/interests/{lift}", {"nature": "It was another family of that name"})
    assert again.status_code == 303
    assert (await police.get(conference)).status_code == 200


async def test_who_steps_back_is_told_that_it_is_done_and_what_was_wrong_keeps_its_form(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case, starts_at=soon(), at=clock.now())
    await session.commit()
    police, path = await browser().sign_in("police"), f"/conferences/{ref(conference.id)}"
    for typed in ("", "CAN"):
        wrong = await police.submit(f"{path}/interest", {"nature": typed})
        assert (
            wrong.status_code == 422 and f'action="{path}/interest"' in wrong.text and "back button" not in wrong.text
        )
        assert 'name="nature"' in wrong.text and "Error:" in wrong.text and (not typed or 'value="CAN"' in wrong.text)
    done = await police.submit(f"{path}/interest", {"nature": "The mother is my cousin"})
    assert done.status_code == 303
    landed = await police.get(done.headers["location"])
    assert landed.status_code == 200 and "You have stepped back from this conference." in landed.text
    assert f'href="{path}"' not in landed.text
    closed = await police.get(path)
    assert closed.status_code == 403 and "You have stepped back from this conference" in closed.text
    assert "You cannot do this" not in closed.text and "CANARY" not in closed.text
    chair = await browser().sign_in("council")
    assert "stepped back from this" not in (await chair.get(f"/cases/{ref(case.id)}/conferences")).text
    lift = (await chair.get(path)).text.split(f'action="{path}/interests/')[1].split('"')[0]
    again = await chair.submit(f"{path}/interests/{lift}", {"nature": ""})
    assert again.status_code == 422 and "Say why they can come back in" in again.text
    assert f'action="{path}/interests/{lift}"' in again.text


# --- Lists --------------------------------------------------------------------------------------------------------


async def test_a_list_is_ordered_by_need_and_shows_what_opens(
    browser: Make, world: World, session: AsyncSession
) -> None:
    from hub.cases.rules import Rating

    (sitting,) = await make_sitting(session, world, starts_at=soon())
    adult = await make_person(session, given="Old", family="Adultcase", born="1960-01-01")
    child = await make_person(session, given="Wee", family="Childcase", born=f"{clock.today().year - 5}-01-01")
    cases = [
        await make_case(session, world, person=adult, rating=Rating.red),
        await make_case(session, world, person=child, rating=Rating.green),
        await make_case(session, world, person=await make_person(session, family="Hiddencase"), agencies=("council", "police")),
    ]  # fmt: skip
    await session.commit()
    chair = await browser().sign_in("council")
    path = f"/sittings/{ref(sitting.id)}"
    for case in cases:
        sent = {"case": ref(case.id), "purpose": "Talk", "minutes": "20"}
        assert (await chair.submit(f"{path}/cases", sent)).status_code == 303
    page = (await chair.get(path)).text
    listed = page.split("Who is asked")[0]
    assert listed.index("Childcase") < listed.index("Adultcase")
    health = (await (await browser().sign_in("health")).get(path)).text
    assert "Childcase" in health and "Hiddencase" not in health
    item = page.split("/items/")[1][:26]
    assert (await chair.submit(f"{path}/items/{item}", {"minutes": "2"})).status_code == 422
    assert (await chair.submit(f"{path}/items/{item}", {"minutes": "120", "by_hand": "3"})).status_code == 303
    assert "Too long" in (await chair.get(path)).text
    removed = await chair.submit(f"{path}/items/{item}/remove", {"reason": "It was decided between meetings"})
    assert removed.status_code == 303
    police = await browser().sign_in("police")
    assert (await police.submit(f"{path}/items/{item}", {"minutes": "10"})).status_code == 404
    left = (await police.get(path)).text.split("/items/")
    assert len(left) == 1, "only the chair and the coordinator change the list"


@pytest.mark.parametrize("who", ["school", "probation"])
async def test_an_outsider_finds_nothing(who: str, browser: Make, world: World, session: AsyncSession) -> None:
    (sitting,) = await make_sitting(session, world, starts_at=soon())
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=clock.now())
    await session.commit()
    client = await browser().sign_in(who)
    s, c, k = f"/sittings/{ref(sitting.id)}", f"/conferences/{ref(conference.id)}", f"/cases/{ref(case.id)}/conferences"
    for path in (s, f"{s}/move", f"{s}/answer", c, f"{c}/move", f"{c}/answer", f"{c}/invitation.ics", f"{k}/new"):
        assert (await client.get(path)).status_code == 404, path
    x = "0" * 26
    for path in (
        f"{s}/answer", f"{s}/deputy", f"{s}/move", f"{s}/cancel", f"{s}/cases", f"{s}/items/{x}", f"{s}/items/{x}/remove",
        f"{c}/answer", f"{c}/deputy", f"{c}/move", f"{c}/cancel", f"{c}/interest", f"{c}/interests/{x}/lift",
        k, f"{k}/times", f"{k}/not-needed",
    ):  # fmt: skip
        assert (await client.submit(path, {})).status_code == 404, path


async def test_a_frontline_worker_calls_no_list(browser: Make, world: World, session: AsyncSession) -> None:
    client = await browser().sign_in("police")
    assert (await client.get("/sittings/new")).status_code == 403
    assert (await client.submit("/sittings", {})).status_code == 403
    await roles(session, world, "police", "leader")
    day = london(soon())
    sent = {
        "kind": "marac", "chair": ref(world.workers["police"].id), "members": [ref(world.workers["health"].id)], "minutes": "90",
        "day": f"{day:%Y-%m-%d}", "starts": "09:30", "repeat": "weekly", "every": "2", "until": f"{day + timedelta(weeks=9):%Y-%m-%d}",
    }  # fmt: skip
    assert (await client.submit("/sittings", sent | {"kind": "core-group"})).status_code == 422
    assert (await client.submit("/sittings", sent)).status_code == 303
    assert len(await rows(session, "SELECT 1 FROM sitting")) >= 4


async def test_a_closed_case_calls_nothing(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    case.closed_at, case.stage = clock.now(), "closed"
    await session.commit()
    client = await browser().sign_in("council")
    assert (await client.submit(f"/cases/{ref(case.id)}/conferences", form_of(world))).status_code == 403


# --- Calendars ----------------------------------------------------------------------------------------------------


async def test_the_subscription_holds_times_and_nothing_else(
    browser: Make, world: World, session: AsyncSession
) -> None:
    await schedule(session, world, await make_case(session, world), at=clock.now())
    await make_sitting(session, world, starts_at=soon())
    await session.commit()
    client = await browser().sign_in("police")
    page = (await client.get("/account/calendar")).text
    address = page.split("http://hub.test")[1].split('"')[0]
    stranger = browser()
    answer = await stranger.get(address)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/calendar")
    assert len(list(Calendar.from_ical(answer.text).walk("VEVENT"))) == 2
    for secret in ("CANARY", "Testcase", "ATTENDEE", "Council"):
        assert secret not in answer.text
    again = await stranger.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content
    assert (await stranger.get(address.replace(".ics", "0.ics"))).status_code == 404
    assert (await client.submit("/account/calendar/reset")).status_code == 303
    assert (await stranger.get(address)).status_code == 404, "the old address is dead at once"


FEED = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:CANARY dentist\r\n"
    "DTSTART:{0:%Y%m%dT%H%M%SZ}\r\nDTEND:{1:%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


async def test_an_agency_calendar_gives_busy_times_alone_and_grows_old(
    browser: Make, world: World, session: AsyncSession, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = soon().astimezone(UTC)
    answers: list[object] = [
        Fetched(FEED.format(begins, begins + timedelta(hours=1)), '"1"'),
        Fetched(None, '"1"'),
        CannotFetch("It answered 500"),
    ]

    async def fetch(address: str, **given: object) -> Fetched:
        assert address == "https://agency.example/me.ics"
        got = answers.pop(0)
        if isinstance(got, Exception):
            raise got
        return got  # type: ignore[return-value]

    monkeypatch.setattr("hub.calendars.jobs.fetch", fetch)
    client = await browser().sign_in("police")
    for wrong in ("http://agency.example/a.ics", "https://agency.example:99/a.ics"):
        assert (await client.submit("/account/calendar", {"address": wrong})).status_code == 422
    assert (await client.submit("/account/calendar", {"address": "webcal://agency.example/me.ics"})).status_code == 303
    me = world.workers["police"].id
    for _ in range(3):
        assert await read_feeds(maker) == 1
        await session.execute(update(calendar_queries.WorkerCalendar).values(read_at=clock.now()))
        await session.commit()
    kept = await calendar_queries.calendar_of(session, me)
    assert kept is not None
    await session.refresh(kept)
    assert calendar_queries.feed_times(kept) == [(begins, begins + timedelta(hours=1))]
    assert kept.failures == 1 and "500" in kept.failure
    assert b"agency.example" not in (kept.address or b"") and "CANARY" not in str(kept.busy)
    assert "It answered 500" in (await client.get("/account/calendar")).text
    assert calendar_queries.state_of(kept).is_stale(clock.now() + timedelta(days=2))
    assert not calendar_queries.state_of(kept).is_stale(clock.now())
    await calendars.give_feed(session, me, "", by=world.viewer("police"), at=clock.now())
    assert calendar_queries.feed_times(await calendar_queries.calendar_of(session, me)) == []


async def test_busy_is_a_visit_a_conference_a_list_and_a_room(world: World, session: AsyncSession) -> None:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    visit = await make_visit(session, world, case, person)
    visit.worker_id = world.workers["police"].id
    conference = await schedule(session, world, case)
    (sitting,) = await make_sitting(session, world, starts_at=SOON + timedelta(days=1))
    await session.flush()
    me = world.workers["police"].id
    found = await busy_of(session, [me], NOW - timedelta(days=1), SOON + timedelta(days=9), room="Room 2")
    assert (conference.starts_at, conference.ends_at) in found[me] and (sitting.starts_at, sitting.ends_at) in found[me]
    assert (visit.starts_at, visit.ends_at) in found[me] and found[NOWHERE] == [
        (conference.starts_at, conference.ends_at)
    ]
    without = await busy_of(session, [me], NOW, SOON + timedelta(days=9), without=[conference.id])
    assert (conference.starts_at, conference.ends_at) not in without[me]


async def test_what_repeats_fills_each_of_its_hours_and_what_only_runs_fills_none(
    world: World, session: AsyncSession
) -> None:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    me, start = world.workers["police"].id, NOW + timedelta(days=3)
    await make_visit(session, world, case, person, by="police", kind="T.PSYCH", start=start, repeats="FREQ=WEEKLY")
    await make_visit(session, world, case, person, by="police", kind="L.CIN", start=start, hours=24 * 30)
    by_day = Planned(
        kind="R.CURFEW",
        people=[person.id],
        when=When(start, None, whole_days=False),
        worker_id=me,
        hours=(time(9), time(17)),
    )
    await record_intervention(
        session, case_id=case.id, planned=by_day, case_people=[person.id], by=world.viewer("police"), at=NOW
    )
    found = await busy_of(session, [me], NOW, NOW + timedelta(weeks=3))
    assert found[me] == [(start + timedelta(weeks=n), start + timedelta(weeks=n, hours=1)) for n in range(3)]


async def test_an_invitation_to_a_list_waits_on_my_work(browser: Make, world: World, session: AsyncSession) -> None:
    await make_sitting(session, world, starts_at=soon())
    await session.commit()
    client = await browser().sign_in("police")
    page = (await client.get("/my-work")).text
    assert "MARAC: can you come?" in page
    path = page.split('action="/sittings/')[1].split("/answer")[0]
    assert (await client.submit(f"/sittings/{path}/answer", {"answer": "accepted"})).status_code == 303
    assert "MARAC: can you come?" not in (await client.get("/my-work")).text


async def test_a_meeting_with_a_list_is_offered_times_near_its_old_one(
    browser: Make, world: World, session: AsyncSession
) -> None:
    (sitting,) = await make_sitting(session, world)
    await session.commit()
    council = await browser().sign_in("council")
    path = f"/sittings/{ref(sitting.id)}"
    page = (await council.get(f"{path}/move")).text
    offers = re.findall(r'name="offer" type="radio" value="([0-9T:-]+)"', page)
    as_it_is = f"{london(sitting.starts_at):%Y-%m-%dT%H:%M}"
    assert len(offers) > 2 and as_it_is not in offers and "These times suit everybody who is invited" in page
    assert abs(datetime.fromisoformat(offers[0]).date() - london(sitting.starts_at).date()) <= timedelta(days=3)
    sent = {"offer": offers[0], "day": "", "starts": "", "minutes": "120", "place": "Room 1"}
    assert (await council.submit(f"{path}/move", sent)).status_code == 303
    await session.refresh(sitting)
    assert f"{london(sitting.starts_at):%Y-%m-%dT%H:%M}" == offers[0]
