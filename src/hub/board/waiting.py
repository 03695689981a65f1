"""What waits on a worker, as My work lists it: one sentence, one way and one day for each thing."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.actions import queries as action_queries
from hub.actions.rules import ActionState
from hub.actions.tables import Action, ActionExtension
from hub.agencies.queries import partnership, workers_by_id
from hub.board.answers import answers_of
from hub.board.queries import held_by
from hub.board.rules import Waiting
from hub.cases.queries import names_of, visible_among
from hub.cases.tables import Accountability
from hub.clashes.queries import cases_of, rules_as_used
from hub.clashes.queries import to_answer as clashes_to_answer
from hub.clashes.rules import SEVERITY_RANK, Rule, Severity
from hub.clashes.tables import Clash
from hub.conferences.queries import invited_to
from hub.conferences.rules import Answer, ConferenceKind, ConferenceState
from hub.conferences.tables import Conference, Invitee
from hub.deciding import queries as deciding
from hub.decisions.rules import answer_due
from hub.decisions.tables import Decision, Position
from hub.handovers.queries import offered_to
from hub.ids import ref
from hub.london import london
from hub.problems.queries import checks_asked, framings_asked
from hub.problems.tables import FramingRound, Restatement
from hub.sharing.rules import Viewer
from hub.sittings.queries import to_answer as sittings_to_answer
from hub.sittings.queries import with_the_meeting

Names = Mapping[UUID, str]
"""What the cases are called, by their id."""


async def waiting_on(session: AsyncSession, viewer: Viewer, *, at: datetime) -> list[Waiting]:
    """Everything that waits on a worker, the most urgent first; what has no day waits for an answer now."""
    held = await held_by(session, viewer)
    invited = await invited_to(session, viewer, at)
    awaited = {conference.id for conference, row in invited if row.answer == Answer.awaited}
    awaited -= await with_the_meeting(session, viewer.worker_id, awaited)
    clashes = (await session.scalars(clashes_to_answer(viewer))).all()
    clash_cases = {clash_id: min(cases) for clash_id, cases in (await cases_of(session, clashes)).items()}
    asked, checks = await framings_asked(session, viewer), await checks_asked(session, viewer)
    to_state, to_reply = await deciding.waiting(session, viewer)
    longer = await action_queries.extensions_to_answer(session, viewer)
    of_a_case: tuple[Any, ...] = (
        *(one for one, _ in held),
        *(conference for conference, _ in invited),
        *(*asked, *checks, *to_state),
        *(decision for _, decision in to_reply),
        *(action for _, action in longer),
    )
    cases = {one.case_id for one in of_a_case} | set(clash_cases.values())
    names = await names_of(session, (await visible_among(session, viewer, cases)).values())
    clocks = (await partnership(session)).clocks if to_reply else {}
    found = [
        *_to_accept_or_do(held, names),
        *(_invitation(conference, row, names, conference.id in awaited) for conference, row in invited),
        *await _lists(session, viewer, at),
        *await _handovers(session, viewer),
        *_clashes(clashes, await rules_as_used(session), clash_cases, names),
        *(_framing(one, names) for one in asked),
        *(_check(one, names) for one in checks),
        *(_longer(one, action, names) for one, action in longer),
        *(_dissent(dissent, decision, names, clocks) for dissent, decision in to_reply),
        *(_position(decision, viewer, names) for decision in to_state),
        *await answers_of(session, viewer, at),
    ]
    return sorted(found, key=lambda waiting: (waiting.due is not None, waiting.due or date.min))


def _to_accept_or_do(held: Iterable[tuple[Accountability, Action | None]], names: Names) -> Iterator[Waiting]:
    for one, action in held:
        about, path = names[one.case_id], f"/cases/{ref(one.case_id)}"
        if action is not None:
            if action.state == ActionState.open:
                kind = "action" if one.accepted_at else "accept-action"
                yield Waiting(action.what, about, path, action.due_on, kind, (one, action))
        elif one.accepted_at is None:
            what = f"Say whether you will answer for this {one.subject_type}"
            yield Waiting(what, about, path, None, "accept", (one, None))


def _invitation(conference: Conference, row: Invitee, names: Names, is_awaited: bool) -> Waiting:
    day = london(conference.starts_at).date()
    what, path = ConferenceKind(conference.kind).label, f"/conferences/{ref(conference.id)}"
    if conference.state == ConferenceState.open:  # it is held now, whatever it was planned for
        return Waiting(what, names[conference.case_id], path, None, "open-conference", (conference, row))
    kind = "answer" if is_awaited else "conference"
    return Waiting(what, names[conference.case_id], path, day, kind, (conference, row))


async def _lists(session: AsyncSession, viewer: Viewer, at: datetime) -> list[Waiting]:
    """Invitations to meetings with a list of cases."""
    return [
        Waiting(
            f"{ConferenceKind(one.kind).label}: can you come?",
            "A meeting with a list of cases",
            f"/sittings/{ref(one.id)}",
            london(one.starts_at).date(),
            "sitting",
            (one, None),
        )
        for one in await session.scalars(sittings_to_answer(viewer.worker_id, at))
    ]


async def _handovers(session: AsyncSession, viewer: Viewer) -> list[Waiting]:
    offered = await offered_to(session, viewer.worker_id)
    leavers = await workers_by_id(session, [one.handover.from_id for one in offered])
    return [
        Waiting(
            f"{leavers[one.handover.from_id].name} hands over to you",
            f"{one.waiting} of {one.total} wait to be accepted",
            f"/handovers/{ref(one.handover.id)}",
            None,
            "handover",
            (one.handover, None),
        )
        for one in offered
    ]


def _clashes(
    clashes: Iterable[Clash], rules: Mapping[str, Rule], cases: Mapping[UUID, UUID], names: Names
) -> Iterator[Waiting]:
    """The gravest first."""
    for one in sorted(clashes, key=lambda one: (SEVERITY_RANK[Severity(one.severity)], one.found_at)):
        what = f"Answer a clash ({Severity(one.severity).label.lower()}): {rules[one.rule].title}"
        yield Waiting(what, names[cases[one.id]], f"/clashes/{ref(one.id)}", None, "clash", (one, None))


def _framing(blind: FramingRound, names: Names) -> Waiting:
    about, path = names[blind.case_id], f"/cases/{ref(blind.case_id)}/problem"
    what = f"Your agency has not framed the problem of {_inside(about)}"
    return Waiting(what, about, path, london(blind.due_at).date(), "framing", (blind, None))


def _check(said: Restatement, names: Names) -> Waiting:
    path = f"/cases/{ref(said.case_id)}/problem"
    return Waiting("Is this your view?", names[said.case_id], path, None, "check", (said, None))


def _longer(asked: ActionExtension, action: Action, names: Names) -> Waiting:
    path = f"/actions/{ref(action.id)}"
    return Waiting(f"Longer for “{action.what}”", names[action.case_id], path, None, "longer", (asked, action))


def _dissent(dissent: Position, decision: Decision, names: Names, clocks: Mapping[str, Any]) -> Waiting:
    what, path = f"Answer a dissent on “{decision.question}”", f"/decisions/{ref(decision.id)}"
    day = london(answer_due(dissent.stated_at, clocks)).date()
    return Waiting(what, names[decision.case_id], path, day, "dissent", (dissent, decision))


def _position(decision: Decision, viewer: Viewer, names: Names) -> Waiting:
    what = f"Your agency has not said where it stands on “{decision.question}”"
    path = f"/decisions/{ref(decision.id)}"
    return Waiting(what, names[decision.case_id], path, None, "position", (decision, viewer.agency_id))


def _inside(name: str) -> str:
    """A family's name inside a sentence: `the Braddock family`."""
    return f"the {name[4:]}" if name.startswith("The ") else name
