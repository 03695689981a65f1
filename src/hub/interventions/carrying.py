"""What was said of single times of a series, when the series changes its hour or goes on as a part of its own."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub.interventions import queries
from hub.interventions.recurrence import Series, ending, starts_on
from hub.interventions.rules import HAPPENED, Status
from hub.interventions.tables import Intervention, InterventionTime
from hub.london import london


async def carry_over(session: AsyncSession, before: Series, to: Intervention, *, from_: datetime | None = None) -> None:
    """Lets what was said of single times follow a series to its new hour, day by day, or later ones to its next part.

    What took place or was missed did so at the hour that it had. What falls on no day of the series any more stays with
    its old time, and counts again if the series comes back to that day. `from_` is told anew, unless it has happened.
    """
    told = (await queries.times_told(session, [before.intervention_id]))[before.intervention_id]
    if from_ is not None:
        told = [row for row in told if row.of_at > from_ or (row.of_at == from_ and row.status != Status.planned)]
    day_of = {row.id: london(row.of_at).date() for row in told}
    was = starts_on(before, set(day_of.values()))
    begins = starts_on(queries.series_of(to), set(day_of.values()))
    taken = {row.of_at for row in told}
    # Of two that were said of one day, one of them of an hour that the series has left behind, the one that counts goes.
    for row in sorted(told, key=lambda row: row.of_at != was.get(day_of[row.id])):
        start = begins.get(day_of[row.id])
        if start is None or (start != row.of_at and start in taken):
            continue
        taken.add(start)
        _pin(row, before, to, start)
        row.intervention_id, row.of_at = to.id, start
    await session.flush()


def _pin(row: InterventionTime, before: Series, to: Intervention, start: datetime) -> None:
    """Keeps the hour of what has happened, where the series takes another."""
    other = start != row.of_at or before.minutes != to.minutes
    if other and row.status in HAPPENED and row.starts_at is None and not before.whole_days:
        row.starts_at, row.ends_at = row.of_at, ending(row.of_at, before.minutes or 0)
