"""What professionals do to a case: open it, state its problem, rate it, move it, name who answers for it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases import queries, steering
from hub.cases.rules import Rating, Scheme, Stage, check_move, check_reason, clock_of
from hub.cases.steering import ROUTINE, Between, Matter, Steered, check_why
from hub.cases.tables import Accountability, Case, LastLook, ProblemCitation, ProblemStatement
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import Actor, Kind
from hub.ids import spoken_reference
from hub.people import changes as people
from hub.people.tables import Family, Person
from hub.sharing import changes as sharing
from hub.sharing.queries import agreement_for
from hub.sharing.rules import Part, Viewer


@dataclass(frozen=True)
class Opening:
    """What it takes to open a case: about whom, why, who answers for it, and which agencies stand around it."""

    problem: str
    accountable_id: UUID
    lead_agency_id: UUID
    agencies: Collection[UUID]
    people: Mapping[UUID, Sequence[str]]
    """Each person's part in it."""
    family: Family | None = None
    person: Person | None = None
    scheme: Scheme = Scheme.family_help
    rating: Rating | None = None
    rating_reason: str = ""
    referral_id: UUID | None = None
    basis: str = ""
    contacts: Mapping[UUID, UUID] = field(default_factory=dict)
    """By agency, the worker to ring."""


async def open_case(
    session: AsyncSession, opening: Opening, *, prefix: str, clocks: Mapping[str, Any], by: Actor, at: datetime
) -> Case:
    """Opens a case with exactly one accountable person and the agencies around it.

    Raises Refused when nobody is in it, or the problem is not stated.
    """
    if not opening.people:
        raise Refused("Choose who the case is about", field="people")
    if not opening.problem.strip():
        raise Refused("Say what the problem is in one line", field="problem")
    due = clock_of(Stage.new, opening.rating, opened_at=at, at=at, clocks=clocks)
    case = Case(
        reference=spoken_reference(prefix),
        family_id=opening.family.id if opening.family else None,
        person_id=opening.person.id if opening.person else None,
        scheme=opening.scheme.value,
        stage=Stage.new.value,
        stage_since=at,
        rating=opening.rating.value if opening.rating else None,
        rating_reason=opening.rating_reason,
        rated_at=at if opening.rating else None,
        problem=opening.problem,
        due_code=due.code if due else "",
        due_at=due.at if due else None,
        opened_at=at,
    )
    session.add(case)
    await session.flush()
    await record(
        session,
        Kind.case_opened,
        by=by,
        at=at,
        case_id=case.id,
        referral_id=opening.referral_id,
        subject=case,
        scheme=opening.scheme.value,
        rating=case.rating,
    )
    for person_id, roles in opening.people.items():
        await people.involve(session, person_id=person_id, roles=roles, case_id=case.id, at=at)
    for agency_id in dict.fromkeys([opening.lead_agency_id, *opening.agencies]):
        await sharing.admit(
            session,
            agency_id=agency_id,
            case_id=case.id,
            part=Part.lead if agency_id == opening.lead_agency_id else Part.member,
            basis=opening.basis,
            contact_id=opening.contacts.get(agency_id),
            by=by,
            at=at,
        )
    agreement = await agreement_for(session, opening.scheme.value, [opening.lead_agency_id, *opening.agencies])
    if agreement is not None:
        await sharing.cover(session, case_id=case.id, agreement_id=agreement.id, by=by, at=at)
    await name_accountable(
        session,
        case_id=case.id,
        subject_type="case",
        subject_id=case.id,
        worker_id=opening.accountable_id,
        by=by,
        at=at,
        between=None,
    )
    if by.worker_id is not None and by.agency_id is not None:
        session.add(
            ProblemStatement(
                case_id=case.id,
                statement=opening.problem,
                agency_id=by.agency_id,
                worker_id=by.worker_id,
                stated_at=at,
            )
        )
    return case


