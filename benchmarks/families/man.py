"""MAN: weekly demand of a wholesaler's parts with their prices, lead times of 7 or 16 weeks, MOQ and pack sizes.

The first 100 of 150 weeks are fitted, the last 50 replayed: (s, S) with the least order that MOQ and pack allow.
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

FOLDER = "inventory/man"
STATED = ("sku", "subpack", "cost_price", "order_cost", "hold_cost_year", "lead_time_weeks", "moq")


def load(path: Path, lead: float) -> tuple[DemandHistory, PartMaster]:
    """Read a file of the format: the columns of `STATED`, then one a week; the lead time is the file's own."""
    table = pd.read_csv(path, dtype={"sku": str})
    weeks = [name for name in table.columns if name not in STATED]
    year, week = map(int, weeks[0].split("-W"))
    ids = table["sku"].to_numpy(dtype=object)
    history = DemandHistory.from_matrix(
        table[weeks].to_numpy(float), parts=ids, first=date.fromisocalendar(year, week, 1), period="week"
    )
    parts = PartMaster.of(
        ids,
        price=table["cost_price"].to_numpy(float),
        lead_time_days=7.0 * table["lead_time_weeks"].to_numpy(float),
        moq_pcs=table["moq"].clip(lower=1).to_numpy(),
        pack_pcs=table["subpack"].clip(lower=1).to_numpy(),
    )
    return history, parts


def run(options: Options) -> dict[str, Any]:
    """Replay, see `benchmarks.replays`."""
    return replays(options, "man*.csv", load)
