"""``python -m benchmarks.whole_range``: one target for all RAF parts against the same target for each, replayed.

Levels of the default model from the first 60 months, replayed on the last 24 as in the family ``raf``. For each weight
the range is asked for what equal targets promise by that weight, so that stock values compare at equal promises.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.families import raf
from benchmarks.options import data_root
from benchmarks.tables import tabulated
from fieldops.inventory.assortment import WEIGHTS, for_range
from fieldops.inventory.backtest import Backtest, backtest, replay
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.levels import Levels

FIGURES = ("reached_unit_fill", "reached_part_fill", "reached_value_fill", "stock_value")


def row(history: DemandHistory, levels: Levels, how: str, target: float) -> dict[str, Any]:
    """Replay some levels on the held-out months, the pipeline filled."""
    lead = np.rint(levels.lead).astype(np.int64)
    warm_up = min(int(lead.max()) + 1, raf.FITTED_MONTHS)
    counts = history.counts[raf.FITTED_MONTHS - warm_up :]
    books = replay(counts, levels.reorder_point, levels.quantity, lead, kind=levels.kind, warm_up=warm_up)
    found = Backtest(levels, books).summary()
    return {"how": how, "target": target, **{name: found[name] for name in FIGURES}}


def main() -> int:
    """Print the comparison; return 0, also where the data is absent."""
    files = sorted((data_root() / raf.FOLDER).glob("raf*.csv"))
    if not files:
        print("whole_range: no data; set FIELDOPS_BENCH_DATA")
        return 0
    history, parts = raf.load(files[0])
    rows = []
    for target in (0.9, 0.95):
        levels = backtest(history, parts, split=raf.FITTED_MONTHS, target=target).levels
        rows.append(row(history, levels, "each part", target))
        used, fill = levels.rate > 0, levels.promised.fill_rate
        for weight in WEIGHTS:
            by = {"unit": levels.rate, "part": np.ones(len(levels)), "value": levels.rate * levels.price}[weight]
            promised = float(np.average(fill[used], weights=by[used]))
            best = for_range(levels, target=promised, weight=weight)
            rows.append(row(history, best, f"range by {weight}", promised))
    print(tabulated(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
