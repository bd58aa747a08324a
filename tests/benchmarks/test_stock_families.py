"""The families of usage histories: their formats, the rules of the challenge, and what the figures have to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.families import auto, carparts, man, vn2
from benchmarks.options import Options
from benchmarks.replays import BASELINE, MODELS, split_of
from benchmarks.run import main
from benchmarks.shop_weeks import Shops, factors

FAMILIES: dict[str, Any] = {"carparts": carparts, "auto": auto, "man": man}


def shops_of(weeks: int = 140, items: int = 12, seed: int = 3) -> Shops:
    """Give sales with a season, some weeks out of stock."""
    chance = np.random.default_rng(seed)
    season = 1.0 + 0.8 * np.sin(2 * np.pi * np.arange(weeks) / 52)
    seen = (chance.random((weeks, items)) > 0.1).astype(float)
    sales = chance.poisson(season[:, None] * chance.uniform(1, 9, items)) * seen
    number = np.arange(items)
    groups = {"all": 0 * number, "store": number // 4, "product": number % 4}
    return Shops(sales.astype(float), seen, groups)


def test_an_order_comes_in_the_third_week_after() -> None:
    """By hand: 2 on hand, 1 and 0 coming, 2 asked each week; 5 are ordered at the end of week 0, come in week 3."""
    shops = Shops(np.full((5, 1), 2.0), np.ones((5, 1)), {})
    orders = iter([5.0, 0.0, 1.0])
    bill, state = vn2.simulate(
        shops,
        1,
        5,
        lambda week, shelf, coming: np.array([next(orders)]),
        [np.array([2.0]), np.array([1.0]), np.zeros(1)],
    )
    # left: 2+1-2=1, 1+0-2<0 (1 missed), 5-2=3, 3+0-2=1, 1+1-2=0; the orders of weeks 3 and 4 would come too late
    assert (bill.holding / 0.2).tolist() == pytest.approx([1, 0, 3, 1, 0])
    assert bill.shortage.tolist() == [0, 1, 0, 0, 0]
    assert (bill.filled[0], bill.demanded[0], bill.stock) == (9, 10, 1.0)
    assert [float(one[0]) for one in state] == [0.0, 0.0, 0.0]
    assert next(orders, None) is None


@pytest.mark.parametrize("policy", ["seasonal", "pooled"])
def test_an_order_knows_no_week_to_come(policy: str) -> None:
    """Whatever is sold later, the order is the same: otherwise the held-out weeks would prove nothing."""
    shops = shops_of()
    later = Shops(shops.sales.copy(), shops.seen.copy(), shops.groups)
    later.sales[120:], later.seen[120:] = 99.0, 1.0
    state = np.full(12, 3.0), [np.ones(12), np.zeros(12)]
    one, other = (
        vn2.moving_average(each, 3.5) if policy == "seasonal" else vn2.newsvendor(each, 0) for each in (shops, later)
    )
    assert one(120, *state).tolist() == other(120, *state).tolist()
    assert one(120, *state).sum() > 0


def test_factors_find_the_season() -> None:
    """Weeks of a strong season get factors near it, a year later; without damping there is none left."""
    shops = shops_of(weeks=150, items=400)
    groups = {"all": np.zeros(400, dtype=int), "store": np.arange(400) // 100, "product": np.arange(400) % 50}
    found = factors(Shops(shops.sales, shops.seen, groups), (), 1.0)
    season = 1.0 + 0.8 * np.sin(2 * np.pi * np.arange(153) / 52)
    assert np.abs(found[104:, 0] - season[104:]).max() < 0.15
    assert (factors(Shops(shops.sales, shops.seen, groups), (), 0.0) == 1.0).all()


def test_the_newsvendor_orders_the_quantile_of_what_is_missing() -> None:
    """With nothing there and nothing coming it orders the .8 quantile of a week; more on the way never orders more."""
    shops = shops_of(weeks=40, items=200)
    shops = Shops(np.where(shops.seen > 0, np.random.default_rng(0).poisson(4.0, shops.sales.shape), 0.0), shops.seen, {
        "all": np.zeros(200, dtype=int), "store": np.arange(200) // 50, "product": np.arange(200) % 50,
    })  # fmt: skip
    order, nothing = vn2.newsvendor(shops, 0), np.zeros(200)
    bare = order(40, nothing, [nothing, nothing])
    assert np.median(bare) in (5, 6)  # P(D <= 5) = .785, P(D <= 6) = .889 for a mean of 4
    before = bare
    for coming in (4.0, 8.0, 40.0):
        now = order(40, nothing, [nothing, nothing + coming])
        assert (now <= before).all()
        before = now
    assert before.max() == 0


def test_held_out_weeks_of_real_shops(bench_data: Path) -> None:
    """On weeks 141-149 the pooled newsvendor costs less than the seasonal moving average with any of its covers."""
    folder = bench_data / vn2.FOLDER
    if not folder.is_dir():
        pytest.skip(f"no VN2 data in {folder}")
    rows = {row["model"]: row for row in vn2.run(Options(folder))["results"]}
    ours = rows.pop("pooled_newsvendor")
    assert ours["cost"] < 0.97 * min(row["cost"] for row in rows.values())
    assert ours["cost"] == pytest.approx(ours["holding_cost"] + ours["shortage_cost"], abs=0.2)
    assert {row["parts"] for row in rows.values()} == {ours["parts"]}


def test_weeks_that_are_not_there_are_refused(tmp_path: Path) -> None:
    """A window before a year of history, or beyond the data, has words; so has an unknown policy."""
    names = {"Store": [0, 1], "Product": [5, 5]}
    weeks = {f"w{at}": [1, 2] for at in range(60)}
    pd.DataFrame(names | weeks).to_csv(tmp_path / "sales.csv", index=False)
    pd.DataFrame(names | {week: [True, False] for week in weeks}).to_csv(tmp_path / "in_stock.csv", index=False)
    for options in ({"windows": "55-61"}, {"windows": "3-9"}):
        with pytest.raises(SystemExit, match="don't lie between"):
            vn2.run(Options(tmp_path, extra=options))
    with pytest.raises(SystemExit, match="there is no policy 'oracle'"):
        vn2.run(Options(tmp_path, solver="oracle"))
    assert len(vn2.run(Options(tmp_path, extra={"windows": "52-60"}))["results"]) == 4


@pytest.mark.parametrize("name", FAMILIES)
def test_doubt_about_the_mean_reaches_more_at_a_target(name: str, bench_data: Path) -> None:
    """On each real set: the negative binomial with doubt reaches more than the baseline, at more stock."""
    family = FAMILIES[name]
    folder = bench_data / family.FOLDER
    if not list(folder.glob("*.csv")):
        pytest.skip(f"no data in {folder}")
    extra = {"targets": ".9", "curves": "no", **({} if name == "man" else {"leads": "2"})}
    made = family.run(Options(folder, extra=extra))
    base, doubt, pooled = made["results"]
    assert [row["model"] for row in (base, doubt, pooled)] == [*MODELS]
    assert not made["tables"]
    assert base["reached_unit_fill"] < doubt["reached_unit_fill"] < 1
    assert base["stock_value"] < doubt["stock_value"]
    assert pooled["parts_demanded"] == base["parts_demanded"]


def test_curves_are_compared_at_equal_fill(bench_data: Path) -> None:
    """The table of a set holds each model's stock value at like fills; the baseline's ratio to itself is 1."""
    folder = bench_data / carparts.FOLDER
    if not folder.is_dir():
        pytest.skip(f"no data in {folder}")
    made = carparts.run(Options(folder, solver="poisson", extra={"targets": ".9", "leads": "1"}))
    (rows,) = made["tables"].values()
    assert {row["curve"] for row in rows} == {BASELINE, "poisson"}
    assert all(row["unit_ratio"] in (1.0, None) for row in rows if row["curve"] == BASELINE)
    assert any(row["unit_ratio"] not in (1.0, None) for row in rows)


def test_formats_are_read_as_they_are_stated(tmp_path: Path) -> None:
    """Small files of each format: gaps stay gaps, weeks are weeks, lead times, MOQ and packs are the parts'."""
    (tmp_path / "c.csv").write_text("part,2001-11,2001-12,2002-01\n007,,2,1\n8,0,0,3\n")
    history, parts = carparts.load(tmp_path / "c.csv", 2.0)
    assert history.parts.tolist() == ["007", "8"]
    assert str(history.edges[0]) == "2001-11-01"
    assert np.isnan(history.counts[0, 0])
    assert (parts.lead_time / 86_400 / 30.4375).tolist() == [2.0, 2.0]
    (tmp_path / "a.csv").write_text("sku,m01,m02,pub_cv2\nS,4,0,1.5\n")
    assert auto.load(tmp_path / "a.csv", 1.0)[0].counts[:, 0].tolist() == [4.0, 0.0]
    (tmp_path / "m.csv").write_text(
        "sku,subpack,cost_price,order_cost,hold_cost_year,lead_time_weeks,moq,2012-W01,2012-W02\n1,5,1.25,5,.2,7,10,0,3\n"
    )
    history, parts = man.load(tmp_path / "m.csv", 0.0)
    assert (history.period, str(history.edges[0])) == ("week", "2012-01-02")
    assert (parts.moq[0], parts.pack[0], parts.lead_time[0]) == (10, 5, 49 * 86_400)
    assert split_of(history) == 1


def test_options_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    """A set with lead times of its own takes no others; a misspelt option is named."""
    with pytest.raises(SystemExit, match="--leads"):
        man.run(Options(tmp_path, extra={"leads": "1"}))
    with pytest.raises(SystemExit, match="--windos"):
        vn2.run(Options(tmp_path, extra={"windos": "1-2"}))
    assert main(["carparts", "--data", str(tmp_path / "nowhere")]) == 0
