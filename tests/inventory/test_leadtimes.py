"""Lead times that vary: the demand is mixed exactly, the moments are the books', and a replay keeps the promise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from fieldops.errors import ConfigError
from fieldops.inventory import leadtimes
from fieldops.inventory.backtest import backtest
from fieldops.inventory.deliveries import Deliveries
from fieldops.inventory.demand import MODELS, NegativeBinomial, Poisson
from fieldops.inventory.demand.base import FamilyDemand, Interval
from fieldops.inventory.demand.mixed import Mixed
from fieldops.inventory.explain import explain_level
from fieldops.inventory.leadtimes import LeadTimes, gamma_lengths
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policy import least_reorder_point, service
from fieldops.inventory.reasons import Why
from fieldops.inventory.replay import replay
from tests.inventory.answers import rows_of
from tests.inventory.make import history_of, sparse_history

MONTH = 30.4375
START = np.datetime64("2021-01-01T00:00:00")


def took(months: list[float], part: str = "P0", **names: str) -> Deliveries:
    """Give deliveries of one part that took so many months each."""
    come = START + np.array([round(one * MONTH * 86_400) for one in months], dtype="timedelta64[s]")
    return Deliveries.of(part, ordered=np.full(len(months), START), received=come, **names)


def joined(*some: Deliveries) -> Deliveries:
    """Put deliveries together."""
    names = ("parts", "places", "suppliers", "days", "received")
    return Deliveries(*(np.concatenate([getattr(one, name) for one in some]) for name in names))


@dataclass(frozen=True)
class Textbook:
    """Demand with a mean of d and a variance of s2 a period, whatever the length."""

    d: float
    s2: float

    def interval(self, lead: Any, review: Any) -> Interval:
        """Moments grow with the length."""
        return Interval(
            *(FamilyDemand(Poisson(), self.d * one, self.s2 * one) for one in (lead, lead + review, review))
        )


def test_moments_are_the_books_and_not_those_of_an_exclusive_or(bench_data: Path) -> None:
    """Row K092: var = E[L] s2 + d2 Var(L), sigma 100.75; inventorize 1.2.6 writes ^ for the power and gets 71.78."""
    row = rows_of(bench_data)["K092"]
    d, sd, mean, spread = (row["inputs"][name] for name in ("d", "sd_d", "L", "sd_L"))
    parts = PartMaster.of(["P0"], lead_time_days=mean * MONTH, lead_time_sd_days=spread * MONTH)
    found = LeadTimes.of(history_of([1.0]), parts)
    demand = found.interval(Textbook(d, sd**2), np.ones(1)).lead  # type: ignore[arg-type]
    assert demand.mean[0] == pytest.approx(d * mean, abs=1e-4)
    assert np.sqrt(demand.variance[0]) == pytest.approx(row["expected"]["sigma"], rel=1e-6)
    assert np.sqrt(demand.variance[0]) != pytest.approx(71.78, rel=0.1)


def test_doubt_about_the_mean_grows_with_the_square_of_each_length() -> None:
    """V = E[L] s2 + d2 Var(L) + E[L2] s2/n for the negative binomial of 40 periods."""
    series = [2.0, 0.0, 5.0, 1.0] * 10
    found = LeadTimes.of(history_of(series), PartMaster.of(["P0"], lead_time_days=30), took([1, 1, 1, 2, 5, 5]))
    d, s2 = np.mean(series), np.var(series, ddof=1)
    first, second = np.mean([1, 1, 1, 2, 5, 5]), np.mean([1, 1, 1, 4, 25, 25])
    demand = found.interval(NegativeBinomial().fit(history_of(series)), np.ones(1)).lead
    expected = first * s2 + d**2 * (second - first**2) + second * s2 / 40
    assert demand.variance[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_demand_is_the_mixture_over_lead_times(name: str) -> None:
    """For each model: P and n(y) over lead time and protection interval are the weighted sums of each length's."""
    history = sparse_history(30, 60)
    months = [1.0, 1.0, 2.0, 2.0, 2.0, 5.0]
    past = joined(*(took(months, str(part)) for part in history.parts[::2]))
    lead = LeadTimes.of(history, PartMaster.of(history.parts, lead_time_days=MONTH), past)
    assert lead.vary.tolist() == [True, False] * 15
    fit, one, lot = MODELS[name].fit(history), np.ones(30), np.ones(30, dtype=np.int64)
    whole = lead.interval(fit, one)
    for part in ("lead", "protection", "review"):
        found = getattr(whole, part).table(40, lot)
        single = {months: getattr(fit.interval(one * months, one), part).table(40, lot) for months in (1, 2, 5)}
        for at in range(2):
            mixed = single[1][at] / 3 + single[2][at] / 2 + single[5][at] / 6
            assert found[at][:, ::2] == pytest.approx(mixed[:, ::2], abs=1e-7)
            assert found[at][:, 1::2] == pytest.approx(single[1][at][:, 1::2], abs=1e-12)


