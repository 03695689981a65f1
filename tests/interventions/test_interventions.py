"""What is done with a family: when it can be, how it is typed, and who may change it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Refused
from hub.events.rules import Actor
from hub.ids import ref
from hub.interventions import changes
from hub.interventions.forms import when_of
from hub.interventions.rules import KINDS, Status, When, check_when, days_of, group, label
from tests.conftest import Browser, rows
from tests.makers import NOW, World, make_case, make_person, make_visit

Make = Callable[[], Browser]
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "when", "fine"),
    [
        ("V.HV", When(NOW, NOW + HOUR, False), True),
        ("V.HV", When(NOW, NOW - HOUR, False), False),
        ("V.HV", When(NOW, None, False), False),
        ("P.COURT", When(NOW, NOW + 25 * HOUR, False), False),
        ("L.CIN", When(NOW, None, True), True),
        ("R.BAIL", When(NOW, NOW + 24 * 28 * HOUR, True), True),
    ],
)
def test_times_that_can_and_cannot_be(kind: str, when: When, fine: bool) -> None:
    if fine:
        check_when(kind, when)
    else:
        with pytest.raises(Refused):
            check_when(kind, when)


SUMMER = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("kind", "starts", "ends", "until", "when"),
    [
        (
            "V.HV",
            time(10),
            None,
            None,
            (datetime(2026, 7, 1, 9, 0, tzinfo=UTC), datetime(2026, 7, 1, 10, 0, tzinfo=UTC), False),
        ),
        (
            "V.HV",
            time(10),
            time(10, 30),
            None,
            (datetime(2026, 7, 1, 9, 0, tzinfo=UTC), datetime(2026, 7, 1, 9, 30, tzinfo=UTC), False),
        ),
        (
            "V.HV",
            None,
            None,
            None,
            (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), datetime(2026, 7, 1, 22, 59, tzinfo=UTC), True),
        ),
        ("L.CIN", None, None, None, (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), None, True)),
        (
            "R.BAIL",
            None,
            None,
            date(2026, 7, 28),
            (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), datetime(2026, 7, 28, 22, 59, tzinfo=UTC), True),
        ),
    ],
)
def test_what_is_typed_becomes_moments(
    kind: str, starts: time | None, ends: time | None, until: date | None, when: tuple[object, ...]
) -> None:
    assert when_of(kind, SUMMER, starts, ends, until) == When(*when)  # type: ignore[arg-type]


def test_a_visit_over_midnight_is_on_both_days_and_one_that_ends_at_midnight_is_not() -> None:
    evening = datetime(2026, 3, 10, 22, 0, tzinfo=UTC)
    assert days_of(When(evening, evening + 4 * HOUR, False)) == (date(2026, 3, 10), date(2026, 3, 11))
    assert days_of(When(evening, evening + 2 * HOUR, False)) == (date(2026, 3, 10), date(2026, 3, 10))


def test_every_kind_has_words_and_an_unknown_one_is_shown_as_it_came() -> None:
    assert len(KINDS) == 84 and all(KINDS.values())
    assert group("V.POL") == "Visit" and "not in our list" in label("Z.ZZ")


@pytest.fixture
async def path(world: World, session: AsyncSession) -> str:
    case = await make_case(session, world)
    await session.commit()
    return f"/cases/{ref(case.id)}"


async def test_a_worker_records_a_visit(path: str, browser: Make, session: AsyncSession) -> None:
    client = await browser().sign_in("health")
    page = (await client.get(f"{path}/interventions/new")).text
    person = page.split('name="people" type="checkbox" value="')[1].split('"')[0]
    form = {"kind": "V.HV", "people": person, "day": "9/3/2027", "starts": "10:00"}
    answer = await client.submit(f"{path}/interventions", form)
    assert answer.status_code == 303 and answer.headers["location"].endswith("/week?from=2027-03-08")
    week = (await client.get(answer.headers["location"])).text
    assert "Home visit" in week and "10:00–11:00" in week
    assert await rows(session, "SELECT status, checked_at FROM intervention") == [("planned", None)]


@pytest.mark.parametrize(
    ("typed", "starts", "ends"),
    [
        ({"kind": "E.ARREST", "starts": "06:00"}, "06:00", None),
        ({"kind": "E.WARRANT", "starts": "06:00", "ends": "07:00"}, "06:00", "07:00"),
        ({"kind": "V.POL", "starts": "23:30", "ends": "00:30"}, "23:30", "00:30 next day"),
    ],
)
async def test_the_hour_that_was_typed_is_kept(
    typed: dict[str, str], starts: str, ends: str | None, path: str, browser: Make, session: AsyncSession
) -> None:
    client = await browser().sign_in("police")
    page = (await client.get(f"{path}/interventions/new")).text
    person = page.split('name="people" type="checkbox" value="')[1].split('"')[0]
    answer = await client.submit(f"{path}/interventions", {"people": person, "day": "9/3/2027", **typed})
    assert answer.status_code == 303
    ((begins, over, whole_days),) = await rows(session, "SELECT starts_at, ends_at, whole_days FROM intervention")
    assert isinstance(begins, datetime) and not whole_days and f"{begins:%H:%M}" == starts
    if ends is None:
        assert over is None
    else:
        assert isinstance(over, datetime)
        assert f"{over:%H:%M}" + (" next day" if over.date() > begins.date() else "") == ends


async def test_what_another_system_cancelled_is_cancelled_whatever_it_says_of_why(
    world: World, session: AsyncSession
) -> None:
    person = await make_person(session)
    visit = await make_visit(session, world, await make_case(session, world, person=person), person, by="police")
    sender = Actor(agency_id=world.id("police"))
    await changes.end(session, visit, status=Status.cancelled, reason="ill", by=sender, at=NOW)
    assert (visit.status, visit.ended_reason) == ("cancelled", "ill")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"kind": "R.NOCONTACT"}, "Choose whom they must keep away from"),
        ({"kind": "R.EXZONE"}, "Enter where they must not go"),
        ({"kind": ""}, "Choose what it is"),
        ({"kind": "Z.ZZ"}, "Choose what it is"),
        ({"day": "31/2/2027"}, "Enter a real date"),
        ({"day": "1/1/1066"}, "between 1900 and 2100"),
        ({"starts": "25:00"}, "Enter a time"),
        ({"starts": "10:00", "ends": "9:00"}, "end must be after the start"),
        ({"people": "0" * 26}, "Choose people of this case"),
        ({"worker": "0" * 26}, "colleague of your own agency"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    changed: dict[str, str], sentence: str, path: str, browser: Make, session: AsyncSession
) -> None:
    client = await browser().sign_in("health")
    page = (await client.get(f"{path}/interventions/new")).text
    person = page.split('name="people" type="checkbox" value="')[1].split('"')[0]
    form = {"kind": "V.HV", "people": person, "day": "9/3/2027", "place": "At the clinic"} | changed
    answer = await client.submit(f"{path}/interventions", form)
    assert answer.status_code == 422 and sentence in answer.text and "At the clinic" in answer.text
    assert await rows(session, "SELECT count(*) FROM intervention") == [(0,)]


async def test_only_its_own_agency_moves_and_ends_it(browser: Make, world: World, session: AsyncSession) -> None:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    visit = await make_visit(session, world, case, person, by="health", start=datetime(2027, 3, 9, 10, 0, tzinfo=UTC))
    await session.commit()
    path = f"/interventions/{ref(visit.id)}"
    police, health = await browser().sign_in("police"), await browser().sign_in("health")
    assert "Ring them to change it" in (await police.get(path)).text
    assert (await police.submit(f"{path}/end", {"status": "done"})).status_code == 403
    told = {"kind": "V.HV", "people": ref(person.id), "day": "2027-03-10", "starts": "14:00", "ends": "15:00"}
    moved = await health.submit(f"{path}/change", told)
    assert moved.status_code == 303
    assert (await health.submit(f"{path}/end", {"status": "cancelled", "reason": ""})).status_code == 422
    assert (
        await health.submit(f"{path}/end", {"status": "cancelled", "reason": "The family is away"})
    ).status_code == 303
    assert (await health.submit(f"{path}/end", {"status": "done"})).status_code == 409


async def test_the_form_opens_for_nobody_and_a_condition_is_for_those_who_were_ticked(
    browser: Make, world: World, session: AsyncSession
) -> None:
    from hub.people.changes import involve

    case = await make_case(session, world)
    others = [await make_person(session, name, "Testcase") for name in ("Mother", "Father")]
    for other in others:
        await involve(session, person_id=other.id, roles=["adult"], case_id=case.id, at=NOW)
    await session.commit()
    path = f"/cases/{ref(case.id)}/interventions"
    client = await browser().sign_in("police")
    assert " checked" not in (await client.get(f"{path}/new")).text.split('name="people"')[1].split('name="day"')[0]
    mother, father = (ref(one.id) for one in others)
    form = {"kind": "R.NOCONTACT", "day": "9/3/2027", "apart": mother, "note": "No contact with her"}
    refused = await client.submit(path, form)
    assert (
        refused.status_code == 422 and "Choose who it is for" in refused.text and "No contact with her" in refused.text
    )
    assert (await client.submit(path, form | {"people": father})).status_code == 303
    assert await rows(session, "SELECT person_id FROM intervention_person") == [(others[1].id,)]
    assert await rows(session, "SELECT count(*) FROM intervention_apart") == [(1,)]


async def test_an_empty_quick_entry_names_what_is_missing(path: str, browser: Make) -> None:
    client = await browser().sign_in("health")
    answer = await client.submit(f"{path}/interventions", {"kind": "", "people": "", "day": "", "starts": ""})
    assert answer.status_code == 422 and "Choose one from the list" not in answer.text
    for sentence in ("Choose what it is", "Choose who it is for"):
        assert sentence in answer.text
