"""Families of histories without a frame of their own: levels from the first part of a history, replayed on the rest.

Where the data's README states no split, the first two thirds of the periods are fitted and the last third is replayed,
with backorders, one look a period, and the pipeline filled by the periods before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast

from benchmarks.options import Options
from fieldops.inventory.backtest import Start, backtest
from fieldops.inventory.demand import DEFAULT
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster

TARGETS: Final = (0.80, 0.90, 0.95, 0.98)
BASELINE: Final = "negative_binomial_plain"
"""History mean and negative binomial with the sample's moments, at the same target."""

Load = Callable[[Path, float], tuple[DemandHistory, PartMaster]]


def split_of(history: DemandHistory) -> int:
    """Periods to fit: two thirds, rounded."""
    return round(history.n_periods * 2 / 3)


def curve(
    name: str, history: DemandHistory, parts: PartMaster, model: str, targets: Sequence[float], start: Start
) -> Any:
    """Give one row a target: what a model promised and reached, and at what stock value."""
    found = []
    for target in targets:
        began = time.perf_counter()
        made = backtest(history, parts, split=split_of(history), target=target, model=model, start=start)
        wall = round(time.perf_counter() - began, 3)
        found.append({"set": name, "model": model, "target": target, **made.summary(), "wall_s": wall})
    return found


def replays(options: Options, pattern: str, load: Load, leads: Sequence[float] = ()) -> dict[str, Any]:
    """Replay every file of a pattern, for the default model and the baseline, or the model that ``--solver`` names.

    ``--targets .8,.9`` and ``--start full`` as in `backtest`; where the data states no lead time, ``--leads 0,3`` says
    how many periods to suppose, and each is a set of its own. Nothing is random and nothing searches, so ``--seed``,
    ``--workers`` and ``--limit`` change nothing here.
    """
    options.refuse_unknown("targets", "start", *(["leads"] if leads else []))
    targets = _numbers(options.extra.get("targets"), TARGETS)
    supposed = _numbers(options.extra.get("leads"), leads)
    start = cast("Start", options.extra.get("start", "warm"))
    models = [options.solver] if options.solver else [BASELINE, DEFAULT.name]
    rows: list[dict[str, Any]] = []
    for path in sorted(options.data.glob(pattern)):
        if path.stem not in (options.instances or [path.stem]):
            continue
        for lead in supposed or [0.0]:
            history, parts = load(path, lead)
            name = f"{path.stem}, lead {lead:g}" if supposed else path.stem
            for model in models:
                rows += curve(name, history, parts, model, targets, start)
    return {"results": rows}


def _numbers(stated: str | None, default: Sequence[float]) -> list[float]:
    return [float(one) for one in stated.split(",")] if stated else [*default]
