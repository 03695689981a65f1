"""Asking for clashes: a worker sees one when they may see every record that makes it and it is not kept from them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    any_,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from hub.agencies.tables import Worker
from hub.cases.queries import accountable_for_all, who_may_hold
from hub.cases.tables import Accountability
from hub.clashes.rules import SEVERITY_RANK, Rule, RuleState, Severity, catalogue, with_changes
from hub.clashes.tables import Clash, ClashAnswer, ClashIntervention, ClashRule, ClashRuleChange, VisitProposal
from hub.errors import NotFound
from hub.ids import from_ref
from hub.interventions.queries import by_ids, people_of
from hub.interventions.tables import Intervention
from hub.sharing import scope
from hub.sharing.rules import Role, Viewer

Part, Owned, Earlier = aliased(ClashIntervention), aliased(ClashIntervention), aliased(ClashIntervention)
"""Made once: a question over a name of its own is put together, and planned, anew each time."""


def visible_clashes(viewer: Viewer) -> ColumnElement[bool]:
    """Every record that makes the clash lies in a case that opens to the viewer, it is not kept from their agency,
    and its rule is not quiet."""
    return and_(
        not_(exists().where(Part.clash_id == Clash.id, not_(scope.case_opens(viewer, Part.case_id)))),
        or_(
            Clash.kept_for.is_(None),
            and_(
                true() if viewer.by_agency else false(),
                true() if stands_at_the_desk(viewer) else any_(Clash.kept_for) == viewer.agency_id,
            ),
        ),
        told(),
    )


def stands_at_the_desk(viewer: Viewer) -> bool:
    """Whoever coordinates the hub at the agency that triages: a visitor who is told to ring the desk reaches them."""
    return viewer.triages and Role.coordinator in viewer.roles


def told() -> ColumnElement[bool]:
    """The rule of a clash has not been made quiet."""
    return not_(exists().where(ClashRule.rule == Clash.rule, ClashRule.state != RuleState.on.value))


async def access_clash(session: AsyncSession, viewer: Viewer, ref: str) -> Clash:
    """A clash, if this worker may know of it. Raises NotFound."""
    clash = await session.scalar(select(Clash).where(Clash.id == from_ref(ref), visible_clashes(viewer)))
    if clash is None:
        raise NotFound
    return clash


async def open_clashes(session: AsyncSession, viewer: Viewer, case_ids: Collection[UUID]) -> dict[UUID, list[Clash]]:
    """The visible clashes that hold now in several cases, the gravest first."""
    found: dict[UUID, list[Clash]] = defaultdict(list)
    if not case_ids:
        return found
    rows = await session.execute(
        select(ClashIntervention.case_id, Clash)
        .join(Clash, Clash.id == ClashIntervention.clash_id)
        .where(ClashIntervention.case_id.in_(case_ids), Clash.closed_at.is_(None), visible_clashes(viewer))
        .distinct()
    )
    for case_id, clash in rows:
        found[case_id].append(clash)
    for clashes in found.values():
        clashes.sort(key=lambda clash: (SEVERITY_RANK[Severity(clash.severity)], clash.found_at))
    return found


async def parts(session: AsyncSession, clash_ids: Collection[UUID]) -> dict[UUID, list[Intervention]]:
    """The interventions that make each of several clashes, by their start."""
    found: dict[UUID, list[Intervention]] = defaultdict(list)
    rows = [one for one in await made_of(session, clash_ids) if one.intervention_id is not None]
    interventions = await by_ids(session, {row.intervention_id for row in rows if row.intervention_id})
    for row in rows:
        one = interventions.get(row.intervention_id)
        if one is not None and one not in found[row.clash_id]:
            found[row.clash_id].append(one)
    for made in found.values():
        made.sort(key=lambda intervention: (intervention.starts_at, intervention.id))
    return found


async def made_of(session: AsyncSession, clash_ids: Collection[UUID]) -> Sequence[ClashIntervention]:
    """What takes part in several clashes, in the order in which it was written down."""
    if not clash_ids:
        return []
    asked = select(ClashIntervention).where(ClashIntervention.clash_id.in_(clash_ids)).order_by(ClashIntervention.id)
    return (await session.scalars(asked)).all()


async def open_by_keys(session: AsyncSession, keys: Collection[str]) -> Sequence[Clash]:
    """The open clashes with these keys: for the engine, whoever may see them."""
    return (await session.scalars(select(Clash).where(Clash.closed_at.is_(None), Clash.key.in_(keys)))).all()


async def visible_open(session: AsyncSession, viewer: Viewer, limit: int) -> Sequence[Clash]:
    """The clashes that hold now and that this worker may know of, the newest first."""
    asked = select(Clash).where(
        Clash.closed_at.is_(None),
        visible_clashes(viewer),
        exists().where(ClashIntervention.clash_id == Clash.id),
    )
    return (await session.scalars(asked.order_by(Clash.found_at.desc(), Clash.id).limit(limit))).all()


async def cases_of(session: AsyncSession, clashes: Collection[Clash]) -> dict[UUID, set[UUID]]:
    """The cases of what makes each of several clashes."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for row in await made_of(session, [clash.id for clash in clashes]):
        found[row.clash_id].add(row.case_id)
    return found


