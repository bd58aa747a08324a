"""Solomon: 100 customers, hard windows, capacity; minimise distance, by the convention of the 12th DIMACS challenge.

The objective, in this order: customers left unserved; total distance, each leg cut to tenths. Travel takes as long
as it is far; as many vehicles as the header says may be used, which are alike. Everything is counted in tenths, in
fieldops (a tick is a tenth) and in the scoring. `technician` in the JSON is the number of a vehicle, from 1; stops
are the file's customers. Solomon (1987), Operations Research 35(2), 254-265, drew the instances.

    python -m benchmarks.run solomon --limit 60 --workers 2 --instances R101,C203
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.fleet_day import FleetDay, best_known, result
from benchmarks.options import Options
from benchmarks.skilled_day import wanted

FOLDER = "routing/vrptw_solomon"
LIMIT_S = 60.0
KIND = "dimacs_min_distance_trunc1"
TENTHS = 10
COLUMNS = 7


def read(path: Path) -> FleetDay:
    """Read a file of Solomon's format.

    Raises
    ------
    ValueError
        When the fleet or the depot is missing, or a customer.
    """
    cells = [line.split() for line in path.read_text(encoding="latin-1").splitlines()]
    fleet = next((line for line in cells if len(line) == 2 and all(cell.isdigit() for cell in line)), None)
    rows = [line for line in cells if len(line) == COLUMNS and line[0].isdigit()]
    if fleet is None or [row[0] for row in rows] != [str(i) for i in range(len(rows))] or not rows:
        raise ValueError(f"{path}: expected NUMBER and CAPACITY of vehicles, then rows of {COLUMNS} from customer 0 on")
    x, y, demand, opens, closes, service = np.array([[float(cell) for cell in row[1:]] for row in rows]).T
    vehicles, capacity = int(fleet[0]), int(fleet[1])
    straight = np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2)
    return FleetDay(
        path.stem, tuple(range(len(rows))), TENTHS,
        _tenths(straight), _tenths(opens), _tenths(closes), _tenths(service),
        demand.astype(np.int64), np.full(vehicles, capacity), np.ones((len(rows), vehicles), bool),
    )  # fmt: skip


def _tenths(values: NDArray[Any]) -> NDArray[np.int64]:
    """Cut to tenths; a tenth that a double can't state is not lost."""
    return np.asarray(np.floor(TENTHS * values + 1e-9).astype(np.int64))


def run(options: Options) -> dict[str, Any]:
    """Plan each instance within the limit on `workers` cores, and score what came out."""
    options.refuse_unknown()
    best = best_known(options.data / "bks.csv", KIND)
    paths = {path.stem: path for path in sorted(options.data.glob("*.txt")) if _is_instance(path)}
    limit = options.limit or LIMIT_S
    names = wanted(options, list(paths))
    return {"results": (result(read(paths[name]), best.get(name), options, limit) for name in names)}


def _is_instance(path: Path) -> bool:
    """Return whether a text file is one of the format: folders hold notes and licences too."""
    return any(line.split() == ["NUMBER", "CAPACITY"] for line in path.read_text(encoding="latin-1").splitlines()[:9])
