"""Asking for requests: who may see one, and how much of it.

The circle of the case sees the whole request. An agency that was asked from outside the circle sees the request's own
words, the people it is about, and its own answers; never the case, and never what others were asked or said.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.queries import SharedCase, accountable_for_all
from hub.cases.rules import Rating
from hub.cases.tables import Accountability
from hub.contributions.queries import readable
from hub.contributions.tables import Contribution
from hub.database import beyond_the_wall
from hub.errors import NotFound
from hub.events.looks import note_opened
from hub.ids import from_ref, ref
from hub.people.queries import people_by_id
from hub.people.tables import Person
from hub.requests.rules import ReplyKind, is_silent
from hub.requests.tables import AskedAgency, InformationRequest, RequestReply
from hub.sharing import scope
from hub.sharing.queries import seat
from hub.sharing.rules import Permission, Standing, Viewer, may, standing_of

CASE_IS_OPEN: ColumnElement[bool] = func.case_is_open(InformationRequest.case_id)
"""All that an agency outside the circle learns of the case: a function of the database, which looks past the wall."""
WITHHOLDING = [kind.value for kind in ReplyKind if kind.withholds]


def asked_us(viewer: Viewer) -> ColumnElement[bool]:
    """The request asks the viewer's agency."""
    return exists().where(AskedAgency.request_id == InformationRequest.id, AskedAgency.agency_id == viewer.agency_id)


def visible_requests(viewer: Viewer) -> ColumnElement[bool]:
    """The twin in SQL of Permission.request_read."""
    return or_(
        scope.case_opens(viewer, InformationRequest.case_id),
        and_(
            scope.reaches_agency(viewer, InformationRequest.case_id),
            or_(asked_us(viewer), InformationRequest.agency_id == viewer.agency_id),
        ),
    )


@dataclass
class OneAsked:
    """An agency that was asked, who answers there, and its answers in the order in which they came."""

    asked: AskedAgency
    accountability: Accountability | None = None
    replies: list[RequestReply] = field(default_factory=list)

    @property
    def reply(self) -> RequestReply | None:
        """The answer that stands."""
        return self.replies[-1] if self.replies and self.asked.answered_at is not None else None


@dataclass
class SeenRequest:
    """A request as one worker may see it."""

    request: InformationRequest
    viewer: Viewer
    standing: Standing
    in_circle: bool
    closed: bool
    people: list[Person] = field(default_factory=list)
    asked: list[OneAsked] = field(default_factory=list)
    words: dict[UUID, Contribution] = field(default_factory=dict)
    """By thread, what was supplied, where this worker may read it."""

    @property
    def path(self) -> str:
        return f"/requests/{ref(self.request.id)}"

    @property
    def rating(self) -> Rating | None:
        return Rating(self.request.rating) if self.request.rating else None

    @property
    def ours(self) -> OneAsked | None:
        """What is asked of the viewer's own agency."""
        if not self.viewer.by_agency:
            return None
        return next((one for one in self.asked if one.asked.agency_id == self.viewer.agency_id), None)

    def may(self, permission: Permission) -> bool:
        return may(permission, self.standing)

    def waits(self, one: OneAsked) -> bool:
        """Whether an agency's answer is still waited for."""
        return one.asked.answered_at is None and self.request.withdrawn_at is None and not self.closed

    def silent(self, one: OneAsked, at: datetime) -> bool:
        """Whether an agency has let its time go by without a word; never in a closed case."""
        return not self.closed and is_silent(one.asked.due_at, one.asked.answered_at, self.request.withdrawn_at, at)


