"""Car parts: monthly sales of 2,674 parts of a maker of cars, most of them intermittent; fill against pieces in stock.

The first 34 of 51 months are fitted, the last 17 replayed; months before a part came and after it went are not
observed. The data states neither price nor lead time: a piece counts 1, and lead times of one and three months are
supposed (``--leads``).
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

FOLDER = "inventory/carparts"


def load(path: Path, lead_months: float) -> tuple[DemandHistory, PartMaster]:
    """Read a file of the format: part, then one column a month; an empty cell is not observed."""
    table = pd.read_csv(path, dtype={"part": str})
    ids = table["part"].to_numpy(dtype=object)
    year, month = map(int, table.columns[1].split("-"))
    history = DemandHistory.from_matrix(table.iloc[:, 1:].to_numpy(float), parts=ids, first=date(year, month, 1))
    return history, PartMaster.of(ids, price=1.0, lead_time_days=lead_months * DAYS_PER["month"])


def run(options: Options) -> dict[str, Any]:
    """Replay, see `benchmarks.replays`."""
    return replays(options, "carparts*.csv", load, leads=(1.0, 3.0))
