"""A family's referral as the message that an agency's system would have sent (the native event, schema 1.0)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hub.london import london
from hub.referrals import contract
from hub.seeding.days import Days
from hub.seeding.people import Bond, Home, Someone

SECTORS = {"police-ppu": "police", "nhs-trust": "health", "probation": "probation", "council-csc": "social-care"}
KNOWN_NUMBERS = {
    "police-ppu": ("pnc", "cro"),
    "nhs-trust": ("nhs-number",),
    "probation": ("crn", "pnc"),
    "council-csc": ("la-social-care-id", "upn", "nhs-number"),
}
"""Each system knows people by its own numbers, which is why they have to be matched."""
PREFIXES = {"police-ppu": "PPN", "nhs-trust": "NHS-SG", "probation": "PRB", "council-csc": "MARF"}
GATEWAYS = {
    "police": "Children Act 2004 section 11",
    "health": "Children Act 2004 section 11",
    "probation": "Offender Management Act 2007 section 14",
    "education": "Education Act 2002 section 175",
    "housing": "Children Act 2004 section 11",
    "voluntary": "Data Protection Act 2018 schedule 1 paragraph 18",
}
USUAL_GATEWAY = "Children Act 1989 section 17"


class BadFixture(Exception):
    """A fixture tells of something that the Hub would refuse; the message says where."""


def message_id(key: str) -> str:
    """26 capitals and digits, the same for the same referral."""
    return hashlib.sha256(key.encode()).hexdigest()[:26].upper()


def event_of(
    row: Mapping[str, Any],
    *,
    key: str,
    people: Sequence[Someone],
    homes: Sequence[Home],
    ties: Sequence[Bond],
    days: Days,
    at: datetime,
) -> dict[str, Any]:
    """The event, checked against the schema. Raises BadFixture naming what is wrong."""
    system = row["system"]
    identity = message_id(key)
    reference = f"{PREFIXES[system]}-{london(at).year}-{int(identity[:6], 16) % 100_000:05}"
    labels = {one.key: f"p{place}" for place, one in enumerate(people, start=1)}
    event = {
        "specversion": "1.0", "id": identity, "source": f"urn:agency:northvale:{system}",
        "type": "hub.referral.submitted.v1", "subject": reference, "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "referralId": reference, "revision": 1, "action": "new", **_framing(row),
            "people": [_person(one, row, labels) for one in people],
            "relationships": _ties(ties, labels, homes),
            "addresses": [_home(home, labels, days) for home in homes],
            "concerns": [_concern(words, labels) for words in row["concerns"].split(",")],
            "narrative": {
                "summary": row["summary"].strip(), "voice": row.get("voice", "").strip(),
                "actionsTaken": row.get("actions", "").strip(),
            },
        },
    }  # fmt: skip
    hidden = sorted(labels[one] for home in homes for one in home.hidden if one in labels)
    event["data"]["handling"] = {"restrictedTo": row.get("for", "").split(), "addressConfidential": hidden}  # type: ignore[index]
    if faults := contract.faults(event, message_id=identity):
        raise BadFixture(f"{key}: {', '.join(f'{fault.pointer} {fault.rule}' for fault in faults)}")
    return event


def _framing(row: Mapping[str, Any]) -> dict[str, Any]:
    """Who refers, how urgent it is, and on what basis."""
    sector = row.get("sector", SECTORS[row["system"]])
    framing: dict[str, Any] = {
        "referrer": {
            "agency": sector, "orgCode": "X99", "name": row["from"][0], "role": row["from"][1], "phone": "01632 960110",
        },
        "contactSource": str(row["source"]),
        "urgency": row.get("urgency", "routine"),
        "lawfulBasis": {
            "article6": "6(1)(ea)" if sector == "voluntary" else "6(1)(e)",
            "article9": "9(2)(g)",
            "gateway": row.get("gateway", GATEWAYS.get(sector, USUAL_GATEWAY)),
            "consent": row.get("consent", "not-sought"),
            "reason": row.get("consent_because", ""),
        },
    }  # fmt: skip
    if row.get("suggests"):
        framing["rag"] = row["suggests"]
    return framing


def _person(one: Someone, row: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    named = row.get("spelt", {}).get(one.key, {})
    person: dict[str, Any] = {
        "ref": labels[one.key],
        "roles": row.get("roles", {}).get(one.key, " ".join(one.roles)).split(),
        "name": {"given": named.get("given", one.given).split(), "family": named.get("family", one.surname)},
        "birthDate": one.born,
        "sex": one.sex,
        "identifiers": [
            {"system": system, "value": one.numbers[system]}
            for system in KNOWN_NUMBERS[row["system"]]
            if system in one.numbers and row.get("numbers", True)
        ],
        "languages": list(one.languages),
        "interpreter": one.interpreter,
        "contact": {name: value for name, value in (("phone", one.phone), ("note", one.contact)) if value},
        "school": one.school,
    }
    if one.ethnicity:
        person["ethnicity"] = {"scheme": "ethnicity-ons-2021", "code": one.ethnicity}
    if one.alias:
        person["alsoKnownAs"] = [{"given": one.alias.split()[:-1], "family": one.alias.split()[-1]}]
    return person


def _ties(ties: Sequence[Bond], labels: Mapping[str, str], homes: Sequence[Home]) -> list[dict[str, Any]]:
    together = [set(home.who) for home in homes]
    return [
        {
            "from": labels[tie.one], "to": labels[tie.other], "type": tie.kind,
            "parentalResponsibility": tie.responsible,
            "sameHousehold": any({tie.one, tie.other} <= home for home in together),
        }
        for tie in ties
        if tie.one in labels and tie.other in labels
    ]  # fmt: skip


def _home(home: Home, labels: Mapping[str, str], days: Days) -> dict[str, Any]:
    return {
        "people": [labels[one] for one in home.who if one in labels], "use": "home", "lines": list(home.lines),
        "postcode": home.postcode, "from": days.day(home.since).isoformat(),
    }  # fmt: skip


def _concern(words: str, labels: Mapping[str, str]) -> dict[str, str]:
    """`omar 16A`, or with another list than the factors of assessments: `halina SEL care-act-abuse`."""
    who, code, *scheme = words.split()
    return {"person": labels[who], "scheme": scheme[0] if scheme else "dfe-cin-factor", "code": code}
