"""The problem of a case: blind until shown, said back, stated on what agencies contributed; and risk as each sees it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.access import changes as access
from hub.access.rules import KeepingReason
from hub.cases import changes as cases
from hub.cases.queries import access_case_by_id
from hub.cases.rules import Stage
from hub.cases.tables import Case
from hub.contributions import changes as contributions
from hub.errors import Conflict, NotAllowed, NotFound, Refused
from hub.ids import new_id, ref
from hub.live.queries import heard
from hub.live.rules import names
from hub.problems import changes, queries
from hub.problems.jobs import reveal_due
from hub.problems.rules import View
from hub.problems.tables import Framing, FramingRound
from hub.sharing.changes import admit, release
from hub.sharing.queries import seat
from hub.sharing.rules import Audience, Permission, Restriction, Role, may, standing_of
from hub.sharing.tables import CircleSeat
from tests.conftest import Browser, Maker, rows
from tests.makers import NOW, World, make_case, make_contribution, make_person

Make = Callable[[], Browser]
LATE = NOW + timedelta(days=3)


async def asked(session: AsyncSession, world: World, case: Case, at: Any = NOW) -> FramingRound:
    return await changes.ask_for_framings(session, case, reason="", clocks={}, by=world.viewer("council"), at=at)


async def wrote(
    session: AsyncSession, world: World, round_: FramingRound, slug: str, words: str, at: Any = NOW
) -> Framing:
    circle = [world.id(one) for one in ("council", "police", "health")]
    return await changes.write_framing(session, round_, words=words, circle=circle, by=world.viewer(slug), at=at)


# --- Blind until shown: the twin in SQL -------------------------------------------------------------------------


def oracle(seat_: str, owner: str, shown: str) -> bool:
    """May the police read it? In the circle now; and: its own, or the round has been shown, or its time is over."""
    return seat_ == "now" and (owner == "police" or shown != "blind")


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_read_a_framing(role: Role, world: World, session: AsyncSession) -> None:
    asker = world.viewer("police", role)
    expected: dict[UUID, bool] = {}
    for seat_, owner, shown in product(
        ["never", "now", "left"], ["health", "police"], ["blind", "all in", "time over"]
    ):
        case = await make_case(session, world, agencies=("council", "health"))
        if seat_ != "never":
            left = NOW + timedelta(minutes=1) if seat_ == "left" else None
            session.add(CircleSeat(case_id=case.id, agency_id=asker.agency_id, admitted_at=NOW, left_at=left))
        round_ = FramingRound(
            case_id=case.id,
            agency_id=world.id("council"),
            worker_id=world.workers["council"].id,
            opened_at=NOW,
            due_at=NOW if shown == "time over" else LATE,
            revealed_at=NOW if shown == "all in" else None,
        )
        session.add(round_)
        await session.flush()
        framing = Framing(
            id=new_id(),
            round_id=round_.id,
            case_id=case.id,
            agency_id=world.id(owner),
            worker_id=world.workers[owner].id,
            words="…",
            written_at=NOW,
        )
        session.add(framing)
        await session.flush()
        outside = role in (Role.scrutineer, Role.researcher, Role.guest)
        expected[framing.id] = not outside and oracle(seat_, owner, shown)
        standing = standing_of(asker, in_circle=seat_ == "now" and asker.by_agency).also(
            own_agency=owner == "police", framings_revealed=shown != "blind"
        )
        assert may(Permission.framing_read, standing) is expected[framing.id], (seat_, owner, shown)
    found = {one.id for one in await session.scalars(queries.readable_framings(asker, NOW))}
    assert found == {framing for framing, allowed in expected.items() if allowed}


def test_writing_and_rating_need_an_open_case_of_ones_own_circle() -> None:
    for permission in (Permission.problem_frame, Permission.risk_position):
        asker: Any = type("Anybody", (), {"roles": frozenset(), "triages": False})()
        assert may(permission, standing_of(asker, in_circle=True, case_open=True))
        assert not may(permission, standing_of(asker, in_circle=True))
        assert not may(permission, standing_of(asker, case_open=True))


# --- A round ----------------------------------------------------------------------------------------------------


async def test_all_are_shown_together_when_the_last_one_is_in(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    round_ = await asked(session, world, case)
    await wrote(session, world, round_, "police", "Violence at night.")
    await wrote(session, world, round_, "health", "A mother who does not sleep.")
    police = await access_case_by_id(session, world.viewer("police"), case.id)
    (wall,) = await queries.walls(session, police, NOW)
    seen = {one.agency.slug: (one.word.value, one.framing.words if one.framing else None) for one in wall.seen}
    assert seen == {"police": ("said", "Violence at night."), "health": ("said", None), "council": ("awaited", None)}
    await wrote(session, world, round_, "council", "A home without routines.")
    assert round_.revealed_at == NOW
    (wall,) = await queries.walls(session, police, NOW)
    assert [one.framing.words for one in wall.seen if one.framing] == [
        "Violence at night.",
        "A mother who does not sleep.",
        "A home without routines.",
    ]
    assert await rows(session, "SELECT facts->>'because' FROM event WHERE kind = 'framings:revealed'") == [("all-in",)]


async def test_while_blind_one_corrects_and_afterwards_a_new_version_stands_beside(
    world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    round_ = await asked(session, world, case)
    first = await wrote(session, world, round_, "health", "A tired mother.")
    again = await wrote(session, world, round_, "health", "A mother with depression.", NOW + timedelta(minutes=5))
    assert (again.id, again.version, again.words) == (first.id, 1, "A mother with depression.")
    newer = await wrote(session, world, round_, "health", "A mother who is getting better.", LATE)
    assert newer.version == 2
    assert await rows(session, "SELECT words FROM framing ORDER BY version") == [
        ("A mother with depression.",),
        ("A mother who is getting better.",),
    ]


async def test_when_time_is_over_who_has_not_said_is_silent_and_who_came_later_is_not(
    world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    round_ = await asked(session, world, case)
    await wrote(session, world, round_, "police", "Violence at night.")
    await admit(
        session, agency_id=world.id("school"), case_id=case.id, by=world.viewer("council"), at=LATE - timedelta(hours=1)
    )
    shared = await access_case_by_id(session, world.viewer("health"), case.id)
    (wall,) = await queries.walls(session, shared, LATE)
    assert wall.is_revealed and round_.revealed_at is None
    assert {one.agency.slug: one.word.value for one in wall.seen} == {
        "police": "said",
        "health": "silent",
        "council": "silent",
        "school": "later",
    }


async def test_the_clock_shows_what_is_due_once(world: World, session: AsyncSession, maker: Maker) -> None:
    long_ago = await asked(session, world, await make_case(session, world))
    await wrote(session, world, long_ago, "health", "What is written elsewhere does not count here.")
    left = await make_case(session, world, person=await make_person(session, "Bo"))
    waiting = await asked(session, world, left, at=NOW + timedelta(days=3000))
    for slug in ("council", "police"):
        await wrote(session, world, waiting, slug, "We see it so.", NOW + timedelta(days=3000))
    held = await seat(session, agency_id=world.id("health"), case_id=left.id)
    assert held is not None and waiting.revealed_at is None
    await release(session, held, by=world.viewer("council"), at=NOW)
    untouched = await asked(
        session, world, await make_case(session, world, person=await make_person(session, "Cy")),
        at=NOW + timedelta(days=3000),
    )  # fmt: skip
    await wrote(session, world, untouched, "police", "One of three has written.", NOW + timedelta(days=3000))
    await session.commit()
    assert await reveal_due(maker) == 2
    assert await reveal_due(maker) == 0
    found = dict(await rows(session, "SELECT id, revealed_at IS NOT NULL FROM framing_round"))
    assert found == {long_ago.id: True, waiting.id: True, untouched.id: False}


async def test_a_new_round_needs_what_is_new_and_the_older_one_stays(world: World, session: AsyncSession) -> None:
    case, council = await make_case(session, world), world.viewer("council")
    round_ = await asked(session, world, case)
    await wrote(session, world, round_, "police", "Violence at night.")
    with pytest.raises(Conflict):
        await asked(session, world, case)
    with pytest.raises(Refused):
        await asked(session, world, case, at=LATE)
    newer = await changes.ask_for_framings(
        session, case, reason="He has left the home for good", clocks={}, by=council, at=LATE
    )
    assert newer.number == 2
    with pytest.raises(Conflict):
        await wrote(session, world, round_, "police", "Too late for this one.", LATE)
    shared = await access_case_by_id(session, world.viewer("health"), case.id)
    blind, shown = await queries.walls(session, shared, LATE)
    assert not blind.is_revealed and shown.is_revealed
    assert [one.framing.words for one in shown.seen if one.framing] == ["Violence at night."]


async def test_two_rounds_at_once_are_refused_by_the_database(world: World, session: AsyncSession) -> None:
    round_ = await asked(session, world, await make_case(session, world))
    session.add(
        FramingRound(
            case_id=round_.case_id, number=2, agency_id=round_.agency_id, worker_id=round_.worker_id,
            opened_at=NOW, due_at=LATE,
        )
    )  # fmt: skip
    with pytest.raises(DBAPIError):
        await session.flush()


# --- Saying back, and marks -------------------------------------------------------------------------------------


async def test_a_view_is_said_back_and_only_its_agency_answers(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    round_ = await asked(session, world, case)
    framing = await wrote(session, world, round_, "health", "She cannot sleep and cannot cope.")
    police = world.viewer("police")
    with pytest.raises(NotFound):
        await queries.access_framing(session, police, ref(framing.id), NOW)
    found = await queries.access_framing(session, police, ref(framing.id), LATE)
    with pytest.raises(Refused):
        await changes.restate(session, found, words="Ours", by=world.viewer("health"), at=LATE)
    said = await changes.restate(session, found, words="It is about sleep.", by=police, at=LATE)
    with pytest.raises(Conflict):
        await changes.restate(session, found, words="Again.", by=police, at=LATE)
    with pytest.raises(NotAllowed):
        await changes.answer(session, said, correction="", by=police, at=LATE)
    await changes.answer(
        session, said, correction="About coping; sleep is one sign.", by=world.viewer("health"), at=LATE
    )
    assert (said.words, said.correction) == ("It is about sleep.", "About coping; sleep is one sign.")
    with pytest.raises(Conflict):
        await changes.answer(session, said, correction="", by=world.viewer("health"), at=LATE)


async def test_marks_stand_only_on_a_wall_that_everybody_reads(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    round_ = await asked(session, world, case)
    mark: dict[str, Any] = {"view": View.differ, "words": "Whether he is back", "by": world.viewer("police")}
    with pytest.raises(Conflict):
        await changes.add_line(session, round_, **mark, at=NOW)
    line = await changes.add_line(session, round_, **mark, at=LATE)
    with pytest.raises(NotAllowed):
        await changes.take_back(session, line, by=world.viewer("health"), at=LATE)
    await changes.take_back(session, line, by=world.viewer("police"), at=LATE)
    assert await rows(session, "SELECT words, taken_back_at IS NOT NULL FROM wall_line") == [
        ("Whether he is back", True)
    ]


# --- Pages ------------------------------------------------------------------------------------------------------

CANARY = "CANARY the boiler room at night"


@pytest.fixture
async def case(world: World, session: AsyncSession) -> Case:
    made = await make_case(session, world)
    await session.commit()
    return made


@pytest.fixture
def path(case: Case) -> str:
    return f"/cases/{ref(case.id)}"


async def signed_in(browser: Make, *workers: str) -> list[Browser]:
    return [await browser().sign_in(worker) for worker in workers]


async def test_who_is_kept_from_a_case_is_asked_for_no_view_of_it(
    case: Case, world: World, session: AsyncSession
) -> None:
    """The rule says so itself, and not only the database's second wall: nothing is counted, nothing is named."""
    await asked(session, world, case)
    of_police = world.viewer("police")
    assert [one.case_id for one in await queries.framings_asked(session, of_police)] == [case.id]
    await access.restrict(
        session,
        case_id=case.id,
        mode=Restriction.kept_out,
        reason_code=KeepingReason.conflict,
        reason="They are related to this family",
        workers=[of_police.worker_id],
        by=world.viewer("council"),
        at=NOW,
    )
    assert not await queries.framings_asked(session, of_police)
    assert await session.scalar(select(queries.count_waiting(of_police))) == 0


