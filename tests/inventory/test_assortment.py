"""One target for the whole range: the frontier against brute force, bounds, budgets and the curve."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from fieldops.errors import ConfigError
from fieldops.inventory.assortment import WEIGHTS, exchange_curve, for_range, purchases
from fieldops.inventory.explain import explain_level
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policy import MEASURES, service
from tests.inventory.make import history_of, sparse_history


def levels_of(items: int = 60, seed: int = 5, master: dict[str, Any] | None = None, **options: Any) -> Levels:
    """Set levels of a mixed range, cheap and dear parts."""
    history = sparse_history(items, 48, seed)
    price = np.random.default_rng(seed).lognormal(3, 1.5, items)
    return reorder_levels(
        history, PartMaster.of(history.parts, price=price, lead_time_days=70, **(master or {})), **options
    )


def weighted(levels: Levels, weight: str) -> float:
    """Measure the range as a whole from its parts."""
    used = levels.rate > 0
    by = {"unit": levels.rate, "part": np.ones(len(levels)), "value": levels.rate * levels.price}[weight][used]
    return float(np.average(getattr(levels.promised, levels.measure)[used], weights=by))


def value(levels: Levels) -> float:
    """Stock value of what is used."""
    return float((levels.promised.expected_on_hand * levels.price)[levels.rate > 0].sum())


def test_no_levels_of_that_value_serve_better() -> None:
    """Three items, every combination of reorder points: none is as cheap and serves better than a point of the path."""
    history = history_of([2.0, 0.0, 1.0] * 12, [0.0, 0.0, 3.0] * 12, [1.0, 0.0, 0.0] * 12)
    parts = PartMaster.of(history.parts, price=[100, 7, 30], lead_time_days=[20, 40, 60])
    levels = reorder_levels(history, parts)
    demands = levels.demands(levels.models[levels.model[0]].fit(history), np.arange(3))
    points = np.arange(-1, 12)
    given = [service(demands, np.full(3, point)) for point in points]
    fill = np.array([one.fill_rate for one in given]) * levels.rate / levels.rate.sum()
    money = np.array([one.expected_on_hand for one in given]) * levels.price
    everything = [
        (money[list(at), range(3)].sum(), fill[list(at), range(3)].sum()) for at in product(range(13), repeat=3)
    ]
    for target in (0.5, 0.8, 0.9, 0.97):
        best = for_range(levels, target=target)
        assert weighted(best, "unit") >= target - 1e-12
        assert all(served <= weighted(best, "unit") + 1e-9 for cost, served in everything if cost <= value(best))


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("measure", MEASURES)
def test_a_target_is_reached_for_less(weight: str, measure: str) -> None:
    """Whatever is measured and weighed: the target is reached, hardly exceeded, and for less than alike."""
    levels = levels_of(50, measure=measure)
    for target in (0.85, 0.95):
        best = for_range(levels, target=target, weight=weight)  # type: ignore[arg-type]
        assert target - 1e-9 <= weighted(best, weight) < target + 0.05
    equal = levels_of(50, measure=measure, target=0.9)
    same = for_range(levels, target=weighted(equal, weight), weight=weight)  # type: ignore[arg-type]
    assert value(same) <= value(equal) * (1 + 1e-9)


def test_a_budget_is_kept_and_spent() -> None:
    """The best for a budget costs no more than it, and what it serves can't be had for less."""
    levels = levels_of()
    whole = purchases(levels)
    for budget in (0.2 * whole.values[-1], 0.6 * whole.values[-1]):
        best = for_range(levels, budget=budget)
        assert value(best) <= budget * (1 + 1e-9)
        again = for_range(levels, target=weighted(best, "unit") - 1e-9)
        assert value(again) == pytest.approx(value(best))


def test_the_planners_bounds_hold() -> None:
    """Minimum stocks are there from the start, maximum stocks are kept, MOQ stays; out of reach is told."""
    master = {"min_stock_pcs": [3] * 30 + [0] * 30, "max_stock_pcs": [50] * 59 + [6], "moq_pcs": [1, 2] * 30}
    levels = levels_of(master=master)
    best = for_range(levels, target=0.9)
    used = best.rate > 0
    assert (best.reorder_point[:30] >= 2).all()
    assert best.order_up_to[59] <= 6
    assert (best.order_up_to - best.reorder_point)[used].tolist() == levels.quantity[used].tolist()
    assert weighted(best, "unit") >= 0.9 - 1e-9
    with pytest.raises(ConfigError, match="maximum stocks keep the range"):
        for_range(levels_of(master={"max_stock_pcs": [2] * 60}), target=0.99)
    with pytest.raises(ConfigError, match="minimum stocks and order quantities alone"):
        for_range(levels, budget=1.0)


def test_what_is_stated_of_a_level_is_its_own() -> None:
    """Promise, target and reason of each level are those of the new point; unused parts keep theirs."""
    best = for_range(levels_of(), target=0.93)
    used = best.rate > 0
    assert best.target[used] == pytest.approx(best.promised.fill_rate[used])
    assert all("whole range" in words for words in best.reasons()[used])
    assert best.reorder_point[~used].tolist() == [-1] * int((~used).sum())
    at = int(np.flatnonzero(used)[3])
    assert f"{100 * best.promised.fill_rate[at]:.1f} %" in explain_level(best, str(best.history.parts[at]), "XA")


def test_large_means_are_bought_in_lots() -> None:
    """An item of thousands of pieces stands beside a rare one; both are bought, the first in whole lots."""
    history = history_of([3000.0, 2500.0, 4000.0] * 12, [1.0, 0.0, 0.0] * 12)
    levels = reorder_levels(history, PartMaster.of(history.parts, price=[0.5, 80], lead_time_days=60))
    best = for_range(levels, target=0.95)
    assert weighted(best, "unit") >= 0.95 - 1e-9
    assert best.reorder_point[0] > 5000


def test_the_curve_rises_and_lies_below_equal_targets() -> None:
    """More service costs more, each piece of money buys less than the one before, equal targets cost more."""
    levels = levels_of()
    curve = exchange_curve(levels, each=(0.8, 0.95))
    best = curve[curve["how"] == "range"]
    assert (np.diff(best["reached_rate"]) > 0).all()
    assert (np.diff(best["stock_value"]) >= 0).all()
    assert (np.diff(best["gain_per_money"]) <= 1e-15).all()
    for row in curve[curve["how"] == "each part"].itertuples():
        assert np.interp(row.reached_rate, best["reached_rate"], best["stock_value"]) <= row.stock_value


def test_contradictions_are_told() -> None:
    """Both aims or none, an unknown weight and a range that nobody uses are refused in words."""
    levels = levels_of(10)
    for options in ({}, {"target": 0.9, "budget": 5.0}, {"target": 1.0}):
        with pytest.raises(ConfigError, match="either a target"):
            for_range(levels, **options)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="unit, part, value"):
        for_range(levels, target=0.9, weight="pieces")  # type: ignore[arg-type]
    history = history_of([0.0] * 12)
    unused = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=5))
    with pytest.raises(ConfigError, match="needs demand to weigh"):
        for_range(unused, target=0.9)
