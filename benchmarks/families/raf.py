"""RAF: real aircraft spares with their lead times and prices; promised against reached fill, and stock value.

Levels are made from the first 60 months and replayed on the last 24: base stock, monthly review, backorders, lead times
of 0 to 33 months (protection interval: lead time + 1), the pipeline filled by the months before. ``negative_binomial``
is the default model, ``negative_binomial_plain`` the reference (history mean and sample variance, no doubt about the
mean). The data's README says where they come from.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any, cast

import pandas as pd

from benchmarks.options import Options
from fieldops.inventory.backtest import Start, backtest
from fieldops.inventory.demand import MODELS
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.periods import DAYS_PER

FOLDER = "inventory/raf"
FITTED_MONTHS = 60
TARGETS = (0.90, 0.95, 0.98)
STATED_COLUMNS = 4


def load(path: Path) -> tuple[DemandHistory, PartMaster]:
    """Read a file of RAF's format: item, description, lead_time_months, price_gbp, one column a month."""
    table = pd.read_csv(path, dtype={"item": str, "description": str}, keep_default_na=False)
    months = table.columns[STATED_COLUMNS:]
    year, month = map(int, months[0].split("-"))
    ids = table["item"].to_numpy(dtype=object)
    history = DemandHistory.from_matrix(table[months].to_numpy(dtype=float), parts=ids, first=date(year, month, 1))
    parts = PartMaster.of(
        ids,
        names=table["description"].tolist(),
        price=table["price_gbp"].to_numpy(dtype=float),
        lead_time_days=table["lead_time_months"].to_numpy(dtype=float) * DAYS_PER["month"],
    )
    return history, parts


def rows(path: Path, model: str, targets: list[float], start: Start) -> list[dict[str, Any]]:
    """Run one model for every target on one file."""
    history, parts = load(path)
    found = []
    for target in targets:
        began = time.perf_counter()
        figures = backtest(history, parts, split=FITTED_MONTHS, target=target, model=model, start=start).summary()
        wall = round(time.perf_counter() - began, 3)
        found.append({"set": path.stem, "model": model, "target": target, **figures, "wall_s": wall})
    return found


def run(options: Options) -> dict[str, Any]:
    """Run all models, or the one that ``--solver`` names; ``--targets .8,.9`` and ``--start full`` as in `backtest`.

    Nothing is random and nothing searches, so that ``--seed``, ``--workers`` and ``--limit`` change nothing here.
    """
    options.refuse_unknown("targets", "start")
    targets = [float(one) for one in options.extra["targets"].split(",")] if "targets" in options.extra else [*TARGETS]
    files = [path for path in sorted(options.data.glob("raf*.csv")) if path.stem in (options.instances or [path.stem])]
    models = [options.solver] if options.solver else list(MODELS)
    start = cast("Start", options.extra.get("start", "warm"))
    return {"results": [row for path in files for model in models for row in rows(path, model, targets, start)]}
