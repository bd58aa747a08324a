"""One task of the family ``million`` in a process of its own: ``python -m benchmarks.million_task TASK FOLDER MODEL``.

Prints seconds, seconds of each stage and the peak of memory as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd  # noqa: F401 - the library imports both when it first needs them; here they are there before
import pyarrow.parquet  # noqa: F401

from fieldops.inventory import (
    choice,
    classify,
    columnar,
    demand,
    level_files,
    level_table,
    policy,
    reasons,
    tally,
    usage_files,
)
from fieldops.inventory.level_files import reorder_files
from fieldops.inventory.optimal import Costs, optimal
from fieldops.inventory.usage_files import count_files
from fieldops.units import CURRENCY, DAY


class Watch:
    """Seconds of functions, each without those of the others that it calls."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner = [0.0]

    @contextmanager
    def over(self, stage: str) -> Iterator[None]:
        """Count the time of a block for a stage."""
        began = time.perf_counter()
        self._inner.append(0.0)
        try:
            yield
        finally:
            took = time.perf_counter() - began
            self.seconds[stage] = self.seconds.get(stage, 0.0) + took - self._inner.pop()
            self._inner[-1] += took

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function with its time counted."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.over(stage):
                return function(*args, **kwargs)

        return timed

    def drawing(self, stage: str, function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        """Give the generator with the time of its steps counted."""

        def timed(*args: Any, **kwargs: Any) -> Iterator[Any]:
            steps = function(*args, **kwargs)
            while True:
                with self.over(stage):
                    try:
                        one = next(steps)
                    except StopIteration:
                        return
                yield one

        return timed


STAGES = (
    (classify, "adi", "classify"),
    (classify, "cv2", "classify"),
    (classify, "demand_class", "classify"),
    (classify, "abc_limits", "classify"),
    (classify, "abc_of", "classify"),
    (demand.Pooled, "learn", "learn"),
    (demand.Pooled, "fit", "fit"),
    (demand.NegativeBinomial, "fit", "fit"),
    (choice, "_windows", "windows"),
    (choice, "_log_chances", "likelihood"),
    (policy, "least_reorder_point", "level"),
    (policy, "service", "promise"),
    (reasons, "of_series", "reason codes"),
    (level_table, "in_words", "reason codes"),
    (level_table.Levels, "to_frame", "table"),
    (level_files, "_first_pass", "join"),
    (level_files, "read_master", "read"),
    (level_files, "read_stock", "read"),
    (level_files, "propose", "proposals"),
    (columnar.Sink, "write", "write"),
    (tally.Tally, "add", "count"),
    (tally.Tally, "history", "history"),
)
DRAWN = ((level_files, "chunks", "read"), (usage_files, "_chunks", "read"))


def levels_task(folder: Path, model: str) -> None:
    """Set levels and propose orders."""
    files = (folder / f"{name}.parquet" for name in ("history", "parts"))
    reorder_files(*files, folder / "out", stock=folder / "stock.parquet", model=model)


def optimal_task(folder: Path, model: str) -> None:
    """Find the cheapest (s, S): an order 20, holding a fifth of the price a year, waiting 50 times that."""
    master = level_files.read_master(folder / "parts.parquet").parts
    for chunk in level_files.chunks(folder / "history.parquet", "month", 1 << 16):
        mine = master.of_items(chunk.parts)
        price = np.maximum(mine.price / CURRENCY, 0.01)
        fit = demand.DEFAULT.fit(chunk)
        demands = fit.interval(chunk.in_periods(mine.lead_time / DAY), np.ones(chunk.n_items))
        optimal(demands, Costs.of(chunk.n_items, order=20.0, holding=0.2 * price / 12, backorder=10.0 * price / 12))


def choice_task(folder: Path, model: str) -> None:
    """Choose the model of every item."""
    master = level_files.read_master(folder / "parts.parquet").parts
    whole = level_files.joined([*level_files.chunks(folder / "history.parquet", "month", 1 << 16)])
    choice.choose_models(whole, master)


def usage_task(folder: Path, model: str) -> None:
    """Count the usage."""
    count_files(folder / "usage.parquet")


TASKS = {"levels": levels_task, "choice": choice_task, "optimal": optimal_task, "usage": usage_task}


def peak_mb() -> float:
    """Give the most memory this process ever held; Linux says it without what the parent had."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(task: str, folder: Path, model: str) -> dict[str, Any]:
    """Run a task and give its figures."""
    watch = Watch()
    with ExitStack() as stack:
        for home, name, stage in STAGES:
            stack.enter_context(patch.object(home, name, watch.around(stage, getattr(home, name))))
        for home, name, stage in DRAWN:
            stack.enter_context(patch.object(home, name, watch.drawing(stage, getattr(home, name))))
        began, used = time.perf_counter(), time.process_time()
        TASKS[task](folder, model)
        wall, cpu = time.perf_counter() - began, time.process_time() - used
    stages = {stage: round(seconds, 3) for stage, seconds in watch.seconds.items()}
    rest = wall - sum(watch.seconds.values())
    return {
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 3),
        "peak_mb": round(peak_mb(), 1),
        "stages": {**stages, "rest": round(rest, 3)},
    }


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(json.dumps(run(sys.argv[1], Path(sys.argv[2]), sys.argv[3])))
