"""The ledger as sentences: what happened, who did it, and nothing that the reader's agency may not know."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.audit.sentences import sentence, workers_named
from hub.contributions.rules import ContributionKind
from hub.events.rules import LOOKS, Kind
from hub.ids import new_id, ref
from hub.sharing.rules import Audience
from tests.conftest import Browser, rows
from tests.makers import NOW, World, make_case, make_contribution

Make = Callable[[], Browser]
WORKER, OTHER, AGENCY = new_id(), new_id(), new_id()
WORKERS = {WORKER: SimpleNamespace(name="Priya Nair"), OTHER: SimpleNamespace(name="Sam Okafor")}
AGENCIES = {AGENCY: SimpleNamespace(name="Northvale NHS Trust")}


def told(kind: Kind | str, **facts: Any) -> str:
    event: Any = SimpleNamespace(
        kind=str(kind), worker_id=facts.pop("by", WORKER), agency_id=AGENCY, system_id=facts.pop("system", None),
        facts={name: str(value) if name in ("worker", "was", "to", "agency") else value for name, value in facts.items()},
    )  # fmt: skip
    return sentence(event, workers=WORKERS, agencies=AGENCIES)


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        (Kind.case_opened, {}, "Priya Nair (Northvale NHS Trust) opened the case."),
        (Kind.case_rated, {"rating": "red", "was": "amber"}, "rated the case red; it was amber."),
        (Kind.accountable_named, {"worker": OTHER, "subject_kind": "case"}, "named Sam Okafor to answer for the case."),
        (Kind.agency_admitted, {"agency": AGENCY}, "brought Northvale NHS Trust into the circle."),
        (Kind.action_assigned, {"worker": OTHER, "due_on": "2026-03-12"}, "to Sam Okafor, due Thursday 12 March 2026."),
        (Kind.conference_reminded, {"by": None, "worker": OTHER}, "The Hub reminded Sam Okafor of the conference."),
        (Kind.envelope_received, {"by": None, "system": new_id()}, "A system of Northvale NHS Trust sent a message."),
        (Kind.clash_found, {"by": None, "rule": "R05"}, "The Hub found a clash: two agencies visit the household the same day."),
        ("pigeon:sent", {}, "pigeon:sent."),
    ],
)  # fmt: skip
def test_an_event_is_told_in_words(kind: Kind, facts: dict[str, Any], words: str) -> None:
    assert told(kind, **facts).endswith(words)


def test_a_code_of_an_older_hub_is_told_as_it_stands() -> None:
    assert "rated the case mauve" in told(Kind.case_rated, rating="mauve")


def test_whoever_a_sentence_names_is_loaded() -> None:
    event: Any = SimpleNamespace(worker_id=WORKER, facts={"worker": str(OTHER), "was": "amber"})
    assert workers_named([event]) == {WORKER, OTHER}


async def test_the_history_is_newest_first_and_shows_looks_only_when_asked(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    await make_contribution(session, world, case, at=NOW + timedelta(hours=1))
    await session.commit()
    client = await browser().sign_in("council")
    await client.get(f"/cases/{ref(case.id)}")
    page = (await client.get(f"/cases/{ref(case.id)}/history")).text
    assert page.index("contributed: fact") < page.index("opened the case")
    assert "looked at the case" not in page
    assert "looked at the case" in (await client.get(f"/cases/{ref(case.id)}/history?looks=1")).text


async def test_what_was_said_to_some_is_no_line_in_the_history_of_the_others(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    await make_contribution(session, world, case, audience=Audience.named, agencies=("council",))
    await make_contribution(session, world, case, by="council", kind=ContributionKind.opinion)
    await session.commit()
    lines = {}
    for agency in ("health", "council", "police"):
        client = await browser().sign_in(agency)
        lines[agency] = (await client.get(f"/cases/{ref(case.id)}/history")).text
    assert "contributed: fact" in lines["health"] and "contributed: fact" in lines["council"]
    assert "contributed: fact" not in lines["police"] and "contributed" in lines["police"]


async def test_a_long_history_comes_in_pages(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    for hour in range(65):
        await make_contribution(session, world, case, at=NOW + timedelta(hours=hour))
    await session.commit()
    client = await browser().sign_in("council")
    first = (await client.get(f"/cases/{ref(case.id)}/history")).text
    assert "opened the case" not in first and "before=" in first
    older = first.split("before=")[1].split('"')[0].split("&")[0]
    assert "opened the case" in (await client.get(f"/cases/{ref(case.id)}/history?before={older}")).text


async def test_every_look_is_one_line_of_the_ledger(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await session.commit()
    client = await browser().sign_in("council")
    seen = await _looks(session)
    for path in ("", "/week", "/plan", "/conferences", "/family", "/history"):
        assert (await client.get(f"/cases/{ref(case.id)}{path}")).status_code == 200
        now_seen = await _looks(session)
        assert now_seen == seen + 1, path
        seen = now_seen


async def _looks(session: AsyncSession) -> int:
    kinds = [kind.value for kind in LOOKS]
    return len(await rows(session, "SELECT id FROM event WHERE kind = ANY(:kinds)", kinds=kinds))
