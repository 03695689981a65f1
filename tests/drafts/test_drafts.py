"""Drafts: a worker's own, sealed, there when they come back, and gone when they are sent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.clock import now
from hub.drafts import changes
from hub.drafts.jobs import forget_drafts
from hub.drafts.queries import restored
from hub.drafts.rules import KEEP, LARGEST_BYTES, DraftForm, packed, unpacked, worth_keeping
from hub.errors import Refused
from hub.ids import ref
from tests.conftest import Browser, Maker, rows
from tests.makers import World, make_case, make_worker

Make = Callable[[], Browser]
WORDS = "Half a sentence that must not be lost"


@pytest.fixture
async def path(world: World, session: AsyncSession) -> str:
    case = await make_case(session, world)
    await session.commit()
    return f"/cases/{ref(case.id)}"


@pytest.mark.parametrize(
    ("form", "fields", "kept"),
    [
        ("contribution", {"words": ["Seen"], "kind": ["fact"], "_key": ["x"]}, {"words", "kind"}),
        ("contribution", {"words": ["  "], "kind": ["fact"], "audience": ["own"]}, set()),
        ("rate", {"rating": ["red"], "reason": [""]}, set()),
        ("rate", {"rating": ["red"], "reason": ["He is back"]}, {"rating", "reason"}),
        ("outcome", {"agencies": ["a", "b"], "objectives": ["", ""], "accountable": ["x"]}, set()),
        ("outcome", {"agencies": ["a", "b"], "objectives": ["", "Calls"]}, {"agencies", "objectives"}),
    ],
)
def test_what_the_page_filled_in_is_no_draft(form: str, fields: dict[str, list[str]], kept: set[str]) -> None:
    assert set(worth_keeping(DraftForm(form), fields)) == kept


def test_more_than_a_form_can_hold_is_refused() -> None:
    with pytest.raises(Refused):
        worth_keeping(DraftForm.contribution, {"words": ["x" * LARGEST_BYTES]})


@given(st.dictionaries(st.text(), st.lists(st.text())))
def test_what_is_packed_is_unpacked(typed: dict[str, list[str]]) -> None:
    assert unpacked(packed(typed)) == typed


async def test_a_draft_comes_back_on_both_pages_of_the_form_and_to_nobody_else(
    path: str, world: World, session: AsyncSession, browser: Make
) -> None:
    await make_worker(session, world.agencies["health"], "colleague")
    await session.commit()
    health = await browser().sign_in("health")
    saved = await health.post(
        f"{path}/drafts/contribution", data={"words": WORDS, "kind": "concern"}, headers={"hx-request": "true"}
    )
    assert saved.status_code == 200 and "Draft saved" in saved.text and "Discard" in saved.text
    for page in (path, f"{path}/contributions/new"):
        shown = (await health.get(page)).text
        assert WORDS in shown and "Draft saved" in shown and 'value="concern" checked' in shown
    assert 'id="composer" open' in (await health.get(path)).text
    later = await browser().sign_in("health")
    assert WORDS in (await later.get(path)).text, "in another browser, after signing in again"
    for other in ("colleague", "police"):
        client = await browser().sign_in(other)
        assert WORDS not in (await client.get(path)).text
        assert WORDS not in (await client.get(f"{path}/contributions/new")).text


async def test_it_is_sealed_and_not_in_the_ledger(path: str, session: AsyncSession, browser: Make) -> None:
    health = await browser().sign_in("health")
    await health.post(f"{path}/drafts/contribution", data={"words": WORDS})
    sealed = (await rows(session, "SELECT sealed FROM draft"))[0][0]
    assert isinstance(sealed, bytes) and b"sentence" not in sealed
    assert await rows(
        session, "SELECT count(*) FROM event WHERE facts::text LIKE '%sentence%' OR kind LIKE 'draft%'"
    ) == [(0,)]


async def test_a_draft_copied_to_another_row_does_not_open(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    health, police = world.viewer("health"), world.viewer("police")
    told = {"words": [WORDS]}
    for by in (health, police):
        await changes.keep(
            session, case_id=case.id, form=DraftForm.contribution, typed=told, form_key="", by=by, at=now()
        )
    await session.execute(text("UPDATE draft d SET sealed = o.sealed FROM draft o WHERE o.worker_id <> d.worker_id"))
    assert (await restored(session, health, case.id, DraftForm.contribution)).typed == {}


async def test_without_scripts_a_button_saves_it(path: str, browser: Make) -> None:
    health = await browser().sign_in("health")
    page = (await health.get(path)).text
    assert f'formaction="{path}/drafts/contribution"' in page and "Save as draft" in page
    saved = await health.submit(f"{path}/drafts/contribution", {"words": WORDS}, page=path)
    assert saved.status_code == 303 and saved.headers["location"] == f"{path}/contributions/new"
    assert WORDS in (await health.get(f"{path}/contributions/new")).text


async def test_it_is_gone_when_it_was_sent_and_when_it_was_discarded(
    path: str, session: AsyncSession, browser: Make
) -> None:
    health = await browser().sign_in("health")
    await health.post(f"{path}/drafts/contribution", data={"words": WORDS})
    assert (await health.submit(f"{path}/contributions", {"kind": "fact", "words": WORDS})).status_code == 303
    assert await rows(session, "SELECT count(*) FROM draft") == [(0,)]
    await health.post(f"{path}/drafts/contribution", data={"words": "Another"})
    assert (await health.submit(f"{path}/drafts/contribution/discard", {"words": "Another"})).status_code == 303
    assert "Another" not in (await health.get(path)).text
    await health.post(f"{path}/drafts/contribution", data={"words": "Third"})
    await health.post(f"{path}/drafts/contribution", data={"words": ""})
    assert await rows(session, "SELECT count(*) FROM draft") == [(0,)], "emptied by hand"


async def test_a_save_that_arrives_after_the_form_was_sent_brings_nothing_back(
    path: str, session: AsyncSession, browser: Make, maker: Maker
) -> None:
    health = await browser().sign_in("health")
    key = await health.key(path)
    sent = await health.post(f"{path}/contributions", data={"_key": key, "kind": "fact", "words": WORDS})
    assert sent.status_code == 303
    await health.post(f"{path}/drafts/contribution", data={"_key": key, "words": WORDS})
    page = (await health.get(f"{path}/contributions/new")).text
    assert WORDS not in page and "Draft saved" not in page
    assert await forget_drafts(maker) == 1


async def test_drafts_are_forgotten_after_thirty_days(world: World, session: AsyncSession, maker: Maker) -> None:
    case = await make_case(session, world)
    for form, at in ((DraftForm.contribution, now() - KEEP - timedelta(hours=1)), (DraftForm.rate, now() - KEEP / 2)):
        await changes.keep(
            session, case_id=case.id, form=form, typed={"words": ["x"]}, form_key="", by=world.viewer("health"), at=at
        )
    await session.commit()
    assert await forget_drafts(maker) == 1
    assert await rows(session, "SELECT form FROM draft") == [("rate",)]


@pytest.mark.parametrize(
    ("form", "page", "fields"),
    [
        ("rate", "/rate", {"rating": "red", "reason": WORDS}),
        ("move", "/move", {"stage": "closed", "reason": WORDS}),
        ("outcome", "/outcomes/new", {"statement": WORDS}),
    ],
)
async def test_every_long_form_keeps_a_draft(
    form: str, page: str, fields: dict[str, str], path: str, browser: Make
) -> None:
    council = await browser().sign_in("council")
    assert (await council.post(f"{path}/drafts/{form}", data=fields)).headers["location"] == path + page
    shown = (await council.get(path + page)).text
    assert WORDS in shown and "Draft saved" in shown


async def test_outsiders_meet_nothing(path: str, session: AsyncSession, browser: Make) -> None:
    school, health = await browser().sign_in("school"), await browser().sign_in("health")
    assert (await school.post(f"{path}/drafts/contribution", data={"words": "x"})).status_code == 404
    assert (await school.submit(f"{path}/drafts/contribution/discard")).status_code == 404
    assert (await health.post(f"{path}/drafts/letter", data={"words": "x"})).status_code == 404
    assert (await health.post("/cases/x/drafts/contribution", data={"words": "x"})).status_code == 404
    assert (await browser().post(f"{path}/drafts/contribution", data={"words": "x"})).status_code == 401
    assert await rows(session, "SELECT count(*) FROM draft") == [(0,)]


@pytest.mark.parametrize(
    ("sent_to", "page", "typed"),
    [
        ("contributions", "contributions/new", {"words": WORDS, "kind": "nonsense"}),
        ("rate", "rate", {"reason": WORDS}),
        ("move", "move", {"reason": WORDS}),
        ("outcomes", "outcomes/new", {"statement": WORDS}),
        ("decisions", "decisions/new", {"question": WORDS}),
    ],
)
async def test_what_was_typed_into_a_form_that_is_sent_back_is_there_after_another_page(
    sent_to: str, page: str, typed: dict[str, object], path: str, browser: Make
) -> None:
    council = await browser().sign_in("council")
    refused = await council.submit(f"{path}/{sent_to}", typed)
    assert refused.status_code == 422 and "Draft saved" in refused.text
    assert (await council.get(f"{path}/chronology")).status_code == 200
    assert WORDS in (await council.get(f"{path}/{page}")).text


async def test_a_refused_form_that_is_too_long_for_a_draft_is_refused_no_further(path: str, browser: Make) -> None:
    council = await browser().sign_in("council")
    refused = await council.submit(f"{path}/rate", {"reason": "x" * LARGEST_BYTES})
    assert refused.status_code == 422 and "characters or fewer" in refused.text
