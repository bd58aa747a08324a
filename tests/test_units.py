"""Conversions: exact where a table can state the number, rounded once where it can't."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops import units


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(45, "min", 2_700), (1.5, "h", 5_400), (0.1, "h", 360), (1, "days", 86_400), (0.5, "s", 1), (2.4, "s", 2)],
)
def test_durations_become_whole_seconds(value: float, unit: str, expected: int) -> None:
    """Each unit of duration that a heading can end in gives whole seconds, halves upwards."""
    assert units.seconds(value, unit) == expected


def test_distances_become_whole_metres() -> None:
    """Kilometres are no binary fractions: 12.3456 km are 12,346 m and 0.0005 km are one metre."""
    assert [units.metres(value, "km") for value in (12.3456, 0.0005, 3)] == [12_346, 1, 3_000]
    assert units.metres(250, "m") == 250


@pytest.mark.parametrize(("value", "expected"), [(0.5, 1), (-0.5, -1), (2.5, 3), ("1.4999999999", 1), (2.675, 3)])
def test_whole_rounds_halves_away_from_zero(value: float | str, expected: int) -> None:
    """Rounding is the one that people expect, not the banker's of ``round``."""
    assert units.whole(value) == expected


@given(st.integers(min_value=0, max_value=10**9))
def test_prices_to_the_cent_are_exact_by_second_and_metre(cents: int) -> None:
    """A rate stated to the cent an hour or a kilometre loses nothing: an hour of it costs exactly the rate."""
    rate = float(Decimal(cents) / 100)
    assert units.per_second(rate) * units.HOUR == cents * units.CENT
    assert units.per_metre(rate) * units.KILOMETRE == cents * units.CENT


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_money_goes_out_as_it_came_in(cents: int) -> None:
    """An amount to the cent survives the way in and out again."""
    amount = float(Decimal(cents) / 100)
    assert units.currency(units.money(amount)) == amount


def test_the_range_of_money_fits_an_int64() -> None:
    """Five million million currency units are below the largest int64, as the module promises."""
    assert 5 * 10**12 * units.CURRENCY < 2**63


def test_a_moment_is_shown_in_its_zone() -> None:
    """Seconds since 1970 are shown as local time, across a change of clocks too."""
    spring = int(datetime(2026, 3, 29, 0, 59, 59, tzinfo=ZoneInfo("UTC")).timestamp())
    assert units.moment(spring, "Europe/Berlin").isoformat() == "2026-03-29T01:59:59+01:00"
    assert units.moment(spring + 1, "Europe/Berlin").isoformat() == "2026-03-29T03:00:00+02:00"
    assert units.moment(0, "Asia/Shanghai").isoformat() == "1970-01-01T08:00:00+08:00"
