"""A conference held in the Hub: the door, the lines, the quorum, the close, and what follows."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import changes as actions
from hub.actions import extending
from hub.actions.changes import Assigned
from hub.actions.rules import ActionState
from hub.cases.tables import Case
from hub.clock import now
from hub.conferences import answers
from hub.conferences.queries import invitees
from hub.conferences.tables import Conference
from hub.errors import Conflict, Refused
from hub.ids import ref
from hub.london import london
from hub.minutes import changes, closing, queries
from hub.minutes.changes import Spoken
from hub.minutes.jobs import remind_of_letters
from hub.minutes.rules import Room, letter_of
from hub.minutes.wording import letter_parts
from hub.sharing.rules import Audience
from hub.times import day_and_year, exact
from tests.conferences.test_conferences import schedule
from tests.conftest import Browser, Maker, rows
from tests.makers import World, make_case

Make = Callable[[], Browser]
DECIDED = {
    "question": "Safe?",
    "option_1": "Weekly visits",
    "for_1": "Somebody looks",
    "against_1": "It takes time",
    "option_2": "No further action",
    "for_2": "They ask for quiet",
    "against_2": "Nobody would look",
    "took": "1",
    "rationale": "Weekends are worst",
}


async def held(session: AsyncSession, world: World) -> tuple[Conference, Case]:
    """A conference that is open, at today's hour."""
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=now())
    await changes.begin(session, conference, by=world.viewer("council"), at=now())
    return conference, case


async def paper(client: Browser, path: str) -> str:
    """What somebody's PDF of the minutes says."""
    pdf = await client.get(f"{path}/minutes.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages).split())


# --- Changes ------------------------------------------------------------------------------------------------------


async def test_it_opens_with_the_agenda_of_its_kind(world: World, session: AsyncSession) -> None:
    conference, _ = await held(session, world)
    items = await queries.agenda(session, conference.id)
    assert len(items) > 6 and queries.current_item(items) == items[0]
    await changes.next_item(session, conference, by=world.viewer("council"), at=now() + timedelta(minutes=1))
    assert queries.current_item(await queries.agenda(session, conference.id)) == items[1]


async def test_a_line_for_named_agencies_reaches_nobody_else(world: World, session: AsyncSession) -> None:
    conference, _ = await held(session, world)
    invited = [world.id(slug) for slug in ("council", "police", "health")]
    by = world.viewer("health")
    for spoken in (
        Spoken(world.id("health"), "She eats well"),
        Spoken(world.id("health"), "SEALED", Audience.named, (world.id("council"),)),
    ):
        await changes.write_line(session, conference, spoken=spoken, runs=False, invited=invited, by=by, at=now())
    for slug, count in (("council", 2), ("health", 2), ("police", 1), ("school", 0)):
        assert len(await queries.lines(session, world.viewer(slug), conference.id)) == count, slug
    with pytest.raises(Refused):
        await changes.write_line(
            session,
            conference,
            spoken=Spoken(world.id("police"), "He was seen"),
            runs=False,
            invited=invited,
            by=by,
            at=now(),
        )


async def test_an_objection_stays_and_a_correction_stands_beside(world: World, session: AsyncSession) -> None:
    conference, _ = await held(session, world)
    invited = [world.id(slug) for slug in ("council", "police", "health")]
    line = await changes.write_line(
        session,
        conference,
        spoken=Spoken(world.id("police"), "He was seen on Monday"),
        runs=True,
        invited=invited,
        by=world.viewer("council"),
        at=now(),
    )
    police = world.viewer("police")
    await changes.answer_line(session, conference, line, agrees=True, by=police, at=now())
    with pytest.raises(Conflict):
        await changes.answer_line(session, conference, line, agrees=True, by=police, at=now())
    await changes.answer_line(
        session, conference, line, agrees=False, words="It was Tuesday, not Monday", by=police, at=now()
    )
    with pytest.raises(Conflict):
        await changes.answer_line(session, conference, line, agrees=True, by=police, at=now())
    await changes.amend_line(session, conference, line, words="Tuesday", by=police, at=now())
    with pytest.raises(Refused):
        await changes.amend_line(session, conference, line, words="x", by=world.viewer("health"), at=now())
    (one,) = await queries.lines(session, police, conference.id)
    assert one.line.words == "He was seen on Monday" and len(one.objections) == 1 and len(one.amendments) == 1
    assert await changes.confirm_rest(session, conference, by=world.viewer("health"), at=now()) == 1
    assert await changes.confirm_rest(session, conference, by=world.viewer("health"), at=now()) == 0


async def test_no_two_without_a_quorum_follow_each_other(world: World, session: AsyncSession) -> None:
    conference, case = await held(session, world)
    by, room = world.viewer("council"), Room(True, ["health"])
    why = {"because": "Delay would harm the child", "by": by, "at": now()}
    await changes.go_interim(session, conference, room=room, **why)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="held again"):
        await closing.close(
            session, conference, room=Room(True, ["health"], interim=True), no_change_because="All as it was", by=by,
            at=now(),
        )  # fmt: skip
    for row in (await invitees(session, [conference.id]))[conference.id]:
        row.attendance = "in-person"
    await session.flush()
    again_at = now() + timedelta(days=3)
    await closing.close(
        session, conference, room=Room(True, ["health"], interim=True), no_change_because="All is as it was",
        again_at=again_at, by=by, at=now(),
    )  # fmt: skip
    again = await queries.followed_by(session, conference.id)
    assert again is not None and again.starts_at == again_at and again.case_id == case.id
    letter = await queries.letter_of(session, conference.id)
    assert letter is not None and "interim" in letter.words
    again.state = "open"
    conference.starts_at = now() - timedelta(days=1)
    await session.flush()
    with pytest.raises(Conflict, match="two may not follow"):
        await changes.go_interim(session, again, room=replace(room, last_was_interim=True), **why)  # type: ignore[arg-type]
    adjourned = await closing.adjourn(
        session, again, room=room, because="Health did not come again", again_at=again_at, by=by, at=now()
    )
    assert again.state == "cancelled" and adjourned.follows_id == again.id


