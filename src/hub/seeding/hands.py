"""Work that changes hands: a case that has, a handover that waits, and somebody who is away."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from hub.agencies.tables import Worker
from hub.cases.queries import visible_among
from hub.handovers import changes, queries
from hub.handovers.rules import Reason, Subject
from hub.london import london
from hub.seeding.partnership import Loaded, read
from hub.sharing.rules import Viewer


async def hands(session: AsyncSession, loaded: Loaded, *, now: datetime) -> None:
    """Hands over what `hands.yaml` says, through the same changes as people make."""
    told = read("hands.yaml")
    for row in told["handovers"]:
        await _hand_over(session, loaded, row, now=now)
    for row in told["deputies"]:
        worker, deputy = loaded.workers[row["away"]], loaded.workers[row["deputy"]]
        today = london(now).date()
        await changes.name_deputy(
            session,
            worker,
            deputy=deputy,
            starts_on=today + timedelta(days=row["from"]),
            ends_on=today + timedelta(days=row["until"]),
            by=_viewer(loaded, worker),
            at=now - timedelta(days=2),
        )


def _viewer(loaded: Loaded, worker: Worker) -> Viewer:
    agency = next(one for one in loaded.agencies.values() if one.id == worker.agency_id)
    return Viewer(
        worker_id=worker.id,
        agency_id=worker.agency_id,
        roles=frozenset(worker.roles),
        name=worker.name,
        agency_slug=agency.slug,
        agency_name=agency.name,
    )


async def _hand_over(session: AsyncSession, loaded: Loaded, row: dict[str, object], *, now: datetime) -> None:
    leaver, comer = loaded.workers[str(row["from"])], loaded.workers[str(row["to"])]
    by, to = _viewer(loaded, leaver), _viewer(loaded, comer)
    at = now - timedelta(days=int(str(row["days_ago"])))
    held = (await queries.holdings(session, [leaver.id]))[leaver.id]
    cases = await visible_among(session, by, [one.case_id for one in held])
    answered = {one.case_id for one in held if one.subject is Subject.case}
    # The cases that they answer for, and of these the ones that began last: there most is still to do.
    begun = sorted(cases.values(), key=lambda case: (case.id in answered, case.opened_at), reverse=True)
    skip, count = int(str(row["skip"])), int(str(row["cases"]))
    chosen = [case.id for case in begun[skip : skip + count]]
    offered = await changes.offer(
        session,
        leaver,
        to=comer,
        chosen=[one for one in held if one.case_id in chosen],
        reason=Reason(str(row["reason"])),
        overlap_until=london(now).date() + timedelta(days=14),
        returns_on=london(now).date() + timedelta(days=int(str(row["back_in"]))) if "back_in" in row else None,
        by=by,
        at=at,
    )
    notes = row.get("notes")
    if isinstance(notes, dict):
        # Of the others nothing is written yet, as it is on the day after.
        await changes.write_note(
            session, offered, case_id=chosen[0], by=by, at=at + timedelta(hours=1), **_words(notes)
        )
    if row.get("accepted"):
        for item in await queries.items_of(session, offered.id):
            await changes.accept(session, offered, item, by=to, at=at + timedelta(days=1))


def _words(notes: dict[str, str]) -> dict[str, str]:
    return {name: " ".join(notes[name].split()) for name in ("relationships", "manner", "tried")}
