"""The last time to buy: demand to the end of service, targets reached, and the cheapest quantity by brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from fieldops.errors import ConfigError
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.last_buy import cheapest_last_buy, last_time_buy
from fieldops.inventory.parts import PartMaster
from tests.inventory.make import history_of, sparse_history
from tests.inventory.test_models import DEGENERATE

SERIES = [2.0, 0.0, 1.0, 1.0] * 9


def parts_of(history: DemandHistory, **columns: Any) -> PartMaster:
    """Give master data of the parts of a history."""
    return PartMaster.of(history.parts, **{"lead_time_days": 0, "price": 10.0, **columns})


def moments(history: DemandHistory, period: int, decline: float) -> tuple[float, float]:
    """Sum up mean and variance of the first item's next periods, one by one."""
    counts = history.counts[:, 0]
    rate, variance, left = counts.mean(), counts.var(ddof=1), [(1 - decline) ** t for t in range(period)]
    return rate * sum(left), max(variance * sum(left) + sum(left) ** 2 * variance / len(counts), rate * sum(left))


def demand(mean: float, variance: float) -> Any:
    """Give the distribution of these moments, by SciPy."""
    return nbinom(mean**2 / (variance - mean), mean / variance) if variance > mean * (1 + 1e-9) else poisson(mean)


@pytest.mark.parametrize("decline", [0.0, 0.03, 0.5])
@pytest.mark.parametrize("measure", ["fill_rate", "cycle_service"])
def test_the_target_is_reached_with_the_least_pieces(decline: float, measure: Any) -> None:
    """By SciPy's distribution of the summed periods: what is needed reaches the target, one piece less doesn't."""
    history = history_of(SERIES)
    found = last_time_buy(history, parts_of(history), periods=48, decline=decline, target=0.96, measure=measure)
    mean, variance = moments(history, 48, decline)
    assert (found.mean[0], found.variance[0]) == pytest.approx((mean, variance))
    values, chance = np.arange(1000), demand(mean, variance).pmf(np.arange(1000))

    def reached(pieces: int) -> float:
        if measure == "cycle_service":
            return float(chance[: pieces + 1].sum())
        return 1 - float((np.maximum(values - pieces, 0) * chance).sum()) / mean

    needed = int(found.needed[0])
    assert reached(needed) >= 0.96 > reached(needed - 1)
    assert float(getattr(found.service, measure)[0]) == pytest.approx(reached(needed))


@settings(max_examples=25, deadline=None)
@given(
    series=st.lists(st.integers(0, 6), min_size=6, max_size=24).filter(any),
    periods=st.integers(1, 30),
    decline=st.floats(0, 0.2),
    missing=st.floats(1, 200),
    left=st.floats(-20, 9),
    holding=st.floats(0, 0.6),
    interest=st.floats(0, 0.3),
)
def test_the_cheapest_quantity_is_that_of_brute_force(
    series: list[int], periods: int, decline: float, missing: float, left: float, holding: float, interest: float
) -> None:
    """Whole expected costs, added up for every quantity, are never below those of the quantity found."""
    left = min(left, missing)
    history = history_of([float(one) for one in series])
    options = {"decline": decline, "holding_rate": holding, "interest_rate": interest}
    found = cheapest_last_buy(
        history, parts_of(history), periods=periods, shortage_cost=missing, left_value=left, **options
    )
    month, upto = history.in_periods(365.25), 600
    discount, lying = (1 + interest) ** (-1 / float(month)), 10.0 * holding / float(month)
    quantities, cost, short_before = np.arange(upto), 10.0 * np.arange(upto), None
    for period in range(1, periods + 1):
        mean, variance = moments(history, period, decline)
        cdf = demand(mean, variance).cdf(np.arange(upto))
        over = np.concatenate([[0.0], np.cumsum(cdf)[:-1]])  # E(Q - D)+
        short = mean - quantities + over
        cost = cost + discount**period * lying * over
        cost = cost + discount**period * missing * (short - (0.0 if short_before is None else short_before))
        short_before = short
    cost = cost - discount**periods * left * over
    assert cost[found.needed[0]] == pytest.approx(cost.min(), rel=1e-9, abs=1e-9)


