"""Makers for calling people together."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from hub.conferences.changes import Called
from hub.conferences.rules import ConferenceKind
from hub.conferences.series import schedule_series
from hub.conferences.tables import Conference
from hub.invitations.rules import Pattern, Repeat
from hub.sittings import changes as sittings
from hub.sittings.tables import Sitting
from tests.conferences.test_conferences import called
from tests.makers import NOW, World, make_case

TUESDAY = datetime(2027, 10, 12, 9, 0, tzinfo=UTC)  # ten o'clock in London, three weeks before the clocks go back
CIRCLE = ("council", "police", "health")


async def make_sitting(
    session: AsyncSession, world: World, *, starts_at: datetime = TUESDAY, pattern: Pattern | None = None
) -> list[Sitting]:
    """A MARAC that the council chairs, with police and health."""
    planned = sittings.Planned(
        ConferenceKind.marac, starts_at, 120, "Room 1", "", world.workers["council"],
        [world.workers["police"], world.workers["health"]],
    )  # fmt: skip
    return await sittings.call(session, planned, pattern=pattern, by=world.viewer("council"), at=NOW)


async def make_series(
    session: AsyncSession,
    world: World,
    *,
    weeks: int = 6,
    every: int = 1,
    starts_at: datetime = TUESDAY,
    **given: object,
) -> list[Conference]:
    """A core group every week, or every so many."""
    case = await make_case(session, world)
    told: Called = called(world, kind=ConferenceKind.core_group, starts_at=starts_at, **given)
    pattern = Pattern(starts_at, Repeat.weekly, every, (starts_at + timedelta(weeks=weeks - 1)).date())
    return await schedule_series(
        session, case_id=case.id, called=told, pattern=pattern, circle=[world.id(one) for one in CIRCLE],
        by=world.viewer("council"), at=NOW,
    )  # fmt: skip
