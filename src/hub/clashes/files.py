"""Clash records from a file: the same engine as the board's, over neutral records."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from hub.clashes.rules import SEVERITY_RANK, Record, catalogue, find
from hub.errors import CannotRun


class BadRecords(CannotRun):
    """The file does not hold records; the message says where."""


def check_file(text: str) -> list[dict[str, Any]]:
    """The clashes among the records of a file, by severity, then rule. Raises BadRecords."""
    try:
        content = json.loads(text)
        records = [_record(row, place) for place, row in enumerate(content["records"])]
    except (ValueError, TypeError, KeyError) as wrong:
        raise BadRecords(f"The file does not hold clash records: {wrong}") from None
    hits = sorted(find(records, catalogue()), key=lambda hit: (SEVERITY_RANK[hit.rule.severity], hit.key))
    return [
        {
            "rule": hit.rule.id,
            "severity": hit.rule.severity.value,
            "records": list(hit.records),
            "people": list(hit.people),
            "why": f"{hit.rule.title}. {hit.rule.why}",
            "step": hit.rule.step,
        }
        for hit in hits
    ]


def _record(row: Mapping[str, Any], place: int) -> Record:
    try:
        return Record(
            id=str(row["id"]),
            kind=str(row["kind"]),
            agency=str(row["agency"]),
            people=frozenset(str(person) for person in row.get("people", [])),
            households=frozenset([str(row["hh"])] if row.get("hh") else []),
            first_day=_day(row["start"]),
            last_day=_day(row["end"]) if row.get("end") else None,
            joint=bool(row.get("joint", False)),
        )
    except (KeyError, ValueError) as wrong:
        raise ValueError(f"record {place}: {wrong}") from None


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
