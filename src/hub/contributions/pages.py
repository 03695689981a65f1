"""Contributing in one's own lane, correcting, withdrawing, and commenting beside others' words."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once
from hub.agencies.queries import worker_by_id, workers_by_id
from hub.agreements.rules import Power, Purpose
from hub.cases.queries import SharedCase, access_case, access_case_by_id, access_to_write
from hub.contributions import changes, queries
from hub.contributions.changes import Said
from hub.contributions.forms import CommentIn, ConsentIn, ContributionIn, WithdrawIn
from hub.contributions.rules import Confidence, ContributionKind
from hub.contributions.tables import Contribution
from hub.database import CurrentSession, commit
from hub.drafts.changes import discard, keep_refused
from hub.drafts.queries import restored
from hub.drafts.rules import DraftForm
from hub.errors import NotAllowed, NotFound
from hub.ids import from_ref, ref
from hub.inputs import Filled, fill
from hub.london import london
from hub.rendering import show
from hub.sharing.rules import Audience, Consent, Permission, Reach

router = APIRouter()


def choices() -> dict[str, Any]:
    """What the composer offers."""
    return {
        "kinds": list(ContributionKind),
        "confidences": list(Confidence),
        "purposes": list(Purpose),
        "powers": list(Power),
        "consents": list(Consent),
    }


def _said(form: ContributionIn, shared: SharedCase, at: datetime) -> Said:
    return Said(
        kind=form.kind,
        words=form.words,
        as_of=form.as_of or london(at).date(),
        confidence=form.confidence,
        # A guest speaks to the whole circle: there is nobody else at their agency.
        audience=form.audience if shared.grant is None else Audience.circle,
        agencies=tuple(form.agencies),
        purpose=form.purpose.value if form.purpose else "",
        power=form.power.value if form.power else "",
        emergency=form.emergency,
        consent=form.consent,
    )


def _page(request: Request, shared: SharedCase, template: str, form: Filled[Any], **more: Any) -> Response:
    return show(
        request,
        f"contributions/{template}.html",
        status=422 if form.problems else 200,
        shared=shared,
        form=form,
        section="board",
        **choices(),
        **more,
    )


@router.get("/cases/{case}/contributions/new")
async def composer(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The composer on a page of its own."""
    shared = await access_to_write(session, worker, case)
    draft = await restored(session, worker, shared.id, DraftForm.contribution)
    return _page(request, shared, "new", Filled(typed=draft.typed), draft=draft)


