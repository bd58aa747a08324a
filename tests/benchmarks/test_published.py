"""The published protocol: its replay by hand, what levels may know, one of the nine again, and ours beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.stats import gamma, norm

from benchmarks import published as protocol
from benchmarks.exchange import value_at
from benchmarks.families import auto, raf
from benchmarks.lost_sales import Floats, replayed, split_of
from benchmarks.options import Options
from benchmarks.published import Case, Way, compared, curve_of, peer_curves, published, unit
from benchmarks.smoothed_peer import SHORTAGES, deviations, largest, levels, smoothed
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster


@dataclass(frozen=True)
class Watched(Case):
    """A case that keeps the levels it was asked to replay."""

    seen: list[Floats] = field(default_factory=list)

    def replayed(self, levels: Floats) -> dict[str, float]:
        self.seen.append(np.array(levels))
        return super().replayed(levels)


def case_of(counts: Floats) -> Watched:
    """Give a case of parts that cost 2 each."""
    ids = [f"P{at}" for at in range(counts.shape[1])]
    history = DemandHistory.from_matrix(counts.T, parts=ids, first=date(2024, 1, 1))
    parts = PartMaster.of(ids, price=2.0, lead_time_days=0)
    return Watched("made", history, lambda known: parts, np.full(len(ids), 2.0))


def months(seed: int = 1, periods: int = 20, items: int = 150) -> Floats:
    """Give intermittent demand of several pieces."""
    chance = np.random.default_rng(seed)
    asked = chance.random((periods, items)) < chance.uniform(0.2, 0.9, items)
    return np.asarray(asked * (1.0 + chance.poisson(chance.uniform(0, 6, items), (periods, items))))


def test_the_replay_by_hand() -> None:
    """A shelf above a lowered level stays, what is missing is lost, stock counts before demand, no demand is fill 0."""
    demand = np.array([[1.0, 0.0], [5.0, 0.0], [0.0, 0.0], [2.0, 0.0]])
    level = np.array([[4.0, 1.0], [2.0, 1.0], [3.0, 1.0], [1.0, 1.0]])
    # first part: shelf 4, 3 (left over, not 2), 3, 3; served 1, 3 (2 lost for good), 0, 2
    found = replayed(demand, level, np.array([8.0, 100.0]))
    assert found["reached_unit_fill"] == 6 / 8
    assert found["reached_part_fill"] == (6 / 8 + 0) / 2
    assert found["stock_value"] == 0.25 * (8 * 13 / 4 + 100)
    assert found["stock_pieces"] == 13 / 4 + 1
    assert (split_of(84), split_of(24)) == (59, 17)


@settings(max_examples=40)
@given(
    arrays(float, (6, 3), elements=st.integers(0, 9).map(float)),
    arrays(float, (6, 3), elements=st.integers(0, 9).map(float)),
)
def test_more_serves_no_less_and_costs_no_less(demand: Floats, level: Floats) -> None:
    """With a piece more in every level, no fill and no cost goes down; no fill is above 1."""
    demand[0] += 1
    less, more = (replayed(demand, one, np.array([1.0, 2.0, 3.0])) for one in (level, level + 1))
    assert all(more[key] >= less[key] for key in less)
    assert max(more["reached_unit_fill"], more["reached_part_fill"]) <= 1


@pytest.mark.parametrize("name", SHORTAGES)
def test_shortages_are_integrals(name: str) -> None:
    """The closed forms of E(D - y)+ equal the integral of the tail."""
    mean, deviation = 3.0, 2.5
    law: Any = norm(mean, deviation) if name == "normal" else gamma((mean / deviation) ** 2, scale=deviation**2 / mean)
    for level in (0.0, 2.0, 7.0):
        found = SHORTAGES[name](np.array(mean), np.array(deviation), np.array(level))
        assert float(found) == pytest.approx(quad(law.sf, level, np.inf)[0], rel=1e-6)


@pytest.mark.parametrize("name", SHORTAGES)
def test_levels_of_the_peer_are_the_least(name: str) -> None:
    """A level reaches its target and one piece less doesn't; held down by the largest month, it is that month."""
    counts = months()
    mean, deviation, most = smoothed(counts, 14), deviations(counts, 14), largest(counts, 14)
    assert (most == np.array([counts[:at].max(axis=0) for at in range(14, 20)])).all()
    found, short = levels(mean, deviation, most, 0.9, SHORTAGES[name]), SHORTAGES[name]
    some = mean > 0
    enough = short(mean, deviation, found) <= 0.1 * mean
    assert (enough | (found == most))[some].all()
    assert (short(mean, deviation, found - 1) > 0.1 * mean)[some & (found > 0)].all()
    assert 0 < (found == most).mean() < 1


