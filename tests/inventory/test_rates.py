"""Smoothed rates: known answers, odd series, and that they reach the level."""

from __future__ import annotations

import json
import math
from csv import DictReader
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.backtest import backtest
from fieldops.inventory.demand import NegativeBinomial, smoothing
from fieldops.inventory.demand.rates import BUCKETS, METHODS, STARTS, Rate, at_rate, rate_named
from fieldops.inventory.demand.smoothing import COSTS, starts, walk
from fieldops.inventory.explain import explain_level
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from tests.inventory.answers import rows_of
from tests.inventory.make import history_of, sparse_history

SERIES = [0, 2, 0, 1, 0, 11, 0, 0, 0, 0, 2, 0, 6, 3, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0]
KNOWN = {
    ("croston", "naive"): 1.3625345039,
    ("croston", "mean"): 1.15455295199,
    ("sba", "naive"): 1.2944077787,
    ("sba", "mean"): 1.09682530439,
    ("sbj", "naive"): 1.29082216159,
}


@pytest.mark.parametrize("case", KNOWN)
def test_rates_are_those_of_tsintermittent(case: tuple[str, str]) -> None:
    """Croston, SBA and SBJ of R's tsintermittent 1.10 on its second series, smoothing .1."""
    found = Rate(*case).of(history_of([float(y) for y in SERIES]))[0]  # type: ignore[arg-type]
    assert found == pytest.approx(KNOWN[case], abs=1e-9)


def test_tsb_is_that_of_tsintermittent() -> None:
    """TSB with smoothing .1 of sizes and .05 of the chance, started at the mean, on the same series."""
    found = Rate("tsb", "mean", (0.1, 0.05)).of(history_of([float(y) for y in SERIES]))[0]
    assert found == pytest.approx(0.924676122209, abs=1e-9)


def test_known_answers_of_rates(bench_data: Path) -> None:
    """Rows K065 to K081 of the file: R's forecast and tsintermittent, both series, both starts, other smoothing."""
    path = bench_data / "inventory" / "known_answers.csv"
    if not path.is_file():
        pytest.skip(f"no known answers at {path}")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in DictReader(lines) if "K065" <= row["id"] <= "K081"]
    assert len(rows) == 16
    for row in rows:
        inputs = json.loads(row["inputs_json"])
        text = " ".join(str(value) for value in row.values()).lower()
        method = "tsb" if "alpha_prob" in inputs else next((m for m in ("sba", "sbj") if f" {m} on" in text), "croston")
        a = inputs.get("alpha_demand", inputs.get("alpha"))
        b = inputs.get("alpha_interval", inputs.get("alpha_prob", a))
        rate = Rate(method, inputs.get("init", "naive"), (a, b))  # type: ignore[arg-type]
        found = rate.of(history_of([float(y) for y in inputs["y"]]))[0]
        assert found == pytest.approx(float(row["expected_json"]), abs=float(row["tolerance"])), row["id"]


def test_known_answers_of_aggregation(bench_data: Path) -> None:
    """Rows K082 and K083: ADIDA and IMAPA as statsforecast has them."""
    rows = rows_of(bench_data)
    for key in ("K082", "K083"):
        history = history_of([float(y) for y in rows[key]["inputs"]["y"]])
        found = {name.upper(): Rate(name).of(history)[0] for name in BUCKETS}  # type: ignore[arg-type]
        assert found == pytest.approx(rows[key]["expected"], abs=rows[key]["tolerance"])


@pytest.mark.parametrize("method", BUCKETS)
def test_buckets_end_with_the_series(method: str) -> None:
    """Gaps take no time and what stands beside an item changes nothing; a constant series is its own rate."""
    rng = np.random.default_rng(2)
    series = [rng.poisson(0.4, 30).astype(float).tolist() for _ in range(6)]
    gapped = [value for at, value in enumerate(series[0]) for value in ([np.nan] if at % 7 == 3 else []) + [value]]
    rate = Rate(method)  # type: ignore[arg-type]
    together = rate.of(history_of(*series))
    assert together == pytest.approx([rate.of(history_of(one))[0] for one in series], abs=1e-12)
    assert rate.of(history_of(gapped))[0] == pytest.approx(together[0], abs=1e-12)
    assert rate.of(history_of([3.0] * 12))[0] == pytest.approx(3.0)


