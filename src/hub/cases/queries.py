"""Asking about cases: one that this worker may see, with what every page about it shows."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, exists, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import agencies_by_id, partnership, workers_by_id
from hub.agencies.tables import Agency, Partnership, Worker
from hub.cases.rules import Rating, Reading, Scheme, Stage
from hub.cases.tables import Accountability, Case, LastLook, ProblemStatement
from hub.errors import Conflict, KeptFromYou, NotAllowed, NotFound
from hub.events import queries as ledger
from hub.events.looks import note_opened
from hub.events.rules import Kind
from hub.ids import from_ref, ref
from hub.people.queries import families_by_id, people_by_id, people_of_case
from hub.people.tables import Family, Involvement, Person
from hub.sharing import queries as sharing
from hub.sharing import scope
from hub.sharing.rules import Around, GrantKind, Part, Permission, Standing, Viewer, may, standing_of
from hub.sharing.tables import Agreement, CaseGrant, CircleSeat


def visible_cases(viewer: Viewer) -> ColumnElement[bool]:
    """The cases that open to the viewer: by their agency's seat, or by a grant to them, and kept by nothing.
    What was disposed of opens to nobody: a tombstone says so to those who could open it."""
    return and_(scope.case_opens(viewer, Case.id), Case.disposed_at.is_(None))


@dataclass
class SharedCase:
    """A case as one worker may see it, with who is in it, around it and answerable for it."""

    case: Case
    viewer: Viewer
    partnership: Partnership
    standing: Standing
    people: list[tuple[Person, Involvement]] = field(default_factory=list)
    family: Family | None = None
    seats: Sequence[CircleSeat] = ()
    agencies: dict[UUID, Agency] = field(default_factory=dict)
    accountability: Accountability | None = None
    accountable: Worker | None = None
    agreement: Agreement | None = None
    """The live agreement that covers the case and that the worker's agency has signed."""
    grant: CaseGrant | None = None
    """What lets a worker from outside the circle in, and until when."""

    @property
    def id(self) -> UUID:
        return self.case.id

    @property
    def path(self) -> str:
        """The address of the case's own page."""
        return f"/cases/{ref(self.case.id)}"

    @property
    def name(self) -> str:
        """What to call the case: its family's name, or its person's."""
        if self.family is not None:
            return f"The {self.family.name} family"
        return next((person.name for person, _ in self.people if person.id == self.case.person_id), self.case.reference)

    @property
    def seat(self) -> CircleSeat | None:
        """The seat of the worker's own agency."""
        return next((seat for seat in self.seats if seat.agency_id == self.viewer.agency_id), None)

    @property
    def stage(self) -> Stage:
        return Stage(self.case.stage)

    @property
    def rating(self) -> Rating | None:
        return Rating(self.case.rating) if self.case.rating else None

    @property
    def scheme(self) -> Scheme:
        return Scheme(self.case.scheme)

    @property
    def person_ids(self) -> list[UUID]:
        return [person.id for person, _ in self.people]

    @property
    def circle(self) -> list[Agency]:
        """The agencies around the case, the lead first."""
        return [self.agencies[seat.agency_id] for seat in self.seats]

    @property
    def only_reads(self) -> str:
        """Why this worker reads and writes nothing here, whatever their role; or nothing."""
        if self.grant is not None and self.grant.kind == GrantKind.emergency:
            return "You opened this in an emergency: you can read it, and write nothing."
        return ""

    def may(self, permission: Permission, **facts: bool) -> bool:
        """Whether this worker may do this here; `facts` are conditions that hold beyond the standing on the case."""
        return may(permission, self.standing.also(**facts))

    def require(self, permission: Permission, sentence: str = "", **facts: bool) -> None:
        """Raises NotAllowed, with the sentence, unless this worker may."""
        if not self.may(permission, **facts):
            raise NotAllowed(self.only_reads or sentence or f"Your role does not let you {permission.value}.")

    def require_open_for_conference(self) -> None:
        """Raises Conflict for a closed case: a conference that was called for it is called off, and nothing else."""
        if self.case.closed_at is not None:
            raise Conflict("The case is closed. Call the conference off, or open the case again first.")


async def access_case(session: AsyncSession, viewer: Viewer, case_ref: str) -> SharedCase:
    """The case at an address, if this worker may see it. Raises NotFound, whether hidden or absent."""
    return await access_case_by_id(session, viewer, from_ref(case_ref))


async def access_to_write(session: AsyncSession, viewer: Viewer, case_ref: str) -> SharedCase:
    """The same for a page that is a form. Raises NotAllowed for whoever writes nothing here."""
    shared = await access_case(session, viewer, case_ref)
    if shared.only_reads:
        raise NotAllowed(shared.only_reads)
    return shared


