"""Measures of policies against brute force, and the search for the least level."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.backtest import replay
from fieldops.inventory.demand import MODELS, NegativeBinomial
from fieldops.inventory.demand.base import shortage
from fieldops.inventory.policy import KINDS, MEASURES, least_reorder_point, renewal, service
from tests.inventory.make import compound_poisson, enumerated, history_of, independent, sparse_history

PMFS = ([0.6, 0.3, 0.1], [0.9, 0.0, 0.0, 0.0, 0.1], [0.2, 0.5, 0.0, 0.3], [0.0, 1.0])


@pytest.mark.parametrize("pmf", PMFS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("lead", "review"), [(0, 1), (2, 1), (3, 2)])
@pytest.mark.parametrize(("point", "quantity"), [(-1, 1), (0, 1), (3, 1), (1, 3), (-1, 4), (4, 6)])
def test_measures_are_exact(pmf: list[float], kind: str, lead: int, review: int, point: int, quantity: int) -> None:
    """Every measure of every kind of policy is what enumerating all demands and solving the Markov chain gives.

    Demand of exactly one piece a period is left to base stock: its chain is periodic only for larger orders, and
    then still has the uniform solution that the formula states.
    """
    found = asdict(service(independent(pmf, lead, review), np.array([point]), np.array([quantity]), kind))  # type: ignore[arg-type]
    expected = enumerated(pmf, lead, review, point, quantity, kind)
    assert {name: float(value[0]) for name, value in found.items()} == pytest.approx(expected, abs=1e-10)


def test_a_long_simulation_agrees() -> None:
    """The measures describe what happens: a replay of 400,000 periods reaches them, for both kinds and two reviews."""
    pmf, lead, point, quantity = [0.7, 0.15, 0.1, 0.0, 0.05], 3, 3, 4
    draws = np.random.default_rng(5).choice(len(pmf), p=pmf, size=(1_000, 400)).astype(float)
    s, q, wait = (np.full(400, value) for value in (point, quantity, lead))
    for kind in KINDS:
        for review in (1, 2):
            books = replay(draws, s, q, wait, kind=kind, review=review, warm_up=40)
            promised = service(independent(pmf, lead, review), s[:1], q[:1], kind)
            assert books.filled.sum() / books.demanded.sum() == pytest.approx(promised.fill_rate[0], abs=0.004)
            if review == 1:  # with longer reviews the mean over all periods is not that of the interval's end
                assert books.on_hand.mean() == pytest.approx(promised.expected_on_hand[0], abs=0.03)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("quantity", [1, 5])
def test_the_least_level_is_the_least(measure: str, kind: str, quantity: int) -> None:
    """The level found reaches the target and one piece less doesn't, for every item of a mixed range."""
    history = sparse_history(60, 48)
    demands = NegativeBinomial().fit(history).interval(np.full(60, 2.5), np.full(60, 0.5))
    target = np.linspace(0.5, 0.99, 60)
    lots = np.full(60, quantity)
    point = least_reorder_point(demands, target, measure, lots, kind)  # type: ignore[arg-type]
    asked = demands.protection.mean > 0
    assert asked.sum() > 40
    reached = getattr(service(demands, point, lots, kind), measure)  # type: ignore[arg-type]
    assert (reached[asked] >= target[asked] - 1e-9).all()
    lower = asked & (point >= 0)
    missed = getattr(service(demands, point - 1, lots, kind), measure)  # type: ignore[arg-type]
    assert (missed[lower] < target[lower]).all()
    assert lower.any()


@given(
    pmf=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6).filter(lambda weights: sum(weights[1:]) > 0.01),
    lead=st.integers(0, 4),
    quantity=st.integers(1, 6),
    kind=st.sampled_from(KINDS),
)
def test_more_stock_serves_no_worse(pmf: list[float], lead: int, quantity: int, kind: str) -> None:
    """Along the reorder point service rises and backorders fall, whatever the demand."""
    demands = independent(np.array(pmf) / sum(pmf), lead, 1)
    found = [service(demands, np.array([s]), np.array([quantity]), kind) for s in range(-1, 12)]  # type: ignore[arg-type]
    for name in (*MEASURES, "expected_on_hand"):
        assert (np.diff([getattr(one, name)[0] for one in found]) >= -1e-9).all()
    assert (np.diff([one.expected_backorders[0] for one in found]) <= 1e-9).all()
    assert all(0 <= getattr(one, name)[0] <= 1 for one in found for name in MEASURES)


@given(target=st.floats(0.3, 0.97), more=st.floats(0.0, 0.02), longer=st.floats(0.0, 3.0), seed=st.integers(0, 5))
def test_more_asked_needs_no_less(target: float, more: float, longer: float, seed: int) -> None:
    """A higher target or a longer lead time never gives a lower level."""
    fit = NegativeBinomial().fit(sparse_history(20, 36, seed))
    base = fit.interval(np.full(20, 1.0), np.full(20, 1.0))
    waiting = fit.interval(np.full(20, 1.0 + longer), np.full(20, 1.0))
    low = least_reorder_point(base, np.full(20, target))
    assert (least_reorder_point(base, np.full(20, target + more)) >= low).all()
    assert (least_reorder_point(waiting, np.full(20, target)) >= low).all()


