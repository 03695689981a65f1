"""Finding clashes, closing those that no longer hold, answering for one, and changing the rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.clashes import queries
from hub.clashes.detecting import Hit
from hub.clashes.gathering import Gathered, parts_named, person_named
from hub.clashes.rules import (
    Disposition,
    Form,
    Rule,
    RuleState,
    Severity,
    Verdict,
    check_answer,
    check_change,
    measures,
    stops_bookings,
)
from hub.clashes.tables import Clash, ClashAnswer, ClashIntervention, ClashRule, ClashRuleChange
from hub.errors import Conflict, Refused
from hub.events.changes import record
from hub.events.rules import HUB, Kind
from hub.ids import new_id, ref
from hub.interventions.rules import Status
from hub.interventions.tables import Intervention
from hub.notices.changes import write
from hub.notices.rules import NoticeKind
from hub.sharing.rules import Viewer


@dataclass(frozen=True)
class Found:
    """What the engine found among some records, ready to be compared with what is recorded."""

    gathered: Gathered
    hits: Mapping[str, Hit]
    """By the key under which a clash is recorded."""
    quiet: Collection[str] = ()
    """Rules that nobody is told of."""


async def settle(session: AsyncSession, found: Found, standing: Sequence[Clash], *, at: datetime) -> None:
    """Makes what is recorded equal to what holds: new clashes in, those that ended out, answers reopened."""
    await _follow_crowds(session, found, standing, at)
    recorded = {clash.key: clash for clash in standing}
    await _find(session, {key: hit for key, hit in found.hits.items() if key not in recorded}, found, at)
    over = [clash for key, clash in recorded.items() if key not in found.hits]
    cases = await queries.cases_of(session, over)
    for clash in over:
        await close(session, clash, cases=cases[clash.id], quiet=clash.rule in found.quiet, at=at)
    for key, clash in recorded.items():
        if key in found.hits:
            await _keep_up(session, clash, found.hits[key], found, at)


async def _follow_crowds(session: AsyncSession, found: Found, standing: Sequence[Clash], at: datetime) -> None:
    """Lets a crowd be the clash that it was when days of it have gone by or more has come to it.

    Its answer stands until more comes. Where something was moved or called off it is over, and what is left is new.
    """
    known = {clash.key for clash in standing}
    new = sorted(key for key, hit in found.hits.items() if hit.rule.form is Form.crowd and key not in known)
    ended = [clash for clash in standing if clash.key not in found.hits] if new else []
    made = await queries.parts(session, [clash.id for clash in ended])
    for key in new:
        hit, parts = found.hits[key], parts_named(key)
        for clash in ended:
            before = parts_named(clash.key)
            lost = [one for one in made.get(clash.id, ()) if str(one.id) in before - parts]
            if clash.rule == hit.rule.id and parts & before and all(_is_over(one, at) for one in lost):
                ended.remove(clash)
                await _become(session, clash, key, hit, found, at)
                break


async def _become(session: AsyncSession, clash: Clash, key: str, hit: Hit, found: Found, at: datetime) -> None:
    """Makes a recorded crowd the one that was found now, and asks again when there is more in it than was answered."""
    rows = await queries.made_of(session, [clash.id])
    known = {(row.intervention_id, row.case_id, row.fact, row.fact_on) for row in rows}
    more = [part for part in _made_of(hit, found) if part not in known]
    session.add_all(_part(clash, part) for part in more)
    clash.key, clash.people = key, _people(hit)
    await session.flush()
    if more and clash.answered_at is not None:
        await reopen(session, clash, quiet=clash.rule in found.quiet, at=at)


def _is_over(one: Intervention, at: datetime) -> bool:
    return one.status != Status.cancelled and (one.ends_at or one.starts_at) < at


Part = tuple[UUID | None, UUID, str, date | None]
"""What takes part in a clash: an intervention, its case, a fact, and the day of the fact."""


def _made_of(hit: Hit, found: Found) -> dict[Part, None]:
    """What takes part in a clash, each once, in the order in which the rule names it."""
    return dict.fromkeys(
        (source.intervention.id if source.intervention else None, source.case_id, source.fact, source.on)
        for source in found.gathered.sources_of(hit)
    )


def _part(clash: Clash, part: Part) -> ClashIntervention:
    intervention_id, case_id, fact, on = part
    return ClashIntervention(clash_id=clash.id, intervention_id=intervention_id, case_id=case_id, fact=fact, fact_on=on)


def _people(hit: Hit) -> list[UUID]:
    return sorted({person_named(one) for one in hit.people})


def _changed_since(part: Intervention, clash: Clash) -> bool:
    """Whether it was changed after the clash was answered. That it was done, or that nobody came, changes no plan."""
    if clash.answered_at is None or part.changed_at is None or part.status in (Status.done, Status.missed):
        return False
    return part.changed_at > clash.answered_at


def _falls_at(hit: Hit, at: datetime) -> datetime:
    """When it takes place: with the last of its records to begin; a crowd with the next of them, as long as it goes on."""
    begins = [part.begin for part in hit.parts]
    if hit.rule.form is Form.crowd:
        return min((one for one in begins if one >= at), default=max(begins))
    return max(begins)


async def _find(session: AsyncSession, hits: Mapping[str, Hit], found: Found, at: datetime) -> list[Clash]:
    """Records new clashes, however many, with three statements and one entry of the ledger for each."""
    made = []
    for key, hit in hits.items():
        kept = found.gathered.kept_for(hit)
        clash = Clash(
            id=new_id(),
            key=key,
            rule=hit.rule.id,
            severity=hit.rule.severity.value,
            people=_people(hit),
            falls_at=_falls_at(hit, at),
            kept_for=sorted(kept) if kept is not None else None,
            found_at=at,
        )
        made.append((clash, hit))
    session.add_all(clash for clash, _ in made)
    await session.flush()
    for clash, hit in made:
        parts = _made_of(hit, found)
        session.add_all(_part(clash, part) for part in parts)
        cases = {case_id for _, case_id, _, _ in parts}
        case_id, only = _heard_by(clash, cases, hit.rule.id in found.quiet)
        await record(
            session,
            Kind.clash_found,
            by=HUB,
            at=at,
            case_id=case_id,
            subject=clash,
            only_agencies=only,
            rule=clash.rule,
        )
    await session.flush()
    return [clash for clash, _ in made]


def _heard_by(clash: Clash, cases: Collection[UUID], quiet: bool) -> tuple[UUID | None, Collection[UUID] | None]:
    """In whose history a clash may stand: never in that of a case whose circle may not see all that makes it."""
    if len(cases) != 1:
        return None, []
    return next(iter(cases)), [] if quiet else clash.kept_for


async def _keep_up(session: AsyncSession, clash: Clash, hit: Hit, found: Found, at: datetime) -> None:
    """What may change of a clash while it holds: when it falls, for whom it is, and whether its answer still stands."""
    kept = found.gathered.kept_for(hit)
    clash.falls_at = _falls_at(hit, at)
    clash.severity = hit.rule.severity.value
    clash.kept_for = sorted(kept) if kept is not None else None
    parts = [source.intervention for source in found.gathered.sources_of(hit)]
    if any(one is not None and _changed_since(one, clash) for one in parts):
        await reopen(session, clash, quiet=clash.rule in found.quiet, at=at)


async def reopen(session: AsyncSession, clash: Clash, *, quiet: bool = False, at: datetime) -> None:
    """Takes the answer from a clash whose records changed after it was given; the answer stays as history."""
    for one in await queries.answers_to(session, clash.id):
        one.reopened_at = one.reopened_at or at
    clash.disposition, clash.reason, clash.answered_by, clash.answered_at = None, "", None, None
    cases = {row.case_id for row in await queries.made_of(session, [clash.id])}
    case_id, only = _heard_by(clash, cases, quiet)
    await record(
        session, Kind.clash_reopened, by=HUB, at=at, case_id=case_id, subject=clash, only_agencies=only, rule=clash.rule
    )


async def close(
    session: AsyncSession, clash: Clash, *, cases: Collection[UUID], quiet: bool = False, at: datetime
) -> None:
    """Closes a clash that no longer holds; it stays as history. `cases` are those of what makes it."""
    clash.closed_at = at
    case_id, only = _heard_by(clash, cases, quiet)
    await record(
        session, Kind.clash_closed, by=HUB, at=at, case_id=case_id, subject=clash, only_agencies=only, rule=clash.rule
    )


async def answer(
    session: AsyncSession,
    clash: Clash,
    *,
    case_id: UUID,
    disposition: Disposition,
    reason: str,
    verdict: Verdict | None = None,
    instead_of: UUID | None = None,
    may_override: bool = False,
    by: Viewer,
    at: datetime,
) -> None:
    """Answers a clash: what will be done about it, by whom it was decided, why, and whether it was worth saying.

    `instead_of` is the answer that this one corrects; it stays as history. What a rule refuses to have booked is let
    stand only where the worker `may_override` it.
    """
    if clash.closed_at is not None:
        raise Conflict("This clash no longer holds, so there is nothing to answer.")
    stands = [one for one in await queries.answers_to(session, clash.id) if one.reopened_at is None]
    again = instead_of is not None and [one.id for one in stands] == [instead_of]
    if (clash.answered_at is not None or instead_of is not None) and not again:
        raise Conflict("Somebody else has answered this clash, or its records changed. Reload the page to see how.")
    check_answer(disposition, reason, blocks=stops_bookings(clash.rule), may_override=may_override)
    for one in stands:
        one.reopened_at = at
    clash.disposition, clash.reason, clash.answered_by, clash.answered_at = disposition.value, reason, by.worker_id, at
    session.add(
        ClashAnswer(
            clash_id=clash.id,
            disposition=disposition.value,
            reason=reason,
            verdict=verdict.value if verdict else None,
            answered_by=by.worker_id,
            answered_at=at,
        )
    )
    cases = {row.case_id for row in await queries.made_of(session, [clash.id])} or {case_id}
    heard_in, only = _heard_by(clash, cases, quiet=False)
    await record(
        session,
        Kind.clash_answered,
        by=by,
        at=at,
        case_id=heard_in,
        subject=clash,
        only_agencies=only,
        rule=clash.rule,
        disposition=disposition.value,
    )


async def let_stand(
    session: AsyncSession, found: Found, *, case_id: UUID, reason: str, by: Viewer, at: datetime
) -> None:
    """Lets a booking stand that a rule refuses: the clash is recorded with its answer and the leader's reason."""
    recorded = {clash.key: clash for clash in await queries.open_by_keys(session, found.hits)}
    new = {key: hit for key, hit in found.hits.items() if key not in recorded}
    for clash in [*recorded.values(), *await _find(session, new, found, at)]:
        if clash.answered_at is None:
            await answer(
                session,
                clash,
                case_id=case_id,
                disposition=Disposition.accept,
                reason=reason,
                may_override=True,
                by=by,
                at=at,
            )
    first = next(iter(found.hits.values()))
    await record(
        session, Kind.clash_overridden, by=by, at=at, case_id=case_id, only_agencies=[by.agency_id], rule=first.rule.id
    )


