"""What is called for the weeks to come: a MARAC every other week with its list, and core groups that repeat."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hub.conferences import answers
from hub.conferences.changes import Called
from hub.conferences.rules import Answer, ConferenceKind
from hub.conferences.series import answer_rest, schedule_series
from hub.invitations.rules import Pattern, Repeat
from hub.london import from_london, london
from hub.seeding.partnership import Loaded
from hub.seeding.tale import Tale
from hub.sittings import changes as sittings
from hub.sittings.tables import Sitting
from hub.workdays import add_working_days

MARAC = {
    "rosa.lind": "accepted", "amina.yusuf": "accepted", "tom.hargreaves": "awaited", "daniel.whitfield": "tentative",
    "marcus.bell": "accepted", "nia.campbell": "awaited", "owen.pritchard": "accepted", "kemi.olatunji": "accepted",
    "dolores.reyes": "declined",
}  # fmt: skip
"""Who is asked to the MARAC beside its chair, and what they have answered."""
COORDINATOR, CHAIR = "lorna.fisk", "sam.okafor"


async def gather(session: AsyncSession, loaded: Loaded, told: Sequence[Tale], *, now: datetime) -> None:
    """Calls what lies ahead, puts the cases that ask for it on the first list, and answers some of it."""
    if not told:
        return
    (first, *_) = await _marac(session, loaded, told[0], now)
    for tale in told:
        if tale.case is None or tale.case.closed_at is not None:
            continue
        if "marac" in tale.told:
            await _on_the_list(session, tale, first, tale.told["marac"], now)
        if "core_group" in tale.told:
            await _core_group(session, tale, tale.told["core_group"], now)


async def _marac(session: AsyncSession, loaded: Loaded, tale: Tale, now: datetime) -> list[Sitting]:
    day = add_working_days(london(now).date(), 4)
    planned = sittings.Planned(
        ConferenceKind.marac, from_london(day, 9, 30), 90, "Northvale Civic Centre, council chamber",
        "https://meet.northvale.example/marac", loaded.workers[CHAIR], [loaded.workers[login] for login in MARAC],
    )  # fmt: skip
    pattern = Pattern(planned.starts_at, Repeat.weekly, 2, day + timedelta(weeks=12))
    called = await sittings.call(session, planned, pattern=pattern, by=tale.viewer(COORDINATOR), at=now)
    for login, words in {CHAIR: "accepted", **MARAC}.items():
        if words != Answer.awaited:
            reason = "In court that morning." if words == Answer.declined else ""
            await sittings.answer(session, called[0], given=Answer(words), reason=reason, by=tale.viewer(login), at=now)
    return called


async def _on_the_list(
    session: AsyncSession, tale: Tale, sitting: Sitting, row: Mapping[str, Any], now: datetime
) -> None:
    conference = await sittings.add_case(
        session, sitting, tale.open_case, purpose=row["why"], minutes=row["minutes"], circle=tale.circle,
        by=tale.viewer(tale.told["case"]["accountable"]), at=now,
    )  # fmt: skip
    if "too_near" in row:
        login, nature = row["too_near"]
        await answers.declare_interest(
            session, conference, worker_id=tale.worker(login).id, nature=nature, by=tale.viewer(login), at=now
        )


async def _core_group(session: AsyncSession, tale: Tale, row: Mapping[str, Any], now: datetime) -> None:
    day = add_working_days(london(now).date(), row["in_days"])
    hour, minute = (int(part) for part in str(row["at"]).split(":"))
    called = Called(
        kind=ConferenceKind.core_group, purpose=row["purpose"], starts_at=from_london(day, hour, minute), minutes=60,
        place=row["place"], video_link="", chair=tale.worker(row["chair"]),
        invitees=[tale.worker(login) for login in row["invited"]],
    )  # fmt: skip
    pattern = Pattern(called.starts_at, Repeat.weekly, row["every"], day + timedelta(weeks=row["weeks"]))
    made = await schedule_series(
        session, case_id=tale.open_case.id, called=called, pattern=pattern, circle=tale.circle,
        by=tale.viewer(row["chair"]), at=now,
    )  # fmt: skip
    for login, words in row["invited"].items():
        if words != Answer.awaited:
            await answers.answer(session, made[0], given=Answer(words), by=tale.viewer(login), at=now)
            await answer_rest(session, made[0], worker_id=tale.worker(login).id, given=Answer(words), reason="", at=now)
