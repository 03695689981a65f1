"""Conferences: called, answered, held with decisions and each agency's position, and the actions that followed."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.actions import changes as actions
from hub.actions.changes import Assigned
from hub.actions.rules import ActionState
from hub.cases.changes import accept
from hub.cases.queries import accountable_for
from hub.conferences import answers as conference_answers
from hub.conferences import changes
from hub.conferences.changes import Called
from hub.conferences.rules import Answer, Attendance, ConferenceKind
from hub.decisions import changes as decisions
from hub.decisions.rules import NOT_INVITED, Stance
from hub.decisions.tables import Decision
from hub.london import london
from hub.seeding.days import usual_hour
from hub.seeding.rooms import said_in, wind_up
from hub.seeding.tale import Step, Tale
from hub.seeding.weighing import answers, decided_of, settle_first
from hub.sharing.rules import Viewer
from hub.workdays import add_working_days

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]
NEEDS_NOTICE = timedelta(minutes=20)
ELSEWHERE = "In court that day."
ONLY_CHAIR = "No chair from another agency was free, and the plan could not wait."
FIRST_MINUTES = 8
"""Introductions, before the first decision."""
NOBODY_THERE = "Nobody from the agency was there. The decision was sent to its contact the same day."


def meetings(tale: Tale) -> Iterable[Step]:
    """A case's conferences, from the call to the last action."""
    for place, row in enumerate(tale.told.get("conferences", [])):
        starts_at = _start(tale, row)
        called_at = _called_at(tale, row, starts_at)
        yield tale.step(called_at, _calling(tale, place, row, starts_at))
        answer_within = min(starts_at, tale.days.latest) - called_at
        for login, words in row["invited"].items():
            answer = Answer(words.split()[0])
            if answer is not Answer.awaited and login != _caller(tale, row):
                wait = min(tale.a_while(f"{place} {login}", at_most=50), answer_within * 0.9)
                yield tale.step(called_at + wait, _answering(tale, place, login, answer))
        if starts_at < tale.days.latest:
            yield from _in_the_room(tale, place, row, starts_at)
            yield from _following_up(tale, place, row, starts_at)


def _start(tale: Tale, row: Row) -> datetime:
    """When it begins. What is to come is still to come: today's is on the next working day once its hour has struck."""
    if "days_ago" in row:
        return tale.days.back(row["days_ago"], str(row["at"]))
    starts_at = tale.days.ahead(row["in_days"], str(row["at"]))
    if starts_at < tale.days.now + NEEDS_NOTICE:
        starts_at = tale.days.at(add_working_days(london(starts_at).date(), 1), str(row["at"]))
    return starts_at


def _called_at(tale: Tale, row: Row, starts_at: datetime) -> datetime:
    before = row.get("called", 12)
    ago = (tale.days.today - london(starts_at).date()).days + before
    called_at = tale.days.back(max(ago, 0), usual_hour(f"{tale.key} {row['at']} {before}"))
    return min(called_at, starts_at - timedelta(hours=2))


def _caller(tale: Tale, row: Row) -> str:
    return str(row.get("by", tale.told["case"]["accountable"]))


def _calling(tale: Tale, place: int, row: Row, starts_at: datetime) -> Doing:
    async def call(at: datetime) -> None:
        called = Called(
            kind=ConferenceKind(row["kind"]), purpose=row["purpose"], starts_at=starts_at,
            minutes=row.get("minutes", 60), place=row.get("place", "Northvale Civic Centre, room 2"),
            video_link="https://meet.northvale.example/hub" if row.get("video") else "",
            chair=tale.worker(row["chair"]), chair_because=row.get("chair_because", ONLY_CHAIR), invitees=[tale.worker(login) for login in row["invited"]],
        )  # fmt: skip
        tale.conferences[place] = await changes.schedule(
            tale.session, case_id=tale.open_case.id, called=called, circle=tale.circle,
            by=tale.viewer(_caller(tale, row)), at=at,
        )  # fmt: skip

    return call


def _answering(tale: Tale, place: int, login: str, given: Answer) -> Doing:
    async def answer(at: datetime) -> None:
        reason = ELSEWHERE if given is Answer.declined else ""
        await conference_answers.answer(
            tale.session, tale.conferences[place], given=given, reason=reason, by=tale.viewer(login), at=at
        )

    return answer


# --- In the room ------------------------------------------------------------------------------------------------


def _attendance(row: Row) -> dict[str, Attendance]:
    """`accepted`, `accepted by-video`, `tentative absent`: what was answered, and how they attended."""
    marks = {login: Attendance([*words.split(), "in-person"][1]) for login, words in row["invited"].items()}
    return {row["chair"]: Attendance.in_person, **marks}


