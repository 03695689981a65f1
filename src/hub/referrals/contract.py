"""The native referral event: checking that a body is one, and reading what it says.

Shape is strict, codes are not: a body that is not a referral is refused with the place and the rule (never the value),
while a code that our lists do not hold is kept as it came and shown to triage as unknown. A child at risk is not lost
to a code list.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from hub import vocabulary
from hub.people.changes import PersonIn
from hub.people.identifiers import check, postcode
from hub.people.rules import PartialDate
from hub.referrals.rules import Urgency

SCHEMA = Path(__file__).parent / "schema-1-0.json"
MAX_PROBLEMS = 50

CODED = {
    "urgency": "urgency",
    "contactSource": "dfe-referral-source",
    "rag": "rag",
}


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The schema of the native event, as it is also published in /openapi.json."""
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a body: a JSON pointer and the name of the rule, never the value."""

    pointer: str
    rule: str


@dataclass(frozen=True)
class OtherEvent:
    """An event of a room above that comes by the same hook: how it is checked, and what opens it."""

    faults: Callable[[Any, str], list[Fault]]
    opens: Callable[..., Awaitable[None]]


_OTHERS: dict[str, OtherEvent] = {}


def also_receives(types: Iterable[str], other: OtherEvent) -> None:
    """Lets the hook take events of these types for a room above."""
    _OTHERS.update(dict.fromkeys(types, other))


def other_event(event: Any) -> OtherEvent | None:
    """What a room above says of an event of this type; None for a referral and for what is no event."""
    kind = event.get("type") if isinstance(event, dict) else None
    return _OTHERS.get(kind) if isinstance(kind, str) else None


def located(errors: Iterable[Any]) -> list[Fault]:
    """What a validator found, as places and rules, in the order of the document."""
    found = [
        Fault("".join(f"/{_escaped(part)}" for part in error.absolute_path), str(error.validator)) for error in errors
    ]
    return sorted(found, key=lambda fault: fault.pointer)[:MAX_PROBLEMS]


def faults(event: Any, *, message_id: str) -> list[Fault]:
    """What keeps this value from being an event that we take, in the order of the document."""
    if other := other_event(event):
        return other.faults(event, message_id)
    found = located(_validator().iter_errors(event))
    if not found:
        found += _beyond_the_schema(event, message_id)
    return sorted(found, key=lambda fault: fault.pointer)[:MAX_PROBLEMS]


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def _beyond_the_schema(event: dict[str, Any], message_id: str) -> Iterator[Fault]:
    if event["id"] != message_id:
        yield Fault("/id", "equals-webhook-id")
    try:
        sent = datetime.fromisoformat(event["time"])
        if sent.tzinfo is None or not 1990 <= sent.year <= 2200:
            yield Fault("/time", "date-time-with-zone")
    except ValueError:
        yield Fault("/time", "date-time")
    data = event["data"]
    refs = [person["ref"] for person in data["people"]]
    if len(set(refs)) != len(refs):
        yield Fault("/data/people", "refs-are-unique")
    known = set(refs)
    for place, tie in enumerate(data.get("relationships", [])):
        if not {tie["from"], tie["to"]} <= known:
            yield Fault(f"/data/relationships/{place}", "refers-to-a-person")
        elif tie["from"] == tie["to"]:
            yield Fault(f"/data/relationships/{place}", "between-two-people")
    for name in ("concerns", "assessments"):
        for place, item in enumerate(data.get(name, [])):
            if item.get("person", refs[0]) not in known:
                yield Fault(f"/data/{name}/{place}/person", "refers-to-a-person")
    for name in ("addresses", "interventions"):
        for place, item in enumerate(data.get(name, [])):
            if not set(item["people"]) <= known:
                yield Fault(f"/data/{name}/{place}/people", "refers-to-a-person")


@dataclass(frozen=True)
class Named:
    """Somebody named in a referral: the sender's label and roles, and what was told about them."""

    label: str
    roles: tuple[str, ...]
    told: PersonIn


@dataclass(frozen=True)
class Lives:
    """People at an address, as the referral says."""

    labels: tuple[str, ...]
    lines: tuple[str, ...]
    postcode: str
    since: date | None
    confidential: bool


@dataclass(frozen=True)
class ReferralIn:
    """A referral as we read it. `unknown_codes` are shown to triage, each with its place and what stood there."""

    their_reference: str
    revision: int
    action: str
    sector: str
    referrer_name: str
    referrer_role: str
    referrer_team: str
    referrer_phone: str
    referrer_email: str
    source_code: str
    urgency: Urgency
    summary: str
    voice: str
    actions_taken: str
    consent: str
    basis: str
    sent_at: datetime
    people: tuple[Named, ...]
    homes: tuple[Lives, ...]
    ties: tuple[tuple[str, str, str, bool], ...]
    concerns: tuple[tuple[str, str, str], ...]
    """(person's label, scheme, code)"""
    restricted_to: tuple[str, ...]
    suggested_rating: str = ""
    need_level: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """What we keep as it came: incident, assessments, what is already being done, what is asked for."""
    unknown_codes: tuple[tuple[str, str], ...] = ()


