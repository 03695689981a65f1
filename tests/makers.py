"""Makers: each makes one thing with nothing given, and accepts everything."""

import copy
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies import changes as agencies
from hub.agencies.tables import Agency, Worker
from hub.agreements import changes as agreements
from hub.agreements.rules import Draft
from hub.cases import changes as cases
from hub.cases.changes import Opening
from hub.cases.rules import Rating, Scheme
from hub.cases.tables import Case
from hub.contributions import changes as contributions
from hub.contributions.changes import Said
from hub.contributions.rules import ContributionKind
from hub.contributions.tables import Contribution
from hub.events.rules import HUB
from hub.interventions import changes as interventions
from hub.interventions.plans import Planned
from hub.interventions.rules import When
from hub.interventions.tables import Intervention
from hub.people import changes as people
from hub.people.changes import PersonIn
from hub.people.rules import PartialDate
from hub.people.tables import Person
from hub.sharing.rules import Audience, Viewer
from hub.sharing.tables import Agreement

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)  # a Tuesday in winter: London is on UTC
EXAMPLE = Path(__file__).parents[1] / "fixtures" / "referrals" / "police-notice.json"

AGENCIES = {
    "police": ("Police", "POL", 1, "police"),
    "health": ("Health", "NHS", 2, "health"),
    "council": ("Council", "CSC", 4, "social-care"),
    "probation": ("Probation", "PRB", 3, "probation"),
    "school": ("School", "SCH", 6, "education"),
}


@dataclass
class World:
    """A small partnership."""

    agencies: dict[str, Agency] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    system_secret: str = ""
    system_source: str = ""

    def id(self, slug: str) -> UUID:
        return self.agencies[slug].id

    def viewer(self, slug: str, *roles: str) -> Viewer:
        """The worker of an agency as the one who asks."""
        agency, worker = self.agencies[slug], self.workers[slug]
        return Viewer(
            worker_id=worker.id,
            agency_id=agency.id,
            roles=frozenset(roles or worker.roles),
            name=worker.name,
            agency_slug=slug,
            agency_name=agency.name,
            agency_mark=agency.mark,
            agency_colour=agency.colour,
            triages=agency.triages,
        )


async def make_worker(session: AsyncSession, agency: Agency, login: str, **given: Any) -> Worker:
    told = {
        "name": login.title(),
        "email": f"{login}@{agency.slug}.example",
        "profession": "Professional",
        "phone": "07700 900001",
        "roles": ["frontline"],
        "started_at": NOW - timedelta(days=900),
    } | given
    return await agencies.add_worker(session, Worker(agency_id=agency.id, **told), by=HUB, at=NOW)


async def make_world(session: AsyncSession) -> World:
    """Police, health, council, probation and school; the worker of each is called like the agency."""
    world = World()
    await agencies.found_partnership(
        session, name="Testvale", reference_prefix="TV", desk_phone="01632 960100", by=HUB, at=NOW
    )
    for place, (slug, (name, mark, colour, sector)) in enumerate(AGENCIES.items()):
        agency = Agency(
            slug=slug,
            name=name,
            mark=mark,
            colour=colour,
            sector=sector,
            place=place,
            triages=slug == "council",
            desk_phone=f"01632 96020{place}",
        )
        world.agencies[slug] = await agencies.add_agency(session, agency, by=HUB, at=NOW)
        world.workers[slug] = await make_worker(session, agency, slug)
    await make_agreement(session, world)
    system, secret = await agencies.add_system(session, agency_id=world.id("police"), name="police-ppu", by=HUB, at=NOW)
    world.system_source, world.system_secret = system.source, secret
    return world


