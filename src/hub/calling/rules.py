"""What is shown of a time that is offered, and of a reply that came by mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.calendars.rules import OPEN, Offer
from hub.errors import Refused
from hub.london import from_london, london
from hub.times import day_and_year
from hub.workdays import Hours, bank_holiday, is_working_day

NOTICE = timedelta(hours=2)
"""Times are offered from this long after now."""

NEAR = timedelta(days=3)


@dataclass(frozen=True)
class Offered:
    """A time on the page: its value in the form, its words, and who could not come."""

    value: str
    words: str
    missing: tuple[str, ...]


def offered(offers: list[Offer], names: Mapping[UUID, str]) -> list[Offered]:
    """Times in words; a room that is taken is said as such."""
    found = []
    for offer in offers:
        start, end = london(offer.starts_at), london(offer.ends_at)
        found.append(
            Offered(
                f"{start:%Y-%m-%dT%H:%M}",
                f"{day_and_year(start.date())}, {start:%H:%M} to {end:%H:%M}",
                tuple(names.get(one, "the room") for one in offer.missing),
            )
        )
    return found


def near(starts_at: datetime, at: datetime) -> datetime:
    """From when times are offered for a meeting that is moved: a few days before it, and not before tomorrow."""
    first = max(london(starts_at).date() - NEAR, london(at).date() + timedelta(days=1))
    return from_london(first, 0)


def when_closed(starts_at: datetime, minutes: int, hours: Hours = OPEN) -> str:
    """Why a meeting would not fall into working hours, in words; nothing when it does."""
    start, end = london(starts_at), london(starts_at + timedelta(minutes=minutes))
    day = day_and_year(start.date())
    if bank_holiday(start.date()):
        return f"{day} is a bank holiday: {bank_holiday(start.date())}"
    if not is_working_day(start.date()):
        return f"{day} is at the weekend"
    if start.time() < hours.opens or end.time() > hours.closes or end.date() > start.date():
        return f"{start:%H:%M} to {end:%H:%M} is outside working hours, {hours.opens:%H:%M} to {hours.closes:%H:%M}"
    return ""


def check_hours(starts_at: datetime, minutes: int, although_closed: str) -> None:
    """Raises Refused for a meeting outside working hours, unless `although_closed` says `yes`, that it is meant."""
    closed = when_closed(starts_at, minutes)
    if closed and although_closed != "yes":
        raise Refused(f"{closed}. Choose another time, or say below that it is meant", field="although_closed")


def read_offer(value: str) -> datetime:
    """The wall-clock moment that an offered time stands for. Raises Refused."""
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - a wall clock, read in London
    except ValueError:
        raise Refused("Choose one of the times, or type a day and an hour", field="offer") from None
