"""Nobody leaves while something is theirs, and what changes hands does so by a yes."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.cases.queries import accountable_for
from hub.cases.tables import Case
from hub.errors import Conflict, Refused
from hub.events.rules import HUB
from hub.handovers import changes, queries
from hub.handovers.rules import Holding, ItemState, Reason, Subject, check_handover, check_leave, what_is_left
from hub.handovers.tables import Handover
from hub.ids import new_id, ref
from hub.sharing import changes as sharing
from hub.sharing.queries import seat
from hub.sharing.rules import Viewer
from tests.conferences.test_conferences import schedule
from tests.conftest import Browser, rows
from tests.makers import NOW, World, make_case, make_worker

Make = Callable[[], Browser]
TODAY = NOW.date()


# --- Rules ----------------------------------------------------------------------------------------------------------

ME, OTHER = new_id(), new_id()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"chosen": 0}, "items"),
        ({"to_id": ME}, "to"),
        ({"same_agency": False}, "to"),
        ({"in_circle": False}, "to"),
        ({"overlap_until": TODAY - timedelta(days=1)}, "overlap_until"),
        ({"overlap_until": TODAY + timedelta(days=57)}, "overlap_until"),
    ],
)
def test_what_cannot_be_offered(given: dict[str, object], field: str) -> None:
    right = {
        "from_id": ME, "to_id": OTHER, "same_agency": True, "in_circle": True, "chosen": 1, "overlap_until": TODAY, "today": TODAY,
    }  # fmt: skip
    check_handover(**right)  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        check_handover(**(right | given))  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("start", "end", "fine"),
    [(0, 0, True), (3, 9, True), (-2, 1, True), (3, 2, False), (-9, -1, False), (0, 366, False)],
)
def test_for_which_days_somebody_can_stand_in(start: int, end: int, fine: bool) -> None:
    def check() -> None:
        check_leave(
            worker_id=ME,
            deputy_id=OTHER,
            same_agency=True,
            start=TODAY + timedelta(days=start),
            end=TODAY + timedelta(days=end),
            today=TODAY,
        )

    if fine:
        check()
    else:
        with pytest.raises(Refused):
            check()


def test_what_is_left_is_counted_in_words() -> None:
    def held(subject: Subject) -> Holding:
        return Holding(subject, new_id(), new_id(), ME)

    assert what_is_left("Ayo", []) == ""
    assert "still has 1 case. " in what_is_left("Ayo", [held(Subject.case)])
    many = [held(Subject.case), held(Subject.case), held(Subject.action), held(Subject.seat)]
    assert "2 cases, 1 action and 1 place as the one to ring" in what_is_left("Ayo", many)


# --- Changes --------------------------------------------------------------------------------------------------------


async def leave(session: AsyncSession, world: World) -> tuple[Case, Worker]:
    """A case whose council worker answers for it, is the one to ring and chairs a conference; and a colleague."""
    case = await make_case(session, world)
    held = await seat(session, agency_id=world.id("council"), case_id=case.id)
    await sharing.name_contact(session, held, worker_id=world.workers["council"].id, by=world.viewer("council"), at=NOW)
    theirs = await seat(session, agency_id=world.id("police"), case_id=case.id)
    await sharing.name_contact(session, theirs, worker_id=world.workers["police"].id, by=world.viewer("police"), at=NOW)
    await schedule(session, world, case)
    colleague = await make_worker(session, world.agencies["council"], "colleague")
    return case, colleague


def viewer_of(world: World, worker: Worker) -> Viewer:
    return Viewer(worker_id=worker.id, agency_id=worker.agency_id, roles=frozenset(worker.roles), name=worker.name)


async def offered(session: AsyncSession, world: World, to: Worker) -> Handover:
    worker = world.workers["council"]
    return await changes.offer(
        session,
        worker,
        to=to,
        chosen=(await queries.holdings(session, [worker.id]))[worker.id],
        reason=Reason.leaving,
        overlap_until=TODAY + timedelta(days=14),
        by=world.viewer("council"),
        at=NOW,
    )


async def test_an_account_does_not_end_while_something_is_theirs(world: World, session: AsyncSession) -> None:
    case, colleague = await leave(session, world)
    worker = world.workers["council"]
    with pytest.raises(Refused, match="1 case, 1 place as the one to ring and 1 conference to chair"):
        await changes.let_go(session, worker, by=HUB, at=NOW)
    with pytest.raises(Refused, match="still has"):
        await changes.move(session, worker, agency_id=world.id("school"), by=HUB, at=NOW)
    handover = await offered(session, world, colleague)
    with pytest.raises(Refused, match="still has"):
        await changes.let_go(session, worker, by=HUB, at=NOW)
    for item in await queries.items_of(session, handover.id):
        await changes.accept(session, handover, item, by=viewer_of(world, colleague), at=NOW)
    # Now the introduction is theirs: it is an action of whoever leaves.
    with pytest.raises(Refused, match="still has 1 action"):
        await changes.let_go(session, worker, by=HUB, at=NOW)
    await session.execute(update(Case).where(Case.id == case.id).values(stage="closed", closed_at=NOW))
    await changes.let_go(session, worker, by=HUB, at=NOW)
    assert worker.ended_at == NOW


async def test_accepting_moves_each_thing_and_asks_for_an_introduction(world: World, session: AsyncSession) -> None:
    case, colleague = await leave(session, world)
    handover = await offered(session, world, colleague)
    still = await accountable_for(session, "case", case.id)
    assert still is not None and still.worker_id == world.workers["council"].id
    by = viewer_of(world, colleague)
    for item in await queries.items_of(session, handover.id):
        await changes.accept(session, handover, item, by=by, at=NOW)
    now = await accountable_for(session, "case", case.id)
    assert now is not None and now.worker_id == colleague.id and now.accepted_at == NOW
    held = await seat(session, agency_id=world.id("council"), case_id=case.id)
    assert held is not None and held.contact_id == colleague.id
    assert (await rows(session, "SELECT chair_id FROM conference"))[0][0] == colleague.id
    ((what, due),) = await rows(session, "SELECT what, due_on FROM action")
    assert what == "Introduce Colleague to Police (Police), the desk of Health" and due == date(2026, 3, 17)
    (change,) = await queries.changing(session, case.id, NOW + timedelta(days=27))
    assert (change.from_id, change.to_id) == (world.workers["council"].id, colleague.id)
    assert await queries.changing(session, case.id, NOW + timedelta(days=29)) == []
    with pytest.raises(Conflict, match="answered already"):
        await changes.accept(session, handover, item, by=by, at=NOW)


async def test_who_has_gone_suddenly_introduces_nobody(world: World, session: AsyncSession) -> None:
    _, colleague = await leave(session, world)
    handover = await offered(session, world, colleague)
    handover.reason = Reason.gone.value
    item = (await queries.items_of(session, handover.id))[0]
    await changes.accept(session, handover, item, by=viewer_of(world, colleague), at=NOW)
    assert "Introduce yourself to" in str((await rows(session, "SELECT what FROM action"))[0][0])


async def test_only_the_receiver_answers(world: World, session: AsyncSession) -> None:
    _, colleague = await leave(session, world)
    handover = await offered(session, world, colleague)
    item = (await queries.items_of(session, handover.id))[0]
    with pytest.raises(Refused, match="Only the person"):
        await changes.accept(session, handover, item, by=world.viewer("council"), at=NOW)
    with pytest.raises(Refused, match="Only the person"):
        await changes.decline(session, handover, item, because="Not for me to say", by=world.viewer("council"), at=NOW)
    with pytest.raises(Refused):
        await changes.decline(session, handover, item, because="no", by=viewer_of(world, colleague), at=NOW)
    because = "I know this family privately"
    await changes.decline(session, handover, item, because=because, by=viewer_of(world, colleague), at=NOW)
    assert item.state == ItemState.declined


async def test_what_is_theirs_no_more_cannot_be_accepted(world: World, session: AsyncSession) -> None:
    case, colleague = await leave(session, world)
    handover = await offered(session, world, colleague)
    held = await seat(session, agency_id=world.id("council"), case_id=case.id)
    other = await make_worker(session, world.agencies["council"], "other")
    await sharing.name_contact(session, held, worker_id=other.id, by=world.viewer("council"), at=NOW)
    item = next(one for one in await queries.items_of(session, handover.id) if one.subject_type == "seat")
    with pytest.raises(Conflict, match="not theirs any more"):
        await changes.accept(session, handover, item, by=viewer_of(world, colleague), at=NOW)


async def test_withdrawing_leaves_what_was_accepted(world: World, session: AsyncSession) -> None:
    _, colleague = await leave(session, world)
    handover = await offered(session, world, colleague)
    first = (await queries.items_of(session, handover.id))[0]
    await changes.accept(session, handover, first, by=viewer_of(world, colleague), at=NOW)
    await changes.withdraw(session, handover, by=world.viewer("council"), at=NOW)
    states = [one.state for one in await queries.items_of(session, handover.id)]
    assert sorted(states) == ["accepted", "withdrawn", "withdrawn"]
    with pytest.raises(Conflict):
        await changes.withdraw(session, handover, by=world.viewer("council"), at=NOW)


async def test_two_deputies_do_not_overlap(world: World, session: AsyncSession) -> None:
    _, colleague = await leave(session, world)
    worker, by = world.workers["council"], world.viewer("council")

    async def name(start: int, end: int) -> object:
        return await changes.name_deputy(
            session,
            worker,
            deputy=colleague,
            starts_on=TODAY + timedelta(days=start),
            ends_on=TODAY + timedelta(days=end),
            by=by,
            at=NOW,
        )

    first = await name(2, 9)
    with pytest.raises(Refused, match="already"):
        await name(9, 12)
    assert await queries.deputies(session, [worker.id], TODAY) == {}
    assert (await queries.deputies(session, [worker.id], TODAY + timedelta(days=2)))[worker.id] is first
    await changes.end_deputy(session, first, by=by, at=NOW)  # type: ignore[arg-type]
    await name(9, 12)


# --- Pages ----------------------------------------------------------------------------------------------------------


async def test_the_whole_handover_in_the_browser(browser: Make, world: World, session: AsyncSession) -> None:
    case, colleague = await leave(session, world)
    await session.commit()
    leaver = await browser().sign_in("council")
    work = f"/workers/{ref(world.workers['council'].id)}/work"
    page = (await leaver.get(work)).text
    assert "Answers for the case" in page and "Chairs a conference" in page
    keys = [part.split('"')[0] for part in page.split('name="items" type="checkbox" value="')[1:]]
    assert len(keys) == 3
    form = {"to": ref(colleague.id), "reason": "leaving", "overlap_until": "2099-01-01", "items": keys}
    refused = await leaver.submit(work.removesuffix("/work") + "/handovers", form, page=work)
    assert refused.status_code == 422 and "eight weeks or less" in refused.text
    from hub.clock import today

    form["overlap_until"] = str(today() + timedelta(days=14))
    sent = await leaver.submit(work.removesuffix("/work") + "/handovers", form, page=work)
    assert sent.status_code == 303
    handover = sent.headers["location"]
    note = {"relationships": "The aunt decides CANARY", "manner": "", "tried": ""}
    assert (await leaver.submit(f"{handover}/cases/{ref(case.id)}", note)).status_code == 303
    assert "offered already" in (await leaver.get(work)).text
    assert (await leaver.submit(f"{handover}/accept", {})).status_code == 422

    comer = await browser().sign_in("colleague")
    assert "hands over to you" in (await comer.get("/my-work")).text
    page = (await comer.get(handover)).text
    assert "The aunt decides CANARY" in page and "Accept everything (3)" in page
    assert (await comer.submit(f"{handover}/cases/{ref(case.id)}", note)).status_code == 403
    assert (await comer.submit(f"{handover}/withdraw", {})).status_code == 403
    assert (await comer.submit(f"{handover}/accept", {})).status_code == 303
    assert "hands over to you" not in (await comer.get("/my-work")).text
    now = (await comer.get(f"/cases/{ref(case.id)}")).text
    assert "hand changing" in now and "Colleague has taken over from Council" in now


@pytest.mark.parametrize(
    ("who", "roles", "status"),
    [("council", ["frontline"], 404), ("council", ["leader"], 200), ("police", ["leader", "administrator"], 404)],
)
async def test_who_may_hand_over_for_another(
    who: str, roles: list[str], status: int, browser: Make, world: World, session: AsyncSession
) -> None:
    _, colleague = await leave(session, world)
    await session.execute(update(Worker).where(Worker.id == world.workers[who].id).values(roles=roles))
    await session.commit()
    client = await browser().sign_in(who)
    page = f"/workers/{ref(colleague.id)}"
    assert (await client.get(f"{page}/work")).status_code == status
    if status == 404:
        for path in ("handovers", "deputy", "end", "agency"):
            assert (await client.submit(f"{page}/{path}", {})).status_code == 404


async def test_an_outsider_meets_no_handover(browser: Make, world: World, session: AsyncSession) -> None:
    case, colleague = await leave(session, world)
    handover = await offered(session, world, colleague)
    deputy = await changes.name_deputy(
        session,
        world.workers["council"],
        deputy=colleague,
        starts_on=TODAY,
        ends_on=TODAY,
        by=world.viewer("council"),
        at=NOW,
    )
    await session.commit()
    client = await browser().sign_in("police")
    path = f"/handovers/{ref(handover.id)}"
    assert (await client.get(path)).status_code == 404
    for one in ("accept", "decline", "withdraw", f"cases/{ref(case.id)}"):
        assert (await client.submit(f"{path}/{one}", {})).status_code == 404
    assert (await client.submit(f"/deputies/{ref(deputy.id)}/end", {})).status_code == 404
    assert "Council to Colleague" not in (await client.get("/handovers")).text


async def test_ending_an_account_in_the_browser(browser: Make, world: World, session: AsyncSession) -> None:
    _, colleague = await leave(session, world)
    await session.execute(
        update(Worker).where(Worker.id == world.workers["council"].id).values(roles=["leader", "administrator"])
    )
    await session.commit()
    client = await browser().sign_in("council")
    own = f"/workers/{ref(world.workers['council'].id)}"
    refused = await client.submit(f"{own}/end", {})
    assert refused.status_code == 422 and "1 case" in refused.text
    refused = await client.submit(f"{own}/agency", {"agency": ref(world.id("police"))})
    assert refused.status_code == 422 and "Hand everything over first" in refused.text
    theirs = f"/workers/{ref(colleague.id)}"
    assert (await client.submit(f"{theirs}/agency", {"agency": ref(world.id("council"))})).status_code == 422
    assert (await client.submit(f"{theirs}/end", {})).status_code == 303
    assert (await browser().post("/signin/demo", data={"worker": "colleague"})).status_code == 422


async def test_the_deputy_is_shown_as_the_one_to_ring(browser: Make, world: World, session: AsyncSession) -> None:
    case, colleague = await leave(session, world)
    colleague.phone = "07700 900777"
    await session.commit()
    from hub.clock import today

    client = await browser().sign_in("council")
    form = {"deputy": ref(colleague.id), "starts_on": str(today()), "ends_on": str(today())}
    work = f"/workers/{ref(world.workers['council'].id)}"
    assert (await client.submit(f"{work}/deputy", form)).status_code == 303
    page = (await client.get(f"/cases/{ref(case.id)}")).text
    assert "stands in" in page and "07700 900777" in page


async def test_an_action_is_given_back_in_one_tap(browser: Make, world: World, session: AsyncSession) -> None:
    from tests.audit.test_looks import one_of_everything

    await one_of_everything(session, world)
    await session.commit()
    client = await browser().sign_in("council")
    page = (await client.get("/my-work")).text
    assert "I cannot take this" in page and "No time for it" in page
    path = page.split('/return" method="post"')[0].split('action="')[-1] + "/return"
    answer = await client.submit(path, {"reason": "I have no time for it now. Please give it to somebody who has."})
    assert answer.status_code == 303