async def people_of_parts(session: AsyncSession, made: Collection[Intervention]) -> dict[UUID, set[UUID]]:
    """For whom each part of a clash is."""
    return await people_of(session, [one.id for one in made])


async def owners(session: AsyncSession, clashes: Collection[Clash]) -> dict[UUID, UUID]:
    """Who answers for each of several clashes: who was named, or who answers for its first case. Some have nobody."""
    rows = await made_of(session, [clash.id for clash in clashes])
    first: dict[UUID, UUID] = {}
    for row in rows:
        first.setdefault(row.clash_id, row.case_id)
    held = await accountable_for_all(session, "case", set(first.values()))
    found = {clash_id: held[case_id].worker_id for clash_id, case_id in first.items() if case_id in held}
    return found | {clash.id: clash.owner_id for clash in clashes if clash.owner_id is not None}


def to_answer(viewer: Viewer) -> Select[Any]:
    """The clashes that wait for this worker: named to them, or to nobody and their case is the first of it; and those
    for which one visit is proposed to them."""
    named = select(Clash.id).where(Clash.owner_id == viewer.worker_id)
    by_case = (
        select(Owned.clash_id)
        .join(Accountability, and_(Accountability.subject_type == "case", Accountability.subject_id == Owned.case_id))
        .join(Clash, Clash.id == Owned.clash_id)
        .where(
            Accountability.worker_id == viewer.worker_id,
            Accountability.ended_at.is_(None),
            Clash.owner_id.is_(None),
            not_(exists().where(Earlier.clash_id == Owned.clash_id, Earlier.id < Owned.id)),
        )
    )
    proposed = select(VisitProposal.clash_id).where(
        VisitProposal.to_worker_id == viewer.worker_id, VisitProposal.state == "waiting"
    )
    mine = Clash.id.in_(union(named, by_case, proposed))
    return select(Clash).where(mine, Clash.closed_at.is_(None), Clash.answered_at.is_(None), visible_clashes(viewer))


async def could_answer(
    session: AsyncSession, clash: Clash, case_ids: Collection[UUID], at: datetime
) -> Sequence[Worker]:
    """Who may be named to answer a clash, by name: live accounts of agencies that see every record that makes it."""
    seen_by = await who_may_hold(session, case_ids, agency_ids=clash.kept_for, at=at)
    return [worker for worker, seen in seen_by if seen == set(case_ids)]


async def answers_to(session: AsyncSession, clash_id: UUID) -> Sequence[ClashAnswer]:
    """How a clash was answered, the newest first."""
    asked = select(ClashAnswer).where(ClashAnswer.clash_id == clash_id).order_by(ClashAnswer.answered_at.desc())
    return (await session.scalars(asked)).all()


