"""Reminders go to the right people, each exactly once, whoever runs the clock and whoever dies while doing it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions.rules import Rung
from hub.chasing import changes as chasing
from hub.chasing.jobs import KINDS, chase_actions
from hub.database import transaction
from hub.errors import Unavailable
from hub.handovers.changes import name_deputy
from hub.notices.jobs import send_due
from hub.notices.queries import claim_reminder_of
from tests.actions.test_actions import make_action
from tests.conftest import Maker, committed, execute, rows
from tests.makers import NOW, World, make_case, make_worker, make_world

Clock = Callable[[datetime], None]
ACTIONS = 12
DUE = NOW.date() + timedelta(days=14)
"""Tuesday, 24 March 2026."""
AN_HOUR = timedelta(hours=1)
SOON = Rung.soon.moment(DUE) + AN_HOUR


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return lambda moment: monkeypatch.setattr("hub.clock.now", lambda: moment)


async def test_two_clocks_and_one_that_dies_send_each_letter_once(
    own_database: str, admin_url: str, clock_at: Clock
) -> None:
    """Real PostgreSQL, real commits. One process claims, writes its letters and is killed before it commits, while two
    others run: every reminder goes out exactly once, and the one that was held goes out with the next look."""
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            case = await make_case(session, world)
            for number in range(ACTIONS):
                await make_action(session, world, case, what=f"Promise {number}", due_on=DUE)
            await session.commit()
        clock_at(SOON)
        claimed, die = asyncio.Event(), asyncio.Event()
        process: list[int] = []

        async def dying() -> None:
            async with transaction(maker) as session:
                held = await claim_reminder_of(session, KINDS, SOON)
                assert held is not None
                assert await chasing.remind(session, held, at=SOON) == 1
                await session.flush()
                process.append((await session.execute(text("SELECT pg_backend_pid()"))).scalar_one())
                claimed.set()
                await die.wait()

        victim = asyncio.create_task(dying())
        await claimed.wait()
        assert sum(await asyncio.gather(chase_actions(maker), chase_actions(maker))) == ACTIONS - 1
        await execute(admin_url, f"SELECT pg_terminate_backend({process[0]})")
        die.set()
        with pytest.raises(Unavailable):
            await victim
        assert sum(await asyncio.gather(chase_actions(maker), chase_actions(maker))) == 1
        assert await chase_actions(maker) == 0
        await asyncio.gather(send_due(maker), send_due(maker))
        async with maker() as session:
            letters = "SELECT count(*), count(DISTINCT subject_id) FROM notice WHERE kind = 'action-due-soon'"
            assert await rows(session, letters) == [(ACTIONS, ACTIONS)]
            assert await rows(session, f"{letters} AND attempts = 1 AND sent_at IS NOT NULL") == [(ACTIONS, ACTIONS)]
            done = "SELECT count(*) FROM reminder WHERE done_at IS NOT NULL AND dropped_because = ''"
            assert await rows(session, done) == [(ACTIONS,)]
            told = "SELECT count(*) FROM event WHERE kind = 'action:reminded'"
            assert await rows(session, told) == [(ACTIONS,)]


async def test_each_step_tells_the_right_people(
    maker: Maker, world: World, session: AsyncSession, clock_at: Clock
) -> None:
    boss = await make_worker(session, world.agencies["health"], "boss", roles=["leader"])
    await make_action(session, world, await make_case(session, world), due_on=DUE)
    await session.commit()
    told = {
        Rung.soon: world.workers["health"].id,
        Rung.person: world.workers["health"].id,
        Rung.manager: boss.id,
        Rung.forum: world.workers["council"].id,
    }
    letters = "SELECT worker_id FROM notice WHERE kind = :kind"
    for rung, worker_id in told.items():
        clock_at(rung.moment(DUE) - AN_HOUR)
        assert await chase_actions(maker) == 0
        clock_at(rung.moment(DUE) + AN_HOUR)
        assert await chase_actions(maker) == 1
        assert await rows(session, letters, kind=rung.value) == [(worker_id,)]


async def test_who_stands_in_is_told_too(maker: Maker, world: World, session: AsyncSession, clock_at: Clock) -> None:
    deputy = await make_worker(session, world.agencies["health"], "deputy")
    await make_action(session, world, await make_case(session, world), due_on=DUE)
    await name_deputy(
        session, world.workers["health"], deputy=deputy, starts_on=SOON.date(), ends_on=DUE,
        by=world.viewer("health"), at=NOW,
    )  # fmt: skip
    await session.commit()
    clock_at(SOON)
    await chase_actions(maker)
    told = await rows(session, "SELECT worker_id FROM notice WHERE kind = 'action-due-soon'")
    assert {row[0] for row in told} == {world.workers["health"].id, deputy.id}


@pytest.mark.parametrize(
    ("what", "because"),
    [
        ("UPDATE action SET state = 'done', finished_at = now()", "done"),
        ("UPDATE case_record SET stage = 'closed', closed_at = now()", "closed"),
        ("UPDATE worker SET ended_at = '2026-03-11'", "nobody to tell"),
        ("UPDATE action SET due_on = due_on + 30", "another day"),
    ],
)
async def test_a_reminder_looks_again_before_it_goes_out(
    what: str, because: str, maker: Maker, world: World, session: AsyncSession, clock_at: Clock
) -> None:
    await make_action(session, world, await make_case(session, world), due_on=DUE)
    await session.execute(text(what))
    await session.commit()
    clock_at(SOON)
    assert await chase_actions(maker) == 1
    assert await rows(session, "SELECT count(*) FROM notice WHERE kind = 'action-due-soon'") == [(0,)]
    ((reason,),) = await rows(session, "SELECT dropped_because FROM reminder WHERE done_at IS NOT NULL")
    assert because in str(reason)
