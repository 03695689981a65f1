"""An intervention as an agency's own system tells it: checking that a message is one, and reading what it says.

Shape is strict, codes are not: a kind, status or level that our lists do not hold is kept as it came and shown.
Each message tells the whole record, so that the newest is enough and an older one that comes late changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from jsonschema import Draft202012Validator

from hub.errors import Refused
from hub.interventions.plans import Excluded, Planned
from hub.interventions.recurrence import Rule
from hub.interventions.rules import Level, PlaceKind, Polarity, Shape, Status, When, group, shape
from hub.london import from_london, london
from hub.people.changes import PersonIn
from hub.people.identifiers import check, postcode
from hub.people.rules import PartialDate
from hub.referrals.contract import Fault, located

SCHEMA = Path(__file__).parent / "schema-1-0.json"
SUBMITTED, CHANGED, ENDED = (f"hub.intervention.{what}.v1" for what in ("submitted", "changed", "ended"))
TYPES = (SUBMITTED, CHANGED, ENDED)
STATUSES = {status.value: status for status in Status}
HOUR_LONG = 60
DAY_ALONE = len("2026-03-12")


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The schema of the event."""
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def faults(event: Any, message_id: str) -> list[Fault]:
    """What keeps this value from being an event about an intervention, in the order of the document."""
    found = located(_validator().iter_errors(event))
    if found:
        return found
    data = event["data"]
    if event["id"] != message_id:
        found.append(Fault("/id", "equals-webhook-id"))
    for name in ("start", "end"):
        if name in data and not _is_time(data[name]):
            found.append(Fault(f"/data/{name}", "date-or-date-time"))
    for place, text in enumerate(data.get("exdates", [])):
        if not _is_time(text):
            found.append(Fault(f"/data/exdates/{place}", "date-or-date-time"))
    if data.get("rrule"):
        try:
            Rule.read(data["rrule"])
        except Refused:
            found.append(Fault("/data/rrule", "recurrence-rule"))
    for place, pair in enumerate(data.get("apart", [])):
        if max(pair) >= len(data["people"]) or pair[0] == pair[1]:
            found.append(Fault(f"/data/apart/{place}", "refers-to-two-people"))
    return found


