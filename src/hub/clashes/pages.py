"""A clash: what it is, who is to answer it, and the answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.cases.queries import SharedCase, access_case_by_id
from hub.clashes import changes, guarding, queries, rulebook, visits
from hub.clashes.forms import AnswerIn, GiveIn
from hub.clashes.rules import Disposition, Rule, Severity, Verdict, answers_offered
from hub.clashes.tables import Clash, ClashAnswer
from hub.clashes.told import told_of
from hub.database import CurrentSession
from hub.errors import Refused
from hub.inputs import Filled, fill
from hub.interventions.rules import label
from hub.london import london
from hub.people.queries import people_by_id
from hub.rendering import show
from hub.sharing.rules import Permission

router = APIRouter()
router.include_router(rulebook.router)
router.include_router(visits.router)
BLOCKING = guarding.refuse_dangerous
"""Importing it is what makes bookings pass it."""


@router.get("/clashes/{clash}")
async def one_clash(clash: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A clash: what it is, why it matters, a step to take, and the answer."""
    found, shared = await _access(session, worker, clash)
    return await _page(request, session, shared, found, Filled(), Filled())


async def _access(session: CurrentSession, worker: CurrentWorker, clash: str) -> tuple[Clash, SharedCase]:
    found = await queries.access_clash(session, worker, clash)
    made_of = await queries.made_of(session, [found.id])
    return found, await access_case_by_id(session, worker, made_of[0].case_id)


async def _page(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    found: Clash,
    form: Filled[AnswerIn],
    giving: Filled[GiveIn],
) -> Response:
    parts = (await queries.parts(session, [found.id]))[found.id]
    rows = await queries.made_of(session, [found.id])
    people_of = await queries.people_of_parts(session, parts)
    people = await people_by_id(session, {*found.people, *(one for some in people_of.values() for one in some)})
    answers = await queries.answers_to(session, found.id)
    owner = (await queries.owners(session, [found])).get(found.id)
    colleagues = await queries.could_answer(session, found, {row.case_id for row in rows}, clock.now())
    waits = found.answered_at is None and found.closed_at is None
    agencies = await agencies_by_id(session)
    rule = (await queries.rules_as_used(session))[found.rule]
    return show(
        request,
        "clashes/clash.html",
        status=422 if form.problems or giving.problems else 200,
        section="board",
        part="week",
        shared=shared,
        form=form,
        giving=giving,
        clash=found,
        found=told_of(rule, found, rows, parts, people_of, people, agencies),
        parts=parts,
        agencies=agencies,
        keepers=[agencies[one] for one in found.kept_for or ()],
        held_back=len({row.intervention_id for row in rows if row.intervention_id}) > len(parts),
        rule=rule,
        severity=Severity(found.severity),
        people=[people[one] for one in found.people if one in people],
        verdicts=list(Verdict),
        Disposition=Disposition,
        label=label,
        answers=answers,
        owner=owner,
        day=london(found.falls_at or found.found_at).date(),
        workers=await workers_by_id(
            session, [owner, *(one.answered_by for one in answers), *(one.worker_id for one in parts)]
        ),
        colleagues=colleagues,
        can_answer=shared.may(Permission.clash_answer) and waits,
        **_answering(shared, found, rule, answers),
        **await _before_and_after(session, shared, found, rows[0].case_id),
        **await visits.offered(session, shared.viewer, found, parts),
    )


def _answering(shared: SharedCase, found: Clash, rule: Rule, answers: Sequence[ClashAnswer]) -> dict[str, Any]:
    """Which answers this worker may give, and the one that stands, where they may answer again."""
    may_override = shared.may(Permission.clash_override)
    may_answer = shared.may(Permission.clash_answer) and found.closed_at is None
    return {
        "dispositions": answers_offered(blocks=rule.blocks, may_override=may_override),
        "may_override": may_override,
        "stands": next((one for one in answers if one.reopened_at is None), None) if may_answer else None,
    }


async def _before_and_after(session: CurrentSession, shared: SharedCase, found: Clash, case_id: UUID) -> dict[str, Any]:
    """The times that the same things clashed before and after: a clash that ended and holds again is a new one."""
    others = await queries.of_the_same(session, shared.viewer, found, case_id)
    return {
        "earlier": [one for one in others if one.found_at < found.found_at],
        "later": [one for one in others if one.found_at > found.found_at],
    }


@router.post("/clashes/{clash}")
async def answer(clash: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Answers a clash: what will be done about it."""
    found, shared = await _access(session, worker, clash)
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
                verdict=form.value.verdict,
                instead_of=form.value.again,
                may_override=shared.may(Permission.clash_override),
                by=worker,
                at=clock.now(),
            )
            return once.see(_week(shared, found))
    return await _page(request, session, shared, found, form, Filled())


@router.post("/clashes/{clash}/give")
async def give(clash: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Names who is to answer a clash: one person of the circle."""
    found, shared = await _access(session, worker, clash)
    shared.require(Permission.clash_answer, "The case is closed.")
    form = await fill(request, GiveIn)
    if form.value:
        async with form.refusals(session):
            await _check_owner(session, found, form.value)
            await changes.give(session, found, to=form.value.worker, by=worker, at=clock.now())
            return once.see(request.url.path.removesuffix("/give"))
    return await _page(request, session, shared, found, Filled(), form)


async def _check_owner(session: CurrentSession, found: Clash, given: GiveIn) -> None:
    cases = {row.case_id for row in await queries.made_of(session, [found.id])}
    if given.worker not in {one.id for one in await queries.could_answer(session, found, cases, clock.now())}:
        raise Refused("Choose somebody who may see everything that makes this clash", field="worker")


def _week(shared: SharedCase, found: Clash) -> str:
    return f"{shared.path}/week?from={london(found.falls_at or found.found_at).date()}"
