"""``--protocol published``: our levels beside nine published methods, by their protocol, at equal reached fill.

Lead time 0, the first 70 percent of the months train, order up to the level at once, lost sales (`lost_sales`). The
nine forecast one month ahead and set their levels anew every month from all months before it. Ours are set ``once``,
from the training months alone, or ``monthly`` as the nine. A target is one for each part, by ``fill_rate`` or
``cycle_service``, or one for the whole range (`for_range`) that counts pieces (``range_unit``) or parts
(``range_part``).

The published curves are in their authors' currency and, for RAF, of twice as many items. ``unit`` is what one of ours
is in theirs. No published level is above the largest month so far, so every published curve ends where all levels are
that month: the one that comes nearest is carried on to there and divided by our cost of the same levels.
``unit_ses_normal`` and ``unit_ses_gamma`` say the same, fill by fill, from the published curve of exponential smoothing
and ours of the same (`smoothed_peer`); which of these distributions they took for which item is not told. Ratios are by
``unit``; multiply for another. Ratios to that smoothing itself, replayed here, need no unit: by cost and by pieces.

AUTO has no prices; the authors' are a constant over an item's mean demand of all months, those to come included. These
weigh the cost. Levels may see what the same rule says of the months known by then, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.exchange import WEIGHTINGS, Row, curve, value_at
from benchmarks.lost_sales import Floats, replayed, split_of
from benchmarks.options import Options
from benchmarks.smoothed_peer import SHORTAGES, deviations, largest, levels, smoothed
from fieldops.inventory.arguments import learnt
from fieldops.inventory.assortment import Weight, for_range
from fieldops.inventory.demand import MODELS, POOLED, DemandModel
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policy import Measure

FOLDER: Final = "published"
PEER: Final = "SES"
"""The published method that `smoothed_peer` is."""
TARGETS: Final = (0.5, 0.6, 0.7, 0.75, 0.8, 0.84, 0.88, 0.91, 0.93, 0.945, 0.96, 0.97, 0.98, 0.99, 0.995)
FILLS: Final = tuple(round(0.02 * step, 2) for step in range(30, 50))
COLUMNS: Final = {
    "AchievedFillRates_Total": "reached_unit_fill",
    "AchievedFillRates_Avg": "reached_part_fill",
    "HoldingCosts": "stock_value",
}


@dataclass(frozen=True)
class Way:
    """A way to set levels: model, measure of each part's target or weight of the range's, and whether every month."""

    model: str
    measure: Measure = "fill_rate"
    weight: Weight | None = None
    monthly: bool = False

    @property
    def name(self) -> str:
        """Heading of its column: the model, and what differs from one fill rate for each part, set once."""
        aim = self.measure if self.weight is None else f"range_{self.weight}"
        words = {aim: aim != "fill_rate", "monthly": self.monthly}
        return ", ".join([self.model, *(word for word, said in words.items() if said)])


@dataclass(frozen=True)
class Case:
    """A set: its history, the master data that levels may see of a history, and the prices that weigh the cost."""

    name: str
    history: DemandHistory
    parts: Callable[[DemandHistory], PartMaster]
    price: Floats

    @property
    def split(self) -> int:
        """Periods to fit."""
        return split_of(self.history.n_periods)

    def replayed(self, levels: Floats) -> dict[str, float]:
        """Replay levels of shape (periods held out, items)."""
        return replayed(self.history.counts[self.split :], levels, self.price)


def curve_of(case: Case, way: Way, targets: Sequence[float] = TARGETS) -> list[Row]:
    """Replay a way of ours at every target; targets that nothing is stocked for are no points of a curve."""
    last = case.history.n_periods if way.monthly else case.split + 1
    known = [case.history.before(at) for at in range(case.split, last)]
    parts = [case.parts(history) for history in known]
    models = [learnt([MODELS[way.model]], *seen)[0] for seen in zip(known, parts, strict=True)]
    held_out = (case.history.n_periods - case.split, case.history.n_items)

    def run(target: float) -> Row:
        found = [
            _levels(history, master, model, way, target)
            for history, master, model in zip(known, parts, models, strict=True)
        ]
        return {"target": target, **case.replayed(np.broadcast_to(np.array(found), held_out))}

    return [row for row in curve(run, targets) if row["stock_value"] > 0]


def _levels(history: DemandHistory, parts: PartMaster, model: DemandModel, way: Way, target: float) -> Floats:
    found = reorder_levels(history, parts, target=target, model=model, measure=way.measure)
    if way.weight is not None:
        found = for_range(found, target=target, weight=way.weight)
    return found.order_up_to.astype(float)


def peer_curves(case: Case, targets: Sequence[float] = TARGETS) -> dict[str, list[Row]]:
    """Replay the published smoothing with each of its distributions."""
    counts, split = case.history.counts, case.split
    mean, deviation, most = smoothed(counts, split), deviations(counts, split), largest(counts, split)
    return {
        name: [
            {"target": target, **case.replayed(levels(mean, deviation, most, target, shortage))} for target in targets
        ]
        for name, shortage in SHORTAGES.items()
    }


def published(path: Path, dataset: str) -> dict[str, list[Row]]:
    """Read the published curves of a data set, by method.

    Raises
    ------
    SystemExit
        If the file isn't there or has none of this set.
    """
    if not path.is_file():
        raise SystemExit(f"--protocol published needs the published curves; there is no {path}")
    table = pd.read_csv(path)
    mine = table[table["dataset"] == dataset].rename(columns=COLUMNS)
    if mine.empty:
        raise SystemExit(f"{path} holds no curves of {dataset}; it has {', '.join(sorted(set(table['dataset'])))}")
    return {
        str(name): [
            {str(key): value for key, value in row.items()} for row in rows[[*COLUMNS.values()]].to_dict("records")
        ]
        for name, rows in mine.groupby("Method", sort=False)
    }


def unit(case: Case, theirs: Mapping[str, Sequence[Row]]) -> float:
    """Find what one of our currency units is in the published one, where all levels are the largest month so far."""
    end = case.replayed(largest(case.history.counts, case.split))
    nearest = max(theirs.values(), key=lambda rows: max(row["reached_unit_fill"] for row in rows))
    before, last = sorted(nearest, key=lambda row: row["reached_unit_fill"])[-2:]
    step = last["reached_unit_fill"] - before["reached_unit_fill"]
    beyond = (end["reached_unit_fill"] - last["reached_unit_fill"]) / step
    there = last["stock_value"] * (last["stock_value"] / before["stock_value"]) ** beyond
    return float(there / end["stock_value"])


def compared(
    case: Case, against: str, theirs: Mapping[str, Sequence[Row]], ours: Mapping[str, Sequence[Row]], one: float = 1.0
) -> Iterator[dict[str, Any]]:
    """Give a row for each weighting and fill that both reach: the best of theirs, and the ratio of ours to it.

    Ratios are of cost; `our_cost` is that of the first of ours, in their currency, of which ours is `one`.
    """
    first = next(iter(ours))
    for weighting in WEIGHTINGS:
        costs = {name: value_at(rows, weighting, FILLS) for name, rows in theirs.items()}
        mine = {name: value_at(rows, weighting, FILLS) * one for name, rows in ours.items()}
        for at, fill in enumerate(FILLS):
            there = {name: values[at] for name, values in costs.items() if np.isfinite(values[at])}
            if there and any(np.isfinite(values[at]) for values in mine.values()):
                best = min(there, key=lambda name: there[name])
                yield {
                    "set": case.name, "against": against, "fill": weighting, "reached": fill,
                    "best": best, "best_cost": float(there[best]), "our_cost": _known(mine[first][at]),
                    **{name: _known(values[at] / there[best]) for name, values in mine.items()},
                }  # fmt: skip


def in_pieces(curves: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Count mean stock in pieces, where prices have no say, instead of its cost."""
    return {name: [{**row, "stock_value": row["stock_pieces"]} for row in rows] for name, rows in curves.items()}


