"""What agencies did with a family and will do: visits, appointments, plans, conditions."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.interventions import changes as interventions
from hub.interventions.plans import Planned
from hub.interventions.rules import Shape, Status, When, shape
from hub.interventions.tables import Intervention
from hub.london import london
from hub.seeding.days import usual_hour
from hub.seeding.registered import rest_of
from hub.seeding.tale import Step, Tale

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]
WRITTEN_UP = timedelta(hours=1)
PLANNED_BEFORE = timedelta(days=5)


def doings(tale: Tale) -> Iterable[Step]:
    """Visits, appointments, plans and conditions: each when it was recorded, and when it ended."""
    for row in tale.told.get("doing", []):
        for start in starts_of(tale, row):
            when = when_of(tale, row, start)
            held: list[Intervention] = []
            recorded_at = recorded_at_of(tale, row, start, when)
            yield tale.step(recorded_at, recording(tale, row, when, held))
            ended_at = max(when.ends_at or start, recorded_at)
            if "ended" in row:
                yield tale.step(ended_at, ending(tale, row, held, Status(row["ended"])))
            elif (
                shape(row["kind"]) is Shape.period
                and "repeats" not in row
                and when.ends_at
                and ended_at < tale.days.latest
            ):
                yield tale.step(ended_at, ending(tale, row, held, Status.done))


def starts_of(tale: Tale, row: Row) -> list[datetime]:
    """When it is: `days_ago` and `in_days` each hold one number or several."""
    hour = str(row.get("at") or usual_hour(f"{tale.key} {row}"))
    return [tale.days.back(ago, hour) for ago in _several(row.get("days_ago"))] + [
        tale.days.ahead(on, hour) for on in _several(row.get("in_days"))
    ]


def when_of(tale: Tale, row: Row, start: datetime) -> When:
    """The stretch that begins then."""
    day = london(start).date()
    match Shape.meeting if "repeats" in row else shape(row["kind"]):
        case Shape.meeting:
            return When(start, start + timedelta(minutes=row.get("minutes", 60)), whole_days=False)
        case Shape.period:
            return When(tale.days.at(day, "0:00"), _end(tale, row, first=day), whole_days=True)
        case _:
            return When(tale.days.at(day, "0:00"), tale.days.at(day, "23:59"), whole_days=True)


def recorded_at_of(tale: Tale, row: Row, start: datetime, when: When) -> datetime:
    """A visit is written up after it, a plan on the day it begins; what is still to come was planned some days ago."""
    meeting = shape(row["kind"]) is Shape.meeting
    known_at = when.ends_at + WRITTEN_UP if meeting and when.ends_at else start
    if "ended" in row and meeting:
        return start - PLANNED_BEFORE
    if known_at < tale.days.latest:
        return known_at
    return tale.days.back(row.get("planned_days_ago", 4), usual_hour(f"{tale.key} {row} {when}"))


def _several(value: Any) -> list[int]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _end(tale: Tale, row: Row, *, first: date) -> datetime | None:
    """The end of a period, which is not before its first day wherever a weekend has pushed that."""
    if "until_days_ago" in row:
        return tale.days.at(max(first, tale.days.day(row["until_days_ago"])), "23:59")
    return tale.days.ahead(row["until_in_days"], "23:59") if "until_in_days" in row else None


def recording(tale: Tale, row: Row, when: When, held: list[Intervention]) -> Doing:
    """Records it, and puts it into `held`."""

    async def record(at: datetime) -> None:
        planned = Planned(
            kind=row["kind"], people=tale.ids(row.get("who", "all")), when=when, worker_id=tale.worker(row["by"]).id,
            place=row.get("place", ""), mandatory=row.get("mandatory", False), joint=row.get("joint", False),
            note=row.get("note", ""), depends_on_id=_first_of(tale, row), **rest_of(tale, row),
        )  # fmt: skip
        case_people = [person.id for person in tale.people.values()]
        recorded = await interventions.record_intervention(
            tale.session, case_id=tale.open_case.id, planned=planned, case_people=case_people,
            by=tale.viewer(row["by"]), at=at,
        )  # fmt: skip
        held.append(recorded)
        if "called" in row:
            tale.called[row["called"]] = recorded.id

    return record


def _first_of(tale: Tale, row: Row) -> UUID | None:
    """What must be done before this, by the name that the fixture gives it."""
    return tale.called[row["after"]] if "after" in row else None


def ending(tale: Tale, row: Row, held: list[Intervention], status: Status) -> Doing:
    """Ends what is held."""

    async def end(at: datetime) -> None:
        await interventions.end(
            tale.session, held[0], status=status, reason=row.get("because", ""), by=tale.viewer(row["by"]), at=at
        )

    return end
