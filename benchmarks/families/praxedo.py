"""Praxedo: real field-service days, a dozen technicians, road travel times, quarter-of-an-hour appointments.

The objective, in this order: orders left unserved; total working time in minutes, which is the sum over used
technicians of the way from leaving to being back, minus the waiting that leaving later removes. In terms of
fieldops: every order is worth the same, working time is paid by its duration (one unit of Money a second), and
nothing else costs. The data's README says where the days come from; the format is Pillac's.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.options import Options
from benchmarks.planned import planned
from fieldops.routing.domain import Job, Plan, Problem, Shift, Technician
from fieldops.routing.rules import RULES
from fieldops.routing.travel import Travel
from fieldops.units import MINUTE

FOLDER = "routing/trsp_praxedo"
LIMIT_S = 20.0
HEADING_LINES = 8
TOLERANCE_MIN = 1e-3  # stated minutes have four decimals: whole seconds differ from them in the fifth


@dataclass(frozen=True)
class Instance:
    """One day as the file states it, in minutes and kilometres.

    Attributes
    ----------
    name
        The file's name without its ending.
    technicians
        How many: nodes 1 to `technicians` are their homes.
    opens, closes, service : float (nodes,)
        Window of the start of service (of the working day, at a home), and time on site.
    minutes, kilometres : float (nodes, nodes)
        Travel between nodes.
    """

    name: str
    technicians: int
    opens: NDArray[np.float64]
    closes: NDArray[np.float64]
    service: NDArray[np.float64]
    minutes: NDArray[np.float64]
    kilometres: NDArray[np.float64]

    @property
    def requests(self) -> range:
        """Nodes that are orders."""
        return range(self.technicians + 1, len(self.opens))


def read(path: Path) -> Instance:
    """Read a file of Pillac's format with its two matrices.

    Raises
    ------
    ValueError
        When a section is missing or a matrix lacks rows.
    """
    lines = path.read_text(encoding="latin-1").splitlines()
    technicians = int(lines[4].split()[0])
    heads = {line.split(";")[0].strip(): i for i, line in enumerate(lines) if line.startswith(("DISTANCES", "TRAVEL"))}
    if set(heads) != {"DISTANCES", "TRAVEL TIMES"}:
        raise ValueError(f"{path}: expected the sections DISTANCES and TRAVEL TIMES, found {sorted(heads)}")
    rows = [line.split() for line in lines[HEADING_LINES : heads["DISTANCES"]] if line.strip()]
    nodes = np.array([[float(cell) for cell in row[3:6]] for row in sorted(rows, key=lambda row: int(row[0]))])
    way = {head: _matrix(lines[i + 1 :], len(nodes), f"{path}, {head}") for head, i in heads.items()}
    return Instance(path.stem, technicians, *nodes.T, minutes=way["TRAVEL TIMES"], kilometres=way["DISTANCES"])


def _matrix(lines: Sequence[str], size: int, where: str) -> NDArray[np.float64]:
    """Read rows ``i;d(i,0);d(i,1);...`` of the first `size` nodes; what follows them are duplicates."""
    matrix = np.full((size, size), np.nan)
    for line in lines:
        cells = [cell for cell in line.split(";") if cell.strip()]
        if len(cells) < 2:
            break
        if int(cells[0]) < size:
            matrix[int(cells[0])] = [float(cell) for cell in cells[1 : size + 1]]
    if np.isnan(matrix).any():
        raise ValueError(f"{where}: rows are missing")
    return matrix


def problem(instance: Instance) -> Problem:
    """State a day in terms of fieldops: minutes as whole seconds, working time at one unit of Money a second."""
    places = [str(node) for node in range(len(instance.opens))]
    travel = Travel.from_matrix(
        places,
        np.rint(instance.minutes * MINUTE).astype(np.int64),
        np.rint(instance.kilometres * 1000).astype(np.int64),
    )
    seconds = {
        name: np.rint(getattr(instance, name) * MINUTE).astype(int).tolist() for name in ("opens", "closes", "service")
    }
    homes = range(1, instance.technicians + 1)
    return Problem(
        jobs=tuple(
            Job(places[i], places[i], seconds["service"][i], {"windows": (window,)})
            for i, window in enumerate(zip(seconds["opens"], seconds["closes"], strict=True))
            if i in instance.requests
        ),
        technicians=tuple(Technician(places[i], values={"cost_per_hour": 1}) for i in homes),
        shifts=tuple(
            Shift(places[i], places[i], seconds["opens"][i], seconds["closes"][i], places[i], places[i]) for i in homes
        ),
        travel=travel,
    )  # fmt: skip


def score(instance: Instance, tours: Sequence[tuple[int, Sequence[int]]]) -> tuple[int, float, list[str]]:
    """Return orders unserved, total working time in minutes, and faults, in doubles from the tours alone.

    Parameters
    ----------
    instance
        The day.
    tours
        For each used technician the home's node and the nodes visited.
    """
    total, faults = 0.0, []
    for home, nodes in tours:
        worked, late = working_time(instance, home, nodes)
        total += worked
        faults += late
    served = [node for _, nodes in tours for node in nodes]
    faults += [f"node {node} is no order" for node in served if node not in instance.requests]
    faults += [f"order {node} is served twice" for node in set(served) if served.count(node) > 1]
    homes = [home for home, _ in tours]
    faults += [f"technician {home} has two tours" for home in set(homes) if homes.count(home) > 1]
    return len(set(instance.requests) - set(served)), total, faults


def working_time(instance: Instance, home: int, nodes: Sequence[int]) -> tuple[float, list[str]]:
    """Return the working time of one tour in minutes, and what is late in it.

    Arrival back home when leaving at the day's start, minus that start, minus the waiting that leaving later
    removes: the smaller of total waiting and forward slack.
    """
    begin = now = float(instance.opens[home])
    waited, slack, place, faults = 0.0, math.inf, home, []
    for node in (*nodes, home):
        now += instance.minutes[place, node]
        if now > instance.closes[node] + TOLERANCE_MIN:
            faults.append(f"late at node {node}: {now:.2f} after {instance.closes[node]:.2f}")
        slack = min(slack, waited + instance.closes[node] - now)
        if node != home:
            waited += max(0.0, instance.opens[node] - now)
            now = max(now, float(instance.opens[node])) + instance.service[node]
        place = node
    return float(now - begin - max(0.0, min(waited, slack))), faults


def tours(made: Plan) -> list[tuple[int, list[int]]]:
    """Return a plan's days as homes and nodes of the file."""
    return [(int(day.origin), [int(visit.id) for visit in day.visits]) for day in made.days]


