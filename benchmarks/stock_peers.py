"""``python -m benchmarks.peers raf``: fieldops beside statsforecast and stockpyl on the same parts, in one run.

    make peers-stock
    python -m benchmarks.peers raf [--items 60] [--peers statsforecast,stockpyl] [--python PATH] [--out FILE.json]

The peers live in an environment of their own (``.venv-peers-stock``), since statsforecast needs an older pandas. Each
side computes one after the other on one core; compiling and imports are off the clock. Per task and solver:

us_per_item
    Microseconds an item.
time_against_fieldops
    The peer's time over that of fieldops, per item: above 1 the peer is slower.
largest_difference
    Of forecasts: between the two, in pieces a period. Of policies: of the peer's cost over that of fieldops, less one.

Forecasts are those of the first 60 months of all RAF parts, as both start them (naive, constants 0.1; ADIDA and IMAPA
optimise theirs). Policies are those of some parts evenly apart by demand: Poisson demand by the mean of the months, an
order at 25, 20 % a year for keeping, waiting 19 times as dear, and an economic order of at most 30 pieces, because
stockpyl's time grows with the square of what it tries. Its (s, S) knows no lead time, so there is none on either side.
fieldops has the same few parts at once and, as ``fieldops, all parts``, all of them, which is how it is used.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.families import raf
from benchmarks.machine import machine
from benchmarks.options import ROOT, Options
from benchmarks.tables import tabulated
from fieldops.inventory.demand import Poisson
from fieldops.inventory.demand.base import FamilyDemand, Interval
from fieldops.inventory.demand.rates import BUCKETS, METHODS, Rate
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.optimal import Costs, Optimum, optimal
from fieldops.inventory.policies import MOMENT

PEERS = ("statsforecast", "stockpyl")
HOME = ROOT / ".venv-peers-stock" / "bin" / "python"
WORKER = Path(__file__).resolve().parent / "peer_solvers" / "stock_rivals.py"
MONTHS, ITEMS, ORDER, KEEPING, WAITING, MOST = 60, 60, 25.0, 0.2 / 12, 19.0, 30.0
COMPARED = [method for method in METHODS if method != "sbj"]  # statsforecast has no SBJ
TRUTH = 3.85  # of the pmf .9, 0, 0, 0, .1 with costs 1, 9 and 5, by simulation too

Row = dict[str, Any]
Given = dict[str, Any]


def main(options: Options, data_given: bool) -> int:
    """Run both sides; return 0, also where peers or data are absent."""
    if not data_given:
        options = replace(options, data=options.data / raf.FOLDER)
    options.refuse_unknown("items", "peers", "python")
    peers = [name for name in options.extra.get("peers", ",".join(PEERS)).split(",") if name]
    if strange := sorted(set(peers) - set(PEERS)):
        raise SystemExit(f"there is no peer {strange[0]!r}; choose from {', '.join(PEERS)}")
    python = Path(options.extra.get("python", HOME))
    if not python.is_file():
        print(f"raf: no environment of the stock peers at {python}; run `make peers-stock`, or say --python PATH")
        return 0
    files = sorted(options.data.glob("raf*.csv"))
    if not files:
        print(f"raf: no data at {options.data}; set FIELDOPS_BENCH_DATA or say --data FOLDER")
        return 0
    history, parts = raf.load(files[0])
    first = history.before(MONTHS)
    everything = stated(first, parts.price)
    sample = taken(everything, int(options.extra.get("items", ITEMS)))
    theirs = rivals(python, peers, {"counts": first.counts, **sample})
    rows = compared(first, sample, everything, theirs)
    print(tabulated(rows))
    if options.out is not None:
        said = {"family": "raf", "machine": {**machine(), **theirs["versions"]}, "results": rows}
        options.out.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        print(f"written: {options.out}")
    return 0


def stated(history: DemandHistory, price: Any) -> Given:
    """State the policy problems: parts that are used, have a price, and an economic order of at most so many pieces."""
    from fieldops import units

    mean, holding = history.counts.mean(axis=0), price / units.CURRENCY * KEEPING
    good = np.flatnonzero((mean > 0) & (holding > 0) & (2 * ORDER * mean <= MOST**2 * holding))
    good = good[np.argsort(mean[good], kind="stable")]
    size = len(good)
    return {
        "mean": mean[good], "lead": np.full(size, 2.0), "holding": holding[good],
        "backorder": WAITING * holding[good], "order": np.full(size, ORDER),
    }  # fmt: skip


def taken(everything: Given, items: int) -> Given:
    """Take some items evenly apart."""
    at = np.unique(np.linspace(0, len(everything["mean"]) - 1, items).astype(np.int64))
    return {name: values[at] for name, values in everything.items()}


def rivals(python: Path, peers: Sequence[str], given: Given) -> dict[str, Any]:
    """Let the peers work in their own environment."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "given.npz", Path(folder) / "made.json"
        np.savez(source, **given)
        subprocess.run([python, WORKER, source, target, *peers], check=True)
        made: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return made


def compared(history: DemandHistory, sample: Given, everything: Given, theirs: dict[str, Any]) -> list[Row]:
    """Run ours on the same and set the two side by side."""
    rows: list[Row] = []
    for method in COMPARED if "forecasts" in theirs else []:
        rate = Rate(method) if method in BUCKETS else Rate(method, "naive")  # type: ignore[arg-type]
        mine, seconds = _timed(lambda rate=rate: rate.of(history))  # type: ignore[misc]
        other = theirs["forecasts"][method]
        used = history.counts.sum(axis=0) > 0
        apart = float(np.abs(mine - np.array(other["values"]))[used].max())
        rows += _pair(f"forecast {method}", history.n_items, seconds, other, apart)
    for task, solve in (("s,S", cheapest_s_S), ("r,Q", cheapest_r_Q)) if "policies" in theirs else ():
        best, seconds = _timed(lambda solve=solve: solve(sample))  # type: ignore[misc]
        other = theirs["policies"][task]
        costs = np.array(other["values"])[:, 2] / best.cost - 1
        rows += _pair(f"policy {task}", len(best.cost), seconds, other, float(costs[np.abs(costs).argmax()]))
        size = len(everything["mean"])
        _, seconds = _timed(lambda solve=solve: solve(everything))  # type: ignore[misc]
        rows.append(_row(f"policy {task}", "fieldops, all parts", size, seconds))
    if "policies" in theirs:
        wrong = theirs["policies"]["s,S of a pmf"]["values"][0]
        apart = wrong[2] / TRUTH - 1
        rows.append({**_row("policy s,S of a pmf", "stockpyl", 1, None), "largest_difference": apart})
    return rows


def cheapest_s_S(given: Given) -> Optimum:  # noqa: N802
    """Cheapest (s, S), review every period, no lead time."""
    none, period = (FamilyDemand(Poisson(), mean, mean) for mean in (0 * given["mean"], given["mean"]))
    return optimal(Interval(none, period, period), _costs(given))


def cheapest_r_Q(given: Given) -> Optimum:  # noqa: N802
    """Cheapest (r, Q) of stock watched all the time."""
    mean, moment = given["mean"], MOMENT / given["mean"]
    lengths = (given["lead"], given["lead"] + moment, moment)
    demands = (FamilyDemand(Poisson(), mean * one, mean * one) for one in lengths)
    lead, protection, review = demands
    always = np.ones(len(mean), dtype=np.bool_)
    return optimal(Interval(lead, protection, review, always), _costs(given), 1 / moment, "s,nQ")


def _costs(given: Given) -> Costs:
    return Costs(given["order"], given["holding"], given["backorder"])


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    made = work()
    return made, time.perf_counter() - began


def _pair(task: str, items: int, seconds: float, other: Row, apart: float) -> list[Row]:
    """Row of fieldops and row of the peer."""
    peer = _row(task, other["peer"], items, other["wall_s"])
    peer |= {"time_against_fieldops": other["wall_s"] / seconds, "largest_difference": apart}
    return [_row(task, "fieldops", items, seconds), peer]


def _row(task: str, solver: str, items: int, seconds: float | None) -> Row:
    each = None if seconds is None else 1e6 * seconds / items
    return {
        "set": "raf", "task": task, "solver": solver, "items": items, "wall_s": seconds, "us_per_item": each,
        "time_against_fieldops": None, "largest_difference": None,
    }  # fmt: skip
