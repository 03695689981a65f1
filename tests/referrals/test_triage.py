"""From the hook to a case: opened, matched, rated, decided, and the referrer can ask where it stands."""

import json
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies import queries as agencies
from hub.clock import now
from hub.events.rules import HUB
from hub.ids import ref
from hub.referrals import filing
from hub.referrals.jobs import open_envelopes
from hub.referrals.tables import Envelope
from tests.conftest import Browser, Maker, rows
from tests.makers import World, make_person, referral_event

Make = Callable[[], Browser]


async def file(session: AsyncSession, event: dict[str, Any], *, body: bytes | None = None) -> Envelope:
    system = await agencies.system_by_name(session, "police-ppu")
    assert system is not None
    filed = await filing.file_envelope(
        session,
        system=system,
        message_id=event["id"],
        body=body or json.dumps(event).encode(),
        media_type="application/json",
        by=HUB,
        at=now(),
    )
    await session.commit()
    return filed.envelope


async def arrive(session: AsyncSession, maker: Maker, **changed: Any) -> str:
    """A referral in the inbox; returns its address."""
    await file(session, referral_event(**changed))
    await open_envelopes(maker)
    (row,) = await rows(session, "SELECT id FROM referral ORDER BY received_at DESC LIMIT 1")
    return f"/referrals/{ref(row[0])}"  # type: ignore[arg-type]


