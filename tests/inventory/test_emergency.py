"""Stock whose shortages are fetched in an emergency: Erlang's loss, brute force and a simulation."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest

from fieldops.errors import ConfigError
from fieldops.inventory.emergency import cheapest_stock, least_stock, with_emergencies


def erlang(load: float, stock: int) -> float:
    """Erlang's loss from its definition."""
    terms = [load**k / factorial(k) for k in range(stock + 1)]
    return terms[-1] / sum(terms)


def test_shares_are_those_of_erlang() -> None:
    """Loads and stocks of many sizes at once, each as by the definition; on hand and emergencies follow."""
    load, stock = np.array([0.2, 1.0, 4.0, 12.0, 0.0]), np.array([1, 3, 4, 15, 0])
    found = with_emergencies(load / 3, 3.0, stock)
    lost = [erlang(a, s) for a, s in zip(load[:4], stock, strict=False)]
    assert found.fill_rate[:4] == pytest.approx(1 - np.array(lost), abs=1e-12)
    assert np.isnan(found.fill_rate[4])
    assert found.emergencies[:4] == pytest.approx(load[:4] / 3 * np.array(lost), abs=1e-12)
    assert found.expected_on_hand[:4] == pytest.approx(stock[:4] - load[:4] * (1 - np.array(lost)), abs=1e-12)


@pytest.mark.parametrize("spread", ["fixed", "exponential"])
def test_any_distribution_of_the_lead_time(spread: str) -> None:
    """A long record of customers has Erlang's share, whether lead times are all the same or vary a lot."""
    rng, stock, lead = np.random.default_rng(4), 3, 2.0
    times = np.cumsum(rng.exponential(1.0, 60_000))
    leads = np.full(len(times), lead) if spread == "fixed" else rng.exponential(lead, len(times))
    due: list[float] = []
    served = 0
    for moment, wait in zip(times, leads, strict=True):
        due = [one for one in due if one > moment]
        if len(due) < stock:
            served += 1
            due.append(moment + wait)
    assert served / len(times) == pytest.approx(float(with_emergencies(1.0, lead, stock).fill_rate[0]), abs=0.01)


def test_least_and_cheapest_are_the_best_of_all() -> None:
    """One piece less misses the target; no stock from 0 to 60 costs less than the cheapest."""
    rng = np.random.default_rng(8)
    rate, lead = rng.gamma(0.7, 1.0, 40), rng.uniform(0, 6, 40)
    least = least_stock(rate, lead, 0.93)
    assert (least.fill_rate >= 0.93 - 1e-12).all()
    some = (least.stock > 0) & (lead > 0)
    assert (with_emergencies(rate, lead, np.maximum(least.stock - 1, 0)).fill_rate[some] < 0.93).all()
    holding, emergency = rng.uniform(0.1, 3, 40), rng.uniform(1, 60, 40)
    best = cheapest_stock(rate, lead, holding=holding, emergency=emergency)
    cost = holding * best.expected_on_hand + emergency * best.emergencies
    for stock in range(60):
        other = with_emergencies(rate, lead, stock)
        assert (cost <= holding * other.expected_on_hand + emergency * other.emergencies + 1e-9).all()


def test_impossible_arguments_are_refused() -> None:
    """Halves of pieces, a target of one, free keeping and negative rates are named."""
    with pytest.raises(ConfigError, match="whole pieces"):
        with_emergencies(1, 1, 1.5)
    with pytest.raises(ConfigError, match="not including 1"):
        least_stock(1, 1, 1.0)
    with pytest.raises(ConfigError, match="above 0"):
        cheapest_stock(1, 1, holding=0, emergency=3)
    with pytest.raises(ConfigError, match="0 or more"):
        least_stock(-1, 1, 0.9)
