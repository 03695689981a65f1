"""A file of interventions: its columns in any order, its rows read one by one, and why one is refused.

Pure: who the people are and what the register holds is asked elsewhere.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import zip_longest
from typing import Any
from uuid import UUID

from hub.errors import Refused
from hub.interventions.incoming import MARKS, STATUSES, WORDS, Told, left_out, moment, when
from hub.interventions.plans import LONGEST_PLACE, UPRN, Excluded, excluded_of
from hub.interventions.recurrence import Rule, Series, starts_on
from hub.interventions.rules import MOST_PLACES, RECORDABLE, Level, PlaceKind, Polarity
from hub.london import london
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
    "exdates": "Days of what repeats that are left out: 25/12/2026; 1/1/2027.",
    "status": "planned, live, done, missed or cancelled.",
    "reason": "Why it is cancelled.",
    "worker": "The email address of your colleague.",
    "team": "The team.",
    "contact": "Whom to ring.",
    "place": "Where.",
    "place_kind": "address, area or online.",
    "uprn": "The number of the property.",
    "mandatory": "Whether they must attend: yes or no.",
    "joint": "Whether you go with another agency: yes or no.",
    "household": "Whether it touches everybody who lives there: yes or no.",
    "hours_from": "When a curfew begins each day: 19:00.",
    "hours_to": "When it ends: 07:00.",
    "apart": "Of a condition: whom the people of the row are kept apart from, written as people are. Or two people with “and” between, such as P-ABC-DEF and P-GHJ-KLM. Several with a semicolon between.",
    "places": "Of a condition: where they must not go, such as “4 Mill Lane (UPRN 100012345)” or “area: Northvale market”; several with a semicolon between.",
    "level": "The level of risk that was found: standard, medium, high or very-high.",
    "target": "What a goal is about, such as “contact with father”.",
    "polarity": "Which way the goal goes: towards, for more of it, or away, for less.",
    "programme": "The name of the programme.",
    "transfer": "Whether a move has been handed over to the agencies of the other area: yes or no.",
    "out_of_area": "Whether a move is to another area: yes or no.",
    "covert": "Whether nobody outside your agency may know of it: yes or no.",
    "address_confidential": "Whether nobody outside your agency may know where it is: yes or no.",
    "note": "A note.",
}
"""Every column that a file may have, with what stands in it. The hook says the same; only its `sequence` has no column,
because whoever brings in a file says with it that it is the newest."""
NEEDED = ("reference", "kind", "people", "start")
ALSO = {
    "their_reference": "reference", "intervention_id": "reference", "id": "reference", "person": "people",
    "from": "start", "until": "end", "to": "end", "rrule": "repeats", "left_out": "exdates", "excluded": "places",
    "confidential_address": "address_confidential", "for_household": "household",
}  # fmt: skip
"""Other names of columns, those of the hook among them. Capitals, spaces and underscores make no difference."""
SIMPLE = {
    "daily": "FREQ=DAILY", "weekdays": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "weekly": "FREQ=WEEKLY",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2", "monthly": "FREQ=MONTHLY",
}  # fmt: skip
LONGEST = {
    "reference": 64, "kind": 40, "repeats": 400, "status": 40, "reason": 2000, "worker": 200, "team": 100,
    "contact": 200, "place": LONGEST_PLACE, "place_kind": 64, "level": 64, "target": 200, "polarity": 64,
    "programme": 200, "note": 2000, "people": 2000, "apart": 2000, "exdates": 8000, "places": 8000,
}  # fmt: skip
"""How long a cell may be; the others as long as a line."""
LINE = 300
MOST_LEFT_OUT = 400
MOST_APART = 60
TURNED_ON = {re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", theirs): ours for theirs, ours in MARKS.items()}
FIELDS = {
    "exdates": "left_out", "status": "status", "worker": "worker_id", "place": "place", "place_kind": "place_kind",
    "uprn": "place_uprn", "hours_from": "hours", "apart": "apart", "places": "excluded", "level": "level",
    "polarity": "polarity",
} | WORDS | TURNED_ON  # fmt: skip
"""What of a plan a column is about: what a file has no column for stays as it stands. When it is, each row says whole."""
SILENT_WHEN_EMPTY = ("status", "worker", "contact")
"""Where an empty cell is no answer either: somebody here may have given one."""
COLUMN_OF = {"day": "start", "starts": "start", "ends": "end", "excluded": "places"}
"""The column of a field of the form."""
ADDED = ["row", "why"]
"""The columns that stand before the others in a file of what was refused."""
FORMULA = re.compile(r"[=+\-@\t\r]")
MADE_HARMLESS = re.compile(r"'[=+\-@\t\r]")


@dataclass(frozen=True)
class Row:
    """One line of a file: what it says, or why it cannot be read."""

    number: int
    cells: Mapping[str, str]
    told: Told | None = None
    case: str = ""
    people: Sequence[str] = ()
    apart: Sequence[tuple[str, str]] = ()
    """Two people each; the first is empty where it is everybody in `people`."""
    refused: str = ""


def rows_of(text: str) -> list[Row]:
    """The rows of a file. Raises Refused, with a sentence, for a file that is none, too large, or lacks a column."""
    if len(text.encode()) > MOST_BYTES:
        raise Refused(f"The file is larger than {MOST_BYTES // 1024} KB. Split it into smaller files", field="file")
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise Refused("Choose a file, or paste its rows", field="file")
    first = text.strip().splitlines()[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        # The numbers are those that a spreadsheet shows, empty rows counted.
        lines = [(number, line) for number, line in enumerate(reader, start=1) if any(cell.strip() for cell in line)]
    except csv.Error:
        raise Refused("The file is not a table that we can read. Save it as CSV and try again", field="file") from None
    names = columns_of(lines[0][1] if lines else [])
    if len(lines) - 1 > MOST_ROWS:
        raise Refused(f"The file has more than {MOST_ROWS:,} rows. Split it into smaller files", field="file")
    if len(lines) == 1:
        raise Refused("The file has no rows under the names of its columns", field="file")
    return list(_read(names, lines[1:]))


def columns_of(cells: Sequence[str]) -> list[str]:
    """The columns that the first row names; one without a name is empty."""
    plain = {name.replace("_", ""): name for name in COLUMNS} | {
        name.replace("_", ""): ours for name, ours in ALSO.items()
    }
    written = [re.sub(r"[^a-z0-9]+", "_", cell.strip().lower()).strip("_") for cell in cells]
    names = [plain.get(name.replace("_", ""), name) for name in written]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Refused(f"The first row must name the columns. Missing: {', '.join(missing)}", field="file")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Refused(f"Two columns have the same name: {', '.join(twice)}. Rename or remove one", field="file")
    return names


def _read(names: list[str], lines: list[tuple[int, list[str]]]) -> Iterator[Row]:
    seen: set[str] = set()
    untold = frozenset(field for column, field in FIELDS.items() if column not in names)
    ours = {"", *COLUMNS, *(ADDED if names[: len(ADDED)] == ADDED else ())}
    for number, line in lines:
        cells = {name: _cell(cell) for name, cell in zip(names, line, strict=False) if name}
        try:
            if any(cell.strip() and not name for name, cell in zip_longest(names, line, fillvalue="")):
                raise Refused("The row has more cells than named columns. Name the column, or empty the cell")
            unknown = {name: cell for name, cell in cells.items() if name not in ours and cell}
            row = _row(number, cells, {name: cells.get(name, "") for name in COLUMNS}, unknown, untold)
            if row.told is not None and row.told.reference in seen:
                raise Refused("This stands twice in the file: keep one of the rows", field="reference")
            seen.add(cells["reference"])
            yield row
        except Refused as refusal:
            yield Row(number, cells, refused=why(refusal))


def why(refusal: Refused) -> str:
    """Why a row is refused: the column first."""
    column = COLUMN_OF.get(refusal.field, refusal.field)
    return f"{column}: {refusal.sentence}" if column else refusal.sentence


def _cell(text: str) -> str:
    """A cell as it was before a file of what was refused made it harmless."""
    text = text.strip()
    return text[1:] if MADE_HARMLESS.match(text) else text


def _row(
    number: int, cells: Mapping[str, str], told: Mapping[str, str], unknown: Mapping[str, str], untold: frozenset[str]
) -> Row:
    for name, cell in told.items():
        if "\n" in cell and name not in ("note", "reason"):
            raise Refused("The cell holds a line break: write it in one line", field=name)
        if len(cell) > LONGEST.get(name, LINE):
            raise Refused(f"Write it with {LONGEST.get(name, LINE):,} characters or fewer", field=name)
    if not told["reference"]:
        raise Refused("Enter what your own system calls it", field="reference")
    people = _several(told["people"])
    if not people:
        raise Refused("Say who it is for", field="people")
    silent = {FIELDS[name] for name in SILENT_WHEN_EMPTY if not told[name]}
    as_told = _told(told, unknown, untold | silent)
    return Row(number, cells, as_told, told["case"].upper(), people, _apart(told["apart"]))


def _told(cells: Mapping[str, str], unknown: Mapping[str, str], untold: frozenset[str]) -> Told:
    kind = _kind(cells["kind"])
    start, end = _time(cells["start"], "start"), _time(cells["end"], "end") if cells["end"] else ""
    repeats = SIMPLE.get(cells["repeats"].lower(), cells["repeats"])
    if repeats:
        Rule.read(repeats)
    as_sent: dict[str, Any] = dict(unknown)
    plain: dict[str, Any] = {name: cells[name] for name in (*WORDS, "place")}
    plain |= {ours: _yes(cells[name], name) for name, ours in TURNED_ON.items()}
    for name, known in (("level", Level), ("polarity", Polarity)):
        code = cells[name].lower().replace(" ", "-")
        if code in {one.value for one in known}:
            plain[name] = code
        elif code:
            as_sent[name] = cells[name]
    status = STATUSES.get(cells["status"].lower())
    if cells["status"] and status is None:
        as_sent["status"] = cells["status"]
    plain["place_kind"] = PlaceKind.address
    if cells["place_kind"].lower() in {one.value for one in PlaceKind}:
        plain["place_kind"] = PlaceKind(cells["place_kind"].lower())
    elif cells["place_kind"]:
        as_sent["place/kind"] = cells["place_kind"]  # as the hook calls it
    if cells["uprn"] and not UPRN.fullmatch(cells["uprn"]):
        raise Refused("A UPRN is up to 12 digits", field="uprn")
    return Told(
        reference=cells["reference"], sequence=None, kind=kind, people=(),
        when=when(kind, start, end, repeats=bool(repeats)), status=status, ended_reason=cells["reason"],
        repeats=repeats, left_out=_left_out(cells["exdates"], start, repeats),
        hours=_hours(cells["hours_from"], cells["hours_to"]), excluded=_places(cells["places"]),
        worker_email=cells["worker"], plain=plain | {"place_uprn": cells["uprn"]}, as_sent=as_sent, untold=untold,
    )  # fmt: skip


def _several(cell: str) -> list[str]:
    return [one.strip() for one in cell.split(";") if one.strip()]


def _left_out(cell: str, start: str, repeats: str) -> list[datetime]:
    days = [_time(one, "exdates") for one in _several(cell)]
    if not days:
        return []
    if not repeats:
        raise Refused("Only what repeats leaves days out: say how it repeats, or empty this", field="exdates")
    if len(days) > MOST_LEFT_OUT:
        raise Refused(f"Leave out {MOST_LEFT_OUT} days at most", field="exdates")
    moments = left_out(days, start)
    series = Series(UUID(int=0), moment(start), None, repeats=repeats)
    begins = starts_on(series, {london(one).date() for one in moments})
    for one in moments:
        if begins.get(day := london(one).date()) != one:
            raise Refused(
                f"It has no time on {day.day}/{day.month}/{day.year} to leave out: correct the day, or remove it",
                field="exdates",
            )
    return moments


def _places(cell: str) -> list[Excluded]:
    places = []
    for one in _several(cell):
        place = excluded_of(one)
        if not place.place or len(one) > LONGEST_PLACE:
            raise Refused(f"Name each place with up to {LONGEST_PLACE} characters", field="places")
        if not place.uprn and "UPRN" in one:
            raise Refused("Write a UPRN after its place as (UPRN 100012345), with up to 12 digits", field="places")
        places.append(place)
    if len(places) > MOST_PLACES:
        raise Refused(f"Name {MOST_PLACES} places at most", field="places")
    return places


def _apart(cell: str) -> list[tuple[str, str]]:
    pairs = []
    for one in _several(cell):
        two = [half.strip() for half in re.split(r"\s+and\s+", one, flags=re.IGNORECASE)]
        if len(two) > 2:
            raise Refused("Write two people in each pair, and a semicolon between pairs", field="apart")
        pairs.append((two[0], two[1]) if len(two) > 1 else ("", two[0]))
    if len(pairs) > MOST_APART:
        raise Refused(f"Name {MOST_APART} pairs at most", field="apart")
    return pairs


def _hours(begins: str, ends: str) -> tuple[time, time] | None:
    if bool(begins) != bool(ends):
        raise Refused("Give both hours of the curfew, or neither", field="hours_to" if begins else "hours_from")
    return (_hour(begins, "hours_from"), _hour(ends, "hours_to")) if begins else None


def _kind(text: str) -> str:
    by_words = {words.lower(): code for code, words in RECORDABLE.items()}
    kind = by_words.get(text.lower(), text)
    if not re.fullmatch(r"[^Xx\s]\S{0,39}", kind):
        raise Refused(
            "We do not know this kind. Use its code, such as V.HV, or its words, such as Home visit", field="kind"
        )
    return kind


def _time(text: str, name: str) -> str:
    """`2026-03-27`, `27/3/2026`, either with `10:00` after it and perhaps a zone, as a date or time in ISO 8601."""
    found = TIME.fullmatch(text)
    if not found:
        raise Refused("We cannot read the day: use 27/3/2026 or 27/3/2026 10:00", field=name)
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        on = date(int(year), int(month), int(day))
        if not 1990 <= on.year <= 2100:
            raise ValueError
        return on.isoformat() + (f"T{time(int(found[7]), int(found[8])):%H:%M}{found[9] or ''}" if found[7] else "")
    except ValueError:
        raise Refused("There is no such day or hour: use 27/3/2026 or 27/3/2026 10:00", field=name) from None


TIME = re.compile(
    r"(?:([0-9]{4})-([0-9]{2})-([0-9]{2})|([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4}))"
    r"(?:[Tt ]+([0-9]{1,2})[:.]([0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)? ?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?"
)


def _hour(text: str, name: str) -> time:
    found = re.fullmatch(r"([0-9]{1,2})[:.]([0-9]{2})(?::00)?", text)
    if not found or int(found[1]) > LAST_HOUR or int(found[2]) > LAST_MINUTE:
        raise Refused("Write the hour of the curfew such as 19:00 or 07:00", field=name)
    return time(int(found[1]), int(found[2]))


LAST_HOUR, LAST_MINUTE = 23, 59


def _yes(text: str, name: str) -> bool:
    if text.lower() in ("", "no", "n", "false", "0"):
        return False
    if text.lower() in ("yes", "y", "true", "1"):
        return True
    raise Refused("Write yes or no", field=name)


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
    names = [name for name in dict.fromkeys(name for row, _ in rows for name in row.cells) if name not in ADDED]
    writer = csv.writer(out)
    writer.writerow([*ADDED, *names])
    for row, why in rows:
        writer.writerow([row.number, why, *(_harmless(row.cells.get(name, "")) for name in names)])
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell
