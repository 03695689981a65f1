"""The ladder: one person on each side, a clock on each step, climbing once, and nobody outside looks on."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.tables import Case
from hub.clock import now
from hub.errors import Conflict, Refused
from hub.escalations import changes, queries
from hub.escalations.changes import Difference
from hub.escalations.jobs import climb_due
from hub.escalations.rules import About, Colleague, Rung, check_raising, who_answers
from hub.escalations.tables import Escalation
from hub.ids import new_id, ref
from hub.timers import due
from tests.conftest import Browser, committed, rows
from tests.makers import NOW, World, make_case, make_worker, make_world

Make = Callable[[], Browser]
A, B, C, D = new_id(), new_id(), new_id(), new_id()


# --- Rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rung", "days"), [(1, 2), (2, 5), (3, 2), (4, 1)])
def test_each_step_has_its_clock(rung: int, days: int) -> None:
    # From a Tuesday at ten; steps end at the close of the working day.
    ends = {1: 11, 2: 12, 5: 17}
    assert due(Rung(rung).timer, NOW).day == ends[days]


FRONTLINE, LEADER = ["frontline"], ["frontline", "leader"]


@pytest.mark.parametrize(
    ("rung", "colleagues", "usual", "before", "named"),
    [
        (Rung.practitioner, [Colleague(A, FRONTLINE), Colleague(B, LEADER)], A, None, A),
        (Rung.practitioner, [Colleague(A, FRONTLINE), Colleague(B, LEADER)], None, None, B),
        (Rung.practitioner, [Colleague(A, FRONTLINE)], None, None, A),
        (Rung.manager, [Colleague(A, FRONTLINE), Colleague(B, LEADER)], A, A, B),
        (Rung.manager, [Colleague(A, FRONTLINE, C), Colleague(B, LEADER), Colleague(C, FRONTLINE)], A, A, C),
        (Rung.manager, [Colleague(B, LEADER)], B, B, B),
        (Rung.senior, [Colleague(A, FRONTLINE), Colleague(B, LEADER), Colleague(C, LEADER)], A, B, C),
        (Rung.senior, [Colleague(A, FRONTLINE), Colleague(B, LEADER)], A, B, B),
        (Rung.chair, [Colleague(A, FRONTLINE), Colleague(B, LEADER)], A, B, B),
        (Rung.manager, [Colleague(A, FRONTLINE)], A, A, A),
    ],
)
def test_exactly_one_person_answers_on_each_side(
    rung: Rung, colleagues: list[Colleague], usual: object, before: object, named: object
) -> None:
    assert who_answers(rung, colleagues, usual, before) == named  # type: ignore[arg-type]


def test_an_agency_without_anybody_cannot_be_disagreed_with() -> None:
    with pytest.raises(Refused):
        who_answers(Rung.practitioner, [], None)


@pytest.mark.parametrize(
    ("other", "disputed", "we", "they", "field"),
    [
        (A, "Whether it is safe", "A plan today", "A plan later", "agency"),
        (D, "Whether it is safe", "A plan today", "A plan later", "agency"),
        (B, "It", "A plan today", "A plan later", "disputed"),
        (B, "Whether it is safe", "", "A plan later", "we_want"),
        (B, "Whether it is safe", "A plan today", "", "they_want"),
    ],
)
def test_a_disagreement_says_between_whom_and_about_what(
    other: object, disputed: str, we: str, they: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        check_raising(A, other, [A, B, C], disputed, we, they)  # type: ignore[arg-type]
    assert refused.value.field == field


# --- The ladder -------------------------------------------------------------------------------------------------


async def make_escalation(
    session: AsyncSession, world: World, case: Case, *, by: str = "police", other: str = "council", at: object = NOW
) -> Escalation:
    return await changes.raise_it(
        session,
        case_id=case.id,
        difference=Difference(
            About.lane,
            world.id(other),
            world.id(other),
            "CANARY: whether the children can stay",
            "They move out today",
            "They stay with a plan",
        ),
        circle=[world.id(slug) for slug in ("council", "police", "health")],
        clocks={},
        by=world.viewer(by),
        at=at,  # type: ignore[arg-type]
    )


@pytest.fixture
async def raised(world: World, session: AsyncSession) -> tuple[Case, Escalation]:
    for slug in ("police", "council"):
        name = f"lead-{slug}"
        world.workers[name] = await make_worker(session, world.agencies[slug], name, roles=["frontline", "leader"])
    case = await make_case(session, world)
    escalation = await make_escalation(session, world, case, at=now())
    await session.commit()
    return case, escalation


async def test_two_runners_climb_each_step_exactly_once(own_database: str) -> None:
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            case = await make_case(session, world)
            for _ in range(5):
                await make_escalation(session, world, case)
            await session.commit()
        climbed = await asyncio.gather(climb_due(maker), climb_due(maker))
        assert sum(climbed) == 5
        assert sum(await asyncio.gather(climb_due(maker), climb_due(maker))) == 0
        async with maker() as session:
            assert await rows(session, "SELECT step, count(*) FROM escalation GROUP BY step") == [(2, 5)]
            steps = await rows(session, "SELECT step, ended_as, count(*) FROM escalation_step GROUP BY 1, 2 ORDER BY 1")
            assert steps == [(1, "time-ran-out", 5), (2, None, 5)]
            told = await rows(session, "SELECT count(*) FROM event WHERE kind = 'escalation:climbed'")
            assert told == [(5,)]
            letters = await rows(session, "SELECT count(*) FROM notice WHERE kind = 'escalation-climbed'")
            assert letters == [(10,)]


async def test_it_climbs_to_the_chair_and_no_further(own_database: str) -> None:
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            case = await make_case(session, world)
            escalation = await make_escalation(session, world, case)
            await session.commit()
        for _ in range(6):
            async with maker() as session:
                held = await queries.lock(session, escalation.id)
                held.due_at = NOW
                await session.commit()
            await climb_due(maker)
        async with maker() as session:
            found = (await queries.steps(session, [escalation.id]))[escalation.id]
            assert [step.step for step in found] == [1, 2, 3, 4]
            assert found[-1].chair_id not in (None, found[-1].raiser_id, found[-1].other_id)
            late = await rows(session, "SELECT count(*) FROM event WHERE kind = 'escalation:overdue'")
            assert late == [(1,)]


async def test_no_agreement_climbs_at_once_to_the_managers(
    raised: tuple[Case, Escalation], world: World, session: AsyncSession
) -> None:
    step = await changes.not_agreed(
        session, raised[1], words="We cannot wait until Friday", clocks={}, by=world.viewer("council"), at=NOW
    )
    assert (step.step, step.raiser_id, step.other_id) == (
        2,
        world.workers["lead-police"].id,
        world.workers["lead-council"].id,
    )


async def test_a_plan_is_settled_by_the_other_side(
    raised: tuple[Case, Escalation], world: World, session: AsyncSession
) -> None:
    police, council = world.viewer("police"), world.viewer("council")
    with pytest.raises(Conflict):
        await changes.agree(session, raised[1], by=council, at=NOW)
    await changes.propose(session, raised[1], plan="They stay with Gran this week", by=council, at=NOW)
    with pytest.raises(Refused):
        await changes.agree(session, raised[1], by=council, at=NOW)
    await changes.agree(session, raised[1], by=police, at=NOW)
    found = await queries.access_escalation(session, police, ref(raised[1].id))
    assert (found.state, found.outcome) == ("settled", "They stay with Gran this week")
    with pytest.raises(Conflict):
        await changes.propose(session, raised[1], plan="Another plan altogether", by=council, at=NOW)


async def test_a_step_waits_for_the_people_named_on_it(raised: tuple[Case, Escalation], browser: Make) -> None:
    path = f"/escalations/{ref(raised[1].id)}"
    plan = {"plan": "They stay with Gran this week"}
    council, police, health = [await browser().sign_in(one) for one in ("council", "police", "health")]
    assert "Agencies see something differently" in (await council.get("/my-work")).text
    page = await health.get(path)
    assert page.status_code == 200 and "CANARY" in page.text and "Propose a plan" not in page.text
    assert (await health.submit(f"{path}/propose", plan)).status_code == 403
    assert (await council.submit(f"{path}/propose", {"plan": "?"})).status_code == 422
    assert (await council.submit(f"{path}/propose", plan)).status_code == 303
    assert "We agree to this plan" in (await police.get(path)).text
    assert (await council.submit(f"{path}/withdraw", {"words": "Not needed any more"})).status_code == 403
    assert (await police.submit(f"{path}/agree")).status_code == 303
    assert "Settled" in (await health.get(path)).text


async def test_the_circle_sees_it_on_the_case_and_it_can_be_taken_back(
    raised: tuple[Case, Escalation], browser: Make
) -> None:
    case, escalation = raised
    health, police = await browser().sign_in("health"), await browser().sign_in("police")
    for page in ("", "/requests"):
        assert "CANARY" in (await health.get(f"/cases/{ref(case.id)}{page}")).text
    path = f"/escalations/{ref(escalation.id)}"
    assert (await police.submit(f"{path}/withdraw", {"words": "We have talked and it is fine"})).status_code == 303
    assert "Taken back" in (await health.get(path)).text


async def test_one_click_from_a_lane(world: World, session: AsyncSession, browser: Make) -> None:
    case = await make_case(session, world)
    await session.commit()
    police, path = await browser().sign_in("police"), f"/cases/{ref(case.id)}"
    which = ref(world.id("council"))
    assert f"{path}/escalations/new?about=lane&amp;which={which}" in (await police.get(path)).text
    assert (await police.get(f"{path}/escalations/new?about=lane&which={which}")).status_code == 200
    for wrong in (
        f"about=lane&which={ref(world.id('school'))}",
        "about=gossip&which=x",
        f"about=request&which={which}",
    ):
        assert (await police.get(f"{path}/escalations/new?{wrong}")).status_code == 404
    sent = await police.submit(
        f"{path}/escalations",
        {
            "about": "lane",
            "which": which,
            "agency": which,
            "disputed": "Whether the children can stay",
            "we_want": "They move out today",
            "they_want": "They stay with a plan",
        },
    )
    assert sent.status_code == 303 and sent.headers["location"].startswith("/escalations/")


@pytest.mark.parametrize("action", ["propose", "agree", "not-agreed", "decide", "withdraw"])
async def test_outsiders_and_closed_cases(
    action: str, raised: tuple[Case, Escalation], session: AsyncSession, browser: Make
) -> None:
    case, escalation = raised
    path = f"/escalations/{ref(escalation.id)}"
    school = await browser().sign_in("school")
    assert (await school.get(path)).status_code == 404
    assert (await school.submit(f"{path}/{action}", {"words": "Let me in please"})).status_code == 404
    assert (await school.submit(f"/cases/{ref(case.id)}/escalations", {"about": "lane"})).status_code == 404
    case.stage, case.closed_at = "closed", now() + timedelta(seconds=1)
    await session.commit()
    police = await browser().sign_in("police")
    assert (await police.submit(f"{path}/{action}", {"words": "It is over now"})).status_code == 403
