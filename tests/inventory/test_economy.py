"""Levels by money: least cost against brute force, economic orders in packs, price breaks, shelf life."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from fieldops.errors import ConfigError, TableError
from fieldops.inventory import intake
from fieldops.inventory.demand import NegativeBinomial, Poisson
from fieldops.inventory.demand.base import FamilyDemand, Interval
from fieldops.inventory.economy import StockCosts, least_cost_point
from fieldops.inventory.explain import explain_level
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.limits import most_used
from fieldops.inventory.optimal import Costs, expected_cost, optimal
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policies import MOMENT
from fieldops.inventory.policy import KINDS
from fieldops.tables import read_tables
from tests.inventory.make import history_of, sparse_history

YEAR = 365.25
COSTS = StockCosts(order=40, holding_rate=0.2, waiting_per_day=3, cover_years=30)


def found(items: int = 40, **options: Any) -> Levels:
    """Set levels of a mixed range by cost."""
    history = sparse_history(items, 48, seed=6)
    price = np.linspace(5, 300, items)
    parts = PartMaster.of(history.parts, price=price, lead_time_days=50, **options.pop("parts", {}))
    return reorder_levels(history, parts, **{"costs": COSTS, **options})


def costs_of(levels: Levels) -> Costs:
    """Give the same costs per month in the optimiser's words."""
    size = len(levels)
    return Costs.of(
        size, order=40, holding=np.maximum(levels.price * 0.2 / 12, 1e-9), backorder=np.full(size, 3 * YEAR / 12)
    )


@pytest.mark.parametrize("policy", ["R,s,S", "R,s,nQ", "s,S", "R,Q"])
def test_levels_of_least_cost_are_the_optimum(policy: str) -> None:
    """Without MOQ, reorder_levels gives the optimiser's policy and its cost, looked at or watched all the time."""
    levels = found(policy=policy)
    fit = NegativeBinomial().fit(levels.history)
    demands = levels.demands(fit, np.arange(len(levels)))
    best = optimal(demands, costs_of(levels), 1 / levels.review, levels.kind[0])
    used = levels.rate > 0
    assert levels.cost[used] == pytest.approx(best.cost[used], rel=1e-6)
    assert "least cost" in levels.reasons()[used][0]
    assert np.isnan(levels.target[used]).all()


