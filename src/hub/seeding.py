"""Loading the demonstration partnership from fixtures/: through the same changes as people make, with dates relative
to today, so that the demonstration never looks stale."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.agencies import changes as agencies
from hub.agencies.tables import Agency, Worker
from hub.config import HOME
from hub.events.rules import HUB

FIXTURES = HOME / "fixtures" / "northvale"
FOUNDED = dt.timedelta(days=800)


@dataclass
class Loaded:
    """What was loaded: the words to print, and what each sending system would keep in its own settings."""

    words: str = ""
    senders: dict[str, dict[str, str]] = field(default_factory=dict)
    agencies: dict[str, Agency] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)


def read(name: str) -> Any:
    """A fixture file."""
    return yaml.safe_load((FIXTURES / name).read_text(encoding="utf-8"))


async def load(session: AsyncSession) -> Loaded:
    """Loads everything into an empty Hub."""
    loaded = Loaded()
    await load_partnership(session, loaded, read("partnership.yaml"), at=clock.now() - FOUNDED)
    loaded.words = f"Loaded {len(loaded.agencies)} agencies and {len(loaded.workers)} workers."
    return loaded


async def load_partnership(session: AsyncSession, loaded: Loaded, told: Any, *, at: dt.datetime) -> None:
    """The partnership, its agencies with their role cards, its workers and its sending systems."""
    await agencies.found_partnership(
        session, name=told["name"], reference_prefix=told["reference_prefix"], desk_phone=told["desk_phone"], by=HUB, at=at
    )
    for place, row in enumerate(told["agencies"], start=1):
        card = row.pop("card")
        agency = await agencies.add_agency(session, Agency(place=place, **row), by=HUB, at=at)
        loaded.agencies[agency.slug] = agency
        await agencies.write_role_card(
            session, agency_id=agency.id, reviewed_on=clock.today() - dt.timedelta(days=60 + place), by=HUB, at=at, **card
        )
    for row in told["workers"]:
        name = row["name"]
        login = name.lower().replace(" ", ".").replace("â", "a")
        worker = Worker(
            agency_id=loaded.agencies[row["agency"]].id, name=name, email=f"{login}@{row['agency']}.example",
            profession=row["profession"], job=row["job"], phone=row["phone"], works=row["works"],
            roles=row.get("roles", ["frontline"]), started_at=at,
        )  # fmt: skip
        loaded.workers[login] = await agencies.add_worker(session, worker, by=HUB, at=at)
    for name, slug in told["systems"].items():
        system, secret = await agencies.add_system(
            session, agency_id=loaded.agencies[slug].id, name=name, by=HUB, at=at
        )
        loaded.senders[name] = {"source": system.source, "secret": secret}


