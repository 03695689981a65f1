"""Recording what an agency does, changing it, ending it, and taking back that it was cancelled."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import check_reason
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.ids import new_id
from hub.interventions import queries
from hub.interventions.carrying import carry_over
from hub.interventions.guarding import check_booking
from hub.interventions.plans import (
    Planned,
    Sent,
    ask_the_rules_again,
    beyond_the_form,
    check,
    facts_of,
    only,
    status_of,
)
from hub.interventions.rules import OVER, Shape, Status, shape
from hub.interventions.tables import Intervention, InterventionApart, InterventionPerson, InterventionPlace


async def record_intervention(
    session: AsyncSession,
    *,
    case_id: UUID,
    planned: Planned,
    case_people: Collection[UUID],
    by: Actor,
    at: datetime,
    sent: Sent | None = None,
    series_id: UUID | None = None,
) -> Intervention:
    """Records an intervention of the worker's own agency. The clash rules look at it within a second.

    What an agency's system sent, or a file brought in, may be of a kind that we do not know: it is kept as it came.
    """
    check(planned, case_people, any_kind=sent is not None)
    if by.agency_id is None:
        raise Refused("An intervention belongs to an agency.")
    recorded = Intervention(
        id=new_id(),
        case_id=case_id,
        agency_id=by.agency_id,
        status=status_of(planned, at).value,
        recorded_by=by.worker_id,
        recorded_at=at,
        series_id=series_id,
        with_agency_id=planned.with_agency_id,
        with_worker_id=planned.with_worker_id,
        **facts_of(planned),
    )
    if sent is not None:
        recorded.source, recorded.their_reference = sent.source.value, sent.their_reference
        recorded.system_id, recorded.their_sequence = sent.system_id, sent.sequence
    session.add(recorded)
    await session.flush()
    await _surround(session, recorded, planned, at, new=True)
    if sent is None:
        await check_booking(session, recorded, override=planned.override, by=by, at=at)
    await record(
        session,
        Kind.intervention_recorded,
        by=by,
        at=at,
        case_id=case_id,
        subject=recorded,
        only_agencies=only(recorded),
        kind_of=planned.kind,
    )
    return recorded


async def _surround(
    session: AsyncSession, row: Intervention, planned: Planned, at: datetime, *, new: bool = False
) -> list[str]:
    """Makes the people, the pairs kept apart and the places kept out of those of the plan; says what changed."""
    changed = []
    before = {one.person_id: one for one in ([] if new else await queries.all_people_of(session, row.id))}
    for person_id in set(planned.people) | set(before):
        link, wanted = before.get(person_id), person_id in planned.people
        if link is None:
            session.add(InterventionPerson(intervention_id=row.id, person_id=person_id))
        elif (link.removed_at is None) == wanted:
            continue
        else:
            link.removed_at = None if wanted else at
        changed.append("people")
    pairs = {(min(pair), max(pair)) for pair in planned.apart}
    standing = {(one.one_id, one.other_id): one for one in ([] if new else await queries.apart_rows(session, row.id))}
    for pair in pairs ^ set(standing):
        if pair in pairs:
            session.add(InterventionApart(intervention_id=row.id, one_id=pair[0], other_id=pair[1], added_at=at))
        else:
            standing[pair].removed_at = at
        changed.append("apart")
    places = {(one.kind.value, one.place, one.uprn) for one in planned.excluded}
    held = [] if new else (await queries.places_of(session, [row.id]))[row.id]
    kept = {(one.kind, one.place, one.uprn): one for one in held}
    for place in sorted(places ^ set(kept)):
        if place in places:
            session.add(
                InterventionPlace(intervention_id=row.id, kind=place[0], place=place[1], uprn=place[2], added_at=at)
            )
        else:
            kept[place].removed_at = at
        changed.append("places")
    await session.flush()
    return sorted(set(changed))


async def change(
    session: AsyncSession,
    intervention: Intervention,
    planned: Planned,
    *,
    case_people: Collection[UUID],
    by: Actor,
    at: datetime,
    sent: Sent | None = None,
) -> list[str]:
    """Changes an intervention, all the times of a series with it. Says which fields are other than before.

    What was said of single times stays where the series still has a time on that day, also at another hour. What an
    agency's system or file tells is never stopped; a worker's change keeps what no form can say.
    """
    if intervention.status in OVER:
        raise Conflict("This is over and can no longer be changed.")
    check(planned, case_people, any_kind=sent is not None or intervention.kind == planned.kind)
    before = queries.series_of(intervention)
    if sent is None:
        planned = beyond_the_form(planned, intervention)
    told = facts_of(planned)
    changed = [name for name, new in told.items() if getattr(intervention, name) != new]
    was_covert = intervention.covert
    for name in changed:
        setattr(intervention, name, told[name])
    if before.repeats and intervention.repeats:
        await carry_over(session, before, intervention)
    changed += await _surround(session, intervention, planned, at)
    if intervention.status == Status.planned or intervention.status == Status.live:
        status = status_of(planned, at)
        intervention.status = (status if status is not Status.done else Status(intervention.status)).value
    if sent is not None and sent.sequence is not None:
        intervention.their_sequence = sent.sequence
    intervention.changed_at = at
    ask_the_rules_again(intervention)
    if sent is None:
        await check_booking(session, intervention, override=planned.override, by=by, at=at)
    await record(
        session,
        Kind.intervention_changed,
        by=by,
        at=at,
        case_id=intervention.case_id,
        subject=intervention,
        only_agencies=[intervention.agency_id] if was_covert or intervention.covert else None,
        kind_of=intervention.kind,
        fields=changed,
    )
    return changed


async def end(
    session: AsyncSession, intervention: Intervention, *, status: Status, reason: str, by: Actor, at: datetime
) -> None:
    """Ends an intervention: done, cancelled or missed; what is cancelled stays in history.

    Whoever cancels gives a reason. What another system has cancelled is cancelled, whatever it says of why.
    """
    if intervention.status in OVER:
        raise Conflict("Somebody else has already ended this.")
    if status not in (Status.done, Status.cancelled, Status.missed):
        raise Refused("Choose how it ended", field="status")
    if status is Status.missed and intervention.repeats:
        raise Refused("Mark the single times that were missed", field="status")
    if status is Status.cancelled and by.worker_id is not None:
        check_reason(reason)
    intervention.status, intervention.ended_reason = status.value, reason
    runs_on = shape(intervention.kind) is Shape.period or intervention.repeats
    if runs_on and status is not Status.cancelled and (intervention.ends_at is None or intervention.ends_at > at):
        intervention.ends_at = max(at, intervention.starts_at)
    intervention.changed_at = at
    ask_the_rules_again(intervention)
    await record(
        session,
        Kind.intervention_ended,
        by=by,
        at=at,
        case_id=intervention.case_id,
        subject=intervention,
        only_agencies=only(intervention),
        kind_of=intervention.kind,
        status=status.value,
    )


async def restore(session: AsyncSession, intervention: Intervention, *, by: Actor, at: datetime) -> None:
    """Takes back that an intervention was cancelled: it stands as it stood."""
    if intervention.status != Status.cancelled:
        raise Conflict("This is not cancelled.")
    period = shape(intervention.kind) is Shape.period
    intervention.status = (Status.live if period and intervention.starts_at <= at else Status.planned).value
    intervention.ended_reason, intervention.changed_at = "", at
    ask_the_rules_again(intervention)
    await record(
        session,
        Kind.intervention_restored,
        by=by,
        at=at,
        case_id=intervention.case_id,
        subject=intervention,
        only_agencies=only(intervention),
        kind_of=intervention.kind,
    )


def mark_checked(intervention: Intervention, *, at: datetime) -> None:
    """Notes that the clash rules have looked; what they found is theirs to record."""
    intervention.checked_at = at
