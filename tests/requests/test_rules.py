"""The clock of a request, what “nothing” means, and that only silence is silence."""

from datetime import date, timedelta

import pytest

from hub.cases.rules import Rating, Scheme, Voice, voice_of
from hub.errors import Refused
from hub.ids import new_id
from hub.requests.rules import (
    GATEWAYS,
    LIKELY_GATEWAY,
    LIKELY_PURPOSE,
    check_asking,
    check_later,
    check_search,
    is_silent,
    reply_timer,
    review_timer,
)
from hub.timers import due
from hub.vocabulary import codes
from tests.makers import NOW, day

TODAY = day("2026-03-10")
A, B, P, Q = new_id(), new_id(), new_id(), new_id()


@pytest.mark.parametrize(
    ("rating", "hours"), [(Rating.red, 2), (Rating.amber, 6), (Rating.green, 24), (Rating.blue, 24), (None, 24)]
)
def test_the_clock_follows_the_rating_in_hub_hours(rating: Rating | None, hours: int) -> None:
    # 10:00 on a Tuesday: six hub hours end at 16:00, twenty-four at 10:00 on the Friday.
    ends = {2: NOW + timedelta(hours=2), 6: NOW + timedelta(hours=6), 24: NOW + timedelta(days=3)}
    assert due(reply_timer(rating), NOW) == ends[hours]


def test_the_data_protection_lead_answers_within_two_hours_when_red_else_a_working_day() -> None:
    assert due(review_timer(Rating.red), NOW) == NOW + timedelta(hours=2)
    assert due(review_timer(None), NOW).date() == day("2026-03-11")


@pytest.mark.parametrize("scheme", list(Scheme))
def test_each_kind_of_case_has_its_likely_law_and_purpose(scheme: Scheme) -> None:
    assert LIKELY_GATEWAY[scheme] in codes(GATEWAYS) and LIKELY_PURPOSE[scheme]


@pytest.mark.parametrize(
    ("system", "since", "until", "on", "field"),
    [
        ("", 2020, 2026, TODAY, "system"),
        ("  ", 2020, 2026, TODAY, "system"),
        ("housing system", None, 2026, TODAY, "since_year"),
        ("housing system", 2020, None, TODAY, "until_year"),
        ("housing system", 2026, 2020, TODAY, "until_year"),
        ("housing system", 2020, 2027, TODAY, "until_year"),
        ("housing system", 2020, 2026, None, "searched_on"),
        ("housing system", 2020, 2026, TODAY + timedelta(days=1), "searched_on"),
    ],
)
def test_nothing_held_says_which_system_which_years_and_when(
    system: str, since: int | None, until: int | None, on: date | None, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        check_search(system, since, until, on, TODAY)
    assert refused.value.field == field


def test_nothing_held_is_shown_in_full() -> None:
    search = check_search("housing system", 2020, 2026, day("2026-03-03"), TODAY)
    assert search.sentence("No current tenancy.", TODAY) == (
        "No current tenancy; housing system searched 3 March for 2020–2026."
    )
    assert search.sentence("", TODAY).startswith("Nothing held; ")


@pytest.mark.parametrize(
    ("question", "about", "agencies", "gateway", "field"),
    [
        ("Does she have a tenancy?", [P], [], "ca2004-16la", "agencies"),
        ("Does she have a tenancy?", [P], [A], "ca2004-16la", "agencies"),
        ("Does she have a tenancy?", [], [B], "ca2004-16la", "about"),
        ("Does she have a tenancy?", [Q], [B], "ca2004-16la", "about"),
        ("Well?", [P], [B], "ca2004-16la", "question"),
        ("Does she have a tenancy?", [P], [B], "gdpr", "gateway"),
    ],
)
def test_a_request_names_whom_it_asks_about_whom_and_under_which_law(
    question: str, about: list[object], agencies: list[object], gateway: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        check_asking(question, about, [P], agencies, A, gateway)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("answered", "withdrawn", "late", "silent"),
    [(False, False, True, True), (False, False, False, False), (True, False, True, False), (False, True, True, False)],
)
def test_only_silence_is_silence(answered: bool, withdrawn: bool, late: bool, silent: bool) -> None:
    due_at = NOW - timedelta(hours=1) if late else NOW + timedelta(hours=1)
    assert is_silent(due_at, NOW if answered else None, NOW if withdrawn else None, NOW) is silent


def test_an_agency_that_has_answered_is_not_silent_on_the_board() -> None:
    long_ago = NOW - timedelta(days=60)
    assert voice_of(long_ago, None, NOW, {}) is Voice.silent
    assert voice_of(long_ago, None, NOW, {}, answered=True) is Voice.answered


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(hours=1), NOW + timedelta(days=61)])
def test_a_new_time_lies_ahead_and_not_too_far(until: object) -> None:
    with pytest.raises(Refused):
        check_later(until, NOW)  # type: ignore[arg-type]
