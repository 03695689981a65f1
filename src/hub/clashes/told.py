"""What a recorded clash found, in one sentence, from the records as they stand now."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from hub.agencies.tables import Agency
from hub.clashes.detecting import crowds
from hub.clashes.gathering import records_of
from hub.clashes.records import Record
from hub.clashes.rules import Form, Rule
from hub.clashes.tables import Clash, ClashIntervention
from hub.clashes.wording import found, kind_in_words
from hub.interventions.tables import Intervention
from hub.people.tables import Person


def told_of(
    rule: Rule,
    clash: Clash,
    rows: Sequence[ClashIntervention],
    parts: Sequence[Intervention],
    people_of: Mapping[UUID, Collection[UUID]],
    people: Mapping[UUID, Person],
    agencies: Mapping[UUID, Agency],
) -> str:
    """The sentence, naming records, agencies and people; empty when a record is kept from the reader."""
    by_id = {one.id: one for one in parts}
    at = clash.falls_at or clash.found_at
    told: list[Record] = []
    times: list[Record] = []
    for row in rows:
        one = by_id.get(row.intervention_id) if row.intervention_id else None
        if row.intervention_id and one is None:
            return ""
        if row.fact:
            told.append(_fact(row, clash))
        elif one is not None:
            near = list(records_of(one, people_of.get(one.id, ()), (), at=at))
            told += sorted(near, key=lambda time: abs(time.begin - at))[:1]
            times += near
    if rule.form is Form.crowd:
        told = next((crowd for crowd in crowds(rule, times) if any(one.begin == at for one in crowd)), told)
    names = {str(agency.id): agency.name for agency in agencies.values()}
    names |= {str(person.id): person.name for person in people.values()}
    names |= {one.id: kind_in_words(one.kind) for one in told}

    def name(code: str) -> str:
        return names.get(code, "")

    told.sort(key=lambda one: (not rule.is_a(one.kind), one.begin))
    return found(rule, told, [str(one) for one in clash.people], name) if told else ""


def _fact(row: ClashIntervention, clash: Clash) -> Record:
    return Record(
        id=str(row.id),
        kind=row.fact,
        agency="",
        people=frozenset(str(person) for person in clash.people),
        starts_at=row.fact_on or clash.found_at,
    )
