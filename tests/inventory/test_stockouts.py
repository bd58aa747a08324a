"""Stretches without stock become shares in stock, to the second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.stockouts import Stretches, from_stock, with_stockouts
from tests.inventory.make import history_of

DAYS = np.datetime64("2021-01-01") + np.arange(-20, 130)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 149), st.integers(0, 60)), max_size=8))
def test_shares_are_those_of_counting_days(drawn: list[tuple[int, int, int]]) -> None:
    """Random stretches, overlapping and reaching out of the history: each share is the days with stock, counted."""
    history = history_of([1.0] * 3, [1.0] * 3)
    start = DAYS[[first for _, first, _ in drawn]]
    length = np.array([days for *_, days in drawn], dtype="timedelta64[D]")
    found = with_stockouts(
        history, Stretches.of([f"P{item}" for item, *_ in drawn], ["XA"] * len(drawn), start, start + length)
    )
    empty = np.zeros((2, len(DAYS)), dtype=bool)
    for item, first, days in drawn:
        empty[item, first : first + days] = True
    for period in range(3):
        inside = (history.edges[period] <= DAYS) & (history.edges[period + 1] > DAYS)
        share = found.in_stock[period] if found.in_stock is not None else np.ones(2)
        assert share == pytest.approx(1.0 - empty[:, inside].mean(axis=1), abs=1e-6)


def test_an_open_end_lasts_to_the_end() -> None:
    """Still empty: the last periods have no stock at all, exactly 0."""
    history = history_of([1.0] * 3)
    found = with_stockouts(history, Stretches.of(["P0"], ["XA"], ["2021-02-01"], ["NaT"]))
    assert found.in_stock is not None
    assert found.in_stock[:, 0].tolist() == [1.0, 0.0, 0.0]


def test_stock_of_some_days_holds_until_the_next() -> None:
    """Rows in any order; 0 lasts to the next row of the same part-location, the last 0 stays open."""
    days = np.array(["2021-01-11", "2021-01-01", "2021-01-21", "2021-02-01"], dtype="datetime64[D]")
    found = from_stock(["A", "A", "A", "B"], ["XA"] * 4, days, [0, 3, 2, 0])
    assert found.parts.tolist() == ["A", "B"]
    assert found.end.astype("M8[D]").astype(str).tolist() == ["2021-01-21", "NaT"]
    assert not len(from_stock([], [], np.empty(0, "M8[s]"), []).parts)


def test_what_does_not_fit_is_refused() -> None:
    """A stretch that ends before it starts, and one of a part-location that isn't there."""
    with pytest.raises(ConfigError, match="stock-out 1 ends"):
        Stretches.of(["P0"], ["XA"], ["2021-02-01"], ["2021-01-01"])
    with pytest.raises(ConfigError, match="'P9' at 'XA'"):
        with_stockouts(history_of([1.0]), Stretches.of(["P9"], ["XA"], ["2021-01-01"], ["NaT"]))
