"""Looking at every intervention that changed, within half a second, and at everything by night."""

import asyncio
from collections.abc import Collection
from datetime import datetime, time
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.clashes import changes, loading, queries
from hub.clashes.changes import Found
from hub.clashes.detecting import Hit
from hub.clashes.gathering import Gathered, gather, look, person_named
from hub.clashes.rules import RuleState
from hub.database import SessionMaker, transaction
from hub.interventions import queries as interventions
from hub.interventions.changes import mark_checked
from hub.interventions.tables import Intervention
from hub.london import london

BATCH = 100
NIGHT = time(2, 30)
CASES_AT_ONCE = 200
LARGE = 200


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
    """Runs the rules over everything for an intervention's people, their household and their relationships."""
    theirs = (await interventions.people_of(session, [changed.id]))[changed.id]
    await check_people(session, theirs, also={changed.id}, at=at)
    mark_checked(changed, at=at)


async def check_people(
    session: AsyncSession, theirs: Collection[UUID], *, also: Collection[UUID] = (), at: datetime
) -> int:
    """Settles every clash about these people and those around them; says how many hold.

    What stands two steps away is loaded too, so that a rule about something that is missing looks everywhere it must.
    """
    near, wider = await loading.reach(session, theirs)
    loaded = await loading.load(session, wider, at=at)
    settings = await queries.rule_settings(session)
    rules = queries.in_use(settings)

    def work() -> tuple[Gathered, dict[str, Hit]]:
        gathered = gather(loaded, at=at)
        return gathered, look(gathered, rules, at=at)

    # A large batch is a second of work: the loop goes on serving meanwhile.
    gathered, hits = await asyncio.to_thread(work) if len(loaded.interventions) > LARGE else work()
    touched = {one.id for one in loaded.interventions if loaded.people.get(one.id, set()) & near} | set(also)
    standing = await loading.standing(session, touched, near)
    quiet = {rule for rule, kept in settings.items() if kept.state == RuleState.quiet}
    held = {key: hit for key, hit in hits.items() if _touches(hit, gathered, touched, near)}
    await changes.settle(session, Found(gathered, held, quiet), standing, at=at)
    return len(held)


def _touches(hit: Hit, gathered: Gathered, touched: Collection[UUID], near: Collection[UUID]) -> bool:
    sources = gathered.sources_of(hit)
    if any(one.intervention is not None and one.intervention.id in touched for one in sources):
        return True
    return all(one.intervention is None for one in sources) and any(
        person_named(person) in near for person in hit.people
    )


async def check_everything(maker: SessionMaker) -> int:
    """Once a night, after half past two in London: every rule over everything, for what comes with time alone."""
    async with transaction(maker) as session:
        at = clock.now()
        if london(at).time() < NIGHT or not await loading.claim_night(session, london(at).date(), at):
            return 0
    count = await check_all(maker, at=at)
    async with transaction(maker) as session:
        await loading.end_night(session, london(at).date(), clock.now())
    return count


async def check_all(maker: SessionMaker, *, at: datetime) -> int:
    """Runs every rule over everything, some hundred cases in each transaction; says how many cases it looked at."""
    after, count = None, 0
    while True:
        async with transaction(maker) as session:
            cases = await loading.cases_to_check(session, after=after, limit=CASES_AT_ONCE, at=at)
            if not cases:
                return count
            await check_people(session, await loading.people_of_cases(session, cases), at=at)
        after, count = cases[-1], count + len(cases)


async def close_past(maker: SessionMaker) -> int:
    """Closes clashes whose interventions are all over."""
    async with transaction(maker) as session:
        at = clock.now()
        past = await loading.over(session, at)
        cases = await queries.cases_of(session, past)
        for clash in past:
            await changes.close(session, clash, cases=cases[clash.id], at=at)
        return len(past)