@router.post("/cases/{case}/contributions")
async def add(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Adds a contribution in the lane of one's own agency."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.contribution_add, "The case is closed: nothing more can be added.")
    form = await fill(request, ContributionIn)
    if form.value:
        author = await worker_by_id(session, worker.worker_id)
        async with form.refusals(session):
            added = await changes.add(
                session,
                case_id=shared.id,
                said=_said(form.value, shared, at),
                profession=author.profession,
                circle=[agency.id for agency in shared.circle],
                by=worker,
                at=at,
            )
            await discard(session, case_id=shared.id, form=DraftForm.contribution, by=worker)
            return once.see(f"{shared.path}#contribution-{ref(added.thread_id)}")
    await keep_refused(session, case_id=shared.id, form=DraftForm.contribution, typed=form.typed, by=worker, at=at)
    draft = await restored(session, worker, shared.id, DraftForm.contribution)
    return _page(request, shared, "new", form, draft=draft)


@router.get("/cases/{case}/lanes/{agency}")
async def lane(case: str, agency: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """One agency's lane in full."""
    shared = await access_case(session, worker, case)
    whose = shared.agencies.get(from_ref(agency))
    if whose is None:
        raise NotFound
    found, _ = await queries.lanes(session, worker, shared.id, agency_id=whose.id)
    mine = found.get(whose.id, [])
    return show(
        request,
        "contributions/lane.html",
        shared=shared,
        agency=whose,
        contributions=mine,
        section="board",
        comments=await queries.comments(session, [one.thread_id for one in mine]),
        authors=await _authors(session, mine),
    )


async def _authors(session: CurrentSession, contributions: list[Contribution]) -> dict[Any, Any]:
    said = await queries.comments(session, [one.thread_id for one in contributions])
    ids = [one.author_id for one in contributions] + [one.author_id for many in said.values() for one in many]
    return await workers_by_id(session, ids)


@router.get("/contributions/{contribution}")
async def one_contribution(
    contribution: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """A contribution with its earlier versions and the comments beside it."""
    found = await queries.access_contribution(session, worker, contribution)
    return await _one(request, session, worker, found, Filled())


async def _one(
    request: Request, session: CurrentSession, worker: CurrentWorker, found: Contribution, form: Filled[CommentIn]
) -> Response:
    shared = await access_case_by_id(session, worker, found.case_id)
    history = await queries.versions(session, worker, found.thread_id)
    return _page(
        request,
        shared,
        "one",
        form,
        contribution=found,
        history=list(history)[1:],
        comments=await queries.comments(session, [found.thread_id]),
        authors=await _authors(session, list(history)),
    )


def _reach(found: Contribution, shared: SharedCase) -> dict[str, bool]:
    """Which conditions of reading hold between a contribution and the worker who asks."""
    seat = shared.seat
    return Reach(
        audience=found.audience,
        owner=found.agency_id,
        author=found.author_id,
        named=tuple(found.for_agencies or ()),
        emergency=found.emergency,
        consent=found.consent,
        side=found.side,
    ).to(shared.viewer, agreement_live=shared.agreement is not None, own_side=seat.side if seat else None)


async def _own(session: CurrentSession, worker: CurrentWorker, contribution: str) -> tuple[Contribution, SharedCase]:
    """A contribution that this worker's agency may change. Another agency's is refused, and a comment is offered."""
    found = await queries.access_contribution(session, worker, contribution)
    shared = await access_case_by_id(session, worker, found.case_id)
    reach = _reach(found, shared)
    if not shared.may(Permission.contribution_amend, **reach):
        await changes.note_refused_edit(session, found, by=worker, at=clock.now())
        await commit(session)  # the refusal below rolls back, and the try is to be remembered
        whose = shared.agencies[found.agency_id].name
        raise NotAllowed(
            f"These are the words of {whose}. Only {whose} can change them, so that each profession keeps its voice. "
            "You can say what you think beside them.",
            offer=("Comment beside it", f"/contributions/{ref(found.id)}#comment"),
        )
    return found, shared


@router.get("/contributions/{contribution}/amend")
async def amend_page(contribution: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to correct a contribution, with what it says now."""
    found, shared = await _own(session, worker, contribution)
    typed = {
        "kind": [found.kind],
        "words": [found.words],
        "as_of": [found.as_of.isoformat()],
        "confidence": [found.confidence],
        "audience": [found.audience],
        "agencies": [ref(agency) for agency in found.for_agencies or []],
    }
    return _page(request, shared, "amend", Filled(typed=typed), contribution=found)


@router.post("/contributions/{contribution}/amend")
async def amend(
    contribution: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Corrects a contribution with a new version."""
    found, shared = await _own(session, worker, contribution)
    form, at = await fill(request, ContributionIn), clock.now()
    if form.value:
        author = await worker_by_id(session, worker.worker_id)
        async with form.refusals(session):
            newer = await changes.amend(
                session,
                found,
                said=_said(form.value, shared, at),
                profession=author.profession,
                circle=[agency.id for agency in shared.circle],
                by=worker,
                at=at,
            )
            return once.see(f"{shared.path}#contribution-{ref(newer.thread_id)}")
    return _page(request, shared, "amend", form, contribution=found)


@router.get("/contributions/{contribution}/withdraw")
async def withdraw_page(
    contribution: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """The form to withdraw a contribution."""
    found, shared = await _own(session, worker, contribution)
    return _page(request, shared, "withdraw", Filled(), contribution=found)


@router.post("/contributions/{contribution}/withdraw")
async def withdraw(
    contribution: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Withdraws a contribution; it stays visible as withdrawn."""
    found, shared = await _own(session, worker, contribution)
    form = await fill(request, WithdrawIn)
    if form.value:
        async with form.refusals(session):
            await changes.withdraw(session, found, reason=form.value.reason, by=worker, at=clock.now())
            return once.see(f"{shared.path}#contribution-{ref(found.thread_id)}")
    return _page(request, shared, "withdraw", form, contribution=found)


@router.post("/contributions/{contribution}/consent")
async def consent(
    contribution: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Notes that the person withdrew their consent, or gave it again."""
    found, _ = await _own(session, worker, contribution)
    form = await fill(request, ConsentIn)
    if form.value:
        await changes.change_consent(session, found, consent=form.value.consent, by=worker, at=clock.now())
    return once.see(f"/contributions/{ref(found.id)}")


@router.post("/contributions/{contribution}/comments")
async def comment(
    contribution: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says something beside a contribution."""
    found = await queries.access_contribution(session, worker, contribution)
    shared = await access_case_by_id(session, worker, found.case_id)
    reach = _reach(found, shared)
    shared.require(Permission.contribution_comment, "The case is closed: nothing more can be added.", **reach)
    form = await fill(request, CommentIn)
    if form.value:
        async with form.refusals(session):
            await changes.comment(session, found, words=form.value.words, by=worker, at=clock.now())
            return once.see(f"/contributions/{ref(found.id)}#comment")
    return await _one(request, session, worker, found, form)