async def access_case_by_id(session: AsyncSession, viewer: Viewer, case_id: UUID) -> SharedCase:
    """The same by its identity, for a thing that belongs to a case."""
    case = await session.scalar(select(Case).where(Case.id == case_id, visible_cases(viewer)))
    if case is None:
        # Asked of the seats, not of the case: the second wall hides the case itself.
        if await session.scalar(select(scope.known_but_restricted(viewer, case_id))):
            raise KeptFromYou
        raise NotFound
    note_opened(session, case_id=case.id)
    accountability = await accountable_for(session, "case", case.id)
    seats = await sharing.circles(session, [case.id])
    seated = viewer.agency_id in {seat.agency_id for seat in seats}
    grant = None if seated and viewer.by_agency else await sharing.live_grant(session, viewer.worker_id, case.id)
    around = Around(seated=seated, granted=GrantKind(grant.kind) if grant else None)
    shared = SharedCase(
        case=case,
        viewer=viewer,
        partnership=await partnership(session),
        standing=standing_of(
            viewer,
            **around.opens(viewer),
            case_open=case.closed_at is None,
            leads=any(seat.agency_id == viewer.agency_id and seat.part == Part.lead for seat in seats),
            accountable=accountability is not None and accountability.worker_id == viewer.worker_id,
        ),
        people=await people_of_case(session, case.id),
        seats=seats,
        agencies=await agencies_by_id(session),
        accountability=accountability,
        agreement=await sharing.live_agreement(session, viewer.agency_id, case.id),
        grant=grant,
    )
    if case.family_id is not None:
        shared.family = (await families_by_id(session, [case.family_id])).get(case.family_id)
    if accountability is not None:
        shared.accountable = (await workers_by_id(session, [accountability.worker_id])).get(accountability.worker_id)
    return shared


async def accountable_for(session: AsyncSession, subject_type: str, subject_id: UUID) -> Accountability | None:
    """Who answers for something now."""
    return await session.scalar(
        select(Accountability).where(
            Accountability.subject_type == subject_type,
            Accountability.subject_id == subject_id,
            Accountability.ended_at.is_(None),
        )
    )


async def access_accountability(session: AsyncSession, viewer: Viewer, accountability_ref: str) -> Accountability:
    """A live accountability in a case that this worker may see. Raises NotFound."""
    found = await session.scalar(
        select(Accountability).where(
            Accountability.id == from_ref(accountability_ref),
            Accountability.ended_at.is_(None),
            scope.case_opens(viewer, Accountability.case_id),
        )
    )
    if found is None:
        raise NotFound
    return found


async def accountable_for_all(
    session: AsyncSession, subject_type: str, subject_ids: Collection[UUID]
) -> dict[UUID, Accountability]:
    """Who answers for each of several things of one kind now."""
    if not subject_ids:
        return {}
    rows = await session.scalars(
        select(Accountability).where(
            Accountability.subject_type == subject_type,
            Accountability.subject_id.in_(subject_ids),
            Accountability.ended_at.is_(None),
        )
    )
    return {row.subject_id: row for row in rows}


async def who_may_hold(
    session: AsyncSession, case_ids: Collection[UUID], *, agency_ids: Collection[UUID] | None = None, at: datetime
) -> list[tuple[Worker, set[UUID]]]:
    """To whom at some agencies, or at any, something in some cases may be given, by name, each with those of the cases they see.

    A case opens to them by their agency's seat: whom a grant lets in for a time, and who only counts, holds nothing.
    """
    who = scope.asking_rows(Worker)
    held = func.unnest(literal(list(case_ids), ARRAY(Uuid))).table_valued("case_id").render_derived(name="held")
    rows = await session.execute(
        select(Worker, held.c.case_id)
        .join(held, true())
        .where(true() if agency_ids is None else Worker.agency_id.in_(agency_ids))
        .where(or_(Worker.ended_at.is_(None), Worker.ended_at > at))
        .where(who.by_agency, scope.case_opens(who, held.c.case_id))
        .order_by(Worker.name, Worker.id)
    )
    found: dict[UUID, tuple[Worker, set[UUID]]] = {}
    for worker, case_id in rows:
        found.setdefault(worker.id, (worker, set()))[1].add(case_id)
    return list(found.values())


async def could_answer(session: AsyncSession, shared: SharedCase, at: datetime) -> list[Worker]:
    """Who of the agencies around a case may see it, by name: one of them answers for it, or is heard in it."""
    around = [seat.agency_id for seat in shared.seats]
    return [worker for worker, _ in await who_may_hold(session, [shared.id], agency_ids=around, at=at)]


async def answers_for(session: AsyncSession, worker_id: UUID) -> Sequence[Accountability]:
    """Everything that a worker answers for now, the longest first."""
    return (
        await session.scalars(
            select(Accountability)
            .where(Accountability.worker_id == worker_id, Accountability.ended_at.is_(None))
            .order_by(Accountability.given_at)
        )
    ).all()


async def answers_for_any(session: AsyncSession, worker_id: UUID, cases: Collection[UUID]) -> bool:
    """Whether a worker is the one who answers for any of some cases."""
    return bool(
        await session.scalar(
            select(
                exists().where(
                    Accountability.subject_type == "case",
                    Accountability.subject_id.in_(cases),
                    Accountability.worker_id == worker_id,
                    Accountability.ended_at.is_(None),
                )
            )
        )
    )


