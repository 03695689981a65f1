"""Templates: they compile, hold nothing that runs inside the page, escape everything, and name files that exist."""

import re
from pathlib import Path

import pytest

from hub.notices.letters import subject_of
from hub.notices.rules import NoticeKind
from hub.rendering import STATIC, environment

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
