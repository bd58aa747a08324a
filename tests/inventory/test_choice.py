"""The choice of models: its likelihood by hand, whom it chooses, and how seldom luck does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fieldops.errors import ConfigError
from fieldops.inventory.backtest import backtest
from fieldops.inventory.choice import CANDIDATES, SURPRISE, choose_models
from fieldops.inventory.demand import MODELS
from fieldops.inventory.explain import explain_level
from fieldops.inventory.history import DemandHistory, Life
from fieldops.inventory.intake import COLUMNS, checked, inventory
from fieldops.inventory.level_files import reorder_files
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.reasons import Why
from fieldops.tables import read_tables
from tests.inventory.make import history_of, sparse_history

MONTH = 30.4375


def master(history: DemandHistory, months: float = 1.0, model: list[str] | str = "") -> PartMaster:
    """Give parts of one lead time."""
    return PartMaster.of(history.parts, price=5, lead_time_days=months * MONTH, model=model)


def lumps(parts: int, periods: int = 96) -> DemandHistory:
    """Give parts that go by the dozen, now and then."""
    rng = np.random.default_rng(3)
    return history_of(*(12.0 * (rng.random((parts, periods)) < 0.15)).tolist())


def test_the_likelihood_is_that_of_its_equation() -> None:
    """Poisson, windows of two months after 4, 6 and 7 of 10: the last two share month 8, so each counts for a half."""
    counts = [1.0, 0.0, 2.0, 1.0, 3.0, 0.0, 1.0, 1.0, 0.0, 2.0]
    history = history_of(counts)
    found = choose_models(history, master(history), models=[], default="poisson", origins=(0.4, 0.6, 0.7))
    by_hand = 0.0
    for origin in (4, 6, 7):
        mean, seen = 2 * np.mean(counts[:origin]), sum(counts[origin : origin + 2])
        strange = 1 / ((seen + 1) * (seen + 2))
        by_hand += np.log((1 - SURPRISE) * stats.poisson.pmf(seen, mean) + SURPRISE * strange)
    assert found.length[0] == 2
    assert found.windows[0] == 1.5
    assert found.log_likelihood[0, 0] == pytest.approx(by_hand / 2, abs=1e-12)


@pytest.mark.parametrize("name", sorted({*CANDIDATES, "willemain", "viswanathan_zhou", "negative_binomial_plain"}))
def test_every_model_can_be_compared(name: str) -> None:
    """P(D = x) read at its place is the step of the model's own table there, in pieces and in lots."""
    history = history_of([0.0, 3.0, 0.0, 0.0, 2.0, 6.0] * 8, [40_000.0, 0.0, 52_000.0, 0.0, 0.0, 47_000.0] * 8)
    found = choose_models(history, master(history), models=[], default=name, origins=(0.75,))
    fit = MODELS[name].fit(history.before(36))
    demand = fit.interval(np.ones(2), np.ones(2)).protection
    lot = np.maximum(np.ceil(np.maximum(demand.mean, history.counts[36:38].sum(axis=0)) / 500), 1).astype(np.int64)
    for at, seen in enumerate(np.ceil(history.counts[36:38].sum(axis=0) / lot).astype(int)):
        if not fit.able(np.ones(2), np.ones(2))[at]:
            assert np.isnan(found.log_likelihood[0, at])
            continue
        below = demand.table(int(seen), lot)[0][:, at]
        chance = below[-1] - (below[-2] if seen else 0.0)
        told = np.log((1 - SURPRISE) * chance + SURPRISE / ((seen + 1) * (seen + 2)))
        assert found.log_likelihood[0, at] == pytest.approx(told, rel=1e-9)


def test_parts_have_the_model_they_follow() -> None:
    """Parts that go by the dozen have a model that knows it, each by a hundred times the likelihood at least."""
    history = lumps(20)
    found = choose_models(history, master(history), default="negative_binomial")
    assert (found.model == "compound_poisson_empirical").mean() > 0.8
    assert (found.gain[found.model != "negative_binomial"] >= np.log(100)).all()
    strict = choose_models(
        history, master(history), default="negative_binomial", odds=np.exp(np.median(found.gain)) / 5
    )
    assert {*strict.reasons()} == {"model chosen by likelihood", "default model kept: no other is clearly likelier"}
    assert (strict.gain[strict.model == "negative_binomial"] == 0).all()
    table = found.compared().set_index("model")
    assert table["gain"].idxmax() == "compound_poisson_empirical"
    assert table.loc["negative_binomial", ["items", "gain", "likelier_rate"]].tolist() == [20, 0.0, 0.0]


