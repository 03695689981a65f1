"""Administrators give the roles of their own agency, with a reason and a second look; and what a researcher sees."""

from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.errors import Refused
from hub.ids import ref
from hub.insight.rules import rounded
from hub.live.rules import REVOKES
from hub.roles.rules import Change, check_roles
from hub.sharing.rules import Role
from tests.conftest import Browser, rows
from tests.makers import World, make_case, make_contribution, make_worker

Make = Callable[[], Browser]


def check(was: list[str], now: list[str], others: int = 1, left: str = "") -> Change:
    return check_roles(was, [Role(one) for one in now], name="Ana", other_administrators=others, still_theirs=left)


@pytest.mark.parametrize(
    ("was", "now", "given", "taken"),
    [
        (["frontline"], ["frontline", "guardian"], (Role.guardian,), ()),
        (["administrator", "leader"], ["leader"], (), (Role.administrator,)),
        (["frontline"], ["scrutineer"], (Role.scrutineer,), (Role.frontline,)),
    ],
)
def test_what_changes(was: list[str], now: list[str], given: tuple[Role, ...], taken: tuple[Role, ...]) -> None:
    assert check(was, now) == Change(given, taken)


@pytest.mark.parametrize(
    ("was", "now", "others", "left", "words"),
    [
        (["administrator"], ["frontline"], 0, "", "last administrator"),
        (["frontline"], [], 1, "", "at least one"),
        (["frontline"], ["frontline"], 1, "", "already"),
        (["frontline"], ["frontline", "scrutineer"], 1, "", "outside every circle"),
        (["frontline"], ["researcher"], 1, "Ana still has 1 case.", "still has"),
        (["frontline"], ["guest"], 1, "", "from the list"),
        (["guest"], ["frontline"], 1, "", "A guest has no other role"),
    ],
)
def test_what_may_not_be(was: list[str], now: list[str], others: int, left: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        check(was, now, others, left)


@pytest.fixture
async def ana(world: World, session: AsyncSession) -> Worker:
    """A colleague at the police, whose own worker administers it."""
    await session.execute(update(Worker).where(Worker.id == world.workers["police"].id).values(roles=["administrator"]))
    made = await make_worker(session, world.agencies["police"], "ana")
    await session.commit()
    return made


async def test_a_role_is_given_after_a_second_look_and_counts_from_the_next_request(
    ana: Worker, session: AsyncSession, browser: Make
) -> None:
    police, hers = await browser().sign_in("police"), await browser().sign_in("ana")
    page = f"/workers/{ref(ana.id)}/roles"
    assert "Ana" in (await police.get("/workers")).text and page in (await police.get("/workers")).text
    assert (await hers.get("/emergency/reviews")).status_code == 404
    given = {"roles": ["frontline", "guardian"], "reason": "She takes over from Sam in May."}
    asked = await police.submit(page, given)
    assert (
        asked.status_code == 200 and "Change the roles of Ana?" in asked.text and "Information guardian" in asked.text
    )
    assert await rows(session, "SELECT given FROM role_change") == []
    done = await police.submit(page, given | {"sure": "yes"})
    assert done.status_code == 303
    assert await rows(session, "SELECT roles FROM worker WHERE name = 'Ana'") == [(["frontline", "guardian"],)]
    assert await rows(session, "SELECT given, taken FROM role_change") == [(["guardian"], [])]
    assert (await hers.get("/emergency/reviews")).status_code == 200
    assert "She takes over from Sam in May." in (await hers.get(page)).text
    facts = await rows(session, "SELECT facts->'given' FROM event WHERE kind = 'worker:roles-changed'")
    assert facts == [(["guardian"],)] and "worker:roles-changed" in REVOKES
    again = await police.submit(page, given | {"sure": "yes"})
    assert again.status_code == 422 and "already" in again.text


async def test_the_last_administrator_stays_and_what_was_typed_is_kept(
    ana: Worker, world: World, browser: Make
) -> None:
    police = await browser().sign_in("police")
    own = f"/workers/{ref(world.workers['police'].id)}/roles"
    answer = await police.submit(own, {"roles": ["frontline"], "reason": "I go back to the street.", "sure": "yes"})
    assert answer.status_code == 422 and "last administrator" in answer.text
    assert ">I go back to the street.</textarea>" in answer.text
    more = {"roles": ["frontline", "administrator"], "reason": "Two are better than one.", "sure": "yes"}
    assert (await police.submit(f"/workers/{ref(ana.id)}/roles", more)).status_code == 303
    assert (
        await police.submit(own, {"roles": ["frontline"], "reason": "I go back to the street.", "sure": "yes"})
    ).status_code == 303
    assert (await police.submit(own, more)).status_code == 403, "they administer nothing any more"


async def test_nobody_else_gives_roles(ana: Worker, world: World, session: AsyncSession, browser: Make) -> None:
    await session.execute(
        update(Worker).where(Worker.id == world.workers["council"].id).values(roles=["administrator", "leader"])
    )
    await session.commit()
    page, given = f"/workers/{ref(ana.id)}/roles", {"roles": ["leader"], "reason": "I would like it.", "sure": "yes"}
    hers, council = await browser().sign_in("ana"), await browser().sign_in("council")
    assert (await hers.get(page)).status_code == 200 and (await hers.submit(page, given)).status_code == 403
    assert (await council.get(page)).status_code == 404 and (await council.submit(page, given)).status_code == 404
    assert (await hers.get("/workers")).status_code == 200


async def test_whoever_holds_work_cannot_become_a_researcher(
    world: World, session: AsyncSession, browser: Make
) -> None:
    await make_case(session, world)
    chief = await make_worker(session, world.agencies["council"], "chief", roles=["administrator"])
    await session.commit()
    client = await browser().sign_in(chief.email)
    given = {"roles": ["researcher"], "reason": "They start a doctorate.", "sure": "yes"}
    answer = await client.submit(f"/workers/{ref(world.workers['council'].id)}/roles", given)
    assert answer.status_code == 422 and "Council still has 1 case" in answer.text


# --- The researcher ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "fewer than 5"), (4, "fewer than 5"), (5, "about 5"), (7, "about 5"), (8, "about 10"), (1234, "about 1,235")],
)
def test_a_count_is_rounded_and_a_small_one_held_back(count: int, words: str) -> None:
    assert rounded(count) == words


