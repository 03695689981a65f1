"""A form counts once: a double click makes one record, and a repeat gets the first result."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from hub.ids import ref
from tests.conftest import Browser, rows
from tests.makers import World, make_case

Make = Callable[[], Browser]


async def _case(session: AsyncSession, world: World) -> str:
    case = await make_case(session, world)
    await session.commit()
    return f"/cases/{ref(case.id)}"


async def _count(session: AsyncSession) -> int:
    return int((await rows(session, "SELECT count(*) FROM contribution"))[0][0])  # type: ignore[call-overload]


async def test_the_same_form_twice_makes_one_record(browser: Make, world: World, session: AsyncSession) -> None:
    path = await _case(session, world)
    client = await browser().sign_in("health")
    form = {
        "_key": await client.key(f"{path}/contributions/new"),
        "kind": "fact",
        "words": "Weighed today, doing well.",
    }
    first = await client.post(f"{path}/contributions", data=form)
    again = await client.post(f"{path}/contributions", data=form)
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert await _count(session) == 1
    assert (await rows(session, "SELECT seen FROM submission WHERE location <> ''"))[0] == (2,)


async def test_a_form_that_had_something_to_mend_can_be_sent_again(
    browser: Make, world: World, session: AsyncSession
) -> None:
    path = await _case(session, world)
    client = await browser().sign_in("health")
    form = {"_key": await client.key(f"{path}/contributions/new"), "kind": "fact", "words": ""}
    assert (await client.post(f"{path}/contributions", data=form)).status_code == 422
    assert (await client.post(f"{path}/contributions", data=form | {"words": "Now with words."})).status_code == 303
    assert await _count(session) == 1


async def test_the_same_key_with_other_words_is_a_conflict_and_the_words_stay(
    browser: Make, world: World, session: AsyncSession
) -> None:
    path = await _case(session, world)
    client = await browser().sign_in("health")
    key = await client.key(f"{path}/contributions/new")
    await client.post(f"{path}/contributions", data={"_key": key, "kind": "fact", "words": "First."})
    longer = "Second words, typed after going back, and long enough to be missed if they were lost."
    answer = await client.post(f"{path}/contributions", data={"_key": key, "kind": "fact", "words": longer})
    assert answer.status_code == 409 and longer in answer.text
    assert await _count(session) == 1


async def test_a_key_of_another_session_is_refused(browser: Make, world: World, session: AsyncSession) -> None:
    path = await _case(session, world)
    one, other = await browser().sign_in("health"), await browser().sign_in("health")
    key = await one.key(f"{path}/contributions/new")
    for bad in (key, "", "x" * 32 + "." + "y" * 32, key[:-1] + "0"):
        answer = await other.post(f"{path}/contributions", data={"_key": bad, "kind": "fact", "words": "A"})
        assert answer.status_code == 403
    assert await _count(session) == 0


async def test_a_form_with_a_field_that_was_not_asked_for_is_refused(
    browser: Make, world: World, session: AsyncSession
) -> None:
    path = await _case(session, world)
    client = await browser().sign_in("health")
    answer = await client.submit(f"{path}/contributions", {"kind": "fact", "words": "A", "agency_id": "1"})
    assert answer.status_code == 422 and await _count(session) == 0


async def test_a_form_too_large_is_refused(browser: Make, world: World) -> None:
    client = await browser().sign_in("health")
    assert (await client.post("/search", data={"q": "x" * (1024 * 1024 + 1)})).status_code == 413
    assert (await client.post("/search", content=b"q=x", headers={"content-encoding": "gzip"})).status_code == 415
    assert (await client.post("/search", json={"q": "x"})).status_code == 415
