"""Marginal analysis against a known path and against every stock there is."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.demand import Poisson
from fieldops.inventory.demand.base import FamilyDemand
from fieldops.inventory.marginal import steps, within
from tests.inventory.answers import rows_of

losses = st.lists(
    st.lists(st.integers(0, 30), min_size=4, max_size=4).map(lambda falls: sorted(falls, reverse=True)),
    min_size=3,
    max_size=3,
)


def test_known_answers_of_marginal_analysis(bench_data: Path) -> None:
    """Row K061: Sherbrooke's two items, the whole path with its money and its backorders."""
    row = rows_of(bench_data)["K061"]
    pipeline = np.array(row["inputs"]["pipeline"], dtype=float)
    table = FamilyDemand(Poisson(), pipeline, pipeline).table(12, np.array([1, 1]))[1]
    path = steps(table, row["inputs"]["cost"]).sorted().upto(row["inputs"]["steps"])
    found = [
        [*path.upto(at).stocks(2), path.upto(at).cost.sum(), table[0].sum() - path.upto(at).gain.sum()]
        for at in range(1, len(path) + 1)
    ]
    assert np.array(found) == pytest.approx(np.array(row["expected"]["path"]), abs=row["tolerance"])


@given(losses=losses, price=st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_no_stocks_of_that_money_have_less_loss(losses: list[list[int]], price: list[int]) -> None:
    """Against all 64 combinations, also of losses that are not convex, each point of the path is on the frontier."""
    table = np.array(losses, dtype=float).T
    path = steps(table, price).sorted()
    everything = [
        (sum(s * p for s, p in zip(stocks, price, strict=True)), sum(table[s, at] for at, s in enumerate(stocks)))
        for stocks in product(range(4), repeat=3)
    ]
    for number in range(len(path) + 1):
        stocks = path.upto(number).stocks(3)
        money, loss = float(stocks @ np.array(price)), float(table[stocks, np.arange(3)].sum())
        assert path.upto(number).cost.sum() == pytest.approx(money)
        assert table[0].sum() - path.upto(number).gain.sum() == pytest.approx(loss)
        assert all(loss <= other + 1e-9 for cost, other in everything if cost <= money)


def test_budget_and_gain_end_the_path() -> None:
    """A budget is never exceeded, a gain is reached with the fewest purchases, and one of both must be said."""
    path = steps(np.array([[9.0, 4], [5, 2], [3, 1]]), [2.0, 1.0]).sorted()
    assert within(path, budget=4.0).cost.sum() <= 4.0
    reached = within(path, gain=5.0)
    assert reached.gain.sum() >= 5.0
    assert reached.upto(len(reached) - 1).gain.sum() < 5.0
    assert len(within(path, gain=0.0)) == 0
    assert len(within(path, gain=1e9)) == len(path)
    with pytest.raises(ConfigError, match="either a budget or a gain"):
        within(path)


def test_free_parts_come_first_and_nothing_is_bought_for_nothing() -> None:
    """What costs nothing is bought at once; rows that lower no loss are never bought."""
    path = steps(np.array([[4.0, 9.0], [4.0, 6.0], [3.0, 6.0]]), [1.0, 0.0]).sorted()
    assert path.item.tolist() == [1, 0]
    assert path.stock.tolist() == [1, 2]
    with pytest.raises(ConfigError, match="0 or more"):
        steps(np.ones((2, 1)), -1.0)
