"""AUTO: two years of monthly demand of 3,000 car parts, many of them smooth; fill against pieces in stock.

The first 16 of 24 months are fitted, the last 8 replayed. The data states neither price nor lead time: a piece counts
1, and lead times of one and three months are supposed (``--leads``).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import published
from benchmarks.options import Options
from benchmarks.replays import replays
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.periods import DAYS_PER

FOLDER = "inventory/auto"
FIRST = date(2000, 1, 1)
"""The months are numbered only, so that any first one will do."""


def load(path: Path, lead_months: float) -> tuple[DemandHistory, PartMaster]:
    """Read a file of the format: sku, columns m01, m02 ... a month each; others are left alone."""
    table = pd.read_csv(path, dtype={"sku": str})
    ids = table["sku"].to_numpy(dtype=object)
    months = [name for name in table.columns if name[0] == "m" and name[1:].isdigit()]
    history = DemandHistory.from_matrix(table[months].to_numpy(float), parts=ids, first=FIRST)
    return history, PartMaster.of(ids, price=1.0, lead_time_days=lead_months * DAYS_PER["month"])


def case(path: Path) -> published.Case:
    """Give a file for the published protocol, which invents prices; see `benchmarks.published`."""
    history, _ = load(path, 0.0)

    def parts(known: DemandHistory) -> PartMaster:
        return PartMaster.of(known.parts, price=_invented(known), lead_time_days=0)

    return published.Case(path.stem, history, parts, _invented(history))


def _invented(history: DemandHistory) -> NDArray[np.float64]:
    mean = history.counts.mean(axis=0)
    return np.where(mean > 0, 1.0 / np.where(mean > 0, mean, 1.0), 0.0)


def run(options: Options) -> dict[str, Any]:
    """Replay, see `benchmarks.replays`; ``--protocol published`` is another comparison, see `benchmarks.published`."""
    if "protocol" in options.extra:
        files = sorted(options.data.glob("auto*.csv"))
        return published.run(
            options, "AUTO", [case(path) for path in files if path.stem in (options.instances or [path.stem])]
        )
    return replays(options, "auto*.csv", load, leads=(1.0, 3.0))