def best_known(data: Path) -> dict[str, tuple[int, float]]:
    """Return unserved orders and working time of the best known plan of each instance, where there is one."""
    path = data / "bks.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["instance"]: (int(row["unserved"]), float(row["bks"])) for row in csv.DictReader(lines)}


def row(instance: Instance, made: Plan, best: tuple[int, float] | None) -> dict[str, Any]:
    """Return one result as the benchmark's JSON states it.

    `gap` compares working time, and only where as many orders are served as in the best known plan.

    Raises
    ------
    RuntimeError
        When the scoring finds a fault that the checker of fieldops let through.
    """
    unserved, minutes, faults = score(instance, tours(made))
    if faults:
        raise RuntimeError(f"{instance.name}: {'; '.join(faults)}")
    return {
        "instance": instance.name, "solver": made.made["solver"], "objective": round(minutes, 4), "unserved": unserved,
        "bks": best and best[1], "bks_unserved": best and best[0],
        "gap": minutes / best[1] - 1 if best and best[0] == unserved else None,
        "bound": None, "wall_s": made.made["seconds"],
        "routes": [
            {"technician": day.shift, "stops": [int(visit.id) for visit in day.visits],
             "start": [visit.start / MINUTE for visit in day.visits]}
            for day in made.days
        ],
    }  # fmt: skip


def run(options: Options) -> dict[str, Any]:
    """Plan each day within the limit on `workers` cores, and score what came out.

    Raises
    ------
    SystemExit
        For an instance that the data doesn't hold.
    """
    options.refuse_unknown()
    best = best_known(options.data)
    paths = {path.stem: path for path in sorted((options.data / "instances").glob("*.txt"))}
    if strange := sorted(set(options.instances) - set(paths)):
        raise SystemExit(f"there is no instance {strange[0]!r}; the data holds {', '.join(paths) or 'none'}")
    names = [name for name in options.instances or paths if name not in options.done]
    return {"results": (_result(read(paths[name]), best.get(name), options) for name in names)}


def _result(instance: Instance, best: tuple[int, float] | None, options: Options) -> dict[str, Any]:
    made, wall_s = planned(problem(instance), RULES, options, options.limit or LIMIT_S)
    return {**row(instance, made, best), "wall_s": wall_s}
