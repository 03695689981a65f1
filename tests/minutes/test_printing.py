"""The minutes as a PDF: what a screen reader finds in it, and that nobody's words can spoil it."""

import asyncio
import json
import logging
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from hub.minutes import printing
from hub.minutes.printing import SHEET, UNSEEN, UNSHOWN, Printed, printed, typeset

MADE_AT = datetime(2026, 3, 3, 10, 5, tzinfo=UTC)


def minutes(words: str = "He was seen on Monday", *, many: int = 1) -> dict[str, Any]:
    """Minutes with something in every place, in which `words` stand wherever people may write."""
    position = {"stance": "Police dissents", "reason": words, "answer": words}
    line = {
        "agency": "Police",
        "words": words,
        "only_for": "Police",
        "beside": [("Health objects", words), ("Corrected by Police", words)],
    }
    action = {
        "owner": words,
        "agency": "Health",
        "due": "3 May 2026",
        "what": words,
        "serves": words,
        "since": "now due on Friday",
    }
    return {
        "title": "Minutes: Review conference",
        "case": words,
        "made_for": "Amina Yusuf, Council, Tuesday 3 March 2026, 10:05",
        "when_and_where": f"Tuesday 3 March 2026. {words}",
        "purpose": words,
        "chair": words,
        "interim": words,
        "approved": "Not approved yet.",
        "no_change": words,
        "decisions": [{"question": words, "paragraphs": [("Decided", words)], "positions": [position]}],
        "actions": [action] * many,
        "there": [(words, "Council", "In person")],
        "papers": [{"agency": "Council", "title": words}],
        "said": [{"title": words, "lines": [line] * many}, {"title": "", "lines": [line]}],
    }


def tags(document: PdfReader) -> Iterator[tuple[str, DictionaryObject]]:
    """Everything that a screen reader is told about, in the order in which it is read, with how deep it stands."""

    def walk(node: Any, above: str) -> Iterator[tuple[str, DictionaryObject]]:
        node = node.get_object()
        if isinstance(node, ArrayObject):
            for one in node:
                yield from walk(one, above)
        elif isinstance(node, DictionaryObject) and "/K" in node:
            path = f"{above}/{node['/S'][1:]}" if "/S" in node else above
            if "/S" in node:
                yield path, node
            yield from walk(node["/K"], path)

    yield from walk(document.root_object["/StructTreeRoot"], "")


def names(document: PdfReader, *wanted: str) -> list[str]:
    """The tags with these names, in order."""
    return [name for path, _ in tags(document) if (name := path.rpartition("/")[2]) in wanted]


def words_of(document: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in document.pages).split())


def is_accessible(document: PdfReader) -> bool:
    """Whether it says of itself that it is PDF/UA-1. Typst says so only of what it has checked."""
    return b"<pdfuaid:part>1</pdfuaid:part>" in document.root_object["/Metadata"].get_data()


def read(words: str = "He was seen on Monday", **kwargs: Any) -> PdfReader:
    return PdfReader(BytesIO(typeset(minutes(words, **kwargs), MADE_AT)))


# --- What a screen reader finds -----------------------------------------------------------------------------------


