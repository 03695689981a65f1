"""The register of what is decided between meetings: it knows when a conference is held, and writes down the rest."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.queries import workers, workers_by_id
from hub.cases.rules import Rating, Stage
from hub.cases.steering import Matter, Steered
from hub.conferences.queries import being_held
from hub.decisions.changes import Decided, decide_between
from hub.decisions.rules import Option
from hub.decisions.tables import Decision
from hub.ids import ref
from hub.notices import changes as notices
from hub.notices.rules import NoticeKind
from hub.sharing.queries import circles
from hub.sharing.rules import NOBODY, Role, Viewer
from hub.sharing.tables import CircleSeat


class BetweenMeetingsRegister:
    """Keeps the promise of `hub.cases.steering.Register`."""

    async def is_meeting(self, session: AsyncSession, case_id: UUID, at: datetime) -> bool:
        return await being_held(session, case_id, at) is not None

    async def note(self, session: AsyncSession, steered: Steered) -> None:
        """Writes a change of course down as a decision between meetings, and tells the agencies that were absent."""
        if await self.is_meeting(session, steered.case_id, steered.at):
            return
        by = Viewer(
            worker_id=steered.by.worker_id or NOBODY,
            agency_id=steered.by.agency_id or NOBODY,
            roles=steered.by.roles,
            request_id=steered.by.request_id,
            ip_prefix=steered.by.ip_prefix,
            session_mark=steered.by.session_mark,
        )
        seats = await circles(session, [steered.case_id])
        absent = absent_of(seats, by.agency_id, steered.between.consulted)
        decision = await decide_between(
            session,
            case_id=steered.case_id,
            matter=steered.matter,
            decided=await _in_words(session, steered, by.agency_id),
            between=steered.between,
            absent=absent,
            by=by,
            at=steered.at,
        )
        await tell_absent(session, decision, seats, absent, at=steered.at)


def absent_of(seats: Sequence[CircleSeat], own: UUID, consulted: Collection[UUID]) -> list[UUID]:
    """The agencies of a circle that were not asked: all but one's own and those that one says were."""
    return [seat.agency_id for seat in seats if seat.agency_id != own and seat.agency_id not in consulted]


async def tell_absent(
    session: AsyncSession, decision: Decision, seats: Sequence[CircleSeat], absent: Sequence[UUID], *, at: datetime
) -> None:
    """Writes at once to the person to ring at each absent agency, or to its team leaders where nobody is named."""
    told = {seat.contact_id for seat in seats if seat.agency_id in absent and seat.contact_id}
    nobody_named = [seat.agency_id for seat in seats if seat.agency_id in absent and not seat.contact_id]
    if nobody_named:
        around = await workers(session, agency_ids=nobody_named, at=at)
        told |= {one.id for one in around if Role.leader in one.roles}
    for worker_id in sorted(told):
        await notices.write(
            session,
            NoticeKind.decided_between,
            worker_id=worker_id,
            subject_id=decision.id,
            case_id=decision.case_id,
            link=f"/decisions/{ref(decision.id)}",
            at=at,
        )


async def _in_words(session: AsyncSession, steered: Steered, agency_id: UUID) -> Decided:
    """A change of course as a decision that can be read."""
    question, chosen = await _question(session, steered)
    why = f"It was one change, made between meetings ({steered.between.why_now.short})."
    return Decided(question, [Option(chosen, proposed_by=agency_id, chosen=True)], chosen, steered.reason, why)


async def _question(session: AsyncSession, steered: Steered) -> tuple[str, str]:
    was, now = steered.was, steered.now
    match steered.matter:
        case Matter.rating:
            before = f"It was {Rating(str(was)).short.lower()}" if was else "It was not rated"
            return "How serious is it now?", f"{Rating(str(now)).short}. {before}."
        case Matter.closing:
            return "Is the case closed?", f"Closed. It was in “{Stage(str(was)).label}”."
        case Matter.stage:
            return "Where does the case go next?", f"“{Stage(str(now)).label}”. It was in “{Stage(str(was)).label}”."
        case _:
            ids = [one for one in (was, now) if isinstance(one, UUID)]
            people = await workers_by_id(session, ids)
            names = {one.id: one.name for one in people.values()}
            instead = f", in place of {names[was]}" if isinstance(was, UUID) else ""
            who = names[now] if isinstance(now, UUID) else "Nobody for the time being"
            return "Who answers for this case?", f"{who}{instead}."
