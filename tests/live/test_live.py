"""Live: names only, asked for each event against today's circle, and closed when the right is gone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.queries import access_case_by_id
from hub.clock import now
from hub.database import service_engine
from hub.events.rules import LOOKS, Kind
from hub.ids import new_id, ref
from hub.live import streams as live_streams
from hub.live.rules import Heard, may_hear, names
from hub.live.streams import Stream, Streams
from hub.sharing.changes import admit, release
from hub.sharing.rules import Audience
from tests.conftest import Browser, Maker, committed
from tests.makers import World, make_case, make_contribution, make_world

Make = Callable[[], Browser]
CASE, REFERRAL, US, THEM = new_id(), new_id(), new_id(), new_id()


def heard(kind: Kind, **given: object) -> Heard:
    return Heard(**{"kind": kind.value, "case_id": CASE, "referral_id": None, "only_agencies": None} | given)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", sorted(LOOKS))
def test_a_look_wakes_nobody(kind: Kind) -> None:
    assert not names(heard(kind))


def test_an_event_of_a_case_is_told_by_its_name_alone() -> None:
    assert names(heard(Kind.contribution_added)) == {"board", "my-work", f"case-{ref(CASE)}"}
    assert names(heard(Kind.referral_received, case_id=None, referral_id=REFERRAL)) == {
        "referrals",
        "my-work",
        f"referral-{ref(REFERRAL)}",
    }
    assert "conferences" in names(heard(Kind.decision_made)) and "outcomes" in names(heard(Kind.outcome_measured))


@pytest.mark.parametrize(
    ("only", "hears"), [(None, True), ({US}, True), ({THEM, US}, True), ({THEM}, False), (set(), False)]
)
def test_who_may_hear(only: set[object] | None, hears: bool) -> None:
    event = heard(Kind.contribution_added, only_agencies=frozenset(only) if only is not None else None)
    assert may_hear(event, US) is hears


async def _said(stream: Stream, seconds: float = 1.0) -> set[str]:
    """What a stream has been told by now."""
    try:
        await asyncio.wait_for(stream.wake.wait(), seconds)
    except TimeoutError:
        return set()
    while stream.wake.is_set():  # until nothing more has come for a while
        stream.wake.clear()
        await asyncio.sleep(0.3)
    told, stream.pending = stream.pending, set()
    return told


@pytest.fixture
async def listening(own_database: str) -> AsyncIterator[tuple[Streams, Maker, World]]:
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            await session.commit()
        engine = service_engine(own_database, pool_size=3)
        streams = Streams(engine, maker)
        streams.start()
        yield streams, maker, world
        await streams.stop()
        await engine.dispose()


async def test_what_is_committed_is_heard_by_those_around_the_case(listening: tuple[Streams, Maker, World]) -> None:
    streams, maker, world = listening
    health, school = [
        streams.open(worker_id=world.workers[slug].id, session_id=new_id()) for slug in ("health", "school")
    ]
    await _said(health)
    await _said(school, 0.2)
    async with maker() as session:
        case = await make_case(session, world)
        await session.commit()
    name = f"case-{ref(case.id)}"
    assert name in await _said(health)
    assert await _said(school, 0.4) == set()
    async with maker() as session:
        await make_contribution(session, world, case, by="police", audience=Audience.own)
        await session.commit()
    assert await _said(health, 0.4) == set(), "what is for others is not even whispered"
    async with maker() as session:
        await make_contribution(session, world, case, by="police")
        await session.rollback()
    assert await _said(health, 0.4) == set(), "what was rolled back never happened"
    async with maker() as session:
        await admit(session, agency_id=world.id("school"), case_id=case.id, by=world.viewer("council"), at=now())
        await session.commit()
    assert name in await _said(school), "from the next event on"
    async with maker() as session:
        shared = await access_case_by_id(session, world.viewer("council"), case.id)
        seat = next(one for one in shared.seats if one.agency_id == world.id("school"))
        await release(session, seat, by=world.viewer("council"), at=now())
        await session.commit()
    assert await _said(school) == {"refresh"}, "an open page asks again, and finds that it may not"
    async with maker() as session:
        await make_contribution(session, world, case, by="police")
        await session.commit()
    assert await _said(school, 0.4) == set()


async def test_what_happens_while_a_page_is_still_opening_is_told_when_it_listens(
    listening: tuple[Streams, Maker, World],
) -> None:
    streams, maker, world = listening
    heard = streams.open(worker_id=world.workers["council"].id, session_id=new_id())
    await _said(heard)
    asked_at = now()
    async with maker() as session:
        case = await make_case(session, world)
        await session.commit()
    name = f"case-{ref(case.id)}"
    assert name in await _said(heard)

    async def opens(slug: str, since: datetime) -> set[str]:
        late = streams.open(worker_id=world.workers[slug].id, session_id=new_id())
        await streams.catch_up(late, since)
        return await _said(late, 0.2)

    assert name in await opens("health", asked_at)
    assert await opens("school", asked_at) == set(), "by today's rights, as ever"
    assert await opens("health", asked_at - timedelta(minutes=2)) == set(), "who calls again asks for all by itself"
    assert await opens("health", now() + timedelta(minutes=1)) == set()


async def test_a_stream_is_closed_within_seconds_of_its_session(
    listening: tuple[Streams, Maker, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    streams, _, world = listening
    stream = streams.open(worker_id=world.workers["health"].id, session_id=new_id())  # a session that there is not
    messages = [message async for message in stream.messages()]
    assert messages[-1].startswith("event: signed-out")
    assert live_streams.CHECK_SECONDS <= 5


def _unstarted(maker: Maker, world: World) -> tuple[Streams, Stream]:
    """Streams that listen to nothing and check when they are told, one of them open."""
    streams = Streams(service_engine("postgresql+asyncpg://nowhere/none"), maker)
    return streams, streams.open(worker_id=world.workers["health"].id, session_id=new_id())


async def test_a_page_that_opens_while_sessions_are_checked_is_not_signed_out(
    listening: tuple[Streams, Maker, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found in a browser: the page asked for itself again, and what was being typed was gone."""
    _, maker, world = listening
    streams, before = _unstarted(maker, world)
    meanwhile: list[Stream] = []

    async def slowly(*_: object) -> set[object]:
        meanwhile.append(streams.open(worker_id=world.workers["police"].id, session_id=new_id()))
        return set()

    monkeypatch.setattr(live_streams, "still_live", slowly)
    await streams.check(now(), now())
    assert before.closed and before.signed_out and not meanwhile[0].closed


async def test_a_check_that_fails_closes_the_stream_and_lets_the_page_stand(
    listening: tuple[Streams, Maker, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, maker, world = listening
    streams, stream = _unstarted(maker, world)

    async def broken(*_: object) -> set[object]:
        raise OSError

    monkeypatch.setattr(live_streams, "still_live", broken)
    await streams.check(now(), now())
    messages = [message async for message in stream.messages()]
    assert stream.closed and not any("signed-out" in message for message in messages)


async def test_a_broken_ear_is_mended_and_everybody_asks_again(listening: tuple[Streams, Maker, World]) -> None:
    streams, maker, world = listening
    stream = streams.open(worker_id=world.workers["health"].id, session_id=new_id())
    await _said(stream)
    async with maker() as session:
        await session.execute(text("SET ROLE NONE"))
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' AND datname = current_database()"
            )
        )
    assert "refresh" in await _said(stream, 4)


async def test_the_stream_asks_who_is_there(browser: Make, world: World, session: AsyncSession) -> None:
    assert (await browser().get("/live")).status_code == 401
