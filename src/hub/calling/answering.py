"""Answering an invitation: in the Hub, by the link in a mail, and by a calendar's own reply; and stepping back."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse, Response

from hub import clock
from hub.agencies.identity import CurrentWorker, Once, asker, way_back
from hub.agencies.queries import partnership, worker_by_id, workers, workers_by_id
from hub.agencies.tables import Worker
from hub.calling import queries
from hub.calling.forms import AnswerIn, DeputyIn, InterestIn, LiftIn
from hub.calling.pages import access
from hub.conferences import answers, series
from hub.conferences import queries as conferences
from hub.conferences.invitations import invitation, path_of
from hub.conferences.rules import Answer, ConferenceState
from hub.conferences.tables import Conference, Invitee
from hub.database import CurrentSession, act_for_the_hub
from hub.errors import Conflict, HubError, NotFound, Refused
from hub.events.changes import record
from hub.events.rules import HUB, Actor, Kind
from hub.ids import from_ref
from hub.inputs import Filled, Problem, fill
from hub.invitations.entries import organiser, uid
from hub.invitations.replies import Invited, Reply, check_reply
from hub.invitations.rules import ANSWERS, read_token
from hub.rendering import show
from hub.sharing.rules import Permission, in_the_circle
from hub.sittings import changes as sittings
from hub.sittings import queries as sitting_queries
from hub.sittings.rules import SittingState
from hub.sittings.tables import Sitting, SittingMember

router = APIRouter()
public = APIRouter()


@router.get("/conferences/{conference}/invitation.ics")
async def calendar_file(conference: str, worker: CurrentWorker, session: CurrentSession) -> Response:
    """The worker's own invitation, to put into a calendar by hand."""
    found = await conferences.access_conference(session, worker, conference)
    if await conferences.invitee(session, found.id, worker.worker_id) is None:
        raise NotFound
    me, chair = await worker_by_id(session, worker.worker_id), await worker_by_id(session, found.chair_id)
    text, method = invitation(found, to=me, chair=chair, at=clock.now())
    await record(session, Kind.calendar_read, by=worker, at=clock.now(), case_id=found.case_id, subject=found)
    headers = {"Content-Disposition": 'attachment; filename="joint-meeting.ics"'}
    return Response(text, media_type=f"text/calendar; charset=utf-8; method={method}", headers=headers)


# --- In the Hub ---------------------------------------------------------------------------------------------------


@router.get("/conferences/{conference}/answer")
async def answer_page(conference: str, request: Request, worker: CurrentWorker, session: CurrentSession) -> Response:
    """Everything that one can answer: coming, perhaps, cannot and why, or who comes instead."""
    found, _ = await access(session, worker, conference)
    listed = await sitting_queries.answered_by(session, found, worker.worker_id)
    if listed:
        return RedirectResponse(f"{sittings.path_of(listed)}/answer", 303)
    return await _answer_page(request, worker, session, found, Filled(), Filled())


async def _answer_page(
    request: Request,
    worker: CurrentWorker,
    session: CurrentSession,
    found: Conference | Sitting,
    form: Filled[AnswerIn],
    deputy: Filled[DeputyIn],
) -> Response:
    is_sitting = isinstance(found, Sitting)
    row: Invitee | SittingMember | None = (
        await sitting_queries.member(session, found.id, worker.worker_id)
        if is_sitting
        else await conferences.invitee(session, found.id, worker.worker_id)
    )
    if row is None:
        raise NotFound
    colleagues = (
        [one for one in await workers(session, agency_ids=[row.agency_id], at=clock.now()) if in_the_circle(one.roles)]
        if isinstance(found, Sitting)
        else await conferences.deputies(session, found, row.agency_id, clock.now())
    )
    case_id = None if isinstance(found, Sitting) else found.case_id
    await record(session, Kind.page_viewed, by=worker, at=clock.now(), case_id=case_id, subject=found, page="answer")
    return show(
        request,
        "calling/answer.html",
        status=422 if form.problems or deputy.problems else 200,
        section="conferences",
        meeting=found,
        path=sittings.path_of(found) if isinstance(found, Sitting) else path_of(found),
        mine=row,
        form=form,
        deputy=deputy,
        answers=ANSWERS,
        Answer=Answer,
        colleagues=[one for one in colleagues if one.id != worker.worker_id],
        in_series=found.series_id is not None and not is_sitting,
    )


