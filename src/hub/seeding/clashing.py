"""Plans that worked against each other: how the Hub found it, what was done about it, and what became of it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub.clashes import changes
from hub.clashes.jobs import check_household
from hub.clashes.rules import Disposition, Verdict
from hub.clashes.tables import Clash, ClashIntervention
from hub.interventions import changes as interventions
from hub.interventions.plans import Planned
from hub.interventions.rules import Status, When
from hub.interventions.tables import Intervention
from hub.seeding.days import span_of
from hub.seeding.doings import ending, recorded_at_of, recording, starts_of, when_of
from hub.seeding.tale import SOON_AFTER, Step, Tale

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]


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
        recorded.append(recorded_at_of(tale, one, start, when))
        parts.append((one, when, []))
    # The clash is there once the last of them is planned, whichever a weekend has pushed behind the other.
    at = max(recorded)
    for one, when, held in parts:
        yield tale.step(at, recording(tale, one, when, held))
    yield tale.step(at := at + SOON_AFTER, _looking(tale, parts[-1][2]))
    if "answered" in row:
        at += span_of(row["answered"]["after"])
        yield tale.step(at, _answering(tale, row["rule"], row["answered"]))
    if "moved" in row:
        at += span_of(row["moved"]["after"])
        yield tale.step(at, _moving(tale, row["moved"], parts[-1]))
        yield tale.step(at + SOON_AFTER, _looking(tale, parts[-1][2]))
    ends = [(when.ends_at, one, held) for one, when, held in parts if "ended" in one and when.ends_at]
    for ended_at, one, held in sorted(ends, key=lambda end: end[0]):
        yield tale.step(ended_at, ending(tale, one, held, Status(one["ended"])))
        yield tale.step(ended_at + SOON_AFTER, _looking(tale, held))


def _looking(tale: Tale, held: list[Intervention]) -> Doing:
    async def look(at: datetime) -> None:
        await check_household(tale.session, held[0], at=at)

    return look


async def _waiting(tale: Tale, rule: str) -> Clash:
    """The newest clash by a rule in the case that nobody has answered."""
    asked = (
        select(Clash)
        .join(ClashIntervention, ClashIntervention.clash_id == Clash.id)
        .where(
            ClashIntervention.case_id == tale.open_case.id,
            Clash.rule == rule,
            Clash.closed_at.is_(None),
            Clash.answered_at.is_(None),
        )
    )
    found = await tale.session.scalar(asked.order_by(Clash.found_at.desc(), Clash.id).limit(1))
    if found is None:
        raise LookupError(f"{tale.name}: no clash by {rule} waits for an answer")
    return found


def _answering(tale: Tale, rule: str, row: Row) -> Doing:
    async def answer(at: datetime) -> None:
        await changes.answer(
            tale.session, await _waiting(tale, rule), case_id=tale.open_case.id, disposition=Disposition(row["as"]),
            reason=row.get("because", ""), verdict=Verdict(row["verdict"]) if "verdict" in row else None,
            by=tale.viewer(row["by"]), at=at,
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
