"""A scrutineer is let in by name: reads who decided what, dissent included, writes nothing, and is out again in time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.cases.tables import Case
from hub.clock import now, today
from hub.decisions import changes as decisions
from hub.decisions.rules import Stance
from hub.errors import Refused
from hub.ids import ref
from hub.live.rules import REVOKES
from hub.scrutiny.rules import check_scrutineer, check_until
from hub.sharing.rules import Audience
from tests.conftest import Browser, rows
from tests.deciding.test_dissent import DECIDED
from tests.makers import World, make_case, make_contribution, make_worker

Make = Callable[[], Browser]
DISSENT = "We think that she is not safe there at night."
FOR_US = "For the police alone."


@pytest.fixture
async def case(world: World, session: AsyncSession) -> Case:
    """A case of council, police and health with a dissent; the council guards its information and has a scrutineer."""
    made = await make_case(session, world, at=now() - timedelta(days=2))
    by = world.viewer("council")
    decision = await decisions.decide(session, case_id=made.id, conference_id=None, decided=DECIDED, by=by, at=now())
    await decisions.state_position(
        session, decision, agency_id=world.id("police"), stance=Stance.dissent, reason=DISSENT,
        stated_by=world.workers["police"].id, by=world.viewer("police"), at=now(),
    )  # fmt: skip
    await make_contribution(
        session, world, made, by="police", words=FOR_US, agencies=("council",), audience=Audience.named
    )
    await make_worker(session, world.agencies["council"], "judith", roles=["scrutineer"])
    await session.execute(update(Worker).where(Worker.id == by.worker_id).values(roles=["frontline", "guardian"]))
    await session.commit()
    return made


@pytest.fixture
def path(case: Case) -> str:
    return f"/cases/{ref(case.id)}"


async def let_in(session: AsyncSession, browser: Make, path: str, days: int = 5) -> Browser:
    """The guardian lets the scrutineer in through the form."""
    council = await browser().sign_in("council")
    (scrutineer,) = (await rows(session, "SELECT id FROM worker WHERE roles = '{scrutineer}'"))[0]
    form = {"worker": ref(scrutineer), "until": str(today() + timedelta(days=days)), "why": "A review of step downs."}
    done = await council.submit(f"{path}/scrutiny", form)
    assert done.status_code == 303, done.text
    return council


def test_only_a_scrutineer_and_only_for_a_time() -> None:
    check_scrutineer(["scrutineer"])
    for roles in (["frontline"], ["guest"], ["guardian", "leader"]):
        with pytest.raises(Refused):
            check_scrutineer(roles)
    check_until(today(), today())
    for days in (-1, 61):
        with pytest.raises(Refused):
            check_until(today() + timedelta(days=days), today())


async def test_a_guardian_lets_a_scrutineer_in_to_read_everything_and_change_nothing(
    path: str, case: Case, session: AsyncSession, browser: Make
) -> None:
    judith = await browser().sign_in("judith")
    assert (await judith.get(path)).status_code == 404
    assert "No case is open to you now" in (await judith.get("/")).text
    council = await let_in(session, browser, path)
    board = (await judith.get("/")).text
    assert "The Testcase family" in board and "A review of step downs." in board and case.reference in board
    assert "The Testcase family" in (await judith.get("/board/rows")).text
    page = await judith.get(path)
    assert page.status_code == 200 and "You are here to scrutinise" in page.text
    (decision,) = (await rows(session, "SELECT id FROM decision"))[0]
    read = await judith.get(f"/decisions/{ref(decision)}")
    assert DISSENT in read.text and DECIDED.question in read.text
    for part in ("chronology", "conferences", "plan", "family", "history", "sharing", "problem"):
        answer = await judith.get(f"{path}/{part}")
        assert answer.status_code == 200 and FOR_US not in answer.text, part
    for form, words in (
        ("rate", {"rating": "red", "reason": "It is serious"}),
        ("contributions", {"kind": "fact", "words": "I think."}),
        ("scrutiny", {}),
        ("sharing/acknowledge", {}),
    ):
        assert (await judith.submit(f"{path}/{form}", words)).status_code == 403, form
    sharing = (await council.get(f"{path}/sharing")).text
    assert "Judith" in sharing and "Scrutiny" in sharing and "A review of step downs." in sharing
    assert "let Judith read the case as a scrutineer" in (await council.get(f"{path}/history")).text
    assert await rows(session, "SELECT link FROM notice WHERE kind = 'scrutiny-opened'") == [(path,)]


async def test_it_ends_by_click_and_by_time(path: str, session: AsyncSession, browser: Make) -> None:
    council = await let_in(session, browser, path)
    judith, police = await browser().sign_in("judith"), await browser().sign_in("police")
    end = (await council.get(f"{path}/sharing")).text.split(f'action="{path}/grants/')[1].split('"')[0]
    assert (await police.submit(f"{path}/grants/{end}")).status_code == 403
    assert (await council.submit(f"{path}/grants/{end}")).status_code == 303
    assert (await judith.get(path)).status_code == 404
    assert "ended Judith’s scrutiny" in (await council.get(f"{path}/history")).text
    assert "scrutiny:ended" in REVOKES
    await let_in(session, browser, path, days=0)
    assert (await judith.get(path)).status_code == 200
    await session.execute(text("UPDATE case_grant SET starts_at = now() - interval '2 days', ends_at = now()"))
    await session.commit()
    assert (await judith.get(path)).status_code == 404
    assert "The Testcase family" not in (await judith.get("/")).text


async def test_who_may_let_in_and_what_the_form_says(
    path: str, world: World, session: AsyncSession, browser: Make
) -> None:
    council, police, school = [await browser().sign_in(one) for one in ("council", "police", "school")]
    assert f"{path}/scrutiny" in (await council.get(f"{path}/sharing")).text
    assert f"{path}/scrutiny" not in (await police.get(f"{path}/sharing")).text
    for client, status in ((police, 403), (school, 404)):
        assert (await client.get(f"{path}/scrutiny")).status_code == status
        assert (await client.submit(f"{path}/scrutiny", {})).status_code == status
    wrong = {"worker": ref(world.workers["health"].id), "until": str(today()), "why": "A review of step downs."}
    answer = await council.submit(f"{path}/scrutiny", wrong)
    assert answer.status_code == 422 and "Choose a scrutineer" in answer.text
    assert ">A review of step downs.</textarea>" in answer.text
    far = wrong | {"until": str(today() + timedelta(days=300))}
    (judith,) = (await rows(session, "SELECT id FROM worker WHERE roles = '{scrutineer}'"))[0]
    answer = await council.submit(f"{path}/scrutiny", far | {"worker": ref(judith)})
    assert answer.status_code == 422 and "60 days ahead" in answer.text


async def test_a_closed_case_can_be_scrutinised(path: str, session: AsyncSession, browser: Make) -> None:
    await session.execute(text("UPDATE case_record SET closed_at = now(), stage = 'closed'"))
    await session.commit()
    await let_in(session, browser, path)
    judith = await browser().sign_in("judith")
    assert "The Testcase family" in (await judith.get("/")).text
    assert (await judith.get(path)).status_code == 200
