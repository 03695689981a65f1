"""Reading the families' fixtures: each file of `families/` holds one family or several."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hub.seeding.days import Days
from hub.seeding.numbers import Numbers
from hub.seeding.partnership import FIXTURES, Loaded, read
from hub.seeding.people import bonds, home, someone
from hub.seeding.tale import Tale


def tales(session: AsyncSession, loaded: Loaded, *, now: datetime) -> list[Tale]:
    """Every family, ready to be told, always in the same order and with the same numbers."""
    days, numbers = Days(now), Numbers()
    files = sorted((FIXTURES / "families").glob("*.yaml"))
    rows = [row for path in files for row in read(f"families/{path.name}")]
    return [_tale(session, loaded, row, days, numbers) for row in rows]


def _tale(session: AsyncSession, loaded: Loaded, row: Mapping[str, Any], days: Days, numbers: Numbers) -> Tale:
    cast = {key: someone(key, told, row["family"], days, numbers) for key, told in row["people"].items()}
    return Tale(
        session, loaded, days, row, cast, [home(told) for told in row["homes"]], bonds(row.get("ties", []))
    )  # fmt: skip
