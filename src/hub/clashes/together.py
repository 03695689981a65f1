"""One visit in place of two: when both workers are free, proposing a time, and taking it up or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.calendars.rules import Busy, suiting
from hub.clashes import changes, queries
from hub.clashes.rules import Disposition
from hub.clashes.tables import Clash, VisitProposal
from hub.errors import Conflict, NotAllowed, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.interventions import changes as interventions
from hub.interventions.plans import Planned
from hub.interventions.queries import people_of
from hub.interventions.rules import OVER, Status, When
from hub.interventions.tables import Intervention
from hub.london import from_london, london
from hub.sharing.rules import Viewer

TRAVEL = timedelta(minutes=30)
WEEKS = 2
SHORTEST = timedelta(minutes=30)
USUAL = timedelta(hours=1)
LONGEST = timedelta(hours=4)
INSTEAD = "One joint visit takes its place"


@dataclass(frozen=True)
class Two:
    """The two visits that may become one."""

    mine: Intervention
    theirs: Intervention

    @property
    def length(self) -> timedelta:
        """The longer of the two, so that both have the time that they wanted."""
        wanted = [one.ends_at - one.starts_at for one in (self.mine, self.theirs) if one.ends_at and not one.whole_days]
        return min(max([*wanted, SHORTEST]) if wanted else USUAL, LONGEST)


def two_of(parts: Sequence[Intervention], agency_id: UUID) -> Two | None:
    """The two, as an agency sees them: single visits or appointments, still planned, one of them its own."""
    if len(parts) != 2 or parts[0].agency_id == parts[1].agency_id or agency_id not in {one.agency_id for one in parts}:
        return None
    if any(one.kind[:1] not in "VP" or one.repeats or one.status in OVER or one.covert for one in parts):
        return None
    first, other = parts
    return Two(first, other) if first.agency_id == agency_id else Two(other, first)


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
        starts_at=starts_at,
        ends_at=starts_at + two.length,
        proposed_by=by.worker_id,
        proposed_at=at,
    )
    session.add(proposal)
    await session.flush()
    await record(
        session, Kind.clash_visit_proposed, by=by, at=at, case_id=two.mine.case_id, subject=proposal,
        only_agencies=[two.mine.agency_id, two.theirs.agency_id],
    )  # fmt: skip
    return proposal


async def settle(session: AsyncSession, clash: Clash, two: Two | None, *, take: bool, by: Viewer, at: datetime) -> None:
    """Takes a proposal up, so that one joint visit replaces the two, or not; whoever made it may take it back."""
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
    if take:
        if two is None:
            raise Conflict("The visits have changed since this was proposed. Look at the clash again.")
        proposal.visit_id = await _go_together(session, proposal, two, by, at)
        if clash.answered_at is None:
            await changes.answer(
                session, clash, case_id=two.mine.case_id, disposition=Disposition.joint_visit, reason="", by=by, at=at
            )
    await session.flush()
    await record(
        session, Kind.clash_visit_settled, by=by, at=at, case_id=two.mine.case_id if two else None, subject=proposal,
        only_agencies=[proposal.from_agency, proposal.to_agency], state=proposal.state,
    )  # fmt: skip


async def _go_together(session: AsyncSession, proposal: VisitProposal, two: Two, by: Viewer, at: datetime) -> UUID:
    """The visit of whoever proposed it, for all whom either was to see; both agencies' own visits are cancelled."""
    theirs, ours = two.theirs, two.mine  # seen from the agency that says yes
    told = await people_of(session, [ours.id, theirs.id])
    people = told[ours.id] | told[theirs.id]
    proposer = Actor(worker_id=proposal.proposed_by, agency_id=proposal.from_agency)
    made = await interventions.record_intervention(
        session,
        case_id=theirs.case_id,
        planned=Planned(
            kind=theirs.kind,
            people=people,
            when=When(proposal.starts_at, proposal.ends_at, whole_days=False),
            worker_id=theirs.worker_id,
            place=theirs.place,
            place_uprn=theirs.place_uprn,
            mandatory=theirs.mandatory or ours.mandatory,
            joint=True,
            confidential_address=theirs.confidential_address or ours.confidential_address,
        ),
        case_people=people,
        by=proposer,
        at=at,
    )
    for one, who in ((theirs, proposer), (ours, by)):
        await interventions.end(session, one, status=Status.cancelled, reason=INSTEAD, by=who, at=at)
    return made.id