async def state_problem(
    session: AsyncSession,
    case: Case,
    *,
    statement: str,
    citing: Mapping[UUID, UUID] = MappingProxyType({}),
    by: Viewer,
    at: datetime,
) -> ProblemStatement:
    """States the problem anew; how it was stated before stays to be read.

    `citing` are the contributions on which it rests, each with its agency; the caller has seen that the whole circle
    may read them.
    """
    if not statement.strip():
        raise Refused("Say what the problem is in one line", field="problem")
    stated = ProblemStatement(
        case_id=case.id, statement=statement, agency_id=by.agency_id, worker_id=by.worker_id, stated_at=at
    )
    session.add(stated)
    case.problem, case.problem_agencies = statement, len(set(citing.values()))
    await session.flush()
    session.add_all(ProblemCitation(statement_id=stated.id, contribution_id=cited) for cited in citing)
    await record(
        session,
        Kind.problem_stated,
        by=by,
        at=at,
        case_id=case.id,
        subject=stated,
        agencies_cited=case.problem_agencies,
    )
    return stated


async def rate(
    session: AsyncSession,
    case: Case,
    *,
    rating: Rating,
    reason: str,
    clocks: Mapping[str, Any],
    by: Actor,
    at: datetime,
    between: Between | None = ROUTINE,
    unread: bool = False,
) -> None:
    """Gives a case a rating, with the reason; the clock of its stage is set anew when the rating changes it.

    Another rating than before, given while no conference of the case is open, goes into the register of what is
    decided between meetings with `between`. None is for what was decided round a table that this Hub did not see:
    only the telling of a history may say so.

    `unread` says that there was no time to open the chronology first.
    """
    check_reason(reason)
    before = case.rating
    case.rating, case.rating_reason, case.rated_at = rating.value, reason, at
    due = clock_of(Stage(case.stage), rating, opened_at=case.opened_at, at=case.stage_since, clocks=clocks)
    if due is not None and due.code != case.due_code:
        case.due_code, case.due_at = due.code, due.at
    await record(
        session,
        Kind.case_rated,
        by=by,
        at=at,
        case_id=case.id,
        subject=case,
        was=before,
        rating=rating.value,
        chronology_unread=unread or None,
    )
    if before != rating.value:
        await _tell(session, case.id, Matter.rating, before, rating.value, reason, between, by, at)


async def _tell(
    session: AsyncSession,
    case_id: UUID,
    matter: Matter,
    was: str | UUID | None,
    now: str | UUID | None,
    reason: str,
    between: Between | None,
    by: Actor,
    at: datetime,
) -> None:
    """Tells the register of a change of course. What the Hub's own clock does is nobody's decision."""
    if between is not None and by.worker_id is not None:
        await steering.register().note(session, Steered(case_id, matter, was, now, reason.strip(), between, by, at))


async def move(
    session: AsyncSession,
    case: Case,
    *,
    to: Stage,
    reason: str,
    clocks: Mapping[str, Any],
    by: Actor,
    at: datetime,
    between: Between | None = ROUTINE,
    unread: bool = False,
) -> None:
    """Moves a case to another stage and starts that stage's clock. Raises Refused for a step the table does not hold.

    Goes into the register of what is decided between meetings, as `rate` does. `unread` says that there was no time to
    open the chronology first.
    """
    before = Stage(case.stage)
    if before is to:
        raise Conflict(f"The case is already in “{to.label}”: somebody else has just moved it.")
    check_move(before, to)
    if to is Stage.closed:
        check_reason(reason)
    check_why(between, reason)
    rating = Rating(case.rating) if case.rating else None
    due = clock_of(to, rating, opened_at=case.opened_at, at=at, clocks=clocks)
    case.stage, case.stage_since = to.value, at
    case.due_code, case.due_at = (due.code, due.at) if due else ("", None)
    case.closed_at = at if to is Stage.closed else None
    case.closing_reason = reason if to is Stage.closed else ""
    await record(
        session,
        Kind.case_moved,
        by=by,
        at=at,
        case_id=case.id,
        subject=case,
        was=before.value,
        stage=to.value,
        chronology_unread=unread or None,
    )
    matter = Matter.closing if to is Stage.closed else Matter.stage
    await _tell(session, case.id, matter, before.value, to.value, reason, between, by, at)


