"""The whole journey, by workers of three agencies in three browsers: a referral comes in, the agencies work it
together, a conference decides, and the outcome is seen."""

import json
import re
import signal
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from hub.clock import today
from hub.workdays import add_working_days
from tests.flows.conftest import HOME, Hub, Sit, unfold

pytestmark = pytest.mark.browser
NOTICE = "fixtures/referrals/police-notice.json"


@pytest.mark.timeout(400)  # three browsers and every room
async def test_a_referral_becomes_a_case_that_is_worked_together_to_an_outcome(hub: Hub, sit: Sit) -> None:
    amina, sam, helen = await sit("amina.yusuf"), await sit("sam.okafor"), await sit("helen.marsh")
    desk, police = amina.page, sam.page

    # It arrives on a page that is already open, within a second, without a reload.
    await amina.go("/referrals?order=received")
    await expect(desk.locator("#live-state")).to_have_text("Live")
    before = await desk.locator("table .hub-case-link").count()
    sent = hub.send(NOTICE, "--new")
    assert sent.returncode == 0 and sent.stdout.startswith("202"), sent.stderr
    await expect(desk.locator("table tbody tr").first).to_contain_text("PC Sam Example")
    assert await desk.locator("table .hub-case-link").count() >= min(before, 24)

    # Triage: who referred whom and why; rated; decided with a reason; one accountable person.
    await desk.locator("table .hub-case-link").first.click()
    await expect(desk.get_by_role("heading", name="The concern, in the referrer’s words")).to_be_visible()
    await desk.get_by_label("Amber").check()
    await desk.get_by_label("Why").fill("A child was in the next room, and bail runs out.")
    await desk.get_by_role("button", name="Save the rating").click()
    await desk.get_by_role("link", name="Decide what happens").click()
    await desk.get_by_label("Open a joint case", exact=True).check()
    await desk.get_by_label("The problem, in one line").fill("Violence by an ex-partner, with a child at home")
    await desk.get_by_label("Haven Domestic Abuse Service").check()
    await desk.get_by_label("Why").fill("Several agencies are needed to keep Ayo and Tola safe.")
    await desk.get_by_label("What the referrer is told").fill("A joint case is open. Amina Yusuf answers for it.")
    await desk.get_by_role("button", name="Save the decision").click()
    await desk.wait_for_url(re.compile(r"/cases/\w{26}$"))
    case = desk.url.removeprefix(hub.address)

    # The case: others of the circle see it, the school does not.
    await sam.go(case)
    await expect(police.get_by_role("heading", name="Who is on this, and how to ring them")).to_be_visible()
    await helen.go(case)
    await expect(helen.page.get_by_role("heading", name="Page not found")).to_be_visible()

    # A contribution in one's own lane: three clicks and the words; the others' open pages show it within a second,
    # and what they are typing meanwhile stays.
    await police.locator("details.hub-composer > summary").click()
    await police.get_by_label("In your own words").fill("Half a sentence that must not be l")
    await desk.locator("details.hub-composer > summary").click()
    await desk.get_by_label("In your own words").fill("Ayo told her teacher that she slept at her gran’s.")
    await desk.get_by_role("button", name="Add to our lane").click()
    await expect(police.locator("#lane-of-council-csc")).to_contain_text("slept at her gran’s")
    await expect(police.get_by_label("In your own words")).to_have_value("Half a sentence that must not be l")
    await expect(police.locator("#live-news")).to_contain_text("1 contribution")

    # Nobody else can change it; a comment is offered.
    comment = police.locator("#lane-of-council-csc article").get_by_role("link", name="Comment")
    address = await comment.get_attribute("href")
    await sam.go(f"{address}/amend")
    await expect(police.get_by_text("These are the words of Children’s Social Care")).to_be_visible()
    await police.get_by_role("link", name="Comment beside it").click()
    await police.get_by_label("Your comment").fill("Our officers heard the same.")
    await police.get_by_role("button", name="Comment").click()
    await expect(desk.locator("#lane-of-council-csc")).to_contain_text("Our officers heard the same.")

    # Interventions: two agencies on one day are a clash, found without a reload.
    day = add_working_days(today(), 2)
    await amina.go(f"{case}/week?from={day}")
    for page, kind in ((desk, "V.STAT"), (police, "V.POL")):
        await page.goto(f"{hub.address}{case}/interventions/new")
        await page.get_by_label("What is it?").select_option(kind)
        await page.get_by_role("group", name="Who is it for?").get_by_role("checkbox").first.check()
        await page.get_by_label("Day", exact=True).fill(day.isoformat())
        await page.get_by_label("Starts at").fill("10:00")
        await page.get_by_role("button", name="Record it").click()
        await page.wait_for_url(re.compile("/week"))
    await expect(desk.locator(".hub-picture__card.is-clash")).to_have_count(2, timeout=60_000)
    await desk.locator(".hub-panel--alert a").first.click()
    await desk.get_by_label("Go together").check()
    await desk.get_by_role("button", name="Save the answer").click()
    await expect(desk.locator(".hub-panel--alert")).to_have_count(0)

    # A joint outcome with the own objective of two agencies, and a reading that the chart shows.
    await amina.go(f"{case}/outcomes/new")
    await desk.get_by_label("What should be different for the family?").fill("Ayo goes to school every day")
    await desk.get_by_label("What will you count or measure?").fill("Half days at school in four weeks")
    await desk.get_by_label("Higher is better").check()
    await desk.get_by_label("Where does it stand now?").fill("21")
    await desk.get_by_label("Where should it get to?").fill("38")
    await desk.get_by_label("By which day?").fill((today() + timedelta(days=120)).isoformat())
    await desk.locator("#objective-1").fill("Fewer children on a plan")
    await desk.locator("#objective-2").fill("Fewer calls to the address")
    await desk.get_by_role("button", name="Save the outcome").click()
    await desk.get_by_role("link", name="Ayo goes to school every day").click()
    await desk.get_by_label("Value").fill("26")
    await desk.get_by_role("button", name="Add the reading").click()
    await expect(desk.locator("svg.hub-chart").first).to_have_attribute(
        "aria-label", re.compile("from 21 to 26, target 38")
    )
    await expect(desk.get_by_text("Getting better")).to_be_visible()

    # A conference: called, answered, opened, attendance, a decision with a dissent, an action, closed.
    await amina.go(f"{case}/conferences/new")
    await desk.get_by_label("What is it for?").fill("Agree the first joint plan")
    await desk.get_by_label("Day", exact=True).fill(day.isoformat())
    await desk.get_by_label("Starts at").fill("14:30")
    await desk.get_by_label("Sam Okafor").check()
    await desk.get_by_role("button", name="Call the conference").click()
    await desk.wait_for_url(re.compile("/conferences/"))
    room = desk.url.removeprefix(hub.address)
    await sam.go(room)
    await police.get_by_role("button", name="Coming").click()
    await expect(desk.locator("#room")).to_contain_text("Coming")
    await desk.get_by_label("Open it now all the same").check()
    await desk.get_by_role("button", name="Open the conference").click()
    await expect(police.locator("#room")).to_contain_text("It is being held now")
    for page in (desk, police):
        await page.get_by_label("I agree, and sign with my name").check()
        await page.get_by_role("button", name="Sign and come in").click()
        await expect(page.locator("#room")).to_contain_text("Open now")
    await unfold(desk, "invited")
    await desk.get_by_role("button", name="Save the attendance").click()
    await unfold(desk, "record-decision")
    await desk.get_by_label("What was to be decided?").fill("Is the plan safe enough?")
    await desk.locator("#option_1").fill("Weekly visits and a safety plan")
    await desk.locator("#for_1").fill("Somebody sees the children every week.")
    await desk.locator("#against_1").fill("It is one visit more for a tired family.")
    await desk.locator("#for_2").fill("They ask for quiet.")
    await desk.locator("#against_2").fill("Nobody would know how the weekends go.")
    await desk.get_by_label("Why", exact=True).fill("Bail ends soon, and weekends are the worst.")
    await desk.get_by_role("button", name="Record the decision").click()
    await police.get_by_role("link", name="1 decision waits for your position").click()
    await expect(police.get_by_text("Weekly visits and a safety plan").first).to_be_visible()
    standing = police.locator("#decisions details", has=police.locator("input[value=dissent]")).first
    await standing.locator("summary").first.click()
    await police.get_by_label("Dissents").check()
    await police.get_by_label("In their own words").fill("The plan does not cover the school run. He knows the way.")
    await police.get_by_role("button", name="Record the position").click()
    await expect(desk.locator(".hub-dissent")).to_contain_text("He knows the way")
    await unfold(desk, "close")
    await desk.get_by_role("button", name="Close the conference").click()
    await expect(
        desk.locator(".govuk-error-summary").get_by_text("the position of Children’s Social Care")
    ).to_be_visible()
    await desk.get_by_label("Agrees", exact=True).check()
    await desk.get_by_role("button", name="Record the position").click()
    await unfold(desk, "give-action")
    await desk.get_by_label("What will be done?").fill("Walk the school run with Tola")
    await desk.get_by_label("Which risk does it lower?").fill("He waits on the way to school")
    await desk.get_by_label("For which outcome?").select_option(label="Ayo goes to school every day")
    await desk.get_by_label("By whom? One named person").select_option(label="Sam Okafor (Northvale Police)")
    await desk.get_by_label("By when?").fill(day.isoformat())
    await desk.get_by_role("button", name="Give the action").click()
    await expect(desk.get_by_role("link", name="Nothing stops closing")).to_be_visible()
    await unfold(desk, "close")
    await desk.get_by_role("button", name="Close the conference").click()
    await expect(desk.locator("#room")).to_contain_text("Closed")

    # What waits on whom, what is next, and what happened.
    await sam.go("/my-work")
    await expect(police.get_by_text("Walk the school run with Tola", exact=True)).to_be_visible()
    await police.get_by_role("listitem").filter(has_text="Walk the school run").get_by_role("button").click()
    await expect(police.get_by_role("listitem").filter(has_text="Walk the school run")).to_contain_text("Finish")
    await amina.go("/?order=opened")
    row = desk.locator("tr", has_text="Violence by an ex-partner, with a child at home").first
    await expect(row).to_contain_text("Amina Yusuf")
    await amina.go("/outcomes?theme=")
    await amina.go(f"{case}/history")
    history = await desk.locator(".moj-timeline").inner_text()
    for words in ("opened the case", "contributed: fact", "found a clash", "dissents", "closed the conference"):
        assert words in history
    await sam.go("/outbox?mine=true")
    await expect(police.get_by_text("You are invited to a joint meeting").first).to_be_visible()


