"""Finding reports and papers that a worker may read, and what has happened since the last conference."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, exists, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions.tables import Action
from hub.clashes.queries import visible_clashes
from hub.clashes.tables import Clash, ClashIntervention
from hub.conferences.rules import ConferenceState
from hub.conferences.tables import Conference, Invitee
from hub.contributions.queries import readable
from hub.contributions.tables import Contribution
from hub.database import beyond_the_wall
from hub.decisions.queries import waiting_between
from hub.decisions.tables import Decision
from hub.outcomes.tables import Measure, Outcome
from hub.preparing.rules import PaperKind
from hub.preparing.tables import ConferencePaper, ReportAsk
from hub.sharing.rules import Viewer

MOST = 200
"""How many of each sort “since last time” lists."""


async def papers(
    session: AsyncSession, viewer: Viewer, conference_id: UUID
) -> list[tuple[ConferencePaper, Contribution]]:
    """The reports and papers that this worker may read, in the version that stands; withdrawn ones are left out."""
    rows = await session.execute(_papers_of(conference_id).where(readable(viewer)))
    return [(paper, words) for paper, words in rows]


async def all_papers(session: AsyncSession, conference_id: UUID) -> list[tuple[ConferencePaper, Contribution]]:
    """The same whoever may read them. It is to be carried on, and shown to nobody."""
    return [(paper, words) for paper, words in await session.execute(_papers_of(conference_id))]


def _papers_of(conference_id: UUID) -> Select[ConferencePaper, Contribution]:
    return (
        select(ConferencePaper, Contribution)
        .join(
            Contribution,
            and_(
                Contribution.thread_id == ConferencePaper.thread_id,
                Contribution.superseded_at.is_(None),
                Contribution.withdrawn_at.is_(None),
            ),
        )
        .where(ConferencePaper.conference_id == conference_id)
        .order_by(ConferencePaper.kind.desc(), ConferencePaper.submitted_at)
    )


async def submitted(session: AsyncSession, conference_id: UUID) -> dict[UUID, datetime]:
    """Which agencies have reported, and when. That they have is no secret among those invited; what they say may be.

    A report that was withdrawn is not in: also for those who could not read it, or it would be missing to nobody.
    """
    withdrawn = exists().where(
        Contribution.thread_id == ConferencePaper.thread_id,
        Contribution.superseded_at.is_(None),
        Contribution.withdrawn_at.is_not(None),
    )
    async with beyond_the_wall(session):
        rows = await session.execute(
            select(ConferencePaper.agency_id, ConferencePaper.submitted_at).where(
                ConferencePaper.conference_id == conference_id,
                ConferencePaper.kind == PaperKind.report.value,
                not_(withdrawn),
            )
        )
    return {row[0]: row[1] for row in rows}


async def report_of(session: AsyncSession, conference_id: UUID, agency_id: UUID) -> ConferencePaper | None:
    """Where an agency's report of a conference lies, withdrawn or not."""
    return await session.scalar(
        select(ConferencePaper).where(
            ConferencePaper.conference_id == conference_id,
            ConferencePaper.agency_id == agency_id,
            ConferencePaper.kind == PaperKind.report.value,
        )
    )


async def has_reported(session: AsyncSession, conference_id: UUID, agency_id: UUID) -> bool:
    return agency_id in await submitted(session, conference_id)


async def last_closed(session: AsyncSession, conference: Conference) -> Conference | None:
    """The conference of the case before this one."""
    return await session.scalar(
        select(Conference)
        .where(
            Conference.case_id == conference.case_id,
            Conference.state == ConferenceState.closed.value,
            Conference.starts_at < conference.starts_at,
        )
        .order_by(Conference.starts_at.desc())
        .limit(1)
    )


@dataclass
class Since:
    """What has happened on a case since a moment, as one worker may see it."""

    moment: datetime
    last: Conference | None = None
    contributions: Sequence[Contribution] = ()
    clashes: Sequence[Clash] = ()
    measures: list[tuple[Measure, Outcome]] = field(default_factory=list)
    finished: Sequence[Action] = ()
    open: Sequence[Action] = ()
    between: Sequence[Decision] = ()

    @property
    def is_quiet(self) -> bool:
        return not (self.contributions or self.clashes or self.measures or self.finished or self.open or self.between)


