"""Before a conference: an agency's report, a paper, and the briefing on one page."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import worker_by_id, workers_by_id
from hub.cases.queries import SharedCase, access_case_by_id
from hub.clashes.queries import rules_as_used
from hub.conference_kinds.queries import kinds
from hub.conference_kinds.rules import KindRules
from hub.conferences.invitations import path_of
from hub.conferences.queries import access_conference, invitee, invitees
from hub.conferences.rules import Answer, ConferenceKind
from hub.conferences.tables import Conference
from hub.contributions import changes as contributions
from hub.contributions.changes import Said
from hub.contributions.rules import ContributionKind
from hub.database import CurrentSession
from hub.decisions.queries import shown
from hub.decisions.rules import Stance
from hub.drafts.changes import discard
from hub.drafts.queries import restored
from hub.drafts.rules import DraftForm
from hub.errors import NotAllowed
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.london import london
from hub.preparing import changes, queries
from hub.preparing.forms import PaperIn, ReportIn
from hub.preparing.queries import Since
from hub.preparing.rules import (
    LINE,
    LONGEST,
    MOST_NAMED,
    PaperKind,
    asked_of,
    check_ahead,
    check_report,
    held_to_page,
    printed_lines,
    report_letters,
    report_lines,
    reports_due,
)
from hub.rendering import show
from hub.sharing.rules import Audience, Permission

router = APIRouter()
DATE = "Wednesday 30 September 2026, 10:30"
"""As long as what stands beside an entry of the briefing."""
NAME = 45
"""The letters of one person who is invited, with their agency."""
FIXED_LINES = 15
"""What a briefing always has: whose it is, when and where, who chairs, what is not in yet, and the headings."""


async def _access(session: CurrentSession, worker: CurrentWorker, conference: str) -> tuple[Conference, SharedCase]:
    found = await access_conference(session, worker, conference)
    return found, await access_case_by_id(session, worker, found.case_id)


async def _invited(session: CurrentSession, worker: CurrentWorker, conference: str) -> tuple[Conference, SharedCase]:
    """The same for those who prepare it: an agency that is invited, and whoever chairs or minutes it."""
    found, shared = await _access(session, worker, conference)
    shared.require(Permission.contribution_add, "The case is closed: nothing more can be added.")
    asked = {one.agency_id for one in (await invitees(session, [found.id]))[found.id]}
    if worker.agency_id not in asked and not shared.may(
        Permission.conference_run, chair=found.chair_id == worker.worker_id
    ):
        raise NotAllowed("Your agency is not invited to this conference. You can contribute to the case.")
    return found, shared


async def _due(session: CurrentSession, found: Conference) -> Any:
    kind = (await kinds(session)).get(found.kind)
    return reports_due(found.starts_at, kind.report_days if kind else None, found.called_at)


def _said(words: str, told: ReportIn | PaperIn, shared: SharedCase) -> Said:
    return Said(
        kind=ContributionKind.assessment,
        words=words,
        as_of=london(clock.now()).date(),
        audience=told.audience if shared.grant is None else Audience.circle,
        agencies=tuple(told.agencies),
        emergency=told.emergency,
    )


# --- The report ---------------------------------------------------------------------------------------------------


@router.get("/conferences/{conference}/report")
async def report(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form of one's agency's report; once it is in, the report itself."""
    found, shared = await _invited(session, worker, conference)
    for paper, words in await queries.papers(session, worker, found.id):
        if paper.kind == PaperKind.report and paper.agency_id == worker.agency_id:
            return RedirectResponse(f"/contributions/{ref(words.thread_id)}", status_code=303)
    draft = await restored(session, worker, shared.id, DraftForm.report)
    return await _report_page(request, session, shared, found, Filled(typed=draft.typed))


async def _report_page(
    request: Request, session: CurrentSession, shared: SharedCase, found: Conference, form: Filled[ReportIn]
) -> Response:
    asks = (await kinds(session)).get(found.kind)
    return show(
        request,
        "preparing/report.html",
        status=422 if form.problems else 200,
        section="conferences",
        part="conferences",
        shared=shared,
        conference=found,
        kind=ConferenceKind(found.kind),
        due_at=await _due(session, found),
        asked_for=asks is None or asks.report_days > 0,
        form=form,
        draft=await restored(session, shared.viewer, shared.id, DraftForm.report),
    )


