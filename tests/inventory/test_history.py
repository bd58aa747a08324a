"""Histories: periods of the calendar, movements that count, zeros that stay, what is not observed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory import periods
from fieldops.inventory.history import DemandHistory, Life
from fieldops.inventory.usage import count_usage
from tests.inventory.make import FIRST, history_of

DAYS = np.array(["2026-01-31", "2026-02-01", "2026-02-28", "2026-04-30"], dtype="datetime64[D]")


def counted(**options: object) -> DemandHistory:
    """Count four usages of one part."""
    return count_usage(DAYS, ["P"] * 4, ["XA"] * 4, [1, 2, 3, 4], **options)  # type: ignore[arg-type]


def test_periods_without_usage_are_zeros() -> None:
    """March had no usage and counts as a zero, not as a gap."""
    assert counted().counts[:, 0].tolist() == [1, 5, 0, 4]
    assert [str(day) for day in counted().edges] == [f"2026-0{month}-01" for month in range(1, 6)]


def test_weeks_begin_on_monday() -> None:
    """Sunday 1 February 2026 belongs to the week of Monday 26 January, with Saturday the 31st."""
    weeks = counted(period="week")
    assert str(weeks.edges[0]) == "2026-01-26"
    assert weeks.counts[0, 0] == 3
    assert weeks.n_periods == 14
    assert counted(period="day").n_periods == 90


@given(day=st.dates(date(1990, 1, 1), date(2060, 12, 31)), period=st.sampled_from(["month", "week", "day"]))
def test_a_day_lies_in_its_period(day: date, period: str) -> None:
    """Every day lies between the first day of its period and that of the next one."""
    kind = periods.checked(period)
    number = periods.number(np.array([day], dtype="datetime64[D]"), kind)
    first, following = periods.first_day(number, kind)[0], periods.first_day(number + 1, kind)[0]
    assert first <= np.datetime64(day) < following
    assert periods.number(np.array([following]), kind)[0] == number[0] + 1


def test_periods_cut_short_are_left_out() -> None:
    """April isn't over on the 20th and January began before the records: neither is a month of little demand."""
    cut = counted(since=date(2026, 1, 15), until=date(2026, 4, 20))
    assert [str(day) for day in cut.edges] == ["2026-02-01", "2026-03-01", "2026-04-01"]
    assert cut.counts[:, 0].tolist() == [5, 0]
    assert counted(since=date(2026, 1, 1), until=date(2026, 5, 1)).counts[:, 0].tolist() == [1, 5, 0, 4]


def test_movements_that_are_no_demand_leave_zeros() -> None:
    """A transfer counts nothing, but its part-location is an item and its day is in the span."""
    history = counted(demand=np.array([True, True, True, False]))
    assert history.counts[:, 0].tolist() == [1, 5, 0, 0]


def test_stated_items_have_zeros() -> None:
    """A part that is stocked but never used is an item of zeros."""
    history = counted(items=[("Q", "BJ"), ("P", "XA")])
    assert [*zip(history.parts, history.places, strict=True)] == [("P", "XA"), ("Q", "BJ")]
    assert history.counts[:, 1].tolist() == [0, 0, 0, 0]


@given(st.permutations(range(30)))
def test_order_of_rows_changes_nothing(order: list[int]) -> None:
    """The same movements in another order are the same history, byte for byte."""
    rng = np.random.default_rng(8)
    days = np.datetime64("2026-01-01") + rng.integers(0, 200, 30)
    part, place, qty = rng.choice(["B", "A", "007"], 30), rng.choice(["XA", "BJ"], 30), rng.integers(1, 9, 30)
    one = count_usage(days, part, place, qty)
    other = count_usage(days[order], part[order], place[order], qty[order])
    assert one.counts.tobytes() == other.counts.tobytes()
    assert one.parts.tolist() == other.parts.tolist()
    assert one.places.tolist() == other.places.tolist()
    assert one.counts.sum() == qty.sum()


