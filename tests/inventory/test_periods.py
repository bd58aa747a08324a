"""Periods of any length: every day lies in one, and their days and words agree."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory import periods
from fieldops.inventory.usage import count_usage

KINDS = ["month", "week", "day", "quarter", "year", "4 weeks", "10 days", "2 months", "13 weeks"]


@given(day=st.dates(date(1960, 1, 1), date(2060, 12, 31)), period=st.sampled_from(KINDS))
def test_a_day_lies_in_its_period(day: date, period: str) -> None:
    """Every day lies between the first day of its period and that of the next one, also before 1970."""
    number = periods.number(np.array([day], dtype="datetime64[D]"), period)
    first, following = periods.first_day(number, period)[0], periods.first_day(number + 1, period)[0]
    assert first <= np.datetime64(day) < following
    assert periods.number(np.array([following]), period)[0] == number[0] + 1


@pytest.mark.parametrize("period", KINDS)
def test_mean_days_are_those_of_forty_years(period: str) -> None:
    """The mean length by which lead times are turned is that of the calendar itself."""
    edges = periods.edges(date(1984, 1, 1), date(2024, 1, 1), period)
    assert (edges[-1] - edges[0]).astype(int) / (len(edges) - 1) == pytest.approx(periods.days_per(period), rel=1e-3)


def test_spellings_are_one_period() -> None:
    """Dashes, blanks and a single one of several mean the same; what isn't known is answered with the choice."""
    assert {periods.checked(word) for word in ("4 weeks", "4-weeks", "4_week", "4weeks")} == {"4 weeks"}
    assert periods.checked("1 months") == "month"
    for word in ("fortnight", "0 weeks", "4 quarters", ""):
        with pytest.raises(ConfigError, match="month, week, day, quarter, year, or several: 4 weeks"):
            periods.checked(word)


def test_four_weeks_are_the_same_whatever_the_first_day() -> None:
    """Blocks of four ISO weeks begin on the same Mondays in every run, so that yesterday's levels compare."""
    days = np.array(["2026-01-05", "2026-03-02", "2026-05-31"], dtype="datetime64[D]")
    one = count_usage(days, ["P"] * 3, ["XA"] * 3, [1, 2, 3], period="4-weeks")
    other = count_usage(days[1:], ["P"] * 2, ["XA"] * 2, [2, 3], period="4 weeks")
    assert set(other.edges.tolist()) <= set(one.edges.tolist())
    assert {day.weekday() for day in one.edges.tolist()} == {0}
    assert one.counts.sum() == 6
    assert one.in_periods(56) == 2.0
    assert "periods of 4 weeks" in repr(one)
