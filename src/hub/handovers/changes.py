"""Offering a handover, accepting it thing by thing, standing in for somebody, and letting somebody go."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import changes as actions
from hub.actions.changes import Assigned
from hub.agencies import changes as agencies
from hub.agencies.queries import agencies_by_id, worker_by_id, workers_by_id
from hub.agencies.tables import Worker
from hub.cases.changes import name_accountable
from hub.cases.queries import who_may_hold
from hub.cases.rules import check_reason
from hub.conferences.tables import Conference
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.handovers import queries
from hub.handovers.rules import (
    INTRODUCE_WITHIN,
    Holding,
    ItemState,
    Reason,
    Subject,
    check_handover,
    check_leave,
    check_return,
    what_is_left,
)
from hub.handovers.tables import Deputy, Handover, HandoverItem, HandoverNote
from hub.ids import ref
from hub.london import london
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.sharing import changes as sharing
from hub.sharing.queries import circles
from hub.sharing.rules import Viewer
from hub.sharing.tables import CircleSeat
from hub.sittings.changes import change_chair
from hub.workdays import add_working_days


async def offer(
    session: AsyncSession,
    worker: Worker,
    *,
    to: Worker,
    chosen: Sequence[Holding],
    reason: Reason,
    overlap_until: date,
    returns_on: date | None = None,
    by: Viewer,
    at: datetime,
) -> Handover:
    """Offers what a worker holds to a colleague, who is told. Until it is accepted, each thing stays where it is."""
    check_handover(
        from_id=worker.id,
        to_id=to.id,
        same_agency=to.agency_id == worker.agency_id,
        chosen=len(chosen),
        overlap_until=overlap_until,
        today=london(at).date(),
    )
    check_return(reason, returns_on, london(at).date())
    cases = {one.case_id for one in chosen}
    takers = await who_may_hold(session, cases, agency_ids=[worker.agency_id], at=at)
    if not any(one.id == to.id and seen == cases for one, seen in takers):
        raise Refused("Choose a colleague who may see every case that you hand over to them", field="to")
    offered = Handover(
        from_id=worker.id,
        to_id=to.id,
        agency_id=worker.agency_id,
        reason=reason.value,
        overlap_until=overlap_until,
        returns_on=returns_on,
        started_by=by.worker_id,
        started_at=at,
    )
    session.add(offered)
    await session.flush()
    session.add_all(
        HandoverItem(
            handover_id=offered.id, subject_type=one.subject.value, subject_id=one.subject_id, case_id=one.case_id
        )
        for one in chosen
    )
    await session.flush()
    await record(
        session,
        Kind.handover_offered,
        by=by,
        at=at,
        subject=offered,
        worker=to.id,
        giver=worker.id,
        count=len(chosen),
        ids=sorted({str(one.case_id) for one in chosen}),
    )
    if to.id != by.worker_id:
        await notices.write(
            session,
            NoticeKind.handover_offered,
            worker_id=to.id,
            subject_id=offered.id,
            link=f"/handovers/{ref(offered.id)}",
            at=at,
        )
    return offered


async def write_note(
    session: AsyncSession,
    handover: Handover,
    *,
    case_id: UUID,
    relationships: str,
    manner: str,
    tried: str,
    by: Viewer,
    at: datetime,
) -> HandoverNote:
    """Writes what no record holds about one case of a handover, or writes it anew."""
    note = (await queries.notes_of(session, handover.id)).get(case_id)
    if note is None:
        note = HandoverNote(handover_id=handover.id, case_id=case_id, written_by=by.worker_id, written_at=at)
        session.add(note)
    note.relationships, note.manner, note.tried = relationships.strip(), manner.strip(), tried.strip()
    note.written_by, note.written_at = by.worker_id, at
    await session.flush()
    await record(session, Kind.handover_written, by=by, at=at, case_id=case_id, subject=handover)
    return note


async def accept(session: AsyncSession, handover: Handover, item: HandoverItem, *, by: Viewer, at: datetime) -> None:
    """Takes one thing over: from this moment it is the receiver's. Only the receiver can accept.

    With the first thing of a case comes an action to be introduced to the other agencies' contacts.
    """
    if handover.to_id != by.worker_id:
        raise Refused("Only the person it is handed to can accept this.")
    if item.state != ItemState.waiting:
        raise Conflict("This has been answered already.")
    held = (await queries.holdings(session, [handover.from_id]))[handover.from_id]
    if not any((one.subject.value, one.subject_id) == (item.subject_type, item.subject_id) for one in held):
        raise Conflict("This is not theirs any more: somebody has named another person, or it has ended.")
    first = not any(
        one.case_id == item.case_id and one.state == ItemState.accepted
        for one in await queries.items_of(session, handover.id)
    )
    item.state, item.ended_at = ItemState.accepted.value, at
    await _transfer(session, item, to=await worker_by_id(session, by.worker_id), by=by, at=at)
    if first and handover.returns_on is None:
        await _introduce(session, handover, item.case_id, by=by, at=at)
    await record(
        session,
        Kind.handover_accepted,
        by=by,
        at=at,
        case_id=item.case_id,
        subject=handover,
        worker=handover.from_id,
        subject_kind=item.subject_type,
    )


async def _transfer(session: AsyncSession, item: HandoverItem, *, to: Worker, by: Actor, at: datetime) -> None:
    match Subject(item.subject_type):
        case Subject.seat:
            seat = await session.get_one(CircleSeat, item.subject_id)
            await sharing.name_contact(session, seat, worker_id=to.id, by=by, at=at)
        case Subject.conference:
            conference = await session.get_one(Conference, item.subject_id)
            await change_chair(session, conference, chair=to, was=conference.chair_id, by=by, at=at)
        case subject:
            await name_accountable(
                session,
                case_id=item.case_id,
                subject_type=subject.value,
                subject_id=item.subject_id,
                worker_id=to.id,
                by=by,
                at=at,
            )


async def give_back(session: AsyncSession, handover: Handover, *, by: Actor, at: datetime) -> int:
    """Gives back what was handed over while somebody was away, and withdraws what nobody had accepted.

    What has ended meanwhile, or has gone on to a third person, stays where it is; nothing goes to somebody who has
    left. What goes back waits for one click of whoever is back, as everything that is given does.
    """
    if handover.returns_on is None or handover.returned_at is not None:
        raise Conflict("There is nothing here to give back.")
    handover.returned_at = at
    back = await worker_by_id(session, handover.from_id)
    held = {
        (one.subject.value, one.subject_id)
        for one in (await queries.holdings(session, [handover.to_id]))[handover.to_id]
    }
    returned = 0
    for item in await queries.items_of(session, handover.id):
        if item.state == ItemState.waiting:
            item.state, item.ended_at = ItemState.withdrawn.value, at
        elif (
            item.state == ItemState.accepted and back.ended_at is None and (item.subject_type, item.subject_id) in held
        ):
            await _transfer(session, item, to=back, by=by, at=at)
            item.state, item.ended_at = ItemState.returned.value, at
            returned += 1
    await record(session, Kind.handover_returned, by=by, at=at, subject=handover, worker=back.id, count=returned)
    if returned and back.id != by.worker_id:
        await notices.write(
            session,
            NoticeKind.handover_returned,
            worker_id=back.id,
            subject_id=handover.id,
            link=f"/handovers/{ref(handover.id)}",
            at=at,
        )
    return returned


async def _introduce(session: AsyncSession, handover: Handover, case_id: UUID, *, by: Viewer, at: datetime) -> None:
    """An action with a day: whoever leaves introduces whoever comes, or, when they are gone, one does it oneself."""
    seats = [seat for seat in await circles(session, [case_id]) if seat.agency_id != handover.agency_id]
    if not seats:
        return
    people = await workers_by_id(session, [handover.from_id, handover.to_id, *(seat.contact_id for seat in seats)])
    names = await agencies_by_id(session, [seat.agency_id for seat in seats])
    met = [
        f"{people[seat.contact_id].name} ({names[seat.agency_id].name})"
        if seat.contact_id in people
        else f"the desk of {names[seat.agency_id].name}"
        for seat in sorted(seats, key=lambda seat: names[seat.agency_id].place)
    ]
    leaver, comer = people[handover.from_id], people[handover.to_id]
    gone = (leaver.ended_at is not None and leaver.ended_at <= at) or handover.reason == Reason.gone
    whom = "yourself" if gone else comer.name
    today = london(at).date()
    due = add_working_days(today, INTRODUCE_WITHIN)
    if not gone:
        due = max(today, min(due, handover.overlap_until))
    await actions.assign(
        session,
        case_id=case_id,
        conference_id=None,
        assigned=Assigned(f"Introduce {whom} to {', '.join(met)}", comer if gone else leaver, due),
        by=by,
        at=at,
    )


async def decline(
    session: AsyncSession, handover: Handover, item: HandoverItem, *, because: str, by: Viewer, at: datetime
) -> None:
    """Does not take one thing over, and says why: it stays with whom it was."""
    if handover.to_id != by.worker_id:
        raise Refused("Only the person it is handed to can answer this.")
    if item.state != ItemState.waiting:
        raise Conflict("This has been answered already.")
    check_reason(because, "because")
    item.state, item.ended_at, item.because = ItemState.declined.value, at, because
    await record(
        session,
        Kind.handover_declined,
        by=by,
        at=at,
        case_id=item.case_id,
        subject=handover,
        worker=handover.from_id,
        subject_kind=item.subject_type,
    )


async def withdraw(session: AsyncSession, handover: Handover, *, by: Viewer, at: datetime) -> None:
    """Takes back what nobody has accepted yet."""
    waiting = [one for one in await queries.items_of(session, handover.id) if one.state == ItemState.waiting]
    if not waiting:
        raise Conflict("Everything in this handover has been answered already.")
    for item in waiting:
        item.state, item.ended_at = ItemState.withdrawn.value, at
    await record(session, Kind.handover_withdrawn, by=by, at=at, subject=handover, count=len(waiting))


async def name_deputy(
    session: AsyncSession, worker: Worker, *, deputy: Worker, starts_on: date, ends_on: date, by: Viewer, at: datetime
) -> Deputy:
    """Names who stands in while a worker is away; the deputy is told, and shown wherever the worker is the one to ring."""
    check_leave(
        worker_id=worker.id,
        deputy_id=deputy.id,
        same_agency=deputy.agency_id == worker.agency_id,
        start=starts_on,
        end=ends_on,
        today=london(at).date(),
    )
    for other in await queries.deputies_ahead(session, worker.id, london(at).date()):
        if other.starts_on <= ends_on and starts_on <= other.ends_on:
            raise Refused("Somebody stands in for a part of these days already. End that first", field="starts_on")
    named = Deputy(
        worker_id=worker.id,
        deputy_id=deputy.id,
        starts_on=starts_on,
        ends_on=ends_on,
        named_by=by.worker_id,
        named_at=at,
    )
    session.add(named)
    await session.flush()
    await record(session, Kind.deputy_named, by=by, at=at, subject=named, worker=deputy.id, to=worker.id)
    if deputy.id != by.worker_id:
        await notices.write(
            session, NoticeKind.deputy_named, worker_id=deputy.id, subject_id=named.id, link="/handovers", at=at
        )
    return named


async def end_deputy(session: AsyncSession, deputy: Deputy, *, by: Viewer, at: datetime) -> None:
    """The worker is back: nobody stands in any more."""
    deputy.ended_at = at
    await record(session, Kind.deputy_ended, by=by, at=at, subject=deputy, worker=deputy.deputy_id)


async def let_go(session: AsyncSession, worker: Worker, *, by: Actor, at: datetime) -> None:
    """Ends a worker's account. Raises Refused, with what is left, while anything is theirs."""
    await _check_free(session, worker)
    await agencies.end_account(session, worker, by=by, at=at)


async def move(session: AsyncSession, worker: Worker, *, agency_id: UUID, by: Actor, at: datetime) -> None:
    """Moves a worker to another agency. Raises Refused, with what is left, while anything is theirs at the old one."""
    if agency_id == worker.agency_id:
        raise Refused("Choose another agency than theirs", field="agency")
    await _check_free(session, worker)
    await agencies.change_agency(session, worker, agency_id=agency_id, by=by, at=at)


async def _check_free(session: AsyncSession, worker: Worker) -> None:
    if left := what_is_left(worker.name, (await queries.holdings(session, [worker.id]))[worker.id]):
        raise Refused(left)
