"""In real browsers: a conference's lines written by several at once, without losing a word or the place on the page."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.flows.conftest import PHONE, Desk, Hub, Sit, unfold

pytestmark = pytest.mark.browser


async def open_conference(page: Page, hub: Hub) -> str:
    """The address of the conference that the demonstration holds open."""
    await page.goto(f"{hub.address}/conferences?view=all")
    for _ in range(6):
        row = page.get_by_role("row").filter(has=page.get_by_text("Open now", exact=True))
        if await row.count():
            return str(await row.first.locator("a[href^='/conferences/']").first.get_attribute("href"))
        await page.locator("a[rel='next']").click()
    pytest.fail("no conference is open")


async def come_in(desk: Desk, room: str) -> None:
    await desk.go(room)
    if await desk.page.get_by_role("button", name="Sign and come in").count():
        await desk.page.get_by_label("I agree, and sign with my name").check()
        await desk.page.get_by_role("button", name="Sign and come in").click()
    await expect(desk.page.get_by_role("button", name="Add the line")).to_be_visible()


async def test_two_who_write_at_once_lose_nothing_and_stay_where_they_are(hub: Hub, sit: Sit) -> None:
    chair, school = await sit("tom.hargreaves"), await sit("helen.marsh")
    room = await open_conference(chair.page, hub)
    for desk in (chair, school):
        await come_in(desk, room)
        await desk.page.evaluate("window.stood = true")
    await unfold(chair.page, "give-action")
    await chair.page.get_by_label("What will be done?").fill("Half an action, still being typed")
    await chair.page.get_by_label("What was said").fill("Tom: the plan stands.")
    await school.page.get_by_label("What Castle Hill School says").fill("Helen: he came in on Tuesday.")
    await asyncio.gather(*(desk.page.get_by_role("button", name="Add the line").click() for desk in (chair, school)))
    for desk in (chair, school):
        lines = desk.page.locator("#lines")
        await expect(lines).to_contain_text("the plan stands")
        await expect(lines).to_contain_text("he came in on Tuesday")
        words = desk.page.locator("#words")
        await expect(words).to_have_value("")
        await expect(words).to_be_focused()
        assert await desk.page.evaluate("window.stood"), "the page was not loaded again"
    await expect(chair.page.get_by_label("What will be done?")).to_have_value("Half an action, still being typed")

    # Refused: the page says why and keeps what was typed.
    await chair.page.get_by_text("For everybody in the circle. Change this").click()
    await chair.page.get_by_label("Only the agencies ticked below").check()
    await chair.page.get_by_label("What was said").fill("For whom?")
    await chair.page.get_by_role("button", name="Add the line").click()
    await expect(chair.page.locator(".govuk-error-summary")).to_be_visible()
    await expect(chair.page.get_by_label("What was said")).to_have_value("For whom?")


async def test_a_line_that_cannot_be_sent_stays_and_is_sent_once(hub: Hub, sit: Sit) -> None:
    school = await sit("helen.marsh")
    page = school.page
    await come_in(school, await open_conference(page, hub))
    await page.get_by_label("What Castle Hill School says").fill("Said while the train was in a tunnel.")
    unsent = page.get_by_text("The line could not be sent")
    await expect(unsent).to_be_hidden()
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Add the line").click()
    await expect(unsent).to_be_visible()
    await expect(page.get_by_label("What Castle Hill School says")).to_have_value(
        "Said while the train was in a tunnel."
    )
    await page.wait_for_timeout(1_100)  # the button takes a second press within a second for a double click
    await page.context.set_offline(False)
    school.troubles.clear()  # htmx says of a request without a network that it is in trouble
    await page.get_by_role("button", name="Add the line").click()
    await expect(page.locator("#lines").get_by_text("in a tunnel")).to_have_count(1)
    await expect(page.get_by_label("What Castle Hill School says")).to_have_value("")
    await page.reload()
    await expect(page.get_by_label("What Castle Hill School says")).to_have_value("")
    await expect(page.locator("#lines").get_by_text("in a tunnel")).to_have_count(1)


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
async def test_what_a_chair_needs_every_minute_stays_in_reach(size: dict[str, int] | None, hub: Hub, sit: Sit) -> None:
    chair = await sit("tom.hargreaves", size=size) if size else await sit("tom.hargreaves")
    page = chair.page
    await come_in(chair, await open_conference(page, hub))
    await page.evaluate("document.querySelectorAll('details[open]').forEach(fold => { fold.open = false })")
    height = await page.evaluate("document.documentElement.scrollHeight")
    assert height < (3_600 if size else 2_600), (
        "it was 8,605 on a phone and 6,047 on a desk before its parts were folded"
    )
    await page.get_by_role("link", name="Add a line").click()
    await expect(page.locator("#words")).to_be_focused()
    now, words = await page.locator("#now").bounding_box(), await page.locator("#words").bounding_box()
    assert now and words and words["y"] >= now["y"] + now["height"], "what has the focus is not under the bar"
    await page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    now = await page.locator("#now").bounding_box()
    assert now and -1 <= now["y"] <= 1 and now["height"] < 240
    for told in ("minutes", "Quorum", "Point", "closing"):
        await expect(page.locator("#now")).to_contain_text(told)
    await page.get_by_text("still stop").first.click()
    await page.get_by_role("link", name="A decision, or why nothing changes").click()
    await expect(page.get_by_role("button", name="Close the conference")).to_be_in_viewport()


async def test_a_live_update_closes_nothing_takes_no_focus_and_loses_no_word(hub: Hub, sit: Sit) -> None:
    chair = await sit("tom.hargreaves")
    page = chair.page
    await come_in(chair, await open_conference(page, hub))
    await unfold(page, "invited")
    mark = page.locator("#invited select").first
    before = await mark.input_value()
    picked = "apologies" if before != "apologies" else "absent"
    await mark.select_option(picked)
    await page.get_by_label("What was said").fill("Half a line, still being")
    async with page.expect_response(lambda answer: answer.url.endswith("/room")):
        await page.evaluate("htmx.trigger(htmx.find('#room'), 'sse:refresh')")
    await page.wait_for_timeout(300)
    assert await page.locator("details#invited").get_attribute("open") is not None
    assert await mark.input_value() == picked, "what was chosen and not saved yet is kept"
    await expect(page.get_by_label("What was said")).to_have_value("Half a line, still being")
    await expect(page.get_by_label("What was said")).to_be_focused()
    await page.reload()
    assert await page.locator("details#invited").get_attribute("open") is not None, "also when it is loaded again"
    await page.get_by_label("What was said").fill("")


async def test_the_room_works_without_scripts(hub: Hub, sit: Sit) -> None:
    chair = await sit("tom.hargreaves", scripts=False)
    page = chair.page
    await come_in(chair, await open_conference(page, hub))
    point = await page.locator("#now").inner_text()
    await page.get_by_role("button", name="Next point").click()
    assert await page.locator("#now").inner_text() != point
    await page.locator("#stops summary").click()
    await expect(page.locator("#stops li").first).to_be_visible()
    await unfold(page, "record-decision")
    await expect(page.get_by_label("What was to be decided?")).to_be_visible()


async def test_a_briefing_is_one_sheet_also_for_the_longest_case(hub: Hub, sit: Sit) -> None:
    amina = await sit("amina.yusuf")
    page = amina.page
    rooms: list[str] = []
    for number in (1, 2, 3):
        await page.goto(f"{hub.address}/conferences?view=all&page={number}")
        rooms += await page.eval_on_selector_all(
            "td a[href^='/conferences/']", "links => links.map(link => link.getAttribute('href'))"
        )
    longest, most = "", 0
    for room in dict.fromkeys(rooms):
        await page.goto(f"{hub.address}{room}/briefing")
        words = len(await page.inner_text("main"))
        longest, most = (room, words) if words > most else (longest, most)
    await page.goto(f"{hub.address}{longest}/briefing")
    assert len(re.findall(rb"/Type\s*/Page[^s]", await page.pdf(prefer_css_page_size=True))) == 1, longest
    await page.evaluate(
        "document.querySelector('.hub-briefing').append(...Array(80).fill(0).map(() => Object.assign(document.createElement('p'), {textContent: 'One line more.'})))"
    )
    assert len(re.findall(rb"/Type\s*/Page[^s]", await page.pdf(prefer_css_page_size=True))) > 1, "the count can fail"
