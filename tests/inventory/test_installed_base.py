"""Demand from the installed base: Bayes' rule where it is exact, a level without a history, usage taking over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from fieldops.errors import ConfigError
from fieldops.inventory.demand import InstalledBase, NegativeBinomial
from fieldops.inventory.explain import explain_level
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from tests.inventory.make import history_of


def base_of(machines: float, failures: float = 0.1, weight_years: float = 1.0, **more: Any) -> InstalledBase:
    """Expect so many machines' failures of P0 at XA."""
    return InstalledBase.of(
        ["P0"], ["XA"], machines=machines, failures_per_year=failures, weight_years=weight_years, **more
    )


@given(
    used=st.lists(st.integers(0, 1), min_size=4, max_size=40),
    machines=st.floats(1, 500),
    weight=st.floats(0.1, 5),
    length=st.floats(0.2, 12),
)
def test_it_is_bayes_rule_for_a_part_never_used(used: list[int], machines: float, weight: float, length: float) -> None:
    """A gamma prior and quiet months give SciPy's negative binomial of the posterior, whatever the length."""
    quiet = len(used)
    history = history_of([0.0] * quiet)
    fit = base_of(machines, weight_years=weight).fit(history)
    shape, periods = 12 * weight * machines * 0.1 / 12, 12 * weight + quiet
    demand = fit.over(np.array([length]))
    table = demand.table(40, np.array([1]))[0][:, 0]
    expected = nbinom(shape, periods / (periods + length)).cdf(np.arange(41))
    assert table == pytest.approx(expected, abs=1e-9)


def test_a_part_without_history_has_a_level() -> None:
    """200 machines with a failure in ten years: stocked from the first day; with no machine, or unnamed, not."""
    history = history_of([0.0, 0.0], [0.0, 0.0], [0.0, 0.0])
    parts = PartMaster.of(history.parts, lead_time_days=30, price=5.0)
    base = InstalledBase.of(["P0", "P1"], ["XA", "XA"], machines=[200, 0], failures_per_year=0.1)
    levels = reorder_levels(history, parts, model=base)
    assert levels.reorder_point[0] > 0
    assert levels.reorder_point[1:].tolist() == [-1, -1]
    text = explain_level(levels, "P0", "XA")
    assert "(installed_base of 2 months, 0 with demand; usage alone: 0.000)" in text
    assert "(installed_base)" in text
    assert "one less" in text


def test_usage_takes_over() -> None:
    """After years of usage a wrong expectation hardly counts, and the more it is trusted the longer it does."""
    rates = []
    for years in (1, 5, 20):
        history = history_of([1.0, 0.0, 2.0] * 4 * years)
        rates.append(float(base_of(0, weight_years=1.0).fit(history).rate[0]))
    assert rates == sorted(rates)
    assert rates[-1] == pytest.approx(1.0, rel=0.05)
    history = history_of([1.0, 0.0, 2.0] * 12)
    trusted = [float(base_of(0, weight_years=years).fit(history).rate[0]) for years in (0.5, 2, 8)]
    assert trusted == sorted(trusted, reverse=True)


def test_items_that_are_not_named_have_their_history() -> None:
    """Nothing is expected of them: they are as the negative binomial has them."""
    history = history_of([1.0, 0.0, 2.0, 0.0] * 5, [0.0, 4.0, 0.0, 1.0] * 5)
    mine = InstalledBase.of(["P0"], ["XA"], machines=50, failures_per_year=1).fit(history).moments
    plain = NegativeBinomial().fit(history).moments
    for one, other in ((mine.mean, plain.mean), (mine.variance, plain.variance), (mine.observed, plain.observed)):
        assert one[1] == other[1]
        assert one[0] != other[0]


def test_machines_of_several_kinds_are_added_up() -> None:
    """The same part in two kinds of machine at one place: their expectations add, pieces a failure counted."""
    found = InstalledBase.of(["P0", "P0"], ["XA", "XA"], machines=[10, 20], failures_per_year=[0.5, 0.1], pieces=[1, 3])
    assert found.yearly == {("P0", "XA"): pytest.approx(11.0)}


def test_impossible_expectations_are_refused() -> None:
    """Negative machines and a weight of nothing are told."""
    with pytest.raises(ConfigError, match="1 expectations are no quantity, first that of part 'P0' at 'XA'"):
        base_of(-1)
    with pytest.raises(ConfigError, match="weight_years"):
        base_of(1, weight_years=0)