async def visible_among(session: AsyncSession, viewer: Viewer, case_ids: Collection[UUID]) -> dict[UUID, Case]:
    """Those of some cases that this worker may see."""
    if not case_ids:
        return {}
    rows = await session.scalars(select(Case).where(Case.id.in_(case_ids), visible_cases(viewer)))
    return {case.id: case for case in rows}


async def cases_of(
    session: AsyncSession, viewer: Viewer, *, person_ids: Collection[UUID] = (), family_id: UUID | None = None
) -> Sequence[Case]:
    """The visible cases that any of these people are part of, or that are about this family; open ones first."""
    asked = select(Case).where(visible_cases(viewer)).order_by(Case.closed_at.is_not(None), Case.opened_at.desc())
    if family_id is not None:
        asked = asked.where(Case.family_id == family_id)
    else:
        asked = asked.where(Case.id.in_(select(Involvement.case_id).where(Involvement.person_id.in_(person_ids))))
    return (await session.scalars(asked)).all()


async def case_by_reference(session: AsyncSession, viewer: Viewer, reference: str) -> Case | None:
    return await session.scalar(select(Case).where(Case.reference == reference, visible_cases(viewer)))


async def problem_statements(session: AsyncSession, case_id: UUID) -> Sequence[ProblemStatement]:
    """How the problem has been stated, the newest first."""
    return (
        await session.scalars(
            select(ProblemStatement)
            .where(ProblemStatement.case_id == case_id)
            .order_by(ProblemStatement.stated_at.desc())
        )
    ).all()


async def early_state(session: AsyncSession, case: Case) -> tuple[bool, bool]:
    """Whether the circle has stated the problem since the case was opened, and whether somebody has already said why
    an agency was brought in before that."""
    stated = exists().where(ProblemStatement.case_id == case.id, ProblemStatement.stated_at > case.opened_at)
    asked = exists().where(CircleSeat.case_id == case.id, CircleSeat.early_reason != "")
    row = (await session.execute(select(stated, asked))).one()
    return row[0], row[1]


CHRONICLED = (
    Kind.referral_received,
    Kind.referral_updated,
    Kind.contribution_added,
    Kind.contribution_amended,
    Kind.intervention_recorded,
    Kind.intervention_ended,
    Kind.outcome_measured,
    Kind.conference_closed,
    Kind.case_rated,
    Kind.case_moved,
    Kind.agency_admitted,
    Kind.agency_left,
)
"""What brings an entry into the chronology, or changes one."""


CountEntries = Callable[[AsyncSession, Viewer, UUID], Awaitable[int]]
_COUNTING: list[CountEntries] = []


def counts_entries(count: CountEntries) -> CountEntries:
    """Marks how the room above counts what it lists since the last decision, so that a form says as many as its page."""
    _COUNTING.append(count)
    return count


async def chronology_reading(
    session: AsyncSession, viewer: Viewer, case_id: UUID, *, before: datetime | None = None
) -> Reading:
    """Whether this worker has opened a case's chronology since its last decision, and what is new in it for them.

    `before` leaves out the decisions made since then: one sitting makes several, and is prepared for once. Its page
    refreshes with every line of the minutes, so that there the changes are counted, and not the entries.
    """
    decided = await ledger.newest_of_kinds(session, case_id, [Kind.decision_made], before=before)
    opened = await ledger.newest_of_kinds(session, case_id, [Kind.chronology_viewed], worker_id=viewer.worker_id)
    if opened > decided:
        return Reading(opened=True, decided=decided > 0, entries=0)
    if before is None:
        entries = sum([await count(session, viewer, case_id) for count in _COUNTING])
    else:
        entries = await ledger.count_after(session, case_id, CHRONICLED, after=decided, agency_id=viewer.agency_id)
    return Reading(opened=False, decided=decided > 0, entries=entries)


async def last_look(session: AsyncSession, worker_id: UUID, case_id: UUID) -> LastLook | None:
    return await session.get(LastLook, (worker_id, case_id))


async def names_of(session: AsyncSession, cases: Collection[Case]) -> dict[UUID, str]:
    """What to call each of several cases, in two queries."""
    families = await families_by_id(session, [case.family_id for case in cases if case.family_id])
    people = await people_by_id(session, [case.person_id for case in cases if case.person_id])
    names = {family_id: f"The {family.name} family" for family_id, family in families.items()}
    names |= {person_id: person.name for person_id, person in people.items()}
    return {case.id: names[case.subject_id] for case in cases}


# --- What must be there before a case closes --------------------------------------------------------------------

BeforeClosing = Callable[[AsyncSession, UUID], Awaitable[str]]
_BEFORE_CLOSING: list[BeforeClosing] = []


def before_closing(ask: BeforeClosing) -> BeforeClosing:
    """Marks a question of a room above, which the close form asks: a sentence of what is missing, or nothing."""
    _BEFORE_CLOSING.append(ask)
    return ask


async def missing_before_closing(session: AsyncSession, case_id: UUID) -> str:
    """The first thing that is missing before a case can close, as a sentence; or nothing."""
    for ask in _BEFORE_CLOSING:
        sentence = await ask(session, case_id)
        if sentence:
            return sentence
    return ""