async def test_a_framing_is_read_nowhere_by_another_agency_until_all_are_in(
    path: str, browser: Make, session: AsyncSession
) -> None:
    council, police, health = await signed_in(browser, "council", "police", "health")
    assert (await council.submit(f"{path}/problem/rounds")).status_code == 303
    assert "Your agency has not framed the problem of the Testcase family" in (await health.get("/my-work")).text
    assert (await health.submit(f"{path}/problem/framing", {"words": CANARY})).status_code == 303
    framing = (await rows(session, "SELECT id FROM framing"))[0][0]
    everywhere = [
        "", "/now", "/problem", "/problem/wall", "/problem/framing", "/problem/rounds", "/problem/statement",
        "/problem/lines", "/history", "/history?looks=1", "/positions", "/plan", "/week",
    ]  # fmt: skip
    for other in (council, police):
        for part in everywhere:
            answer = await other.get(path + part)
            assert answer.status_code == 200 and "CANARY" not in answer.text, part
        for address in ("/", "/board/rows", "/my-work", "/my-work/list"):
            assert "CANARY" not in (await other.get(address)).text
        assert (await other.get(f"/framings/{ref(framing)}/restate")).status_code == 404
        assert "has written" in (await other.get(f"{path}/problem")).text
    assert CANARY in (await health.get(f"{path}/problem")).text
    assert "CANARY" not in str(await rows(session, "SELECT facts::text FROM event"))
    await police.submit(f"{path}/problem/framing", {"words": "A man who comes back"})
    assert "CANARY" not in (await police.get(f"{path}/problem/wall")).text
    await council.submit(f"{path}/problem/framing", {"words": "A home without rest"})
    for reader in (council, police, health):
        page = (await reader.get(f"{path}/problem/wall")).text
        assert CANARY in page and "A man who comes back" in page and "A home without rest" in page
    assert "Police, Health and Council have said how they see it" in (await police.get(path)).text


