"""What a family's records say together: load, forums, what was asked already, who is silent."""

from datetime import date, timedelta
from uuid import UUID

from hub.involvement.signals import NARROW, WIDE, Contact, asked_already, forums_of, load_of, picture_of, silent
from tests.makers import NOW

TODAY = NOW.date()
A, B, CASE, PERSON = (UUID(int=number) for number in range(1, 5))


def _met(agency: UUID, kind: str, days: int) -> Contact:
    return Contact(agency, kind, NOW + timedelta(days=days), frozenset({PERSON}))


def test_the_load_counts_contacts_a_week_by_agency_with_the_busiest_first() -> None:
    load = load_of(
        [_met(A, "V.HV", 0), _met(B, "P.MH", 0), _met(B, "P.MH", 7), _met(B, "L.CIN", 0), _met(A, "V.HV", 90)], TODAY
    )
    assert [row.agency_id for row in load.rows] == [B, A]
    assert load.totals[8:10] == (2, 1) and sum(load.totals) == 3 and load.busiest == 1
    assert load_of([], TODAY).is_empty


def test_two_forums_about_one_person_are_told_and_one_is_not() -> None:
    both = [_met(A, "M.MARAC", 3), _met(B, "M.MAPPA", -10)]
    assert forums_of(both, {}, TODAY) == {PERSON: ["MAPPA", "MARAC"]}
    assert forums_of(both[:1], {PERSON: ["marac", "family-help"]}, TODAY) == {}
    assert forums_of(both[:1], {PERSON: ["iom"]}, TODAY) == {PERSON: ["IOM", "MARAC"]}
    assert forums_of([both[0], _met(B, "M.MAPPA", -200)], {}, TODAY) == {}


def test_a_topic_that_two_agencies_asked_about_lately_is_told() -> None:
    def asking(agency: UUID, topic: str, on: date) -> tuple[str, UUID, UUID, date]:
        return topic, agency, CASE, on

    lately, long_ago = TODAY - timedelta(days=5), TODAY - timedelta(days=91)
    (found,) = asked_already([asking(A, "home", lately), asking(B, "home", TODAY), asking(A, "money", TODAY)], TODAY)
    assert (found.topic, found.agencies, found.last_on) == ("home", (A, B), TODAY)
    assert asked_already([asking(A, "home", lately), asking(A, "home", TODAY)], TODAY) == []
    assert asked_already([asking(A, "home", long_ago), asking(B, "home", TODAY)], TODAY) == []


def test_an_agency_that_said_nothing_for_four_weeks_is_silent_unless_it_is_new() -> None:
    old, new = NOW - timedelta(days=60), NOW - timedelta(days=3)
    assert silent([(CASE, A, old), (CASE, B, new)], {}, NOW) == {A: None}
    assert silent([(CASE, A, old)], {(CASE, A): new}, NOW) == {}
    assert silent([(CASE, A, old)], {(CASE, A): NOW - timedelta(days=29)}, NOW) == {A: NOW - timedelta(days=29)}


def test_a_phone_is_shown_the_weeks_close_to_this_one_in_letters_that_can_be_read() -> None:
    load = load_of([_met(A, "V.HV", 0), _met(A, "V.HV", 0), _met(A, "V.HV", 28), _met(B, "P.MH", -40)], TODAY)
    wide, narrow = picture_of(load, WIDE), picture_of(load.near, NARROW)
    assert len(wide.load.weeks) == 13 and [lane.agency_id for lane in wide.lanes] == [A, B]
    assert narrow.load.weeks == load.weeks[6:] and [lane.agency_id for lane in narrow.lanes] == [A]
    assert [bar.count for bar in narrow.lanes[0].bars] == [2, 1] and narrow.lanes[0].bars[0].x == narrow.now_x
    assert narrow.width <= 320 and narrow.column >= 30, "a picture no wider than a phone is not made smaller"
    assert not picture_of(load_of([], TODAY), WIDE).lanes
