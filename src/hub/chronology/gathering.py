"""Making entries: what other rooms hold of a case, told as a timeline. Nothing is asked of the database here."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from hub.cases.rules import Rating, Stage
from hub.chronology.queries import Material
from hub.chronology.rules import A_CONTACT, A_MISSED_CONTACT, Entry, EntryKind, Key, Source, happenings
from hub.conferences.rules import ConferenceKind
from hub.contributions.rules import ContributionKind
from hub.events.rules import Kind
from hub.events.tables import Event
from hub.ids import ref
from hub.interventions.rules import Shape, Status, label, shape
from hub.london import from_london, london
from hub.people.tables import Person
from hub.sharing.rules import Audience

NOON = 12
TELLS_OF_THE_FAMILY = frozenset({ContributionKind.fact, ContributionKind.concern, ContributionKind.assessment})
"""Kinds of contribution that say what somebody saw or learned; an offer or a limit is about the agency."""


def entries(found: Material, people: Collection[Person], *, path: str, at: datetime) -> list[Entry]:
    """The entries of a case up to now, the oldest first. What is still planned has not happened and is left out."""
    told = [
        *_referrals(found),
        *_contributions(found, people),
        *_interventions(found, at),
        *_conferences(found),
        *_decisions(found),
        *_readings(found),
        *_steps(found.events, path),
    ]
    return sorted((entry for entry in told if entry.at <= at), key=lambda entry: (entry.on, entry.at))


def _day(moment: datetime) -> date:
    return london(moment).date()


def _referrals(found: Material) -> Iterator[Entry]:
    for row in found.referrals:
        who = ", ".join(part for part in (row.referrer_name, row.referrer_role) if part)
        yield Entry(
            EntryKind.referral, _day(row.received_at), row.received_at, row.received_at, f"Referral from {who}",
            agency_id=row.agency_id, words=row.summary, people=frozenset(found.referral_people.get(row.id, ())),
            path=f"/referrals/{ref(row.id)}", key=Key(Source.referral, row.id), sorts=happenings(row.summary),
            seen=True, reach=frozenset(found.referral_reach.get(row.id, ())),
        )  # fmt: skip


def named_in(words: str, people: Iterable[Person]) -> frozenset[UUID]:
    """Those of some people whose first name stands in words, as a word of its own."""
    spoken = set(re.findall(r"\w+", words.casefold()))
    return frozenset(person.id for person in people if person.first_name.casefold() in spoken)


def _reach(row: Any) -> frozenset[UUID] | None:
    if row.audience == Audience.circle:
        return None
    return frozenset([row.agency_id, *(row.for_agencies or [])])


def _contributions(found: Material, people: Collection[Person]) -> Iterator[Entry]:
    for row in found.contributions:
        kind = ContributionKind(row.kind)
        tells = kind in TELLS_OF_THE_FAMILY and row.withdrawn_at is None
        same_day = row.as_of == _day(row.written_at)
        yield Entry(
            EntryKind.contribution, row.as_of, row.written_at if same_day else from_london(row.as_of, NOON),
            row.written_at, kind.label, agency_id=row.agency_id, words=row.words,
            people=named_in(row.words, people), path=f"/contributions/{ref(row.id)}", worker_id=row.author_id,
            key=Key(Source.contribution, row.thread_id), sorts=happenings(row.words) if tells else frozenset(),
            seen=tells, withdrawn=row.withdrawn_at is not None, reach=_reach(row),
        )  # fmt: skip


def _interventions(found: Material, at: datetime) -> Iterator[Entry]:
    for row in found.interventions:
        people, path = frozenset(found.intervention_people.get(row.id, ())), f"/interventions/{ref(row.id)}"
        key, words = Key(Source.intervention, row.id), label(row.kind)
        if shape(row.kind) is Shape.period:
            last = _day(row.ends_at) if row.ends_at is not None else _day(at)
            yield Entry(
                EntryKind.plan, _day(row.starts_at), row.starts_at, row.recorded_at, f"Begins: {words}",
                agency_id=row.agency_id, words=row.note, people=people, path=path, worker_id=row.worker_id, key=key,
                until=min(last, _day(at)),
            )  # fmt: skip
            if row.ends_at is not None:
                yield Entry(
                    EntryKind.plan, _day(row.ends_at), row.ends_at, row.changed_at or row.recorded_at,
                    f"Ends: {words}", agency_id=row.agency_id, words=row.ended_reason, people=people, path=path,
                    worker_id=row.worker_id,
                )  # fmt: skip
            continue
        missed, done = row.status == Status.missed, row.status == Status.done
        said = (
            f"Missed: {words}" if missed else words if done else f"{words} (planned; nobody has said that it was done)"
        )
        sorts = happenings(row.note) | ({A_MISSED_CONTACT if missed else A_CONTACT} if missed or done else frozenset())
        yield Entry(
            EntryKind.contact, _day(row.starts_at), row.starts_at, row.recorded_at, said, agency_id=row.agency_id,
            words=" ".join(part for part in (row.note, row.ended_reason) if part), people=people, path=path,
            worker_id=row.worker_id, key=key, sorts=frozenset(sorts), seen=done, missed=missed,
        )  # fmt: skip


def _conferences(found: Material) -> Iterator[Entry]:
    for row in found.conferences:
        yield Entry(
            EntryKind.conference, _day(row.starts_at), row.starts_at, row.closed_at or row.starts_at,
            f"{ConferenceKind(row.kind).label} held", words=row.purpose, path=f"/conferences/{ref(row.id)}",
            key=Key(Source.conference, row.id),
        )  # fmt: skip


def _decisions(found: Material) -> Iterator[Entry]:
    for row in found.decisions:
        path = f"/conferences/{ref(row.conference_id)}" if row.conference_id else ""
        yield Entry(
            EntryKind.decision, _day(row.decided_at), row.decided_at, row.decided_at, f"Decided: {row.chosen}",
            words=row.rationale, path=path, key=Key(Source.decision, row.id),
            dissents=tuple(found.dissents.get(row.id, ())),
        )  # fmt: skip


def _readings(found: Material) -> Iterator[Entry]:
    for row in found.measures:
        same_day = row.measured_on == _day(row.recorded_at)
        yield Entry(
            EntryKind.reading, row.measured_on, row.recorded_at if same_day else from_london(row.measured_on, NOON),
            row.recorded_at, f"{row.indicator}: {row.value:g} {row.unit}".strip(), agency_id=row.agency_id,
            words=row.source, path=f"/outcomes/{ref(row.outcome_id)}", worker_id=row.worker_id,
            key=Key(Source.measure, row.id),
        )  # fmt: skip


def _steps(events: Iterable[Event], path: str) -> Iterator[Entry]:
    """What the ledger alone remembers: ratings, stages, agencies that came and left."""
    for event in events:
        agency_id, kind, title = event.agency_id, EntryKind.stage, ""
        match event.kind:
            case Kind.case_opened:
                rated = f", rated {event.facts['rating']}" if event.facts.get("rating") else ""
                title = f"The joint case is opened{rated}"
            case Kind.case_rated:
                was = f"; it was {event.facts['was']}" if event.facts.get("was") else ""
                kind, title = EntryKind.rating, f"Rated {event.facts['rating']}{was}"
            case Kind.case_moved:
                title = f"From “{_stage(event.facts['was'])}” to “{_stage(event.facts['stage'])}”"
            case _:
                kind, agency_id = EntryKind.circle, UUID(event.facts["agency"])
                title = "Joins the circle" if event.kind == Kind.agency_admitted else "Leaves the circle"
        yield Entry(
            kind, _day(event.at), event.at, event.at, title, agency_id=agency_id, worker_id=event.worker_id,
            path=f"{path}/history",
        )  # fmt: skip


def _stage(code: str) -> str:
    return Stage(code).label if code in set(Stage) else code


def ratings(events: Iterable[Event]) -> list[tuple[date, Rating]]:
    """When a case was rated and how, the oldest first."""
    return [
        (_day(event.at), Rating(event.facts["rating"]))
        for event in events
        if event.kind in (Kind.case_opened, Kind.case_rated) and event.facts.get("rating") in set(Rating)
    ]
