"""Each profession in its own lane: only the author's agency edits, and everything stays to be read."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.contributions import changes, queries
from hub.contributions.changes import Said
from hub.contributions.rules import ContributionKind, check_audience
from hub.errors import Conflict, Refused
from hub.ids import new_id, ref
from hub.sharing.rules import Audience
from tests.conftest import Browser, rows
from tests.makers import NOW, World, make_case, make_contribution

Make = Callable[[], Browser]
US, THEM, OUTSIDE = new_id(), new_id(), new_id()


@pytest.mark.parametrize(
    ("audience", "named", "kept"),
    [
        (Audience.circle, [THEM], None),
        (Audience.own, [], None),
        (Audience.named, [THEM, THEM, US], [THEM]),
        (Audience.named, [], "refused"),
        (Audience.named, [US], "refused"),
        (Audience.named, [OUTSIDE], "refused"),
    ],
)
def test_whom_a_contribution_is_for(audience: Audience, named: list[object], kept: object) -> None:
    if kept == "refused":
        with pytest.raises(Refused):
            check_audience(audience, named, own=US, circle=[US, THEM])  # type: ignore[arg-type]
    else:
        assert check_audience(audience, named, own=US, circle=[US, THEM]) == kept  # type: ignore[arg-type]


def said(words: str, **given: object) -> Said:
    return Said(**{"kind": ContributionKind.fact, "words": words, "as_of": NOW.date()} | given)  # type: ignore[arg-type]


async def test_a_correction_is_a_new_version_and_the_old_one_stays(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    first = await make_contribution(session, world, case, words="Seen on Monday.")
    health = world.viewer("health")
    newer = await changes.amend(
        session, first, said=said("Seen on Tuesday."), profession="Nurse", circle=[], by=health, at=NOW
    )
    assert (newer.version, newer.thread_id) == (2, first.thread_id)
    assert [one.words for one in await queries.versions(session, health, first.thread_id)] == [
        "Seen on Tuesday.",
        "Seen on Monday.",
    ]
    lanes, counts = await queries.lanes(session, health, case.id)
    assert [one.words for one in lanes[world.id("health")]] == ["Seen on Tuesday."] and counts == {
        world.id("health"): 1
    }
    with pytest.raises(Conflict):
        await changes.amend(session, first, said=said("Again."), profession="Nurse", circle=[], by=health, at=NOW)


async def test_information_from_the_future_is_refused(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    with pytest.raises(Refused):
        await changes.add(
            session,
            case_id=case.id,
            said=said("x", as_of=(NOW + timedelta(days=1)).date()),
            profession="",
            circle=[],
            by=world.viewer("health"),
            at=NOW,
        )


async def test_a_lane_shows_the_newest_and_says_how_many_there_are(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    for number in range(8):
        await make_contribution(session, world, case, words=f"Number {number}", at=NOW + timedelta(minutes=number))
    lanes, counts = await queries.lanes(session, world.viewer("police"), case.id)
    assert [one.words for one in lanes[world.id("health")]] == [f"Number {number}" for number in (7, 6, 5, 4, 3)]
    assert counts[world.id("health")] == 8
    whole, _ = await queries.lanes(session, world.viewer("police"), case.id, agency_id=world.id("health"))
    assert len(whole[world.id("health")]) == 8


async def test_what_is_for_others_is_not_counted_either(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await make_contribution(session, world, case, audience=Audience.own)
    await make_contribution(session, world, case, audience=Audience.named, agencies=("council",))
    assert await queries.lanes(session, world.viewer("police"), case.id) == ({}, {})
    assert len((await queries.lanes(session, world.viewer("council"), case.id))[0][world.id("health")]) == 1


# --- Pages ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def pair(world: World, session: AsyncSession) -> tuple[str, str]:
    case = await make_case(session, world)
    one = await make_contribution(session, world, case, words="Slept through the visit.")
    await session.commit()
    return f"/cases/{ref(case.id)}", f"/contributions/{ref(one.id)}"


async def test_a_worker_contributes_in_three_fields(
    pair: tuple[str, str], browser: Make, session: AsyncSession
) -> None:
    client = await browser().sign_in("police")
    answer = await client.submit(
        f"{pair[0]}/contributions", {"kind": "concern", "words": "Called out twice <b>this</b> week."}
    )
    assert answer.status_code == 303 and "#contribution-" in answer.headers["location"]
    page = (await client.get(pair[0])).text
    assert "Called out twice &lt;b&gt;this&lt;/b&gt; week." in page
    assert await rows(session, "SELECT count(*) FROM event WHERE kind = 'contribution:added'") == [(2,)]


async def test_another_agency_cannot_touch_it_and_is_offered_a_comment(
    pair: tuple[str, str], browser: Make, session: AsyncSession
) -> None:
    police = await browser().sign_in("police")
    for path in ("/amend", "/withdraw"):
        page = await police.get(pair[1] + path)
        assert (
            page.status_code == 403
            and "These are the words of Health" in page.text
            and "Comment beside it" in page.text
        )
        sent = await police.submit(
            pair[1] + path, {"kind": "fact", "words": "Slept badly.", "reason": "Because I say so"}
        )
        assert sent.status_code == 403
    assert await rows(session, "SELECT words, version FROM contribution") == [("Slept through the visit.", 1)]
    assert await rows(session, "SELECT count(*) FROM event WHERE kind = 'contribution:edit-refused'") == [(4,)]
    answer = await police.submit(f"{pair[1]}/comments", {"words": "We saw the same."})
    assert answer.status_code == 303
    assert "We saw the same." in (await police.get(pair[0])).text


async def test_the_authors_agency_corrects_and_withdraws(pair: tuple[str, str], browser: Make) -> None:
    health = await browser().sign_in("health")
    form = {"kind": "fact", "words": "Slept through most of it.", "audience": "circle", "confidence": "likely"}
    assert (await health.submit(f"{pair[1]}/amend", form)).status_code == 303
    page = (await health.get(pair[1])).text
    assert "Slept through most of it." in page and "Slept through the visit." in page
    assert (await health.submit(f"{pair[1]}/withdraw", {"reason": "It was the neighbour’s baby"})).status_code == 303
    page = (await health.get(pair[0])).text
    assert "withdrawn" in page and "It was the neighbour’s baby" in page


async def test_a_contribution_for_named_agencies_is_absent_for_others(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    one = await make_contribution(session, world, case, words="CANARY", audience=Audience.named, agencies=("council",))
    await session.commit()
    path = f"/cases/{ref(case.id)}"
    council, police = await browser().sign_in("council"), await browser().sign_in("police")
    assert "CANARY" in (await council.get(path)).text
    for page in (path, f"{path}/now", f"{path}/lanes/{ref(world.id('health'))}", f"{path}/history"):
        answer = await police.get(page)
        assert "CANARY" not in answer.text and "Health contributed" not in answer.text
    assert (await police.get(f"/contributions/{ref(one.id)}")).status_code == 404
    assert (await police.submit(f"/contributions/{ref(one.id)}/comments", {"words": "?"})).status_code == 404


async def test_a_closed_case_takes_no_more(browser: Make, pair: tuple[str, str]) -> None:
    council = await browser().sign_in("council")
    await council.get(f"{pair[0]}/chronology")
    person = (await council.get(f"{pair[0]}/voice")).text.split('name="person" type="radio" value="')[1].split('"')[0]
    await council.submit(f"{pair[0]}/voice", {"person": person, "topic": "wishes", "words": "I want it to be quiet."})
    await council.submit(f"{pair[0]}/move", {"stage": "closed", "reason": "Everybody is safe and well"})
    answer = await council.submit(f"{pair[0]}/contributions", {"kind": "fact", "words": "One more thing"})
    assert answer.status_code == 403 and "closed" in answer.text