def test_stock_moq_and_packs_are_seen_to() -> None:
    """Only what is missing is bought, in whole packs; with enough in stock nothing is; the promise is of all of it."""
    history = history_of(SERIES, SERIES, SERIES)
    parts = parts_of(history, moq_pcs=10, pack_pcs=4)
    bare = last_time_buy(history, parts_of(history), periods=24)
    needed = int(bare.needed[0])
    found = last_time_buy(history, parts, periods=24, stock_pcs=[0, needed - 1, needed + 30])
    assert found.buy.tolist() == [-(-max(needed, 10) // 4) * 4, 12, 0]
    assert (found.service.fill_rate >= 0.95).all()
    more = last_time_buy(history, parts_of(history), periods=24, stock_pcs=needed + 30)
    assert more.service.expected_on_hand[0] == found.service.expected_on_hand[2] > bare.service.expected_on_hand[0]
    frame = found.to_frame()
    assert frame["buy_value"].tolist() == [10.0 * pieces for pieces in found.buy]


def test_longer_service_needs_more_and_decline_less() -> None:
    """For parts of every class; items don't depend on who stands beside them."""
    history = sparse_history(40, 60)
    parts = parts_of(history)
    short, long = (last_time_buy(history, parts, periods=periods).needed for periods in (12, 60))
    falling = last_time_buy(history, parts, periods=60, decline=0.05).needed
    assert (short <= long).all()
    assert (falling <= long).all()
    assert falling.sum() < long.sum()
    mixed = last_time_buy(history, parts, periods=np.where(np.arange(40) % 2, 12, 60)).needed
    assert mixed.tolist() == np.where(np.arange(40) % 2, short, long).tolist()
    cheap = cheapest_last_buy(history, parts, periods=60, shortage_cost=80)
    one = cheapest_last_buy(history.take(np.array([7])), parts, periods=60, shortage_cost=80)
    assert one.needed[0] == cheap.needed[7]


def test_demand_that_has_ended_needs_less_by_tsb() -> None:
    """A rate that knows that nobody asked for a year buys less than the mean of the whole life."""
    history = history_of([3.0] * 24 + [0.0] * 24)
    mean, ended = (
        last_time_buy(history, parts_of(history), periods=36, rate=rate).needed[0] for rate in ("mean", "tsb")
    )
    assert ended < mean / 2


@pytest.mark.parametrize("series", DEGENERATE.values(), ids=DEGENERATE.keys())
def test_every_series_has_a_last_buy(series: list[float]) -> None:
    """No series ends in an error: nothing asked for needs nothing, the rest a finite number of pieces."""
    history = history_of(series)
    found = last_time_buy(history, parts_of(history), periods=24)
    priced = cheapest_last_buy(history, parts_of(history), periods=24, shortage_cost=50)
    for needed in (found.needed[0], priced.needed[0]):
        assert 0 <= needed < 1e18
        assert (needed == 0) or found.mean[0] > 0
    assert (found.needed[0] > 0) == (found.mean[0] > 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"periods": 0}, "whole number of periods"),
        ({"periods": 2.5}, "whole number of periods"),
        ({"periods": 12, "decline": 1.0}, "below 1"),
        ({"periods": 12, "measure": "ready_rate"}, "no measure 'ready_rate'"),
        ({"periods": 12, "stock_pcs": np.nan}, "number of pieces"),
        ({"periods": 12, "target": 1.0}, "a target is a rate"),
        ({"periods": 12, "shortage_cost": -1}, "0 or more"),
        ({"periods": 12, "shortage_cost": 50, "left_value": 11}, "brings less than it cost"),
        ({"periods": 12, "shortage_cost": 50, "interest_rate": -0.1}, "0 or more a year"),
    ],
)  # fmt: skip
def test_impossible_arguments_are_refused(options: dict[str, Any], words: str) -> None:
    """Each impossible argument is named."""
    history = history_of(SERIES)
    with pytest.raises(ConfigError, match=words):
        (cheapest_last_buy if "shortage_cost" in options else last_time_buy)(history, parts_of(history), **options)


def test_without_a_price_nothing_is_cheapest() -> None:
    """A missing price isn't taken for a gift."""
    history = history_of(SERIES)
    with pytest.raises(ConfigError, match="1 items have no price"):
        cheapest_last_buy(history, parts_of(history, price=0.0), periods=12, shortage_cost=5)
