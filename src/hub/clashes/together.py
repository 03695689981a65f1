"""One visit in place of two: when both workers are free, proposing a time, and taking it up or not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.calendars.rules import Busy, suiting
from hub.clashes import changes, queries
from hub.clashes.rules import Disposition, stops_bookings
from hub.clashes.tables import Clash, VisitProposal
from hub.errors import Conflict, NotAllowed, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.ids import ref
from hub.interventions import changes as interventions
from hub.interventions import series
from hub.interventions.plans import Planned
from hub.interventions.queries import LIVE, Dated, different, people_of, series_of, times_told
from hub.interventions.recurrence import expand
from hub.interventions.rules import OVER, Status, When
from hub.interventions.tables import Intervention
from hub.london import from_london, london
from hub.notices.changes import write
from hub.notices.rules import NoticeKind
from hub.sharing.rules import Viewer

TRAVEL = timedelta(minutes=30)
WEEKS = 2
LOOKED_AHEAD = timedelta(days=62)
"""How far the next times of a series are looked for."""
SHORTEST = timedelta(minutes=30)
USUAL = timedelta(hours=1)
LONGEST = timedelta(hours=4)
INSTEAD = "One joint visit takes its place"


@dataclass(frozen=True)
class Two:
    """The two visits that may become one: single ones, or one time of a series of them."""

    mine: Dated
    theirs: Dated

    @property
    def length(self) -> timedelta:
        """The longer of the two, so that both have the time that they wanted."""
        wanted = [one.ends_at - one.starts_at for one in (self.mine, self.theirs) if one.ends_at and not one.whole_days]
        return min(max([*wanted, SHORTEST]) if wanted else USUAL, LONGEST)


def may_be_one(parts: Sequence[Intervention], agency_id: UUID) -> bool:
    """Whether two visits or appointments of two agencies, one of them this agency's own, could be one."""
    if len(parts) != 2 or parts[0].agency_id == parts[1].agency_id or agency_id not in {one.agency_id for one in parts}:
        return False
    return all(one.kind[:1] in "VP" and one.status not in OVER and not one.covert for one in parts)


async def two_of(
    session: AsyncSession, clash: Clash, parts: Sequence[Intervention], agency_id: UUID, *, at: datetime
) -> Two | None:
    """The two, as an agency sees them: of a series the time that is still ahead and nearest to the clash.

    Nobody is offered to bring together those whom a rule keeps apart.
    """
    if stops_bookings(clash.rule):
        return None
    near = clash.falls_at or at
    return await _two(session, parts, agency_id, lambda one: (abs(one.starts_at - near), one.starts_at), at=at)


async def two_proposed(
    session: AsyncSession, proposal: VisitProposal, parts: Sequence[Intervention], *, at: datetime
) -> Two | None:
    """The two that a proposal is about, as whoever made it sees them; nothing when one of them is no longer planned."""
    times = {proposal.from_agency: proposal.from_time, proposal.to_agency: proposal.to_time}
    two = await _two(
        session, parts, proposal.from_agency, lambda one: (abs(one.of_at - (times[one.agency_id] or one.of_at)),), at=at
    )
    meant = two is not None and all(times[one.agency_id] in (None, one.of_at) for one in (two.mine, two.theirs))
    return two if meant else None


async def _two(
    session: AsyncSession,
    parts: Sequence[Intervention],
    agency_id: UUID,
    how_far: Callable[[Dated], tuple[Any, ...]],
    *,
    at: datetime,
) -> Two | None:
    if not may_be_one(parts, agency_id):
        return None
    told = await times_told(session, [one.id for one in parts if one.repeats])
    found = {}
    for one in parts:
        start = at if one.repeats else one.starts_at
        times = expand(
            series_of(one), [different(row) for row in told[one.id]], from_=start, until=start + LOOKED_AHEAD
        )
        planned = [Dated(one, time) for time in times if time.status in LIVE and time.starts_at >= start]
        if not planned:
            return None
        found[one.agency_id] = min(planned, key=how_far)
    mine = found.pop(agency_id)
    return Two(mine, *found.values())


