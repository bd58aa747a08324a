"""Bootstrapped demand against what can be counted by hand, and exactly repeatable."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from fieldops.errors import ConfigError
from fieldops.inventory import levels as levels_room
from fieldops.inventory.demand import DemandModel, ViswanathanZhou, Willemain
from fieldops.inventory.demand.base import Demand
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from tests.inventory.make import history_of, sparse_history

ONE = np.ones(1)


def pmf(demand: Demand, upto: int) -> list[float]:
    """Give the chances of 0, 1, ... pieces."""
    return np.diff(demand.table(upto, np.ones(1, dtype=np.int64))[0][:, 0], prepend=0.0).tolist()


def test_willemain_draws_a_markov_chain() -> None:
    """Two periods after the last one: the chances are those of walking the chain by hand, sizes drawn evenly."""
    series = [1.0, 3.0, 0.0, 0.0, 1.0, 0.0, 0.0, 3.0, 3.0, 0.0]
    share = 5 / 10
    after_none, after_some = (3 + share) / (5 + 1), (2 + share) / (5 + 1)  # steps 0->1: 3 of 5; 1->1: 2 of 5
    sizes = {0: None, 1: 2 / 5, 3: 3 / 5}
    expected = np.zeros(7)
    for first, second in product(sizes, repeat=2):
        chance, state = 1.0, 0
        for size in (first, second):
            occurs = after_some if state else after_none
            chance *= occurs * sizes[size] if size else 1 - occurs  # type: ignore[operator]
            state = int(size > 0)
        expected[first + second] += chance
    fit = Willemain(jitter=False, replications=40_000).fit(history_of(series))
    assert pmf(fit.interval(ONE, ONE).protection, 6) == pytest.approx(expected, abs=0.01)


def test_jitter_is_the_published_one() -> None:
    """A size of 1 becomes 1 + int(1 + Z), or 1 where that isn't positive: 1.68 on average."""
    fit = Willemain(replications=40_000).fit(history_of([1.0] * 30))
    period = fit.interval(ONE, ONE).review
    assert pmf(period, 4)[1:4] == pytest.approx([0.5, 0.3413, 0.1359], abs=0.01)
    assert period.mean[0] == pytest.approx(1.68, abs=0.02)


def test_runs_of_demand_are_kept() -> None:
    """After a quiet period five more are likely where demand comes in runs, unlikely where it is shuffled."""
    runs = ([2.0] * 6 + [0.0] * 12) * 5
    shuffled = [*np.random.default_rng(3).permutation(runs[:-1]).tolist(), 0.0]
    quiet = [pmf(Willemain().fit(history_of(one)).interval(5 * ONE, ONE).lead, 0)[0] for one in (runs, shuffled)]
    assert quiet == pytest.approx([(55.67 / 61) ** 5, (2 / 3) ** 5], abs=0.06)


def test_viswanathan_zhou_keeps_intervals() -> None:
    """Every fourth month: of two months half have an order; the wait is even, the interval always four."""
    fit = ViswanathanZhou().fit(history_of([0.0, 0.0, 5.0, 0.0] * 5))
    assert pmf(fit.interval(ONE, ONE).protection, 10)[::5] == pytest.approx([0.5, 0.5, 0.0], abs=0.04)
    assert pmf(fit.interval(3 * ONE, ONE).protection, 10)[::5] == pytest.approx([0.0, 1.0, 0.0], abs=1e-9)
    assert pmf(fit.interval(5 * ONE, ONE).protection, 10)[::5] == pytest.approx([0.0, 0.5, 0.5], abs=0.04)


def test_viswanathan_zhou_has_the_mean_of_the_history() -> None:
    """Intervals go once round the history and stretches start anywhere, so that no zero is lost, gaps left out."""
    history = history_of(
        [0.0] * 9 + [3.0] + [0.0] * 14, [np.nan] * 6 + [1.0, 0.0, 0.0, 4.0, np.nan, 0.0] * 3, [0.0] * 24
    )
    fit = ViswanathanZhou(replications=40_000).fit(history)
    found = fit.interval(np.full(3, 6.0), np.ones(3)).lead.mean
    assert found == pytest.approx(6 * fit.rate, rel=0.03)
    assert fit.rate == pytest.approx([3 / 24, 1.0, 0.0])


@pytest.mark.parametrize("model", [Willemain(), ViswanathanZhou()], ids=lambda model: model.name)
def test_the_same_seed_gives_the_same_levels(model: DemandModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeating, shuffling the items or cutting them into other blocks moves nothing; another seed does."""
    history = sparse_history(60, 48)
    parts = PartMaster.of(history.parts, price=1, lead_time_days=45)
    first = reorder_levels(history, parts, model=model).reorder_point
    assert reorder_levels(history, parts, model=model).reorder_point.tolist() == first.tolist()
    order = np.random.default_rng(0).permutation(60)
    assert reorder_levels(history.take(order), parts, model=model).reorder_point.tolist() == first[order].tolist()
    monkeypatch.setattr(levels_room, "NUMBERS", 50_000)
    assert reorder_levels(history, parts, model=model).reorder_point.tolist() == first.tolist()
    other = reorder_levels(history, parts, model=type(model)(seed=1)).reorder_point
    assert (other != first).any()
    assert abs(other - first).mean() < 0.1 * first[first >= 0].mean()


def test_too_few_replications_are_refused() -> None:
    """A tail can't be read from ten draws."""
    for kind in (Willemain, ViswanathanZhou):
        with pytest.raises(ConfigError, match="100 replications or more, not 10"):
            kind(replications=10)


def test_what_draws_cannot_tell_is_passed_on() -> None:
    """One demand in four years, looked at every night: of a thousand draws hardly any holds it, so it is passed on."""
    history = history_of([1.0] + [0.0] * 47, [1.0, 0.0] * 24)
    for model in (Willemain(), ViswanathanZhou()):
        fit = model.fit(history)
        assert fit.able(np.ones(2), np.full(2, 0.03)).tolist() == [False, True]
        assert fit.able(np.ones(2), np.full(2, 1.0)).tolist() == [True, True]
        promised = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=40), model=model).promised
        assert (promised.fill_rate >= 0.95 - 1e-9).all()
