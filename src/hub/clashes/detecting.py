"""The clash engine: every clash among records, each once, whatever the order in which they come.

Pure. Records are looked up by person, household and recorded relationship, so only what concerns the same people is
ever compared; the rules that could apply to a pair of kinds are worked out once for each pair of kinds.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import takewhile

from hub.clashes.records import (
    NEVER_ENDS,
    Record,
    days_between,
    inside_hours,
    place_keys,
    touch,
    within_hours,
    within_minutes,
)
from hub.clashes.rules import SEVERITY_RANK, Form, Mode, Rule, Scope


@dataclass(frozen=True)
class Hit:
    """A clash: the rule, the records that make it in the order in which the rule names them, and whom it is about."""

    rule: Rule
    parts: tuple[Record, ...]
    people: tuple[str, ...]

    @cached_property
    def records(self) -> tuple[str, ...]:
        """The identities of its records, in their own order."""
        return tuple(sorted(one.id for one in self.parts))

    @property
    def key(self) -> str:
        """The same clash has the same key however often it is found."""
        return "|".join([self.rule.id, *self.records])

    @property
    def order(self) -> tuple[int, str, tuple[str, ...]]:
        """The gravest first, then by rule."""
        return SEVERITY_RANK[self.rule.severity], self.rule.id, self.records


class Neighbours:
    """The records, found by whom they concern."""

    def __init__(self, records: Iterable[Record], links: Iterable[tuple[str, str]]) -> None:
        self.records = sorted({one.id: one for one in records if one.counts}.values(), key=lambda one: one.id)
        self._by_person: dict[str, list[Record]] = defaultdict(list)
        self._by_home: dict[str, list[Record]] = defaultdict(list)
        self._linked: dict[str, set[str]] = defaultdict(set)
        for one in self.records:
            for person in one.people:
                self._by_person[person].append(one)
            for home in one.households:
                self._by_home[home].append(one)
        for left, right in links:
            self._linked[left].add(right)
            self._linked[right].add(left)

    def of(self, one: Record, scope: Scope) -> list[Record]:
        """Every other record that shares what a scope asks for, in the order of their identities."""
        near: dict[str, Record] = {}
        people = set(one.people)
        if scope is Scope.linked:
            for person in one.people:
                people |= self._linked.get(person, set())
        for person in people:
            for other in self._by_person.get(person, ()):
                near[other.id] = other
        if scope is not Scope.person:
            for home in one.households:
                for other in self._by_home.get(home, ()):
                    near[other.id] = other
        near.pop(one.id, None)
        return [near[key] for key in sorted(near)]

    def share(self, one: Record, other: Record, scope: Scope) -> bool:
        """Whether two records have in common what a scope asks for."""
        if one.people & other.people:
            return True
        if scope is Scope.person:
            return False
        if one.households & other.households:
            return True
        return scope is Scope.linked and any(self._linked.get(person, set()) & other.people for person in one.people)

    def groups(self, kinds: Callable[[str], bool], scope: Scope) -> Iterator[list[Record]]:
        """The records of some kinds that concern one person, or one household and the people of its records."""
        for home, there in self._by_home.items() if scope is not Scope.person else ():
            people = {person for one in there for person in one.people}
            around = {one.id: one for person in people for one in self._by_person[person]}
            around |= {one.id: one for one in self._by_home[home]}
            yield [one for one in around.values() if kinds(one.kind)]
        for theirs in self._by_person.values():
            yield [one for one in theirs if kinds(one.kind)]


def _differ(rule: Rule, one: Record, other: Record) -> bool:
    if rule.differs == "agency":
        return one.agency != other.agency
    if rule.differs == "team":
        return (one.agency, one.team) != (other.agency, other.team)
    return True


def _excused(rule: Rule, one: Record, other: Record) -> bool:
    return any(getattr(one, mark) or getattr(other, mark) for mark in rule.unless)


def _overlap(rule: Rule, a: Record, b: Record) -> bool:
    if rule.days == 0:
        return a.stands and b.stands and touch(a, b)
    return _known(a) and _known(b) and touch(a, b, rule.days)


def _known(one: Record) -> bool:
    """Whether its stretch can be trusted: what is over without an end recorded ended on a day that we do not know."""
    return not one.over or one.is_fact or one.ends_at is not None


def _same_day(rule: Rule, a: Record, b: Record) -> bool:
    return a.stands and b.stands and days_between(a, b) <= 0


def _clash(rule: Rule, a: Record, b: Record) -> bool:
    if not (a.stands and b.stands):
        return False
    return inside_hours(a, b, rule.buffer) if rule.window == "curfew" else within_minutes(a, b, rule.buffer)


def _place(rule: Rule, a: Record, b: Record) -> bool:
    return a.stands and b.stands and bool(place_keys((a.place, a.uprn)) & b.places) and touch(a, b)


def _parties(rule: Rule, a: Record, b: Record) -> bool:
    return a.stands and b.stands and any(pair <= a.people for pair in b.apart) and touch(a, b)


def _near(rule: Rule, a: Record, b: Record) -> bool:
    if not (a.stands and b.stands):
        return False
    if rule.mode is Mode.during:
        return touch(a, b, rule.days)
    if rule.mode is Mode.after_start:
        still = not b.runs_on or a.first <= b.last
        return 0 <= a.first - b.first <= rule.days and _not_before(a, b) and still
    return within_hours(a, b, rule.hours) if rule.hours else abs(a.first - b.first) <= rule.days


def _not_before(a: Record, b: Record) -> bool:
    return not (a.timed and b.timed) or a.begin >= b.begin


def _discord(rule: Rule, a: Record, b: Record) -> bool:
    if (a.over or b.over) and a.group != "A":
        return False
    left, right = (str(getattr(one, rule.field)).strip().casefold() for one in (a, b))
    return bool(left) and bool(right) and left != right and abs(a.first - b.first) <= rule.days


PAIRS: dict[Form, Callable[[Rule, Record, Record], bool]] = {
    Form.overlap: _overlap,
    Form.sameday: _same_day,
    Form.clash: _clash,
    Form.place: _place,
    Form.parties: _parties,
    Form.near: _near,
    Form.discord: _discord,
}


def _pair_holds(rule: Rule, a: Record, b: Record) -> bool:
    if not _differ(rule, a, b) or _excused(rule, a, b):
        return False
    if rule.cond and not (getattr(a, rule.cond) or getattr(b, rule.cond)):
        return False
    if rule.same:
        left, right = (str(getattr(one, rule.same)).strip().casefold() for one in (a, b))
        if not left or left != right:
            return False
    return PAIRS[rule.form](rule, a, b)


def clash_together(rule: Rule, one: Record, other: Record) -> bool:
    """Whether a rule for pairs holds between two records, in whichever order it names them."""
    return any(
        rule.is_a(a.kind) and rule.is_b(b.kind) and _pair_holds(rule, a, b) for a, b in ((one, other), (other, one))
    )


def _requires(rule: Rule, a: Record, near: Neighbours, today: date) -> bool:
    """No B is live when A starts; once A has started, none that is live now either."""
    days = {a.first, max(a.first, min(today.toordinal(), a.last))}
    others = [one for one in near.of(a, rule.scope) if rule.is_b(one.kind)]
    return a.stands and not any(one.live_on(day) for one in others for day in days)


def _gap(rule: Rule, a: Record, near: Neighbours, today: date) -> bool:
    """No B starts within so many days of A or already runs; asked only while what it needs is live."""
    if not a.stands or (a.kind == "X.TURN18" and a.first - today.toordinal() > rule.days):
        return False
    others = near.of(a, rule.scope)
    if rule.needs and not any(one.kind == rule.needs and one.live_on(a.first) for one in others):
        return False
    return not any(rule.is_b(one.kind) and _fills(one, a, rule.days) for one in others)


def _fills(b: Record, a: Record, days: int) -> bool:
    if b.runs_on:
        return not b.over and b.last >= a.first and b.first <= a.first + days
    return 0 <= b.first - a.first <= days and not (a.timed and b.timed and b.begin < a.begin)


def _due(one: Record, today: int) -> int:
    if one.ends_at is None or one.last >= NEVER_ENDS:
        return one.first
    return one.last if one.group == "S" or one.first < today else one.first


def _blocked(rule: Rule, a: Record, near: Neighbours, all_ids: dict[str, Record], today: date) -> list[Record]:
    """What a step that is due soon still waits for."""
    if not a.depends or not a.counts or a.over or _due(a, today.toordinal()) - today.toordinal() > rule.days:
        return []
    waits = [all_ids[key] for key in sorted(a.depends) if key in all_ids and key != a.id]
    return [
        b
        for b in waits
        if not b.over and (near.share(a, b, rule.scope) or not a.people or not b.people) and rule.is_b(b.kind)
    ]


def windows(rule: Rule, theirs: Iterable[Record]) -> Iterator[list[Record]]:
    """The records that lie within so many days from each of them on, in the order of their days."""
    ordered = sorted(theirs, key=lambda one: (one.first, one.id))
    for place, first in enumerate(ordered):
        until = first.first + rule.days
        yield list(takewhile(lambda one: one.first < until, ordered[place:]))  # noqa: B023  # used up at once


def crowds(rule: Rule, theirs: Iterable[Record]) -> list[list[Record]]:
    """Each stretch without a pause in which so many records of so many agencies lie within the rule's days.

    Windows that share a record are one crowd: the answer to it hides no other, and a busy month is told once.
    """
    found: list[dict[str, Record]] = []
    for inside in windows(rule, theirs):
        if len(inside) < rule.n or len({one.agency for one in inside}) < rule.agencies:
            continue
        if found and inside[0].id in found[-1]:
            found[-1] |= {one.id: one for one in inside}
        else:
            found.append({one.id: one for one in inside})
    return [list(one.values()) for one in found]


def find(
    records: Iterable[Record],
    rules: Iterable[Rule],
    *,
    today: date,
    links: Iterable[tuple[str, str]] = (),
) -> list[Hit]:
    """Every clash among these records, each once, the gravest first.

    `links` are pairs of people with a recorded relationship.
    """
    given = list(records)
    near, rules = Neighbours(given, links), tuple(rules)
    everything = {one.id: one for one in given}
    hits: dict[str, Hit] = {}

    def keep(rule: Rule, parts: Sequence[Record], people: Iterable[str]) -> None:
        hit = Hit(rule, tuple(parts), tuple(sorted(people)))
        hits.setdefault(hit.key, hit)

    paired = [rule for rule in rules if rule.form in PAIRS]
    begun = {kind: [rule for rule in paired if rule.is_a(kind)] for kind in {one.kind for one in near.records}}
    fitting: dict[tuple[str, str], list[Rule]] = {}
    for a in near.records:
        for b in near.of(a, Scope.linked) if begun[a.kind] else ():
            kinds = (a.kind, b.kind)
            if kinds not in fitting:
                fitting[kinds] = [rule for rule in begun[a.kind] if rule.is_b(b.kind)]
            for rule in fitting[kinds]:
                symmetric = rule.is_a(b.kind) and rule.is_b(a.kind)
                if symmetric and b.id < a.id and _either_way(rule):
                    continue
                if near.share(a, b, rule.scope) and _pair_holds(rule, a, b):
                    keep(rule, (a, b), a.people & b.people or a.people | b.people)
    for rule in rules:
        if rule.form is Form.crowd:
            for theirs in near.groups(rule.is_a, rule.scope):
                for crowd in crowds(rule, theirs):
                    keep(rule, crowd, {person for one in crowd for person in one.people})
        elif rule.form in (Form.requires, Form.gap):
            holds = _requires if rule.form is Form.requires else _gap
            for a in near.records:
                if rule.is_a(a.kind) and holds(rule, a, near, today):
                    keep(rule, (a,), a.people)
        elif rule.form is Form.depends:
            for a in near.records:
                for b in _blocked(rule, a, near, everything, today) if rule.is_a(a.kind) else ():
                    keep(rule, (a, b), a.people | b.people)
    return sorted(_largest(hits.values()), key=lambda hit: hit.order)


def _either_way(rule: Rule) -> bool:
    """Whether a form says the same of (a, b) as of (b, a)."""
    return rule.form is not Form.near or rule.mode is Mode.either


def _largest(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Leaves out a crowd that is part of a larger one: a household's week says what each person's week says."""
    crowds: dict[str, list[set[str]]] = defaultdict(list)
    hits = list(hits)
    for hit in hits:
        if hit.rule.form is Form.crowd:
            crowds[hit.rule.id].append(set(hit.records))
    for hit in hits:
        if hit.rule.form is not Form.crowd or not any(set(hit.records) < other for other in crowds[hit.rule.id]):
            yield hit
