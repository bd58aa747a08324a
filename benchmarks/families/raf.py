"""RAF: real aircraft spares with their lead times and prices; promised against reached fill, and stock value.

Levels are made from the first 60 months and replayed on the last 24: base stock, monthly review, backorders, lead times
of 0 to 33 months (protection interval: lead time + 1), the pipeline filled by the months before. ``negative_binomial``
is the default model, ``negative_binomial_plain`` the reference (history mean and sample variance, no doubt about the
mean). The data's README says where they come from.
"""

from __future__ import annotations

import platform
import time
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from fieldops.inventory.backtest import backtest
from fieldops.inventory.demand import MODELS
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.periods import DAYS_PER

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


def sets(data: Path, wanted: Any = None) -> list[Path]:
    """Find the files: those of ``inventory/raf`` below the data's root, or of the folder itself."""
    folder = next((one for one in (data / "inventory" / "raf", data / "raf", data) if list(one.glob("raf*.csv"))), data)
    names = wanted.split(",") if isinstance(wanted, str) else list(wanted or [])
    return [path for path in sorted(folder.glob("raf*.csv")) if not names or path.stem in names]


def rows(path: Path, models: list[str], targets: list[float]) -> list[dict[str, Any]]:
    """Run every model and target on one file."""
    history, parts = load(path)
    found = []
    for model in models:
        for target in targets:
            began = time.perf_counter()
            tested = backtest(history, parts, split=FITTED_MONTHS, target=target, model=model)
            wall = time.perf_counter() - began
            found.append(
                {"set": path.stem, "model": model, "target": target, **tested.summary(), "wall_s": round(wall, 3)}
            )
    return found


def run(options: Any) -> dict[str, Any]:
    """Run the family; `options` is what ``benchmarks.run`` parsed."""
    extra = getattr(options, "extra", None) or {}
    models = str(extra["models"]).split(",") if "models" in extra else list(MODELS)
    targets = [float(one) for one in str(extra["targets"]).split(",")] if "targets" in extra else list(TARGETS)
    results = [
        row
        for path in sets(Path(options.data), getattr(options, "instances", None))
        for row in rows(path, models, targets)
    ]
    machine = {"python": platform.python_version(), "processor": platform.machine(), "system": platform.platform()}
    return {"family": "raf", "machine": machine, "results": results}
