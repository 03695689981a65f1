"""What may be one event, what stands in one row, and what a gap is."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.cases.rules import Rating, Reading, check_chronology_opened
from hub.chronology.gathering import named_in
from hub.chronology.picture import SIZES, picture
from hub.chronology.rules import (
    A_CONTACT,
    JOINT,
    Asked,
    Entry,
    EntryKind,
    Gap,
    Key,
    Row,
    Source,
    check_two,
    gaps,
    happenings,
    key_of,
    longest_without_contact,
    may_be_one,
    months,
    proposals,
    rows,
)
from hub.errors import NotFound, Refused
from hub.ids import new_id
from hub.people.tables import Person

POLICE, HEALTH, SCHOOL = new_id(), new_id(), new_id()
AYO, TOLA = new_id(), new_id()
DAY = date(2026, 3, 10)


def entry(agency: Any = POLICE, *, days: int = 0, sorts: tuple[str, ...] = ("an injury",), **told: Any) -> Entry:
    on = DAY + timedelta(days=days)
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    given = {
        "kind": EntryKind.contribution,
        "known_at": at,
        "title": "Fact",
        "agency_id": agency,
        "key": Key(Source.contribution, new_id()),
        "sorts": frozenset(sorts),
    } | told
    return Entry(on=on, at=at, **given)


# --- The same event ---------------------------------------------------------------------------------------------

PAIRS = [
    (entry(), entry(HEALTH), True, "the same day"),
    (entry(), entry(HEALTH, days=1), True, "a day later"),
    (entry(), entry(HEALTH, days=-1), True, "a day before"),
    (entry(), entry(HEALTH, days=2), False, "two days later"),
    (entry(), entry(POLICE), False, "one agency twice"),
    (entry(), entry(None), False, "what was done jointly"),
    (entry(), entry(HEALTH, sorts=("violence",)), False, "another kind of happening"),
    (entry(), entry(HEALTH, sorts=("violence", "an injury")), True, "one kind in common"),
    (entry(), entry(HEALTH, sorts=()), False, "no kind that is known"),
    (entry(people=frozenset({AYO})), entry(HEALTH, people=frozenset({AYO, TOLA})), True, "one person in common"),
    (entry(people=frozenset({AYO})), entry(HEALTH, people=frozenset({TOLA})), False, "other people"),
    (entry(people=frozenset({AYO})), entry(HEALTH), True, "the whole family"),
    (entry(), entry(HEALTH, withdrawn=True), False, "withdrawn"),
    (entry(), entry(HEALTH, key=None), False, "without a name"),
    (entry(sorts=(A_CONTACT,)), entry(HEALTH, sorts=(A_CONTACT,)), True, "two visits on one day"),
    (entry(sorts=(A_CONTACT,)), entry(HEALTH, days=1, sorts=(A_CONTACT,)), False, "visits on two days"),
]


@pytest.mark.parametrize(("one", "other", "may", "what"), PAIRS, ids=[row[3] for row in PAIRS])
def test_two_entries_may_be_one_event(one: Entry, other: Entry, may: bool, what: str) -> None:
    assert bool(may_be_one(one, other)) is may
    assert may_be_one(one, other) == may_be_one(other, one)
    assert bool(proposals([one, other], [])) is may


def test_what_was_answered_is_not_asked_again() -> None:
    one, other, third = entry(), entry(HEALTH), entry(SCHOOL, days=1)
    assert len(proposals([one, other, third], [])) == 3
    assert len(proposals([one, other, third], [frozenset((one.key, other.key))])) == 2  # type: ignore[arg-type]


ENTRIES = st.lists(
    st.builds(
        lambda agency, days, sort, person: entry(agency, days=days, sorts=(sort,), people=frozenset(person)),
        st.sampled_from([POLICE, HEALTH, SCHOOL]),
        st.integers(0, 5),
        st.sampled_from(["an injury", "violence"]),
        st.sets(st.sampled_from([AYO, TOLA]), max_size=2),
    ),
    max_size=12,
)


@given(ENTRIES)
def test_proposals_are_exactly_the_pairs_that_the_rule_allows_each_once(entries: list[Entry]) -> None:
    found = {frozenset((one.one.key, one.other.key)) for one in proposals(entries, [])}
    wanted = {
        frozenset((one.key, other.key))
        for place, one in enumerate(entries)
        for other in entries[place + 1 :]
        if may_be_one(one, other)
    }
    assert found == wanted and len(proposals(entries, [])) == len(wanted)


@given(ENTRIES, st.data())
def test_rows_lose_nothing_and_merge_nothing(entries: list[Entry], data: st.DataObject) -> None:
    keys = [one.key for one in entries if one.key]
    same = (
        [frozenset(data.draw(st.permutations(keys))[:2]) for _ in range(data.draw(st.integers(0, 4)))]
        if len(keys) > 1
        else []
    )
    made = rows(entries, same)
    assert sorted(map(id, entries)) == sorted(id(voice) for row in made for voice in row.voices)
    for pair in same:
        assert sum(bool({voice.key for voice in row.voices} & pair) for row in made) == 1
    assert [row.at for row in made] == sorted(row.at for row in made)


@pytest.mark.parametrize(
    ("words", "sorts"),
    [
        ("A bruise on the left arm", {"an injury"}),
        ("He was drunk and shouting", {"drink or drugs", "violence"}),
        ("She likes to draw", set()),
        ("White paint on the wall", set()),
        ("Tyler was not in school today", {"missing school"}),
        ("Reported missing at ten", {"going missing"}),
    ],
)
def test_words_tell_of_kinds_of_happening(words: str, sorts: set[str]) -> None:
    assert happenings(words) == sorts


def test_a_first_name_is_a_word_of_its_own() -> None:
    ayo, ann = (
        Person(id=AYO, given_names=["Ayo"], family_name="X"),
        Person(id=TOLA, given_names=["Ann"], family_name="X"),
    )
    assert named_in("Ayo’s nan rang about the annex.", [ayo, ann]) == {AYO}


def test_an_entry_is_not_compared_with_itself() -> None:
    key = Key(Source.contribution, new_id())
    with pytest.raises(Refused):
        check_two(key, key)
    assert key_of(key.text) == key
    for text in ("", "contribution", "worker-" + key.text.partition("-")[2], "contribution-x"):
        with pytest.raises(NotFound):
            key_of(text)


# --- Gaps -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rating", "days", "gap"),
    [
        (Rating.red, 14, False),
        (Rating.red, 15, True),
        (Rating.amber, 30, False),
        (Rating.amber, 31, True),
        (Rating.green, 60, False),
        (Rating.green, 61, True),
        (Rating.blue, 61, True),
        (None, 30, False),
        (None, 31, True),
    ],
)
def test_a_gap_is_longer_than_the_rating_allows(rating: Rating | None, days: int, gap: bool) -> None:
    ratings = [(DAY, rating)] if rating else []
    found = gaps([], ratings, start=DAY, end=DAY + timedelta(days=days), goes_on=True, clocks={})
    assert [one.days for one in found] == ([days] if gap else [])
    assert all(one.goes_on for one in found)


def test_a_partnership_sets_its_own_days() -> None:
    assert longest_without_contact(Rating.red, {"T34R": {"count": 7}}) == 7
    assert longest_without_contact(Rating.red, {"T34R": {"count": 2, "unit": "weeks"}}) == 14


def test_a_gap_is_measured_by_the_rating_that_stood_when_it_began() -> None:
    later = DAY + timedelta(days=20)
    ratings = [(DAY, Rating.green), (later, Rating.red)]
    found = gaps([later], ratings, start=DAY, end=later + timedelta(days=20), goes_on=False, clocks={})
    assert found == [Gap(later, later + timedelta(days=20), 14, False, Rating.red)]


@given(st.lists(st.integers(-30, 400), max_size=40), st.sampled_from(list(Rating)))
def test_every_gap_holds_no_contact_and_no_longer_stretch_is_missed(contacts: list[int], rating: Rating) -> None:
    end = DAY + timedelta(days=300)
    days = [DAY + timedelta(days=one) for one in contacts]
    found = gaps(days, [(DAY, rating)], start=DAY, end=end, goes_on=True, clocks={})
    limit = longest_without_contact(rating, {})
    for one in found:
        assert one.days > limit and not any(one.last < day < one.next for day in days)
    covered = {one.last for one in found}
    known = sorted({day for day in days if DAY < day < end} | {DAY, end})
    assert covered == {a for a, b in pairwise(known) if (b - a).days > limit}


# --- What is asked for, and the picture -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (Asked(), True),
        (Asked(agency=POLICE), True),
        (Asked(agency=HEALTH), False),
        (Asked(agency=JOINT), False),
        (Asked(kinds=frozenset({EntryKind.contribution})), True),
        (Asked(kinds=frozenset({EntryKind.contact})), False),
        (Asked(person=AYO), True),
        (Asked(person=TOLA), False),
        (Asked(text="BRUISE"), True),
        (Asked(text="knife"), False),
        (Asked(first=DAY, last=DAY), True),
        (Asked(first=DAY + timedelta(days=1)), False),
        (Asked(last=DAY - timedelta(days=1)), False),
        (Asked(since=datetime(2026, 3, 9, tzinfo=UTC)), True),
        (Asked(since=datetime(2026, 3, 11, tzinfo=UTC)), False),
    ],
)
def test_filters(asked: Asked, wanted: bool) -> None:
    one = entry(words="A bruise", people=frozenset({AYO}))
    assert asked.wants(one) is wanted
    assert asked.wants_row(Row((entry(SCHOOL, days=90, words="", people=frozenset({TOLA})), one))) or not wanted


def test_what_was_written_down_after_the_decision_is_since_the_decision() -> None:
    decided = datetime(2026, 3, 20, tzinfo=UTC)
    assert Asked(since=decided).wants(entry(known_at=decided + timedelta(days=3)))


def test_months_keep_the_order() -> None:
    found = months(
        (day, number) for number, day in enumerate([DAY, DAY, DAY - timedelta(days=15), DAY - timedelta(days=400)])
    )
    assert [(month.first.month, month.items) for month in found] == [(3, [0, 1]), (2, [2]), (2, [3])]


@given(st.lists(st.integers(0, 730), max_size=300), st.sampled_from(SIZES))
def test_the_picture_stays_small_and_inside_its_frame(days: list[int], size: Any) -> None:
    told = [entry(days=day, kind=EntryKind.contact) for day in sorted(days)]
    agency = type("Agency", (), {"id": POLICE})
    drawn = picture(size, told, [], [agency], first=DAY, last=DAY + timedelta(days=730), decided=DAY)
    marks = [mark for lane in drawn.lanes for mark in lane.marks]
    assert sum(mark.count for mark in marks) == len(days)
    assert all(size.left <= mark.x <= size.width for mark in marks)
    assert len(marks) <= size.width / 7 + 1 and len(drawn.ticks) <= size.ticks


# --- Read before deciding ---------------------------------------------------------------------------------------


def test_the_history_is_opened_before_what_matters_is_decided() -> None:
    assert check_chronology_opened(Reading(opened=True, decided=True, entries=0), no_time=False) is False
    assert check_chronology_opened(Reading(opened=True, decided=True, entries=0), no_time=True) is False
    assert check_chronology_opened(Reading(opened=False, decided=True, entries=3), no_time=True) is True
    for reading, words in (
        (
            Reading(opened=False, decided=True, entries=3),
            "Open the chronology first (3 entries since the last decision)",
        ),
        (Reading(opened=False, decided=True, entries=1), "Open the chronology first (1 entry since the last decision)"),
        (Reading(opened=False, decided=False, entries=12), "Open the chronology first (12 entries)"),
    ):
        with pytest.raises(Refused, match=words.replace("(", r"\(").replace(")", r"\)")):
            check_chronology_opened(reading, no_time=False)


def test_a_contact_is_a_kind_of_happening() -> None:
    assert may_be_one(entry(sorts=(A_CONTACT,)), entry(HEALTH, sorts=(A_CONTACT,))) == (A_CONTACT,)
