"""``python -m benchmarks.peers FAMILY``: fieldops and its peers on the same days, with the same time and cores.

    make peers
    python -m benchmarks.peers skills --limit 5 --workers 2 [--instances R101,C203] [--out FILE.json]
    python -m benchmarks.peers days --size 100 --seeds 5 --workers 2 [--peers vroom,ortools] [--solver NAME]
    python -m benchmarks.peers raf    # parts: statsforecast and stockpyl, see `stock_peers`

Every solver's routes are scored by the same code and held against the checker of fieldops. ``--out`` is written after
each day, and the same command takes up what it holds. Per solver, over all days and for each size:

no_plan
    Days without a plan. They count as worse than any plan and enter no mean.
mean_worth_unserved
    What is left out, over the days with a plan.
mean_gap
    Driving over that of the best solver of the day, less one, where as much worth is left out (0 is the best).
against_fieldops
    Driving over that of fieldops, where as much worth is left out: above 1 the peer drives more.
better, equal, worse
    On how many days the peer's plan is better than, as good as and worse than that of fieldops.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from statistics import fmean
from typing import Any

from benchmarks.ledger import Ledger, told
from benchmarks.options import Options, read
from benchmarks.peer_solvers.runs import FIELDOPS, Terms, cores, solver_row
from benchmarks.tables import cell, tabulated

FAMILIES = ("days", "skills")
STOCK = ("raf",)  # what `stock_peers` runs
PEERS = {"pyvrp": "pyvrp", "vroom": "pyvroom", "ortools": "ortools"}  # module: what it is installed as
ALL = "all"
EVEN = 1e-9  # driving is even when it differs by less than this part

Row = dict[str, Any]


def chosen(options: Options) -> list[str]:
    """Return the peers that ``--peers`` names, all by default.

    Raises
    ------
    SystemExit
        For one that isn't known.
    """
    names = [name for name in options.extra.get("peers", ",".join(PEERS)).split(",") if name]
    if strange := sorted(set(names) - set(PEERS)):
        raise SystemExit(f"there is no peer {strange[0]!r}; choose from {', '.join(PEERS)}")
    return names


def compared(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of one day with `planned` and `gap_to_best`.

    A plan is sound, and not empty because the solver crashed or was too late. The gap is None for what is no plan or
    leaves more worth out.
    """
    planned = [not row["faults"] and not (row["note"] and not row["routes"]) for row in rows]
    least = min((_key(row) for row, made in zip(rows, planned, strict=True) if made), default=None)
    done = []
    for row, made in zip(rows, planned, strict=True):
        even = least is not None and made and row["worth_unserved"] == least[0]
        gap = _ratio(row["objective"], least[1]) - 1 if least is not None and even else None
        done.append({**row, "planned": made, "gap_to_best": gap})
    return done


