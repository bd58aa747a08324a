"""Curves compared at equal reached fill: what the comparison prints is what two known curves say."""

from __future__ import annotations

import pytest

from benchmarks.exchange import compared, value_at

CHEAP = [{"reached_unit_fill": f, "reached_part_fill": f, "stock_value": v} for f, v in ((0.7, 8.0), (0.9, 32.0))]
DEAR = [{"reached_unit_fill": f, "reached_part_fill": f, "stock_value": v} for f, v in ((0.8, 32.0), (0.9, 64.0))]


def test_values_are_those_between_two_targets() -> None:
    """Half way in fill is half way in the logarithm of value; beyond the curve nothing is made up."""
    assert value_at(CHEAP, "unit", [0.8])[0] == pytest.approx(16.0)
    rows = compared({"reference": DEAR, "ours": CHEAP}, "reference", fills=(0.75, 0.8, 0.9, 0.95))
    ours = [row for row in rows if row["curve"] == "ours"]
    assert [row["unit_ratio"] for row in ours] == [None, pytest.approx(0.5), pytest.approx(0.5), None]
    assert [row["part_value"] is None for row in ours] == [False, False, False, True]


def test_a_step_back_keeps_the_best_so_far() -> None:
    """A dearer target that reached less doesn't make the curve cheaper than it was."""
    back = [*CHEAP, {"reached_unit_fill": 0.85, "stock_value": 40.0}, {"reached_unit_fill": 0.95, "stock_value": 64.0}]
    assert value_at(back, "unit", [0.9, 0.925]).round(6).tolist() == [32.0, pytest.approx((32 * 64) ** 0.5)]
