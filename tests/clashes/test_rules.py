"""Each rule of the catalogue: what makes a clash, what is only near one, and what holds of all of them."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hub.clashes.detecting import crowds, find, windows
from hub.clashes.files import BadRecords, check_file
from hub.clashes.records import Record
from hub.clashes.rules import (
    SEVERITY_RANK,
    Disposition,
    Rule,
    Severity,
    catalogue,
    check_answer,
    read_rule,
    stops_bookings,
    with_changes,
)
from hub.errors import Refused

CASES: dict[str, Any] = yaml.load(  # every value as text: a day must not become a date
    (Path(__file__).parent / "cases.yaml").read_text(),
    yaml.BaseLoader,  # noqa: S506  # every value as text
)
DAY = date(2026, 3, 12)


def _told(rule: str, changes: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The clashes by one rule among its records, after some changes."""
    case = CASES[rule]
    records = []
    for name, fields in case["records"].items():
        row = {"id": name, "agency": "", "people": ["p1"], "hh": "h1", **fields, **(changes or {}).get(name, {})}
        told = {key: {"true": True, "false": False, "null": None}.get(str(value), value) for key, value in row.items()}
        if not told.pop("gone", False):
            records.append(told)
    found = check_file(
        json.dumps({"now": case.get("now", "2026-03-10"), "records": records, "links": case.get("links", [])}), DAY
    )
    return [hit for hit in found if hit["rule"] == rule]


def _all(which: str) -> list[Any]:
    return [
        pytest.param(rule, changes, id=f"{rule} {name}")
        for rule, case in CASES.items()
        for name, changes in case.get(which, {}).items()
    ]


def test_every_rule_of_the_catalogue_has_cases() -> None:
    assert list(CASES) == [rule.id for rule in catalogue()]
    assert all(len(case["miss"]) >= 2 for case in CASES.values())
    assert [rule.id for rule in catalogue() if rule.blocks] == ["R10", "R11"]
    assert [rule.id for rule in catalogue() if rule.covert] == ["R13", "R27"]


@pytest.mark.parametrize("rule", CASES)
def test_it_is_found_and_says_what_why_and_what_to_do(rule: str) -> None:
    (hit,) = _told(rule)
    assert hit["records"] == CASES[rule]["hits"]
    assert hit["people"] and hit["step"]
    assert all(f"({name}, " in hit["why"] for name in CASES[rule]["hits"])
    assert all(person in hit["why"] for person in hit["people"])


@pytest.mark.parametrize(("rule", "changes"), _all("also"))
def test_it_still_holds(rule: str, changes: dict[str, Any]) -> None:
    assert [hit["records"] for hit in _told(rule, changes)] == [CASES[rule]["hits"]]


@pytest.mark.parametrize(("rule", "changes"), _all("miss"))
def test_a_near_miss_is_none(rule: str, changes: dict[str, Any]) -> None:
    assert _told(rule, changes) == []


LONG, SHORT = "The court allows this one contact", "It is ok"
STANDS = [Disposition.align, Disposition.joint_visit, Disposition.merge, Disposition.accept]
SEPARATE = [Disposition.sequence, Disposition.retime]


@pytest.mark.parametrize(
    ("answers", "blocks", "leads", "reason", "refused"),
    [
        (STANDS, True, False, LONG, "disposition"),
        (STANDS, True, False, "", "disposition"),
        (STANDS, True, True, SHORT, "reason"),
        (STANDS, True, True, LONG, ""),
        (SEPARATE, True, False, "", ""),
        ([Disposition.keep_apart], True, False, LONG, ""),
        ([Disposition.keep_apart], True, False, SHORT, "reason"),
        ([Disposition.align, Disposition.joint_visit, Disposition.merge, *SEPARATE], False, False, "", ""),
        ([Disposition.accept], False, False, SHORT, "reason"),
        ([Disposition.accept], False, False, LONG, ""),
    ],
)
def test_what_a_rule_refuses_to_have_booked_is_let_stand_only_by_a_leader_with_a_reason(
    answers: list[Disposition], blocks: bool, leads: bool, reason: str, refused: str
) -> None:
    for one in answers:
        found = ""
        try:
            check_answer(one, reason, blocks=blocks, may_override=leads)
        except Refused as problem:
            found = problem.field or "?"
        assert found == refused, one


