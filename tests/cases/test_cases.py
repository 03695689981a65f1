"""A case: its stages, its clock, its one accountable person, its circle."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases import changes, queries
from hub.cases.rules import MOVES, OPEN_STAGES, Rating, Stage, Voice, check_move, clock_of, voice_of
from hub.cases.tables import Accountability
from hub.errors import Conflict, Refused
from hub.ids import ref
from tests.conftest import Browser, committed, rows
from tests.makers import NOW, World, make_case, make_worker, make_world

Make = Callable[[], Browser]

# --- Rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_leads_somewhere_and_only_where_the_table_says(stage: Stage) -> None:
    assert MOVES[stage]
    for to in Stage:
        if to in MOVES[stage]:
            check_move(stage, to)
        else:
            with pytest.raises(Refused):
                check_move(stage, to)


def test_every_open_case_can_be_closed_and_a_closed_one_reopened() -> None:
    assert all(Stage.closed in MOVES[stage] for stage in OPEN_STAGES)
    assert MOVES[Stage.closed] == (Stage.assessing,)


@given(st.lists(st.sampled_from(list(Stage)), max_size=12))
def test_no_path_of_moves_leaves_the_table(wanted: list[Stage]) -> None:
    stage = Stage.new
    for to in wanted:
        if to in MOVES[stage]:
            stage = to
    assert stage in Stage


def test_the_assessments_clock_runs_from_the_day_of_opening() -> None:
    late = NOW + timedelta(days=30)
    due = clock_of(Stage.assessing, None, opened_at=NOW, at=late, clocks={})
    assert due is not None and due == clock_of(Stage.assessing, None, opened_at=NOW, at=NOW, clocks={})


def test_a_red_case_is_reviewed_sooner() -> None:
    red, green = [
        clock_of(Stage.working, rating, opened_at=NOW, at=NOW, clocks={}) for rating in (Rating.red, Rating.green)
    ]
    assert red is not None and green is not None and red.at < green.at


def test_a_closed_case_has_no_clock() -> None:
    assert clock_of(Stage.closed, None, opened_at=NOW, at=NOW, clocks={}) is None


@pytest.mark.parametrize(
    ("heard", "days", "voice"), [(None, 1, Voice.awaited), (None, 30, Voice.silent), (NOW, 30, Voice.heard)]
)
def test_only_silence_is_silence(heard: object, days: int, voice: Voice) -> None:
    assert voice_of(NOW, heard, NOW + timedelta(days=days), {}) is voice  # type: ignore[arg-type]


# --- Changes ----------------------------------------------------------------------------------------------------


async def test_opening_a_case_seats_the_circle_and_names_one_person(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    shared = await queries.access_case_by_id(session, world.viewer("health"), case.id)
    assert shared.circle[0].slug == "council"
    assert {agency.slug for agency in shared.circle} == {"council", "police", "health"}
    assert shared.accountable is not None and shared.accountable.id == world.workers["council"].id
    assert shared.accountability is not None and shared.accountability.accepted_at == NOW, "naming oneself is accepting"
    assert shared.name == "The Testcase family" and shared.stage is Stage.new


async def test_naming_another_releases_the_one_before(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    named = await changes.name_accountable(
        session,
        case_id=case.id,
        subject_type="case",
        subject_id=case.id,
        worker_id=world.workers["health"].id,
        by=world.viewer("council"),
        at=NOW,
    )
    held = await queries.accountable_for(session, "case", case.id)
    assert held is not None and held.id == named.id and held.accepted_at is None
    with pytest.raises(Refused):
        await changes.accept(session, named, by=world.viewer("police"), at=NOW)
    await changes.accept(session, named, by=world.viewer("health"), at=NOW)
    assert named.accepted_at == NOW


async def test_the_database_itself_refuses_a_second_accountable_person(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    session.add(
        Accountability(
            subject_type="case", subject_id=case.id, case_id=case.id, worker_id=world.workers["police"].id, given_at=NOW
        )
    )
    with pytest.raises(IntegrityError):
        await session.flush()


async def test_two_who_name_somebody_at_once_leave_one_accountable_person(own_database: str) -> None:
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            case = await make_case(session, world)
            await session.commit()

        async def name(slug: str) -> str:
            async with maker() as session:
                try:
                    await changes.name_accountable(
                        session,
                        case_id=case.id,
                        subject_type="case",
                        subject_id=case.id,
                        worker_id=world.workers[slug].id,
                        by=world.viewer("council"),
                        at=NOW,
                    )
                    await session.commit()
                except IntegrityError:
                    return "refused"
                return "named"

        for _ in range(5):
            await asyncio.gather(*(name(slug) for slug in ("police", "health", "council")))
        async with maker() as session:
            assert await rows(session, "SELECT count(*) FROM accountability WHERE ended_at IS NULL") == [(1,)]


async def test_handing_back_falls_to_the_giver_and_shows_as_unowned(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world, accountable="health")
    named = await queries.accountable_for(session, "case", case.id)
    assert named is not None
    given = await changes.hand_back(
        session, named, reason="I leave the team on Friday", by=world.viewer("health"), at=NOW
    )
    assert given is not None and given.worker_id == world.workers["council"].id and given.accepted_at is None


async def test_moving_needs_a_reason_only_to_close(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    by = world.viewer("council")
    await changes.move(session, case, to=Stage.assessing, reason="", clocks={}, by=by, at=NOW)
    with pytest.raises(Conflict):
        await changes.move(session, case, to=Stage.assessing, reason="", clocks={}, by=by, at=NOW)
    with pytest.raises(Refused):
        await changes.move(session, case, to=Stage.closed, reason="", clocks={}, by=by, at=NOW)
    await changes.move(
        session, case, to=Stage.closed, reason="The children are safe with their gran", clocks={}, by=by, at=NOW
    )
    assert case.closed_at == NOW and case.due_at is None
    await changes.move(session, case, to=Stage.assessing, reason="", clocks={}, by=by, at=NOW)
    assert case.closed_at is None and case.due_code == "T14"


# --- Pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def path(world: World, session: AsyncSession) -> str:
    case = await make_case(session, world)
    await session.commit()
    return f"/cases/{ref(case.id)}"


@pytest.mark.parametrize(
    "part",
    [
        "",
        "/now",
        "/chronology",
        "/here",
        "/week",
        "/week/live",
        "/plan",
        "/plan/live",
        "/conferences",
        "/family",
        "/history",
        "/rate",
        "/move",
        "/problem",
        "/accountable",
        "/circle",
        "/contact",
        "/contributions/new",
        "/interventions/new",
        "/outcomes/new",
        "/conferences/new",
        "/decisions/new",
    ],
)
async def test_every_page_of_a_case_opens_for_its_circle_and_for_nobody_else(
    part: str, path: str, browser: Make, world: World
) -> None:
    assert (await (await browser().sign_in("health")).get(path + part)).status_code == 200
    assert (await (await browser().sign_in("school")).get(path + part)).status_code == 404


async def test_rating_a_case_keeps_what_was_typed_when_something_is_missing(path: str, browser: Make) -> None:
    client = await browser().sign_in("police")
    answer = await client.submit(f"{path}/rate", {"rating": "red", "reason": "short"})
    assert answer.status_code == 422
    assert (
        "There is a problem" in answer.text
        and ">short</textarea>" in answer.text
        and 'value="red" checked' in answer.text.replace("  ", " ")
    )
    await client.get(f"{path}/chronology")
    assert (
        await client.submit(f"{path}/rate", {"rating": "red", "reason": "He came back last night"})
    ).status_code == 303
    assert "He came back last night" in (await client.get(path)).text


async def test_only_those_who_steer_may_move_a_case(path: str, browser: Make) -> None:
    police, council = await browser().sign_in("police"), await browser().sign_in("council")
    refused = await police.submit(f"{path}/move", {"stage": "assessing", "reason": ""})
    assert refused.status_code == 403 and "Only the person who answers for this case" in refused.text
    assert (await council.submit(f"{path}/move", {"stage": "assessing", "reason": ""})).status_code == 303
    assert (await council.submit(f"{path}/move", {"stage": "reviewing", "reason": ""})).status_code == 422


async def test_bringing_in_and_releasing_an_agency_takes_effect_on_the_next_request(
    path: str, browser: Make, world: World
) -> None:
    council, school = await browser().sign_in("council"), await browser().sign_in("school")
    assert (await school.get(path)).status_code == 404
    await council.submit(
        f"{path}/circle", {"agency": ref(world.id("school")), "reason": "He is in their nursery every day"}
    )
    assert (await school.get(path)).status_code == 200
    await council.submit(f"{path}/circle/{ref(world.id('school'))}/leave")
    assert (await school.get(path)).status_code == 404
    lead = await council.submit(f"{path}/circle/{ref(world.id('council'))}/leave")
    assert lead.status_code == 422 and "lead agency cannot leave" in lead.text


async def test_naming_somebody_outside_the_circle_is_refused(path: str, browser: Make, world: World) -> None:
    council = await browser().sign_in("council")
    answer = await council.submit(f"{path}/accountable", {"worker": ref(world.workers["school"].id)})
    assert answer.status_code == 422
    answer = await council.submit(f"{path}/accountable", {"worker": ref(world.workers["health"].id)})
    assert answer.status_code == 303
    health = await browser().sign_in("health")
    assert "Accept: it is mine" in (await health.get("/my-work")).text


@pytest.mark.parametrize("role", ["researcher", "scrutineer", "guest"])
async def test_who_cannot_see_the_case_is_not_made_to_answer_for_it(
    role: str, path: str, session: AsyncSession, browser: Make, world: World
) -> None:
    other = await make_worker(session, world.agencies["health"], "other", roles=[role])
    await session.commit()
    council = await browser().sign_in("council")
    for form, field in (("accountable", "worker"), ("said", "speaker")):
        page = (await council.get(f"{path}/{form}")).text
        assert ref(world.workers["health"].id) in page and ref(other.id) not in page
        said = {"words": "Seen well.", "place": "phone"} if form == "said" else {}
        refused = await council.submit(f"{path}/{form}", {field: ref(other.id), **said})
        assert refused.status_code == 422 and "who may see it" in refused.text


@pytest.mark.parametrize("query", ["from=2026-02-30", "from=x", "from=0001-01-01", "from=%00", "from=9999-12-31"])
async def test_an_odd_week_is_not_found(query: str, path: str, browser: Make) -> None:
    assert (await (await browser().sign_in("health")).get(f"{path}/week?{query}")).status_code == 404


@pytest.mark.parametrize("value", ["9223372036854775808", "-1", "1_0", "x", "%00", "1e400"])
async def test_an_odd_number_in_an_address_is_not_found(value: str, path: str, browser: Make) -> None:
    client = await browser().sign_in("health")
    for address in (f"{path}/history?before={value}", f"/?page={value}", f"/referrals?page={value}"):
        assert (await client.get(address)).status_code == 404, address