async def test_nothing_acknowledged_is_lost_when_the_process_is_killed_right_after(hub: Hub, sit: Sit) -> None:
    receipts = []
    for _ in range(3):
        sent = hub.send(NOTICE, "--new")
        assert sent.stdout.startswith("202"), sent.stdout + sent.stderr
        receipts.append(json.loads(sent.stdout.split("\n", 1)[1]))
    hub.kill()
    hub.start()
    for receipt in receipts:
        assert receipt["state"] == "received"
    amina = await sit("amina.yusuf")
    await amina.go("/referrals?order=received")
    rows = amina.page.locator("table tbody tr", has_text="PC Sam Example")
    await expect(rows.nth(2)).to_be_visible(timeout=5_000)


def test_a_stop_ends_what_is_open_and_leaves_no_trace(hub: Hub) -> None:
    with httpx.Client(base_url=hub.address, headers={"sec-fetch-site": "same-origin"}, timeout=10) as browser:
        browser.post("/signin/demo", data={"worker": "amina.yusuf"})
        with browser.stream("GET", "/live") as stream:
            told = stream.iter_lines()
            assert next(told) == "retry: 2000"
            said = len(hub.output.read_text())
            hub.process.send_signal(signal.SIGTERM)
            assert "event: signed-out" not in list(told), "the page only calls again"
    assert hub.process.wait(30) == 0
    assert hub.output.read_text()[said:] == ""
    hub.start()


def test_the_command_says_what_the_hub_answered(hub: Hub, tmp_path: Path) -> None:
    event = json.loads((HOME / NOTICE).read_text(encoding="utf-8"))
    event["id"] = "FLOW-1"
    event["data"]["referralId"] = "FLOW-1"
    file = tmp_path / "event.json"
    for change, status, code in (
        (None, "202", 0),
        (None, "200", 0),
        ({"urgency": "routine"}, "409", 1),
        ({"people": []}, "422", 1),
    ):
        if change:
            event["data"] |= change
        file.write_text(json.dumps(event), encoding="utf-8")
        sent = hub.send(str(file))
        assert (sent.stdout.split("\n")[0], sent.returncode) == (status, code), sent.stdout + sent.stderr
