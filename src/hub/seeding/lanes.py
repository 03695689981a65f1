"""What was said and done on a case, line by line: contributions, comments, corrections, ratings, stages, the circle."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.cases import changes as cases
from hub.cases.queries import accountable_for
from hub.cases.rules import Rating, Stage
from hub.contributions import changes
from hub.contributions.changes import Said
from hub.contributions.rules import Confidence, ContributionKind
from hub.london import london
from hub.seeding.tale import Step, Tale, in_order
from hub.seeding.weighing import between_of
from hub.sharing import changes as sharing
from hub.sharing import queries as seats
from hub.sharing.rules import Audience

Row = Mapping[str, Any]


def lines(tale: Tale) -> Iterable[Step]:
    """The story of a case in the order in which the fixture tells it, and the stages that the case went through."""
    for at, row in in_order(tale, tale.told.get("story", [])):
        yield tale.step(at, _telling(tale, row))
    stages = [_stage(words) for words in tale.told["case"].get("stages", [])]
    for at, row in in_order(tale, stages):
        yield tale.step(at, _moving(tale, row))


def _stage(words: str) -> Row:
    """`working 120`, or with who did it: `closed 12 tom.hargreaves`."""
    stage, ago, *by = words.split()
    return {"stage": stage, "days_ago": int(ago), "by": by[0] if by else None}


def _moving(tale: Tale, row: Row) -> Callable[[datetime], Awaitable[None]]:
    async def move(at: datetime) -> None:
        login = row["by"] or tale.told["case"]["accountable"]
        if Stage(row["stage"]) in (Stage.planning, Stage.working):
            await _rest_problem_on_what_was_said(tale, login, at)
        await cases.move(
            tale.session, tale.open_case, to=Stage(row["stage"]), reason=tale.told["case"].get("closing", ""),
            clocks=tale.partnership.clocks, by=tale.viewer(login), at=at, between=between_of(tale, row),
        )  # fmt: skip

    return move


async def _rest_problem_on_what_was_said(tale: Tale, login: str, at: datetime) -> None:
    """A plan is made for a problem on which agencies agree: from two on, it cites the first words of each of them."""
    first = {one.agency_id: one for one in reversed(tale.contributions.values()) if one.audience == Audience.circle}
    if tale.open_case.problem_agencies < 2 <= len(first):
        await cases.state_problem(
            tale.session, tale.open_case, statement=tale.open_case.problem,
            citing={one.id: one.agency_id for one in first.values()}, by=tale.viewer(login), at=at,
        )  # fmt: skip


def _telling(tale: Tale, row: Row) -> Callable[[datetime], Awaitable[None]]:
    verb = next((name for name in VERBS if name in row), None)
    if verb is None:
        raise LookupError(f"{tale.name}: nothing is done in {row}")

    async def tell(at: datetime) -> None:
        await VERBS[verb](tale, row, at)

    return tell


def _said(tale: Tale, kind: str, words: str, row: Row, at: datetime) -> Said:
    audience = Audience.own if row.get("own") else Audience.named if "for" in row else Audience.circle
    return Said(
        kind=ContributionKind(kind), words=words.strip(),
        as_of=london(at).date() - timedelta(days=row.get("days_before", 0)),
        confidence=Confidence(row.get("confidence", "certain")), audience=audience,
        agencies=tuple(tale.agency_id(slug) for slug in row.get("for", "").split()),
    )  # fmt: skip


async def _contribute(tale: Tale, row: Row, at: datetime) -> None:
    kind = next(kind.value for kind in ContributionKind if kind.value in row)
    tale.contributions[row.get("key", f"line {len(tale.contributions)}")] = await changes.add(
        tale.session, case_id=tale.open_case.id, said=_said(tale, kind, row[kind], row, at),
        profession=tale.worker(row["by"]).profession, circle=tale.circle, by=tale.viewer(row["by"]), at=at,
    )  # fmt: skip


async def _correct(tale: Tale, row: Row, at: datetime) -> None:
    before = tale.contributions[row["which"]]
    tale.contributions[row["which"]] = await changes.amend(
        tale.session, before, said=_said(tale, before.kind, row["correct"], row, at),
        profession=tale.worker(row["by"]).profession, circle=tale.circle, by=tale.viewer(row["by"]), at=at,
    )  # fmt: skip


async def _withdraw(tale: Tale, row: Row, at: datetime) -> None:
    await changes.withdraw(
        tale.session, tale.contributions[row["which"]], reason=row["withdraw"], by=tale.viewer(row["by"]), at=at
    )


async def _comment(tale: Tale, row: Row, at: datetime) -> None:
    await changes.comment(
        tale.session, tale.contributions[row["beside"]], words=row["comment"].strip(), by=tale.viewer(row["by"]), at=at
    )


async def _rate(tale: Tale, row: Row, at: datetime) -> None:
    await cases.rate(
        tale.session, tale.open_case, rating=Rating(row["rate"]), reason=row["because"].strip(),
        clocks=tale.partnership.clocks, by=tale.viewer(row["by"]), at=at, between=between_of(tale, row),
    )  # fmt: skip


async def _state_problem(tale: Tale, row: Row, at: datetime) -> None:
    cited = [tale.contributions[key] for key in row.get("cites", "").split()]
    await cases.state_problem(
        tale.session, tale.open_case, statement=row["problem"].strip(),
        citing={one.id: one.agency_id for one in cited}, by=tale.viewer(row["by"]), at=at,
    )  # fmt: skip


async def _admit(tale: Tale, row: Row, at: datetime) -> None:
    agency_id = tale.agency_id(row["admit"])
    contact: UUID = tale.worker(row["contact"]).id
    await sharing.admit(
        tale.session, agency_id=agency_id, case_id=tale.open_case.id, contact_id=contact,
        basis=row.get("basis", "Working together with the family"), by=tale.viewer(row["by"]), at=at,
    )  # fmt: skip
    await changes.share_earlier(tale.session, tale.open_case.id, by=tale.viewer(row["by"]), at=at)
    tale.circle.append(agency_id)


async def _release(tale: Tale, row: Row, at: datetime) -> None:
    agency_id = tale.agency_id(row["release"])
    seat = await seats.seat(tale.session, agency_id=agency_id, case_id=tale.open_case.id)
    if seat is not None:
        await sharing.release(tale.session, seat, by=tale.viewer(row["by"]), at=at)
        tale.circle.remove(agency_id)


async def _hand_over(tale: Tale, row: Row, at: datetime) -> None:
    await cases.name_accountable(
        tale.session, case_id=tale.open_case.id, subject_type="case", subject_id=tale.open_case.id,
        worker_id=tale.worker(row["name"]).id, by=tale.viewer(row["by"]), at=at, between=between_of(tale, row),
    )  # fmt: skip


async def _accept(tale: Tale, row: Row, at: datetime) -> None:
    named = await accountable_for(tale.session, "case", tale.open_case.id)
    if named is not None:
        await cases.accept(tale.session, named, by=tale.viewer(row["by"]), at=at)


VERBS: Mapping[str, Callable[[Tale, Row, datetime], Awaitable[None]]] = {
    **{kind.value: _contribute for kind in ContributionKind},
    "correct": _correct,
    "withdraw": _withdraw,
    "comment": _comment,
    "rate": _rate,
    "problem": _state_problem,
    "admit": _admit,
    "release": _release,
    "name": _hand_over,
    "accept": _accept,
}
"""What a line of a story can do, by the word that says it."""