async def since_last_time(
    session: AsyncSession, viewer: Viewer, conference: Conference, *, opened_at: datetime
) -> Since:
    """What is new since the last conference of the case, or since the case was opened. Seven queries in all."""
    last = await last_closed(session, conference)
    moment = (last.closed_at or last.starts_at) if last else opened_at
    case_id = conference.case_id
    told = Since(moment, last)
    told.contributions = (
        await session.scalars(
            select(Contribution)
            .where(
                Contribution.case_id == case_id,
                Contribution.superseded_at.is_(None),
                Contribution.withdrawn_at.is_(None),
                Contribution.written_at > moment,
                readable(viewer),
            )
            .order_by(Contribution.written_at.desc())
            .limit(MOST)
        )
    ).all()
    told.clashes = (
        await session.scalars(
            select(Clash)
            .where(
                exists().where(ClashIntervention.clash_id == Clash.id, ClashIntervention.case_id == case_id),
                or_(Clash.closed_at.is_(None), Clash.closed_at > moment),
                or_(Clash.found_at > moment, Clash.closed_at.is_(None)),
                visible_clashes(viewer),
            )
            .order_by(Clash.found_at.desc())
            .limit(MOST)
        )
    ).all()
    rows = await session.execute(
        select(Measure, Outcome)
        .join(Outcome, Outcome.id == Measure.outcome_id)
        .where(Outcome.case_id == case_id, Measure.recorded_at > moment)
        .order_by(Measure.measured_on.desc())
        .limit(MOST)
    )
    told.measures = [(measure, outcome) for measure, outcome in rows]
    told.finished = (
        await session.scalars(
            select(Action)
            .where(Action.case_id == case_id, Action.finished_at > moment)
            .order_by(Action.finished_at.desc())
            .limit(MOST)
        )
    ).all()
    told.open = (
        await session.scalars(
            select(Action)
            .where(Action.case_id == case_id, Action.finished_at.is_(None))
            .order_by(Action.due_on)
            .limit(MOST)
        )
    ).all()
    told.between = await waiting_between(session, case_id)
    return told


# --- For the clock ------------------------------------------------------------------------------------------------


async def to_ask(
    session: AsyncSession, at: datetime, limit: int, *, without: Collection[str] = ()
) -> list[tuple[Conference, UUID]]:
    """Conferences ahead with an agency that is invited and was not asked for its report yet.

    `without` names the kinds for which no reports are asked for.
    """
    rows = await session.execute(
        select(Conference, Invitee.agency_id)
        .distinct()
        .join(Invitee, Invitee.conference_id == Conference.id)
        .where(
            Conference.state == ConferenceState.scheduled.value,
            Conference.starts_at > at,
            Conference.kind.not_in(without),
            ~exists().where(ReportAsk.conference_id == Invitee.conference_id, ReportAsk.agency_id == Invitee.agency_id),
        )
        .limit(limit)
    )
    return [(conference, agency_id) for conference, agency_id in rows]


async def claim_ask(session: AsyncSession, at: datetime) -> ReportAsk | None:
    """One agency to be written to about its report, held until the transaction ends."""
    return await session.scalar(
        select(ReportAsk)
        .where(ReportAsk.next_at <= at)
        .order_by(ReportAsk.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def invited_of(session: AsyncSession, conference_id: UUID, agency_id: UUID) -> Sequence[UUID]:
    """The workers of an agency who are invited, whether they come or not."""
    return (
        await session.scalars(
            select(Invitee.worker_id).where(Invitee.conference_id == conference_id, Invitee.agency_id == agency_id)
        )
    ).all()


async def reports_owed(session: AsyncSession, viewer: Viewer, ids: Collection[UUID]) -> set[UUID]:
    """Of several conferences, those before which the viewer's agency has not laid its report."""
    if not ids:
        return set()
    given = await session.scalars(
        select(ConferencePaper.conference_id).where(
            ConferencePaper.conference_id.in_(ids),
            ConferencePaper.agency_id == viewer.agency_id,
            ConferencePaper.kind == PaperKind.report.value,
        )
    )
    return set(ids) - set(given)
