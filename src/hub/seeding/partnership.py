"""The partnership itself: its agencies with their role cards, its workers, and the systems that send referrals."""

import datetime as dt
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from hub import clock
from hub.agencies import changes as agencies
from hub.agencies.tables import Agency, Partnership, SendingSystem, Worker
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
    systems: dict[str, SendingSystem] = field(default_factory=dict)
    partnership: Partnership = field(init=False)


def read(name: str) -> Any:
    """A fixture file."""
    return yaml.load((FIXTURES / name).read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both are safe loaders


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def login_of(name: str) -> str:
    """The first part of a worker's address: `Siân Bowen` is `sian.bowen`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", ".")


async def load_partnership(session: AsyncSession, loaded: Loaded, told: Any, *, at: dt.datetime) -> None:
    """The partnership, its agencies with their role cards, its workers and its sending systems."""
    loaded.partnership = await agencies.found_partnership(
        session,
        name=told["name"],
        reference_prefix=told["reference_prefix"],
        desk_phone=told["desk_phone"],
        by=HUB,
        at=at,
    )
    for place, row in enumerate(told["agencies"], start=1):
        card = row.pop("card")
        agency = await agencies.add_agency(session, Agency(place=place, **row), by=HUB, at=at)
        loaded.agencies[agency.slug] = agency
        await agencies.write_role_card(
            session,
            agency_id=agency.id,
            reviewed_on=clock.today() - dt.timedelta(days=60 + place),
            by=HUB,
            at=at,
            **card,
        )
    for row in told["workers"]:
        login = login_of(row["name"])
        worker = Worker(
            agency_id=loaded.agencies[row["agency"]].id, name=row["name"], email=f"{login}@{row['agency']}.example",
            profession=row["profession"], job=row["job"], phone=row["phone"], works=row["works"],
            roles=row.get("roles", ["frontline"]), started_at=at,
        )  # fmt: skip
        loaded.workers[login] = await agencies.add_worker(session, worker, by=HUB, at=at)
    for name, slug in told["systems"].items():
        system, secret = await agencies.add_system(
            session, agency_id=loaded.agencies[slug].id, name=name, by=HUB, at=at
        )
        loaded.systems[name] = system
        loaded.senders[name] = {"source": system.source, "secret": secret}
