"""How agencies saw a problem and its risk: rounds of framings, what was said back, marks, tags, positions."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from hub.cases.rules import Rating
from hub.problems import changes, queries
from hub.problems.proposals import Tag
from hub.problems.rules import View
from hub.problems.tables import Framing, FramingRound
from hub.seeding.tale import Step, Tale, in_order

Row = Mapping[str, Any]


def views(tale: Tale) -> Iterable[Step]:
    """The lines under `seen`, in the order in which the fixture tells them."""
    for at, row in in_order(tale, tale.told.get("seen", [])):
        yield tale.step(at, _telling(tale, row))


def _telling(tale: Tale, row: Row) -> Callable[[datetime], Awaitable[None]]:
    verb = next((name for name in VERBS if name in row), None)
    if verb is None:
        raise LookupError(f"{tale.name}: nothing is seen in {row}")

    async def tell(at: datetime) -> None:
        await VERBS[verb](tale, row, at)

    return tell


async def _newest(tale: Tale) -> FramingRound:
    found = await queries.newest_round(tale.session, tale.open_case.id)
    if found is None:
        raise LookupError(f"{tale.name}: nobody has been asked yet")
    return found


async def _framing_of(tale: Tale, slug: str) -> Framing:
    found = await queries.own_framing(tale.session, (await _newest(tale)).id, tale.agency_id(slug))
    if found is None:
        raise LookupError(f"{tale.name}: {slug} has not said")
    return found


async def _ask(tale: Tale, row: Row, at: datetime) -> None:
    reason = row["ask"] if isinstance(row["ask"], str) else ""
    await changes.ask_for_framings(
        tale.session, tale.open_case, reason=reason, clocks=tale.partnership.clocks, by=tale.viewer(row["by"]), at=at
    )


async def _write(tale: Tale, row: Row, at: datetime) -> None:
    await changes.write_framing(
        tale.session, await _newest(tale), words=row["view"].strip(), circle=tale.circle, by=tale.viewer(row["by"]), at=at
    )  # fmt: skip


async def _show(tale: Tale, row: Row, at: datetime) -> None:
    """The time of a round is over, and some have not said."""
    newest = await _newest(tale)
    if newest.revealed_at is None:
        await changes.reveal(tale.session, newest, at=at)


async def _say_back(tale: Tale, row: Row, at: datetime) -> None:
    """What an agency understood, and at once what the agency whose view it is answered."""
    framing = await _framing_of(tale, row["of"])
    said = await changes.restate(tale.session, framing, words=row["back"].strip(), by=tale.viewer(row["by"]), at=at)
    if "answered" in row:
        await changes.answer(
            tale.session, said, correction=row.get("rather", "").strip(), by=tale.viewer(row["answered"]), at=at
        )


async def _mark(tale: Tale, row: Row, at: datetime) -> None:
    view = View.agree if "agree" in row else View.differ
    await changes.add_line(
        tale.session, await _newest(tale), view=view, words=row[view.value], by=tale.viewer(row["by"]), at=at
    )


async def _tag(tale: Tale, row: Row, at: datetime) -> None:
    tags = [Tag(code) for code in row["about"].split()]
    await changes.tag_problem(tale.session, tale.open_case, tags=tags, by=tale.viewer(row["by"]), at=at)


async def _risk(tale: Tale, row: Row, at: datetime) -> None:
    await changes.state_risk(
        tale.session, tale.open_case, rating=Rating(row["risk"]), reason=row["because"].strip(),
        by=tale.viewer(row["by"]), at=at,
    )  # fmt: skip


VERBS: Mapping[str, Callable[[Tale, Row, datetime], Awaitable[None]]] = {
    "ask": _ask,
    "view": _write,
    "shown": _show,
    "back": _say_back,
    "agree": _mark,
    "differ": _mark,
    "about": _tag,
    "risk": _risk,
}
"""What a line can say, by its word."""
