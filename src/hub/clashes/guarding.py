"""Refusing a booking that a rule forbids: both sides of a no-contact condition, or couple work beside high risk."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.queries import visible_among
from hub.clashes import changes, loading, queries
from hub.clashes.changes import Found
from hub.clashes.detecting import Hit
from hub.clashes.gathering import Gathered, gather, look
from hub.clashes.rules import BOOKS, SHORTEST_REASON, Form, is_a_reason
from hub.database import SERVICE, beyond_the_wall
from hub.errors import Refused
from hub.events.rules import Actor
from hub.interventions.guarding import before_booking
from hub.interventions.queries import people_of
from hub.interventions.rules import OVER
from hub.interventions.tables import Intervention
from hub.sharing.rules import Viewer

NEVER_STOPPED = frozenset({"V.POL"})
"""Police who come because somebody is in danger are not stopped by a form; the clash is told, and no more."""
ASK_THE_DESK = "This cannot be booked as it is. Ring the hub desk before you do anything else."


@before_booking
async def refuse_dangerous(
    session: AsyncSession, booked: Intervention, *, override: str, by: Actor, at: datetime
) -> None:
    """Raises Refused when a rule that stops bookings holds, unless a team leader says why it is to stand.

    What the worker may not know of is not told in the refusal either.
    """
    if booked.kind[:1] not in BOOKS or booked.kind in NEVER_STOPPED or booked.status in OVER:
        return
    if session.info.get("acting", ("", "")) in (("", ""), (SERVICE, "")):
        hits, gathered = await _forbidden(session, booked, override=override, by=by, at=at)
    else:
        async with beyond_the_wall(session):
            hits, gathered = await _forbidden(session, booked, override=override, by=by, at=at)
    if hits:
        raise Refused(await _sentence(session, gathered, next(iter(hits.values())), by), field="override")


async def _forbidden(
    session: AsyncSession, booked: Intervention, *, override: str, by: Actor, at: datetime
) -> tuple[dict[str, Hit], Gathered]:
    """What stops the booking; nothing when a reason lets it stand, which is then recorded as the answer."""
    theirs = (await people_of(session, [booked.id]))[booked.id]
    rules = [rule for rule in await queries.rules_in_use(session) if rule.blocks]
    # Nearly every booking ends here, after a question or two: a write must not wait for what cannot forbid it.
    with_programme = any(rule.form is Form.overlap and rule.is_a(booked.kind) for rule in rules)
    if not with_programme and not await loading.any_kept_apart(session, theirs):
        return {}, Gathered()
    loaded = await loading.load(session, await loading.people_around(session, theirs), at=at)
    gathered = gather(loaded, at=at)
    hits = {
        key: hit
        for key, hit in look(gathered, rules, at=at).items()
        if any(
            source.intervention is not None and source.intervention.id == booked.id
            for source in gathered.sources_of(hit)
        )
    }
    if hits and override.strip() and not is_a_reason(override):
        raise Refused(
            f"This reason is too short: say in {SHORTEST_REASON} letters or more why it must stand", field="override"
        )
    if hits and override.strip() and isinstance(by, Viewer):
        await changes.let_stand(session, Found(gathered, hits), case_id=booked.case_id, reason=override, by=by, at=at)
        return {}, gathered
    return hits, gathered


async def _sentence(session: AsyncSession, gathered: Gathered, hit: Hit, by: Actor) -> str:
    cases = {source.case_id for source in gathered.sources_of(hit)}
    kept = gathered.kept_for(hit)
    sees = isinstance(by, Viewer) and set(await visible_among(session, by, cases)) == cases
    if not sees or (kept is not None and by.agency_id not in kept):
        return ASK_THE_DESK
    return f"{hit.rule.title}. {hit.rule.why} {hit.rule.step}"