def test_it_says_what_it_is_and_in_which_language() -> None:
    document = read()
    assert is_accessible(document)
    assert document.root_object["/MarkInfo"]["/Marked"].value is True
    assert document.root_object["/Lang"] == "en-GB"
    assert document.root_object["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert document.metadata is not None
    assert document.metadata.title == "Minutes: Review conference" and document.metadata.author == "The Hub"
    assert document.metadata.creation_date == MADE_AT


def test_its_headings_lists_and_tables_are_told_as_such() -> None:
    document = read()
    assert names(document, "H1", "H2", "H3") == ["H1", "H2", "H3", "H2", "H2", "H2", "H2", "H3", "H3"]
    deep = [path for path, _ in tags(document)]
    assert any(path.endswith("/L/LI/LBody") for path in deep), "positions and lines are lists"
    assert any("/L/L/LI" in path or "/LBody/L/LI" in path for path in deep), "with what stands beside them in lists"
    assert names(document, "Table", "TH") == ["Table", "TH", "TH", "TH"] * 2
    assert all(node["/A"][0]["/Scope"] == "/Column" for path, node in tags(document) if path.endswith("/TH"))


def test_its_outline_leads_to_every_part() -> None:
    def titles(entries: list[Any]) -> list[Any]:
        return [titles(one) if isinstance(one, list) else one.title for one in entries]

    words = "He was seen on Monday"
    said = [words, "Under no point of the agenda"]
    parts = ["Decisions", [words], "Actions", "Who was there", "Reports and papers", "What was said", said]
    assert titles(read(words).outline) == ["Minutes: Review conference", parts]


def test_every_page_says_for_whom_it_was_made_and_the_text_says_it_once() -> None:
    document = read(many=40)
    assert len(document.pages) > 3
    for number, page in enumerate(document.pages, start=1):
        shown = " ".join(page.extract_text().split())
        assert "Confidential. Made for Amina Yusuf, Council, Tuesday 3 March 2026, 10:05." in shown
        assert f"Page {number} of {len(document.pages)}" in shown
    assert words_of(document).count("as this reader may see them") == 1, "the foot of a page is not read aloud"


def test_the_header_of_a_table_stands_on_each_of_its_pages_and_is_told_once() -> None:
    document = read(many=60)
    pages = [" ".join(page.extract_text().split()) for page in document.pages]
    assert sum("Who By What" in page for page in pages) > 1
    assert names(document, "Table", "TH") == ["Table", "TH", "TH", "TH"] * 2


def test_without_decisions_actions_or_lines_it_says_so() -> None:
    lists = ("decisions", "actions", "there", "papers", "said")
    nothing = minutes() | {name: [] for name in lists} | {"no_change": "", "interim": ""}
    shown = PdfReader(BytesIO(typeset(nothing, MADE_AT)))
    assert is_accessible(shown)
    assert "Decisions None. Actions None. Who was there None. What was said No lines were minuted." in words_of(shown)


# --- Nobody's words are anything but words ------------------------------------------------------------------------

HOSTILE = (
    '#import "@preview/cetz:0.3.0": *',
    '#panic("stop") #sys.inputs.told #read("printing.py")',
    "$x^2$ *bold* _slanted_ `code` = Heading - item + item / term: @name <label> // note /* note */ \\ ~ -- --- ... ' \"",
    "{{ 7 * 7 }} <script>alert(1)</script> & ) ( % \\u{41}",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_signs_of_the_typesetter_are_shown_and_not_obeyed(words: str) -> None:
    document = read(words)
    assert is_accessible(document)
    shown = re.sub(r"\s", "", words_of(document))
    assert shown.count(re.sub(r"\s", "", words)) >= 10, "everywhere as it was written"


@pytest.mark.parametrize("name", ["Żółć Łukasz", "Nguyễn Thị Phương", "Ștefan Ağaoğlu", "Αθηνά Οδυσσέως", "Світлана"])
def test_the_letters_of_european_and_vietnamese_names_are_shown(name: str) -> None:
    document = read(name)
    assert is_accessible(document) and name in words_of(document)


@pytest.mark.parametrize("name", ["محمد علي", "דוד כהן", "प्रिया", "Աննա", "გიორგი"])
def test_so_are_names_in_other_letters_that_the_faces_hold(name: str) -> None:
    document = read(name)
    assert is_accessible(document) and "\ufffd" not in words_of(document)


@pytest.mark.parametrize("name", ["李明", "প্রিয়া", "😀", "\ue000", "\x00"])
def test_a_letter_that_no_face_holds_becomes_a_sign_that_says_so(name: str) -> None:
    document = read(f"Known as {name}")
    shown = words_of(document)
    assert is_accessible(document) and "Known as \ufffd" in shown
    assert shown.count("this document has no sign for the letter") == 1
    assert "no sign for the letter" not in words_of(read("Known as Ming"))


def test_each_letter_that_is_said_to_be_shown_is_shown() -> None:
    letters = [letter for code in range(0x10000) if not UNSHOWN.match(letter := chr(code)) and not UNSEEN.match(letter)]
    assert len(letters) > 3000
    for start in range(0, len(letters), 500):
        some = " ".join(letters[start : start + 500])
        assert is_accessible(PdfReader(BytesIO(typeset(minutes(some), MADE_AT)))), ascii(some)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_written_the_document_is_accessible(words: str) -> None:
    assert is_accessible(read(words or "x"))


def test_a_word_longer_than_the_line_is_broken_and_not_lost() -> None:
    word = "abcde" * 100
    document = read(word)
    lines = [line for page in document.pages for line in page.extract_text().splitlines()]
    assert max(len(line) for line in lines) < 110
    assert words_of(document).replace(" ", "").count(word) >= 3


def test_what_turns_the_direction_of_the_text_is_left_out() -> None:
    assert "seen yadnoM no" in words_of(read("seen \u202eyadnoM\u2069 no"))


def test_should_the_standard_refuse_the_words_there_are_minutes_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(printing, "UNSHOWN", re.compile("(?!)"))
    with caplog.at_level(logging.ERROR):
        document = read("Known as 李明")
    assert not is_accessible(document) and document.root_object["/MarkInfo"]["/Marked"].value is True
    assert "Known as" in words_of(document)
    assert "could not be made as PDF/UA-1" in caplog.text and "李" not in caplog.text, "the log holds nobody's words"


def test_the_sheet_asks_for_nothing_from_elsewhere() -> None:
    assert not re.search(
        r"#?\b(import|include)\s|\b(read|plugin|image|eval)\(|@preview", SHEET.read_text(encoding="utf-8")
    )


# --- Nobody waits for it ------------------------------------------------------------------------------------------


async def test_everybody_else_is_answered_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    where: list[str] = []

    def noted(said: dict[str, Any], made_at: datetime) -> bytes:
        where.append(threading.current_thread().name)
        return typeset(said, made_at)

    monkeypatch.setattr(printing, "content", lambda head, told: minutes(uuid4().hex, many=200))
    monkeypatch.setattr(printing, "typeset", noted)
    head = Printed("Minutes", "A case", "Amina", MADE_AT, {})
    setting = asyncio.create_task(printed(head, None))  # type: ignore[arg-type]
    turns = 0
    while not setting.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert (await setting).startswith(b"%PDF") and turns > 20
    assert where != [threading.main_thread().name]


def test_the_same_minutes_make_the_same_document() -> None:
    assert typeset(json.loads(json.dumps(minutes())), MADE_AT) == typeset(minutes(), MADE_AT)
