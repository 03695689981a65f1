"""The minutes as a PDF that a screen reader can walk: headings, lists and tables, with its language, title and outline.

Set by Typst, which needs nothing of the operating system and refuses what is not PDF/UA-1, in Roboto, which holds the
letters of nearly every name here. How it looks and reads stands in `minutes.typ`; what people wrote goes to it as data.
"""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import font_roboto
import typst

from hub.conferences.rules import Attendance, not_seen
from hub.decisions.rules import Stance
from hub.minutes.rules import held_when
from hub.times import exact
from hub.vocabulary import lower_first, upper_first

if TYPE_CHECKING:
    from hub.decisions.queries import Shown
    from hub.minutes.after import Told
    from hub.minutes.queries import Line

logger = logging.getLogger(__name__)

SHEET = Path(__file__).with_name("minutes.typ")

SHOWN = (
    "\t\n\u0020-\u007e\u00a0-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u052f"
    "\u1d00-\u1df5\u1dfc-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f5f-\u1f7d"
    "\u1f80-\u1fb4\u1fb6-\u1fc4\u1fc6-\u1fd3\u1fd6-\u1fdb\u1fdd-\u1fef\u1ff2-\u1ff4\u1ff6-\u1ffe"
    "\u0531-\u0556\u0559-\u055f\u0561-\u0587\u10d0-\u10ff"
    "\u0591-\u05c7\u05d0-\u05ea\u05f0-\u05f4"
    "\u0606-\u060c\u0615\u061b\u061f\u0621-\u063a\u0640-\u0655\u065a\u0660-\u066d\u0674\u0679-\u067b\u067e-\u0680"
    "\u0683\u0684\u0686\u0687\u0691\u0698\u06a4\u06a9\u06af\u06be\u06cc\u06f0-\u06f9"
    "\u0900-\u097f"
    "\u2000-\u205f\u2070\u2071\u2074-\u208e\u20a0-\u20c0\u2100-\u2189\u2190-\u23ff\u2460-\u2606\u2713\u2714\u2717\u2718"
    "\ufb00-\ufb06\ufffd"
)
"""The letters that Roboto and the faces inside Typst hold: Latin, Greek and Cyrillic; Armenian and Georgian; Hebrew;
Arabic and Persian; Devanagari; signs. A test shows each of them."""
UNSHOWN = re.compile(f"[^{SHOWN}]")
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u200b\u200d-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]|(?<![\u0600-\u06ff])\u200c"
)
"""What is written without being a letter: it turns the direction of all that follows, or joins and parts letters. Only
Persian is not read rightly without its own."""


@dataclass(frozen=True)
class Printed:
    """What stands at the head and foot of every page."""

    title: str
    case: str
    made_for: str
    made_at: datetime
    agencies: Mapping[UUID, str]


async def printed(head: Printed, told: "Told") -> bytes:
    """The document, from the same rows as the page: what its reader may not see is not in it.

    It is set in a thread: everybody else's pages are answered meanwhile.
    """
    return await asyncio.to_thread(typeset, content(head, told), head.made_at)


def content(head: Printed, told: "Told") -> dict[str, Any]:
    """What the document says, in its order, as plain words."""
    held = told.conference
    approved = (
        f"Approved by {told.people[told.approval.worker_id].name}, {exact(told.approval.approved_at)}."
        if told.approval
        else "Not approved yet."
    )
    return {
        "title": head.title,
        "case": head.case,
        "made_for": head.made_for,
        "when_and_where": f"{held_when(held.starts_at, held.opened_at, held.closed_at)}. {held.place}",
        "purpose": held.purpose,
        "chair": told.people[held.chair_id].name,
        "interim": held.interim_because,
        "approved": approved,
        "no_change": held.no_change_because,
        "decisions": [_decision(head, told, card) for card in [*told.settled, *told.cards]],
        "actions": [
            {
                "owner": action.owner,
                "agency": head.agencies[action.agency_id],
                "due": f"{action.due_on.day} {action.due_on:%B %Y}",
                "what": action.what,
                "serves": action.serves,
                "since": action.since,
            }
            for action in told.actions
        ],
        "there": [
            (
                told.people[row.worker_id].name,
                head.agencies[row.agency_id],
                Attendance(row.attendance).label
                if row.attendance
                else not_seen(row.answer, row.worker_id in told.outside),
            )
            for row in told.invitees
        ],
        "papers": [{"agency": head.agencies[paper.agency_id], "title": paper.title} for paper, _ in told.papers],
        "said": [
            {"title": title, "lines": [_line(head, one) for one in lines]}
            for item_id, title in [*((item.id, item.title) for item in told.items), (None, "")]
            if (lines := told.lines_of(item_id))
        ],
    }


