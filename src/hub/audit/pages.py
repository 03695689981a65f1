"""The history of a case, as sentences; and who has looked at a case or a person."""

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.audit import queries
from hub.audit.queries import Asked
from hub.audit.rules import CLOSES, OPENS
from hub.audit.sentences import sentence, workers_named
from hub.cases.queries import access_case, answers_for_any, cases_of, names_of
from hub.clashes.queries import rules_as_used
from hub.conferences.queries import not_needed_of
from hub.database import CurrentSession
from hub.errors import NotAllowed
from hub.events.changes import record
from hub.events.queries import of_case
from hub.events.rules import LOOKS, Kind
from hub.ids import from_ref, ref
from hub.inputs import EventNumber, Filled, PageNumber, Problem
from hub.london import from_london
from hub.people.queries import access_person
from hub.rendering import show
from hub.sharing.rules import Permission, may, standing_of

router = APIRouter()
PAGE = 60


@router.get("/cases/{case}/history")
async def history(
    case: str,
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    before: EventNumber | None = None,
    looks: str = "",
) -> Response:
    """What happened in a case, the newest first; with `looks`, also who has looked."""
    shared = await access_case(session, worker, case)
    kinds = [kind for kind in Kind if looks or kind not in LOOKS]
    found = list(
        await of_case(session, shared.id, agency_id=worker.agency_id, before=before, limit=PAGE + 1, looks=kinds)
    )
    people = await workers_by_id(session, workers_named(found))
    agencies = await agencies_by_id(session)
    await record(session, Kind.case_history_viewed, by=worker, at=clock.now(), case_id=shared.id, subject=shared.case)
    asked = await not_needed_of(session, shared.id) if Kind.conference_not_needed in {one.kind for one in found} else {}
    rules = await rules_as_used(session)
    lines = [(event, sentence(event, workers=people, agencies=agencies, rules=rules)) for event in found[:PAGE]]
    return show(
        request,
        "audit/history.html",
        section="board",
        part="history",
        shared=shared,
        lines=lines,
        not_needed=asked,
        looks=looks,
        agencies=agencies,
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        before=before,
        can_see_looks=shared.may(Permission.looks_read),
    )


# --- Who has looked ---------------------------------------------------------------------------------------------

WHO_MAY = (
    "Who has looked is shown to the person who answers for the case, to team leaders of the agencies around it, to "
    "the hub’s coordinator and to information guardians. Ask one of them if you are worried about a look."
)


def _asked(request: Request, page: int) -> tuple[Asked, Filled[Any]]:
    """The filter in an address; a day that cannot be read is said on the page, and the rest still counts."""
    typed = {name: request.query_params.get(name, "") for name in ("agency", "from", "to", "unusual")}
    form: Filled[Any] = Filled(typed={name: [value] for name, value in typed.items()})
    days: dict[str, date] = {}
    for name in ("from", "to"):
        try:
            if typed[name]:
                days[name] = date.fromisoformat(typed[name])
        except ValueError:
            form.problems.append(Problem(name, "Enter a real date, such as 2026-03-27"))
    if "from" in days and "to" in days and days["to"] < days["from"]:
        form.problems.append(Problem("to", "The last day must not lie before the first"))
        days = {}
    asked = Asked(
        agency_id=from_ref(typed["agency"]) if typed["agency"] else None,
        start=from_london(days["from"], 0) if "from" in days else None,
        end=from_london(days["to"] + timedelta(days=1), 0) if "to" in days else None,
        unusual=bool(typed["unusual"]),
        page=page,
    )
    return asked, form


async def _looks_page(
    request: Request, session: CurrentSession, template: str, form: Filled[Any], found: Any, asked: Asked, **more: Any
) -> Response:
    looks, total = found
    return show(
        request,
        template,
        status=422 if form.problems else 200,
        form=form,
        looks=looks,
        total=total,
        page=asked.page,
        size=queries.PAGE,
        question={name: values[0] for name, values in form.typed.items()},
        agencies=await agencies_by_id(session),
        workers=await workers_by_id(session, [look.worker_id for look in looks]),
        hours=(OPENS, CLOSES),
        **more,
    )


@router.get("/cases/{case}/looks")
async def case_looks(
    case: str, request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1
) -> Response:
    """Who has looked at a case, for those who answer for it."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.looks_read, WHO_MAY)
    asked, form = _asked(request, page)
    found = await queries.looks_at_case(session, worker, shared.id, shared.person_ids, asked, at=at)
    await record(session, Kind.looks_viewed, by=worker, at=at, case_id=shared.id, subject=shared.case)
    return await _looks_page(
        request, session, "audit/case_looks.html", form, found, asked, shared=shared, section="board", part="history"
    )


@router.get("/people/{person}/looks")
async def person_looks(
    person: str, request: Request, worker: CurrentWorker, session: CurrentSession, page: PageNumber = 1
) -> Response:
    """Who has looked at a person, for those who answer for a case that they are part of."""
    found_person, at = await access_person(session, worker, person), clock.now()
    cases = await cases_of(session, worker, person_ids=[found_person.id])
    ids = [case.id for case in cases]
    accountable = await answers_for_any(session, worker.worker_id, ids)
    if not may(Permission.looks_read, standing_of(worker, in_circle=bool(cases), accountable=accountable)):
        raise NotAllowed(WHO_MAY)
    asked, form = _asked(request, page)
    found = await queries.looks_at_person(session, worker, found_person.id, ids, asked, at=at)
    await record(session, Kind.looks_viewed, by=worker, at=at, person_id=found_person.id, subject=found_person)
    return await _looks_page(
        request,
        session,
        "audit/person_looks.html",
        form,
        found,
        asked,
        person=found_person,
        case_links=[(f"/cases/{ref(one)}/looks", name) for one, name in (await names_of(session, cases)).items()],
    )
