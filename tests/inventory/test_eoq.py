"""Economic orders: published answers and brute force over quantities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fieldops.errors import ConfigError
from fieldops.inventory.eoq import DISCOUNTS, eoq, with_price_breaks
from tests.inventory.answers import rows_of


def paid(quantity: NDArray[np.float64], breaks: list[float], prices: list[float], discount: str) -> NDArray[np.float64]:
    """Pay for orders, piece by piece where the discount is on pieces."""
    if discount == "all":
        return quantity * np.array(prices)[np.searchsorted(breaks, quantity, side="right") - 1]
    ends = [*breaks[1:], np.inf]
    return sum(
        (np.clip(quantity - low, 0, high - low) * price for low, high, price in zip(breaks, ends, prices, strict=True)),
        start=np.zeros_like(quantity),
    )


def test_known_answers_of_economic_orders(bench_data: Path) -> None:
    """Rows K037 to K039 of the file: the square root, and both kinds of discount."""
    rows = rows_of(bench_data)
    i, expected = rows["K037"]["inputs"], rows["K037"]["expected"]
    quantity = eoq(i["lam"], order=i["K"], holding=i["h"])
    cost = i["K"] * i["lam"] / quantity + i["h"] * quantity / 2
    assert {"Q": quantity, "cost": cost} == pytest.approx(expected, abs=rows["K037"]["tolerance"])
    for key, discount in (("K038", "all"), ("K039", "incremental")):
        i, expected = rows[key]["inputs"], rows[key]["expected"]
        best = with_price_breaks(
            i["demand_rate"],
            order=i["fixed_cost"],
            holding_rate=i["holding_cost_rate"],
            breaks=i["breakpoints"],
            prices=i["unit_costs"],
            discount=discount,  # type: ignore[arg-type]
        )
        found: dict[str, Any] = {"Q": best.quantity[0], "cost": best.cost[0], "region": best.range[0]}
        assert {name: found[name] for name in expected} == pytest.approx(expected, abs=rows[key]["tolerance"])


@pytest.mark.parametrize("discount", DISCOUNTS)
@given(
    rate=st.floats(1, 2000),
    order=st.floats(0.5, 200),
    cuts=st.lists(st.floats(0.5, 0.95), min_size=0, max_size=3),
    gaps=st.lists(st.integers(5, 500), min_size=3, max_size=3),
)
def test_no_quantity_is_cheaper(discount: str, rate: float, order: float, cuts: list[float], gaps: list[int]) -> None:
    """Of thousands of quantities none costs less than the one found, whose cost is what it says."""
    breaks = [0.0, *np.cumsum(gaps[: len(cuts)]).astype(float)]
    prices = [10.0 * float(np.prod(cuts[:at])) for at in range(len(cuts) + 1)]
    best = with_price_breaks(
        rate, order=order, holding_rate=0.2, breaks=breaks, prices=prices, discount=discount  # type: ignore[arg-type]
    )  # fmt: skip
    tried = np.concatenate([np.geomspace(0.05, 20_000, 4000), breaks[1:], best.quantity])
    money = paid(tried, breaks, prices, discount)
    cost = order * rate / tried + 0.2 * money / 2 + money / tried * rate
    assert best.cost[0] == pytest.approx(cost[-1], rel=1e-9)
    assert best.cost[0] <= cost.min() * (1 + 1e-9)
    assert best.price[0] == pytest.approx(money[-1] / tried[-1], rel=1e-9)


def test_whole_columns_with_ranges_of_their_own() -> None:
    """Items with fewer ranges than others stand in the same table, padded with infinity."""
    breaks = np.array([[0, 0], [100, np.inf]])
    prices = np.array([[10.0, 10.0], [5.0, np.nan]])
    best = with_price_breaks([50, 50], order=10, holding_rate=0.2, breaks=breaks, prices=prices)
    assert best.quantity.round(2).tolist() == [100.0, 22.36]
    assert best.range.tolist() == [1, 0]


def test_impossible_breaks_are_all_named() -> None:
    """Breaks that fall and prices that rise come in one message."""
    with pytest.raises(ConfigError, match="breaks begin with 0 and rise; prices are above 0 and fall"):
        with_price_breaks(1, order=1, holding_rate=0.1, breaks=[0, 5, 4], prices=[1, 2, 3])
