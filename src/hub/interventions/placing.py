"""Putting what an agency's system or file tells into the register: whose it is, in which case, and what it changes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import worker_by_email
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.interventions import changes, incoming, queries, sent
from hub.interventions.incoming import Told
from hub.interventions.plans import Excluded, Planned, Sent, facts_of, only, status_of, with_days_left_out
from hub.interventions.rules import OVER, PlaceKind, Settled, Shape, Source, Status, Unplaced, shape
from hub.interventions.sent import Around
from hub.interventions.tables import Intervention, UnplacedIntervention
from hub.london import london
from hub.people import matching
from hub.people import queries as people
from hub.people.queries import people_of_case
from hub.referrals.rules import State
from hub.referrals.tables import Envelope


@dataclass(frozen=True)
class Found:
    """Where a record belongs: the people it names, in its order, and the case; or why that could not be told."""

    people: Sequence[UUID] = ()
    case_id: UUID | None = None
    why_not: Unplaced | None = None


async def find(session: AsyncSession, told: Told, agency_id: UUID) -> Found:
    """Finds the people that a record names, as referrals do, and the one open case of its agency that has them all."""
    ids: list[UUID] = []
    for one in told.people:
        likeness = one.likeness()
        others = await people.likenesses(session, await people.candidates(session, likeness))
        verdict = matching.verdict(
            (person_id, matching.compare(likeness, other)) for person_id, other in others.items()
        )
        if verdict.same is None:
            return Found(why_not=Unplaced.several_people if verdict.perhaps else Unplaced.nobody)
        ids.append(verdict.same)
    cases = await sent.open_cases_of(session, ids, agency_id)
    if len(cases) != 1:
        return Found(ids, why_not=Unplaced.several_cases if cases else Unplaced.no_case)
    return Found(ids, cases[0])


async def worker_of(session: AsyncSession, told: Told, agency_id: UUID | None) -> UUID | None:
    """The colleague whom a record names by their address; nobody when they do not sign in here."""
    found = await worker_by_email(session, told.worker_email) if told.worker_email else None
    return found.id if found is not None and found.agency_id == agency_id and found.ended_at is None else None


BEYOND = frozenset({"outcome_id", "problem_tag_id", "depends_on_id"})
"""What no system or file can say: somebody here has said it."""


def as_it_stands(planned: Planned, untold: frozenset[str], held: Intervention, around: Around) -> Planned:
    """A plan with what its source says nothing of as it stands here."""
    here: dict[str, Any] = {
        "hours": (held.hours_from, held.hours_to) if held.hours_from and held.hours_to else None,
        "place_kind": PlaceKind(held.place_kind),
        "apart": around.apart[held.id],
        "excluded": [Excluded(one.place, PlaceKind(one.kind), one.uprn) for one in around.places[held.id]],
    }
    if "left_out" in untold:
        planned = with_days_left_out(planned, held)
    names = (untold | BEYOND) - {"status", "left_out"}
    if planned.contact:
        names -= {"contact"}  # the address of a colleague who does not sign in here
    return replace(planned, **{name: here[name] if name in here else getattr(held, name) for name in names})


async def planned_of(
    session: AsyncSession, told: Told, people_ids: Sequence[UUID], held: Intervention | None, agency_id: UUID | None
) -> Planned:
    """The plan that a record tells of people that are known by now."""
    planned = told.planned(people_ids, worker_id=await worker_of(session, told, agency_id))
    return planned if held is None else as_it_stands(planned, told.untold, held, await sent.around(session, [held.id]))


async def put(
    session: AsyncSession,
    told: Told,
    held: Intervention | None,
    *,
    planned: Planned,
    case_people: Collection[UUID],
    case_id: UUID,
    source: Source,
    system_id: UUID | None = None,
    by: Actor,
    at: datetime,
) -> Intervention:
    """Records what is new, changes what is different, ends what is over. Raises Refused for what cannot be."""
    source_of = Sent(source, told.reference, system_id, told.sequence)
    row = held
    if row is None:
        row = await changes.record_intervention(
            session, case_id=case_id, planned=planned, case_people=case_people, by=by, at=at, sent=source_of
        )
        if told.status in (Status.cancelled, Status.missed):
            row.status = Status.planned.value  # what lies in the past would else count as done
    elif differs(row, planned, told.status, await sent.around(session, [row.id])):
        await _change(session, row, planned, told, case_people=case_people, sent=source_of, by=by, at=at)
    if told.status in ENDINGS and row.status not in OVER:
        reason = told.ended_reason or "Ended in the agency’s own system"
        await changes.end(session, row, status=_ended(told.status, row.repeats), reason=reason, by=by, at=at)
    if told.sequence is not None:
        row.their_sequence = told.sequence
    return row


ENDINGS = (Status.done, Status.missed, Status.cancelled)


def _ended(status: Status, repeats: str) -> Status:
    """A whole series is not missed: it has come to its end."""
    return Status.done if repeats and status is Status.missed else status


async def _change(
    session: AsyncSession, row: Intervention, planned: Planned, told: Told, *, case_people: Collection[UUID], sent: Sent,
    by: Actor, at: datetime,
) -> None:  # fmt: skip
    """Changes what is held. What is over here is so no longer where their own system says otherwise: it corrects itself."""
    was, ended_at = row.status, row.ends_at
    if was in OVER:
        row.status = Status.planned.value
    await changes.change(session, row, planned, case_people=case_people, by=by, at=at, sent=sent)
    if was not in OVER:
        return
    if "status" in told.untold or (told.status is not None and _ended(told.status, row.repeats).value == was):
        row.status, row.ended_reason = was, told.ended_reason or row.ended_reason
        runs_on = row.repeats or shape(row.kind) is Shape.period
        if runs_on and ended_at is not None and ended_at >= row.starts_at:
            row.ends_at = min(ended_at, row.ends_at or ended_at)
    else:
        row.ended_reason = ""
        if told.status is None:
            row.status = status_of(planned, at).value


def differs(held: Intervention, planned: Planned, status: Status | None, around: Around) -> bool:
    """Whether a record says anything else than what we hold."""
    told = facts_of(planned)
    ends_by_itself = (
        {"ends_at"} if held.status in OVER and (held.repeats or shape(held.kind) is Shape.period) else set()
    )
    if any(getattr(held, name) != value for name, value in told.items() if name not in ends_by_itself):
        return True
    ended = status is not None and {status.value, held.status} & set(OVER)
    if status is not None and ended and _ended(status, planned.repeats).value != held.status:
        return True
    if around.people[held.id] != set(planned.people):
        return True
    if set(around.apart[held.id]) != {(min(pair), max(pair)) for pair in planned.apart}:
        return True
    places = {(one.kind, one.place, one.uprn) for one in around.places[held.id]}
    return places != {(one.kind.value, one.place, one.uprn) for one in planned.excluded}


# --- What a system sent -------------------------------------------------------------------------------------------


async def open_envelope(session: AsyncSession, envelope: Envelope, event: dict[str, object], *, at: datetime) -> None:
    """Reads an envelope into the register, or into the list of what a person must place. An older message is passed over.

    The receipt stays the same either way: it never says whether we know somebody.
    """
    by = Actor(agency_id=envelope.agency_id, system_id=envelope.system_id)
    data: dict[str, object] = event["data"]  # type: ignore[assignment]
    reference, sequence = str(data["interventionId"]), data.get("sequence")
    envelope.their_reference, envelope.opened_at = reference, at
    envelope.revision = sequence if isinstance(sequence, int) else 0
    held = await sent.pushed(session, envelope.system_id, reference)
    waiting = await sent.unplaced_by_reference(session, envelope.system_id, reference)
    newest = held.their_sequence if held else waiting.their_sequence if waiting else None
    if newest is not None and isinstance(sequence, int) and sequence <= newest:
        envelope.state = State.superseded.value
        return
    if waiting is not None and waiting.settled == Settled.set_aside:
        waiting.settled = waiting.settled_at = waiting.settled_by = None
    try:
        told = incoming.read(event, today=london(at).date())
        found = await find(session, told, envelope.agency_id)
        if held is not None and found.why_not is not None:
            # We know whose it is: what changed is taken, and its people stay as they were.
            ids = sorted((await queries.people_of(session, [held.id]))[held.id])
            found = Found(ids, held.case_id)
            told = replace(told, apart=(), untold=told.untold | {"apart"})
        if found.why_not is None and (held is None or held.case_id is not None):
            case_id = held.case_id if held is not None else found.case_id
            assert case_id is not None  # noqa: S101 - said by `why_not`
            async with session.begin_nested():
                planned = await planned_of(session, told, found.people, held, envelope.agency_id)
                row = await put(
                    session, told, held, planned=planned, case_people=planned.everybody, case_id=case_id,
                    source=Source.pushed, system_id=envelope.system_id, by=by, at=at,
                )  # fmt: skip
            if waiting is not None:
                waiting.settled, waiting.settled_at, waiting.intervention_id = Settled.placed.value, at, row.id
            return
        why = found.why_not or Unplaced.nobody
    except (Refused, Conflict, ValueError):
        why = Unplaced.not_readable
    await _keep(session, waiting, envelope, event, why, by, at)


async def _keep(
    session: AsyncSession, waiting: UnplacedIntervention | None, envelope: Envelope, event: dict[str, object],
    why: Unplaced, by: Actor, at: datetime,
) -> None:  # fmt: skip
    if waiting is None:
        waiting = UnplacedIntervention(
            agency_id=envelope.agency_id, system_id=envelope.system_id, their_reference=envelope.their_reference,
            reason=why.value, received_at=envelope.received_at, sent={},
        )  # fmt: skip
        session.add(waiting)
    waiting.reason, waiting.sent = why.value, dict(event)
    waiting.their_sequence = envelope.revision or None
    await session.flush()
    await record(
        session, Kind.intervention_unplaced, by=by, at=at, subject=waiting, only_agencies=[envelope.agency_id],
        reason=why.value,
    )  # fmt: skip


A_PAIR = 2


async def place(
    session: AsyncSession,
    waiting: UnplacedIntervention,
    *,
    case_id: UUID,
    people_ids: Sequence[UUID],
    by: Actor,
    at: datetime,
) -> Intervention:
    """Puts what a system sent into a case, for people that a worker chose. Which of more than two are kept apart is
    left to them to enter.
    """
    if waiting.settled_at is not None:
        raise Conflict("Somebody else has already placed this or set it aside.")
    people_of = {person.id for person, _ in await people_of_case(session, case_id)}
    if not people_ids or not set(people_ids) <= people_of:
        raise Refused("Choose who it is for", field="people")
    told = incoming.read(waiting.sent, today=london(at).date())
    if len(told.people) != len(people_ids) or len(people_ids) > A_PAIR:
        told = replace(told, apart=())  # of more than two, nobody has said who of them is who of the message
    row = await put(
        session, told, None, planned=await planned_of(session, told, people_ids, None, by.agency_id),
        case_people=people_of, case_id=case_id, source=Source.pushed, system_id=waiting.system_id, by=by, at=at,
    )  # fmt: skip
    waiting.settled, waiting.settled_at, waiting.settled_by = Settled.placed.value, at, by.worker_id
    waiting.intervention_id = row.id
    await record(
        session, Kind.intervention_placed, by=by, at=at, case_id=case_id, subject=row,
        only_agencies=only(row), kind_of=row.kind,
    )  # fmt: skip
    return row


async def set_aside(session: AsyncSession, waiting: UnplacedIntervention, *, by: Actor, at: datetime) -> None:
    """Puts away what belongs to nobody here. A newer message about it brings it back."""
    if waiting.settled_at is not None:
        raise Conflict("Somebody else has already placed this or set it aside.")
    waiting.settled, waiting.settled_at, waiting.settled_by = Settled.set_aside.value, at, by.worker_id
    await record(session, Kind.intervention_set_aside, by=by, at=at, subject=waiting, only_agencies=[waiting.agency_id])