def test_gaps_and_negatives_are_no_demand_of_zero() -> None:
    """(3, 0, NaN, 0, 2) is (3, 0, 0, 2): a gap takes no time, not 2.315 as where NaN counts as zero (statsforecast)."""
    gap, without, zero = (
        Rate("sba", "naive").of(history_of(one))[0]
        for one in ([3.0, 0.0, np.nan, 0.0, 2.0], [3.0, 0.0, 0.0, 2.0], [3.0, 0.0, 0.0, 0.0, 2.0])
    )
    assert gap == without == pytest.approx(0.95 * 2.9 / 1.2)
    assert zero == pytest.approx(0.95 * 2.9 / 1.3)
    history = history_of([3.0, -1.0, 2.0])
    assert history.clipped[0]
    assert Rate("sba", "naive").of(history)[0] == pytest.approx(0.95 * 2.9 / 1.1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("start", STARTS)
def test_odd_series_have_numbers(method: str, start: str) -> None:
    """All zero and nothing observed are 0; one demand, constant and huge demands finite and above 0."""
    if method in BUCKETS and start != "mean":
        with pytest.raises(ConfigError, match="leave them out"):
            Rate(method, start)  # type: ignore[arg-type]
        return
    rate = Rate(method, start)  # type: ignore[arg-type]
    none = history_of([0.0] * 24, [np.nan] * 24)
    some = history_of([0.0] * 10 + [3.0] + [0.0] * 13, [4.0] * 24, [1e9, 0.0] * 12, [np.nan] * 23 + [2.0])
    assert rate.of(none).tolist() == [0.0, 0.0]
    found = rate.of(some)
    assert (np.isfinite(found) & (found > 0)).all()
    assert found[1] == pytest.approx({"sba": 3.8, "sbj": 4 * (1 - 0.1 / 1.9)}.get(method, 4.0))
    assert (rate.observations(some) > 0).all()


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=20)
@given(seed=st.integers(0, 100))
def test_items_do_not_disturb_each_other(method: str, seed: int) -> None:
    """An item has the same rate in any order and alone."""
    history, rate = sparse_history(12, 30, seed), Rate(method)  # type: ignore[arg-type]
    order = np.random.default_rng(seed).permutation(12)
    assert rate.of(history.take(order)).tolist() == rate.of(history)[order].tolist()
    assert rate.of(history.take(np.array([5])))[0] == rate.of(history)[5]


def test_a_rate_moves_level_and_explanation() -> None:
    """A part whose demand has ended comes down with TSB, not with the mean; text and replay go by it, too."""
    history = history_of([4.0, 2.0, 3.0, 5.0] * 6 + [0.0] * 24, [2.0, 0.0] * 24)
    parts = PartMaster.of(history.parts, price=5, lead_time_days=60)
    mean, tsb = (reorder_levels(history, parts, rate=one) for one in ("mean", "tsb"))
    assert tsb.reorder_point[0] < mean.reorder_point[0] / 2
    assert tsb.rate == pytest.approx(Rate("tsb").of(history))
    text = explain_level(tsb, "P0", "XA")
    assert f"{tsb.rate[0]:.3f} a month (tsb of 48 months, 24 with demand)" in text
    assert f"reaches it: {tsb.raw[0]} (" in text
    assert backtest(history, parts, split=36, rate="sba").levels.rate == pytest.approx(
        Rate("sba").of(history.before(36))
    )


def test_the_variance_moves_with_the_rate() -> None:
    """Twice as many orders of the same sizes: twice the variance; the doubt is that of the smoothed rate."""
    history = history_of([0.0, 3.0, 0.0, 0.0, 2.0, 6.0] * 8)
    plain, rate = NegativeBinomial(parameter_uncertainty=False).fit(history), Rate("tsb", smoothing=(0.2, 0.2))
    moved = at_rate(plain, history, rate)
    lead, before = (one.interval(np.ones(1), np.ones(1)).lead for one in (moved, plain))
    assert lead.variance / lead.mean == pytest.approx(before.variance / before.mean)
    assert lead.mean == pytest.approx(rate.of(history))
    assert rate.observations(history)[0] == pytest.approx(9.0)


def test_optimised_smoothing_finds_the_rate(bench_data: Path) -> None:
    """SBA on tsintermittent's first series: .530 from a naive start, .345 from a mean one, .19 optimised; truth .20."""
    series = rows_of(bench_data)["K068"]["inputs"]["y"]
    history = history_of([float(y) for y in series])
    found = [Rate("sba", "naive"), Rate("sba"), Rate("sba", smoothing="optimised")]
    rates = [float(rate.of(history)[0]) for rate in found]
    assert rates[:2] == pytest.approx([0.530, 0.345], abs=1e-3)
    assert rates[2] == pytest.approx(0.191, abs=3e-3)


