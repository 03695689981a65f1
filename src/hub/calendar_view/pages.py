"""The week, the month and the twelve months of a case, a family or a person: a picture, and the same as a table.

Each address with `/live` at its end is the part that the page asks for again when something has changed.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy import ColumnElement
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker
from hub.agencies.tables import Agency
from hub.calendar_view import month as month_picture
from hub.calendar_view import queries
from hub.calendar_view import week as week_picture
from hub.calendar_view import year as year_picture
from hub.calendar_view.paper import fit, wrap
from hub.calendar_view.queries import Shown
from hub.calendar_view.rules import Lies, by_agency, by_day, days_from, month_of, running, ways, weeks_of
from hub.cases.queries import access_case, cases_of
from hub.clashes.queries import rules_as_used
from hub.database import CurrentSession
from hub.errors import NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled
from hub.interventions.rules import GROUPS, RECORDABLE
from hub.london import london
from hub.people import queries as people
from hub.rendering import show
from hub.sharing.rules import Permission
from hub.times import monday_of

router = APIRouter()


@dataclass
class Whose:
    """Whose calendar it is, and what of it the viewer may ask for."""

    path: str
    name: str
    frame: str
    """The template around the page."""
    about: ColumnElement[bool]
    case_ids: Collection[UUID]
    look: dict[str, Any]
    """How the look is written down."""
    context: dict[str, Any] = field(default_factory=dict)
    circle: list[Agency] = field(default_factory=list)


async def _case(case: str, worker: CurrentWorker, session: CurrentSession) -> Whose:
    """One case, with its circle."""
    shared = await access_case(session, worker, case)
    return Whose(
        shared.path,
        shared.name,
        "cases/frame.html",
        queries.of_cases([shared.id]),
        [shared.id],
        {"case_id": shared.id, "subject": shared.case},
        {
            "shared": shared,
            "can_record": shared.may(Permission.intervention_record),
            "quick": Filled(typed={"day": [clock.today().isoformat()]}),
            "quick_kinds": RECORDABLE,
            "quick_groups": GROUPS,
        },
        list(shared.circle),
    )


async def _family(family: str, worker: CurrentWorker, session: CurrentSession) -> Whose:
    """One family, over every case of it that opens to the worker."""
    found = await people.access_family(session, worker, family)
    cases = [case.id for case in await cases_of(session, worker, family_id=found.id)]
    members = await people.members(session, found.id)
    seen = await people.seen_among(session, worker, [person.id for person in members])
    return Whose(
        f"/families/{ref(found.id)}",
        f"The {found.name} family",
        "calendar_view/frame.html",
        queries.of_cases(cases),
        cases,
        {"case_id": cases[0] if len(cases) == 1 else None, "subject": found, "ids": [one.id for one in seen]},
    )


async def _person(person: str, worker: CurrentWorker, session: CurrentSession) -> Whose:
    """One person, over every case that opens to the worker."""
    found = await people.access_person(session, worker, person)
    return Whose(
        f"/people/{ref(found.id)}",
        found.name,
        "calendar_view/frame.html",
        queries.of_person(found.id),
        [case.id for case in await cases_of(session, worker, person_ids=[found.id])],
        {"person_id": found.id, "subject": found},
    )


def _asked_day(request: Request, today: date) -> date:
    """The day in the address. Raises NotFound for what is none."""
    text = request.query_params.get("from", "").strip()
    if not text:
        return today
    try:
        day = date.fromisoformat(text if len(text) != 7 else f"{text}-01")
    except ValueError:
        raise NotFound from None
    if not 1900 <= day.year <= 2100:
        raise NotFound
    return day


async def _show(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    whose: Whose,
    part: str,
    kind: Kind,
    shown: Shown,
    **context: Any,
) -> Response:
    """Writes the look, and shows the page or its live part; `?as=table` leaves the picture out."""
    await record(session, kind, by=worker, at=clock.now(), **whose.look)
    live_part = request.url.path.endswith("/live")
    busy = {one.agency_id for one in shown.entries}
    return show(
        request,
        f"calendar_view/_{part}.html" if live_part else f"calendar_view/{part}.html",
        section="board",
        part="week",
        view=part,
        whose=whose,
        shown=shown,
        agencies=shown.agencies,
        quiet=[agency for agency in whose.circle if agency.id not in busy],
        as_table=request.query_params.get("as") == "table",
        rules=await rules_as_used(session),
        wrap=wrap,
        fit=fit,
        **context,
        **whose.context,
    )


async def _week(request: Request, worker: CurrentWorker, session: CurrentSession, whose: Whose) -> Response:
    """One week: agencies as lanes, conditions as bands, clashes in red with words."""
    at = clock.now()
    today = london(at).date()
    monday = monday_of(_asked_day(request, today))
    days = days_from(monday, 7, today)
    shown = await queries.between(
        session, worker, about=whose.about, case_ids=whose.case_ids, from_=days[0].begins, until=days[-1].ends
    )
    return await _show(
        request,
        worker,
        session,
        whose,
        "week",
        Kind.week_viewed,
        shown,
        days=days,
        monday=monday,
        today=today,
        picture=week_picture.draw(shown.entries, days, shown.places, at),
        rows=by_day((one for one in shown.entries if one.lies is not Lies.through), days),
        through=running(shown.entries),
        ways=ways(shown.entries),
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
        current=monday == monday_of(today),
        asked=monday,
    )


async def _month(request: Request, worker: CurrentWorker, session: CurrentSession, whose: Whose) -> Response:
    """One month."""
    today = london(clock.now()).date()
    first, after = month_of(_asked_day(request, today))
    start, weeks = weeks_of(first, after)
    days = days_from(start, 7 * weeks, today)
    shown = await queries.between(
        session, worker, about=whose.about, case_ids=whose.case_ids, from_=days[0].begins, until=days[-1].ends
    )
    inside = days_from(first, (after - first).days, today)
    return await _show(
        request,
        worker,
        session,
        whose,
        "month",
        Kind.month_viewed,
        shown,
        days=inside,
        first=first,
        today=today,
        squares=month_picture.squares(shown.entries, days, first.month, shown.places),
        rows=by_day((one for one in shown.entries if one.lies is Lies.block), inside),
        through=running(
            [one for one in shown.entries if any(day.touched_by(one.starts_at, one.ends_at) for day in inside)],
            with_hours=True,
        ),
        ways=ways(shown.entries),
        before=month_of(first - timedelta(days=1))[0],
        after=after,
        current=first == today.replace(day=1),
        asked=first,
    )


async def _year(request: Request, worker: CurrentWorker, session: CurrentSession, whose: Whose) -> Response:
    """Twelve months of plans, treatments, programmes, conditions and enforcement."""
    at = clock.now()
    today = london(at).date()
    usual = year_picture.usual(today)
    asked = _asked_day(request, usual.first).replace(day=1)
    twelve = year_picture.Twelve(asked)
    shown = await queries.running(
        session, worker, about=whose.about, case_ids=whose.case_ids, from_=twelve.begins, until=twelve.ends
    )
    lanes = by_agency(filter(twelve.holds, shown.entries), shown.places)
    return await _show(
        request,
        worker,
        session,
        whose,
        "year",
        Kind.year_viewed,
        shown,
        twelve=twelve,
        today=today,
        picture=year_picture.draw(shown.entries, twelve, shown.places, at),
        rows=[(one, year_picture.strip(one, twelve, at)) for lane in lanes.values() for one in lane],
        is_point=year_picture.is_point,
        before=asked.replace(year=asked.year - 1),
        after=twelve.after,
        current=twelve == usual,
        asked=asked,
    )


def _page(whose_it_is: Callable[..., Awaitable[Whose]], draw: Callable[..., Awaitable[Response]]) -> Any:
    async def page(
        request: Request,
        worker: CurrentWorker,
        session: CurrentSession,
        whose: Annotated[Whose, Depends(whose_it_is, scope="function")],
    ) -> Response:
        return await draw(request, worker, session, whose)

    page.__doc__ = f"{draw.__doc__} {whose_it_is.__doc__}"
    return page


for path, whose_it_is in (("/cases/{case}", _case), ("/families/{family}", _family), ("/people/{person}", _person)):
    for view, draw in (("week", _week), ("month", _month), ("year", _year)):
        router.get(f"{path}/{view}")(_page(whose_it_is, draw))
        router.get(f"{path}/{view}/live")(_page(whose_it_is, draw))
