"""What the agencies want to be different for a family: joint outcomes, their readings, and how they ended."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from hub.cases.changes import accept
from hub.cases.queries import accountable_for
from hub.london import london
from hub.outcomes import changes as outcomes
from hub.outcomes.changes import Agreed
from hub.outcomes.rules import Direction, OutcomeState, Reading
from hub.seeding.days import usual_hour
from hub.seeding.tale import SOON_AFTER, Step, Tale

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]


def aims(tale: Tale) -> Iterable[Step]:
    """Joint outcomes: agreed, measured over time, and ended; what a weekend has pushed still comes in that order."""
    for row in tale.told.get("outcomes", []):
        at = tale.days.back(row["agreed"]["days_ago"], usual_hour(f"{tale.key} {row['statement']}"))
        yield tale.step(at, _agreeing(tale, row))
        if row.get("accepted", True):
            yield tale.step(at + tale.a_while(row["statement"], at_most=30), _accepting(tale, row))
        for ago, value in row.get("readings", {}).items():
            at = max(tale.days.back(ago, usual_hour(f"{tale.key} {ago}")), at + SOON_AFTER)
            yield tale.step(at, _measuring(tale, row, value))
        if "then" in row:
            ended_at = tale.days.back(row["then"]["days_ago"], "15:45")
            yield tale.step(max(ended_at, at + SOON_AFTER), _changing_state(tale, row))


def _target_day(tale: Tale, target: Row) -> date:
    if "days_ago" in target:
        return tale.days.day(target["days_ago"])
    return london(tale.days.ahead(target["in_days"], "12:00")).date()


def _agreeing(tale: Tale, row: Row) -> Doing:
    async def agree(at: datetime) -> None:
        baseline, target = row["baseline"], row["target"]
        tale.outcomes[row["statement"]] = await outcomes.agree(
            tale.session, case_id=tale.open_case.id,
            agreed=Agreed(
                statement=row["statement"], indicator=row["indicator"], unit=row.get("unit", ""),
                direction=Direction(row["better"]), baseline_value=baseline["value"],
                baseline_on=tale.days.day(baseline["days_ago"]), baseline_source=baseline.get("source", ""),
                target_value=target["value"], target_on=_target_day(tale, target),
                objectives={tale.agency_id(slug): words for slug, words in row["gains"].items()},
                accountable_id=tale.worker(row["accountable"]).id, theme=row["theme"],
            ),
            by=tale.viewer(row["agreed"]["by"]), at=at,
        )  # fmt: skip

    return agree


def _accepting(tale: Tale, row: Row) -> Doing:
    async def take(at: datetime) -> None:
        named = await accountable_for(tale.session, "outcome", tale.outcomes[row["statement"]].id)
        if named is not None and named.accepted_at is None:
            await accept(tale.session, named, by=tale.viewer(row["accountable"]), at=at)

    return take


def _measuring(tale: Tale, row: Row, value: float) -> Doing:
    async def measure(at: datetime) -> None:
        await outcomes.measure(
            tale.session, tale.outcomes[row["statement"]], reading=Reading(london(at).date(), value),
            source=row.get("source", row["baseline"].get("source", "")),
            by=tale.viewer(row.get("read_by", row["accountable"])), at=at,
        )  # fmt: skip

    return measure


def _changing_state(tale: Tale, row: Row) -> Doing:
    async def change(at: datetime) -> None:
        await outcomes.change_state(
            tale.session, tale.outcomes[row["statement"]], to=OutcomeState(row["then"]["state"]),
            reason=row["then"]["because"], by=tale.viewer(row.get("read_by", row["accountable"])), at=at,
        )  # fmt: skip

    return change
