"""Nothing decided between meetings goes unseen: each change of course outside an open conference is written down once."""

import ast
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

import hub
from hub.cases import changes as cases
from hub.cases import steering
from hub.cases.queries import accountable_for
from hub.cases.rules import Rating, Stage
from hub.cases.steering import Between, WhyNow
from hub.cases.tables import Case
from hub.conferences import changes as conferences
from hub.conferences.rules import LONGEST
from hub.conferences.tables import Conference
from hub.decisions import changes, queries
from hub.decisions.rules import Settled
from hub.errors import Conflict, Refused
from hub.events.rules import HUB
from hub.ids import ref
from hub.sharing import changes as sharing
from tests.conferences.test_conferences import schedule
from tests.conftest import Browser, come_in, rows
from tests.makers import NOW, World, make_case, make_worker

Make = Callable[[], Browser]
KEPT = "SELECT matter, why_now, cardinality(absent) FROM between_meetings ORDER BY decided_at, matter"


async def _rate(session: AsyncSession, world: World, case: Case, at: datetime, **more: Any) -> None:
    by = world.viewer("council")
    await cases.rate(
        session, case, rating=Rating.red, reason="He came back last night", clocks={}, by=by, at=at, **more
    )


async def _move(session: AsyncSession, world: World, case: Case, at: datetime, **more: Any) -> None:
    by = world.viewer("council")
    await cases.move(session, case, to=Stage.assessing, reason="", clocks={}, by=by, at=at, **more)


async def _close(session: AsyncSession, world: World, case: Case, at: datetime, **more: Any) -> None:
    by, why = world.viewer("council"), "They live with their gran"
    await cases.move(session, case, to=Stage.closed, reason=why, clocks={}, by=by, at=at, **more)


async def _name(session: AsyncSession, world: World, case: Case, at: datetime, **more: Any) -> None:
    await cases.name_accountable(
        session,
        case_id=case.id,
        subject_type="case",
        subject_id=case.id,
        worker_id=world.workers["health"].id,
        by=world.viewer("council"),
        at=at,
        **more,
    )


async def _hand_back(session: AsyncSession, world: World, case: Case, at: datetime, **more: Any) -> None:
    named = await accountable_for(session, "case", case.id)
    assert named is not None
    await cases.hand_back(session, named, reason="I leave on Friday", by=world.viewer("council"), at=at, **more)


PATHS = {"rating": _rate, "stage": _move, "closing": _close, "accountable": _name, "handed back": _hand_back}
every_path = pytest.mark.parametrize("path", list(PATHS))


async def _open(session: AsyncSession, world: World, case: Case, at: datetime = NOW) -> Conference:
    conference = await schedule(session, world, case)
    await conferences.begin(session, conference, by=world.viewer("council"), at=at)
    await session.flush()
    return conference


# --- Every path -------------------------------------------------------------------------------------------------