async def test_it_stands_in_the_inboxes_of_those_it_is_for(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    path = await arrive(session, maker)
    for slug, sees in {"council": True, "police": True, "health": True, "probation": True, "school": False}.items():
        client = await browser().sign_in(slug)
        assert (path in (await client.get("/referrals")).text) is sees, slug
        assert (await client.get(path)).status_code == (200 if sees else 404)


async def test_its_people_are_entered_with_their_homes_and_ties(
    maker: Maker, world: World, session: AsyncSession
) -> None:
    await arrive(session, maker)
    assert await rows(session, "SELECT count(*) FROM person") == [(3,)]
    assert await rows(session, "SELECT count(*), bool_or(confidential) FROM residence") == [(2, True)]
    assert {row[0] for row in await rows(session, "SELECT kind FROM tie")} == {"parent", "exPartner"}
    assert await rows(session, "SELECT count(*) FROM identifier WHERE valid") == [(6,)]


async def test_somebody_we_know_by_number_is_recognised_and_not_entered_twice(
    maker: Maker, world: World, session: AsyncSession
) -> None:
    await arrive(session, maker)
    await arrive(session, maker, id="SECOND", referralId="PPN-2")
    assert await rows(session, "SELECT count(*) FROM person") == [(3,)]
    assert await rows(session, "SELECT match, count(*) FROM referral_person GROUP BY match ORDER BY match") == [
        ("new", 3),
        ("same", 3),
    ]


async def test_a_doubt_is_asked_and_never_merged_in_silence(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    await make_person(session, "Tola", "Testcase", born="1991-11-02", sex="2")
    await session.commit()
    path = await arrive(session, maker)
    council = await browser().sign_in("council")
    page = (await council.get(path)).text
    assert "Perhaps known" in page
    decided = {
        "decision": "open-case",
        "reason": "Several agencies are needed",
        "problem": "x",
        "accountable": ref(world.workers["council"].id),
    }
    assert "First say whether the people" in (await council.submit(f"{path}/decide", decided)).text
    answer = await council.submit(f"{path}/people/p2", {"person": "new"})
    assert answer.status_code == 303
    assert await rows(session, "SELECT count(*) FROM person WHERE given_names = '{Tola}'") == [(2,)]
    assert (await council.submit(f"{path}/people/p2", {"person": "new"})).status_code == 409
    police = await browser().sign_in("police")
    assert (await police.submit(f"{path}/people/p2", {"person": "new"})).status_code == 403


async def test_a_match_that_the_desk_may_not_see_is_not_offered(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    hidden = await make_person(session, "Tola", "Testcase", born="1991-11-02", sex="2")
    await session.commit()
    path = await arrive(session, maker)
    council = await browser().sign_in("council")
    assert hidden.reference not in (await council.get(path)).text
    assert (await council.submit(f"{path}/people/p2", {"person": ref(hidden.id)})).status_code == 404


async def test_a_code_that_we_do_not_know_is_shown_to_triage(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    path = await arrive(session, maker, contactSource="77Z", urgency="sofort")
    council = await browser().sign_in("council")
    page = (await council.get(path)).text
    assert "Codes we do not know" in page and "contactSource: 77Z" in page
    assert "2 codes we do not know" in (await council.get("/referrals")).text


async def test_triage_rates_decides_and_opens_a_case_with_one_accountable_person(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    path = await arrive(session, maker)
    council, police, health = [await browser().sign_in(slug) for slug in ("council", "police", "health")]
    assert (await police.submit(f"{path}/rate", {"rating": "red", "reason": "He is out again"})).status_code == 403
    assert (await council.submit(f"{path}/rate", {"rating": "red", "reason": ""})).status_code == 422
    assert (await council.submit(f"{path}/rate", {"rating": "red", "reason": "A child saw it"})).status_code == 303
    form: dict[str, object] = {
        "decision": "open-case",
        "strategy": "true",
        "reason": "Bail ends, and the child is young",
        "feedback": "We meet today.",
        "problem": "Violence by an ex-partner",
        "scheme": "child-protection",
        "family": "new",
        "agencies": [ref(world.id("police")), ref(world.id("health"))],
    }
    nobody = await council.submit(f"{path}/decide", form | {"accountable": ""})
    assert (
        nobody.status_code == 422
        and "Choose one person" in nobody.text
        and "Bail ends, and the child is young" in nobody.text
    )
    outside = await council.submit(f"{path}/decide", form | {"accountable": ref(world.workers["school"].id)})
    assert outside.status_code == 422
    done = await council.submit(f"{path}/decide", form | {"accountable": ref(world.workers["health"].id)})
    assert done.status_code == 303 and done.headers["location"].startswith("/cases/")
    assert await rows(session, "SELECT decision, state FROM referral") == [("strategy-discussion", "accepted")]
    assert await rows(session, "SELECT rating, scheme FROM case_record") == [("red", "child-protection")]
    assert (await health.get(done.headers["location"])).status_code == 200
    assert "Say whether you will answer for this case" in (await health.get("/my-work")).text
    late = await council.submit(f"{path}/decide", form | {"decision": "advice"})
    assert late.status_code == 409


async def test_a_second_referral_joins_the_open_case(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    first = await arrive(session, maker)
    council = await browser().sign_in("council")
    form = {
        "decision": "open-case",
        "reason": "Several agencies are needed",
        "problem": "Violence",
        "accountable": ref(world.workers["council"].id),
        "agencies": [ref(world.id("police"))],
    }
    case = (await council.submit(f"{first}/decide", form)).headers["location"]
    second = await arrive(session, maker, id="SECOND", referralId="PPN-2")
    page = (await council.get(second)).text
    assert "What we know already" in page and case in page
    page = (await council.get(f"{second}/decide")).text
    assert "stand in an open case already" in page and f'href="{case}"' in page and "is not rated yet" in page
    ((family,),) = await rows(session, "SELECT id FROM family")
    chosen = page.split(f'value="{ref(family)}"')[1].split(">")[0]
    assert "checked" in chosen, "whom we know is not made a second family by looking away"
    unsaid = await council.submit(f"{second}/decide", form)
    assert unsaid.status_code == 422 and "Choose one of the families shown" in unsaid.text
    joined = await council.submit(
        f"{second}/decide", {"decision": "join-case", "reason": "The work goes on there", "case": case.split("/")[-1]}
    )
    assert joined.headers["location"] == case
    assert await rows(session, "SELECT state FROM referral ORDER BY received_at") == [("accepted",), ("merged",)]


async def test_one_bad_envelope_does_not_stop_the_others(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    bad = referral_event(id="BAD", referralId="BAD")
    await file(session, bad, body=b"{}")
    await file(session, referral_event())
    assert await open_envelopes(maker) == 2
    assert await rows(session, "SELECT trouble FROM envelope ORDER BY trouble") == [("",), ("KeyError",)]
    assert "1 message that could not be read" in (await (await browser().sign_in("council")).get("/referrals")).text
    assert "could not be read" not in (await (await browser().sign_in("health")).get("/referrals")).text


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
async def test_revisions_in_any_order_end_the_same(
    order: tuple[int, ...], maker: Maker, world: World, session: AsyncSession
) -> None:
    """A new referral, an update and a withdrawal, each of them twice."""
    actions = {1: "new", 2: "update", 3: "withdraw"}
    for copy in range(2):
        for revision in order:
            event = referral_event(
                id=f"E{revision}-{copy}",
                revision=revision,
                action=actions[revision],
                narrative={"summary": f"Words of revision {revision}"},
            )
            await file(session, event)
            while await open_envelopes(maker):
                pass
    assert await rows(session, "SELECT revision, state, summary FROM referral") == [
        (3, "withdrawn", "Words of revision 3")
    ]
    assert await rows(session, "SELECT count(*) FROM envelope WHERE state = 'held'") == [(0,)]
    assert await rows(session, "SELECT count(*) FROM referral_person") == [(3,)]


async def test_the_referral_page_shows_what_the_referrer_wrote_as_text(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    path = await arrive(session, maker, narrative={"summary": "<img src=x onerror=alert(1)> {{7*7}} said he"})
    page = (await (await browser().sign_in("council")).get(path)).text
    assert "<img src=x" not in page and "&lt;img src=x" in page and "{{7*7}}" in page
