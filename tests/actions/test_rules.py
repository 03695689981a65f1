"""What one must say to give an action, how it ends, what is like it, and when who is reminded."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from hub.actions.rules import (
    ActionState,
    Result,
    Rung,
    Someone,
    check_ending,
    check_later,
    check_purpose,
    like,
    manager_of,
    reminders,
)
from hub.errors import Refused
from hub.ids import new_id


@pytest.mark.parametrize(
    ("outcome", "because", "risk", "field"),
    [
        (True, "", "alone at night", ""),
        (False, "not met yet", "alone at night", ""),
        (False, "  ", "alone at night", "no_outcome_because"),
        (True, "not met yet", "alone at night", "no_outcome_because"),
        (True, "", " ", "risk"),
    ],
)
def test_what_an_action_is_for(outcome: bool, because: str, risk: str, field: str) -> None:
    try:
        check_purpose(has_outcome=outcome, no_outcome_because=because, risk=risk)
        assert not field
    except Refused as refused:
        assert refused.field == field


@pytest.mark.parametrize(
    ("state", "given", "comes"),
    [
        (ActionState.done, Result.worked, Result.worked),
        (ActionState.done, None, Result.unknown),
        (ActionState.overtaken, None, Result.not_done),
        (ActionState.not_undertaken, Result.worked, Result.not_done),
    ],
)
def test_what_came_of_it(state: ActionState, given: Result | None, comes: Result) -> None:
    assert check_ending(state, given) is comes


@pytest.mark.parametrize(("state", "result"), [(ActionState.open, None), (ActionState.done, Result.not_done)])
def test_endings_that_contradict_themselves(state: ActionState, result: Result | None) -> None:
    with pytest.raises(Refused):
        check_ending(state, result)


@pytest.mark.parametrize(("day", "fine"), [(12, False), (20, False), (21, True), (9, False)])
def test_more_time_is_a_later_day(day: int, fine: bool) -> None:
    def check() -> None:
        check_later(date(2026, 3, day), was=date(2026, 3, 20), today=date(2026, 3, 10))

    if fine:
        check()
    else:
        with pytest.raises(Refused):
            check()


@dataclass
class Earlier:
    what: str
    result: str | None = None


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("Ask Dean to see the alcohol nurse again", "Ask Dean to see the alcohol nurse"),
        ("Visiting on Saturdays, unannounced", "Unannounced visit on a Saturday"),
        ("Fit a lock", ""),
        ("See the school nurse", ""),
        ("", ""),
    ],
)
def test_what_was_tried_before(what: str, found: str) -> None:
    earlier = [Earlier("Ask Dean to see the alcohol nurse"), Earlier("Unannounced visit on a Saturday")]
    assert [one.what for one in like(what, earlier)] == ([found] if found else [])


def test_of_several_alike_what_did_not_work_comes_first_then_the_newest() -> None:
    newest, older, failed = [Earlier("Ring the school nurse", result) for result in ("worked", None, "no")]
    assert like("Ring the school nurse", [newest, older, failed]) == [failed, newest, older]
    assert len(like("Ring the school nurse", [newest] * 9)) == 5


def test_reminders_count_working_days_and_know_easter() -> None:
    """Good Friday 2026 is 3 April, Easter Monday the 6th: two working days before Tuesday the 7th is Wednesday the 1st."""
    found = reminders(date(2026, 4, 7), datetime(2026, 3, 20, tzinfo=UTC))
    assert [(rung, moment.date().isoformat(), moment.hour) for rung, moment in found] == [
        (Rung.soon, "2026-04-01", 8),
        (Rung.person, "2026-04-08", 8),
        (Rung.manager, "2026-04-10", 8),
        (Rung.forum, "2026-04-14", 8),
    ]


def test_what_lies_behind_is_not_made_up_for() -> None:
    found = reminders(date(2026, 3, 11), datetime(2026, 3, 10, 10, tzinfo=UTC))
    assert [rung for rung, _ in found] == [Rung.person, Rung.manager, Rung.forum]


def test_who_is_the_manager() -> None:
    me, boss, leader = new_id(), new_id(), new_id()
    team = [Someone(me, ("leader",)), Someone(boss, ("frontline",)), Someone(leader, ("leader",))]
    assert manager_of(me, boss, team) == boss
    assert manager_of(me, None, team) == leader
    assert manager_of(me, new_id(), team) == leader
    assert manager_of(leader, leader, [team[2]]) is None
