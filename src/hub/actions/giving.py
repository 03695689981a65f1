"""What every form that gives an action needs: to whom it can be given, who of them is away, and what was tried before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.absences.queries import away_between
from hub.absences.tables import Deputy
from hub.actions import changes, queries
from hub.actions.changes import Assigned
from hub.actions.forms import GiveIn
from hub.actions.rules import Result
from hub.actions.tables import Action
from hub.agencies.queries import workers_by_id
from hub.agencies.tables import Worker
from hub.cases.queries import SharedCase, could_answer
from hub.errors import Refused
from hub.inputs import Filled
from hub.london import london
from hub.outcomes.queries import of_case
from hub.outcomes.rules import OutcomeState
from hub.outcomes.tables import Outcome
from hub.sharing.rules import Viewer
from hub.times import day_and_year


@dataclass
class Offered:
    """What stands in the form: the workers around the case who may see it, who of them is away, the outcomes, and the last time."""

    around: Sequence[Worker]
    away: dict[UUID, Deputy]
    deputies: dict[UUID, Worker]
    outcomes: list[Outcome]
    results: list[Result] = field(default_factory=lambda: list(Result))
    before: list[Action] = field(default_factory=list)
    """What was tried before that is like it, what did not work first."""

    def named(self, worker: Worker, agency_name: str) -> str:
        """A worker in the list, with a word when they are away."""
        absent = self.away.get(worker.id)
        return f"{worker.name} ({agency_name})" + (f", away until {day_and_year(absent.ends_on)}" if absent else "")


async def offered(session: AsyncSession, shared: SharedCase, form: Filled[Any], at: datetime) -> Offered:
    """What the form offers; with what was tried before, once what was typed is like it."""
    today = london(at).date()
    around = await could_answer(session, shared, at)
    away = await away_between(session, [one.id for one in around], today, today)
    before: list[Action] = []
    if form.value is not None and form.problem("last_result"):
        before = await queries.tried_before(session, shared.viewer, shared.id, form.value.what)
    return Offered(
        around=around,
        away=away,
        deputies=await workers_by_id(session, [one.deputy_id for one in away.values()]),
        outcomes=[one for one in await of_case(session, shared.id) if one.state == OutcomeState.live],
        before=before,
    )


async def chosen_worker(session: AsyncSession, shared: SharedCase, worker_id: UUID, at: datetime) -> Worker:
    """The worker that was chosen. Raises Refused for one who is not around this case, or may not see it."""
    around = await could_answer(session, shared, at)
    found = next((one for one in around if one.id == worker_id), None)
    if found is None:
        raise Refused("Choose a worker of an agency around this case, who may see it", field="worker")
    return found


async def check_there(session: AsyncSession, worker: Worker, due_on: date, *, although: bool, at: datetime) -> None:
    """Raises Refused, once, when the worker is away before the due day: whoever gives it says that they know."""
    if although:
        return
    absent = (await away_between(session, [worker.id], london(at).date(), due_on)).get(worker.id)
    if absent is not None:
        deputy = (await workers_by_id(session, [absent.deputy_id]))[absent.deputy_id]
        raise Refused(
            f"{worker.name} is away from {day_and_year(absent.starts_on)} to {day_and_year(absent.ends_on)}, and "
            f"{deputy.name} stands in. Choose somebody else, or say below that you know",
            field="worker",
        )


async def give(
    session: AsyncSession,
    shared: SharedCase,
    told: GiveIn,
    *,
    conference_id: UUID | None,
    by: Viewer,
    at: datetime,
) -> Action:
    """Gives what the form says. Raises Refused beside the field that has something to mend."""
    worker = await chosen_worker(session, shared, told.worker, at)
    if told.outcome is not None and told.outcome not in {one.id for one in await of_case(session, shared.id)}:
        raise Refused("Choose an outcome of this case", field="outcome")
    await check_there(session, worker, told.due_on, although=told.although_away == "yes", at=at)
    return await changes.give(
        session,
        case_id=shared.id,
        conference_id=conference_id,
        assigned=Assigned(
            told.what,
            worker,
            told.due_on,
            outcome_id=told.outcome,
            no_outcome_because=told.no_outcome_because,
            risk=told.risk,
            last_result=told.last_result,
        ),
        by=by,
        at=at,
    )
