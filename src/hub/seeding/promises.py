"""Actions given between conferences, followed up: taken or given back, written about, extended, ended, opened again."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.actions import changes, extending
from hub.actions.changes import Assigned
from hub.actions.rules import ActionState, Result
from hub.cases.changes import accept
from hub.cases.queries import accountable_for
from hub.london import london
from hub.seeding.days import usual_hour
from hub.seeding.tale import Step, Tale
from hub.workdays import add_working_days

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]


def promises(tale: Tale) -> Iterable[Step]:
    """What was promised from day to day. Each `days_ago` is a working day, as it is with everything that is written."""
    for row in tale.told.get("promises", []):
        key = str(row["what"])
        given = tale.days.back(row["days_ago"], usual_hour(key))
        yield tale.step(given, _giving(tale, key, row))
        if row.get("accepted", True) and given + timedelta(hours=2) < tale.days.latest:
            yield tale.step(given + timedelta(hours=2), _taking(tale, key, row))
        for told in row.get("then", []):
            kind = next(name for name in THEN if name in told)
            at = max(tale.days.back(told["days_ago"], usual_hour(f"{key} {kind}")), given + timedelta(hours=3))
            if at < tale.days.latest:
                yield tale.step(at, _following(tale, key, kind, told, row))


def _giving(tale: Tale, key: str, row: Row) -> Doing:
    async def give(at: datetime) -> None:
        outcome = next((one for words, one in tale.outcomes.items() if words.startswith(row.get("toward", "\0"))), None)
        tale.actions[key] = await changes.give(
            tale.session, case_id=tale.open_case.id, conference_id=None,
            assigned=Assigned(
                what=row["what"], worker=tale.worker(row["who"]),
                due_on=add_working_days(london(at).date(), row["within"]),
                outcome_id=outcome.id if outcome else None,
                no_outcome_because="" if outcome else row["no_outcome"], risk=row["risk"],
                last_result=Result(row["last_time"]) if "last_time" in row else None,
            ),
            by=tale.viewer(row["by"]), at=at,
        )  # fmt: skip

    return give


def _taking(tale: Tale, key: str, row: Row) -> Doing:
    async def take(at: datetime) -> None:
        named = await accountable_for(tale.session, "action", tale.actions[key].id)
        if named is not None and named.accepted_at is None:
            await accept(tale.session, named, by=tale.viewer(row["who"]), at=at)

    return take


THEN = ("note", "longer", "answer", "declined", "ended", "reopened")


def _following(tale: Tale, key: str, kind: str, told: Row, row: Row) -> Doing:
    async def follow(at: datetime) -> None:
        session, action = tale.session, tale.actions[key]
        by, words = tale.viewer(told.get("by", row["who"])), str(told[kind]).strip()
        match kind:
            case "note":
                await changes.note(session, action, words=words, by=by, at=at)
            case "longer":
                later = add_working_days(action.due_on, told["more"])
                await extending.ask(session, action, due_on=later, reason=words, by=by, at=at)
            case "answer":
                await extending.answer(session, action, granted=told["granted"], words=words, by=by, at=at)
            case "declined":
                await changes.decline(session, action, reason=words, by=by, at=at)
            case "ended":
                state = ActionState(told["as"])
                result = Result(told["result"]) if "result" in told else None
                await changes.finish(session, action, state=state, note=words, result=result, by=by, at=at)
            case _:
                due_on = add_working_days(london(at).date(), told["within"])
                await changes.reopen(session, action, reason=words, due_on=due_on, by=by, at=at)

    return follow
