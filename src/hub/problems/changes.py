"""Asking for framings and writing them, saying them back, marking the wall, tagging the problem, rating the risk."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.rules import Rating, check_reason
from hub.cases.tables import Case
from hub.errors import Conflict, NotAllowed, Refused
from hub.events.changes import record
from hub.events.rules import HUB, Actor, Kind
from hub.problems import queries
from hub.problems.proposals import Tag
from hub.problems.rules import LONGEST_LINE, View, all_in, check_framing, framing_due, is_revealed
from hub.problems.tables import Framing, FramingRound, ProblemTag, Restatement, RiskPosition, WallLine
from hub.sharing.rules import Viewer


async def ask_for_framings(
    session: AsyncSession, case: Case, *, reason: str, clocks: Mapping[str, Any], by: Viewer, at: datetime
) -> FramingRound:
    """Opens a round: every agency of the circle is asked how it sees the problem, blind until all are in or time is over.

    Raises Conflict while a round is still blind, and Refused for another round without what is new.
    """
    before = await queries.newest_round(session, case.id, hold=True)
    if before is not None:
        if not is_revealed(before.revealed_at, before.due_at, at):
            raise Conflict("The circle is still writing: the round before this one has not been shown yet.")
        check_reason(reason)
        before.followed_at = at
        before.revealed_at = before.revealed_at or before.due_at
        await session.flush()
    opened = FramingRound(
        case_id=case.id,
        number=before.number + 1 if before else 1,
        reason=reason if before else "",
        agency_id=by.agency_id,
        worker_id=by.worker_id,
        opened_at=at,
        due_at=framing_due(Rating(case.rating) if case.rating else None, at, clocks),
    )
    session.add(opened)
    await session.flush()
    await record(session, Kind.framing_asked, by=by, at=at, case_id=case.id, subject=opened, number=opened.number)
    return opened


async def write_framing(
    session: AsyncSession, round_: FramingRound, *, words: str, circle: Collection[UUID], by: Viewer, at: datetime
) -> Framing:
    """Writes how the writer's agency sees the problem. When it was the last one missing, all are shown together.

    While the round is blind a second writing corrects the first; after that it is a new version, and the one before
    stays. Two of one agency who write first at once meet on the unique index, which the edge answers as a conflict.
    The caller holds the round.
    """
    check_framing(words)
    if round_.followed_at is not None:
        raise Conflict("A newer round has been opened since. Write there how your agency sees it now.")
    shown = is_revealed(round_.revealed_at, round_.due_at, at)
    before = await queries.own_framing(session, round_.id, by.agency_id)
    if before is not None and not shown:
        before.words, before.worker_id, before.corrected_at = words, by.worker_id, at
        framing = before
    else:
        if before is not None:
            before.superseded_at = at
            await session.flush()
        framing = Framing(
            round_id=round_.id,
            case_id=round_.case_id,
            agency_id=by.agency_id,
            worker_id=by.worker_id,
            version=before.version + 1 if before else 1,
            words=words,
            written_at=at,
        )
        session.add(framing)
    await session.flush()
    await record(
        session,
        Kind.framing_written,
        by=by,
        at=at,
        case_id=round_.case_id,
        subject=framing,
        number=round_.number,
        version=framing.version,
    )
    if not shown and all_in(circle, (await queries.written_by(session, [round_.id]))[round_.id]):
        await reveal(session, round_, at=at)
    return framing


async def reveal(session: AsyncSession, round_: FramingRound, *, by: Actor = HUB, at: datetime) -> None:
    """Shows a round's framings to the whole circle, because all are in or its time is over."""
    late = round_.due_at <= at
    round_.revealed_at = round_.due_at if late else at
    await record(
        session,
        Kind.framings_revealed,
        by=by,
        at=at,
        case_id=round_.case_id,
        subject=round_,
        number=round_.number,
        because="time" if late else "all-in",
    )


async def restate(session: AsyncSession, framing: Framing, *, words: str, by: Viewer, at: datetime) -> Restatement:
    """Says another agency's view in one's own words, for its agency to confirm or correct.

    The caller has seen that the framing may be read. Raises Refused for one's own, Conflict for a second time.
    """
    check_framing(words)
    if framing.agency_id == by.agency_id:
        raise Refused("This is your own agency’s view: choose another’s", field="words")
    if await queries.has_restated(session, framing.id, by.agency_id):
        raise Conflict("Your agency has said this view back already.")
    said = Restatement(
        framing_id=framing.id,
        case_id=framing.case_id,
        of_agency_id=framing.agency_id,
        agency_id=by.agency_id,
        worker_id=by.worker_id,
        words=words,
        written_at=at,
    )
    session.add(said)
    await session.flush()
    await record(
        session,
        Kind.framing_restated,
        by=by,
        at=at,
        case_id=framing.case_id,
        subject=said,
        agency=framing.agency_id,
    )
    return said


