"""Signing in: with a password, as somebody of the demonstration, out, and back to where one was."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies import passwords
from hub.agencies.identity import cookie_name
from hub.clock import now
from hub.config import settings
from tests.conftest import Browser, rows
from tests.makers import World

PASSWORD = "four quiet green chairs"
Make = Callable[[], Browser]


@pytest.fixture
async def with_password(world: World, session: AsyncSession) -> World:
    await session.execute(
        text("UPDATE worker SET password_hash = :kept WHERE id = :id"),
        {"kept": await passwords.hashed(PASSWORD), "id": world.workers["police"].id},
    )
    await session.commit()
    return world


async def test_a_page_asks_who_it_is_and_comes_back(browser: Make, with_password: World) -> None:
    client = browser()
    asked = await client.get("/referrals?show=all")
    assert (asked.status_code, asked.headers["location"]) == (303, "/signin?next=/referrals%3Fshow%3Dall")
    form = {"email": "POLICE@police.example", "password": PASSWORD, "next": "/referrals?show=all"}
    answer = await client.post("/signin", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/referrals?show=all")
    assert (await client.get("/referrals")).status_code == 200


async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(browser: Make, with_password: World) -> None:
    answers = []
    for email in ("police@police.example", "nobody@police.example"):
        client = browser()
        answer = await client.post("/signin", data={"email": email, "password": "not this one, sorry"})
        answers.append((answer.status_code, answer.text.replace(email, "")))
    assert answers[0] == answers[1] and answers[0][0] == 422


async def test_an_account_is_slowed_down_after_ten_tries(browser: Make, with_password: World) -> None:
    client = browser()
    form = {"email": "police@police.example", "password": "wrong wrong wrong"}
    statuses = [(await client.post("/signin", data=form)).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert (await client.post("/signin", data=form | {"password": PASSWORD})).status_code == 429


async def test_a_worker_who_has_left_cannot_sign_in(browser: Make, with_password: World, session: AsyncSession) -> None:
    await session.execute(text("UPDATE worker SET ended_at = now() - interval '1 day'"))
    await session.commit()
    answer = await browser().post("/signin", data={"email": "police@police.example", "password": PASSWORD})
    assert answer.status_code == 422


async def test_ending_an_account_bites_on_the_next_request(browser: Make, world: World, session: AsyncSession) -> None:
    client = await browser().sign_in("police")
    assert (await client.get("/")).status_code == 200
    await session.execute(text("UPDATE worker SET ended_at = now() - interval '1 second'"))
    await session.commit()
    assert (await client.get("/")).status_code == 303


async def test_signing_out_makes_the_cookie_worthless(browser: Make, world: World) -> None:
    client = await browser().sign_in("police")
    stolen = client.cookies[cookie_name()]
    answer = await client.post("/signout")
    assert "storage" in answer.headers["clear-site-data"]
    client.cookies.set(cookie_name(), stolen, domain="hub.test")
    assert (await client.get("/")).status_code == 303


async def test_the_cookie_cannot_be_read_by_scripts_nor_guessed(browser: Make, world: World) -> None:
    answer = await browser().post("/signin/demo", data={"worker": "police"})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert len(cookie.split("=")[1].split(";")[0]) == 43


async def test_over_https_the_cookie_is_bound_to_the_host(
    browser: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "base_url", "https://hub.test")
    answer = await browser().post("/signin/demo", data={"worker": "police"})
    assert answer.headers["set-cookie"].startswith("__Host-hub=") and "Secure" in answer.headers["set-cookie"]


async def test_nobody_signs_in_as_a_demo_worker_outside_demo_mode(
    browser: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "demo", False)
    client = browser()
    assert (await client.post("/signin/demo", data={"worker": "police"})).status_code == 404
    assert "/signin/demo" not in (await client.get("/signin")).text


@pytest.mark.parametrize("worker", ["", "nobody", "police@council.example"])
async def test_an_unknown_demo_worker_is_asked_for_again(worker: str, browser: Make, world: World) -> None:
    answer = await browser().post("/signin/demo", data={"worker": worker})
    assert answer.status_code == 422 and "Choose one of the demonstration" in answer.text


async def test_an_idle_session_ends_and_background_refreshes_do_not_keep_it_alive(
    browser: Make, world: World, session: AsyncSession
) -> None:
    client = await browser().sign_in("police")

    async def last_seen() -> object:
        return (await rows(session, "SELECT last_seen_at FROM sign_in_session"))[0][0]

    await session.execute(text("UPDATE sign_in_session SET last_seen_at = :at"), {"at": now() - timedelta(minutes=5)})
    await session.commit()
    before = await last_seen()
    await client.get("/board/rows", headers={"Hub-Background": "1"})
    assert await last_seen() == before
    await client.get("/")
    assert await last_seen() != before
    await session.execute(text("UPDATE sign_in_session SET last_seen_at = :at"), {"at": now() - timedelta(minutes=21)})
    await session.commit()
    assert (await client.get("/")).status_code == 303


async def test_changing_the_password_ends_every_other_session(browser: Make, with_password: World) -> None:
    here, elsewhere = await browser().sign_in("police"), await browser().sign_in("police")
    form = {"current": PASSWORD, "new": "seven small blue doors"}
    answer = await here.submit("/account/password", form)
    assert answer.status_code == 303, answer.text
    assert (await here.get("/")).status_code == 200
    assert (await elsewhere.get("/")).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "sentence"),
    [
        ("not the password at all", "seven small blue doors", "not your current password"),
        (PASSWORD, "short", "characters or more"),
        (PASSWORD, "policepolicepolice", "mostly a name"),
    ],
)
async def test_a_poor_new_password_is_refused_with_the_reason(
    current: str, new: str, sentence: str, browser: Make, with_password: World
) -> None:
    client = await browser().sign_in("police")
    answer = await client.submit("/account/password", {"current": current, "new": new})
    assert answer.status_code == 422 and sentence in answer.text


async def test_one_can_sign_out_elsewhere(browser: Make, world: World) -> None:
    here, lost = await browser().sign_in("police"), await browser().sign_in("police")
    page = (await here.get("/account")).text
    other = page.split('name="session" value="')[1].split('"')[0]
    assert (await here.submit("/account/end-session", {"session": other})).status_code == 303
    assert (await lost.get("/")).status_code == 303
    assert (await here.get("/")).status_code == 200


async def test_an_empty_hub_says_that_it_is_empty(browser: Make) -> None:
    answer = await browser().get("/signin")
    assert answer.status_code == 503 and "This Hub is empty" in answer.text


async def test_a_part_that_refreshed_leads_back_to_its_page(browser: Make, world: World) -> None:
    """The session ended while the page stood open: whichever of its parts asks first, signing in leads back to it."""
    asked = {"hx-request": "true", "hx-current-url": "http://hub.test/cases/abc?as=table"}
    answer = await browser().get("/cases/abc/here", headers=asked)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/signin?next=/cases/abc%3Fas%3Dtable"
    elsewhere = await browser().get(
        "/cases/abc/here", headers=asked | {"hx-current-url": "https://elsewhere.example/x"}
    )
    assert elsewhere.headers["hx-redirect"] == "/signin?next=/x", "a path of ours, whatever it is told"


@pytest.mark.parametrize(
    ("path", "came_from", "leads_to"),
    [
        ("/cases/x/contributions", {}, "/signin?next=/cases/x"),
        ("/cases/x/rate", {}, "/signin?next=/cases/x/rate"),
        ("/conferences/x/lines", {}, "/signin?next=/conferences/x"),
        ("/account/password", {"hx-current-url": "http://hub.test/my-work"}, "/signin?next=/my-work"),
        ("/account/password", {"hx-current-url": "http://["}, "/signin"),
    ],
)
async def test_a_form_sent_after_the_session_ended_shows_its_words_and_leads_back(
    path: str, came_from: dict[str, str], leads_to: str, browser: Make, world: World, session: AsyncSession
) -> None:
    here = await browser().sign_in("health")
    key = await here.key("/account")
    await session.execute(text("UPDATE sign_in_session SET last_seen_at = :at"), {"at": now() - timedelta(minutes=21)})
    await session.commit()
    data = {"_key": key, "words": "Seen <well>", "password": "a secret of mine"}
    answer = await here.post(path, data=data, headers=came_from)
    assert answer.status_code == 401
    assert "Seen &lt;well&gt;</textarea>" in answer.text and "a secret" not in answer.text
    assert f'href="{leads_to}"' in answer.text


async def test_what_is_no_form_at_all_is_told_to_sign_in_all_the_same(browser: Make, world: World) -> None:
    assert (await browser().post("/cases/x/contributions", content=b"a=%ff")).status_code == 401
