"""Spoken words: as heard until the speaker confirms, then their agency's own; unconfirmed ones reach the chair."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.tables import Case
from hub.clock import now
from hub.contributions.queries import lanes
from hub.errors import Conflict, Refused
from hub.ids import new_id, ref
from hub.said import changes
from hub.said.changes import Heard
from hub.said.jobs import chase_unconfirmed
from hub.said.rules import Where, check_noting
from hub.said.tables import SpokenShare
from tests.conftest import Browser, committed, rows
from tests.makers import NOW, World, make_case, make_world

Make = Callable[[], Browser]
ME, YOU, US, THEM = new_id(), new_id(), new_id(), new_id()


@pytest.mark.parametrize(
    ("words", "speaker", "agency", "field"),
    [("", YOU, US, "words"), ("Hello", ME, US, "speaker"), ("Hello", YOU, THEM, "speaker")],
)
def test_what_can_be_written_down(words: str, speaker: object, agency: object, field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_noting(words, speaker, ME, agency, [US])  # type: ignore[arg-type]
    assert refused.value.field == field


async def make_spoken(
    session: AsyncSession, world: World, case: Case, *, speaker: str = "health", by: str = "police", at: object = NOW
) -> SpokenShare:
    return await changes.note(
        session,
        case_id=case.id,
        heard=Heard("CANARY: she was seen on Monday", world.workers[speaker], Where.conference),
        circle=[world.id(slug) for slug in ("council", "police", "health")],
        clocks={},
        by=world.viewer(by),
        at=at,  # type: ignore[arg-type]
    )


@pytest.fixture
async def spoken(world: World, session: AsyncSession) -> tuple[Case, SpokenShare]:
    case = await make_case(session, world)
    found = await make_spoken(session, world, case, at=now())
    await session.commit()
    return case, found


async def test_confirmed_words_are_the_speakers_and_what_was_heard_stays(
    spoken: tuple[Case, SpokenShare], world: World, session: AsyncSession
) -> None:
    case, one = spoken
    health = world.viewer("health")
    await changes.confirm(session, one, words="She was seen on Tuesday.", profession="Nurse", by=health, at=now())
    found, _ = await lanes(session, world.viewer("police"), case.id)
    said = found[world.id("health")][0]
    assert (said.words, said.author_id) == ("She was seen on Tuesday.", world.workers["health"].id)
    assert one.words.startswith("CANARY") and one.thread_id == said.thread_id
    with pytest.raises(Conflict):
        await changes.confirm(session, one, words="", profession="Nurse", by=health, at=now())


async def test_only_the_speaker_confirms(spoken: tuple[Case, SpokenShare], world: World, session: AsyncSession) -> None:
    with pytest.raises(Refused):
        await changes.confirm(session, spoken[1], words="", profession="", by=world.viewer("council"), at=NOW)


async def test_through_the_pages(world: World, session: AsyncSession, browser: Make) -> None:
    case = await make_case(session, world)
    await session.commit()
    police, health, path = (
        await browser().sign_in("police"),
        await browser().sign_in("health"),
        f"/cases/{ref(case.id)}",
    )
    note = {"words": "Seen on Monday.", "speaker": ref(world.workers["health"].id), "place": "phone"}
    assert (await police.submit(f"{path}/said", {**note, "words": ""})).status_code == 422
    sent = await police.submit(f"{path}/said", note)
    address = "/said/" + sent.headers["location"].split("#said-")[1]
    assert "as heard by the minute-taker" in (await police.get(path)).text
    assert "Seen on Monday." in (await health.get("/my-work")).text
    assert (await police.get(address)).status_code == 403
    assert (await police.submit(f"{address}/confirm", {"words": "Mine"})).status_code == 403
    assert (await health.get(address)).status_code == 200
    done = await health.submit(f"{address}/confirm", {"_back": "/my-work"})
    assert done.headers["location"] == "/my-work"
    page = (await police.get(path)).text
    assert "Seen on Monday." in page and "as heard by the minute-taker" not in page


async def test_words_that_were_not_said_stay_marked(spoken: tuple[Case, SpokenShare], browser: Make) -> None:
    case, one = spoken
    health = await browser().sign_in("health")
    assert (await health.submit(f"/said/{ref(one.id)}/disown", {"reason": "No"})).status_code == 422
    assert (await health.submit(f"/said/{ref(one.id)}/disown", {"reason": "I spoke of her sister"})).status_code == 303
    assert "not owned by the speaker" in (await health.get(f"/cases/{ref(case.id)}")).text


async def test_outsiders_and_closed_cases(
    spoken: tuple[Case, SpokenShare], session: AsyncSession, browser: Make
) -> None:
    case, one = spoken
    school, health = await browser().sign_in("school"), await browser().sign_in("health")
    for path in (f"/said/{ref(one.id)}/confirm", f"/said/{ref(one.id)}/disown", f"/cases/{ref(case.id)}/said"):
        assert (await school.submit(path, {"words": "x"})).status_code == 404
    case.stage, case.closed_at = "closed", now()
    await session.commit()
    assert (await health.submit(f"/cases/{ref(case.id)}/said", {"words": "x"})).status_code == 403
    assert (await health.submit(f"/said/{ref(one.id)}/confirm", {})).status_code == 403


async def test_what_stays_unconfirmed_is_told_once_and_listed_to_whoever_answers_for_the_case(
    own_database: str,
) -> None:
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            case = await make_case(session, world)
            await make_spoken(session, world, case)
            await make_spoken(session, world, case, at=now())
            await session.commit()
        assert sum(await asyncio.gather(chase_unconfirmed(maker), chase_unconfirmed(maker))) == 1
        async with maker() as session:
            told = await rows(session, "SELECT worker_id FROM notice WHERE kind = 'spoken-unconfirmed'")
            assert told == [(world.workers["council"].id,)]


async def test_it_is_listed_in_their_work(world: World, session: AsyncSession, browser: Make) -> None:
    case = await make_case(session, world)
    await make_spoken(session, world, case, at=now() - timedelta(hours=25))
    await session.commit()
    council = await browser().sign_in("council")
    assert "has not confirmed what was heard" in (await council.get("/my-work")).text
