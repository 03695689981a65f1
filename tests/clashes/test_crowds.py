"""That a crowd of contacts is one clash while it lasts, and tells the figures that the partnership has chosen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.cases.tables import Case
from hub.clashes import changes
from hub.clashes.jobs import check_people
from hub.clashes.rules import Disposition
from hub.clashes.tables import Clash
from hub.ids import ref
from hub.interventions import changes as interventions
from hub.interventions.rules import Status
from hub.interventions.series import settle_time
from hub.interventions.tables import Intervention
from hub.london import from_london, london
from hub.people.tables import Person
from tests.conftest import Browser, Maker, rows
from tests.makers import World, make_case, make_person, make_visit

Make = Callable[[], Browser]
AGENCIES = ("council", "health", "police")


def _in_days(days: int) -> datetime:
    return from_london(london(clock.now()).date() + timedelta(days=days), 10)


async def _visits(
    session: AsyncSession, world: World, days: range, **given: Any
) -> tuple[Case, Person, list[Intervention]]:
    """A visit on each of some days from today, by three agencies in turn."""
    person = await make_person(session, "Tola")
    case = await make_case(session, world, person=person)
    made = [
        await make_visit(session, world, case, person, by=AGENCIES[day % 3], start=_in_days(day), **given)
        for day in days
    ]
    await session.flush()
    return case, person, made


async def _answered(session: AsyncSession, world: World, case: Case, at: datetime) -> Clash:
    clash = await session.get_one(Clash, (await rows(session, "SELECT id FROM clash WHERE closed_at IS NULL"))[0][0])
    await changes.answer(
        session, clash, case_id=case.id, disposition=Disposition.sequence, reason="", by=world.viewer("council"), at=at
    )
    await session.flush()
    return clash


STANDS = "SELECT disposition, closed_at FROM clash"


async def test_a_crowd_keeps_its_answer_while_its_days_go_by(world: World, session: AsyncSession) -> None:
    case, person, visits = await _visits(session, world, range(1, 11))
    await check_people(session, [person.id], at=_in_days(0))
    clash = await _answered(session, world, case, _in_days(0))
    assert (clash.rule, clash.falls_at) == ("R06", visits[0].starts_at), "it falls with the next of it that lies ahead"
    done = {"status": Status.done, "reason": "", "by": world.viewer("health")}
    await interventions.end(session, visits[0], **done, at=_in_days(1) + timedelta(hours=2))
    await check_people(session, [person.id], at=_in_days(9))
    await session.flush()
    assert str(visits[0].id) not in clash.key, "what is over for a week is no part of it any more"
    assert clash.falls_at == visits[8].starts_at
    assert await rows(session, STANDS) == [("sequence", None)]


async def test_a_crowd_to_which_more_comes_is_the_same_and_is_asked_again(world: World, session: AsyncSession) -> None:
    case, person, _ = await _visits(session, world, range(1, 8))
    await check_people(session, [person.id], at=_in_days(0))
    clash = await _answered(session, world, case, _in_days(0))
    await make_visit(session, world, case, person, by="police", start=_in_days(9))
    await check_people(session, [person.id], at=_in_days(0))
    await session.flush()
    assert await rows(session, STANDS) == [(None, None)]
    assert await rows(session, "SELECT count(*) FROM clash_intervention WHERE clash_id = :id", id=clash.id) == [(8,)]
    assert await rows(session, "SELECT count(*) FROM event WHERE kind = 'clash:found'") == [(1,)]


async def test_what_is_left_of_a_crowd_from_which_one_was_called_off_waits_for_an_answer(
    world: World, session: AsyncSession
) -> None:
    case, person, visits = await _visits(session, world, range(1, 10))
    await check_people(session, [person.id], at=_in_days(0))
    await _answered(session, world, case, _in_days(0))
    off = {"status": Status.cancelled, "reason": "We wait until May", "by": world.viewer("health")}
    await interventions.end(session, visits[8], **off, at=_in_days(0))
    await check_people(session, [person.id], at=_in_days(0))
    await session.flush()
    assert sorted(await rows(session, "SELECT answered_at IS NULL, closed_at IS NULL FROM clash")) == [
        (False, False),
        (True, True),
    ]


async def test_that_a_time_of_a_series_took_place_does_not_reopen_an_answer(
    world: World, session: AsyncSession
) -> None:
    case, person, visits = await _visits(session, world, range(1, 7), repeats="FREQ=WEEKLY")
    await check_people(session, [person.id], at=_in_days(0))
    await _answered(session, world, case, _in_days(0))
    told = {"reason": "They are away", "by": world.viewer("health"), "at": _in_days(2)}
    await settle_time(session, visits[0], _in_days(1), status=Status.done, **told)
    await check_people(session, [person.id], at=_in_days(2))
    await session.flush()
    assert await rows(session, STANDS) == [("sequence", None)]
    await settle_time(session, visits[0], _in_days(8), status=Status.cancelled, **told)
    await check_people(session, [person.id], at=_in_days(2))
    await session.flush()
    assert await rows(session, STANDS) == [(None, None)]


async def test_every_page_tells_a_rule_with_the_figures_that_the_partnership_has_chosen(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    await session.execute(
        text("UPDATE worker SET roles = '{frontline,leader}' WHERE id = :id"), {"id": world.workers["council"].id}
    )
    case, person, _ = await _visits(session, world, range(1, 12, 2))
    await session.commit()
    council = await browser().sign_in("council")
    longer = {"state": "on", "severity": "medium", "days": "14", "reason": "A fortnight is how we plan here"}
    assert (await council.submit("/insight/clashes/R06", longer)).status_code == 303
    await check_people(session, [person.id], at=clock.now())
    await session.commit()
    clash = ref((await rows(session, "SELECT id FROM clash"))[0][0])
    title = "6 or more contacts in 14 days from 3 or more agencies"
    pages = [
        f"/clashes/{clash}",
        f"/cases/{ref(case.id)}",
        f"/cases/{ref(case.id)}/week?from={london(_in_days(1)).date()}",
        "/my-work",
        "/insight/clashes",
        "/insight/clashes/R06",
        "/insight/clashes/export",
    ]
    for path in pages:
        page = (await council.get(path)).text
        assert title in page and "contacts in 7 days" not in page, path
    assert title.replace("6 or", "found a clash: 6 or") in (await council.get(f"/cases/{ref(case.id)}/history")).text
    assert "6 within 14 days for Tola" in (await council.get(f"/clashes/{clash}")).text
