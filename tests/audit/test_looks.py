"""No page about anybody goes unwritten, each is one entry, and those who answer for it can read who has looked."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import changes as actions
from hub.actions.changes import Assigned
from hub.agencies.queries import system_by_source
from hub.agencies.tables import Worker
from hub.audit.rules import Look, looked_at, page_in_words
from hub.calendars.queries import token_of
from hub.cases.changes import name_accountable
from hub.cases.tables import Accountability, Case
from hub.chronology.tables import Contradiction
from hub.clashes.tables import Clash, ClashIntervention
from hub.clock import now
from hub.decisions import changes as decisions
from hub.events.changes import record
from hub.events.rules import LOOKS, Kind
from hub.handovers import changes as handovers
from hub.handovers.queries import holdings
from hub.handovers.rules import Reason
from hub.ids import new_id, ref
from hub.interventions.tables import InterventionImport, UnplacedIntervention
from hub.minutes import changes as minutes
from hub.minutes.changes import Spoken
from hub.minutes.closing import make_letter
from hub.people.tables import Person
from hub.problems.changes import ask_for_framings, restate, write_framing
from hub.referrals.tables import Referral
from hub.sharing import changes as sharing
from hub.sharing import queries as seats
from hub.sharing.tables import CircleSeat
from tests.calling.makers import make_sitting
from tests.conferences.test_conferences import schedule
from tests.conftest import Browser, rows
from tests.deciding.test_dissent import DECIDED
from tests.escalations.test_escalations import make_escalation
from tests.house.test_routes import ALL
from tests.makers import NOW, World, make_case, make_contribution, make_person, make_visit, make_worker
from tests.outcomes.test_outcomes import agreed
from tests.requests.test_requests import make_request
from tests.said.test_said import make_spoken

Make = Callable[[], Browser]


@dataclass
class Furnished:
    """One of everything, and how each is called in addresses."""

    case: Case
    person: Person
    refs: dict[str, str] = field(default_factory=dict)


NOT_MADE = ("batch", "certificate", "declared", "item", "dissent", "deputy", "label", "reply", "line", "spoken")
"""What has no example here is asked for by an address that names nothing."""


async def one_of_everything(session: AsyncSession, world: World) -> Furnished:
    """Who adds a route about something new makes one of it here, under the name it has in the route."""
    from hub.outcomes import changes as outcomes

    person = await make_person(session)
    case = await make_case(session, world, person=person)
    by = world.viewer("council")
    named = await name_accountable(
        session,
        case_id=case.id,
        subject_type="case",
        subject_id=case.id,
        worker_id=by.worker_id,
        by=world.viewer("health"),
        at=NOW,
    )
    visit = await make_visit(session, world, case, person)
    clash = Clash(id=new_id(), key="k", rule="R05", severity="critical", people=[person.id], found_at=NOW)
    session.add(clash)
    await session.flush()
    session.add(ClashIntervention(clash_id=clash.id, intervention_id=visit.id, case_id=case.id))
    referral = Referral(
        reference="R-1", agency_id=world.id("health"), their_reference="1", revision=1, received_at=NOW, sent_at=NOW,
        sector="health", referrer_name="…", urgency="routine", summary="…", respond_by=NOW,
    )  # fmt: skip
    session.add(referral)
    await session.flush()
    session.add(CircleSeat(referral_id=referral.id, agency_id=by.agency_id, admitted_at=NOW))
    made = {
        "case": case.id,
        "person": person.id,
        "family": case.family_id,
        "accountability": named.id,
        "intervention": visit.id,
        "clash": clash.id,
        "referral": referral.id,
        "agency": by.agency_id,
        "contribution": (await make_contribution(session, world, case, by="council")).id,
        "conference": (await schedule(session, world, case)).id,
        "outcome": (await outcomes.agree(session, case_id=case.id, agreed=agreed(world), by=by, at=NOW)).id,
        "action": (
            await actions.assign(
                session,
                case_id=case.id,
                conference_id=None,
                assigned=Assigned("Ring the school", world.workers["council"], NOW.date()),
                by=by,
                at=NOW,
            )
        ).id,
    }
    colleague = await make_worker(session, world.agencies["council"], "colleague")
    held = (await holdings(session, [by.worker_id]))[by.worker_id]
    handover = await handovers.offer(
        session, world.workers["council"], to=colleague, chosen=held, reason=Reason.leaving,
        overlap_until=NOW.date() + timedelta(days=14), by=by, at=NOW,
    )  # fmt: skip
    made |= {"colleague": colleague.id, "handover": handover.id} | await _differences(session, world, case, person)
    made |= await _brought(session, world)
    made |= await _held(session, world, case)
    await session.flush()
    refs = {name: ref(UUID(str(made_id))) for name, made_id in made.items()}
    refs["sitting"] = ref((await make_sitting(session, world))[0].id)
    refs |= {"code": "marac", "rule": "R05", "token": token_of(by.worker_id, 1)}
    refs |= {name: ref(new_id()) for name in NOT_MADE if name not in refs}
    return Furnished(case, person, refs | {"kind": "refused"})


async def _held(session: AsyncSession, world: World, case: Case) -> dict[str, UUID]:
    """A conference that is over, with a line of its minutes and its letter."""
    by, at = world.viewer("council"), now()
    held = await schedule(session, world, case, at=at)
    await minutes.begin(session, held, by=by, at=at)
    spoken = Spoken(by.agency_id, "She was seen.")
    line = await minutes.write_line(session, held, spoken=spoken, runs=True, invited=[by.agency_id], by=by, at=at)
    held.state = "closed"
    await make_letter(session, held, by=by, at=at)
    return {"held": held.id, "line": line.id}


async def _differences(session: AsyncSession, world: World, case: Case, person: Person) -> dict[str, UUID]:
    """What agencies decide, ask one another and see differently."""
    by = world.viewer("council")
    emergency = await make_contribution(session, world, case, by="council", words="Ayo is at her gran’s.")
    emergency.emergency = True
    other = await make_contribution(session, world, case, by="council", words="Ayo is at home.")
    contradiction = Contradiction(
        case_id=case.id, one_source="contribution", one_id=emergency.thread_id, other_source="contribution",
        other_id=other.thread_id, about="Where she is", marked_by=by.worker_id, marked_at=NOW,
    )  # fmt: skip
    session.add(contradiction)
    decision = await decisions.decide(session, case_id=case.id, conference_id=None, decided=DECIDED, by=by, at=NOW)
    asked = await make_request(session, world, case, person.id, ask=("council",), by="health")
    round_ = await ask_for_framings(session, case, reason="", clocks={}, by=by, at=NOW)
    circle = [world.id(one) for one in ("council", "police", "health")]
    framing = await write_framing(
        session, round_, words="She cannot sleep.", circle=circle, by=world.viewer("health"), at=NOW
    )
    ours = await write_framing(session, round_, words="He comes back.", circle=circle, by=by, at=NOW)
    await write_framing(session, round_, words="Noise.", circle=circle, by=world.viewer("police"), at=NOW)
    return {
        "contradiction": contradiction.id,
        "one": emergency.thread_id,
        "other": other.thread_id,
        "emergency": emergency.id,
        "decision": decision.id,
        "asked": asked.id,
        "escalation": (await make_escalation(session, world, case)).id,
        "spoken": (await make_spoken(session, world, case, speaker="council")).id,
        "framing": framing.id,
        "restatement": (await restate(session, ours, words="He returns.", by=world.viewer("health"), at=NOW)).id,
    }


async def _brought(session: AsyncSession, world: World) -> dict[str, UUID]:
    """What came from the council’s own systems: one that could not be placed, and a file."""
    system = await system_by_source(session, world.system_source)
    council = world.viewer("council")
    told = {"kind": "V.HV", "people": [{"name": {"family": "Nobody"}}], "start": "2026-03-12"}
    sent = {"type": "hub.intervention.submitted.v1", "data": told}
    unplaced = UnplacedIntervention(
        agency_id=council.agency_id,
        system_id=system.id,
        their_reference="1",
        sent=sent,
        reason="nobody",
        received_at=NOW,
    )
    file = InterventionImport(
        agency_id=council.agency_id, made_by=council.worker_id, rows=1, made_at=NOW,
        content="reference,kind,people,start\nA,V.HV,Nobody,2026-03-12",
    )  # fmt: skip
    session.add_all([unplaced, file])
    await session.flush()
    return {"unplaced": unplaced.id, "file": file.id}


UNWRITTEN = {"/cases/{case}/here", "/answer/{token}"}
"""Who has the case open now is a glance through the door; the link in a mail shows when a meeting is, and nobody."""
LOOKED_AT_ELSEWHERE = {
    "/cases/{case}/retention",
    "/cases/{case}/retention/dispose",
    "/retention/certificates/{certificate}",
    "/retention/several/{batch}",
    "/retention/several/{batch}/progress",
}
"""Pages that only two information guardians and a closed case open: tests/retention looks at each of them."""
ASKED_WITH = {
    "/cases/{case}/chronology/contradictions/new": "?one=contribution-{one}&other=contribution-{other}",
    "/cases/{case}/escalations/new": "?about=lane&which={agency_health}",
}
NAMED = {"/contributions/{contribution}/basis": {"contribution": "emergency"}} | {
    f"/conferences/{{conference}}/{page}": {"conference": "held"}
    for page in ("minutes", "minutes.pdf", "letter", "lines/{line}")
}
ABOUT_SOMEBODY = sorted(
    {
        route.path
        for method, route in ALL
        if method == "GET"
        and "{" in route.path
        and not route.path.startswith(("/hooks/", "/static", "/agreements/", "/insight/"))
        and route.path not in UNWRITTEN | LOOKED_AT_ELSEWHERE
    }
)
NAMES_SEVERAL = {
    "/families/{family}", "/handovers/{handover}", "/workers/{colleague}/work", "/workers/{colleague}/roles",
    "/unplaced-interventions/{unplaced}", "/intervention-files/{file}", "/intervention-files/{file}/refused.csv",
    "/sittings/{sitting}", "/sittings/{sitting}/move", "/sittings/{sitting}/answer", "/conferences/kinds/{code}",
    "/calendar/{token}.ics",
}  # fmt: skip
"""Pages about several people or cases: their entry names each in its facts; or about nobody whom we know."""
LISTS = [
    "/", "/board/rows", "/my-work", "/my-work/list", "/referrals", "/referrals/rows", "/outcomes", "/outcomes/list",
    "/conferences", "/conferences/list", "/insight", "/outbox",
    "/handovers", "/workers", "/insight/clashes", "/insight/clashes/export", "/insight/clashes/R05",
    "/conferences/due", "/conferences/kinds", "/sittings", "/actions",
]  # fmt: skip


async def entries(session: AsyncSession) -> list[tuple[object, ...]]:
    return await rows(session, "SELECT kind, case_id, person_id, referral_id FROM event ORDER BY id")


@pytest.mark.parametrize("path", ABOUT_SOMEBODY)
async def test_every_page_about_somebody_is_exactly_one_entry(
    path: str, browser: Make, world: World, session: AsyncSession
) -> None:
    made = await one_of_everything(session, world)
    await session.execute(
        update(Worker)
        .where(Worker.id == world.workers["council"].id)
        .values(roles=["leader", "coordinator", "guardian"])
    )
    await session.commit()
    client = await browser().sign_in("council")
    try:
        names = made.refs | {name: made.refs[other] for name, other in NAMED.get(path, {}).items()}
        names["agency_health"] = ref(world.id("health"))
        address = (path + ASKED_WITH.get(path, "")).format(**names)
    except KeyError as unknown:
        pytest.fail(f"make one of {unknown} in one_of_everything, so that its pages are looked at here")
    before = await entries(session)
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text[:500]
    written = (await entries(session))[len(before) :]
    report(path, written)
    assert len(written) == 1, written
    assert written[0][0] in {kind.value for kind in LOOKS}
    assert any(written[0][1:]) or path in NAMES_SEVERAL


@pytest.mark.parametrize("path", LISTS)
async def test_every_list_is_exactly_one_entry(path: str, browser: Make, world: World, session: AsyncSession) -> None:
    await one_of_everything(session, world)
    await session.commit()
    client = await browser().sign_in("council")
    before = await entries(session)
    assert (await client.get(path)).status_code == 200
    written = (await entries(session))[len(before) :]
    report(path, written)
    assert len(written) == 1


async def test_a_search_names_whom_it_found(browser: Make, world: World, session: AsyncSession) -> None:
    made = await one_of_everything(session, world)
    await session.commit()
    client = await browser().sign_in("council")
    before = await entries(session)
    await client.post("/search", data={"q": "Testcase"})
    written = (await entries(session))[len(before) :]
    report("POST /search", written)
    assert [one[0] for one in written] == ["search:made"]
    (facts,) = (await rows(session, "SELECT facts FROM event ORDER BY id DESC LIMIT 1"))[0]
    assert str(made.person.id) in facts["ids"]


def report(path: str, written: list[tuple[object, ...]]) -> None:
    """The closing figures: with HUB_FIGURES set, one line for each route."""
    if os.environ.get("HUB_FIGURES"):
        print(f"{path:52} {len(written)}  {', '.join(str(one[0]) for one in written)}")  # noqa: T201


async def test_a_page_that_is_not_there_is_no_look(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await session.commit()
    client = await browser().sign_in("school")
    before = await entries(session)
    assert (await client.get(f"/cases/{ref(case.id)}/rate")).status_code == 404
    assert await entries(session) == before


# --- Who may read it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agency", "roles", "status"),
    [
        ("council", ["frontline"], 200),
        ("police", ["frontline"], 403),
        ("police", ["leader"], 200),
        ("health", ["guardian"], 200),
        ("health", ["coordinator"], 200),
        ("health", ["administrator"], 403),
        ("school", ["guardian", "leader", "coordinator"], 404),
    ],
)
async def test_who_may_see_who_has_looked(
    agency: str, roles: list[str], status: int, browser: Make, world: World, session: AsyncSession
) -> None:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    await session.execute(update(Worker).where(Worker.id == world.workers[agency].id).values(roles=roles))
    await session.commit()
    client = await browser().sign_in(agency)
    for path, parent in (
        (f"/cases/{ref(case.id)}/looks", f"/cases/{ref(case.id)}/history"),
        (f"/people/{ref(person.id)}/looks", f"/people/{ref(person.id)}"),
    ):
        answer = await client.get(path)
        assert answer.status_code == status
        if status == 403:
            assert "team leaders of the agencies around it" in answer.text
        if status != 404:
            assert (f'href="{path}"' in (await client.get(parent)).text) is (status == 200)


async def test_the_looks_say_who_what_and_how_often(browser: Make, world: World, session: AsyncSession) -> None:
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    await session.commit()
    police = await browser().sign_in("police")
    for _ in range(3):
        await police.get(f"/cases/{ref(case.id)}")
    await police.get(f"/cases/{ref(case.id)}/rate")
    await police.post("/search", data={"q": "Testcase"})
    await police.get(f"/people/{ref(person.id)}")
    council = await browser().sign_in("council")
    page = (await council.get(f"/cases/{ref(case.id)}/looks")).text
    assert "Police" in page and "3 times" in page
    assert "The form to rate the case" in page and "A search that found them" in page
    person_page = (await council.get(f"/people/{ref(person.id)}/looks")).text
    assert "The person’s page" in person_page and "A search that found them" in person_page
    only = (await council.get(f"/cases/{ref(case.id)}/looks?agency={ref(world.id('health'))}")).text
    assert "No look like this" in only


async def look(session: AsyncSession, world: World, case: Case, slug: str, hours: float) -> None:
    await record(
        session, Kind.case_viewed, by=world.viewer(slug), at=NOW + timedelta(hours=hours), case_id=case.id, subject=case
    )


async def test_what_is_unusual(browser: Make, world: World, session: AsyncSession) -> None:
    """NOW is a Tuesday at ten in March."""
    case = await make_case(session, world)
    await make_contribution(session, world, case, by="health")
    await make_contribution(session, world, case, by="police")
    curious = await make_worker(session, world.agencies["health"], "curious")
    await look(session, world, case, "council", 1)
    await look(session, world, case, "health", 12)
    await look(session, world, case, "police", 2)
    world.workers["curious"], world.agencies["curious"] = curious, world.agencies["health"]
    await look(session, world, case, "curious", 3)
    held = await seats.seat(session, agency_id=world.id("police"), case_id=case.id)
    await sharing.release(session, held, by=world.viewer("council"), at=NOW + timedelta(hours=4))
    await session.commit()
    client = await browser().sign_in("council")
    page = (await client.get(f"/cases/{ref(case.id)}/looks?unusual=1&to=2026-03-31")).text
    lines = [line.split("</tr>")[0] for line in page.split("<tr>")[2:]]
    told = {name: next(line for line in lines if name in line) for name in ("Curious", "Health</td>", "Police</td>")}
    assert len(lines) == 3
    assert "nothing else to do" in told["Curious"] and "outside" not in told["Curious"]
    assert "outside working hours" in told["Health</td>"]
    assert "not in the circle now" in told["Police</td>"]


async def test_the_filter_by_day_and_its_refusals(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await look(session, world, case, "police", 0)
    await look(session, world, case, "police", 48)
    await session.commit()
    client = await browser().sign_in("council")
    looks = f"/cases/{ref(case.id)}/looks"
    assert "1 of 1 line" in (await client.get(f"{looks}?from=2026-03-12&to=2026-03-12")).text
    assert "1 of 1 line" in (await client.get(f"{looks}?to=2026-03-10")).text
    for wrong, words in (("from=soon", "Enter a real date"), ("from=2026-03-12&to=2026-03-01", "must not lie before")):
        answer = await client.get(f"{looks}?{wrong}")
        assert answer.status_code == 422 and words in answer.text
    assert (await client.get(f"{looks}?agency=nobody")).status_code == 404


async def test_many_looks_come_in_pages(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    for number in range(45):
        await look(session, world, case, "police", 24 * number)
    await session.commit()
    client = await browser().sign_in("council")
    looks = f"/cases/{ref(case.id)}/looks"
    first = (await client.get(f"{looks}?to=2026-06-01")).text
    assert "Showing 1 to 40 of 45" in first
    assert "Showing 41 to 45 of 45" in (await client.get(f"{looks}?to=2026-06-01&page=2")).text


async def test_looks_through_a_case_that_i_may_not_see_are_not_told(
    browser: Make, world: World, session: AsyncSession
) -> None:
    """Probation knows the person through a case of its own: the council does not learn of it from the looks."""
    person = await make_person(session)
    case = await make_case(session, world, person=person)
    await make_case(session, world, person=person, accountable="probation", agencies=("school",), by="probation")
    await session.commit()
    await (await browser().sign_in("probation")).get(f"/people/{ref(person.id)}")
    await (await browser().sign_in("health")).get(f"/people/{ref(person.id)}")
    page = (await (await browser().sign_in("council")).get(f"/people/{ref(person.id)}/looks")).text
    table = page.split("<tbody>")[1]
    assert "Health" in table and "Probation" not in table
    assert (await session.get(Accountability, case.id)) is None


# --- Words ----------------------------------------------------------------------------------------------------------


def test_a_route_in_words() -> None:
    assert page_in_words("/cases/{case}/rate") == "the form to rate the case"
    assert page_in_words("/contributions/{contribution}/amend") == "a contribution"
    assert page_in_words("/something/{new}") == "another page about them"
    assert looked_at("case:viewed", "") == "The case page"
    assert looked_at("chronology:viewed", "") == "Chronology"


def test_a_usual_look_has_nothing_unusual() -> None:
    look = Look(
        None, None, [("case:viewed", ""), ("week:viewed", ""), ("case:viewed", "")], NOW, NOW, False, False, False
    )
    assert look.unusual == [] and look.what == [("The case page", 2), ("The week", 1)]
