"""Calibration: targets are moved so that what is wanted is reached where nobody has looked."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fieldops.errors import ConfigError
from fieldops.inventory.backtest import backtest, calibrated
from fieldops.inventory.calibration import STEPS, Outcome, line_of, moved
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster
from tests.inventory.make import history_of


def world(items: int = 400, periods: int = 96) -> tuple[DemandHistory, PartMaster]:
    """Give a range of sparse parts, some of them going by several pieces at once."""
    rng = np.random.default_rng(11)
    size = np.geomspace(1.01, 5.0, items)
    counts = (rng.random((periods, items)) < 0.2) * rng.geometric(1 / np.broadcast_to(size, (periods, items)))
    history = history_of(*counts.T.astype(float).tolist())
    return history, PartMaster.of(history.parts, lead_time_days=120, price=100.0 / size)


def test_calibrated_levels_reach_what_is_wanted_on_data_not_seen() -> None:
    """The mean part is far above 90 %; calibrated on the first 72 months, both fills are there in the last 24."""
    history, parts = world()
    plain, found = (backtest(history, parts, split=72, target=0.9, calibrate=on).summary() for on in (False, True))
    assert plain["reached_part_fill"] > 0.93
    assert found["reached_part_fill"] == pytest.approx(0.9, abs=0.02)
    assert found["reached_unit_fill"] == pytest.approx(0.9, abs=0.02)


def test_the_line_is_found_again() -> None:
    """Where outcomes follow a known line, calibration finds it: the moved targets reach the wanted ones exactly."""
    rng = np.random.default_rng(3)
    wanted, rate = np.full(400, 0.95), rng.lognormal(0.0, 1.5, 400)
    demanded = 40.0 * rate

    def run(origin: float, targets: NDArray[np.float64]) -> Outcome:
        off = np.log(targets / (1 - targets)) - 0.8 - 0.5 * np.log(rate)
        return Outcome(rate, demanded, demanded / (1 + np.exp(-off)), np.ones(400))

    found = line_of(wanted, rate, run, (0.5, 0.8))
    assert [found.shift, found.slope] == pytest.approx([0.8, 0.5], abs=0.1)
    assert [found.reached_unit_fill, found.reached_part_fill] == pytest.approx([0.95, 0.95], abs=1e-3)
    assert run(0.9, found.targets).filled.sum() == pytest.approx(0.95 * demanded.sum(), rel=5e-3)


def test_the_table_shows_every_replay() -> None:
    """The calibration table has promise, reached fills and money of each step; more promised never reaches less."""
    history, parts = world(items=60, periods=48)
    found = calibrated(history, parts, target=0.9, model="poisson", origins=(0.5, 0.75))
    table = found.table()
    assert len(table) == 2 * len(STEPS)
    for _, rows in table.groupby("origin"):
        assert (np.diff(rows["promised"]) >= 0).all()
        assert (np.diff(rows["reached_unit_fill"]) >= -1e-9).all()
        assert (np.diff(rows["stock_value"]) >= -1e-9).all()


def test_targets_keep_their_order_and_stay_below_one() -> None:
    """However far a target is moved it stays a rate, and a higher one stays the higher."""
    wanted = np.array([0.0, 0.5, 0.9, 0.95, 0.99])
    for by in (-3.0, 0.0, 13.0, 40.0):
        found = moved(wanted, np.full(5, by))
        assert (np.diff(found) >= 0).all()
        assert found[0] == 0.0
        assert (found < 1).all()


def test_what_cannot_be_calibrated_is_refused() -> None:
    """A measure that a replay doesn't tell, and a history without demand to replay, are told in words."""
    history, parts = world(items=20, periods=24)
    with pytest.raises(ConfigError, match="tells the fill rate"):
        calibrated(history, parts, measure="ready_rate")
    silent = history_of([1.0] * 10 + [0.0] * 14)
    with pytest.raises(ConfigError, match="nothing was demanded in the periods to calibrate by"):
        calibrated(silent, PartMaster.of(silent.parts, lead_time_days=30))


def test_bootstrap_interval_holds_the_fill_and_repeats() -> None:
    """The interval lies around the reached fill, is the same for the same seed, and is wide where few parts decide."""
    history, parts = world(items=60, periods=48)
    found = backtest(history, parts, split=36, target=0.9)
    low, high = found.unit_fill_interval(draws=200)
    assert low <= found.summary()["reached_unit_fill"] <= high
    assert (low, high) == found.unit_fill_interval(draws=200)
