"""Which single times of what repeats make a clash, so that a picture marks those and no others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.clashes import queries
from hub.clashes.detecting import PAIRS, clash_together, crowds
from hub.clashes.gathering import record_of_time
from hub.clashes.records import Record
from hub.clashes.rules import Form, Rule
from hub.clashes.tables import Clash
from hub.interventions.queries import apart_of, different, people_of, places_of, series_of, times_told
from hub.interventions.recurrence import Occurrence, expand
from hub.interventions.tables import Intervention

Times = set[tuple[UUID, datetime]]


def comes_again(one: Intervention) -> bool:
    """Whether it has several times: it repeats, or is a condition with hours on every day."""
    return bool(one.repeats) or one.hours_from is not None


def time_key(part: Intervention, time: Occurrence) -> tuple[UUID, datetime]:
    """What a time is marked by: a condition's hours by when they begin, for all of them are of one time."""
    return part.id, time.of_at if part.hours_from is None else time.starts_at


async def marked(
    session: AsyncSession,
    clashes: Mapping[UUID, Clash],
    made: Mapping[UUID, Sequence[Intervention]],
    times: Iterable[Occurrence],
    *,
    from_: datetime,
    until: datetime,
) -> dict[UUID, Times]:
    """For each clash in which something comes again, which of these times of a stretch make it, by `time_key`.

    Five queries, however many.
    """
    asked = {one: parts for one, parts in made.items() if one in clashes and any(comes_again(part) for part in parts)}
    if not asked:
        return {}
    parts = {part.id: part for some in asked.values() for part in some}
    shown: dict[UUID, list[Occurrence]] = {one: [] for one in parts}
    for time in times:
        if time.intervention_id in shown and not time.cancelled:
            shown[time.intervention_id].append(time)
    rules = {rule.id: rule for rule in await queries.rules_in_use(session)}
    people = await people_of(session, parts)
    told = await times_told(session, [one.id for one in parts.values() if one.repeats])
    apart, places = await apart_of(session, parts), await places_of(session, parts)

    def records(part: Intervention, found: Iterable[Occurrence]) -> list[tuple[Occurrence, Record]]:
        kept_out = [(one.place, one.uprn) for one in places.get(part.id, ())]
        told_of = people.get(part.id, ()), apart.get(part.id, ()), kept_out
        return [(time, record_of_time(part, time, *told_of)) for time in found if not time.cancelled]

    def around(part: Intervention, slack: timedelta) -> Iterable[Occurrence]:
        rows = [different(row) for row in told.get(part.id, ())]
        return expand(series_of(part), rows, from_=from_ - slack, until=until + slack)

    found: dict[UUID, Times] = {}
    for clash_id, some in asked.items():
        clash = clashes[clash_id]
        rule = rules.get(clash.rule)
        found[clash_id] = set()
        slack = timedelta(days=max(1, rule.days, rule.hours // 24 + 1) if rule else 1)
        near = {part.id: [record for _, record in records(part, around(part, slack))] for part in some}
        for part in some:
            makes = _which(clash, rule, part, near)
            found[clash_id] |= {time_key(part, time) for time, record in records(part, shown[part.id]) if makes(record)}
    return found


def _which(
    clash: Clash, rule: Rule | None, part: Intervention, near: Mapping[UUID, Sequence[Record]]
) -> Callable[[Record], bool]:
    """Tells of each time of a part whether it makes the clash. `near` are the times of every part."""
    if rule is None or len(near) == 1:  # the other side is a fact, such as a birthday, and no record
        return lambda _: True
    others = [record for of, theirs in near.items() if of != part.id for record in theirs]
    if rule.form in PAIRS:
        return lambda record: any(clash_together(rule, record, other) for other in others)
    if rule.form is Form.crowd:
        together = {one.id for crowd in crowds(rule, [*others, *near[part.id]]) for one in crowd}
        return lambda record: record.id in together
    falls_at = clash.falls_at
    return lambda record: falls_at is None or abs(record.begin - falls_at) <= timedelta(days=1)
