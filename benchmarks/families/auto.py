"""AUTO: two years of monthly demand of 3,000 car parts, many of them smooth; fill against pieces in stock.

The first 16 of 24 months are fitted, the last 8 replayed. The data states neither price nor lead time: a piece counts
1, and lead times of one and three months are supposed (``--leads``).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

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


def run(options: Options) -> dict[str, Any]:
    """Replay, see `benchmarks.replays`."""
    return replays(options, "auto*.csv", load, leads=(1.0, 3.0))
