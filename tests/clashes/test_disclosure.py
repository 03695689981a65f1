"""Two worlds that differ in one hidden record alone look the same, byte for byte, to whoever may not know of it."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.clashes.jobs import check_changed
from hub.clock import now
from hub.events.queries import event_by_id
from hub.ids import new_id, ref
from hub.interventions import changes as interventions
from hub.interventions.plans import Planned
from hub.interventions.rules import When
from hub.live.queries import told_of
from tests.board.test_board import counted
from tests.conftest import Browser, Maker, rows
from tests.makers import World, make_case, make_person, make_visit

Make = Callable[[], Browser]
CHANGES_WITH_TIME = re.compile(
    r'name="_key" value="[^"]*"|nonce-[\w-]+|<line class="hub-picture__now".*?</text>|just now|less than a minute ago|\d+ seconds? ago'
)
HIDDEN = {
    "a covert arrest": ("E.ARREST", "police", "V.HV", "health", {"covert": True}),
    "a warrant": ("E.WARRANT", "police", "V.HV", "health", {"covert": True}),
    "a covert curfew": ("R.CURFEW", "police", "P.MH", "health", {"covert": True}),
    "a move to a refuge": ("H.REFUGE", "council", "V.POL", "police", {"covert": True, "confidential_address": True}),
    "a visit in another case": ("V.POL", "police", "V.HV", "health", {}),
}
"""What is hidden, whose it is, and what clashes with it, of whom."""
AN_HOUR = timedelta(hours=1)


async def _look(client: Browser, case: str, visit: str, family: str) -> dict[str, str]:
    pages = {}
    for path in (
        "/", "/board/rows", "/my-work", "/my-work/list", "/insight", "/insight/clashes", "/insight/clashes/export",
        f"/cases/{case}", f"/cases/{case}/now", f"/cases/{case}/week", f"/cases/{case}/week/live", f"/cases/{case}/plan",
        f"/cases/{case}/family", f"/families/{family}", f"/interventions/{visit}", f"/cases/{case}/history",
    ):  # fmt: skip
        answer = await client.get(path)
        assert answer.status_code == 200, path
        body = answer.text
        if path.endswith("/export"):
            body = json.dumps({**json.loads(body), "timestamp": ""})
        pages[path] = CHANGES_WITH_TIME.sub("", body)
    return pages


async def _written(session: AsyncSession, world: World, slug: str) -> tuple[object, object]:
    """The last entry of the ledger, and how many letters a worker has."""
    last = (await rows(session, "SELECT max(id) FROM event"))[0][0]
    mine = "SELECT count(*) FROM notice WHERE worker_id = :worker"
    return last, (await rows(session, mine, worker=world.workers[slug].id))[0][0]


async def _heard_since(session: AsyncSession, world: World, slug: str, last: object) -> set[str]:
    """Every name that a worker's open pages were told since an entry of the ledger, of anything but looks."""
    worker = world.workers[slug].id
    told: set[str] = set()
    for (number,) in await rows(session, "SELECT id FROM event WHERE id > :last", last=last):
        event = await event_by_id(session, int(str(number)))
        assert event is not None
        told |= (await told_of(session, event, [worker])).get(worker, frozenset())
    return told


def _questions(asked: Sequence[str]) -> Counter[str]:
    """How often each statement was sent; the savepoints of the test itself are numbered on and on."""
    return Counter(statement for statement in asked if "sa_savepoint_" not in statement)


def _same(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, CHANGES_WITH_TIME.sub("", answer.text)


@pytest.mark.parametrize("which", HIDDEN)
async def test_nobody_else_can_tell_that_it_is_there(
    which: str, maker: Maker, browser: Make, world: World, session: AsyncSession, connection: AsyncConnection
) -> None:
    kind, owner, seen_kind, visits, marks = HIDDEN[which]
    child = await make_person(session)
    case = await make_case(session, world, person=child)
    elsewhere = not marks
    behind = await make_case(session, world, agencies=("council", "police"), person=child) if elsewhere else case
    start = now() + timedelta(days=1)
    visit = await make_visit(session, world, case, child, by=visits, kind=seen_kind, start=start)
    await session.commit()
    await check_changed(maker)
    await session.commit()
    visitor = await browser().sign_in(visits)
    names = (ref(case.id), ref(visit.id), ref(case.family_id))
    await _look(visitor, *names)  # so that nothing is new
    with counted(connection) as asked:
        without = await _look(visitor, *names)
    before = _questions(asked)
    written, letters = await _written(session, world, visits)
    hours = {"hours": ((start - timedelta(hours=1)).time(), (start + timedelta(hours=3)).time())}
    more = marks | (hours if kind == "R.CURFEW" else {})
    planned = Planned(kind=kind, people=[child.id], when=When(start, start + AN_HOUR, whole_days=False), **more)
    await interventions.record_intervention(
        session, case_id=behind.id, planned=planned, case_people=[child.id], by=world.viewer(owner), at=now()
    )
    await session.commit()
    await check_changed(maker)
    await session.commit()
    kept = await rows(session, "SELECT cardinality(kept_for) FROM clash WHERE closed_at IS NULL")
    assert kept == [(None,) if elsewhere else (1,)]
    with counted(connection) as asked:
        with_it = await _look(visitor, *names)
    assert _questions(asked) == before, "the same questions of the database: nothing takes longer because it is there"
    # The partnership's figures are over everything, whoever looks; what lies in another case is among them.
    compared = [path for path in without if not (elsewhere and path.startswith("/insight"))]
    assert [path for path in compared if without[path] != with_it[path]] == []
    assert await _heard_since(session, world, visits, written) == set(), "not a name of it on the live stream"
    assert (await _written(session, world, visits))[1] == letters
    clash = (await rows(session, "SELECT id FROM clash"))[0][0]
    page = f"/clashes/{ref(clash)}"
    assert (await visitor.get(page)).status_code == 404
    absent = await visitor.get(f"/clashes/{ref(new_id())}")
    assert _same(await visitor.get(page)) == _same(absent), "hidden and absent are answered alike"
    mine = await browser().sign_in(owner)
    shown = await mine.get(page)
    assert shown.status_code == 200 and ("Kept back" in shown.text) is not elsewhere
    assert "Ring the hub desk" in without[f"/interventions/{names[1]}"] or not seen_kind.startswith("V.")


async def test_the_desk_is_told_whom_to_ring(maker: Maker, browser: Make, world: World, session: AsyncSession) -> None:
    child = await make_person(session)
    case = await make_case(session, world, person=child)
    start = now() + timedelta(days=1)
    await make_visit(session, world, case, child, by="health", start=start)
    planned = Planned(kind="E.ARREST", people=[child.id], when=When(start, start, whole_days=False), covert=True)
    await interventions.record_intervention(
        session, case_id=case.id, planned=planned, case_people=[child.id], by=world.viewer("police"), at=now()
    )
    await session.execute(
        text("UPDATE worker SET roles = '{coordinator}' WHERE id = :id"), {"id": world.workers["council"].id}
    )
    await session.commit()
    await check_changed(maker)
    await session.commit()
    clash = (await rows(session, "SELECT id FROM clash"))[0][0]
    desk = await browser().sign_in("council")
    page = (await desk.get(f"/clashes/{ref(clash)}")).text
    assert "A part of it is kept from this page. Ring Police" in page
    assert "Arrest (" not in page
