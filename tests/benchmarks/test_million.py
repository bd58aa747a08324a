"""The family ``million`` in small: the range keeps the mix it is made of, and every task does its work."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import million_task
from benchmarks.families import million
from benchmarks.options import Options
from fieldops.inventory.usage_files import count_files

pytest.importorskip("pyarrow", reason="the range lies in Parquet files")


def series() -> pd.DataFrame:
    """Give a few series of carparts' format, one of which began late."""
    rng = np.random.default_rng(5)
    months = [f"{1998 + at // 12}-{at % 12 + 1:02}" for at in range(24)]
    counts = rng.poisson(0.4, (30, 24)) * rng.integers(1, 4, (30, 24)).astype(float)
    counts[3, :9] = np.nan
    return pd.DataFrame(counts, columns=months).assign(part=[f"{at}" for at in range(30)])[["part", *months]]


def test_the_range_has_the_mix_it_is_made_of(tmp_path: Path) -> None:
    """Turning in time keeps every item's months with demand and its gaps; sizes move by a piece at most."""
    table = series()
    million.make_range(table, 90, 1, tmp_path)
    made = pd.read_parquet(tmp_path / "history.parquet")
    counts, base = (frame[table.columns[1:]].to_numpy(dtype=float) for frame in (made, table))
    base = base[np.arange(90) % 30]
    assert (np.isnan(counts) == np.isnan(base)).all()
    assert ((counts > 0).sum(axis=1) == (base > 0).sum(axis=1)).all()
    assert abs(np.nansum(counts, axis=1) - np.nansum(base, axis=1)).max() <= 24
    assert not np.array_equal(np.nan_to_num(counts), np.nan_to_num(base))
    assert made[["part", "place"]].drop_duplicates().shape[0] == 90


def test_lead_times_vary_by_the_share_asked_for(tmp_path: Path) -> None:
    """``--spread`` reaches the part master, and without it nothing varies."""
    for spread in (0.3, 0.0):
        million.make_range(series(), 90, 1, tmp_path, spread)
        parts = pd.read_parquet(tmp_path / "parts.parquet")
        assert (parts["lead_time_sd_days"] / parts["lead_time_days"]).to_numpy() == pytest.approx(spread)


def test_every_task_tells_seconds_and_memory(tmp_path: Path) -> None:
    """Levels, choice, least cost and usage run in processes of their own; stages make up the whole."""
    series().to_csv(tmp_path / "carparts.csv", index=False)
    extra = {"items": "200", "rows": "3000", "usage": "yes", "choice": "yes", "optimal": "yes"}
    rows = million.run(Options(tmp_path, extra=extra))["results"]
    whole = {row["task"]: row for row in rows if row["stage"] == "all"}
    assert {task: row["items"] for task, row in whole.items()} == {
        "levels": 200,
        "choice": 200,
        "optimal": 200,
        "usage": 3000,
    }
    for task, row in whole.items():
        stages = sum(one["wall_s"] for one in rows if one["task"] == task and one["stage"] != "all")
        assert stages == pytest.approx(row["wall_s"], abs=0.05)
        assert row["peak_mb"] > 50
    assert {"classify", "fit", "level", "proposals", "reason codes", "write"} <= {row["stage"] for row in rows}


def test_usage_is_counted_whole(tmp_path: Path) -> None:
    """Every row that is made is read, and the watch leaves the library as it was."""
    million.make_usage(5_000, 300, 2, tmp_path)
    before = count_files
    told = million_task.run("usage", tmp_path, "negative_binomial")
    found = million_task.count_files(tmp_path / "usage.parquet")
    assert told["stages"]["count"] > 0
    assert million_task.count_files is before
    assert (found.rows, found.skipped, found.outside) == (5_000, 0, 0)
    assert 0 < found.history.counts.sum() < pd.read_parquet(tmp_path / "usage.parquet")["qty_pcs"].sum()