def test_luck_chooses_for_few() -> None:
    """Where the default is the truth, another is chosen for less than one part in twenty; the likeliest for most."""
    rng = np.random.default_rng(11)
    history = history_of(*rng.poisson(rng.gamma(2.0, 0.5, (600, 1)), (600, 60)).astype(float).tolist())
    models = ["negative_binomial_plain", "compound_poisson_geometric"]
    for months in (0.0, 2.0, 5.0):
        chosen = choose_models(history, master(history, months), models=models, default="poisson")
        assert (chosen.model != "poisson").mean() < 1 / 20
    likeliest = chosen.log_likelihood.argmax(axis=0)
    assert (likeliest > 0).mean() > 1 / 5


def test_series_without_information_keep_the_default() -> None:
    """Never demanded, too short for a window, cut by stock-outs, ended, not observed: default, with the reason."""
    some = [0.0, 1.0, 0.0, 2.0] * 6
    history = history_of([0.0] * 24, some, some, some, [np.nan] * 24, [1e9, 0.0] * 12, [0.0] * 23 + [1.0])
    stock = np.ones((24, 7), dtype=bool)
    stock[20, 2] = False
    history = history.with_stock(stock).marked(Life.ENDED, np.arange(7) == 3)
    parts = replace(master(history), lead_time=np.where(np.arange(7) == 1, 400 * 86_400, 30 * 86_400))
    found = choose_models(history, parts, default="negative_binomial")
    assert (found.model[:5] == "negative_binomial").all()
    assert {*found.reasons()[:5]} == {"default model kept: too little to choose by"}
    assert (found.windows[[1, 2, 4]] == 0).all()
    assert np.isnan(found.log_likelihood[:, [1, 2, 4]]).all()
    assert np.isfinite(found.log_likelihood[0, 5:]).all()
    levels = reorder_levels(history, parts, model="chosen")
    assert levels.choice is not None
    assert np.isfinite(levels.promised.fill_rate[[1, 2, 5, 6]]).all()
    short = history_of([1.0], [0.0])
    assert (choose_models(short, master(short)).why == int(Why.UNTOLD)).all()


COUNTS = st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.5, 30.0, np.nan]), min_size=12, max_size=12)


@settings(max_examples=12, deadline=None)
@given(st.lists(COUNTS, min_size=1, max_size=6), st.sampled_from([0.0, 1.0, 3.3]))
def test_a_part_has_its_choice_whoever_stands_beside(series: list[list[float]], months: float) -> None:
    """Of models that look at each part alone, the same likelihoods to the last bit, in any company."""
    history = history_of(*series)
    together = choose_models(history, master(history, months), default="negative_binomial")
    for at in range(len(series)):
        one = history.take(np.array([at]))
        alone = choose_models(one, master(one, months), default="negative_binomial")
        np.testing.assert_array_equal(alone.log_likelihood[:, 0], together.log_likelihood[:, at])
        assert alone.model[0] == together.model[at]


def test_levels_are_made_by_the_choice() -> None:
    """``chosen`` is the choice by hand; a part that names its model keeps it; what was chosen is told."""
    history = lumps(8)
    stated = ["poisson" if at == 2 else "" for at in range(8)]
    parts = master(history, model=stated)
    picked = choose_models(history, parts)
    levels = reorder_levels(history, parts, model="chosen")
    alone = reorder_levels(history, parts, model=picked.model)
    assert levels.raw.tolist() == alone.raw.tolist()
    assert levels.model[2] == "poisson"
    why = levels.reasons()
    assert why[2] == "variance not above mean: Poisson; model stated for the part"
    at = int(np.flatnonzero(picked.model == "compound_poisson_empirical")[0])
    assert at != 2
    assert why[at] == "model chosen by likelihood"
    text = explain_level(levels, f"P{at}", "XA")
    assert "Model: compound_poisson_empirical; model chosen by likelihood. Log-likelihood over 10.0 windows" in text
    assert "Noted: model" not in text
    assert "Model:" not in explain_level(levels, "P2", "XA")
    assert explain_level(levels, "P2", "XA").count("model stated for the part") == 1
    assert levels.raw[2] == reorder_levels(history, master(history), model="poisson").raw[2] != alone.raw[3]
    frame = picked.to_frame()
    assert frame.loc[at, ["model", "why"]].tolist() == ["compound_poisson_empirical", "model chosen by likelihood"]
    assert frame.loc[at, "gain"] == pytest.approx(
        frame.loc[at, "log_likelihood_compound_poisson_empirical"] - frame.loc[at, "log_likelihood_pooled"]
    )


