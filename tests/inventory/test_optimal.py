"""Least cost against brute force, Markov chains, replays and the published instances."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import poisson as scipy_poisson

from fieldops.errors import ConfigError
from fieldops.inventory.backtest import replay
from fieldops.inventory.demand import MODELS, NegativeBinomial, Poisson
from fieldops.inventory.demand.base import FamilyDemand, Interval
from fieldops.inventory.optimal import Costs, Optimum, expected_cost, optimal
from fieldops.inventory.policy import KINDS, least_reorder_point
from tests.inventory.make import Tabled, independent, sparse_history, summed

pmfs = (
    st.lists(st.integers(0, 9), min_size=2, max_size=6)
    .filter(lambda weights: sum(weights[1:]) > 0)
    .map(lambda weights: np.array(weights) / sum(weights))
)


def poisson(mean: float) -> FamilyDemand:
    """Poisson demand of one item."""
    return FamilyDemand(Poisson(), np.array([mean]), np.array([mean]))


def chained(
    pmf: NDArray[np.float64], lead: int, point: int, quantity: int, kind: str, costs: tuple[float, float, float]
) -> float:
    """Cost of a policy from the Markov chain of its position, solved as linear equations; no renewal theory."""
    chain, ordered = np.zeros((quantity, quantity)), np.zeros(quantity)
    for at, (asked, chance) in product(range(quantity), enumerate(pmf)):
        position = point + 1 + at - asked
        ordered[at] += chance * (position <= point)
        if position <= point:
            position += quantity * -(-(point + 1 - position) // quantity) if kind == "s,nQ" else 0
            position = position if kind == "s,nQ" else point + quantity
        chain[at, position - point - 1] += chance
    equations = np.vstack([chain.T - np.eye(quantity), np.ones(quantity)])
    steady = np.linalg.lstsq(equations, np.append(np.zeros(quantity), 1.0), rcond=None)[0]
    order, holding, backorder = costs
    total = order * (steady @ ordered)
    for at, share in enumerate(steady):
        for asked, chance in enumerate(summed(pmf, lead + 1)):
            net = point + 1 + at - asked
            total += share * chance * (holding * max(net, 0) + backorder * max(-net, 0))
    return float(total)


def mixed(items: int = 60) -> Interval:
    """Demands of a mixed range: sparse and frequent, short and long lead times."""
    rng = np.random.default_rng(8)
    rate, lead = rng.gamma(0.5, 3.0, items) + 0.01, rng.uniform(0.2, 4.0, items)
    parts = (FamilyDemand(NegativeBinomial(), m, 2.5 * m) for m in (rate * lead, rate * (lead + 1), rate))
    return Interval(*parts)


@pytest.mark.parametrize("kind", KINDS)
@given(pmf=pmfs, lead=st.integers(0, 2), point=st.integers(-4, 6), quantity=st.integers(1, 6))
def test_costs_are_those_of_the_chain(
    kind: str, pmf: NDArray[np.float64], lead: int, point: int, quantity: int
) -> None:
    """The cost of any policy, with negative reorder points too, is that of its Markov chain.

    Where the demand moves in steps that have a factor in common with Q, the chain has several steady states, so
    demand of single pieces is mixed in.
    """
    pmf = 0.9 * pmf + 0.1 * np.eye(len(pmf))[1]
    found = expected_cost(
        independent(pmf, lead, 1),
        np.array([point]),
        np.array([quantity]),
        Costs.of(1, order=7.0, holding=1.0, backorder=6.0),
        kind=kind,  # type: ignore[arg-type]
    )
    assert found[0] == pytest.approx(chained(pmf, lead, point, quantity, kind, (7.0, 1.0, 6.0)), abs=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@given(
    pmf=pmfs,
    lead=st.integers(0, 3),
    order=st.sampled_from([0.0, 0.5, 3.0, 12.0]),
    backorder=st.sampled_from([0.6, 2.0, 9.0, 40.0]),
)
def test_nothing_is_cheaper(kind: str, pmf: NDArray[np.float64], lead: int, order: float, backorder: float) -> None:
    """No policy of a wide grid costs less than the one found, whose cost is what it states."""
    demands, costs = independent(pmf, lead, 1), Costs.of(1, order=order, holding=1.0, backorder=backorder)
    best = optimal(demands, costs, kind=kind)  # type: ignore[arg-type]
    own = expected_cost(demands, best.reorder_point, best.quantity, costs, kind=kind)  # type: ignore[arg-type]
    assert best.cost == pytest.approx(own, rel=1e-9)
    point, quantity = (grid.ravel() for grid in np.meshgrid(np.arange(-9, 24), np.arange(1, 22)))
    size = len(point)
    grid = Interval(*(Tabled(np.repeat(summed(pmf, n)[:, None], size, axis=1)) for n in (lead, lead + 1, 1)))
    many = Costs.of(size, order=order, holding=1.0, backorder=backorder)
    assert expected_cost(grid, point, quantity, many, kind=kind).min() >= best.cost[0] * (1 - 1e-9)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_replay_costs_what_was_stated(kind: str) -> None:
    """200 stocks replayed for 2,000 periods order and hold as often and as much as stated, with a lead time.

    What is awaited follows from what is held and the mean position, so waiting is left without a price here.
    """
    pmf, lead = [0.7, 0.15, 0.1, 0.0, 0.05], 3
    demands, free = independent(pmf, lead, 1), Costs.of(1, order=12.0, holding=1.0, backorder=1e-12)
    best = optimal(demands, Costs.of(1, order=12.0, holding=1.0, backorder=15.0), kind=kind)  # type: ignore[arg-type]
    draws = np.random.default_rng(5).choice(len(pmf), p=pmf, size=(2_050, 200)).astype(float)
    s, q = np.full(200, best.reorder_point[0]), np.full(200, best.quantity[0])
    books = replay(draws, s, q, np.full(200, lead), kind=kind, warm_up=50)  # type: ignore[arg-type]
    stated = expected_cost(demands, best.reorder_point, best.quantity, free, kind=kind)  # type: ignore[arg-type]
    assert 12.0 * books.orders.mean() / 2_000 + books.on_hand.mean() == pytest.approx(stated[0], rel=0.02)


def test_a_lead_time_counts() -> None:
    """With a lead time the demand over L + 1 decides: counted by pieces, all neighbours cost more."""
    costs, found = (5.0, 1.0, 4.0), []
    for lead in (0, 2, 5):
        demands = Interval(poisson(6.0 * lead), poisson(6.0 * (lead + 1)), poisson(6.0))
        best = optimal(demands, Costs.of(1, order=costs[0], holding=costs[1], backorder=costs[2]))
        s, q = int(best.reorder_point[0]), int(best.quantity[0])
        near = {
            (s + a, q + b): counted(s + a, q + b, "s,S", (6.0 * (lead + 1), 6.0), costs)
            for a, b in product((-1, 0, 1), repeat=2)
        }
        assert min(near, key=lambda policy: near[policy]) == (s, q)
        assert near[s, q] == pytest.approx(best.cost[0], rel=1e-9)
        found.append(s - 6 * lead)
    assert found[0] <= found[1] <= found[2]


def test_without_order_costs_it_is_a_newsvendor() -> None:
    """K = 0 is base stock at the quantile p/(p + h) of the demand over L + 1, for both kinds."""
    demands, ratio = mixed(), 9.0 / 10.0
    costs = Costs.of(60, order=0.0, holding=1.0, backorder=9.0)
    cdf = demands.protection.table(400, np.ones(60, dtype=np.int64))[0]
    for kind in KINDS:
        best = optimal(demands, costs, kind=kind)
        assert (best.quantity == 1).all()
        assert best.order_up_to.tolist() == (cdf >= ratio).argmax(axis=0).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_items_do_not_disturb_each_other(kind: str) -> None:
    """Order of the items and who stands beside them change no policy and no cost."""
    demands, rng = mixed(), np.random.default_rng(2)
    order, holding = rng.uniform(0, 200, 60), rng.uniform(0.01, 2.0, 60)
    costs, looks = Costs.of(60, order=order, holding=holding, backorder=20 * holding), rng.uniform(0.2, 4.0, 60)
    best: Optimum = optimal(demands, costs, looks, kind)  # type: ignore[arg-type]
    shuffled = rng.permutation(60)
    again = optimal(demands.take(shuffled), costs.take(shuffled), looks[shuffled], kind)  # type: ignore[arg-type]
    assert again.reorder_point.tolist() == best.reorder_point[shuffled].tolist()
    assert again.quantity.tolist() == best.quantity[shuffled].tolist()
    for at in range(0, 60, 13):
        one = optimal(demands.take(np.array([at])), costs.take(np.array([at])), looks[at], kind)  # type: ignore[arg-type]
        assert (one.reorder_point[0], one.quantity[0]) == (best.reorder_point[at], best.quantity[at])
        assert one.cost[0] == pytest.approx(best.cost[at], rel=1e-12)


@given(order=st.floats(0.0, 500.0), scale=st.floats(0.01, 100.0), more=st.floats(1.0, 3.0))
def test_money_has_no_unit(order: float, scale: float, more: float) -> None:
    """All costs in another currency give the same policy; dearer orders never come more often or cost less."""
    demands = Interval(poisson(2.0), poisson(3.0), poisson(1.0))
    first = optimal(demands, Costs.of(1, order=order, holding=1.0, backorder=7.0))
    other = optimal(demands, Costs.of(1, order=scale * order, holding=scale, backorder=7.0 * scale))
    assert other.cost == pytest.approx(scale * first.cost, rel=1e-9)
    dearer = optimal(demands, Costs.of(1, order=more * order, holding=1.0, backorder=7.0))
    assert dearer.cost[0] >= first.cost[0] * (1 - 1e-9)
    assert dearer.quantity[0] >= first.quantity[0]


def counted(point: int, quantity: int, kind: str, means: tuple[float, float], costs: tuple[float, ...]) -> float:
    """Cost of a policy under Poisson demand, piece by piece: means of the interval and of the step between looks."""
    order, holding, backorder = costs
    x = np.arange(2_000)
    interval, step = (scipy_poisson.pmf(x, mean) for mean in means)
    y = point + 1 + np.arange(quantity)
    position = [interval @ np.where(x < one, holding * (one - x), backorder * (x - one)) for one in y]
    if kind == "s,nQ":
        return float(order * np.minimum(x, quantity) @ step / quantity + np.mean(position))
    passes = np.zeros(quantity)
    passes[0] = 1.0
    for j in range(1, quantity):
        passes[j] = passes[:j] @ step[j:0:-1] / (1 - step[0])
    passes /= 1 - step[0]
    return float((order + passes @ position[::-1]) / passes.sum())


@pytest.mark.parametrize("kind", KINDS)
def test_demand_in_lots_is_nearly_as_in_pieces(kind: str) -> None:
    """A mean above 500 is searched in lots of 2; counted in pieces the cost is the same to half a percent."""
    large = Interval(poisson(480.0), poisson(600.0), poisson(120.0))
    assert large.lots()[0] == 2
    best = optimal(large, Costs.of(1, order=900.0, holding=1.0, backorder=9.0), kind=kind)  # type: ignore[arg-type]
    exact = counted(int(best.reorder_point[0]), int(best.quantity[0]), kind, (600.0, 120.0), (900.0, 1.0, 9.0))
    assert best.cost[0] == pytest.approx(exact, rel=0.005)


@pytest.mark.parametrize("kind", KINDS)
def test_orders_of_thousands_come_out_as_the_economic_quantity(kind: str) -> None:
    """Where orders are dear, Q is Harris's sqrt(2 K d (h + p) / (h p)) to a percent, though searched in lots of 4."""
    rare, dear = (
        Interval(poisson(4.0), poisson(12.0), poisson(8.0)),
        Costs.of(1, order=4e5, holding=0.05, backorder=1.0),
    )
    best = optimal(rare, dear, kind=kind)  # type: ignore[arg-type]
    assert best.quantity[0] == pytest.approx(np.sqrt(2 * 4e5 * 8 * 1.05 / (0.05 * 1.0)), rel=0.01)
    assert best.cost[0] == pytest.approx(np.sqrt(2 * 4e5 * 8 * 0.05 * 1.0 / 1.05), rel=0.01)


