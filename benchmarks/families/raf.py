"""RAF: real aircraft spares with their lead times and prices; promised against reached fill, and stock value.

Levels are made from the first 60 months and replayed on the last 24: base stock, monthly review, backorders, lead times
of 0 to 33 months (protection interval: lead time + 1), the pipeline filled by the months before. ``pooled`` is the
default model, ``negative_binomial_plain`` the reference (history mean and sample variance, no doubt about the mean).
Beside three targets of every model, the curves of stock value against reached fill of the reference and of the default
(or of ``--solver``), compared where they reach the same. The data's README says where they come from.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, cast

import pandas as pd

from benchmarks import published
from benchmarks.exchange import compared, curve
from benchmarks.options import Options
from fieldops.inventory.backtest import Start, backtest
from fieldops.inventory.demand import MODELS, POOLED
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.periods import DAYS_PER
from fieldops.units import CURRENCY

FOLDER = "inventory/raf"
FITTED_MONTHS = 60
TARGETS = (0.90, 0.95, 0.98)
REFERENCE = "negative_binomial_plain"
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


@dataclass(frozen=True)
class Split:
    """Months to fit, the month up to which is replayed (None: all), the start, and whether targets are calibrated."""

    fitted: int = FITTED_MONTHS
    until: int | None = None
    start: Start = "warm"
    calibrate: bool = False


def row(path: Path, model: str, target: float, split: Split) -> dict[str, Any]:
    """Run one model for one target on one file."""
    history, parts = load(path)
    history = history.before(split.until or history.n_periods)
    began = time.perf_counter()
    found = backtest(
        history, parts, split=split.fitted, target=target, model=model, start=split.start, calibrate=split.calibrate
    )
    wall = round(time.perf_counter() - began, 3)
    figures = {"set": path.stem, "model": model, "target": target, **found.summary(), "wall_s": wall}
    if split.calibrate:
        figures["unit_low"], figures["unit_high"] = found.unit_fill_interval()
    return figures


def case(path: Path) -> published.Case:
    """Give a file for the published protocol: real prices, no lead times."""
    history, parts = load(path)
    now = PartMaster.of(parts.ids, names=list(parts.names), price=parts.price / CURRENCY, lead_time_days=0)
    return published.Case(path.stem, history, lambda known: now, parts.price / CURRENCY)


def _files(options: Options) -> list[Path]:
    return [path for path in sorted(options.data.glob("raf*.csv")) if path.stem in (options.instances or [path.stem])]


def run(options: Options) -> dict[str, Any]:
    """Run all models, or the one that ``--solver`` names, and compare curves.

    ``--targets .8,.9`` for the models, ``--start full`` as in `backtest`, ``--curves no`` leaves the curves out.
    ``--calibrate`` finds the targets to ask for within the fitted months first, and adds the bootstrap interval of the
    unit fill (about a minute a target). ``--fitted 36 --until 60`` replays months 37-60 and never looks at what comes
    later: where models are chosen.
    ``--protocol published`` is another comparison, see `benchmarks.published`.
    Nothing is random and nothing searches, so that ``--seed``, ``--workers`` and ``--limit`` change nothing here.
    """
    if "protocol" in options.extra:
        return published.run(options, "BRAF", [case(path) for path in _files(options)])
    options.refuse_unknown("targets", "start", "curves", "fitted", "until", "calibrate")
    extra = options.extra
    targets = [float(one) for one in extra["targets"].split(",")] if "targets" in extra else [*TARGETS]
    files = _files(options)
    models = [options.solver] if options.solver else list(MODELS)
    until = int(extra["until"]) if "until" in extra else None
    start, calibrate = cast("Start", extra.get("start", "warm")), extra.get("calibrate") == "yes"
    split = Split(int(extra.get("fitted", FITTED_MONTHS)), until, start, calibrate)
    found = [row(path, model, target, split) for path in files for model in models for target in targets]
    if extra.get("curves") == "no" or calibrate:
        return {"results": found}
    tables = {}
    for path in files:
        curves = {
            name: curve(partial(row, path, name, split=split))
            for name in dict.fromkeys((REFERENCE, options.solver or POOLED.name))
        }
        tables[f"{path.stem}: curves"] = [one for rows in curves.values() for one in rows]
        tables[f"{path.stem}: stock value at equal reached fill, and its ratio to {REFERENCE}"] = compared(
            curves, REFERENCE
        )
    return {"results": found, "tables": tables}
