"""One suite that every demand model passes; a model in the list is tested unasked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from fieldops.errors import ConfigError
from fieldops.inventory.demand import (
    DEFAULT,
    MODELS,
    DemandModel,
    NegativeBinomial,
    Poisson,
    Pooled,
    model_named,
    moments,
)
from fieldops.inventory.demand.base import Interval
from fieldops.inventory.demand.empirical import Empirical
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policy import least_reorder_point, service
from tests.inventory.make import history_of, sparse_history

DEGENERATE = {
    "all zero": [0.0] * 24,
    "one demand": [0.0] * 10 + [3.0] + [0.0] * 13,
    "constant": [4.0] * 24,
    "one period": [2.0],
    "not observed": [np.nan] * 24,
    "half observed": [np.nan] * 12 + [1.0, 0.0] * 6,
    "leading and trailing zeros": [0.0] * 9 + [2.0, 1.0, 5.0] + [0.0] * 12,
    "negative": [2.0, -3.0, 0.0, 1.0] * 6,
    "fractions": [0.25, 0.0, 1.5, 0.0] * 6,
    "huge": [1e9, 0.0, 3e9, 2e9] * 6,
    "one spike": [0.0] * 23 + [1e6],
    "leading zeros": [0.0] * 16 + [2.0, 0.0, 1.0, 0.0, 0.0, 3.0, 0.0, 1.0],
    "trailing zeros": [2.0, 0.0, 1.0, 0.0, 0.0, 3.0, 0.0, 1.0] + [0.0] * 16,
    "all negative": [-1.0, -2.0] * 12,
    "gaps": [1.0, np.nan, 0.0, 2.0] * 6,
    "infinite": [np.inf, 1.0, 1e300, 0.0] * 6,
    "nearly nothing": [0.001] + [0.0] * 23,
    "as large as counts get": [1e14, 0.0, 9e14, 3e14] * 6,
}


def learnt() -> DemandModel:
    """Give the pooled model as it is used: with what a range of parts has taught it."""
    range_of_parts = sparse_history(300, 60, seed=5)
    return Pooled().learn(range_of_parts, PartMaster.of(range_of_parts.parts, lead_time_days=30, price=range(300)))


SUITE = {**MODELS, "pooled, learnt": learnt()}


@pytest.fixture(params=SUITE.values(), ids=SUITE.keys())
def model(request: pytest.FixtureRequest) -> DemandModel:
    """Every model of the list, in turn."""
    found: DemandModel = request.param
    return found


def intervals(model: DemandModel, lead: float = 2.3, review: float = 0.9) -> Interval:
    """Fit a mixed range of items and give their demands."""
    history = sparse_history(40, 60)
    return model.fit(history).interval(np.full(40, lead), np.full(40, review))


def test_probabilities_sum_to_one(model: DemandModel) -> None:
    """A table that is tall enough holds everything, and nothing negative."""
    demands = intervals(model)
    for demand in (demands.lead, demands.protection, demands.review):
        cdf, short = demand.table(3_000, np.ones(40, dtype=np.int64))
        assert (np.diff(cdf, axis=0, prepend=0.0) >= -1e-12).all()
        assert cdf[-1] == pytest.approx(np.ones(40), abs=1e-9)
        assert short[-1] == pytest.approx(np.zeros(40), abs=1e-7)


def test_table_has_the_stated_moments(model: DemandModel) -> None:
    """Mean and variance of the table are those that the model states."""
    demands = intervals(model)
    x = np.arange(4_001)
    for demand in (demands.lead, demands.protection, demands.review):
        table = np.diff(demand.table(4_000, np.ones(40, dtype=np.int64))[0], axis=0, prepend=0.0)
        mean = x @ table
        assert mean == pytest.approx(demand.mean, rel=1e-6, abs=1e-9)
        assert x**2 @ table - mean**2 == pytest.approx(demand.variance, rel=1e-5, abs=1e-9)


def test_means_grow_with_time(model: DemandModel) -> None:
    """Lead time and review interval make up the protection interval, and the rate is the mean of the history.

    Pooling moves the rates of single items, so there it is held for the range.
    """
    history = sparse_history(40, 60)
    fit, demands = model.fit(history), intervals(model)
    assert demands.lead.mean + demands.review.mean == pytest.approx(demands.protection.mean)
    if isinstance(model, Pooled) and model.prior is not None:
        assert demands.review.mean == pytest.approx(0.9 * fit.rate)
        assert fit.rate.mean() == pytest.approx(history.counts.mean(), rel=0.3)
    else:
        assert fit.rate == pytest.approx(history.counts.mean(axis=0))


def test_more_time_never_asks_for_less(model: DemandModel) -> None:
    """Demand over the protection interval is stochastically larger than over the lead time: P(D <= y) is lower."""
    demands, lot = intervals(model), np.ones(40, dtype=np.int64)
    (longer, short), (shorter, less_short) = (demand.table(500, lot) for demand in (demands.protection, demands.lead))
    assert (longer <= shorter + 1e-9).all()
    assert (short >= less_short - 1e-9).all()


@pytest.mark.parametrize("series", DEGENERATE.values(), ids=DEGENERATE.keys())
@pytest.mark.parametrize(("lead", "review"), [(0.0, 1.0), (1.4, 0.03), (60.0, 1.0)])
def test_degenerate_series_give_numbers(model: DemandModel, series: list[float], lead: float, review: float) -> None:
    """No series stops a model; where there is demand a level reaches its target, where there is none it is -1."""
    fit = model.fit(history_of(series))
    one, target = np.ones(1), np.array([0.9])
    if not fit.able(one * lead, one * review)[0]:
        assert model is not DEFAULT  # the default takes what others pass on
        return
    demands = fit.interval(one * lead, one * review)
    point = least_reorder_point(demands, target)
    promised = service(demands, point)
    if demands.review.mean[0] > 0:
        assert promised.fill_rate[0] >= 0.9 - 1e-9
    else:
        assert point[0] == -1
        assert np.isnan(promised.fill_rate[0])


def test_taking_items_is_fitting_them_alone(model: DemandModel) -> None:
    """A part of a fit is the fit of that part, so blocks of items don't change a number."""
    history, some = sparse_history(30, 36), np.array([3, 17, 28])
    lead, review = np.linspace(0.5, 3.0, 30), np.ones(30)
    lot = np.ones(3, dtype=np.int64)
    whole = model.fit(history).take(some).interval(lead[some], review[some])
    alone = model.fit(history.take(some)).interval(lead[some], review[some])
    for one, other in zip(whole.protection.table(30, lot), alone.protection.table(30, lot), strict=True):
        assert one == pytest.approx(other, abs=1e-12)