def test_no_usage_needs_a_span() -> None:
    """Without any movement the zeros have no length; with one stated they have."""
    nothing = np.empty(0, dtype="datetime64[D]")
    with pytest.raises(ConfigError, match="since and until"):
        count_usage(nothing, [], [], [], items=[("P", "XA")])
    found = count_usage(nothing, [], [], [], items=[("P", "XA")], since=date(2026, 1, 1), until=date(2026, 3, 1))
    assert found.counts.tolist() == [[0.0], [0.0]]
    with pytest.raises(ConfigError, match="no whole month"):
        counted(since=date(2026, 1, 5), until=date(2026, 2, 5))


def test_strange_cells_are_cleaned_and_marked() -> None:
    """Negative cells become zero and mark the item; empty, infinite and absurd ones are not observed."""
    history = history_of([1.0, -2.0, 3.0], [np.nan, np.inf, 1e300], [0.0, 1.0, 2.0])
    assert history.counts[:, 0].tolist() == [1.0, 0.0, 3.0]
    assert np.isnan(history.counts[:, 1]).all()
    assert history.clipped.tolist() == [True, False, False]


def test_life_begins_with_the_introduction() -> None:
    """Periods before a part came in are not observed; usage before that day is believed more than the day."""
    history = history_of([0.0, 0.0, 2.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0])
    days = np.array(["2021-03-01", "2021-04-01", "NaT"], dtype="datetime64[D]")
    found = history.introduced(days).counts
    assert np.isnan(found).sum(axis=0).tolist() == [2, 1, 0]
    assert np.nansum(found) == history.counts.sum()


def test_life_ends_with_the_part() -> None:
    """Periods after the end are not observed; usage after it is believed more; an end to come changes nothing."""
    series = [[1.0, 0.0, 2.0, 0.0, 0.0]] * 4
    days = np.array(["2021-04-15", "2021-02-01", "NaT", "2021-07-01"], dtype="datetime64[D]")
    found = history_of(*series).ended(days)
    assert np.isnan(found.counts).sum(axis=0).tolist() == [2, 0, 0, 0]
    assert found.lives(Life.ENDED).tolist() == [True, False, False, False]
    late = history_of(*series).ended(days, today=date(2021, 7, 20))
    assert late.lives(Life.ENDED).tolist() == [True, False, False, True]
    assert np.isnan(late.counts).sum(axis=0).tolist() == [2, 0, 0, 0]


def test_who_ends_later_has_not_ended_yet() -> None:
    """The periods before a day know nothing of lives that end after it; what ended before it has ended."""
    history = history_of([1.0, 0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0])
    found = history.ended(np.array(["2021-05-01", "2021-03-01"], dtype="datetime64[D]"))
    assert found.lives(Life.ENDED).tolist() == [True, True]
    assert found.before(3).lives(Life.ENDED).tolist() == [False, True]
    assert found.before(5).lives(Life.ENDED).tolist() == [True, True]


def test_parts_of_a_history_keep_their_days() -> None:
    """Splitting keeps edges and counts together; taking items keeps their names."""
    history = history_of([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    assert history.before(2).counts.tolist() == [[1.0, 4.0], [2.0, 5.0]]
    assert str(history.since(2).edges[0]) == "2021-03-01"
    assert history.take(np.array([1])).parts.tolist() == ["P1"]
    assert history.in_periods(30.4375 * 3) == 3.0


def test_shapes_that_do_not_fit_are_refused() -> None:
    """Counts, names and periods of different lengths are told with their numbers."""
    with pytest.raises(ConfigError, match="2 parts"):
        DemandHistory.from_matrix([[1.0, 2.0]], parts=["A", "B"], first=FIRST)
    with pytest.raises(ConfigError, match="two dimensions"):
        DemandHistory.from_matrix([1.0, 2.0], parts=["A"], first=FIRST)
    with pytest.raises(ConfigError, match="month, week, day"):
        DemandHistory.from_matrix([[1.0]], parts=["A"], first=FIRST, period="fortnight")  # type: ignore[arg-type]
