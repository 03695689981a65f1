"""Asking and answering: who sees what, one answer, silence, refusals and their review."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.board.queries import Cut as BoardCut
from hub.board.queries import cards, waiting_count
from hub.cases.rules import Rating, Voice
from hub.cases.tables import Case
from hub.clock import now
from hub.contributions.queries import lanes
from hub.errors import Conflict, NotFound, Refused
from hub.events.tables import Event
from hub.ids import ref
from hub.live.queries import asked_in, heard
from hub.live.rules import names, request_names
from hub.requests import changes, queries
from hub.requests.changes import Answer, Question
from hub.requests.jobs import tell_overdue
from hub.requests.queries import access_request, visible_requests
from hub.requests.rules import MoreTime, Purpose, Refusal, ReplyKind, Review
from hub.requests.tables import AskedAgency, InformationRequest
from hub.sharing.rules import Permission, Role, Standing, may
from tests.conftest import Browser, Maker, committed, rows
from tests.makers import NOW, World, make_case, make_person, make_worker, make_world

Make = Callable[[], Browser]
WHY = "Her sister rang us in confidence and he would know that it was her."


async def make_request(
    session: AsyncSession,
    world: World,
    case: Case,
    person_id: object,
    *,
    ask: tuple[str, ...] = ("health",),
    by: str = "council",
    at: object = NOW,
) -> InformationRequest:
    asked = Question(
        purpose=Purpose.protect_child,
        question="CANARY-QUESTION: has he been seen since Monday?",
        about=(person_id,),  # type: ignore[arg-type]
        gateway="ca2004-16la",
        agencies={world.id(slug): world.workers[slug].id for slug in ask},
    )
    return await changes.ask(
        session,
        case_id=case.id,
        asked=asked,
        people=[person_id],  # type: ignore[list-item]
        rating=Rating(case.rating) if case.rating else None,
        clocks={},
        by=world.viewer(by),
        at=at,  # type: ignore[arg-type]
    )


@pytest.fixture
async def asked(world: World, session: AsyncSession) -> tuple[Case, InformationRequest]:
    """The council asks health (of the circle) and the school (outside it) about a child."""
    person = await make_person(session)
    case = await make_case(session, world, person=person, problem="CANARY-PROBLEM at home")
    request = await make_request(session, world, case, person.id, ask=("health", "school"), at=now())
    await session.commit()
    return case, request


async def answer(session: AsyncSession, world: World, request: InformationRequest, by: str, **given: object) -> object:
    return await changes.reply(
        session,
        request,
        answer=Answer(**given),  # type: ignore[arg-type]
        profession="Nurse",
        circle=[world.id(slug) for slug in ("council", "police", "health")],
        clocks={},
        by=world.viewer(by),
        at=NOW,
    )


# --- Answers ----------------------------------------------------------------------------------------------------


async def test_what_is_supplied_stands_in_the_lane_of_the_agency_that_answers(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession
) -> None:
    case, request = asked
    await answer(session, world, request, "health", kind=ReplyKind.supplied, words="Seen on Tuesday, well.")
    found, _ = await lanes(session, world.viewer("police"), case.id)
    said = found[world.id("health")][0]
    assert said.words == "Seen on Tuesday, well."
    assert await queries.answers_told(session, [said.thread_id]) == {said.thread_id: request.id}
    seen = await access_request(session, world.viewer("council"), ref(request.id))
    reply = next(one.reply for one in seen.asked if one.asked.agency_id == world.id("health"))
    assert reply is not None and reply.thread_id is not None
    assert seen.words[reply.thread_id].words == "Seen on Tuesday, well."


async def test_an_answer_for_the_asker_alone_is_not_read_by_the_others(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession
) -> None:
    _, request = asked
    await answer(session, world, request, "health", kind=ReplyKind.supplied, words="CANARY", only_asker=True)
    assert (await access_request(session, world.viewer("council"), ref(request.id))).words
    assert (await access_request(session, world.viewer("health"), ref(request.id))).words
    assert not (await access_request(session, world.viewer("police"), ref(request.id))).words


async def test_one_answer_stands_and_a_second_meets_it(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession
) -> None:
    _, request = asked
    await answer(session, world, request, "health", kind=ReplyKind.supplied, words="Seen.")
    with pytest.raises(Conflict):
        await answer(session, world, request, "health", kind=ReplyKind.supplied, words="Not seen.")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": ReplyKind.refused, "because": WHY}, "refusal"),
        ({"kind": ReplyKind.refused, "refusal": Refusal.other, "because": "GDPR"}, "because"),
        ({"kind": ReplyKind.refused, "refusal": Refusal.no_basis, "because": "data protection"}, "because"),
        ({"kind": ReplyKind.refused, "refusal": Refusal.not_ours, "because": WHY}, "owner"),
        ({"kind": ReplyKind.part, "words": "Some", "refusal": Refusal.third_party, "because": WHY}, "withheld"),
        (
            {"kind": ReplyKind.part, "words": "Some", "withheld": "a name", "refusal": Refusal.other, "because": "DPA"},
            "because",
        ),
        ({"kind": ReplyKind.nothing, "words": "None"}, "system"),
        ({"kind": ReplyKind.nothing, "system": "records"}, "since_year"),
    ],
)
async def test_an_answer_that_says_too_little_is_refused(
    given: dict[str, object],
    field: str,
    asked: tuple[Case, InformationRequest],
    world: World,
    session: AsyncSession,
) -> None:
    with pytest.raises(Refused) as refused:
        await answer(session, world, asked[1], "health", **given)
    assert refused.value.field == field


# --- Silence ----------------------------------------------------------------------------------------------------


async def test_a_stated_refusal_is_never_silence(world: World, session: AsyncSession) -> None:
    person = await make_person(session)
    long_ago = NOW - timedelta(days=60)
    case = await make_case(session, world, person=person, at=long_ago)
    request = await make_request(session, world, case, person.id, ask=("health", "police"), at=NOW - timedelta(days=9))
    await answer(session, world, request, "health", kind=ReplyKind.refused, refusal=Refusal.source_at_risk, because=WHY)
    seen = await access_request(session, world.viewer("council"), ref(request.id))
    silent = {one.asked.agency_id: seen.silent(one, NOW) for one in seen.asked}
    assert silent == {world.id("health"): False, world.id("police"): True}
    [card], _ = await cards(session, world.viewer("council"), BoardCut(), clocks={}, at=NOW)
    voices = {seat.agency.slug: seat.voice for seat in card.seats}
    assert voices["health"] is Voice.answered and voices["police"] is Voice.silent


async def test_need_until_is_an_answer_until_then(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession
) -> None:
    _, request = asked
    at = now() + timedelta(days=10)
    await changes.need_longer(
        session,
        request,
        until=at + timedelta(days=1),
        because=MoreTime.searching,
        by=world.viewer("health"),
        at=at,
    )
    seen = await access_request(session, world.viewer("council"), ref(request.id))
    silent = {one.asked.agency_id: seen.silent(one, at) for one in seen.asked}
    assert silent[world.id("health")] is False and silent[world.id("school")] is True


async def test_two_clocks_tell_an_agency_once_that_its_time_is_over(own_database: str) -> None:
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            person = await make_person(session)
            case = await make_case(session, world, person=person)
            await make_request(session, world, case, person.id, ask=("health", "police"))
            await session.commit()
        told = await asyncio.gather(tell_overdue(maker), tell_overdue(maker))
        assert sum(told) == 2 and await tell_overdue(maker) == 0
        async with maker() as session:
            found = await rows(session, "SELECT count(*) FROM notice WHERE kind = 'request-overdue'")
            assert found == [(2,)]


# --- Who sees what ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("circle", [("council", "police", "health"), ("council", "police")])
@pytest.mark.parametrize("asking", ["council", "police"])
@pytest.mark.parametrize("ask", [("health",), ("school",), ("health", "school")])
async def test_who_may_read_a_request_is_the_same_in_python_and_in_sql(
    circle: tuple[str, ...], asking: str, ask: tuple[str, ...], world: World, session: AsyncSession
) -> None:
    person = await make_person(session)
    case = await make_case(session, world, agencies=circle, person=person)
    request = await make_request(session, world, case, person.id, ask=ask, by=asking)
    for slug in ("police", "health", "council", "probation", "school"):
        viewer = world.viewer(slug)
        facts = {"in_circle": slug in circle, "asked_us": slug in ask, "own_agency": slug == asking}
        expected = slug in circle or slug in ask or slug == asking
        assert may(Permission.request_read, Standing().also(**facts)) is expected
        found = set(await session.scalars(select(InformationRequest.id).where(visible_requests(viewer))))
        assert (request.id in found) is expected


async def test_an_agency_outside_the_circle_sees_the_request_and_not_the_case(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession, browser: Make
) -> None:
    case, request = asked
    await answer(session, world, request, "health", kind=ReplyKind.supplied, words="CANARY-ANSWER of health")
    await session.commit()
    school = await browser().sign_in("school")
    page = await school.get(f"/requests/{ref(request.id)}")
    assert page.status_code == 200
    assert "CANARY-QUESTION" in page.text and "Ayo Testcase" in page.text
    for hidden in ("CANARY-PROBLEM", "CANARY-ANSWER", case.reference, ref(case.id), "Health", "The Testcase family"):
        assert hidden not in page.text, hidden
    for path in ("", "/sharing", "/requests", "/now", "/requests/new", "/family", "/said", "/voice"):
        assert (await school.get(f"/cases/{ref(case.id)}{path}")).status_code == 404
    work = await school.get("/my-work")
    assert "CANARY-QUESTION" in work.text and "CANARY-PROBLEM" not in work.text
    assert "CANARY-QUESTION" in (await school.get("/requests")).text


async def test_an_agency_outside_the_circle_answers_and_the_asker_reads_it(
    asked: tuple[Case, InformationRequest], world: World, browser: Make
) -> None:
    case, request = asked
    school, council = await browser().sign_in("school"), await browser().sign_in("council")
    path = f"/requests/{ref(request.id)}"
    sent = await school.submit(f"{path}/reply/supplied", {"words": "In school every day this week."})
    assert sent.status_code == 303
    assert "In school every day" in (await school.get(path)).text
    assert "In school every day" in (await council.get(path)).text
    lane = (await council.get(f"/cases/{ref(case.id)}")).text
    assert "In school every day" in lane and "not on this case" in lane
    assert (await school.get(f"/cases/{ref(case.id)}")).status_code == 404


ROUTES = [
    ("GET", "/cases/{case}/requests/new"),
    ("POST", "/cases/{case}/requests"),
    ("GET", "/cases/{case}/requests"),
    ("GET", "/cases/{case}/requests/live"),
    ("GET", "/requests/{request}"),
    ("GET", "/requests/{request}/live"),
    ("GET", "/requests/{request}/reply/supplied"),
    ("POST", "/requests/{request}/reply/supplied"),
    ("POST", "/requests/{request}/reply/refused"),
    ("POST", "/requests/{request}/longer"),
    ("POST", "/requests/{request}/take"),
    ("POST", "/requests/{request}/withdraw"),
    ("POST", "/refusals/{reply}/review"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_outsiders_find_nothing(
    method: str,
    path: str,
    asked: tuple[Case, InformationRequest],
    world: World,
    session: AsyncSession,
    browser: Make,
) -> None:
    case, request = asked
    given = await answer(session, world, request, "health", kind=ReplyKind.refused, refusal=Refusal.other, because=WHY)
    await session.commit()
    outsider = await browser().sign_in("probation")
    where = path.format(case=ref(case.id), request=ref(request.id), reply=ref(given.id))  # type: ignore[attr-defined]
    got = await (outsider.get(where) if method == "GET" else outsider.submit(where, {"words": "x"}))
    assert got.status_code == 404 and "CANARY" not in got.text


async def test_the_live_names_for_an_agency_outside_never_name_the_case(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession
) -> None:
    case, request = asked
    event = await session.scalar(select(Event).where(Event.kind == "request:asked"))
    assert event is not None
    what = heard(event)
    everybody = [agency.id for agency in world.agencies.values()]
    assert await asked_in(session, what, everybody) == {world.id("health"), world.id("school"), world.id("council")}
    assert f"case-{ref(case.id)}" in names(what) and f"case-{ref(case.id)}" not in request_names(what)
    assert f"request-{ref(request.id)}" in request_names(what)


# --- Through the pages ------------------------------------------------------------------------------------------


async def test_asking_from_a_lane_and_answering_from_my_work(
    world: World, session: AsyncSession, browser: Make
) -> None:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    await session.commit()
    council, health = await browser().sign_in("council"), await browser().sign_in("health")
    path = f"/cases/{ref(case.id)}"
    ask = f"{path}/requests/new?agency={ref(world.id('health'))}"
    assert ask in unescape((await council.get(path)).text)
    form = (await council.get(ask)).text
    assert 'value="ca2004-16la" selected' in form
    sent = await council.submit(
        f"{path}/requests",
        {
            "agencies": ref(world.id("health")),
            "purpose": "protect-child",
            "question": "Has he been seen since Monday?",
            "about": ref(person.id),
            "gateway": "ca2004-16la",
        },
    )
    assert sent.status_code == 303
    where = sent.headers["location"]
    before = await waiting_count(session, world.viewer("health"), at=now())
    assert before == 1 and "Has he been seen since Monday?" in (await health.get("/my-work")).text
    tomorrow = (now() + timedelta(days=2)).date().isoformat()
    longer = {"until_day": tomorrow, "because": "searching", "_back": "/my-work"}
    later = await health.submit(f"{where}/longer", longer)
    assert later.headers["location"] == "/my-work"
    assert "They asked for longer" in (await council.get(where)).text
    done = await health.submit(
        f"{where}/reply/nothing",
        {
            "words": "No contact",
            "system": "Health records",
            "since_year": "2020",
            "until_year": "2025",
            "searched_on": "3/3/2026",
        },
    )
    assert done.status_code == 303, unescape(done.text)
    page = (await council.get(f"{where}/live")).text
    assert "No contact; Health records searched 3 March" in page and "for 2020–2025" in page
    assert await waiting_count(session, world.viewer("health"), at=now()) == 0


async def test_gdpr_is_answered_with_the_law_and_what_was_typed_stays(
    asked: tuple[Case, InformationRequest], browser: Make
) -> None:
    _, request = asked
    health = await browser().sign_in("health")
    sent = await health.submit(
        f"/requests/{ref(request.id)}/reply/refused", {"refusal": "other", "because": "Due to G.D.P.R. regulations"}
    )
    page = unescape(sent.text)
    assert sent.status_code == 422
    assert "Children Act 2004 section 16LA" in page and "data-protection lead, who answers within 1 working day" in page
    assert "Due to G.D.P.R. regulations" in page


@pytest.mark.parametrize(
    "data",
    [
        {"question": "Has he been seen since Monday?"},
        {"agencies": "nonsense", "purpose": "protect-child", "question": "Has he been seen?", "gateway": "ca2004-16la"},
        {"purpose": "nosiness", "question": "CANARY words that stay", "gateway": "ca2004-16la"},
    ],
)
async def test_a_request_that_says_too_little_comes_back_with_what_was_typed(
    data: dict[str, str], asked: tuple[Case, InformationRequest], browser: Make
) -> None:
    council = await browser().sign_in("council")
    sent = await council.submit(f"/cases/{ref(asked[0].id)}/requests", data)
    assert sent.status_code == 422 and data["question"] in sent.text and "There is a problem" in sent.text


async def test_a_closed_case_asks_nothing_and_waits_for_nothing(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession, browser: Make, maker: Maker
) -> None:
    case, request = asked
    case.stage, case.closed_at = "closed", now()
    await session.commit()
    council, health = await browser().sign_in("council"), await browser().sign_in("health")
    assert (await council.submit(f"/cases/{ref(case.id)}/requests", {"question": "?"})).status_code == 403
    path = f"/requests/{ref(request.id)}"
    assert (await health.submit(f"{path}/reply/supplied", {"words": "Late"})).status_code == 403
    assert (await health.submit(f"{path}/longer", {"because": "searching"})).status_code == 403
    assert (await health.get(path)).status_code == 200
    assert "CANARY-QUESTION" not in (await health.get("/my-work")).text
    assert await tell_overdue(maker) == 0


async def test_only_the_agency_that_asked_takes_it_back(asked: tuple[Case, InformationRequest], browser: Make) -> None:
    path = f"/requests/{ref(asked[1].id)}"
    health, council = await browser().sign_in("health"), await browser().sign_in("council")
    reason = {"reason": "We found it in our own records"}
    assert (await health.submit(f"{path}/withdraw", reason)).status_code == 403
    assert (await council.submit(f"{path}/withdraw", reason)).status_code == 303
    assert (await health.submit(f"{path}/reply/supplied", {"words": "Late"})).status_code == 409


async def test_a_request_is_passed_to_a_colleague_and_no_further(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession, browser: Make
) -> None:
    colleague = await make_worker(session, world.agencies["health"], "nurse")
    await session.commit()
    path = f"/requests/{ref(asked[1].id)}"
    health = await browser().sign_in("health")
    assert (await health.submit(f"{path}/take", {"worker": ref(world.workers["police"].id)})).status_code == 422
    assert (await health.submit(f"{path}/take", {"worker": ref(colleague.id)})).status_code == 303
    nurse = await browser().sign_in("nurse")
    assert "CANARY-QUESTION" in (await nurse.get("/my-work")).text
    assert "CANARY-QUESTION" not in (await health.get("/my-work")).text


# --- The guardian -----------------------------------------------------------------------------------------------


async def make_guardian(session: AsyncSession, world: World, slug: str) -> None:
    guardian = f"guard-{slug}"
    world.workers[guardian] = await make_worker(session, world.agencies[slug], guardian, roles=[Role.guardian.value])


@pytest.fixture
async def refused(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession
) -> tuple[InformationRequest, str]:
    """Health refuses what the council asked; health, the council and the police have guardians."""
    for slug in ("health", "council", "police"):
        await make_guardian(session, world, slug)
    given = await answer(
        session, world, asked[1], "health", kind=ReplyKind.refused, refusal=Refusal.no_basis, because=WHY
    )
    await session.commit()
    return asked[1], ref(given.id)  # type: ignore[attr-defined]


async def test_a_refusal_is_told_to_the_asker_the_overseer_and_the_guardians(
    refused: tuple[InformationRequest, str], world: World, session: AsyncSession
) -> None:
    told = await rows(session, "SELECT worker_id FROM notice WHERE kind = 'request-refused'")
    assert {row[0] for row in told} == {world.workers["council"].id, world.workers["guard-health"].id}


async def test_the_guardians_queue_is_their_own_agencys(refused: tuple[InformationRequest, str], browser: Make) -> None:
    seen = {
        slug: WHY in (await (await browser().sign_in(f"guard-{slug}")).get("/requests/refusals")).text
        for slug in ("health", "council", "police")
    }
    assert seen == {"health": True, "council": True, "police": False}
    assert (await (await browser().sign_in("health")).get("/requests/refusals")).status_code == 403


async def test_only_a_guardian_of_the_agency_that_refused_reviews_it(
    refused: tuple[InformationRequest, str], browser: Make
) -> None:
    _, reply = refused
    said = {"review": "upheld", "words": "The source would be known at once."}
    for worker, status in (("guard-police", 404), ("guard-council", 403), ("health", 403), ("guard-health", 303)):
        sent = await (await browser().sign_in(worker)).submit(f"/refusals/{reply}/review", said)
        assert sent.status_code == status, worker
    again = await (await browser().sign_in("guard-health")).submit(f"/refusals/{reply}/review", said)
    assert again.status_code == 409


async def test_an_overturned_refusal_asks_anew_and_stays_to_be_read(
    refused: tuple[InformationRequest, str], world: World, session: AsyncSession
) -> None:
    request, reply_ref = refused
    given, about = await queries.lock_reply(session, world.viewer("health"), reply_ref)
    guardian = world.viewer("health", "guardian")
    with pytest.raises(Refused, match="yourself"):
        await changes.review(
            session,
            given,
            about,
            review=Review.overturned,
            words="It can be shared now.",
            clocks={},
            by=guardian,
            at=NOW,
        )
    given.replied_by = world.workers["guard-health"].id
    await changes.review(
        session, given, about, review=Review.overturned, words="It can be shared now.", clocks={}, by=guardian, at=NOW
    )
    part = await session.scalar(
        select(AskedAgency).where(AskedAgency.request_id == request.id, AskedAgency.agency_id == world.id("health"))
    )
    assert part is not None and part.answered_at is None and part.due_at == NOW + timedelta(hours=6)
    await answer(session, world, request, "health", kind=ReplyKind.supplied, words="Seen.")
    seen = await access_request(session, world.viewer("council"), ref(request.id))
    one = next(one for one in seen.asked if one.asked.agency_id == world.id("health"))
    assert [reply.kind for reply in one.replies] == ["refused", "supplied"]


async def test_absent_and_hidden_are_the_same(
    asked: tuple[Case, InformationRequest], world: World, session: AsyncSession
) -> None:
    for address in (ref(asked[1].id), ref(asked[0].id)):
        with pytest.raises(NotFound):
            await access_request(session, world.viewer("probation"), address)


async def test_nothing_held_without_the_years_is_told_to_name_them(
    asked: tuple[Case, InformationRequest], browser: Make
) -> None:
    _, request = asked
    health = await browser().sign_in("health")
    answered = await health.submit(
        f"/requests/{ref(request.id)}/reply/nothing",
        {"words": "", "system": "records", "since_year": "", "until_year": "", "searched_on": ""},
    )
    assert answered.status_code == 422
    assert "Enter the first year that was searched" in answered.text