def test_shortage_goes_with_the_probabilities(model: DemandModel) -> None:
    """n(y) falls by P(D > y) from one piece to the next: the two tables speak of one distribution."""
    for demand in (intervals(model).lead, intervals(model).protection):
        cdf, short = demand.table(60, np.ones(40, dtype=np.int64))
        assert -np.diff(short, axis=0) == pytest.approx(1.0 - cdf[:-1], abs=1e-9)
        assert short[0] == pytest.approx(demand.mean, abs=1e-9)


@pytest.mark.parametrize("spread", [1.0, 12.0])
def test_lots_look_at_every_tenth_piece(model: DemandModel, spread: float) -> None:
    """Row x of a table in lots of ten is row 10 x of the table in pieces (gamma against recursion: nearly)."""
    rng = np.random.default_rng(3)
    series = rng.poisson(240 * (spread * rng.random(48) ** (spread - 1)), 48).astype(float)
    fit = model.fit(history_of(series.tolist()))
    if not fit.able(np.ones(1), np.ones(1))[0]:
        pytest.skip("a part with demand nearly always is passed on to the default model")
    demand = fit.interval(np.ones(1), np.ones(1)).protection
    singles, lots = demand.table(4_000, np.array([1])), demand.table(400, np.array([10]))
    assert lots[0] == pytest.approx(singles[0][::10], abs=0.015)
    assert lots[1] == pytest.approx(singles[1][::10], abs=0.01 * demand.mean[0])


def test_lots_of_neighbours_do_not_mix(model: DemandModel) -> None:
    """Items in single pieces and items in lots stand in one table, each as it would alone."""
    demand, lot = intervals(model).protection, np.where(np.arange(40) % 3 == 0, 5, 1)
    cdf, short = demand.table(50, lot)
    for at in (0, 1, 2, 3):
        alone = demand.take(np.array([at])).table(50, lot[[at]])
        assert cdf[:, at] == pytest.approx(alone[0][:, 0], abs=1e-12)
        assert short[:, at] == pytest.approx(alone[1][:, 0], abs=1e-12)


@given(rate=st.floats(0.01, 300.0), spread=st.floats(1.0, 30.0))
def test_tables_are_those_of_scipy(rate: float, spread: float) -> None:
    """The recursions of Poisson and negative binomial give SciPy's probabilities and quantiles."""
    x = np.arange(800)
    variance = rate * spread
    for family, mean, var, known in (
        (Poisson(), rate, rate, poisson(rate)),
        (
            NegativeBinomial(),
            rate,
            variance,
            nbinom(rate**2 / (variance - rate), rate / variance) if spread > 1.001 else None,
        ),
    ):
        if known is None:
            continue
        start, a, b = family.coefficients(np.array([mean]), np.array([var]))
        table = np.concatenate([start, start * np.cumprod(a + b / x[1:])])
        assert table == pytest.approx(known.pmf(x), rel=1e-6, abs=1e-14)
        cdf = np.cumsum(table)
        for level in (0.5, 0.95, 0.999):
            if cdf[-1] > level and abs(cdf - level).min() > 1e-9:
                assert np.argmax(cdf >= level) == known.ppf(level)