def test_items_do_not_disturb_each_other() -> None:
    """An item's level and promise are the same alone as among items of any other size: bins change no number."""
    history = sparse_history(80, 40, seed=3)
    fit = NegativeBinomial().fit(history)
    target = np.full(80, 0.9)
    together = fit.interval(np.full(80, 2.0), np.full(80, 1.0))
    points = least_reorder_point(together, target)
    promises = service(together, points).fill_rate
    for at in range(0, 80, 7):
        alone = fit.take(np.array([at])).interval(np.full(1, 2.0), np.full(1, 1.0))
        assert least_reorder_point(alone, target[:1])[0] == points[at]
        assert service(alone, points[[at]]).fill_rate[0] == pytest.approx(promises[at], abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_large_means_count_in_lots(model: NegativeBinomial) -> None:
    """Just above the border the level in lots is within a lot or two of the level in single pieces.

    The two sides are different tables (recursion, gamma), so a slip in either would show as a jump.
    """
    series = np.random.default_rng(2).negative_binomial(4, 4 / (4 + 100.0), size=60).astype(float)
    fit = model.fit(history_of(series.tolist()))
    one, target = np.ones(1), np.array([0.95])
    shorter, longer = 480.0 / fit.rate[0] - 1, 520.0 / fit.rate[0] - 1
    below, above = fit.interval(one * shorter, one), fit.interval(one * longer, one)
    assert below.lots()[0] == 1 < above.lots()[0]
    first, second = (least_reorder_point(demands, target)[0] for demands in (below, above))
    drawn = hasattr(model, "replications")  # a thousand draws leave a few percent of doubt about a quantile
    assert second / first == pytest.approx(520 / 480, rel=0.04 if drawn else 0.02)
    reached = service(above, np.array([second])).fill_rate[0]
    assert 0.95 - 1e-9 <= reached < 0.96


def test_lots_of_huge_demand_promise_what_gamma_gives() -> None:
    """A hundred thousand pieces a month: the level is the gamma quantile, to a lot."""
    from scipy.stats import gamma

    rng = np.random.default_rng(4)
    fit = NegativeBinomial().fit(history_of(rng.normal(1e5, 2e4, size=60).round().tolist()))
    demands = fit.interval(np.ones(1), np.ones(1))
    point = least_reorder_point(demands, np.array([0.95]), "cycle_service")[0]
    mean, variance = demands.protection.mean[0], demands.protection.variance[0]
    quantile = gamma.ppf(0.95, mean**2 / variance, scale=variance / mean)
    assert 0 <= point + 1 - quantile <= demands.lots()[0]


def test_a_target_at_the_edge_of_rounding_ends() -> None:
    """A target so close to 1 that rounding decides is answered with a level at which nothing is ever short."""
    demands = NegativeBinomial().fit(sparse_history(20, 40)).interval(np.full(20, 1.0), np.full(20, 0.01))
    point = least_reorder_point(demands, np.full(20, 1 - 1e-16))
    reached = service(demands, point).fill_rate
    assert (reached[demands.protection.mean > 0] > 1 - 1e-9).all()


def test_shortage_is_the_expected_excess() -> None:
    """n(y) = E(D - y)+, also where the table ends before the distribution does."""
    pmf = compound_poisson(3.0, [0.0, 0.5, 0.5], 80)
    mean = np.arange(81) @ pmf
    table = shortage(np.cumsum(pmf[:20])[:, None], np.array([mean]))[:, 0]
    direct = [(np.maximum(np.arange(81) - y, 0) * pmf).sum() for y in range(20)]
    assert table == pytest.approx(direct, abs=1e-9)


def test_renewal_density_counts_visits() -> None:
    """m_j is the expected number of times that the running sum stands at j (here by summing convolutions)."""
    pmf = np.array([0.3, 0.2, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0])
    visits, power = np.zeros(8), np.array([1.0, 0, 0, 0, 0, 0, 0, 0])
    for _ in range(200):
        visits += power
        power = np.convolve(power, pmf)[:8]
    assert renewal(pmf[:, None])[:, 0] == pytest.approx(visits, abs=1e-9)


def test_impossible_arguments_are_refused() -> None:
    """A target of 1, an unknown measure or kind, and an order of nothing are told, not worked on."""
    demands = independent([0.5, 0.5], 1, 1)
    with pytest.raises(ConfigError, match=r"e\.g\. 0\.95"):
        least_reorder_point(demands, np.array([1.0]))
    with pytest.raises(ConfigError, match="fill_rate, ready_rate, cycle_service"):
        least_reorder_point(demands, np.array([0.9]), "fil_rate")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="s,nQ"):
        service(demands, np.array([1]), kind="R,Q")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="s,nQ"):
        least_reorder_point(demands, np.array([0.9]), kind="R,Q")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="at least 1 piece"):
        service(demands, np.array([1]), np.array([0]))
