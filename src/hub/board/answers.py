"""What waits on a worker's own word: requests, what they are heard to have said, steps of a disagreement, emergencies."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, true
from sqlalchemy.ext.asyncio import AsyncSession

from hub.access import queries as access
from hub.agencies.queries import agencies_by_id, workers_by_id
from hub.board.rules import Waiting
from hub.cases.queries import names_of, visible_among
from hub.disclosures import queries as disclosures
from hub.disclosures.tables import Disclosure
from hub.escalations import queries as escalations
from hub.escalations.rules import Rung
from hub.ids import ref
from hub.london import london
from hub.people.queries import people_by_id
from hub.requests import queries as requests
from hub.said import queries as said
from hub.sharing import scope
from hub.sharing.rules import Viewer


def answers_waiting(viewer: Viewer, at: Any) -> Any:
    """How many of them there are, to be added to other counts in one query."""
    return (
        requests.count_waiting(viewer)
        + said.count_waiting(viewer)
        + escalations.count_waiting(viewer)
        + disclosures.count_bases_owed(viewer.worker_id, viewer.agency_id, _open_to(viewer))
        + access.count_emergencies(viewer, at)
    )


def _open_to(viewer: Viewer) -> ColumnElement[bool]:
    """A share is of a case that opens to the viewer by their agency's seat: nobody else can give its basis."""
    return and_(true() if viewer.by_agency else false(), scope.case_opens(viewer, Disclosure.case_id))


async def answers_of(session: AsyncSession, viewer: Viewer, at: datetime) -> list[Waiting]:
    """All of them, each with what its one-tap answers need."""
    found = await _requests(session, viewer)
    own, overseen = await said.to_confirm(session, viewer), await said.overseen(session, viewer, at)
    steps = await escalations.waiting_for(session, viewer)
    owed = await disclosures.bases_owed(session, viewer.worker_id, viewer.agency_id, _open_to(viewer))
    looks = (await session.scalars(access.to_look_at(viewer, at))).all()
    reviews = (await session.scalars(access.to_review(viewer))).all()
    case_ids = {*(one.case_id for one in (*own, *overseen)), *(one.case_id for one, _ in steps)}
    cases = await visible_among(
        session, viewer, case_ids | {case_id for case_id, _, _ in owed} | {one.case_id for one in (*looks, *reviews)}
    )
    names = await names_of(session, list(cases.values()))
    people = await workers_by_id(session, [*(one.noted_by for one in own), *(one.speaker_id for one in overseen)])
    for one in own:
        what = f"{people[one.noted_by].name} wrote down what you said"
        due = london(one.confirm_by).date()
        found.append(Waiting(what, names[one.case_id], f"/said/{ref(one.id)}", due, "said", (one, None)))
    for one in overseen:
        what = f"{people[one.speaker_id].name} has not confirmed what was heard"
        path = f"/cases/{ref(one.case_id)}#said-{ref(one.id)}"
        found.append(Waiting(what, names[one.case_id], path, london(one.confirm_by).date(), "unconfirmed", (one, None)))
    for escalation, step in steps:
        what = f"Agencies see something differently: {Rung(step.step).label.lower()}"
        path, due = f"/escalations/{ref(escalation.id)}", london(step.due_at).date()
        found.append(Waiting(what, names[escalation.case_id], path, due, "escalation", (escalation, step)))
    for case_id, thread, due_at in owed:
        what = "Give the basis of what you shared in an emergency"
        path = f"/contributions/{ref(thread)}/basis"
        day = london(due_at).date()
        found.append(Waiting(what, names[case_id], path, day, "basis", (due_at, None), late=due_at < at))
    for grant in looks:
        path = f"/cases/{ref(grant.case_id)}/sharing#named"
        found.append(Waiting("Look at an emergency", names[grant.case_id], path, None, "emergency", (grant, None)))
    for grant in reviews:
        what, about = "Review an emergency", names.get(grant.case_id, "A case that is not shown to you")
        by = london(grant.review_due_at).date() if grant.review_due_at else None
        found.append(Waiting(what, about, "/emergency/reviews", by, "review", (grant, None)))
    return found


async def _requests(session: AsyncSession, viewer: Viewer) -> list[Waiting]:
    """Named by the people that they are about: an agency outside the circle knows no more of the case."""
    waiting = await requests.waiting_for(session, viewer)
    if not waiting:
        return []
    agencies = await agencies_by_id(session)
    people = await people_by_id(session, {person for request, _ in waiting for person in request.about})
    return [
        Waiting(
            f"{agencies[request.agency_id].name} asks: {request.question}",
            ", ".join(people[one].name for one in request.about if one in people),
            f"/requests/{ref(request.id)}",
            london(asked.due_at).date(),
            "request",
            (request, asked),
        )
        for request, asked in waiting
    ]
