"""Before a conference: every agency reports, “nothing” says where it was looked for, and the chair sees who is late."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.clock import now
from hub.errors import Conflict, Refused
from hub.ids import ref
from hub.preparing.jobs import ask_for_reports
from hub.preparing.rules import (
    HEAD,
    LONGEST,
    PAGE_LINES,
    Asked,
    Step,
    check_ahead,
    check_report,
    held_to_page,
    next_ask,
    report_letters,
    report_lines,
    reports_due,
)
from hub.sharing.rules import Audience
from tests.conferences.test_conferences import SOON, schedule
from tests.conftest import Browser, Maker, committed, rows
from tests.makers import NOW, World, make_case, make_contribution, make_world

Make = Callable[[], Browser]
AT = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


def test_when_reports_are_in() -> None:
    early, closing = AT - timedelta(days=20), datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
    assert reports_due(AT, 2, early) == closing, "two working days before, at closing time"
    assert reports_due(AT, None, early) == closing, "the usual, where the kind says nothing"
    assert reports_due(AT, 0, early) == AT
    assert reports_due(AT, 2, closing) == AT, "called too late for that day: at the start"
    assert Asked(AT, AT).is_late(AT + timedelta(minutes=1)) and not Asked(AT, AT, AT).is_late(AT)  # type: ignore[arg-type]
    assert [next_ask(step, AT) for step in Step] == [AT - timedelta(days=1), AT, None]


@pytest.mark.parametrize(
    ("words", "nothing", "searched", "audience", "field"),
    [
        ("We visit weekly", False, "", Audience.circle, ""),
        ("", True, "SystmOne, 2021 to today", Audience.named, ""),
        ("", True, "looked", Audience.circle, "searched"),
        ("", False, "", Audience.circle, "words"),
        ("We visit weekly", True, "SystmOne, 2021 to today", Audience.circle, "nothing"),
        ("We visit weekly", False, "", Audience.own, "audience"),
    ],
)
def test_what_a_report_says(words: str, nothing: bool, searched: str, audience: Audience, field: str) -> None:
    if field:
        with pytest.raises(Refused) as refusal:
            check_report(words, nothing, searched, audience)
        assert refusal.value.field == field
    else:
        assert check_report(words, nothing, searched, audience)


def test_nothing_is_laid_before_a_conference_that_is_over() -> None:
    check_ahead("scheduled")
    with pytest.raises(Conflict):
        check_ahead("closed")


async def test_two_clocks_ask_and_chase_exactly_once(own_database: str) -> None:
    async with committed(own_database) as maker:
        async with maker() as session:
            world = await make_world(session)
            for _ in range(4):
                await schedule(session, world, await make_case(session, world), at=now())
            await session.commit()
        await asyncio.gather(*(ask_for_reports(maker) for _ in range(2)))
        async with maker() as session:
            assert await rows(session, "SELECT count(*) FROM report_ask") == [(12,)]
            await session.execute(
                text(
                    "UPDATE conference SET starts_at = now() + interval '1 hour', ends_at = now() + interval '2 hours',"
                    " called_at = now() - interval '9 days'"
                )
            )
            await session.execute(text("UPDATE report_ask SET next_at = now() - interval '1 minute'"))
            await session.commit()
        await asyncio.gather(*(ask_for_reports(maker) for _ in range(2)))
        await ask_for_reports(maker)
        async with maker() as session:
            assert await rows(
                session,
                "SELECT count(*), count(DISTINCT (subject_id, worker_id)) FROM notice WHERE kind = 'report-late'",
            ) == [(12, 12)]


async def test_a_kind_that_asks_for_no_reports_says_so_and_chases_nobody(
    browser: Make, maker: Maker, world: World, session: AsyncSession
) -> None:
    conference = await schedule(session, world, await make_case(session, world), at=now())
    await session.commit()
    await ask_for_reports(maker)
    await session.execute(text("UPDATE report_ask SET next_at = now() - interval '1 minute'"))
    other = await schedule(session, world, await make_case(session, world), at=now())
    conference.kind = other.kind = "core-group"
    await session.commit()
    await ask_for_reports(maker)
    assert await rows(session, "SELECT count(*) FROM notice WHERE kind LIKE 'report-%'") == [(0,)]
    assert await rows(session, "SELECT count(*), count(next_at) FROM report_ask") == [(3, 0)], "asked before it changed"
    police = await browser().sign_in("police")
    page = (await police.get(f"/conferences/{ref(other.id)}")).text
    assert "No reports are asked for" in page and "They are due" not in page and "not in yet" not in page
    assert "None is asked for" in (await police.get(f"/conferences/{ref(other.id)}/report")).text


async def test_a_report_that_is_in_is_not_chased(maker: Maker, world: World, session: AsyncSession) -> None:
    conference = await schedule(session, world, await make_case(session, world), at=now())
    await session.commit()
    await ask_for_reports(maker)
    await session.execute(text("UPDATE report_ask SET next_at = now() - interval '1 minute'"))
    await session.execute(text("UPDATE conference SET state = 'cancelled'"))
    await session.commit()
    await ask_for_reports(maker)
    assert await rows(session, "SELECT count(*) FROM notice WHERE kind LIKE 'report-%'") == [(0,)]
    assert conference.starts_at == SOON


async def test_reports_and_papers_in_the_browser(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=now())
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police, health, school = [
        await browser().sign_in(slug) for slug in ("council", "police", "health", "school")
    ]
    for asked in ("report", "papers/new", "briefing"):
        assert (await school.get(f"{path}/{asked}")).status_code == 404
        assert (await police.get(f"{path}/{asked}")).status_code == 200
    for posted in ("report", "papers"):
        assert (await school.submit(f"{path}/{posted}", {"words": "x"})).status_code == 404
    empty = await police.submit(f"{path}/report", {"nothing": "true"})
    assert empty.status_code == 422 and "which systems" in empty.text
    nothing = {"nothing": "true", "searched": "Niche and PND, 2019 to today"}
    assert (await police.submit(f"{path}/report", nothing)).status_code == 303
    assert (await police.submit(f"{path}/report", nothing)).status_code == 409, "one report of each agency"
    named = {"words": "SEALED in the report", "audience": "named", "agencies": [ref(world.id("council"))]}
    assert (await health.submit(f"{path}/report", named)).status_code == 303
    paper = named | {"title": "SEALED plan of visits"}
    assert (await health.submit(f"{path}/papers", paper)).status_code == 303
    for page in (path, f"{path}/briefing"):
        assert "SEALED" in (await council.get(page)).text
        assert "SEALED" not in (await police.get(page)).text
    briefing = (await council.get(f"{path}/briefing")).text.split('class="hub-briefing"')[1]
    assert "Niche and PND" in briefing and briefing.count("SEALED in the report") == 2, "as a report and as a paper"
    assert briefing.count("for named agencies") == 2 and "just now" not in briefing
    assert "Council: <span" in (await council.get(path)).text, "whose report is not in yet"
    again = await police.get(f"{path}/report")
    assert again.status_code == 303 and "/contributions/" in again.headers["location"]


async def test_a_report_that_is_withdrawn_is_missing_to_everybody_and_can_be_written_again(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference = await schedule(session, world, await make_case(session, world), at=now())
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police, health = [await browser().sign_in(slug) for slug in ("council", "police", "health")]

    async def reports_in(reader: Browser) -> int:
        return (await reader.get(path)).text.split('id="reports"')[1].count(">in</span>")

    named = {"words": "We visit weekly", "audience": "named", "agencies": [ref(world.id("council"))]}
    drafted = await health.submit(
        "/cases/" + ref(conference.case_id) + "/drafts/report", named | {"_back": f"{path}/report"}
    )
    assert drafted.headers["location"] == f"{path}/report"
    assert (await health.submit(f"{path}/report", named)).status_code == 303
    words = (await health.get(f"{path}/report")).headers["location"]
    for reader in (council, police, health):
        assert await reports_in(reader) == 1
    assert (await health.submit(f"{words}/withdraw", {"reason": "It was about another child"})).status_code == 303
    for reader in (council, police, health):
        assert await reports_in(reader) == 0
    assert "Write our report" in (await health.get(path)).text
    assert (await health.submit(f"{path}/report", named | {"words": "We visit daily"})).status_code == 303
    assert await reports_in(police) == 1 and "We visit daily" in (await council.get(f"{path}/briefing")).text


def test_a_briefing_holds_to_its_page_and_no_long_part_keeps_a_short_one_out() -> None:
    wanted = {"new": [2] * 60, "open": [1] * 3, "papers": [9] * 6, "measures": []}
    held = held_to_page(wanted, 20)
    lines = sum(sum(wanted[part][:count]) for part, count in held.items())
    assert lines + 20 + 3 * HEAD <= PAGE_LINES and lines + 20 + 3 * HEAD > PAGE_LINES - 9
    assert held["open"] == 3 and 0 < held["papers"] < 6 and 0 < held["new"] < 60 and held["measures"] == 0
    assert held_to_page({"open": [1, 1]}, 20) == {"open": 2}
    assert held_to_page({"open": [1, 1]}, PAGE_LINES) == {"open": 0}, "a full head leaves only how many there are"
    assert report_letters(1) == 900 and report_letters(100) == LONGEST
    assert report_lines("One\n\nTwo", 900) == 5


async def test_a_briefing_counts_what_it_leaves_out(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=now())
    for number in range(60):
        words = f"Seen again, number {number}. " + "Long words. " * 20
        await make_contribution(session, world, case, by="police", words=words, at=NOW + timedelta(hours=1))
    await session.commit()
    council = await browser().sign_in("council")
    page = (await council.get(f"/conferences/{ref(conference.id)}/briefing")).text.split('class="hub-briefing"')[1]
    shown = page.count("Seen again")
    assert 5 < shown < 30 and f"and {60 - shown} more, in the Hub" in page
