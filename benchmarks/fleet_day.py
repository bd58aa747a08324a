"""One day of a fleet at one depot: capacity, hard windows, driving to be short; in whole numbers of a convention.

Public sets of vehicle routing round distances in a way of their own and count in those whole numbers, so the
scoring does too. `score` recomputes everything from the routes alone; `problem` states the day for fieldops.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.fleet_rules import Capacity, LongestDay, Sites
from benchmarks.options import Options
from benchmarks.planned import planned
from fieldops.routing.domain import Job, Plan, Problem, Shift, Technician
from fieldops.routing.rules import RULES
from fieldops.routing.travel import Travel

FLEET_RULES = (*RULES, Capacity(), Sites(), LongestDay())
Whole = NDArray[np.int64]
Tours = Sequence[tuple[int, Sequence[int]]]


@dataclass(frozen=True, eq=False)
class FleetDay:
    """A day as its convention counts it (n nodes with the depot first, m vehicles).

    Attributes
    ----------
    name
        Of the instance.
    ids
        Of the nodes as the file numbers them; the depot comes first.
    scale
        Units of the convention in one of the file's.
    way : int64 (n, n)
        Distance, which is travel time too.
    opens, closes, service, demand : int64 (n,)
        Window of the start of service (of all work, at the depot), time on site, pieces.
    capacity : int64 (m,)
        Pieces of each vehicle.
    allowed : bool (n, m)
        Whether the vehicle may come.
    longest
        Duration that no day may exceed, or None.
    """

    name: str
    ids: tuple[int, ...]
    scale: int
    way: Whole
    opens: Whole
    closes: Whole
    service: Whole
    demand: Whole
    capacity: Whole
    allowed: NDArray[np.bool_]
    longest: int | None = None


def problem(day: FleetDay) -> Problem:
    """State a day in terms of fieldops: a tick of driving costs one unit of Money, and nothing else costs."""
    places, vehicles = [str(id) for id in day.ids], [str(k) for k in range(1, len(day.capacity) + 1)]
    opens, closes = day.opens.tolist(), day.closes.tolist()
    return Problem(
        jobs=tuple(
            Job(places[i], places[i], int(day.service[i]), {
                "windows": ((opens[i], closes[i]),), "demand_pcs": int(day.demand[i]),
                "vehicles": frozenset(vehicles[k] for k in np.flatnonzero(day.allowed[i])),
            })
            for i in range(1, len(places))
        ),
        technicians=tuple(
            Technician(id, values={
                "capacity_pcs": int(most), "duration_max_s": day.longest, "cost_per_drive_hour": day.scale,
            })
            for id, most in zip(vehicles, day.capacity, strict=True)
        ),
        shifts=tuple(Shift(id, id, opens[0], closes[0], places[0], places[0]) for id in vehicles),
        travel=Travel.from_matrix(places, day.way),
        ticks_per_second=day.scale,
    )  # fmt: skip


def score(day: FleetDay, tours: Tours) -> tuple[int, int, list[str]]:
    """Return orders unserved, distance in the convention's units, and faults, from the tours alone.

    Parameters
    ----------
    day
        The day.
    tours
        For each used vehicle its number, from 1, and the nodes visited.
    """
    row = {id: i for i, id in enumerate(day.ids)}
    orders = set(day.ids[1:])
    served = [node for _, nodes in tours for node in nodes]
    faults = [f"node {node} is no order" for node in served if node not in orders]
    faults += [f"order {node} is served twice" for node in set(served) if served.count(node) > 1]
    used = [vehicle for vehicle, _ in tours]
    faults += [f"vehicle {vehicle} has two tours" for vehicle in set(used) if used.count(vehicle) > 1]
    faults += [f"there is no vehicle {vehicle}" for vehicle in used if not 1 <= vehicle <= len(day.capacity)]
    if faults:
        return len(orders - set(served)), 0, faults
    distance = 0
    for vehicle, nodes in tours:
        places = [0, *(row[node] for node in nodes), 0]
        distance += sum(int(day.way[a, b]) for a, b in pairwise(places))
        faults += _faults(day, vehicle, places)
    return len(orders - set(served)), distance, faults


def _faults(day: FleetDay, vehicle: int, places: Sequence[int]) -> Iterable[str]:
    """Drive a tour as early as possible and name what is late, too much, too long or not allowed."""
    if (load := int(day.demand[places].sum())) > day.capacity[vehicle - 1]:
        yield f"vehicle {vehicle} carries {load} of {day.capacity[vehicle - 1]}"
    begin = now = int(day.opens[0])
    waited, slack = 0, int(day.closes[0]) - begin
    for last, place in pairwise(places):
        now += int(day.way[last, place])
        if now > day.closes[place]:
            yield f"late at node {day.ids[place]}: {now} after {day.closes[place]}"
        if place and not day.allowed[place, vehicle - 1]:
            yield f"vehicle {vehicle} may not come to node {day.ids[place]}"
        slack = min(slack, waited + int(day.closes[place]) - now)
        if place:
            waited += max(0, int(day.opens[place]) - now)
            now = max(now, int(day.opens[place])) + int(day.service[place])
    lasts = now - begin - max(0, min(waited, slack))
    if day.longest is not None and lasts > day.longest:
        yield f"the day of vehicle {vehicle} lasts {lasts}, longer than {day.longest}"


def tours_of(plan: Plan) -> list[tuple[int, list[int]]]:
    """Return a plan's days as vehicles and nodes of the file."""
    return [(int(day.shift), [int(visit.id) for visit in day.visits]) for day in plan.days]


def row(day: FleetDay, made: Plan, best: float | None, wall_s: float) -> dict[str, Any]:
    """Return one result as the benchmark's JSON states it; the gap only where all orders are served.

    Raises
    ------
    RuntimeError
        When the scoring finds a fault that the checker of fieldops let through.
    """
    unserved, distance, faults = score(day, tours_of(made))
    if faults:
        raise RuntimeError(f"{day.name}: {'; '.join(faults)}")
    objective = distance / day.scale
    return {
        "instance": day.name, "solver": made.made["solver"], "objective": objective, "unserved": unserved,
        "vehicles": len(made.days), "bks": best, "gap": objective / best - 1 if best and not unserved else None,
        "bound": None, "wall_s": wall_s, "note": "; ".join(made.notes),
        "routes": [
            {"technician": int(one.shift), "stops": [int(visit.id) for visit in one.visits],
             "start": [visit.start / day.scale for visit in one.visits]}
            for one in made.days
        ],
    }  # fmt: skip


def result(day: FleetDay, best: float | None, options: Options, limit_s: float) -> dict[str, Any]:
    """Plan a day with fieldops within the limit on `workers` cores, and score what came out."""
    made, wall_s = planned(problem(day), FLEET_RULES, options, limit_s)
    return row(day, made, best, wall_s)


def best_known(path: Path, kind: str = "") -> dict[str, float]:
    """Return the best known values of a table with the columns ``instance``, ``bks`` and ``kind``; none if absent.

    Rows whose `kind` doesn't begin so state another objective; a table may leave the column out.
    """
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row.get("kind", kind).startswith(kind)]
    return {row["instance"]: float(row["bks"]) for row in rows}
