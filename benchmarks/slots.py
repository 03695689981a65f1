"""How quickly times that suit all are found: ten people over four weeks, beside the plain search in the same run.

    .venv/bin/python benchmarks/slots.py [--people 10] [--busy 60] [--times 200]

The plain search looks at each half hour of each working day and compares it with every busy time of everybody. Both
must offer the same first time. Nothing here asks the database; that takes four questions, whoever many are asked.
"""

import argparse
import statistics
import time
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251 - a benchmark is repeatable, with a seed
from uuid import UUID

from hub.calendars.rules import WEEKS, Busy, grid, suiting
from hub.ids import new_id
from hub.london import london

BEGINS = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)


def people(count: int, busy: int, seed: int) -> dict[UUID, Busy]:
    """People with so many busy times each, from a quarter of an hour to three hours, over four weeks."""
    chance = Random(seed)  # noqa: S311 - not a secret
    made: dict[UUID, Busy] = {}
    for _ in range(count):
        starts = [BEGINS + timedelta(minutes=15 * chance.randrange(WEEKS * 7 * 96)) for _ in range(busy)]
        made[new_id()] = [(start, start + timedelta(minutes=15 * chance.randrange(1, 13))) for start in starts]
    return made


def plain(busy: dict[UUID, Busy], minutes: int) -> datetime | None:
    """The first time that suits all, by looking at each in turn."""
    length = timedelta(minutes=minutes)
    for opens in grid(london(BEGINS).date()).days:
        for half in range(16):
            start = opens + timedelta(minutes=30 * half)
            if start < BEGINS or start + length > opens + timedelta(hours=8):
                continue
            if not any(a < start + length and b > start for times in busy.values() for a, b in times):
                return start
    return None


def main() -> None:
    """Prints the median, the slowest, and how many times the plain search takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--busy", type=int, default=60)
    parser.add_argument("--times", type=int, default=200)
    asked = parser.parse_args()
    taken: list[float] = []
    reference: list[float] = []
    suiting({}, minutes=60, begins_at=BEGINS)  # reads the bank holidays, once in a process
    for seed in range(asked.times):
        busy = people(asked.people, asked.busy, seed)
        began = time.perf_counter()
        found = suiting(busy, minutes=60, begins_at=BEGINS)
        taken.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        first = plain(busy, 60)
        reference.append((time.perf_counter() - began) * 1000)
        assert (found[0].starts_at if found and not found[0].missing else None) == first
    print(f"{asked.people} people, {asked.busy} busy times each, {WEEKS} weeks, {asked.times} runs, in milliseconds")
    print(f"suiting   median {statistics.median(taken):7.2f}   slowest {max(taken):7.2f}")
    print(
        f"plain     median {statistics.median(reference):7.2f}   slowest {max(reference):7.2f}   (stops at the first)"
    )
    assert max(taken) < 1000


if __name__ == "__main__":
    main()