async def test_the_live_stream_names_the_case_and_no_word(world: World, session: AsyncSession, case: Case) -> None:
    round_ = await asked(session, world, case)
    await wrote(session, world, round_, "health", CANARY)
    await session.flush()
    from hub.events.tables import Event

    for (event_id,) in await rows(session, "SELECT id FROM event WHERE kind LIKE 'framing%'"):
        event = await session.get(Event, event_id)
        assert event is not None and event.audible
        assert names(heard(event)) == {"board", "my-work", f"case-{ref(case.id)}"}


async def test_what_was_typed_is_kept_and_nobody_is_skipped(path: str, browser: Make) -> None:
    (council,) = await signed_in(browser, "council")
    assert (await council.get(f"{path}/problem/framing")).status_code == 404
    await council.submit(f"{path}/problem/rounds")
    answer = await council.submit(f"{path}/problem/framing", {"words": "far too long " * 40})
    assert answer.status_code == 422 and "Use 300 characters or fewer" in answer.text and "far too long" in answer.text
    again = await council.submit(f"{path}/problem/rounds")
    assert again.status_code == 409


async def test_a_check_of_understanding_waits_on_its_agency_and_is_answered_with_one_tap(
    path: str, browser: Make, world: World, session: AsyncSession, case: Case
) -> None:
    round_ = await asked(session, world, case)
    await wrote(session, world, round_, "health", "She cannot sleep.")
    await wrote(session, world, round_, "police", "He comes back.")
    await session.commit()
    police, health, council = await signed_in(browser, "police", "health", "council")
    page = (await police.get(f"{path}/problem")).text
    assert "Council has not said" in page and "Not saying is not agreeing" in page
    address = page.split('href="/framings/')[1].split('"')[0]
    sent = await police.submit(f"/framings/{address}", {"words": "Nights are the problem."})
    assert sent.status_code == 303
    assert "Is this your view?" in (await health.get("/my-work")).text
    assert "Is this your view?" not in (await council.get("/my-work")).text
    said = ref((await rows(session, "SELECT id FROM restatement"))[0][0])
    for way in ("yes", "correct"):
        assert (await council.submit(f"/restatements/{said}/{way}", {"correction": "x"})).status_code == 403
    assert (await health.submit(f"/restatements/{said}/correct", {"correction": ""})).status_code == 422
    assert (await health.submit(f"/restatements/{said}/yes", {"_back": "/my-work"})).headers["location"] == "/my-work"
    wall = (await council.get(f"{path}/problem/wall")).text
    assert "Nights are the problem." in wall and "Yes, that is our view." in wall
    assert "Is this your view?" not in (await health.get("/my-work")).text
    assert (await health.submit(f"/restatements/{said}/yes")).status_code == 409


async def test_a_statement_on_one_agencys_word_is_marked_wherever_it_stands(
    path: str, browser: Make, world: World, session: AsyncSession, case: Case
) -> None:
    theirs = [
        await make_contribution(session, world, case, by=slug, words=f"From {slug}.") for slug in ("health", "police")
    ]
    hidden = await make_contribution(session, world, case, by="council", audience=Audience.own, words="HIDDEN")
    await session.commit()
    council, police = await signed_in(browser, "council", "police")
    form = await police.get(f"{path}/problem/statement")
    assert "From health." in form.text and "HIDDEN" not in form.text
    assert "HIDDEN" not in (await council.get(f"{path}/problem/statement")).text
    one = {"problem": "Nobody rests at night", "cites": ref(theirs[0].id)}
    assert (await police.submit(f"{path}/problem", one)).status_code == 303
    for address in (path, f"{path}/now", f"{path}/problem", "/", f"/families/{ref(case.family_id)}"):
        assert "single-agency view" in (await police.get(address)).text, address
    refused = await police.submit(f"{path}/problem", {"problem": "With a secret", "cites": ref(hidden.id)})
    assert refused.status_code == 422 and "With a secret" in refused.text
    both = {"problem": "Nobody rests at night", "cites": [ref(said.id) for said in theirs]}
    assert (await police.submit(f"{path}/problem", both)).status_code == 303
    for address in (path, "/"):
        assert "single-agency view" not in (await police.get(address)).text
    assert "As it was stated before" in (await police.get(f"{path}/problem")).text
    with pytest.raises(DBAPIError):
        await session.execute(text("UPDATE problem_citation SET contribution_id = contribution_id"))


