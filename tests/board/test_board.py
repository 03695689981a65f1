"""The board and My work: what needs me or us today, in a few queries whatever the number of rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.board.queries import Cut, cards, counts
from hub.board.rules import Heading, Order, View, heading
from hub.cases.changes import name_accountable
from hub.cases.rules import Rating
from hub.clock import now
from hub.conferences import changes as conference_changes
from hub.ids import ref
from tests.conferences.test_conferences import schedule
from tests.conftest import Browser, Maker
from tests.makers import NOW, World, make_case, make_contribution, make_person

Make = Callable[[], Browser]
TODAY = NOW.date()


@contextmanager
def counted(connection: AsyncConnection) -> Iterator[list[str]]:
    """The statements that go to the database inside the block."""
    seen: list[str] = []
    sync = connection.sync_connection
    assert sync is not None

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(sync, "before_cursor_execute", note)
    yield seen
    event.remove(sync, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("days", "is_"),
    [(-1, Heading.overdue), (0, Heading.today), (1, Heading.week), (6, Heading.week), (7, Heading.later)],
)
def test_under_which_heading_something_stands(days: int, is_: Heading) -> None:
    assert heading(TODAY + timedelta(days=days), TODAY) is is_


def test_what_has_no_day_waits_for_an_answer_today() -> None:
    assert heading(None, TODAY) is Heading.today


async def test_a_page_takes_the_same_number_of_queries_for_one_row_and_for_twenty(
    world: World, session: AsyncSession, connection: AsyncConnection, maker: Maker
) -> None:
    taken, police = [], world.viewer("police")
    for more in (1, 19):
        for number in range(more):
            person = await make_person(session, f"Child{number}")
            case = await make_case(session, world, person=person)
            await make_contribution(session, world, case)
        await session.commit()
        async with maker() as fresh:
            with counted(connection) as seen:
                found, total = await cards(fresh, police, Cut(), clocks={}, at=NOW)
        taken.append(len(seen))
        assert len(found) == total
    assert taken[0] == taken[1] <= 17


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("view", list(View))
async def test_every_view_in_every_order(view: View, order: Order, world: World, session: AsyncSession) -> None:
    for rating in (Rating.green, Rating.red, None):
        await make_case(session, world, rating=rating)
    found, total = await cards(session, world.viewer("council"), Cut(view=view, order=order), clocks={}, at=NOW)
    assert len(found) == total
    if order is Order.rating and found:
        assert [card.rating for card in found] == [Rating.red, Rating.green, None]


async def test_the_saved_views(world: World, session: AsyncSession) -> None:
    mine = await make_case(session, world)
    given = await make_case(session, world)
    await name_accountable(
        session,
        case_id=given.id,
        subject_type="case",
        subject_id=given.id,
        worker_id=world.workers["health"].id,
        by=world.viewer("council"),
        at=NOW,
    )
    council = world.viewer("council")

    async def view(which: View, **more: object) -> set[object]:
        found, _ = await cards(session, council, Cut(view=which, **more), clocks={}, at=NOW)  # type: ignore[arg-type]
        return {card.case.id for card in found}

    assert await view(View.mine) == {mine.id}
    assert await view(View.unowned) == {given.id}
    assert await view(View.agency) == {mine.id, given.id}
    assert await view(View.quiet) == set()
    assert await view(View.all, agency_id=world.id("school")) == set()
    later, _ = await cards(session, council, Cut(view=View.quiet), clocks={}, at=now() + timedelta(days=900))
    assert len(later) == 2
    top = await counts(session, council, at=NOW)
    assert (top.open, top.unowned, top.by_stage["new"]) == (2, 1, 2)


async def test_a_mark_tells_who_has_spoken_and_who_is_silent(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await make_contribution(session, world, case, by="health")
    (card,), _ = await cards(session, world.viewer("council"), Cut(), clocks={}, at=NOW)
    assert {seat.agency.slug: seat.voice.value for seat in card.seats} == {
        "council": "awaited",
        "health": "heard",
        "police": "awaited",
    }
    (later,), _ = await cards(session, world.viewer("council"), Cut(), clocks={}, at=NOW + timedelta(days=30))
    assert {seat.agency.slug: seat.voice.value for seat in later.seats}["police"] == "silent"


# --- Pages ------------------------------------------------------------------------------------------------------


async def test_a_case_stands_on_the_boards_of_its_circle_only(
    browser: Make, world: World, session: AsyncSession
) -> None:
    await make_case(session, world, problem="CANARY problem")
    await session.commit()
    police, school = await browser().sign_in("police"), await browser().sign_in("school")
    for path in ("/", "/board/rows", "/?layout=columns"):
        assert "CANARY" in (await police.get(path)).text
        text_ = (await school.get(path)).text
        assert "CANARY" not in text_ and "No open cases yet" in text_


async def test_what_is_new_is_marked_until_it_is_looked_at(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world, at=now())
    await session.commit()
    police = await browser().sign_in("police")
    assert "Something new to you" in (await police.get("/")).text
    await police.get(f"/cases/{ref(case.id)}")
    assert "Something new to you" not in (await police.get("/")).text


@pytest.mark.parametrize(
    "query", ["view=everything", "rating=purple", "stage=limbo", "agency=x", "order=luck", "page=0"]
)
async def test_an_odd_question_is_not_found(query: str, browser: Make, world: World) -> None:
    assert (await (await browser().sign_in("police")).get(f"/?{query}")).status_code == 404


async def test_pages_of_a_long_board(browser: Make, world: World, session: AsyncSession) -> None:
    for number in range(27):
        await make_case(session, world, person=await make_person(session, "Child", f"Family{number:02}"))
    await session.commit()
    police = await browser().sign_in("police")
    first, second = (await police.get("/?order=name")).text, (await police.get("/?order=name&page=2")).text
    assert "Showing 1 to 25 of 27 cases" in first and "Family00" in first and "Family26" not in first
    assert "Showing 26 to 27 of 27 cases" in second and "Family26" in second
    assert 'aria-current="page">2<' in second.replace(" ", "").replace('aria-current="page">2', 'aria-current="page">2')


async def test_my_work_says_what_waits_on_me_and_nothing_of_what_i_may_not_see(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world, accountable="health", by="council")
    await session.commit()
    health = await browser().sign_in("health")
    page = (await health.get("/my-work")).text
    assert "Say whether you will answer for this case" in page and "1<span" in page
    await session.execute(
        text("UPDATE circle_seat SET left_at = now() WHERE agency_id = :id"), {"id": world.id("health")}
    )
    await session.commit()
    page = (await health.get("/my-work")).text
    assert "Nothing waits on you" in page and ref(case.id) not in page


async def test_a_conference_that_is_open_is_come_into_and_not_answered(
    browser: Make, world: World, session: AsyncSession
) -> None:
    """It was called for tomorrow, and opened today; another of the case lies before it."""
    at = now()
    case = await make_case(session, world)
    await schedule(session, world, case, starts_at=at + timedelta(hours=3), at=at)
    early = await schedule(session, world, case, starts_at=at + timedelta(days=1), at=at)
    await conference_changes.begin(session, early, by=world.viewer("council"), at=at)
    await session.commit()
    police = await browser().sign_in("police")
    path = f"/conferences/{ref(early.id)}"
    work = (await police.get("/my-work")).text
    assert f'href="{path}">Open now: come in' in work and f'action="{path}/answer"' not in work
    assert work.count('value="tentative"') == 1, "the other is still asked about"
    assert path in (await police.get(f"/cases/{ref(case.id)}")).text
    assert path in (await police.get("/")).text and "open now" in (await police.get("/")).text


async def test_a_conference_that_lasts_longer_than_planned_does_not_vanish(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    begun = now() - timedelta(hours=2)
    held = await schedule(session, world, case, starts_at=begun, minutes=60, at=begun - timedelta(days=1))
    await conference_changes.begin(session, held, by=world.viewer("council"), at=begun)
    await session.commit()
    police = await browser().sign_in("police")
    for page in ("/my-work", "/", f"/cases/{ref(case.id)}"):
        assert f"/conferences/{ref(held.id)}" in (await police.get(page)).text, page


async def test_every_look_is_in_the_ledger_once(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await session.commit()
    police = await browser().sign_in("police")
    for path, kind in {
        "/": "cases:listed",
        "/referrals": "referrals:listed",
        "/my-work": "my-work:viewed",
        "/conferences": "conferences:listed",
        "/outcomes": "outcomes:viewed",
        "/insight": "partnership:viewed",
        f"/cases/{ref(case.id)}": "case:viewed",
        f"/cases/{ref(case.id)}/week": "week:viewed",
        f"/cases/{ref(case.id)}/history": "case-history:viewed",
        f"/families/{ref(case.family_id)}": "family:viewed",  # type: ignore[arg-type]
    }.items():
        before = await _looks(session)
        assert (await police.get(path)).status_code == 200
        after = await _looks(session)
        assert after[len(before) :] == [kind], path


async def _looks(session: AsyncSession) -> list[str]:
    return list(await session.scalars(text("SELECT kind FROM event WHERE worker_id IS NOT NULL ORDER BY id")))