def test_negative_binomial_becomes_poisson() -> None:
    """Where the variance falls to the mean the distribution passes over into Poisson without a jump."""
    mean, x = np.full(3, 4.0), np.arange(1, 30)
    start, a, b = NegativeBinomial().coefficients(mean, mean * np.array([1.0, 1.0 + 1e-8, 1.0 + 1e-6]))
    tables = np.vstack([start, start * np.cumprod(a + b / x[:, None], axis=0)])
    assert tables[:, 1] == pytest.approx(tables[:, 0], abs=1e-7)
    assert tables[:, 2] == pytest.approx(tables[:, 0], abs=1e-5)


def test_parameter_uncertainty_widens_with_the_lead_time() -> None:
    """The variance is L s2 + L^2 s2/n: the doubt about the mean counts once for one period, ten times for ten."""
    fit = NegativeBinomial().fit(history_of([3.0, 0.0, 1.0, 8.0] * 5))
    plain = NegativeBinomial(parameter_uncertainty=False).fit(history_of([3.0, 0.0, 1.0, 8.0] * 5))
    s2 = np.var([3.0, 0.0, 1.0, 8.0] * 5, ddof=1)
    for length in (1.0, 10.0):
        extra = fit.over(np.array([length])).variance - plain.over(np.array([length])).variance
        assert extra[0] == pytest.approx(length**2 * s2 / 20)


def test_moments_leave_out_what_was_not_observed() -> None:
    """Mean and variance are NumPy's over the observed periods only."""
    rng = np.random.default_rng(9)
    counts = np.where(rng.random((10, 30)) < 0.3, np.nan, rng.poisson(2.0, (10, 30)) * 1e6)
    found = moments(history_of(*counts.tolist()))
    assert found.mean == pytest.approx(np.nanmean(counts, axis=1), rel=1e-12)
    assert found.variance == pytest.approx(np.nanvar(counts, axis=1, ddof=1), rel=1e-10)
    assert found.observed.tolist() == np.isfinite(counts).sum(axis=1).tolist()


def test_empirical_is_the_past_replayed() -> None:
    """The promised fill of a level is what base stock would have filled over all windows of the history."""
    series, lead, level = [2.0, 0.0, 5.0, 1.0, 0.0, 0.0, 3.0, 4.0], 2, 6
    served = sum(min(max(level - sum(series[t : t + lead]), 0), series[t + lead]) for t in range(len(series) - lead))
    demands = Empirical().fit(history_of(series)).interval(np.array([2.0]), np.array([1.0]))
    assert service(demands, np.array([level - 1])).fill_rate[0] == pytest.approx(served / sum(series[lead:]))


def test_empirical_mixes_whole_periods() -> None:
    """A lead time of 2.25 periods is two periods with weight 3/4 and three with 1/4; lumps stay whole."""
    series = [0.0, 6.0, 0.0, 0.0, 6.0, 0.0, 0.0, 6.0, 0.0]
    demand = Empirical().fit(history_of(series)).interval(np.array([2.25]), np.array([0.5])).lead
    table = np.diff(demand.table(12, np.array([1]))[0][:, 0], prepend=0.0)
    assert set(np.flatnonzero(table > 1e-12)) <= {0, 6}
    assert demand.mean[0] == pytest.approx(2.25 * 2.0, rel=0.1)


def test_empirical_passes_on_what_it_cannot_do() -> None:
    """Fewer than two whole windows, or gaps in all of them, are not able; the others are."""
    fit = Empirical().fit(history_of([1.0] * 6, [1.0, 2.0, np.nan, 1.0, np.nan, 0.0]))
    assert fit.able(np.array([3.0, 3.0]), np.ones(2)).tolist() == [True, False]
    assert fit.able(np.array([5.0, 0.0]), np.ones(2)).tolist() == [False, True]
    early = Empirical().fit(history_of([3.0] + [0.0] * 9, [0.0] * 10))
    assert early.able(np.array([2.0, 2.0]), np.ones(2)).tolist() == [False, True]  # the demand is in no review


def test_an_unknown_model_names_the_known() -> None:
    """A misspelt model is answered with the list."""
    with pytest.raises(ConfigError, match=r"pooled, negative_binomial, .*, poisson, empirical"):
        model_named("negativ_binomial")