def test_a_replay_chooses_by_what_it_knows() -> None:
    """The choice of a backtest is that of the periods before its split."""
    history = lumps(6)
    found = backtest(history, master(history), split=72, model="chosen")
    assert found.levels.choice is not None
    known = choose_models(history.before(72), master(history, 30 / MONTH))
    np.testing.assert_array_equal(found.levels.choice.log_likelihood, known.log_likelihood)


def test_files_keep_stated_models(tmp_path: Path) -> None:
    """From Parquet to Parquet, parts that name a model have it, learnt from the whole range."""
    pytest.importorskip("pyarrow", reason="the levels are written as Parquet")
    history = sparse_history(160, 24)
    stated = ["pooled" if at % 3 == 0 else "empirical" if at % 3 == 1 else "" for at in range(160)]
    parts = master(history, model=stated)
    made = reorder_files(history, parts, tmp_path, rows=50, model="poisson")
    levels = reorder_levels(history, parts, model="poisson")
    assert (levels.model[::3] == "pooled").all()
    pd.testing.assert_frame_equal(pd.read_parquet(made.levels), levels.to_frame(), check_dtype=False)


def test_the_parts_table_names_models() -> None:
    """The column is known by its Chinese heading too, and a misspelt model is a fault of its row."""
    usage = pd.DataFrame(
        {"date": ["2026-01-03", "2026-03-09"], "place": "XA", "part": "P1", "qty_pcs": 1, "reason": ""}
    )
    stock = pd.DataFrame({"place": ["XA"], "part": ["P1"], "on_hand_pcs": [1]})
    parts = pd.DataFrame({"id": ["P1"], "lead_time_days": [9], "需求模型": ["poisson"]})
    found = inventory(checked(read_tables({"parts": parts, "usage": usage, "stock": stock}, COLUMNS)))
    assert found.parts.model.tolist() == ["poisson"]
    assert reorder_levels(found.history, found.parts).model.tolist() == ["poisson"]
    wrong = read_tables({"parts": parts.assign(需求模型="poison"), "usage": usage, "stock": stock}, COLUMNS)
    assert [(fault.row, fault.column) for fault in wrong.faults] == [(2, "需求模型")]


def test_what_cannot_be_chosen_is_refused(tmp_path: Path) -> None:
    """Smoothed rates, odds below 1, origins outside or none, no review, unknown models: each is told."""
    history = sparse_history(5, 24)
    parts = master(history)
    with pytest.raises(ConfigError, match="chosen at the mean rate"):
        reorder_levels(history, parts, model="chosen", rate="tsb")
    with pytest.raises(ConfigError, match="chosen at the mean rate"):
        reorder_files(history, parts, tmp_path, model="chosen", rate="tsb")
    with pytest.raises(ConfigError, match="odds is 1 or more"):
        choose_models(history, parts, odds=0.5)
    with pytest.raises(ConfigError, match="a share of the history"):
        choose_models(history, parts, origins=(0.5, 1.0))
    with pytest.raises(ConfigError, match="an origin or more"):
        choose_models(history, parts, origins=())
    for review in (0.0, -1.0, np.nan):
        with pytest.raises(ConfigError, match="review_period is the time between"):
            choose_models(history, parts, review_period=review)
    with pytest.raises(ConfigError, match="no demand model 'poison'"):
        choose_models(history, parts, models=["poison"])
    with pytest.raises(ConfigError, match="one for each of the 5 items, not 2"):
        reorder_levels(history, parts, model=np.array(["poisson", "empirical"], dtype=object))


def test_stock_watched_all_the_time_has_shorter_windows() -> None:
    """Its windows are lead times; those of stock looked at every month are a month longer."""
    history = sparse_history(4, 24)
    seen = choose_models(history, master(history, 2.0), policy=["R,S", "S-1,S", "s,S", "R,s,nQ"])
    assert seen.length.tolist() == [3, 2, 2, 3]


def test_windows_are_counted_in_periods_of_the_history() -> None:
    """Weeks do as well as months: a lead time of a fortnight and a review of a week are windows of three weeks."""
    history = DemandHistory.from_matrix([[0, 1, 0, 2] * 15], parts=["P1"], first=date(2024, 1, 1), period="week")
    assert choose_models(history, PartMaster.of(["P1"], lead_time_days=14)).length.tolist() == [3]
