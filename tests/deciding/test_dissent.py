"""Positions and dissent: by one tap, verbatim and for ever, in time, and answered."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from hub.board.queries import waiting_count
from hub.board.waiting import waiting_on
from hub.cases.tables import Case
from hub.clock import now
from hub.conferences import changes as conferences
from hub.conferences.tables import Conference
from hub.decisions import changes, queries
from hub.decisions.changes import Decided
from hub.decisions.rules import Option, Stance
from hub.decisions.tables import Decision, Position
from hub.errors import Conflict, Refused
from hub.ids import new_id, ref
from hub.minutes.rules import letter_of
from hub.minutes.wording import letter_parts
from tests.board.test_board import counted
from tests.conferences.test_conferences import schedule
from tests.conftest import Browser, Maker, come_in, rows
from tests.deciding.test_between_meetings import _rate
from tests.makers import World, make_case
from tests.minutes.test_room import paper

Make = Callable[[], Browser]
WORDS = "He knows the way to the school & waits there"
DECIDED = Decided(
    "Is it safe?",
    [
        Option("Weekly visits", "Somebody looks", "It takes time", chosen=True),
        Option("No further action", "They ask for quiet", "Nobody would look"),
    ],
    "",
    "The risk is higher at weekends",
)


async def decide(session: AsyncSession, world: World, *, ago: timedelta = timedelta(0)) -> tuple[Case, Decision]:
    """A decision of a conference, with the positions of the council and of health, and none of the police yet."""
    at = now() - ago
    contacts = {world.id(slug): world.workers[slug].id for slug in ("council", "police", "health")}
    case = await make_case(session, world, at=at - timedelta(days=1), contacts=contacts)
    conference = await schedule(session, world, case, at=at)
    by = world.viewer("council")
    await conferences.begin(session, conference, by=by, at=at)
    made = await changes.decide(session, case_id=case.id, conference_id=conference.id, decided=DECIDED, by=by, at=at)
    for slug in ("council", "health"):
        await say(session, world, made, slug, Stance.agree)
    return case, made


async def say(session: AsyncSession, world: World, made: Decision, slug: str, stance: Stance) -> Position:
    return await changes.state_position(
        session,
        made,
        agency_id=world.id(slug),
        stance=stance,
        reason=WORDS if stance is Stance.dissent else "",
        stated_by=world.workers[slug].id,
        by=world.viewer(slug),
        at=made.decided_at,
    )


# --- For ever ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["hub_app", "hub_owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE position SET stance = 'agree'",
        "UPDATE position SET reason = 'softer'",
        "UPDATE position SET stated_by = NULL",
        "UPDATE position SET superseded_at = now(), reason = 'softer'",
        "DELETE FROM position",
        "TRUNCATE position CASCADE",
        "UPDATE decision_option SET text = 'other'",
        "DELETE FROM decision_option",
        "UPDATE dissent_answer SET words = 'other'",
        "DELETE FROM dissent_answer",
    ],
)
async def test_what_was_said_cannot_be_changed_by_anybody(
    statement: str, role: str, world: World, session: AsyncSession
) -> None:
    _, made = await decide(session, world)
    dissent = await say(session, world, made, "police", Stance.dissent)
    await changes.answer_dissent(
        session, made, dissent, words="We put it to the vote.", by=world.viewer("council"), at=now()
    )
    assert await session.scalar(text("SELECT current_user")) == "hub_app"
    if role == "hub_owner":
        await session.execute(text("SET LOCAL ROLE hub_owner"))
    with pytest.raises(DBAPIError):
        await session.execute(text(statement))


async def test_a_position_gives_way_once_and_only_forwards(world: World, session: AsyncSession) -> None:
    _, made = await decide(session, world)
    first = await say(session, world, made, "police", Stance.dissent)
    await say(session, world, made, "police", Stance.agree)
    await session.flush()
    for value in ("NULL", "now()"):
        with pytest.raises(DBAPIError, match="for ever"):
            async with session.begin_nested():
                await session.execute(
                    text(f"UPDATE position SET superseded_at = {value} WHERE id = :id"),  # noqa: S608
                    {"id": first.id},
                )
    (card,) = await queries.shown(session, [made])
    assert [one.reason for one in card.positions if one.stance == "dissent"] == [WORDS]
    assert card.open_dissents == [], "one that the agency has left behind waits for no answer"


# --- Positions --------------------------------------------------------------------------------------------------


async def test_one_tap_says_that_we_agree(world: World, session: AsyncSession, browser: Make) -> None:
    case, made = await decide(session, world)
    await session.commit()
    police, school = await browser().sign_in("police"), await browser().sign_in("school")
    mine = (await police.get("/my-work")).text
    assert "Your agency has not said where it stands on “Is it safe?”" in mine and ">We agree</button>" in mine
    tap = {"agency": ref(world.id("police")), "stance": "agree", "_back": "/my-work"}
    address = f"/decisions/{ref(made.id)}"
    assert (await school.submit(f"{address}/positions", tap)).status_code == 404
    done = await police.submit(f"{address}/positions", tap)
    assert done.status_code == 303 and done.headers["location"] == "/my-work"
    assert "has not said where it stands" not in (await police.get("/my-work")).text
    page, part = (await police.get(address)).text, (await police.get(f"{address}/live")).text
    assert f'hx-get="{address}/live" hx-trigger="sse:case-{ref(case.id)}' in page and part.strip() in page
    assert "not heard" not in part.lower() and (await school.get(f"{address}/live")).status_code == 404
    assert (await police.get(f"/cases/{ref(case.id)}/conferences")).status_code == 200


async def test_an_absent_agency_is_asked_until_a_conference_has_answered(world: World, session: AsyncSession) -> None:
    contacts = {world.id("police"): world.workers["police"].id}
    case = await make_case(session, world, at=now() - timedelta(days=2), contacts=contacts)
    await _rate(session, world, case, now() - timedelta(days=1))
    police, health = world.viewer("police"), world.viewer("health", "leader")
    for viewer in (police, health):
        assert [one.kind for one in await waiting_on(session, viewer, at=now())] == ["position"]
        assert await waiting_count(session, viewer, at=now()) == 1
    assert await waiting_on(session, world.viewer("health"), at=now()) == [], "not a colleague who is not named"
    assert [one.kind for one in await waiting_on(session, world.viewer("council"), at=now())] == []
    (made,) = await queries.waiting_between(session, case.id)
    await say(session, world, made, "police", Stance.agree)
    assert await waiting_on(session, police, at=now()) == []


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"stance": "dissent", "reason": "No"}, 422, "at least 20 characters"),
        ({"stance": "reservation", "reason": ""}, 422, "at least 10 characters"),
        ({"reason": "Something without a stance"}, 422, "Choose the position"),
        ({"stance": "dissent", "reason": WORDS, "stated_by": "council"}, 422, "Choose who spoke"),
    ],
)
async def test_what_is_missing_comes_back_with_what_was_typed(
    given: dict[str, str], status: int, sentence: str, world: World, session: AsyncSession, browser: Make
) -> None:
    _, made = await decide(session, world)
    await session.commit()
    police = await browser().sign_in("police")
    if "stated_by" in given:
        given = given | {"stated_by": ref(world.workers["council"].id)}
    room = f"/conferences/{ref(made.conference_id)}#decision-{ref(made.id)}"  # type: ignore[arg-type]
    typed = {"agency": ref(world.id("police")), "_back": room, **given}
    answer = await police.submit(f"/decisions/{ref(made.id)}/positions", typed)
    assert f'name="_back" value="{room}"' in answer.text, "put right, it leads back into the room that it came from"
    assert answer.status_code == status and sentence in answer.text
    assert given["reason"].replace("&", "&amp;") in answer.text


async def test_nobody_speaks_for_another_agency_but_the_chair(
    world: World, session: AsyncSession, browser: Make
) -> None:
    _, made = await decide(session, world)
    await session.commit()
    address = f"/decisions/{ref(made.id)}/positions"
    for_health = {"agency": ref(world.id("health")), "stance": "abstain"}
    assert (await (await browser().sign_in("police")).submit(address, for_health)).status_code == 403
    council = await browser().sign_in("council")
    absent = await council.submit(address, for_health)
    assert absent.status_code == 422 and "asked, not stated" in absent.text, "nobody of health is there to state it"
    not_asked = for_health | {"stance": "not-consulted", "reason": "Nobody of health could come"}
    assert (await council.submit(address, not_asked)).status_code == 303, "which is no position of theirs"
    own = await (await browser().sign_in("health")).submit(address, for_health | {"stance": "agree"})
    assert own.status_code == 303, "their own worker states it from wherever they are"
    assert "on behalf of" not in (await council.get(f"/decisions/{ref(made.id)}")).text
    await session.execute(
        text("UPDATE invitee SET attendance = 'by-video' WHERE agency_id = :health"), {"health": world.id("health")}
    )
    await session.commit()
    assert (await council.submit(address, for_health)).status_code == 303
    chair = f"{world.workers['council'].name}, Council, on behalf of"
    room = f"/conferences/{ref(made.conference_id)}"  # type: ignore[arg-type]
    await council.submit(f"{room}/statement", {"agreed": "true"})
    for page in (f"/decisions/{ref(made.id)}", room, f"{room}/minutes"):
        assert f"Recorded by {chair} Health." in (await council.get(page)).text, page
    reserved = for_health | {"stance": "reservation", "reason": "She should be seen sooner"}
    assert (await council.submit(address, reserved)).status_code == 303
    page = (await council.get(f"/decisions/{ref(made.id)}")).text
    assert f"recorded by {world.workers['council'].name}, Council" in page
    held = await session.get_one(Conference, made.conference_id)
    told = letter_of(await letter_parts(session, held, viewer=world.viewer("council"), at=now()))
    assert f"Recorded by {chair}: Health" in told
    assert f"Health agrees with a reservation (recorded by {world.workers['council'].name}, Council)" in (
        await paper(council, room)
    )
    outside = await council.submit(address, {"agency": ref(world.id("school")), "stance": "agree"})
    assert outside.status_code == 422 and "around this case" in outside.text


async def test_an_agency_that_was_not_invited_is_recorded_as_not_consulted(
    world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=now(), invitees=[world.workers["police"]])
    await session.commit()
    council, room = await browser().sign_in("council"), f"/conferences/{ref(conference.id)}"
    await council.submit(f"{room}/open", {"anyway": "true"})
    await come_in(session, council, room)
    form = {
        "question": "Safe?", "option_1": "Visits", "for_1": "Seen", "against_1": "Time", "option_2": "No further action",
        "for_2": "Quiet", "against_2": "Unseen", "took": "1", "rationale": "Weekends are worst",
    }  # fmt: skip
    assert (await council.submit(f"{room}/decisions", form)).status_code == 303
    found = await rows(session, "SELECT agency_id, stance FROM position")
    assert found == [(world.id("health"), "not-consulted")]


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"for_1": ""}, "for_1"), ({"option_2": "", "for_2": "", "against_2": ""}, "option_2"), ({"took": ""}, "took")],
)
async def test_a_decision_that_is_not_weighed_comes_back_with_everything_typed(
    changed: dict[str, str], field: str, world: World, session: AsyncSession, browser: Make
) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=now())
    await session.commit()
    council, room = await browser().sign_in("council"), f"/conferences/{ref(conference.id)}"
    await council.submit(f"{room}/open", {"anyway": "true"})
    await come_in(session, council, room)
    empty = (await council.get(room)).text
    assert 'name="option_2" type="text" value="No further action"' in empty
    form = {
        "question": "Safe in CANARY street?", "option_1": "Visits", "for_1": "Seen", "against_1": "Time",
        "option_2": "No further action", "for_2": "Quiet", "against_2": "Unseen", "took": "1",
        "by_1": ref(world.id("police")), "rationale": "Weekends are worst",
    } | changed  # fmt: skip
    answer = await council.submit(f"{room}/decisions", form)
    assert answer.status_code == 422 and f'href="#{field}"' in answer.text
    assert "Safe in CANARY street?" in answer.text and "Weekends are worst" in answer.text
    assert f'value="{ref(world.id("police"))}" selected' in answer.text
    only = await council.submit(
        f"{room}/decisions", form | {"took": "1", "why_only_one": "The court has ordered visits"}
    )
    assert only.status_code == 303


async def test_the_room_stands_when_everybody_has_been_heard(
    world: World, session: AsyncSession, browser: Make
) -> None:
    _, made = await decide(session, world)
    await say(session, world, made, "police", Stance.dissent)
    await session.commit()
    room = f"/conferences/{ref(made.conference_id)}"  # type: ignore[arg-type]
    for slug in ("council", "police"):
        page = await (await browser().sign_in(slug)).get(room)
        assert page.status_code == 200 and "Not heard yet" not in page.text


# --- The window -------------------------------------------------------------------------------------------------


async def test_a_dissent_is_heard_after_the_conference_and_not_after_72_hours(
    world: World, session: AsyncSession, browser: Make
) -> None:
    _, fresh = await decide(session, world, ago=timedelta(hours=71, minutes=50))
    _, late = await decide(session, world, ago=timedelta(hours=72, minutes=1))
    await session.execute(text("UPDATE conference SET state = 'closed', closed_at = now()"))
    await session.commit()
    police = await browser().sign_in("police")
    given = {"agency": ref(world.id("police")), "stance": "dissent", "reason": WORDS}
    assert "can dissent until" in (await police.get(f"/decisions/{ref(fresh.id)}")).text
    assert (await police.submit(f"/decisions/{ref(fresh.id)}/positions", given)).status_code == 303
    page = (await police.get(f"/decisions/{ref(late.id)}")).text
    assert "The time to dissent is over" in page and "ring the chair" in page and "07700 900001" in page
    assert 'value="dissent"' not in page
    refused = await police.submit(f"/decisions/{ref(late.id)}/positions", given)
    assert (
        refused.status_code == 422 and "ring the chair" in refused.text and WORDS.replace("&", "&amp;") in refused.text
    )
    told = await rows(session, "SELECT worker_id FROM notice WHERE kind = 'dissent-stated'")
    assert told == [(world.workers["council"].id,)], "the chair hears of it"


# --- The answer -------------------------------------------------------------------------------------------------


async def test_a_dissent_stands_in_the_chairs_work_until_it_is_answered(
    world: World, session: AsyncSession, browser: Make
) -> None:
    case, made = await decide(session, world, ago=timedelta(days=30))
    dissent = await say(session, world, made, "police", Stance.dissent)
    await session.commit()
    council, police, school = [await browser().sign_in(slug) for slug in ("council", "police", "school")]
    address = f"/decisions/{ref(made.id)}"
    work = (await council.get("/my-work")).text
    assert "Answer a dissent on “Is it safe?”" in work and "overdue" in work
    card = (await council.get(address)).text
    assert "Not answered yet" in card and "overdue" in card and "Council" in card
    answer = f"{address}/dissents/{ref(dissent.id)}/answer"
    words = {"words": "We have put a worker at the gate since Monday."}
    assert (await school.submit(answer, words)).status_code == 404
    assert (await police.submit(answer, words)).status_code == 403
    short = await council.submit(answer, {"words": "Noted."})
    assert short.status_code == 422 and ">Noted.</textarea>" in short.text
    assert (await council.submit(f"{address}/dissents/{ref(new_id())}/answer", words)).status_code == 404
    assert (await council.submit(answer, words)).status_code == 303
    assert (await council.submit(answer, words)).status_code == 409
    assert "Answer a dissent" not in (await council.get("/my-work")).text
    for page in (address, f"/cases/{ref(case.id)}/conferences", f"/cases/{ref(case.id)}"):
        shown = (await police.get(page)).text
        assert words["words"] in shown and WORDS.replace("&", "&amp;") in shown
    told = await rows(session, "SELECT worker_id FROM notice WHERE kind = 'dissent-answered'")
    assert told == [(world.workers["police"].id,)]
    assert "answered the dissent of Police" in (await police.get(f"/cases/{ref(case.id)}/history")).text


async def test_outside_a_conference_or_without_its_chair_the_accountable_person_answers(
    world: World, session: AsyncSession
) -> None:
    _, made = await decide(session, world)
    await say(session, world, made, "police", Stance.dissent)
    await session.execute(text("UPDATE accountability SET worker_id = :id"), {"id": world.workers["health"].id})
    assert [one.kind for one in await waiting_on(session, world.viewer("council"), at=now()) if one.kind == "dissent"]
    await session.execute(
        text("UPDATE worker SET ended_at = now() WHERE id = :id"), {"id": world.workers["council"].id}
    )
    kinds = [one.kind for one in await waiting_on(session, world.viewer("health"), at=now())]
    assert "dissent" in kinds
    assert await waiting_count(session, world.viewer("health"), at=now()) >= 1


async def test_one_answer_to_one_dissent(world: World, session: AsyncSession) -> None:
    _, made = await decide(session, world)
    dissent = await say(session, world, made, "police", Stance.dissent)
    by = world.viewer("council")
    with pytest.raises(Refused):
        await changes.answer_dissent(session, made, dissent, words="Noted.", by=by, at=now())
    await changes.answer_dissent(session, made, dissent, words="We put it to the vote.", by=by, at=now())
    with pytest.raises(Conflict):
        await changes.answer_dissent(session, made, dissent, words="We put it to the vote.", by=by, at=now())


# --- Hidden -----------------------------------------------------------------------------------------------------


async def test_a_decision_of_a_hidden_case_is_not_there(world: World, session: AsyncSession, browser: Make) -> None:
    case, made = await decide(session, world)
    dissent = await say(session, world, made, "police", Stance.dissent)
    await session.commit()
    school, address = await browser().sign_in("school"), f"/decisions/{ref(made.id)}"
    absent = (await school.get(f"/decisions/{ref(new_id())}")).text
    hidden = await school.get(address)
    assert (
        hidden.status_code == 404 and hidden.text.replace(ref(made.id), "") == absent
    ) or "Is it safe" not in hidden.text
    form = {"agency": ref(world.id("school")), "stance": "agree"}
    for post, data in (
        (f"{address}/positions", form),
        (f"{address}/settlement", {"settled": "ratified", "words": "It is well."}),
        (f"{address}/dissents/{ref(dissent.id)}/answer", {"words": "We put it to the vote."}),
        (f"/cases/{ref(case.id)}/decisions", {"question": "?"}),
    ):
        assert (await school.submit(post, data)).status_code == 404, post
    assert (await school.get(f"/cases/{ref(case.id)}/decisions/new")).status_code == 404
    police = await browser().sign_in("police")
    assert (await police.get(address)).status_code == 200
    await session.execute(
        text("UPDATE circle_seat SET left_at = now() WHERE agency_id = :id"), {"id": world.id("police")}
    )
    await session.commit()
    assert (await police.get(address)).status_code == 404
    assert "Is it safe" not in (await police.get("/my-work")).text
    assert [row[0] for row in await rows(session, "SELECT count(*) FROM event WHERE kind = 'decision:viewed'")] == [1]


async def test_many_decisions_take_as_many_queries_as_one(
    world: World, session: AsyncSession, connection: AsyncConnection, maker: Maker
) -> None:
    taken = []
    for more in (1, 6):
        for _ in range(more):
            _, made = await decide(session, world)
            dissent = await say(session, world, made, "police", Stance.dissent)
            await changes.answer_dissent(
                session, made, dissent, words="We put it to the vote.", by=world.viewer("council"), at=now()
            )
        await session.commit()
        async with maker() as fresh:
            found = list(await fresh.scalars(select(Decision)))
            with counted(connection) as seen:
                cards = await queries.shown(fresh, found)
        assert all(card.answers and len(card.options) == 2 for card in cards)
        taken.append(len(seen))
    assert taken[0] == taken[1] <= 5
