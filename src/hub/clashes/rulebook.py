"""The rules of the partnership, how each of them does, and what holds now as FHIR."""

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers_by_id
from hub.clashes import changes, queries
from hub.clashes.fhir import bundle
from hub.clashes.forms import RuleIn
from hub.clashes.rules import LIMITS, Rule, RuleState, Severity, catalogue, measures
from hub.database import CurrentSession
from hub.errors import NotAllowed, NotFound
from hub.events.changes import record
from hub.events.rules import Kind
from hub.inputs import Filled, fill
from hub.people.queries import people_by_id
from hub.rendering import show
from hub.sharing.rules import Permission, may, standing_of

router = APIRouter()
WINDOW = timedelta(days=90)
MOST = 500
UNITS = {"days": "days", "hours": "hours", "buffer": "minutes of travel"}


@router.get("/insight/clashes")
async def rulebook(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Every rule, whether it is used, and how it did in ninety days. No page about anybody."""
    at = clock.now()
    await record(session, Kind.partnership_viewed, by=worker, at=at)
    settings = await queries.rule_settings(session)
    return show(
        request,
        "clashes/rules.html",
        section="insight",
        rules=[queries.as_changed(rule, settings.get(rule.id)) for rule in catalogue()],
        settings=settings,
        measured=await queries.measures(session, at - WINDOW),
        nothing=queries.Measured(),
        window=WINDOW.days,
        states=RuleState,
    )


@router.get("/insight/clashes/export")
async def export(request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """What holds now and what this worker may know of, as a FHIR R4 Bundle of DetectedIssue."""
    at = clock.now()
    clashes = await queries.visible_open(session, worker, MOST)
    await record(session, Kind.clashes_listed, by=worker, at=at, count=len(clashes))
    parts = await queries.parts(session, [clash.id for clash in clashes])
    people = await people_by_id(session, {person for clash in clashes for person in clash.people})
    made = bundle(clashes, parts, people, await queries.rules_as_used(session), at=at)
    return JSONResponse(
        made,
        media_type="application/fhir+json",
        headers={"content-disposition": 'attachment; filename="clashes.json"', "cache-control": "no-store"},
    )


def _rule(code: str) -> Rule:
    found = next((rule for rule in catalogue() if rule.id == code), None)
    if found is None:
        raise NotFound
    return found


@router.get("/insight/clashes/{rule}")
async def one_rule(rule: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A rule: its sentence, how it does, and what was changed in it and why."""
    await record(session, Kind.partnership_viewed, by=worker, at=clock.now())
    return await _page(request, session, worker, _rule(rule), Filled())


async def _page(
    request: Request, session: CurrentSession, worker: CurrentWorker, rule: Rule, form: Filled[RuleIn]
) -> Response:
    kept = (await queries.rule_settings(session)).get(rule.id)
    history = await queries.rule_changes(session, rule.id)
    return show(
        request,
        "clashes/rule.html",
        status=422 if form.problems else 200,
        section="insight",
        form=form,
        rule=rule,
        used=queries.as_changed(rule, kept),
        state=RuleState(kept.state) if kept else RuleState.on,
        measured=(await queries.measures(session, clock.now() - WINDOW)).get(rule.id, queries.Measured()),
        window=WINDOW.days,
        measures=measures(rule),
        units=UNITS,
        limits=LIMITS,
        states=list(RuleState),
        severities=list(Severity),
        history=history,
        workers=await workers_by_id(session, [one.changed_by for one in history]),
        can_change=may(Permission.clash_rules_change, standing_of(worker)),
    )


@router.post("/insight/clashes/{rule}")
async def change_rule(
    rule: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Changes a rule for the whole partnership."""
    found = _rule(rule)
    if not may(Permission.clash_rules_change, standing_of(worker)):
        raise NotAllowed("Only a team leader, the coordinator or an administrator can change a rule.")
    form = await fill(request, RuleIn)
    if form.value:
        async with form.refusals(session):
            told = form.value
            given = {name: getattr(told, name) for name in UNITS}
            await changes.change_rule(
                session,
                found,
                state=told.state,
                severity=told.severity,
                given={name: int(value) if value is not None else None for name, value in given.items()},
                reason=told.reason,
                by=worker,
                at=clock.now(),
            )
            return once.see(request.url.path)
    return await _page(request, session, worker, found, form)
