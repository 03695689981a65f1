"""One decision: where each agency stands, the dissent and its answer; and what is decided between meetings."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once, way_back
from hub.agencies.queries import worker_by_id, workers_by_id
from hub.agencies.tables import Worker
from hub.cases.queries import SharedCase, access_case, access_case_by_id, access_to_write, chronology_reading
from hub.cases.rules import check_chronology_opened
from hub.cases.steering import Matter, WhyNow
from hub.conferences.queries import being_held, conference_by_id, invitees, next_of
from hub.conferences.rules import Attendance
from hub.conferences.tables import Conference
from hub.database import CurrentSession
from hub.deciding import queries
from hub.deciding.forms import BetweenIn
from hub.deciding.register import absent_of, tell_absent
from hub.decisions import changes
from hub.decisions import queries as decisions
from hub.decisions.forms import LIKELY, DissentAnswerIn, PositionIn, SettleIn, fill_decision
from hub.decisions.rules import Settled, Stance, Threshold, answer_due, check_spoken_for, dissent_until
from hub.decisions.tables import Decision, Position
from hub.drafts.changes import discard, keep_refused
from hub.drafts.queries import restored
from hub.drafts.rules import DraftForm
from hub.errors import Conflict, NotAllowed, Refused
from hub.events.changes import record
from hub.events.rules import Kind
from hub.ids import ref
from hub.inputs import Filled, fill
from hub.notices.changes import write
from hub.notices.rules import NoticeKind
from hub.rendering import show
from hub.sharing.rules import Permission

router = APIRouter()


# --- One decision -----------------------------------------------------------------------------------------------


@router.get("/decisions/{decision}")
async def one_decision(decision: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """A decision with its options, each agency's position, and dissent with its answers."""
    made, shared, held = await _access(session, worker, decision)
    await record(session, Kind.decision_viewed, by=worker, at=clock.now(), case_id=made.case_id, subject=made)
    return await _page(request, session, shared, made, held)


