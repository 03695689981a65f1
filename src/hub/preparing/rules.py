"""The law of preparing: everybody who is invited reports, present or not, and “nothing” says where it was looked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from hub.errors import Conflict, Refused
from hub.london import from_london, london
from hub.sharing.rules import Audience
from hub.workdays import Hours, working_day_before

CLOSES = Hours().closes
SHORTEST_SEARCH = 10
USUAL_DAYS = 2
WORDS_FOR_NOTHING = "Nothing to report."


class PaperKind(StrEnum):
    """What is laid before a conference."""

    report = "report"
    paper = "paper"

    @property
    def label(self) -> str:
        return {"report": "Report", "paper": "Paper"}[self.value]


class Step(StrEnum):
    """How far an agency has been asked for its report."""

    asked = "asked"
    reminded = "reminded"
    told_late = "told-late"


def reports_due(starts_at: datetime, report_days: int | None, called_at: datetime) -> datetime:
    """When reports are in: at the close of the working day that the kind names, or of two days before.

    At the start, when the kind names none, or when the conference is called too late for that day: nobody's report is
    late before it is asked for.
    """
    report_days = USUAL_DAYS if report_days is None else report_days
    if not report_days:
        return starts_at
    closes = from_london(working_day_before(starts_at, report_days), CLOSES.hour, CLOSES.minute)
    return closes if called_at < closes else starts_at


def next_ask(step: Step, due_at: datetime) -> datetime | None:
    """When an agency is written to next: a day before its report is due, and once when it is late."""
    return {Step.asked: due_at - timedelta(days=1), Step.reminded: due_at, Step.told_late: None}[step]


def check_report(words: str, nothing: bool, searched: str, audience: Audience) -> str:
    """The words of a report. Raises Refused for one that says nothing and not where it looked, or that nobody reads.

    “Nothing held” without the systems and the years that were searched has been read as “no concern” (Laming 2003).
    """
    if audience is Audience.own:
        raise Refused("A report is for the conference: choose who may read it", field="audience")
    if nothing and words.strip():
        raise Refused(
            "You wrote a report and ticked that there is nothing to report: keep one of the two", field="nothing"
        )
    if nothing:
        if len(searched.strip()) < SHORTEST_SEARCH:
            raise Refused("Say which systems you searched, and for which years", field="searched")
        return f"{WORDS_FOR_NOTHING} Searched: {searched.strip()}"
    if not words.strip():
        raise Refused("Enter your report, or tick that there is nothing to report", field="words")
    return words


def check_ahead(state: str) -> None:
    """Raises Conflict when the conference is over: what is new then is a contribution."""
    if state not in ("scheduled", "open"):
        raise Conflict("This conference is over. Contribute to the case instead.")


@dataclass(frozen=True)
class Asked:
    """An agency whose report is asked for, and whether it is there."""

    agency_id: UUID
    due_at: datetime
    submitted_at: datetime | None = None

    def is_late(self, at: datetime) -> bool:
        return self.submitted_at is None and at > self.due_at


def asked_of(invited: Collection[UUID], due_at: datetime, submitted: Mapping[UUID, datetime]) -> list[Asked]:
    """Whose report is asked for: every agency that is invited, whether its people come or not."""
    return [Asked(agency, due_at, submitted.get(agency)) for agency in dict.fromkeys(invited)]


def day_words(moment: datetime) -> str:
    """`Tuesday 3 March at 17:00`."""
    here = london(moment)
    return f"{here:%A} {here.day} {here:%B} at {here:%H:%M}"


# --- The briefing, on one page ------------------------------------------------------------------------------------

PAGE_LINES = 62
"""How many printed lines of a briefing a sheet of A4 holds, spaces between them and the headings of its parts counted."""
LINE = 105
"""How many letters stand on one of them."""
LONGEST = 160
"""How many letters of anybody's words a briefing repeats; the rest is a tap away."""
MOST_NAMED = 14
"""How many of those invited it names."""
HEAD = 2
"""The lines of a part besides its entries: its heading, and how many more there are."""


def printed_lines(*words: str) -> int:
    """How many printed lines words take, each shortened as a briefing shortens it."""
    return -(-sum(min(len(one), LONGEST) + 1 for one in words) // LINE)


def report_lines(words: str, letters: int) -> int:
    """How many lines a report takes, with its heading and the space around it; its paragraphs stay."""
    return 2 + sum(max(1, -(-len(line) // LINE)) for line in words[:letters].splitlines())


def report_letters(reports: int) -> int:
    """How many letters of each report a briefing repeats: less of each when there are many."""
    return max(LONGEST, min(900, 2400 // max(1, reports)))


def held_to_page(wanted: Mapping[str, Sequence[int]], fixed: int) -> dict[str, int]:
    """How many entries of each part stand on the one page, for the lines that each entry takes.

    The parts take turns, in the order of their need, so that no long part keeps a short one out; an entry that no longer
    fits ends its part. `fixed` lines are taken before.
    """
    taken = dict.fromkeys(wanted, 0)
    going = [part for part, lines in wanted.items() if lines]
    left = PAGE_LINES - fixed - HEAD * len(going)
    while going:
        for part in list(going):
            lines = wanted[part]
            if lines[taken[part]] <= left:
                left -= lines[taken[part]]
                taken[part] += 1
            else:
                going.remove(part)
                continue
            if taken[part] == len(lines):
                going.remove(part)
    return taken