def _is_time(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


def moment(text: str) -> datetime:
    """A date, or a time with a zone or by the clock on the wall in London, in UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    if not 1990 <= found.year <= 2100:
        raise ValueError("a year that cannot be")
    if len(text) == DAY_ALONE:
        return from_london(found.date(), 0)
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    return from_london(found.date(), found.hour, found.minute)


@dataclass(frozen=True)
class Told:
    """What an agency's system or file says of one intervention; its people are not yet known to be ours."""

    reference: str
    sequence: int | None
    kind: str
    people: Sequence[PersonIn]
    when: When
    status: Status | None = None
    ended_reason: str = ""
    repeats: str = ""
    left_out: Sequence[datetime] = ()
    hours: tuple[time, time] | None = None
    apart: Sequence[tuple[int, int]] = ()
    excluded: Sequence[Excluded] = ()
    worker_email: str = ""
    plain: Mapping[str, Any] = field(default_factory=dict)
    as_sent: Mapping[str, Any] = field(default_factory=dict)
    untold: frozenset[str] = frozenset()
    """What of a plan, or that its status, is not told of, so that it stays as it stands."""

    def planned(self, people: Sequence[UUID], *, worker_id: UUID | None = None) -> Planned:
        """The plan, once it is known who its people are, in the same order, and who does it.

        Of a colleague who does not sign in here, the address is whom to ring.
        """
        planned = Planned(
            kind=self.kind, people=set(people), when=self.when, worker_id=worker_id, repeats=self.repeats,
            left_out=self.left_out, hours=self.hours, excluded=self.excluded, as_sent=self.as_sent,
            apart=[(people[one], people[other]) for one, other in self.apart], **self.plain,
        )  # fmt: skip
        rings = self.worker_email if worker_id is None else ""
        return planned if planned.contact or not rings else replace(planned, contact=rings)


WORDS = {"team": "team", "contact": "contact", "target": "target", "programme": "programme", "note": "note"}
MARKS = {
    "mandatory": "mandatory", "joint": "joint", "household": "for_household", "transfer": "transfer",
    "outOfArea": "out_of_area", "covert": "covert", "addressConfidential": "confidential_address",
}  # fmt: skip


def read(event: Mapping[str, Any], *, today: date) -> Told:
    """Reads an event that has no faults. Raises Refused for times that cannot be."""
    data, unknown = event["data"], {}
    place = data.get("place", {})
    plain: dict[str, Any] = {ours: data[theirs] for theirs, ours in (WORDS | MARKS).items() if theirs in data}
    plain |= {"place": place.get("text", ""), "place_uprn": place.get("uprn", "")}
    for theirs, ours, known in (("level", "level", Level), ("polarity", "polarity", Polarity)):
        if data.get(theirs) in {one.value for one in known}:
            plain[ours] = data[theirs]
        elif data.get(theirs):
            unknown[theirs] = data[theirs]
    plain["place_kind"], more = _place_kind(place, "place")
    unknown |= more
    excluded = []
    for number, one in enumerate(data.get("places", []) if group(data["kind"]) == "Condition" else []):
        sort, more = _place_kind(one, f"places/{number}")
        excluded.append(Excluded(one["text"], sort, one.get("uprn", "")))
        unknown |= more
    status = _status(event)
    if data.get("status") and data["status"] not in STATUSES:
        unknown["status"] = data["status"]
    hours = data.get("hours")
    return Told(
        reference=data["interventionId"],
        sequence=data.get("sequence"),
        kind=data["kind"],
        people=[person(one, today) for one in data["people"]],
        when=when(data["kind"], data["start"], data.get("end", ""), repeats=bool(data.get("rrule"))),
        status=status,
        ended_reason=data.get("reason", ""),
        repeats=data.get("rrule", ""),
        left_out=left_out(data.get("exdates", []), data["start"]),
        hours=(time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"])) if hours else None,
        apart=[(pair[0], pair[1]) for pair in data.get("apart", [])],
        excluded=excluded,
        worker_email=data.get("worker", ""),
        plain=plain,
        as_sent=unknown,
    )


ENDED_WORDS = {Status.cancelled: "Cancelled", Status.missed: "They did not come", Status.done: "Over"}


def ending(event: Mapping[str, Any]) -> str:
    """How an event says that what it tells has ended, with the reason when it gives one; empty while it goes on."""
    data = event["data"]
    status = _status(event)
    words = ENDED_WORDS.get(status, "") if status is not None else ""
    return f"{words}: {data['reason']}" if words and data.get("reason") else words


def _status(event: Mapping[str, Any]) -> Status | None:
    """Where it stands by the event, as far as we know its code. What a system ends without saying how is done."""
    status = STATUSES.get(event["data"].get("status", ""))
    return Status.done if event["type"] == ENDED and status not in (Status.cancelled, Status.missed) else status


def _place_kind(place: Mapping[str, Any], where: str) -> tuple[PlaceKind, dict[str, Any]]:
    told = place.get("kind", "")
    if told in {one.value for one in PlaceKind}:
        return PlaceKind(told), {}
    return PlaceKind.address, {f"{where}/kind": told} if told else {}


def left_out(days: Sequence[str], start: str) -> list[datetime]:
    """The starts that a series leaves out. A day alone leaves out its time on that day, at whatever hour it begins."""
    first = london(moment(start))
    hour = (first.hour, first.minute) if len(start) > DAY_ALONE else (0, 0)
    return [from_london(date.fromisoformat(day), *hour) if len(day) == DAY_ALONE else moment(day) for day in days]


def when(kind: str, start: str, end: str, *, repeats: bool) -> When:
    """The times as moments: whole days when the start has no hour; a meeting without an end lasts an hour."""
    whole = len(start) == DAY_ALONE
    begins = moment(start)
    ends = moment(end) if end else None
    if end and len(end) == DAY_ALONE:
        ends = from_london(date.fromisoformat(end), 23, 59)
    if ends is None and (shape(kind) is not Shape.period or repeats):
        last = from_london(london(begins).date(), 23, 59)
        ends = last if whole else datetime.fromtimestamp(begins.timestamp() + HOUR_LONG * 60, begins.tzinfo)
    return When(begins, ends, whole_days=whole)


def person(told: Mapping[str, Any], today: date) -> PersonIn:
    """Somebody as the message names them, ready to be compared with those we know."""
    name = told.get("name", {})
    return PersonIn(
        given_names=name.get("given", []),
        family_name=name.get("family", ""),
        born=PartialDate.read(told.get("birthDate", "")),
        identifiers=[
            (one["value"], check(one["system"], one["value"], today=today)) for one in told.get("identifiers", [])
        ],
        postcodes=[postcode(told["postcode"])] if told.get("postcode") else [],
    )
