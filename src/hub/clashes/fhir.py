"""Clashes as FHIR R4 DetectedIssue, which is FHIR's own name for interventions that work against each other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.clashes.rules import Disposition, Rule, Severity
from hub.clashes.tables import Clash
from hub.clashes.wording import kind_in_words
from hub.interventions.tables import Intervention
from hub.people.tables import Person

SEVERITIES = {
    Severity.critical: "high",
    Severity.high: "high",
    Severity.medium: "moderate",
    Severity.low: "low",
}
"""FHIR knows three (http://hl7.org/fhir/detectedissue-severity); critical is the gravest of them."""
RULES = "urn:hub:clash-rule"


def bundle(
    clashes: Sequence[Clash],
    parts: Mapping[UUID, Sequence[Intervention]],
    people: Mapping[UUID, Person],
    rules: Mapping[str, Rule],
    *,
    at: datetime,
) -> dict[str, Any]:
    """A collection of issues with the patients that they are about."""
    told = [_issue(clash, parts.get(clash.id, ()), rules[clash.rule]) for clash in clashes]
    about = {person for clash in clashes for person in clash.people if person in people}
    patients = [_patient(people[person]) for person in sorted(about)]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.isoformat(),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in [*told, *patients]],
    }


def _issue(clash: Clash, parts: Sequence[Intervention], rule: Rule) -> dict[str, Any]:
    issue: dict[str, Any] = {
        "resourceType": "DetectedIssue",
        "id": str(clash.id),
        "status": "final" if clash.answered_at else "preliminary",
        "code": {"coding": [{"system": RULES, "code": rule.id, "display": rule.title}], "text": rule.title},
        "severity": SEVERITIES[Severity(clash.severity)],
        "identifiedDateTime": clash.found_at.isoformat(),
        "detail": f"{rule.title}. {rule.why} {rule.step}",
    }
    if len(clash.people) == 1:
        issue["patient"] = {"reference": f"urn:uuid:{clash.people[0]}"}
    if parts:
        issue["implicated"] = [
            {"identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{one.id}"}, "display": _display(one)}
            for one in parts
        ]
    if clash.answered_at and clash.disposition:
        issue["mitigation"] = [
            {
                "action": {"text": Disposition(clash.disposition).label},
                "date": clash.answered_at.isoformat(),
            }
        ]
    return issue


def _display(one: Intervention) -> str:
    return f"{kind_in_words(one.kind)} ({one.kind})"


def _patient(person: Person) -> dict[str, Any]:
    name: dict[str, Any] = {"given": list(person.given_names)}
    if person.family_name:
        name["family"] = person.family_name
    return {"resourceType": "Patient", "id": str(person.id), "name": [name]}
