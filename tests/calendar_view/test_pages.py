"""The week, the month and the twelve months over HTTP: for members, outsiders, empty weeks, and how much they ask for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.calendar_view.queries import between, of_cases
from hub.cases.tables import Case
from hub.clashes.jobs import check_changed
from hub.clashes.tables import Clash, ClashIntervention
from hub.clock import now
from hub.ids import new_id, ref
from hub.interventions import changes as interventions
from hub.interventions import series
from hub.interventions.changes import Planned
from hub.interventions.plans import Excluded
from hub.interventions.rules import Status, When
from hub.interventions.tables import Intervention
from hub.london import from_london, london
from hub.people.tables import Person
from tests.conftest import Browser, Maker, rows
from tests.makers import NOW, World, make_case, make_person, make_visit

Make = Callable[[], Browser]
TUESDAY = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
WEEK, MONTH, YEAR = "week?from=2027-03-09", "month?from=2027-03-09", "year?from=2027-01-01"


@dataclass
class Home:
    person: Person
    case: Case

    @property
    def paths(self) -> dict[str, str]:
        return {
            "case": f"/cases/{ref(self.case.id)}",
            "family": f"/families/{ref(self.case.family_id)}",  # type: ignore[arg-type]
            "person": f"/people/{ref(self.person.id)}",
        }


@pytest.fixture
async def home(world: World, session: AsyncSession) -> Home:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    await session.commit()
    return Home(person, case)


async def plan(
    session: AsyncSession, world: World, home: Home, kind: str, by: str, start: datetime, end: datetime | None, **more: object
) -> Intervention:  # fmt: skip
    planned = Planned(kind=kind, people=[home.person.id], when=When(start, end, True), **more)  # type: ignore[arg-type]
    return await interventions.record_intervention(
        session, case_id=home.case.id, planned=planned, case_people=[home.person.id], by=world.viewer(by), at=NOW
    )


async def make_clash(session: AsyncSession, home: Home, *made_of: UUID) -> Clash:
    clash = Clash(id=new_id(), key="k", rule="R05", severity="critical", people=[home.person.id], found_at=NOW)
    session.add(clash)
    await session.flush()
    for one in made_of:
        session.add(ClashIntervention(clash_id=clash.id, intervention_id=one, case_id=home.case.id))
    return clash


@pytest.mark.parametrize("whose", ["case", "family", "person"])
async def test_a_member_sees_the_week_as_a_picture_and_in_words(
    whose: str, home: Home, browser: Make, world: World, session: AsyncSession
) -> None:
    visit = await make_visit(
        session, world, home.case, home.person, by="health", start=TUESDAY, place="12 Mill Lane", mandatory=True
    )
    court = await make_visit(
        session, world, home.case, home.person, by="police", kind="P.COURT", start=TUESDAY + timedelta(hours=3),
        place="The court",
    )  # fmt: skip
    await plan(
        session, world, home, "R.CURFEW", "police", TUESDAY - timedelta(days=30), None, hours=(time(19), time(7))
    )
    clash = await make_clash(session, home, visit.id, court.id)
    await session.commit()
    client = await browser().sign_in("health")
    page = (await client.get(f"{home.paths[whose]}/{WEEK}")).text
    picture, table = page.split('<svg class="hub-picture"')[1].split("</svg>")[0], page.split('id="table"')[1]
    for part in (picture, table):
        assert "Home visit" in part and "10:00–11:00" in part and "must attend" in part and "12 Mill Lane" in part
        assert part.count(f"/clashes/{ref(clash.id)}") == 2
    assert "Curfew, 19:00–07:00" in picture and "Until 07:00 and from 19:00" in table
    assert "45 minutes to the next" in table and "45 minutes to get there" in table
    assert picture.count("p-way") == 3  # the pattern itself, after the one and before the other
    assert "hub-turning" in page and "2027-03-01" in page and "2027-03-15" in page and "This week" in page
    assert 'role="group" aria-labelledby="picture-title picture-desc"' in page
    assert "style=" not in page.split("<body")[1] and "<script" not in page.split("<body")[1]
    only = (await client.get(f"{home.paths[whose]}/{WEEK}&as=table")).text
    assert 'class="hub-picture"' not in only and "12 Mill Lane" in only
    live = (await client.get(f"{home.paths[whose]}/{WEEK.replace('week', 'week/live')}")).text
    assert "<html" not in live and "Home visit" in live
    assert f"sse:case-{ref(home.case.id)}" in page


@pytest.mark.parametrize("whose", ["case", "family", "person"])
@pytest.mark.parametrize("part", ["week", "month", "year", "week/live", "month/live", "year/live"])
async def test_an_outsider_finds_nothing_there_and_a_member_finds_it_empty(
    whose: str, part: str, home: Home, browser: Make
) -> None:
    outsider, member = await browser().sign_in("school"), await browser().sign_in("health")
    path = home.paths[whose]
    assert (await outsider.get(f"{path}/{part}")).status_code == 404
    answer = await member.get(f"{path}/{part}")
    assert answer.status_code == 200 and "Nothing" in answer.text
    for wrong in ("tomorrow", "2027-02-30", "0900-01-01", "2027-1"):
        assert (await member.get(f"{path}/{part}?from={wrong}")).status_code == 404
    assert (await member.get(f"{path[:-4]}0000/{part}")).status_code == 404


async def test_the_month_counts_by_agency_and_the_day_leads_to_its_week(
    home: Home, browser: Make, world: World, session: AsyncSession
) -> None:
    for hours in (0, 2):
        await make_visit(session, world, home.case, home.person, by="health", start=TUESDAY + timedelta(hours=hours))
    await plan(session, world, home, "L.CIN", "council", TUESDAY - timedelta(days=60), None)
    await session.commit()
    client = await browser().sign_in("police")
    page = (await client.get(f"{home.paths['family']}/{MONTH}")).text
    square = page.split(f"{home.paths['family']}/week?from=2027-03-09")[1].split("</td>")[0]
    assert "Health" in square and "</span>2</li>" in square
    assert "Runs through" in page and "Tuesday 9 March 2027" in page and "12:00–13:00" in page


async def test_twelve_months_of_what_runs_long(home: Home, browser: Make, world: World, session: AsyncSession) -> None:
    await plan(session, world, home, "L.CIN", "council", TUESDAY - timedelta(days=60), None)
    bail = await plan(session, world, home, "R.BAIL", "police", TUESDAY, TUESDAY + timedelta(days=28))
    await plan(session, world, home, "E.EVICT", "council", TUESDAY, None)
    await make_visit(session, world, home.case, home.person, by="health", start=TUESDAY)
    clash = await make_clash(session, home, bail.id)
    await session.commit()
    client = await browser().sign_in("health")
    page = (await client.get(f"{home.paths['person']}/{YEAR}")).text
    picture, table = page.split('<svg class="hub-picture"')[1].split("</svg>")[0], page.split('id="table"')[1]
    assert picture.count("hub-picture__point") == 1 and picture.count('mask="url(#p-fade)"') == 1
    assert "no end set" in table and "the same day" in table and f"/clashes/{ref(clash.id)}" in picture
    assert "Home visit" not in table and "from=2026-01-01" in page and "from=2028-01-01" in page


async def test_what_is_covert_or_confidential_stays_with_its_agency(
    home: Home, browser: Make, world: World, session: AsyncSession
) -> None:
    await make_visit(session, world, home.case, home.person, by="police", kind="V.POL", start=TUESDAY, covert=True)
    await make_visit(
        session, world, home.case, home.person, by="health", start=TUESDAY + timedelta(hours=2), place="The refuge",
        confidential_address=True,
    )  # fmt: skip
    await make_visit(
        session, world, home.case, home.person, by="council", start=TUESDAY + timedelta(hours=4), place="12 Mill Lane"
    )
    await session.commit()
    police, health = await browser().sign_in("police"), await browser().sign_in("health")
    for path in home.paths.values():
        theirs = (await police.get(f"{path}/{WEEK}")).text
        ours = (await health.get(f"{path}/{WEEK}")).text
        assert "covert" in theirs and "The refuge" not in theirs and "onfidential address" in theirs
        assert "minutes to" not in theirs  # the way would tell that it is elsewhere
        assert "covert" not in ours and "The refuge" in ours and "minutes to" in ours


async def test_a_case_that_does_not_open_is_not_in_the_week_of_its_family(
    home: Home, browser: Make, world: World, session: AsyncSession
) -> None:
    other = await make_case(session, world, person=home.person, agencies=("council", "probation"))
    other.family_id = home.case.family_id
    await make_visit(session, world, other, home.person, by="council", kind="P.PROB", start=TUESDAY)
    await make_visit(session, world, home.case, home.person, by="health", start=TUESDAY)
    await session.commit()
    health, council = await browser().sign_in("health"), await browser().sign_in("council")
    for whose in ("family", "person"):
        told = (await health.get(f"{home.paths[whose]}/{WEEK}")).text
        assert "Home visit" in told and "robation" not in told.split('id="table"')[1]
        assert "robation" in (await council.get(f"{home.paths[whose]}/{WEEK}")).text.split('id="table"')[1]
    assert "robation" not in (await council.get(f"{home.paths['case']}/{WEEK}")).text.split('id="table"')[1]


async def test_a_cancelled_time_is_left_out_and_a_missed_one_says_so(
    home: Home, browser: Make, world: World, session: AsyncSession
) -> None:
    visit = await make_visit(
        session, world, home.case, home.person, by="health", start=TUESDAY, repeats="FREQ=DAILY;COUNT=3"
    )
    at = {"by": world.viewer("health"), "at": NOW}
    await series.settle_time(session, visit, TUESDAY, status=Status.missed, reason="", **at)  # type: ignore[arg-type]
    await series.settle_time(
        session, visit, TUESDAY + timedelta(days=1), status=Status.cancelled, reason="The family is away", **at
    )  # type: ignore[arg-type]
    await session.commit()
    client = await browser().sign_in("police")
    table = (await client.get(f"{home.paths['case']}/{WEEK}")).text.split('id="table"')[1]
    assert table.count("10:00–11:00") == 2 and table.count(">missed<") == 1 and "Wednesday" not in table


@pytest.mark.parametrize(("day", "words"), [(date(2027, 3, 28), "23 hours"), (date(2027, 10, 31), "25 hours")])
async def test_a_day_on_which_the_clocks_change_says_so(
    day: date, words: str, home: Home, browser: Make, world: World, session: AsyncSession
) -> None:
    start = datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC)
    await make_visit(session, world, home.case, home.person, by="health", start=start)
    await session.commit()
    client = await browser().sign_in("health")
    page = (await client.get(f"{home.paths['case']}/week?from={day}")).text
    assert words in page and ("13:00–14:00" if words == "23 hours" else "12:00–13:00") in page


@pytest.mark.parametrize("part", [WEEK, MONTH, YEAR])
@pytest.mark.parametrize("whose", ["case", "family", "person"])
async def test_sixty_entries_ask_no_more_than_three(
    whose: str, part: str, home: Home, browser: Make, world: World, session: AsyncSession, connection: AsyncConnection
) -> None:
    client = await browser().sign_in("health")
    asked: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        asked.append(statement)

    async def count() -> int:
        asked.clear()
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        assert (await client.get(f"{home.paths[whose]}/{part}")).status_code == 200
        event.remove(connection.sync_connection, "before_cursor_execute", note)
        return len(asked)

    async def fill(many: int) -> None:
        for number in range(many):
            start = TUESDAY + timedelta(hours=number % 8)
            one = await make_visit(session, world, home.case, home.person, by="health", start=start)
            await plan(session, world, home, "L.CIN", "council", start, None)
            if number % 5 == 0:
                (await make_clash(session, home, one.id)).key = str(new_id())
        await session.commit()

    await fill(3)
    few = await count()
    await fill(57)
    assert await count() == few <= 40


async def test_the_look_names_whom_it_showed(home: Home, browser: Make, session: AsyncSession) -> None:
    client = await browser().sign_in("health")
    for path in home.paths.values():
        await client.get(f"{path}/week")
    found = await rows(
        session, "SELECT case_id, person_id, facts->'ids' FROM event WHERE kind = 'week:viewed' ORDER BY id"
    )
    assert found == [
        (home.case.id, None, None),
        (home.case.id, None, [str(home.person.id)]),
        (None, home.person.id, None),
    ]


async def _marked(
    session: AsyncSession, world: World, home: Home, from_: datetime, until: datetime
) -> dict[tuple[UUID, datetime], set[str]]:
    """The rules by which each time is marked in a stretch, of the rules that this is about."""
    shown = await between(
        session,
        world.viewer("health"),
        about=of_cases([home.case.id]),
        case_ids=[home.case.id],
        from_=from_,
        until=until,
    )
    of_rule = {one.id: one.rule for one in shown.clashes if one.rule in ("R05", "R08", "R09")}
    found = {
        (one.id, one.starts_at): {of_rule[clash] for clash in one.clashes if clash in of_rule} for one in shown.entries
    }
    return {one: rules for one, rules in found.items() if rules}


async def test_of_what_comes_again_only_the_times_that_clash_are_marked(
    maker: Maker, home: Home, world: World, session: AsyncSession
) -> None:
    """Found by a user: a clash on one day was painted on every week, and its link led to another day."""
    days = [from_london(london(now()).date() + timedelta(days=n), 10) for n in (3, 10, 17)]
    contact = await make_visit(
        session, world, home.case, home.person, by="health", start=days[0], repeats="FREQ=WEEKLY;COUNT=3"
    )
    other = await make_visit(session, world, home.case, home.person, by="police", kind="V.POL", start=days[1])
    curfew = Planned(
        kind="R.CURFEW", people=[home.person.id], when=When(days[0], None, whole_days=True), hours=(time(19), time(7))
    )
    await interventions.record_intervention(
        session,
        case_id=home.case.id,
        planned=curfew,
        case_people=[home.person.id],
        by=world.viewer("probation"),
        at=now(),
    )
    late = from_london(london(days[1]).date() + timedelta(days=1), 21)
    await make_visit(session, world, home.case, home.person, by="council", kind="P.MH", start=late)
    await session.commit()
    await check_changed(maker)
    await session.commit()
    found = {str(row[0]) for row in await rows(session, "SELECT rule FROM clash WHERE closed_at IS NULL")}
    assert {"R05", "R08"} <= found
    market = Planned(
        kind="R.EXZONE", people=[home.person.id], when=When(days[0], None, True), excluded=[Excluded("Market Hall")]
    )
    await interventions.record_intervention(
        session,
        case_id=home.case.id,
        planned=market,
        case_people=[home.person.id],
        by=world.viewer("probation"),
        at=now(),
    )
    stall = await make_visit(
        session, world, home.case, home.person, by="council", kind="P.ETE", start=days[0] + timedelta(hours=3),
        place="Market Hall", repeats="FREQ=WEEKLY;COUNT=2",
    )  # fmt: skip
    await session.commit()
    await check_changed(maker)
    await session.commit()
    # The same whether one looks at the weeks one by one or at all of them.
    whole = await _marked(session, world, home, days[0] - timedelta(days=1), days[2] + timedelta(days=3))
    marked: dict[tuple[UUID, datetime], set[str]] = {}
    for start in (days[0] - timedelta(days=1), days[1] - timedelta(days=1), days[2] - timedelta(days=1)):
        marked |= await _marked(session, world, home, start, start + timedelta(days=7))
    assert marked == whole
    places = {at for (one, at), rules in marked.items() if one == stall.id and "R09" in rules}
    assert places == {days[0] + timedelta(hours=3), days[1] + timedelta(hours=3)}
    assert marked[contact.id, days[1]] == marked[other.id, days[1]] == {"R05"}
    assert (contact.id, days[0]) not in marked and (contact.id, days[2]) not in marked
    nights = [at for (one, at), rules in marked.items() if rules == {"R08"} and at != late]
    assert nights == [from_london(london(late).date(), 19)], "one night of the curfew and no other"
