"""The day for OR-Tools' routing library, as its guides write it: one time dimension, disjunctions, allowed vehicles.

It has one thread and no seed. So each core runs another of its searches: guided local search, which its guides
recommend, and ruin and recreate by strings (SISR), which was better on days with skills; then both again from other
first solutions. Neither keeps its limit in large models, so each better plan is told as it is found.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2, routing_parameters_pb2

from benchmarks.peer_solvers.runs import TOLD_S, Terms
from benchmarks.skilled_day import SkilledDay

FIRST = ("PARALLEL_CHEAPEST_INSERTION", "LOCAL_CHEAPEST_INSERTION", "PATH_CHEAPEST_ARC", "SAVINGS")
SEARCHES = tuple(product(FIRST, ("guided", "strings")))
NOBODY = -1


@dataclass
class Model:
    """The library's model with its index manager; the search is part of how it was closed."""

    manager: Any
    routing: Any
    parameters: routing_parameters_pb2.RoutingSearchParameters
    strings: bool


def stated(day: SkilledDay, terms: Terms) -> Model:
    """Return the day as a routing model, closed for the search that the seed picks."""
    n, m = len(day.jobs), len(day.technicians)
    homes = list(range(n, n + m))
    manager = pywrapcp.RoutingIndexManager(n + m, m, homes, homes)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(day.drive_ticks.tolist()))
    service = np.r_[day.service_ticks, np.zeros(m, np.int64)]
    passing = routing.RegisterTransitMatrix((day.drive_ticks + service[:, None]).tolist())
    horizon = int(day.shift_ticks.max())
    routing.AddDimension(passing, horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    for k, (begins, ends) in enumerate(day.shift_ticks.tolist()):
        time.CumulVar(routing.Start(k)).SetRange(begins, ends)
        time.CumulVar(routing.End(k)).SetRange(begins, ends)
    for i, (opens, closes) in enumerate(day.window_ticks.tolist()):
        index = manager.NodeToIndex(i)
        time.CumulVar(index).SetRange(opens, closes)
        routing.VehicleVar(index).SetValues([NOBODY, *np.flatnonzero(day.allowed[i]).tolist()])
        routing.AddDisjunction([index], int(day.worth[i]) * day.star_ticks)
    first, search = SEARCHES[terms.seed % len(SEARCHES)]
    parameters = _parameters(terms, first, search == "strings")
    routing.CloseModelWithParameters(parameters)
    return Model(manager, routing, parameters, search == "strings")


def _parameters(terms: Terms, first: str, strings: bool) -> routing_parameters_pb2.RoutingSearchParameters:
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = getattr(routing_enums_pb2.FirstSolutionStrategy, first)
    parameters.time_limit.FromMilliseconds(int(terms.limit_s * 1000))
    if not strings:
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        return parameters
    parameters.use_iterated_local_search = True
    loop = parameters.iterated_local_search_parameters
    ruin = loop.ruin_recreate_parameters.ruin_strategies.add().sisr
    ruin.max_removed_sequence_size, ruin.avg_num_removed_visits, ruin.bypass_factor = 10, 10, 0.5
    loop.reference_solution_acceptance_strategy.simulated_annealing.automatic_temperatures = True
    return parameters


def solved(day: SkilledDay, made: Model, terms: Terms) -> list[list[int]]:
    """Return the best routes; none where the library found no solution in its time."""
    search = made.routing.SolveWithIteratedLocalSearch if made.strings else made.routing.SolveWithParameters
    best, told = [float("inf")], [float("-inf")]

    def tell() -> None:
        cost, now = made.routing.CostVar().Value(), time.perf_counter()
        if cost < best[0] and now > told[0] + TOLD_S:
            best[0], told[0] = cost, now
            terms.tell(_routes(day, made, lambda variable: variable.Value()))

    made.routing.AddAtSolutionCallback(tell)
    found = search(made.parameters)
    return [[] for _ in day.technicians] if found is None else _routes(day, made, found.Value)


def _routes(day: SkilledDay, made: Model, value: Callable[[Any], int]) -> list[list[int]]:
    routes: list[list[int]] = [[] for _ in day.technicians]
    for k, route in enumerate(routes):
        index = value(made.routing.NextVar(made.routing.Start(k)))
        while not made.routing.IsEnd(index):
            route.append(made.manager.IndexToNode(index))
            index = value(made.routing.NextVar(index))
    return routes