def read(event: Mapping[str, Any], *, today: date) -> ReferralIn:
    """Reads an event that has no faults."""
    data = event["data"]
    referrer, basis, handling = data["referrer"], data["lawfulBasis"], data.get("handling", {})
    hidden = set(handling.get("addressConfidential", []))
    homes = _homes(data, hidden)
    return ReferralIn(
        their_reference=data["referralId"],
        revision=data["revision"],
        action=data["action"],
        sector=referrer["agency"],
        referrer_name=referrer["name"],
        referrer_role=referrer.get("role", ""),
        referrer_team=referrer.get("team", ""),
        referrer_phone=referrer.get("phone", ""),
        referrer_email=referrer.get("email", ""),
        source_code=data["contactSource"],
        urgency=Urgency.read(data["urgency"]),
        summary=data["narrative"]["summary"],
        voice=data["narrative"].get("voice", ""),
        actions_taken=data["narrative"].get("actionsTaken", ""),
        consent=basis["consent"],
        basis=_basis(basis),
        sent_at=datetime.fromisoformat(event["time"]),
        people=tuple(
            Named(person["ref"], tuple(person["roles"]), _told(person, homes, today)) for person in data["people"]
        ),
        homes=tuple(homes),
        ties=tuple(
            (tie["from"], tie["to"], tie["type"], tie.get("parentalResponsibility", False))
            for tie in data.get("relationships", [])
        ),
        concerns=tuple((concern["person"], concern["scheme"], concern["code"]) for concern in data["concerns"]),
        restricted_to=tuple(handling.get("restrictedTo", [])),
        suggested_rating=data["rag"] if data.get("rag") in vocabulary.codes("rag") else "",
        need_level=data.get("needLevel"),
        details={
            name: data[name]
            for name in ("incident", "assessments", "interventions", "requested", "attachments", "handling")
            if data.get(name)
        },
        unknown_codes=tuple(_unknown(data)),
    )


def _homes(data: Mapping[str, Any], hidden: set[str]) -> list[Lives]:
    return [
        Lives(
            labels=tuple(home["people"]),
            lines=tuple(home.get("lines", [])),
            postcode=postcode(home.get("postcode", "")),
            since=PartialDate.read(home.get("from", "")).earliest,
            confidential=bool(hidden & set(home["people"])),
        )
        for home in data.get("addresses", [])
    ]


def _told(person: Mapping[str, Any], homes: list[Lives], today: date) -> PersonIn:
    name, contact, origin = person["name"], person.get("contact", {}), person.get("ethnicity", {})
    return PersonIn(
        given_names=name.get("given", []),
        family_name=name["family"],
        born=PartialDate.read(person.get("birthDate", "")),
        sex=person.get("sex", "0") if person.get("sex") in ("0", "1", "2", "9") else "0",
        ethnicity_scheme=origin.get("scheme", ""),
        ethnicity=origin.get("code", ""),
        languages=person.get("languages", []),
        interpreter=person.get("interpreter", False),
        phone=contact.get("phone", ""),
        contact_note=_safe_contact(contact),
        school=person.get("school", ""),
        identifiers=[
            (number["value"], check(number["system"], number["value"], today=today))
            for number in person.get("identifiers", [])
        ],
        also_known_as=[(other.get("given", []), other["family"]) for other in person.get("alsoKnownAs", [])],
        postcodes=[home.postcode for home in homes if person["ref"] in home.labels],
    )


def _safe_contact(contact: Mapping[str, Any]) -> str:
    parts = []
    if contact.get("safeFrom") and contact.get("safeTo"):
        parts.append(f"Safe to ring between {contact['safeFrom']} and {contact['safeTo']}.")
    if contact.get("doNotLeaveMessage"):
        parts.append("Do not leave a message.")
    if contact.get("note"):
        parts.append(contact["note"])
    return " ".join(parts)


def _basis(basis: Mapping[str, Any]) -> str:
    named = [basis["gateway"], f"UK GDPR article {basis['article6']}"]
    if basis.get("article9"):
        named.append(f"article {basis['article9']}")
    return ", ".join(named) + (f". {basis['reason']}" if basis.get("reason") else "")


def _unknown(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, scheme in CODED.items():
        if data.get(name) and not vocabulary.is_known(scheme, data[name]):
            yield name, data[name]
    if not vocabulary.is_known("sector", data["referrer"]["agency"]):
        yield "referrer/agency", data["referrer"]["agency"]
    if data.get("needLevel") is not None and data["needLevel"] not in (1, 2, 3, 4):
        yield "needLevel", str(data["needLevel"])
    for concern in data["concerns"]:
        if not vocabulary.is_known(concern["scheme"], concern["code"]):
            yield f"concerns/{concern['scheme']}", concern["code"]
    for person in data["people"]:
        for role in person["roles"]:
            if not vocabulary.is_known("referral-role", role):
                yield f"people/{person['ref']}/roles", role
        for number in person.get("identifiers", []):
            if not vocabulary.is_known("identifier-system", number["system"]):
                yield f"people/{person['ref']}/identifiers", number["system"]
    for tie in data.get("relationships", []):
        if not vocabulary.is_known("relationship", tie["type"]):
            yield "relationships", tie["type"]
