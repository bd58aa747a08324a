"""Pooling: what alike parts teach is believed as far as the range bears it out, and nobody else's level is spoilt."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fieldops.errors import ConfigError
from fieldops.inventory.demand import Pooled
from fieldops.inventory.demand.credibility import UNHEARD, log_likelihood
from fieldops.inventory.demand.negative_binomial import NegativeBinomial
from fieldops.inventory.demand.pooled import ORDERS
from fieldops.inventory.history import DemandHistory, Life
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from tests.inventory.make import history_of

PERIODS = 48


def range_of(chance: NDArray[np.float64], size: NDArray[np.float64], seed: int = 2) -> DemandHistory:
    """Give a history of parts with these chances of a demand and mean sizes (geometric), one each."""
    rng = np.random.default_rng(seed)
    shape = (PERIODS, len(chance))
    counts = (rng.random(shape) < chance) * rng.geometric(np.broadcast_to(1.0 / size, shape))
    return history_of(*counts.T.astype(float).tolist())


def learnt(history: DemandHistory, price: object = 1.0, **options: object) -> Pooled:
    """Learn a range with these prices."""
    parts = PartMaster.of(history.parts, lead_time_days=30, price=price)  # type: ignore[arg-type]
    found = Pooled(**options).learn(history, parts)  # type: ignore[arg-type]
    assert isinstance(found, Pooled)
    return found


def test_parts_all_alike_have_the_rate_of_the_group() -> None:
    """Where all parts are drawn alike, their differences are chance: pooled rates err far less than their own means."""
    history = range_of(np.full(400, 0.1), np.full(400, 4.0))
    pooled, own = learnt(history).fit(history).rate, history.counts.mean(axis=0)
    truth = 0.1 * 4.0
    assert np.abs(pooled - truth).mean() < 0.4 * np.abs(own - truth).mean()


def test_parts_that_differ_keep_what_is_their_own() -> None:
    """Where frequencies and sizes differ widely and are well seen, pooling leaves each part near its own mean."""
    rng = np.random.default_rng(4)
    history = range_of(rng.uniform(0.2, 0.95, 400), rng.uniform(2.0, 90.0, 400))
    pooled, own = learnt(history).fit(history).rate, history.counts.mean(axis=0)
    assert np.corrcoef(pooled, own)[0, 1] > 0.98
    assert np.median(np.abs(pooled / own - 1.0)) < 0.1


def test_cheap_parts_teach_cheap_parts() -> None:
    """Of two parts with one demand of one piece each, the one whose price goes by the dozen has the higher rate."""
    size = np.where(np.arange(400) < 200, 1.05, 12.0)
    history = range_of(np.full(400, 0.1), size)
    counts = history.counts.copy()
    counts[:, [0, 399]] = 0.0
    counts[7, [0, 399]] = 1.0
    history = history_of(*counts.T.tolist())
    by_price = learnt(history, price=np.where(size > 2, 0.1, 50.0)).fit(history).rate
    assert by_price[399] > 2 * by_price[0]
    families = {str(part): "dozens" if many > 2 else "singles" for part, many in zip(history.parts, size, strict=True)}
    assert learnt(history, alike=families).fit(history).rate[[0, 399]] == pytest.approx(by_price[[0, 399]], rel=0.05)


def test_a_new_part_has_the_demand_of_its_group_and_a_dead_one_none() -> None:
    """Observed for three months without demand: the group's rate, and it is said. For four years: none, and said."""
    counts = range_of(np.full(200, 0.1), np.full(200, 3.0)).counts.copy()
    counts[:, :2] = 0.0
    counts[:-3, 0] = np.nan
    history = history_of(*counts.T.tolist())
    found = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=60, price=3.0))
    assert found.model[0] == "pooled"
    assert found.rate[0] == pytest.approx(0.3, rel=0.2)
    assert found.order_up_to[0] > 0
    assert "new: demand of alike parts" in found.reasons()[0]
    assert (found.rate[1], found.reorder_point[1]) == (0.0, -1)
    assert found.reasons()[1] == "no demand seen"


def test_a_part_never_seen_has_the_demand_of_its_group_however_little_that_weighs() -> None:
    """Half of the parts go every month, half never: the group tells nothing of them, and all of one unseen."""
    history = history_of(*[[2.0] * 24] * 110, *[[0.0] * 24] * 110, [np.nan] * 24)
    model = learnt(history)
    assert model.fit(history).rate[[0, 110, 220]] == pytest.approx([2.0, 0.0, 1.0], abs=1e-5)
    found = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=60))
    assert found.rate[220] == pytest.approx(1.0, abs=1e-5)
    assert found.reorder_point[220] >= 0


