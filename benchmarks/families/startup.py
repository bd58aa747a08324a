"""Startup: seconds from starting a process to its first plan by the search, cold (nothing compiled) and warm.

Each row is the median of ``--repeats`` (3; once where nothing is compiled, which is the same work every time) fresh
processes with a cache of their own: Python starts, imports, reads a generated day with prices, overtime and lunch,
and plans. `first_plan_s` counts from the start of the process, `plan_s` from the call of `plan`. Where kernels have to
be compiled, insertion makes a plan meanwhile; `left_meanwhile` is the share of worth that its last plan left out.

    python -m benchmarks.run startup --size 100,300,1000
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.dispatched_day import dispatched
from benchmarks.families.days import numbers
from benchmarks.generate_days import generate
from benchmarks.options import ROOT, Options
from fieldops.routing.check import compile_rules

FOLDER = str(Path(__file__).resolve().parent)  # days come from code: it is always there
SIZES = "100,300,1000"
COLD_SIZE = 300
SEED = 1


def run(options: Options) -> dict[str, Any]:
    """Measure a cold start, then warm ones of each ``--size``."""
    options.refuse_unknown("size", "repeats")
    sizes = numbers(options.extra.get("size", SIZES), "size")
    [repeats] = numbers(options.extra.get("repeats", "3"), "repeats")
    return {"results": _rows(options, sizes, repeats)}


def _rows(options: Options, sizes: list[int], repeats: int) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="fieldops-startup-") as folder:
        cold = [row_of(f"cold, {COLD_SIZE} jobs", COLD_SIZE, folder, 1)]  # this also fills the cache
        for row in cold:
            if row["instance"] not in options.done:
                yield row
        for size in sizes:
            if f"warm, {size} jobs" not in options.done:
                yield row_of(f"warm, {size} jobs", size, folder, repeats)


def row_of(name: str, size: int, cache: str, repeats: int) -> dict[str, Any]:
    """Return the medians of some fresh processes that share a cache folder."""
    began = time.perf_counter()
    problem = dispatched(generate(size, SEED))
    whole = int(compile_rules(problem).worth.sum())
    path = Path(cache) / "problem.pickle"
    path.write_bytes(pickle.dumps(problem))
    runs = [started(path, cache) for _ in range(repeats)]
    return {
        "instance": name, "jobs": size, "runs": repeats,
        "first_plan_s": round(median(run["first"] for run in runs), 3),
        "plan_s": round(median(run["first"] - run["called"] for run in runs), 3),
        "left_first": round(runs[0]["left first"] / whole, 4),
        "left_meanwhile": round(runs[0]["left meanwhile"] / whole, 4) if "left meanwhile" in runs[0] else None,
        "wall_s": round(time.perf_counter() - began, 2),
    }  # fmt: skip


def started(problem: Path, cache: str) -> dict[str, float]:
    """Start a process and return when it said what, in seconds, and the worth it left out then.

    Raises
    ------
    RuntimeError
        When it ends without a plan.
    """
    found: dict[str, float] = {}
    path = os.pathsep.join(filter(None, [str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.first_plan", str(problem)],
        stdout=subprocess.PIPE, text=True, cwd=cache,
        env={**os.environ, "FIELDOPS_CACHE_DIR": cache, "PYTHONPATH": path},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            word, left = line.split()
            found[word] = time.perf_counter() - began
            found[f"left {word}"] = float(left)
    if "first" not in found:
        raise RuntimeError(f"the process ended without a plan (exit code {process.returncode})")
    return found
