"""The minutes as a PDF: text that can be searched and read aloud, with its language, title and outline.

Made with fpdf2, which needs nothing of the operating system, and Roboto, which holds the letters of every name here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import font_roboto
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from hub.conferences.rules import Attendance
from hub.decisions.rules import Stance
from hub.minutes.rules import held_when
from hub.times import exact

if TYPE_CHECKING:
    from hub.minutes.after import Told
    from hub.minutes.queries import Line

UNSHOWN = re.compile(r"[^\u0000-\uffff]")
"""Letters beyond the font, such as pictures: they become a sign that says so."""


@dataclass(frozen=True)
class Printed:
    """What stands at the head and foot of every page."""

    title: str
    case: str
    made_for: str
    agencies: Mapping[UUID, str]


class _Sheet(FPDF):
    def __init__(self, told: Printed) -> None:
        super().__init__(format="A4")
        self._told = told
        for style, name in (("", "Roboto-Regular"), ("B", "Roboto-Bold"), ("I", "Roboto-Italic")):
            self.add_font("Roboto", style, f"{font_roboto.font_directory}/{name}.ttf")
        self.set_lang("en-GB")
        self.set_title(told.title)
        self.set_author("The Hub")
        self.set_margins(20, 18, 20)
        self.set_auto_page_break(True, 20)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("Roboto", "", 9)
        self.cell(0, 5, _plain(f"Confidential. Made for {self._told.made_for}. Page {self.page_no()}"))

    def heading(self, words: str, level: int = 0) -> None:
        self.ln(4 if level else 0)
        self.start_section(_plain(words), level)
        self.set_font("Roboto", "B", 18 - 4 * level)
        self.multi_cell(0, 9 - level, _plain(words), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        self.ln(1)

    def words(self, words: str, *, style: str = "", indent: float = 0) -> None:
        self.set_font("Roboto", style, 11)
        self.set_x(self.l_margin + indent)
        self.multi_cell(0, 6, _plain(words), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")


def _plain(words: str) -> str:
    return UNSHOWN.sub("\ufffd", words)


def printed(head: Printed, told: "Told") -> bytes:
    """The document, from the same rows as the page: what its reader may not see is not in it."""
    sheet, held = _Sheet(head), told.conference
    sheet.heading(head.title)
    sheet.words(head.case, style="B")
    sheet.words(f"{held_when(held.starts_at, held.opened_at, held.closed_at)}. {held.place}")
    sheet.words(f"For: {held.purpose}")
    if held.interim_because:
        sheet.words(f"Interim: there was no quorum. {held.interim_because}", style="B")
    approved = (
        f"Approved by {told.people[told.approval.worker_id].name}, {exact(told.approval.approved_at)}."
        if told.approval
        else "Not approved yet."
    )
    sheet.words(approved)
    sheet.heading("Decisions", 1)
    _decisions(sheet, head, told)
    sheet.heading("Actions", 1)
    for action in told.actions:
        due = f"{action.due_on.day} {action.due_on:%B %Y}"
        sheet.words(f"{action.owner} ({head.agencies[action.agency_id]}): {action.what}, by {due}.")
        if action.since:
            sheet.words(f"Since then: {action.since}.", style="I", indent=5)
    if not told.actions:
        sheet.words("None.")
    sheet.heading("Who was there", 1)
    for row in told.invitees:
        how = Attendance(row.attendance).label if row.attendance else "Not noted"
        sheet.words(f"{told.people[row.worker_id].name}, {head.agencies[row.agency_id]}: {how}")
    sheet.heading("What was said", 1)
    for item_id, title in [*((item.id, item.title) for item in told.items), (None, "")]:
        lines = told.lines_of(item_id)
        if lines and title:
            sheet.heading(title, 2)
        for one in lines:
            _line(sheet, head, one)
    if not told.lines:
        sheet.words("No lines were minuted.")
    return bytes(sheet.output())


def _decisions(sheet: _Sheet, head: Printed, told: "Told") -> None:
    if told.conference.no_change_because:
        sheet.words(f"Nothing changes, because: {told.conference.no_change_because}")
    for card in [*told.settled, *told.cards]:
        sheet.words(card.decision.question, style="B")
        sheet.words(f"Decided{' (interim)' if card.decision.interim else ''}: {card.decision.chosen}")
        if card.between and card.between.settled:
            sheet.words(f"{card.between.settled.capitalize()}: {card.between.settled_words}", indent=5)
        if card.decision.rationale:
            sheet.words(f"Because: {card.decision.rationale}")
        for position in card.positions:
            changed = " (changed later)" if position.superseded_at else ""
            reason = f": {position.reason}" if position.reason else ""
            stance = Stance(position.stance).label.lower()
            sheet.words(f"{head.agencies[position.agency_id]} {stance}{changed}{reason}", indent=5)
            answer = card.answers.get(position.id)
            if answer:
                sheet.words(f"Answer: {answer.words}", indent=10)
        for agency_id in told.asked.get(card.decision.id, []):
            if agency_id not in card.heard:
                sheet.words(f"{head.agencies[agency_id]}: asked, not stated", indent=5)
    if not told.cards and not told.settled and not told.conference.no_change_because:
        sheet.words("None.")


def _line(sheet: _Sheet, head: Printed, one: "Line") -> None:
    sheet.words(f"{head.agencies[one.line.agency_id]}: {one.line.words}")
    for answer in one.objections:
        sheet.words(f"{head.agencies[answer.agency_id]} objects: {answer.words}", style="I", indent=5)
    for beside in one.amendments:
        sheet.words(f"Corrected by {head.agencies[beside.agency_id]}: {beside.words}", style="I", indent=5)
