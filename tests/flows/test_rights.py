"""In real browsers: a right that is taken away is gone from the pages that stand open, within seconds.

`pytest -s tests/flows/test_rights.py` prints how many seconds each took, from the click to the page having let go.
"""

import os
import re
import subprocess
import time

import pytest
from playwright.async_api import Page, expect

from hub.embedded import EmbeddedPostgres
from tests.flows.conftest import HOME, HUB, Hub, Sit
from tests.flows.test_drafts import braddock

pytestmark = pytest.mark.browser

SOON = 20_000
FAMILY = "The Braddock family"


async def lets_go(name: str, page: Page, since: float) -> None:
    """The page stops showing the family; says how long it took."""
    await expect(page.locator("body")).not_to_contain_text(FAMILY, timeout=SOON)
    print(f"\n{name}: {time.monotonic() - since:.2f} s")  # noqa: T201


async def test_a_released_agency_loses_the_pages_that_stand_open(hub: Hub, sit: Sit) -> None:
    lorna, sam, megan = await sit("lorna.fisk"), await sit("sam.okafor"), await sit("megan.price")
    case = await braddock(lorna.page, hub)
    await sam.go(case)
    await megan.go(case + "/chronology")
    for watching in (sam, megan):
        await expect(watching.page.locator("body")).to_contain_text(FAMILY)
    await lorna.go(case + "/circle")
    row = lorna.page.locator("tr", has_text="Police").first
    await row.locator("summary", has_text="Release").click()
    began = time.monotonic()
    await row.get_by_role("button", name="Release").click()
    await lets_go("an agency released, on the case", sam.page, began)
    await lets_go("an agency released, on the chronology", megan.page, began)
    assert (await sam.page.request.get(hub.address + case)).status == 404
    await lorna.go(case + "/circle")
    await lorna.page.get_by_label("Agency").select_option(label="Northvale Police")
    await lorna.page.get_by_role("button", name="Bring them in").click()
    await sam.go(case)
    await expect(sam.page.locator("body")).to_contain_text(FAMILY)


async def test_an_emergency_that_is_ended_closes_the_page(hub: Hub, sit: Sit) -> None:
    lorna, kemi = await sit("lorna.fisk"), await sit("kemi.olatunji")
    case = await braddock(lorna.page, hub)
    await lorna.go(case)
    reference = re.search(r"[A-Z]{2,4}-[0-9A-Z]{3}-[0-9A-Z]{3}", await lorna.page.inner_text("body"))
    assert reference is not None
    assert (await kemi.page.request.get(hub.address + case)).status == 404
    await kemi.go("/emergency")
    await kemi.page.get_by_label("The case’s reference").fill(reference[0])
    await kemi.page.locator("input[name=reason_code]").first.check()
    await kemi.page.locator("textarea[name=reason]").fill("He did not come to school today and nobody answers.")
    await kemi.page.get_by_role("button", name=re.compile("Open")).click()
    await expect(kemi.page.locator("body")).to_contain_text(FAMILY)
    await lorna.go(case + "/sharing")
    began = time.monotonic()
    await lorna.page.get_by_role("button", name="End now").first.click()
    await lets_go("an emergency ended", kemi.page, began)


async def test_an_ended_account_is_out_at_once(hub: Hub, sit: Sit) -> None:
    told = {"HUB_DATABASE_URL": EmbeddedPostgres(hub.folder).url("hub_app")} | hub.environment
    told["HUB_NEW_PASSWORD"] = "seven quiet herons wade"

    def run(*words: str) -> None:
        done = subprocess.run(
            [HUB, "workers", *words], env={**os.environ, **told}, cwd=HOME, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    email = "noor.haddad@northvale-police.example"
    run("add", email, "--name", "Noor Haddad", "--agency", "police", "--profession", "Police officer")
    noor = await sit("noor.haddad")
    case = await braddock(noor.page, hub)
    await noor.go(case)
    began = time.monotonic()
    run("end", email)
    await lets_go("an account ended, by the command", noor.page, began)
    await expect(noor.page).to_have_url(re.compile("/signin"))