def test_nobody_asks_for_it() -> None:
    """A part without demand is not stocked and costs nothing; one asked for beside it is as it is alone."""
    none = FamilyDemand(NegativeBinomial(), np.array([0.0, 2.0]), np.array([0.0, 4.0]))
    best = optimal(Interval(none, none, none), Costs.of(2, order=5, holding=1, backorder=9))
    assert (best.reorder_point[0], best.order_up_to[0], best.cost[0]) == (-1, 0, 0.0)
    assert best.reorder_point[1] >= 0


def test_every_model_has_an_optimum() -> None:
    """Fitted models plug in: the optimum of each item of a mixed history is no worse than the level for 95 % fill."""
    history = sparse_history(25, 48)
    for model in MODELS.values():
        demands = model.fit(history).interval(np.full(25, 1.5), np.full(25, 0.5))
        costs = Costs.of(25, order=4.0, holding=0.2, backorder=5.0)
        best = optimal(demands, costs, looks=2.0)
        point = least_reorder_point(demands, np.full(25, 0.95))
        served = expected_cost(demands, point, np.ones(25, dtype=np.int64), costs, looks=2.0)
        assert (best.cost <= served * (1 + 1e-9) + 1e-12).all()


def test_impossible_costs_are_refused() -> None:
    """Free stock, negative or missing costs, and looks of nothing are told with the value."""
    demands = independent([0.5, 0.5], 1, 1)
    with pytest.raises(ConfigError, match=r"holding cost is above 0, not 0\.0"):
        Costs.of(1, order=1, holding=0, backorder=1)
    with pytest.raises(ConfigError, match="order cost is 0 or more, not nan"):
        Costs.of(2, order=[1, np.nan], holding=1, backorder=1)
    with pytest.raises(ConfigError, match="one for each of the 3 items"):
        Costs.of(3, order=[1, 2], holding=1, backorder=1)
    costs = Costs.of(1, order=1, holding=1, backorder=1)
    with pytest.raises(ConfigError, match="looks is how often"):
        optimal(demands, costs, looks=0.0)
    with pytest.raises(ConfigError, match="s,nQ"):
        optimal(demands, costs, kind="r,Q")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="at least 1 piece"):
        expected_cost(demands, np.array([1]), np.array([0]), costs)
