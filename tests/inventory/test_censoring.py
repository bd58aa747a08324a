"""Demand behind stock-outs: the estimate comes near the truth where usage alone doesn't, and every model answers."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from fieldops.errors import ConfigError
from fieldops.inventory.censoring import _beyond, corrected, expected
from fieldops.inventory.demand import DEFAULT, MODELS, moments
from fieldops.inventory.demand.base import takes_censored
from fieldops.inventory.demand.rates import Rate
from fieldops.inventory.explain import explain_level
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from tests.inventory.make import FIRST, history_of, sparse_history


def served(
    mean: float, variance: float, shelf: int, items: int = 300, periods: int = 60
) -> tuple[DemandHistory, float]:
    """Sell from a shelf of 0..`shelf` pieces; what finds it empty is lost. Give the history and the true rate."""
    rng = np.random.default_rng(6)
    r = mean**2 / (variance - mean)
    demand = rng.negative_binomial(r, mean / variance, (periods, items))
    stock = rng.integers(0, shelf + 1, (periods, items))
    history = history_of(*np.minimum(demand, stock).T.astype(float).tolist())
    return history.with_stock(demand < stock), float(demand.mean())


@pytest.mark.parametrize(("mean", "variance", "shelf"), [(0.3, 0.5, 3), (2.0, 6.0, 7), (5.0, 20.0, 11)])
def test_estimate_comes_near_the_truth(mean: float, variance: float, shelf: int) -> None:
    """Up to half of the demand is lost; usage alone and leaving periods out miss the rate by a third, this by 8 %."""
    history, truth = served(mean, variance, shelf)
    found = corrected(history)
    assert history.counts.mean() < 0.7 * truth
    assert np.nanmean(history.uncensored().counts) < 0.7 * truth
    assert found.mean.mean() == pytest.approx(truth, rel=0.08)
    assert np.median(found.variance) == pytest.approx(variance, rel=0.15)
    assert expected(history).mean() == pytest.approx(found.mean.mean(), rel=0.15)


def test_time_in_stock_is_the_divisor() -> None:
    """With known shares the rate is usage over time in stock, whatever the distribution, and the doubt grows."""
    rng = np.random.default_rng(2)
    share = np.where(rng.random((48, 40)) < 0.5, rng.random((48, 40)), 1.0)
    counts = rng.poisson(3.0 * share)
    found = corrected(history_of(*counts.T.astype(float).tolist()).with_stock(share))
    assert found.mean == pytest.approx(counts.sum(axis=0) / share.astype(np.float32).sum(axis=0), rel=1e-6)
    assert found.observed == pytest.approx(share.sum(axis=0), rel=1e-6)
    assert found.variance.mean() == pytest.approx(3.0, rel=0.1)


def test_always_in_stock_changes_nothing() -> None:
    """Shares of 1 are a history without flags, to the last bit; a mixed range changes only the items cut short."""
    history = sparse_history(30, 36)
    share = np.ones((36, 30))
    plain, whole = moments(history), moments(history.with_stock(share))
    share[5:9, ::3] = 0.25
    mixed = moments(history.with_stock(share))
    assert whole.mean.tobytes() == plain.mean.tobytes()
    untouched = np.arange(30) % 3 > 0
    for name in ("observed", "mean", "variance"):
        assert (getattr(mixed, name)[untouched] == getattr(plain, name)[untouched]).all()
    assert (mixed.observed[~untouched] == 33).all()


def test_expectations_are_those_of_the_distribution() -> None:
    """E(D | D >= y) and E(D^2 | D >= y) are sums over SciPy's probabilities, negative binomial and Poisson."""
    x = np.arange(2_000)
    for mean, variance in ((0.4, 0.9), (3.0, 3.0), (7.0, 40.0)):
        known = nbinom(mean**2 / (variance - mean), mean / variance) if variance > mean else poisson(mean)
        for y in (1, 2, 5, 9):
            first, second = _beyond(np.array([float(y)]), np.array([mean]), np.array([variance]))
            chance = known.pmf(x) * (x >= y)
            assert first[0] == pytest.approx((x * chance).sum() / chance.sum(), rel=1e-7)
            assert second[0] == pytest.approx((x**2 * chance).sum() / chance.sum(), rel=1e-7)


