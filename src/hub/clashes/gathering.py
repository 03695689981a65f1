"""From the Hub's own tables to the neutral records of the clash engine: series become single times, facts follow."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.clashes.detecting import Hit, find
from hub.clashes.loading import Loaded
from hub.clashes.records import OVER_WITH_ITS_DAY, Record, place_keys
from hub.clashes.rules import HELD_BACK, Form, Rule
from hub.interventions.queries import different, series_of
from hub.interventions.recurrence import Occurrence, expand
from hub.interventions.rules import Level, Status
from hub.interventions.tables import Intervention, InterventionTime
from hub.london import london

BEHIND, AHEAD = timedelta(days=7), timedelta(days=60)
"""How far the times of a series are looked at."""
HIGH = (Level.high.value, Level.very_high.value)
HIGH_RISK_LASTS = timedelta(days=366)
"""A high level of domestic abuse stands for a year: a repeat within twelve months goes back to the MARAC (SafeLives)."""
NEARLY_18 = 90
CHECKS = ("A.DASH", "A.DARA")


@dataclass(frozen=True)
class Source:
    """What a record came from: an intervention, or a fact about somebody in a case."""

    case_id: UUID
    intervention: Intervention | None = None
    fact: str = ""
    on: date | None = None
    known_to: frozenset[UUID] | None = None


@dataclass
class Gathered:
    """Records for the engine, what each came from, and which people have a recorded relationship."""

    records: list[Record] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)

    def add(self, record: Record, source: Source) -> None:
        self.records.append(record)
        self.sources[record.id] = source

    def sources_of(self, hit: Hit) -> list[Source]:
        return [self.sources[part.id] for part in hit.parts]

    def kept_for(self, hit: Hit) -> frozenset[UUID] | None:
        """The agencies that may know of a clash; None is whoever may see all that makes it."""
        kept: frozenset[UUID] | None = None
        for source in self.sources_of(hit):
            mine: frozenset[UUID] | None = source.known_to
            one = source.intervention
            if one is not None:
                held = hit.rule.covert and one.kind.startswith(HELD_BACK[hit.rule.id] + ".")
                if one.covert or held:
                    mine = frozenset({one.agency_id})
            if mine is not None:
                kept = mine if kept is None else kept & mine
        return kept


def key_of(hit: Hit) -> str:
    """The same interventions clash once by one rule, however many of their times do."""
    return "|".join([hit.rule.id, *sorted({one.partition("@")[0] for one in hit.records})])


def parts_named(key: str) -> frozenset[str]:
    """What a key says that a clash is made of."""
    return frozenset(key.split("|")[1:])


def person_named(code: str) -> UUID:
    """The person whom a record is about; notices name them with the case within which they are counted."""
    return UUID(code.partition(":")[0])


def gather(loaded: Loaded, *, at: datetime) -> Gathered:
    """Everything that was loaded, as records."""
    found = Gathered(links=[(str(left), str(right)) for left, right in loaded.ties])
    for one in loaded.interventions:
        people = loaded.people.get(one.id, set())
        homes = {home for person in people for home in loaded.homes.get(person, ())}
        for record in records_of(
            one,
            people,
            homes,
            times=loaded.times.get(one.id, ()),
            apart=loaded.apart.get(one.id, ()),
            places=loaded.places.get(one.id, ()),
            at=at,
        ):
            found.add(record, Source(one.case_id, one))
        for kind, start, end in _follow(one):
            fact = Record(
                id=f"{one.id}@{kind}",
                kind=kind,
                agency=str(one.agency_id),
                people=frozenset(str(person) for person in people),
                households=frozenset(str(home) for home in homes),
                starts_at=start,
                ends_at=end,
                programme=one.programme,
            )
            found.add(fact, Source(one.case_id, one, kind, start))
    for fact, source in _facts_of_people(loaded, at):
        found.add(fact, source)
    return found


def records_of(
    one: Intervention,
    people: Iterable[UUID],
    homes: Iterable[UUID],
    *,
    at: datetime,
    times: Iterable[InterventionTime] = (),
    apart: Iterable[tuple[UUID, UUID]] = (),
    places: Iterable[tuple[str, str]] = (),
) -> Iterator[Record]:
    """An intervention as records: one, or one for each time of a series that lies near."""
    base = _base(one, people, homes, apart, places)
    if not one.repeats:
        start, end = _when(one.starts_at, one.ends_at, one.whole_days)
        yield Record(id=str(one.id), starts_at=start, ends_at=end, status=one.status, place=one.place, **base)
        return
    for time in expand(series_of(one), [different(row) for row in times], from_=at - BEHIND, until=at + AHEAD):
        yield _record_at(time, base)


def record_of_time(
    one: Intervention,
    time: Occurrence,
    people: Iterable[UUID],
    apart: Iterable[tuple[UUID, UUID]],
    places: Iterable[tuple[str, str]],
) -> Record:
    """One single time of an intervention as a record of its own; whose homes it touches is not asked."""
    return _record_at(time, _base(one, people, (), apart, places))


def _base(
    one: Intervention,
    people: Iterable[UUID],
    homes: Iterable[UUID],
    apart: Iterable[tuple[UUID, UUID]],
    places: Iterable[tuple[str, str]],
) -> dict[str, Any]:
    """What every time of an intervention has in common."""
    return {
        "kind": one.kind,
        "agency": str(one.agency_id),
        "people": frozenset(str(person) for person in people),
        "households": frozenset(str(home) for home in homes),
        "team": one.team,
        "uprn": one.place_uprn,
        "mandatory": one.mandatory,
        "level": one.level or "",
        "target": one.target,
        "polarity": one.polarity or "",
        "programme": one.programme,
        "hours": (one.hours_from, one.hours_to) if one.hours_from is not None and one.hours_to is not None else None,
        "places": place_keys(word for place in places for word in place),
        "apart": frozenset(frozenset({str(left), str(right)}) for left, right in apart),
        "depends": frozenset({str(one.depends_on_id)} if one.depends_on_id else ()),
        "joint": one.joint,
        "transfer": one.transfer,
        "out_of_area": one.out_of_area,
        "covert": one.covert,
    }


def _record_at(time: Occurrence, base: Mapping[str, Any]) -> Record:
    start, end = _when(time.starts_at, time.ends_at, time.whole_days)
    name = f"{time.intervention_id}@{time.of_at:%Y%m%dT%H%M}"
    # The hours of a curfew are spent: each of its nights is a time of its own.
    hours = (
        {"hours": (london(time.starts_at).time(), london(time.ends_at).time())}
        if base["hours"] and time.ends_at
        else {}
    )
    return Record(id=name, starts_at=start, ends_at=end, status=time.status, place=time.place, **{**base, **hours})


def _when(start: datetime, end: datetime | None, whole_days: bool) -> tuple[datetime | date, datetime | date | None]:
    if not whole_days:
        return start, end
    return london(start).date(), london(end).date() if end is not None else None


def _follow(one: Intervention) -> Iterator[tuple[str, date, date | None]]:
    """The facts that follow from an intervention."""
    done = one.status == Status.done
    start = london(one.starts_at).date()
    ended = london(one.ends_at).date() if one.ends_at is not None else start
    if one.kind in CHECKS and one.level in HIGH and one.status not in (Status.cancelled, Status.missed):
        yield "X.DAHIGH", start, start + HIGH_RISK_LASTS
    if one.kind == "L.CP" and done:
        yield "X.CPEND", ended, None
    if one.kind.startswith("G.") and done and one.programme:
        yield "X.DONE", ended, None


def _facts_of_people(loaded: Loaded, at: datetime) -> Iterator[tuple[Record, Source]]:
    today = london(at).date()

    def fact(name: str, kind: str, people: Iterable[UUID], case_id: UUID, start: date) -> tuple[Record, Source]:
        record = Record(
            id=name,
            kind=kind,
            agency="",
            people=frozenset(str(person) for person in people),
            households=frozenset(str(home) for person in people for home in loaded.homes.get(person, ())),
            starts_at=start,
        )
        return record, Source(case_id, fact=kind, on=start)

    for person, born in loaded.births.items():
        grown = _eighteenth(born)
        if today <= grown <= today + timedelta(days=NEARLY_18):
            for case_id in sorted(loaded.cases.get(person, ())):
                yield fact(f"X.TURN18:{person}:{case_id}", "X.TURN18", [person], case_id, grown)
    heard: dict[UUID, set[UUID]] = {}
    for person, cases in loaded.cases.items():
        for case_id in cases & loaded.marac:
            heard.setdefault(case_id, set()).add(person)
    for case_id, people in heard.items():
        yield fact(f"X.MARAC:{case_id}", "X.MARAC", people, case_id, today)
    for notice in loaded.notices:
        for case_id in sorted(loaded.cases.get(notice.person_id, ())):
            on = london(notice.received_at).date()
            record = Record(
                id=f"C.NFA:{notice.referral_id}:{notice.person_id}:{case_id}",
                kind="C.NFA",
                agency=str(notice.agency_id),
                people=frozenset({f"{notice.person_id}:{case_id}"}),
                starts_at=on,
            )
            yield record, Source(case_id, fact="C.NFA", on=on, known_to=notice.known_to)


def _eighteenth(born: date) -> date:
    """The birthday; somebody born on 29 February turns 18 on 1 March (Family Law Reform Act 1969 s.9)."""
    try:
        return born.replace(year=born.year + 18)
    except ValueError:
        return date(born.year + 18, 3, 1)


def _still_matters(hit: Hit, at: datetime) -> bool:
    """Whether there is still something to do about it: visits and appointments that are all over clash no more."""
    return any(part.group not in OVER_WITH_ITS_DAY or part.finish >= at for part in hit.parts)


def look(gathered: Gathered, rules: Collection[Rule], *, at: datetime) -> dict[str, Hit]:
    """What clashes among records and still matters, by the key under which it is recorded."""
    hits: dict[str, Hit] = {}
    for hit in find(gathered.records, rules, today=london(at).date(), links=gathered.links):
        key = key_of(hit)
        # Two times of one series are no two agencies at odds; a crowd may hold several of one.
        alone = len(hit.parts) > 1 and len(parts_named(key)) == 1 and hit.rule.form is not Form.crowd
        if not alone and _still_matters(hit, at):
            hits.setdefault(key, hit)
    return hits