@given(mean=st.floats(0.01, 60), share=st.floats(0.02, 2.0), nodes=st.integers(3, 12))
def test_lengths_of_a_spread_have_its_moments(mean: float, share: float, nodes: int) -> None:
    """Weights are chances, and the first four moments of the gamma distribution are exact, however wide it is."""
    deviation = mean * share
    lengths, weights = gamma_lengths(np.array([mean]), np.array([deviation]), nodes)
    assert (lengths >= 0).all()
    assert weights.sum() == pytest.approx(1)
    shape, moment = 1 / share**2, 1.0
    for power in range(1, 5):
        moment *= (shape + power - 1) * deviation**2 / mean
        assert (weights * lengths**power).sum() == pytest.approx(moment, rel=1e-6)


@given(months=st.lists(st.floats(0, 30), min_size=5, max_size=120))
@settings(max_examples=60)
def test_observed_lead_times_keep_their_mean(months: list[float]) -> None:
    """However many deliveries: at most 32 lengths, chances that sum to one, the mean of all; equal ones never vary."""
    found = LeadTimes.of(history_of([1.0, 0.0]), PartMaster.of(["P0"], lead_time_days=1), took(months))
    days = took(months).days / MONTH
    assert found.mean[0] == pytest.approx(days.mean(), abs=1e-9)
    assert found.vary[0] == (np.ptp(days) > 0)
    if found.vary[0]:
        weights = found.weights[found.which[0]]
        assert weights.sum() == pytest.approx(1)
        assert (weights > 0).sum() <= leadtimes.MOST
        assert found.variance[0] <= days.var() * (1 + 1e-9) + 1e-12
        if len(set(days)) <= leadtimes.MOST:
            assert found.variance[0] == pytest.approx(days.var(), rel=1e-9, abs=1e-12)


def test_a_lead_time_is_the_same_to_the_last_bit_whoever_stands_beside_it() -> None:
    """Beside a part of 32 different lengths, parts of 5 to 20 have the mean and the variance that they have alone."""
    rng = np.random.default_rng(5)
    past = [took(rng.uniform(0.5, 9.0, number).tolist(), f"P{at}") for at, number in enumerate((*range(5, 21), 32))]
    history = history_of(*[[1.0, 0.0]] * len(past))
    parts = PartMaster.of(history.parts, lead_time_days=30)
    together = LeadTimes.of(history, parts, joined(*past))
    for at, mine in enumerate(past):
        one = np.array([at])
        alone = LeadTimes.of(history.take(one), parts.take(one), mine)
        assert (alone.mean[0], alone.variance[0]) == (together.mean[at], together.variance[at])


def test_the_narrowest_known_deliveries_count() -> None:
    """The part at its place before the part, the part before its supplier, five of them before what is stated."""
    history = history_of(*[[1.0, 0.0, 2.0]] * 5)
    parts = PartMaster.of(history.parts, lead_time_days=MONTH, supplier=["A", "A", "A", "B", ""])
    past = joined(
        took([2.0] * 5, "P0", places="XA"),
        took([4.0] * 5, "P0", places="elsewhere"),
        took([6.0] * 4, "P1", places="elsewhere"),  # one too few of the part: they count for its supplier
        took([3.0] * 4, "", suppliers="B"),
    )
    found = LeadTimes.of(history, parts, past.named(parts))
    assert found.source.tolist() == [1, 3, 3, 0, 0]
    assert found.mean == pytest.approx([2.0, (5 * 2 + 5 * 4 + 4 * 6) / 14, (5 * 2 + 5 * 4 + 4 * 6) / 14, 1.0, 1.0])
    assert found.seen.tolist() == [5, 14, 14, 0, 0]
    later = joined(past, took([3.0], "P3"))  # the fifth of supplier B, named by its part
    assert LeadTimes.of(history, parts, later.named(parts)).source.tolist() == [1, 3, 3, 3, 0]


def test_deliveries_that_agree_with_the_master_change_nothing() -> None:
    """Five deliveries of one length give the levels of a fixed lead time of that length, to the last bit."""
    history = sparse_history(40, 48)
    fixed = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=2 * MONTH))
    past = joined(*(took([2.0] * 5, str(part)) for part in history.parts))
    seen = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=7), lead_times=past)
    assert seen.reorder_point.tolist() == fixed.reorder_point.tolist()
    assert np.array_equal(seen.promised.fill_rate, fixed.promised.fill_rate, equal_nan=True)
    assert (seen.why & Why.LEAD_OBSERVED > 0).all()
    assert not (seen.why & Why.LEAD_VARIES).any()


