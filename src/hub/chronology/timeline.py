"""A case's chronology put together for one viewer: entries, rows, gaps, what may be one event, what does not agree."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.cases.queries import SharedCase, access_case_by_id, counts_entries
from hub.chronology import queries
from hub.chronology.gathering import entries, ratings
from hub.chronology.rules import Asked, Entry, Gap, Key, Proposal, Row, Together, gaps, proposals, rows
from hub.chronology.tables import Contradiction, EventPair
from hub.decisions.tables import Decision
from hub.errors import NotFound
from hub.london import london
from hub.sharing.rules import Viewer

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(MAXYEAR, 12, 31, tzinfo=UTC)


class Disagreeing(NamedTuple):
    """A contradiction with both its entries."""

    said: Contradiction
    one: Entry
    other: Entry


@dataclass(frozen=True)
class Timeline:
    """Everything of a chronology that one viewer may see."""

    entries: Sequence[Entry]
    rows: Sequence[Row]
    gaps: Sequence[Gap]
    proposals: Sequence[Proposal]
    contradictions: Sequence[Disagreeing]
    decided: Decision | None
    """The last decision."""
    by_key: dict[Key, Entry]
    answers: dict[Together, EventPair]

    def entry(self, key: Key) -> Entry:
        """The entry of that name. Raises NotFound for one that is hidden from this viewer or not there."""
        if key not in self.by_key:
            raise NotFound
        return self.by_key[key]

    @property
    def disagreeing(self) -> dict[Key, list[Disagreeing]]:
        """The contradictions that each entry is part of."""
        found: dict[Key, list[Disagreeing]] = defaultdict(list)
        for one in self.contradictions:
            for key in queries.together(one.said):
                found[key].append(one)
        return found

    def items(self, asked: Asked, *, newest_first: bool) -> list[tuple[date, str, Any]]:
        """What the page lists: rows, and where nothing else is asked for gaps and the line of the last decision."""
        found: list[tuple[tuple[date, datetime], str, Any]] = [
            ((row.on, row.at), "row", row) for row in self.rows if asked.wants_row(row)
        ]
        if not (asked.agency or asked.kinds or asked.person or asked.text):
            found += [
                ((gap.next, LAST if gap.goes_on else FIRST), "gap", gap)
                for gap in self.gaps
                if (asked.first is None or gap.next >= asked.first)
                and (asked.last is None or gap.last <= asked.last)
                and (asked.since is None or gap.next > london(asked.since).date())
            ]
        if self.decided is not None:
            moment = self.decided.decided_at
            found.append(((london(moment).date(), moment + timedelta(microseconds=1)), "decided", self.decided))
        found.sort(key=lambda item: item[0], reverse=newest_first)
        return [(place[0], kind, item) for place, kind, item in found]


async def timeline(session: AsyncSession, shared: SharedCase, *, at: datetime) -> Timeline:
    """A case's chronology for its viewer, in thirteen queries however long it is."""
    found = await queries.material(session, shared.viewer, shared.id)
    told = entries(found, [person for person, _ in shared.people], path=shared.path, at=at)
    by_key = {entry.key: entry for entry in told if entry.key is not None}
    answers = {both: pair for both, pair in (await queries.pairs(session, shared.id)).items() if both <= by_key.keys()}
    end = shared.case.closed_at or at
    return Timeline(
        entries=told,
        rows=rows(told, [both for both, pair in answers.items() if pair.same]),
        gaps=gaps(
            (entry.on for entry in told if entry.seen),
            ratings(found.events),
            start=london(shared.case.opened_at).date(),
            end=london(end).date(),
            goes_on=shared.case.closed_at is None,
            clocks=shared.partnership.clocks,
        ),
        proposals=proposals(told, answers.keys()),
        contradictions=[
            Disagreeing(said, *(by_key[key] for key in sorted(queries.together(said))))
            for said in await queries.contradictions(session, shared.id)
            if queries.together(said) <= by_key.keys()
        ],
        decided=found.decisions[-1] if found.decisions else None,
        by_key=by_key,
        answers=answers,
    )


@counts_entries
async def entries_since_decision(session: AsyncSession, viewer: Viewer, case_id: UUID) -> int:
    """How many entries the page lists for this worker when it is asked for those since the last decision."""
    shared = await access_case_by_id(session, viewer, case_id)
    told = await timeline(session, shared, at=clock.now())
    asked = Asked(since=told.decided.decided_at if told.decided is not None else None)
    return sum(asked.wants_row(row) for row in told.rows)


def reach(*told: Entry) -> Collection[UUID] | None:
    """The only agencies that may know of something about several entries; None is the whole circle."""
    limits = [entry.reach for entry in told if entry.reach is not None]
    return frozenset.intersection(*limits) if limits else None
