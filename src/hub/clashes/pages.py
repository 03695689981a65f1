"""Answering a clash."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import workers_by_id
from hub.cases.queries import access_case_by_id
from hub.clashes import changes, queries
from hub.clashes.forms import AnswerIn
from hub.clashes.rules import Disposition, Severity, catalogue
from hub.clashes.tables import Clash
from hub.database import CurrentSession
from hub.inputs import Filled, fill
from hub.interventions.rules import label
from hub.london import london
from hub.people.queries import people_by_id
from hub.rendering import show
from hub.sharing.rules import Permission

router = APIRouter()


@router.get("/clashes/{clash}")
async def one_clash(clash: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A clash: what it is, why it matters, a step to take, and the answer."""
    return await _page(request, session, worker, await queries.access_clash(session, worker, clash), Filled())


async def _page(
    request: Request, session: CurrentSession, worker: CurrentWorker, found: Clash, form: Filled[AnswerIn]
) -> Response:
    parts = (await queries.parts(session, [found.id]))[found.id]
    shared = await access_case_by_id(session, worker, parts[0].case_id)
    people = await people_by_id(session, found.people)
    return show(
        request,
        "clashes/clash.html",
        status=422 if form.problems else 200,
        section="board",
        part="week",
        shared=shared,
        form=form,
        clash=found,
        parts=parts,
        rule=next(r for r in catalogue() if r.id == found.rule),
        severity=Severity(found.severity),
        people=list(people.values()),
        dispositions=list(Disposition),
        label=label,
        answer=Disposition(found.disposition) if found.disposition else None,
        workers=await workers_by_id(session, [found.answered_by, *(one.worker_id for one in parts)]),
        can_answer=shared.may(Permission.clash_answer) and found.answered_at is None and found.closed_at is None,
    )


@router.post("/clashes/{clash}")
async def answer(clash: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Answers a clash: what will be done about it."""
    found = await queries.access_clash(session, worker, clash)
    parts = (await queries.parts(session, [found.id]))[found.id]
    shared = await access_case_by_id(session, worker, parts[0].case_id)
    shared.require(Permission.clash_answer, "The case is closed.")
    form = await fill(request, AnswerIn)
    if form.value:
        async with form.refusals(session):
            await changes.answer(
                session,
                found,
                case_id=shared.id,
                disposition=form.value.disposition,
                reason=form.value.reason,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"{shared.path}/week?from={london(parts[0].starts_at).date()}")
    return await _page(request, session, worker, found, form)
