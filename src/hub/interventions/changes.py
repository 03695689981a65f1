"""Recording what an agency does, changing it, and ending it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from hub.cases.rules import check_reason
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.interventions.rules import KINDS, Shape, Status, When, check_when, shape
from hub.interventions.tables import Intervention, InterventionPerson


@dataclass(frozen=True)
class Planned:
    """What an agency will do, for whom, when, where, and who does it."""

    kind: str
    people: Collection[UUID]
    when: When
    worker_id: UUID | None = None
    place: str = ""
    mandatory: bool = False
    joint: bool = False
    note: str = ""


async def record_intervention(
    session: AsyncSession, *, case_id: UUID, planned: Planned, case_people: Collection[UUID], by: Actor, at: datetime
) -> Intervention:
    """Records an intervention of the worker's own agency. The clash rules look at it within a second."""
    _check(planned, case_people)
    if by.agency_id is None:
        raise Refused("An intervention belongs to an agency.")
    recorded = Intervention(
        case_id=case_id,
        agency_id=by.agency_id,
        worker_id=planned.worker_id,
        kind=planned.kind,
        status=_status(planned, at).value,
        starts_at=planned.when.starts_at,
        ends_at=planned.when.ends_at,
        whole_days=planned.when.whole_days,
        place=planned.place,
        mandatory=planned.mandatory,
        joint=planned.joint,
        note=planned.note,
        recorded_by=by.worker_id,
        recorded_at=at,
    )
    session.add(recorded)
    await session.flush()
    session.add_all(InterventionPerson(intervention_id=recorded.id, person_id=person) for person in set(planned.people))
    await session.flush()
    await record(
        session, Kind.intervention_recorded, by=by, at=at, case_id=case_id, subject=recorded, kind_of=planned.kind
    )
    return recorded


def _check(planned: Planned, case_people: Collection[UUID]) -> None:
    if planned.kind not in KINDS:
        raise Refused("Choose what it is", field="kind")
    if not planned.people:
        raise Refused("Choose who it is for", field="people")
    if not set(planned.people) <= set(case_people):
        raise Refused("Choose people of this case", field="people")
    check_when(planned.kind, planned.when)


def _status(planned: Planned, at: datetime) -> Status:
    """What is over is done; a period that has begun is live; the rest is planned."""
    over = planned.when.ends_at or (planned.when.starts_at if shape(planned.kind) is not Shape.period else None)
    if over is not None and over < at:
        return Status.done
    return Status.live if shape(planned.kind) is Shape.period and planned.when.starts_at <= at else Status.planned


async def change(
    session: AsyncSession,
    intervention: Intervention,
    *,
    when: When,
    place: str,
    worker_id: UUID | None,
    by: Actor,
    at: datetime,
) -> None:
    """Moves an intervention in time or place, or gives it to a colleague."""
    if intervention.status in (Status.cancelled, Status.done, Status.missed):
        raise Conflict("This is over and can no longer be moved.")
    check_when(intervention.kind, when)
    changed = [
        name
        for name, new in (
            ("starts_at", when.starts_at),
            ("ends_at", when.ends_at),
            ("whole_days", when.whole_days),
            ("place", place),
            ("worker_id", worker_id),
        )
        if getattr(intervention, name) != new
    ]
    intervention.starts_at, intervention.ends_at, intervention.whole_days = (
        when.starts_at,
        when.ends_at,
        when.whole_days,
    )
    intervention.place, intervention.worker_id = place, worker_id
    intervention.changed_at = at
    _ask_the_rules_again(intervention)
    await record(
        session,
        Kind.intervention_changed,
        by=by,
        at=at,
        case_id=intervention.case_id,
        subject=intervention,
        kind_of=intervention.kind,
        fields=changed,
    )


async def end(
    session: AsyncSession, intervention: Intervention, *, status: Status, reason: str, by: Actor, at: datetime
) -> None:
    """Ends an intervention: done, cancelled or missed. Cancelling needs a reason; what is cancelled stays in history."""
    if intervention.status in (Status.cancelled, Status.done, Status.missed):
        raise Conflict("Somebody else has already ended this.")
    if status not in (Status.done, Status.cancelled, Status.missed):
        raise Refused("Choose how it ended", field="status")
    if status is Status.cancelled:
        check_reason(reason)
    intervention.status, intervention.ended_reason = status.value, reason
    if shape(intervention.kind) is Shape.period and status is not Status.cancelled:
        intervention.ends_at = max(at, intervention.starts_at)
    intervention.changed_at = at
    _ask_the_rules_again(intervention)
    await record(
        session,
        Kind.intervention_ended,
        by=by,
        at=at,
        case_id=intervention.case_id,
        subject=intervention,
        kind_of=intervention.kind,
        status=status.value,
    )


def _ask_the_rules_again(intervention: Intervention) -> None:
    """Clears `checked_at` in any case: it may have been set since the row was read, and then looks unchanged from here."""
    intervention.checked_at = None
    flag_modified(intervention, "checked_at")


def mark_checked(intervention: Intervention, *, at: datetime) -> None:
    """Notes that the clash rules have looked; what they found is theirs to record."""
    intervention.checked_at = at
