"""Changing one time of a series, or this one and all later ones."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import check_reason
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.interventions import queries
from hub.interventions.changes import record_intervention
from hub.interventions.guarding import check_booking
from hub.interventions.plans import Planned, ask_the_rules_again, facts_of, only
from hub.interventions.recurrence import Rule, is_time_of, last_end
from hub.interventions.rules import OVER, Status, When, check_when
from hub.interventions.tables import Intervention, InterventionTime
from hub.london import london


async def _time(
    session: AsyncSession, series: Intervention, of_at: datetime, *, by: Actor, at: datetime
) -> InterventionTime:
    """What is different about one time of a live series, made when nothing was. Raises Conflict when there is none."""
    if series.status in OVER and series.status != Status.done:
        raise Conflict("This is over and can no longer be changed.")
    if not series.repeats or not is_time_of(queries.series_of(series), of_at):
        raise Conflict("There is no such time in this series any more. Reload the page to see the times.")
    told = await queries.time_told(session, series.id, of_at)
    if told is None:
        told = InterventionTime(intervention_id=series.id, of_at=of_at, changed_at=at)
        session.add(told)
    told.changed_by, told.changed_at = by.worker_id, at
    ask_the_rules_again(series)
    return told


async def move_time(
    session: AsyncSession,
    series: Intervention,
    of_at: datetime,
    *,
    when: When,
    place: str,
    worker_id: UUID | None,
    by: Actor,
    at: datetime,
) -> None:
    """Moves one time of a series, or gives it another place or worker; the others stay."""
    check_when(series.kind, when)
    if when.ends_at is None:
        raise Refused("Enter when it ends", field="ends")
    told = await _time(session, series, of_at, by=by, at=at)
    if told.status == Status.cancelled:
        raise Conflict("This time is cancelled. Take that back first.")
    series.changed_at = at
    told.starts_at, told.ends_at = when.starts_at, when.ends_at
    told.place, told.worker_id = (place if place != series.place else None), worker_id
    await session.flush()
    await check_booking(session, series, by=by, at=at)
    await record(
        session,
        Kind.intervention_changed,
        by=by,
        at=at,
        case_id=series.case_id,
        subject=series,
        only_agencies=only(series),
        kind_of=series.kind,
        of_at=of_at,
        fields=["starts_at", "ends_at", "place", "worker_id"],
    )


async def settle_time(
    session: AsyncSession,
    series: Intervention,
    of_at: datetime,
    *,
    status: Status,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    """Says of one time of a series that it took place, was missed or is cancelled. Cancelling needs a reason."""
    if status not in (Status.done, Status.missed, Status.cancelled):
        raise Refused("Choose how it ended", field="status")
    if status is Status.cancelled:
        check_reason(reason)
    told = await _time(session, series, of_at, by=by, at=at)
    if status is Status.cancelled:  # that it took place, or that nobody came, changes no plan
        series.changed_at = at
    told.status, told.reason = status.value, reason
    await record(
        session,
        Kind.intervention_ended,
        by=by,
        at=at,
        case_id=series.case_id,
        subject=series,
        only_agencies=only(series),
        kind_of=series.kind,
        of_at=of_at,
        status=status.value,
    )


async def restore_time(
    session: AsyncSession, series: Intervention, of_at: datetime, *, by: Actor, at: datetime
) -> None:
    """Takes back what was said of one time: it is planned again, where and when it was."""
    told = await _time(session, series, of_at, by=by, at=at)
    if told.status == Status.planned:
        raise Conflict("This time is planned already.")
    series.changed_at = at
    told.status, told.reason = Status.planned.value, ""
    await record(
        session,
        Kind.intervention_restored,
        by=by,
        at=at,
        case_id=series.case_id,
        subject=series,
        only_agencies=only(series),
        kind_of=series.kind,
        of_at=of_at,
    )


async def change_from(
    session: AsyncSession,
    series: Intervention,
    of_at: datetime,
    planned: Planned,
    *,
    case_people: Collection[UUID],
    by: Actor,
    at: datetime,
) -> Intervention:
    """Changes this time of a series and all later ones: the series ends before it, and its next part begins.

    A rule with a count gives the new part what is left of it. What was said of single later times does not move over.
    """
    if series.status in OVER:
        raise Conflict("This is over and can no longer be changed.")
    if not is_time_of(queries.series_of(series), of_at) or of_at <= series.starts_at:
        raise Conflict("There is no such time in this series any more. Reload the page to see the times.")
    series.series_id = series.series_id or series.id
    if planned.repeats == series.repeats:
        planned = replace(planned, repeats=_rest(series, of_at))
    facts_of(planned)
    series.repeats, series.ends_at, series.changed_at = _until(series, of_at), of_at, at
    ask_the_rules_again(series)
    await session.flush()
    return await record_intervention(
        session, case_id=series.case_id, planned=planned, case_people=case_people, by=by, at=at,
        series_id=series.series_id,
    )  # fmt: skip


def _until(series: Intervention, of_at: datetime) -> str:
    """The rule of what goes before one of its times: the end stands in the rule, so that a later change keeps it."""
    return f"{Rule.read(series.repeats).text};UNTIL={london(of_at).date() - timedelta(days=1):%Y%m%d}"


def _rest(series: Intervention, of_at: datetime) -> str:
    """The rule of what is left of a series from one of its times on."""
    rule = Rule.read(series.repeats)
    if rule.count is None:
        return series.repeats
    last = last_end(series.starts_at, series.repeats, 1)
    return f"{rule.text};UNTIL={london(last):%Y%m%d}" if last else series.repeats