def units_at(
    case: Case, theirs: Mapping[str, Sequence[Row]], peers: Mapping[str, Sequence[Row]], one: float
) -> Iterator[dict[str, Any]]:
    """Give, for each weighting and fill, what our currency unit is in theirs, by the end of the curves and by SES."""
    for weighting in WEIGHTINGS:
        stated = value_at(theirs[PEER], weighting, FILLS)
        found = {name: stated / value_at(rows, weighting, FILLS) for name, rows in peers.items()}
        for at, fill in enumerate(FILLS):
            if any(np.isfinite(values[at]) for values in found.values()):
                told = {f"unit_ses_{name}": _known(values[at]) for name, values in found.items()}
                yield {"set": case.name, "fill": weighting, "reached": fill, "unit": one, **told}


def ways_of(model: str) -> list[Way]:
    """Give the ways of a model that are compared."""
    once = [Way(model), Way(model, "cycle_service"), Way(model, weight="unit"), Way(model, weight="part")]
    return [*once, Way(model, monthly=True), Way(model, "cycle_service", monthly=True)]


def run(options: Options, dataset: str, cases: Sequence[Case]) -> dict[str, Any]:
    """Compare the default model's ways and all other models with the published curves of a data set.

    ``--solver`` names one model to compare instead. Nothing is random and nothing searches.
    """
    options.refuse_unknown("protocol")
    if options.extra["protocol"] != "published":
        raise SystemExit(f"--protocol is published, not {options.extra['protocol']!r}")
    model = options.solver or POOLED.name
    if model not in MODELS:
        raise SystemExit(f"there is no model {model!r}; choose one of {', '.join(MODELS)}")
    theirs = published(options.data.parent / FOLDER / "khue_service_levels.csv", dataset)
    groups = [ways_of(model)]
    if options.solver is None:
        groups.append([Way(name) for name in MODELS if name != model])
    rows: list[dict[str, Any]] = []
    tables: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        one, peers = unit(case, theirs), peer_curves(case)
        for group, ways in enumerate(groups):
            curves = {way.name: curve_of(case, way) for way in ways}
            rows += compared(case, "published", theirs, curves, one)
            if group == 0:
                rows += compared(case, "SES replayed", peers, curves)
                rows += compared(case, "SES replayed, pieces", in_pieces(peers), in_pieces(curves))
            tables.setdefault(f"{case.name}: our curves", []).extend(
                {"way": name, **point} for name, points in curves.items() for point in points
            )
        rows += units_at(case, theirs, peers, one)
    return {"results": rows, "tables": tables}


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