def test_the_rules_that_stop_a_booking_are_known_by_their_code() -> None:
    codes = [*(rule.id for rule in catalogue()), "R99"]
    assert [code for code in codes if stops_bookings(code)] == ["R10", "R11"]


# --- What holds of every rule -------------------------------------------------------------------------------------

KINDS = [
    "A.EH",
    "A.PAR",
    "A.S47",
    "A.DASH",
    "V.HV",
    "V.POL",
    "P.DRUG",
    "P.UPW",
    "L.CIN",
    "L.CP",
    "T.OST",
    "E.ARREST",
    "E.EVICT",
    "R.CURFEW",
    "C.NFA",
    "Z.NEW",
]


@st.composite
def worlds(draw: st.DrawFn) -> list[Record]:
    """Some records of two families in the summer, where no clock changes."""
    count = draw(st.integers(2, 9))
    return [
        Record(
            id=str(place),
            kind=draw(st.sampled_from(KINDS)),
            agency=draw(st.sampled_from(["health", "police", "council"])),
            people=frozenset(draw(st.sets(st.sampled_from("abc"), max_size=2))),
            households=frozenset(draw(st.sets(st.sampled_from("hk"), max_size=1))),
            starts_at=(start := date(2026, 6, 1) + timedelta(days=draw(st.integers(0, 30)))),
            ends_at=draw(st.sampled_from([None, start, start + timedelta(days=9)])),
            status=draw(st.sampled_from(["", "", "planned", "cancelled", "ended"])),
            level=draw(st.sampled_from(["high", "medium"])),
            joint=draw(st.booleans()),
        )
        for place in range(count)
    ]


def _keys(records: list[Record], **moved: Any) -> list[str]:
    return [hit.key for hit in find(records, catalogue(), **{"today": DAY, **moved})]


