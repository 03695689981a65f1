"""Every page, in a real browser: no accessibility fault that a machine can find, nothing wider than the screen, readable
and usable without scripts, nothing left behind in the browser."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.flows.conftest import DESKTOP, PHONE, Hub, Sit

pytestmark = pytest.mark.browser
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
PAGES = [
    "/", "/?layout=columns", "/?view=quiet", "/my-work", "/referrals", "/conferences", "/conferences?view=all",
    "/outcomes", "/insight", "/search", "/account", "/outbox", "/accessibility", "/docs", "/nothing-here",
    "/requests", "/requests?side=by-us&state=all", "/agreements", "/emergency", "/handovers", "/conferences/due",
    "/conferences/kinds", "/insight/clashes", "/retention", "/retention/certificates", "/workers", "/account/calendar",
]  # fmt: skip
CASE_PAGES = [
    "", "/chronology", "/week", "/month", "/year", "/plan", "/conferences", "/family", "/sharing", "/history", "/rate", "/move", "/problem", "/problem/statement",
    "/problem/tags", "/problem/lines", "/problem/rounds", "/positions", "/requests", "/requests/new", "/said", "/voice", "/told", "/restriction", "/guests",
    "/accountable",
    "/circle", "/contact", "/contributions/new", "/interventions/new", "/outcomes/new", "/conferences/new", "/decisions/new",
]  # fmt: skip


async def faults(page: Page) -> list[str]:
    """What axe finds, each in a line, and names that two places share: a label then leads to the wrong one."""
    found = await Axe().run(page, options=WCAG)
    twice = await page.evaluate(
        "[...document.querySelectorAll('[id]')].map(one => one.id).filter((id, n, all) => all.indexOf(id) !== n)"
    )
    return [f"two places are named {name}" for name in twice] + [
        f"{fault['id']}: {fault['help']} — {fault['nodes'][0]['html'][:160]}" for fault in found.response["violations"]
    ]


async def links(page: Page, start: str) -> list[str]:
    """The addresses on a page that begin so."""
    return await page.eval_on_selector_all(
        f'a[href^="{start}"]', "links => [...new Set(links.map(link => link.getAttribute('href').split('#')[0]))]"
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.timeout(400)  # every page of the Hub, each looked over by axe
async def test_every_page_is_accessible_and_fits(size: dict[str, int], hub: Hub, sit: Sit) -> None:
    amina = await sit("amina.yusuf", size=size)
    page = await amina.go("/?order=activity")
    case = next(link for link in await links(page, "/cases/") if re.fullmatch(r"/cases/\w{26}", link))
    paths = PAGES + [case + part for part in CASE_PAGES]
    for start, where in (
        ("/referrals/", "/referrals?show=all"),
        ("/conferences/", "/conferences?view=all"),
        ("/decisions/", f"{case}/conferences"),
        ("/people/", case),
        ("/outcomes/", "/outcomes"),
        ("/families/", f"{case}/family"),
    ):
        await amina.go(where)
        found = [link for link in await links(page, start) if re.fullmatch(rf"{start}\w{{26}}", link)]
        paths += found[:1]
    wrong = []
    for path in paths:
        await amina.go(path)
        wrong += [f"{path} {fault}" for fault in await faults(page)]
        if await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{path} is wider than the screen")
    assert not wrong, "\n".join(wrong)
    assert len(paths) > 30


async def test_the_way_in_is_accessible(hub: Hub, sit: Sit) -> None:
    stranger = await sit(None)
    page = await stranger.go("/signin")
    assert await faults(page) == []


async def test_pages_are_read_and_forms_are_sent_without_scripts(hub: Hub, sit: Sit) -> None:
    grace = await sit("grace.adeyemi", scripts=False)
    page = grace.page
    await page.locator("table .hub-case-link").first.click()
    await expect(page.get_by_role("heading", name="Who is on this, and how to ring them")).to_be_visible()
    case = page.url
    await page.locator("details.hub-composer > summary").click()
    await page.get_by_label("In your own words").fill("Written without any scripts.")
    await page.get_by_role("button", name="Add to our lane").click()
    await expect(page.get_by_text("Written without any scripts.").first).to_be_visible()
    await page.goto(f"{case}/rate")
    await page.get_by_role("button", name="Save the rating").click()
    await expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    await page.goto(hub.address + "/?rating=red")
    await page.get_by_role("button", name="Apply").click()
    assert "rating=red" in page.url


async def test_the_keyboard_reaches_everything_and_the_first_stop_is_the_skip_link(hub: Hub, sit: Sit) -> None:
    amina = await sit("amina.yusuf")
    page = amina.page
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to main content" or await page.evaluate(
        "document.activeElement.closest('.hub-demo-note') !== null"
    )
    for _ in range(40):
        await page.keyboard.press("Tab")
        visible = await page.evaluate(
            "(() => { const box = document.activeElement.getBoundingClientRect(); return box.width > 0 && box.height > 0 })()"
        )
        assert visible
    assert await page.evaluate("document.activeElement !== document.body")


async def test_nothing_of_a_case_stays_in_the_browser_after_signing_out(hub: Hub, sit: Sit) -> None:
    amina = await sit("amina.yusuf")
    page = amina.page
    await page.locator("table .hub-case-link").first.click()
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url(re.compile("/signin"))
    kept = await page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert "/cases/" not in kept and "family" not in kept, kept
    await page.go_back()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_the_stylesheet_prints_without_the_frame(hub: Hub, sit: Sit, tmp_path: Path) -> None:
    amina = await sit("amina.yusuf")
    page = amina.page
    await page.locator("table .hub-case-link").first.click()
    await page.emulate_media(media="print")
    await expect(page.locator(".hub-header")).to_be_hidden()
    await expect(page.locator("#circle")).to_be_visible()


async def test_a_live_page_asks_again_when_it_is_looked_at_again(hub: Hub, sit: Sit) -> None:
    """A page in the background holds no connection; in front again, it shows what it missed."""
    amina = await sit("amina.yusuf")
    page = await amina.go("/referrals?order=received")
    await expect(page.locator("#live-state")).to_have_text("Live")
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    assert hub.send("fixtures/referrals/police-notice.json", "--new").returncode == 0
    before = await page.locator("table tbody tr").first.inner_text()
    await page.wait_for_timeout(1_200)
    assert await page.locator("table tbody tr").first.inner_text() == before
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: false, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    await expect(page.locator("table tbody tr").first).to_contain_text("PC Sam Example", timeout=2_000)