async def test_an_adjourned_one_hands_on_its_papers_and_leaves_the_calendars(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference, _ = await held(session, world)
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, health = await signed_in(browser, "council", "health")
    for client in (council, health):
        await sign(client, path)
    plan = {"title": "Plan of visits", "words": "Every Tuesday", "audience": "circle"}
    assert (await council.submit(f"{path}/papers", plan)).status_code == 303
    sealed = {"title": "SEALED plan", "words": "Ours", "audience": "named", "agencies": [ref(world.id("police"))]}
    assert (await health.submit(f"{path}/papers", sealed)).status_code == 303
    line = {"agency": ref(world.id("council")), "words": "We wait for the police"}
    assert (await council.submit(f"{path}/lines", line)).status_code == 303
    await session.refresh(conference)
    again = await closing.adjourn(
        session, conference, room=Room(True, ["police"]), because="The police did not come",
        again_at=now() + timedelta(days=3), by=world.viewer("council"), at=now(),
    )  # fmt: skip
    await session.commit()
    old = (await council.get(path)).text
    assert "Adjourned</span>" in old and "Called off" not in old
    assert f'href="/conferences/{ref(again.id)}"' in old and f'href="{path}/minutes"' in old
    new = (await council.get(f"/conferences/{ref(again.id)}")).text
    assert "Plan of visits" in new and "brought over from the adjourned one" in new and "SEALED" not in new
    assert "SEALED plan" in (await health.get(f"/conferences/{ref(again.id)}")).text
    told = "SELECT count(*) FROM notice WHERE calendar_method = 'CANCEL' AND subject_id = :id"
    assert await session.scalar(text(told), {"id": conference.id}) == 3, "its time still lies ahead"


async def test_a_letter_is_reviewed_then_sent_once_and_its_reminder_ends(
    maker: Maker, world: World, session: AsyncSession
) -> None:
    conference, _ = await held(session, world)
    by = world.viewer("council")
    letter = await closing.make_letter(session, conference, by=by, at=now())
    with pytest.raises(Conflict):
        await closing.send_letter(session, conference, letter, by=by, at=now())
    await session.execute(text("UPDATE reminder SET due_at = now() - interval '1 minute' WHERE kind = 'letter-due'"))
    await session.commit()
    assert await remind_of_letters(maker) == 1 and await remind_of_letters(maker) == 0
    assert await rows(session, "SELECT count(*) FROM notice WHERE kind = 'letter-due'") == [(1,)]
    await closing.review_letter(session, conference, letter, words="We decided.", by=by, at=now())
    await closing.send_letter(session, conference, letter, by=by, at=now())
    await session.flush()
    assert await rows(session, "SELECT count(*) FROM notice WHERE kind = 'decision-letter'") == [(3,)]
    with pytest.raises(Conflict):
        await closing.review_letter(session, conference, letter, words="Other words.", by=by, at=now())


async def test_a_letter_tells_the_next_conference_or_why_there_is_none(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    by = world.viewer("council")
    held = await schedule(session, world, case, at=now())
    for row in (await invitees(session, [held.id]))[held.id]:
        row.attendance = "apologies"
        row.reason = "PRIVATE"
    held.state, held.kind = "closed", "strategy-discussion"
    await session.flush()
    words = letter_of(await letter_parts(session, held, viewer=by, at=now()))
    assert (
        "Initial child protection conference: none is called yet. It is due by Tuesday 27 July 2027.\n" in f"{words}\n"
    )
    assert "apologies" in words and "PRIVATE" not in words and "Nobody is noted as there" in words
    await answers.not_needed(
        session, case.id, kind="initial-conference", since=held.starts_at, reason="The enquiry ended", by=by, at=now()
    )
    words = letter_of(await letter_parts(session, held, viewer=by, at=now()))
    assert "not needed, until the next strategy discussion is held, because: The enquiry ended" in words
    coming = await schedule(session, world, case, at=now())
    words = letter_of(await letter_parts(session, held, viewer=by, at=now()))
    assert exact(coming.starts_at) in words


# --- Pages --------------------------------------------------------------------------------------------------------


async def signed_in(browser: Make, *slugs: str) -> list[Browser]:
    return [await browser().sign_in(slug) for slug in slugs]


async def version(client: Browser, path: str) -> str:
    """Of what the letter was made of when its page was shown."""
    found = re.search(r'name="version" value="([0-9a-f]{16})"', (await client.get(f"{path}/letter")).text)
    assert found
    return found[1]


async def review(client: Browser, path: str, words: str) -> None:
    read = {"words": words, "version": await version(client, path)}
    assert (await client.submit(f"{path}/letter", read)).status_code == 303


async def sign(client: Browser, path: str) -> None:
    assert (await client.submit(f"{path}/statement", {"agreed": "true", "how": "in-person"})).status_code == 303


async def test_nothing_is_shown_before_the_statement_is_signed(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference, _ = await held(session, world)
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police, school, probation = await signed_in(browser, "council", "police", "school", "probation")
    for page in (path, f"{path}/room"):
        shown = await police.get(page)
        assert shown.status_code == 200 and "statement on confidentiality" in shown.text
        assert "Agree the first plan" not in shown.text and "Agenda" not in shown.text
    for page in (f"{path}/lines", f"{path}/minutes", f"{path}/minutes.pdf"):
        assert (await police.get(page)).status_code == 403
    refused = await police.submit(f"{path}/lines", {"agency": ref(world.id("police")), "words": "He was seen"})
    assert refused.status_code == 403
    unticked = await police.submit(f"{path}/statement", {"how": "by-video"})
    assert unticked.status_code == 422 and "Tick that you agree" in unticked.text
    assert (await police.submit(f"{path}/statement", {"agreed": "true", "how": "by-video"})).status_code == 303
    assert "Agenda" in (await police.get(path)).text
    assert await rows(session, "SELECT attendance FROM invitee WHERE attendance IS NOT NULL") == [("by-video",)]
    for outsider in (school, probation):
        for page in (path, f"{path}/room", f"{path}/lines", f"{path}/minutes", f"{path}/letter"):
            assert (await outsider.get(page)).status_code == 404
        for posted in ("statement", "lines", "lines/answers", "interim", "adjourn", "agenda", "agenda/next", "close"):
            assert (await outsider.submit(f"{path}/{posted}", {"agreed": "true"})).status_code == 404, posted
    assert (await council.get(path)).status_code == 200


async def test_a_member_who_is_not_invited_stays_at_the_door(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=now(), invitees=[world.workers["police"]])
    await changes.begin(session, conference, by=world.viewer("council"), at=now())
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    (health,) = await signed_in(browser, "health")
    assert "You are not invited" in (await health.get(path)).text
    assert (await health.submit(f"{path}/statement", {"agreed": "true"})).status_code == 403


async def test_held_minuted_and_closed_in_the_browser(browser: Make, world: World, session: AsyncSession) -> None:
    conference, case = await held(session, world)
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police, health = await signed_in(browser, "council", "police", "health")
    for client in (council, police, health):
        await sign(client, path)
    room = (await police.get(path)).text
    assert "How each agency sees it" in room and "How each agency rates the risk" in room
    early = await police.get(f"{path}/lines")
    assert "Nothing has been minuted" in early.text and "<html" not in early.text
    line = {"agency": ref(world.id("police")), "words": "He was seen on Monday"}
    assert (await police.submit(f"{path}/lines", line)).status_code == 303
    page = {"hx-request": "true"}
    sent = {"_key": await police.key("/account"), **line, "words": "She was seen too"}
    for status in (200, 204):
        answer = await police.post(f"{path}/lines", data=sent, headers=page)
        assert answer.status_code == status, "sent in the background once; a repeat makes the page ask again"
        assert "<html" not in answer.text and "She was seen too" not in answer.text, "the form comes back empty"
    assert answer.headers["hx-refresh"] == "true"
    assert (await police.get(f"{path}/lines")).text.count("She was seen too") == 1
    other = await police.submit(f"{path}/lines", line | {"agency": ref(world.id("health")), "words": "In their words"})
    assert other.status_code == 422 and "In their words" in other.text, "what was typed is kept"
    secret = {"agency": ref(world.id("health")), "words": "SEALED", "audience": "named"}
    assert (await health.submit(f"{path}/lines", secret)).status_code == 422, "named, but nobody"
    named = secret | {"agencies": [ref(world.id("council"))]}
    assert (await health.submit(f"{path}/lines", named)).status_code == 303
    mine = (await council.get(f"{path}/lines")).text
    assert "He was seen on Monday" in mine and "SEALED" in mine
    assert "Not heard yet" in mine and "Council" in mine.split("Not heard yet")[1].split("</p>")[0]
    theirs = (await police.get(f"{path}/lines")).text
    assert "SEALED" not in theirs and "Not heard yet" not in theirs
    ids = {str(row[1]): ref(row[0]) for row in await rows(session, "SELECT id, words FROM minute_line")}
    hidden = ids["SEALED"]
    assert (await police.get(f"{path}/lines/{hidden}")).status_code == 404
    assert (await police.submit(f"{path}/lines/{hidden}/objection", {"words": "I see it all"})).status_code == 404
    seen = ids["He was seen on Monday"]
    assert (await health.submit(f"{path}/lines/answers", {"line": seen})).status_code == 303
    objection = {"words": "It was Tuesday, not Monday"}
    assert (await council.submit(f"{path}/lines/{seen}/objection", objection)).status_code == 303
    assert "It was Tuesday" in (await police.get(f"{path}/lines")).text
    assert (await police.submit(f"{path}/lines/{seen}/amendments", {"words": "Tuesday"})).status_code == 303

    made = await council.submit(f"{path}/decisions", DECIDED)
    assert made.status_code == 303, made.text
    decision = made.headers["location"].split("#decision-")[1]
    for client, slug in ((council, "council"), (police, "police")):
        stated = {"agency": ref(world.id(slug)), "stance": "agree"}
        assert (await client.submit(f"/decisions/{decision}/positions", stated)).status_code == 303
    await session.execute(text("UPDATE accountability SET ended_at = now()"))
    await session.commit()
    early = await council.submit(f"{path}/close")
    assert early.status_code == 422 and "answers for this case" in early.text
    await session.execute(text("UPDATE accountability SET ended_at = NULL"))
    await session.commit()
    early = await council.submit(f"{path}/close")
    assert early.status_code == 422 and "the position of Health" in early.text
    asked = await council.submit(f"{path}/decisions/{decision}/asked", {"agency": ref(world.id("health"))})
    assert asked.status_code == 303 and "not stated, asked on" in (await council.get(path)).text
    action: dict[str, Any] = {
        "what": "Fit a lock", "worker": ref(world.workers["police"].id), "due_on": "2027-07-20",
    }  # fmt: skip
    purpose = {"risk": "A break-in", "no_outcome_because": "We have not met the family."}
    bare = await council.submit(f"{path}/actions", action)
    assert bare.status_code == 422 and "Fit a lock" in bare.text
    assert (await council.submit(f"{path}/actions", action | purpose)).status_code == 303
    assert "Lowers: A break-in" in (await council.get(path)).text
    drafts = f"/cases/{ref(case.id)}/drafts/minute"
    await council.submit(drafts, {"words": "She will ring on Friday"})
    unsent = await council.submit(f"{path}/close")
    assert unsent.status_code == 422 and "a line that is not in the minutes: “She will ring on Friday”" in unsent.text
    await council.submit(f"{drafts}/discard")
    plan = {"title": "Plan of visits", "words": "Every Tuesday", "audience": "circle"}
    assert (await council.submit(f"{path}/papers", plan)).status_code == 303
    sealed = plan | {"title": "SEALED plan", "audience": "named", "agencies": [ref(world.id("council"))]}
    assert (await (await browser().sign_in("health")).submit(f"{path}/papers", sealed)).status_code == 303
    closed = await council.submit(f"{path}/close")
    assert closed.status_code == 303, closed.text
    assert (await police.submit(f"{path}/lines", line)).status_code == 409
    assert (await police.get(f"{path}/letter")).status_code == 404, "not before it is sent"
    drafted = (await council.get(f"{path}/letter")).text
    for told in ("Fit a lock", "Tuesday 20 July 2027", "Weekly visits", "Weekends are worst", "Agreed by: Council, Police",
                 "Health: asked, not stated", "in the room", "and no clock asks for one"):  # fmt: skip
        assert told in drafted, told
    assert "SEALED" not in drafted and "He was seen on Monday" not in drafted, "what was said stays in the minutes"
    dissent = {"agency": ref(world.id("police")), "stance": "dissent", "reason": "Visits alone will not keep her safe"}
    assert (await police.submit(f"/decisions/{decision}/positions", dissent)).status_code == 303
    drafted = (await council.get(f"{path}/letter")).text
    assert "Police dissents: “Visits alone will not keep her safe”" in drafted, "until it is read, it says what stands"
    await review(council, path, "We decided on visits.")
    assert (await council.submit(f"{path}/letter/send")).status_code == 303
    assert "We decided on visits." in (await police.get(f"{path}/letter")).text
    assert (await police.submit(f"{path}/minutes/approval")).status_code == 403
    page = (await council.get(f"{path}/minutes")).text
    assert 'id="objected"' not in page, "what was put right beside the line is an answer"
    again = ids["She was seen too"]
    assert (await health.submit(f"{path}/lines/{again}/objection", {"words": "She was out"})).status_code == 303
    page = (await council.get(f"{path}/minutes")).text
    objected = page.split('id="objected"')[1].split("</div>")[0]
    assert f"{path}/lines/{again}" in objected and f"{path}/lines/{seen}" not in objected
    assert (await council.submit(f"{path}/minutes/approval")).status_code == 303
    assert "SEALED" in (await council.get(f"{path}/minutes")).text
    page = (await police.get(f"{path}/minutes")).text
    assert "SEALED" not in page and "It was Tuesday" in page and "Approved" in page
    names = {slug: world.workers[slug].name for slug in ("council", "police", "health")}
    printed = await paper(police, path)
    told = (
        "Minutes: ", f"Chair: {names['council']}", "Approved by", "Made for", names["police"], "as this reader may see them.",
        "Decisions", "Safe?", "Decided: Weekly visits", "For: Somebody looks", "Against: It takes time",
        "Also weighed: No further action", "For: They ask for quiet", "Because: Weekends are worst", "Council agrees",
        "Police agrees (changed later)", "Police dissents: Visits alone will not keep her safe",
        "Health: asked, not stated",
        "Actions", "Who By What", names["police"], "20 July 2027", "Fit a lock",
        "Who was there", "Name Agency How", names["council"], "Council", "In the room",
        "Reports and papers", "Council: Plan of visits",
        "What was said", "Police: He was seen on Monday", "Council objects: It was Tuesday, not Monday",
        "Corrected by Police: Tuesday",
    )  # fmt: skip
    at = 0
    for words in told:
        at = printed.find(words, at)
        assert at >= 0, f"{words} in its place: {printed}"
    assert "SEALED" not in printed
    printed = await paper(council, path)
    assert "SEALED Only for Council." in printed and "Health: SEALED plan" in printed
    assert "only for Council</span>" in (await council.get(f"{path}/minutes")).text


async def test_without_a_quorum_it_decides_nothing_until_it_is_interim(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference, _ = await held(session, world)
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police = await signed_in(browser, "council", "police")
    await sign(council, path)
    refused = await council.submit(f"{path}/decisions", DECIDED)
    assert refused.status_code == 422 and "There is no quorum" in refused.text and "Weekends are worst" in refused.text
    assert (await council.submit(f"{path}/interim", {"because": "no"})).status_code == 422
    await sign(police, path)
    assert (await police.submit(f"{path}/interim", {"because": "Delay would harm"})).status_code == 403
    late = await council.submit(f"{path}/interim", {"because": "Delay would harm the child"})
    assert late.status_code == 422 and "The quorum is there" in late.text, "it has come meanwhile"
    await session.execute(text("UPDATE invitee SET attendance = 'absent' WHERE attendance IS NULL"))
    await session.execute(
        text("UPDATE invitee SET attendance = 'absent' WHERE worker_id = :id"), {"id": world.workers["police"].id}
    )
    await session.commit()
    went = await council.submit(f"{path}/interim", {"because": "Delay would harm the child"})
    assert went.status_code == 303
    assert (await council.submit(f"{path}/decisions", DECIDED)).status_code == 303
    assert "Interim" in (await council.get(path)).text
    assert await rows(session, "SELECT interim FROM decision") == [(True,)]
    now_page = (await council.get(f"/cases/{ref(conference.case_id)}")).text
    assert "</a> (interim):</strong> Weekly visits" in now_page


async def test_one_that_is_held_again_falls_into_working_hours_unless_it_is_meant(
    browser: Make, world: World, session: AsyncSession
) -> None:
    today = london(now()).date()
    sunday = (today + timedelta(days=6 - today.weekday() or 7)).isoformat()
    typed = {"day": sunday, "starts": "10:00"}
    for way, why in (
        ("adjourn", {"because": "Health did not come"}),
        ("close", {"no_change_because": "All as it was"}),
    ):
        conference, _ = await held(session, world)
        await session.execute(text("UPDATE invitee SET attendance = 'absent'"))
        if way == "close":
            conference.interim_because = "Delay would harm the child"
        await session.commit()
        path = f"/conferences/{ref(conference.id)}"
        (council,) = await signed_in(browser, "council")
        await sign(council, path)
        warned = await council.submit(f"{path}/{way}", typed | why)
        assert warned.status_code == 422 and "is at the weekend" in warned.text and "although_closed" in warned.text
        done = await council.submit(f"{path}/{way}", typed | why | {"although_closed": "yes"})
        assert done.status_code == 303, way


async def test_what_the_chair_has_half_typed_outlives_every_other_button(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference, case = await held(session, world)
    await session.commit()
    path, drafts = f"/conferences/{ref(conference.id)}", f"/cases/{ref(case.id)}/drafts"
    (council,) = await signed_in(browser, "council")
    await sign(council, path)
    back = {"_back": f"{path}#record-decision"}
    half = {"question": "Is it safe at night?", "option_1": "Visits at dusk", "option_2": "No further action"}
    saved = await council.submit(f"{drafts}/conference-decision", half | back)
    assert saved.headers["location"] == f"{path}#record-decision"
    await council.submit(f"{drafts}/conference-action", {"what": "Fit a second lock"})
    assert (await council.submit(f"{path}/agenda/next")).status_code == 303
    room = (await council.get(path)).text
    assert "Is it safe at night?" in room and "Visits at dusk" in room and "Fit a second lock" in room
    assert room.count("Draft saved") == 2
    (police,) = await signed_in(browser, "police")
    await sign(police, path)
    assert "Is it safe at night?" not in (await police.get(path)).text
    assert (await council.submit(f"{drafts}/conference-action/discard")).status_code == 303
    assert "Fit a second lock" not in (await council.get(path)).text


async def test_a_refused_decision_waits_in_its_form_until_it_is_recorded(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference, _ = await held(session, world)
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police = await signed_in(browser, "council", "police")
    await sign(council, path)
    assert (await council.submit(f"{path}/decisions", DECIDED)).status_code == 422, "no quorum yet"
    action = {"what": "Fit a lock", "worker": ref(world.workers["police"].id), "due_on": "2027-07-20"}
    assert (await council.submit(f"{path}/actions", action)).status_code == 422
    await sign(police, path)
    room = (await council.get(path)).text
    assert "Weekends are worst" in room and "Fit a lock" in room and room.count("Draft saved") == 2
    assert (await council.submit(f"{path}/decisions", DECIDED)).status_code == 303
    purpose = {"risk": "A break-in", "no_outcome_because": "We have not met the family."}
    assert (await council.submit(f"{path}/actions", action | purpose)).status_code == 303
    assert await rows(session, "SELECT count(*) FROM draft") == [(0,)]
    assert "Draft saved" not in (await council.get(path)).text


async def test_opening_it_on_another_day_asks_first_and_can_be_taken_back(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case)
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police = await signed_in(browser, "council", "police")
    assert "It is called for Tuesday 6 July 2027, 10:30" in (await council.get(path)).text
    asked = await council.submit(f"{path}/open")
    assert asked.status_code == 422 and "Tick that you open it now" in asked.text
    assert await rows(session, "SELECT state FROM conference") == [("scheduled",)]
    for _ in range(2):
        assert (await council.submit(f"{path}/open", {"anyway": "true"})).status_code == 303
        await sign(police, path)
        assert (await police.submit(f"{path}/open/back")).status_code == 403
        assert (await council.submit(f"{path}/open/back")).status_code == 303
        assert await rows(session, "SELECT state, opened_at FROM conference") == [("scheduled", None)]
        assert await rows(session, "SELECT count(*) FROM invitee WHERE attendance IS NOT NULL") == [(0,)]
        assert await rows(session, "SELECT count(*) FROM agenda_item WHERE started_at IS NOT NULL") == [(0,)]
        assert await rows(session, "SELECT count(*) FROM statement_signature WHERE ended_at IS NULL") == [(0,)]
    assert await rows(session, "SELECT count(*) FROM statement_signature") == [(2,)], "what was signed stays on record"
    assert (await council.submit(f"{path}/open", {"anyway": "true"})).status_code == 303
    door = await police.get(path)
    assert "statement on confidentiality" in door.text and "Agenda" not in door.text, "each meeting has its own door"
    assert (await police.get(f"{path}/lines")).status_code == 403
    await sign(council, path)
    assert "Take the opening back" in (await council.get(path)).text
    line = {"agency": ref(world.id("council")), "words": "She eats well"}
    assert (await council.submit(f"{path}/lines", line)).status_code == 303
    assert "Take the opening back" not in (await council.get(path)).text
    assert (await council.submit(f"{path}/open/back")).status_code == 409


async def test_minutes_letter_and_page_say_when_it_was_really_held(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference, _ = await held(session, world)
    conference.state, conference.opened_at = "closed", datetime(2027, 7, 8, 20, 39, tzinfo=UTC)
    conference.closed_at = datetime(2027, 7, 8, 20, 49, tzinfo=UTC)
    await closing.make_letter(session, conference, by=world.viewer("council"), at=now())
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    (council,) = await signed_in(browser, "council")
    really = "Thursday 8 July 2027, 21:39 to 21:49 (called for Tuesday 6 July 2027, 10:30)"
    for page in ("", "/minutes", "/letter"):
        assert really in (await council.get(path + page)).text, page


async def test_minutes_keep_what_was_agreed_and_mark_what_became_of_it(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference, case = await held(session, world)
    by, agreed = world.viewer("council"), now().date() + timedelta(days=7)
    names = {slug: world.workers[slug].name for slug in ("police", "health")}
    for what, risk in (("Fit a lock", "He walks in at night"), ("Ring the school", "")):
        given = Assigned(what, world.workers["police"], agreed, risk=risk)
        action = await actions.assign(
            session, case_id=case.id, conference_id=conference.id, assigned=given, by=by, at=now()
        )
        if what == "Fit a lock":
            changed = action
    conference.state, conference.closed_at = "closed", now()
    await changes.approve(session, conference, by=by, at=now())
    later = agreed + timedelta(days=14)
    await extending.ask(session, changed, due_on=later, reason="The shop is closed", by=by, at=now())
    why = "The police have no key"
    await actions.pass_on(session, changed, worker=world.workers["health"], reason=why, by=by, at=now())
    state = ActionState.done
    await actions.finish(session, changed, state=state, note="It is fitted", by=world.viewer("health"), at=now())
    await session.commit()
    (council,) = await signed_in(browser, "council")
    page = (await council.get(f"/conferences/{ref(conference.id)}/minutes")).text.split('id="actions"')[1]
    assert f"{names['police']}</strong>: Fit a lock, by {day_and_year(agreed)}" in page
    ended = day_and_year(london(now()).date())
    assert f"Since then: now with {names['health']}, now due {day_and_year(later)}, done on {ended}" in page
    assert f"Ring the school, by {day_and_year(agreed)}" in page and page.count("Since then") == 1
    printed = await paper(council, f"/conferences/{ref(conference.id)}")
    assert (
        f"Fit a lock Against the risk “He walks in at night”. Since then: now with {names['health']}, now due {day_and_year(later)}, done on {ended}."
        in printed
    )
    assert printed.count("Since then") == 1


async def test_a_second_one_without_a_quorum_is_not_offered_to_go_on(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference, case = await held(session, world)
    before = await schedule(session, world, case, at=now())
    before.state, before.closed_at, before.interim_because = "closed", now(), "Delay would harm the child"
    before.starts_at = conference.starts_at - timedelta(days=3)
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    (council,) = await signed_in(browser, "council")
    await sign(council, path)
    room = (await council.get(path)).text
    assert "Go on as interim" not in room and "two without a quorum may not follow each other" in room
    refused = await council.submit(f"{path}/interim", {"because": "Nobody of health could come"})
    assert refused.status_code == 422 and "two may not follow each other" in refused.text
    assert ">Nobody of health could come</textarea>" in refused.text, "what was typed is kept"
    early = await council.submit(f"{path}/decisions", DECIDED)
    assert "Adjourn the conference." in early.text and "Go on as an interim" not in early.text


async def test_nobody_is_asked_of_who_stepped_back_or_said_no(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference = await schedule(session, world, await make_case(session, world), at=now())
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police, health = await signed_in(browser, "council", "police", "health")
    assert (await health.submit(f"{path}/answer", {"answer": "accepted"})).status_code == 303
    assert (await health.submit(f"{path}/interest", {"nature": "The mother is my cousin"})).status_code == 303
    assert (await police.submit(f"{path}/answer", {"answer": "declined", "reason": "In court"})).status_code == 303
    table = (await council.get(path)).text.split("Who is invited")[1].split("</table>")[0]
    assert "Stepped back" in table and table.count("Coming") == 1, "only whoever called it comes"
    await council.submit(f"{path}/open", {"anyway": "true"})
    await sign(council, path)
    page = (await council.get(path)).text
    assert '<option value="">Stepped back' in page and '<option value="">Could not come' in page
    assert "Not noted yet" not in page and "the attendance of" not in page.lower()
    refused = await council.submit(f"{path}/close", {"no_change_because": "Nothing has changed since"})
    assert "the attendance of" not in refused.text


async def test_nobody_is_there_before_they_were_seen(browser: Make, world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=now())
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police = await signed_in(browser, "council", "police")
    new = f"/cases/{ref(case.id)}/conferences/new?kind=initial-conference"
    assert "What an Initial child protection conference asks for" in (await council.get(new)).text
    assert "Enough invited; 1 agency has said yes" in (await council.get(path)).text, "whoever called it comes"
    await council.submit(f"{path}/open", {"anyway": "true"})
    for client in (council, police):
        await sign(client, path)
    form = (await council.get(path)).text.split('id="invited"')[1].split("</form>")[0]
    assert form.count("selected>") == 2 and form.count('<option value="">Not noted yet') == 1
    assert "Save the attendance</button>" in form
    marks = {
        "worker": [ref(world.workers[slug].id) for slug in ("council", "police", "health")],
        "attendance": ["in-person", "by-video", ""],
    }
    assert (await council.submit(f"{path}/attendance", marks)).status_code == 303
    assert await rows(session, "SELECT count(*) FROM invitee WHERE attendance IS NULL") == [(1,)]
    assert "Save the attendance again</button>" in (await council.get(path)).text


async def test_a_dissent_after_the_review_is_looked_at_before_the_letter_is_sent(
    browser: Make, world: World, session: AsyncSession
) -> None:
    conference, _ = await held(session, world)
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police, health = await signed_in(browser, "council", "police", "health")
    for client in (council, police, health):
        await sign(client, path)
    made = await council.submit(f"{path}/decisions", DECIDED)
    decision = made.headers["location"].split("#decision-")[1]
    for client, slug in ((council, "council"), (police, "police"), (health, "health")):
        stated = {"agency": ref(world.id(slug)), "stance": "agree"}
        assert (await client.submit(f"/decisions/{decision}/positions", stated)).status_code == 303
    assert (await council.submit(f"{path}/close")).status_code == 303
    read = await version(council, path)
    await review(council, path, "We decided on visits.")
    assert "Send it to everybody" in (await council.get(f"{path}/letter")).text
    dissent = {"agency": ref(world.id("police")), "stance": "dissent", "reason": "Visits alone will not keep her safe"}
    assert (await police.submit(f"/decisions/{decision}/positions", dissent)).status_code == 303
    page = (await council.get(f"{path}/letter")).text
    assert "Something has changed since" in page and "Police dissents: “Visits alone will not keep her safe”" in page
    assert "Send it to everybody" not in page and "We decided on visits." in page
    refused = await council.submit(f"{path}/letter/send")
    assert refused.status_code == 422 and "Something was recorded since the letter was reviewed" in refused.text
    assert await rows(session, "SELECT count(*) FROM notice WHERE kind = 'decision-letter'") == [(0,)]
    stale = await council.submit(f"{path}/letter", {"words": "We decided, and nobody dissents.", "version": read})
    assert stale.status_code == 422 and "recorded while you were reading" in stale.text
    assert "nobody dissents" in stale.text, "what was typed is kept"
    afresh = (await council.get(f"{path}/letter?from=record")).text
    assert "Police dissents" in afresh.split("<textarea")[1]
    await review(council, path, "We decided on visits. The police dissent.")
    assert (await council.submit(f"{path}/letter/send")).status_code == 303
    assert "The police dissent." in (await police.get(f"{path}/letter")).text


async def test_an_agenda_that_is_too_long_says_by_how_much_and_is_made_to_fit(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=now())
    await session.commit()
    path = f"/conferences/{ref(conference.id)}"
    council, police = await signed_in(browser, "council", "police")
    point = {"title": "The new school", "minutes": "7"}
    assert (await police.submit(f"{path}/agenda", point)).status_code == 403
    assert (await council.submit(f"{path}/agenda", point)).status_code == 303
    titles = await rows(session, "SELECT title FROM agenda_item ORDER BY place")
    assert len(titles) > 6 and titles[-1] == ("The new school",), "the usual agenda stays"
    page = (await council.get(path)).text
    assert "7 minutes longer than the 60 that are planned" in page and f"{path}/move" in page
    assert "Shorten the points" not in (await police.get(path)).text
    await council.submit(f"{path}/open", {"anyway": "true"})
    await sign(council, path)
    assert "Agenda 7 minutes too long" in (await council.get(path)).text
    assert (await council.submit(f"{path}/agenda/fit")).status_code == 303
    assert await rows(session, "SELECT sum(minutes) FROM agenda_item WHERE left_out_at IS NULL") == [(60,)]
    again = await council.submit(f"{path}/agenda/fit")
    assert again.status_code == 422 and "fits its time already" in again.text
    found = await queries.agenda(session, conference.id)
    begun, last = found[0], found[-1]
    timed = await council.submit(f"{path}/agenda/point", {"item": ref(last.id), "minutes": "90"})
    assert timed.status_code == 303 and "too long" in (await council.get(path)).text
    refused = await council.submit(f"{path}/agenda/point", {"item": ref(begun.id), "minutes": "9"})
    assert refused.status_code == 422 and "has not begun" in refused.text
    assert (await council.submit(f"{path}/agenda/point/out", {"item": ref(last.id)})).status_code == 303
    page = (await council.get(path)).text
    assert "The new school" not in page and "too long" not in page
    assert (await council.submit(f"{path}/agenda", point)).status_code == 303, "a place is never given twice"


async def test_whoever_is_too_near_can_be_kept_from_the_case_at_one_tap(
    browser: Make, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world)
    conference = await schedule(session, world, case, at=now())
    await session.commit()
    path, of_case = f"/conferences/{ref(conference.id)}", f"/cases/{ref(case.id)}"
    council, police, health = await signed_in(browser, "council", "police", "health")
    assert (await police.submit(f"{path}/interest", {"nature": "The mother is my cousin"})).status_code == 303
    assert (await police.get(path)).status_code == 403 and (await police.get(of_case)).status_code == 200
    out = ref(world.workers["police"].id)
    page = (await council.get(path)).text
    assert "The case itself is open to them as before" in page and f"{of_case}/restriction?out={out}" in page
    seen = (await health.get(path)).text
    assert f"{of_case}/restriction" not in seen and "can keep it from them too" in seen
    form = (await council.get(f"{of_case}/restriction?out={out}")).text
    assert f'value="{out}" checked' in form and 'value="kept-out" checked' in form
    assert 'value="conflict-of-interest" checked' in form and "declared an interest" in form and "cousin" not in form
    kept = {"mode": "kept-out", "reason_code": "conflict-of-interest", "reason": "They declared it.", "workers": [out]}
    assert (await council.submit(f"{of_case}/restriction", kept)).status_code == 303
    assert "The case itself is kept from them too" in (await council.get(path)).text
    assert (await police.get(of_case)).status_code == 404
