"""What a decision was weighed against, how a dissent was answered, and what was decided between meetings."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.cases.steering import Between, WhyNow
from hub.conferences.tables import Conference
from hub.decisions import changes as decisions
from hub.decisions.changes import Decided
from hub.decisions.queries import positions, waiting_between
from hub.decisions.rules import Option, Settled, Stance
from hub.decisions.tables import Decision
from hub.seeding.days import usual_hour
from hub.seeding.tale import Step, Tale

Row = Mapping[str, Any]
MINUTED_WITHOUT = "Minuted before reasons were kept for each option."


def decided_of(tale: Tale, told: Row) -> Decided:
    """A decision of the fixture. Its options are plain words, or each with `for`, `against`, `by` and `chosen`."""
    rows = told.get("options", [])
    chosen = told["chosen"].strip()
    if any(isinstance(row, Mapping) for row in rows):
        return Decided(told["question"], [_option(tale, row) for row in rows], chosen, told["because"].strip())
    taken = next((row for row in rows if row.casefold() in chosen.casefold()), None)
    options = [Option(row, chosen=row == taken) for row in rows]
    if taken is None:
        options.append(Option(chosen, chosen=True))
    return Decided(told["question"], options, chosen, told["because"].strip(), MINUTED_WITHOUT)


def _option(tale: Tale, row: Row) -> Option:
    proposed_by = tale.agency_id(row["by"]) if "by" in row else None
    return Option(row["option"], row["for"].strip(), row["against"].strip(), proposed_by, row.get("chosen", False))


def between_of(tale: Tale, row: Row) -> Between | None:
    """Why a change was made between meetings; None for what was agreed round a table, which is the usual story."""
    if "between" not in row:
        return None
    told = row["between"]
    return Between(WhyNow(told["why"]), frozenset(tale.agency_id(slug) for slug in told.get("asked", "").split()))


async def settle_first(tale: Tale, conference: Conference, row: Row, at: datetime) -> None:
    """The first item of a conference: what was decided since the last one."""
    for decision in await waiting_between(tale.session, conference.case_id):
        told = row["between"]
        await decisions.settle(
            tale.session, decision, conference_id=conference.id, settled=Settled(told["settled"]),
            words=told["words"].strip(), by=tale.viewer(row["chair"]), at=at,
        )  # fmt: skip


def answers(tale: Tale, row: Row, told: Row, made: list[Decision], held_at: datetime) -> Iterable[Step]:
    """The answers to the dissents on a decision, each some days after it."""
    for slug, answer in told.get("answered", {}).items():
        day = (tale.days.today - held_at.date()).days - answer["after"]
        at = max(tale.days.back(day, usual_hour(f"{tale.key} {answer}")), held_at + timedelta(hours=2))
        yield tale.step(at, _answering(tale, slug, answer["words"], answer.get("by", row["chair"]), made))


def _answering(
    tale: Tale, slug: str, words: str, login: str, made: list[Decision]
) -> Callable[[datetime], Awaitable[None]]:
    async def answer(at: datetime) -> None:
        stated = (await positions(tale.session, [made[0].id]))[made[0].id]
        dissent = next(one for one in stated if one.agency_id == tale.agency_id(slug) and one.stance == Stance.dissent)
        await decisions.answer_dissent(
            tale.session, made[0], dissent, words=words.strip(), by=tale.viewer(login), at=at
        )

    return answer