def summary(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Return one row a solver over all days."""
    own = {row["instance"]: row for row in rows if row["solver"] == FIELDOPS}
    made = []
    for name in names:
        mine = [row for row in rows if row["solver"] == name]
        plans = [row for row in mine if row["planned"]]
        pairs = [(row, own[row["instance"]]) for row in plans if own[row["instance"]]["planned"]]
        sides = [_side(_rank(row), _rank(own[row["instance"]])) for row in mine]
        ratios = [
            _ratio(row["objective"], other["objective"])
            for row, other in pairs
            if row["worth_unserved"] == other["worth_unserved"]
        ]
        made.append({
            "solver": name, "days": len(mine), "no_plan": len(mine) - len(plans),
            "mean_worth_unserved": _mean([row["worth_unserved"] for row in plans]),
            "mean_unserved": _mean([row["unserved"] for row in plans]),
            "mean_gap": _mean([row["gap_to_best"] for row in mine if row["gap_to_best"] is not None]),
            "against_fieldops": _mean(ratios),
            "better": sides.count(-1), "equal": sides.count(0), "worse": sides.count(1),
            "longest_s": max((row["wall_s"] for row in mine), default=None),
        })  # fmt: skip
    return made


def _key(row: Mapping[str, Any]) -> tuple[int, float]:
    return row["worth_unserved"], row["objective"]


def _rank(row: Mapping[str, Any]) -> tuple[float, float]:
    return _key(row) if row["planned"] else (float("inf"), float("inf"))


def by_group(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Return the summaries of each size (what stands before the dash in the names of days) and of all days."""
    groups = list(dict.fromkeys(_group(row) for row in rows))
    parts = [(group, [row for row in rows if _group(row) == group]) for group in groups if group]
    return [{"size": group, **line} for group, some in [*parts, (ALL, rows)] for line in summary(some, names)]


def _group(row: Mapping[str, Any]) -> str:
    drawn = re.fullmatch(r"(\d+(?:x\d+)?)-\d+", row["instance"])
    return drawn[1] if drawn else ""


def by_day(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Return one row a day: worth left out and driving of each solver, and who was best."""
    made: dict[str, Row] = {}
    for row in rows:
        day = made.setdefault(row["instance"], {"day": row["instance"], **dict.fromkeys(names, "no plan"), "best": []})
        if row["planned"]:
            day[row["solver"]] = f"{row['worth_unserved']} / {row['objective']:.1f}"
        if row["gap_to_best"] is not None and row["gap_to_best"] <= EVEN:
            day["best"] = [*day["best"], row["solver"]]
    return [{**day, "best": ", ".join(day["best"])} for day in made.values()]


def _side(mine: tuple[float, float], other: tuple[float, float]) -> int:
    """Return -1 where the first is better, 0 where they are even, 1 where it is worse."""
    if mine == other or (mine[0] == other[0] and abs(mine[1] - other[1]) <= EVEN * max(mine[1], other[1])):
        return 0
    return -1 if mine < other else 1


def _ratio(mine: float, other: float) -> float:
    return mine / other if other else (1.0 if not mine else float("inf"))


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the peers on one family; return 0, also where they or the data are absent."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    name, options, data_given = read(given, (*FAMILIES, *STOCK))
    if name in STOCK:
        return import_module("benchmarks.stock_peers").main(options, data_given)  # type: ignore[no-any-return]
    peers = chosen(options)
    family = import_module(f"benchmarks.families.{name}")
    if not data_given:
        options = replace(options, data=options.data / family.FOLDER)
    options = replace(options, extra={key: value for key, value in options.extra.items() if key != "peers"})
    options.refuse_unknown(*family.EXTRAS)
    if absent := [PEERS[peer] for peer in peers if find_spec(peer) is None]:
        print(f"{name}: {' and '.join(absent)} not installed; run `make peers`, or leave them out with --peers")
        return 0
    if not options.data.is_dir():
        print(f"{name}: no data at {options.data}; set FIELDOPS_BENCH_DATA or say --data FOLDER")
        return 0
    names = [FIELDOPS, *peers]
    ledger = Ledger.opened(name, options, told("benchmarks.peers", given), peers=",".join(peers))
    ledger.head["machine"] |= {PEERS[peer]: version(PEERS[peer]) for peer in peers}
    _run(family, options, names, ledger)
    ledger.add([], summary=by_group(ledger.rows, names))
    print(tabulated(by_day(ledger.rows, names)), "", tabulated(by_group(ledger.rows, names)), sep="\n")
    for row in ledger.rows:
        for fault in [*row["faults"], *filter(None, [row["note"]])]:
            print(f"{row['instance']}, {row['solver']}: {fault}")
    if options.out is not None:
        print(f"written: {options.out}")
    return 0


def _run(family: Any, options: Options, names: Sequence[str], ledger: Ledger) -> None:
    """Let every solver have every day, one after the other, so that none takes another's cores."""
    cores(options.workers)
    for day in family.days(replace(options, done=ledger.done)):
        terms = Terms(family.limit_s(options, day), options.seed, options.workers)
        rows = []
        for name in names:
            own = replace(terms, solver=options.solver) if name == FIELDOPS else terms
            rows.append(solver_row(day, name, own))
            worth, driving, wall_s = (cell(rows[-1][key]) for key in ("worth_unserved", "objective", "wall_s"))
            print(f"{day.name}  {name}: {worth} / {driving} in {wall_s} s {rows[-1]['note']}", file=sys.stderr)
        ledger.add(compared(rows))


if __name__ == "__main__":
    raise SystemExit(main())
