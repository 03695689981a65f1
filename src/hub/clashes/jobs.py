"""Looking at every intervention that changed, within half a second, for the whole household that it touches."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.clashes import changes, queries
from hub.clashes.rules import Record, catalogue, find
from hub.database import SessionMaker, transaction
from hub.interventions import queries as interventions
from hub.interventions.changes import mark_checked
from hub.interventions.rules import When, days_of
from hub.interventions.tables import Intervention
from hub.people import queries as people

BATCH = 100


async def check_changed(maker: SessionMaker) -> int:
    """Looks at the interventions that changed, one transaction each, and says how many."""
    for count in range(BATCH):
        async with transaction(maker) as session:
            changed = await interventions.claim_unchecked(session)
            if changed is None:
                return count
            await check_household(session, changed, at=clock.now())
    return BATCH


async def check_household(session: AsyncSession, changed: Intervention, *, at: datetime) -> None:
    """Runs the rules over everything planned for the household of an intervention's people."""
    theirs = (await interventions.people_of(session, [changed.id]))[changed.id]
    everybody = await people.household_of(session, theirs)
    planned = list(await interventions.live_for(session, everybody, since=at))
    people_of = await interventions.people_of(session, [one.id for one in planned])
    homes = await people.households(session, everybody)
    records = [
        _record(one, {str(p) for p in people_of[one.id]}, {str(h) for p in people_of[one.id] for h in homes.get(p, ())})
        for one in planned
    ]
    hits = list(find(records, catalogue()))
    await changes.settle(session, hits, [*planned, *([changed] if changed not in planned else [])], at=at)
    mark_checked(changed, at=at)


def _record(one: Intervention, people: set[str], households: set[str]) -> Record:
    first, last = days_of(When(one.starts_at, one.ends_at, one.whole_days))
    return Record(
        id=str(one.id),
        kind=one.kind,
        agency=str(one.agency_id),
        people=frozenset(people),
        households=frozenset(households),
        first_day=first,
        last_day=last,
        joint=one.joint,
    )


async def close_past(maker: SessionMaker) -> int:
    """Closes clashes whose interventions are all over."""
    async with transaction(maker) as session:
        at = clock.now()
        past = await queries.over(session, at)
        for clash in past:
            await changes.close(session, clash, at=at)
        return len(past)
