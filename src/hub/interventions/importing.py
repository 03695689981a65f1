"""A file of interventions, looked at before it is written: what each row would do, and then all of it at once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.interventions import placing, sent
from hub.interventions.csv_rows import Row, person_of, rows_of, why
from hub.interventions.placing import as_it_stands, differs
from hub.interventions.plans import Planned, check, facts_of
from hub.interventions.rules import Source
from hub.interventions.tables import Intervention, InterventionImport
from hub.people.cleaning import name_key
from hub.people.queries import people_of_cases
from hub.people.tables import Person
from hub.sharing.rules import Viewer


class Became(StrEnum):
    """What a record did to the register."""

    new = "new"
    changed = "changed"
    unchanged = "unchanged"


WRITTEN = (Became.new, Became.changed)


@dataclass(frozen=True)
class Line:
    """What one row of a file would do."""

    row: Row
    does: Became | None = None
    why: str = ""
    case_id: UUID | None = None
    planned: Planned | None = None
    held: Intervention | None = None


async def bring(
    session: AsyncSession, *, content: str, name: str, refused: int, rows: int, by: Viewer, at: datetime
) -> InterventionImport:
    """Keeps a file to be looked at. Nothing of it is in the register yet."""
    kept = InterventionImport(
        agency_id=by.agency_id, made_by=by.worker_id, name=name, content=content, rows=rows, refused=refused, made_at=at
    )
    session.add(kept)
    await session.flush()
    await record(session, Kind.intervention_file_read, by=by, at=at, subject=kept, rows=rows, refused=refused)
    return kept


async def preview(session: AsyncSession, content: str, viewer: Viewer) -> list[Line]:
    """What each row would do now, in a handful of queries however many rows there are."""
    rows = rows_of(content)
    known = await _known(session, rows, viewer)
    held = await sent.imported(session, viewer.agency_id, [row.told.reference for row in rows if row.told])
    seen = await sent.around(session, [one.id for one in held.values()])
    return [_line(row, known, held, seen) for row in rows]


@dataclass
class _Known:
    """The cases, people and colleagues that a file may speak of."""

    cases: dict[str, UUID]
    people: dict[str, UUID]
    cases_of: dict[UUID, set[UUID]]
    in_case: dict[UUID, list[Person]]
    colleagues: dict[str, UUID]


async def _known(session: AsyncSession, rows: Sequence[Row], viewer: Viewer) -> _Known:
    named_in = [(*row.people, *(one for pair in row.apart for one in pair)) for row in rows]
    tokens = {token.upper().replace(" ", "") for many in named_in for token in many if token}
    cases = await sent.own_open_cases(session, viewer)
    in_case = await people_of_cases(session, list(cases.values()))
    cases_of: dict[UUID, set[UUID]] = defaultdict(set)
    everybody: dict[UUID, Person] = {}
    for case_id, people in in_case.items():
        for one in people:
            cases_of[one.id].add(case_id)
            everybody[one.id] = one
    named = {one.reference: one.id for one in everybody.values()}
    named |= await sent.numbered(session, list(everybody), tokens)
    return _Known(cases, named, cases_of, in_case, await sent.colleagues(session, viewer.agency_id))


def _line(row: Row, known: _Known, held: dict[str, Intervention], seen: sent.Around) -> Line:
    if row.refused or row.told is None:
        return Line(row, why=row.refused)
    try:
        case_id, people = _belongs(row, known)
        before = held.get(row.told.reference)
        if before is not None and before.case_id != case_id:
            raise Refused("This belongs to a record of another case: use another reference", field="reference")
        planned = replace(
            row.told.planned(people, worker_id=known.colleagues.get(row.told.worker_email.lower())),
            apart=_apart(row, people, case_id, known),
        )
        if before is not None:
            planned = as_it_stands(planned, row.told.untold, before, seen)
        check(planned, [one.id for one in known.in_case[case_id]], any_kind=True)
        facts_of(planned)
        does = Became.new
        if before is not None:
            does = Became.changed if differs(before, planned, row.told.status, seen) else Became.unchanged
        return Line(row, does, case_id=case_id, planned=planned, held=before)
    except Refused as refusal:
        return Line(row, why=why(refusal))


def _belongs(row: Row, known: _Known) -> tuple[UUID, list[UUID]]:
    """The case and the people of a row. Raises Refused, in the same words for what is hidden and what is not there."""
    case_id = known.cases.get(row.case) if row.case else None
    if row.case and case_id is None:
        raise Refused("There is no open case of this reference in which your agency works", field="case")
    people = [_person(token, case_id, known, "people") for token in row.people]
    if case_id is None:
        common = set.intersection(*(known.cases_of[one] for one in people))
        if len(common) != 1:
            raise Refused("Say which case: the people are in several, or not in one together", field="case")
        case_id = common.pop()
    if not {*people} <= {one.id for one in known.in_case[case_id]}:
        raise Refused("Somebody here is not part of this case", field="people")
    return case_id, people


def _apart(row: Row, people: Sequence[UUID], case_id: UUID, known: _Known) -> list[tuple[UUID, UUID]]:
    """Who is kept apart from whom. A person alone is kept apart from everybody else of the row."""
    found: list[tuple[UUID, UUID]] = []
    for first, second in row.apart:
        other = _person(second, case_id, known, "apart")
        ones = [_person(first, case_id, known, "apart")] if first else [one for one in people if one != other]
        if not ones or other in ones:
            raise Refused("Name somebody else than whom they are kept apart from", field="apart")
        found += [(one, other) for one in ones]
    if not {one for pair in found for one in pair} <= {one.id for one in known.in_case[case_id]}:
        raise Refused("Somebody here is not part of this case", field="apart")
    return found


def _person(token: str, case_id: UUID | None, known: _Known, column: str) -> UUID:
    found = known.people.get(token.upper().replace(" ", ""))
    if found is not None:
        return found
    told = person_of(token)
    if told is not None:
        keys = (name_key(" ".join(told.given_names)), name_key(told.family_name), told.born.earliest)
        among = known.in_case[case_id] if case_id else [one for many in known.in_case.values() for one in many]
        fits = {one.id for one in among if (one.given_key, one.family_key, one.born_from) == keys}
        if len(fits) == 1:
            return fits.pop()
        if fits:
            raise Refused("More than one person is called so: use the person’s reference", field=column)
    if told is None and " " in token.strip():
        raise Refused(
            "Write the day of birth after a name, such as Ayo Bello 2016-05-14, or use the person’s reference",
            field=column,
        )
    raise Refused(
        "We do not know this person in an open case of your agency. Check the name, day of birth or number",
        field=column,
    )


def counted(lines: Sequence[Line]) -> Counter[str]:
    """How many rows are new, changed, unchanged and refused."""
    return Counter(line.does.value if line.does else "refused" for line in lines)


async def confirm(session: AsyncSession, kept: InterventionImport, *, by: Viewer, at: datetime) -> Counter[str]:
    """Writes what the file would do, all of it or, when anything fails, nothing. What is refused is left out."""
    if kept.confirmed_at is not None:
        raise Conflict("This file has been written already.")
    lines = await preview(session, kept.content, by)
    for line in lines:
        if line.does not in WRITTEN or line.row.told is None or line.planned is None or line.case_id is None:
            continue
        try:
            await placing.put(
                session, line.row.told, line.held, planned=line.planned, case_people=line.planned.everybody,
                case_id=line.case_id, source=Source.imported, by=by, at=at,
            )  # fmt: skip
        except Refused as refusal:
            raise Refused(f"Row {line.row.number}, {why(refusal)}. Nothing was written") from None
    kept.confirmed_at = at
    done = counted(lines)
    await record(session, Kind.interventions_imported, by=by, at=at, subject=kept, rows=dict(done))
    return done
