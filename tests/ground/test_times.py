"""Time in words, working days and clocks: tables of named situations."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import timers
from hub.london import from_london, london
from hub.times import age, day_in_words, due_day, in_words, left, span
from hub.workdays import add_working_days, add_working_hours, bank_holiday, is_working_day, working_days_between

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)  # Tuesday afternoon


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(hours=-3), "today at 12:00"),
        (timedelta(hours=2), "today at 17:00"),
        (timedelta(days=-1), "yesterday at 15:00"),
        (timedelta(days=1), "tomorrow at 15:00"),
        (timedelta(days=3), "Friday at 15:00"),
        (timedelta(days=-3), "last Saturday at 15:00"),
        (timedelta(days=20), "30 March"),
        (timedelta(days=-200), "22 August 2025"),
    ],
)
def test_a_moment_in_words(delta: timedelta, words: str) -> None:
    assert in_words(NOW + delta, NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (30, "less than a minute"),
        (60, "1 minute"),
        (7199, "1 hour"),
        (86400 * 3, "3 days"),
        (86400 * 20, "2 weeks"),
        (86400 * 100, "3 months"),
        (86400 * 800, "2 years"),
    ],
)
def test_a_length_of_time(seconds: int, words: str) -> None:
    assert span(seconds) == words


def test_a_clock_that_has_run_out_says_so() -> None:
    assert left(NOW - timedelta(hours=2), NOW) == "2 hours overdue"
    assert left(NOW + timedelta(hours=2), NOW) == "2 hours left"


@pytest.mark.parametrize(
    ("days", "words"), [(0, "due today"), (1, "due tomorrow"), (-1, "due yesterday"), (-5, "5 days overdue")]
)
def test_a_due_day(days: int, words: str) -> None:
    assert due_day(NOW.date() + timedelta(days=days), NOW.date()) == words


def test_a_day_next_year_names_the_year() -> None:
    assert day_in_words(date(2027, 1, 4), date(2026, 11, 2)) == "4 January 2027"


@pytest.mark.parametrize(
    ("born", "until", "words"),
    [
        (date(2016, 3, 10), date(2016, 3, 10), "10"),
        (date(2016, 3, 11), date(2016, 3, 11), "9"),
        (date(2025, 9, 1), date(2025, 9, 1), "6 months"),
        (date(2026, 2, 20), date(2026, 2, 20), "2 weeks"),
        (date(1989, 1, 1), date(1989, 12, 31), "36 or 37"),
        (date(1989, 1, 1), date(1989, 1, 31), "about 37"),
        (date(2026, 6, 1), date(2026, 6, 30), "unborn"),
        (None, None, ""),
    ],
)
def test_an_age(born: date | None, until: date | None, words: str) -> None:
    assert age(born, until, date(2026, 3, 10)) == words


# --- Working days ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 3, 13), 1, date(2026, 3, 16)),  # Friday to Monday
        (date(2026, 3, 14), 1, date(2026, 3, 16)),  # Saturday to Monday
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # over Good Friday and Easter Monday
        (date(2026, 12, 24), 1, date(2026, 12, 29)),  # Christmas; Boxing Day falls on a Saturday, kept on the Monday
        (date(2026, 3, 16), -1, date(2026, 3, 13)),
        (date(2026, 3, 10), 0, date(2026, 3, 10)),
    ],
)
def test_working_days_step_over_weekends_and_bank_holidays(start: date, count: int, end: date) -> None:
    assert add_working_days(start, count) == end


def test_a_bank_holiday_has_its_name() -> None:
    assert "Christmas" in bank_holiday(date(2026, 12, 25))
    assert not bank_holiday(date(2026, 12, 23))


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 60))
def test_counting_working_days_is_the_inverse_of_adding_them(start: date, count: int) -> None:
    end = add_working_days(start, count)
    assert is_working_day(end)
    assert working_days_between(start, end) == count


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (datetime(2026, 3, 10, 10, 0), 4, datetime(2026, 3, 10, 14, 0)),
        (datetime(2026, 3, 10, 16, 0), 2, datetime(2026, 3, 11, 10, 0)),
        (datetime(2026, 3, 13, 16, 0), 2, datetime(2026, 3, 16, 10, 0)),
        (datetime(2026, 3, 10, 22, 0), 1, datetime(2026, 3, 11, 10, 0)),
        (datetime(2026, 3, 27, 16, 30), 1, datetime(2026, 3, 30, 9, 30)),  # over the clock change of 29 March
    ],
)
def test_hub_hours_run_while_the_desk_is_open(start: datetime, hours: float, end: datetime) -> None:
    begun = from_london(start.date(), start.hour, start.minute)
    assert london(add_working_hours(begun, hours)).replace(tzinfo=None) == end


# --- Timers -----------------------------------------------------------------------------------------------------


def test_the_red_clock_runs_through_the_night() -> None:
    late = from_london(date(2026, 3, 13), 22)
    assert timers.due("T03", late) == late + timedelta(hours=4)


def test_the_decision_is_due_at_the_close_of_the_next_working_day() -> None:
    assert timers.due("T02", from_london(date(2026, 3, 13), 11)) == from_london(date(2026, 3, 16), 17)


def test_six_weeks_on_is_the_same_hour_after_the_clocks_changed() -> None:
    assert london(timers.due("T27", from_london(date(2026, 3, 10), 10))).hour == 10


def test_three_months_from_the_end_of_november_is_the_end_of_february() -> None:
    assert london(timers.due("T12", from_london(date(2026, 11, 30), 9))).date() == date(2027, 2, 28)


def test_a_partnership_sets_its_own_clock() -> None:
    own = {"T04": {"count": 6, "unit": "hours"}}
    assert timers.due("T04", NOW, own) == NOW + timedelta(hours=6)


def test_the_hour_that_is_skipped_and_the_hour_that_comes_twice() -> None:
    assert from_london(date(2026, 3, 29), 1, 30) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert from_london(date(2026, 10, 25), 1, 30) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
