"""Ways in and ways barred, through HTTP: agreements, restrictions, emergencies, guests, and what was shared."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.access.rules import check_emergency_reason, check_named, check_until
from hub.agencies.tables import Worker
from hub.agreements.rules import AgreementState, state_of
from hub.board.queries import waiting_count
from hub.cases.tables import Case
from hub.clock import now, today
from hub.errors import Refused
from hub.ids import new_id, ref
from hub.sharing.rules import Restriction
from hub.sharing.tables import Agreement, CaseGrant
from tests.conftest import Browser, rows
from tests.makers import World, make_case, make_contribution, make_worker

Make = Callable[[], Browser]
WORDS = "He waits outside her door each night."
SEALED = "There is no case with this reference that can be opened in this way."


@pytest.fixture
async def case(world: World, session: AsyncSession) -> Case:
    """A case of council, police and health, which answers for it; the school and probation stand outside."""
    made = await make_case(session, world, at=now() - timedelta(days=2))
    await make_contribution(session, world, made, by="police", words=WORDS, at=now() - timedelta(days=1))
    await session.execute(
        update(Worker).where(Worker.id == world.workers["council"].id).values(roles=["frontline", "leader", "guardian"])
    )
    await session.commit()
    return made


@pytest.fixture
def path(case: Case) -> str:
    return f"/cases/{ref(case.id)}"


# --- Rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "review", "ends", "signed", "state"),
    [
        (-10, 300, None, 2, AgreementState.live),
        (-10, 300, None, 1, AgreementState.unsigned),
        (5, 300, None, 2, AgreementState.ahead),
        (-400, 0, None, 2, AgreementState.review_due),
        (-10, 300, 0, 2, AgreementState.ended),
        (-10, 300, 1, 2, AgreementState.live),
    ],
)
def test_where_an_agreement_stands(
    starts: int, review: int, ends: int | None, signed: int, state: AgreementState
) -> None:
    day = date(2026, 3, 10)
    found = state_of(
        starts_on=day + timedelta(days=starts),
        review_on=day + timedelta(days=review),
        ends_on=None if ends is None else day + timedelta(days=ends),
        signed=signed,
        today=day,
    )
    assert found is state


def test_who_sets_a_restriction_and_who_answers_are_never_shut_out() -> None:
    keeper, accountable, other = new_id(), new_id(), new_id()
    assert set(check_named(Restriction.hidden, [other], keeper=keeper, accountable=accountable)) == {
        keeper,
        accountable,
        other,
    }
    assert check_named(Restriction.kept_out, [other], keeper=keeper, accountable=accountable) == [other]
    for named in ([], [keeper], [accountable]):
        with pytest.raises(Refused):
            check_named(Restriction.kept_out, named, keeper=keeper, accountable=accountable)


def test_an_emergency_says_what_has_happened_and_a_guest_has_a_last_day() -> None:
    with pytest.raises(Refused):
        check_emergency_reason("urgent")
    day = date(2026, 3, 10)
    check_until(day, day)
    check_until(day + timedelta(days=90), day)
    for until in (day - timedelta(days=1), day + timedelta(days=91)):
        with pytest.raises(Refused):
            check_until(until, day)


# --- Emergencies ------------------------------------------------------------------------------------------------


def emergency(case: Case) -> dict[str, object]:
    return {"reference": case.reference, "reason_code": "child-at-risk", "reason": "She has not come to school today."}


async def test_an_emergency_opens_the_case_to_read_and_tells_those_who_answer(
    case: Case, path: str, browser: Make, world: World, session: AsyncSession
) -> None:
    school, council = await browser().sign_in("school"), await browser().sign_in("council")
    assert (await school.get(path)).status_code == 404
    opened = await school.submit("/emergency", emergency(case))
    assert opened.status_code == 303 and opened.headers["location"] == path
    page = (await school.get(path)).text
    assert "You opened this in an emergency" in page and WORDS in page
    assert (await school.get(f"{path}/chronology")).status_code == 200
    adding = {"kind": "fact", "words": "We add nothing."}
    assert (await school.submit(f"{path}/contributions", adding)).status_code == 403
    assert (await school.submit(f"{path}/rate", {"rating": "red", "reason": "We think so"})).status_code == 403
    told = await rows(session, "SELECT worker_id, link FROM notice WHERE kind = 'opened-in-emergency'")
    assert told == [(world.workers["council"].id, "/emergency/reviews")]
    reviews = (await council.get("/emergency/reviews")).text
    assert "She has not come to school today." in reviews
    grant = reviews.split('action="/emergency/')[1].split("/")[0]
    said = {"justified": "true", "words": "The school had lost sight of her"}
    assert (await council.submit(f"/emergency/{grant}/review", said)).status_code == 303
    assert "It was right" in (await council.get("/emergency/reviews?show=reviewed")).text
    assert (await school.submit(f"{path}/grants/{grant}/end")).status_code == 303
    assert (await school.get(path)).status_code == 404


async def test_an_emergency_waits_on_whoever_answers_until_looked_at_and_on_the_guardian_until_reviewed(
    case: Case, path: str, browser: Make, world: World, session: AsyncSession
) -> None:
    await make_worker(session, world.agencies["council"], "guardian", roles=["guardian"])
    await session.execute(update(Worker).where(Worker.id == world.workers["council"].id).values(roles=["frontline"]))
    await session.commit()
    school, council, police = [await browser().sign_in(one) for one in ("school", "council", "police")]
    guards, looker = await browser().sign_in("guardian"), world.viewer("council", "frontline")
    before = await waiting_count(session, looker, at=now())
    await school.submit("/emergency", emergency(case))
    assert await waiting_count(session, looker, at=now()) == before + 1
    assert "Look at an emergency" in (await council.get("/my-work")).text
    waiting = (await guards.get("/my-work")).text
    assert "Review an emergency" in waiting and "Look at an emergency" not in waiting
    assert "opened in an emergency" in (await council.get(path)).text
    for stranger in (police, school):
        assert "emergency</strong>" not in (await stranger.get("/my-work")).text
        assert 'hub-flag">opened in an emergency' not in (await stranger.get(path)).text
    await council.get(f"{path}/requests")
    assert "Look at an emergency" in (await council.get("/my-work")).text
    await council.get(f"{path}/sharing")
    assert "Look at an emergency" not in (await council.get("/my-work")).text
    assert await waiting_count(session, looker, at=now()) == before
    grant = (await guards.get("/emergency/reviews")).text.split('action="/emergency/')[1].split("/")[0]
    said = {"justified": "true", "words": "The school had lost sight of her"}
    assert (await guards.submit(f"/emergency/{grant}/review", said)).status_code == 303
    assert "Review an emergency" not in (await guards.get("/my-work")).text


async def test_what_was_not_acknowledged_is_not_counted_as_work(case: Case, path: str, browser: Make) -> None:
    page = (await (await browser().sign_in("health")).get(f"{path}/sharing")).text
    assert "shared with Health" in page and "waiting on you" not in page


async def test_who_reads_in_an_emergency_is_offered_no_form_and_told_why(case: Case, path: str, browser: Make) -> None:
    school, why = (
        await browser().sign_in("school"),
        "You opened this in an emergency: you can read it, and write nothing.",
    )
    await school.submit("/emergency", emergency(case))
    page = (await school.get(path)).text
    for form in ("accountable", "contributions/new", "decisions/new", "move", "rate", "said", "outcomes/new"):
        assert f'href="{path}/{form}"' not in page
        refused = await school.get(f"{path}/{form}")
        assert refused.status_code == 403 and why in refused.text
    for sent_to in ("accountable", "contributions", "decisions", "move", "rate", "said", "outcomes"):
        refused = await school.submit(f"{path}/{sent_to}", {"words": "We add nothing."})
        assert refused.status_code == 403 and why in refused.text and "is closed" not in refused.text


@pytest.mark.parametrize("between", ["", " "])
async def test_a_reference_is_known_however_it_is_typed(between: str, case: Case, path: str, browser: Make) -> None:
    typed = case.reference.lower().replace("-", between)
    school, council = await browser().sign_in("school"), await browser().sign_in("council")
    opened = await school.submit("/emergency", emergency(case) | {"reference": typed})
    assert opened.status_code == 303 and opened.headers["location"] == path
    assert path in (await council.submit("/search", {"q": typed})).text


async def test_an_emergency_is_over_when_its_time_is(
    case: Case, path: str, browser: Make, session: AsyncSession
) -> None:
    school = await browser().sign_in("school")
    await school.submit("/emergency", emergency(case))
    over = now() - timedelta(minutes=1)
    await session.execute(update(CaseGrant).values(starts_at=over - timedelta(hours=4), ends_at=over))
    await session.commit()
    assert (await school.get(path)).status_code == 404


async def test_what_cannot_be_opened_answers_as_what_is_not_there(
    case: Case, path: str, browser: Make, world: World
) -> None:
    council, school = await browser().sign_in("council"), await browser().sign_in("school")
    sealing = {"mode": "sealed", "reason_code": "safety", "reason": "A witness is in it"}
    assert (await council.submit(f"{path}/restriction", sealing)).status_code == 303
    sealed = await school.submit("/emergency", emergency(case))
    absent = await school.submit("/emergency", emergency(case) | {"reference": "TV-AAA-AAA"})
    assert sealed.status_code == absent.status_code == 422
    assert SEALED in sealed.text and SEALED in absent.text
    assert (await school.get(path)).status_code == 404


async def test_only_guardians_review_and_never_what_is_not_theirs(case: Case, browser: Make) -> None:
    school, police = await browser().sign_in("school"), await browser().sign_in("police")
    await school.submit("/emergency", emergency(case))
    assert (await police.get("/emergency/reviews")).status_code == 404
    assert (await school.get("/emergency/reviews")).status_code == 404


# --- Restrictions -----------------------------------------------------------------------------------------------


async def test_a_hidden_case_is_absent_for_those_not_named(
    case: Case, path: str, browser: Make, world: World, session: AsyncSession
) -> None:
    council, police, health = [await browser().sign_in(one) for one in ("council", "police", "health")]
    hiding = {
        "mode": "hidden",
        "reason_code": "conflict-of-interest",
        "reason": "A neighbour works there",
        "workers": ref(world.workers["health"].id),
    }
    assert (await council.submit(f"{path}/restriction", hiding)).status_code == 303
    assert (await police.get(path)).status_code == 404
    assert path not in (await police.get("/")).text
    assert path not in (await police.post("/search", data={"q": "Testcase"})).text
    assert (await health.get(path)).status_code == 200 == (await council.get(path)).status_code
    sharing = (await council.get(f"{path}/sharing")).text
    restriction = sharing.split("/restrictions/")[1].split("/")[0]
    assert (await health.submit(f"{path}/restrictions/{restriction}/lift")).status_code == 403
    assert (await council.submit(f"{path}/restrictions/{restriction}/lift")).status_code == 303
    assert (await police.get(path)).status_code == 200


async def test_a_restricted_case_says_so_to_its_circle_and_to_nobody_else(case: Case, path: str, browser: Make) -> None:
    council, police, school = [await browser().sign_in(one) for one in ("council", "police", "school")]
    keeping = {"mode": "restricted", "reason_code": "sensitive-operation", "reason": "Arrests are planned"}
    await council.submit(f"{path}/restriction", keeping)
    answer = await police.get(path)
    assert answer.status_code == 403 and "Ring the hub desk" in answer.text and WORDS not in answer.text
    assert (await school.get(path)).status_code == 404
    row = "Restricted – ring the hub desk"
    for found in (await police.get("/"), await police.submit("/search", {"q": case.reference})):
        assert row in found.text and case.reference in found.text
        assert ref(case.id) not in found.text and "Testcase" not in found.text and case.problem not in found.text
    assert row not in (await police.submit("/search", {"q": "Testcase"})).text
    assert row not in (await police.submit("/search", {"q": "--"})).text
    for one in (council, school):
        assert row not in (await one.get("/")).text
        assert row not in (await one.submit("/search", {"q": case.reference})).text
    keeping["mode"] = "hidden"
    await council.submit(f"{path}/restriction", keeping)
    assert row not in (await police.get("/")).text


async def test_who_may_not_steer_may_not_restrict_nor_invite(path: str, browser: Make) -> None:
    police, school = await browser().sign_in("police"), await browser().sign_in("school")
    for part in ("/restriction", "/guests"):
        assert (await police.get(path + part)).status_code == 403
        assert (await school.get(path + part)).status_code == 404
        assert (await school.submit(path + part, {})).status_code == 404


# --- Guests -----------------------------------------------------------------------------------------------------


async def test_a_guest_reads_this_case_contributes_and_is_gone_when_ended(
    case: Case, path: str, browser: Make, world: World, session: AsyncSession
) -> None:
    await make_case(session, world)
    await session.commit()
    council = await browser().sign_in("council")
    inviting = {
        "name": "Dr Ode", "email": "ode@surgery.example", "profession": "GP, Hillside Surgery",
        "until": (today() + timedelta(days=10)).isoformat(), "why": "She knows the family best",
    }  # fmt: skip
    assert (await council.submit(f"{path}/guests", inviting)).status_code == 303
    shown = (await council.get(f"{path}/sharing")).text
    assert "Dr Ode" in shown
    guest = await browser().sign_in("ode")
    assert WORDS in (await guest.get(path)).text
    assert (await guest.get("/")).text.count('class="govuk-link hub-case-link"') <= 1
    said = await guest.submit(f"{path}/contributions", {"kind": "fact", "words": "Seen on Monday, eating well."})
    assert said.status_code == 303
    assert "Seen on Monday, eating well." in (await council.get(path)).text
    assert (await guest.submit(f"{path}/rate", {"rating": "red", "reason": "I think so"})).status_code == 403
    given = await rows(session, "SELECT count(*) FROM disclosure WHERE to_worker_id IS NOT NULL")
    assert given == [(1,)]
    grant = shown.split("/grants/")[1].split("/")[0]
    assert (await council.submit(f"{path}/grants/{grant}/end")).status_code == 303
    assert (await guest.get(path)).status_code == 404


# --- Agreements and disclosures ---------------------------------------------------------------------------------


async def test_a_share_is_noted_by_itself_and_acknowledged_with_one_tap(path: str, browser: Make) -> None:
    health = await browser().sign_in("health")
    page = (await health.get(f"{path}/sharing")).text
    assert "1 thing shared with Health has not been acknowledged" in page and "section 16LA" in page
    assert "converted by this share" in page, "police data leaves Part 3 when it is shared"
    assert (await health.submit(f"{path}/sharing/acknowledge")).status_code == 303
    assert "acknowledged" not in (await health.get(f"{path}/sharing")).text.split("gave and was given")[1][:300]


async def test_an_agency_that_joins_is_given_what_stood_there_and_it_is_noted(
    path: str, browser: Make, world: World
) -> None:
    council, school = await browser().sign_in("council"), await browser().sign_in("school")
    joining = {"agency": ref(world.id("school")), "reason": "She told her teacher"}
    assert (await council.submit(f"{path}/circle", joining)).status_code == 303
    assert "Shared when they joined the circle" in (await school.get(f"{path}/sharing")).text


async def test_when_an_agreement_ends_others_words_close_and_the_contact_card_stays(
    path: str, browser: Make, session: AsyncSession
) -> None:
    health, police = await browser().sign_in("health"), await browser().sign_in("police")
    assert WORDS in (await health.get(path)).text
    await session.execute(update(Agreement).values(ends_on=today()))
    await session.commit()
    page = await health.get(path)
    assert page.status_code == 200 and WORDS not in page.text and "how to ring them" in page.text
    assert WORDS in (await police.get(path)).text, "one's own words stay"
    adding = {"kind": "fact", "words": "She is at her gran’s tonight."}
    refused = await police.submit(f"{path}/contributions", adding)
    assert refused.status_code == 422 and "No live agreement" in refused.text and "at her gran" in refused.text
    now_then = await police.submit(f"{path}/contributions", adding | {"emergency": "true"})
    assert now_then.status_code == 303
    assert "She is at her gran’s tonight." in (await health.get(path)).text
    page_of_sharing = (await police.get(f"{path}/sharing")).text
    basis = page_of_sharing.split('/basis"')[0].split('"')[-1]
    given = await police.submit(f"{basis}/basis", {"purpose": "safeguard-child", "power": "common-law"})
    assert given.status_code == 303
    assert "basis due" not in (await police.get(f"{path}/sharing")).text


async def test_an_agreement_is_drafted_signed_and_left(
    browser: Make, world: World, case: Case, session: AsyncSession
) -> None:
    council, police = await browser().sign_in("council"), await browser().sign_in("police")
    assert (await police.get("/agreements/new")).status_code == 403
    charter = (await rows(session, "SELECT id FROM agreement WHERE tier = 1"))[0][0]
    draft: dict[str, object] = {
        "title": "Housing and health", "umbrella": ref(charter), "schemes": "family-help", "purposes": "support-family",  # type: ignore[arg-type]
        "powers": "ca2004-10-11", "bases": "6-1-e", "partners": [ref(world.id("council")), ref(world.id("health"))],
        "retention_years": "6", "starts_on": today().isoformat(), "review_on": (today() + timedelta(days=300)).isoformat(),
    }  # fmt: skip
    refused = await council.submit("/agreements", draft | {"powers": []})
    assert (
        refused.status_code == 422
        and "the law that lets you share" in refused.text
        and "Housing and health" in refused.text
    )
    made = await council.submit("/agreements", draft)
    assert made.status_code == 303
    address = made.headers["location"]
    assert "Waiting for signatures" in (await police.get(address)).text
    assert (await police.submit(f"{address}/sign")).status_code == 403
    assert (await council.submit(f"{address}/sign")).status_code == 303
    assert (await council.submit(f"{address}/sign")).status_code == 409
    assert (await council.submit(f"{address}/leave")).status_code == 303
    assert (await council.submit(f"{address}/end", {"ends_on": "2020-01-01"})).status_code == 422
    ending = {"ends_on": (today() + timedelta(days=1)).isoformat()}
    assert (await council.submit(f"{address}/end", ending)).status_code == 303
