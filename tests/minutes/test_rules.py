"""What the room allows: when it may decide, what an action must say, what a line is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.conference_kinds.rules import KindRules, catalogue
from hub.conferences.rules import Missing
from hub.errors import Conflict, Refused
from hub.minutes.rules import (
    LetterParts,
    Room,
    Written,
    changed_since,
    check_again,
    check_interim,
    check_letter,
    check_line,
    check_may_decide,
    check_objection,
    check_opening,
    check_reviewed,
    held_when,
    interim_until,
    left,
    letter_of,
    not_heard,
    over,
    shared_out,
    stops_closing,
    usual_agenda,
    version_of,
)

AT = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("room", "refusal"),
    [
        (Room(False, []), "attendance"),
        (Room(True, ["health"]), "no quorum"),
        (Room(True, ["social care", "3 agencies; 2 are here"]), "needs social care and 3 agencies; 2 are here"),
        (Room(True, ["health"], interim=True), ""),
        (Room(True, [], between_waiting=["Who visits?"]), "Who visits"),
        (Room(True, ["health"], interim=True, between_waiting=["Who visits?"]), "Who visits"),
        (Room(True, []), ""),
    ],
)
def test_when_the_room_may_decide(room: Room, refusal: str) -> None:
    if refusal:
        with pytest.raises(Conflict, match=refusal):
            check_may_decide(room)
    else:
        check_may_decide(room)


@pytest.mark.parametrize(
    ("room", "because", "refusal"),
    [
        (Room(True, ["health"]), "Delay would harm the child", ""),
        (Room(True, ["health"]), "ok", "wait for the quorum"),
        (Room(True, ["health"], last_was_interim=True), "Delay would harm the child", "two may not follow"),
        (Room(True, []), "Delay would harm the child", "quorum is there"),
        (Room(False, ["health"]), "Delay would harm the child", "attendance"),
    ],
)
def test_who_may_go_on_without_the_quorum(room: Room, because: str, refusal: str) -> None:
    if refusal:
        with pytest.raises((Conflict, Refused), match=refusal):
            check_interim(room, because)
    else:
        check_interim(room, because)


def test_without_a_quorum_it_is_held_again_within_ten_working_days() -> None:
    assert interim_until(AT).date().isoformat() == "2026-03-24"
    assert check_again(AT + timedelta(days=14), AT) == AT + timedelta(days=14)
    for wrong in (None, AT - timedelta(hours=1), AT + timedelta(days=15)):
        with pytest.raises(Refused):
            check_again(wrong, AT)


@pytest.mark.parametrize("minutes", [10, 45, 60, 180])
def test_the_agenda_fills_its_time(minutes: int) -> None:
    items = usual_agenda(minutes, must_record=["whether a plan is needed"])
    assert items[0].title.startswith("Who is here") and items[-1].title.startswith("Actions")
    assert "Whether a plan is needed" in [item.title for item in items]
    assert sum(item.minutes for item in items) == minutes


@pytest.mark.parametrize("kind", catalogue(), ids=lambda kind: kind.code)
def test_the_agenda_of_every_kind_fits_and_speaks_of_nothing_twice(kind: KindRules) -> None:
    for minutes in (kind.minutes, 60, 45):
        items = usual_agenda(minutes, must_record=kind.must_record)
        assert sum(item.minutes for item in items) == minutes
        heads = [item.title.casefold().split()[0] for item in items]
        assert heads.count("decisions") <= 1 and heads.count("actions,") <= 1 and heads.count("each") == 0, heads


def test_a_case_on_a_list_has_the_points_that_matter_most() -> None:
    items = usual_agenda(4)
    assert [item.title for item in items] == [
        "What has happened since last time", "What each agency sees", "Decisions and positions",
        "Actions, and when we meet again",
    ]  # fmt: skip
    assert sum(item.minutes for item in items) == 4


@pytest.mark.parametrize(("shares", "minutes"), [([5, 5, 15], 60), ([1, 1, 1], 3), ([30, 1, 7], 11), ([], 0)])
def test_minutes_are_shared_out_to_the_last_one(shares: list[int], minutes: int) -> None:
    given = shared_out(shares, minutes) if shares else []
    assert sum(given) == (minutes if shares else 0) and all(one >= 1 for one in given)
    with pytest.raises(Conflict, match="fewer minutes"):
        shared_out([1, 1, 1], 2)
    assert over([30, 32], 60) == 2 and over([30, 30], 60) == 0


def test_what_stops_the_close_is_named_where_it_is_done() -> None:
    decision = Missing("decisions", "the position of Health on “Safe?”")
    attendance = Missing("invited", "the attendance of Sam")
    none_taken = stops_closing(Room(False, []), answerable=False, missing=[attendance, decision])
    assert [one.part for one in none_taken] == ["invited", "answerable", "decisions"]
    no_quorum = stops_closing(Room(True, ["health"]), answerable=True, missing=[attendance])
    assert [one.part for one in no_quorum] == ["quorum", "invited"]
    assert stops_closing(Room(True, ["health"], interim=True), answerable=True, missing=[]) == []


def test_a_review_is_of_one_version() -> None:
    before = "1. Safe?\nAgreed by: Council"
    after = "1. Safe?\nAgreed by: Council\nPolice dissents: “No”"
    changed = changed_since(before, after)
    assert changed.new == ["Police dissents: “No”"] and changed.gone == []
    assert not changed_since(before, before) and version_of(before) != version_of(after)
    check_reviewed(after, after)
    with pytest.raises(Conflict, match="since the letter was reviewed"):
        check_reviewed(before, after)


@pytest.mark.parametrize(
    ("since", "words"), [(0, "5 minutes left"), (4, "1 minute left"), (5, "0 minutes left"), (6, "1 minute over")]
)
def test_what_is_left_of_a_point(since: int, words: str) -> None:
    assert left(5, AT, AT + timedelta(minutes=since)).words == words


def test_how_much_of_the_whole_is_left() -> None:
    assert left(60, AT, AT + timedelta(minutes=1)).of(60) == "59 of 60 minutes are left"
    assert left(60, AT, AT + timedelta(minutes=65)).of(60) == "5 minutes over the 60 that were planned"


@pytest.mark.parametrize(
    ("agency", "runs", "fine"), [(A, False, True), (B, False, False), (B, True, True), (UUID(int=9), True, False)]
)
def test_whose_words_may_be_written(agency: UUID, runs: bool, fine: bool) -> None:
    if fine:
        check_line("He was seen", agency, A, runs=runs, invited=[A, B])
    else:
        with pytest.raises(Refused):
            check_line("He was seen", agency, A, runs=runs, invited=[A, B])


def test_an_objection_says_what_was_meant_and_who_was_not_heard() -> None:
    check_objection(True, "")
    with pytest.raises(Refused):
        check_objection(False, "no")
    assert not_heard([A, B], [B]) == [A]


def test_the_letter() -> None:
    words = letter_of(
        LetterParts(
            head="Review conference about NV-K7T-WWM, Thursday 26 November 2026, 14:00 to 15:10.",
            purpose="First plan",
            there=["Council: Amina Yusuf, chair (in the room)"],
            not_there=["Health: Rosa Lind (apologies)"],
            decided=[Written("Safe?", "Weekly visits", "Weekends are worst", ["Police dissents: “He is not seen”"])],
            between=[Written("Who rings?", "The school", "They know her", [], "Ratified by this conference")],
            actions=["1. Fit a lock: Sam Okafor, Police, by Tuesday 20 July 2027"],
            coming="None is called, and no clock asks for one.",
            interim_because="Delay would harm",
        )
    )
    told = ("Thursday 26 November 2026", "interim", "Delay would harm", "Amina Yusuf, chair", "Rosa Lind", "Weekly visits",
        "Weekends", "“He is not seen”", "Ratified", "Fit a lock", "20 July 2027", "no clock asks")  # fmt: skip
    places = [words.index(one) for one in told]
    assert places == sorted(places), "told in the order of the meeting"
    for reviewed, sent in ((False, False), (True, True)):
        with pytest.raises(Conflict):
            check_letter(words, reviewed, sent)
    check_letter(words, True, False)


@pytest.mark.parametrize(
    ("later", "asks"),
    [
        (timedelta(), False),
        (timedelta(minutes=-60), False),
        (timedelta(minutes=-61), True),
        (timedelta(hours=3), False),
        (timedelta(days=1), True),
        (timedelta(days=-1), True),
    ],
)
def test_a_conference_that_nobody_expects_now_asks_before_it_opens(later: timedelta, asks: bool) -> None:
    starts_at = datetime(2026, 11, 26, 14, tzinfo=UTC)
    if asks:
        with pytest.raises(Refused, match="called for Thursday 26 November 2026, 14:00"):
            check_opening(starts_at, starts_at + later, anyway=False)
    check_opening(starts_at, starts_at + later, anyway=asks)


@pytest.mark.parametrize(
    ("opened", "closed", "words"),
    [
        (None, None, "Thursday 26 November 2026, 14:00"),
        ((26, 14, 0), (26, 15, 10), "Thursday 26 November 2026, 14:00 to 15:10"),
        ((26, 14, 4), None, "Thursday 26 November 2026, 14:04 (called for 14:00)"),
        (
            (28, 21, 39),
            (29, 0, 5),
            "Saturday 28 November 2026, 21:39 to Sunday 29 November 2026, 00:05 "
            "(called for Thursday 26 November 2026, 14:00)",
        ),
    ],
)
def test_when_it_was_really_held(
    opened: tuple[int, int, int] | None, closed: tuple[int, int, int] | None, words: str
) -> None:
    started, ended = (datetime(2026, 11, *one, tzinfo=UTC) if one else None for one in (opened, closed))
    assert held_when(datetime(2026, 11, 26, 14, tzinfo=UTC), started, ended) == words
