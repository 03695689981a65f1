"""An action from giving it to its end, against the database."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import changes, extending, queries
from hub.actions.changes import Assigned
from hub.actions.queries import Cut
from hub.actions.rules import ActionState, Order, Result, Show
from hub.actions.tables import Action
from hub.cases.changes import accept
from hub.cases.queries import accountable_for
from hub.cases.tables import Case
from hub.errors import Conflict, Refused
from tests.conftest import rows
from tests.makers import NOW, World, make_case, make_worker

TODAY = NOW.date()
LATER = NOW + timedelta(hours=1)


async def make_action(
    session: AsyncSession, world: World, case: Case, *, who: str = "health", by: str = "council", **given: object
) -> Action:
    told: dict[str, object] = {
        "what": "Ring the school nurse about Ayo", "due_on": TODAY + timedelta(days=14),
        "no_outcome_because": "we have not met the family", "risk": "alone at night",
    }  # fmt: skip
    assigned = Assigned(worker=world.workers[who], **(told | given))  # type: ignore[arg-type]
    return await changes.give(
        session, case_id=case.id, conference_id=None, assigned=assigned, by=world.viewer(by), at=NOW
    )


async def owner(session: AsyncSession, action: Action) -> object:
    held = await accountable_for(session, "action", action.id)
    return held and held.worker_id


async def test_an_action_says_what_it_is_for(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    for given, field in (({"no_outcome_because": ""}, "no_outcome_because"), ({"risk": ""}, "risk")):
        with pytest.raises(Refused) as refused:
            await make_action(session, world, case, **given)
        assert refused.value.field == field
    action = await make_action(session, world, case)
    assert action.origin == "case" and await owner(session, action) == world.workers["health"].id


async def test_what_was_tried_before_is_answered_for(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    first = await make_action(session, world, case)
    health = world.viewer("health")
    await changes.finish(
        session, first, state=ActionState.done, note="She rang twice", result=Result.no, by=health, at=NOW
    )
    with pytest.raises(Refused) as refused:
        await make_action(session, world, case, what="Ring the nurse at school about Ayo again")
    assert refused.value.field == "last_result"
    with pytest.raises(Refused):
        await make_action(session, world, case, what="Ring the nurse at school about Ayo again", who="police")
    again = await make_action(
        session, world, case, what="Ring the nurse at school about Ayo again", last_result=Result.no
    )
    assert (again.similar_to, again.last_result) == (first.id, "no")
    worked = await make_action(
        session, world, case, what="Ring the nurse at school about Ayo at noon", last_result=Result.no, who="police"
    )
    await changes.finish(
        session, worked, state=ActionState.done, note="He answered", result=Result.worked, by=world.viewer("police"),
        at=LATER,
    )  # fmt: skip
    asked = "Ring the nurse at school about Ayo"
    assert [one.id for one in await queries.tried_before(session, health, case.id, asked)] == [first.id, worked.id]
    sibling = await make_case(session, world)
    sibling.family_id = case.family_id
    await session.flush()
    assert len(await queries.tried_before(session, health, sibling.id, asked)) == 2, "of the whole family"
    assert await queries.tried_before(session, world.viewer("school"), sibling.id, asked) == [], "that opens to them"
    of_sibling = await make_action(session, world, sibling, what=asked, last_result=Result.no)
    assert of_sibling.similar_to is None, "another case is not named where its reader may not see it"


async def test_declining_goes_back_to_the_giver_with_the_reason(world: World, session: AsyncSession) -> None:
    action = await make_action(session, world, await make_case(session, world))
    with pytest.raises(Refused):
        await changes.decline(session, action, reason="Not my patient", by=world.viewer("police"), at=LATER)
    await changes.decline(session, action, reason="Not my patient at all", by=world.viewer("health"), at=LATER)
    assert await owner(session, action) == world.workers["council"].id
    assert action.agency_id == world.id("council")
    assert [one.words for one in await queries.entries(session, action.id)] == ["Not my patient at all"]
    assert await rows(session, "SELECT count(*) FROM notice WHERE kind = 'action-declined'") == [(1,)]
    with pytest.raises(Refused, match="Nobody gave you this"):
        await changes.decline(session, action, reason="I cannot do it either", by=world.viewer("council"), at=LATER)
    await changes.pass_on(
        session,
        action,
        worker=world.workers["police"],
        reason="They see her daily",
        by=world.viewer("council"),
        at=LATER,
    )
    assert await owner(session, action) == world.workers["police"].id


async def test_more_time_is_asked_and_the_days_stay(world: World, session: AsyncSession) -> None:
    action = await make_action(session, world, await make_case(session, world))
    first, second = action.due_on, action.due_on + timedelta(days=7)
    health, council = world.viewer("health"), world.viewer("council")
    ask = {"due_on": second, "reason": "She is on leave this week", "at": LATER}
    await extending.ask(session, action, by=health, **ask)
    with pytest.raises(Conflict):
        await extending.ask(session, action, by=health, **ask)
    assert len(await queries.extensions_to_answer(session, council)) == 1 and action.due_on == first
    with pytest.raises(Refused, match="you asked"):
        await extending.answer(session, action, granted=True, words="", by=health, at=LATER)
    with pytest.raises(Refused):
        await extending.answer(session, action, granted=False, words="", by=council, at=LATER)
    await extending.answer(session, action, granted=True, words="", by=council, at=LATER)
    assert action.due_on == second and await queries.extensions_to_answer(session, council) == []
    found = (await queries.extensions(session, [action.id]))[action.id]
    assert [(one.was_due_on, one.due_on, one.state) for one in found] == [(first, second, "granted")]


async def reminded(session: AsyncSession, action: Action) -> list[tuple[object, ...]]:
    """How many reminders an action has, by why they were dropped; an empty reason is one to come."""
    return await rows(
        session,
        "SELECT dropped_because, count(*), count(done_at) FROM reminder WHERE subject_id = :id GROUP BY 1 ORDER BY 1",
        id=action.id,
    )


async def test_re_dating_arms_the_right_reminders_and_closing_drops_the_rest(
    world: World, session: AsyncSession
) -> None:
    action = await make_action(session, world, await make_case(session, world), by="health")
    health, council = world.viewer("health"), world.viewer("council")
    assert await reminded(session, action) == [("", 4, 0)]
    later = TODAY + timedelta(days=21)
    await extending.ask(session, action, due_on=later, reason="The clinic is shut", by=health, at=LATER)
    assert await reminded(session, action) == [("", 4, 0), ("given another day", 4, 4)]
    await changes.finish(session, action, state=ActionState.overtaken, note="They have moved away", by=health, at=LATER)
    assert await reminded(session, action) == [("given another day", 4, 4), ("overtaken by events", 4, 4)]
    first = TODAY + timedelta(days=14)
    await changes.reopen(session, action, reason="They are back again", due_on=first, by=council, at=LATER)
    assert await reminded(session, action) == [("", 4, 0), ("overtaken by events", 4, 4)]


async def test_an_ended_action_keeps_how_it_ended_when_it_is_opened_again(world: World, session: AsyncSession) -> None:
    action = await make_action(session, world, await make_case(session, world))
    health = world.viewer("health")
    await changes.note(session, action, words="Rang twice.", by=health, at=LATER)
    await changes.finish(
        session, action, state=ActionState.done, note="She rang back", result=Result.partly, by=health, at=LATER
    )
    with pytest.raises(Conflict):
        await changes.finish(session, action, state=ActionState.done, note="She rang back", by=health, at=LATER)
    with pytest.raises(Conflict):
        await changes.note(session, action, words="More.", by=health, at=LATER)
    await changes.reopen(
        session, action, reason="Only half of it is done", due_on=TODAY, by=world.viewer("council"), at=LATER
    )
    assert (action.state, action.result, action.finished_at) == ("open", None, None)
    kinds = [(one.kind, one.result) for one in await queries.entries(session, action.id)]
    assert sorted(kinds, key=str) == [("done", "partly"), ("progress", None), ("reopened", None)]
    with pytest.raises(DBAPIError):
        await session.execute(text("UPDATE action_entry SET words = 'never said'"))


async def test_lists_filter_sort_and_stay_inside_the_circle(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    late = await make_action(session, world, case, due_on=TODAY, what="Ring the clinic today")
    week = await make_action(session, world, case, due_on=TODAY + timedelta(days=2), what="Write the letter to court")
    far = await make_action(session, world, case, who="police", what="Walk past at night")
    await changes.finish(
        session, far, state=ActionState.done, note="Walked past at ten", by=world.viewer("police"), at=NOW
    )
    named = await accountable_for(session, "action", week.id)
    assert named is not None
    await accept(session, named, by=world.viewer("health"), at=NOW)
    tomorrow = TODAY + timedelta(days=1)

    async def found(slug: str, **cut: object) -> list[Action]:
        some, total = await queries.listed(
            session,
            world.viewer(slug),
            Cut(**cut),
            today=tomorrow,
            limit=10,
            offset=0,  # type: ignore[arg-type]
        )
        assert total == len(some)
        return [one.action for one in some]

    mine = {"worker_id": world.workers["health"].id}
    assert await found("health", **mine) == [late, week]
    assert await found("health", show=Show.overdue, **mine) == [late]
    assert await found("health", show=Show.week, **mine) == [week]
    assert await found("health", show=Show.waiting, **mine) == [late]
    assert await found("council", case_id=case.id, show=Show.ended) == [far]
    assert await found("council", case_id=case.id, show=Show.all, agency_id=world.id("police")) == [far]
    assert await found("council", case_id=case.id, show=Show.all, order=Order.agency) == [far, late, week]
    assert await found("school", case_id=case.id, show=Show.all) == []
    counts = await queries.tally(session, world.viewer("health"), Cut(**mine), today=tomorrow)  # type: ignore[arg-type]
    assert counts == {Show.open: 2, Show.overdue: 1, Show.week: 1, Show.waiting: 1}


async def test_two_people_for_one_action_meet_on_the_database(world: World, session: AsyncSession) -> None:
    action = await make_action(session, world, await make_case(session, world))
    other = await make_worker(session, world.agencies["health"], "other")
    with pytest.raises(DBAPIError):
        await session.execute(
            text(
                "INSERT INTO accountability (id, subject_type, subject_id, case_id, worker_id, given_at) "
                "VALUES (gen_random_uuid(), 'action', :action, :case, :worker, now())"
            ),
            {"action": action.id, "case": action.case_id, "worker": other.id},
        )
