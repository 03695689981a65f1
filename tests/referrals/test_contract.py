"""The native event: shape is strict, codes are not, and a fault names the place and the rule but never the value."""

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.referrals.contract import faults, read
from hub.referrals.rules import Urgency
from tests.makers import referral_event

TODAY = date(2026, 3, 10)
EVENT = referral_event()
ID = EVENT["id"]


def broken(path: str, value: object) -> dict[str, Any]:
    event = copy.deepcopy(EVENT)
    *way, last = path.split("/")
    at: Any = event
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    if value is None:
        del at[last]
    elif isinstance(at, list):
        at[int(last)] = value
    else:
        at[last] = value
    return event


def test_the_example_of_the_standard_has_no_faults() -> None:
    assert faults(EVENT, message_id=ID) == []


@pytest.mark.parametrize(
    ("path", "value", "pointer", "rule"),
    [
        ("specversion", "0.3", "/specversion", "const"),
        ("type", "hub.referral.unheard-of.v9", "/type", "enum"),
        ("id", "another-id", "/id", "equals-webhook-id"),
        ("time", "yesterday", "/time", "date-time"),
        ("time", "2026-03-02T21:47:00", "/time", "date-time-with-zone"),
        ("data/people", [], "/data/people", "minItems"),
        ("data/people/0/name/family", None, "/data/people/0/name", "required"),
        ("data/people/0/birthDate", "14.5.2016", "/data/people/0/birthDate", "pattern"),
        ("data/people/1/ref", "p1", "/data/people", "refs-are-unique"),
        ("data/relationships/0/to", "p9", "/data/relationships/0", "refers-to-a-person"),
        ("data/relationships/0/to", "p2", "/data/relationships/0", "between-two-people"),
        ("data/concerns/0/person", "p77", "/data/concerns/0/person", "refers-to-a-person"),
        ("data/addresses/0/people", ["p1", "p8"], "/data/addresses/0/people", "refers-to-a-person"),
        ("data/narrative/summary", "", "/data/narrative/summary", "minLength"),
        ("data/narrative/summary", 7, "/data/narrative/summary", "type"),
        ("data/revision", 0, "/data/revision", "minimum"),
        ("data/action", "explode", "/data/action", "enum"),
    ],
)
def test_a_fault_names_the_place_and_the_rule(path: str, value: object, pointer: str, rule: str) -> None:
    found = faults(broken(path, value), message_id=ID)
    assert (pointer, rule) in {(fault.pointer, fault.rule) for fault in found}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("data/urgency", "yesterday"),
        ("data/contactSource", "77Z"),
        ("data/rag", "purple"),
        ("data/needLevel", 9),
        ("data/referrer/agency", "coastguard"),
        ("data/concerns/0/code", "99X"),
        ("data/concerns/0/scheme", "our-own-list"),
        ("data/people/0/roles", ["bystander"]),
        ("data/people/0/identifiers/0/system", "library-card"),
        ("data/people/0/sex", "X"),
        ("data/relationships/0/type", "godparent"),
    ],
)
def test_a_code_that_we_do_not_know_never_refuses_a_referral(path: str, code: object) -> None:
    event = broken(path, code)
    assert faults(event, message_id=ID) == []
    told = read(event, today=TODAY)
    if path != "data/people/0/sex":
        assert told.unknown_codes


def test_what_it_says_is_read_and_nothing_is_lost() -> None:
    told = read(EVENT, today=TODAY)
    assert told.urgency is Urgency.urgent and told.suggested_rating == "amber" and told.need_level == 3
    assert [person.label for person in told.people] == ["p1", "p2", "p3"]
    ayo, tola, lee = (person.told for person in told.people)
    assert ayo.identifiers[0][1].valid and ayo.postcodes == ["ZZ99 3WZ"]
    assert "Safe to ring between 09:00 and 14:00" in tola.contact_note and tola.interpreter
    assert lee.also_known_as == [(["Leigh"], "Sample")] and lee.born.precision == "year"
    assert told.homes[0].confidential and told.details["interventions"][0]["kind"] == "R.BAIL"
    assert told.restricted_to == ("police", "social-care", "health", "probation")
    assert not told.unknown_codes


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "data", "people", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(junk)
@settings(max_examples=150)
def test_whatever_the_json_is_the_check_only_answers(value: object) -> None:
    assert faults(value, message_id=ID)


@given(
    st.sampled_from(["data", "data/people/0", "data/referrer", "data/narrative", "data/lawfulBasis"]),
    st.text(max_size=9),
    junk,
)
@settings(max_examples=150)
def test_a_member_changed_at_random_is_refused_or_read(where: str, name: str, value: object) -> None:
    event = copy.deepcopy(EVENT)
    at: Any = event
    for step in where.split("/"):
        at = at[int(step)] if step.isdigit() else at[step]
    at[name] = value
    if not faults(event, message_id=ID):
        read(event, today=TODAY)


@pytest.mark.parametrize("member", sorted(EVENT["data"]))
@given(value=junk)
@settings(max_examples=40)
def test_a_member_replaced_at_random_is_refused_or_read(member: str, value: object) -> None:
    event = copy.deepcopy(EVENT)
    event["data"][member] = value
    if not faults(event, message_id=ID):
        read(event, today=TODAY)
