"""Series and curfews: which times they give, at which hour of the wall clock, and that no rule runs away."""

import contextlib
import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Refused
from hub.interventions.recurrence import HORIZON, MOST, Different, Rule, Series, expand, in_words, is_time_of, last_end
from hub.london import from_london, london

ONE = UUID(int=1)
MONDAY = from_london(date(2026, 3, 2), 10)


def series(starts_at: datetime = MONDAY, repeats: str = "FREQ=WEEKLY", minutes: int = 60, **given: object) -> Series:
    ends_at = given.pop("ends_at", last_end(starts_at, repeats, minutes))
    return Series(ONE, starts_at, ends_at, repeats=repeats, minutes=minutes, **given)  # type: ignore[arg-type]


def times(made: Series, days: int, *different: Different, from_: datetime = MONDAY) -> list[tuple[str, str]]:
    found = expand(made, different, from_=from_, until=from_ + timedelta(days=days))
    return [
        (f"{london(one.starts_at):%d/%m %H:%M}", f"{london(one.ends_at):%d/%m %H:%M}" if one.ends_at else "open")
        for one in found
    ]


def test_a_weekly_visit_stays_at_ten_when_the_clocks_change() -> None:
    found = list(expand(series(), (), from_=MONDAY, until=MONDAY + timedelta(days=35)))
    assert [f"{london(one.starts_at):%H:%M}" for one in found] == ["10:00"] * 6
    assert {one.starts_at.hour for one in found} == {9, 10}


@pytest.mark.parametrize(
    ("repeats", "days", "found"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TH", 8, ["02/03 10:00", "05/03 10:00", "09/03 10:00"]),
        ("FREQ=WEEKLY;INTERVAL=2", 30, ["02/03 10:00", "16/03 10:00", "30/03 10:00"]),
        ("FREQ=DAILY;COUNT=3", 30, ["02/03 10:00", "03/03 10:00", "04/03 10:00"]),
        ("FREQ=DAILY;UNTIL=20260304", 30, ["02/03 10:00", "03/03 10:00", "04/03 10:00"]),
        ("FREQ=DAILY;UNTIL=20260303T100000Z", 30, ["02/03 10:00", "03/03 10:00"]),
        ("FREQ=MONTHLY;BYDAY=1MO", 70, ["02/03 10:00", "06/04 10:00", "04/05 10:00"]),
    ],
)
def test_rules_give_their_times(repeats: str, days: int, found: list[str]) -> None:
    assert [start for start, _ in times(series(repeats=repeats), days)] == found


@pytest.mark.parametrize(
    "repeats",
    [
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=3",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=3;UNTIL=20260404",
        "FREQ=DAILY;UNTIL=20261345",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;FREQ=DAILY",
        "every Tuesday",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=WEEKLY;BYDAY=TU",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=2MO",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
    ],
)
def test_what_is_no_rule_or_never_falls_is_refused_and_quickly(repeats: str) -> None:
    begun = stopwatch.monotonic()
    with pytest.raises(Refused):
        last_end(MONDAY, repeats, 60)
    assert stopwatch.monotonic() - begun < 1


def test_one_time_is_moved_another_cancelled_a_third_left_out() -> None:
    second, third, fourth = (MONDAY + timedelta(days=days) for days in (7, 14, 21))
    made = series(left_out=frozenset({fourth}))
    moved = Different(second, starts_at=second + timedelta(days=1), ends_at=second + timedelta(days=1, hours=2))
    found = list(
        expand(made, [moved, Different(third, status="cancelled")], from_=MONDAY, until=MONDAY + timedelta(27))
    )
    assert [(one.of_at, one.starts_at, one.cancelled) for one in found] == [
        (MONDAY, MONDAY, False),
        (second, second + timedelta(days=1), False),
        (third, third, True),
    ]


def test_one_that_was_moved_into_the_stretch_is_in_it_and_one_moved_out_is_not() -> None:
    second = MONDAY + timedelta(days=7)
    far = MONDAY + timedelta(days=100)
    moved = Different(second, starts_at=far, ends_at=far + timedelta(hours=1))
    assert times(series(), 8, moved) == [("02/03 10:00", "02/03 11:00")]
    assert ("10/06 11:00", "10/06 12:00") in times(series(), 1, moved, from_=far - timedelta(hours=1))


def test_what_names_no_time_of_the_series_changes_nothing() -> None:
    stray = MONDAY + timedelta(days=1)
    assert not is_time_of(series(), stray)
    assert len(times(series(), 8, Different(stray, starts_at=stray, ends_at=stray))) == 2


def test_a_series_that_was_ended_gives_no_more() -> None:
    assert len(times(series(ends_at=MONDAY + timedelta(days=14)), 60)) == 2


CURFEW = Series(
    ONE, from_london(date(2026, 3, 27), 0), from_london(date(2026, 3, 30), 23, 59), True, hours=(time(19), time(7))
)


