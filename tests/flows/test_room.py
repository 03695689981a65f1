"""In real browsers: a conference's lines written by several at once, without losing a word or the place on the page."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.flows.conftest import Desk, Hub, Sit

pytestmark = pytest.mark.browser


async def open_conference(page: Page, hub: Hub) -> str:
    """The address of the conference that the demonstration holds open."""
    await page.goto(f"{hub.address}/conferences?view=all")
    for _ in range(6):
        row = page.get_by_role("row").filter(has=page.get_by_text("Open", exact=True))
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