@given(worlds(), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_each_is_told_once(records: list[Record], chance: Any) -> None:
    keys = _keys(records)
    chance.shuffle(records)
    assert _keys(records) == keys == _keys([*records, *records])
    assert len(keys) == len(set(keys))
    ranks = [(SEVERITY_RANK[hit.rule.severity], hit.rule.id) for hit in find(records, catalogue(), today=DAY)]
    assert ranks == sorted(ranks)


@given(worlds(), st.integers(1, 8))
def test_whole_weeks_later_the_same_clashes_hold(records: list[Record], weeks: int) -> None:
    later = timedelta(weeks=weeks)
    moved = [
        Record(**{
            name: getattr(one, name)
            for name in ("id", "kind", "agency", "people", "households", "status", "level", "joint")
        }, starts_at=one.starts_at + later, ends_at=one.ends_at and one.ends_at + later)
        for one in records
    ]  # fmt: skip
    assert _keys(records) == _keys(moved, today=DAY + later)


@given(worlds())
def test_what_is_cancelled_takes_part_in_nothing(records: list[Record]) -> None:
    gone = {one.id for one in records if one.status == "cancelled"}
    assert not any(gone & set(key.split("|")[1:]) for key in _keys(records))


def test_a_rule_of_a_form_that_we_do_not_have_is_refused() -> None:
    with pytest.raises(ValueError):
        read_rule({"id": "R99", "form": "astrology", "severity": "low"})


# --- Files ------------------------------------------------------------------------------------------------------

GOOD = {"id": "a", "kind": "V.HV", "agency": "health", "people": ["p1"], "start": "2026-03-12"}
BAD = {
    "an id": ({"id": None}, "Record 1, field id"),
    "a kind": ({"kind": None}, "Record 1 (a), field kind"),
    "an agency": ({"agency": ""}, "Record 1 (a), field agency"),
    "a start": ({"start": None}, "Record 1 (a), field start"),
    "a start that is a date": ({"start": "soon"}, "Record 1 (a), field start: 'soon'"),
    "a day that exists": ({"start": "2026-02-30"}, "Record 1 (a), field start"),
    "an end after the start": ({"end": "2026-03-11"}, "Record 1 (a), field end"),
    "people in a list": ({"people": {"p1": 1}}, "Record 1 (a), field people"),
    "hours of a day": ({"hours": ["25:00", "07:00"]}, "Record 1 (a), field hours"),
    "two hours": ({"hours": ["19:00"]}, "Record 1 (a), field hours"),
    "pairs": ({"apart": [["p1"]]}, "Record 1 (a), field apart"),
    "a yes or no": ({"joint": "yes"}, "Record 1 (a), field joint"),
    "a text": ({"place": {"uprn": 1}}, "Record 1 (a), field place"),
}


@pytest.mark.parametrize(("changes", "says"), BAD.values(), ids=BAD.keys())
def test_a_record_needs(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRecords, match=says.replace("(", r"\(").replace(")", r"\)")):
        check_file(json.dumps({"records": [{**GOOD, **changes}]}), DAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"records": 1}',
        '{"records": [1]}',
        '{"now": "x", "records": []}',
        "[" * 99_999,
        '{"records": [], "links": [["a"]]}',
        '{"records": [], "links": {"a": "b"}}',
    ],
)
def test_a_file_that_holds_no_records_says_so(text: str) -> None:
    with pytest.raises(BadRecords):
        check_file(text, DAY)


def test_kinds_that_we_do_not_know_are_let_through_and_ids_must_tell_records_apart() -> None:
    odd = {**GOOD, "kind": "ZZ", "end": None, "status": None, "team": None, "mood": "blue"}
    assert check_file(json.dumps({"records": [GOOD, GOOD, {**odd, "id": "b"}, {**odd, "id": 7}]}), DAY) == []
    with pytest.raises(BadRecords, match="same id"):
        check_file(json.dumps({"records": [GOOD, odd]}), DAY)


def test_a_catalogue_in_the_order_of_severity_knows_every_severity() -> None:
    assert {rule.severity for rule in catalogue()} == set(Severity)


def test_a_sentence_names_those_whom_it_is_about_and_nobody_else() -> None:
    at = {"start": "2026-03-12T10:00", "end": "2026-03-12T11:00", "agency": "police", "mandatory": True}
    other = {**at, "agency": "health", "start": "2026-03-12T10:30", "end": "2026-03-12T11:30"}
    records = [
        {"id": "a", "kind": "P.PROB", "people": ["ann", "ben"], **at},
        {"id": "b", "kind": "P.MH", "people": ["ben", "cat"], **other},
    ]
    told = next(one for one in check_file(json.dumps({"records": records}), DAY) if one["rule"] == "R07")
    assert told["people"] == ["ben"]
    assert " for ben" in told["why"] and "ann" not in told["why"].split(". ")[0] and "cat" not in told["why"]


@pytest.mark.parametrize(
    ("field", "value"), [("end", "9999-12-31"), ("start", "9999-12-31"), ("end", "9999-12-31T23:59")]
)
def test_the_last_day_that_there_is_means_no_end(field: str, value: str) -> None:
    assert check_file(json.dumps({"records": [{**GOOD, field: value}]}), DAY) == []


@pytest.mark.parametrize("status", ["DNA", "did not attend", "postponed", "was_not_brought"])
def test_what_did_not_take_place_clashes_with_nothing(status: str) -> None:
    visits = [{**GOOD, "id": one, "agency": one, "kind": "V.HV", "people": ["ann"]} for one in ("a", "b")]
    assert {one["rule"] for one in check_file(json.dumps({"records": visits}), DAY)} == {"R05"}
    visits[1]["status"] = status
    assert check_file(json.dumps({"records": visits}), DAY) == []