def test_a_curfew_runs_over_midnight_and_over_the_change_of_the_clocks_and_ends_with_its_order() -> None:
    found = list(expand(CURFEW, (), from_=from_london(date(2026, 3, 20), 0), until=from_london(date(2026, 4, 20), 0)))
    assert [
        (f"{london(one.starts_at):%d %H:%M}", f"{london(one.ends_at):%d %H:%M}") for one in found if one.ends_at
    ] == [
        ("27 19:00", "28 07:00"),
        ("28 19:00", "29 07:00"),
        ("29 19:00", "30 07:00"),
        ("30 19:00", "30 23:59"),
    ]
    assert [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in found if one.ends_at][:2] == [12, 11]


def test_a_curfew_asked_about_at_three_in_the_morning_is_the_night_before() -> None:
    three = from_london(date(2026, 3, 28), 3)
    assert len(list(expand(CURFEW, (), from_=three, until=three + timedelta(minutes=1)))) == 1
    noon = from_london(date(2026, 3, 28), 12)
    assert not list(expand(CURFEW, (), from_=noon, until=noon + timedelta(hours=1)))


def test_a_curfew_at_weekends_only() -> None:
    friday = from_london(date(2026, 3, 6), 0)
    made = series(friday, "FREQ=WEEKLY;BYDAY=FR,SA", 1440, hours=(time(19), time(7)), whole_days=True)
    assert times(made, 8, from_=friday) == [
        ("06/03 19:00", "07/03 07:00"),
        ("07/03 19:00", "08/03 07:00"),
        ("13/03 19:00", "14/03 07:00"),
    ]


def test_an_open_condition_is_one_stretch_without_an_end() -> None:
    made = Series(ONE, MONDAY, None, True)
    assert [one.ends_at for one in expand(made, (), from_=MONDAY + timedelta(900), until=MONDAY + timedelta(901))] == [
        None
    ]


@pytest.mark.parametrize(
    ("repeats", "words"),
    [
        ("FREQ=WEEKLY", "every week"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,TU", "every 2 weeks on Tuesday and Friday"),
        ("FREQ=DAILY;COUNT=3", "every day, 3 times"),
        ("FREQ=DAILY;UNTIL=20260304", "every day, until 4 March 2026"),
        ("FREQ=MONTHLY;BYDAY=1MO", "every month (FREQ=MONTHLY;BYDAY=1MO)"),
        ("FREQ=NEVER", "FREQ=NEVER"),
    ],
)
def test_a_rule_in_words(repeats: str, words: str) -> None:
    assert in_words(repeats) == words


RULES = st.builds(
    lambda freq, interval, end: f"FREQ={freq};INTERVAL={interval}{end}",
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 5),
    st.one_of(st.just(""), st.integers(1, 40).map(lambda n: f";COUNT={n}")),
)
STARTS = st.builds(
    lambda day, hour, minute: from_london(day, hour, minute),
    st.dates(date(2025, 1, 1), date(2027, 12, 28)),
    st.integers(0, 23),
    st.sampled_from([0, 15, 30, 45]),
)


@settings(deadline=None)
@given(STARTS, RULES, st.integers(1, 600), st.integers(-30, 500), st.integers(1, 800))
def test_whatever_the_rule_its_times_are_in_order_inside_the_stretch_and_bounded(
    start: datetime, repeats: str, minutes: int, ahead: int, days: int
) -> None:
    made, from_ = series(start, repeats, minutes), start + timedelta(days=ahead)
    found = list(expand(made, (), from_=from_, until=from_ + timedelta(days=days)))
    assert len(found) <= MOST
    assert [one.starts_at for one in found] == sorted({one.starts_at for one in found})
    for one in found:
        assert one.ends_at is not None and one.ends_at > one.starts_at
        assert one.starts_at < from_ + min(timedelta(days=days), HORIZON) and one.ends_at > from_
        assert one.starts_at >= made.starts_at and (made.ends_at is None or one.starts_at < made.ends_at)
        here, usual = london(one.starts_at), london(start)
        assert here.minute == usual.minute and (here.hour - usual.hour) % 24 in (
            0,
            1,
        )  # one later where the hour is skipped
        assert is_time_of(made, one.of_at)


@settings(deadline=None)
@given(STARTS.filter(lambda start: 3 <= london(start).hour <= 20 and london(start).day <= 28), RULES)
def test_another_reader_of_the_same_standard_gives_the_same_times(start: datetime, repeats: str) -> None:
    """`recurring-ical-events` reads RFC 5545 by itself. Hours that a change of the clocks skips or repeats are left out."""
    until = start + timedelta(days=200)
    event = icalendar.Event()
    event.add("uid", "1")
    event.start, event.end = london(start), london(start) + timedelta(hours=1)
    event.add("rrule", icalendar.vRecur.from_ical(repeats))
    calendar = icalendar.Calendar()
    calendar.add_component(event)
    theirs = {one.start.astimezone(UTC) for one in recurring_ical_events.of(calendar).between(start, until)}
    ours = {one.starts_at for one in expand(series(start, repeats), (), from_=start, until=until)}
    assert ours == theirs


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(Refused):
        Rule.read(text)
