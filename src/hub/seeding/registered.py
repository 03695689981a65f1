"""What a fixture says of an intervention beyond who, what and when: its series, its conditions, its goals."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from hub.interventions.plans import excluded_of
from hub.seeding.tale import Tale

REPEATS = {"weekly": "FREQ=WEEKLY", "fortnightly": "FREQ=WEEKLY;INTERVAL=2", "monthly": "FREQ=WEEKLY;INTERVAL=4"}
PLAIN = (
    "team", "level", "target", "polarity", "programme", "transfer", "out_of_area", "covert", "confidential_address",
    "for_household",
)  # fmt: skip


def rest_of(tale: Tale, row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a plan that few rows have. `repeats` may end with a number of times, as `weekly 12`."""
    found: dict[str, Any] = {name: row[name] for name in PLAIN if name in row}
    if "repeats" in row:
        how, _, times = str(row["repeats"]).partition(" ")
        found["repeats"] = REPEATS[how] + (f";COUNT={times}" if times else "")
    if "hours" in row:
        begins, _, ends = str(row["hours"]).partition("-")
        found["hours"] = (time.fromisoformat(begins), time.fromisoformat(ends))
    if "apart_from" in row:
        found["apart"] = [(one, other) for one in tale.ids(row["who"]) for other in tale.ids(row["apart_from"])]
    if "not_at" in row:
        found["excluded"] = [excluded_of(line) for line in row["not_at"]]
    return found
