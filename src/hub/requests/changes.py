"""Asking, answering, needing longer, taking back, and looking again at a refusal."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import timers
from hub.agencies.queries import workers
from hub.cases.changes import name_accountable
from hub.cases.queries import accountable_for
from hub.cases.rules import Rating, check_reason
from hub.conferences.queries import overseer_of
from hub.contributions import changes as contributions
from hub.contributions.changes import Said
from hub.contributions.rules import ContributionKind
from hub.contributions.tables import Contribution
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import HUB, Kind
from hub.ids import ref
from hub.london import london
from hub.notices.changes import write
from hub.notices.rules import NoticeKind
from hub.requests import queries
from hub.requests.rules import (
    MoreTime,
    Purpose,
    Refusal,
    ReplyKind,
    Review,
    check_asking,
    check_later,
    check_refusal,
    check_search,
    check_waiting,
    reply_timer,
    review_timer,
)
from hub.requests.tables import AskedAgency, InformationRequest, RequestReply
from hub.sharing.rules import Audience, Role, Viewer

Clocks = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """What is asked, of whom, about whom, what for, and under which law."""

    purpose: Purpose
    question: str
    about: tuple[UUID, ...]
    gateway: str
    agencies: Mapping[UUID, UUID]
    """By agency, the one person there who answers for the reply."""


async def ask(
    session: AsyncSession,
    *,
    case_id: UUID,
    asked: Question,
    people: Collection[UUID],
    rating: Rating | None,
    clocks: Clocks,
    by: Viewer,
    at: datetime,
) -> InformationRequest:
    """Asks agencies for information. At each, one named person answers for the reply and is told."""
    check_asking(asked.question, asked.about, people, asked.agencies, by.agency_id, asked.gateway)
    request = InformationRequest(
        case_id=case_id,
        agency_id=by.agency_id,
        asked_by=by.worker_id,
        purpose=asked.purpose.value,
        question=asked.question,
        about=list(dict.fromkeys(asked.about)),
        gateway=asked.gateway,
        rating=rating.value if rating else None,
        asked_at=at,
    )
    session.add(request)
    await session.flush()
    due = timers.due(reply_timer(rating), at, clocks)
    for agency_id, worker_id in asked.agencies.items():
        part = AskedAgency(request_id=request.id, agency_id=agency_id, due_at=due, first_due_at=due)
        session.add(part)
        await session.flush()
        # The Hub names them: handed back, it falls to nobody, and never to the worker who asked.
        await name_accountable(
            session, case_id=case_id, subject_type="request", subject_id=part.id, worker_id=worker_id, by=HUB, at=at
        )
        await _tell(session, NoticeKind.request_received, request, worker_id, at)
    await record(
        session,
        Kind.request_asked,
        by=by,
        at=at,
        case_id=case_id,
        subject=request,
        purpose=asked.purpose.value,
        gateway=asked.gateway,
        asked=list(asked.agencies),
    )
    return request


async def _tell(
    session: AsyncSession, kind: NoticeKind, request: InformationRequest, worker_id: UUID | None, at: datetime
) -> None:
    if worker_id is not None:
        await write(
            session, kind, worker_id=worker_id, subject_id=request.id, link=f"/requests/{ref(request.id)}", at=at
        )


async def _waiting(session: AsyncSession, request: InformationRequest, by: Viewer) -> AskedAgency:
    asked = await queries.lock_asked(session, request.id, by.agency_id)
    check_waiting(asked.answered_at, request.withdrawn_at)
    return asked


async def take_on(
    session: AsyncSession, request: InformationRequest, *, worker_id: UUID, by: Viewer, at: datetime
) -> None:
    """Names who at the asked agency answers: oneself, which is accepting, or a colleague, who is told."""
    asked = await _waiting(session, request, by)
    named = await accountable_for(session, "request", asked.id)
    if named is None or named.worker_id != worker_id:
        await name_accountable(
            session,
            case_id=request.case_id,
            subject_type="request",
            subject_id=asked.id,
            worker_id=worker_id,
            by=by if worker_id == by.worker_id else HUB,
            at=at,
        )
        if worker_id != by.worker_id:
            await _tell(session, NoticeKind.request_received, request, worker_id, at)
    elif worker_id == by.worker_id:
        named.accepted_at = named.accepted_at or at
    await record(
        session,
        Kind.request_taken_on,
        by=by,
        at=at,
        case_id=request.case_id,
        subject=request,
        worker=worker_id,
        agency=by.agency_id,
    )


async def need_longer(
    session: AsyncSession,
    request: InformationRequest,
    *,
    until: datetime,
    because: MoreTime,
    words: str = "",
    by: Viewer,
    at: datetime,
) -> None:
    """Says until when the agency needs, and why: an answer that keeps it from being silent until then."""
    asked = await _waiting(session, request, by)
    check_later(until, at)
    asked.due_at, asked.overdue_told_at = until, None
    asked.more_time, asked.more_time_words = because.value, words
    await record(
        session,
        Kind.request_time_asked,
        by=by,
        at=at,
        case_id=request.case_id,
        subject=request,
        agency=by.agency_id,
        until=until,
        reason=because.value,
    )


@dataclass(frozen=True)
class Answer:
    """An answer as it is given; which of its parts are needed follows from its kind."""

    kind: ReplyKind
    words: str = ""
    kind_of_words: ContributionKind = ContributionKind.fact
    as_of: date | None = None
    only_asker: bool = False
    system: str = ""
    since_year: int | None = None
    until_year: int | None = None
    searched_on: date | None = None
    withheld: str = ""
    refusal: Refusal | None = None
    because: str = ""
    owner: str = ""


def _check_withholding(answer: Answer, request: InformationRequest, clocks: Clocks, at: datetime) -> None:
    if answer.kind is ReplyKind.part and not answer.withheld.strip():
        raise Refused("Say what you hold back, without saying what is in it", field="withheld")
    if answer.refusal is None:
        raise Refused("Choose the reason", field="refusal")
    if answer.refusal is Refusal.not_ours and not answer.owner.strip():
        raise Refused("Say whose data it is, so that they can be asked", field="owner")
    rating = Rating(request.rating) if request.rating else None
    clock = timers.timer(review_timer(rating), clocks)
    time = f"{clock.count:g} {clock.unit.value if clock.count != 1 else clock.unit.value.removesuffix('s')}"
    check_refusal(answer.because, gateway=request.gateway, review_time=time)


async def reply(
    session: AsyncSession,
    request: InformationRequest,
    *,
    answer: Answer,
    profession: str,
    circle: list[UUID],
    clocks: Clocks,
    by: Viewer,
    at: datetime,
) -> RequestReply:
    """Answers for the asked agency. What is supplied, or not found, becomes a contribution in that agency's lane.

    A refusal goes to whoever asked, to the chair, and to the information guardians of the agency that refuses.
    """
    asked = await _waiting(session, request, by)
    if answer.kind.withholds:
        _check_withholding(answer, request, clocks, at)
    said = await _contribute(session, request, answer, profession, circle, by, at)
    rating = Rating(request.rating) if request.rating else None
    given = RequestReply(
        asked_id=asked.id,
        kind=answer.kind.value,
        thread_id=said.thread_id if said else None,
        system=answer.system.strip(),
        since_year=answer.since_year,
        until_year=answer.until_year,
        searched_on=answer.searched_on,
        withheld=answer.withheld,
        refusal=answer.refusal.value if answer.refusal and answer.kind.withholds else None,
        because=answer.because,
        owner=answer.owner,
        replied_by=by.worker_id,
        replied_at=at,
        review_due_at=timers.due(review_timer(rating), at, clocks) if answer.kind.withholds else None,
    )
    session.add(given)
    asked.answered_at = at
    await session.flush()
    await record(
        session,
        Kind.request_replied,
        by=by,
        at=at,
        case_id=request.case_id,
        subject=request,
        agency=by.agency_id,
        kind_of=answer.kind.value,
        refusal=given.refusal,
    )
    await _tell_of_reply(session, request, given, by, at)
    return given


async def _contribute(
    session: AsyncSession,
    request: InformationRequest,
    answer: Answer,
    profession: str,
    circle: list[UUID],
    by: Viewer,
    at: datetime,
) -> Contribution | None:
    """What the answer supplies, written once: in the lane of the agency that answers."""
    if answer.kind is ReplyKind.refused:
        return None
    words, today = answer.words, london(at).date()
    if answer.kind is ReplyKind.nothing:
        search = check_search(answer.system, answer.since_year, answer.until_year, answer.searched_on, today)
        words = search.sentence(answer.words, today)
    said = Said(
        kind=answer.kind_of_words,
        words=words,
        as_of=answer.searched_on or answer.as_of or today,
        audience=Audience.named if answer.only_asker else Audience.circle,
        agencies=(request.agency_id,) if answer.only_asker else (),
        power=request.gateway,
    )
    return await contributions.add(
        session,
        case_id=request.case_id,
        said=said,
        profession=profession,
        circle=[*circle, request.agency_id],
        by=by,
        at=at,
    )


async def _tell_of_reply(
    session: AsyncSession, request: InformationRequest, given: RequestReply, by: Viewer, at: datetime
) -> None:
    if not ReplyKind(given.kind).withholds:
        await _tell(session, NoticeKind.request_answered, request, request.asked_by, at)
        return
    own = await workers(session, agency_ids=[by.agency_id], at=at)
    told: list[UUID | None] = [
        request.asked_by,
        *(one.id for one in own if Role.guardian in one.roles and one.id != by.worker_id),
    ]
    if given.kind == ReplyKind.refused:
        told.append(await overseer_of(session, request.case_id, at))
    for worker_id in dict.fromkeys(told):
        await _tell(session, NoticeKind.request_refused, request, worker_id, at)


async def withdraw(
    session: AsyncSession, request: InformationRequest, *, reason: str, by: Viewer, at: datetime
) -> None:
    """Takes a request back: nobody has to answer it any more. Only the agency that asked can."""
    if request.agency_id != by.agency_id:
        raise Refused("Only the agency that asked can take a request back.")
    if request.withdrawn_at is not None:
        raise Conflict("This request has been taken back already.")
    check_reason(reason)
    request.withdrawn_at, request.withdrawn_because = at, reason
    await record(session, Kind.request_withdrawn, by=by, at=at, case_id=request.case_id, subject=request)


async def review(
    session: AsyncSession,
    given: RequestReply,
    request: InformationRequest,
    *,
    review: Review,
    words: str,
    clocks: Clocks,
    by: Viewer,
    at: datetime,
) -> None:
    """Looks again at a refusal. Overturned, the agency is asked anew, with a clock of its own; the refusal stays to be
    read. Nobody reviews a refusal of their own."""
    if given.reviewed_at is not None:
        raise Conflict("A colleague has looked at this refusal already.")
    if given.replied_by == by.worker_id:
        raise Refused("You gave this refusal yourself: a colleague must look at it.", field="review")
    check_reason(words, "words")
    given.review, given.review_words = review.value, words
    given.reviewed_by, given.reviewed_at = by.worker_id, at
    asked = await queries.lock_asked(session, request.id, by.agency_id)
    named = await accountable_for(session, "request", asked.id)
    if review is Review.overturned:
        rating = Rating(request.rating) if request.rating else None
        asked.answered_at, asked.overdue_told_at = None, None
        asked.due_at = timers.due(reply_timer(rating), at, clocks)
        await _tell(session, NoticeKind.request_received, request, named.worker_id if named else None, at)
    await _tell(session, NoticeKind.request_answered, request, request.asked_by, at)
    await record(
        session,
        Kind.request_reviewed,
        by=by,
        at=at,
        case_id=request.case_id,
        subject=request,
        agency=by.agency_id,
        review=review.value,
    )


async def tell_overdue(session: AsyncSession, asked: AskedAgency, request: InformationRequest, *, at: datetime) -> None:
    """Tells the agency, once for each clock, that its time has run out: whoever answers there, and the team leaders."""
    asked.overdue_told_at = at
    named = await accountable_for(session, "request", asked.id)
    own = await workers(session, agency_ids=[asked.agency_id], at=at)
    leaders = [one.id for one in own if Role.leader in one.roles]
    for worker_id in dict.fromkeys([*([named.worker_id] if named else []), *leaders]):
        await _tell(session, NoticeKind.request_overdue, request, worker_id, at)
    await record(
        session,
        Kind.request_overdue,
        by=HUB,
        at=at,
        case_id=request.case_id,
        subject=request,
        agency=asked.agency_id,
    )