@pytest.mark.parametrize("method", ["croston", "sba", "sbj", "tsb"])
@pytest.mark.parametrize("cost", COSTS)
def test_optimised_smoothing_has_the_least_rate_error(method: str, cost: str) -> None:
    """No usual constants and starts have a lower error, told here by its equation from rates of ever longer series."""
    series = [float(y) for y in SERIES]
    searched = Rate(method, smoothing="optimised", cost=cost)  # type: ignore[arg-type]
    (state, a, b), counts = searched._smoothed(history_of(series)), np.array(series)[:, None]
    settled = math.ceil(0.3 * len(series))

    def error(forecasts: list[float]) -> float:
        told = [f - np.mean(series[: max(t, settled)]) for t, f in enumerate(forecasts, start=3)]
        return float(np.mean(np.abs(told) if cost == "mar" else np.square(told)))

    usual = []
    for start in STARTS:
        for constants in ((0.05, 0.05), (0.1, 0.1), (0.3, 0.1), (0.3, 0.3)):
            first = starts(counts)[STARTS.index(start)]
            states = list(walk(counts, first, *constants))
            usual.append(error([float(one.rate(method, constants[1])[0]) for one in states[2:-1]]))
    a1, b1, size, pace = smoothing._searched(counts, method, cost)
    states = list(walk(counts, smoothing._state(size, pace, method), a1, b1))
    assert error([float(one.rate(method, b1)[0]) for one in states[2:-1]]) < min(usual)
    assert (float(a[0]), float(b[0])) == (float(a1[0]), float(b1[0]))
    assert searched.of(history_of(series))[0] == state.rate(method, b)[0] == states[-1].rate(method, b1)[0]


def test_optimised_smoothing_of_odd_series() -> None:
    """Nothing demanded is 0, a constant its own rate, all finite; gaps take no time, neighbours change nothing."""
    rng = np.random.default_rng(2)
    sparse = rng.poisson(0.3, 30).astype(float).tolist()
    gapped = [value for at, value in enumerate(sparse) for value in ([np.nan] if at % 7 == 3 else []) + [value]]
    rows = [[0.0] * 30, [np.nan] * 30, [4.0] * 30, [0.0] * 12 + [3.0] + [0.0] * 17, [1e9, 0.0] * 15, sparse]
    for method in ("croston", "sba", "sbj", "tsb"):
        rate = Rate(method, smoothing="optimised")  # type: ignore[arg-type]
        found = rate.of(history_of(*rows))
        assert found[:2].tolist() == [0.0, 0.0]
        assert found[2] == pytest.approx(4.0, rel=0.3)
        assert np.isfinite(found).all()
        assert (found[3:] > 0).all()
        assert found[5] == rate.of(history_of(sparse))[0]
        assert rate.of(history_of(gapped))[0] == pytest.approx(found[5], abs=1e-9)
        periods = rate.observations(history_of(*rows))
        assert ((periods >= 0) & (periods <= 30)).all()


def test_optimised_rates_reach_the_level() -> None:
    """By name as by `Rate`: levels follow, and the explanation names it."""
    history = history_of([0.0, 0.0, 9.0, 0.0, 0.0, 0.0] * 5 + [0.0] * 18)
    parts = PartMaster.of(history.parts, price=1, lead_time_days=30)
    named = reorder_levels(history, parts, rate="tsb_optimised")
    stated = reorder_levels(history, parts, rate=Rate("tsb", smoothing="optimised"))
    assert named.rate == pytest.approx(Rate("tsb", smoothing="optimised").of(history))
    assert named.rate[0] != reorder_levels(history, parts, rate="tsb").rate[0]
    assert named.raw.tolist() == stated.raw.tolist()
    assert "(tsb_optimised of 48 months" in explain_level(named, "P0", "XA")


def test_optimised_smoothing_refuses_what_it_finds_itself() -> None:
    """A start beside it, a cost without it or unknown, buckets: each is told."""
    with pytest.raises(ConfigError, match="finds its own start"):
        Rate("sba", "naive", "optimised")
    with pytest.raises(ConfigError, match="cost is mar or msr, of optimised smoothing"):
        Rate("sba", cost="msr")
    with pytest.raises(ConfigError, match="cost is mar or msr"):
        Rate("sba", smoothing="optimised", cost="mse")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="finds its own start and smoothing"):
        rate_named("adida_optimised")
    with pytest.raises(ConfigError, match="optimised, or two numbers"):
        Rate("sba", smoothing="best")  # type: ignore[arg-type]


def test_impossible_rates_are_refused() -> None:
    """A misspelt method, a constant above 1 and a model that has no place for a rate are told."""
    history = sparse_history(3, 24)
    parts = PartMaster.of(history.parts, price=1, lead_time_days=30)
    with pytest.raises(ConfigError, match="mean, croston, sba, sbj, tsb"):
        reorder_levels(history, parts, rate="crosten")
    with pytest.raises(ConfigError, match="above 0 and up to 1"):
        Rate("sba", smoothing=(0.1, 1.5))
    with pytest.raises(ConfigError, match="two numbers"):
        Rate("sba", smoothing=(0.1,))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="told by mean and variance"):
        reorder_levels(history, parts, rate="sba", model="empirical")