def test_forecasts_of_the_peer_know_no_month_to_come() -> None:
    """A steady demand is its own forecast; another last month changes no forecast, as none comes after it."""
    assert smoothed(np.full((10, 1), 4.0), 7)[:, 0].tolist() == [4.0, 4.0, 4.0]
    counts = months()
    other = counts.copy()
    other[17:] = 50.0
    assert (smoothed(other, 14)[:4] == smoothed(counts, 14)[:4]).all()


@pytest.mark.parametrize("way", [Way("pooled"), Way("pooled", weight="part"), Way("pooled", monthly=True)])
def test_levels_know_no_month_to_come(way: Way) -> None:
    """Whatever the held-out months hold, the first levels are the same; levels set once never move, monthly ones do."""
    counts = months()
    later = counts.copy()
    later[14:] = 60.0
    one, other = case_of(counts), case_of(later)
    for case in (one, other):
        curve_of(case, way, (0.9,))
    (mine,), (theirs,) = one.seen, other.seen
    assert mine.shape == (6, 150)
    assert (mine[0] == theirs[0]).all()
    assert (theirs == theirs[0]).all() != way.monthly


def test_the_best_at_equal_fill_by_hand() -> None:
    """Two published curves that cross: the cheaper one is named at each fill, and ours is told as a ratio to it."""
    fills = (0.6, 0.8)

    def line(*costs: float) -> list[dict[str, float]]:
        return [
            {"reached_unit_fill": fill, "reached_part_fill": fill, "stock_value": cost}
            for fill, cost in zip(fills, costs, strict=True)
        ]

    theirs, ours = {"SES": line(10, 40), "MLP": line(20, 20)}, {"ours": line(5, 5), "mine": line(1, 1)}
    rows = [row for row in compared(case_of(months()), "nine", theirs, ours, 2.0) if row["fill"] == "unit"]
    assert [row["reached"] for row in rows] == [0.6, 0.62, 0.64, 0.66, 0.68, 0.7, 0.72, 0.74, 0.76, 0.78, 0.8]
    assert (rows[0]["best"], rows[-1]["best"]) == ("SES", "MLP")
    assert (rows[0]["our_cost"], rows[0]["ours"], rows[0]["mine"]) == pytest.approx((10, 1.0, 0.2))
    assert rows[-1]["ours"] == pytest.approx(0.5)


def test_the_unit_is_found_where_all_levels_are_the_largest_month() -> None:
    """A published curve in a currency of 7 to ours that runs on to that end gives 7."""
    case = case_of(months())
    end = case.replayed(largest(case.history.counts, case.split))
    below = {"reached_unit_fill": end["reached_unit_fill"] - 0.02, "stock_value": 7 * end["stock_value"] / 1.1**2}
    near = {"reached_unit_fill": end["reached_unit_fill"] - 0.01, "stock_value": 7 * end["stock_value"] / 1.1}
    far = {"reached_unit_fill": 0.1, "stock_value": 1.0}
    assert unit(case, {"A": [far, far], "B": [near, below]}) == pytest.approx(7.0)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    """No curves, another protocol, an unknown model, an option of the other comparison: each has words."""
    with pytest.raises(SystemExit, match=r"there is no .*khue"):
        raf.run(Options(tmp_path / "raf", extra={"protocol": "published"}))
    with pytest.raises(SystemExit, match="not 'printed'"):
        auto.run(Options(tmp_path, extra={"protocol": "printed"}))
    with pytest.raises(SystemExit, match="there is no model 'oracle'"):
        auto.run(Options(tmp_path, solver="oracle", extra={"protocol": "published"}))
    with pytest.raises(SystemExit, match="--targets"):
        auto.run(Options(tmp_path, extra={"protocol": "published", "targets": ".9"}))
    (tmp_path / "curves.csv").write_text("dataset,Method\nMAN,SES\n")
    with pytest.raises(SystemExit, match="no curves of AUTO; it has MAN"):
        published(tmp_path / "curves.csv", "AUTO")