async def give(session: AsyncSession, clash: Clash, *, to: UUID, by: Viewer, at: datetime) -> None:
    """Names the one person who is to answer a clash."""
    if clash.closed_at is not None or clash.answered_at is not None:
        raise Conflict("This clash has been answered or no longer holds.")
    was, clash.owner_id = clash.owner_id, to
    cases = {row.case_id for row in await queries.made_of(session, [clash.id])}
    heard_in, only = _heard_by(clash, cases, quiet=False)
    await record(
        session,
        Kind.clash_given,
        by=by,
        at=at,
        case_id=heard_in,
        subject=clash,
        only_agencies=only,
        rule=clash.rule,
        worker=to,
        was=was,
    )
    if to != by.worker_id:
        link = f"/clashes/{ref(clash.id)}"
        await write(
            session, NoticeKind.clash_given, worker_id=to, subject_id=clash.id, case_id=heard_in, link=link, at=at
        )


async def change_rule(
    session: AsyncSession,
    rule: Rule,
    *,
    state: RuleState,
    severity: Severity,
    given: Mapping[str, int | None],
    reason: str,
    by: Viewer,
    at: datetime,
) -> None:
    """Changes a rule for the partnership. What equals the catalogue is not kept, so that a new catalogue may change it."""
    check_change(rule, severity=severity, given=given, reason=reason)
    if rule.blocks and state is not RuleState.on:
        raise Refused("This rule stops a booking that would be dangerous: it stays on", field="state")
    before = (await queries.rule_settings(session)).get(rule.id)
    was = _told(rule, before)
    kept = before or ClashRule(rule=rule.id, changed_by=by.worker_id, changed_at=at)
    kept.state, kept.changed_by, kept.changed_at = state.value, by.worker_id, at
    kept.severity = severity.value if severity is not rule.severity else None
    for name in measures(rule):
        setattr(kept, name, given[name] if given[name] != getattr(rule, name) else None)
    became = _told(rule, kept)
    if was == became:
        raise Refused("Nothing was changed", field="state")
    session.add(kept)
    session.add(
        ClashRuleChange(rule=rule.id, was=was, became=became, reason=reason, changed_by=by.worker_id, changed_at=at)
    )
    await session.flush()
    await record(session, Kind.clash_rule_changed, by=by, at=at, rule=rule.id, was=was, became=became)


def _told(rule: Rule, kept: ClashRule | None) -> dict[str, str | int]:
    used = queries.as_changed(rule, kept)
    told: dict[str, str | int] = {
        "state": kept.state if kept else RuleState.on.value,
        "severity": used.severity.value,
    }
    return told | {name: getattr(used, name) for name in measures(rule)}
