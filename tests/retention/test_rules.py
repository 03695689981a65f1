"""Until when a case is kept, and what stands in the way of disposing of it: pure, and the same in the database."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.cases.tables import Case
from hub.errors import Conflict, Refused
from hub.retention.queries import kept_of
from hub.retention.rules import (
    Situation,
    Term,
    check_disposable,
    check_hold,
    check_second,
    check_stay,
    check_typed,
    digest_of,
    kept_until,
    references_in,
    years_after,
    youngest_child,
)
from hub.retention.tables import RetentionStay
from hub.sharing.tables import CaseAgreement
from tests.makers import NOW, World, make_agreement, make_case, make_person

A, B = UUID(int=1), UUID(int=2)
DAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [
        (date(2020, 3, 10), 6, date(2026, 3, 10)),
        (date(2020, 2, 29), 4, date(2024, 2, 29)),
        (date(2020, 2, 29), 6, date(2026, 3, 1)),
        (date(2020, 2, 28), 4, date(2024, 2, 28)),
        (date(2000, 2, 29), 100, date(2100, 3, 1)),
        (date(2020, 12, 31), 0, date(2020, 12, 31)),
    ],
)
async def test_so_many_years_on(day: date, years: int, then: date, session: AsyncSession) -> None:
    assert years_after(day, years) == then
    assert await session.scalar(select(func.years_after(day, years))) == then


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.integers(0, 100))
def test_a_day_so_many_years_on_is_never_too_early(day: date, years: int) -> None:
    then = years_after(day, years)
    assert then.year == day.year + years
    assert (then.month, then.day) == (day.month, day.day) or (day.month, day.day, then.month, then.day) == (2, 29, 3, 1)


CLOSED = datetime(2020, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("closed_at", "terms", "born", "stays", "until", "agreement"),
    [
        (CLOSED, [Term(A, "", 6)], [], [], date(2026, 6, 1), A),
        # The longest of its agreements, ended ones among them.
        (CLOSED, [Term(A, "", 6), Term(B, "", 10)], [], [], date(2030, 6, 1), B),
        # Closed at half past midnight in London, while it is still yesterday in UTC.
        (datetime(2020, 5, 31, 23, 30, tzinfo=UTC), [Term(A, "", 6)], [], [], date(2026, 6, 1), A),
        (datetime(2020, 12, 31, 23, 30, tzinfo=UTC), [Term(A, "", 1)], [], [], date(2021, 12, 31), A),
        (datetime(2020, 2, 29, 12, tzinfo=UTC), [Term(A, "", 1)], [], [], date(2021, 3, 1), A),
        # Until the youngest child is 25; a grown-up's birthday is none of its business.
        (CLOSED, [Term(A, "", 6, 25)], [date(2012, 2, 29), date(1980, 1, 1)], [], date(2037, 3, 1), A),
        (CLOSED, [Term(A, "", 6, 25)], [date(2002, 6, 1), None], [], date(2026, 6, 1), A),
        (CLOSED, [Term(A, "", 6, 25)], [date(2002, 6, 2)], [], date(2027, 6, 2), A),
        (CLOSED, [Term(A, "", 6, 18), Term(B, "", 8)], [date(2012, 1, 1)], [], date(2030, 1, 1), A),
        (CLOSED, [Term(A, "", 6)], [], [date(2031, 1, 1), date(2029, 1, 1)], date(2031, 1, 1), A),
        (CLOSED, [Term(A, "", 6)], [], [date(2022, 1, 1)], date(2026, 6, 1), A),
    ],
)  # fmt: skip
def test_until_when_a_case_is_kept(
    closed_at: datetime, terms: list[Term], born: list[date | None], stays: list[date], until: date, agreement: UUID
) -> None:
    kept = kept_until(closed_at, terms, born=born, stays=stays)
    assert kept is not None
    assert (kept.until, kept.term.agreement_id) == (until, agreement)
    assert kept.longer == (until in stays)
    assert kept.overdue(until) == 0 and kept.overdue(until + timedelta(days=9)) == 9


def test_an_open_case_and_one_without_an_agreement_have_no_end() -> None:
    assert kept_until(None, [Term(A, "", 6)]) is None
    assert kept_until(CLOSED, []) is None


terms = st.lists(
    st.builds(Term, st.uuids(), st.just(""), st.integers(0, 100), st.none() | st.integers(18, 100)),
    min_size=1,
    max_size=4,
)
days = st.dates(date(1950, 1, 1), date(2040, 1, 1))


@given(st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)), terms, st.lists(st.none() | days), st.lists(days))
def test_nothing_ever_shortens_how_long_it_is_kept(
    closed: datetime, agreed: list[Term], born: list[date | None], stays: list[date]
) -> None:
    closed_at = closed.replace(tzinfo=UTC)
    kept = kept_until(closed_at, agreed, born=born, stays=stays)
    assert kept is not None
    for fewer in (agreed[:1], agreed):
        less = kept_until(closed_at, fewer)
        assert less is not None and less.until <= kept.until
    assert all(stay <= kept.until for stay in stays)
    child = youngest_child(born, closed_at.date())
    assert child is None or child in born


@pytest.mark.parametrize("closed", ["2020-02-29T12:00", "2019-05-31T23:30", "2019-12-31T23:59", "2020-06-01T00:30"])
@pytest.mark.parametrize("years", [(0, None), (6, None), (1, 18), (3, 25)])
@pytest.mark.parametrize("born", ["2012-02-29", "2002-06", "1980", ""])
async def test_the_database_says_the_same(
    closed: str, years: tuple[int, int | None], born: str, world: World, session: AsyncSession
) -> None:
    case = await make_case(session, world, person=await make_person(session, born=born))
    case.stage, case.closed_at = "closed", datetime.fromisoformat(closed).replace(tzinfo=UTC)
    agreement = await make_agreement(session, world)
    agreement.retention_years, agreement.retention_child_age = years
    session.add(CaseAgreement(case_id=case.id, agreement_id=agreement.id, since=NOW, ended_at=NOW))
    await session.flush()
    for _ in range(2):
        kept = (await kept_of(session, [case]))[case.id]
        assert kept is not None
        assert await session.scalar(select(func.kept_until(case.id))) == kept.until
        session.add(
            RetentionStay(
                case_id=case.id,
                years=9,
                until=date(2044, 2, 29),
                decided_by=world.workers["council"].id,
                decided_at=NOW,
            )
        )
        await session.flush()


async def test_without_an_agreement_the_charter_says_how_long(world: World, session: AsyncSession) -> None:
    case = await make_case(session, world)
    await session.execute(
        CaseAgreement.__table__.update().values(case_id=(await make_case(session, world)).id, ended_at=NOW)
    )
    case.stage, case.closed_at = "closed", CLOSED
    await session.flush()
    kept = (await kept_of(session, [case]))[case.id]
    assert kept is not None and kept.until == date(2026, 6, 1)
    assert await session.scalar(select(func.kept_until(case.id))) == kept.until
    assert await session.scalar(select(func.kept_until(Case.id)).where(Case.closed_at.is_(None)).limit(1)) is None


OVER = Situation(closed=True, kept_until=DAY)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"closed": False}, "open"),
        ({"kept_until": None}, "No agreement"),
        ({"kept_until": DAY + timedelta(days=1)}, "not over"),
        ({"held": True}, "hold"),
        ({"open_conferences": 1}, "conference"),
        ({"open_actions": 1}, "action"),
        ({"cited_by_open_cases": 1}, "open case rests"),
    ],
)
def test_what_stands_in_the_way(changed: dict[str, object], words: str) -> None:
    situation = Situation(**{**vars(OVER), **changed})
    assert words in situation.bar(DAY) and bool(situation.bar(DAY)) == bool(words)
    if words:
        with pytest.raises(Conflict, match=words):
            check_disposable(situation, DAY)


def test_two_people_dispose_and_one_types_which() -> None:
    check_second(A, B)
    with pytest.raises(Conflict):
        check_second(A, A)
    check_typed(" tv-234-567 ", "TV-234-567")
    with pytest.raises(Refused):
        check_typed("TV-234-568", "TV-234-567")
    assert references_in("tv-1\n TV-2, tv-1;tv-3 ") == ["TV-1", "TV-2", "TV-3"]


@pytest.mark.parametrize(("words", "review_on"), [("", 1), ("x", 0), ("x", -1), ("x", 732)])
def test_a_hold_says_why_and_is_looked_at_again(words: str, review_on: int) -> None:
    check_hold("x", DAY + timedelta(days=730), DAY)
    with pytest.raises(Refused):
        check_hold(words, DAY + timedelta(days=review_on), DAY)


@pytest.mark.parametrize(("years", "reason"), [(0, "x"), (76, "x"), (3, " ")])
def test_keeping_longer_needs_years_and_a_reason(years: int, reason: str) -> None:
    check_stay(75, "x")
    with pytest.raises(Refused):
        check_stay(years, reason)


def test_the_hash_is_of_what_is_said_and_of_nothing_else() -> None:
    said = {"number": "TV-D-1", "at": NOW, "counts": {"voice": 2, "action": 1}, "id": A}
    london = NOW.astimezone(datetime(2026, 3, 10).astimezone().tzinfo)
    assert digest_of(said) == digest_of(
        {"id": A, "counts": {"action": 1, "voice": 2}, "at": london, "number": "TV-D-1"}
    )
    assert digest_of(said) != digest_of({**said, "counts": {"voice": 2, "action": 2}})
