"""Who else is on a case now: from open pages, for those who may see the case, gone soon after the page is."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Delete
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.queries import access_case_by_id
from hub.cases.tables import Case
from hub.clock import now
from hub.database import service_engine
from hub.ids import new_id, ref
from hub.live import streams as live_streams
from hub.live.queries import others_here, stale
from hub.live.rules import GONE_AFTER, SAYS_AGAIN_SECONDS, here_name
from hub.live.streams import Stream, Streams
from hub.live.tables import Presence
from hub.sharing.changes import release
from tests.conftest import Browser, Maker, committed, rows
from tests.makers import World, make_case, make_world

Make = Callable[[], Browser]
Two = tuple[Streams, Streams, Maker, World, Case]


def test_a_page_has_two_chances_before_it_counts_as_gone() -> None:
    assert 2 * SAYS_AGAIN_SECONDS < GONE_AFTER.total_seconds() <= 45
    assert live_streams.LOOK_AROUND_SECONDS <= 5


@pytest.fixture
async def processes(own_database: str) -> AsyncIterator[Two]:
    """Two server processes on one database, and a case; their rounds are made by hand."""
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            case = await make_case(session, world)
            await session.commit()
        engine = service_engine(own_database, pool_size=2)
        yield Streams(engine, maker), Streams(engine, maker), maker, world, case
        await engine.dispose()


def opened(streams: Streams, world: World, slug: str, case: Case) -> Stream:
    return streams.open(worker_id=world.workers[slug].id, session_id=new_id(), case_id=case.id)


async def seen_by(maker: Maker, world: World, slug: str, case: Case) -> list[str]:
    async with maker() as session:
        return [one.name for one in await others_here(session, world.viewer(slug), case.id, now())]


async def test_processes_agree_who_is_there_and_pages_are_told(processes: Two) -> None:
    one, other, maker, world, case = processes
    police, health = opened(one, world, "police", case), opened(other, world, "health", case)
    for streams in (one, other, one):
        await streams.look_around()
    assert await seen_by(maker, world, "police", case) == ["Health"]
    assert await seen_by(maker, world, "health", case) == ["Police"]
    assert await seen_by(maker, world, "council", case) == ["Health", "Police"]
    assert await seen_by(maker, world, "school", case) == [], "who may not see the case is told nothing"
    assert here_name(case.id) in police.pending and here_name(case.id) in health.pending
    police.pending.clear()
    other.forget(health)
    await other.look_around()
    await one.look_around()
    assert await seen_by(maker, world, "police", case) == []
    assert here_name(case.id) in police.pending


async def test_whoever_comes_while_the_process_looks_around_is_seen_at_the_next_look(
    processes: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found in a browser on a busy machine: the newcomer was named twenty seconds late."""
    one, _, maker, world, case = processes
    opened(one, world, "police", case)
    came: list[Stream] = []

    def meanwhile(at: datetime) -> Delete:
        if not came:
            came.append(opened(one, world, "health", case))
        return stale(at)

    monkeypatch.setattr(live_streams, "stale", meanwhile)
    await one.look_around()
    assert await seen_by(maker, world, "police", case) == []
    await one.look_around()
    assert await seen_by(maker, world, "police", case) == ["Health"]


async def test_whoever_has_two_pages_open_is_named_once(processes: Two) -> None:
    one, other, maker, world, case = processes
    for streams in (one, other):
        opened(streams, world, "health", case)
        await streams.look_around()
    assert await seen_by(maker, world, "police", case) == ["Health"]


async def test_a_server_that_died_is_understood_from_its_silence(processes: Two) -> None:
    one, _, maker, world, case = processes
    opened(one, world, "health", case)
    await one.look_around()
    async with maker() as session:
        viewer, soon = world.viewer("police"), now() + GONE_AFTER + timedelta(seconds=1)
        assert await others_here(session, viewer, case.id, soon) == []
        stale = Presence(
            case_id=case.id, worker_id=world.workers["police"].id,
            seen_at=now() - timedelta(hours=1),
        )  # fmt: skip
        session.add(stale)
        await session.commit()
    one.open(worker_id=world.workers["police"].id, session_id=new_id(), case_id=case.id)
    await one.look_around()
    async with maker() as session:
        assert await rows(session, "SELECT count(*) FROM presence") == [(2,)], "the stale row was swept out"


async def test_whose_agency_leaves_the_circle_is_no_longer_named_nor_told(processes: Two) -> None:
    one, _, maker, world, case = processes
    health, police = opened(one, world, "health", case), opened(one, world, "police", case)
    await one.look_around()
    async with maker() as session:
        shared = await access_case_by_id(session, world.viewer("council"), case.id)
        seat = next(seat for seat in shared.seats if seat.agency_id == world.id("health"))
        await release(session, seat, by=world.viewer("council"), at=now())
        await session.commit()
    assert await seen_by(maker, world, "police", case) == []
    health.pending.clear()
    one.forget(police)
    await one.look_around()
    assert health.pending == set()


async def test_a_closed_server_says_goodbye(processes: Two) -> None:
    one, _, maker, world, case = processes
    opened(one, world, "health", case)
    await one.look_around()
    await one.stop()
    assert await seen_by(maker, world, "police", case) == []


async def test_the_line_is_for_the_circle_and_leaves_no_trace_in_the_ledger(
    world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world)
    session.add(Presence(case_id=case.id, worker_id=world.workers["police"].id, seen_at=now()))
    await session.commit()
    path = f"/cases/{ref(case.id)}/here"
    health, school = await browser().sign_in("health"), await browser().sign_in("school")
    before = await rows(session, "SELECT count(*) FROM event")
    assert "Also here now: Police (Police)" in (await health.get(path)).text
    assert (await school.get(path)).status_code == 404
    assert (await health.get("/cases/x/here")).status_code == 404
    assert await rows(session, "SELECT count(*) FROM event") == before
    police = await browser().sign_in("police")
    assert "Nobody else is on this case" in (await police.get(path)).text