def test_a_spread_never_lowers_a_level_and_neighbours_do_not_matter() -> None:
    """Of 60 items every other has a spread: their levels don't fall, the others' stay, and alone each has the same."""
    history = sparse_history(60, 48)
    spread = np.where(np.arange(60) % 2 == 0, 40.0, 0.0)
    plain = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=60))
    parts = PartMaster.of(history.parts, lead_time_days=60, lead_time_sd_days=spread)
    wide = reorder_levels(history, parts)
    assert (wide.reorder_point[::2] >= plain.reorder_point[::2]).all()
    assert wide.reorder_point[::2].sum() > plain.reorder_point[::2].sum()
    assert wide.reorder_point[1::2].tolist() == plain.reorder_point[1::2].tolist()
    assert ((wide.why & Why.LEAD_VARIES > 0) == (spread > 0)).all()
    assert wide.to_frame()["lead_time_sd_days"].to_numpy() == pytest.approx(spread, abs=1e-4)
    some = np.array([4, 7, 20])
    alone = reorder_levels(history.take(some), parts)
    assert alone.reorder_point.tolist() == wide.reorder_point[some].tolist()


def test_a_rare_very_late_order_is_in_the_promise() -> None:
    """One order of twelve takes 40 months: backorders are those of summing both cases, not those of a cut-off table."""
    late = [1.0] * 11 + [40.0]
    found = LeadTimes.of(history_of([3.0, 1.0]), PartMaster.of(["P0"], lead_time_days=30), took(late))
    demands = found.interval(Poisson().fit(history_of([3.0, 1.0])), np.ones(1))
    both = [FamilyDemand(Poisson(), np.array([m]), np.array([m])) for m in (4.0, 82.0)]
    for point in (5, 60, 90):
        awaited = service(demands, np.array([point])).expected_backorders[0]
        short = [one.table(200, np.ones(1, dtype=np.int64))[1][point + 1, 0] for one in both]
        assert awaited == pytest.approx((11 * short[0] + short[1]) / 12, abs=1e-6)


def test_a_lead_time_of_thousands_of_pieces_beside_one_of_twenty() -> None:
    """One order of 32 takes 100 months: a ready rate of .99 is the .68 quantile of its 2,020 pieces, not infinity."""
    fit = Poisson().fit(history_of([20.0] * 24, [1.0] * 24))
    past = joined(took([1.0] * 31 + [100.0], "P0"), took([1.0] * 31 + [100.0], "P1"))
    found = LeadTimes.of(history_of([1.0], [1.0]), PartMaster.of(["P0", "P1"], lead_time_days=30), past)
    demands = found.interval(fit, np.ones(2))
    point = least_reorder_point(demands, np.full(2, 0.99), "ready_rate")
    mean = 20 * np.array([2.0, 101.0])
    cdf = [poisson.cdf(point[0] + np.arange(-1, 2), one) for one in mean]
    ready = (31 * cdf[0] + cdf[1]) / 32
    assert point[0] > 2000
    assert ready[0] < 0.99 + 2e-3
    assert ready[2] > 0.99 - 2e-3
    assert 80 < point[1] < 130