def _decision(head: Printed, told: "Told", card: "Shown") -> dict[str, Any]:
    paragraphs = [(f"Decided{' (interim)' if card.decision.interim else ''}", card.decision.chosen)]
    for option in card.options:
        paragraphs += [] if option.chosen else [("Also weighed", option.text)]
        paragraphs += [
            (side, words) for side, words in (("For", option.reason_for), ("Against", option.reason_against)) if words
        ]
    if card.between and card.between.settled:
        paragraphs.append((upper_first(card.between.settled), card.between.settled_words))
    if card.decision.rationale:
        paragraphs.append(("Because", card.decision.rationale))
    positions = []
    for position in card.positions:
        stance = lower_first(Stance(position.stance).label)
        changed = " (changed later)" if position.superseded_at else ""
        answer = card.answers.get(position.id)
        recorder = card.recorder(position) if position.stance != Stance.not_consulted else None
        by = f" (recorded by {recorder.name}, {head.agencies[recorder.agency_id]})" if recorder else ""
        positions.append(
            {
                "stance": f"{head.agencies[position.agency_id]} {stance}{changed}{by}",
                "reason": position.reason,
                "answer": answer.words if answer else "",
            }
        )
    positions += [
        {"stance": head.agencies[agency_id], "reason": "asked, not stated", "answer": ""}
        for agency_id in told.asked.get(card.decision.id, [])
        if agency_id not in card.heard
    ]
    return {"question": card.decision.question, "paragraphs": paragraphs, "positions": positions}


def _line(head: Printed, one: "Line") -> dict[str, Any]:
    objections = [(f"{head.agencies[answer.agency_id]} objects", answer.words) for answer in one.objections]
    corrected = [(f"Corrected by {head.agencies[beside.agency_id]}", beside.words) for beside in one.amendments]
    return {
        "agency": head.agencies[one.line.agency_id],
        "only_for": ", ".join(head.agencies[agency_id] for agency_id in one.line.for_agencies or ()),
        "words": one.line.words,
        "beside": [*objections, *corrected],
    }


def typeset(said: dict[str, Any], made_at: datetime) -> bytes:
    """The pages, as PDF/UA-1. Whatever people wrote, there is a document.

    A letter that no face holds becomes a sign that says so. Should the standard refuse the words all the same, the
    document is tagged as it would be and does not claim the standard: minutes that nobody can have are worse.
    """
    plain = _plain(said)
    told = json.dumps(plain | {"unshown": "\ufffd" in json.dumps(plain, ensure_ascii=False)})
    try:
        return _set(told, made_at, ["ua-1"])
    except typst.TypstError as error:
        why = error.message.partition("`")[0]  # what comes after it is somebody's words
        logger.error("Minutes could not be made as PDF/UA-1: %s", why)
        return _set(told, made_at, [])


def _set(told: str, made_at: datetime, standards: list[Any]) -> bytes:
    return typst.compile(
        SHEET,
        root=SHEET.parent,
        font_paths=_faces(),
        ignore_system_fonts=True,
        sys_inputs={"told": told},
        pdf_standards=standards,
        timestamp=int(made_at.timestamp()),
    )


@cache
def _faces() -> typst.Fonts:
    """The same faces on every machine: none of the system's."""
    return typst.Fonts(include_system_fonts=False, font_paths=[font_roboto.font_directory])


def _plain(said: Any) -> Any:
    """The same with letters that can be shown."""
    if isinstance(said, str):
        return UNSHOWN.sub("\ufffd", UNSEEN.sub("", said))
    if isinstance(said, dict):
        return {name: _plain(one) for name, one in said.items()}
    return [_plain(one) for one in said]