def test_no_part_can_be_found_by_taking_counts_from_a_total() -> None:
    for small in range(5):
        totals = {rounded(total + small) for total in (40, 41, 42)}
        assert totals <= {"about 40", "about 45"}


async def test_a_researcher_sees_counts_and_nothing_else(world: World, session: AsyncSession, browser: Make) -> None:
    made = await make_case(session, world)
    await make_contribution(session, world, made)
    await make_worker(session, world.agencies["council"], "rhys", roles=["researcher"])
    await session.commit()
    rhys = await browser().sign_in("rhys")
    assert (await rhys.get("/")).headers["location"] == "/insight"
    page = (await rhys.get("/insight")).text
    assert "fewer than 5" in page and "Open cases by rating" in page
    for name in ("Testcase", made.reference, world.workers["police"].phone, "Council</strong>"):
        assert name not in page
    assert 'action="/search"' not in page and 'href="/my-work"' not in page
    gone = await rhys.get("/cases/" + "0" * 26)
    for path in ("/my-work", "/referrals", "/conferences", "/outcomes", "/handovers", "/workers", "/emergency",
                 "/requests", "/outbox", "/board/rows", f"/cases/{ref(made.id)}"):  # fmt: skip
        answer = await rhys.get(path)
        assert answer.status_code == 404 and answer.text.count("<h1") == gone.text.count("<h1"), path
    assert (await rhys.post("/search", data={"q": "Testcase"})).status_code == 404
    assert (await rhys.get("/account")).status_code == 200
    assert await rows(session, "SELECT 1 FROM event WHERE kind = 'partnership:viewed'") == [(1,)]
