"""Putting what an agency's system or file tells into the register: whose it is, in which case, and what it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import worker_by_email
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.interventions import changes, incoming, queries, sent
from hub.interventions.incoming import Told
from hub.interventions.plans import Planned, Sent, facts_of, only
from hub.interventions.rules import OVER, Settled, Source, Status, Unplaced
from hub.interventions.tables import Intervention, UnplacedIntervention
from hub.london import london
from hub.people import matching
from hub.people import queries as people
from hub.people.queries import people_of_case
from hub.referrals.rules import State
from hub.referrals.tables import Envelope


class Became(StrEnum):
    """What a record did to the register."""

    new = "new"
    changed = "changed"
    unchanged = "unchanged"


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


async def worker_of(session: AsyncSession, told: Told, agency_id: UUID) -> UUID | None:
    """The colleague whom a record names by their address; nobody when they do not sign in here."""
    found = await worker_by_email(session, told.worker_email) if told.worker_email else None
    return found.id if found is not None and found.agency_id == agency_id and found.ended_at is None else None


async def put(
    session: AsyncSession,
    told: Told,
    held: Intervention | None,
    *,
    people_ids: Sequence[UUID],
    case_id: UUID,
    source: Source,
    system_id: UUID | None = None,
    by: Actor,
    at: datetime,
) -> tuple[Intervention, Became]:
    """Records what is new, changes what is different, ends what is over. Raises Refused for what cannot be."""
    planned = told.planned(people_ids, worker_id=await worker_of(session, told, by.agency_id) if by.agency_id else None)
    if told.worker_email and planned.worker_id is None and not planned.contact:
        planned = Planned(**{**planned.__dict__, "contact": told.worker_email})
    if held is None:
        source_of = Sent(source, told.reference, system_id, told.sequence)
        row = await changes.record_intervention(
            session, case_id=case_id, planned=planned, case_people=people_ids, by=by, at=at, sent=source_of
        )
        became = Became.new
    else:
        row, became = held, Became.unchanged
        if await differs(session, held, planned, told.status):
            if held.status in OVER and told.status not in (Status.done, Status.missed, Status.cancelled):
                held.status = Status.planned.value  # their own system has it as going on: they correct themselves
            if held.status not in OVER:
                await changes.change(
                    session, held, planned, case_people=people_ids, by=by, at=at, sequence=told.sequence
                )
            became = Became.changed
    if told.status in (Status.done, Status.missed, Status.cancelled) and row.status not in OVER:
        reason = told.ended_reason or "Ended in the agency’s own system"
        status = Status.done if row.repeats and told.status is Status.missed else told.status
        await changes.end(session, row, status=status, reason=reason, by=by, at=at)
    if told.sequence is not None:
        row.their_sequence = told.sequence
    return row, became


async def differs(session: AsyncSession, held: Intervention, planned: Planned, status: Status | None) -> bool:
    """Whether a record says anything else than what we hold."""
    told = facts_of(planned)
    ending = {"ends_at"} if held.status in OVER else set()
    if any(getattr(held, name) != value for name, value in told.items() if name not in ending):
        return True
    if status is not None and (status.value in OVER or held.status in OVER) and status.value != held.status:
        return True
    if (await queries.people_of(session, [held.id]))[held.id] != set(planned.people):
        return True
    pairs = {(min(pair), max(pair)) for pair in planned.apart}
    if set((await queries.apart_of(session, [held.id]))[held.id]) != pairs:
        return True
    places = {(one.kind, one.place, one.uprn) for one in (await queries.places_of(session, [held.id]))[held.id]}
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
            found, told = Found(ids, held.case_id), Told(**{**told.__dict__, "apart": ()})
        if found.why_not is None and (held is None or held.case_id is not None):
            case_id = held.case_id if held is not None else found.case_id
            assert case_id is not None  # noqa: S101 - said by `why_not`
            async with session.begin_nested():
                row, _ = await put(
                    session, told, held, people_ids=found.people, case_id=case_id, source=Source.pushed,
                    system_id=envelope.system_id, by=by, at=at,
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


async def place(
    session: AsyncSession,
    waiting: UnplacedIntervention,
    *,
    case_id: UUID,
    people_ids: Sequence[UUID],
    by: Actor,
    at: datetime,
) -> Intervention:
    """Puts what a system sent into a case, for people that a worker chose. Pairs kept apart are left to them to enter."""
    if waiting.settled_at is not None:
        raise Conflict("Somebody else has already placed this or set it aside.")
    people_of = {person.id for person, _ in await people_of_case(session, case_id)}
    if not people_ids or not set(people_ids) <= people_of:
        raise Refused("Choose who it is for", field="people")
    told = incoming.read(waiting.sent, today=london(at).date())
    if len(told.people) != len(people_ids):
        told = Told(**{**told.__dict__, "apart": ()})
    row, _ = await put(
        session, told, None, people_ids=people_ids, case_id=case_id, source=Source.pushed, system_id=waiting.system_id,
        by=by, at=at,
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
