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
from hub.agreements import changes as agreements
from hub.agreements.rules import Draft
from hub.config import HOME
from hub.events.rules import HUB, Actor

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
    await _agree(session, loaded, told["agreements"], at=at)
    for name, slug in told["systems"].items():
        system, secret = await agencies.add_system(
            session, agency_id=loaded.agencies[slug].id, name=name, by=HUB, at=at
        )
        loaded.systems[name] = system
        loaded.senders[name] = {"source": system.source, "secret": secret}


async def _agree(session: AsyncSession, loaded: Loaded, told: list[Any], *, at: dt.datetime) -> None:
    """The charter and the agreements under it, signed by every party's first leader or coordinator, last reviewed in spring."""
    umbrella = None
    reviewed = clock.today() - dt.timedelta(days=130)
    for row in told:
        parties = [loaded.agencies[slug].id for slug in row.get("parties", loaded.agencies)]
        agreement = await agreements.draft(
            session,
            Draft(
                title=row["title"], schemes=row["schemes"], purposes=row["purposes"], powers=row["powers"],
                bases=row["bases"], partners=len(parties), starts_on=at.date(), review_on=at.date() + dt.timedelta(days=365),
                ends_on=None,
            ),
            tier=1 if umbrella is None else 2, umbrella_id=umbrella, partners=parties, items=row["items"],
            handling=row["handling"], keeps_sides_apart=row.get("keeps_sides_apart", False),
            retention_years=row["years"], by=HUB, at=at,
        )  # fmt: skip
        umbrella = umbrella or agreement.id
        agreement.review_on = reviewed + dt.timedelta(days=365)
        for party in parties:
            await agreements.sign(session, agreement, agency_id=party, by=_signer(loaded, party), at=at)


def _signer(loaded: Loaded, agency_id: Any) -> Actor:
    """Who signs for an agency: one of its information guardians."""
    signer = next(one for one in loaded.workers.values() if one.agency_id == agency_id and "guardian" in one.roles)
    return Actor(worker_id=signer.id, agency_id=agency_id, roles=frozenset(signer.roles))
