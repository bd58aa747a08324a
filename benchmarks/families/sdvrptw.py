"""SDVRPTW: vehicles of several types at one depot, each with the clients it may visit; a match of skills.

The objective, in this order: clients left unserved; total Euclidean distance. Hard windows, capacity, at most one
route a vehicle, and no day longer than the file's limit, where leaving late counts. All numbers are thousandths,
rounded to the nearest (the data's own convention), in fieldops (a tick is a thousandth) and in the scoring.
`technician` in the JSON is the number of a vehicle; stops are node numbers of the file, in which the depot is node 1.
Cordeau and Laporte (2001), INFOR 39(3), 292-298, drew the instances.

    python -m benchmarks.run sdvrptw --limit 60 --workers 2 --instances PR01,PR02
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.fleet_day import FleetDay, best_known, result
from benchmarks.options import Options
from benchmarks.skilled_day import wanted

FOLDER = "routing/sdvrptw"
LIMIT_S = 60.0
THOUSANDTHS = 1000
SECTIONS = ("NODE_COORD", "DEMAND", "SERVICE_TIME", "TIME_WINDOW", "CAPACITY", "VEHICLES_ALLOWED_CLIENTS")


def read(path: Path) -> FleetDay:
    """Read a file of the VRPLIB format with the sections of the family.

    Raises
    ------
    ValueError
        When a section or a head is missing.
    """
    heads, sections = _parts(path)
    lacking = [name for name in SECTIONS if name not in sections]
    lacking += [name for name in ("DIMENSION", "VEHICLES") if name not in heads]
    if lacking:
        raise ValueError(f"{path}: {', '.join(lacking)} is missing")
    count, vehicles = int(heads["DIMENSION"]), int(heads["VEHICLES"])
    x, y = _columns(path, sections, "NODE_COORD", count, 2)
    opens, closes = _thousandths(_columns(path, sections, "TIME_WINDOW", count, 2))
    (demand,), (service,) = (_columns(path, sections, name, count, 1) for name in ("DEMAND", "SERVICE_TIME"))
    (capacity,) = _columns(path, sections, "CAPACITY", vehicles, 1)
    allowed = np.zeros((count, vehicles), bool)
    allowed[0] = True
    for vehicle, *clients in sections["VEHICLES_ALLOWED_CLIENTS"]:
        allowed[[int(client) - 1 for client in clients], int(vehicle) - 1] = True
    longest = heads.get("VEHICLES_MAX_DURATION")
    return FleetDay(
        path.stem, tuple(range(1, count + 1)), THOUSANDTHS,
        _thousandths(np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2)),
        opens, closes, _thousandths(service), demand.astype(np.int64), capacity.astype(np.int64), allowed,
        None if longest is None else round(THOUSANDTHS * float(longest)),
    )  # fmt: skip


def _parts(path: Path) -> tuple[dict[str, str], dict[str, list[list[float]]]]:
    """Return the heads ``KEY: value`` and the rows of each section."""
    heads: dict[str, str] = {}
    sections: dict[str, list[list[float]]] = {}
    rows: list[list[float]] | None = None
    for line in filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines())):
        if section := re.match(r"(\w+)_SECTION$", line):
            rows = sections.setdefault(section[1], [])
        elif rows is not None and line != "EOF":
            rows.append([float(cell) for cell in line.split()])
        elif ":" in line:
            key, _, value = line.partition(":")
            heads[key.strip()] = value.strip()
    return heads, sections


def _columns(path: Path, sections: dict[str, list[list[float]]], name: str, rows: int, width: int) -> NDArray[Any]:
    """Return the columns after the number of a section whose rows are numbered from 1 without a gap."""
    found = sections[name]
    if [row[0] for row in found] != list(range(1, rows + 1)) or any(len(row) != width + 1 for row in found):
        raise ValueError(f"{path}, {name}: expected {rows} rows, numbered from 1, of {width + 1} cells")
    return np.array(found, np.float64)[:, 1:].T


def _thousandths(values: NDArray[Any]) -> NDArray[np.int64]:
    return np.asarray(np.rint(THOUSANDTHS * values).astype(np.int64))


def run(options: Options) -> dict[str, Any]:
    """Plan each instance within the limit on `workers` cores, and score what came out."""
    options.refuse_unknown()
    best = best_known(options.data / "bks.csv")
    paths = {path.stem: path for path in sorted(options.data.glob("*.vrp"))}
    limit = options.limit or LIMIT_S
    names = wanted(options, list(paths))
    return {"results": (result(read(paths[name]), best.get(name), options, limit) for name in names)}