async def test_a_citation_follows_what_became_of_it(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    said = await make_contribution(session, world, case, words="Seen on Monday.")
    stated = await cases.state_problem(
        session, case, statement="Nobody rests", citing={said.id: said.agency_id}, by=world.viewer("police"), at=NOW
    )
    narrower = contributions.Said(
        kind=contributions.ContributionKind.fact, words="Seen on Tuesday.", as_of=NOW.date(), audience=Audience.own
    )
    police = world.viewer("police")
    assert len((await queries.citations(session, police, [stated]))[stated.id]) == 1
    await contributions.amend(
        session, said, said=narrower, profession="Nurse", circle=[], by=world.viewer("health"), at=NOW
    )
    assert (await queries.citations(session, police, [stated]))[stated.id] == []
    assert len((await queries.citations(session, world.viewer("health"), [stated]))[stated.id]) == 1


async def test_tags_propose_agencies_and_name_the_missing_partner(
    path: str, browser: Make, world: World, session: AsyncSession
) -> None:
    council, police, school = await signed_in(browser, "council", "police", "school")
    assert "Nobody has said yet what the problem is about" in (await council.get(f"{path}/problem")).text
    saved = await police.submit(f"{path}/problem/tags", {"tags": ["school-attendance", "debt", "offending"]})
    assert saved.status_code == 303
    page = (await council.get(f"{path}/problem")).text
    assert page.count("missing partner") == 2 and "School could." in page and "Bring in School" in page
    assert "No agency of the partnership says on its role card that it can." in page
    assert "Bring in Probation" in page  # the police meets offending here, and probation could too
    assert "Bring in" not in (await police.get(f"{path}/problem")).text
    bring = {"agency": ref(world.id("school")), "_back": f"{path}/problem#who"}
    why = await council.submit(f"{path}/circle", bring)
    assert why.status_code == 422 and "before the circle has stated the problem" in why.text
    bring["reason"] = "Attendance is the first thing to know"
    assert (await council.submit(f"{path}/circle", bring)).headers["location"] == f"{path}/problem#who"
    assert (await school.get(path)).status_code == 200
    once = await council.submit(f"{path}/circle", {"agency": ref(world.id("probation"))})
    assert once.status_code == 303, "the reason is asked once"
    page = (await council.get(f"{path}/problem")).text
    assert page.count("missing partner") == 1 and "Bring in School" not in page
    await police.submit(f"{path}/problem/tags", {"tags": ["offending"]})
    assert "missing partner" not in (await council.get(f"{path}/problem")).text
    bad = await police.submit(f"{path}/problem/tags", {"tags": ["witchcraft"]})
    assert bad.status_code == 422


async def test_once_the_problem_is_stated_nobody_is_asked_why(path: str, browser: Make, world: World) -> None:
    (council,) = await signed_in(browser, "council")
    await council.submit(f"{path}/problem", {"problem": "Nobody rests at night"})
    assert (await council.submit(f"{path}/circle", {"agency": ref(world.id("school"))})).status_code == 303


async def test_the_risk_line_shows_agreement_difference_and_who_has_not_said(
    path: str, browser: Make, session: AsyncSession
) -> None:
    council, police, health = await signed_in(browser, "council", "police", "health")
    assert "No agency has said yet how it rates the risk" in (await police.get(path)).text
    short = await police.submit(f"{path}/positions", {"rating": "red", "reason": "short"})
    assert short.status_code == 422 and ">short</textarea>" in short.text
    for client, colour in ((police, "red"), (health, "amber")):
        given = {"rating": colour, "reason": f"What we saw makes it {colour}"}
        assert (await client.submit(f"{path}/positions", given)).status_code == 303
    page = (await council.get(f"{path}/now")).text
    assert "Police: red. Health: amber. Council has not said." in page and "steps apart" not in page
    await health.submit(f"{path}/positions", {"rating": "green", "reason": "She sleeps and the bruise has healed"})
    page = (await council.get(path)).text
    assert "Police: red. Health: green." in page and "two steps apart" in page
    every = (await council.get(f"{path}/positions")).text
    assert "What we saw makes it amber" in every and "How it was rated before" in every
    assert await rows(session, "SELECT version, rating FROM risk_position ORDER BY stated_at") == [
        (1, "red"),
        (1, "amber"),
        (2, "green"),
    ]
    assert await rows(session, "SELECT rating FROM case_record") == [("amber",)], "the joint rating is another thing"
    history = (await council.get(f"{path}/history")).text
    assert "rated the risk, for their own agency, green; it was amber" in history


PARTS = [
    "/problem", "/problem/wall", "/problem/statement", "/problem/rounds", "/problem/framing", "/problem/lines",
    "/problem/tags", "/positions",
]  # fmt: skip
POSTS = {
    "/problem": {"problem": "Nobody rests"},
    "/problem/rounds": {"reason": "Something is new here"},
    "/problem/framing": {"words": "We see it so"},
    "/problem/lines": {"view": "agree", "words": "Nobody rests"},
    "/problem/tags": {"tags": "debt"},
    "/positions": {"rating": "red", "reason": "He came back last night"},
}


@pytest.fixture
async def worked(world: World, session: AsyncSession, case: Case) -> dict[str, str]:
    """A case with a wall that everybody reads: the addresses of what stands on it."""
    round_ = await asked(session, world, case)
    framing = await wrote(session, world, round_, "health", "She cannot sleep.")
    said = await changes.restate(session, framing, words="Sleep.", by=world.viewer("police"), at=LATE)
    line = await changes.add_line(session, round_, view=View.agree, words="Nights", by=world.viewer("police"), at=LATE)
    await session.commit()
    return {
        f"/framings/{ref(framing.id)}/restate": "council",
        f"/restatements/{ref(said.id)}/yes": "health",
        f"/restatements/{ref(said.id)}/correct": "health",
        f"/wall-lines/{ref(line.id)}/take-back": "police",
    }


async def test_outsiders_find_nothing(path: str, worked: dict[str, str], browser: Make) -> None:
    (school,) = await signed_in(browser, "school")
    for part in PARTS:
        assert (await school.get(path + part)).status_code == 404, part
    for part, form in POSTS.items():
        assert (await school.submit(path + part, form)).status_code == 404, part
    for address in worked:
        assert (await school.submit(address, {"words": "x", "correction": "x"})).status_code == 404, address
        if address.endswith(("restate", "correct")):
            assert (await school.get(address)).status_code == 404, address


async def test_a_closed_case_is_read_and_not_written(
    path: str, worked: dict[str, str], browser: Make, world: World, session: AsyncSession, case: Case
) -> None:
    again = await session.get(Case, case.id)
    assert again is not None
    await cases.move(
        session, again, to=Stage.closed, reason="The children are safe", clocks={}, by=world.viewer("council"), at=LATE
    )
    await session.commit()
    clients = {slug: (await signed_in(browser, slug))[0] for slug in ("council", "health", "police")}
    assert "She cannot sleep." in (await clients["council"].get(f"{path}/problem")).text
    for part, form in POSTS.items():
        assert (await clients["council"].submit(path + part, form)).status_code == 403, part
    for address, slug in worked.items():
        answer = await clients[slug].submit(address, {"words": "x", "correction": "x"})
        assert answer.status_code == 403, address
    assert "Is this your view?" not in (await clients["health"].get("/my-work")).text
