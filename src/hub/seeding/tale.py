"""A family's history while it is being told: who is in it, what has been said, decided and begun so far."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions.tables import Action
from hub.agencies.tables import Partnership, Worker
from hub.cases.tables import Case
from hub.conferences.tables import Conference
from hub.contributions.tables import Contribution
from hub.outcomes.tables import Outcome
from hub.people.tables import Person
from hub.referrals.tables import Envelope, Referral, ReferralPerson
from hub.seeding.days import Days, pick, usual_hour
from hub.seeding.partnership import Loaded
from hub.seeding.people import Bond, Home, Someone
from hub.sharing.rules import Viewer

SOON_AFTER = timedelta(minutes=5)
"""What follows something follows it by at least this much."""


@dataclass(order=True)
class Step:
    """Something that happened: when, and how to tell it."""

    at: datetime
    place: int
    """Of two at the same moment, which came first."""
    do: Callable[[datetime], Awaitable[None]] = field(compare=False)


@dataclass(frozen=True)
class Arrived:
    """A referral that has come in, and its people by the names that the fixture gives them."""

    envelope: Envelope
    referral: Referral
    named: Mapping[str, ReferralPerson]


@dataclass
class Tale:
    """One family's fixture and what has become of it so far in the Hub."""

    session: AsyncSession
    loaded: Loaded
    days: Days
    told: Mapping[str, Any]
    cast: Mapping[str, Someone]
    homes: Collection[Home]
    ties: Collection[Bond]
    people: dict[str, Person] = field(default_factory=dict)
    referrals: dict[int, Arrived] = field(default_factory=dict)
    case: Case | None = None
    circle: list[UUID] = field(default_factory=list)
    contributions: dict[str, Contribution] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    conferences: dict[int, Conference] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    called: dict[str, UUID] = field(default_factory=dict)
    """Interventions that the fixture names, because another waits for them."""
    opened_at: datetime | None = None
    """When the case opens: known before it is told, because nothing on a case happens before."""
    _place: int = 0

    @property
    def name(self) -> str:
        return str(self.told["family"])

    @property
    def key(self) -> str:
        """What tells it apart from a family of the same name."""
        return f"{self.name} of {next(iter(self.cast))}"

    @property
    def began(self) -> int:
        """How many days ago the partnership first heard of them."""
        return max(row.get("days_ago", 0) for row in self.told["referrals"])

    @property
    def open_case(self) -> Case:
        """The case, once it has been opened."""
        if self.case is None:
            raise LookupError(f"{self.name}: the case is not open yet")
        return self.case

    @property
    def partnership(self) -> Partnership:
        return self.loaded.partnership

    def worker(self, login: str) -> Worker:
        return self.loaded.workers[login]

    def viewer(self, login: str) -> Viewer:
        """A worker as the change they make sees them."""
        worker = self.worker(login)
        agency = next(one for one in self.loaded.agencies.values() if one.id == worker.agency_id)
        return Viewer(
            worker_id=worker.id, agency_id=agency.id, roles=frozenset(worker.roles), name=worker.name,
            agency_slug=agency.slug, agency_name=agency.name, agency_mark=agency.mark, agency_colour=agency.colour,
            triages=agency.triages,
        )  # fmt: skip

    def agency_id(self, slug: str) -> UUID:
        return self.loaded.agencies[slug].id

    def ids(self, keys: str) -> list[UUID]:
        """The people named, or everybody for `all`."""
        return [self.people[key].id for key in (self.people if keys == "all" else keys.split())]

    def moment(self, row: Mapping[str, Any]) -> datetime:
        """When a row of the fixture says that something was done or will be."""
        hour = str(row.get("at") or usual_hour(f"{self.key} {row}"))
        if "hours_ago" in row:
            return self.days.now - timedelta(hours=row["hours_ago"])
        if "in_days" in row:
            return self.days.ahead(row["in_days"], hour)
        return self.days.back(row["days_ago"], hour)

    def step(self, at: datetime, do: Callable[[datetime], Awaitable[None]], *, on_case: bool = True) -> Step:
        """A step of this history, no earlier than the case that it happens on and no later than now."""
        if on_case and self.opened_at is not None:
            at = max(at, self.opened_at + SOON_AFTER)
        self._place += 1
        return Step(min(at, self.days.latest), self._place, do)

    def a_while(self, key: object, *, at_most: int) -> timedelta:
        """Some hours that are always the same for the same thing."""
        return timedelta(minutes=30 + pick(f"{self.key} {key}", at_most * 60))


def in_order(tale: Tale, rows: Iterable[Mapping[str, Any]]) -> Iterable[tuple[datetime, Mapping[str, Any]]]:
    """Rows with their moments, in which one that a weekend has pushed never overtakes the one that follows it."""
    last: datetime | None = None
    for row in rows:
        at = tale.moment(row)
        if last is not None:
            at = max(at, last + SOON_AFTER)
        last = at
        yield at, row