# --- Crowds -------------------------------------------------------------------------------------------------------


def _contacts(*days: int) -> list[dict[str, Any]]:
    """A contact on each of some days of March, by three agencies in turn."""
    return [
        {**GOOD, "id": f"{day:02}", "agency": ("health", "police", "council")[place % 3], "start": f"2026-03-{day:02}"}
        for place, day in enumerate(days)
    ]


def _crowds_told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = check_file(json.dumps({"now": "2026-03-01", "records": rows}), DAY)
    return [hit for hit in found if hit["rule"] == "R06"]


def test_crowded_weeks_that_run_into_each_other_are_one_clash_that_tells_all_of_it() -> None:
    rows = _contacts(*range(2, 12))
    (hit,) = _crowds_told(rows)
    assert hit["records"] == [row["id"] for row in rows]
    assert hit["why"].startswith(
        "10 from 2 March 2026 to 11 March 2026, up to 7 of them within 7 days, for p1, by council, health and police: "
    )
    assert hit["why"].count("Home visit") == 6 and " and 4 more. " in hit["why"]


def test_what_is_crowded_only_on_its_way_into_a_full_week_is_not_left_out() -> None:
    first, second = range(2, 8), (8, 9, 10)
    (hit,) = _crowds_told(_contacts(*first, *second))
    assert len(hit["records"]) == 9, "three more on the days after make a crowd with the end of the first"


def test_two_crowded_weeks_with_a_pause_between_them_are_two_clashes() -> None:
    rows = _contacts(2, 3, 4, 5, 6, 7, 20, 21, 22, 23, 24, 25)
    assert [len(hit["records"]) for hit in _crowds_told(rows)] == [6, 6]


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from("abcd")), max_size=40))
def test_every_crowded_window_lies_in_one_crowd_and_no_record_in_two(days: list[tuple[int, str]]) -> None:
    rule = next(one for one in catalogue() if one.id == "R06")
    records = [
        Record(str(place), "V.HV", agency, frozenset("p"), date(2026, 3, 1) + timedelta(days=day))
        for place, (day, agency) in enumerate(days)
    ]
    told = [{one.id for one in crowd} for crowd in crowds(rule, records)]
    assert sum(map(len, told)) == len(set().union(*told))
    for window in windows(rule, records):
        crowded = len(window) >= rule.n and len({one.agency for one in window}) >= rule.agencies
        assert not crowded or sum({one.id for one in window} <= crowd for crowd in told) == 1


# --- Titles -------------------------------------------------------------------------------------------------------


def test_a_title_tells_the_figures_that_the_partnership_uses() -> None:
    rules = {rule.id: rule for rule in catalogue()}
    assert rules["R06"].title == "6 or more contacts in 7 days from 3 or more agencies"
    changed = with_changes(rules["R06"], severity=None, days=14, hours=None, buffer=None)
    assert changed.title == "6 or more contacts in 14 days from 3 or more agencies"
    assert with_changes(rules["R27"], severity=None, days=None, hours=1, buffer=None).title.startswith(
        "A planned arrest or warrant within 1 hour of "
    )


FIGURES = re.compile(r"\d|\b(?:two|three|six|seven|twelve) (?:days|weeks|months|hours|or more)\b")
NO_WINDOW = {"R34": {"1", "8"}}
"""Eighteen is the age, and not a measure of the rule."""


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.id)
def test_no_figure_that_can_change_is_written_out_in_the_catalogue(rule: Rule) -> None:
    for words in (rule.title_form, rule.why, rule.step):
        assert set(FIGURES.findall(words)) <= NO_WINDOW.get(rule.id, set()), words
    assert rule.title and "{" not in rule.title