async def of_the_same(session: AsyncSession, viewer: Viewer, clash: Clash, case_id: UUID) -> Sequence[Clash]:
    """The other clashes by the same rule between the same records that this worker may know of, the newest first.

    `case_id` is a case of what makes it: all of them are found by its records.
    """
    in_case = select(ClashIntervention.clash_id).where(ClashIntervention.case_id == case_id)
    asked = select(Clash).where(
        Clash.id.in_(in_case), Clash.key == clash.key, Clash.id != clash.id, visible_clashes(viewer)
    )
    return (await session.scalars(asked.order_by(Clash.found_at.desc(), Clash.id))).all()


async def proposals(session: AsyncSession, clash_id: UUID, *, lock: bool = False) -> Sequence[VisitProposal]:
    """The proposals of one visit for a clash, the newest first."""
    asked = select(VisitProposal).where(VisitProposal.clash_id == clash_id).order_by(VisitProposal.proposed_at.desc())
    return (await session.scalars(asked.with_for_update() if lock else asked)).all()


# --- The rules as the partnership uses them -----------------------------------------------------------------------


async def rule_settings(session: AsyncSession) -> dict[str, ClashRule]:
    return {row.rule: row for row in await session.scalars(select(ClashRule))}


async def rules_as_used(session: AsyncSession) -> dict[str, Rule]:
    """Every rule of the catalogue with the partnership's own measures, also what it has switched off."""
    settings = await rule_settings(session)
    return {rule.id: as_changed(rule, settings.get(rule.id)) for rule in catalogue()}


async def rules_in_use(session: AsyncSession) -> list[Rule]:
    """The catalogue with the partnership's own measures, without what it has switched off."""
    return in_use(await rule_settings(session))


def in_use(settings: Mapping[str, ClashRule]) -> list[Rule]:
    return [
        as_changed(rule, settings.get(rule.id))
        for rule in catalogue()
        if rule.id not in settings or settings[rule.id].state != RuleState.off
    ]


def as_changed(rule: Rule, kept: ClashRule | None) -> Rule:
    if kept is None:
        return rule
    return with_changes(rule, severity=kept.severity, days=kept.days, hours=kept.hours, buffer=kept.buffer)


async def rule_changes(session: AsyncSession, rule: str) -> Sequence[ClashRuleChange]:
    """What was changed in a rule, the newest first."""
    asked = select(ClashRuleChange).where(ClashRuleChange.rule == rule).order_by(ClashRuleChange.changed_at.desc())
    return (await session.scalars(asked)).all()


@dataclass(frozen=True)
class Measured:
    """How one rule did: how often it was found, answered, and thought useful, and how long an answer took."""

    found: int = 0
    open: int = 0
    answered: int = 0
    useful: int = 0
    not_useful: int = 0
    hours: float | None = None


async def measures(session: AsyncSession, since: datetime) -> dict[str, Measured]:
    """How each rule did since a moment, over everything that is kept from nobody, without a name of anybody."""
    open_to_all = and_(Clash.kept_for.is_(None), Clash.found_at >= since)
    counted = await session.execute(
        select(
            Clash.rule,
            func.count(),
            func.count().filter(Clash.closed_at.is_(None), Clash.answered_at.is_(None)),
        )
        .where(open_to_all)
        .group_by(Clash.rule)
    )
    first = select(
        ClashAnswer.clash_id,
        func.min(ClashAnswer.answered_at).label("at"),
        func.count().filter(ClashAnswer.verdict == "useful").label("useful"),
        func.count().filter(ClashAnswer.verdict == "not-useful").label("not_useful"),
    ).group_by(ClashAnswer.clash_id)
    by_clash = first.subquery()
    took = func.avg(func.extract("epoch", by_clash.c.at - Clash.found_at) / 3600)
    answered = await session.execute(
        select(Clash.rule, func.count(), func.sum(by_clash.c.useful), func.sum(by_clash.c.not_useful), took)
        .join(by_clash, by_clash.c.clash_id == Clash.id)
        .where(open_to_all)
        .group_by(Clash.rule)
    )
    said = {row[0]: row for row in answered}
    found = {}
    for rule, count, waiting in counted:
        row = said.get(rule)
        found[rule] = Measured(
            count, waiting, *([row[1], int(row[2]), int(row[3]), float(row[4])] if row else [0, 0, 0, None])
        )
    return found