@router.post("/conferences/{conference}/report")
async def submit(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Lays one's agency's report before the conference: a contribution in its lane, which it alone corrects."""
    found, shared = await _invited(session, worker, conference)
    check_ahead(found.state)
    form = await fill(request, ReportIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            words = check_report(told.words, told.nothing, told.searched, told.audience)
            await _lay(
                session,
                shared,
                found,
                kind=PaperKind.report,
                title=f"Report of {worker.agency_name}",
                said=_said(words, told, shared),
                nothing=told.nothing,
                by=worker,
            )
            await discard(session, case_id=shared.id, form=DraftForm.report, by=worker)
            return once.see(f"{path_of(found)}#reports")
    return await _report_page(request, session, shared, found, form)


async def _lay(
    session: CurrentSession,
    shared: SharedCase,
    found: Conference,
    *,
    kind: PaperKind,
    title: str,
    said: Said,
    nothing: bool = False,
    by: CurrentWorker,
) -> None:
    at, author = clock.now(), await worker_by_id(session, by.worker_id)
    words = await contributions.add(
        session,
        case_id=shared.id,
        said=said,
        profession=author.profession,
        circle=[agency.id for agency in shared.circle],
        by=by,
        at=at,
    )
    await changes.lay(session, found, kind=kind, title=title, words=words, nothing=nothing, by=by, at=at)


# --- Papers -------------------------------------------------------------------------------------------------------


@router.get("/conferences/{conference}/papers/new")
async def paper(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to lay a paper before the conference."""
    found, shared = await _invited(session, worker, conference)
    return _paper_page(request, shared, found, Filled())


def _paper_page(request: Request, shared: SharedCase, found: Conference, form: Filled[PaperIn]) -> Response:
    return show(
        request,
        "preparing/paper.html",
        status=422 if form.problems else 200,
        section="conferences",
        part="conferences",
        shared=shared,
        conference=found,
        kind=ConferenceKind(found.kind),
        form=form,
    )


@router.post("/conferences/{conference}/papers")
async def lay(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Lays a paper before the conference, for those whom it names."""
    found, shared = await _invited(session, worker, conference)
    check_ahead(found.state)
    form = await fill(request, PaperIn)
    if form.value:
        told = form.value
        async with form.refusals(session):
            said = _said(told.words, told, shared)
            await _lay(session, shared, found, kind=PaperKind.paper, title=told.title, said=said, by=worker)
            return once.see(f"{path_of(found)}#reports")
    return _paper_page(request, shared, found, form)


# --- The briefing -------------------------------------------------------------------------------------------------


@router.get("/conferences/{conference}/briefing")
async def briefing(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Everything that somebody needs who walks in, on one page to print, as they may read it."""
    found, shared = await _access(session, worker, conference)
    at = clock.now()
    await record(session, Kind.briefing_viewed, by=worker, at=at, case_id=found.case_id, subject=found)
    rows = (await invitees(session, [found.id]))[found.id]
    since = await queries.since_last_time(session, worker, found, opened_at=shared.case.opened_at)
    due_at = await _due(session, found)
    asks = (await kinds(session)).get(found.kind)
    chosen = await _one_page(session, worker, found, since, fixed=_fixed_lines(shared, found, len(rows), asks))
    return show(
        request,
        "preparing/briefing.html",
        section="conferences",
        part="conferences",
        shared=shared,
        conference=found,
        kind=ConferenceKind(found.kind),
        asks=asks,
        invitees=rows,
        most_named=MOST_NAMED,
        mine=await invitee(session, found.id, worker.worker_id),
        people=await workers_by_id(session, [found.chair_id, *(one.worker_id for one in rows)]),
        since=since,
        **chosen,
        reports=asked_of([one.agency_id for one in rows], due_at, await queries.submitted(session, found.id)),
        reports_by=due_at,
        rules=await rules_as_used(session),
        Answer=Answer,
        Stance=Stance,
    )


def _fixed_lines(shared: SharedCase, found: Conference, invited: int, asks: KindRules | None) -> int:
    """The printed lines that the head of a briefing takes: who it is about, with each alert, and what is held."""
    recorded = asks.must_record if asks else ()
    names = (min(invited, MOST_NAMED) + len(shared.people)) * NAME // LINE
    alerts = sum(printed_lines(one.name, one.alert) for one, _ in shared.people if one.alert)
    return FIXED_LINES + names + alerts + printed_lines(found.purpose) + printed_lines(*recorded)


async def _one_page(
    session: CurrentSession, worker: CurrentWorker, found: Conference, since: Since, *, fixed: int
) -> dict[str, Any]:
    """What of everything that is new stands on the one page, how many more of each there are, and how long reports are."""
    laid = await queries.papers(session, worker, found.id)
    threads = {words.thread_id for _, words in laid}
    letters = report_letters(len(laid))
    parts: dict[str, Sequence[Any]] = {
        "between": await shown(session, since.between),
        "new": [one for one in since.contributions if one.thread_id not in threads],
        "open": since.open,
        "clashes": since.clashes,
        "papers": laid,
        "finished": since.finished,
        "measures": since.measures,
    }
    lines: dict[str, Callable[[Any], int]] = {
        "between": lambda card: printed_lines(card.decision.question, card.decision.chosen, DATE),
        "new": lambda one: printed_lines(one.words, DATE),
        "open": lambda one: printed_lines(one.what, DATE),
        "clashes": lambda one: 1,
        "papers": lambda pair: report_lines(pair[1].words, letters),
        "finished": lambda one: printed_lines(one.what, one.finished_note, DATE),
        "measures": lambda pair: printed_lines(pair[1].statement, DATE),
    }
    held = held_to_page({part: [lines[part](one) for one in many] for part, many in parts.items()}, fixed)
    return {
        "held": {part: many[: held[part]] for part, many in parts.items()},
        "more": {part: len(many) - held[part] for part, many in parts.items()},
        "longest": LONGEST,
        "letters": letters,
    }
