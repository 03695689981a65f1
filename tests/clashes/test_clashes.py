"""Two agencies on one day: when it is a clash, when it is none, and that it is found, closed and answered."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.clashes.files import BadRecords, check_file
from hub.clashes.jobs import check_changed, close_past
from hub.clashes.rules import Record, catalogue, find, read_rule
from hub.ids import ref
from hub.interventions import changes as interventions
from hub.interventions.rules import Status
from hub.people import changes as people
from hub.sharing.changes import admit
from tests.conftest import Browser, Maker, rows
from tests.makers import NOW, World, make_case, make_person, make_visit

Make = Callable[[], Browser]
DAY = date(2026, 3, 12)
ONE = Record("1", "V.HV", "health", frozenset("a"), frozenset("h"), DAY, DAY)
OTHER = Record("2", "V.POL", "police", frozenset("b"), frozenset("h"), DAY, DAY)

NEAR_MISSES = {
    "the same agency": replace(OTHER, agency="health"),
    "the day after": replace(OTHER, first_day=DAY + timedelta(days=1)),
    "another household": replace(OTHER, households=frozenset("x")),
    "an appointment, not a visit": replace(OTHER, kind="P.DRUG"),
    "a joint visit": replace(OTHER, joint=True),
}


def test_two_agencies_that_visit_a_household_on_one_day_clash() -> None:
    (hit,) = find([ONE, OTHER], catalogue())
    assert (hit.rule.id, hit.records, hit.people) == ("R05", ("1", "2"), ("a", "b"))
    assert hit.rule.why and hit.rule.step


@pytest.mark.parametrize("other", NEAR_MISSES.values(), ids=NEAR_MISSES.keys())
def test_a_near_miss_is_none(other: Record) -> None:
    assert not list(find([ONE, other], catalogue()))


def test_the_same_person_in_two_homes_is_one_household() -> None:
    assert list(find([ONE, replace(OTHER, people=ONE.people, households=frozenset())], catalogue()))


@given(st.permutations([ONE, OTHER, replace(OTHER, id="3", agency="council")]))
def test_the_order_of_the_records_does_not_matter(records: list[Record]) -> None:
    assert {hit.key for hit in find(records, catalogue())} == {"R05|1|2", "R05|1|3", "R05|2|3"}


def test_a_rule_of_a_form_that_we_do_not_have_is_refused() -> None:
    with pytest.raises(ValueError):
        read_rule({"id": "R99", "form": "astrology", "severity": "low"})


# --- From a file ------------------------------------------------------------------------------------------------


def test_records_from_a_file() -> None:
    records = [
        {"id": "x", "kind": "V.HV", "agency": "health", "people": ["p1"], "hh": "h1", "start": "2026-03-12T10:00"},
        {"id": "y", "kind": "V.POL", "agency": "police", "people": ["p2"], "hh": "h1", "start": "2026-03-12"},
    ]
    (hit,) = check_file(json.dumps({"now": "2026-03-10", "records": records, "links": []}))
    assert hit["rule"] == "R05" and hit["severity"] == "medium" and hit["records"] == ["x", "y"]
    assert set(hit) == {"rule", "severity", "records", "people", "why", "step"}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"records": [{}]}', '{"records": [{"id":1,"kind":"V.HV","agency":"x","start":"soon"}]}']
)
def test_a_file_that_holds_no_records_says_where(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadRecords):
        check_file(text)


# --- In the database --------------------------------------------------------------------------------------------


async def _household(session: AsyncSession, world: World) -> tuple[object, object, object]:
    """A mother and child at one address, in one case."""
    mother, child = await make_person(session, "Tola"), await make_person(session, "Ayo")
    await people.settle(
        session,
        person_ids=[mother.id, child.id],
        lines=["1 Example Street"],
        postcode="ZZ99 3WZ",
        since=None,
        agency_id=None,
    )
    case = await make_case(session, world, person=child)
    await people.involve(session, person_id=mother.id, roles=["parent"], case_id=case.id, at=NOW)
    return case, mother, child


SOON = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)


async def test_a_clash_is_found_for_the_whole_household_once_and_closes_by_itself(
    maker: Maker, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    first = await make_visit(session, world, case, mother, by="council", start=SOON)  # type: ignore[arg-type]
    second = await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON + timedelta(hours=5))  # type: ignore[arg-type]
    await session.commit()
    assert await check_changed(maker) == 2
    assert await check_changed(maker) == 0
    assert await rows(session, "SELECT rule, closed_at FROM clash") == [("R05", None)]
    await interventions.end(
        session, second, status=Status.cancelled, reason="The council goes instead", by=world.viewer("police"), at=NOW
    )
    await session.commit()
    await check_changed(maker)
    assert await rows(session, "SELECT count(*) FROM clash WHERE closed_at IS NOT NULL") == [(1,)]
    assert await rows(session, "SELECT count(*) FROM event WHERE kind IN ('clash:found', 'clash:closed')") == [(2,)]
    assert first.checked_at is None


async def test_a_clash_of_days_gone_by_is_closed(maker: Maker, world: World, session: AsyncSession) -> None:
    case, _, child = await _household(session, world)
    for slug in ("council", "police"):
        await make_visit(session, world, case, child, by=slug, start=SOON)  # type: ignore[arg-type]
    await session.commit()
    await check_changed(maker)
    await session.execute(text("UPDATE intervention SET starts_at = '2020-01-01', ends_at = '2020-01-01'"))
    await session.commit()
    assert await close_past(maker) == 1


async def test_it_is_answered_once_and_whoever_may_not_see_all_of_it_sees_nothing(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    other_case = await make_case(session, world, person=mother, agencies=("council", "probation"))  # type: ignore[arg-type]
    await admit(session, agency_id=world.id("probation"), case_id=other_case.id, by=world.viewer("council"), at=NOW)
    await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON)  # type: ignore[arg-type]
    await make_visit(session, world, other_case, mother, by="probation", kind="V.PROB", start=SOON)  # type: ignore[arg-type]
    await session.commit()
    await check_changed(maker)
    clash = (await rows(session, "SELECT id FROM clash"))[0][0]
    path, board = f"/clashes/{ref(clash)}", f"/cases/{ref(case.id)}/week?from=2027-03-09"  # type: ignore[arg-type,attr-defined]
    police, council = await browser().sign_in("police"), await browser().sign_in("council")
    assert (await police.get(path)).status_code == 404
    assert "Clash" not in (await police.get(board)).text
    assert (await council.get(path)).status_code == 200
    assert (await council.submit(path, {"disposition": "accept", "reason": ""})).status_code == 422
    assert (await council.submit(path, {"disposition": "joint-visit"})).status_code == 303
    assert (await council.submit(path, {"disposition": "align"})).status_code == 409
    assert "Go together" in (await council.get(path)).text