async def name_accountable(
    session: AsyncSession,
    *,
    case_id: UUID,
    subject_type: str,
    subject_id: UUID,
    worker_id: UUID,
    by: Actor,
    at: datetime,
    between: Between | None = ROUTINE,
) -> Accountability:
    """Names the one person who answers for something; who answered before is released in the same moment.

    Naming oneself is accepting. Two who name at once meet on the unique index: one of them gets an IntegrityError,
    which the edge answers as a conflict. Another person for a case goes into the register of what is decided between
    meetings, as `rate` does; the first, named in opening it, does not.
    """
    if subject_type == "case":
        check_why(between, "", "why_now")
    before = await queries.accountable_for(session, subject_type, subject_id)
    if before is not None:
        before.ended_at = at
        await session.flush()
    named = Accountability(
        subject_type=subject_type,
        subject_id=subject_id,
        case_id=case_id,
        worker_id=worker_id,
        given_by=by.worker_id,
        given_at=at,
        accepted_at=at if worker_id == by.worker_id else None,
    )
    session.add(named)
    await session.flush()
    await record(
        session,
        Kind.accountable_named,
        by=by,
        at=at,
        case_id=case_id,
        subject=named,
        subject_kind=subject_type,
        worker=worker_id,
        was=before.worker_id if before else None,
    )
    was = before.worker_id if before else None
    if subject_type == "case" and was != worker_id:
        await _tell(session, case_id, Matter.accountable, was, worker_id, "", between, by, at)
    return named


async def accept(session: AsyncSession, named: Accountability, *, by: Viewer, at: datetime) -> None:
    """Accepts what one was named for. Only the person named can."""
    if named.worker_id != by.worker_id:
        raise Refused("Only the person named can accept this.")
    named.accepted_at = named.accepted_at or at
    await record(
        session,
        Kind.accountable_accepted,
        by=by,
        at=at,
        case_id=named.case_id,
        subject=named,
        subject_kind=named.subject_type,
    )


async def hand_back(
    session: AsyncSession,
    named: Accountability,
    *,
    reason: str,
    by: Viewer,
    at: datetime,
    between: Between | None = ROUTINE,
) -> Accountability | None:
    """Hands back what one was named for, with the reason. It falls to whoever gave it, and shows as unowned.

    Without a giver (the Hub itself, or oneself) nobody answers for it until somebody is named. A case handed back has
    another accountable person: that goes into the register of what is decided between meetings.
    """
    if named.worker_id != by.worker_id or named.ended_at is not None:
        raise Refused("Only the person named can hand this back.")
    check_reason(reason)
    named.ended_at = at
    await session.flush()
    given = None
    if named.given_by is not None and named.given_by != named.worker_id:
        given = Accountability(
            subject_type=named.subject_type,
            subject_id=named.subject_id,
            case_id=named.case_id,
            worker_id=named.given_by,
            given_by=by.worker_id,
            given_at=at,
        )
        session.add(given)
        await session.flush()
    await record(
        session,
        Kind.accountable_returned,
        by=by,
        at=at,
        case_id=named.case_id,
        subject=named,
        subject_kind=named.subject_type,
        worker=named.given_by,
    )
    if named.subject_type == "case":
        to = given.worker_id if given else None
        await _tell(session, named.case_id, Matter.accountable, named.worker_id, to, reason, between, by, at)
    return given


async def note_look(session: AsyncSession, *, worker_id: UUID, case_id: UUID, at: datetime) -> None:
    """Remembers that a worker has seen the case up to now. The look itself is in the ledger, written by the page."""
    await session.execute(
        insert(LastLook)
        .values(worker_id=worker_id, case_id=case_id, looked_at=at)
        .on_conflict_do_update(index_elements=["worker_id", "case_id"], set_={"looked_at": at})
    )
