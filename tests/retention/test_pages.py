"""The pages of keeping, through HTTP: who may, what bars it, two people, what is left, the certificates."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.cases.tables import Case
from hub.clock import now, today
from hub.ids import new_id, ref
from hub.retention.jobs import dispose_confirmed
from tests.audit.test_looks import LOOKED_AT_ELSEWHERE
from tests.conftest import Browser, Maker, rows
from tests.makers import World, make_case, make_contribution, make_person, make_worker
from tests.retention.test_disposal import PLANTED, closed_long_ago, two_guardians

Make = Callable[[], Browser]
HOLD = {
    "reason_code": "complaint",
    "words": "The ombudsman has asked.",
    "review_on": (today() + timedelta(days=90)).isoformat(),
}


@pytest.fixture
async def case(world: World, session: AsyncSession) -> Case:
    """A case of the council, police and health, past its time; the council has two guardians, and the police one."""
    await two_guardians(session, world)
    await session.execute(
        update(Worker).where(Worker.id == world.workers["police"].id).values(roles=["frontline", "guardian"])
    )
    made = await make_case(session, world)
    await make_contribution(session, world, made, words=PLANTED)
    await closed_long_ago(session, made)
    await session.commit()
    return made


@pytest.fixture
def path(case: Case) -> str:
    return f"/cases/{ref(case.id)}/retention"


async def test_the_queue_is_for_guardians_of_the_agency_that_leads(case: Case, browser: Make) -> None:
    page = (await (await browser().sign_in("council")).get("/retention")).text
    assert case.reference in page and "To review (1)" in page and "Working together in Testvale" in page
    police = await browser().sign_in("police")
    assert case.reference not in (await police.get("/retention")).text
    assert "No record waits" in (await police.get("/retention?show=review")).text
    for path in ("/retention", "/retention/several", "/retention/certificates", "/retention/certificates.csv"):
        assert (await (await browser().sign_in("health")).get(path)).status_code == 404, path


async def test_an_open_case_and_one_whose_time_is_not_over_are_not_in_it(
    case: Case, world: World, browser: Make, session: AsyncSession
) -> None:
    await session.execute(text("UPDATE agreement SET retention_years = 7"))
    await make_case(session, world)
    await session.commit()
    assert "To review (0)" in (await (await browser().sign_in("council")).get("/retention")).text


async def test_the_longest_overdue_stand_first_and_come_in_pages(
    case: Case, world: World, browser: Make, session: AsyncSession
) -> None:
    for number in range(26):
        one = await make_case(session, world, person=await make_person(session, given=f"N{number}"))
        await closed_long_ago(session, one)
        one.closed_at -= timedelta(days=number + 1)
        last = one.reference
    await session.commit()
    council = await browser().sign_in("council")
    first = (await council.get("/retention")).text
    assert "Showing 1 to 25 of 27" in first and case.reference not in first
    assert first.index(last) == min(first.index(one) for one in re.findall(r"TV-\w{3}-\w{3}", first))
    assert case.reference in (await council.get("/retention?page=2")).text


POSTS = ["keep", "hold", "lift", "propose", "withdraw", "dispose"]


@pytest.mark.parametrize("action", POSTS)
async def test_outsiders_find_nothing_and_others_are_told_who_decides(action: str, path: str, browser: Make) -> None:
    form = {**HOLD, "years": "2", "reason": "x", "because": "x", "reference": "x"}
    assert (await (await browser().sign_in("school")).submit(f"{path}/{action}", form)).status_code == 404
    for slug in ("police", "health"):  # a guardian whose agency does not lead, and no guardian
        answer = await (await browser().sign_in(slug)).submit(f"{path}/{action}", form)
        assert answer.status_code == 403 and "information guardian of the agency that leads" in answer.text


@pytest.mark.parametrize(
    "path", ["/retention/propose", "/retention/several", "/retention/several/x/start", "/retention/several/x/stop"]
)
async def test_several_at_once_are_for_guardians(path: str, case: Case, browser: Make) -> None:
    health = await browser().sign_in("health")
    assert (await health.submit(path.replace("x", ref(new_id())), {"cases": ref(case.id)})).status_code == 404
    assert (await (await browser().sign_in("school")).submit(path.replace("x", "x"), {})).status_code == 404


async def test_a_hold_keeps_it_until_it_is_lifted(case: Case, path: str, browser: Make) -> None:
    council = await browser().sign_in("council")
    wrong = await council.submit(f"{path}/hold", {**HOLD, "review_on": "1/1/2020"})
    assert wrong.status_code == 422 and "Choose a day after today" in wrong.text and HOLD["words"] in wrong.text
    assert (await council.submit(f"{path}/hold", HOLD)).status_code == 303
    page = (await council.get(path)).text
    assert "On hold" in page and "A complaint" in page and HOLD["words"] in page
    queue = (await council.get("/retention?show=held")).text
    assert "To review (0)" in queue and "On hold (1)" in queue and "A complaint" in queue
    assert (await council.submit(f"{path}/propose")).status_code == 409
    assert (await council.submit(f"{path}/hold", HOLD)).status_code == 409
    assert (await council.submit(f"{path}/lift", {"because": ""})).status_code == 422
    assert (await council.submit(f"{path}/lift", {"because": "It has ended"})).status_code == 303
    assert "To review (1)" in (await council.get("/retention")).text


async def test_it_can_be_kept_longer(case: Case, path: str, browser: Make) -> None:
    council = await browser().sign_in("council")
    for years in ("0", "76", "1.5", "soon"):
        answer = await council.submit(f"{path}/keep", {"years": years, "reason": "His sister may ask"})
        assert answer.status_code == 422 and "His sister may ask" in answer.text
    assert (await council.submit(f"{path}/keep", {"years": "2", "reason": "His sister may ask"})).status_code == 303
    assert "To review (0)" in (await council.get("/retention")).text
    page = (await council.get(path)).text
    assert "His sister may ask" in page and "not over yet" in page


async def test_two_guardians_dispose_of_it_and_a_tombstone_is_left(
    case: Case, path: str, world: World, browser: Make, session: AsyncSession
) -> None:
    council, second = await browser().sign_in("council"), await browser().sign_in("second")
    home, contribution = f"/cases/{ref(case.id)}", (await rows(session, "SELECT id FROM contribution"))[0][0]
    assert (await council.submit(f"{path}/propose")).status_code == 303
    assert (await rows(session, "SELECT worker_id FROM notice WHERE kind = 'disposal-proposed'")) == [
        (world.workers["second"].id,)
    ]
    assert "Second can confirm it" in (await council.get(path)).text
    assert (await council.submit(f"{path}/dispose", {"reference": case.reference})).status_code == 409
    assert "Look at what goes" in (await second.get(path)).text
    assert "Contributions, with every version" in (await second.get(f"{path}/dispose")).text
    wrong = await second.submit(f"{path}/dispose", {"reference": "TV-222-222"})
    assert wrong.status_code == 422 and "TV-222-222" in wrong.text and case.reference in wrong.text
    done = await second.submit(f"{path}/dispose", {"reference": case.reference.lower()})
    assert done.status_code == 303
    certificate = (await second.get(done.headers["location"])).text
    number = re.search(r"TV-D-\w{3}-\w{3}", certificate)
    assert number and "It says what it said on the day" in certificate and "Council" in certificate
    assert PLANTED not in certificate
    for slug in ("council", "police", "health"):
        client = await browser().sign_in(slug)
        for address in (home, f"{home}/chronology", path, f"/contributions/{ref(contribution)}/basis"):
            answer = await client.get(address)
            assert answer.status_code == 410, (slug, address)
            assert "This record was disposed of" in answer.text and number[0] in answer.text
            assert "Working together in Testvale" in answer.text
    for slug in ("school", "probation"):
        answer = await (await browser().sign_in(slug)).get(home)
        assert answer.status_code == 404 and "disposed" not in answer.text
    looks = await rows(session, "SELECT DISTINCT case_id FROM event WHERE kind = 'tombstone:viewed'")
    assert looks == [(case.id,)]


async def test_pages_hold_up_where_a_record_is_gone(world: World, browser: Make, session: AsyncSession) -> None:
    await two_guardians(session, world)
    person = await make_person(session, given="Ayo", family="Staying")
    gone, kept = await make_case(session, world, person=person), await make_case(session, world, person=person)
    family = gone.family_id
    assert family is not None and kept.id
    await closed_long_ago(session, gone)
    await session.commit()
    council, second = await browser().sign_in("council"), await browser().sign_in("second")
    at = f"/cases/{ref(gone.id)}/retention"
    await council.submit(f"{at}/propose")
    assert (await second.submit(f"{at}/dispose", {"reference": gone.reference})).status_code == 303
    for page in (f"/people/{ref(person.id)}", f"/families/{ref(family)}"):
        for slug, told in (("council", True), ("health", True)):
            answer = await (await browser().sign_in(slug)).get(page)
            assert answer.status_code == 200
            assert ("A record was disposed of" in answer.text) is told
    lists = ("/", "/?view=quiet", "/my-work", "/conferences", "/conferences?view=all", "/outcomes", "/insight", "/agreements",
             "/handovers", "/referrals?show=all", "/requests", "/outbox", "/emergency/reviews?show=reviewed", "/retention")  # fmt: skip
    for page in lists:
        answer = await council.get(page)
        assert answer.status_code == 200 and gone.reference not in answer.text, page
    assert "Nobody that you may see" in (await council.post("/search", data={"q": gone.reference})).text


async def test_several_are_typed_looked_at_started_and_stopped(
    case: Case, world: World, browser: Make, maker: Maker, session: AsyncSession
) -> None:
    other = await make_case(session, world, person=await make_person(session, given="Bo"))
    await closed_long_ago(session, other)
    await session.commit()
    council, second = await browser().sign_in("council"), await browser().sign_in("second")
    assert (await council.submit("/retention/propose", {})).status_code == 422
    both = [("cases", ref(one.id)) for one in (case, other)]
    body = "&".join(f"{name}={value}" for name, value in [("_key", await council.key("/account")), *both])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await council.post("/retention/propose", content=body, headers=headers)).status_code == 303
    assert "Waiting for a second guardian (2)" in (await council.get("/retention?show=proposed")).text
    assert "You proposed 2 records yourself" in (await council.get("/retention/several")).text
    typed = f"{case.reference}\n{other.reference}"
    mine = await council.submit("/retention/several", {"references": typed})
    assert mine.status_code == 422 and "yourself" in mine.text
    wrong = await second.submit("/retention/several", {"references": f"{typed}\nTV-222-222"})
    assert wrong.status_code == 422 and "TV-222-222" in wrong.text and case.reference in wrong.text
    chosen = await second.submit("/retention/several", {"references": typed})
    batch = chosen.headers["location"]
    assert "Dispose of 2 records" in (await second.get(batch)).text
    assert (await council.get(batch)).status_code == 404
    assert (await second.submit(f"{batch}/start")).status_code == 303
    assert "0 of 2 records disposed of" in (await second.get(batch)).text
    assert (await second.submit(f"{batch}/stop")).status_code == 303
    page = (await second.get(f"{batch}/progress")).text
    assert "2 records were left as they were" in page and "Stopped before its turn" in page
    assert await dispose_confirmed(maker) == 0
    again = (await second.submit("/retention/several", {"references": typed})).headers["location"]
    await second.submit(f"{again}/start")
    assert await dispose_confirmed(maker) == 2
    assert "2 of 2 records disposed of" in (await second.get(again)).text
    table = await second.get("/retention/certificates.csv")
    assert table.headers["content-type"].startswith("text/csv") and len(table.text.strip().splitlines()) == 3
    assert case.reference in table.text and PLANTED not in table.text
    assert "Showing 1 to 2 of 2" in (await council.get("/retention/certificates")).text


async def test_a_certificate_is_for_guardians_of_its_agency(
    case: Case, path: str, world: World, browser: Make, session: AsyncSession
) -> None:
    council, second = await browser().sign_in("council"), await browser().sign_in("second")
    await council.submit(f"{path}/propose")
    address = (await second.submit(f"{path}/dispose", {"reference": case.reference})).headers["location"]
    assert (await council.get(address)).status_code == 200
    await make_worker(session, world.agencies["council"], "colleague")
    await session.commit()
    for slug in ("police", "health", "school", "colleague"):
        assert (await (await browser().sign_in(slug)).get(address)).status_code == 404


async def test_what_kept_the_case_from_somebody_keeps_what_is_left_from_them(
    case: Case, path: str, world: World, browser: Make, session: AsyncSession
) -> None:
    await session.execute(
        text(
            "WITH one AS (INSERT INTO case_restriction (id, person_id, mode, reason_code, reason, set_by, set_at) "
            "SELECT gen_random_uuid(), i.person_id, 'kept-out', 'other', :words, :by, now() FROM involvement i "
            "WHERE i.case_id = :case RETURNING id) INSERT INTO restriction_worker (id, restriction_id, worker_id, named_at) "
            "SELECT gen_random_uuid(), id, :out, now() FROM one"
        ),
        {"words": PLANTED, "by": world.workers["council"].id, "out": world.workers["health"].id, "case": case.id},
    )
    await session.commit()
    council, second = await browser().sign_in("council"), await browser().sign_in("second")
    await council.submit(f"{path}/propose")
    assert (await second.submit(f"{path}/dispose", {"reference": case.reference})).status_code == 303
    home = f"/cases/{ref(case.id)}"
    assert (await (await browser().sign_in("police")).get(home)).status_code == 410
    assert (await (await browser().sign_in("health")).get(home)).status_code == 404
    assert await rows(session, "SELECT reason FROM case_restriction") == [("",)]


async def test_where_guardians_look_there_is_a_link(case: Case, browser: Make) -> None:
    council, health = await browser().sign_in("council"), await browser().sign_in("health")
    for page in ("/emergency/reviews", "/agreements"):
        assert 'href="/retention"' in (await council.get(page)).text
    assert 'href="/retention"' not in (await health.get("/agreements")).text
    sharing = f"/cases/{ref(case.id)}/sharing"
    assert f"{ref(case.id)}/retention" in (await council.get(sharing)).text
    assert f"{ref(case.id)}/retention" not in (await health.get(sharing)).text


async def test_an_agreement_can_keep_until_a_birthday(case: Case, browser: Make, session: AsyncSession) -> None:
    await session.execute(text("UPDATE agreement SET retention_child_age = 25"))
    await session.commit()
    council = await browser().sign_in("council")
    assert "To review (0)" in (await council.get("/retention")).text
    page = (await council.get(f"/cases/{ref(case.id)}/retention")).text
    assert "until the youngest child is 25" in page and "2041" in page
    assert now().year < 2041


async def test_every_page_of_keeping_is_exactly_one_entry(
    case: Case, path: str, browser: Make, maker: Maker, session: AsyncSession
) -> None:
    council, second = await browser().sign_in("council"), await browser().sign_in("second")

    async def written(address: str, client: Browser) -> list[object]:
        before = len(await rows(session, "SELECT 1 FROM event"))
        assert (await client.get(address)).status_code in (200, 410)
        return [one[0] for one in (await rows(session, "SELECT kind FROM event ORDER BY id"))[before:]]

    await council.submit(f"{path}/propose")
    seen = set()
    for address in (path, f"{path}/dispose"):
        assert await written(address, second) == ["retention:viewed"]
        seen.add(address.replace(ref(case.id), "{case}"))
    chosen = await second.submit("/retention/several", {"references": case.reference})
    batch = chosen.headers["location"]
    for address in (batch, f"{batch}/progress"):
        assert await written(address, second) == ["disposals:viewed"]
        seen.add(address.replace(batch, "/retention/several/{batch}"))
    await second.submit(f"{batch}/start")
    assert await dispose_confirmed(maker) == 1
    certificate = (await rows(session, "SELECT id FROM disposal_certificate"))[0][0]
    assert await written(f"/retention/certificates/{ref(UUID(str(certificate)))}", second) == ["certificate:viewed"]
    assert seen | {"/retention/certificates/{certificate}"} == LOOKED_AT_ELSEWHERE
    for address, kind in (
        ("/retention", "retention:listed"),
        ("/retention/several", "retention:listed"),
        ("/retention/certificates", "certificates:listed"),
        ("/retention/certificates.csv", "certificates:listed"),
        (path, "tombstone:viewed"),
    ):
        assert await written(address, council) == [kind], address