async def access_request(session: AsyncSession, viewer: Viewer, request_ref: str) -> SeenRequest:
    """The request at an address with as much of it as this worker may see. Raises NotFound, hidden or absent."""
    row = (
        await session.execute(
            select(InformationRequest, CASE_IS_OPEN).where(
                InformationRequest.id == from_ref(request_ref), visible_requests(viewer)
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    request, is_open = row
    note_opened(session, case_id=request.case_id)
    ours = viewer.by_agency
    inside = ours and await seat(session, agency_id=viewer.agency_id, case_id=request.case_id) is not None
    own = ours and request.agency_id == viewer.agency_id
    all_of_it = (await asked_of(session, [request.id]))[request.id]
    mine = ours and any(one.asked.agency_id == viewer.agency_id for one in all_of_it)
    people = await people_by_id(session, request.about)
    let_in = not (inside or own or mine)  # then it is by a grant: nothing else shows it to them
    shown = [one for one in all_of_it if inside or own or let_in or one.asked.agency_id == viewer.agency_id]
    return SeenRequest(
        request=request,
        viewer=viewer,
        standing=standing_of(
            viewer, in_circle=inside, own_agency=own, asked_us=mine, granted=let_in, case_open=is_open
        ),
        in_circle=inside,
        closed=not is_open,
        people=[people[one] for one in request.about if one in people],
        asked=shown,
        words=await supplied_words(session, viewer, [reply for one in shown for reply in one.replies]),
    )


async def asked_of(session: AsyncSession, request_ids: Collection[UUID]) -> dict[UUID, list[OneAsked]]:
    """The agencies that several requests ask, with their answers. The caller has asked for the requests."""
    found: dict[UUID, list[OneAsked]] = defaultdict(list)
    if not request_ids:
        return found
    asked = (
        await session.scalars(
            select(AskedAgency).where(AskedAgency.request_id.in_(request_ids)).order_by(AskedAgency.id)
        )
    ).all()
    ids = [one.id for one in asked]
    held = await accountable_for_all(session, "request", ids)
    replies: dict[UUID, list[RequestReply]] = defaultdict(list)
    for reply in await session.scalars(
        select(RequestReply).where(RequestReply.asked_id.in_(ids)).order_by(RequestReply.replied_at)
    ):
        replies[reply.asked_id].append(reply)
    for one in asked:
        found[one.request_id].append(OneAsked(one, held.get(one.id), replies[one.id]))
    return found


async def supplied_words(
    session: AsyncSession, viewer: Viewer, replies: Collection[RequestReply]
) -> dict[UUID, Contribution]:
    """What several answers supplied, as it reads now: for those who may read the contribution, and for its author's
    agency wherever it stands."""
    threads = [reply.thread_id for reply in replies if reply.thread_id is not None]
    if not threads:
        return {}
    async with beyond_the_wall(session):  # an agency outside the circle reads its own answer again
        rows = await session.scalars(
            select(Contribution).where(
                Contribution.thread_id.in_(threads),
                Contribution.superseded_at.is_(None),
                or_(readable(viewer), Contribution.agency_id == viewer.agency_id),
            )
        )
    return {row.thread_id: row for row in rows}


async def lock_asked(session: AsyncSession, request_id: UUID, agency_id: UUID) -> AskedAgency:
    """What is asked of an agency, held until the transaction ends, so that two answers are never both the first."""
    found = await session.scalar(
        select(AskedAgency)
        .where(AskedAgency.request_id == request_id, AskedAgency.agency_id == agency_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


async def lock_reply(session: AsyncSession, viewer: Viewer, reply_ref: str) -> tuple[RequestReply, InformationRequest]:
    """An answer that withholds something, held for its review, if it concerns the viewer's agency. Raises NotFound."""
    row = (
        await session.execute(
            select(RequestReply, InformationRequest)
            .join(AskedAgency, AskedAgency.id == RequestReply.asked_id)
            .join(InformationRequest, InformationRequest.id == AskedAgency.request_id)
            .where(RequestReply.id == from_ref(reply_ref), RequestReply.kind.in_(WITHHOLDING), _concerns(viewer))
            .with_for_update(of=RequestReply)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _concerns(viewer: Viewer) -> ColumnElement[bool]:
    """An answer of the viewer's agency, or an answer to what it asked."""
    return and_(
        scope.reaches_agency(viewer, InformationRequest.case_id),
        or_(AskedAgency.agency_id == viewer.agency_id, InformationRequest.agency_id == viewer.agency_id),
    )


async def requests_of_case(session: AsyncSession, shared: SharedCase) -> list[SeenRequest]:
    """A case's requests with their answers, the newest first."""
    found = (
        await session.scalars(
            select(InformationRequest)
            .where(InformationRequest.case_id == shared.id)
            .order_by(InformationRequest.asked_at.desc())
            .limit(200)
        )
    ).all()
    asked = await asked_of(session, [one.id for one in found])
    words = await supplied_words(
        session, shared.viewer, [r for many in asked.values() for one in many for r in one.replies]
    )
    people = {person.id: person for person, _ in shared.people}
    return [
        SeenRequest(
            request=one,
            viewer=shared.viewer,
            standing=shared.standing,
            in_circle=True,
            closed=shared.case.closed_at is not None,
            people=[people[person] for person in one.about if person in people],
            asked=asked[one.id],
            words=words,
        )
        for one in found
    ]


async def answers_told(session: AsyncSession, thread_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """By thread, the request that a contribution answers."""
    if not thread_ids:
        return {}
    rows = await session.execute(
        select(RequestReply.thread_id, AskedAgency.request_id)
        .join(AskedAgency, AskedAgency.id == RequestReply.asked_id)
        .where(RequestReply.thread_id.in_(thread_ids))
    )
    return {row[0]: row[1] for row in rows}


async def answered(session: AsyncSession, case_ids: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """The cases in which each agency has answered a request, in whatever way: it is not silent there."""
    if not case_ids:
        return set()
    rows = await session.execute(
        select(InformationRequest.case_id, AskedAgency.agency_id)
        .join(AskedAgency, AskedAgency.request_id == InformationRequest.id)
        .where(InformationRequest.case_id.in_(case_ids), exists().where(RequestReply.asked_id == AskedAgency.id))
        .distinct()
    )
    return {(row[0], row[1]) for row in rows}


# --- Lists ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cut:
    """Which part of a list is asked for."""

    side: str = "of-us"
    state: str = "waiting"
    agency_id: UUID | None = None
    order: str = "clock"


@dataclass(frozen=True)
class Row:
    """One agency asked in one request, as a list shows it."""

    request: InformationRequest
    asked: AskedAgency
    last_kind: str | None


def _in_state(state: str, at: datetime) -> list[Any]:
    waits = and_(AskedAgency.answered_at.is_(None), InformationRequest.withdrawn_at.is_(None), CASE_IS_OPEN)
    match state:
        case "waiting":
            return [waits]
        case "overdue":
            return [waits, AskedAgency.due_at < at]
        case "answered":
            return [AskedAgency.answered_at.is_not(None)]
    return []


async def rows(
    session: AsyncSession, viewer: Viewer, cut: Cut, *, at: datetime, limit: int, offset: int
) -> tuple[list[Row], int]:
    """What was asked of the viewer's agency, or by it, and how many there are in all."""
    ours, theirs = AskedAgency.agency_id, InformationRequest.agency_id
    if cut.side == "by-us":
        ours, theirs = theirs, ours
    conditions: list[Any] = [
        ours == viewer.agency_id,
        scope.reaches_agency(viewer, InformationRequest.case_id),
        *_in_state(cut.state, at),
    ]
    if cut.agency_id is not None:
        conditions.append(theirs == cut.agency_id)
    last = (
        select(RequestReply.kind)
        .where(RequestReply.asked_id == AskedAgency.id)
        .order_by(RequestReply.replied_at.desc())
        .limit(1)
        .correlate(AskedAgency)
        .scalar_subquery()
    )
    asked: Any = (
        select(InformationRequest, AskedAgency, last)
        .join(AskedAgency, AskedAgency.request_id == InformationRequest.id)
        .where(*conditions)
    )
    total = await session.scalar(
        select(func.count())
        .select_from(AskedAgency)
        .join(InformationRequest, InformationRequest.id == AskedAgency.request_id)
        .where(*conditions)
    )
    newest_first = cut.order == "newest" or cut.state == "answered"
    order = [InformationRequest.asked_at.desc()] if newest_first else [AskedAgency.due_at]
    found = await session.execute(asked.order_by(*order, AskedAgency.id).limit(limit).offset(offset))
    return [Row(*row) for row in found], total or 0


@dataclass(frozen=True)
class Withheld:
    """An answer that withholds something, as the information guardian sees it."""

    reply: RequestReply
    asked: AskedAgency
    request: InformationRequest


async def refusals(
    session: AsyncSession, viewer: Viewer, *, state: str, limit: int, offset: int
) -> tuple[list[Withheld], int]:
    """The refusals that concern the viewer's own agency: those that wait for a review first by their clock."""
    conditions = [RequestReply.kind.in_(WITHHOLDING), _concerns(viewer)]
    if state == "waiting":
        conditions.append(RequestReply.reviewed_at.is_(None))
    elif state == "reviewed":
        conditions.append(RequestReply.reviewed_at.is_not(None))
    asked = (
        select(RequestReply, AskedAgency, InformationRequest)
        .join(AskedAgency, AskedAgency.id == RequestReply.asked_id)
        .join(InformationRequest, InformationRequest.id == AskedAgency.request_id)
        .where(*conditions)
    )
    total = await session.scalar(select(func.count()).select_from(asked.subquery()))
    order = [RequestReply.reviewed_at.desc().nulls_first(), RequestReply.review_due_at, RequestReply.id]
    found = await session.execute(asked.order_by(*order).limit(limit).offset(offset))
    return [Withheld(*row) for row in found], total or 0


async def agencies_asked_in(session: AsyncSession, request_id: UUID, agencies: Collection[UUID]) -> set[UUID]:
    """Those of some agencies that a request asks, or that asked it: they may hear that it changed."""
    found = await session.scalars(
        select(AskedAgency.agency_id).where(AskedAgency.request_id == request_id, AskedAgency.agency_id.in_(agencies))
    )
    asker = await session.scalar(select(InformationRequest.agency_id).where(InformationRequest.id == request_id))
    return set(found) | ({asker} & set(agencies) if asker is not None else set())


# --- What waits, and the clock ----------------------------------------------------------------------------------


def _waiting_for(viewer: Viewer) -> list[ColumnElement[bool]]:
    return [
        and_(AskedAgency.agency_id == viewer.agency_id, scope.reaches_agency(viewer, InformationRequest.case_id)),
        AskedAgency.answered_at.is_(None),
        InformationRequest.withdrawn_at.is_(None),
        CASE_IS_OPEN,
        exists().where(
            Accountability.subject_type == "request",
            Accountability.subject_id == AskedAgency.id,
            Accountability.worker_id == viewer.worker_id,
            Accountability.ended_at.is_(None),
        ),
    ]


def count_waiting(viewer: Viewer) -> Any:
    """How many requests wait for this worker's answer, to be added to other counts in one query."""
    return (
        select(func.count())
        .select_from(AskedAgency)
        .join(InformationRequest, InformationRequest.id == AskedAgency.request_id)
        .where(*_waiting_for(viewer))
        .scalar_subquery()
    )


async def waiting_for(session: AsyncSession, viewer: Viewer) -> list[tuple[InformationRequest, AskedAgency]]:
    """The requests that wait for this worker's answer, by their clock."""
    found = await session.execute(
        select(InformationRequest, AskedAgency)
        .join(AskedAgency, AskedAgency.request_id == InformationRequest.id)
        .where(*_waiting_for(viewer))
        .order_by(AskedAgency.due_at)
    )
    return [(row[0], row[1]) for row in found]


async def claim_overdue(session: AsyncSession, at: datetime) -> tuple[AskedAgency, InformationRequest] | None:
    """One agency whose time has run out and who has not been told, held until the transaction ends."""
    row = (
        await session.execute(
            select(AskedAgency, InformationRequest)
            .join(InformationRequest, InformationRequest.id == AskedAgency.request_id)
            .where(
                AskedAgency.due_at <= at,
                AskedAgency.answered_at.is_(None),
                AskedAgency.overdue_told_at.is_(None),
                InformationRequest.withdrawn_at.is_(None),
                CASE_IS_OPEN,
            )
            .order_by(AskedAgency.due_at)
            .limit(1)
            .with_for_update(of=AskedAgency, skip_locked=True)
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None
