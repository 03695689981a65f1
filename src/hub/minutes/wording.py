"""What a decision letter says, from what was recorded: only what everybody around the case may read."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import queries as action_queries
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.agencies.tables import Agency
from hub.calling.queries import clocks_for
from hub.cases.tables import Case
from hub.conference_kinds.queries import kinds
from hub.conferences.queries import interests, invitees, next_of
from hub.conferences.rules import Attendance, ConferenceKind, not_seen
from hub.conferences.tables import Conference
from hub.decisions import queries as decision_queries
from hub.decisions.queries import Shown
from hub.decisions.rules import Settled, Stance
from hub.london import london
from hub.minutes import queries
from hub.minutes.rules import LetterParts, Written, held_when
from hub.sharing.rules import Viewer
from hub.times import day_and_year, exact
from hub.vocabulary import lower_first


async def letter_parts(session: AsyncSession, conference: Conference, *, viewer: Viewer, at: datetime) -> LetterParts:
    """Everything that the letter of a conference says, as it is recorded now."""
    agencies = await agencies_by_id(session)
    case = await session.get_one(Case, conference.case_id)
    there, not_there = await _attendance(session, conference, agencies)
    decided = await decision_queries.decisions_of(session, conference.id)
    asked = await queries.asked_positions(session, [one.id for one in decided])
    settled = await decision_queries.settled_in(session, conference.id)
    held = held_when(conference.starts_at, conference.opened_at, conference.closed_at)
    return LetterParts(
        head=f"{ConferenceKind(conference.kind).label} about {case.reference}, held {held}.",
        purpose=conference.purpose.rstrip("."),
        there=there,
        not_there=not_there,
        decided=[
            _written(card, agencies, [one.agency_id for one in asked.get(card.decision.id, [])])
            for card in await decision_queries.shown(session, decided)
        ],
        between=[_written(card, agencies) for card in await decision_queries.shown(session, settled)],
        actions=await _actions(session, conference, agencies),
        coming=await _coming(session, conference, viewer, at),
        no_change=conference.no_change_because,
        interim_because=conference.interim_because,
    )


async def _attendance(
    session: AsyncSession, conference: Conference, agencies: Mapping[UUID, Agency]
) -> tuple[list[str], list[str]]:
    """Who was there and who was not, a line for each agency. Why somebody could not come is theirs to tell."""
    rows = (await invitees(session, [conference.id]))[conference.id]
    people = await workers_by_id(session, [row.worker_id for row in rows])
    out = {one.worker_id for one in (await interests(session, [conference.id]))[conference.id]}
    there: dict[UUID, list[str]] = {}
    not_there: dict[UUID, list[str]] = {}
    for row in sorted(rows, key=lambda one: (agencies[one.agency_id].place, people[one.worker_id].name)):
        how = Attendance(row.attendance) if row.attendance else None
        words = people[row.worker_id].name + (", chair" if row.worker_id == conference.chair_id else "")
        if how is not None and how.is_there:
            there.setdefault(row.agency_id, []).append(f"{words} ({lower_first(how.label)})")
        else:
            not_there.setdefault(row.agency_id, []).append(
                f"{words} ({how.value if how else lower_first(not_seen(row.answer, row.worker_id in out))})"
            )
    return _by_agency(there, agencies), _by_agency(not_there, agencies)


def _by_agency(named: Mapping[UUID, Collection[str]], agencies: Mapping[UUID, Agency]) -> list[str]:
    return [f"{agencies[agency_id].name}: {'; '.join(names)}" for agency_id, names in named.items()]


def _written(card: Shown, agencies: Mapping[UUID, Agency], asked: Collection[UUID] = ()) -> Written:
    positions = []
    agree = [agencies[one.agency_id].name for one in card.standing if one.stance == Stance.agree]
    if agree:
        positions.append(f"Agreed by: {', '.join(agree)}")
    for worker, many in card.recorded_for:
        names = ", ".join(agencies[one.agency_id].name for one in many)
        positions.append(f"Recorded by {worker.name}, {agencies[worker.agency_id].name}, on behalf of: {names}")
    for one in card.positions:
        if one.stance == Stance.agree or (one.superseded_at and one.stance == Stance.not_consulted):
            continue
        words = f"{agencies[one.agency_id].name} {lower_first(Stance(one.stance).label)}"
        words += " (position changed later)" if one.superseded_at else ""
        positions.append(words + (f": “{one.reason}”" if one.reason else ""))
        if one.id in card.answers:
            positions.append(f"Answer: “{card.answers[one.id].words}”")
    positions += [f"{agencies[one].name}: asked, not stated" for one in asked if one not in card.heard]
    kept = card.between
    settled = ""
    if kept is not None and kept.settled:
        words = f": {kept.settled_words}" if kept.settled_words else ""
        settled = (
            f"Decided {exact(kept.decided_at)}. {Settled(kept.settled).value.capitalize()} by this conference{words}"
        )
    return Written(
        card.decision.question, card.decision.chosen, card.decision.rationale, positions, settled, card.decision.interim
    )


async def _actions(session: AsyncSession, conference: Conference, agencies: Mapping[UUID, Agency]) -> list[str]:
    given = await action_queries.actions_of(session, conference.id)
    owners = await action_queries.owners(session, [one.id for one in given])
    people = await workers_by_id(session, [one.worker_id for one in owners.values()])
    return [
        f"{number}. {one.what}: {people[owners[one.id].worker_id].name}, {agencies[one.agency_id].name}, "
        f"by {day_and_year(one.due_on)}"
        for number, one in enumerate(given, 1)
    ]


async def _coming(session: AsyncSession, conference: Conference, viewer: Viewer, at: datetime) -> str:
    """The next conference with its day; what a clock asks for and nobody has called yet; why one is not needed."""
    coming = (await next_of(session, [conference.case_id], at, besides=conference.id)).get(conference.case_id)
    found = []
    if coming is not None:
        place = f", {coming.place}" if coming.place else ""
        found.append(f"{ConferenceKind(coming.kind).label}, {exact(coming.starts_at)}{place}.")
    for one in await clocks_for(session, viewer, await kinds(session), case_ids=[conference.case_id]):
        if one.waived is None and one.due.booked_at is None:
            by = exact(one.due.due_at) if one.due.to_the_hour else day_and_year(london(one.due.due_at).date())
            found.append(f"{one.due.kind.title}: none is called yet. It is due by {by}.")
        elif one.waived is not None:
            found.append(f"{one.due.kind.title}: not needed, {one.until}, because: {one.waived.reason}")
    return "\n".join(found) or "None is called, and no clock asks for one."
