"""A step up or down waits until whoever decides has opened the chronology, in a conference and between two."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.clock import now
from hub.conferences.tables import Conference
from hub.disclosures.tables import Disclosure
from hub.ids import ref
from tests.conferences.test_conferences import schedule
from tests.conftest import Browser, come_in, rows
from tests.deciding.test_between_meetings import FORMS
from tests.makers import World, make_case, make_contribution

Make = Callable[[], Browser]
STEP = FORMS["decisions"] | {"threshold": "step-up"}
OPEN_FIRST = "Open the chronology first"


async def test_between_meetings_it_waits_and_keeps_what_was_typed(
    world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world)
    await session.commit()
    path, health = f"/cases/{ref(case.id)}", await browser().sign_in("health")
    assert "Does it step the family up or down?" in (await health.get(f"{path}/decisions/new")).text
    stopped = await health.submit(f"{path}/decisions", STEP)
    assert stopped.status_code == 422 and OPEN_FIRST in stopped.text
    assert f"{path}/chronology?back=decisions/new" in stopped.text
    assert await rows(session, "SELECT 1 FROM decision") == []
    read = (await health.get(f"{path}/chronology?back=decisions/new")).text
    assert f'href="{path}/decisions/new"' in read and "back to the decision" in read
    back = (await health.get(f"{path}/decisions/new")).text
    assert "It could not wait until Monday" in back and 'value="step-up" checked' in back and OPEN_FIRST not in back
    assert (await health.submit(f"{path}/decisions", STEP)).status_code == 303
    assert await rows(session, "SELECT threshold FROM decision") == [("step-up",)]
    assert await rows(session, "SELECT 1 FROM draft") == []
    assert "Step up: more help" in (await health.get(f"{path}/history")).text
    again = await health.submit(f"{path}/decisions", STEP | {"threshold": "step-down"})
    assert again.status_code == 422 and OPEN_FIRST in again.text, "the last decision asks for it again"


async def test_other_decisions_do_not_wait_and_harm_may_pass(
    world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world)
    await session.commit()
    path, health = f"/cases/{ref(case.id)}", await browser().sign_in("health")
    assert (await health.submit(f"{path}/decisions", FORMS["decisions"])).status_code == 303
    assert (await health.submit(f"{path}/decisions", STEP | {"no_time": "yes"})).status_code == 303
    assert "There was no time to open the chronology first" in (await health.get(f"{path}/history")).text
    assert await rows(session, "SELECT threshold FROM decision ORDER BY decided_at") == [(None,), ("step-up",)]


async def test_in_a_conference_it_is_opened_once_for_the_sitting(
    world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world)
    meeting = await schedule(session, world, case)
    await session.execute(
        update(Conference).values(starts_at=now() + timedelta(hours=1), ends_at=now() + timedelta(hours=2))
    )
    await session.commit()
    path, room = f"/cases/{ref(case.id)}", f"/conferences/{ref(meeting.id)}"
    council = await browser().sign_in("council")
    assert (await council.submit(f"{room}/open", {"anyway": "true"})).status_code == 303
    await come_in(session, council, room)
    stopped = await council.submit(f"{room}/decisions", STEP)
    assert (
        stopped.status_code == 422 and OPEN_FIRST in stopped.text and "It could not wait until Monday" in stopped.text
    )
    assert 'target="_blank"' in stopped.text
    await council.get(f"{path}/chronology")
    for step in ("step-up", "step-down"):
        assert (await council.submit(f"{room}/decisions", STEP | {"threshold": step})).status_code == 303
    assert "Step down</span>" in (await council.get(room)).text


async def test_a_basis_that_is_owed_stands_in_the_work_of_whoever_shared(
    world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world)
    said = await make_contribution(session, world, case, by="police", at=now())
    said.emergency = True
    await session.flush()
    owed = update(Disclosure).where(Disclosure.subject_id == said.thread_id)
    await session.execute(
        owed.values(emergency=True, purpose="", power="", bases=[], basis_due_at=now() + timedelta(hours=20))
    )
    await session.commit()
    police, health = await browser().sign_in("police"), await browser().sign_in("health")
    path = f"/contributions/{ref(said.thread_id)}/basis"
    work = (await police.get("/my-work")).text
    assert work.count("Give the basis of what you shared in an emergency") == 1 and path in work
    assert "Overdue" not in work and "Give the basis" not in (await health.get("/my-work")).text
    await session.execute(owed.values(basis_due_at=now() - timedelta(minutes=1)))
    await session.commit()
    late = (await police.get("/my-work")).text
    assert "Overdue" in late and "was due" in late
    given = {"purpose": "safeguard-child", "power": "ca2004-16la"}
    assert (await police.submit(path, given)).status_code == 303
    assert "Give the basis" not in (await police.get("/my-work")).text