@pytest.mark.parametrize(("quantity", "kind"), [(1, "s,S"), (4, "s,nQ")])
def test_a_replay_with_drawn_lead_times_keeps_the_promise(quantity: int, kind: str) -> None:
    """Lead times that stay for 200 months, so that hardly an order overtakes another: what is reached was promised."""
    items, months = 400, 3000
    history = history_of([0.05] * 100)
    lead = LeadTimes.of(history, PartMaster.of(["P0"], lead_time_days=30), took([1, 1, 1, 2, 8, 8])).rounded()
    mean = np.array([0.05])
    lengths = [(1.0, 0.5), (2.0, 1 / 6), (8.0, 1 / 3)]
    until = [FamilyDemand(Poisson(), mean * (one + 1), mean * (one + 1)) for one, _ in lengths]
    before = [FamilyDemand(Poisson(), mean * one, mean * one) for one, _ in lengths]
    weights = np.array([[share] for _, share in lengths])
    demands = Interval(Mixed.of(before, weights), Mixed.of(until, weights), FamilyDemand(Poisson(), mean, mean))
    point, lots = np.array([0]), np.array([quantity])
    promised = service(demands, point, lots, kind).fill_rate[0]  # type: ignore[arg-type]
    random = np.random.default_rng(3)
    draws = random.poisson(0.05, (months, items)).astype(float)
    waits = np.repeat(lead.take(np.zeros(items, dtype=np.int64)).drawn(months // 200, seed=5), 200, axis=0)
    assert {1, 2, 8} == set(np.unique(waits))
    every = np.zeros(items, dtype=np.int64)
    books = replay(draws, every, every + quantity, waits, kind=kind, warm_up=100)  # type: ignore[arg-type]
    reached = books.filled.sum() / books.demanded.sum()
    assert reached == pytest.approx(promised, abs=0.006)
    fixed = np.rint(lead.mean).astype(np.int64) + every
    assert replay(draws, every, every + quantity, fixed, kind=kind, warm_up=100).filled.sum() != books.filled.sum()  # type: ignore[arg-type]


def test_a_backtest_draws_by_its_seed_and_knows_no_later_delivery() -> None:
    """Same seed, same books; another seed, others; what came after the split changes nothing."""
    history = sparse_history(40, 60)
    parts = PartMaster.of(history.parts, lead_time_days=45, price=3, lead_time_sd_days=25)
    one, again, other = (backtest(history, parts, split=40, target=0.9, seed=seed) for seed in (1, 1, 2))
    assert one.books.filled.tolist() == again.books.filled.tolist()
    assert one.books.filled.tolist() != other.books.filled.tolist()
    assert one.levels.reorder_point.tolist() == other.levels.reorder_point.tolist()
    lengths = one.levels.lead_times.lengths
    assert (lengths == np.rint(lengths)).all()
    assert one.levels.lead_times.vary.all()
    late = took([9.0] * 5, "P0")
    late = Deliveries(late.parts, late.places, late.suppliers, late.days, late.received + np.timedelta64(3000, "D"))
    same = backtest(history, parts, split=40, target=0.9, seed=1, lead_times=late)
    assert same.levels.reorder_point.tolist() == one.levels.reorder_point.tolist()
    early = backtest(history, parts, split=40, target=0.9, seed=1, lead_times=took([9.0] * 5, "P0"))
    assert early.levels.lead[0] == 9.0


def test_one_level_tells_its_lead_times() -> None:
    """The explanation names mean, range, spread and where they come from; the fallback by the longest is told."""
    history = history_of([2.0, 0.0, 1.0, 0.0] * 6, [1.0, 0.0, 0.0, 0.0] * 6)
    parts = PartMaster.of(["P0", "P1"], lead_time_days=30, lead_time_sd_days=[0, 12])
    levels = reorder_levels(history, parts, lead_times=took([1, 1, 1, 2, 3, 1]))
    text = explain_level(levels, "P0", "XA")
    assert "Lead time 45.7 days (30 to 91, standard deviation 23.2; 6 deliveries of the part) + review" in text
    assert "lead time varies; lead time of past deliveries" in text
    assert "Lead time 30.0 days (standard deviation 12.0) + review" in explain_level(levels, "P1", "XA")


def test_models_that_cannot_do_the_longest_lead_time_pass_the_item_on() -> None:
    """24 months hold no two windows of 25: the item has the default model, its neighbour keeps the one asked for."""
    history = history_of([2.0, 0.0, 1.0, 0.0] * 6, [2.0, 0.0, 1.0, 0.0] * 6)
    parts = PartMaster.of(["P0", "P1"], lead_time_days=30)
    levels = reorder_levels(history, parts, model="empirical", lead_times=took([1, 1, 1, 1, 25]))
    assert levels.model.tolist() == ["negative_binomial", "empirical"]


def test_lead_times_of_other_items_are_refused() -> None:
    """One entry an item, or deliveries."""
    history = history_of([1.0, 0.0])
    with pytest.raises(ConfigError, match="lead_times has 2 entries for 1 items"):
        reorder_levels(history, PartMaster.of(["P0"], lead_time_days=3), lead_times=LeadTimes.fixed(np.ones(2)))


def test_whole_columns_reach_a_target_together() -> None:
    """Levels in lock-step for a mixed range reach their target, and one piece less does not."""
    history = sparse_history(50, 60)
    spread = np.linspace(0, 80, 50)
    lead = LeadTimes.of(history, PartMaster.of(history.parts, lead_time_days=50, lead_time_sd_days=spread))
    demands = lead.interval(NegativeBinomial().fit(history), np.ones(50))
    point = least_reorder_point(demands, np.full(50, 0.95))
    used = point >= 0
    assert (service(demands, point).fill_rate[used] >= 0.95 - 1e-9).all()
    assert (service(demands, point - 1).fill_rate[used & (point > 0)] < 0.95).all()