@pytest.fixture(scope="module")
def car_parts(bench_data: Path) -> tuple[Case, dict[str, list[Any]]]:
    """AUTO and its published curves."""
    folder = bench_data / auto.FOLDER
    files, curves = sorted(folder.glob("auto*.csv")), folder.parent / protocol.FOLDER / "khue_service_levels.csv"
    if not files or not curves.is_file():
        pytest.skip(f"no data in {folder}, or no {curves}")
    return auto.case(files[0]), published(curves, "AUTO")


def test_the_peer_is_found_again(car_parts: tuple[Case, dict[str, list[Any]]]) -> None:
    """On real car parts the published smoothing lies between our two of it, in fills and in cost at equal fill."""
    case, theirs = car_parts
    found, one = peer_curves(case, (0.8, 0.9, 0.99)), unit(case, theirs)
    stated = {0.8: theirs["SES"][5], 0.9: theirs["SES"][15], 0.99: theirs["SES"][24]}
    for at, row in enumerate(stated.values()):
        for key in ("reached_unit_fill", "reached_part_fill"):
            low, high = sorted(rows[at][key] for rows in found.values())
            assert low - 0.001 < row[key] < high + 0.001
    for fill in (0.82, 0.88):
        mine = {name: float(value_at(rows, "unit", [fill])[0]) * one for name, rows in found.items()}
        assert mine["normal"] * 0.98 < float(value_at(theirs["SES"], "unit", [fill])[0]) < mine["gamma"] * 1.02


def test_one_target_for_the_range_costs_less_than_the_best_of_nine(
    car_parts: tuple[Case, dict[str, list[Any]]],
) -> None:
    """On real car parts, at equal fill of pieces; a target for each part alike costs about what the best costs."""
    case, theirs = car_parts
    one, fills = unit(case, theirs), (0.8, 0.84, 0.88)
    best = np.nanmin([value_at(rows, "unit", fills) for rows in theirs.values()], axis=0)
    ratio = {
        way.weight: value_at(curve_of(case, way, (0.7, 0.78, 0.84, 0.89, 0.93)), "unit", fills) * one / best
        for way in (Way("pooled", weight="unit"), Way("pooled"))
    }
    assert (ratio["unit"] < 0.85).all()
    assert (np.abs(ratio[None] - 1.0) < 0.02).all()


@pytest.mark.parametrize(("weighting", "fills"), [("unit", (0.76, 0.84, 0.9)), ("part", (0.86, 0.9, 0.94))])
def test_levels_set_every_month_as_the_nine_cost_less_than_the_best_of_them(
    car_parts: tuple[Case, dict[str, list[Any]]], weighting: str, fills: tuple[float, ...]
) -> None:
    """One cycle service for each part, from all months before, at equal fill of pieces and of parts."""
    case, theirs = car_parts
    ours = curve_of(case, Way("pooled", "cycle_service", monthly=True), (0.6, 0.75, 0.84, 0.88, 0.91, 0.93, 0.945))
    best = np.nanmin([value_at(rows, weighting, fills) for rows in theirs.values()], axis=0)
    assert (value_at(ours, weighting, fills) * unit(case, theirs) < best).all()
