"""Plans that worked against each other: how the Hub found it, what was done about it, and what became of it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from hub.clashes import changes
from hub.clashes.jobs import check_household
from hub.clashes.queries import open_clashes
from hub.clashes.rules import Disposition, Verdict
from hub.clashes.tables import Clash
from hub.interventions import changes as interventions
from hub.interventions.plans import Planned
from hub.interventions.rules import Status, When
from hub.interventions.tables import Intervention
from hub.london import london
from hub.seeding.days import span_of
from hub.seeding.doings import ending, recorded_at_of, recording, starts_of, when_of
from hub.seeding.tale import SOON_AFTER, Step, Tale
from hub.sharing.rules import Viewer
from hub.workdays import add_working_days

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]
PLANNED_AT = "9:30"


def clashing(tale: Tale) -> Iterable[Step]:
    """Each clash in its order: what makes it is planned, the rules look, somebody answers, and it goes on from there."""
    for row in tale.told.get("clashes", []):
        yield from _from_plan_to_end(tale, row)


def _from_plan_to_end(tale: Tale, row: Row) -> Iterable[Step]:
    parts: list[tuple[Row, When, list[Intervention]]] = []
    recorded = []
    for one in row["of"]:
        (start,) = starts_of(tale, one)
        when = when_of(tale, one, start)
        # What is over was planned a week before it, or there would have been nothing to arrange.
        over = tale.days.back(one["days_ago"] + 7, PLANNED_AT) if "ended" in one else None
        recorded.append(over or recorded_at_of(tale, one, start, when))
        parts.append((one, when, []))
    # The clash is there once the last of them is planned, whichever a weekend has pushed behind the other.
    at = max(recorded)
    for one, when, held in parts:
        yield tale.step(at, recording(tale, one, when, held))
    yield tale.step(at := at + SOON_AFTER, _looking(tale, parts[-1][2]))
    if "answered" in row:
        at = _working_days_on(tale, at, row["answered"])
        yield tale.step(at, _answering(tale, row["rule"], row["answered"]))
    if "moved" in row:
        at = _working_days_on(tale, at, row["moved"])
        yield tale.step(at, _moving(tale, row["moved"], parts[-1]))
        yield tale.step(at + SOON_AFTER, _looking(tale, parts[-1][2]))
    ends = [(when.ends_at, one, held) for one, when, held in parts if "ended" in one and when.ends_at]
    for ended_at, one, held in sorted(ends, key=lambda end: end[0]):
        yield tale.step(ended_at, ending(tale, one, held, Status(one["ended"])))
        yield tale.step(ended_at + SOON_AFTER, _looking(tale, held))


def _working_days_on(tale: Tale, before: datetime, row: Row) -> datetime:
    """So many working days `after` what came before it, at an hour."""
    day = london(before).date()
    moment = tale.days.at(add_working_days(day, row["after"]) if row["after"] else day, row["at"])
    return max(moment, before + SOON_AFTER)


def _looking(tale: Tale, held: list[Intervention]) -> Doing:
    async def look(at: datetime) -> None:
        await check_household(tale.session, held[0], at=at)

    return look


async def _waiting(tale: Tale, rule: str, by: Viewer) -> Clash:
    """The newest clash by a rule in the case that this worker sees and nobody has answered."""
    held = (await open_clashes(tale.session, by, [tale.open_case.id]))[tale.open_case.id]
    waiting = [clash for clash in held if clash.rule == rule and clash.answered_at is None]
    if not waiting:
        raise LookupError(f"{tale.name}: no clash by {rule} waits for {by.name}")
    return max(waiting, key=lambda clash: clash.found_at)


def _answering(tale: Tale, rule: str, row: Row) -> Doing:
    by = tale.viewer(row["by"])

    async def answer(at: datetime) -> None:
        await changes.answer(
            tale.session, await _waiting(tale, rule, by), case_id=tale.open_case.id, disposition=Disposition(row["as"]),
            reason=row.get("because", ""), verdict=Verdict(row["verdict"]) if "verdict" in row else None,
            by=by, at=at,
        )  # fmt: skip

    return answer


def _moving(tale: Tale, row: Row, part: tuple[Row, When, list[Intervention]]) -> Doing:
    """Moves what was planned last: to another day ahead, or by some hours on its own."""
    planned, when, held = part
    start = tale.days.ahead(row["in_days"], planned["at"]) if "in_days" in row else when.starts_at + span_of(row["by"])
    length = (when.ends_at or when.starts_at) - when.starts_at

    async def move(at: datetime) -> None:
        plan = Planned(
            kind=planned["kind"], people=tale.ids(planned.get("who", "all")),
            when=When(start, start + length, whole_days=False), worker_id=tale.worker(planned["by"]).id,
            place=planned.get("place", ""), note=planned.get("note", ""),
        )  # fmt: skip
        case_people = [person.id for person in tale.people.values()]
        await interventions.change(
            tale.session, held[0], plan, case_people=case_people, by=tale.viewer(planned["by"]), at=at
        )

    return move
