"""How a case is shown: whose lanes stand on it, and what has happened while somebody was away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.events.rules import Kind

# --- While you were away ----------------------------------------------------------------------------------------

NEWS: Mapping[str, tuple[str, str, str]] = {
    Kind.contribution_added: ("contribution", "contributions", "#lanes"),
    Kind.contribution_commented: ("comment", "comments", "#lanes"),
    Kind.problem_stated: ("new statement of the problem", "new statements of the problem", "#problem"),
    Kind.case_rated: ("change of rating", "changes of rating", "#today"),
    Kind.case_moved: ("change of stage", "changes of stage", "/chronology"),
    Kind.agency_admitted: ("agency brought in", "agencies brought in", "#circle"),
    Kind.agency_left: ("agency released", "agencies released", "#circle"),
    Kind.intervention_recorded: ("visit or plan recorded", "visits or plans recorded", "/week"),
    Kind.clash_found: ("clash", "clashes", "#today"),
    Kind.outcome_agreed: ("joint outcome agreed", "joint outcomes agreed", "/plan"),
    Kind.outcome_measured: ("reading", "readings", "/plan"),
    Kind.conference_scheduled: ("conference called", "conferences called", "/conferences"),
    Kind.conference_moved: ("conference moved", "conferences moved", "/conferences"),
    Kind.conference_cancelled: ("conference called off", "conferences called off", "/conferences"),
    Kind.conference_closed: ("conference held", "conferences held", "/conferences"),
    Kind.decision_made: ("decision", "decisions", "/conferences"),
    Kind.action_assigned: ("action given", "actions given", "/plan"),
    Kind.action_finished: ("action finished", "actions finished", "/plan"),
}
"""What is news to somebody who was away: one of it, several of it, and where on the case it stands."""

Counted = Mapping[tuple[str, UUID | None], int]
"""How many events of a kind an agency has made."""


@dataclass(frozen=True)
class News:
    """One piece of news: `2 contributions (Police, Health)`, and the way to it."""

    words: str
    agencies: tuple[str, ...]
    to: str

    @property
    def sentence(self) -> str:
        return f"{self.words} ({', '.join(self.agencies)})" if self.agencies else self.words


def away(counted: Counted, agencies: Mapping[UUID, Any]) -> list[News]:
    """What happened since somebody last looked, in the order of NEWS; agencies by their usual place."""
    found = []
    for kind, (one, several, to) in NEWS.items():
        of_kind = {agency_id: count for (name, agency_id), count in counted.items() if name == kind and count}
        if of_kind:
            total = sum(of_kind.values())
            names = tuple(agency.name for agency_id, agency in agencies.items() if agency_id in of_kind)
            found.append(News(f"{total:,} {one if total == 1 else several}", names, to))
    return found


def lane_agencies(shared: Any, spoke: Sequence[UUID]) -> list[Any]:
    """The agencies whose lanes stand on the page: the circle, and whoever spoke without sitting in it any more or yet."""
    around = {agency.id for agency in shared.circle} | set(spoke)
    return sorted((shared.agencies[one] for one in around), key=lambda agency: agency.place)
