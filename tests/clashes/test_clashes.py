"""That a clash is found in the Hub’s own records, closed, answered, reopened, and shown to nobody who may not know."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.absences.tables import Deputy
from hub.calendars.busy import busy_of
from hub.clashes.jobs import check_all, check_changed, close_past
from hub.clashes.together import free_times
from hub.ids import new_id, ref
from hub.interventions import changes as interventions
from hub.interventions.plans import Planned
from hub.interventions.rules import Status, When
from hub.interventions.series import settle_time
from hub.london import from_london, london
from hub.people import changes as people
from hub.sharing.changes import admit
from tests.conftest import Browser, Maker, rows
from tests.makers import NOW, World, make_case, make_person, make_visit

Make = Callable[[], Browser]


async def _household(session: AsyncSession, world: World) -> tuple[Any, Any, Any]:
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
    first = await make_visit(session, world, case, mother, by="council", start=SOON)
    second = await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON + timedelta(hours=5))
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
        await make_visit(session, world, case, child, by=slug, start=SOON)
    await session.commit()
    await check_changed(maker)
    await session.execute(text("UPDATE intervention SET starts_at = '2020-01-01', ends_at = '2020-01-01'"))
    await session.commit()
    assert await close_past(maker) == 1


async def test_it_is_answered_once_and_whoever_may_not_see_all_of_it_sees_nothing(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    other_case = await make_case(session, world, person=mother, agencies=("council", "probation"))
    await admit(session, agency_id=world.id("probation"), case_id=other_case.id, by=world.viewer("council"), at=NOW)
    await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON)
    await make_visit(session, world, other_case, mother, by="probation", kind="V.PROB", start=SOON)
    await session.commit()
    await check_changed(maker)
    clash = (await rows(session, "SELECT id FROM clash"))[0][0]
    path, board = f"/clashes/{ref(clash)}", f"/cases/{ref(case.id)}/week?from=2027-03-09"
    police, council = await browser().sign_in("police"), await browser().sign_in("council")
    assert (await police.get(path)).status_code == 404
    assert "Clash" not in (await police.get(board)).text
    assert (await council.get(path)).status_code == 200
    assert (await council.submit(path, {"disposition": "accept", "reason": ""})).status_code == 422
    assert (await council.submit(path, {"disposition": "joint-visit"})).status_code == 303
    assert (await council.submit(path, {"disposition": "align"})).status_code == 409
    assert "Go together" in (await council.get(path)).text


async def test_an_answer_is_reopened_when_a_record_moves_and_kept_as_history(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON)
    ours = await make_visit(session, world, case, mother, by="health", start=SOON)
    await session.commit()
    await check_changed(maker)
    clash = (await rows(session, "SELECT id FROM clash"))[0][0]
    path = f"/clashes/{ref(clash)}"
    council = await browser().sign_in("council")
    page = (await council.get(path)).text
    assert "Council" in page and "fall on the same day" in page
    colleague = ref(world.workers["health"].id)
    assert "Answer a clash" in (await council.get("/my-work")).text, (
        "whoever answers for the case, while nobody is named"
    )
    stranger = ref(world.workers["school"].id)
    assert (await council.submit(f"{path}/give", {"worker": stranger})).status_code == 422
    assert (await council.submit(f"{path}/give", {"worker": colleague})).status_code == 303
    assert await rows(session, "SELECT kind, worker_id FROM notice WHERE subject_id = :id", id=clash) == [
        ("clash-given", world.workers["health"].id)
    ]
    assert "Answer a clash" not in (await council.get("/my-work")).text
    health = await browser().sign_in("health")
    assert "Answer a clash" in (await health.get("/my-work")).text
    answered = await council.submit(
        path, {"disposition": "accept", "reason": "They come for different things", "verdict": "not-useful"}
    )
    assert answered.status_code == 303
    planned = Planned(
        kind="V.HV",
        people=[mother.id],
        when=When(SOON + timedelta(hours=2), SOON + timedelta(hours=3), whole_days=False),
    )
    await interventions.change(
        session, ours, planned, case_people=[mother.id], by=world.viewer("health"), at=clock.now()
    )
    await session.commit()
    await check_changed(maker)
    await session.commit()
    assert await rows(session, "SELECT answered_at, closed_at FROM clash") == [(None, None)]
    page = (await council.get(path)).text
    assert "Answered before" in page and "They come for different things" in page
    measured = (await council.get("/insight/clashes")).text
    assert "0 of 1" in measured


async def test_a_booking_that_brings_together_who_must_be_kept_apart_is_refused_but_for_a_leader_with_a_reason(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    condition = Planned(
        kind="R.NOCONTACT", people=[mother.id], when=When(NOW, None, whole_days=True), apart=[(mother.id, child.id)]
    )
    await interventions.record_intervention(
        session,
        case_id=case.id,
        planned=condition,
        case_people=[mother.id, child.id],
        by=world.viewer("police"),
        at=NOW,
    )
    await session.commit()
    path = f"/cases/{ref(case.id)}/interventions"
    booked = {
        "kind": "P.CONTACT", "people": [ref(mother.id), ref(child.id)], "day": "2027-03-09", "starts": "10:00",
    }  # fmt: skip
    health = await browser().sign_in("health")
    refused = await health.submit(path, booked)
    assert refused.status_code == 422 and "People who must be kept apart" in refused.text
    assert "Only a team leader can let this stand" in refused.text and "If it must stand: why" not in refused.text
    assert await rows(session, "SELECT count(*) FROM intervention WHERE kind = 'P.CONTACT'") == [(0,)]
    with_reason = booked | {"override": "The court allows this one contact"}
    assert (await health.submit(path, with_reason)).status_code == 422
    await session.execute(
        text("UPDATE worker SET roles = '{frontline,leader}' WHERE id = :id"), {"id": world.workers["health"].id}
    )
    await session.commit()
    assert "If it must stand: why" in (await health.submit(path, booked)).text
    short = await health.submit(path, booked | {"override": "It is ok"})
    assert short.status_code == 422 and "This reason is too short" in short.text
    assert (await health.submit(path, with_reason)).status_code == 303
    assert await rows(session, "SELECT rule, disposition FROM clash") == [("R10", "accept")]


async def test_what_must_be_kept_apart_is_not_let_stand_by_answering_it_instead(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    who = [mother.id, child.id]
    given = {"case_id": case.id, "case_people": who, "by": world.viewer("police"), "at": NOW}
    # The visit is there first: a condition that comes later finds it, and nothing could refuse it.
    visit = Planned(kind="P.CONTACT", people=who, when=When(SOON, SOON + timedelta(hours=1), whole_days=False))
    condition = Planned(
        kind="R.NOCONTACT", people=[mother.id], when=When(NOW, None, whole_days=True), apart=[(mother.id, child.id)]
    )
    for planned in (visit, condition):
        await interventions.record_intervention(session, planned=planned, **given)
    await session.commit()
    await check_changed(maker)
    await session.commit()
    [(clash,)] = await rows(session, "SELECT id FROM clash WHERE rule = 'R10'")
    path, why = f"/clashes/{ref(clash)}", "The court allows this one contact"
    health = await browser().sign_in("health")
    page = (await health.get(path)).text
    offered = re.findall(r'name="disposition"[^>]*value="([^"]+)"', page)
    assert sorted(offered) == ["keep-apart", "re-time", "sequence"] and "Only a team leader can let this stand" in page
    for one in ("align", "joint-visit", "merge", "accept"):
        refused = await health.submit(path, {"disposition": one, "reason": why})
        assert refused.status_code == 422 and "Only a team leader can let this stand. Move one" in refused.text
    await session.execute(
        text("UPDATE worker SET roles = '{frontline,leader}' WHERE id = :id"), {"id": world.workers["health"].id}
    )
    await session.commit()
    assert (await health.submit(path, {"disposition": "align", "reason": "ok"})).status_code == 422
    assert (await health.submit(path, {"disposition": "align", "reason": why})).status_code == 303
    assert await rows(session, "SELECT disposition FROM clash WHERE rule = 'R10'") == [("align",)]
    council = await browser().sign_in("council")
    page = (await council.get(path)).text
    again = re.search(r'name="again" value="([^"]+)"', page)
    assert "Answer it again" in page and again
    over = {"disposition": "accept", "reason": why, "again": again[1]}
    assert (await council.submit(path, over)).status_code == 422, "nor by correcting the answer"


async def test_an_answer_can_be_corrected_and_the_first_stays_as_history(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON)
    await make_visit(session, world, case, mother, by="health", start=SOON)
    await session.commit()
    await check_changed(maker)
    await session.commit()
    [(clash,)] = await rows(session, "SELECT id FROM clash")
    path = f"/clashes/{ref(clash)}"
    health = await browser().sign_in("health")
    assert (await health.submit(path, {"disposition": "align"})).status_code == 303
    page = (await health.get(path)).text
    again = re.search(r'name="again" value="([^"]+)"', page)
    assert "Answer it again" in page and again
    correction = {"disposition": "re-time", "again": again[1]}
    assert (await health.submit(path, correction)).status_code == 303
    assert (await health.submit(path, {"disposition": "merge", "again": again[1]})).status_code == 409
    page = (await health.get(path)).text
    assert "Answered: Move one to another day" in page and "Answered before: Align" in page
    assert "Answered again" in page and "The records changed" not in page
    assert await rows(session, "SELECT disposition FROM clash") == [("re-time",)]


async def test_what_clashes_again_tells_of_the_time_before(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON)
    ours = await make_visit(session, world, case, mother, by="health", start=SOON)
    await session.commit()
    await check_changed(maker)
    health = await browser().sign_in("health")
    [(before,)] = await rows(session, "SELECT id FROM clash")
    assert (await health.submit(f"/clashes/{ref(before)}", {"disposition": "re-time"})).status_code == 303
    for days in (1, 0):
        start = SOON + timedelta(days=days)
        planned = Planned(
            kind="V.HV", people=[mother.id], when=When(start, start + timedelta(hours=1), whole_days=False)
        )
        await interventions.change(
            session, ours, planned, case_people=[mother.id], by=world.viewer("health"), at=clock.now()
        )
        await session.commit()
        await check_changed(maker)
        await session.commit()
    [(now,)] = await rows(session, "SELECT id FROM clash WHERE closed_at IS NULL")
    assert now != before
    page = (await health.get(f"/clashes/{ref(now)}")).text
    assert "The same clashed before" in page and f"/clashes/{ref(before)}" in page
    assert "answered “Move one to another day”" in page and "and over" in page
    page = (await health.get(f"/clashes/{ref(before)}")).text
    assert "The same clashed again" in page and f"/clashes/{ref(now)}" in page
    assert "The same clashed before" not in page and "Answer it again" not in page


async def test_the_police_are_never_stopped(world: World, session: AsyncSession) -> None:
    case, mother, child = await _household(session, world)
    people_of_it = [mother.id, child.id]
    condition = Planned(
        kind="R.DVPO",
        people=people_of_it,
        when=When(NOW, None, whole_days=True),
        apart=[(people_of_it[0], people_of_it[1])],
    )
    given = {"case_id": case.id, "case_people": people_of_it, "by": world.viewer("police"), "at": NOW}
    await interventions.record_intervention(session, planned=condition, **given)
    for kind in ("V.POL", "E.ARREST"):
        when = When(SOON, SOON + timedelta(hours=1), whole_days=False)
        await interventions.record_intervention(
            session, planned=Planned(kind=kind, people=people_of_it, when=when), **given
        )


async def test_what_comes_with_time_alone_is_found_by_night_once(
    maker: Maker, world: World, session: AsyncSession
) -> None:
    today = clock.today()
    grown = today + timedelta(days=30)
    born = date(grown.year - 18, grown.month, min(grown.day, 28))
    child = await make_person(session, born=born.isoformat())
    await make_case(session, world, person=child)
    await session.commit()
    assert await check_all(maker, at=clock.now()) == 1
    assert await check_all(maker, at=clock.now()) == 1
    assert await rows(session, "SELECT rule, closed_at FROM clash") == [("R34", None)]
    assert await rows(session, "SELECT fact, intervention_id FROM clash_intervention") == [("X.TURN18", None)]


async def test_two_series_that_meet_every_week_are_one_clash(maker: Maker, world: World, session: AsyncSession) -> None:
    case, mother, child = await _household(session, world)
    start = clock.now() + timedelta(days=1)
    for slug, person in (("council", mother), ("health", child)):
        planned = Planned(
            kind="V.HV",
            people=[person.id],
            when=When(start, start + timedelta(hours=1), whole_days=False),
            repeats="FREQ=WEEKLY",
        )
        await interventions.record_intervention(
            session, case_id=case.id, planned=planned, case_people=[person.id], by=world.viewer(slug), at=clock.now()
        )
    await session.commit()
    await check_changed(maker)
    assert await rows(session, "SELECT rule FROM clash") == [("R05",)]


async def test_a_rule_is_changed_by_a_leader_with_a_reason_and_its_history_told(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    health = await browser().sign_in("health")
    path, change = "/insight/clashes/R05", {"state": "quiet", "severity": "low", "reason": "Too many of them here"}
    assert (await health.submit(path, change)).status_code == 403
    await session.execute(
        text("UPDATE worker SET roles = '{frontline,leader}' WHERE id = :id"), {"id": world.workers["health"].id}
    )
    await session.commit()
    assert (await health.submit(path, change | {"reason": ""})).status_code == 422
    assert (await health.submit("/insight/clashes/R10", change)).status_code == 422
    assert (await health.submit("/insight/clashes/R99", change)).status_code == 404
    assert (await health.submit(path, change)).status_code == 303
    assert "state from on to quiet" in (await health.get(path)).text
    days = {"state": "on", "severity": "high", "days": "60", "reason": "Ninety days is too long"}
    assert (await health.submit("/insight/clashes/R02", days)).status_code == 303
    assert await rows(session, "SELECT severity, days FROM clash_rule WHERE rule = 'R02'") == [(None, 60)]
    case, mother, child = await _household(session, world)
    await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON)
    await make_visit(session, world, case, mother, by="health", start=SOON)
    await session.commit()
    await check_changed(maker)
    assert await rows(session, "SELECT severity FROM clash") == [("low",)]
    assert "Clash" not in (await health.get(f"/cases/{ref(case.id)}/week?from=2027-03-09")).text


async def test_the_export_is_fhir_and_holds_what_the_worker_may_see(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON)
    await make_visit(session, world, case, mother, by="health", start=SOON)
    await session.commit()
    await check_changed(maker)
    health, school = await browser().sign_in("health"), await browser().sign_in("school")
    made = (await health.get("/insight/clashes/export")).json()
    issue = made["entry"][0]["resource"]
    assert (made["resourceType"], issue["resourceType"], issue["severity"]) == ("Bundle", "DetectedIssue", "moderate")
    assert len(issue["implicated"]) == 2 and len(made["entry"]) == 3
    assert (await school.get("/insight/clashes/export")).json()["entry"] == []


async def test_one_visit_takes_the_place_of_two_when_the_other_agency_says_yes(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON)
    await make_visit(session, world, case, mother, by="health", start=SOON, hours=2)
    await session.commit()
    await check_changed(maker)
    clash = (await rows(session, "SELECT id FROM clash"))[0][0]
    path = f"/clashes/{ref(clash)}"
    health, police, council = [await browser().sign_in(slug) for slug in ("health", "police", "council")]
    times = re.findall(r'name="starts" value="([^"]+)"', (await health.get(path)).text)
    assert 2 <= len(times) <= 6
    assert "Propose one visit" not in (await council.get(path)).text
    assert (await health.submit(f"{path}/visit", {"starts": "2027-03-13T03:00:00+00:00"})).status_code == 422
    assert (await council.submit(f"{path}/visit", {"starts": times[0]})).status_code == 403
    assert (await health.submit(f"{path}/visit", {"starts": times[0]})).status_code == 303
    written = "SELECT kind, worker_id FROM notice WHERE kind LIKE 'visit-%' ORDER BY written_at, id"
    asked, answered = world.workers["police"].id, world.workers["health"].id
    assert await rows(session, written) == [("visit-proposed", asked)]
    assert "Answer a clash" in (await police.get("/my-work")).text
    assert (await council.submit(f"{path}/visit/answer", {"take": "true"})).status_code == 403
    assert (await health.submit(f"{path}/visit/answer", {"take": "true"})).status_code == 422
    assert (await police.submit(f"{path}/visit/answer", {"take": "true"})).status_code == 303
    assert (await police.submit(f"{path}/visit/answer", {"take": "true"})).status_code == 409
    left = "SELECT status, joint, count(*) FROM intervention GROUP BY 1, 2 ORDER BY 1"
    assert await rows(session, left) == [("cancelled", False, 2), ("planned", True, 1)]
    assert await rows(session, "SELECT disposition FROM clash") == [("joint-visit",)]
    assert await rows(session, written) == [("visit-proposed", asked), ("visit-answered", answered)]
    start = datetime.fromisoformat(times[0])
    taken = await busy_of(session, [asked, answered], start - timedelta(hours=1), start + timedelta(hours=3))
    assert taken == {one: [(start, start + timedelta(hours=2))] for one in (asked, answered)}, "nobody is booked twice"
    week = await police.get(f"/cases/{ref(case.id)}/week?from={london(start).date()}&as=table")
    assert "joint visit with Police, Police" in week.text
    await check_changed(maker)
    await session.commit()
    assert await rows(session, "SELECT count(*) FROM clash WHERE closed_at IS NULL") == [(0,)]


async def test_no_visit_is_proposed_while_either_is_away(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    police = await make_visit(session, world, case, child, by="police", kind="V.POL", start=SOON)
    health = await make_visit(session, world, case, mother, by="health", start=SOON)
    at = clock.now()
    until = london(at).date() + timedelta(days=9)
    session.add(
        Deputy(
            worker_id=police.worker_id, deputy_id=world.workers["council"].id, starts_on=london(at).date(),
            ends_on=until, named_by=police.worker_id, named_at=at,
        )
    )  # fmt: skip
    await session.flush()
    busy = await busy_of(session, [police.worker_id, health.worker_id], at, at + timedelta(weeks=3))
    times = free_times(busy, timedelta(hours=1), at=at)
    assert times and min(london(one).date() for one in times) > until


async def test_one_visit_takes_the_place_of_one_time_of_each_of_two_series(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    first, second = (from_london(london(clock.now()).date() + timedelta(days=days), 10) for days in (3, 10))
    police = await make_visit(
        session, world, case, child, by="police", kind="V.POL", start=first, repeats="FREQ=WEEKLY"
    )
    health = await make_visit(session, world, case, mother, by="health", start=first, repeats="FREQ=WEEKLY")
    await session.commit()
    await check_changed(maker)
    clash = (await rows(session, "SELECT id FROM clash"))[0][0]
    path = f"/clashes/{ref(clash)}"
    nurse, officer = [await browser().sign_in(slug) for slug in ("health", "police")]
    cancelled = "SELECT intervention_id, of_at FROM intervention_time WHERE status = 'cancelled' ORDER BY of_at, 1"
    replaced: list[tuple[object, ...]] = []
    for time in (first, second):  # once it is settled for one week the clash stands for the next
        page = (await nurse.get(path)).text
        assert "Other times of a series stay as they are" in page
        starts = re.findall(r'name="starts" value="([^"]+)"', page)[0]
        assert (await nurse.submit(f"{path}/visit", {"starts": starts})).status_code == 303
        assert "Other times of a series stay as they are" in (await officer.get(path)).text
        assert (await officer.submit(f"{path}/visit/answer", {"take": "true"})).status_code == 303
        replaced += sorted((one, time) for one in (police.id, health.id))
        assert await rows(session, cancelled) == replaced
        await check_changed(maker)
        await session.commit()
        assert await rows(session, "SELECT disposition, closed_at FROM clash") == [(None, None)]
    assert await rows(session, "SELECT count(*) FROM intervention WHERE joint AND status = 'planned'") == [(2,)]


async def test_a_time_that_was_moved_away_meanwhile_is_not_replaced(
    maker: Maker, browser: Make, world: World, session: AsyncSession
) -> None:
    case, mother, child = await _household(session, world)
    first = from_london(london(clock.now()).date() + timedelta(days=3), 10)
    series = await make_visit(
        session, world, case, child, by="police", kind="V.POL", start=first, repeats="FREQ=WEEKLY"
    )
    await make_visit(session, world, case, mother, by="health", start=first)
    await session.commit()
    await check_changed(maker)
    clash = (await rows(session, "SELECT id FROM clash"))[0][0]
    path = f"/clashes/{ref(clash)}"
    nurse, officer = [await browser().sign_in(slug) for slug in ("health", "police")]
    starts = re.findall(r'name="starts" value="([^"]+)"', (await nurse.get(path)).text)[0]
    assert (await nurse.submit(f"{path}/visit", {"starts": starts})).status_code == 303
    await settle_time(
        session,
        series,
        first,
        status=Status.cancelled,
        reason="They are away",
        by=world.viewer("police"),
        at=clock.now(),
    )
    await session.commit()
    assert "can only be refused or taken back" in (await officer.get(path)).text
    assert (await officer.submit(f"{path}/visit/answer", {"take": "true"})).status_code == 409
    assert (await officer.submit(f"{path}/visit/answer", {"take": "false"})).status_code == 303
    assert await rows(session, "SELECT count(*) FROM intervention WHERE joint") == [(0,)]


def test_common_times_lie_in_working_hours_and_leave_time_to_travel() -> None:
    friday = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
    monday = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
    free = free_times(
        {new_id(): [(monday + timedelta(hours=1), monday + timedelta(hours=6))], new_id(): []},
        timedelta(hours=1),
        at=friday,
    )
    assert free[:2] == [monday + timedelta(hours=6, minutes=30), monday + timedelta(days=1)]
    assert len(free) == 6 and all(9 <= time.hour < 17 and time.weekday() < 5 for time in free)