def test_explanations_speak_of_the_same_fit() -> None:
    """An item fitted alone by the learnt model has the numbers of the whole run, so that its level can be told."""
    rng = np.random.default_rng(8)
    history = range_of(rng.uniform(0.02, 0.4, 150), rng.uniform(1.5, 20.0, 150))
    found = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=90, price=rng.uniform(1, 90, 150)))
    for at in (0, 77, 149):
        demand = found.fit(at).interval(found.lead[[at]], found.review[[at]]).protection
        assert demand.mean[0] == pytest.approx(found.interval_mean[at], rel=1e-12)
        assert demand.variance[0] == pytest.approx(found.interval_variance[at], rel=1e-12)


def test_one_part_with_millions_moves_no_neighbour() -> None:
    """A part that asks for a million pieces at once hardly changes the levels of the others of its group."""
    history = range_of(np.full(200, 0.1), np.full(200, 3.0))
    counts = history.counts.copy()
    counts[5, 0] = 1e6
    spoilt = history_of(*counts.T.tolist())
    before, after = (learnt(one).fit(one).rate for one in (history, spoilt))
    assert after[1:] == pytest.approx(before[1:], rel=0.1)


def test_too_few_parts_are_left_to_themselves() -> None:
    """A handful of parts teaches nothing: the model of single items takes over, and it is said."""
    history = range_of(np.full(20, 0.3), np.full(20, 3.0))
    found = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=30))
    assert set(found.model) == {"negative_binomial"}
    assert "too few parts to learn from: own history alone" in found.reasons()[0]


def test_superseded_parts_teach_nothing() -> None:
    """Their demand is their successors', so their zeros are none of the group's: what is learnt is as without them."""
    history = range_of(np.full(200, 0.3), np.full(200, 3.0))
    silent = history_of(*history.counts.T.tolist(), *[[0.0] * PERIODS] * 100)
    found = [learnt(one).prior for one in (history, silent.marked(Life.SUPERSEDED, np.arange(300) >= 200), silent)]
    alone, beside, dead = [(one.frequency.tolist(), one.periods, one.orders) for one in found if one is not None]
    assert beside == alone
    assert dead != alone


def test_the_weight_of_the_group_is_found() -> None:
    """Sizes all alike ask for the greatest weight of the group; sizes that are each part's own ask for the least."""
    rng = np.random.default_rng(1)
    alike = learnt(range_of(np.full(300, 0.2), np.full(300, 6.0))).prior
    counts = (rng.random((PERIODS, 300)) < 0.2) * np.geomspace(1.0, 500.0, 300).round()
    own = learnt(history_of(*counts.T.tolist())).prior
    assert alike is not None
    assert own is not None
    assert alike.orders == ORDERS[0]
    assert own.orders == ORDERS[-1]


def test_an_unknown_likeness_is_refused() -> None:
    """A misspelt way of being alike names those there are."""
    with pytest.raises(ConfigError, match="say price, criticality, or give a group"):
        Pooled(alike="colour")


def test_weight_of_the_spread_is_learnt() -> None:
    """Spreads all alike are the group's; where half of the parts go very regularly, each part keeps its own."""
    alike = range_of(np.full(400, 0.9), np.full(400, 20.0))
    counts = alike.counts.copy()
    counts[:, ::2] = np.random.default_rng(3).poisson(20.0, counts[:, ::2].shape)
    found = [learnt(history).prior for history in (alike, history_of(*counts.T.tolist()))]
    weights = [prior.spread_orders for prior in found if prior is not None]
    assert weights[0] >= 50.0
    assert weights[1] <= 5.0


def test_one_absurd_count_does_not_choose_for_the_range() -> None:
    """A million pieces in one month of one part are odd under every weight; the range's is that of the others."""
    counts = range_of(np.full(400, 0.9), np.full(400, 20.0)).counts.copy()
    counts[: PERIODS // 2, 0] = np.where(np.arange(PERIODS // 2) % 8, 1.0, 400.0)
    weights = []
    for last in (400.0, 1e6):
        counts[-1, 0] = last
        found = learnt(history_of(*counts.T.tolist())).prior
        assert found is not None
        weights.append(found.spread_orders)
    assert min(weights) >= 50.0


def test_likelihood_is_that_of_the_distribution_levels_use() -> None:
    """The weight is judged by the very chances that levels are set by: the logarithm of the model's table, summed."""
    counts, mean, variance = np.array([[0.0, 2.0], [3.0, np.nan]]), np.array([1.5, 0.4]), np.array([4.0, 0.4])
    table = NegativeBinomial().probabilities(mean, variance, 3)
    expected = np.log(table[0, 0]) + np.log(table[3, 0]) + np.log(table[2, 1])
    assert log_likelihood(counts, mean, variance) == pytest.approx(expected, abs=1e-5)
    assert log_likelihood(np.full((1, 1), 1e9), mean[:1], variance[:1]) == UNHEARD
