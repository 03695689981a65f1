"""Is this somebody we know? Named situations, each with the answer that a careful person would give."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.people.cleaning import Likeness, name_key
from hub.people.matching import Likely, compare, verdict
from hub.people.rules import PartialDate, Precision, family_name_of, inverse


def somebody(
    given: str = "Mohammed",
    family: str = "Khan",
    born: str = "1990-04-02",
    sex: str = "1",
    nhs: str = "",
    postcode: str = "",
    alias: tuple[str, str] | None = None,
) -> Likeness:
    return Likeness(
        given=name_key(given),
        family=name_key(family),
        born=PartialDate.read(born),
        sex=sex,
        postcodes=frozenset([postcode] if postcode else []),
        numbers=frozenset([("nhs-number", nhs)] if nhs else []),
        also_known_as=frozenset([(name_key(alias[0]), name_key(alias[1]))] if alias else []),
    )


HOME = "ZZ99 3AA"
SITUATIONS = [
    ("the same number and name", somebody(nhs="1"), somebody(nhs="1"), Likely.same),
    ("the same number, name spelt otherwise", somebody(nhs="1"), somebody(given="Mohamed", nhs="1"), Likely.same),
    (
        "the same number, married name, same birth date",
        somebody(nhs="1"),
        somebody(family="Shah", nhs="1"),
        Likely.same,
    ),
    (
        "the same number, nothing else agrees",
        somebody(nhs="1"),
        somebody("Eve", "Ling", "1971", "2", nhs="1"),
        Likely.perhaps,
    ),
    ("other numbers, all else the same", somebody(nhs="1"), somebody(nhs="2"), Likely.different),
    ("all the same, and at the same home", somebody(postcode=HOME), somebody(postcode=HOME), Likely.same),
    ("all the same, home not known", somebody(), somebody(), Likely.perhaps),
    ("the year only on one side", somebody(), somebody(born="1990"), Likely.perhaps),
    ("another year", somebody(), somebody(born="1991"), Likely.different),
    ("no birth date, same home", somebody(born="", postcode=HOME), somebody(postcode=HOME), Likely.perhaps),
    ("no birth date, no home", somebody(born=""), somebody(), Likely.different),
    (
        "twins",
        somebody("Ana", "Silva", "2019-01-05", "2", postcode=HOME),
        somebody("Eva", "Silva", "2019-01-05", "2", postcode=HOME),
        Likely.different,
    ),
    (
        "twin boy and girl",
        somebody("Sam", "Lee", "2019-01-05", "1", postcode=HOME),
        somebody("Sam", "Lee", "2019-01-05", "2", postcode=HOME),
        Likely.different,
    ),
    ("names the wrong way round", somebody("Khan", "Mohammed"), somebody(), Likely.perhaps),
    (
        "a known alias",
        somebody("Leigh", "Sample"),
        somebody("Lee", "Sampson", alias=("Leigh", "Sample")),
        Likely.perhaps,
    ),
    ("accents and hyphens", somebody("Zoë", "O’Brien-Łuczak"), somebody("Zoe", "OBrien Luczak"), Likely.perhaps),
    (
        "same-name cousins, another birth date",
        somebody(born="1990-04-02"),
        somebody(born="1990-04-03"),
        Likely.different,
    ),
    ("nothing known", Likeness(), Likeness(), Likely.different),
]


@pytest.mark.parametrize(
    ("left", "right", "answer"), [row[1:] for row in SITUATIONS], ids=[row[0] for row in SITUATIONS]
)
def test_a_situation(left: Likeness, right: Likeness, answer: Likely) -> None:
    assert compare(left, right) is answer
    assert compare(right, left) is answer, "the order of asking must not matter"


ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def test_one_certain_match_decides() -> None:
    assert verdict([(ONE, Likely.perhaps), (TWO, Likely.same)]).same == TWO


def test_two_certain_matches_are_a_question() -> None:
    found = verdict([(ONE, Likely.same), (TWO, Likely.same), (THREE, Likely.perhaps)])
    assert found.same is None and found.perhaps == (ONE, TWO, THREE)


def test_nobody_is_new() -> None:
    assert verdict([(ONE, Likely.different)]) == verdict([])


@given(st.text(max_size=40))
def test_a_name_key_is_stable(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("1989", Precision.year),
        ("1989-02", Precision.month),
        ("1989-02-28", Precision.day),
        ("1989-02-30", Precision.unknown),
        ("", Precision.unknown),
        ("198", Precision.year),
        ("0000", Precision.unknown),
        ("1989-13", Precision.unknown),
    ],
)
def test_a_birth_date_known_in_part(text: str, precision: Precision) -> None:
    assert PartialDate.read(text).precision is precision


def test_ties_seen_from_the_other_side() -> None:
    assert inverse("parent") == "child" and inverse("child") == "parent" and inverse("sibling") == "sibling"


def test_a_family_is_called_after_most_of_its_people() -> None:
    assert family_name_of(["Sample", "Testcase", "Testcase"]) == "Testcase"
    assert family_name_of(["Sample", "Testcase"]) == "Sample"
    assert family_name_of([]) == "Unnamed"
