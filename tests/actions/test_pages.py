"""Actions in the browser: from the form to the end, for those around the case and for nobody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.agencies.tables import Worker
from hub.cases.tables import Case
from hub.errors import Conflict, Refused
from hub.handovers.changes import accept, give_back, name_deputy, offer
from hub.handovers.jobs import return_due
from hub.handovers.queries import changing, holdings, items_of
from hub.handovers.rules import ItemState, Reason, Subject, check_return
from hub.ids import ref
from hub.london import london
from hub.sharing.rules import Viewer
from tests.actions.test_actions import TODAY, make_action, owner
from tests.conftest import Browser, Maker, rows
from tests.makers import NOW, World, make_case, make_worker

Make = Callable[[], Browser]


def in_days(count: int) -> str:
    return (london(clock.now()).date() + timedelta(days=count)).isoformat()


def form(world: World, **given: str) -> dict[str, object]:
    return {
        "what": "Ring the school nurse about Ayo", "worker": ref(world.workers["health"].id), "due_on": in_days(9),
        "no_outcome_because": "we have not met the family", "risk": "alone at night", **given,
    }  # fmt: skip


async def test_the_whole_action_in_the_browser(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await session.execute(update(Worker).where(Worker.id == world.workers["police"].id).values(roles=["leader"]))
    await session.commit()
    path = f"/cases/{ref(case.id)}"
    council, health = await browser().sign_in("council"), await browser().sign_in("health")
    assert "Give the action" in (await council.get(f"{path}/actions/new")).text
    missing = await council.submit(f"{path}/actions", form(world, risk=""))
    assert missing.status_code == 422 and "Say which risk it lowers" in missing.text
    assert "we have not met the family" in missing.text
    empty = await council.submit(f"{path}/actions", dict.fromkeys(form(world), ""))
    for told in ("will be done", "one named person", "the day by which", "or say why there is none", "which risk"):
        assert told in empty.text.split('class="govuk-error-summary"')[1].split("</ul>")[0]
    made = await council.submit(f"{path}/actions", form(world))
    assert made.status_code == 303
    action = made.headers["location"]
    assert "No time for it" in (await health.get("/my-work")).text
    page = (await health.get(action)).text
    assert "Accept: it is mine" in page and "alone at night" in page
    accept_path = page.split('/accept" method="post"')[0].split('action="')[-1] + "/accept"
    assert (await health.submit(accept_path, {"_back": action})).headers["location"] == action
    assert (await health.submit(f"{action}/notes", {"words": "Rang twice."})).status_code == 303
    longer = {"due_on": in_days(20), "reason": "She is on leave this week"}
    assert (await health.submit(f"{action}/extension", longer)).status_code == 303
    assert "Longer for “Ring the school nurse" in (await council.get("/my-work")).text
    assert (await health.submit(f"{action}/extension/answer", {"granted": "true"})).status_code == 403
    assert (await council.submit(f"{action}/extension/answer", {"granted": "true"})).status_code == 303
    page = (await health.get(action)).text
    assert "<s>" in page and "extended 1 time" in page and "Rang twice." in page
    assert (await council.submit(f"{action}/finish", {"state": "done", "note": "She rang back"})).status_code == 403
    unsaid = await health.submit(f"{action}/finish", {"state": "done", "note": "She rang back at nine"})
    assert unsaid.status_code == 422 and "Choose what came of it" in unsaid.text
    ended = {"state": "done", "note": "She rang back at nine", "result": "no"}
    assert (await health.submit(f"{action}/finish", ended)).status_code == 303
    again = await council.submit(f"{path}/actions", form(world, what="Ring the nurse at the school about Ayo"))
    assert again.status_code == 422 and "Tried before" in again.text and "She rang back at nine" in again.text
    reopened = {"reason": "Nobody wrote it down", "due_on": in_days(3)}
    assert (await health.submit(f"{action}/reopen", reopened)).status_code == 403
    police = await browser().sign_in("police")
    assert (await police.submit(f"{action}/reopen", reopened)).status_code == 303
    for list_path in ("/actions", f"{path}/actions?shown=open&order=agency", f"{path}/plan"):
        assert "Ring the school nurse about Ayo" in (await health.get(list_path)).text
    assert (await health.get("/actions?whose=team")).status_code == 403
    assert "Nothing here" in (await police.get("/actions?whose=team")).text
    assert (await health.get("/actions?shown=secret")).status_code == 404


@pytest.mark.parametrize("role", ["researcher", "scrutineer"])
async def test_nobody_is_given_an_action_who_could_not_open_it(
    role: str, browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    never = await make_worker(session, world.agencies["health"], "never", name="Nora Never", roles=[role])
    await session.commit()
    path = f"/cases/{ref(case.id)}"
    council = await browser().sign_in("council")
    assert "Nora Never" not in (await council.get(f"{path}/actions/new")).text
    refused = await council.submit(f"{path}/actions", form(world, worker=ref(never.id)))
    assert refused.status_code == 422 and "who may see it" in refused.text
    action = (await council.submit(f"{path}/actions", form(world))).headers["location"]
    assert "Nora Never" not in (await council.get(action)).text
    passed = await council.submit(f"{action}/pass-on", {"worker": ref(never.id), "reason": "She has the time"})
    assert passed.status_code == 422 and "who may see it" in passed.text
    health = await browser().sign_in("health")
    assert "Nora Never" not in (await health.get("/workers/" + ref(world.workers["health"].id) + "/work")).text


async def test_giving_to_somebody_away_warns_once(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    deputy = await make_worker(session, world.agencies["health"], "deputy")
    today = london(clock.now()).date()
    await name_deputy(
        session, world.workers["health"], deputy=deputy, starts_on=today, ends_on=today + timedelta(days=5),
        by=world.viewer("health"), at=clock.now(),
    )  # fmt: skip
    await session.commit()
    council = await browser().sign_in("council")
    path = f"/cases/{ref(case.id)}/actions"
    assert "Health (Health), away until" in (await council.get(f"{path}/new")).text
    warned = await council.submit(path, form(world))
    assert (
        warned.status_code == 422 and "Deputy stands in" in warned.text and "I know that they are away" in warned.text
    )
    assert (await council.submit(path, form(world, although_away="yes"))).status_code == 303


POSTS = ("decline", "notes", "extension", "extension/answer", "pass-on", "reopen", "finish")


@pytest.mark.parametrize("path", ["", *POSTS])
async def test_outsiders_find_nothing(path: str, browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    action = await make_action(session, world, case)
    await session.commit()
    school = await browser().sign_in("school")
    if path:
        assert (await school.submit(f"/actions/{ref(action.id)}/{path}", {})).status_code == 404
    else:
        for page in (
            f"/actions/{ref(action.id)}",
            f"/cases/{ref(case.id)}/actions",
            f"/cases/{ref(case.id)}/actions/new",
        ):
            assert (await school.get(page)).status_code == 404
        assert (await school.submit(f"/cases/{ref(case.id)}/actions", form(world))).status_code == 404
        assert "school nurse" not in (await school.get("/actions?shown=all")).text


async def test_a_closed_case_refuses(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    action = await make_action(session, world, case)
    await session.execute(text("UPDATE case_record SET stage = 'closed', closed_at = now()"))
    await session.commit()
    health = await browser().sign_in("health")
    for path in POSTS:
        assert (await health.submit(f"/actions/{ref(action.id)}/{path}", {})).status_code == 403
    assert (await health.submit(f"/cases/{ref(case.id)}/actions", form(world))).status_code == 403
    page = (await health.get(f"/actions/{ref(action.id)}")).text
    assert "Finish it" not in page and "Write it down" not in page


# --- Away for a time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "days", "fine"),
    [(Reason.away, 7, True), (Reason.away, 0, False), (Reason.away, None, False), (Reason.away, 400, False),
     (Reason.leaving, None, True), (Reason.leaving, 7, False)],
)  # fmt: skip
def test_only_what_is_handed_over_for_a_time_comes_back(reason: Reason, days: int | None, fine: bool) -> None:
    returns_on = None if days is None else TODAY + timedelta(days=days)
    if fine:
        check_return(reason, returns_on, TODAY)
    else:
        with pytest.raises(Refused):
            check_return(reason, returns_on, TODAY)


async def test_work_handed_over_for_a_time_comes_back(
    maker: Maker, world: World, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    case: Case = await make_case(session, world)
    kept, ended, refused = [
        await make_action(session, world, case, what=what)
        for what in ("Weigh the baby", "Write to court", "Fit a lock")
    ]
    colleague = await make_worker(session, world.agencies["health"], "colleague")
    to = Viewer(worker_id=colleague.id, agency_id=colleague.agency_id, roles=frozenset(["frontline"]))
    away = world.workers["health"]
    chosen = [one for one in (await holdings(session, [away.id]))[away.id] if one.subject is Subject.action]
    offered = await offer(
        session, away, to=colleague, chosen=chosen, reason=Reason.away, overlap_until=TODAY,
        returns_on=TODAY + timedelta(days=7), by=world.viewer("health", "leader"), at=NOW,
    )  # fmt: skip
    for item in await items_of(session, offered.id):
        if item.subject_id != refused.id:
            await accept(session, offered, item, by=to, at=NOW)
    assert await owner(session, kept) == colleague.id
    assert [(one.to_id, one.returns_on) for one in await changing(session, case.id, NOW)] == [
        (colleague.id, TODAY + timedelta(days=7))
    ]
    await session.execute(text("UPDATE action SET state='done', finished_at=now() WHERE id = :id"), {"id": ended.id})
    await session.commit()
    monkeypatch.setattr("hub.clock.now", lambda: NOW + timedelta(days=6))
    assert await return_due(maker) == 0
    monkeypatch.setattr("hub.clock.now", lambda: NOW + timedelta(days=7))
    assert await return_due(maker) == 1 and await return_due(maker) == 0
    states = dict(await rows(session, "SELECT subject_id, state FROM handover_item"))
    assert states == {kept.id: ItemState.returned, ended.id: ItemState.accepted, refused.id: ItemState.withdrawn}
    assert await owner(session, kept) == away.id
    assert await rows(session, "SELECT worker_id FROM notice WHERE kind = 'handover-returned'") == [(away.id,)]
    session.expunge_all()
    with pytest.raises(Conflict):
        await give_back(session, await session.get_one(type(offered), offered.id), by=to, at=NOW)