def _in_the_room(tale: Tale, place: int, row: Row, starts_at: datetime) -> Iterable[Step]:
    """Opened, attended, decided point by point, and closed."""
    yield tale.step(starts_at, _opening(tale, place, row))
    yield from said_in(tale, place, row, starts_at)
    decisions = row["decisions"]
    each = (row.get("minutes", 60) - FIRST_MINUTES) // len(decisions)
    for number, decision in enumerate(decisions):
        decided_at = starts_at + timedelta(minutes=FIRST_MINUTES + number * each)
        made: list[Decision] = []
        yield tale.step(decided_at, _deciding(tale, place, row, decision, made))
        yield from answers(tale, row, decision, made, starts_at)
    yield tale.step(starts_at + timedelta(minutes=row.get("minutes", 60)), _closing(tale, place, row))


def _opening(tale: Tale, place: int, row: Row) -> Doing:
    async def begin(at: datetime) -> None:
        conference, chair = tale.conferences[place], tale.viewer(row["chair"])
        marks = {tale.worker(login).id: mark for login, mark in _attendance(row).items()}
        await changes.begin(tale.session, conference, by=chair, at=at)
        await changes.take_attendance(tale.session, conference, marks=marks, by=chair, at=at + timedelta(minutes=3))
        await settle_first(tale, conference, row, at + timedelta(minutes=5))

    return begin


def _closing(tale: Tale, place: int, row: Row) -> Doing:
    async def close(at: datetime) -> None:
        await changes.close(
            tale.session, tale.conferences[place], no_change_because="", by=tale.viewer(row["chair"]), at=at
        )
        await wind_up(tale, tale.conferences[place], row, at + timedelta(hours=2))

    return close


def _speakers(tale: Tale, row: Row) -> dict[UUID, UUID | None]:
    """For each invited agency, who spoke for it, or nobody when none of its people came."""
    spoke: dict[UUID, UUID | None] = {}
    for login, mark in _attendance(row).items():
        worker = tale.worker(login)
        there = worker.id if mark.is_there else None
        spoke[worker.agency_id] = spoke.get(worker.agency_id) or there
    return spoke


def _deciding(tale: Tale, place: int, row: Row, told: Row, made: list[Decision]) -> Doing:
    async def decide(at: datetime) -> None:
        chair, speakers = tale.viewer(row["chair"]), _speakers(tale, row)
        not_invited = [agency_id for agency_id in tale.circle if agency_id not in speakers]
        decision = await decisions.decide(
            tale.session, case_id=tale.conferences[place].case_id, conference_id=tale.conferences[place].id,
            decided=decided_of(tale, told), not_asked=dict.fromkeys(not_invited, NOT_INVITED), by=chair, at=at,
        )  # fmt: skip
        made.append(decision)
        said = {tale.agency_id(slug): words for slug, words in told.get("positions", {}).items()}
        for agency_id, speaker in speakers.items():
            usual = "agree" if speaker else f"not-consulted: {NOBODY_THERE}"
            stance, _, reason = said.get(agency_id, usual).partition(":")
            await decisions.state_position(
                tale.session, decision, agency_id=agency_id, stance=Stance(stance), reason=reason.strip(),
                stated_by=speaker, by=chair, at=at + timedelta(minutes=3),
            )  # fmt: skip
        for action in told.get("actions", []):
            await _assign(tale, place, action, decision, by=chair, at=at + timedelta(minutes=5))

    return decide


# --- Afterwards -------------------------------------------------------------------------------------------------


async def _assign(tale: Tale, place: int, told: Row, decision: Decision, *, by: Viewer, at: datetime) -> None:
    outcome = next((one for words, one in tale.outcomes.items() if words.startswith(told.get("toward", "\0"))), None)
    tale.actions[f"{place} {told['what']}"] = await actions.assign(
        tale.session, case_id=tale.open_case.id, conference_id=tale.conferences[place].id,
        assigned=Assigned(
            what=told["what"], worker=tale.worker(told["who"]),
            due_on=add_working_days(london(at).date(), told["within"]), outcome_id=outcome.id if outcome else None,
            decision_id=decision.id,
        ),
        by=by, at=at,
    )  # fmt: skip


def _following_up(tale: Tale, place: int, row: Row, held_at: datetime) -> Iterable[Step]:
    for decision in row.get("decisions", []):
        for told in decision.get("actions", []):
            key = f"{place} {told['what']}"
            taken_at = held_at + timedelta(minutes=row.get("minutes", 60)) + tale.a_while(key, at_most=40)
            if told.get("accepted", True) and taken_at < tale.days.latest:
                yield tale.step(taken_at, _taking(tale, key, told))
            if "done" in told:
                done_at = max(tale.days.back(told["done"], usual_hour(key)), taken_at + timedelta(hours=1))
                yield tale.step(done_at, _finishing(tale, key, told))


def _taking(tale: Tale, key: str, told: Row) -> Doing:
    async def take(at: datetime) -> None:
        named = await accountable_for(tale.session, "action", tale.actions[key].id)
        if named is not None and named.accepted_at is None:
            await accept(tale.session, named, by=tale.viewer(told["who"]), at=at)

    return take


def _finishing(tale: Tale, key: str, told: Row) -> Doing:
    async def finish(at: datetime) -> None:
        await actions.finish(
            tale.session, tale.actions[key], state=ActionState(told.get("ended", "done")), note=told["note"].strip(),
            by=tale.viewer(told["who"]), at=at,
        )  # fmt: skip

    return finish
