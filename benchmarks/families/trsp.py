"""TRSP: technician routing with skills, tools carried from home, spare parts used up, and one stop at the depot.

The objective, in this order: orders left unserved; total working time, which is the sum over used technicians of the
way from leaving home to being back, minus the waiting that leaving later removes. Euclidean in doubles. A tour
may stop once at the main depot (node 0), which takes no time; from there on the technician has all tools and any number
of parts. In terms of fieldops a tick is a ten-thousandth of the file's unit, travel is rounded up to it, and a tick of
working time costs one unit of Money. On-site time is the same in all plans and up to nine tenths of the objective, so
`gap` on the whole is told with `gap_less_service`, on what is left without it. Pillac, Gueret and Medaglia (2013),
Optimization Letters 7(7), 1525-1535; the data's README tells the format; ``--data`` takes any folder of such files.

    python -m benchmarks.run trsp --limit 60 --workers 2 --instances R101,C203
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.families import skills
from benchmarks.fleet_day import best_known
from benchmarks.options import Options
from benchmarks.planned import planned
from benchmarks.van_rule import Van
from fieldops.routing.domain import Depot, Job, Plan, Problem, Shift, Technician
from fieldops.routing.rules import RULES
from fieldops.routing.travel import Travel

FOLDER = skills.FOLDER
LIMIT_S = 60.0
TICKS = 10_000
DEPOT = 0
TRSP_RULES = (*RULES, Van())
TOLERANCE = 1e-6  # sums of doubles differ in the last bits
Floats = NDArray[np.float64]
Tours = Sequence[tuple[int, Sequence[int]]]


@dataclass(frozen=True, eq=False)
class Instance:
    """One day as the file states it: node 0 is the depot, then `crew` homes, then the orders.

    Attributes
    ----------
    name
        The file's name without its ending.
    crew
        How many technicians: nodes 1 to `crew` are their homes.
    way : float (nodes, nodes)
        Distance, which is travel time too.
    opens, closes, service : float (nodes,)
        Window of the start of service (of the working day, at a home), and time on site.
    skills, tools
        Held by a home's technician, needed by an order.
    parts
        Pieces by type: in a home's van, needed by an order.
    """

    name: str
    crew: int
    way: Floats
    opens: Floats
    closes: Floats
    service: Floats
    skills: tuple[frozenset[int], ...]
    tools: tuple[frozenset[int], ...]
    parts: tuple[tuple[int, ...], ...]

    @property
    def homes(self) -> range:
        """Nodes that are technicians."""
        return range(1, self.crew + 1)

    @property
    def orders(self) -> range:
        """Nodes that are orders."""
        return range(self.crew + 1, len(self.opens))


def read(path: Path) -> Instance:
    """Read a file of Pillac's format.

    Raises
    ------
    ValueError
        When a row can't be read, nodes are missing, or a row has no tools or parts.
    """
    nodes, crew = skills.cells_of(path)
    if short := [cells[0] for cells in nodes if len(cells) < 9]:
        raise ValueError(f"{path}, node {short[0]}: expected [skills] [tools] [spares] at the end of the row")
    x, y, opens, closes, service = np.array([[float(cell) for cell in cells[1:6]] for cells in nodes]).T
    held = [[tuple(map(int, re.findall(r"\d+", cell))) for cell in cells[6:9]] for cells in nodes]
    return Instance(
        path.stem, crew, np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2), opens, closes, service,
        skills=tuple(frozenset(own) for own, _, _ in held),
        tools=tuple(frozenset(own) for _, own, _ in held),
        parts=tuple(own for _, _, own in held),
    )  # fmt: skip


# ---- in terms of fieldops


def problem(instance: Instance) -> Problem:
    """State a day in terms of fieldops; ids are the file's nodes."""
    id = [str(node) for node in range(len(instance.opens))]
    opens = np.ceil(instance.opens * TICKS).astype(np.int64).tolist()
    closes = np.floor(instance.closes * TICKS).astype(np.int64).tolist()
    service = np.ceil(instance.service * TICKS).astype(np.int64).tolist()
    return Problem(
        jobs=tuple(
            Job(id[i], id[i], service[i], {
                "windows": ((opens[i], closes[i]),), "skills": _levels(instance, i),
                "tools_needed": _tools(instance, i), "parts_needed": _parts(instance, i),
            })
            for i in instance.orders
        ),
        technicians=tuple(
            Technician(id[i], values={
                "cost_per_hour": TICKS, "overtime_cost_per_hour": TICKS, "skills": _levels(instance, i),
                "tools_held": _tools(instance, i), "parts_held": _parts(instance, i),
            })
            for i in instance.homes
        ),
        shifts=tuple(Shift(id[i], id[i], opens[i], closes[i], id[i], id[i]) for i in instance.homes),
        travel=Travel.from_matrix(id, np.ceil(instance.way * TICKS).astype(np.int64)),
        ticks_per_second=TICKS,
        depots=(Depot(id[DEPOT], id[DEPOT]),),
    )  # fmt: skip


def _levels(instance: Instance, node: int) -> tuple[tuple[str, int], ...]:
    return tuple((str(skill), 1) for skill in sorted(instance.skills[node]))


def _tools(instance: Instance, node: int) -> frozenset[str]:
    return frozenset(f"tool {tool}" for tool in instance.tools[node])


