"""The chronology of a case: one timeline of all agencies, and what people say about its entries."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.queries import workers_by_id
from hub.cases.queries import SharedCase, access_case
from hub.chronology import changes, queries
from hub.chronology.changes import Two
from hub.chronology.forms import ContradictionIn, FilterIn, PairIn, SettleIn
from hub.chronology.picture import SIZES, picture
from hub.chronology.rules import JOINT, Asked, Entry, EntryKind, Row, key_of, months
from hub.chronology.timeline import Disagreeing, Timeline, reach, timeline
from hub.database import CurrentSession
from hub.errors import NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import from_ref
from hub.inputs import Filled, fill
from hub.london import london
from hub.rendering import show
from hub.sharing.rules import Permission
from hub.times import day_and_year

router = APIRouter()
PAGE = 100
PROPOSALS_SHOWN = 3
ZOOMS = {"3": 92, "12": 366, "all": 0}
"""Days that the picture shows back from its end; none is everything."""
WAYS_BACK = {"rate": "the rating", "move": "moving the case", "decisions/new": "the decision"}
ONLY_OPEN = "The case is closed: its chronology can be read and nothing in it can be marked any more."


@router.get("/cases/{case}/chronology")
async def chronology(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Everything that happened to the family, as every agency told it; filters stand in the address, words never do."""
    shared = await access_case(session, worker, case)
    given = {name: value for name, value in request.query_params.items() if name in FilterIn.model_fields and value}
    try:
        asked = FilterIn.model_validate(given)
    except ValidationError:
        raise NotFound from None
    if asked.text:
        raise NotFound  # words in an address would be kept by every machine on the way
    form: Filled[FilterIn] = Filled(typed={name: [value] for name, value in given.items()}, value=asked)
    return await _chronology(request, session, shared, form)


