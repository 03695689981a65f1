"""The page of a person, the page of a family, and the search."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.access.queries import restricted
from hub.agencies.identity import CurrentWorker
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.cases.queries import answers_for_any, case_by_reference, cases_of, names_of
from hub.cases.rules import Rating, Scheme, Stage
from hub.cases.tables import Case
from hub.database import CurrentSession
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import typed_reference
from hub.inputs import fill
from hub.interventions.queries import last_told
from hub.involvement.forms import SearchIn
from hub.involvement.queries import contacts
from hub.involvement.signals import (
    FORUM_LASTS,
    LEFT,
    NARROW,
    WEEKS_AHEAD,
    WIDE,
    asked_already,
    forums_of,
    load_of,
    picture_of,
    silent,
)
from hub.london import london
from hub.people import queries as people
from hub.people.rules import inverse
from hub.people.tables import Person
from hub.referrals.queries import naming
from hub.referrals.rules import Decision
from hub.rendering import show
from hub.requests.queries import answered
from hub.retention.tombstones import disposed_among
from hub.sharing.queries import circles
from hub.sharing.rules import Permission, may, standing_of
from hub.voice.queries import voices
from hub.voice.rules import Topic

router = APIRouter()


async def _involved(session: CurrentSession, cases: Sequence[Case]) -> dict[str, Any]:
    """Which agencies are on these cases, and whom to ring at each."""
    seats = await circles(session, [case.id for case in cases])
    return {
        "seats": seats,
        "agencies": await agencies_by_id(session),
        "contacts": await workers_by_id(session, [seat.contact_id for seat in seats]),
        "cases": cases,
        "case_names": await names_of(session, cases),
        "Stage": Stage,
        "Rating": Rating,
        "Scheme": Scheme,
        "Decision": Decision,
    }


@router.get("/people/{person}")
async def one_person(person: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A person: who is involved and how to ring them first, then who they are."""
    found, at = await people.access_person(session, worker, person), clock.now()
    cases = await cases_of(session, worker, person_ids=[found.id])
    tied = await people.ties(session, [found.id])
    others = await people.seen_among(session, worker, {tie.from_id for tie in tied} | {tie.to_id for tie in tied})
    by_id = {other.id: other for other in others}
    relations = [
        (inverse(tie.kind), by_id[tie.from_id]) if tie.to_id == found.id else (tie.kind, by_id[tie.to_id])
        for tie in tied
        if (tie.from_id if tie.to_id == found.id else tie.to_id) in by_id
    ]
    await record(session, Kind.person_viewed, by=worker, at=at, person_id=found.id, subject=found)
    return show(
        request,
        "involvement/person.html",
        section="",
        person=found,
        relations=relations,
        homes=(await people.homes(session, [found.id]))[found.id],
        names=await people.other_names(session, found.id),
        identifiers=(await people.identifiers(session, [found.id]))[found.id],
        families=await people.families_of(session, [found.id]),
        disposed=await disposed_among(session, worker, [found.id]),
        referrals=await naming(session, worker, [found.id]),
        can_see_looks=may(
            Permission.looks_read,
            standing_of(
                worker,
                in_circle=bool(cases),
                accountable=await answers_for_any(session, worker.worker_id, [case.id for case in cases]),
            ),
        ),
        **await _involved(session, cases),
    )


@router.get("/families/{family}")
async def one_family(family: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A family: who is involved and how to ring them first, then its people."""
    found, at = await people.access_family(session, worker, family), clock.now()
    cases = await cases_of(session, worker, family_id=found.id)
    members = await people.members(session, found.id)
    seen = await people.seen_among(session, worker, [person.id for person in members])
    await record(session, Kind.family_viewed, by=worker, at=at, subject=found, ids=[person.id for person in seen])
    return show(
        request,
        "involvement/family.html",
        section="",
        family=found,
        disposed=await disposed_among(session, worker, [found.id]),
        members=seen,
        **await _signals(session, worker, cases, {person.id: person for person in seen}, at),
        referrals=await naming(session, worker, [person.id for person in seen]),
        **await _involved(session, cases),
    )


async def _signals(
    session: CurrentSession, worker: CurrentWorker, cases: Sequence[Case], members: dict[UUID, Person], at: datetime
) -> dict[str, Any]:
    """What the records that this worker may see say together about the load on a family and the talk about it."""
    ids, today = [case.id for case in cases], london(at).date()
    met = await contacts(
        session, worker, case_ids=ids, from_=at - FORUM_LASTS, until=at + timedelta(weeks=WEEKS_AHEAD + 1)
    )
    in_cases = await people.people_of_cases(session, ids)
    schemes: dict[UUID, list[str]] = {}
    for case in cases:
        for person in in_cases.get(case.id, ()) if case.closed_at is None else ():
            schemes.setdefault(person.id, []).append(case.scheme)
    open_ids = [case.id for case in cases if case.closed_at is None]
    heard = await last_told(session, worker, open_ids)
    heard |= dict.fromkeys(await answered(session, open_ids), at)
    asked = [
        (row.topic, row.agency_id, row.case_id, row.asked_on)
        for case_id in ids
        for rows in (await voices(session, case_id)).values()
        for row in rows
    ]
    seats = [
        (seat.case_id, seat.agency_id, seat.admitted_at) for seat in await circles(session, open_ids) if seat.case_id
    ]
    forums, load = forums_of(met, schemes, today), load_of(met, today)
    return {
        "load": load,
        "load_wide": picture_of(load, WIDE),
        "load_narrow": picture_of(load.near, NARROW),
        "LEFT": LEFT,
        "forums": [(members[person], names) for person, names in forums.items() if person in members],
        "asked": asked_already(asked, today),
        "quiet": sorted(silent(seats, heard, at).items()),
        "Topic": Topic,
    }


@router.get("/search")
async def search_page(request: Request, worker: CurrentWorker) -> Response:
    """An empty search: what is searched for is posted, because nothing about people stands in an address."""
    return show(
        request, "involvement/search.html", searched="", people=[], families=[], case=None, restricted=[], asked=False
    )


@router.post("/search")
async def search(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """People and families that I may see, by name, number or reference."""
    form = await fill(request, SearchIn)
    words = form.value.q if form.value else ""
    found = await people.search_people(session, worker, words) if words else []
    families = await people.search_families(session, worker, words) if words else []
    case = await case_by_reference(session, worker, typed_reference(words)) if words else None
    kept = await restricted(session, worker, typed_reference(words)) if words else []
    names = await names_of(session, [case]) if case else {}
    await record(
        session,
        Kind.search_made,
        by=worker,
        at=clock.now(),
        case_id=case.id if case else None,
        ids=[person.id for person in found],
        families=[family.id for family in families],
        length=len(words),
    )
    return show(
        request,
        "involvement/search.html",
        searched=words,
        people=found,
        families=families,
        case=case,
        restricted=kept,
        case_name=names.get(case.id) if case else "",
        asked=True,
        limit=people.SEARCH_LIMIT,
        homes=await people.homes(session, [person.id for person in found]),
    )