async def answer(session: AsyncSession, said: Restatement, *, correction: str, by: Viewer, at: datetime) -> None:
    """Answers how another agency said one's view back: yes (no correction), or how it really is. Both stay to be read."""
    if said.of_agency_id != by.agency_id:
        raise NotAllowed("Only the agency whose view it is can say whether this is its view.")
    if said.answered_at is not None:
        raise Conflict("A colleague has answered this already.")
    if correction:
        check_framing(correction, "correction")
    said.answered_by, said.answered_at, said.correction = by.worker_id, at, correction
    await record(
        session,
        Kind.restatement_answered,
        by=by,
        at=at,
        case_id=said.case_id,
        subject=said,
        answer="corrected" if correction else "yes",
    )


async def add_line(
    session: AsyncSession, round_: FramingRound, *, view: View, words: str, by: Viewer, at: datetime
) -> WallLine:
    """Marks on the wall where agencies agree or differ. Only on a wall that everybody can read."""
    if not is_revealed(round_.revealed_at, round_.due_at, at):
        raise Conflict("The framings have not been shown yet: until then nobody can say where agencies agree.")
    if not 1 <= len(words.strip()) <= LONGEST_LINE:
        raise Refused(f"Say it in one line of {LONGEST_LINE} characters or fewer", field="words")
    line = WallLine(
        round_id=round_.id,
        case_id=round_.case_id,
        agency_id=by.agency_id,
        worker_id=by.worker_id,
        view=view.value,
        words=words,
        written_at=at,
    )
    session.add(line)
    await session.flush()
    await record(session, Kind.wall_line_added, by=by, at=at, case_id=round_.case_id, subject=line, view=view.value)
    return line


async def take_back(session: AsyncSession, line: WallLine, *, by: Viewer, at: datetime) -> None:
    """Takes back one's own agency's mark; it stays on the wall, struck through."""
    if line.agency_id != by.agency_id:
        raise NotAllowed("Only the agency that wrote this can take it back.")
    if line.taken_back_at is not None:
        raise Conflict("This has been taken back already.")
    line.taken_back_at = at
    await record(session, Kind.wall_line_taken_back, by=by, at=at, case_id=line.case_id, subject=line)


async def tag_problem(session: AsyncSession, case: Case, *, tags: Collection[Tag], by: Viewer, at: datetime) -> None:
    """Says what the problem is about: exactly these tags from now on. When each was added and removed is kept."""
    standing = {row.tag: row for row in await queries.standing_tags(session, case.id)}
    wanted = {tag.value for tag in tags}
    for code, row in standing.items():
        if code not in wanted:
            row.removed_at = at
    added = [tag.value for tag in Tag if tag.value in wanted - standing.keys()]
    session.add_all(
        ProblemTag(case_id=case.id, tag=code, agency_id=by.agency_id, worker_id=by.worker_id, added_at=at)
        for code in added
    )
    await session.flush()
    await record(
        session,
        Kind.problem_tagged,
        by=by,
        at=at,
        case_id=case.id,
        subject=case,
        added=added,
        removed=sorted(standing.keys() - wanted),
    )


async def state_risk(
    session: AsyncSession, case: Case, *, rating: Rating, reason: str, by: Viewer, at: datetime
) -> RiskPosition:
    """Gives the writer's own agency's rating of the risk, with the reason. The joint rating of the case is another thing.

    The one before stays to be read. Two of one agency at once meet on the unique index: the edge answers a conflict.
    """
    check_reason(reason)
    standing = await queries.risk_positions(session, case.id)
    before = next((one for one in standing if one.agency_id == by.agency_id), None)
    if before is not None:
        before.superseded_at = at
        await session.flush()
    position = RiskPosition(
        case_id=case.id,
        agency_id=by.agency_id,
        worker_id=by.worker_id,
        version=before.version + 1 if before else 1,
        rating=rating.value,
        reason=reason,
        stated_at=at,
    )
    session.add(position)
    await session.flush()
    await record(
        session,
        Kind.risk_position_stated,
        by=by,
        at=at,
        case_id=case.id,
        subject=position,
        was=before.rating if before else None,
        rating=rating.value,
    )
    return position