def test_published_r_Q_through_a_watched_policy() -> None:
    """Federgruen and Zheng's (3, 5) at 107.92 comes out of stock watched all the time by its moments."""
    lengths = 2.0, 2.0 + MOMENT / 1.5, MOMENT / 1.5
    lead, protection, review = (FamilyDemand(Poisson(), np.array([1.5 * t]), np.array([1.5 * t])) for t in lengths)
    demands = Interval(lead, protection, review, np.array([True]))
    best = optimal(demands, Costs.of(1, order=100, holding=20, backorder=150), 1.5 / MOMENT, "s,nQ")
    assert (best.reorder_point[0], best.quantity[0]) == (3, 5)
    assert best.cost[0] == pytest.approx(107.92358, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_no_reorder_point_is_cheaper(kind: str) -> None:
    """For given quantities every other reorder point from -1 on costs as much or more."""
    rng = np.random.default_rng(11)
    rate, lead = rng.gamma(0.6, 3, 50) + 0.01, rng.uniform(0.1, 4, 50)
    parts = (FamilyDemand(NegativeBinomial(), m, 2 * m) for m in (rate * lead, rate * (lead + 1), rate))
    demands = Interval(*parts)
    quantity = rng.integers(1, 9, 50)
    costs = Costs.of(50, order=10, holding=rng.uniform(0.2, 3, 50), backorder=rng.uniform(5, 60, 50))
    point = least_cost_point(demands, quantity, costs, kind)  # type: ignore[arg-type]
    least = expected_cost(demands, point, quantity, costs, kind=kind)  # type: ignore[arg-type]
    for step in (-3, -1, 1, 2):
        other = np.maximum(point + step, -1)
        assert (least <= expected_cost(demands, other, quantity, costs, kind=kind) * (1 + 1e-9)).all()  # type: ignore[arg-type]


def test_moq_and_pack_move_the_point() -> None:
    """Orders keep to MOQ and packs, the reorder point is the cheapest for them, and cost is above the free optimum."""
    free, bound = found(), found(parts={"moq_pcs": 7, "pack_pcs": 5})
    used = free.rate > 0
    assert (bound.quantity % 5 == 0).all()
    assert (bound.quantity >= 10).all()
    assert (bound.cost[used] >= free.cost[used] * (1 - 1e-9)).all()
    assert (bound.reorder_point <= free.reorder_point)[bound.quantity > free.quantity].all()


def test_one_for_one_has_no_economic_order() -> None:
    """R,S orders one for one whatever an order costs; its S is still the cheapest."""
    levels = found(policy="R,S")
    assert (levels.quantity == 1).all()
    assert "least cost" in levels.reasons()[0]


def test_ordering_costs_alone_give_the_quantity() -> None:
    """Without a price of waiting the target decides s, and Q is the economic order in the cheaper of two packs."""
    history = history_of([2.0] * 24, [2.0] * 24, [2.0] * 24)
    parts = PartMaster.of(history.parts, price=[30, 30, 0], lead_time_days=30, pack_pcs=[1, 10, 1])
    levels = reorder_levels(history, parts, costs=StockCosts(order=20, holding_rate=0.25))
    economic = np.sqrt(2 * 20 * 24 / (0.25 * 30))
    assert levels.quantity.tolist() == [round(economic), 10, 1]
    assert levels.target.tolist() == [0.95] * 3
    assert "no price: by target" in levels.reasons()[2]
    assert (levels.promised.fill_rate >= 0.95 - 1e-9).all()
    assert np.isnan(levels.cost).all()


def test_no_order_is_for_decades() -> None:
    """Screws of a cent are bought for as long as the cover allows, not for a century."""
    history = history_of([1.0] * 24)
    parts = PartMaster.of(history.parts, price=0.01, lead_time_days=10)
    for years in (1.0, 4.0):
        levels = reorder_levels(history, parts, costs=StockCosts(order=50, cover_years=years))
        assert levels.quantity[0] == round(12 * years)


def test_price_breaks_are_taken_where_they_pay() -> None:
    """A discount from 30 pieces on is taken by the part that uses them, by cost of waiting too, not by the slow one."""
    history = history_of([4.0] * 24, [0.0, 0.0, 0.0, 1.0] * 6)
    parts = PartMaster.of(history.parts, price=30, lead_time_days=30, price_breaks=[{30: 20.0}, {30: 20.0}])
    for waiting in (None, 2.0):
        levels = reorder_levels(history, parts, costs=StockCosts(order=20, holding_rate=0.25, waiting_per_day=waiting))
        assert levels.quantity[0] >= 30
        assert levels.quantity[1] < 30
    plain = PartMaster.of(history.parts, price=30, lead_time_days=30)
    assert (reorder_levels(history, plain, costs=StockCosts(order=20, holding_rate=0.25)).quantity < 30).all()


def test_what_expires_is_not_stocked_beyond_its_life() -> None:
    """Stock turns before it expires: P(D >= S) is nine tenths or more, one more piece would break that; floors stay."""
    history = history_of(*[[1.0, 0.0, 2.0, 0.0] * 12] * 4)
    parts = PartMaster.of(
        history.parts,
        lead_time_days=60,
        shelf_life_days=[np.inf, 60, 1, 1],
        min_stock_pcs=[0, 0, 0, 2],
    )
    levels = reorder_levels(history, parts, target=0.99)
    full = levels.order_up_to
    assert full[0] > full[1] > full[2]
    assert full[3] == 2
    assert ["shelf life" in words for words in levels.reasons()] == [False, True, True, True]
    month = YEAR / 12
    used = NegativeBinomial().fit(history).interval(np.full(4, 60 / month), np.full(4, 60 / month)).protection
    below = used.table(40, np.ones(4, dtype=np.int64))[0][:, 1]
    assert below[full[1] - 1] <= 0.1 < below[full[1]]
    assert "Maximum" in explain_level(levels, "P1", "XA")


def test_much_used_parts_turn_in_lots() -> None:
    """Means of thousands are tabled in lots; the cap stays a little below the mean."""
    used = FamilyDemand(NegativeBinomial(), np.array([0.0, 5000.0]), np.array([0.0, 20000.0]))
    assert most_used(used)[0] == 0
    assert 4700 < most_used(used)[1] < 4900


def test_a_level_of_least_cost_is_told() -> None:
    """The explanation names cost instead of a target."""
    levels = found()
    at = int(np.flatnonzero(levels.rate > 0)[0])
    text = explain_level(levels, str(levels.history.parts[at]), "XA")
    assert "Least cost: " in text
    assert "a year for ordering, keeping and waiting" in text
    assert levels.to_frame()["cost_per_year"][at] == pytest.approx(levels.cost[at] * 12)


def test_contradictions_and_impossible_costs_are_told() -> None:
    """A target beside a price of waiting, costs of nothing and breaks that rise are refused in words."""
    with pytest.raises(ConfigError, match="either a target or what waiting costs"):
        found(target=0.9)
    with pytest.raises(ConfigError, match="holding_rate"):
        StockCosts(order=5, holding_rate=0)
    with pytest.raises(ConfigError, match=r"costs\.order"):
        StockCosts(order=-1)
    with pytest.raises(ConfigError, match="one for each of the 40 items"):
        found(costs=StockCosts(order=np.ones(3)))
    with pytest.raises(TableError, match="not cheaper by the piece"):
        PartMaster.of(["A"], price=5, lead_time_days=1, price_breaks=[{10: 6.0}])


def test_breaks_and_shelf_life_are_read_from_tables() -> None:
    """The columns of the parts table reach the master; a break that rises is a fault of its row."""
    usage = pd.DataFrame({"date": ["2026-01-03"], "place": "XA", "part": "P1", "qty_pcs": 1})
    parts = pd.DataFrame({
        "id": ["P1", "P2"], "lead_time_days": 5, "price": 9, "shelf_life_days": [90, None],
        "price_breaks": ["50:8.5; 200:8", ""], "policy": ["s,S", ""],
    })  # fmt: skip
    tables = read_tables({"parts": parts, "usage": usage}, intake.COLUMNS, optional=["stock"])
    master = intake.inventory(intake.checked(tables)).parts
    assert master.breaks.tolist() == [[50.0, 200.0], [np.inf, np.inf]]
    assert (master.shelf_life[0], master.policy.tolist()) == (90 * 86400, ["s,S", ""])
    for cells, words in (
        (["50:8.5; 20:8", "abc"], r"row 2 .*price_breaks(.|\n)*row 3 .*price_breaks"),
        (["", "50:9.5"], r"row 3 .*price_breaks.*not cheaper by the piece"),
    ):
        wrong = parts.assign(price_breaks=cells)
        tables = intake.checked(read_tables({"parts": wrong, "usage": usage}, intake.COLUMNS, optional=["stock"]))
        with pytest.raises(TableError, match=words):
            tables.refuse_faults()
