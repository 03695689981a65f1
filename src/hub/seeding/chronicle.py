"""What people said about two entries of a chronology: that they are the same event, or that they do not agree."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.chronology import changes
from hub.chronology.changes import Two
from hub.chronology.rules import Key, Source
from hub.chronology.tables import Contradiction
from hub.seeding.tale import SOON_AFTER, Step, Tale, in_order
from hub.sharing.queries import seats_at_referral
from hub.sharing.rules import Audience

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]


def chronicle(tale: Tale) -> Iterable[Step]:
    """Pairs and contradictions, each when it was said; `one` and `other` are keys of the story, or `referral 2`."""
    for at, row in in_order(tale, tale.told.get("same", [])):
        yield tale.step(_once_said(tale, row, at), _pairing(tale, row))
    for at, row in in_order(tale, tale.told.get("disagree", [])):
        marked: list[Contradiction] = []
        yield tale.step(_once_said(tale, row, at), _marking(tale, row, marked))
        if "settled" in row:
            yield tale.step(tale.moment(row["settled"]), _settling(tale, row, marked))


def _once_said(tale: Tale, row: Row, at: datetime) -> datetime:
    """When two entries are compared: once both stand, also where a weekend has pushed one of them onto that day."""
    said = [
        when
        for when, told in in_order(tale, tale.told.get("story", []))
        if told.get("key") in (row["one"], row["other"])
    ]
    return max([at, *(when + SOON_AFTER for when in said)])


async def _told(tale: Tale, name: str) -> tuple[Key, Collection[UUID] | None]:
    """An entry's key, and the only agencies that may know of it."""
    kind, _, number = name.partition(" ")
    if kind == "referral":
        referral = tale.referrals[int(number)].referral
        seats = await seats_at_referral(tale.session, referral.id)
        return Key(Source.referral, referral.id), {seat.agency_id for seat in seats}
    said = tale.contributions[name]
    reach = None if said.audience == Audience.circle else {said.agency_id, *(said.for_agencies or [])}
    return Key(Source.contribution, said.thread_id), reach


async def _two(tale: Tale, row: Row) -> Two:
    (one, first), (other, second) = await _told(tale, row["one"]), await _told(tale, row["other"])
    limits = [set(limit) for limit in (first, second) if limit is not None]
    return Two(tale.open_case.id, one, other, set.intersection(*limits) if limits else None)


def _pairing(tale: Tale, row: Row) -> Doing:
    async def pair(at: datetime) -> None:
        two = await _two(tale, row)
        await changes.decide_pair(tale.session, two, same=row.get("same", True), by=tale.viewer(row["by"]), at=at)

    return pair


def _marking(tale: Tale, row: Row, marked: list[Contradiction]) -> Doing:
    async def mark(at: datetime) -> None:
        two = await _two(tale, row)
        marked.append(
            await changes.mark_contradiction(
                tale.session, two, about=row["about"], by=tale.viewer(row["by"]), at=at
            )
        )  # fmt: skip

    return mark


def _settling(tale: Tale, row: Row, marked: list[Contradiction]) -> Doing:
    async def settle(at: datetime) -> None:
        told = row["settled"]
        two = await _two(tale, row)
        await changes.settle(
            tale.session, marked[0], settlement=told["because"], reach=two.reach, by=tale.viewer(told["by"]), at=at
        )

    return settle