def free_times(busy: Mapping[UUID, Busy], length: timedelta, *, at: datetime) -> list[datetime]:
    """Times in working hours when nobody is anywhere else, with time to get there: a few, from tomorrow on."""
    around = {worker: [(begins - TRAVEL, ends + TRAVEL) for begins, ends in taken] for worker, taken in busy.items()}
    tomorrow = london(at).date() + timedelta(days=1)
    offers = suiting(around, minutes=int(length.total_seconds() // 60), begins_at=from_london(tomorrow, 0), weeks=WEEKS)
    return [one.starts_at for one in offers if not one.missing]


async def propose(
    session: AsyncSession, clash: Clash, two: Two, *, starts_at: datetime, by: Viewer, at: datetime
) -> VisitProposal:
    """Proposes one visit at a time. The other agency takes it up or not; nothing is cancelled until it does."""
    if starts_at <= at:
        raise Refused("Choose a time that lies ahead", field="starts")
    if any(one.state == "waiting" for one in await queries.proposals(session, clash.id, lock=True)):
        raise Conflict("A proposal waits for its answer already. Reload the page to see it.")
    proposal = VisitProposal(
        clash_id=clash.id,
        from_agency=two.mine.agency_id,
        to_agency=two.theirs.agency_id,
        from_time=two.mine.of_at if two.mine.of.repeats else None,
        to_time=two.theirs.of_at if two.theirs.of.repeats else None,
        to_worker_id=two.theirs.worker_id,
        starts_at=starts_at,
        ends_at=starts_at + two.length,
        proposed_by=by.worker_id,
        proposed_at=at,
    )
    session.add(proposal)
    await session.flush()
    await record(
        session, Kind.clash_visit_proposed, by=by, at=at, case_id=two.mine.of.case_id, subject=proposal,
        only_agencies=[two.mine.agency_id, two.theirs.agency_id],
    )  # fmt: skip
    if proposal.to_worker_id is not None:
        await _tell(session, NoticeKind.visit_proposed, proposal.to_worker_id, clash, proposal, at)
    return proposal


async def _tell(
    session: AsyncSession, kind: NoticeKind, worker_id: UUID, clash: Clash, proposal: VisitProposal, at: datetime
) -> None:
    link = f"/clashes/{ref(clash.id)}"
    await write(session, kind, worker_id=worker_id, subject_id=proposal.id, case_id=None, link=link, at=at)


async def settle(
    session: AsyncSession, clash: Clash, parts: Sequence[Intervention], *, take: bool, by: Viewer, at: datetime
) -> datetime | None:
    """Takes a proposal up, so that one joint visit replaces the two, or not; whoever made it may take it back.

    Says when the joint visit is, if there is one now.
    The clash of two series is answered by that only when no other of their times makes it.
    """
    proposal = next(
        (one for one in await queries.proposals(session, clash.id, lock=True) if one.state == "waiting"), None
    )
    if proposal is None:
        raise Conflict("The proposal has been answered already. Reload the page to see how.")
    if by.agency_id not in (proposal.from_agency, proposal.to_agency):
        raise NotAllowed("Only the two agencies that would go together can answer this.")
    if take and by.agency_id != proposal.to_agency:
        raise Refused("The other agency has to say yes", field="take")
    proposal.settled_by, proposal.settled_at = by.worker_id, at
    proposal.state = "accepted" if take else "withdrawn" if by.agency_id == proposal.from_agency else "declined"
    two = await two_proposed(session, proposal, parts, at=at)
    if take:
        if two is None:
            raise Conflict("The visits have changed since this was proposed. Look at the clash again.")
        proposal.visit_id = await _go_together(session, proposal, two, by, at)
        if clash.answered_at is None and not (two.mine.of.repeats and two.theirs.of.repeats):
            await changes.answer(
                session,
                clash,
                case_id=two.mine.of.case_id,
                disposition=Disposition.joint_visit,
                reason="",
                by=by,
                at=at,
            )
    await session.flush()
    if proposal.state != "withdrawn":
        await _tell(session, NoticeKind.visit_answered, proposal.proposed_by, clash, proposal, at)
    await record(
        session, Kind.clash_visit_settled, by=by, at=at, case_id=two.mine.of.case_id if two else None,
        subject=proposal, only_agencies=[proposal.from_agency, proposal.to_agency], state=proposal.state,
    )  # fmt: skip
    return proposal.starts_at if take else None


async def _go_together(session: AsyncSession, proposal: VisitProposal, two: Two, by: Viewer, at: datetime) -> UUID:
    """The visit of whoever proposed it, for all whom either was to see; both agencies' own visits are cancelled."""
    mine, theirs = two.mine.of, two.theirs.of
    told = await people_of(session, [mine.id, theirs.id])
    people = told[mine.id] | told[theirs.id]
    proposer = Actor(worker_id=proposal.proposed_by, agency_id=proposal.from_agency)
    made = await interventions.record_intervention(
        session,
        case_id=mine.case_id,
        planned=Planned(
            kind=mine.kind,
            people=people,
            when=When(proposal.starts_at, proposal.ends_at, whole_days=False),
            worker_id=two.mine.worker_id,
            place=two.mine.time.place,
            place_uprn=mine.place_uprn if two.mine.time.place == mine.place else "",
            mandatory=theirs.mandatory or mine.mandatory,
            joint=True,
            with_agency_id=proposal.to_agency,
            with_worker_id=two.theirs.worker_id or by.worker_id,
            confidential_address=theirs.confidential_address or mine.confidential_address,
        ),
        case_people=people,
        by=proposer,
        at=at,
    )
    for one, who in ((two.mine, proposer), (two.theirs, by)):
        if one.of.repeats:
            await series.settle_time(session, one.of, one.of_at, status=Status.cancelled, reason=INSTEAD, by=who, at=at)
        else:
            await interventions.end(session, one.of, status=Status.cancelled, reason=INSTEAD, by=who, at=at)
    return made.id
