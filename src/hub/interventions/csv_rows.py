"""A file of interventions: its columns in any order, its rows read one by one, and why one is refused.

Pure: who the people are and what the register holds is asked elsewhere.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from hub.errors import Refused
from hub.interventions.incoming import Told, when
from hub.interventions.recurrence import Rule
from hub.interventions.rules import RECORDABLE, PlaceKind, Status
from hub.people.changes import PersonIn
from hub.people.rules import PartialDate

MOST_BYTES = 512 * 1024
MOST_ROWS = 2_000
COLUMNS = {
    "reference": "What your own system calls it. A row with a reference that came before changes that record.",
    "kind": "A code such as V.HV, or its words, such as Home visit.",
    "case": "The reference of the case. Empty: the one open case of the person that your agency works in.",
    "people": "References of people, such as P-ABC-DEF, or NHS numbers, or names as “Given Family 2016-05-14”; several with a semicolon between.",
    "start": "A day, or a day and an hour: 27/3/2026 10:00.",
    "end": "The same. Empty: an hour later, or no end for a plan or condition.",
    "repeats": "daily, weekdays, weekly, fortnightly, monthly, or a rule such as FREQ=WEEKLY;BYDAY=TU.",
    "status": "planned, live, done, missed or cancelled.",
    "worker": "The email address of your colleague.",
    "team": "The team.",
    "contact": "Whom to ring.",
    "place": "Where.",
    "uprn": "The number of the property.",
    "mandatory": "yes or no.",
    "joint": "yes or no.",
    "hours_from": "When a curfew begins each day: 19:00.",
    "hours_to": "When it ends: 07:00.",
    "level": "standard, medium, high or very-high.",
    "programme": "The name of the programme.",
    "note": "A note.",
    "reason": "Why it is cancelled.",
}
"""Every column that a file may have, with what stands in it."""
NEEDED = ("reference", "kind", "people", "start")
ALSO = {
    "their_reference": "reference",
    "id": "reference",
    "person": "people",
    "from": "start",
    "until": "end",
    "to": "end",
}
SIMPLE = {
    "daily": "FREQ=DAILY", "weekdays": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "weekly": "FREQ=WEEKLY",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2", "monthly": "FREQ=MONTHLY",
}  # fmt: skip
FORMULA = re.compile(r"^[=+\-@\t\r]")


@dataclass(frozen=True)
class Row:
    """One line of a file: what it says, or why it cannot be read."""

    number: int
    cells: Mapping[str, str]
    told: Told | None = None
    case: str = ""
    people: Sequence[str] = ()
    refused: str = ""
    unknown: Mapping[str, str] = field(default_factory=dict)


def rows_of(text: str) -> list[Row]:
    """The rows of a file. Raises Refused, with a sentence, for a file that is none, too large, or lacks a column."""
    if len(text.encode()) > MOST_BYTES:
        raise Refused(f"The file is larger than {MOST_BYTES // 1024} KB. Split it into smaller files", field="file")
    if not text.strip():
        raise Refused("Choose a file, or paste its rows", field="file")
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator, strict=True)
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error:
        raise Refused("The file is not a table that we can read. Save it as CSV and try again", field="file") from None
    names = [
        ALSO.get(name, name) for name in (re.sub(r"[^a-z]+", "_", cell.strip().lower()).strip("_") for cell in lines[0])
    ]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Refused(f"The first row must name the columns. Missing: {', '.join(missing)}", field="file")
    if len(set(names)) != len(names):
        raise Refused("Two columns have the same name", field="file")
    if len(lines) - 1 > MOST_ROWS:
        raise Refused(f"The file has more than {MOST_ROWS:,} rows. Split it into smaller files", field="file")
    if len(lines) == 1:
        raise Refused("The file has no rows under the names of its columns", field="file")
    return list(_read(names, lines[1:]))


def _read(names: list[str], lines: list[list[str]]) -> Iterator[Row]:
    seen: set[str] = set()
    for number, line in enumerate(lines, start=2):
        cells = {name: cell.strip() for name, cell in zip(names, line, strict=False)}
        unknown = {name: cell for name, cell in cells.items() if name not in COLUMNS and cell}
        try:
            if len(line) > len(names):
                raise Refused("The row has more cells than there are columns")
            told = _told({name: cells.get(name, "") for name in COLUMNS}, unknown)
            if told.reference in seen:
                raise Refused("The reference stands twice in this file")
            seen.add(told.reference)
        except Refused as refusal:
            yield Row(number, cells, refused=refusal.sentence)
            continue
        people = [one.strip() for one in cells["people"].split(";") if one.strip()]
        yield Row(number, cells, told, cells.get("case", "").upper(), people, "" if people else "Say who it is for")


def _told(cells: Mapping[str, str], unknown: Mapping[str, str]) -> Told:
    if any("\n" in cells[name] for name in cells if name not in ("note", "reason")):
        raise Refused("A cell holds a line break")
    if any(len(value) > (2000 if name in ("note", "reason") else 300) for name, value in cells.items()):
        raise Refused("A cell is too long")
    if not cells["reference"] or len(cells["reference"]) > 64:
        raise Refused("Enter the reference, up to 64 characters")
    kind = _kind(cells["kind"])
    start, end = _time(cells["start"], "start"), _time(cells["end"], "end") if cells["end"] else ""
    repeats = SIMPLE.get(cells["repeats"].lower(), cells["repeats"])
    if repeats:
        Rule.read(repeats)
    as_sent: dict[str, Any] = dict(unknown)
    status = {one.value: one for one in Status}.get(cells["status"].lower())
    if cells["status"] and status is None:
        as_sent["status"] = cells["status"]
    plain: dict[str, Any] = {name: cells[name] for name in ("team", "contact", "place", "programme", "note")}
    level = cells["level"].lower().replace(" ", "-")
    if level in ("standard", "medium", "high", "very-high"):
        plain["level"] = level
    elif level:
        as_sent["level"] = cells["level"]
    if cells["uprn"] and not re.fullmatch(r"[0-9]{1,12}", cells["uprn"]):
        raise Refused("A UPRN is up to 12 digits")
    hours = (
        (_hour(cells["hours_from"]), _hour(cells["hours_to"])) if cells["hours_from"] and cells["hours_to"] else None
    )
    return Told(
        reference=cells["reference"], sequence=None, kind=kind, people=(),
        when=when(kind, start, end, repeats=bool(repeats)), status=status, ended_reason=cells["reason"],
        repeats=repeats, hours=hours, worker_email=cells["worker"],
        plain=plain | {
            "mandatory": _yes(cells["mandatory"], "mandatory"), "joint": _yes(cells["joint"], "joint"),
            "place_uprn": cells["uprn"], "place_kind": PlaceKind.address,
        },
        as_sent=as_sent,
    )  # fmt: skip


def _kind(text: str) -> str:
    by_words = {words.lower(): code for code, words in RECORDABLE.items()}
    kind = by_words.get(text.lower(), text)
    if not re.fullmatch(r"[^Xx\s]\S{0,39}", kind):
        raise Refused("We do not know this kind. Use its code, such as V.HV, or its words, such as Home visit")
    return kind


def _time(text: str, name: str) -> str:
    """`2026-03-27`, `27/3/2026`, either with `10:00` after it, as a date or local time in ISO 8601."""
    found = re.fullmatch(
        r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4}))(?:[T ]+(\d{1,2})[:.](\d{2})(?::\d{2})?)?", text
    )
    if not found:
        raise Refused(f"We cannot read the {name}: use 27/3/2026 or 27/3/2026 10:00")
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        on = date(int(year), int(month), int(day))
        if not 1990 <= on.year <= 2100:
            raise ValueError
        return on.isoformat() + (f"T{time(int(found[7]), int(found[8])):%H:%M}" if found[7] else "")
    except ValueError:
        raise Refused(f"There is no such day or hour in the {name}") from None


def _hour(text: str) -> time:
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})", text)
    try:
        return time(int(found[1]), int(found[2])) if found else time.fromisoformat(text)
    except ValueError:
        raise Refused("Enter the hours of the curfew such as 19:00 and 07:00") from None


def _yes(text: str, name: str) -> bool:
    if text.lower() in ("", "no", "n", "false", "0"):
        return False
    if text.lower() in ("yes", "y", "true", "1"):
        return True
    raise Refused(f"Write yes or no for {name}")


def person_of(text: str) -> PersonIn | None:
    """`Given Family 2016-05-14` as somebody to look for among the people of a case; None when it is no such thing."""
    found = re.fullmatch(r"(\S.*?) +(\S+) +(\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4})", text)
    if not found:
        return None
    born = found[3] if "-" in found[3] else "-".join(f"{int(part):02}" for part in reversed(found[3].split("/")))
    return PersonIn(given_names=found[1].split(), family_name=found[2], born=PartialDate.read(born))


def refused_csv(rows: Sequence[tuple[Row, str]]) -> str:
    """The refused rows as a file with one column more: why. Cells that a spreadsheet would run are made harmless."""
    out = io.StringIO()
    names = list(dict.fromkeys(name for row, _ in rows for name in row.cells))
    writer = csv.writer(out)
    writer.writerow(["row", "why", *names])
    for row, why in rows:
        writer.writerow([row.number, why, *(_harmless(row.cells.get(name, "")) for name in names)])
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell
