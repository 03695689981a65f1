"""Times that suit all: working hours, bank holidays, the clocks' change, and who is missing when none does."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.calendars.feeds import UnreadableFeed, busy_times
from hub.calendars.rules import suiting
from hub.errors import Refused
from hub.ids import new_id
from hub.london import london
from hub.workdays import is_working_day

MONDAY = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
A, B, C = new_id(), new_id(), new_id()


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_the_soonest_times_that_suit_all() -> None:
    busy = {A: [(at(9, 9), at(9, 12))], B: [(at(9, 13), at(9, 16, 30))]}
    found = suiting(busy, minutes=60, begins_at=MONDAY)
    assert [one.starts_at for one in found[:2]] == [at(9, 12), at(10, 9)]
    assert not any(one.missing for one in found) and len(found) == 6


def test_a_day_is_offered_at_most_twice_and_never_overlapping() -> None:
    found = suiting({A: []}, minutes=45, begins_at=MONDAY)
    assert [one.starts_at for one in found] == [at(9, 9), at(9, 10), at(10, 9), at(10, 10), at(11, 9), at(11, 10)]


def test_nothing_is_offered_on_a_bank_holiday_or_a_weekend() -> None:
    """Good Friday 3 April and Easter Monday 6 April 2026."""
    found = suiting({A: [(at(1, 0, month=4), at(3, 0, month=4))]}, minutes=60, begins_at=at(1, 0, month=4))
    assert found[0].starts_at == datetime(2026, 4, 7, 8, 0, tzinfo=UTC)  # a Tuesday, nine o'clock in summer


def test_nine_oclock_stays_nine_when_the_clocks_go_forward() -> None:
    """The clocks go forward on Sunday 29 March 2026."""
    found = suiting({A: []}, minutes=60, begins_at=at(27, 0))
    first = {one.starts_at.day: one.starts_at for one in reversed(found)}
    assert [first[day].hour for day in (27, 30, 31)] == [9, 8, 8]
    assert {london(moment).hour for moment in first.values()} == {9}


def test_when_no_time_suits_all_the_fewest_are_missing() -> None:
    always = [(MONDAY - timedelta(days=1), MONDAY + timedelta(weeks=5))]
    found = suiting({A: always, B: [], C: [(at(9, 9), at(9, 17))]}, minutes=60, begins_at=MONDAY)
    assert all(one.missing == (A,) for one in found)
    assert found[0].starts_at == at(10, 9)


def test_a_meeting_longer_than_a_day_is_refused() -> None:
    with pytest.raises(Refused):
        suiting({A: []}, minutes=490, begins_at=MONDAY)


spans = st.tuples(st.integers(0, 28 * 24 * 4), st.integers(1, 40)).map(
    lambda pair: (MONDAY + timedelta(minutes=15 * pair[0]), MONDAY + timedelta(minutes=15 * (pair[0] + pair[1])))
)


@given(st.lists(st.lists(spans, max_size=25), min_size=1, max_size=4), st.sampled_from([15, 30, 60, 90, 180]))
@settings(max_examples=40, deadline=None)
def test_what_is_offered_really_is_free(many: list[list[tuple[datetime, datetime]]], minutes: int) -> None:
    busy: dict[UUID, list[tuple[datetime, datetime]]] = {new_id(): times for times in many}
    for one in suiting(busy, minutes=minutes, begins_at=MONDAY):
        assert is_working_day(london(one.starts_at).date())
        assert london(one.starts_at).hour >= 9 and london(one.ends_at - timedelta(seconds=1)).hour < 17
        missing = {who for who, times in busy.items() if any(a < one.ends_at and b > one.starts_at for a, b in times)}
        assert missing == set(one.missing)


# --- Reading an agency's calendar ---------------------------------------------------------------------------------


def feed(*events: str) -> str:
    parts = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{parts}END:VCALENDAR\r\n"


START, END = at(1, 0), at(30, 0, month=4)
WEEKLY = "UID:w\r\nSUMMARY:CANARY secret\r\nDTSTART;TZID=Europe/London:20260310T100000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=4"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["UID:a\r\nDTSTART:20260309T090000Z\r\nDTEND:20260309T100000Z"], [(at(9, 9), at(9, 10))]),
        (["UID:a\r\nDTSTART:20260309T090000Z\r\nDTEND:20260309T100000Z\r\nTRANSP:TRANSPARENT"], []),
        (["UID:a\r\nDTSTART:20260309T090000Z\r\nDTEND:20260309T100000Z\r\nSTATUS:CANCELLED"], []),
        (["UID:a\r\nDTSTART:20260309T090000Z\r\nDTEND:20260309T100000Z\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE"], []),
        (["UID:a\r\nDTSTART;VALUE=DATE:20260309"], [(at(9, 0), at(10, 0))]),
        # A weekly ten o'clock stays at ten o'clock of the wall when the clocks go forward on 29 March.
        ([WEEKLY], [(at(10, 10), at(10, 11)), (at(17, 10), at(17, 11)), (at(24, 10), at(24, 11)), (at(31, 9), at(31, 10))]),
        (
            [WEEKLY + "\r\nEXDATE;TZID=Europe/London:20260317T100000",
             "UID:w\r\nRECURRENCE-ID;TZID=Europe/London:20260324T100000\r\nDTSTART;TZID=Europe/London:20260325T140000\r\nDURATION:PT1H"],
            [(at(10, 10), at(10, 11)), (at(25, 14), at(25, 15)), (at(31, 9), at(31, 10))],
        ),
    ],
)  # fmt: skip
def test_busy_times_of_a_feed(events: list[str], expected: list[tuple[datetime, datetime]]) -> None:
    assert busy_times(feed(*events), START, END) == expected


@pytest.mark.parametrize(
    "text", ["", "hello", "BEGIN:VEVENT\r\nEND:VCALENDAR", feed(WEEKLY.replace("WEEKLY", "SECONDLY"))]
)
def test_what_cannot_be_read_is_said_plainly(text: str) -> None:
    with pytest.raises(UnreadableFeed):
        busy_times(text, START, END)
