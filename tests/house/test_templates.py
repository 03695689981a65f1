"""Templates: they compile, hold nothing that runs inside the page, escape everything, and name files that exist."""

import re
from pathlib import Path

import pytest

from hub.notices.letters import subject_of
from hub.notices.rules import NoticeKind
from hub.rendering import STATIC, environment
from hub.vocabulary import lower_first, upper_first

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
ALL = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*"))
FORBIDDEN = {
    "an inline script": r"<script(?![^>]*\bsrc=)",
    "a style in the page": r"\sstyle\s*=|<style",
    "a handler in the page": r"\son[a-z]+\s*=",
    "hx-on": r"hx-on",
    "a script in a value": r"hx-vals\s*=\s*['\"]js:|javascript:",
    "text that is not escaped": r"\|\s*safe\b|Markup\(|autoescape\s+false",
    "another site": r"(src|href|action)\s*=\s*[\"']https?://",
}


LOWERED = re.compile(r"\|\s*lower\b(?!_)|(?:due|when|day|exact|repeats\))\s*\|\s*capitalize")
"""What would take the capital of a day, a month or an abbreviation: `lower_first` and `upper_first` leave it."""


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith(".html")])
def test_days_and_months_keep_their_capital(name: str) -> None:
    assert not LOWERED.search((TEMPLATES / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("words", "lowered"),
    [("Every week on Wednesday until 13 January 2027", "every week on Wednesday until 13 January 2027"),
     ("Wednesday at 10:00", "Wednesday at 10:00"), ("MARAC", "MARAC"), ("A visit", "a visit"), ("", "")],
)  # fmt: skip
def test_words_in_the_middle_of_a_sentence(words: str, lowered: str) -> None:
    assert lower_first(words) == lowered and upper_first("due 28 November") == "Due 28 November"


def test_there_are_templates() -> None:
    assert len(ALL) > 40


@pytest.mark.parametrize("name", ALL)
def test_it_compiles(name: str) -> None:
    environment().get_template(name)


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith(".html")])
@pytest.mark.parametrize("what", FORBIDDEN)
def test_it_holds_nothing_that_the_policy_forbids(name: str, what: str) -> None:
    assert not re.search(FORBIDDEN[what], (TEMPLATES / name).read_text(encoding="utf-8"), re.IGNORECASE)


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith(".html")])
def test_it_names_files_that_exist(name: str) -> None:
    for path in re.findall(r"static_url\('([^']+)'\)", (TEMPLATES / name).read_text(encoding="utf-8")):
        assert (STATIC / path).is_file(), path


def test_every_form_that_changes_something_carries_its_key() -> None:
    for name in ALL:
        text = (TEMPLATES / name).read_text(encoding="utf-8")
        for form in re.findall(
            r"<form[^>]*method=\"post\".*?</form>|<form[^>]*method=\"post\"[^>]*>(?:(?!</form>).)*$", text, re.DOTALL
        ):
            public = "/signin" in form or "/answer/{{ token }}" in form
            assert public or "_key" in form, f"{name}: {form[:80]}"


def test_no_image_of_the_crown_and_no_transport_font() -> None:
    styles = (STATIC / "built" / "hub.css").read_text(encoding="utf-8")
    assert "GDS Transport" not in styles and "crest" not in styles and "crown" not in styles.lower()
    assert not [path.name for path in (STATIC / "built").rglob("*") if re.search("crest|crown|govuk-icon", path.name)]


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_letter_has_its_words(kind: NoticeKind) -> None:
    words = (
        environment().get_template(f"notices/{kind.value}/body.txt").render(name="Ayo", link="https://hub.example/x")
    )
    assert subject_of(kind.value) and "https://hub.example/x" in words
