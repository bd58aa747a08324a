"""Convergence: how worth left out and cost of the best plan fall while `plan` works; a picture's data.

Generated days as in `days`, stated with prices, overtime and lunch. `points` are (seconds since the call, worth left
out in points, cost in money) whenever a better plan was told, no more often than twenty times a second; the last is
the plan handed out.

    python -m benchmarks.run convergence --size 300 --seeds 2 --limit 30 --workers 2
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.dispatched_day import dispatched
from benchmarks.families import days
from benchmarks.options import Options
from benchmarks.peer_solvers.runs import cores
from benchmarks.planned import on_cores, warm
from benchmarks.skilled_day import SkilledDay
from fieldops.routing.planning import plan
from fieldops.routing.rules.priority import POINT
from fieldops.routing.solvers import Progress
from fieldops.units import Money, currency

FOLDER = days.FOLDER
LIMIT_S = 30.0
APART_S = 0.05
Points = list[tuple[float, float, float]]


def run(options: Options) -> dict[str, Any]:
    """Plan each day within the limit and keep what was told on the way."""
    return {"results": _rows(options)}


def _rows(options: Options) -> Iterator[dict[str, Any]]:
    for day in days.days(options):
        yield row(day, options, options.limit or LIMIT_S)


def row(day: SkilledDay, options: Options, limit_s: float) -> dict[str, Any]:
    """Return the plan's figures with the points on the way to it."""
    stated, points = dispatched(day), Points()
    warm(options.solver)
    began = time.perf_counter()

    def note(worth: int, cost: Money) -> None:
        points.append((round(time.perf_counter() - began, 3), worth / POINT, round(currency(cost), 2)))

    def told(progress: Progress) -> None:
        if not points or time.perf_counter() - began > points[-1][0] + APART_S:
            note(progress.worth_unassigned, progress.cost)

    with on_cores(cores(options.workers)):
        made = plan(stated, solver=options.solver, time_limit_s=limit_s, seed=options.seed, on_progress=told)
    note(made.worth_unassigned, made.cost)
    return {
        "instance": day.name, "solver": made.made["solver"], "objective": round(currency(made.cost), 2),
        "unserved": len(made.unassigned), "worth_unserved": made.worth_unassigned / POINT,
        "bks": None, "gap": None, "bound": None, "wall_s": points[-1][0], "points": points,
    }  # fmt: skip
