"""The chronology's page: every agency in one line, each seeing what is for it, opened before what matters is decided."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.cases.tables import Case
from hub.clock import now
from hub.decisions import changes as decisions
from hub.decisions.changes import Decided
from hub.decisions.rules import Stance
from hub.ids import ref
from hub.interventions import changes as interventions
from hub.interventions.rules import Status
from hub.sharing.rules import Audience
from tests.conftest import Browser, rows
from tests.deciding.test_dissent import DECIDED
from tests.makers import World, make_case, make_contribution, make_person, make_visit

Make = Callable[[], Browser]
LATELY = now() - timedelta(days=60)
BRUISE, SEEN = "Ayo had a bruise on the arm.", "A bruise was seen on Ayo by the officer."


def day(number: float) -> "object":
    return LATELY + timedelta(days=number)


@pytest.fixture
async def case(world: World, session: AsyncSession) -> Case:
    """A case with a word of health, one of the police, a visit that was made and one that was missed."""
    person = await make_person(session)
    case = await make_case(session, world, person=person, at=LATELY)
    await make_contribution(session, world, case, words=BRUISE, at=day(2))
    await make_contribution(session, world, case, by="police", words=SEEN, at=day(2))
    await make_visit(session, world, case, person, start=day(4), at=day(5))
    missed = await make_visit(session, world, case, person, start=day(9), at=day(8))
    by = world.viewer("council")
    await interventions.end(session, missed, status=Status.missed, reason="Nobody in", by=by, at=day(9))
    await session.commit()
    return case


@pytest.fixture
def path(case: Case) -> str:
    return f"/cases/{ref(case.id)}"


def keys(page: str) -> list[str]:
    return re.findall(r'id="entry-([a-z]+-[0-9a-z]{26})"', page)


def key_of(page: str, words: str) -> str:
    """The key of the row in which some words stand."""
    return keys(page[: page.rindex(words)])[-1]


async def test_all_agencies_stand_in_one_line(path: str, browser: Make) -> None:
    page = (await (await browser().sign_in("council")).get(f"{path}/chronology?zoom=all")).text
    for words in (BRUISE, SEEN, "Missed: ", "Nobody in", "The joint case is opened", "Joins the circle"):
        assert words in page, words
    assert "days without contact by any agency so far" in page
    assert "Perhaps the same event" in page and "Both tell of an injury" in page
    assert page.count("<svg") == 2 and 'role="img"' in page


async def test_a_decision_draws_a_line_and_its_dissent_travels_with_it(
    path: str, case: Case, world: World, session: AsyncSession, browser: Make
) -> None:
    by = world.viewer("council")
    decided = Decided("Is it safe?", DECIDED.options, "Go on with the plan", "It has begun to help the children")
    made = await decisions.decide(session, case_id=case.id, conference_id=None, decided=decided, by=by, at=day(6))
    await decisions.state_position(
        session, made, agency_id=world.id("school"), stance=Stance.dissent, reason="The plan leaves out the school run",
        stated_by=world.workers["school"].id, by=by, at=day(6),
    )  # fmt: skip
    await make_contribution(session, world, case, words="Told us later of the first week.", at=day(20))
    await session.commit()
    client = await browser().sign_in("police")
    page = (await client.get(f"{path}/chronology")).text
    assert "Decided: Go on with the plan" in page and "School dissents:" in page and "Last decision, " in page
    since = (await client.get(f"{path}/chronology?since=decision")).text
    assert "Missed: " in since and "Told us later" in since and BRUISE not in since.split('id="list"')[1]


# --- Who sees what ----------------------------------------------------------------------------------------------


async def test_what_is_for_one_agency_alone_leaves_no_trace_in_anothers(
    case: Case, path: str, world: World, session: AsyncSession, browser: Make
) -> None:
    """Neither the words nor a count, a pair, a gap, a lane or the sentence at the gate tells that it is there."""
    police = await browser().sign_in("police")
    asked = f"{path}/chronology?zoom=all&shown=all"
    before = (await police.get(asked)).text
    gate = (await (await browser().sign_in("health")).get(f"{path}/rate")).text
    await make_contribution(
        session, world, case, by="council", words="CANARY: Ayo had a bruise.", audience=Audience.own, at=day(3)
    )
    await make_contribution(
        session, world, case, by="council", words="CANARY: seen and well.", audience=Audience.named,
        agencies=("school",), circle=("council", "police", "health", "school"), at=day(30),
    )  # fmt: skip
    await session.commit()
    after = (await police.get(asked)).text

    def told(page: str) -> str:
        return re.sub(r"[0-9a-f]{32}\.[0-9a-f]{32}", "", page.split("<main", 1)[1])

    assert "CANARY" not in after and told(before) == told(after)
    found = await police.submit(f"{path}/chronology", {"text": "canary"})
    assert "Nothing fits what you asked for" in found.text
    assert re.findall(r"Open the chronology first[^<]*", gate) == re.findall(
        r"Open the chronology first[^<]*", (await (await browser().sign_in("health")).get(f"{path}/rate")).text
    )
    own = (await (await browser().sign_in("council")).get(asked)).text
    assert own.count("CANARY") >= 2


async def test_what_was_said_of_a_hidden_entry_is_hidden(
    case: Case, path: str, world: World, session: AsyncSession, browser: Make
) -> None:
    await make_contribution(
        session, world, case, by="council", words="Hidden bruise on Ayo.", audience=Audience.named,
        agencies=("health",), at=day(2),
    )  # fmt: skip
    await session.commit()
    health, police = await browser().sign_in("health"), await browser().sign_in("police")
    page = (await health.get(f"{path}/chronology")).text
    one, other = key_of(page, "Hidden bruise"), key_of(page, BRUISE)
    about = {"one": one, "other": other, "about": "CANARY on which arm it was"}
    assert (await health.submit(f"{path}/chronology/contradictions", about)).status_code == 303
    said = {"one": one, "other": other, "same": "yes"}
    assert (await health.submit(f"{path}/chronology/pairs", said)).status_code == 303
    assert "CANARY" in (await health.get(f"{path}/chronology")).text
    theirs = (await police.get(f"{path}/chronology")).text
    assert "CANARY" not in theirs and "Hidden" not in theirs and "the same event, seen by" not in theirs
    contradiction = (await rows(session, "SELECT id FROM contradiction"))[0][0]
    for address in (f"/{ref(contradiction)}", f"/new?one={one}&other={other}"):
        assert (await police.get(f"{path}/chronology/contradictions{address}")).status_code == 404
    for address, form in (
        ("/pairs", said),
        ("/contradictions", about),
        (f"/contradictions/{ref(contradiction)}/settle", {"settlement": "It was the left arm"}),
    ):
        assert (await police.submit(f"{path}/chronology{address}", form)).status_code == 404
    assert (await police.get(f"{path}/chronology?beside={one}")).status_code == 404
    history = (await police.get(f"{path}/history")).text
    assert "same event" not in history and "do not agree" not in history


async def test_outsiders_meet_nothing(path: str, browser: Make) -> None:
    school = await browser().sign_in("school")
    for address in ("", "/contradictions/new", "/contradictions/x"):
        assert (await school.get(f"{path}/chronology{address}")).status_code == 404
    for address in ("", "/pairs", "/contradictions", "/contradictions/x/settle"):
        assert (await school.submit(f"{path}/chronology{address}", {"one": "a"})).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["agency=nobody", "kind=x", "person=x", "since=x", "zoom=9", "page=0", "page=x", "order=x", "first=2026-02-30", "text=bruise", "beside=x"],
)  # fmt: skip
async def test_an_odd_question_is_not_found(query: str, path: str, browser: Make) -> None:
    """And words never stand in an address."""
    assert (await (await browser().sign_in("health")).get(f"{path}/chronology?{query}")).status_code == 404


# --- Filters, pages ---------------------------------------------------------------------------------------------


async def test_filters_narrow_the_list_and_words_are_posted(path: str, browser: Make) -> None:
    client = await browser().sign_in("health")
    page = (await client.get(f"{path}/chronology?agency=police")).text
    assert SEEN in page and BRUISE not in page.split('id="list"')[1]
    sent = await client.submit(f"{path}/chronology", {"kind": "contact", "agency": ""})
    assert sent.status_code == 303 and sent.headers["location"].endswith("/chronology?kind=contact")
    found = await client.submit(f"{path}/chronology", {"text": "OFFICER"})
    assert found.status_code == 200
    assert SEEN in found.text and BRUISE not in found.text.split('id="list"')[1]
    wrong = await client.submit(f"{path}/chronology", {"text": "x", "first": "31/2/2026"})
    assert wrong.status_code == 422 and "Enter a real date" in wrong.text


async def test_a_print_says_what_it_leaves_out_by_whom_and_when(path: str, browser: Make) -> None:
    police = await browser().sign_in("police")
    whole = (await police.get(f"{path}/chronology")).text
    assert "Printed by Police (Police), " in whole and "Only: " not in whole
    part = (await police.get(f"{path}/chronology?agency=health&first=2026-01-05")).text
    assert "Only: Health; from Monday 5 January 2026. Printed by" in part
    found = (await police.submit(f"{path}/chronology", {"text": "<b>"})).text
    assert "Only: with the words “&lt;b&gt;”." in found


async def test_a_long_chronology_has_pages_and_prints_on_one(
    path: str, case: Case, world: World, session: AsyncSession, browser: Make
) -> None:
    for number in range(110):
        await make_contribution(session, world, case, words=f"Seen at home, visit {number}.", at=day(10 + number / 10))
    await session.commit()
    client = await browser().sign_in("health")
    first, second = [(await client.get(f"{path}/chronology?page={page}")).text for page in (1, 2)]
    assert len(keys(first)) < 110 and not set(keys(first)) & set(keys(second))
    whole = (await client.get(f"{path}/chronology?shown=all")).text
    assert set(keys(first)) | set(keys(second)) <= set(keys(whole))


async def test_the_number_of_queries_does_not_grow(
    path: str, case: Case, world: World, session: AsyncSession, browser: Make, connection: AsyncConnection
) -> None:
    client = await browser().sign_in("council")

    async def counted() -> int:
        seen: list[str] = []

        def note(_: object, __: object, statement: str, *___: object) -> None:
            seen.append(statement)

        event.listen(connection.sync_connection, "before_cursor_execute", note)
        assert (await client.get(f"{path}/chronology?shown=all")).status_code == 200
        event.remove(connection.sync_connection, "before_cursor_execute", note)
        return sum(statement.lstrip().upper().startswith(("SELECT", "WITH")) for statement in seen)

    few = await counted()
    person = await make_person(session, "Tola")
    for number in range(60):
        await make_contribution(
            session, world, case, by=("health", "police")[number % 2], words="Ayo has a bruise.", at=day(number / 2)
        )
    await session.commit()
    assert person and await counted() == few <= 32


# --- What people say about two entries --------------------------------------------------------------------------


async def test_a_pair_is_confirmed_with_one_click_and_keeps_both_voices(
    path: str, session: AsyncSession, browser: Make
) -> None:
    client = await browser().sign_in("health")
    page = (await client.get(f"{path}/chronology")).text
    one, other = key_of(page, BRUISE), key_of(page, SEEN)
    two = {"one": one, "other": other}
    assert (await client.submit(f"{path}/chronology/pairs", {**two, "same": "yes"})).status_code == 303
    page = (await (await browser().sign_in("police")).get(f"{path}/chronology")).text
    assert "the same event, seen by 2" in page and "Perhaps the same event" not in page
    assert BRUISE in page and SEEN in page and len({one, other} & set(keys(page))) == 1
    assert (await client.submit(f"{path}/chronology/pairs", {**two, "same": "no"})).status_code == 303
    page = (await client.get(f"{path}/chronology")).text
    assert "the same event, seen by" not in page and "Perhaps the same event" not in page
    assert await rows(session, "SELECT count(*), bool_or(same) FROM event_pair") == [(1, False)]
    assert await rows(session, "SELECT count(*) FROM event WHERE kind = 'pair:decided'") == [(2,)]


async def test_a_contradiction_stays_open_until_somebody_says_how_it_was_settled(path: str, browser: Make) -> None:
    health, police = await browser().sign_in("health"), await browser().sign_in("police")
    page = (await health.get(f"{path}/chronology")).text
    two = {"one": key_of(page, BRUISE), "other": key_of(page, SEEN)}
    form = await health.get(f"{path}/chronology/contradictions/new?one={two['one']}&other={two['other']}")
    assert BRUISE in form.text and SEEN in form.text
    short = await health.submit(f"{path}/chronology/contradictions", {**two, "about": "Arm"})
    assert short.status_code == 422 and ">Arm</textarea>" in short.text
    assert (
        await health.submit(f"{path}/chronology/contradictions", {**two, "about": "On which day it was seen"})
    ).status_code == 303
    page = (await police.get(f"{path}/chronology")).text
    assert "These do not agree" in page and page.count("does not agree with another") >= 2
    address = re.search(r"/chronology/contradictions/[0-9a-z]{26}", page)
    assert address is not None
    settled = f"{path}{address[0]}/settle"
    assert (await police.submit(settled, {"settlement": "The officer looked it up: Monday"})).status_code == 303
    page = (await health.get(f"{path}/chronology")).text
    assert "These do not agree" not in page and "The officer looked it up" in page and BRUISE in page
    again = await police.submit(settled, {"settlement": "Another thing altogether"})
    assert again.status_code == 409


async def test_in_a_closed_case_nothing_is_marked_any_more(path: str, browser: Make) -> None:
    council = await browser().sign_in("council")
    page = (await council.get(f"{path}/chronology")).text
    two = {"one": key_of(page, BRUISE), "other": key_of(page, SEEN), "same": "yes"}
    done = {"stage": "closed", "reason": "Everybody is safe and well", "no_time": "yes"}
    await heard(council, path)
    assert (await council.submit(f"{path}/move", done)).status_code == 303
    closed = await council.get(f"{path}/chronology")
    assert closed.status_code == 200 and "Compare" not in closed.text and "so far" not in closed.text
    assert (await council.submit(f"{path}/chronology/pairs", two)).status_code == 403


# --- Read before deciding ---------------------------------------------------------------------------------------


async def test_a_rating_waits_until_the_chronology_was_opened_and_keeps_what_was_typed(
    path: str, session: AsyncSession, browser: Make
) -> None:
    client = await browser().sign_in("health")
    form = {"rating": "red", "reason": "He came back last night"}
    stopped = await client.submit(f"{path}/rate", form)
    assert stopped.status_code == 422 and "Open the chronology first (" in stopped.text
    assert ">He came back last night</textarea>" in stopped.text and f"{path}/chronology?back=rate" in stopped.text
    read = await client.get(f"{path}/chronology?back=rate")
    assert f'href="{path}/rate"' in read.text and "What you typed there is kept" in read.text
    back = await client.get(f"{path}/rate")
    assert ">He came back last night</textarea>" in back.text and 'value="red" checked' in back.text
    assert "Open the chronology first" not in back.text
    assert (await client.submit(f"{path}/rate", form)).status_code == 303
    assert await rows(session, "SELECT count(*) FROM draft") == [(0,)]
    police = await client_of(browser, "police")
    assert (await police.submit(f"{path}/rate", form | {"rating": "green"})).status_code == 422, (
        "each opens it for themselves"
    )


async def client_of(browser: Make, worker: str) -> Browser:
    return await browser().sign_in(worker)


async def test_a_decision_asks_for_it_again(
    path: str, case: Case, world: World, session: AsyncSession, browser: Make
) -> None:
    client = await browser().sign_in("health")
    await client.get(f"{path}/chronology")
    decided = Decided("Is it safe?", DECIDED.options, "Go on with the plan", "It has begun to help the children")
    await decisions.decide(
        session, case_id=case.id, conference_id=None, decided=decided, by=world.viewer("council"), at=now()
    )
    await make_contribution(session, world, case, at=now())
    await session.commit()
    answer = await client.submit(f"{path}/rate", {"rating": "red", "reason": "He came back last night"})
    assert "Open the chronology first (1 entry since the last decision)" in answer.text
    mine = await client.submit(
        f"{path}/contributions", {"words": "Seen at school", "kind": "fact", "confidence": "certain"}
    )
    thread = mine.headers["location"].split("#contribution-")[1]
    amended = await client.submit(f"/contributions/{thread}/amend", {"words": "Seen at her school", "kind": "fact"})
    assert amended.status_code == 303
    answer = await client.submit(f"{path}/rate", {"rating": "red", "reason": "He came back last night"})
    assert "Open the chronology first (2 entries since the last decision)" in answer.text
    assert "2 entries of" in (await client.get(f"{path}/chronology?since=decision")).text


async def test_closing_waits_too_and_other_moves_do_not(path: str, browser: Make) -> None:
    council = await browser().sign_in("council")
    assert (await council.submit(f"{path}/move", {"stage": "assessing", "reason": ""})).status_code == 303
    done = {"stage": "closed", "reason": "Everybody is safe and well"}
    await heard(council, path)
    stopped = await council.submit(f"{path}/move", done)
    assert stopped.status_code == 422 and "Open the chronology first" in stopped.text
    await council.get(f"{path}/chronology")
    assert (await council.submit(f"{path}/move", done)).status_code == 303


async def test_the_same_rating_with_another_reason_is_no_threshold(path: str, browser: Make) -> None:
    client = await browser().sign_in("health")
    assert (
        await client.submit(f"{path}/rate", {"rating": "amber", "reason": "Still as it was in spring"})
    ).status_code == 303


async def test_when_harm_is_happening_it_may_pass_and_the_history_keeps_that(
    path: str, session: AsyncSession, browser: Make
) -> None:
    client = await browser().sign_in("police")
    form = {"rating": "red", "reason": "He is at the door now", "no_time": "yes"}
    assert (await client.submit(f"{path}/rate", form)).status_code == 303
    facts = "SELECT facts->>'chronology_unread' FROM event WHERE kind = 'case:rated'"
    assert await rows(session, facts) == [("true",)]
    assert "There was no time to open the chronology first" in (await client.get(f"{path}/history")).text
    await client.get(f"{path}/chronology")
    assert (await client.submit(f"{path}/rate", form | {"rating": "green"})).status_code == 303
    assert [row[0] for row in await rows(session, facts + " ORDER BY id")] == ["true", None], "it had been opened"


# --- While you were away ----------------------------------------------------------------------------------------


async def test_what_happened_since_the_last_look_is_counted_and_linked(
    path: str, case: Case, world: World, session: AsyncSession, browser: Make
) -> None:
    client = await browser().sign_in("council")
    assert "Since you were last here" not in (await client.get(path)).text, "the first look is not a return"
    for by in ("police", "health"):
        await make_contribution(session, world, case, by=by, at=now())
    await make_contribution(session, world, case, by="police", words="Ours", audience=Audience.own, at=now())
    await make_contribution(session, world, case, by="council", at=now())
    await session.commit()
    page = (await client.get(path)).text
    line = page.split('id="away"')[1].split("</p>")[0]
    assert "Since you were last here" in line and "2 contributions (Police, Health)" in line and 'href="#lanes"' in line
    assert "Since you were last here" not in (await client.get(path)).text


async def heard(council: Browser, path: str) -> None:
    """Somebody of the family has been heard, without which a case is not closed."""
    person = (await council.get(f"{path}/voice")).text.split('name="person" type="radio" value="')[1].split('"')[0]
    await council.submit(f"{path}/voice", {"person": person, "topic": "wishes", "words": "I want it to be quiet."})
