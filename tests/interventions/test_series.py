"""Series and conditions in the register: recorded, changed in one time or many, ended, and seen by those who may."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.tables import Case
from hub.clock import today
from hub.database import act_for
from hub.errors import Conflict, Refused
from hub.ids import new_id, ref
from hub.interventions import changes, queries, series
from hub.interventions.forms import ChangeIn, Repeating, rule_of
from hub.interventions.plans import Excluded, Planned
from hub.interventions.recurrence import Series, starts_on
from hub.interventions.rules import PlaceKind, Status, When
from hub.interventions.tables import Intervention
from hub.interventions.typed import as_typed
from hub.london import from_london, london
from hub.people.changes import involve
from hub.people.tables import Person
from tests.conftest import Browser, rows
from tests.makers import NOW, World, make_case, make_person

Make = Callable[[], Browser]
FIRST = from_london(date(2026, 3, 12), 10)
HOUR = timedelta(hours=1)
FAR = NOW + timedelta(days=60)


@pytest.fixture
async def person(session: AsyncSession, world: World) -> Person:
    return await make_person(session)


@pytest.fixture
async def other(session: AsyncSession, world: World) -> Person:
    return await make_person(session, "Bo", "Testcase")


@pytest.fixture
async def case(session: AsyncSession, world: World, person: Person, other: Person) -> Case:
    made = await make_case(session, world, person=person)
    await involve(session, person_id=other.id, roles=["parent"], case_id=made.id, at=NOW)
    await session.commit()
    return made


async def weekly(
    session: AsyncSession, world: World, case: Case, person: Person, *, by: str = "health", **given: object
) -> Intervention:
    told = {"kind": "V.HV", "people": [person.id], "when": When(FIRST, FIRST + HOUR, False), "repeats": "FREQ=WEEKLY"}
    people = [one.person_id for one in await involved(session, case)]
    return await changes.record_intervention(
        session, case_id=case.id, planned=Planned(**(told | given)), case_people=people, by=world.viewer(by), at=NOW,
    )  # type: ignore[arg-type]  # fmt: skip


async def involved(session: AsyncSession, case: Case) -> list[object]:
    from sqlalchemy import select

    from hub.people.tables import Involvement

    return list(await session.scalars(select(Involvement).where(Involvement.case_id == case.id)))


async def seen(session: AsyncSession, world: World, case: Case, by: str = "police") -> list[str]:
    found = await queries.occurrences(session, world.viewer(by), case_ids=[case.id], from_=NOW, until=FAR)
    return [f"{london(one.starts_at):%d/%m %H:%M}" + (" off" if one.cancelled else "") for one in found]


async def test_one_time_is_moved_cancelled_and_taken_back(
    session: AsyncSession, world: World, case: Case, person: Person
) -> None:
    visit = await weekly(session, world, case, person)
    by, second, third = world.viewer("health"), FIRST + timedelta(days=7), FIRST + timedelta(days=14)
    moved = When(second + timedelta(days=1), second + timedelta(days=1, hours=1), False)
    await series.move_time(session, visit, second, when=moved, place="At school", worker_id=None, by=by, at=NOW)
    await series.settle_time(session, visit, third, status=Status.cancelled, reason="Half term holiday", by=by, at=NOW)
    await session.flush()
    assert (await seen(session, world, case))[:4] == ["12/03 10:00", "20/03 10:00", "26/03 10:00 off", "02/04 10:00"]
    await series.restore_time(session, visit, third, by=by, at=NOW)
    await session.flush()
    assert (await seen(session, world, case))[2] == "26/03 10:00"
    with pytest.raises(Conflict):
        await series.restore_time(session, visit, third, by=by, at=NOW)
    with pytest.raises(Conflict, match="no such time"):
        await series.settle_time(session, visit, third + HOUR, status=Status.done, reason="", by=by, at=NOW)


async def test_this_and_all_later_ones_become_a_part_of_their_own(
    session: AsyncSession, world: World, case: Case, person: Person
) -> None:
    visit = await weekly(session, world, case, person, repeats="FREQ=WEEKLY;COUNT=5")
    third = FIRST + timedelta(days=14)
    planned = Planned(
        kind="V.HV", people=[person.id], when=When(third + 4 * HOUR, third + 5 * HOUR, False), repeats=visit.repeats
    )
    later = await series.change_from(
        session, visit, third, planned, case_people=[person.id], by=world.viewer("health"), at=NOW
    )
    await session.flush()
    assert later.series_id == visit.series_id == visit.id
    assert await seen(session, world, case) == [
        "12/03 10:00", "19/03 10:00", "26/03 14:00", "02/04 14:00", "09/04 14:00",
    ]  # fmt: skip
    assert len(await queries.parts_of_series(session, world.viewer("police"), visit)) == 2
    # A change to the earlier part does not bring its later times back.
    typed = await as_typed(session, visit, None)
    assert typed["last"] == ["2026-03-25"]
    earlier = Planned(
        kind="V.HV",
        people=[person.id],
        when=When(FIRST, FIRST + HOUR, False),
        repeats=rule_of(Repeating.kept, FIRST.date(), date.fromisoformat(typed["last"][0]), kept=visit.repeats),
        place="Library",
    )
    await changes.change(session, visit, earlier, case_people=[person.id], by=world.viewer("health"), at=NOW)
    assert await seen(session, world, case) == [
        "12/03 10:00", "19/03 10:00", "26/03 14:00", "02/04 14:00", "09/04 14:00",
    ]  # fmt: skip


async def test_a_whole_series_is_changed_ended_cancelled_and_taken_back(
    session: AsyncSession, world: World, case: Case, person: Person, other: Person
) -> None:
    visit = await weekly(session, world, case, person)
    by = world.viewer("health")
    planned = Planned(
        kind="V.HV",
        people=[other.id],
        when=When(FIRST + HOUR, FIRST + 2 * HOUR, False),
        repeats="FREQ=WEEKLY;INTERVAL=2",
    )
    changed = await changes.change(session, visit, planned, case_people=[person.id, other.id], by=by, at=NOW)
    assert set(changed) == {"starts_at", "people", "repeats"} and visit.checked_at is None
    assert (await queries.people_of(session, [visit.id]))[visit.id] == {other.id}
    assert (await seen(session, world, case))[:2] == ["12/03 11:00", "26/03 11:00"]
    await changes.end(session, visit, status=Status.cancelled, reason="They moved away", by=by, at=NOW)
    assert all(one.endswith("off") for one in await seen(session, world, case))
    await changes.restore(session, visit, by=by, at=NOW)
    await changes.end(session, visit, status=Status.done, reason="", by=by, at=FIRST + timedelta(days=20))
    await session.flush()
    assert await seen(session, world, case) == ["12/03 11:00", "26/03 11:00"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": "R.CURFEW", "when": When(NOW, None, True), "repeats": ""}, "hours of the curfew"),
        ({"hours": (time(19), time(7))}, "Only a curfew"),
        ({"excluded": [Excluded("The park")]}, "Only a condition"),
        ({"kind": "X.MARAC"}, "Choose what it is"),
        ({"repeats": "FREQ=HOURLY"}, "day, week, month"),
        ({"repeats": "FREQ=WEEKLY;BYDAY=MO"}, "first day must be"),
        ({"when": When(FIRST, None, False)}, "Enter when it ends"),
    ],
)
async def test_what_cannot_be_recorded_is_refused(
    given: dict[str, object], sentence: str, session: AsyncSession, world: World, case: Case, person: Person
) -> None:
    with pytest.raises(Refused, match=sentence):
        await weekly(session, world, case, person, **given)


async def test_a_curfew_gives_its_nights_and_a_condition_its_people_and_places(
    session: AsyncSession, world: World, case: Case, person: Person, other: Person
) -> None:
    start = from_london(date(2026, 3, 9), 0)
    curfew = await weekly(
        session, world, case, person, by="police", kind="R.CURFEW", when=When(start, None, True), repeats="",
        hours=(time(19), time(7)), apart=[(other.id, person.id)],
        excluded=[Excluded("Northvale market", PlaceKind.area), Excluded("4 Mill Lane", uprn="100012345")],
    )  # fmt: skip
    found = await queries.occurrences(
        session, world.viewer("health"), person_ids=[person.id], from_=NOW, until=NOW + timedelta(days=2)
    )
    assert [f"{london(one.starts_at):%d %H:%M}-{london(one.ends_at):%d %H:%M}" for one in found if one.ends_at] == [
        "10 19:00-11 07:00", "11 19:00-12 07:00",
    ]  # fmt: skip
    assert (await queries.apart_of(session, [curfew.id]))[curfew.id] == [tuple(sorted([person.id, other.id]))]
    assert {(one.kind, one.place, one.uprn) for one in (await queries.places_of(session, [curfew.id]))[curfew.id]} == {
        ("area", "Northvale market", ""), ("address", "4 Mill Lane", "100012345"),
    }  # fmt: skip


async def test_occurrences_take_two_queries_however_many_there_are(
    session: AsyncSession, world: World, case: Case, person: Person
) -> None:
    from sqlalchemy import event

    for _ in range(8):
        await weekly(session, world, case, person)
    asked: list[str] = []
    connection = (await session.connection()).sync_connection
    event.listen(connection, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    assert len(await seen(session, world, case)) == 8 * 9
    assert len([one for one in asked if one.startswith("SELECT")]) == 2


async def test_what_is_covert_is_not_there_for_another_agency(
    session: AsyncSession, world: World, case: Case, person: Person, browser: Make
) -> None:
    secret = await weekly(
        session,
        world,
        case,
        person,
        by="police",
        kind="E.ARREST",
        repeats="",
        covert=True,
        when=When(FIRST, FIRST + HOUR, True),
    )
    await session.commit()
    assert await seen(session, world, case, "police") and not await seen(session, world, case, "health")
    await act_for(session, world.workers["health"].id, world.id("health"))
    assert await rows(session, "SELECT 1 FROM intervention") == []
    await act_for(session, world.workers["police"].id, world.id("police"))
    assert len(await rows(session, "SELECT 1 FROM intervention")) == 1
    health, police = await browser().sign_in("health"), await browser().sign_in("police")
    path = f"/interventions/{ref(secret.id)}"
    assert (await health.get(path)).status_code == 404
    assert "only Police knows of this" in (await police.get(path)).text
    for part in ("interventions?status=all", "week?from=2026-03-09", "history", "chronology"):
        page = (await health.get(f"/cases/{ref(case.id)}/{part}")).text
        assert ref(secret.id) not in page and ": arrest" not in page, part
    assert "Arrest" in (await police.get(f"/cases/{ref(case.id)}/interventions?status=all")).text


async def test_a_confidential_address_is_its_own_agency_s_alone(
    session: AsyncSession, world: World, case: Case, person: Person, browser: Make
) -> None:
    visit = await weekly(session, world, case, person, place="12 Hidden Row", confidential_address=True)
    await session.commit()
    path = f"/interventions/{ref(visit.id)}"
    theirs = (await (await browser().sign_in("police")).get(path)).text
    assert "12 Hidden Row" not in theirs and "The address is confidential. Ring Health" in theirs
    assert "12 Hidden Row" in (await (await browser().sign_in("health")).get(path)).text


async def test_the_pages_of_a_series(
    session: AsyncSession, world: World, case: Case, person: Person, browser: Make
) -> None:
    client = await browser().sign_in("health")
    path = f"/cases/{ref(case.id)}"
    soon = today() + timedelta(days=3)
    form = {
        "kind": "V.HV", "people": ref(person.id), "day": soon.isoformat(), "starts": "10:00", "repeats": "weekly",
        "worker": ref(world.workers["health"].id),
    }  # fmt: skip
    assert (await client.submit(f"{path}/interventions", form)).status_code == 303
    (made,) = (await rows(session, "SELECT id FROM intervention"))[0]
    page = f"/interventions/{ref(made)}"
    html = (await client.get(page)).text
    assert "Every week on" in html and "Change or end" in html
    of = html.split('name="of" value="')[2].split('"')[0]
    assert (await client.submit(f"{page}/end", {"of": of, "status": "cancelled", "reason": ""})).status_code == 422
    told = {"of": of, "status": "cancelled", "reason": "They are on holiday"}
    assert (await client.submit(f"{page}/end", told)).status_code == 303
    html = (await client.get(page)).text
    assert "They are on holiday" in html and "Take that back" in html
    assert (await client.submit(f"{page}/restore", {"of": of})).status_code == 303
    change = (await client.get(f"{page}/change?of={of.replace('+00:00', 'Z')}")).text
    assert "This time and all later ones" in change and 'value="10:00"' in change
    assert "cannot be different for this time alone" in change
    other = {"of": of, "scope": "this", "repeats": "kept", "note": "Only for this time"}
    refused = await client.submit(f"{page}/change", form | other)
    assert refused.status_code == 422 and "This cannot be different for one time alone" in refused.text
    assert (await client.submit(f"{page}/change", form | other | {"note": "", "place": "Town hall"})).status_code == 303
    told = form | {"of": of, "scope": "later", "starts": "15:00", "repeats": "kept"}
    answer = await client.submit(f"{page}/change", told)
    assert answer.status_code == 303
    listed = (await client.get(f"{path}/interventions?group=V&order=newest&agency={ref(world.id('health'))}")).text
    assert "Showing 1 to" in listed and "Home visit" in listed
    assert "Nothing is recorded that fits" in (await client.get(f"{path}/interventions?status=missed")).text
    week = (await client.get(f"{path}/week?from={soon + timedelta(days=21)}")).text
    assert "Home visit" in week


@pytest.mark.parametrize("route", ["change", "end", "restore"])
async def test_an_outsider_finds_nothing(
    route: str, session: AsyncSession, world: World, case: Case, person: Person, browser: Make
) -> None:
    visit = await weekly(session, world, case, person)
    await session.commit()
    client = await browser().sign_in("school")
    assert (await client.submit(f"/interventions/{ref(visit.id)}/{route}", {})).status_code == 404
    assert (await client.get(f"/interventions/{ref(visit.id)}")).status_code == 404
    assert (await client.get(f"/interventions/{ref(visit.id)}/change")).status_code == 404
    assert (await client.get(f"/cases/{ref(case.id)}/interventions")).status_code == 404


def test_the_days_of_a_series_are_found_at_their_new_hour_also_where_the_clock_skips_it() -> None:
    days = {date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)}
    made = Series(new_id(), from_london(date(2026, 3, 1), 1, 30), None, repeats="FREQ=DAILY", minutes=30)
    assert {day: f"{start:%d/%m %H:%M}" for day, start in starts_on(made, days).items()} == {
        date(2026, 3, 28): "28/03 01:30", date(2026, 3, 29): "29/03 01:30", date(2026, 10, 25): "25/10 00:30",
    }  # fmt: skip


HOURS = [
    ("10:00", "15:00"),
    ("10:00", "09:30"),
    ("00:30", "23:30"),
    ("10:00", "01:30"),  # skipped by the clock on 29 March, shown twice on 25 October
]


@pytest.mark.parametrize(("before", "after"), HOURS)
async def test_every_time_at_another_hour_keeps_what_was_said_of_single_times_over_the_change_of_the_clocks(
    before: str, after: str, session: AsyncSession, world: World, case: Case, person: Person
) -> None:
    """Sundays from 15 March 2026; the clocks go forward on the 29th."""
    by = world.viewer("health")
    days = [date(2026, 3, 15) + timedelta(days=7 * number) for number in range(5)]
    at = {day: from_london(day, *map(int, before.split(":"))) for day in days}
    new = {day: from_london(day, *map(int, after.split(":"))) for day in days}
    first, off, moved, missed, _ = days
    visit = await weekly(session, world, case, person, when=When(at[first], at[first] + HOUR, False))
    told: dict[str, object] = {"by": by, "at": NOW}
    await series.settle_time(session, visit, at[off], status=Status.cancelled, reason="Half term holiday", **told)
    elsewhere = from_london(moved + timedelta(days=1), 16)
    when = When(elsewhere, elsewhere + HOUR, False)
    await series.move_time(session, visit, at[moved], when=when, place="At school", worker_id=None, **told)
    await series.settle_time(session, visit, at[missed], status=Status.missed, reason="", **told)
    planned = Planned(
        kind="V.HV", people=[person.id], when=When(new[first], new[first] + HOUR, False), repeats="FREQ=WEEKLY"
    )
    await changes.change(session, visit, planned, case_people=[person.id], **told)
    found = await queries.occurrences(session, by, case_ids=[case.id], from_=NOW, until=FAR)
    shown = {one.of_at: (one.starts_at, one.status, one.place) for one in found}
    assert shown[new[first]] == (new[first], "planned", "")
    assert shown[new[off]] == (new[off], "cancelled", "")
    assert shown[new[moved]] == (elsewhere, "planned", "At school")
    assert shown[new[missed]] == (at[missed], "missed", ""), "what has happened keeps its hour"
    (row,) = [row for row in (await queries.times_told(session, [visit.id]))[visit.id] if row.of_at == new[off]]
    assert row.reason == "Half term holiday"
    # The other way round everything stands as it stood.
    back = replace(planned, when=When(at[first], at[first] + HOUR, False))
    await changes.change(session, visit, back, case_people=[person.id], **told)
    found = await queries.occurrences(session, by, case_ids=[case.id], from_=NOW, until=FAR)
    assert {one.of_at for one in found if one.cancelled} == {at[off]}


async def test_another_day_of_the_week_lets_go_of_single_times_until_the_series_comes_back_to_theirs(
    session: AsyncSession, world: World, case: Case, person: Person
) -> None:
    visit = await weekly(session, world, case, person)
    told: dict[str, object] = {"by": world.viewer("health"), "at": NOW}
    second, day = FIRST + timedelta(days=7), timedelta(days=1)
    await series.settle_time(session, visit, second, status=Status.cancelled, reason="Half term holiday", **told)
    for begins in (FIRST + day, FIRST + 5 * HOUR):
        planned = Planned(
            kind="V.HV", people=[person.id], when=When(begins, begins + HOUR, False), repeats="FREQ=WEEKLY"
        )
        await changes.change(session, visit, planned, case_people=[person.id], **told)
        off = [one for one in await seen(session, world, case) if one.endswith("off")]
        assert off == ([] if begins == FIRST + day else ["19/03 15:00 off"])


async def test_this_and_later_ones_take_what_was_said_of_later_ones_along_and_leave_days_out(
    session: AsyncSession, world: World, case: Case, person: Person
) -> None:
    by = world.viewer("health")
    times = [FIRST + timedelta(days=7 * number) for number in range(3)]
    times += [from_london(date(2026, 4, 2), 10), from_london(date(2026, 4, 9), 10)]
    visit = await weekly(session, world, case, person, repeats="FREQ=WEEKLY;COUNT=5", left_out=[times[4]])
    told: dict[str, object] = {"by": by, "at": NOW}
    await series.settle_time(session, visit, times[0], status=Status.missed, reason="", **told)
    await series.settle_time(session, visit, times[3], status=Status.cancelled, reason="Half term holiday", **told)
    begins = times[2] + 4 * HOUR
    planned = Planned(kind="V.HV", people=[person.id], when=When(begins, begins + HOUR, False), repeats=visit.repeats)
    part = await series.change_from(session, visit, times[2], planned, case_people=[person.id], **told)
    await session.flush()
    assert await seen(session, world, case) == ["12/03 10:00", "19/03 10:00", "26/03 14:00", "02/04 14:00 off"]
    rows_told = await queries.times_told(session, [visit.id, part.id])
    assert [len(rows_told[one.id]) for one in (visit, part)] == [1, 1]
    fields = await rows(session, "SELECT facts->'fields' FROM event WHERE kind = 'intervention:changed'")
    assert fields == [(["repeats", "ends_at"],)]


async def test_a_time_with_another_place_alone_follows_its_series_and_its_form_shows_it(
    session: AsyncSession, world: World, case: Case, person: Person
) -> None:
    visit = await weekly(session, world, case, person, place="At home")
    told: dict[str, object] = {"by": world.viewer("health"), "at": NOW}
    second = FIRST + timedelta(days=7)
    when = When(second, second + HOUR, False)
    await series.move_time(session, visit, second, when=when, place="At school", worker_id=None, **told)
    assert (await as_typed(session, visit, second))["place"] == ["At school"]
    begins = FIRST + HOUR
    planned = Planned(
        kind="V.HV", people=[person.id], when=When(begins, begins + HOUR, False), repeats="FREQ=WEEKLY", place="At home"
    )
    await changes.change(session, visit, planned, case_people=[person.id], **told)
    found = await queries.occurrences(session, world.viewer("health"), case_ids=[case.id], from_=NOW, until=FAR)
    assert [(f"{london(one.starts_at):%d/%m %H:%M}", one.place) for one in found[:3]] == [
        ("12/03 11:00", "At home"), ("19/03 11:00", "At school"), ("26/03 11:00", "At home"),
    ]  # fmt: skip
    third = begins + timedelta(days=14)
    moved = When(third + 3 * HOUR, third + 4 * HOUR, False)
    await series.move_time(session, visit, third, when=moved, place="At home", worker_id=None, **told)
    assert (await as_typed(session, visit, third))["starts"] == ["14:00"]


@pytest.mark.parametrize(
    ("repeats", "first", "shown", "typed", "begins"),
    [
        ("kept", "2026-03-03", "2026-03-17", "2026-03-17", "2026-03-03"),
        ("kept", "2026-03-03", "2026-03-17", "2026-03-16", "2026-03-02"),
        ("weekly", "2026-03-03", "2026-03-17", "2026-03-18", "2026-03-04"),
        ("weekly", "2026-03-03", "2026-03-06", "2026-03-06", "2026-03-06"),
        ("monthly", "2026-03-03", "2026-03-17", "2026-03-17", "2026-03-17"),
        ("monthly", "2026-01-31", "2026-03-31", "2026-03-31", "2026-01-31"),
        ("weekdays", "2026-03-07", "2026-03-14", "2026-03-14", "2026-03-09"),
        ("once", "2026-03-03", "2026-03-17", "2026-03-17", "2026-03-17"),
    ],
)
def test_every_time_begins_with_the_first_whichever_time_the_form_was_opened_on(
    repeats: str, first: str, shown: str, typed: str, begins: str
) -> None:
    told = ChangeIn(kind="V.HV", people=[ref(new_id())], day=typed, starts="10:00", repeats=repeats)
    moved = told.from_day(date.fromisoformat(first), shown=date.fromisoformat(shown))
    assert moved.day == date.fromisoformat(begins)


async def test_every_time_is_changed_from_the_page_of_one_time_and_a_divided_series_says_which_part(
    session: AsyncSession, world: World, case: Case, person: Person, browser: Make
) -> None:
    visit = await weekly(session, world, case, person, left_out=[FIRST + timedelta(days=7)])
    await session.commit()
    client, path, third = (
        await browser().sign_in("health"),
        f"/interventions/{ref(visit.id)}",
        FIRST + timedelta(days=14),
    )
    form = {"kind": "V.HV", "people": ref(person.id), "starts": "14:00", "ends": "15:00", "repeats": "kept"}
    told = form | {"of": third.isoformat(), "day": "2026-03-26", "scope": "all"}
    assert (await client.submit(f"{path}/change", told)).status_code == 303
    session.expire(visit)
    assert (await seen(session, world, case))[:3] == ["12/03 14:00", "26/03 14:00", "02/04 14:00"]
    assert (await client.submit(f"{path}/change", told)).status_code == 409, "the time has another hour by now"
    third += 4 * HOUR
    told = form | {"of": third.isoformat(), "day": "2026-03-26", "scope": "later", "starts": "16:00", "ends": "17:00"}
    answer = await client.submit(f"{path}/change", told)
    part = answer.headers["location"]
    for page, other, of in ((path, part, FIRST + 4 * HOUR), (part, path, third + 2 * HOUR)):
        assert "one part of a series that was divided" in (html := (await client.get(page)).text) and other in html
        html = (await client.get(f"{page}/change?of={of:%Y-%m-%dT%H:%M:%SZ}")).text
        assert "You change one part of it" in html and f'href="{other}"' in html
        assert "Every time of this part, from its first on" in html
    assert "You change one part of it: every week, at 16:00, from" in " ".join(html.split())
    assert (await client.get(f"{path}/change?of=2026-03-12T10:00")).status_code == 404, "no zone, no time"


async def test_a_change_keeps_codes_that_came_and_the_pairs_that_a_form_cannot_show(
    session: AsyncSession, world: World, case: Case, person: Person, other: Person, browser: Make
) -> None:
    third = await make_person(session, "Cy", "Testcase")
    await involve(session, person_id=third.id, roles=["sibling"], case_id=case.id, at=NOW)
    people = [person.id, other.id, third.id]
    rule = await weekly(
        session, world, case, person, kind="R.NOCONTACT", people=people, repeats="", as_sent={"level": "gold"},
        when=When(FIRST, None, True), apart=[(person.id, other.id)],
    )  # fmt: skip
    await session.commit()
    client, path = await browser().sign_in("health"), f"/interventions/{ref(rule.id)}"
    typed = await as_typed(session, rule, None)
    assert set(typed["people"]) == {ref(one) for one in people} and len(typed["apart"]) == 1
    answer = await client.submit(f"{path}/change", {**typed, "note": "Until the hearing"})
    assert answer.status_code == 303, answer.text
    pair = tuple(sorted([person.id, other.id]))
    assert (await queries.apart_of(session, [rule.id]))[rule.id] == [pair]
    assert await rows(session, "SELECT note, as_sent FROM intervention") == [("Until the hearing", {"level": "gold"})]
    # Whoever touches them says of everybody on the left whom they keep away from.
    answer = await client.submit(f"{path}/change", {**typed, "apart": ref(third.id)})
    assert answer.status_code == 303
    pairs = await rows(session, "SELECT one_id, other_id FROM intervention_apart WHERE removed_at IS NULL")
    assert set(pairs) == {tuple(sorted([one, third.id])) for one in (person.id, other.id)}


async def test_the_form_opens_on_the_29th_of_february(
    session: AsyncSession, world: World, case: Case, person: Person
) -> None:
    leap = from_london(date(2028, 2, 29), 10)
    visit = await weekly(session, world, case, person, when=When(leap, leap + HOUR, False))
    assert (await as_typed(session, visit, None))["ends"] == ["11:00"]
