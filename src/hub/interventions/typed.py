"""An intervention as the form that changes it holds it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub.ids import ref
from hub.interventions import queries
from hub.interventions.forms import Repeating, Scope
from hub.interventions.recurrence import Rule, expand
from hub.interventions.rules import PlaceKind
from hub.interventions.tables import Intervention
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
        "excluded": "\n".join(
            f"area: {one.place}" if one.kind == PlaceKind.area else one.place + (f" (UPRN {one.uprn})" if one.uprn else "")
            for one in places
        ),
        "repeats": (Repeating.kept if found.repeats else Repeating.once).value,
    }  # fmt: skip
    for name in ("mandatory", "joint", "for_household", "transfer", "out_of_area", "covert", "confidential_address"):
        typed[name] = "true" if getattr(found, name) else ""
    told = {name: [value] for name, value in (typed | _times(found, of)).items() if value}
    told["people"] = [ref(one) for one in people]
    told["apart"] = sorted({ref(one) for pair in apart for one in pair if one not in people})
    if of is not None:
        told |= {"of": [of.isoformat()], "scope": [Scope.this.value]}
    return told


def _times(found: Intervention, of: datetime | None) -> dict[str, str]:
    series = queries.series_of(found)
    first = next(
        expand(series, (), from_=of or found.starts_at, until=(of or found.starts_at).replace(year=2100)), None
    )
    start = london(of or found.starts_at)
    ends = first.ends_at if found.repeats and first is not None else found.ends_at
    end = (
        london(ends)
        if ends is not None and found.hours_from is None
        else london(found.ends_at)
        if found.ends_at
        else None
    )
    told = {"day": start.date().isoformat()}
    if not found.whole_days:
        told |= {"starts": f"{start:%H:%M}", "ends": f"{end:%H:%M}" if end else ""}
    if not found.repeats and end and end.date() != start.date():
        told["until"] = end.date().isoformat()
    if found.repeats:
        until = Rule.read(found.repeats).until
        told["last"] = until.date().isoformat() if until else ""
    return told
