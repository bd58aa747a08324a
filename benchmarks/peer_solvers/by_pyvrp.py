"""The day for PyVRP: a vehicle type a technician, a profile a set of skills, prizes for optional clients.

A profile sets the way to and from clients that its technicians may not serve to PyVRP's largest value, as PyVRP's
own reader does for site-dependent instances. Prizes outweigh all driving; days whose orders can all be served come
out no better when the clients are required instead. One thread: one process a core, by seeds.
"""

from __future__ import annotations

import time

import numpy as np
import pyvrp
from numpy.typing import NDArray
from pyvrp.constants import MAX_VALUE

from benchmarks.peer_solvers.runs import Terms
from benchmarks.skilled_day import SkilledDay


class Until:
    """Stop at a moment: PyVRP's own criterion starts counting only after the first local search."""

    def __init__(self, limit_s: float) -> None:
        self.end = time.perf_counter() + limit_s

    def __call__(self, best_cost: float) -> bool:
        """Return whether to stop."""
        return time.perf_counter() >= self.end


def stated(day: SkilledDay, terms: Terms) -> pyvrp.ProblemData:
    """Return the day as PyVRP's data."""
    n, m = len(day.jobs), len(day.technicians)
    able, profile = np.unique(day.allowed.T, axis=0, return_inverse=True)
    order = np.r_[n : n + m, 0:n]  # depots first, as PyVRP likes it
    drive = day.drive_ticks[np.ix_(order, order)]
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in range(n + m)],
        clients=[
            pyvrp.Client(
                location=m + i, service_duration=int(day.service_ticks[i]), tw_early=int(opens), tw_late=int(closes),
                prize=int(day.worth[i]) * day.star_ticks, required=False,
            )
            for i, (opens, closes) in enumerate(day.window_ticks)
        ],
        depots=[pyvrp.Depot(location=k) for k in range(m)],
        vehicle_types=[
            pyvrp.VehicleType(
                start_depot=k, end_depot=k, tw_early=int(begins), tw_late=int(ends), profile=int(profile[k]),
            )
            for k, (begins, ends) in enumerate(day.shift_ticks)
        ],
        distance_matrices=[_barred(drive, np.r_[np.ones(m, bool), may]) for may in able],
        duration_matrices=[drive for _ in able],
    )  # fmt: skip


def _barred(drive: NDArray[np.int64], may: NDArray[np.bool_]) -> NDArray[np.int64]:
    barred = drive.copy()
    barred[:, ~may] = barred[~may] = MAX_VALUE
    np.fill_diagonal(barred, 0)
    return barred


def solved(day: SkilledDay, made: pyvrp.ProblemData, terms: Terms) -> list[list[int]]:
    """Return the best routes; none where PyVRP met no feasible solution."""
    found = pyvrp.solve(made, Until(terms.limit_s), seed=terms.seed, collect_stats=False, display=False)
    routes: list[list[int]] = [[] for _ in day.technicians]
    if found.is_feasible():
        for route in found.best.routes():
            routes[route.vehicle_type()] = [stop.idx for stop in route if stop.is_client()]
    return routes
