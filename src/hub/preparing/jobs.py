"""Asking every invited agency for its report, and asking again. What is due is a column; any number of clocks may tick."""

from hub import clock
from hub.conference_kinds.queries import kinds
from hub.conferences.queries import conference_by_id
from hub.conferences.rules import ConferenceState
from hub.database import SessionMaker, transaction
from hub.preparing import changes, queries
from hub.preparing.rules import Step, next_ask, reports_due

BATCH = 50


async def ask_for_reports(maker: SessionMaker) -> int:
    """Notes whose report is asked for, and writes to those whose report is nearly due or late; says how many."""
    async with transaction(maker) as session:
        at, catalogue = clock.now(), await kinds(session)
        none_asked = [kind.code for kind in catalogue.values() if not kind.report_days]
        count = 0
        for conference, agency_id in await queries.to_ask(session, at, BATCH, without=none_asked):
            kind = catalogue.get(conference.kind)
            due_at = reports_due(conference.starts_at, kind.report_days if kind else None, conference.called_at)
            count += await changes.note_asked(session, conference, agency_id=agency_id, due_at=due_at, at=at)
    for _ in range(BATCH):
        if not await _chase_one(maker):
            break
        count += 1
    return count


async def _chase_one(maker: SessionMaker) -> bool:
    async with transaction(maker) as session:
        at = clock.now()
        ask = await queries.claim_ask(session, at)
        if ask is None:
            return False
        conference = await conference_by_id(session, ask.conference_id)
        if conference is None or conference.state != ConferenceState.scheduled or conference.starts_at <= at:
            ask.next_at = None
            return True
        if await queries.has_reported(session, conference.id, ask.agency_id):
            ask.next_at = None
            return True
        kind = (await kinds(session)).get(conference.kind)
        if kind is not None and not kind.report_days:
            ask.next_at = None  # its kind has been changed meanwhile, and asks for none
            return True
        due_at = reports_due(conference.starts_at, kind.report_days if kind else None, conference.called_at)
        moved_to = next_ask(Step(ask.step), due_at)
        if moved_to is not None and moved_to > at:
            ask.next_at = moved_to  # the conference was moved meanwhile
            return True
        workers = await queries.invited_of(session, conference.id, ask.agency_id)
        await changes.chase(session, ask, conference, workers=list(workers), due_at=due_at, at=at)
        return True
