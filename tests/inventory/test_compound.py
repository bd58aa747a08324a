"""Compound Poisson models against convolutions, draws and the equations they solve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from fieldops.inventory.demand import CompoundEmpirical, Geometric, Logarithmic, NegativeBinomial
from fieldops.inventory.demand.base import FamilyDemand
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from tests.inventory.make import compound_poisson, history_of


@given(customers=st.floats(0.05, 30.0), p=st.floats(0.05, 1.0))
def test_geometric_is_adelsons_recursion(customers: float, p: float) -> None:
    """The recursion without an inner loop gives the distribution that summing over all sizes gives."""
    k = np.arange(1, 301)
    sizes = np.concatenate([[0.0], p * (1 - p) ** (k - 1)])
    mean = customers / p
    found = FamilyDemand(Geometric(), np.array([mean]), np.array([mean * (2 - p) / p])).probabilities(300)[:, 0]
    assert found == pytest.approx(compound_poisson(customers, sizes, 300), abs=1e-12)


def test_logarithmic_keeps_the_share_of_zeros() -> None:
    """Over one period, without doubt about the mean, P(D = 0) is the share of periods without demand seen."""
    series = ([5.0, 0.0, 0.0, 1.0, 0.0, 12.0, 0.0, 0.0], [1.0, 0.0, 4.0, 2.0], [9.0] + [0.0] * 99)
    for one in series:
        fit = Logarithmic(parameter_uncertainty=False).fit(history_of(one))
        lead = fit.over(np.ones(1))
        assert lead.probabilities(0)[0, 0] == pytest.approx(one.count(0.0) / len(one), abs=1e-9)
        assert lead.mean[0] == pytest.approx(np.mean(one))
        assert lead.variance[0] > lead.mean[0]


def test_logarithmic_is_not_moved_by_one_large_order() -> None:
    """A demand of 40 instead of 4 multiplies the sample variance; the variance by zeros grows far less."""
    calm, wild = (
        [4.0, 0.0, 3.0, 0.0, 5.0, 0.0] * 4,
        [40.0, 0.0, 3.0, 0.0, 5.0, 0.0] + [4.0, 0.0, 3.0, 0.0, 5.0, 0.0] * 3,
    )
    by_zeros = [Logarithmic().fit(history_of(one)).moments.variance[0] for one in (calm, wild)]
    by_moments = [NegativeBinomial().fit(history_of(one)).moments.variance[0] for one in (calm, wild)]
    assert by_moments[1] / by_moments[0] > 3 * by_zeros[1] / by_zeros[0]


def test_empirical_sizes_are_a_negative_binomial_number_of_them() -> None:
    """The table is the sum over numbers of orders, each a convolution of the sizes seen, weighted by SciPy's pmf."""
    series = [3.0, 0.0, 0.0, 7.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 12.0, 0.0]
    sizes = np.zeros(13)
    sizes[[3, 7, 12]] = 0.5, 0.25, 0.25
    lead = CompoundEmpirical().fit(history_of(series)).over(np.array([2.5]))
    x, number = np.arange(13), 4 / 12 * 2.5
    shape = 4 * (sizes @ x) ** 2 / (sizes @ x**2)
    expected, power = np.zeros(121), np.eye(1, 121)[0]
    for orders in range(41):
        expected += nbinom.pmf(orders, shape, shape / (shape + number)) * power
        power = np.convolve(power, sizes)[:121]
    assert lead.probabilities(120)[:, 0] == pytest.approx(expected, abs=1e-12)
    s2 = 4 / 12 * (sizes @ x**2)
    assert lead.variance[0] == pytest.approx(2.5 * s2 + 2.5**2 * s2 / 12)


def test_lumps_stay_lumps() -> None:
    """A part that goes by the dozen has no chance of 5 pieces, and fractions of a piece keep their mean."""
    history = history_of([12.0] + [0.0] * 5, [0.4, 0.0, 0.0, 1.2, 0.0, 0.0])
    fit = CompoundEmpirical().fit(history)
    table = fit.over(np.full(2, 2.0)).probabilities(40)
    assert set(np.flatnonzero(table[:, 0])) <= {0, 12, 24, 36}
    assert fit.rate == pytest.approx([2.0, 1.6 / 6])
    assert np.arange(41) @ table[:, 1] == pytest.approx(2 * 1.6 / 6, abs=1e-9)


def test_what_a_model_cannot_read_is_passed_on() -> None:
    """Demand in every period hides the customers, demand in most hides the sizes: the default model, and it says so."""
    history = history_of([2.0, 5.0, 1.0, 3.0] * 6, [4.0, 0.0, 0.0, 0.0] * 6, [4.0, 1.0, 3.0, 0.0] * 6)
    parts = PartMaster.of(history.parts, price=1, lead_time_days=30)
    for model, passed in ((Logarithmic(), [True, False, False]), (CompoundEmpirical(), [True, False, True])):
        levels = reorder_levels(history, parts, model=model)
        assert (levels.model == "negative_binomial").tolist() == passed
        assert [("doesn't suit" in why) for why in levels.reasons()] == passed


def test_large_lumps_in_lots_are_those_in_pieces() -> None:
    """Three orders of about 900 in two years, of which means above 500 are tabled in lots: shortages as in pieces."""
    series = [0.0] * 5 + [800.0] + [0.0] * 9 + [1100.0, 0.0, 0.0, 0.0, 950.0] + [0.0] * 4
    for model in (Geometric(), CompoundEmpirical()):
        demand = model.fit(history_of(series)).over(np.array([9.0]))
        assert demand.mean[0] > 1_000
        pieces, lots = demand.table(9_000, np.array([1])), demand.table(3_000, np.array([3]))
        assert lots[1][:, 0] == pytest.approx(pieces[1][::3, 0], abs=1e-3 * demand.mean[0])
        assert lots[0][::50, 0] == pytest.approx(pieces[0][::150, 0], abs=0.01)
