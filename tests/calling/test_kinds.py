"""What a kind of conference asks for, when the next is due, and how a kind is changed with its history."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.conference_kinds import changes, queries
from hub.conference_kinds.rules import (
    ConferenceKind,
    Met,
    catalogue,
    check_rules,
    code_of,
    due_of_case,
    quorum_missing,
)
from hub.errors import Refused
from tests.conftest import Browser
from tests.makers import NOW, World

Make = Callable[[], Browser]
KINDS = catalogue()
BY_CODE = {kind.code: kind for kind in KINDS}
HELD = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # a Tuesday; Easter is on 5 April


def test_the_catalogue_names_its_sources_and_keeps_the_names_of_today() -> None:
    assert all(kind.source and kind.must_record for kind in KINDS)
    assert ConferenceKind.case_conference.label == "Joint case conference"
    assert ConferenceKind("marac").label == "MARAC" and ConferenceKind("core-group").label == "Core group"
    for code in (
        "strategy-discussion", "initial-conference", "review", "core-group", "marac", "mappa-2", "mappa-3", "iom",
        "mash-daily", "family-group-conference", "case-conference",
    ):  # fmt: skip
        assert code in BY_CODE
        check_rules(BY_CODE[code], BY_CODE)


@pytest.mark.parametrize(
    ("met", "red", "expected"),
    [
        ([], False, {}),
        # 15 working days, with Good Friday and Easter Monday after them
        ([Met("strategy-discussion", HELD, True)], False, {"initial-conference": "2026-03-31"}),
        # the last of several strategy discussions counts
        (
            [Met("strategy-discussion", HELD, True), Met("strategy-discussion", HELD + timedelta(days=14), True)],
            False,
            {"initial-conference": "2026-04-16"},
        ),
        (
            [Met("strategy-discussion", HELD, True), Met("initial-conference", HELD + timedelta(days=10), True)],
            False,
            {"core-group": "2026-04-07", "review": "2026-06-20"},
        ),
        ([Met("initial-conference", HELD, False)], False, {}),
        ([Met("review", HELD, True)], False, {"review": "2026-09-10"}),
        ([Met("iom", HELD, True)], False, {"iom": "2026-04-21"}),
        ([Met("iom", HELD, True)], True, {"iom": "2026-04-07"}),
        ([Met("mappa-2", HELD, True)], False, {"mappa-2": "2026-06-30"}),
        # booked in time
        ([Met("iom", HELD, True), Met("iom", HELD + timedelta(weeks=5), False)], False, {}),
        # booked too late
        ([Met("iom", HELD, True), Met("iom", HELD + timedelta(weeks=9), False)], False, {"iom": "2026-04-21"}),
    ],
)
def test_what_is_due(met: list[Met], red: bool, expected: dict[str, str]) -> None:
    found = due_of_case(met, KINDS, red=red)
    assert {due.kind.code: due.due_at.date().isoformat() for due in found} == expected


def test_six_weeks_on_at_ten_is_at_ten_after_the_clocks_have_changed() -> None:
    (due,) = due_of_case([Met("iom", HELD, True)], KINDS)
    assert due.due_at == datetime(2026, 4, 21, 9, 0, tzinfo=UTC)


def test_what_is_not_needed_is_not_asked_for_until_the_next_time() -> None:
    met = [Met("strategy-discussion", HELD, True)]
    assert due_of_case(met, KINDS, waived={"initial-conference": HELD}) == []
    later = [*met, Met("strategy-discussion", HELD + timedelta(days=40), True)]
    assert [one.kind.code for one in due_of_case(later, KINDS, waived={"initial-conference": HELD})] == [
        "initial-conference"
    ]


def test_a_quorum_says_who_is_missing() -> None:
    kind = BY_CODE["strategy-discussion"]
    assert quorum_missing(kind, {"social-care", "police"}, 2) == ["health", "3 agencies; 2 are here"]
    assert quorum_missing(kind, {"social-care", "police", "health"}, 3) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"first_after": "no-such-kind"}, "first_after"),
        ({"first_after": "iom", "first_count": 0}, "first_count"),
        ({"again_unit": "moons"}, "again_unit"),
        ({"quorum_agencies": 0}, "quorum_agencies"),
        ({"minutes": 5}, "minutes"),
        ({"report_days": 99}, "report_days"),
    ],
)
def test_a_kind_that_cannot_be_kept(given: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_rules(replace(BY_CODE["iom"], **given), BY_CODE)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_partnerships_own_kind_reads_as_it_was_written() -> None:
    assert ConferenceKind(code_of("MACE panel")).label == "MACE panel"
    with pytest.raises(Refused):
        code_of("!!!")


async def test_a_change_keeps_what_was_before(world: World, session: AsyncSession) -> None:
    known = await queries.kinds(session)
    shorter = replace(known["iom"], again_count=4)
    await changes.set_kind(
        session, shorter, because="The board asked for it", known=known, by=world.viewer("council"), at=NOW
    )
    assert (await queries.kind(session, "iom")).again_count == 4
    versions = await queries.versions(session, "iom")
    assert [(one.version, one.again_count, one.replaced_at is None) for one in versions] == [
        (2, 4, True),
        (1, 6, False),
    ]
    assert list(await queries.kinds(session)) == list(known), "the order stays"


async def test_its_history_names_kinds_in_words(browser: Make, world: World, session: AsyncSession) -> None:
    known = await queries.kinds(session)
    after = next(one for one in known.values() if one.first_after)
    await changes.set_kind(
        session, after, because="The board asked for it", known=known, by=world.viewer("council"), at=NOW
    )
    await session.commit()
    page = (await (await browser().sign_in("council")).get(f"/conferences/kinds/{after.code}")).text
    history = page.split("How it was before")[1]
    assert known[after.first_after].title in history and f"after {after.first_after}" not in history
    assert "the beginning" in history.split("the catalogue")[0]


@pytest.mark.parametrize(("roles", "status"), [(["coordinator"], 303), (["administrator"], 303), (["leader"], 403)])
async def test_who_keeps_the_kinds(
    roles: list[str], status: int, browser: Make, world: World, session: AsyncSession
) -> None:
    await session.execute(update(Worker).where(Worker.id == world.workers["council"].id).values(roles=roles))
    await session.commit()
    client = await browser().sign_in("council")
    form = {
        "title": "MACE panel", "source": "Local practice", "again_count": "4", "again_unit": "weeks",
        "core": ["police", "social-care"], "because": "The partnership agreed it in May",
    }  # fmt: skip
    answer = await client.submit("/conferences/kinds/new", form)
    assert answer.status_code == status
    if status == 303:
        page = (await client.get(answer.headers["location"])).text
        assert "MACE panel" in page and "every 4 weeks" in page
        assert "The partnership agreed it in May" in page
        refused = await client.submit("/conferences/kinds/MACE-panel", form | {"because": ""})
        assert refused.status_code == 422 and "Say why this changes" in refused.text
    assert (await client.get("/conferences/kinds/no-such")).status_code == 404
