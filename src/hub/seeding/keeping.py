"""What guardians did with records past their time: a hold, and a proposal that waits for a second guardian."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.retention import changes
from hub.retention.rules import HoldReason
from hub.seeding.tale import Step, Tale

Row = Mapping[str, Any]
Doing = Callable[[datetime], Awaitable[None]]


def keeping(tale: Tale) -> Iterable[Step]:
    """The hold and the proposal of one case, each when it was made."""
    told = tale.told.get("keeping", {})
    if "hold" in told:
        yield tale.step(tale.moment(told["hold"]), _holding(tale, told["hold"]))
    if "proposed" in told:
        yield tale.step(tale.moment(told["proposed"]), _proposing(tale, told["proposed"]))


def _holding(tale: Tale, row: Row) -> Doing:
    async def hold(at: datetime) -> None:
        await changes.hold(
            tale.session, tale.open_case, reason_code=HoldReason(row["reason"]), words=row["words"],
            review_on=tale.days.today + timedelta(days=row["look_again_in"]), by=tale.viewer(row["by"]), at=at,
        )  # fmt: skip

    return hold


def _proposing(tale: Tale, row: Row) -> Doing:
    async def propose(at: datetime) -> None:
        await changes.propose(tale.session, tale.open_case, by=tale.viewer(row["by"]), at=at)

    return propose