def _parts(instance: Instance, node: int) -> tuple[tuple[str, int], ...]:
    return tuple((f"part {part}", pieces) for part, pieces in enumerate(instance.parts[node]) if pieces)


# ---- scoring, from the tours alone


def score(instance: Instance, tours: Tours) -> tuple[int, float, list[str]]:
    """Return orders unserved, total working time, and faults, in doubles from the tours alone.

    Parameters
    ----------
    instance
        The day.
    tours
        For each used technician the home's node and the nodes visited, the depot among them where it is.
    """
    places = [node for _, nodes in tours for node in nodes if node != DEPOT]
    faults = [f"node {node} is no order" for node in places if node not in instance.orders]
    faults += [f"order {node} is served twice" for node, times in Counter(places).items() if times > 1]
    people = Counter(home for home, _ in tours)
    faults += [f"technician {home} has two tours" for home, times in people.items() if times > 1]
    faults += [f"there is no technician {home}" for home in people if home not in instance.homes]
    total = 0.0
    for home, nodes in () if faults else tours:
        total += working_time(instance, home, nodes)
        faults += [*_late(instance, home, nodes), *_lacking(instance, home, nodes)]
    return len(set(instance.orders) - set(places)), total, faults


def _times(instance: Instance, home: int, nodes: Sequence[int]) -> Iterator[tuple[int, float, float]]:
    """Yield each node, and home at last, with arrival and start, leaving as the day begins."""
    now, place = float(instance.opens[home]), home
    for node in (*nodes, home):
        arrive = now + float(instance.way[place, node])
        start = max(arrive, float(instance.opens[node]))
        yield node, arrive, start
        now, place = start + float(instance.service[node]), node


def working_time(instance: Instance, home: int, nodes: Sequence[int]) -> float:
    """Return the least time from leaving home to being back, over all moments of leaving that delay no return.

    That is the return when leaving as the day begins, less that beginning, less the smaller of all waiting and the
    forward slack.
    """
    waited, slack, arrive = 0.0, math.inf, 0.0
    for node, arrive, start in _times(instance, home, nodes):
        slack = min(slack, waited + float(instance.closes[node]) - arrive)
        waited += start - arrive
    return arrive - float(instance.opens[home]) - max(0.0, min(waited, slack))


def _late(instance: Instance, home: int, nodes: Sequence[int]) -> Iterator[str]:
    for node, arrive, _ in _times(instance, home, nodes):
        if arrive > instance.closes[node] + TOLERANCE:
            yield f"late at node {node}: {arrive:.4f} after {instance.closes[node]:.4f}"


def _lacking(instance: Instance, home: int, nodes: Sequence[int]) -> Iterator[str]:
    """Name skills, tools and parts that are not there, and a second stop at the depot."""
    left, stocked = list(instance.parts[home]), False
    for node in nodes:
        if node == DEPOT:
            if stocked:
                yield f"technician {home} stops at the depot twice"
            stocked = True
            continue
        if missing := instance.skills[node] - instance.skills[home]:
            yield f"technician {home} lacks skill {min(missing)} for order {node}"
        if stocked:
            continue
        if missing := instance.tools[node] - instance.tools[home]:
            yield f"technician {home} lacks tool {min(missing)} for order {node}"
        left = [have - need for have, need in zip(left, instance.parts[node], strict=True)]
        if min(left, default=0) < 0:
            yield f"technician {home} lacks part {left.index(min(left))} for order {node}"


# ---- the run


def tours_of(made: Plan) -> list[tuple[int, list[int]]]:
    """Return a plan's days as homes and nodes of the file."""
    return [(int(day.shift), [int(stop.id) for stop in day.stops]) for day in made.days]


def row(instance: Instance, made: Plan, best: float | None, wall_s: float) -> dict[str, Any]:
    """Return one result as the benchmark's JSON states it; gaps only where all orders are served.

    Raises
    ------
    RuntimeError
        When the scoring finds a fault that the checker of fieldops let through.
    """
    unserved, total, faults = score(instance, tours_of(made))
    if faults:
        raise RuntimeError(f"{instance.name}: {'; '.join(faults)}")
    on_site = float(instance.service[instance.orders].sum())
    compare = best is not None and not unserved
    return {
        "instance": instance.name, "solver": made.made["solver"], "objective": round(total, 4), "unserved": unserved,
        "technicians": len(made.days), "bks": best, "gap": total / best - 1 if compare and best else None,
        "gap_less_service": (total - on_site) / (best - on_site) - 1 if compare and best else None,
        "bound": None, "wall_s": wall_s, "note": "; ".join(made.notes),
        "routes": [
            {"technician": int(day.shift), "stops": [int(stop.id) for stop in day.stops],
             "start": [stop.start / TICKS for stop in day.stops]}
            for day in made.days
        ],
    }  # fmt: skip


def run(options: Options) -> dict[str, Any]:
    """Plan each day within the limit on `workers` cores, and score what came out."""
    options.refuse_unknown()
    best = best_known(options.data / "bks.csv") or best_known(options.data.parent / "bks.csv")
    return {"results": (_result(read(path), best, options) for path in skills.files(options))}


def _result(instance: Instance, best: dict[str, float], options: Options) -> dict[str, Any]:
    made, wall_s = planned(problem(instance), TRSP_RULES, options, options.limit or LIMIT_S)
    return row(instance, made, best.get(instance.name), wall_s)
