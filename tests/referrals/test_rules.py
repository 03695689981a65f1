"""Triage: clocks, decisions, and the order in which revisions come."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.cases.rules import Rating
from hub.errors import Refused
from hub.london import from_london, london
from hub.referrals.rules import Arrival, Decision, Urgency, arrival, check_decision, respond_by

FRIDAY_EVENING = from_london(date(2026, 3, 13), 18, 30)


@pytest.mark.parametrize(
    ("urgency", "rating", "due"),
    [
        (Urgency.routine, None, datetime(2026, 3, 16, 17, 0, tzinfo=UTC)),  # the next working day's close
        (Urgency.immediate, None, datetime(2026, 3, 13, 22, 30, tzinfo=UTC)),  # the red clock
        (Urgency.routine, Rating.red, datetime(2026, 3, 13, 22, 30, tzinfo=UTC)),
        (Urgency.routine, Rating.amber, datetime(2026, 3, 18, 17, 0, tzinfo=UTC)),  # 24 hub hours from Monday 9:00
        (Urgency.routine, Rating.green, datetime(2026, 3, 16, 18, 30, tzinfo=UTC)),
        (Urgency.routine, Rating.blue, datetime(2026, 3, 16, 17, 0, tzinfo=UTC)),
    ],
)
def test_when_the_decision_is_due(urgency: Urgency, rating: Rating | None, due: datetime) -> None:
    at = FRIDAY_EVENING if rating else None
    assert respond_by(FRIDAY_EVENING, rating, rated_at=at, urgency=urgency, clocks={}) == due
    assert london(due).tzinfo is not None


def test_an_urgency_that_we_do_not_know_is_taken_as_urgent() -> None:
    assert Urgency.read("sofort") is Urgency.urgent


@pytest.mark.parametrize(
    ("held", "revision", "what"),
    [(0, 1, "apply"), (1, 2, "apply"), (1, 3, "hold"), (2, 2, "superseded"), (3, 1, "superseded")],
)
def test_what_to_do_with_a_revision(held: int, revision: int, what: str) -> None:
    assert arrival(held, revision) is Arrival(what)


@given(st.permutations([1, 1, 2, 3, 3, 4, 5]))
def test_any_order_with_repeats_ends_the_same(order: list[int]) -> None:
    """The state after any order of the same messages is that of the sorted order."""
    held, waiting = 0, []
    for revision in order:
        waiting.append(revision)
        while ready := [one for one in waiting if arrival(held, one) is not Arrival.hold]:
            one = min(ready)
            waiting.remove(one)
            if arrival(held, one) is Arrival.apply:
                held = one
    assert held == 5 and not waiting


@pytest.mark.parametrize(
    ("decision", "reason", "unmatched"),
    [(Decision.advice, "", 0), (Decision.advice, "no", 0), (Decision.open_case, "A good enough reason", 1)],
)
def test_a_decision_that_cannot_be_made(decision: Decision, reason: str, unmatched: int) -> None:
    with pytest.raises(Refused):
        check_decision(decision, reason, unmatched=unmatched)


def test_advice_can_be_given_while_a_match_is_open() -> None:
    check_decision(Decision.advice, "The school can meet this need itself", unmatched=1)
