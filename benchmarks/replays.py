"""Families of histories without a frame of their own: levels from the first part of a history, replayed on the rest.

Where the data's README states no split, the first two thirds of the periods are fitted and the last third is replayed,
with backorders, one look a period, and the pipeline filled by the periods before. Beside a few targets of the baseline
and of the default model stand the curves of both, compared where they reach the same fill.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from benchmarks.exchange import compared, curve
from benchmarks.options import Options
from fieldops.inventory.backtest import Start, backtest
from fieldops.inventory.demand import DEFAULT, POOLED
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster

TARGETS: Final = (0.80, 0.90, 0.95, 0.98)
BASELINE: Final = "negative_binomial_plain"
"""History mean and negative binomial with the sample's moments, at the same target."""
MODELS: Final = (BASELINE, DEFAULT.name, POOLED.name)

Load = Callable[[Path, float], tuple[DemandHistory, PartMaster]]


def split_of(history: DemandHistory) -> int:
    """Periods to fit: two thirds, rounded."""
    return round(history.n_periods * 2 / 3)


def row(
    name: str, read: tuple[DemandHistory, PartMaster], model: str, target: float, start: Start = "warm"
) -> dict[str, Any]:
    """Tell what a model promised and reached for one target, and at what stock value."""
    history, parts = read
    began = time.perf_counter()
    made = backtest(history, parts, split=split_of(history), target=target, model=model, start=start)
    wall = round(time.perf_counter() - began, 3)
    return {"set": name, "model": model, "target": target, **made.summary(), "wall_s": wall}


def replays(options: Options, pattern: str, load: Load, leads: Sequence[float] = ()) -> dict[str, Any]:
    """Replay every file of a pattern, for the baseline and the default models, or the model that ``--solver`` names.

    ``--targets .8,.9`` and ``--start full`` as in `backtest`, ``--curves no`` leaves the curves out; where the data
    states no lead time, ``--leads 0,3`` says how many periods to suppose, and each is a set of its own. Nothing is
    random and nothing searches, so ``--seed``, ``--workers`` and ``--limit`` change nothing here.
    """
    options.refuse_unknown("targets", "start", "curves", *(["leads"] if leads else []))
    targets = _numbers(options.extra.get("targets"), TARGETS)
    start = cast("Start", options.extra.get("start", "warm"))
    models = [options.solver] if options.solver else [*MODELS]
    found: list[dict[str, Any]] = []
    tables = {}
    for path in sorted(options.data.glob(pattern)):
        if path.stem not in (options.instances or [path.stem]):
            continue
        for lead in _numbers(options.extra.get("leads"), leads) or [None]:
            name = path.stem if lead is None else f"{path.stem}, lead {lead:g}"
            read = load(path, lead or 0.0)
            found += [row(name, read, model, target, start) for model in models for target in targets]
            if options.extra.get("curves") == "no":
                continue
            compare = dict.fromkeys((BASELINE, options.solver or POOLED.name))
            curves = {model: curve(partial(row, name, read, model, start=start)) for model in compare}
            tables[f"{name}: stock value at equal reached fill, and its ratio to {BASELINE}"] = compared(
                curves, BASELINE
            )
    return {"results": found, "tables": tables}


def _numbers(stated: str | None, default: Sequence[float]) -> list[float]:
    return [float(one) for one in stated.split(",")] if stated else [*default]
