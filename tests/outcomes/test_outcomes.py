"""Joint outcomes: a dated baseline, a target that lies ahead, objectives of two agencies, and at most five."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Refused
from hub.ids import ref
from hub.outcomes import changes
from hub.outcomes.changes import Agreed
from hub.outcomes.charts import HEIGHT, WIDTH, chart
from hub.outcomes.rules import Direction, OutcomeState, Reading, Trend, check_new, trend
from hub.outcomes.tables import Outcome
from tests.conftest import Browser, rows
from tests.makers import NOW, World, make_case, make_worker

Make = Callable[[], Browser]
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("given", "fine"),
    [
        ({}, True),
        ({"agencies": 1}, False),
        ({"target": 10}, False),
        ({"direction": Direction.down}, False),
        ({"target": 5, "direction": Direction.down}, True),
        ({"live": 5}, False),
    ],
)
def test_what_may_go_live(given: dict[str, object], fine: bool) -> None:
    told = {"baseline": 10, "target": 20, "direction": Direction.up, "agencies": 2, "live": 0} | given
    if fine:
        check_new(**told)  # type: ignore[arg-type]
    else:
        with pytest.raises(Refused):
            check_new(**told)  # type: ignore[arg-type]


def reading(days: int, value: float) -> Reading:
    return Reading(TODAY + timedelta(days=days), value)


@pytest.mark.parametrize(
    ("baseline", "target", "readings", "is_"),
    [
        (10, 20, [], Trend.unknown),
        (10, 20, [reading(1, 12)], Trend.better),
        (10, 20, [reading(1, 25), reading(9, 9)], Trend.worse),
        (10, 20, [reading(9, 20), reading(1, 2)], Trend.met),
        (10, 20, [reading(1, 10)], Trend.same),
        (10, 2, [reading(1, 4)], Trend.better),
        (10, 2, [reading(1, 1)], Trend.met),
        (10, 2, [reading(1, 11)], Trend.worse),
    ],
)
def test_where_it_stands(baseline: float, target: float, readings: list[Reading], is_: Trend) -> None:
    assert trend(baseline, target, readings) is is_


@given(
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.lists(st.tuples(st.integers(0, 900), st.floats(-1e6, 1e6)), max_size=12),
    st.integers(1, 900),
)
def test_the_picture_stays_on_its_canvas(
    baseline: float, target: float, found: list[tuple[int, float]], days: int
) -> None:
    outcome = Outcome(
        statement="",
        indicator="",
        direction="up",
        baseline_value=baseline,
        baseline_on=TODAY,
        target_value=target,
        target_on=TODAY + timedelta(days=days),
        rank=1,
    )
    drawn = chart(outcome, [reading(*one) for one in found])
    assert len(drawn.points) == len(found) + 1
    for point in drawn.points:
        assert 0 <= point.x <= WIDTH and 0 <= point.y <= HEIGHT
    assert 0 <= drawn.target_y <= HEIGHT and 0 <= drawn.baseline_y <= HEIGHT


def agreed(world: World, **given: object) -> Agreed:
    told = {
        "statement": "Ayo goes to school",
        "indicator": "half days",
        "unit": "",
        "direction": Direction.up,
        "baseline_value": 10,
        "baseline_on": TODAY,
        "baseline_source": "register",
        "target_value": 20,
        "target_on": TODAY + timedelta(days=90),
        "accountable_id": world.workers["council"].id,
        "objectives": {world.id("council"): "Fewer plans", world.id("police"): "Fewer calls"},
    } | given
    return Agreed(**told)  # type: ignore[arg-type]


async def test_the_sixth_live_outcome_is_refused_also_by_the_database(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    by = world.viewer("council")
    made = [await changes.agree(session, case_id=case.id, agreed=agreed(world), by=by, at=NOW) for _ in range(5)]
    assert [outcome.rank for outcome in made] == [1, 2, 3, 4, 5]
    with pytest.raises(Refused, match="at most 5"):
        await changes.agree(session, case_id=case.id, agreed=agreed(world), by=by, at=NOW)
    await changes.change_state(
        session, made[1], to=OutcomeState.parked, reason="Something else comes first", by=by, at=NOW
    )
    assert (await changes.agree(session, case_id=case.id, agreed=agreed(world), by=by, at=NOW)).rank == 2
    made[1].state, made[1].rank = "live", 6
    with pytest.raises(IntegrityError):
        await session.flush()


@pytest.mark.parametrize(
    "given",
    [{"baseline_on": TODAY + timedelta(days=1)}, {"target_on": TODAY}, {"objectives": {}}],
)
async def test_what_cannot_be_agreed(given: dict[str, object], world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    with pytest.raises(Refused):
        await changes.agree(session, case_id=case.id, agreed=agreed(world, **given), by=world.viewer("council"), at=NOW)


async def test_a_leader_follows_it_from_agreement_to_target(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await session.commit()
    path = f"/cases/{ref(case.id)}"
    council, school = await browser().sign_in("council"), await browser().sign_in("school")
    form = {
        "statement": "Ayo goes to school",
        "theme": "SF1",
        "indicator": "Half days in four weeks",
        "direction": "up",
        "baseline": "21",
        "baseline_on": "2026-03-02",
        "target": "38",
        "target_on": "2027-07-01",
        "accountable": ref(world.workers["council"].id),
        "agencies": [ref(world.id("council")), ref(world.id("police"))],
        "objectives": ["Fewer plans", ""],
    }
    alone = await council.submit(f"{path}/outcomes", form)
    assert (
        alone.status_code == 422 and "at least two agencies" in alone.text and "Half days in four weeks" in alone.text
    )
    assert (
        await council.submit(f"{path}/outcomes", form | {"objectives": ["Fewer plans", "Fewer calls"]})
    ).status_code == 303
    outcome = (await rows(session, "SELECT id FROM outcome"))[0][0]
    one = f"/outcomes/{ref(outcome)}"  # type: ignore[arg-type]
    for value, day, status in (
        ("26", "2026-04-01", 303),
        ("x", "2026-05-01", 422),
        ("40", "2025-01-01", 422),
        ("39", "2026-05-01", 303),
    ):
        assert (await council.submit(f"{one}/measures", {"value": value, "measured_on": day})).status_code == status
    for page in (one, f"{path}/plan", "/outcomes"):
        text = (await council.get(page)).text
        assert "Target met" in text and "<svg" in text and "Fewer calls" in text
    assert (await school.get(one)).status_code == 404
    assert "Ayo goes" not in (await school.get("/outcomes")).text


async def test_nobody_answers_for_an_outcome_whose_role_opens_no_case(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    await make_worker(session, world.agencies["health"], "counts", name="Nora Never", roles=["researcher"])
    await session.commit()
    client = await browser().sign_in("health")
    assert "Nora Never" not in (await client.get(f"/cases/{ref(case.id)}/outcomes/new")).text