@router.post("/conferences/{conference}/answer")
async def answer(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Answers one's invitation; one tap where no reason is needed."""
    found, _ = await access(session, worker, conference)
    form = await fill(request, AnswerIn)
    if form.value:
        told, at = form.value, clock.now()
        async with form.refusals(session):
            await give_answer(session, found, told.answer, told.reason, rest=told.rest == "yes", by=worker, at=at)
            return once.see(await way_back(request, path_of(found)))
    return await _answer_page(request, worker, session, found, form, Filled())


@router.post("/conferences/{conference}/deputy")
async def deputy(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Names the colleague who comes instead."""
    found, _ = await access(session, worker, conference)
    form = await fill(request, DeputyIn)
    if form.value:
        async with form.refusals(session):
            named, at = await _colleague(session, form.value), clock.now()
            listed = await sitting_queries.answered_by(session, found, worker.worker_id)
            if listed:
                await sittings.send_deputy(session, listed, deputy=named, by=worker, at=at)
            else:
                await answers.send_deputy(session, found, deputy=named, by=worker, at=at)
            return once.see(path_of(found))
    return await _answer_page(request, worker, session, found, Filled(), form)


async def _colleague(session: AsyncSession, told: DeputyIn) -> Worker:
    found = (await workers_by_id(session, [told.deputy])).get(told.deputy)
    if found is None or found.ended_at is not None:
        raise Refused("Choose a colleague of your own agency", field="deputy")
    return found


@router.get("/sittings/{sitting}/answer")
async def answer_sitting_page(
    sitting: str, request: Request, worker: CurrentWorker, session: CurrentSession
) -> Response:
    """The same for a meeting with a list."""
    found = await sitting_queries.access_sitting(session, worker, sitting)
    return await _answer_page(request, worker, session, found, Filled(), Filled())


@router.post("/sittings/{sitting}/answer")
async def answer_sitting(
    sitting: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Answers one's invitation to a meeting with a list."""
    found = await sitting_queries.access_sitting(session, worker, sitting)
    form = await fill(request, AnswerIn)
    if form.value:
        async with form.refusals(session):
            await sittings.answer(
                session, found, given=form.value.answer, reason=form.value.reason, by=worker, at=clock.now()
            )
            return once.see(await way_back(request, sittings.path_of(found)))
    return await _answer_page(request, worker, session, found, form, Filled())


@router.post("/sittings/{sitting}/deputy")
async def sitting_deputy(
    sitting: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Names the colleague who comes to a meeting with a list instead."""
    found = await sitting_queries.access_sitting(session, worker, sitting)
    form = await fill(request, DeputyIn)
    if form.value:
        async with form.refusals(session):
            await sittings.send_deputy(
                session, found, deputy=await _colleague(session, form.value), by=worker, at=clock.now()
            )
            return once.see(sittings.path_of(found))
    return await _answer_page(request, worker, session, found, Filled(), form)


# --- Stepping back ------------------------------------------------------------------------------------------------


@router.post("/conferences/{conference}/interest")
async def declare(
    conference: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Declares that one is too near to this case: one is out of its conference from now on, and is told so on the case."""
    found, shared = await access(session, worker, conference)
    form = await fill(request, InterestIn)
    if await conferences.invitee(session, found.id, worker.worker_id) is None:
        raise NotFound
    if form.value:
        async with form.refusals(session):
            await answers.declare_interest(
                session, found, worker_id=worker.worker_id, nature=form.value.nature, by=worker, at=clock.now()
            )
            listed = await sitting_queries.sitting_of(session, found.id)
            return once.see(sittings.path_of(listed) if listed else f"{shared.path}/conferences")
    return show(
        request, "calling/interest.html", status=422, shared=shared, conference=found, form=form, section="conferences",
        part="conferences", lifted=None, who="",
    )  # fmt: skip


@router.post("/conferences/{conference}/interests/{declared}/lift")
async def lift(
    conference: str, declared: str, request: Request, worker: CurrentWorker, once: Once, session: CurrentSession
) -> Response:
    """Lets somebody back in, with the reason: the chair's, or the coordinator's."""
    found, shared = await access(session, worker, conference)
    shared.require(
        Permission.conference_run,
        "Only the chair or the hub’s coordinator can do this.",
        chair=found.chair_id == worker.worker_id,
    )
    standing = (await conferences.interests(session, [found.id]))[found.id]
    row = next((one for one in standing if one.id == from_ref(declared)), None)
    if row is None:
        raise NotFound
    form = await fill(request, LiftIn)
    if form.value:
        async with form.refusals(session):
            await answers.lift_interest(session, found, row, because=form.value.nature, by=worker, at=clock.now())
            return once.see(path_of(found))
    return show(
        request, "calling/interest.html", status=422, shared=shared, conference=found, form=form, section="conferences",
        part="conferences", lifted=row, who=(await worker_by_id(session, row.worker_id)).name,
    )  # fmt: skip


# --- By the link in a mail ----------------------------------------------------------------------------------------


@public.get("/answer/{token}")
async def by_link(token: str, request: Request, session: CurrentSession) -> Response:
    """The page behind the link in a mail: when the meeting is, and the answers. It says nothing about anybody."""
    return await _link_page(request, session, token, Filled())


async def _invited(
    session: AsyncSession, token: str, at: datetime
) -> tuple[Conference | Sitting, Invitee | SittingMember, Worker] | None:
    """The invitation that a link is for; None once it has run out. Raises NotFound for one that we did not sign."""
    read = read_token(token, at)
    if read is None:
        raise NotFound
    asked_id, ran_out = read
    await act_for_the_hub(session)
    found = await queries.asked(session, asked_id)
    if found is None:
        raise NotFound
    meeting, row = found
    worker = await worker_by_id(session, row.worker_id)
    off = row.answer == Answer.not_needed or meeting.state not in (
        ConferenceState.scheduled.value,
        SittingState.scheduled.value,
    )
    return None if ran_out or off or worker.ended_at is not None else (meeting, row, worker)


async def _link_page(
    request: Request, session: CurrentSession, token: str, form: Filled[AnswerIn], *, done: bool = False
) -> Response:
    request.state.partnership = await partnership(session)
    invited = await _invited(session, token, clock.now())
    meeting, row = (invited[0], invited[1]) if invited else (None, None)
    return show(
        request,
        "calling/by_link.html",
        status=410 if invited is None else 422 if form.problems else 200,
        meeting=meeting,
        mine=row,
        form=form,
        token=token,
        answers=ANSWERS,
        Answer=Answer,
        in_series=await _in_words(session, meeting) if meeting else "",
        can_answer_rest=isinstance(meeting, Conference),
        done=done,
    )


async def _in_words(session: AsyncSession, meeting: Conference | Sitting) -> str:
    """How the series of a meeting goes on, in days and hours alone; nothing for one that stands by itself."""
    row = await conferences.series_by_id(session, meeting.series_id)
    if row is None:
        return ""
    held: Sequence[Conference | Sitting] = (
        await sitting_queries.of_series(session, row.id)
        if isinstance(meeting, Sitting)
        else await conferences.of_series(session, row.id)
    )
    return series.in_words(row, held, meeting.starts_at)


@public.post("/answer/{token}")
async def answer_by_link(token: str, request: Request, session: CurrentSession) -> Response:
    """Answers from the mail, signed in or not. Answering twice is answering; the last answer counts."""
    at = clock.now()
    invited = await _invited(session, token, at)
    form = await fill(request, AnswerIn)
    if invited is None:
        return await _link_page(request, session, token, form)
    meeting, _, worker = invited
    if form.value and form.value.answer in ANSWERS:
        by = asker(request)
        by = Actor(worker.id, worker.agency_id, None, frozenset(worker.roles), by.request_id, by.ip_prefix)
        async with form.refusals(session):
            told = form.value
            await give_answer(session, meeting, told.answer, told.reason, rest=told.rest == "yes", by=by, at=at)
            return await _link_page(request, session, token, Filled(), done=True)
    elif form.value:
        form.problems.append(Problem("answer", "Choose your answer"))
    return await _link_page(request, session, token, form)


async def give_answer(
    session: AsyncSession,
    meeting: Conference | Sitting,
    given: Answer,
    reason: str,
    *,
    rest: bool = False,
    by: Actor,
    at: datetime,
) -> None:
    """Answers for a worker; what is said to a conference on a list is said to the meeting as a whole.

    `rest` gives the same answer to the other conferences of its series that they have not answered yet.
    """
    if isinstance(meeting, Conference):
        whole = await sitting_queries.answered_by(session, meeting, by.worker_id) if by.worker_id else None
        if whole is None:
            await answers.answer(session, meeting, given=given, reason=reason, by=by, at=at)
            if rest and by.worker_id:
                await series.answer_rest(session, meeting, worker_id=by.worker_id, given=given, reason=reason, at=at)
            return
        meeting = whole
    await sittings.answer(session, meeting, given=given, reason=reason, by=by, at=at)


# --- By a calendar's reply ----------------------------------------------------------------------------------------


async def take_reply(session: AsyncSession, reply: Reply, *, at: datetime) -> str:
    """Enters a calendar's answer, when it is what it says it is. Raises Refused, saying what was wrong.

    A reply to a whole series answers the meetings of it that have no answer yet; one to a single meeting answers that.
    """
    entry, _, _ = reply.uid.partition("@")
    try:
        entry_id = from_ref(entry)
    except HubError:
        raise Refused("Nobody with that address is invited to that meeting.") from None
    meetings = [
        one
        for one in await queries.of_entry(session, entry_id, reply.slot_at)
        if one.state == ConferenceState.scheduled and one.starts_at > at
    ]
    found = []
    for meeting in meetings:
        rows: list[Invitee] | list[SittingMember] = (
            (await sitting_queries.members(session, [meeting.id]))[meeting.id]
            if isinstance(meeting, Sitting)
            else (await conferences.invitees(session, [meeting.id]))[meeting.id]
        )
        people = await workers_by_id(session, [row.worker_id for row in rows])
        found += [
            (meeting, row, people[row.worker_id])
            for row in rows
            if people[row.worker_id].email.lower() == reply.attendee
        ]
    if not found:
        check_reply(reply, None)
    whole = reply.slot_at is None and len(found) > 1
    answered = 0
    for meeting, row, worker in found:
        if whole and (row.answer != Answer.awaited or meeting.sequence > reply.sequence):
            continue
        check_reply(
            reply,
            Invited(uid(entry_id), worker.email, organiser(entry_id, worker.id), meeting.sequence, row.answered_at),
        )
        by = Actor(worker.id, worker.agency_id, None, frozenset(worker.roles))
        await _enter(session, meeting, reply, by=by, at=at)
        answered += 1
    if not answered:
        raise Conflict("Every meeting of that series has been answered or moved already.")
    return f"{reply.answer.label} ({answered} {'meeting' if answered == 1 else 'meetings'})."


async def _enter(
    session: AsyncSession, meeting: Conference | Sitting, reply: Reply, *, by: Actor, at: datetime
) -> None:
    if reply.answer is Answer.deputy:
        raise Refused("Name your deputy in the Hub: an invitation is passed on to colleagues who have an account.")
    reason = reply.comment.strip() or ("Answered from their calendar" if reply.answer is Answer.declined else "")
    await give_answer(session, meeting, reply.answer, reason, by=by, at=at)


async def refuse_reply(session: AsyncSession, refused: HubError, *, at: datetime) -> str:
    """Notes that a reply was not accepted, without a word of it, and says why."""
    session.expire_all()
    await record(session, Kind.calendar_reply_refused, by=HUB, at=at, reason=type(refused).__name__)
    return refused.sentence