@router.get("/decisions/{decision}/live")
async def decided(decision: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The part of a decision that lives: where each agency stands, and dissent with its answers."""
    made, shared, _ = await _access(session, worker, decision)
    await record(session, Kind.decision_viewed, by=worker, at=clock.now(), case_id=made.case_id, subject=made)
    (card,) = await decisions.shown(session, [made])
    around = [agency.id for agency in shared.circle]
    return show(request, "deciding/_decided.html", shared=shared, card=card, agencies_around=around, Stance=Stance)


async def _access(
    session: CurrentSession, worker: CurrentWorker, decision: str
) -> tuple[Decision, SharedCase, Conference | None]:
    """A decision, its case, and the conference that made it."""
    made = await decisions.access_decision(session, worker, decision)
    shared = await access_case_by_id(session, worker, made.case_id)
    held = await conference_by_id(session, made.conference_id) if made.conference_id else None
    return made, shared, held


def _chairs(held: Conference | None, worker: CurrentWorker) -> bool:
    return held is not None and held.chair_id == worker.worker_id


async def _page(
    request: Request,
    session: CurrentSession,
    shared: SharedCase,
    made: Decision,
    held: Conference | None,
    **forms: Filled[Any],
) -> Response:
    """The page of a decision; `forms` are those that came back with something to mend."""
    worker, at = shared.viewer, clock.now()
    (card,) = await decisions.shown(session, [made])
    owners = await queries.owners(session, [one.id for one in card.open_dissents])
    meeting = await being_held(session, shared.id, at)
    agencies = await _speaking(session, shared, held)
    can_run = shared.may(Permission.conference_run, chair=_chairs(held, worker))
    return show(
        request,
        "deciding/decision.html",
        status=422 if any(form.problems for form in forms.values()) else 200,
        section="board",
        part="conferences",
        shared=shared,
        card=card,
        conference=held,
        meeting=meeting,
        next_conference=(await next_of(session, [shared.id], at)).get(shared.id),
        can_settle=meeting is not None
        and shared.may(Permission.conference_run, chair=meeting.chair_id == worker.worker_id),
        can_answer=shared.may(Permission.dissent_answer, chair=_chairs(held, worker)),
        owners=owners,
        owner_names=await workers_by_id(session, list(owners.values())),
        answer_due={one.id: answer_due(one.stated_at, shared.partnership.clocks) for one in card.open_dissents},
        dissent_until=dissent_until(made.decided_at, shared.partnership.clocks),
        to_ring=await _to_ring(session, shared, held),
        agencies=[one for one in agencies if can_run or one == worker.agency_id],
        agencies_around=[agency.id for agency in shared.circle],
        stances=list(Stance),
        Stance=Stance,
        Settled=Settled,
        WhyNow=WhyNow,
        Matter=Matter,
        position_form=forms.get("position", Filled()),
        answer_form=forms.get("answer", Filled()),
        settle_form_typed=forms.get("settle", Filled()),
        all_forms=[form for form in forms.values() if form.problems],
        back=await way_back(request, f"/decisions/{ref(made.id)}") if forms else "",
    )


async def _speaking(session: CurrentSession, shared: SharedCase, held: Conference | None) -> list[UUID]:
    """The agencies that may have a position: the circle, and those that were invited and have left it since."""
    invited = (await invitees(session, [held.id]))[held.id] if held else []
    return list(dict.fromkeys([*(agency.id for agency in shared.circle), *(one.agency_id for one in invited)]))


async def _to_ring(session: CurrentSession, shared: SharedCase, held: Conference | None) -> Worker | None:
    """Whom to ring about a decision: the chair of its conference, else whoever answers for the case."""
    return await worker_by_id(session, held.chair_id) if held else shared.accountable


@router.post("/decisions/{decision}/positions")
async def position(
    decision: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """States an agency's position: everybody for their own agency, the chair for those in the room."""
    made, shared, held = await _access(session, worker, decision)
    shared.require(Permission.conference_position)
    form, at = await fill(request, PositionIn), clock.now()
    if form.value:
        told = form.value
        own = told.agency == worker.agency_id
        if not own and not shared.may(Permission.conference_run, chair=_chairs(held, worker)):
            raise NotAllowed("You can state the position of your own agency. The chair records those of the others.")
        async with form.refusals(session):
            await _check_speaker(session, shared, held, told, own=own)
            stated = await changes.state_position(
                session,
                made,
                agency_id=told.agency,
                stance=told.stance,
                reason=told.reason,
                stated_by=told.stated_by or (worker.worker_id if own else None),
                by=worker,
                at=at,
                clocks=shared.partnership.clocks,
            )
            await _tell_owner(session, made, stated)
            return once.see(await way_back(request, f"/decisions/{decision}"))
    return await _page(request, session, shared, made, held, position=form)


async def _check_speaker(
    session: CurrentSession, shared: SharedCase, held: Conference | None, told: PositionIn, *, own: bool
) -> None:
    """The position is of an agency around the case, and spoken by somebody of it who was in the room."""
    if told.agency not in await _speaking(session, shared, held):
        raise Refused("Choose an agency around this case", field="agency")
    if held is not None and not own:
        rows = (await invitees(session, [held.id]))[held.id]
        there = [one.agency_id for one in rows if one.attendance and Attendance(one.attendance).is_there]
        check_spoken_for(told.stance, told.agency, there)
    if told.stated_by:
        speaker = (await workers_by_id(session, [told.stated_by])).get(told.stated_by)
        if speaker is None or speaker.agency_id != told.agency:
            raise Refused("Choose who spoke for this agency", field="stated_by")


async def _tell_owner(session: CurrentSession, made: Decision, stated: Position) -> None:
    """Tells whoever must answer a dissent that it is there, unless they wrote it down themselves."""
    if stated.stance != Stance.dissent:
        return
    owner = (await queries.owners(session, [stated.id])).get(stated.id)
    if owner is not None and owner != stated.recorded_by:
        await write(
            session,
            NoticeKind.dissent_stated,
            worker_id=owner,
            subject_id=stated.id,
            case_id=made.case_id,
            link=f"/decisions/{ref(made.id)}",
            at=stated.stated_at,
        )


@router.post("/decisions/{decision}/dissents/{dissent}/answer")
async def answer_dissent(
    decision: str, dissent: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Answers a dissent; whoever stated it is told."""
    made, shared, held = await _access(session, worker, decision)
    stated = await decisions.dissent(session, made, dissent)
    shared.require(
        Permission.dissent_answer,
        "The chair of the conference or the person who answers for the case answers a dissent.",
        chair=_chairs(held, worker),
    )
    form, at = await fill(request, DissentAnswerIn), clock.now()
    if form.value:
        async with form.refusals(session):
            await changes.answer_dissent(session, made, stated, words=form.value.words, by=worker, at=at)
            if stated.stated_by is not None and stated.stated_by != worker.worker_id:
                await write(
                    session,
                    NoticeKind.dissent_answered,
                    worker_id=stated.stated_by,
                    subject_id=stated.id,
                    case_id=made.case_id,
                    link=f"/decisions/{decision}",
                    at=at,
                )
            return once.see(f"/decisions/{decision}")
    form.typed["_dissent"] = [dissent]
    return await _page(request, session, shared, made, held, answer=form)


@router.post("/decisions/{decision}/settlement")
async def settle(
    decision: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Says what the conference that is being held makes of a decision made before it: ratified, amended or reversed."""
    made, shared, held = await _access(session, worker, decision)
    meeting = await being_held(session, shared.id, clock.now())
    if meeting is None:
        raise Conflict("A conference of this case answers it. None is being held just now.")
    shared.require(
        Permission.conference_run,
        "The chair of the conference or the hub’s coordinator records what it says.",
        chair=meeting.chair_id == worker.worker_id,
    )
    form = await fill(request, SettleIn)
    if form.value:
        async with form.refusals(session):
            await changes.settle(
                session,
                made,
                conference_id=meeting.id,
                settled=form.value.settled,
                words=form.value.words,
                by=worker,
                at=clock.now(),
            )
            return once.see(f"/conferences/{ref(meeting.id)}#between")
    return await _page(request, session, shared, made, held, settle=form)


# --- Between meetings -------------------------------------------------------------------------------------------


@router.get("/cases/{case}/decisions/new")
async def new(case: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The form to record a decision made between meetings."""
    shared = await access_to_write(session, worker, case)
    return await _new_page(request, session, shared, Filled())


async def _new_page(request: Request, session: CurrentSession, shared: SharedCase, form: Filled[BetweenIn]) -> Response:
    draft = await restored(session, shared.viewer, shared.id, DraftForm.decision)
    return show(
        request,
        "deciding/new.html",
        status=422 if form.problems else 200,
        section="board",
        part="conferences",
        shared=shared,
        form=form if form.typed else Filled(typed=draft.typed or dict(LIKELY)),
        draft=draft,
        reading=await chronology_reading(session, shared.viewer, shared.id),
        thresholds=list(Threshold),
        meeting=await being_held(session, shared.id, clock.now()),
        whys=list(WhyNow),
    )


@router.post("/cases/{case}/decisions")
async def decide(case: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession) -> Response:
    """Records a decision made between meetings; the agencies that were not asked are told at once."""
    shared, at = await access_case(session, worker, case), clock.now()
    shared.require(Permission.decision_record, "The case is closed.")
    form = await fill_decision(request, BetweenIn, shared.agencies)
    if form.value:
        absent = absent_of(shared.seats, worker.agency_id, form.value.between.consulted)
        async with form.refusals(session):
            if await being_held(session, shared.id, at) is not None:
                raise Refused("A conference of this case is being held: record the decision there")
            unread = form.value.threshold is not None and check_chronology_opened(
                await chronology_reading(session, worker, shared.id), no_time=form.value.no_time
            )
            made = await changes.decide_between(
                session,
                case_id=shared.id,
                matter=Matter.other,
                decided=form.value.decided,
                between=form.value.between,
                absent=absent,
                by=worker,
                at=at,
                unread=unread,
            )
            await tell_absent(session, made, shared.seats, absent, at=at)
            await discard(session, case_id=shared.id, form=DraftForm.decision, by=worker)
            return once.see(f"/decisions/{ref(made.id)}")
    await keep_refused(session, case_id=shared.id, form=DraftForm.decision, typed=form.typed, by=worker, at=at)
    return await _new_page(request, session, shared, form)
