"""Changing one time of a series, or this one and all later ones."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import check_reason
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.interventions import queries
from hub.interventions.carrying import carry_over
from hub.interventions.changes import record_intervention
from hub.interventions.guarding import check_booking
from hub.interventions.plans import Planned, ask_the_rules_again, beyond_the_form, facts_of, only
from hub.interventions.recurrence import Rule, ending, is_time_of, last_end
from hub.interventions.rules import OVER, Status, When, check_when, days_of
from hub.interventions.tables import Intervention, InterventionTime
from hub.london import london

NO_SUCH_TIME = "There is no such time in this series any more. Reload the page to see the times."


async def _time(
    session: AsyncSession, series: Intervention, of_at: datetime, *, by: Actor, at: datetime
) -> InterventionTime:
    """What is different about one time of a live series, made when nothing was. Raises Conflict when there is none."""
    if series.status in OVER and series.status != Status.done:
        raise Conflict("This is over and can no longer be changed.")
    if not series.repeats or not is_time_of(queries.series_of(series), of_at):
        raise Conflict(NO_SUCH_TIME)
    told = await queries.time_told(session, series.id, of_at)
    if told is None:
        told = InterventionTime(intervention_id=series.id, of_at=of_at, changed_at=at)
        session.add(told)
    told.changed_by, told.changed_at = by.worker_id, at
    ask_the_rules_again(series)
    return told


async def day_of(session: AsyncSession, series: Intervention, of_at: datetime) -> date:
    """The day on which one time of a series now falls. Raises Conflict when there is none."""
    if not is_time_of(queries.series_of(series), of_at):
        raise Conflict(NO_SUCH_TIME)
    told = await queries.time_told(session, series.id, of_at)
    return london(told.starts_at if told is not None and told.starts_at else of_at).date()


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
    moved = _is_moved(series, of_at, when)
    told.starts_at, told.ends_at = (when.starts_at, when.ends_at) if moved else (None, None)
    told.place = place if place != series.place else None
    told.worker_id = worker_id if worker_id != series.worker_id else None
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


def _is_moved(series: Intervention, of_at: datetime, when: When) -> bool:
    """Whether a time is another than the series has it: what only has another place follows the hour of the series."""
    if series.whole_days and when.whole_days:
        day = london(of_at).date()
        return days_of(when) != (day, day)
    return (when.starts_at, when.ends_at) != (of_at, ending(of_at, series.minutes or 0))


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

    A rule with a count gives the new part what is left of it. What was said of single later times moves over where the
    new part has a time on that day; what was different about this time is told anew.
    """
    if series.status in OVER:
        raise Conflict("This is over and can no longer be changed.")
    if not is_time_of(queries.series_of(series), of_at) or of_at <= series.starts_at:
        raise Conflict(NO_SUCH_TIME)
    series.series_id = series.series_id or series.id
    if planned.repeats == series.repeats:
        planned = replace(planned, repeats=_rest(series, of_at))
    planned = beyond_the_form(planned, series)
    planned = replace(planned, with_agency_id=series.with_agency_id, with_worker_id=series.with_worker_id)
    facts_of(planned)
    before = queries.series_of(series)
    series.repeats, series.ends_at, series.changed_at = _until(series, of_at), of_at, at
    ask_the_rules_again(series)
    await record(
        session, Kind.intervention_changed, by=by, at=at, case_id=series.case_id, subject=series,
        only_agencies=only(series), kind_of=series.kind, fields=["repeats", "ends_at"],
    )  # fmt: skip
    await session.flush()
    part = await record_intervention(
        session, case_id=series.case_id, planned=planned, case_people=case_people, by=by, at=at,
        series_id=series.series_id,
    )  # fmt: skip
    if part.repeats:
        await carry_over(session, before, part, from_=of_at)
    return part


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