@router.post("/cases/{case}/chronology")
async def find(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The same for a filter that was filled in. One without words becomes an address that can be kept."""
    shared = await access_case(session, worker, case)
    form = await fill(request, FilterIn)
    if form.value is not None and not form.value.text:
        question = {name: values[0] for name, values in form.typed.items() if values[0] and name != "page"}
        request.state.typed = {}
        return RedirectResponse(shared.path + "/chronology" + _query(question), status_code=303)
    return await _chronology(request, session, shared, form)


def _query(question: dict[str, str]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in question.items()) if question else ""


def _asked(given: FilterIn, shared: SharedCase, told: Timeline) -> Asked:
    """What was asked for, in terms of this case. Raises NotFound for what no page of this case offers."""
    agency: UUID | str = given.agency if given.agency == JOINT else ""
    if given.agency and not agency:
        agency = next((one.id for one in shared.agencies.values() if one.slug == given.agency), "")
        if not agency:
            raise NotFound
    person = from_ref(given.person) if given.person else None
    if (
        (given.kind and given.kind not in set(EntryKind))
        or (person is not None and person not in shared.person_ids)
        or given.since not in ("", "decision")
        or given.order not in ("", "oldest")
        or given.shown not in ("", "all")
        or given.zoom not in ("", *ZOOMS)
        or not (given.page or "1").isdecimal()
        or int(given.page or 1) < 1
    ):
        raise NotFound
    return Asked(
        agency=agency,
        kinds=frozenset([EntryKind(given.kind)] if given.kind else []),
        person=person,
        text=given.text,
        first=given.first,
        last=given.last,
        since=told.decided.decided_at if given.since and told.decided is not None else None,
    )


async def _chronology(
    request: Request, session: CurrentSession, shared: SharedCase, form: Filled[FilterIn]
) -> Response:
    at, given = clock.now(), form.value or FilterIn()
    told = await timeline(session, shared, at=at)
    asked = _asked(given, shared, told)
    items = told.items(asked, newest_first=given.order != "oldest")
    page, size = int(given.page or 1), PAGE if not given.shown else max(1, len(items))
    shown = items[(page - 1) * size : page * size]
    found = sum(kind == "row" for _, kind, _ in items)
    question = {
        name: "" if form.problem(name) else form.one(name)
        for name in ("agency", "kind", "person", "first", "last", "since", "zoom", "order", "shown")
    }
    beside = request.query_params.get("beside", "")
    filters = [name for name in ("agency", "kind", "person", "text", "first", "last", "since") if form.one(name)]
    await record(
        session,
        Kind.chronology_viewed,
        by=shared.viewer,
        at=at,
        case_id=shared.id,
        subject=shared.case,
        filters=filters or None,
    )
    return show(
        request,
        "chronology/chronology.html",
        status=422 if form.problems else 200,
        section="board",
        part="chronology",
        shared=shared,
        form=form,
        told=told,
        months=months((day, (kind, item)) for day, kind, item in shown),
        found=found,
        total=len(items),
        page=page,
        size=size,
        question=question,
        filters=filters,
        narrowed=_narrowed(asked, shared),
        pictures=_pictures(shared, told, given.zoom or "12", asked),
        zoom=given.zoom or "12",
        kinds=list(EntryKind),
        agencies=_agencies(shared, told),
        beside=told.entry(key_of(beside)) if beside else None,
        back=WAYS_BACK.get(request.query_params.get("back", "")),
        back_to=request.query_params.get("back", ""),
        workers=await workers_by_id(session, _workers(shown, told)),
        can_mark=shared.may(Permission.chronology_mark),
        proposals_shown=PROPOSALS_SHOWN,
        timedelta=timedelta,
    )


def _narrowed(asked: Asked, shared: SharedCase) -> list[str]:
    """What was asked for in words, for the reader of a print that has no filters on it."""
    person = next((one.name for one, _ in shared.people if one.id == asked.person), "")
    agency = shared.agencies[asked.agency].name if isinstance(asked.agency, UUID) else "Joint" if asked.agency else ""
    return [
        *([agency] if agency else []),
        *(kind.label for kind in asked.kinds),
        *([f"about {person}"] if person else []),
        *([f"with the words “{asked.text}”"] if asked.text else []),
        *([f"from {day_and_year(asked.first)}"] if asked.first else []),
        *([f"up to {day_and_year(asked.last)}"] if asked.last else []),
        *(["since the last decision"] if asked.since else []),
    ]


def _agencies(shared: SharedCase, told: Timeline) -> list[Any]:
    """The agencies with a lane: those around the case now, and those that have told something of it."""
    told_by = {entry.agency_id for entry in told.entries} | {agency.id for agency in shared.circle}
    return [agency for agency in shared.agencies.values() if agency.id in told_by]


def _workers(shown: list[tuple[date, str, Any]], told: Timeline) -> set[UUID | None]:
    voices = [entry for _, kind, row in shown if kind == "row" and isinstance(row, Row) for entry in row.voices]
    voices += [entry for one in told.contradictions for entry in (one.one, one.other)]
    voices += [entry for one in told.proposals[:PROPOSALS_SHOWN] for entry in (one.one, one.other)]
    said = [worker for one in told.contradictions for worker in (one.said.marked_by, one.said.settled_by)]
    return {entry.worker_id for entry in voices} | set(said)


def _pictures(shared: SharedCase, told: Timeline, zoom: str, asked: Asked) -> list[Any]:
    """The picture for a desk and for a phone, of the entries that were asked for."""
    last = asked.last or london(shared.case.closed_at or clock.now()).date()
    wanted = [entry for entry in told.entries if asked.wants(entry)]
    earliest = min((entry.on for entry in wanted), default=last)
    first = asked.first or (last - timedelta(days=ZOOMS[zoom]) if ZOOMS[zoom] else earliest)
    decided = london(told.decided.decided_at).date() if told.decided is not None else None
    agencies = _agencies(shared, told)
    return [
        picture(size, wanted, told.gaps, agencies, first=min(first, last), last=last, decided=decided) for size in SIZES
    ]


# --- What people say about two entries --------------------------------------------------------------------------


async def _two(session: CurrentSession, shared: SharedCase, one: str, other: str) -> tuple[Two, tuple[Entry, Entry]]:
    """Two entries of a case that this worker may see, by their names. Raises NotFound."""
    told = await timeline(session, shared, at=clock.now())
    entries = told.entry(key_of(one)), told.entry(key_of(other))
    return Two(shared.id, key_of(one), key_of(other), reach(*entries)), entries


@router.post("/cases/{case}/chronology/pairs")
async def pair(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Says that two entries are the same event, or that they are two."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.chronology_mark, ONLY_OPEN)
    form = await fill(request, PairIn)
    if form.value is None:
        raise NotFound
    two, entries = await _two(session, shared, form.value.one, form.value.other)
    await changes.decide_pair(session, two, same=form.value.same, by=worker, at=clock.now())
    back = await way_back(request, f"{shared.path}/chronology")
    return once.see(back if "#" in back else f"{back}#entry-{entries[0].key.text if entries[0].key else ''}")


@router.get("/cases/{case}/chronology/contradictions/new")
async def contradiction_page(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, one: str = "", other: str = ""
) -> Response:
    """The form to say that two entries do not agree."""
    shared = await access_case(session, worker, case)
    _, entries = await _two(session, shared, one, other)
    return await _contradiction_form(request, session, shared, entries, Filled())


async def _contradiction_form(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    entries: tuple[Entry, Entry],
    form: Filled[Any],
    found: Disagreeing | None = None,
) -> Response:
    said = [found.said.marked_by, found.said.settled_by] if found else []
    return show(
        request,
        "chronology/contradiction.html",
        status=422 if form.problems else 200,
        section="board",
        part="chronology",
        shared=shared,
        entries=entries,
        form=form,
        found=found,
        can_mark=shared.may(Permission.chronology_mark),
        workers=await workers_by_id(session, [*(entry.worker_id for entry in entries), *said]),
        timedelta=timedelta,
    )


@router.post("/cases/{case}/chronology/contradictions")
async def contradict(
    case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Marks two entries that do not agree; both stay as they are."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.chronology_mark, ONLY_OPEN)
    form = await fill(request, ContradictionIn)
    two, entries = await _two(session, shared, form.one("one"), form.one("other"))
    if form.value:
        async with form.refusals(session):
            await changes.mark_contradiction(session, two, about=form.value.about, by=worker, at=clock.now())
            return once.see(f"{shared.path}/chronology#contradictions")
    return await _contradiction_form(request, session, shared, entries, form)


async def _disagreeing(session: CurrentSession, shared: SharedCase, contradiction: str) -> Disagreeing:
    """A contradiction of which this worker may see both entries. Raises NotFound."""
    said = await queries.access_contradiction(session, shared.id, contradiction)
    told = await timeline(session, shared, at=clock.now())
    one, other = (told.entry(key) for key in sorted(queries.together(said)))
    return Disagreeing(said, one, other)


@router.get("/cases/{case}/chronology/contradictions/{contradiction}")
async def settle_page(
    case: str, contradiction: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """A contradiction with both entries, and the form to say how it was settled."""
    shared = await access_case(session, worker, case)
    found = await _disagreeing(session, shared, contradiction)
    return await _contradiction_form(request, session, shared, (found.one, found.other), Filled(), found)


@router.post("/cases/{case}/chronology/contradictions/{contradiction}/settle")
async def settle(
    case: str, contradiction: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says how a contradiction was settled; both entries stay, with this beside them."""
    shared = await access_case(session, worker, case)
    shared.require(Permission.chronology_mark, ONLY_OPEN)
    found = await _disagreeing(session, shared, contradiction)
    form = await fill(request, SettleIn)
    if form.value:
        async with form.refusals(session):
            await changes.settle(
                session,
                found.said,
                settlement=form.value.settlement,
                reach=reach(found.one, found.other),
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/chronology#contradictions")
    return await _contradiction_form(request, session, shared, (found.one, found.other), form, found)