@every_path
async def test_a_change_of_course_outside_a_conference_is_written_down_once(
    path: str, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    await PATHS[path](session, world, case, NOW)
    matter = "accountable" if path == "handed back" else path
    assert await rows(session, KEPT) == [(matter, "routine", 2)]
    made = await queries.waiting_between(session, case.id)
    (card,) = await queries.shown(session, made)
    assert card.decision.conference_id is None
    assert {(one.agency_id, one.stance) for one in card.standing} == {
        (world.id("council"), "agree"),
        (world.id("police"), "not-consulted"),
        (world.id("health"), "not-consulted"),
    }
    assert [(one.chosen, one.proposed_by) for one in card.options] == [(True, world.id("council"))]


@every_path
async def test_inside_an_open_conference_none_is(path: str, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await _open(session, world, case)
    await PATHS[path](session, world, case, NOW + timedelta(minutes=20))
    assert await rows(session, KEPT) == []


@every_path
async def test_the_conference_of_another_case_hides_nothing(path: str, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await _open(session, world, await make_case(session, world))
    await PATHS[path](session, world, case, NOW)
    assert len(await rows(session, KEPT)) == 1


@every_path
async def test_a_conference_that_nobody_closed_is_over_after_the_longest(
    path: str, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    await _open(session, world, case)
    await PATHS[path](session, world, case, NOW + LONGEST)
    assert len(await rows(session, KEPT)) == 1


async def test_a_conference_ahead_is_not_open_yet(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await schedule(session, world, case)
    await _rate(session, world, case, NOW)
    assert len(await rows(session, KEPT)) == 1


async def test_what_changes_nothing_is_not_a_decision(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world, rating=Rating.red)
    await _rate(session, world, case, NOW)
    named = await accountable_for(session, "case", case.id)
    assert named is not None
    await cases.accept(session, named, by=world.viewer("council"), at=NOW)
    await cases.state_problem(session, case, statement="Louder", by=world.viewer("council"), at=NOW)
    await cases.rate(session, case, rating=Rating.green, reason="The clock says so", clocks={}, by=HUB, at=NOW)
    assert await rows(session, KEPT) == []


@every_path
async def test_who_was_asked_first_is_not_absent(path: str, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    between = Between(WhyNow.emergency, frozenset({world.id("police")}))
    await PATHS[path](session, world, case, NOW, between=between)
    found = await rows(session, "SELECT why_now, absent FROM between_meetings")
    assert [(why, list(absent)) for why, absent in found] == [("emergency", [world.id("health")])]  # type: ignore[call-overload]


async def test_something_else_needs_the_words_that_say_what(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    with pytest.raises(Refused):
        await _move(session, world, case, NOW, between=Between(WhyNow.other))
    with pytest.raises(Refused):
        await _name(session, world, case, NOW, between=Between(WhyNow.other))
    await _rate(session, world, case, NOW, between=Between(WhyNow.other))


async def test_the_absent_agencies_are_told_at_once(world: World, session: AsyncSession) -> None:
    lead = await make_worker(session, world.agencies["health"], "health-lead", roles=["leader"])
    contacts = {world.id("police"): world.workers["police"].id}
    case = await make_case(session, world, contacts=contacts)
    await _rate(session, world, case, NOW)
    told = await rows(session, "SELECT worker_id FROM notice WHERE kind = 'decided-between'")
    assert {row[0] for row in told} == {world.workers["police"].id, lead.id}, "the person to ring, else its leaders"


async def test_an_agency_that_has_left_was_not_absent(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    seat = await _seat(session, world, case)
    await sharing.release(session, seat, by=world.viewer("council"), at=NOW)
    await _rate(session, world, case, NOW)
    assert await rows(session, KEPT) == [("rating", "routine", 1)]


async def _seat(session: AsyncSession, world: World, case: Case) -> Any:
    from hub.sharing.queries import seat

    return await seat(session, agency_id=world.id("health"), case_id=case.id)


def test_nobody_but_the_telling_of_a_history_says_that_there_was_a_table() -> None:
    """`between=None` would let a change pass unseen; opening a case is no change."""
    home = Path(hub.__file__).parent
    saying = [
        path.relative_to(home).as_posix()
        for path in home.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword)
        and node.arg == "between"
        and isinstance(node.value, ast.Constant)
        and node.value.value is None
    ]
    assert saying == ["cases/changes.py"]


def test_a_hub_in_which_nobody_keeps_the_register_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "_kept", [])
    with pytest.raises(LookupError, match="nobody keeps"):
        steering.register()


# --- The next conference ----------------------------------------------------------------------------------------


async def test_a_conference_cannot_close_while_one_has_no_answer(world: World, session: AsyncSession) -> None:
    case, by = await make_case(session, world), world.viewer("council")
    await _rate(session, world, case, NOW - timedelta(days=1))
    conference = await _open(session, world, case)
    with pytest.raises(Conflict, match="decided between meetings"):
        await conferences.close(session, conference, no_change_because="All is as it was", by=by, at=NOW)
    (made,) = await queries.waiting_between(session, case.id)
    with pytest.raises(Refused):
        await changes.settle(
            session, made, conference_id=conference.id, settled=Settled.ratified, words="ok", by=by, at=NOW
        )
    await changes.settle(
        session, made, conference_id=conference.id, settled=Settled.ratified, words="Red is right", by=by, at=NOW
    )
    with pytest.raises(Conflict, match="answered already"):
        await changes.settle(
            session, made, conference_id=conference.id, settled=Settled.reversed, words="Red is wrong", by=by, at=NOW
        )
    with pytest.raises(Conflict) as missing:
        await conferences.close(session, conference, no_change_because="All is as it was", by=by, at=NOW)
    assert "between meetings" not in str(missing.value) and "attendance" in str(missing.value)
    assert [one.id for one in await queries.settled_in(session, conference.id)] == [made.id]


@pytest.mark.parametrize("settled", list(Settled))
async def test_ratified_amended_or_reversed_with_a_sentence(
    settled: Settled, world: World, session: AsyncSession, browser: Make
) -> None:
    from hub.clock import now

    case = await make_case(session, world)
    await _rate(session, world, case, now() - timedelta(days=1))
    conference = await schedule(session, world, case, at=now())
    (made,) = await queries.waiting_between(session, case.id)
    await session.commit()
    council, police, school = [await browser().sign_in(slug) for slug in ("council", "police", "school")]
    room, address = f"/conferences/{ref(conference.id)}", f"/decisions/{ref(made.id)}"
    said = {"settled": settled.value, "words": "We looked at it together."}
    assert (await council.submit(f"{address}/settlement", said)).status_code == 409, "no conference is open"
    assert (await school.submit(f"{address}/settlement", said)).status_code == 404
    ahead = (await police.get(room)).text
    assert "Decided between meetings" in ahead and "settlement" not in ahead
    await council.submit(f"{room}/open", {"anyway": "true"})
    await come_in(session, council, room)
    assert (await police.submit(f"{address}/settlement", said)).status_code == 403
    short = await council.submit(f"{address}/settlement", {"settled": settled.value, "words": "Fine."})
    assert short.status_code == 422 and ">Fine.</textarea>" in short.text
    assert f'value="{settled.value}" checked' in short.text
    waiting = (await council.get(room)).text
    assert (
        f"{address}/settlement" in waiting
        and "1 answer missing" in waiting
        and 'id="between" data-keep open' in waiting
    )
    done = await council.submit(f"{address}/settlement", said)
    assert done.headers["location"] == f"{room}#between"
    calm = (await council.get(room)).text
    assert "answered all of them" in calm and 'id="between" data-keep>' in calm
    await come_in(session, police, room)
    for page in (room, address, f"/cases/{ref(case.id)}/conferences"):
        text = (await police.get(page)).text
        assert "We looked at it together." in text and settled.value.capitalize() in text
    assert f"{settled.value} a decision" in (await police.get(f"/cases/{ref(case.id)}/history")).text


# --- Pages ------------------------------------------------------------------------------------------------------

FORMS: dict[str, dict[str, object]] = {
    "rate": {"rating": "red", "reason": "He came back last night", "no_time": "yes"},
    "move": {"stage": "assessing", "reason": ""},
    "accountable": {},
    "decisions": {
        "question": "Who rings the school?",
        "option_1": "Health",
        "for_1": "They know her",
        "against_1": "They are busy",
        "option_2": "No further action",
        "for_2": "It is late",
        "against_2": "She would be alone",
        "took": "1",
        "rationale": "It could not wait until Monday",
    },
}


@pytest.mark.parametrize("form", list(FORMS))
async def test_each_form_asks_why_now_and_names_those_who_were_absent(
    form: str, world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world)
    await session.commit()
    path = f"/cases/{ref(case.id)}"
    council, police, school = [await browser().sign_in(slug) for slug in ("council", "police", "school")]
    given = FORMS[form] or {"worker": ref(world.workers["health"].id)}
    page = f"{path}/decisions/new" if form == "decisions" else f"{path}/{form}"
    text = (await council.get(page)).text
    assert "Why now?" in text and "Whom did you ask first?" in text and 'value="routine" checked' in text
    assert (await school.get(page)).status_code == 404
    assert (await school.submit(f"{path}/{form}", given)).status_code == 404
    wrong = await council.submit(f"{path}/{form}", {**given, "why_now": "whim", "consulted": ref(world.id("police"))})
    assert wrong.status_code == 422 and "did not wait" in wrong.text
    assert f'value="{ref(world.id("police"))}" checked' in wrong.text, "what was ticked is kept"
    asked = {**given, "why_now": "delegated", "consulted": ref(world.id("police"))}
    assert (await council.submit(f"{path}/{form}", asked)).status_code == 303
    assert [row[1:] for row in await rows(session, KEPT)] == [("delegated", 1)]
    listed = (await police.get(f"{path}/conferences")).text
    assert "<strong>Health</strong>" in listed and "Waits for an answer" in listed
    assert "1 made" in (await police.get("/insight")).text
    assert "decided between meetings" in (await police.get(f"{path}/history")).text


@pytest.mark.parametrize("form", list(FORMS))
async def test_while_a_conference_is_open_nothing_more_is_asked(
    form: str, world: World, session: AsyncSession, browser: Make
) -> None:
    from hub.clock import now

    case = await make_case(session, world)
    await _open(session, world, case, at=now())
    await session.commit()
    path = f"/cases/{ref(case.id)}"
    council = await browser().sign_in("council")
    page = f"{path}/decisions/new" if form == "decisions" else f"{path}/{form}"
    assert "Why now?" not in (await council.get(page)).text
    given = FORMS[form] or {"worker": ref(world.workers["health"].id)}
    answer = await council.submit(f"{path}/{form}", given)
    assert answer.status_code == (422 if form == "decisions" else 303), (
        "a decision is recorded in the conference itself"
    )
    assert await rows(session, KEPT) == []


async def test_a_case_handed_back_asks_too_and_an_action_does_not(
    world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world, accountable="health")
    named = await accountable_for(session, "case", case.id)
    assert named is not None
    await session.commit()
    health = await browser().sign_in("health")
    page = f"/accountabilities/{ref(named.id)}/return"
    assert "Why now?" in (await health.get(page)).text
    assert (await health.submit(page, {"reason": "I leave on Friday", "why_now": "routine"})).status_code == 303
    assert [row[0] for row in await rows(session, KEPT)] == ["accountable"]


async def test_a_case_without_any_says_so(world: World, session: AsyncSession, browser: Make) -> None:
    case = await make_case(session, world)
    await session.commit()
    page = (await (await browser().sign_in("police")).get(f"/cases/{ref(case.id)}/conferences")).text
    assert "Nothing has been decided between meetings." in page


async def test_a_closed_case_takes_no_new_decision_but_keeps_the_old(
    world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world)
    await _close(session, world, case, NOW)
    (made,) = await queries.waiting_between(session, case.id)
    await session.commit()
    police = await browser().sign_in("police")
    refused = await police.submit(f"/cases/{ref(case.id)}/decisions", FORMS["decisions"])
    assert refused.status_code == 403 and "The case is closed" in refused.text
    page = (await police.get(f"/decisions/{ref(made.id)}")).text
    assert "The case is closed. If it is opened again" in page
