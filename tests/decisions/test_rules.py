"""The law of decisions: options weighed, dissent in time, answers due."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.decisions.rules import (
    Option,
    Stance,
    answer_due,
    check_answer,
    check_in_time,
    check_options,
    considered,
    dissent_until,
    option_faults,
)
from hub.errors import Refused
from hub.london import london
from tests.makers import NOW

VISITS = Option("Weekly visits", "Somebody looks", "It takes time", chosen=True)
NOTHING = Option("No further action", "They ask for quiet", "Nobody would look")
BLANK = Option("")
READY = Option("No further action")
"""As it stands in the form before anybody types."""


@pytest.mark.parametrize(
    ("options", "why", "fields"),
    [
        ([VISITS, NOTHING, BLANK], "", []),
        ([NOTHING, VISITS], "", []),
        ([VISITS, READY, BLANK], "", ["for_2", "against_2"]),
        ([VISITS, BLANK, BLANK], "", ["option_2"]),
        ([BLANK, BLANK, BLANK], "", ["option_1"]),
        ([VISITS, Option("Move them", "Safer", "Far from school")], "", ["option_1"]),
        ([VISITS, Option("Move them", "Safer", "Far"), BLANK], "", ["option_3"]),
        ([VISITS, NOTHING, Option("", "Cheap")], "", ["option_3"]),
        ([Option("Weekly visits", "", "It takes time", chosen=True), NOTHING], "", ["for_1"]),
        ([Option("Weekly visits", "Somebody looks", " ", chosen=True), NOTHING], "", ["against_1"]),
        ([NOTHING, Option("Weekly visits", "Somebody looks", "Time")], "", ["took"]),
        ([Option("Weekly visits", chosen=True), READY], "The court has ordered it", []),
        ([Option("Weekly visits", chosen=True)], "court", ["why_only_one"]),
        ([BLANK, BLANK], "The court has ordered it", ["option_1"]),
    ],
)
def test_a_decision_is_weighed_against_doing_nothing_or_says_why_not(
    options: list[Option], why: str, fields: list[str]
) -> None:
    assert [fault.field for fault in option_faults(options, why)] == fields
    if fields:
        with pytest.raises(Refused) as refused:
            check_options(options, why)
        assert refused.value.field == fields[0]
    else:
        check_options(options, why)


def test_what_stood_ready_and_was_left_is_not_kept_as_an_option() -> None:
    assert considered([VISITS, READY, BLANK], "The court has ordered it") == [VISITS]
    assert considered([VISITS, NOTHING, BLANK]) == [VISITS, NOTHING]


HOUR = timedelta(hours=1)
WINTER_TO_SUMMER = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)  # a Friday; the clocks go forward on the Sunday
SUMMER_TO_WINTER = datetime(2026, 10, 23, 14, 0, tzinfo=UTC)  # a Friday; the clocks go back on the Sunday


@pytest.mark.parametrize("decided_at", [NOW, WINTER_TO_SUMMER, SUMMER_TO_WINTER])
@pytest.mark.parametrize(
    ("after", "in_time"),
    [
        (timedelta(0), True),
        (timedelta(hours=72) - timedelta(seconds=1), True),
        (timedelta(hours=72), True),
        (timedelta(hours=72, microseconds=1), False),
        (timedelta(hours=73), False),
    ],
)
def test_a_dissent_may_be_added_for_72_hours_whatever_the_clock_on_the_wall_does(
    decided_at: datetime, after: timedelta, in_time: bool
) -> None:
    if in_time:
        check_in_time(Stance.dissent, decided_at, decided_at + after)
    else:
        with pytest.raises(Refused, match="ring the chair"):
            check_in_time(Stance.dissent, decided_at, decided_at + after)


def test_across_a_change_of_the_clocks_the_window_ends_at_another_hour_of_the_day() -> None:
    assert london(WINTER_TO_SUMMER).hour == 15 and london(dissent_until(WINTER_TO_SUMMER)).hour == 16
    assert london(SUMMER_TO_WINTER).hour == 15 and london(dissent_until(SUMMER_TO_WINTER)).hour == 14


@pytest.mark.parametrize("stance", [one for one in Stance if one is not Stance.dissent])
def test_every_other_position_may_be_stated_at_any_time(stance: Stance) -> None:
    check_in_time(stance, NOW, NOW + timedelta(days=400))


def test_a_partnership_may_set_its_own_window() -> None:
    clocks = {"T19": {"count": 5, "unit": "working days"}}
    check_in_time(Stance.dissent, NOW, NOW + timedelta(hours=73), clocks)


def test_a_dissent_is_answered_within_four_weeks_at_the_same_hour() -> None:
    assert answer_due(NOW) == NOW + timedelta(days=28) - HOUR, "the clocks go forward in between"
    assert london(answer_due(NOW)).hour == london(NOW).hour


@pytest.mark.parametrize(
    ("words", "fine"), [("", False), ("Noted, thank you.", False), ("We put it to the vote.", True)]
)
def test_an_answer_is_as_long_as_a_dissent(words: str, fine: bool) -> None:
    if fine:
        check_answer(words)
    else:
        with pytest.raises(Refused):
            check_answer(words)
