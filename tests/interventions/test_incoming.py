"""What agencies' systems push: recorded, changed, ended, or kept for a person to place; and nothing said of anybody."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from hub.ids import ref
from hub.interventions.incoming import faults
from hub.people.identifiers import check
from hub.referrals import hooks
from hub.referrals.jobs import open_envelopes
from tests.conftest import Browser, Maker, rows
from tests.makers import NOW, World, make_case, make_person
from tests.referrals.test_hooks import System

Make = Callable[[], Browser]
NUMBER = "9990000018"


def message(number: int = 1, *, what: str = "submitted", **data: Any) -> dict[str, Any]:
    told = {
        "interventionId": "OASIS-77",
        "sequence": number,
        "kind": "P.PROB",
        "people": [{"identifiers": [{"system": "nhs-number", "value": NUMBER}], "name": {"given": ["Ayo"], "family": "Testcase"}, "birthDate": "2016-05-14"}],
        "start": "2026-03-12T10:00",
        "end": "2026-03-12T10:30",
        "rrule": "FREQ=WEEKLY",
        "mandatory": True,
        "place": {"text": "Probation office"},
    }  # fmt: skip
    return {
        "specversion": "1.0",
        "id": f"MSG-{number}",
        "source": "urn:agency",
        "type": f"hub.intervention.{what}.v1",
        "time": "2026-03-10T10:00:00Z",
        "data": told | data,
    }


@pytest.fixture(autouse=True)
def _full_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_from_source", "_from_address"):
        monkeypatch.setattr(hooks, name, hooks.Bucket(600, 100))


@pytest.fixture
def system(browser: Make, world: World) -> System:
    client = browser()
    del client.headers["sec-fetch-site"]
    return System(client, world.system_source, world.system_secret)


async def known(session: AsyncSession, world: World) -> Any:
    from datetime import date

    person = await make_person(session, identifiers=[(NUMBER, check("nhs-number", NUMBER, today=date(2026, 3, 10)))])
    case = await make_case(session, world, person=person)
    await session.commit()
    return case


async def push(system: System, maker: Maker, event: dict[str, Any], status: int = 202) -> Any:
    answer = await system.post(json.dumps(event).encode(), event["id"])
    assert answer.status_code == status, answer.text
    await open_envelopes(maker)
    return answer.json()


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"start": "yesterday"}, "/data/start"),
        ({"rrule": "FREQ=HOURLY"}, "/data/rrule"),
        ({"people": []}, "/data/people"),
        ({"kind": "X.MARAC"}, "/data/kind"),
        ({"hours": {"from": "25:00", "to": "07:00"}}, "/data/hours/from"),
        ({"apart": [[0, 5]]}, "/data/apart/0"),
        ({"exdates": ["never"]}, "/data/exdates/0"),
    ],
)
def test_what_is_no_such_event_is_said_by_place_and_rule(changed: dict[str, Any], pointer: str) -> None:
    assert [fault.pointer for fault in faults(message(**changed), "MSG-1")] == [pointer]
    assert not faults(message(), "MSG-1")


async def test_it_is_recorded_changed_and_ended_and_an_older_message_changes_nothing(
    system: System,
    maker: Maker,
    world: World,
    session: AsyncSession,
) -> None:
    case = await known(session, world)
    receipt = await push(system, maker, message())
    assert receipt["state"] == "received"
    found = await rows(session, "SELECT kind, repeats, mandatory, source, case_id, place FROM intervention")
    assert found == [("P.PROB", "FREQ=WEEKLY", True, "pushed", case.id, "Probation office")]
    await push(system, maker, message(3, what="changed", place={"text": "Library"}))
    await push(system, maker, message(2, what="changed", place={"text": "Town hall"}))
    await push(system, maker, message(3, what="changed", place={"text": "Library"}), status=200)
    assert await rows(session, "SELECT place, their_sequence FROM intervention") == [("Library", 3)]
    assert await rows(session, "SELECT state FROM envelope ORDER BY revision") == [
        ("received",),
        ("superseded",),
        ("received",),
    ]
    await push(system, maker, message(4, what="ended", status="cancelled", reason="Order revoked"))
    assert await rows(session, "SELECT status, ended_reason FROM intervention") == [("cancelled", "Order revoked")]


async def test_codes_that_we_do_not_know_are_kept_and_shown(
    system: System,
    maker: Maker,
    world: World,
    session: AsyncSession,
    browser: Make,
) -> None:
    await known(session, world)
    await push(system, maker, message(kind="Q.NEW", level="gold", status="pending", rrule=""))
    ((made, kind, sent),) = await rows(session, "SELECT id, kind, as_sent FROM intervention")
    assert kind == "Q.NEW" and sent == {"level": "gold", "status": "pending"}
    page = (await (await browser().sign_in("police")).get(f"/interventions/{ref(made)}")).text
    assert "Q.NEW (not in our list" in page and "gold" in page


async def test_what_cannot_be_placed_waits_for_a_leader_of_its_own_agency(
    system: System,
    maker: Maker,
    world: World,
    session: AsyncSession,
    browser: Make,
) -> None:
    receipt = await push(system, maker, message())
    assert receipt["state"] == "received"
    ((waiting, reason),) = await rows(session, "SELECT id, reason FROM unplaced_intervention")
    assert reason == "nobody" and await rows(session, "SELECT 1 FROM intervention") == []
    case = await make_case(session, world, person=await make_person(session, "Someone", "Else"))
    for slug in ("police", "council"):
        world.workers[slug].roles = ["leader"]
        session.add(world.workers[slug])
    await session.commit()
    path = f"/unplaced-interventions/{ref(waiting)}"
    council = await browser().sign_in("council")
    assert "Everything that was sent" in (await council.get("/unplaced-interventions")).text
    for method in ("get", "submit"):
        for part in ("", "/place", "/set-aside"):
            if (method == "submit") == bool(part):
                answer = await (council.get(path) if method == "get" else council.submit(path + part, {}))
                assert answer.status_code == 404
    health = await browser().sign_in("health")
    assert (await health.get("/unplaced-interventions")).status_code == 403
    police = await browser().sign_in("police")
    assert "OASIS-77" in (await police.get("/unplaced-interventions")).text
    assert "There is no open case" in (await police.get(f"{path}?case=TV-NONE")).text
    page = (await police.get(f"{path}?case={case.reference}")).text
    person = page.split('name="people" type="checkbox" value="')[1].split('"')[0]
    answer = await police.submit(f"{path}/place", {"case": case.reference, "people": person})
    assert answer.status_code == 303 and "/interventions/" in answer.headers["location"]
    assert "Probation appointment" in (await police.get(answer.headers["location"])).text
    again = await police.submit(f"{path}/set-aside", {})
    assert again.status_code == 409
    await push(system, maker, message(2, what="changed", place={"text": "Library"}))
    assert await rows(session, "SELECT place FROM intervention") == [("Library",)]


async def test_a_person_in_two_open_cases_waits_too(
    system: System,
    maker: Maker,
    world: World,
    session: AsyncSession,
) -> None:
    from hub.people.changes import involve

    await known(session, world)
    other = await make_case(session, world, person=await make_person(session, "Bo", "Second"))
    ((person,),) = await rows(
        session,
        "SELECT i.person_id FROM involvement i JOIN person p ON p.id = i.person_id WHERE p.family_name = 'Testcase'",
    )
    await involve(session, person_id=person, roles=["sibling"], case_id=other.id, at=NOW)
    await session.commit()
    await push(system, maker, message())
    assert await rows(session, "SELECT reason FROM unplaced_intervention") == [("several-cases",)]


async def test_what_waits_tells_the_newest_and_one_that_ended_says_so_and_is_placed_as_ended(
    system: System,
    maker: Maker,
    world: World,
    session: AsyncSession,
    browser: Make,
) -> None:
    case = await make_case(session, world, person=await make_person(session, "Someone", "Else"))
    world.workers["police"].roles = ["leader"]
    session.add(world.workers["police"])
    await session.commit()
    await push(system, maker, message(rrule=""))
    await push(system, maker, message(2, what="changed", start="2026-03-13T11:00", end="2026-03-13T11:30", rrule=""))
    ((waiting,),) = await rows(session, "SELECT id FROM unplaced_intervention")
    path = f"/unplaced-interventions/{ref(waiting)}"
    police = await browser().sign_in("police")
    page = (await police.get(path)).text
    assert "2026-03-13T11:00" in page and "2026-03-12" not in page and "has ended it" not in page
    await push(system, maker, message(3, what="ended", status="cancelled", reason="Order revoked", rrule=""))
    late = message(2, what="changed", start="2026-03-14T11:00", rrule="") | {"id": "MSG-late"}
    await push(system, maker, late)
    for address in (path, "/unplaced-interventions"):
        page = (await police.get(address)).text
        assert "Cancelled: Order revoked" in page, address
    page = (await police.get(f"{path}?case={case.reference}")).text
    person = page.split('name="people" type="checkbox" value="')[1].split('"')[0]
    placed = await police.submit(f"{path}/place", {"case": case.reference, "people": person})
    assert placed.status_code == 303
    assert await rows(session, "SELECT status, ended_reason FROM intervention") == [("cancelled", "Order revoked")]


async def test_a_message_that_breaks_its_reader_does_not_hold_up_those_after_it(
    system: System, maker: Maker, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise OverflowError

    with monkeypatch.context() as patch:
        patch.setattr("hub.interventions.incoming.read", breaks)
        await push(system, maker, message(1))
    await push(system, maker, message(2, what="changed"))
    assert await rows(session, "SELECT trouble FROM envelope ORDER BY received_at") == [("OverflowError",), ("",)]
    assert await rows(session, "SELECT their_sequence FROM unplaced_intervention") == [(2,)]
