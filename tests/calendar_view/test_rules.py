"""The picture, on paper: days as long as they are, everything once, nothing over anything else."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.calendar_view import month, week, year
from hub.calendar_view.paper import Tracks, fit, width_of, wrap
from hub.calendar_view.rules import Entry, Lies, Way, by_day, days_from, month_of, pieces, ways, weeks_of
from hub.london import from_london

MONDAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACES = {UUID(int=number): number for number in range(1, 21)}


def entry(number: int = 1, agency: int = 1, **given: object) -> Entry:
    told: dict[str, object] = {"kind": "V.HV", "starts_at": NOW, "ends_at": NOW + HOUR} | given
    told.setdefault("of_at", told["starts_at"])
    return Entry(id=UUID(int=number), agency_id=UUID(int=agency), **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("monday", "hours"),
    [
        (date(2026, 3, 9), [24] * 7),
        (date(2026, 3, 23), [24] * 6 + [23]),
        (date(2026, 10, 19), [24] * 6 + [25]),
    ],
)
def test_days_are_as_long_as_the_clock_makes_them(monday: date, hours: list[int]) -> None:
    days = days_from(monday, 7, monday)
    assert [day.hours for day in days] == hours
    assert all(one.ends == other.begins for one, other in pairwise(days))
    assert bool(days[6].change) == (hours[6] != 24)


@pytest.mark.parametrize(
    ("on", "hour", "share"),
    [(date(2026, 3, 29), 12, 11 / 23), (date(2026, 10, 25), 12, 13 / 25), (date(2026, 3, 30), 12, 0.5)],
)
def test_noon_stands_where_it_falls_when_the_clocks_change(on: date, hour: int, share: float) -> None:
    day = days_from(on, 1, on)[0]
    assert day.part(from_london(on, hour)) == pytest.approx(share)
    assert week.x_of([day], 0, from_london(on, hour)) == pytest.approx(week.HEAD + week.DAY * share)


def test_the_hour_that_comes_twice_is_drawn_twice_as_far_apart() -> None:
    days = days_from(date(2026, 10, 25), 1, MONDAY)
    one, other = (week.x_of(days, 0, datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) for hour in (0, 1))
    assert other - one == pytest.approx(week.DAY / 25)


@pytest.mark.parametrize(
    ("starts", "ends", "told"),
    [
        ((10, 19, 0), (11, 7, 0), [(1, "From 19:00"), (2, "Until 07:00")]),
        ((10, 22, 0), (11, 0, 0), [(1, "22:00–00:00")]),
        ((10, 10, 0), (10, 10, 0), [(1, "10:00")]),
        ((8, 10, 0), (16, 10, 0), [(number, "All day") for number in range(7)]),
        ((8, 10, 0), (9, 0, 0), []),
        ((15, 23, 0), (16, 1, 0), [(6, "From 23:00")]),
    ],
)
def test_what_goes_over_midnight_is_cut_there(
    starts: tuple[int, int, int], ends: tuple[int, int, int], told: list[tuple[int, str]]
) -> None:
    one = entry(starts_at=datetime(2026, 3, *starts, tzinfo=UTC), ends_at=datetime(2026, 3, *ends, tzinfo=UTC))
    assert [(piece.day, piece.hours) for piece in pieces([one], days_from(MONDAY, 7, MONDAY))] == told


NIGHT = datetime(2026, 3, 12, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "night", "flagged"),
    [
        (datetime(2026, 3, 12, 19, 15, tzinfo=UTC), 3, [3]),
        (datetime(2026, 3, 13, 6, 15, tzinfo=UTC), 3, [4]),
        (datetime(2026, 3, 12, 18, 0, tzinfo=UTC), 3, [3]),
        (datetime(2026, 3, 20, 19, 15, tzinfo=UTC), 3, [3, 4]),
    ],
    ids=["in the evening", "in the early morning", "on the way home", "not in this week"],
)
def test_a_curfew_over_midnight_bears_its_clash_on_the_day_of_the_appointment(
    starts: datetime, night: int, flagged: list[int]
) -> None:
    clash, days = UUID(int=77), days_from(MONDAY, 7, MONDAY)
    nights = [
        entry(
            1, kind="R.CURFEW", lies=Lies.hours, of_at=NOW, starts_at=begins, ends_at=begins + 12 * HOUR,
            clashes=(clash,) if number == night else (),
        )
        for number, begins in enumerate(NIGHT + timedelta(days=day) for day in range(-3, 4))
    ]  # fmt: skip
    held = [*nights, entry(2, 2, kind="P.OUTP", starts_at=starts, ends_at=starts + HOUR, clashes=(clash,))]
    table = by_day(held, days)
    curfews = [[(words, piece) for words, piece in row if piece.entry.is_condition] for row in table]
    assert [number for number, [(_, piece)] in enumerate(curfews) if piece.entry.clashes] == flagged
    assert curfews[3][0][0] == "Until 07:00 and from 19:00"
    band = next(lane for lane in week.draw(held, days, PLACES, NOW).lanes if lane.bands).bands[0]
    assert band.text.startswith("⚠ Clash")
    assert {bar.piece.day for bar in band.bars if bar.piece.entry.clashes} == set(flagged)


def test_without_an_end_it_is_on_every_day_to_come() -> None:
    found = pieces([entry(ends_at=None, kind="L.CIN", lies=Lies.through)], days_from(MONDAY, 7, MONDAY))
    assert [piece.day for piece in found] == [1, 2, 3, 4, 5, 6]


def test_a_way_is_where_places_differ_for_the_same_person_on_the_same_day() -> None:
    ayo, ben = frozenset({UUID(int=900)}), frozenset({UUID(int=901)})
    court = entry(1, kind="P.COURT", people=ayo, place="The court")
    clinic = entry(2, kind="P.OUTP", people=ayo, place="the clinic", starts_at=NOW + 3 * HOUR, ends_at=NOW + 4 * HOUR)
    home = entry(3, people=ayo, place="12 Mill Lane", starts_at=NOW + 6 * HOUR, ends_at=NOW + 7 * HOUR)
    again = entry(4, people=ayo, place="12 mill  lane", starts_at=NOW + 8 * HOUR, ends_at=NOW + 9 * HOUR)
    other = entry(5, people=ben, place="The court", starts_at=NOW + 5 * HOUR, ends_at=NOW + 6 * HOUR)
    unknown = entry(6, people=ayo, place="", starts_at=NOW + 1 * HOUR, ends_at=NOW + 2 * HOUR)
    found = ways([court, clinic, home, again, other, unknown])
    hour, less = timedelta(minutes=60), timedelta(minutes=45)
    assert found == {court.key: Way(after=hour), clinic.key: Way(hour, less), home.key: Way(before=less)}


def test_words_are_cut_to_their_room() -> None:
    assert fit("Home visit", 500) == "Home visit"
    assert fit("Statutory visit to a child", 60).endswith("…") and fit("Home", 0) == ""
    assert wrap("Northvale Council children’s services", 100, 2)[0] == "Northvale"
    assert len(wrap("Northvale Council children’s services", 100, 2)) == 2
    assert all(width_of(line) <= 100 for line in wrap("Northvale Council children’s services", 100, 2))


def test_months_begin_on_their_first_and_their_page_on_a_monday() -> None:
    assert month_of(date(2026, 12, 31)) == (date(2026, 12, 1), date(2027, 1, 1))
    assert weeks_of(date(2026, 2, 1), date(2026, 3, 1)) == (date(2026, 1, 26), 5)
    assert weeks_of(date(2027, 2, 1), date(2027, 3, 1)) == (date(2027, 2, 1), 4)


def test_a_month_counts_visits_and_not_what_runs_through() -> None:
    start, weeks = weeks_of(*month_of(MONDAY))
    shown = [
        entry(1, 1), entry(2, 2), entry(3, 1, clashes=(UUID(int=5),)),
        entry(4, 1, kind="L.CIN", ends_at=None, lies=Lies.through),
        entry(5, 1, kind="R.CURFEW", ends_at=NOW + 12 * HOUR, lies=Lies.hours),
    ]  # fmt: skip
    found = month.squares(shown, days_from(start, 7 * weeks, MONDAY), 3, PLACES)
    tenth = next(one for row in found for one in row if one.day.on == date(2026, 3, 10))
    assert (tenth.counts, tenth.total, tenth.clashes) == (((UUID(int=1), 2), (UUID(int=2), 1)), 3, 1)
    assert sum(one.total for row in found for one in row) == 3
    assert all(len(row) == 7 and row[0].day.on.weekday() == 0 for row in found)


# --- Twelve months ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "first", "after"),
    [
        (date(2026, 3, 31), date(2025, 12, 1), date(2026, 12, 1)),
        (date(2024, 2, 29), date(2023, 11, 1), date(2024, 11, 1)),
    ],
)
def test_the_usual_twelve_months_begin_three_back(today: date, first: date, after: date) -> None:
    twelve = year.usual(today)
    assert (twelve.first, twelve.after) == (first, after)
    assert len(twelve.months) == 12 and twelve.months[0] == first


def test_bars_and_diamonds() -> None:
    twelve = year.usual(NOW.date())
    drawn = year.draw(
        [
            entry(1, kind="L.CIN", ends_at=None),
            entry(2, kind="E.EVICT"),
            entry(3, kind="R.BAIL", starts_at=NOW - timedelta(days=300), ends_at=NOW + timedelta(days=30)),
            entry(4, kind="L.CIN", starts_at=NOW - timedelta(days=800), ends_at=NOW - timedelta(days=700)),
        ],
        twelve,
        PLACES,
        NOW,
    )
    told = {span.entry.id.int: span for span in drawn.lanes[0].spans}
    assert sorted(told) == [1, 2, 3]
    assert told[1].is_open and told[1].x + told[1].width == pytest.approx(year.WIDTH)
    assert told[2].is_point and told[2].x == pytest.approx(twelve.x(NOW))
    assert told[3].from_before and told[3].x == year.HEAD and not told[3].is_open
    assert drawn.now_x == pytest.approx(twelve.x(NOW))


# --- What holds for everything ------------------------------------------------------------------------------------

moments = st.integers(-3 * 24 * 12, 10 * 24 * 12).map(lambda five: timedelta(minutes=5 * five))
lengths = st.one_of(
    st.none(), st.integers(0, 24 * 12).map(lambda five: timedelta(minutes=5 * five)), st.just(timedelta(days=9))
)


@st.composite
def entries(draw: st.DrawFn) -> tuple[date, list[Entry]]:
    """A week, one of those in which the clocks change among them, and what up to 20 agencies do in it."""
    monday = draw(st.sampled_from([MONDAY, date(2026, 3, 23), date(2026, 10, 19)]))
    begins = from_london(monday, 0)
    found = []
    for number in range(draw(st.integers(0, 25))):
        start, length = begins + draw(moments), draw(lengths)
        lies = draw(st.sampled_from(Lies))
        if lies is Lies.block and length is None:
            length = HOUR
        found.append(
            entry(
                number, draw(st.integers(1, 20)), starts_at=start, ends_at=None if length is None else start + length,
                lies=lies, kind=draw(st.sampled_from(["V.HV", "P.COURT", "R.CURFEW", "L.CIN"])),
                mandatory=draw(st.booleans()), people=frozenset({UUID(int=900)}),
                place=draw(st.sampled_from(["", "The court", "At home"])),
                clashes=(UUID(int=5),) if draw(st.booleans()) else (),
            )
        )  # fmt: skip
    return monday, found


def check(drawing: week.Drawing, shown: list[Entry], monday: date) -> None:
    """Everything once on each day that it touches, in its own lane, on the paper, and nothing over anything else."""
    days = days_from(monday, 7, monday)
    expected = Counter((piece.entry.id, piece.day, piece.starts_at) for piece in pieces(shown, days))
    drawn: Counter[tuple[UUID, int, datetime]] = Counter()
    for lane in drawing.lanes:
        areas = [(box.extent, (box.y, box.y + box.height)) for box in lane.boxes]
        areas += [((week.HEAD, drawing.width), (band.y, band.y + band.height)) for band in lane.bands]
        for number, (across, down) in enumerate(areas):
            assert lane.y <= down[0] and down[1] <= lane.y + lane.height
            assert across[0] >= week.HEAD and across[1] <= drawing.width + 0.01
            for others, below in areas[:number]:
                apart = across[1] <= others[0] or others[1] <= across[0] or down[1] <= below[0] or below[1] <= down[0]
                assert apart, "two blocks of a lane lie over one another"
        for box in lane.boxes:
            assert box.bar_width > 0 and box.x <= box.bar_x and box.bar_x + box.bar_width <= box.x + box.width + 0.01
        for piece in [box.piece for box in lane.boxes] + [bar.piece for band in lane.bands for bar in band.bars]:
            assert piece.entry.agency_id == lane.agency_id
            drawn[piece.entry.id, piece.day, piece.starts_at] += 1
    assert drawn == expected
    lanes = [(lane.y, lane.y + lane.height) for lane in drawing.lanes]
    assert all(upper[1] <= lower[0] for upper, lower in pairwise(lanes))
    assert not lanes or lanes[-1][1] <= drawing.height


@given(entries())
@settings(max_examples=120, deadline=None)
def test_a_week_holds_everything_once_and_apart(made: tuple[date, list[Entry]]) -> None:
    monday, shown = made
    check(week.draw(shown, days_from(monday, 7, monday), PLACES, NOW), shown, monday)


def test_twenty_agencies_and_two_hundred_entries_fit() -> None:
    begins = from_london(MONDAY, 0)
    shown = [
        entry(
            number, 1 + number % 20, people=frozenset({UUID(int=900)}), place=f"Place {number % 7}",
            starts_at=begins + timedelta(hours=(number * 7) % 168), ends_at=begins + timedelta(hours=(number * 7) % 168 + 2),
        )
        for number in range(200)
    ]  # fmt: skip
    drawing = week.draw(shown, days_from(MONDAY, 7, MONDAY), PLACES, NOW)
    check(drawing, shown, MONDAY)
    assert len(drawing.lanes) == 20 and drawing.compact and drawing.height < 3_000
    crowded = [entry(number, 1) for number in range(200)]
    check(week.draw(crowded, days_from(MONDAY, 7, MONDAY), PLACES, NOW), crowded, MONDAY)


@given(entries())
@settings(max_examples=80, deadline=None)
def test_twelve_months_hold_everything_once_and_apart(made: tuple[date, list[Entry]]) -> None:
    _, shown = made
    twelve = year.usual(date(2026, 6, 1))
    drawing = year.draw(shown, twelve, PLACES, NOW)
    assert Counter(span.entry.id for lane in drawing.lanes for span in lane.spans) == Counter(
        one.id for one in shown if twelve.holds(one)
    )
    for lane in drawing.lanes:
        for number, span in enumerate(lane.spans):
            assert span.extent[0] >= year.HEAD and span.extent[1] <= year.WIDTH + 0.01
            assert lane.y <= span.y and span.y + year.BAR <= lane.y + lane.height
            for other in lane.spans[:number]:
                assert span.y != other.y or span.extent[1] <= other.extent[0] or other.extent[1] <= span.extent[0]


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(1, 200)), max_size=40))
def test_tracks_never_put_two_things_in_one_place(given: list[tuple[float, float]]) -> None:
    tracks = Tracks(gap=2)
    placed = [(tracks.put((left, left + width)), left, left + width) for left, width in given]
    for number, (row, left, right) in enumerate(placed):
        assert all(row != other or right + 2 <= start or end + 2 <= left for other, start, end in placed[:number])
