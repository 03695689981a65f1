"""In real browsers: who else is here, words that outlive a session and a server, the history before a rating."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.flows.conftest import Hub, Sit

pytestmark = pytest.mark.browser


async def braddock(page: Page, hub: Hub) -> str:
    """The address of the Braddock family's case, found on the board."""
    await page.goto(f"{hub.address}/?order=opened")
    for _ in range(6):
        link = page.locator("a[href^='/cases/']", has_text="The Braddock family").first
        if await link.count():
            return str(await link.get_attribute("href"))
        await page.locator("a[rel='next']").click()
    pytest.fail("the case is not on the board")


async def end_other_sessions(sit: Sit, worker: str) -> None:
    """Ends the worker's sessions elsewhere, from a second browser of theirs."""
    second = await sit(worker)
    await second.go("/account")
    there = second.page.get_by_role("button", name="Sign out there")
    for left in range(await there.count() - 1, -1, -1):
        await there.first.click()
        await expect(there).to_have_count(left)


async def test_two_workers_on_one_case_see_each_other_and_not_for_long(hub: Hub, sit: Sit) -> None:
    amina, grace, sam = await sit("amina.yusuf"), await sit("grace.adeyemi"), await sit("sam.okafor")
    case = await braddock(amina.page, hub)
    await amina.go(case)
    here = amina.page.locator("#here")
    await expect(here).to_have_text("Nobody else is on this case just now.")
    composer = amina.page.get_by_label("In your own words")
    await amina.page.locator("#composer > summary").click()
    await composer.fill("Typing while others come and go")
    place = await amina.page.locator(".moj-sub-navigation").bounding_box()
    await grace.go(case + "/chronology")
    await expect(here).to_contain_text("Also here now: Grace Adeyemi", timeout=6_000)
    await expect(grace.page.locator("#here")).to_contain_text("Amina Yusuf", timeout=6_000)
    assert await amina.page.locator(".moj-sub-navigation").bounding_box() == place, "nothing jumps"
    await expect(composer).to_be_focused()
    await sam.go(case)
    await expect(here).to_contain_text("Sam Okafor", timeout=6_000)
    await grace.page.close()
    await expect(here).not_to_contain_text("Grace", timeout=45_000)
    await sam.go("/")
    await expect(here).to_have_text("Nobody else is on this case just now.", timeout=45_000)


async def test_what_was_typed_outlives_the_session_and_the_server(hub: Hub, sit: Sit) -> None:
    grace = await sit("grace.adeyemi")
    page = grace.page
    case = await braddock(page, hub)
    await grace.go(case)
    await page.locator("#composer > summary").click()
    await page.get_by_label("In your own words").press_sequentially("Alfie said ten words today.", delay=20)
    await expect(page.locator(".hub-draft")).to_contain_text("Draft saved", timeout=5_000)
    kept = await page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "Alfie" not in kept

    # The session is ended elsewhere: the page asks to sign in, and leads back to the words.
    await end_other_sessions(sit, "grace.adeyemi")
    await page.wait_for_url(re.compile("/signin"), timeout=15_000)
    await page.click('form:has(input[value="grace.adeyemi"]) button')
    await page.wait_for_url(re.compile(f"{case}$"))
    await expect(page.get_by_label("In your own words")).to_have_value("Alfie said ten words today.")

    # The server is killed while somebody types: the page tries again until it is back.
    await page.get_by_label("In your own words").press("End")
    await page.get_by_label("In your own words").press_sequentially(" And two new ones.", delay=10)
    hub.kill()
    await page.get_by_label("In your own words").press_sequentially(" He laughed.", delay=10)
    await expect(page.locator(".hub-draft")).to_contain_text("not saved yet", timeout=8_000)
    hub.start()
    await expect(page.locator(".hub-draft")).to_contain_text("Draft saved", timeout=20_000)
    grace.troubles.clear()  # what a page says of a server that is not there
    await page.reload()
    words = "Alfie said ten words today. And two new ones. He laughed."
    await expect(page.get_by_label("In your own words")).to_have_value(words)

    # Sent, it is a draft no more; typed and left at once, it is kept; discarded, it is gone.
    await page.get_by_role("button", name="Add to our lane").click()
    await expect(page.locator("article", has_text=words)).to_be_visible()
    await expect(page.get_by_label("In your own words")).to_have_value("")
    await page.locator("#composer > summary").click()
    await page.get_by_label("In your own words").press_sequentially("Left in a hurry", delay=5)
    await grace.go("/")
    await grace.go(case)
    await expect(page.get_by_label("In your own words")).to_have_value("Left in a hurry")
    await page.get_by_role("button", name="Discard").click()
    await expect(page.get_by_label("In your own words")).to_have_value("")


async def test_words_typed_after_the_session_has_ended_are_saved_after_signing_in_elsewhere(hub: Hub, sit: Sit) -> None:
    yusuf = await sit("yusuf.demir")
    page = yusuf.page
    case = await braddock(page, hub)
    await yusuf.go(case)
    await page.locator("#composer > summary").click()
    await page.context.clear_cookies()
    await page.get_by_label("In your own words").press_sequentially("Nobody had noticed yet.", delay=10)
    await expect(page.get_by_text("You have been signed out.")).to_be_visible(timeout=8_000)
    other = await page.context.new_page()
    await other.goto(hub.address + "/signin")
    await other.click('form:has(input[value="yusuf.demir"]) button')
    await other.wait_for_url(hub.address + "/")
    await page.bring_to_front()
    await page.wait_for_event("load", timeout=15_000)
    await expect(page.get_by_label("In your own words")).to_have_value("Nobody had noticed yet.")


async def test_the_chronology_comes_before_a_rating_and_leads_back_to_it_without_scripts(hub: Hub, sit: Sit) -> None:
    amina = await sit("amina.yusuf", scripts=False)
    page = amina.page
    case = await braddock(page, hub)
    await page.goto(f"{hub.address}{case}/rate")
    await page.get_by_label("Red: high risk").check()
    await page.get_by_label("Why").fill("Two bruises in a week, and two stories.")
    await page.get_by_role("button", name="Save the rating").click()
    await expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    await page.get_by_role("link", name=re.compile("^Open the chronology first .*since the last decision")).last.click()
    await expect(page.get_by_role("heading", name="Chronology", exact=True)).to_be_visible()
    await expect(page.get_by_role("heading", name="Perhaps the same event")).to_be_visible()
    await page.get_by_role("link", name="back to the rating").click()
    await expect(page.get_by_label("Why")).to_have_value("Two bruises in a week, and two stories.")
    await page.get_by_role("button", name="Save the rating").click()
    await expect(page.get_by_text("Two bruises in a week, and two stories.").first).to_be_visible()
    await page.goto(f"{hub.address}{case}/chronology")
    await page.get_by_role("button", name="The same event").first.click()
    await expect(page.get_by_text("the same event, seen by 2").first).to_be_visible()
