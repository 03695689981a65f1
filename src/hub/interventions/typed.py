"""An intervention as the form that changes it holds it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Refused
from hub.ids import ref
from hub.interventions import queries
from hub.interventions.forms import ChangeIn, Repeating, Scope
from hub.interventions.plans import Planned, written
from hub.interventions.recurrence import Rule, ending
from hub.interventions.tables import Intervention, InterventionTime
from hub.london import london


async def as_typed(session: AsyncSession, found: Intervention, of: datetime | None) -> dict[str, list[str]]:
    """What stands in the fields: of the whole, or of one time of a series when `of` names it."""
    people = (await queries.people_of(session, [found.id]))[found.id]
    apart = (await queries.apart_of(session, [found.id]))[found.id]
    places = (await queries.places_of(session, [found.id]))[found.id]
    typed = {
        "kind": found.kind, "place": found.place, "place_kind": found.place_kind, "uprn": found.place_uprn,
        "worker": ref(found.worker_id) if found.worker_id else "", "team": found.team, "contact": found.contact,
        "note": found.note, "level": found.level or "", "target": found.target, "polarity": found.polarity or "",
        "programme": found.programme, "depends_on": ref(found.depends_on_id) if found.depends_on_id else "",
        "outcome": ref(found.outcome_id) if found.outcome_id else "",
        "risk": ref(found.problem_tag_id) if found.problem_tag_id else "",
        "hours_from": f"{found.hours_from:%H:%M}" if found.hours_from else "",
        "hours_to": f"{found.hours_to:%H:%M}" if found.hours_to else "",
        "excluded": "\n".join(written(one) for one in places),
        "repeats": (Repeating.kept if found.repeats else Repeating.once).value,
    }  # fmt: skip
    for name in ("mandatory", "joint", "for_household", "transfer", "out_of_area", "covert", "confidential_address"):
        typed[name] = "true" if getattr(found, name) else ""
    different = await queries.time_told(session, found.id, of) if of is not None else None
    if different is not None:
        typed |= {"place": different.place} if different.place is not None else {}
        typed |= {"worker": ref(different.worker_id)} if different.worker_id else {}
    told = {name: [value] for name, value in (typed | _times(found, of, different)).items() if value}
    told["people"] = [ref(one) for one in people]
    told["apart"] = [ref(one) for one in kept_from(people, apart)]
    if of is not None:
        told |= {"of": [of.isoformat()], "scope": [Scope.this.value]}
    return told


def kept_from(people: Collection[UUID], apart: Collection[tuple[UUID, UUID]]) -> list[UUID]:
    """Whom those whom a condition is for keep away from; of two whom it is for, the second."""
    return sorted({one if other in people and one not in people else other for one, other in apart})


OF_ONE_TIME = frozenset({"scope", "of", "day", "starts", "ends", "until", "last", "place", "worker"})
"""What may be different about one time of a series; the other fields are those of the series."""


def check_counts(typed: Mapping[str, list[str]], before: Mapping[str, list[str]]) -> None:
    """Raises Refused for a change to one time of a series that only the whole series can have."""
    for name, values in typed.items():
        told, stood = (
            {" ".join(one.split()) for one in many if one.strip()} for many in (values, before.get(name, []))
        )
        if name not in OF_ONE_TIME and told != stood:
            raise Refused(
                "This cannot be different for one time alone. Choose a change to later times too, or leave it as it was",
                field=name,
            )


async def with_pairs_kept(session: AsyncSession, found: Intervention, typed: ChangeIn, planned: Planned) -> Planned:
    """A change with the pairs that stand, where nobody has touched them: not every choice of pairs fits into a form."""
    people = (await queries.people_of(session, [found.id]))[found.id]
    apart = (await queries.apart_of(session, [found.id]))[found.id]
    if set(typed.people) == people and set(typed.apart) == set(kept_from(people, apart)):
        return replace(planned, apart=apart)
    return planned


def _times(found: Intervention, of: datetime | None, different: InterventionTime | None) -> dict[str, str]:
    begins, ends = of or found.starts_at, found.ends_at
    if found.repeats and not found.whole_days:
        ends = ending(begins, found.minutes or 0)
    if different is not None and different.starts_at:
        begins, ends = different.starts_at, different.ends_at
    start, end = london(begins), london(ends) if ends else None
    told = {"day": start.date().isoformat()}
    if not found.whole_days:
        told |= {"starts": f"{start:%H:%M}", "ends": f"{end:%H:%M}" if end else ""}
    if not found.repeats and end and end.date() != start.date():
        told["until"] = end.date().isoformat()
    if found.repeats:
        until = Rule.read(found.repeats).until
        told["last"] = until.date().isoformat() if until else ""
    return told