async def make_agreement(session: AsyncSession, world: World, **given: Any) -> Agreement:
    """A live agreement that every agency has signed, under the partnership's charter."""
    parties = [agency.id for agency in world.agencies.values()]
    told = {
        "title": "Working together in Testvale",
        "schemes": [one.value for one in Scheme],
        "purposes": ["safeguard-child"],
        "powers": ["ca2004-16la"],
        "bases": ["6-1-e", "9-2-g-18"],
        "partners": len(parties),
        "starts_on": date(2025, 1, 1),
        "review_on": date(2025, 12, 31),
        "ends_on": None,
    } | given
    charter = await agreements.draft(session, Draft(**told), tier=1, partners=parties, by=HUB, at=NOW)
    agreement = await agreements.draft(session, Draft(**told), umbrella_id=charter.id, partners=parties, by=HUB, at=NOW)
    for party in parties:
        await agreements.sign(session, agreement, agency_id=party, by=HUB, at=NOW)
    return agreement


async def make_person(session: AsyncSession, given: str = "Ayo", family: str = "Testcase", **told: Any) -> Person:
    born = told.pop("born", "2016-05-14")
    return await people.enter(
        session,
        PersonIn(given_names=[given], family_name=family, born=PartialDate.read(born), **told),
        agency_id=None,
        by=HUB,
        at=NOW,
    )


async def make_case(
    session: AsyncSession,
    world: World,
    *,
    agencies: tuple[str, ...] = ("council", "police", "health"),
    person: Person | None = None,
    accountable: str = "council",
    by: str = "council",
    at: datetime = NOW,
    **given: Any,
) -> Case:
    """A case about one family of one person, worked by the council, the police and health."""
    person = person or await make_person(session)
    family = await people.form_family(session, [person], by=world.viewer(by), at=at)
    opening = Opening(
        problem=given.pop("problem", "Shouting at night with a child at home"),
        accountable_id=world.workers[accountable].id,
        lead_agency_id=world.id(accountable),
        agencies=[world.id(slug) for slug in agencies],
        people={person.id: ["subject"]},
        family=family,
        rating=given.pop("rating", Rating.amber),
        rating_reason="A child saw it",
        **given,
    )
    return await cases.open_case(session, opening, prefix="TV", clocks={}, by=world.viewer(by), at=at)


async def make_contribution(
    session: AsyncSession,
    world: World,
    case: Case,
    *,
    by: str = "health",
    words: str = "Seen at home, asleep and well.",
    kind: ContributionKind = ContributionKind.fact,
    audience: Audience = Audience.circle,
    agencies: tuple[str, ...] = (),
    at: datetime = NOW,
    circle: tuple[str, ...] = ("council", "police", "health"),
) -> Contribution:
    said = Said(
        kind=kind, words=words, as_of=at.date(), audience=audience, agencies=tuple(world.id(slug) for slug in agencies)
    )
    return await contributions.add(
        session,
        case_id=case.id,
        said=said,
        profession="Nurse",
        circle=[world.id(slug) for slug in circle],
        by=world.viewer(by),
        at=at,
    )


async def make_visit(
    session: AsyncSession,
    world: World,
    case: Case,
    person: Person,
    *,
    by: str = "council",
    kind: str = "V.HV",
    start: datetime = NOW + timedelta(days=2),
    hours: float = 1,
    at: datetime = NOW,
    **given: Any,
) -> Intervention:
    planned = Planned(
        kind=kind,
        people=[person.id],
        when=When(start, start + timedelta(hours=hours), whole_days=False),
        worker_id=world.workers[by].id,
        **given,
    )
    return await interventions.record_intervention(
        session, case_id=case.id, planned=planned, case_people=[person.id], by=world.viewer(by), at=at
    )


def referral_event(**changes: Any) -> dict[str, Any]:
    """The example of the standard, with some members of its data changed; `id` and `time` change the envelope."""
    event: dict[str, Any] = copy.deepcopy(json.loads(EXAMPLE.read_text(encoding="utf-8")))
    for name in ("id", "time", "type"):
        if name in changes:
            event[name] = changes.pop(name)
    event["data"] |= changes
    return event


def day(text: str) -> date:
    return date.fromisoformat(text)