def test_nothing_known_is_taken_as_it_stands() -> None:
    """A part that is never known in stock keeps its usage, finite and said; one piece ever, cut short, stays finite."""
    history = history_of([2.0, 0.0, 3.0, 1.0] * 6, [0.0] * 23 + [1.0], [0.0] * 24)
    flags = np.ones((24, 3))
    flags[:, [0, 2]], flags[23, 1] = 0.0, 0.0
    found = corrected(history.with_stock(flags))
    assert found.mean[0] == pytest.approx(1.5)
    assert 1 / 24 <= found.mean[1] < 1.0
    assert found.mean[2] == 0.0
    levels = reorder_levels(history.with_stock(flags), PartMaster.of(["P0", "P1", "P2"], lead_time_days=30))
    assert "never known in stock: usage taken as it stands" in levels.reasons()[0]
    assert "stock-out periods corrected" in levels.reasons()[1]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_corrects_or_refuses(name: str) -> None:
    """A model raises its rate above usage alone, or says in words that it can't; levels then come from the default."""
    model, (history, truth) = MODELS[name], served(2.0, 6.0, 7, items=12)
    whole = sparse_history(12, 60)
    if takes_censored(model):
        assert model.fit(history).rate.mean() == pytest.approx(truth, rel=0.2)
        assert model.fit(history).rate.mean() > 1.3 * history.counts.mean()
    else:
        with pytest.raises(ConfigError, match=f"{name} can't take counts that stock-outs cut short"):
            model.fit(history)
    parts = PartMaster.of(history.parts, lead_time_days=30)
    both = whole.with_stock(np.where(np.arange(12) < 6, history.in_stock, 1.0))
    levels = reorder_levels(both, parts, model=name)
    first = set(levels.model[:6]) if not takes_censored(model) else {DEFAULT.name}
    assert first == {DEFAULT.name}
    alone = reorder_levels(whole.take(np.arange(6, 12)), parts, model=name)
    assert levels.reorder_point[6:].tolist() == alone.reorder_point.tolist()
    assert levels.history.stock_outs().tolist() == both.stock_outs().tolist()


def test_levels_show_what_was_corrected() -> None:
    """The frame has periods cut short, the rate by usage alone and the corrected one; the words have them, too."""
    history = history_of([2.0, 1.0, 0.0, 1.0] * 6, [2.0, 1.0, 0.0, 1.0] * 6)
    share = np.ones((24, 2))
    share[::2, 0] = 0.5
    found = reorder_levels(history.with_stock(share), PartMaster.of(["P0", "P1"], lead_time_days=30))
    frame = found.to_frame()
    assert frame["stock_out_periods"].tolist() == [12, 0]
    assert frame["usage_pcs_per_month"].tolist() == [1.0, 1.0]
    assert frame["demand_pcs_per_month"].tolist() == pytest.approx([24 / 18, 1.0])
    assert found.reorder_point[0] > found.reorder_point[1]
    assert "12 cut short by stock-outs; usage alone: 1.000" in explain_level(found, "P0", "XA")


def test_what_cannot_be_is_refused() -> None:
    """Shares that are no rates, other shapes and smoothed rates of cut counts are told in words."""
    history = history_of([1.0, 0.0, 2.0])
    with pytest.raises(ConfigError, match="rate from 0 to 1"):
        history.with_stock([[1.0], [1.2], [0.0]])
    with pytest.raises(ConfigError, match="don't go with counts"):
        history.with_stock([[1.0, 1.0, 1.0]])
    with pytest.raises(ConfigError, match="a rate by sba can't take"):
        Rate("sba").of(history.with_stock([[1.0], [0.5], [1.0]]))
    wide = DemandHistory.from_matrix([[1, 2]], parts=["P"], first=date(2026, 1, 1), in_stock=[[True, False]])
    assert wide.uncensored().counts[0, 0] == 1.0
    assert np.isnan(wide.uncensored().counts[1, 0])
    assert wide.before(1).stock_outs().tolist() == [0]
    assert wide.edges[0] == np.datetime64("2026-01-01") != np.datetime64(FIRST)
