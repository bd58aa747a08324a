"""Micro benchmarks of the inventory wing: ``pytest benchmarks/inventory/bench_levels.py --benchmark-only``."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from fieldops.inventory import classify
from fieldops.inventory.demand import DEFAULT, MODELS, moments
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.optimal import Costs, optimal
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policy import KINDS, Kind
from fieldops.inventory.proposals import Stock, propose
from fieldops.units import DAY

ITEMS, MONTHS = 20_000, 51


@pytest.fixture(scope="module")
def history() -> DemandHistory:
    """Demand of a range like carparts: most parts sparse, some of them lumpy."""
    rng = np.random.default_rng(1)
    chance, size = rng.beta(0.6, 4.0, ITEMS), 1.0 + rng.exponential(1.0, ITEMS)
    counts = (rng.random((ITEMS, MONTHS)) < chance[:, None]) * rng.geometric(1 / size[:, None], (ITEMS, MONTHS))
    return DemandHistory.from_matrix(counts, parts=[f"P{n}" for n in range(ITEMS)], first=date(2022, 1, 1))


@pytest.fixture(scope="module")
def parts(history: DemandHistory) -> PartMaster:
    """Lead times of 5 to 120 days."""
    days = np.random.default_rng(2).integers(5, 120, ITEMS)
    return PartMaster.of(history.parts, lead_time_days=days, price=12.5)


def test_classify(benchmark: Any, history: DemandHistory) -> None:
    """ADI, CV2 and the class of every item."""
    found = benchmark(lambda: classify.demand_class(classify.adi(history.counts), classify.cv2(history.counts)))
    assert len(found) == ITEMS


def test_moments(benchmark: Any, history: DemandHistory) -> None:
    """Mean and variance of every item."""
    assert benchmark(moments, history).mean.sum() > 0


@pytest.mark.parametrize("model", MODELS)
def test_levels(benchmark: Any, history: DemandHistory, parts: PartMaster, model: str) -> None:
    """Levels of every item, classes and promise included."""
    assert len(benchmark(reorder_levels, history, parts, model=model)) == ITEMS


def test_proposals(benchmark: Any, history: DemandHistory, parts: PartMaster) -> None:
    """Proposals for every item."""
    levels = reorder_levels(history, parts)
    stock = Stock.of(history.parts, history.places, on_hand_pcs=1)
    assert len(benchmark(propose, levels, stock)) == ITEMS


@pytest.mark.parametrize("kind", KINDS)
def test_optimal(benchmark: Any, history: DemandHistory, parts: PartMaster, kind: Kind) -> None:
    """Policies of least cost: an order 20, holding a fifth of the price a year, waiting 50 times that."""
    review, price = np.ones(ITEMS), np.random.default_rng(3).lognormal(3.0, 1.5, ITEMS)
    demands = DEFAULT.fit(history).interval(history.in_periods(parts.lead_time / DAY), review)
    costs = Costs.of(ITEMS, order=20.0, holding=0.2 * price / 12, backorder=10.0 * price / 12)
    assert len(benchmark(optimal, demands, costs, kind=kind).cost) == ITEMS
