"""Cases that an independent scrutineer reads: let in by an information guardian, with a reason, for a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.london import london
from hub.scrutiny import changes
from hub.seeding.tale import Tale


async def scrutinise(tales: Sequence[Tale], *, now: datetime) -> None:
    """Lets a scrutineer into each case whose family says so under `scrutiny`."""
    for tale in tales:
        for row in tale.told.get("scrutiny", []):
            at = now - timedelta(days=row["days_ago"])
            await changes.let_in(
                tale.session,
                tale.open_case,
                scrutineer=tale.worker(row["reader"]),
                until=london(now).date() + timedelta(days=row["in_days"]),
                why=row["why"],
                by=tale.viewer(row["by"]),
                at=at,
            )
