"""Times that suit everybody, found on a grid of quarter hours of working days.

Each person's working days are one whole number whose bits are quarter hours; a bit is set while they are busy. "Free
for an hour" is then a few shifts and an OR, whoever many are asked: ten people over four weeks take well under a
millisecond's worth of arithmetic each. A day ends with a bit that is always busy, so that nothing runs into the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from hub.errors import Refused
from hub.london import from_london, london
from hub.workdays import Hours, is_working_day

STEP = 15
"""Minutes of a bit."""
STARTS_EVERY = 30
"""Offered times begin on the hour or the half."""
WEEKS = 4
OFFERS = 6
A_DAY = 2
"""How many times of one day are offered: a choice of days is worth more than a choice of half hours."""
STALE_AFTER = timedelta(hours=24)
SHOWN_FOR = timedelta(weeks=13)
"""How far ahead a feed is read."""

OPEN = Hours()

Busy = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Offer:
    """A time, and who could not come to it."""

    starts_at: datetime
    ends_at: datetime
    missing: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Grid:
    """The working days that are looked at, each with its opening moment."""

    days: tuple[datetime, ...]
    width: int
    """Bits of a day: its quarter hours, and one that is always busy."""

    def moment(self, bit: int) -> datetime:
        day, quarter = divmod(bit, self.width)
        return self.days[day] + timedelta(minutes=quarter * STEP)

    def mask(self, busy: Busy, begins_at: datetime) -> int:
        """The bits in which somebody is busy; everything before `begins_at`, and every day's last bit, among them."""
        open_bits = (1 << (self.width - 1)) - 1
        masks = [1 << (self.width - 1)] * len(self.days)
        length = timedelta(minutes=(self.width - 1) * STEP)
        for start, end in [*busy, (self.days[0] - timedelta(days=1), begins_at)]:
            for place, opens in enumerate(self.days):
                if start < opens + length and end > opens:
                    low = max(0, int((start - opens).total_seconds() // 60) // STEP)
                    high = min(self.width - 1, -(-int((end - opens).total_seconds()) // (60 * STEP)))
                    masks[place] |= ((1 << high) - (1 << low)) & open_bits
        whole = 0
        for place, mask in enumerate(masks):
            whole |= mask << (place * self.width)
        return whole


def grid(first: date, weeks: int = WEEKS, hours: Hours = OPEN) -> Grid:
    """The working days of some weeks from a day on, without bank holidays.

    An opening hour is on the wall clock; a working day never spans a change of the clocks, which happens at night.
    """
    days = (first + timedelta(days=n) for n in range(7 * weeks))
    opens = [from_london(day, hours.opens.hour, hours.opens.minute) for day in days if is_working_day(day)]
    minutes = (hours.closes.hour - hours.opens.hour) * 60 + hours.closes.minute - hours.opens.minute
    return Grid(tuple(opens), minutes // STEP + 1)


def suiting(
    busy: Mapping[UUID, Busy],
    *,
    minutes: int,
    begins_at: datetime,
    hours: Hours = OPEN,
    weeks: int = WEEKS,
    limit: int = OFFERS,
) -> list[Offer]:
    """Times of a length that suit all, the soonest first; where none does, those at which the fewest are missing.

    Raises Refused for a length that no working day holds.
    """
    over = grid(london(begins_at).date(), weeks, hours)
    needed = -(-minutes // STEP)
    if not over.days or needed > over.width - 1:
        raise Refused("No working day is that long. Choose a shorter time", field="minutes")
    blocked = {one: _smeared(over.mask(times, begins_at), needed) for one, times in busy.items()}
    nobody_can = _smeared(over.mask([], begins_at), needed)
    candidates = [
        bit
        for day in range(len(over.days))
        for bit in range(day * over.width, (day + 1) * over.width, STARTS_EVERY // STEP)
        if not nobody_can >> bit & 1
    ]
    together = 0
    for mask in blocked.values():
        together |= mask
    suit_all = [bit for bit in candidates if not together >> bit & 1]
    if suit_all:
        return [_offer(over, bit, minutes, ()) for bit in _spread(suit_all, over.width, needed, limit)]
    missing = {bit: tuple(one for one, mask in blocked.items() if mask >> bit & 1) for bit in candidates}
    fewest = min(map(len, missing.values()), default=0)
    nearly = [bit for bit in candidates if len(missing[bit]) == fewest]
    return [_offer(over, bit, minutes, missing[bit]) for bit in _spread(nearly, over.width, needed, limit)]


def _smeared(mask: int, needed: int) -> int:
    """The starts from which a meeting of so many bits would meet a busy one: by doubling, not one by one."""
    done = 1
    while done < needed:
        step = min(done, needed - done)
        mask |= mask >> step
        done += step
    return mask


def _spread(bits: Sequence[int], width: int, needed: int, limit: int) -> list[int]:
    """The soonest, with at most a few on each day, and those not overlapping."""
    taken: list[int] = []
    for bit in bits:
        same_day = [one for one in taken if one // width == bit // width]
        if len(same_day) < A_DAY and all(abs(bit - one) >= needed for one in same_day):
            taken.append(bit)
        if len(taken) == limit:
            break
    return taken


def _offer(over: Grid, bit: int, minutes: int, missing: tuple[UUID, ...]) -> Offer:
    starts_at = over.moment(bit)
    return Offer(starts_at, starts_at + timedelta(minutes=minutes), missing)


# --- An agency's calendar -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FeedState:
    """How current a worker's calendar is, in words that a chair can use."""

    given: bool
    fetched_at: datetime | None
    failure: str

    def is_stale(self, at: datetime) -> bool:
        """Nothing was read for a day: its busy times are shown with a warning."""
        return self.given and (self.fetched_at is None or at - self.fetched_at > STALE_AFTER)


RETRY_MINUTES = (10, 30, 60, 180, 360)
READ_EVERY = timedelta(hours=1)


def next_read(failures: int, at: datetime) -> datetime:
    """When a feed is read again: every hour, and less often while it fails."""
    if not failures:
        return at + READ_EVERY
    return at + timedelta(minutes=RETRY_MINUTES[min(failures, len(RETRY_MINUTES)) - 1])
