"""Laying a report or a paper before a conference, and asking for what is missing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub.conferences.tables import Conference
from hub.contributions.tables import Contribution
from hub.errors import Conflict
from hub.events.changes import record
from hub.events.rules import HUB, Kind
from hub.ids import new_id, ref
from hub.notices.changes import write
from hub.notices.rules import NoticeKind
from hub.preparing import queries
from hub.preparing.rules import PaperKind, Step, check_ahead, next_ask
from hub.preparing.tables import ConferencePaper, ReportAsk
from hub.sharing.rules import Viewer


async def lay(
    session: AsyncSession,
    conference: Conference,
    *,
    kind: PaperKind,
    title: str,
    words: Contribution,
    nothing: bool = False,
    by: Viewer,
    at: datetime,
) -> ConferencePaper:
    """Lays a contribution of one's own agency before a conference.

    Raises Conflict when the agency has reported already: a correction is a new version of that report. One that was
    withdrawn gives its place to the next.
    """
    check_ahead(conference.state)
    paper = None
    if kind is PaperKind.report:
        if await queries.has_reported(session, conference.id, by.agency_id):
            raise Conflict("Your agency has reported already. Correct that report instead.")
        paper = await queries.report_of(session, conference.id, by.agency_id)
    if paper is None:
        paper = ConferencePaper(
            conference_id=conference.id,
            case_id=conference.case_id,
            agency_id=by.agency_id,
            kind=kind.value,
            thread_id=words.thread_id,
        )
    paper.title, paper.thread_id, paper.nothing = title, words.thread_id, nothing
    paper.submitted_by, paper.submitted_at = by.worker_id, at
    session.add(paper)
    await session.flush()
    reach = None if words.audience == "circle" else [words.agency_id, *(words.for_agencies or [])]
    await record(
        session,
        Kind.paper_laid,
        by=by,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        # That an agency has reported is told to all; that a paper is there, only to those who may read it.
        only_agencies=None if kind is PaperKind.report else reach,
        kind_of=kind.value,
        thread=words.thread_id,
    )
    return paper


async def bring_over(
    session: AsyncSession, adjourned: Conference, again: Conference, *, by: Viewer, at: datetime
) -> None:
    """Lays what lay before an adjourned conference before the one that continues it: nobody reports twice.

    Each keeps who laid it and when, its words and who may read them.
    """
    for paper, words in await queries.all_papers(session, adjourned.id):
        brought = ConferencePaper(
            conference_id=again.id,
            case_id=again.case_id,
            agency_id=paper.agency_id,
            kind=paper.kind,
            title=paper.title,
            thread_id=paper.thread_id,
            nothing=paper.nothing,
            submitted_by=paper.submitted_by,
            submitted_at=paper.submitted_at,
        )
        session.add(brought)
        reach = None if words.audience == "circle" else [words.agency_id, *(words.for_agencies or [])]
        await record(
            session,
            Kind.paper_laid,
            by=by,
            at=at,
            case_id=again.case_id,
            subject=again,
            only_agencies=None if paper.kind == PaperKind.report else reach,
            kind_of=paper.kind,
            thread=paper.thread_id,
            brought_from=adjourned.id,
        )
    await session.flush()


async def note_asked(
    session: AsyncSession, conference: Conference, *, agency_id: UUID, due_at: datetime, at: datetime
) -> bool:
    """Notes that an agency is asked for its report, which its invitation says; says whether this was the first to."""
    made = await session.execute(
        insert(ReportAsk)
        .values(
            id=new_id(),
            conference_id=conference.id,
            agency_id=agency_id,
            step=Step.asked.value,
            asked_at=at,
            next_at=next_ask(Step.asked, due_at),
        )
        .on_conflict_do_nothing(constraint="report_ask_once")
        .returning(literal(1))
    )
    if made.first() is None:
        return False
    await record(
        session, Kind.report_asked, by=HUB, at=at, case_id=conference.case_id, subject=conference, agency=agency_id
    )
    return True


async def chase(
    session: AsyncSession,
    ask: ReportAsk,
    conference: Conference,
    *,
    workers: list[UUID],
    due_at: datetime,
    at: datetime,
) -> None:
    """Writes to those of an agency who are invited, a day before its report is due and once when it is late."""
    late = at >= due_at
    kind = NoticeKind.report_late if late else NoticeKind.report_due
    for worker_id in workers:
        await write(
            session,
            kind,
            worker_id=worker_id,
            subject_id=conference.id,
            case_id=conference.case_id,
            link=f"/conferences/{ref(conference.id)}/report",
            at=at,
        )
    step = Step.told_late if late else Step.reminded
    ask.step, ask.next_at = step.value, next_ask(step, due_at)
    await record(
        session,
        Kind.report_chased,
        by=HUB,
        at=at,
        case_id=conference.case_id,
        subject=conference,
        agency=ask.agency_id,
        step=step.value,
    )
