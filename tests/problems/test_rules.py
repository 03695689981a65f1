"""The law of framings and risk, and whom a problem calls for."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from hub.cases.rules import Rating, check_early, is_single_view
from hub.errors import Refused
from hub.ids import new_id
from hub.problems.proposals import Tag, fit, propose
from hub.problems.rules import (
    LONGEST_FRAMING,
    Word,
    all_in,
    check_framing,
    framing_due,
    is_revealed,
    risk_line,
    to_restate,
    word_of,
)

TUESDAY = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
US, THEM, THIRD = new_id(), new_id(), new_id()


@pytest.mark.parametrize(
    ("rating", "opened", "due"),
    [
        (Rating.red, TUESDAY, datetime(2026, 3, 10, 12, 0, tzinfo=UTC)),
        (Rating.amber, TUESDAY, datetime(2026, 3, 10, 16, 0, tzinfo=UTC)),
        (Rating.green, TUESDAY, datetime(2026, 3, 13, 10, 0, tzinfo=UTC)),
        (Rating.blue, TUESDAY, datetime(2026, 3, 13, 10, 0, tzinfo=UTC)),
        (None, TUESDAY, datetime(2026, 3, 10, 16, 0, tzinfo=UTC)),
        # A Friday at four: one hour of the two is left before the weekend.
        (Rating.red, datetime(2026, 3, 13, 16, 0, tzinfo=UTC), datetime(2026, 3, 16, 10, 0, tzinfo=UTC)),
    ],
)
def test_the_time_for_framings_follows_the_rating(rating: Rating | None, opened: datetime, due: datetime) -> None:
    assert framing_due(rating, opened, {}) == due


def test_a_partnership_sets_its_own_time() -> None:
    assert framing_due(Rating.red, TUESDAY, {"T06R": {"count": 1}}) == TUESDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("revealed", "due", "shown"),
    [
        (None, TUESDAY + timedelta(seconds=1), False),
        (None, TUESDAY, True),
        (TUESDAY - timedelta(hours=1), TUESDAY + timedelta(hours=1), True),
    ],
)
def test_a_round_is_blind_until_all_are_in_or_time_is_over(revealed: Any, due: datetime, shown: bool) -> None:
    assert is_revealed(revealed, due, TUESDAY) is shown


@pytest.mark.parametrize(
    ("circle", "written", "done"),
    [
        ([US, THEM], [US, THEM], True),
        ([US, THEM], [US], False),
        ([US], [US, THEM], True),
        ([US], [US], True),
        ([], [], False),
    ],
)
def test_all_are_in_when_nobody_of_the_circle_is_missing(circle: Any, written: Any, done: bool) -> None:
    assert all_in(circle, written) is done


@pytest.mark.parametrize(
    ("written", "admitted", "shown", "word"),
    [
        (True, TUESDAY, None, Word.said),
        (True, TUESDAY, TUESDAY, Word.said),
        (False, TUESDAY, None, Word.awaited),
        (False, TUESDAY, TUESDAY, Word.silent),
        (False, TUESDAY + timedelta(hours=1), TUESDAY, Word.later),
    ],
)
def test_silence_is_told_as_silence(written: bool, admitted: datetime, shown: Any, word: Word) -> None:
    assert word_of(has_written=written, admitted_at=admitted, shown_at=shown) is word
    assert "agree" not in word.words


@pytest.mark.parametrize("words", ["", "   ", "x" * (LONGEST_FRAMING + 1)])
def test_a_framing_is_neither_empty_nor_long(words: str) -> None:
    with pytest.raises(Refused):
        check_framing(words)
    check_framing("x" * LONGEST_FRAMING)


@pytest.mark.parametrize(
    ("said", "us", "whose"),
    [
        ([US, THEM, THIRD], US, THEM),
        ([US, THEM, THIRD], THIRD, US),
        ([THEM, THIRD], US, THEM),
        ([US], US, None),
        ([], US, None),
    ],
)
def test_each_view_is_said_back_once_round_the_table(said: Any, us: Any, whose: Any) -> None:
    assert to_restate(said, us) == whose


@pytest.mark.parametrize(("agencies", "single"), [(0, True), (1, True), (2, False), (5, False)])
def test_a_statement_on_fewer_than_two_agencies_is_a_single_view(agencies: int, single: bool) -> None:
    assert is_single_view(agencies) is single


@pytest.mark.parametrize(
    ("reason", "stated", "asked", "refused"),
    [
        ("", False, False, True),
        ("short", False, False, True),
        ("He is in their nursery", False, False, False),
        ("", True, False, False),
        ("", False, True, False),
    ],
)
def test_bringing_in_before_the_problem_asks_why_once(reason: str, stated: bool, asked: bool, refused: bool) -> None:
    if refused:
        with pytest.raises(Refused) as refusal:
            check_early(reason, problem_stated=stated, asked_before=asked)
        assert refusal.value.field == "reason"
    else:
        check_early(reason, problem_stated=stated, asked_before=asked)


# --- Risk -------------------------------------------------------------------------------------------------------

CIRCLE = [SimpleNamespace(id=new_id(), name=name) for name in ("Police", "Health", "School", "Housing")]


@pytest.mark.parametrize(
    ("ratings", "sentence", "call"),
    [
        (["red", "amber", "red", None], "Police and School: red. Health: amber. Housing has not said.", ""),
        (["red", "green", None, None], "Police: red. Health: green. School and Housing have not said.", "two steps"),
        (["blue", "red", "red", "amber"], "Health and School: red. Housing: amber. Police: blue.", "three steps"),
        (["green", "green", "green", "green"], "Police, Health, School and Housing: green.", ""),
        ([None, None, None, None], "Police, Health, School and Housing have not said.", ""),
    ],
)
def test_where_agencies_stand_is_told_in_words(ratings: list[str | None], sentence: str, call: str) -> None:
    positions = {
        agency.id: SimpleNamespace(rating=rating) for agency, rating in zip(CIRCLE, ratings, strict=True) if rating
    }
    line = risk_line(CIRCLE, positions)
    assert line.sentence == sentence
    assert (call in line.call) if call else not line.call
    assert line.is_empty is (not any(ratings))


def test_an_agency_that_left_is_not_on_the_line() -> None:
    gone = new_id()
    line = risk_line(CIRCLE[:1], {gone: SimpleNamespace(rating="red"), CIRCLE[0].id: SimpleNamespace(rating="green")})
    assert line.sentence == "Police: green." and not line.call


# --- Whom the problem calls for ---------------------------------------------------------------------------------


def agency(name: str, sector: str, **card: Any) -> tuple[Any, Any]:
    told = {"summary": f"{name} does its work.", "can": [], "cannot": [], "holds": [], "needs": []} | card
    return SimpleNamespace(id=new_id(), name=name, sector=sector), SimpleNamespace(**told)


HOUSING, HOUSING_CARD = agency(
    "Housing",
    "housing",
    can=["make a home safe", "move a family"],
    holds=["tenancies and arrears"],
    cannot=["house out of the area"],
)
HAVEN, HAVEN_CARD = agency("Haven", "voluntary", can=["support and speak for victims"], holds=["safety plans"])
HEALTH, HEALTH_CARD = agency("Health", "health", can=["assess and treat body and mind"])
POLICE, _ = agency("Police", "police")
PARTNERSHIP = [POLICE, HEALTH, HOUSING, HAVEN]
CARDS = {HOUSING.id: HOUSING_CARD, HAVEN.id: HAVEN_CARD, HEALTH.id: HEALTH_CARD}


@pytest.mark.parametrize(
    ("tag", "who", "card", "meets", "fits"),
    [
        (Tag.housing, HOUSING, HOUSING_CARD, True, True),
        (Tag.debt, HOUSING, HOUSING_CARD, False, True),  # it knows of arrears and cannot clear them
        (Tag.neglect, HOUSING, HOUSING_CARD, False, False),
        (Tag.domestic_abuse, HAVEN, HAVEN_CARD, True, True),
        (Tag.offending, POLICE, None, True, True),  # no card, and the work of its sector
        (Tag.debt, POLICE, None, False, False),
    ],
)
def test_how_a_role_card_meets_a_tag(tag: Tag, who: Any, card: Any, meets: bool, fits: bool) -> None:
    found = fit(tag, who, card)
    assert (found.meets, found.fits) == (meets, fits)


def test_who_is_proposed_and_why() -> None:
    proposed = propose(
        [Tag.housing, Tag.debt, Tag.mental_health],
        PARTNERSHIP,
        CARDS,
        circle={POLICE.id, HEALTH.id},
        involved={HAVEN.id: ["referred them on Monday 2 March 2026"]},
    )
    assert [(one.tag, one.is_missing) for one in proposed.tags] == [
        (Tag.mental_health, False),
        (Tag.housing, True),
        (Tag.debt, True),
    ]
    assert [one.agency.name for one in proposed.agencies] == ["Housing", "Haven"]
    housing, haven = proposed.agencies
    assert housing.reason == "Housing: holds tenancies and arrears; can make a home safe, move a family."
    assert haven.reason == "Haven: referred them on Monday 2 March 2026."
    debt = proposed.tags[2]
    assert debt.is_missing and not debt.elsewhere  # no agency of the partnership can meet it


def test_an_agency_of_the_circle_is_never_proposed() -> None:
    everybody = {one.id for one in PARTNERSHIP}
    proposed = propose(list(Tag), PARTNERSHIP, CARDS, circle=everybody, involved={HAVEN.id: ["works with them"]})
    assert not proposed.agencies


def test_a_card_that_says_it_in_other_words_is_proposed_for_its_sector() -> None:
    school, card = agency("School", "education", can=["listen"])
    (one,) = propose([Tag.school_attendance], [school], {school.id: card}, circle=set(), involved={}).agencies
    assert one.reason == "School: school does its work."
