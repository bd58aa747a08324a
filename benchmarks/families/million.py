"""A million part-locations by 51 months on one core, Parquet to Parquet; and 50 million rows of usage.

The range is made of carparts: every item is one of its series, turned in time and with a fifth of its sizes moved by a
piece, so that the mix of demand is kept. Ten places to a part; prices, lead times (5 to 120 days), MOQ, packs and stock
are drawn. Nothing of it is kept: all files lie in a temporary folder.

Each task runs in a process of its own, bound to one core, so that seconds are those of one core and the peak of memory
is its own. Seconds of a stage are its own, without those of the stages it calls.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.options import Options

FOLDER = "inventory/carparts"
ITEMS, ROWS = 1_000_000, 50_000_000
CHUNK = 1 << 16
PLACES = 10
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def load(path: Path) -> pd.DataFrame:
    """Read a file of carparts' format: part, then one column a month."""
    return pd.read_csv(path, dtype={"part": str})


def turned(series: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Turn whole series in time and move a fifth of the sizes by one piece; shape (items, months)."""
    months = series.shape[1]
    whole = np.isfinite(series).all(axis=1)
    shift = np.where(whole, rng.integers(0, months, len(series)), 0)
    found = np.take_along_axis(series, (np.arange(months) + shift[:, None]) % months, axis=1)
    moved = (found > 0) & (rng.random(found.shape) < 0.2)
    return np.where(moved, np.maximum(found + rng.choice([-1, 1], found.shape), 1), found)


def make_range(table: pd.DataFrame, items: int, seed: int, folder: Path, spread: float = 0.0) -> None:
    """Write ``history.parquet``, ``parts.parquet`` and ``stock.parquet``; lead times vary by a share of their mean."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    rng, months = np.random.default_rng(seed), table.columns[1:]
    series = table[months].to_numpy(dtype=float)
    number = -(-items // PLACES)
    ids = [f"P{at:07}" for at in range(number)]
    price, lead = np.round(rng.lognormal(3.0, 1.5, number), 2), rng.integers(5, 121, number)
    moq, pack = (rng.choice(values, number, p=(0.8, 0.1, 0.1)) for values in ((1, 2, 5), (1, 5, 10)))
    columns = {"id": ids, "price": price, "lead_time_days": lead, "moq_pcs": moq, "pack_pcs": pack}
    pd.DataFrame(columns | {"lead_time_sd_days": spread * lead}).to_parquet(folder / "parts.parquet")
    writers: dict[str, Any] = {}
    for begin in range(0, items, CHUNK):
        at = np.arange(begin, min(begin + CHUNK, items))
        counts = turned(series[at % len(series)], rng)
        usual = np.nanmean(counts, axis=1) * (lead[at // PLACES] / 30.0 + 1.0)
        names = {"part": np.array(ids, dtype=object)[at // PLACES], "place": [f"L{one:02}" for one in at % PLACES]}
        rows = pa.table(
            {**names, **{month: pa.array(counts[:, n], pa.int32(), from_pandas=True) for n, month in enumerate(months)}}
        )
        stock = pa.table({**names, "on_hand_pcs": rng.poisson(usual), "on_order_pcs": rng.poisson(0.3 * usual)})
        for name, chunk in (("history", rows), ("stock", stock)):
            writers.setdefault(name, None)
            writers[name] = writers[name] or ParquetWriter(folder / f"{name}.parquet", chunk.schema)
            writers[name].write_table(chunk)
    for writer in writers.values():
        writer.close()


def make_usage(rows: int, items: int, seed: int, folder: Path) -> None:
    """Write ``usage.parquet``: movements of four years, some part-locations much oftener than others."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    rng, number = np.random.default_rng(seed), -(-items // PLACES)
    words = {
        "place": [f"L{at:02}" for at in range(PLACES)],
        "part": [f"P{at:07}" for at in range(number)],
        "reason": ["use", "transfer", "return"],
    }
    lists = {name: pa.array(values) for name, values in words.items()}
    writer = None
    for begin in range(0, rows, 1 << 20):
        size = min(1 << 20, rows - begin)
        item = (items * rng.random(size) ** 1.5).astype(np.int32)
        codes = {"place": item % PLACES, "part": item // PLACES, "reason": rng.choice(3, size, p=(0.9, 0.07, 0.03))}
        days = pa.array(18_262 + rng.integers(0, 1_552, size, dtype=np.int32)).cast(pa.date32())
        named = {
            name: pa.DictionaryArray.from_arrays(pa.array(codes[name].astype(np.int32)), lists[name]) for name in words
        }
        chunk = pa.table({"date": days, **named, "qty_pcs": pa.array(rng.geometric(0.6, size).astype(np.int32))})
        writer = writer or ParquetWriter(folder / "usage.parquet", chunk.schema)
        writer.write_table(chunk)
    if writer is not None:
        writer.close()


def measured(task: str, folder: Path, model: str) -> dict[str, Any]:
    """Run a task in a process of its own and give what it tells."""
    command = [sys.executable, "-m", "benchmarks.million_task", task, str(folder), model]
    done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows_of(task: str, told: dict[str, Any]) -> list[dict[str, Any]]:
    """Give a row for the whole task and one for each of its stages."""
    whole = {key: told[key] for key in ("items", "wall_s", "cpu_s", "peak_mb")}
    stages = [
        {"task": task, "stage": stage, "items": told["items"], "wall_s": seconds, "cpu_s": None, "peak_mb": None}
        for stage, seconds in told["stages"].items()
    ]
    return [{"task": task, "stage": "all", **whole}, *stages]


def run(options: Options) -> dict[str, Any]:
    """Levels and proposals; ``--choice``, ``--optimal``, ``--usage``: models, least-cost (s, S), rows of usage as well.

    ``--items N`` and ``--rows N`` for other sizes, ``--solver`` for another model, ``--seed`` for other files;
    ``--spread .3`` lets every lead time vary by that share of its mean (standard deviation).
    ``--workers`` and ``--limit`` change nothing here.
    """
    options.refuse_unknown("items", "rows", "usage", "choice", "optimal", "spread")
    items, rows = int(options.extra.get("items", ITEMS)), int(options.extra.get("rows", ROWS))
    model = options.solver or "pooled"
    path = next(iter(sorted(options.data.glob("*.csv"))))
    results = []
    with tempfile.TemporaryDirectory(prefix="fieldops-million-") as name:
        folder = Path(name)
        make_range(load(path), items, options.seed, folder, float(options.extra.get("spread", 0.0)))
        for task in ["levels", *(task for task in ("choice", "optimal") if task in options.extra)]:
            results += rows_of(task, {**measured(task, folder, model), "items": items})
        if "usage" in options.extra:
            make_usage(rows, items, options.seed, folder)
            results += rows_of("usage", {**measured("usage", folder, model), "items": rows})
    return {"results": results}
